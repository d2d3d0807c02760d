//! Requests that are refused, and failures: the reply and the record.

use lacre_core::exchange::{Channel, Exchange, ExchangeId, Failure, Request, Step, gzip_packed, turn_away};
use lacre_core::{Error, Profile, Reason, limits, sha256, verify};

use crate::common::signature;
use crate::world::{
    DICT, MESSAGES, NOW_MS, SPI, STREAM, answer, answered, body, from_bacen, gzip, header, member, pair,
    policy, refused, request, run, text,
};

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
fn the_query_of_a_request_that_went_astray_is_recorded_without_its_values() {
    let target = "/elsewhere?token=k3y%3D=&apikey&&a=";
    let closed = run(&policy(Channel::Spi), request("GET", target, &[], ""), |_| unreachable!());
    assert_eq!(text(&closed.record, "request_query").as_deref(), Some("token=***&***&&a=***"));
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
