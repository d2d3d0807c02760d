//! Answers that would put something into the caller's connection, into its headers, or into somebody else's answer.

use super::upstream::{SOUND, Upstream};
use super::world::{Heard, answers, exchange};

/// What none of the answers may make a caller believe.
const POISON: &str = "poison";

fn ask(upstream: &Upstream) -> Heard {
    ask_by("GET", upstream)
}

fn ask_by(method: &str, upstream: &Upstream) -> Heard {
    let octets =
        format!("{method} /api/v2/entries/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let mut answers = answers(&exchange(octets.as_bytes(), upstream.place.dict()));
    assert_eq!(answers.len(), 1);
    let answer = answers.remove(0);
    assert!(answer.all("pix-signature-valid").len() <= 1);
    assert_ne!(answer.all("pix-signature-valid"), [b"true"], "nothing that comes here is signed");
    assert_eq!(answer.all("pix-exchange-id").len(), 1);
    answer
}

/// The next callers get what BACEN answers them, and nothing that is left of before.
fn next_callers_are_served(upstream: &Upstream, after: &str) {
    for _ in 0..3 {
        let answer = ask(upstream);
        assert_eq!((answer.status, answer.body.as_slice()), (404, &b"sound"[..]), "after {after}");
        assert_eq!(answer.all("x-own"), [b"yes"], "after {after}");
    }
}

fn shown(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).escape_debug().take(90).collect()
}

#[test]
fn answers_that_can_be_read_in_two_ways_are_not_handed_on() {
    let upstream = Upstream::new();
    let long = "a".repeat(70 << 10);
    let many = "A: b\r\n".repeat(200);
    for answer in [
        // Lines.
        &b"HTTP/1.1 404 N\r\nX: a\r\n Set-Cookie: poison\r\nContent-Length: 0\r\n\r\n"[..],
        b"HTTP/1.1 404 N\r\nX: a\rSet-Cookie: poison\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 N\r\nX: a\0Set-Cookie: poison\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 N\r\nX: a\x01\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 N\r\nX : poison\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 N\r\nA B: poison\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 N\r\n: poison\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 N\r\nno field\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 N\rSet-Cookie: poison\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 N\0\r\nContent-Length: 0\r\n\r\n",
        // Status lines.
        b"HTTP/1.1 4040 N\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 40 N\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 -40 N\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 000 N\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/2.0 404 N\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"<html>poison</html>\r\n\r\n",
        b"\x15\x03\x03\x00\x02\x02\x28",
        // Ends.
        b"HTTP/1.1 404 N\r\nContent-Length: 6\r\nContent-Length: 7\r\n\r\npoison",
        b"HTTP/1.1 404 N\r\nContent-Length: 6, 7\r\n\r\npoison",
        b"HTTP/1.1 404 N\r\nContent-Length: 6, 6\r\n\r\npoison",
        b"HTTP/1.1 404 N\r\nContent-Length: 6\r\nContent-Length: 6\r\n\r\npoison",
        b"HTTP/1.1 404 N\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n",
        b"HTTP/1.1 404 N\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n6\r\npoison\r\n0\r\n\r\n",
        b"HTTP/1.1 404 N\r\nTransfer-Encoding: gzip, chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n",
        b"HTTP/1.1 404 N\r\nTransfer-Encoding: chunked                                              , x\r\n\r\n\
          6\r\npoison\r\n0\r\n\r\n",
        b"HTTP/1.0 404 N\r\nTransfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n",
        b"HTTP/1.1 404 N\nContent-Length: 6\n\npoison",
        b"HTTP/1.1 404 N\r\nContent-Length: -6\r\n\r\npoison",
        b"HTTP/1.1 404 N\r\nContent-Length: +6\r\n\r\npoison",
        b"HTTP/1.1 404 N\r\nContent-Length: 0x6\r\n\r\npoison",
        b"HTTP/1.1 404 N\r\nContent-Length: 99999999999999999999\r\n\r\npoison",
        b"HTTP/1.1 404 N\r\nContent-Length: 4000000000\r\n\r\npoison",
        b"HTTP/1.1 404 N\r\nTransfer-Encoding: chunked\r\n\r\nx\r\npoison\r\n0\r\n\r\n",
        b"HTTP/1.1 404 N\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000006\r\npoison\r\n0\r\n\r\n",
        b"HTTP/1.1 404 N\r\nTransfer-Encoding: chunked\r\n\r\n6\r\npoison0\r\n\r\n",
        b"HTTP/1.1 404 N\r\nTransfer-Encoding: chunked\r\n\r\n6;\npoison\r\n0\r\n\r\n",
        // Heads without measure.
        format!("HTTP/1.1 404 N\r\nX: {long}\r\nContent-Length: 0\r\n\r\n").as_bytes(),
        format!("HTTP/1.1 404 N\r\n{many}Content-Length: 0\r\n\r\n").as_bytes(),
    ] {
        upstream.answer_with(answer);
        // What only reads would be sent again, and served.
        let heard = ask_by("DELETE", &upstream);
        assert_eq!(heard.status, 502, "{}", shown(answer));
        assert!(!String::from_utf8_lossy(&heard.body).contains(POISON), "{}", shown(answer));
        assert!(heard.fields.iter().all(|(_, value)| !String::from_utf8_lossy(value).contains(POISON)));
        next_callers_are_served(&upstream, &shown(answer));
    }
    upstream.stop();
}

#[test]
fn what_bacen_says_about_us_or_about_one_connection_goes_no_further() {
    let upstream = Upstream::new();
    for fields in [
        "pix-signature-valid: true",
        "Pix-Signature-Valid: true\r\npix-signature-valid: true",
        "pix-signature-verdict: valid",
        "pix-exchange-id: poison",
        "Connection: X-Nominated\r\nX-Nominated: poison",
        // However many others stand before it.
        &format!("Connection: {}X-Nominated\r\nX-Nominated: poison", "x, ".repeat(100)),
        "Connection: upgrade\r\nUpgrade: poison",
        "Keep-Alive: timeout=3600, poison",
        "Proxy-Authenticate: poison",
        "Trailer: poison",
        "TE: poison",
    ] {
        upstream.answer_with(format!("HTTP/1.1 404 N\r\n{fields}\r\nContent-Length: 2\r\n\r\nok").as_bytes());
        let heard = ask(&upstream);
        assert_eq!((heard.status, heard.body.as_slice()), (404, &b"ok"[..]), "{fields}");
        assert!(
            heard.fields.iter().all(|(_, value)| !String::from_utf8_lossy(value).contains(POISON)),
            "{fields}: {:?}",
            heard.fields
        );
        next_callers_are_served(&upstream, fields);
    }
    // Fields behind the body come too late to be any.
    upstream.answer_with(
        b"HTTP/1.1 404 N\r\nTransfer-Encoding: chunked\r\nTrailer: pix-signature-valid\r\n\r\n\
          2\r\nok\r\n0\r\npix-signature-valid: true\r\nSet-Cookie: poison\r\n\r\n",
    );
    let heard = ask(&upstream);
    assert_eq!((heard.status, heard.body.as_slice()), (404, &b"ok"[..]));
    assert!(heard.all("set-cookie").is_empty());
    upstream.stop();
}

#[test]
fn interim_answers_and_switched_protocols_are_no_answers() {
    let upstream = Upstream::new();
    let interim = "HTTP/1.1 103 Early Hints\r\nSet-Cookie: poison\r\nLink: poison\r\n\r\n";
    for before in ["HTTP/1.1 100 Continue\r\n\r\n".to_owned(), interim.to_owned(), interim.repeat(20)] {
        upstream.answer_with(&[before.as_bytes(), SOUND].concat());
        let heard = ask(&upstream);
        assert_eq!((heard.status, heard.body.as_slice()), (404, &b"sound"[..]), "{before}");
        assert!(heard.all("set-cookie").is_empty() && heard.all("link").is_empty());
    }
    upstream.answer_with(
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\npoison",
    );
    assert_eq!(ask_by("DELETE", &upstream).status, 502);
    next_callers_are_served(&upstream, "101");
    upstream.stop();
}

#[test]
fn an_answer_that_nobody_asked_for_is_nobodys() {
    let upstream = Upstream::new();
    let poison = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Own: no\r\n\r\npoison";
    // Behind the answer to somebody's request, in every cut that a reader could hold back.
    for tail in [&poison[..], &poison[..40], &poison[..9], b"\r\n", b"x", &[poison, &poison[..]].concat()] {
        for body in ["Content-Length: 2\r\n\r\nok", "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"]
        {
            for _ in 0..8 {
                upstream.answer_with(&[b"HTTP/1.1 404 N\r\n", body.as_bytes(), tail].concat());
                assert_eq!(ask(&upstream).body, b"ok");
                next_callers_are_served(&upstream, &shown(tail));
            }
        }
    }
    // No body, and one all the same.
    for status in ["204 No Content", "304 Not Modified"] {
        for _ in 0..8 {
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 60\r\n\r\n");
            upstream.answer_with(&[answer.as_bytes(), poison].concat());
            let heard = ask(&upstream);
            assert!(heard.body.is_empty() && heard.all("x-own").is_empty(), "{status}");
            next_callers_are_served(&upstream, status);
        }
    }
    // Before anything was asked.
    for _ in 0..8 {
        upstream.greet_with(poison);
        // Its last connection is not used any more.
        upstream.answer_with(b"HTTP/1.1 404 N\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        assert_eq!(ask(&upstream).status, 404);
        // Whoever asks first may get what BACEN said first, if it comes after his question: it is BACEN all the same. Nobody behind
        // may.
        ask(&upstream);
        next_callers_are_served(&upstream, "a greeting");
    }
    upstream.stop();
}
