//! Bodies of several messages, and labels by which another reader would see other ones.

use lacre_core::Profile;
use lacre_core::exchange::Channel;

use crate::world::{
    DICT_ANSWER, MESSAGES, NOW_MS, SPI, STREAM, answer, answered, body, by_bacen, entry_of, from_bacen, gzip,
    header, member, pair, policy, refused, request, run, text,
};

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
