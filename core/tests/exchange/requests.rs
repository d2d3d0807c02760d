//! What is signed and sent, and what BACEN gets to see.

use lacre_core::exchange::{Channel, Failure, Policy, Record, UnknownPath, gzip_packed};
use lacre_core::{Profile, limits, sign_with, verify};

use crate::common::{certificate, signature};
use crate::world::{
    CHECK_KEYS, DICT, DICT_ANSWER, MESSAGES, NOW_MS, SPI, answer, answered, by_bacen, gzip, header, member,
    pair, policy, psp_trust, refused, request, run, text,
};

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
