//! What is handed on of an answer, and what is withheld.

use std::sync::Arc;

use lacre_core::exchange::{Channel, InterruptedValues, OutsideValidity, Policy};
use lacre_core::{Ispb, Profile, Trust};

use crate::common::certificate;
use crate::world::{
    CHECK_KEYS, DICT, DICT_ANSWER, MESSAGES, NOW_MS, SPI, STREAM, answer, answered, body, by_bacen, entry_of,
    from_bacen, gzip, header, member, pair, policy, psp_trust, refused, request, run, text, to,
};

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
    let expired = include_str!("../../../tests/keys/expired.pem");
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
