//! The exchange through the crate's face: every way from a request to a reply and a record.
#![cfg(feature = "rust-crypto")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

mod common;

use std::sync::Arc;

use lacre_core::exchange::record::Value;
use lacre_core::exchange::{
    Channel, Closed, Exchange, ExchangeId, Failure, InterruptedValues, OutsideValidity, Policy, Record,
    Request, Response, Sending, Step, UnknownPath, gzip_packed, turn_away,
};
use lacre_core::{Error, Ispb, Profile, Reason, Trust, limits, sha256, sign_with, verify};

use common::{certificate, signature};

/// 2026-11-23T10:00:00Z.
const NOW_MS: i64 = 1_795_428_000_000;

const SPI: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>"#,
    r#"<Envelope xmlns="https://www.bcb.gov.br/pi/pibr.001/1.3"><AppHdr><Fr><FIId><FinInstnId><Othr><Id>12345678</Id>"#,
    r#"</Othr></FinInstnId></FIId></Fr><CreDt>2026-11-23T10:00:00.000Z</CreDt><Sgntr/></AppHdr>"#,
    r#"<Document><EchoReq><EchoTxInf><Data>olá</Data></EchoTxInf></EchoReq></Document></Envelope>"#
);
const DICT: &str = "<CreateEntryRequest><Signature></Signature><Entry><Key>+5561988887777</Key></Entry></CreateEntryRequest>";
const DICT_ANSWER: &str = concat!(
    "<CreateEntryResponse><ResponseTime>2026-11-23T10:00:00.000Z</ResponseTime>",
    "<Entry><Key>+5561988887777</Key></Entry></CreateEntryResponse>"
);
const CHECK_KEYS: &str = "<CheckKeysRequest><Keys><Key>mail@mail.example</Key></Keys></CheckKeysRequest>";
const MESSAGES: &str = "/api/v1/in/12345678/msgs";
const STREAM: &str = "/api/v1/out/12345678/stream/start";

macro_rules! pair {
    ($name:literal) => {
        (
            include_str!(concat!("../../tests/keys/", $name, ".pem")),
            include_str!(concat!("../../tests/keys/", $name, ".key")),
        )
    };
}

/// A message as BACEN signs it, with the certificate of this PEM.
fn by_bacen(xml: &str, profile: Profile, pem: &str) -> String {
    let sign = |digest: &[u8; 32]| Some(signature(pair!("bacen").1, digest));
    String::from_utf8(sign_with(xml.as_bytes(), profile, &certificate(pem), sign).unwrap()).unwrap()
}

/// The same message, addressed to a participant.
fn to(xml: &str, ispb: &str) -> String {
    let to = format!("</Fr><To><FIId><FinInstnId><Othr><Id>{ispb}</Id></Othr></FinInstnId></FIId></To>");
    xml.replace("</Fr>", &to)
}

/// What DICT says of a key.
fn entry_of(key: &str) -> String {
    format!(
        "<GetEntryResponse><ResponseTime>2026-11-23T10:00:00.000Z</ResponseTime><Entry><Key>{key}</Key></Entry></GetEntryResponse>"
    )
}

/// What a stream gives: BACEN's own message to the participant.
fn from_bacen() -> String {
    by_bacen(&to(&SPI.replace("12345678", "00038166"), "12345678"), Profile::Spi, pair!("bacen").0)
}

fn policy(channel: Channel) -> Policy {
    let mut trust = Trust::new();
    trust.add(certificate(pair!("bacen").0));
    trust.add(certificate(include_str!("../../tests/keys/expired.pem")));
    Policy::new(channel, "pi.example:16422", certificate(pair!("psp").0), Arc::new(trust))
}

fn request(method: &str, target: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Request {
    let mut request = Request::new(method, target, body);
    request.headers = headers.iter().copied().collect();
    request
}

fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Response {
    Response { status, headers: headers.iter().copied().collect(), body: body.into() }
}

/// Takes a request to where it is sent, hands it to `send`, or gives how it closed before.
fn run(policy: &Policy, request: Request, send: impl FnOnce(Sending<'_>) -> Closed) -> Closed {
    let exchange = Exchange::receive(policy, ExchangeId::new("exchange-1").unwrap(), request, NOW_MS);
    let step = match exchange.open() {
        Step::Sign(signing) => {
            let signatures: Vec<_> =
                signing.digests().iter().map(|digest| signature(pair!("psp").1, digest)).collect();
            signing.finish(&signatures, NOW_MS + 5)
        }
        step => step,
    };
    match step {
        Step::Send(sending) => send(sending),
        Step::Closed(closed) => closed,
        Step::Sign(_) => panic!("signed twice"),
    }
}

fn refused(policy: &Policy, request: Request) -> Closed {
    run(policy, request, |_| panic!("it was sent"))
}

fn answered(policy: &Policy, request: Request, answer: Response) -> Closed {
    run(policy, request, |sending| sending.answered(answer, NOW_MS + 50))
}

fn text(record: &Record, name: &str) -> Option<String> {
    let (_, value) = record.columns().find(|(column, _)| *column == name).unwrap();
    match value {
        Value::Text(text) => Some(text.to_owned()),
        Value::Integer(integer) => Some(integer.to_string()),
        Value::Null => None,
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers.first(name).map(|header| header.text().into_owned())
}

fn body(response: &Response) -> &str {
    core::str::from_utf8(&response.body).unwrap()
}

/// The text of an element of a problem document.
fn member<'a>(closed: &'a Closed, name: &str) -> &'a str {
    let body = body(&closed.reply);
    let start = body.find(&format!("<{name}>")).unwrap() + name.len() + 2;
    &body[start..start + body[start..].find('<').unwrap()]
}

fn psp_trust() -> Trust {
    let mut trust = Trust::new();
    trust.add(certificate(pair!("psp").0));
    trust
}

#[test]
fn a_message_of_spi_is_signed_and_sent_byte_exact() {
    let policy = policy(Channel::Spi);
    let target = format!("{MESSAGES}?a=%2f&b=c");
    let request =
        request("POST", &target, &[("X-Trace", "1"), ("Pix-Correlation", "7"), ("User-Agent", "bank")], SPI);
    let closed = run(&policy, request, |sending| {
        let sent = sending.request();
        assert_eq!(
            (sent.method.as_str(), sent.target.as_str(), sent.host.as_str()),
            ("POST", target.as_str(), "pi.example")
        );
        let names: Vec<_> = sent.headers.iter().map(|header| header.name().to_owned()).collect();
        assert_eq!(names, ["host", "accept", "accept-encoding", "content-type", "user-agent"]);
        assert_eq!(sent.headers.first("host").unwrap().text(), "pi.example");
        assert_eq!(sent.headers.first("content-type").unwrap().text(), "application/xml; charset=utf-8");
        verify(&sent.body, Profile::Spi, &psp_trust(), NOW_MS / 1000).unwrap();
        sending.answered(answer(201, &[("PI-ResourceId", "abc"), ("Connection", "close")], ""), NOW_MS + 50)
    });
    assert_eq!(closed.reply.status, 201);
    assert_eq!(header(&closed.reply, "pi-resourceid").as_deref(), Some("abc"));
    assert_eq!(header(&closed.reply, "pix-correlation").as_deref(), Some("7"));
    assert_eq!(header(&closed.reply, "pix-exchange-id").as_deref(), Some("exchange-1"));
    assert_eq!(header(&closed.reply, "connection"), None);
    assert_eq!(header(&closed.reply, "pix-signature-valid"), None);
    let column = |name| text(&closed.record, name);
    assert_eq!(column("outcome").as_deref(), Some("answered"));
    assert_eq!(column("request_path").as_deref(), Some(MESSAGES));
    assert_eq!(column("request_query").as_deref(), Some("a=%2f&b=c"));
    assert!(column("request_body").unwrap().contains("<ds:SignatureValue>"));
    assert!(column("request_header").unwrap().contains("\"pix-correlation\":\"7\""));
    assert!(!column("request_header").unwrap().contains("x-trace"));
    assert_eq!(column("response_status_code").as_deref(), Some("201"));
    assert_eq!(column("response_signature_valid"), None);
    assert_eq!(column("request_sent_ms"), Some((NOW_MS + 5).to_string()));
    assert_eq!(column("response_received_ms"), Some((NOW_MS + 50).to_string()));
    assert_eq!(column("request_date").as_deref(), Some("2026-11-23T10:00:00.000Z"));
}

#[test]
fn nothing_is_signed_in_the_name_of_another_participant() {
    let refuse = |policy: &Policy, target: &str, body: &str| {
        let closed = refused(policy, request("POST", target, &[], body));
        assert_eq!((closed.reply.status, member(&closed, "code")), (422, "sender-mismatch"), "{target}");
        assert_eq!(text(&closed.record, "request_sent_ms"), None);
    };
    let spi = policy(Channel::Spi);
    // Another participant's message, another participant's path, and a message that says nothing of its sender.
    refuse(&spi, MESSAGES, &SPI.replace("12345678", "87654321"));
    refuse(&spi, "/api/v1/in/87654321/msgs", SPI);
    refuse(&spi, MESSAGES, &SPI.replace("12345678", ""));
    let (before, behind) = SPI.split_once("<Fr>").unwrap();
    let (_, behind) = behind.split_once("</Fr>").unwrap();
    refuse(&spi, MESSAGES, &[before, behind].concat());
    // One part is enough.
    let part = |message: &str| format!("--b\r\n\r\n{message}\r\n");
    let body = [part(SPI), part(&SPI.replace("12345678", "87654321")), "--b--".into()].concat();
    let headers = [("Content-Type", "multipart/mixed; boundary=b")];
    let closed = refused(&spi, request("POST", MESSAGES, &headers, body));
    assert_eq!(member(&closed, "code"), "sender-mismatch");
    assert!(member(&closed, "detail").starts_with("part 2"));
}

#[test]
fn an_authoritys_key_signs_nothing() {
    let mut policy = policy(Channel::Dict);
    policy.certificate = certificate(pair!("ca").0);
    let closed = refused(&policy, request("POST", "/api/v2/entries/", &[], DICT));
    assert_eq!((closed.reply.status, member(&closed, "code")), (500, "certificate-usage"));
}

#[test]
fn what_another_participant_signed_is_withheld() {
    let policy = policy(Channel::Spi);
    let closed = answered(&policy, request("GET", STREAM, &[], ""), answer(200, &[], from_bacen()));
    assert_eq!(closed.reply.status, 200);
    let mut trust = Trust::new();
    trust.add_for(certificate(pair!("bacen").0), Ispb::new("87654321").unwrap());
    let given = Policy::new(Channel::Spi, "pi.example", certificate(pair!("psp").0), Arc::new(trust));
    let closed = answered(&given, request("GET", STREAM, &[], ""), answer(200, &[], from_bacen()));
    assert_eq!((closed.reply.status, member(&closed, "code")), (502, "sender-mismatch"));
}

#[test]
fn each_part_of_a_multipart_is_signed_and_the_rest_stays() {
    let policy = policy(Channel::Spi);
    let part = |n: u8| format!("--b\r\nContent-Type: application/xml\r\nX-Part: {n}\r\n\r\n{SPI}\r\n");
    let body = format!("{}{}{}--b--\r\n", part(1), part(2), part(3));
    let headers = [("Content-Type", "multipart/mixed; boundary=\"b\"")];
    run(&policy, request("POST", MESSAGES, &headers, body), |sending| {
        let sent = String::from_utf8(sending.request().body.clone()).unwrap();
        assert_eq!(sending.request().headers.first("content-type").unwrap().text(), headers[0].1);
        let parts: Vec<_> = sent.split("--b").collect();
        assert_eq!(parts.len(), 5);
        for (n, part) in parts[1..4].iter().enumerate() {
            let (head, message) = part.split_once("\r\n\r\n").unwrap();
            assert_eq!(head, format!("\r\nContent-Type: application/xml\r\nX-Part: {}", n + 1));
            let message = message.strip_suffix("\r\n").unwrap();
            verify(message.as_bytes(), Profile::Spi, &psp_trust(), NOW_MS / 1000).unwrap();
        }
        sending.answered(answer(201, &[], ""), NOW_MS)
    });
}

#[test]
fn a_broken_part_is_named_and_nothing_is_sent() {
    let body = format!("--b\r\n\r\n{SPI}\r\n--b\r\n\r\n<Envelope>\r\n--b--");
    let headers = [("Content-Type", "multipart/mixed; boundary=b")];
    let closed = refused(&policy(Channel::Spi), request("POST", MESSAGES, &headers, body));
    assert_eq!(closed.reply.status, 400);
    assert!(member(&closed, "detail").starts_with("part 2"), "{}", member(&closed, "detail"));
    assert_eq!(member(&closed, "maybe-accepted"), "false");
    assert_eq!(text(&closed.record, "outcome").as_deref(), Some("request-refused"));
    assert!(text(&closed.record, "request_body").unwrap().contains("--b"));
    assert_eq!(text(&closed.record, "request_sent_ms"), None);
}

#[test]
fn what_came_packed_goes_packed() {
    let policy = policy(Channel::Spi);
    let gzip = gzip(SPI.as_bytes());
    let closed = run(&policy, request("POST", MESSAGES, &[("Content-Encoding", "gzip")], gzip), |sending| {
        let sent = sending.request();
        assert_eq!(sent.headers.first("content-encoding").unwrap().text(), "gzip");
        assert_eq!(&sent.body[..3], [0x1f, 0x8b, 8]);
        sending.answered(answer(201, &[], ""), NOW_MS)
    });
    let recorded = text(&closed.record, "request_body").unwrap();
    verify(recorded.as_bytes(), Profile::Spi, &psp_trust(), NOW_MS / 1000).unwrap();
}

/// A gzip body in one stored block, so that the test has a packer of its own.
fn gzip(octets: &[u8]) -> Vec<u8> {
    let length = u16::try_from(octets.len()).unwrap();
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1];
    packed.extend(length.to_le_bytes());
    packed.extend((!length).to_le_bytes());
    packed.extend(octets);
    packed.extend(crc32fast::hash(octets).to_le_bytes());
    packed.extend(u32::from(length).to_le_bytes());
    packed
}

#[test]
fn a_proved_answer_is_handed_on_as_it_came() {
    let policy = policy(Channel::Dict);
    let signed = by_bacen(DICT_ANSWER, Profile::Dict, pair!("bacen").0);
    // The label is wrong, as real ones were.
    let headers = [
        ("Content-Type", "application/problem+xml"),
        ("Cache-Control", "max-age=60"),
        ("Pix-Signature-Valid", "true"),
    ];
    let closed = answered(
        &policy,
        request("POST", "/api/v2/entries/", &[], DICT),
        answer(201, &headers, signed.clone()),
    );
    assert_eq!((closed.reply.status, body(&closed.reply)), (201, signed.as_str()));
    assert_eq!(header(&closed.reply, "cache-control").as_deref(), Some("max-age=60"));
    assert_eq!(closed.reply.headers.all("pix-signature-valid").count(), 1);
    assert_eq!(header(&closed.reply, "pix-signature-valid").as_deref(), Some("true"));
    assert_eq!(header(&closed.reply, "pix-signature-verdict").as_deref(), Some("valid"));
    assert_eq!(text(&closed.record, "response_signature_valid").as_deref(), Some("true"));
    assert_eq!(text(&closed.record, "signer_serial"), Some(certificate(pair!("bacen").0).serial()));
    assert_eq!(text(&closed.record, "response_body").as_deref(), Some(signed.as_str()));
}

#[test]
fn an_answer_that_changed_is_withheld_and_recorded() {
    let policy = policy(Channel::Dict);
    let signed = by_bacen(DICT_ANSWER, Profile::Dict, pair!("bacen").0).replace("10:00:00", "10:00:01");
    let closed =
        answered(&policy, request("POST", "/api/v2/entries/", &[], DICT), answer(201, &[], signed.clone()));
    assert_eq!(closed.reply.status, 502);
    assert!(!body(&closed.reply).contains("ResponseTime"));
    assert_eq!(member(&closed, "code"), "digest-mismatch");
    assert_eq!(member(&closed, "type"), "urn:lacre:problem:digest-mismatch");
    assert_eq!(member(&closed, "maybe-accepted"), "true");
    assert_eq!(header(&closed.reply, "pix-signature-valid").as_deref(), Some("false"));
    let column = |name| text(&closed.record, name);
    assert_eq!(column("outcome").as_deref(), Some("answer-refused"));
    assert_eq!(column("response_status_code").as_deref(), Some("201"));
    assert_eq!(column("reply_status_code").as_deref(), Some("502"));
    assert_eq!(column("response_signature_verdict").as_deref(), Some("invalid"));
    assert_eq!(column("response_signature_reason").as_deref(), Some("digest-mismatch"));
    assert_eq!(column("response_body").as_deref(), Some(signed.as_str()));
}

#[test]
fn answers_that_prove_nothing_are_withheld() {
    let policy = policy(Channel::Dict);
    for (body, code) in [
        (DICT_ANSWER, "unsigned"),
        ("", "body-presence"),
        ("<html><body>Welcome", "unclosed"),
        ("{\"ok\":true}", "outside-root"),
    ] {
        let closed = answered(&policy, request("GET", "/api/v2/entries/a", &[], ""), answer(200, &[], body));
        assert_eq!((closed.reply.status, member(&closed, "code")), (502, code), "{body}");
        assert_eq!(member(&closed, "maybe-accepted"), "false");
    }
}

#[test]
fn an_unknown_signer_is_named_in_the_record() {
    let mut policy = policy(Channel::Dict);
    policy.trust = Arc::new(psp_trust());
    let signed = by_bacen(DICT_ANSWER, Profile::Dict, pair!("bacen").0);
    let closed = answered(&policy, request("GET", "/api/v2/entries/a", &[], ""), answer(200, &[], signed));
    assert_eq!((closed.reply.status, member(&closed, "code")), (502, "certificate-unknown"));
    assert_eq!(text(&closed.record, "response_signature_verdict").as_deref(), Some("indeterminate"));
    assert_eq!(text(&closed.record, "signer_serial"), Some(certificate(pair!("bacen").0).serial()));
}

#[test]
fn a_signature_outside_its_certificates_validity_follows_the_policy() {
    let mut policy = policy(Channel::Dict);
    let expired = include_str!("../../tests/keys/expired.pem");
    let signed = by_bacen(&entry_of("a"), Profile::Dict, expired);
    let ask = || request("GET", "/api/v2/entries/a", &[], "");
    let closed = answered(&policy, ask(), answer(200, &[], signed.clone()));
    assert_eq!((closed.reply.status, member(&closed, "code")), (502, "certificate-expired"));
    policy.outside_validity = OutsideValidity::Pass;
    let closed = answered(&policy, ask(), answer(200, &[], signed.clone()));
    assert_eq!((closed.reply.status, body(&closed.reply)), (200, signed.as_str()));
    assert_eq!(header(&closed.reply, "pix-signature-valid").as_deref(), Some("false"));
    assert_eq!(header(&closed.reply, "pix-signature-verdict").as_deref(), Some("indeterminate"));
    assert_eq!(header(&closed.reply, "pix-signature-reason").as_deref(), Some("certificate-expired"));
    // A lapse of time passes; a changed octet under the same certificate does not.
    let changed = signed.replace("10:00:00", "10:00:01");
    let closed = answered(&policy, ask(), answer(200, &[], changed));
    assert_eq!((closed.reply.status, member(&closed, "code")), (502, "digest-mismatch"));
}

#[test]
fn errors_of_bacen_pass_unless_their_signature_is_wrong() {
    let policy = policy(Channel::Dict);
    let problem = "<problem xmlns=\"urn:ietf:rfc:7807\"><type>x</type><ResponseTime>2026-11-23T10:00:00.000Z</ResponseTime></problem>";
    let signed = by_bacen(problem, Profile::Dict, pair!("bacen").0);
    let ask = || request("POST", "/api/v2/entries/", &[], DICT);
    for page in [problem, "", "<html><p>", "busy"] {
        let closed = answered(&policy, ask(), answer(503, &[("Retry-After", "3")], page));
        assert_eq!((closed.reply.status, body(&closed.reply)), (503, page));
        assert_eq!(header(&closed.reply, "retry-after").as_deref(), Some("3"));
        assert_eq!(text(&closed.record, "response_signature_valid"), None);
    }
    let closed = answered(&policy, ask(), answer(400, &[], signed.clone()));
    assert_eq!(closed.reply.status, 400);
    assert_eq!(text(&closed.record, "response_signature_valid").as_deref(), Some("true"));
    let closed = answered(&policy, ask(), answer(400, &[], signed.replace(">x<", ">y<")));
    assert_eq!((closed.reply.status, member(&closed, "code")), (502, "digest-mismatch"));
    assert_eq!(member(&closed, "maybe-accepted"), "false");
    let closed = answered(&policy, ask(), answer(500, &[], signed.replace(">x<", ">y<")));
    assert_eq!(member(&closed, "maybe-accepted"), "true", "5xx leaves open what was stored");
}

#[test]
fn a_status_that_ends_no_exchange_is_withheld() {
    let policy = policy(Channel::Dict);
    let good = by_bacen(DICT_ANSWER, Profile::Dict, pair!("bacen").0);
    for status in [100, 101, 199, 600, 999] {
        for body in ["", &good] {
            let closed =
                answered(&policy, request("GET", "/api/v2/entries/x", &[], ""), answer(status, &[], body));
            assert_eq!((closed.reply.status, member(&closed, "code")), (502, "response-syntax"), "{status}");
            assert_eq!(text(&closed.record, "outcome").as_deref(), Some("answer-refused"));
        }
    }
}

#[test]
fn every_message_of_a_stream_must_be_proved() {
    let policy = policy(Channel::Spi);
    let good = from_bacen();
    let headers = [
        ("Content-Type", "multipart/mixed; boundary=b"),
        ("PI-Pull-Next", "https://pi.example:16422/api/v1/out/x?y=z"),
    ];
    let ask = || request("GET", STREAM, &[("Accept", "multipart/mixed")], "");
    let head = "PI-ResourceId: UEkBbXk=\r\nContent-Type: application/xml;charset=utf-8\r\n\r\n";
    let whole = |second: &str| format!("--b\r\n{head}{good}\r\n--b\r\n{head}{second}\r\n--b--\r\n");
    let closed = answered(&policy, ask(), answer(200, &headers, whole(&good)));
    assert_eq!((closed.reply.status, body(&closed.reply)), (200, whole(&good).as_str()));
    assert_eq!(header(&closed.reply, "pi-pull-next").as_deref(), Some("/api/v1/out/x?y=z"));
    for (second, code) in
        [(SPI, "unsigned"), (&good.replace("olá", "ola"), "digest-mismatch"), ("<a/>", "not-envelope")]
    {
        let closed = answered(&policy, ask(), answer(200, &headers, whole(second)));
        assert_eq!((closed.reply.status, member(&closed, "code")), (502, code));
        assert!(member(&closed, "detail").starts_with("part 2"));
    }
    let stray = format!("{good}\r\n{}", whole(&good));
    let closed = answered(&policy, ask(), answer(200, &headers, stray));
    assert_eq!((closed.reply.status, member(&closed, "code")), (502, "multipart-ambiguous"));
    let closed = answered(&policy, ask(), answer(204, &[("PI-Pull-Next", "/api/v1/out/next")], ""));
    assert_eq!(closed.reply.status, 204);
    assert_eq!(text(&closed.record, "response_signature_valid"), None);
}

/// What every reader finds: a part that does not say what it is would be text in ASCII to some.
#[test]
fn a_part_without_a_label_is_handed_on_and_sent_with_one() {
    let policy = policy(Channel::Spi);
    let good = from_bacen();
    let boundary = ("Content-Type", "multipart/mixed; boundary=b");
    let came = format!("--b\r\n\r\n{good}\r\n--b--");
    let labelled = came.replacen("\r\n", "\r\nContent-Type: application/xml; charset=utf-8\r\n", 1);

    let ask = |headers: &[(&str, &str)]| request("GET", STREAM, headers, "");
    let closed = answered(&policy, ask(&[]), answer(200, &[boundary], came.clone()));
    assert_eq!((closed.reply.status, body(&closed.reply)), (200, labelled.as_str()));
    assert_eq!(text(&closed.record, "response_body").as_deref(), Some(came.as_str()), "recorded as it came");
    let packed = answer(200, &[boundary, ("Content-Encoding", "gzip")], gzip(came.as_bytes()));
    let closed = answered(&policy, ask(&[("Accept-Encoding", "gzip")]), packed);
    let messages = lacre_core::exchange::messages(&closed.reply.headers, &closed.reply.body, 1 << 20);
    assert_eq!(messages, Ok(vec![good.into_bytes()]));

    let unlabelled = format!("--b\r\n\r\n{SPI}\r\n--b--");
    run(&policy, request("POST", MESSAGES, &[boundary], unlabelled), |sending| {
        let sent = String::from_utf8(sending.request().body.clone()).unwrap();
        assert!(sent.starts_with("--b\r\nContent-Type: application/xml; charset=utf-8\r\n\r\n<?xml "));
        sending.answered(answer(201, &[], ""), NOW_MS)
    });
}

#[test]
fn what_another_reader_could_take_apart_differently_is_neither_handed_on_nor_sent() {
    let policy = policy(Channel::Spi);
    let good = from_bacen();
    let forged = "PD94bWwgdmVyc2lvbj0iMS4wIj8+CjxFbnZlbG9wZS8+";
    let hidden =
        format!("Content-Type: application/xml\r\nContent-Transfer-Encoding: base64\r\n\r\n{forged}\r\n");
    let plain = |message: &str| {
        format!("--b\r\nContent-Type: application/xml;charset=utf-8\r\n\r\n{message}\r\n--b--\r\n")
    };
    for (content_type, before, after) in [
        ("multipart/mixed; boundary*=us-ascii''x; boundary=b", format!("--x\r\n{hidden}--x--\r\n"), ""),
        ("multipart/mixed; boundary=b; boundary*0=x", format!("--x\r\n{hidden}--x--\r\n"), ""),
        ("multipart/mixed; boundary=\"\\b\"", format!("--\\b\r\n{hidden}--\\b--\r\n"), ""),
        ("multipart/mixed; boundary=b", format!("{forged}\r\n"), ""),
        ("multipart/mixed; boundary=b", format!("--b\r{}\n", hidden.replace("\r\n", "\r")), ""),
        ("multipart/mixed; boundary=b", String::new(), "words"),
        ("multipart/mixed; boundary=b", String::new(), "--b\r\n\r\nwords\r\n--b--"),
        ("multipart/alternative; boundary=b", String::new(), ""),
    ] {
        let whole = |message: &str| format!("{before}{}{after}", plain(message));
        let headers = [("Content-Type", content_type)];
        let closed = answered(&policy, request("GET", STREAM, &[], ""), answer(200, &headers, whole(&good)));
        let code = member(&closed, "code");
        assert_eq!((closed.reply.status, code), (502, "multipart-ambiguous"), "{content_type} {before}");
        assert_eq!(header(&closed.reply, "pix-signature-valid").as_deref(), Some("false"));
        assert_eq!(text(&closed.record, "response_body"), Some(whole(&good)), "kept as it came");
        let closed = refused(&policy, request("POST", MESSAGES, &headers, whole(SPI)));
        let code = member(&closed, "code");
        assert_eq!((closed.reply.status, code), (400, "multipart-ambiguous"), "{content_type} {before}");
    }
}

#[test]
fn a_label_under_which_another_reader_sees_another_message_is_not_handed_on() {
    let dict = by_bacen(&entry_of("x"), Profile::Dict, pair!("bacen").0);
    let spi = from_bacen();
    let problem = "<problem xmlns=\"urn:ietf:rfc:7807\"><type>x</type><ResponseTime>2026-11-23T10:00:00.000Z</ResponseTime></problem>";
    let problem = by_bacen(problem, Profile::Dict, pair!("bacen").0);
    let lookup = || request("GET", "/api/v2/entries/x", &[], "");
    for (headers, code) in [
        (&[("Content-Type", "text/html")][..], "content-type"),
        (&[("Content-Type", "application/xml; charset=iso-8859-1")], "content-type"),
        (&[("Content-Type", "application/xml"), ("Content-Transfer-Encoding", "base64")], "content-type"),
        (&[("Content-Type", "application/xml"), ("Content-Type", "application/xml")], "header-syntax"),
        (&[("Content-Type", "application/xml, multipart/mixed; boundary=b")], "header-syntax"),
    ] {
        let dict_policy = policy(Channel::Dict);
        for (status, body) in [(200, &dict), (404, &problem)] {
            let closed = answered(&dict_policy, lookup(), answer(status, headers, body.clone()));
            assert_eq!((closed.reply.status, member(&closed, "code")), (502, code), "{status} {headers:?}");
        }
        let closed = answered(
            &policy(Channel::Spi),
            request("GET", STREAM, &[], ""),
            answer(200, headers, spi.clone()),
        );
        assert_eq!((closed.reply.status, member(&closed, "code")), (502, code), "{headers:?}");
    }
    // What proves nothing and claims nothing keeps its label: a gateway's page is no message.
    let page = answer(503, &[("Content-Type", "text/html; charset=iso-8859-1")], "<html><p>");
    let closed = answered(&policy(Channel::Dict), lookup(), page);
    assert_eq!((closed.reply.status, body(&closed.reply)), (503, "<html><p>"));
    assert_eq!(header(&closed.reply, "pix-signature-valid"), None);
}

#[test]
fn dict_has_no_multipart() {
    let dict = by_bacen(DICT_ANSWER, Profile::Dict, pair!("bacen").0);
    let headers = [("Content-Type", "multipart/mixed; boundary=b")];
    let whole = format!("--b\r\nContent-Type: application/xml\r\n\r\n{dict}\r\n--b--\r\n");
    for status in [200, 404] {
        let ask = request("GET", "/api/v2/entries/x", &[], "");
        let closed = answered(&policy(Channel::Dict), ask, answer(status, &headers, whole.clone()));
        assert_eq!((closed.reply.status, member(&closed, "code")), (502, "content-type"), "{status}");
    }
}

/// One proved part must not vouch for another that proves nothing.
#[test]
fn no_part_of_an_answer_is_excused() {
    let policy = policy(Channel::Spi);
    let good = from_bacen();
    let headers = [("Content-Type", "multipart/mixed; boundary=b")];
    for other in ["<a/>", "words", DICT_ANSWER, SPI] {
        let part = |xml: &str| format!("--b\r\nContent-Type: application/xml\r\n\r\n{xml}\r\n");
        let whole = format!("{}{}--b--\r\n", part(&good), part(other));
        for status in [201, 404] {
            let closed = answered(
                &policy,
                request("POST", MESSAGES, &[], SPI),
                answer(status, &headers, whole.clone()),
            );
            assert_eq!(closed.reply.status, 502, "{status} {other}");
            assert_eq!(header(&closed.reply, "pix-signature-valid").as_deref(), Some("false"), "{other}");
        }
    }
}

#[test]
fn an_answer_to_another_question_is_withheld_recorded_and_counts_as_invalid() {
    let dict = policy(Channel::Dict);
    let signed = |xml: &str| by_bacen(xml, Profile::Dict, pair!("bacen").0);
    let ask =
        |method: &str, target: &str| request(method, target, &[], if method == "POST" { DICT } else { "" });
    // The replays of a signed answer: to another key's lookup, to statistics, to a write; and an error that is no error.
    for (method, target, status, xml) in [
        ("GET", "/api/v2/entries/%2B5561988887777", 200, entry_of("+5561988887778")),
        ("GET", "/api/v2/persons/11122233300/statistics", 200, entry_of("a")),
        ("POST", "/api/v2/entries/", 201, entry_of("+5561988887777")),
        ("POST", "/api/v2/entries/", 201, DICT_ANSWER.replace("7777", "7778")),
        ("GET", "/api/v2/entries/a", 404, entry_of("a")),
    ] {
        let answer = answer(status, &[], signed(&xml));
        let closed = answered(&dict, ask(method, target), answer);
        assert_eq!((closed.reply.status, member(&closed, "code")), (502, "answer-mismatch"), "{target}");
        let column = |name| text(&closed.record, name);
        assert_eq!(column("outcome").as_deref(), Some("answer-refused"));
        assert_eq!(column("outcome_reason").as_deref(), Some("answer-mismatch"));
        // What hosts count and ring for.
        assert_eq!(column("response_signature_verdict").as_deref(), Some("invalid"));
        assert_eq!(column("response_signature_reason").as_deref(), Some("answer-mismatch"));
        assert_eq!(column("signer_serial"), Some(certificate(pair!("bacen").0).serial()));
        assert_eq!(column("response_body").as_deref(), Some(signed(&xml).as_str()));
        assert!(!body(&closed.reply).contains("5561988887778"));
    }
    let spi = policy(Channel::Spi);
    let elsewhere =
        by_bacen(&to(&SPI.replace("12345678", "00038166"), "87654321"), Profile::Spi, pair!("bacen").0);
    let closed = answered(&spi, request("GET", STREAM, &[], ""), answer(200, &[], elsewhere.clone()));
    assert_eq!(member(&closed, "code"), "answer-mismatch");
    // Submissions are answered without any message.
    let closed = answered(&spi, request("POST", MESSAGES, &[], SPI), answer(201, &[], from_bacen()));
    assert_eq!((member(&closed, "code"), member(&closed, "maybe-accepted")), ("answer-mismatch", "true"));
    let headers = [("Content-Type", "multipart/mixed; boundary=b")];
    let parts = format!("--b\r\n\r\n{}\r\n--b\r\n\r\n{elsewhere}\r\n--b--\r\n", from_bacen());
    let closed = answered(&spi, request("GET", STREAM, &[], ""), answer(200, &headers, parts));
    assert!(member(&closed, "detail").starts_with("part 2"));
}

#[test]
fn an_answer_that_nothing_binds_passes_and_its_record_says_so() {
    let dict = policy(Channel::Dict);
    let signed = by_bacen("<NewThingResponse><Id>1</Id></NewThingResponse>", Profile::Dict, pair!("bacen").0);
    let reason = |target: &str, status: u16, body: &str| {
        let closed = answered(&dict, request("GET", target, &[], ""), answer(status, &[], body));
        assert_eq!(closed.reply.status, status);
        text(&closed.record, "outcome_reason")
    };
    assert_eq!(reason("/api/v2/new-things/1", 200, &signed).as_deref(), Some("answer-unbound"));
    assert_eq!(reason("/api/v2/new-things/1", 404, ""), None, "nothing was proved");
    let known = by_bacen(&entry_of("a"), Profile::Dict, pair!("bacen").0);
    assert_eq!(reason("/api/v2/entries/a", 200, &known), None);
}

#[test]
fn what_is_inside_a_value_goes_neither_out_nor_in() {
    let dict = policy(Channel::Dict);
    for inside in ["<!-- -->", "<?p i?>", "<![CDATA[]]>"] {
        let split = DICT.replace("88887777", &format!("8888{inside}7777"));
        let closed = refused(&dict, request("POST", "/api/v2/entries/", &[], split));
        assert_eq!((closed.reply.status, member(&closed, "code")), (422, "value-interrupted"), "{inside}");
        let keys = CHECK_KEYS.replace("mail@", &format!("mail@{inside}"));
        let closed = refused(&dict, request("POST", "/api/v2/keys/check", &[], keys));
        assert_eq!(member(&closed, "code"), "value-interrupted", "{inside}");
        // A comment can be put into a message that is signed: no signature covers it.
        let signed = by_bacen(&entry_of("a.b"), Profile::Dict, pair!("bacen").0)
            .replace("a.b", &format!("a.{inside}b"));
        if inside == "<?p i?>" {
            continue;
        }
        let ask = || request("GET", "/api/v2/entries/a.b", &[], "");
        let closed = answered(&dict, ask(), answer(200, &[], signed.clone()));
        assert_eq!((closed.reply.status, member(&closed, "code")), (502, "value-interrupted"), "{inside}");
        let column = |name| text(&closed.record, name);
        assert_eq!(column("outcome").as_deref(), Some("answer-refused"));
        assert_eq!(column("outcome_reason").as_deref(), Some("value-interrupted"));
        assert_eq!(column("response_signature_verdict").as_deref(), Some("valid"), "the signature holds");
        let mut lenient = policy(Channel::Dict);
        lenient.interrupted_values = InterruptedValues::Pass;
        let closed = answered(&lenient, ask(), answer(200, &[], signed));
        assert_eq!(closed.reply.status, 200);
    }
    let spi = policy(Channel::Spi);
    let closed = refused(&spi, request("POST", MESSAGES, &[], SPI.replace("olá", "o<!-- -->lá")));
    assert_eq!(member(&closed, "code"), "value-interrupted");
    // Between elements a comment is in nobody's way.
    let beside = SPI.replace("<EchoTxInf>", "<!-- eco --><EchoTxInf>");
    run(&spi, request("POST", MESSAGES, &[], beside), |sending| {
        sending.answered(answer(201, &[], ""), NOW_MS)
    });
    let mut lenient = policy(Channel::Spi);
    lenient.interrupted_values = InterruptedValues::Pass;
    let split = SPI.replace("olá", "o<!-- -->lá");
    run(&lenient, request("POST", MESSAGES, &[], split), |sending| {
        sending.answered(answer(201, &[], ""), NOW_MS)
    });
}

#[test]
fn of_several_parts_the_one_that_proves_nothing_decides_the_verdict() {
    let spi = policy(Channel::Spi);
    let headers = [("Content-Type", "multipart/mixed; boundary=b")];
    let split = from_bacen().replace("olá", "o<!-- -->lá");
    let parts =
        format!("--b\r\n\r\n{split}\r\n--b\r\n\r\n{}\r\n--b--\r\n", from_bacen().replace("olá", "ola"));
    let closed = answered(&spi, request("GET", STREAM, &[], ""), answer(200, &headers, parts));
    assert_eq!(member(&closed, "code"), "digest-mismatch");
    assert_eq!(text(&closed.record, "response_signature_verdict").as_deref(), Some("invalid"));
}

#[test]
fn a_header_field_that_ends_early_is_not_echoed() {
    let headers = [("pix-a", "1"), ("pix-b", "1\r\nSet-Cookie: c"), ("pix-\u{1}", "1")];
    let closed = refused(&policy(Channel::Dict), request("GET", "/api/v2/entries/x", &headers, ""));
    assert_eq!((closed.reply.status, member(&closed, "code")), (400, "header-syntax"));
    let echoed =
        closed.reply.headers.iter().filter(|header| ["pix-a", "pix-b", "pix-\u{1}"].contains(&header.name()));
    assert_eq!(echoed.map(|header| header.name()).collect::<Vec<_>>(), ["pix-a"]);
}

#[test]
fn an_answer_with_a_header_field_that_ends_early_is_withheld() {
    for (name, value) in [("X-A", "1\r\nSet-Cookie: b"), ("X-A", "\0"), ("X A", "1"), ("", "1")] {
        let unsigned = answer(404, &[("Content-Type", "text/plain"), (name, value)], "not found");
        let closed = answered(&policy(Channel::Dict), request("GET", "/api/v2/entries/x", &[], ""), unsigned);
        assert_eq!(
            (closed.reply.status, member(&closed, "code")),
            (502, "response-syntax"),
            "{name}: {value:?}"
        );
        assert_eq!(header(&closed.reply, "x-a"), None);
        assert_eq!(text(&closed.record, "response_status_code").as_deref(), Some("404"));
    }
}

#[test]
fn a_packed_answer_is_proved_and_handed_on_as_the_caller_can_read_it() {
    let policy = policy(Channel::Spi);
    let good = from_bacen();
    let headers = [("Content-Encoding", "gzip"), ("Content-Type", "application/xml")];
    let packed = gzip(good.as_bytes());
    let reads = request("GET", STREAM, &[("Accept-Encoding", "gzip")], "");
    let closed = answered(&policy, reads.clone(), answer(200, &headers, packed.clone()));
    assert_eq!((closed.reply.status, &closed.reply.body), (200, &packed));
    assert_eq!(header(&closed.reply, "content-encoding").as_deref(), Some("gzip"));
    let closed = answered(&policy, request("GET", STREAM, &[], ""), answer(200, &headers, packed.clone()));
    assert_eq!((closed.reply.status, body(&closed.reply)), (200, good.as_str()));
    assert_eq!(header(&closed.reply, "content-encoding"), None);
    assert_eq!(text(&closed.record, "response_body").as_deref(), Some(good.as_str()));
    let closed = answered(&policy, reads, answer(200, &headers, &packed[..packed.len() - 1]));
    assert_eq!((closed.reply.status, member(&closed, "code")), (502, "gzip"));
    assert_eq!(text(&closed.record, "response_body_encoding").as_deref(), Some("base64"));
}

#[test]
fn bodies_that_need_no_signature_pass_as_they_came() {
    let policy = policy(Channel::Dict);
    for target in ["/api-np/v2/keys/check", "/api/v2/other/"] {
        run(&policy, request("POST", target, &[], CHECK_KEYS), |sending| {
            assert_eq!(sending.request().body, CHECK_KEYS.as_bytes());
            sending.answered(answer(200, &[], by_bacen(DICT_ANSWER, Profile::Dict, pair!("bacen").0)), NOW_MS)
        });
    }
    let headers = [
        ("PI-RequestingParticipant", "12345678"),
        ("PI-PayerId", "1"),
        ("X-Other", "1"),
        ("Cookie", "secret"),
    ];
    let closed = run(&policy, request("GET", "/api/v2/entries/%2B55", &headers, ""), |sending| {
        let names: Vec<_> = sending.request().headers.iter().map(|header| header.name().to_owned()).collect();
        assert_eq!(
            names,
            ["host", "accept", "accept-encoding", "pi-requestingparticipant", "pi-payerid", "cookie"]
        );
        sending.answered(answer(404, &[], ""), NOW_MS)
    });
    assert!(text(&closed.record, "request_header").unwrap().contains("\"cookie\":\"***\""));
}

#[test]
fn the_query_of_a_request_that_went_astray_is_recorded_without_its_values() {
    let target = "/elsewhere?token=k3y%3D=&apikey&a=";
    let closed = run(&policy(Channel::Spi), request("GET", target, &[], ""), |_| unreachable!());
    assert_eq!(text(&closed.record, "request_query").as_deref(), Some("token=***&***&a=***"));
    // What is refused for another reason was meant for BACEN, and can be found again by all of it.
    let error = Error::new(Reason::AuditUnavailable);
    let closed = turn_away(
        Channel::Dict,
        ExchangeId::from_random([7; 16]),
        request("GET", "/api/v2/claims/?Limit=7", &[], ""),
        error,
        NOW_MS,
    );
    assert_eq!(text(&closed.record, "request_query").as_deref(), Some("Limit=7"));
}

#[test]
fn refusals_have_a_status_a_code_and_a_record() {
    let signed = from_bacen();
    let spi = |method: &str, target: &str, headers: &[(&str, &str)], body: &str| {
        (Channel::Spi, request(method, target, headers, body))
    };
    let dict = |method: &str, target: &str, headers: &[(&str, &str)], body: &str| {
        (Channel::Dict, request(method, target, headers, body))
    };
    for ((channel, request), status, code) in [
        (spi("PUT", MESSAGES, &[], SPI), 405, "request-method"),
        (spi("POST", "/other", &[], SPI), 404, "request-path"),
        (spi("POST", "/api/v1/in/12345678/../msgs", &[], SPI), 404, "request-path"),
        (spi("GET", "http://other/api/", &[], ""), 404, "request-path"),
        (spi("GET", "/api/v1/out/a b", &[], ""), 404, "request-path"),
        (spi("POST", MESSAGES, &[], ""), 400, "body-presence"),
        (spi("GET", STREAM, &[], SPI), 400, "body-presence"),
        (spi("DELETE", STREAM, &[], SPI), 400, "body-presence"),
        (spi("POST", MESSAGES, &[("X", "a\r\nb")], SPI), 400, "header-syntax"),
        (
            spi("POST", MESSAGES, &[("Content-Length", "1"), ("Content-Length", "2")], SPI),
            400,
            "header-syntax",
        ),
        (spi("POST", MESSAGES, &[("Content-Encoding", "br")], SPI), 415, "content-encoding"),
        (spi("POST", MESSAGES, &[("Content-Encoding", "gzip")], SPI), 400, "gzip"),
        (spi("POST", MESSAGES, &[("Content-Type", "multipart/mixed")], SPI), 400, "multipart"),
        (spi("POST", MESSAGES, &[], &signed), 422, "already-signed"),
        (spi("POST", MESSAGES, &[], DICT), 422, "not-envelope"),
        (spi("POST", MESSAGES, &[], "<a>"), 400, "unclosed"),
        (dict("PATCH", "/api/v2/entries/", &[], DICT), 405, "request-method"),
        (dict("POST", "/v2/entries/", &[], DICT), 404, "request-path"),
        (dict("POST", "/api/v2/entries/", &[], "<!DOCTYPE a><a/>"), 400, "doctype"),
    ] {
        let policy = policy(channel);
        let what = format!("{} {}", request.method, request.target);
        let closed = refused(&policy, request);
        assert_eq!((closed.reply.status, member(&closed, "code")), (status, code), "{what}");
        assert_eq!(header(&closed.reply, "allow").is_some(), status == 405);
        assert_eq!(text(&closed.record, "outcome_reason").as_deref(), Some(code));
        assert_eq!(text(&closed.record, "reply_status_code"), Some(status.to_string()));
    }
    let (channel, request) = dict("POST", "/api/v2/entries/", &[("Content-Encoding", "gzip")], "");
    let packed = Request { body: gzip(DICT.as_bytes()), ..request };
    assert_eq!(member(&refused(&policy(channel), packed), "code"), "content-encoding");
}

#[test]
fn a_caller_that_asks_for_json_gets_its_problem_in_json() {
    let headers = [("Accept", "application/xml, application/problem+json")];
    let closed = refused(&policy(Channel::Spi), request("POST", MESSAGES, &headers, ""));
    assert_eq!(header(&closed.reply, "content-type").as_deref(), Some("application/problem+json"));
    assert!(body(&closed.reply).contains("\"code\":\"body-presence\""));
}

#[test]
fn a_signature_of_another_key_never_leaves() {
    let policy = policy(Channel::Spi);
    let exchange = Exchange::receive(
        &policy,
        ExchangeId::from_random([7; 16]),
        request("POST", MESSAGES, &[], SPI),
        NOW_MS,
    );
    let Step::Sign(signing) = exchange.open() else { panic!("nothing to sign") };
    let forged = signature(pair!("psp-other").1, &signing.digests()[0]);
    let Step::Closed(closed) = signing.finish(&[forged], NOW_MS) else { panic!("it would be sent") };
    assert_eq!((closed.reply.status, member(&closed, "code")), (500, "wrong-key"));
    assert_eq!(closed.record.exchange_id, "07070707-0707-0707-0707-070707070707");
    for signatures in [vec![], vec![vec![], vec![]]] {
        let Step::Sign(signing) = exchange.open() else { panic!("nothing to sign") };
        assert!(matches!(signing.finish(&signatures, NOW_MS), Step::Closed(_)));
    }
    let Step::Sign(signing) = exchange.open() else { panic!("nothing to sign") };
    let closed = signing.failed();
    assert_eq!(
        (closed.reply.status, text(&closed.record, "outcome").as_deref()),
        (503, Some("signing-failed"))
    );
}

#[test]
fn failures_say_whether_bacen_may_have_accepted() {
    for (failure, status, code, outcome, maybe) in [
        (Failure::NothingSent, 503, "unreachable", "not-sent", "false"),
        (Failure::TimedOut, 504, "timed-out", "unknown", "true"),
        (Failure::ConnectionLost, 502, "connection-lost", "unknown", "true"),
        (Failure::ResponseSyntax, 502, "response-syntax", "unknown", "true"),
        (Failure::ResponseTooLarge, 502, "response-too-large", "unknown", "true"),
    ] {
        let post = request("POST", MESSAGES, &[], SPI);
        let closed = run(&policy(Channel::Spi), post, |sending| {
            assert_eq!(sending.allows_retry(failure), failure == Failure::NothingSent);
            sending.failed(failure, NOW_MS + 9)
        });
        assert_eq!((closed.reply.status, member(&closed, "code")), (status, code));
        assert_eq!(member(&closed, "maybe-accepted"), maybe);
        assert_eq!(text(&closed.record, "outcome").as_deref(), Some(outcome));
        assert!(text(&closed.record, "request_body").unwrap().contains("<ds:SignatureValue>"));
        assert_eq!(text(&closed.record, "response_status_code"), None);
    }
    assert!(Failure::TimedOut.allows_retry("GET") && !Failure::TimedOut.allows_retry("DELETE"));
}

#[test]
fn an_intent_is_the_record_of_an_exchange_that_nobody_ended() {
    let mut intent = None;
    let closed = run(&policy(Channel::Spi), request("POST", MESSAGES, &[], SPI), |sending| {
        intent = Some(sending.intent());
        sending.failed(Failure::TimedOut, NOW_MS + 9)
    });
    let intent = intent.unwrap();
    for column in ["exchange_id", "outcome", "request_body", "request_wire_sha256", "request_sent_ms"] {
        let of = |record: &Record| {
            record.columns().find(|(name, _)| *name == column).map(|(_, v)| format!("{v:?}"))
        };
        assert_eq!(of(&intent), of(&closed.record), "{column}");
    }
    assert_eq!(text(&intent, "outcome_reason").as_deref(), Some("process-ended"));
    assert_eq!((intent.response_received_ms, intent.reply_status_code), (None, None));
}

#[test]
fn a_host_may_refuse_what_it_could_not_read() {
    let policy = policy(Channel::Spi);
    let exchange = Exchange::receive(
        &policy,
        ExchangeId::from_random([0; 16]),
        request("POST", MESSAGES, &[], ""),
        NOW_MS,
    );
    let closed = exchange.refuse(Error::new(Reason::RequestTooLarge));
    assert_eq!((closed.reply.status, member(&closed, "code")), (413, "request-too-large"));
}

#[test]
fn a_connection_header_takes_away_what_it_names_in_both_directions() {
    let policy = policy(Channel::Dict);
    let headers = [("Connection", "close, PI-PayerId"), ("PI-PayerId", "1"), ("PI-EndToEndId", "2")];
    let closed = run(&policy, request("GET", "/api/v2/entries/a", &headers, ""), |sending| {
        let sent = &sending.request().headers;
        assert!(sent.first("pi-payerid").is_none() && sent.first("connection").is_none());
        assert!(sent.first("pi-endtoendid").is_some());
        let headers =
            [("Connection", "X-Hop"), ("X-Hop", "1"), ("Transfer-Encoding", "chunked"), ("X-End", "2")];
        sending.answered(answer(404, &headers, ""), NOW_MS)
    });
    let names: Vec<_> = closed.reply.headers.iter().map(|header| header.name()).collect();
    assert_eq!(names, ["x-end", "pix-exchange-id"]);
}

#[test]
fn a_bank_may_have_signed_bodies_signed_anew_and_unknown_paths_passed() {
    let mut policy = policy(Channel::Spi);
    policy.sign.resign = true;
    policy.unknown_path = UnknownPath::Pass;
    let signed = String::from_utf8(
        sign_with(SPI.as_bytes(), Profile::Spi, &certificate(pair!("psp").0), |digest| {
            Some(signature(pair!("psp").1, digest))
        })
        .unwrap(),
    )
    .unwrap();
    run(&policy, request("POST", "/other", &[], signed), |sending| {
        verify(&sending.request().body, Profile::Spi, &psp_trust(), NOW_MS / 1000).unwrap();
        sending.answered(answer(201, &[], ""), NOW_MS)
    });
}

/// Octets that are almost right: cut, doubled, flipped, glued, drawn from a seed.
fn damaged(seed: &mut u64, octets: &[u8]) -> Vec<u8> {
    let mut draw = |below: usize| {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(*seed >> 33).unwrap() % below.max(1)
    };
    let mut octets = octets.to_vec();
    for _ in 0..=draw(3) {
        let at = draw(octets.len());
        match draw(5) {
            0 => octets.truncate(at),
            1 => octets.extend_from_within(at..),
            2 => octets.iter_mut().skip(at).take(1).for_each(|octet| *octet ^= 1 << draw(8)),
            3 => drop(octets.splice(at..at, *b"\r\n--b\r\n\r\n")),
            _ => drop(octets.splice(at..at, *b"<Signature/>")),
        }
    }
    octets
}

#[test]
fn damaged_bodies_always_end_in_a_reply_and_a_record_and_never_as_proved() {
    let policy = policy(Channel::Spi);
    let good = from_bacen();
    let multipart = |message: &str| {
        format!("--b\r\n\r\n{message}\r\n--b\r\nX: y\r\n\r\n{message}\r\n--b--\r\n").into_bytes()
    };
    let boundary = ("Content-Type", "multipart/mixed; boundary=b");
    let packed = ("Content-Encoding", "gzip");
    let mut seed = 7;
    for _ in 0..400 {
        for (plain, signed, headers) in [
            (SPI.as_bytes().to_vec(), good.clone().into_bytes(), vec![]),
            (multipart(SPI), multipart(&good), vec![boundary]),
            (gzip(SPI.as_bytes()), gzip(good.as_bytes()), vec![packed]),
        ] {
            let changed = damaged(&mut seed, &plain);
            let closed = run(&policy, request("POST", MESSAGES, &headers, changed), |sending| {
                sending.answered(answer(201, &[], ""), NOW_MS)
            });
            assert!(closed.record.reply_status_code.is_some());
            let changed = damaged(&mut seed, &signed);
            let closed = answered(&policy, request("GET", STREAM, &[], ""), answer(200, &headers, changed));
            // Space between the parts may change; what is handed on is what BACEN signed, message by message.
            if closed.reply.status == 200 {
                for message in
                    lacre_core::exchange::messages(&closed.reply.headers, &closed.reply.body, 1 << 20)
                        .unwrap()
                {
                    verify(&message, Profile::Spi, &policy.trust, NOW_MS / 1000).unwrap();
                }
                continue;
            }
            assert_eq!(closed.reply.status, 502);
        }
    }
}

#[test]
fn a_request_is_at_most_as_large_as_its_policy_says() {
    let mut policy = policy(Channel::Spi);
    assert_eq!(policy.request_bytes_max, limits::REQUEST_BYTES_MAX);
    policy.request_bytes_max = SPI.len();
    let gzip = [("content-encoding", "gzip")];
    let longer = format!("{SPI} ");
    for (headers, fits, too_large, code) in [
        (&[][..], SPI.as_bytes().to_vec(), longer.as_bytes().to_vec(), "request-too-large"),
        (&gzip[..], gzip_packed(SPI.as_bytes()), gzip_packed(longer.as_bytes()), "gzip-too-large"),
    ] {
        let sent = answered(&policy, request("POST", MESSAGES, headers, fits), answer(201, &[], ""));
        assert_eq!(sent.reply.status, 201);
        let closed = refused(&policy, request("POST", MESSAGES, headers, too_large));
        assert_eq!((closed.reply.status, member(&closed, "code")), (413, code));
    }
}

#[test]
fn a_refusal_records_the_hash_of_a_body_and_only_a_small_one_itself() {
    let policy = policy(Channel::Spi);
    let hash = |wire: &[u8]| sha256(wire).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let gzip = [("content-encoding", "gzip")];
    let small = vec![b'x'; limits::REFUSED_BYTES_KEPT_MAX];
    let large = vec![b'x'; limits::REFUSED_BYTES_KEPT_MAX + 1];
    let bomb = gzip_packed(&vec![b' '; 30 << 20]);
    for (headers, wire, kept, encoding) in [
        (&[][..], small.clone(), small.len(), "utf-8"),
        (&[][..], large.clone(), 0, "omitted"),
        (&gzip[..], gzip_packed(&small), small.len(), "utf-8"),
        (&gzip[..], gzip_packed(&large), 0, "omitted"),
        (&gzip[..], bomb, 0, "omitted"),
        (&gzip[..], small.clone(), small.len(), "utf-8"),
    ] {
        let closed = refused(&policy, request("POST", MESSAGES, headers, wire.clone()));
        assert_eq!(text(&closed.record, "request_wire_sha256"), Some(hash(&wire)));
        assert_eq!(text(&closed.record, "request_body").map(|body| body.len()), Some(kept));
        assert_eq!(text(&closed.record, "request_body_encoding").as_deref(), Some(encoding));
    }
    let nothing = refused(&policy, request("POST", MESSAGES, &[], ""));
    assert_eq!(text(&nothing.record, "request_wire_sha256"), None);
    // Without a policy it is the same.
    let id = ExchangeId::new("exchange-1").unwrap();
    let error = Error::new(Reason::Busy);
    let closed = turn_away(Channel::Spi, id, request("POST", MESSAGES, &[], large.clone()), error, NOW_MS);
    assert_eq!((closed.reply.status, member(&closed, "maybe-accepted")), (503, "false"));
    assert_eq!(text(&closed.record, "request_wire_sha256"), Some(hash(&large)));
    assert_eq!(text(&closed.record, "request_body_encoding").as_deref(), Some("omitted"));
}
