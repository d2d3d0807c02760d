use super::*;

/// What is found in these bytes, however they are cut on their way.
fn follow(bytes: &str, framing: fn() -> Framing) -> Followed {
    let whole = framing().follow(bytes.as_bytes());
    for cut in 1..bytes.len() {
        let (first, second) = bytes.as_bytes().split_at(cut);
        let mut framing = framing();
        let found = match framing.follow(first) {
            Followed::Whole => match framing.follow(second) {
                Followed::Whole => Followed::Whole,
                Followed::PartsAt(at) => Followed::PartsAt(at + cut),
                Followed::EndsAt(at) => Followed::EndsAt(at + cut),
            },
            found => found,
        };
        assert_eq!(found, whole, "cut at {cut}: {bytes:?}");
    }
    whole
}

/// Where readers of a caller's bytes may part.
fn parts_at(bytes: &str) -> Option<usize> {
    match follow(bytes, Framing::of_requests) {
        Followed::Whole => None,
        Followed::PartsAt(at) => Some(at),
        Followed::EndsAt(_) => panic!("a caller never ends"),
    }
}

fn of_an_answer(bytes: &str) -> Followed {
    follow(bytes, || Framing::of_an_answer(false))
}

#[test]
fn requests_framed_in_one_way_are_followed_from_one_to_the_next() {
    for sound in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nPOST / HTTP/1.1\r\ncontent-length:\t3 \r\n\r\na\nbPOST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\n\n\r\n\r\n0A;a=\"b\"\r\n0123456789\r\n0\r\n\r\nGET",
        "GET / HTTP/1.1\r\nA: #\r\nX-Transfer-Encoding: x\r\nX-Content-Length: y\r\nEmpty:\r\n\r\n",
    ] {
        assert_eq!(parts_at(sound), None, "{sound:?}");
    }
    let mut framing = Framing::of_requests();
    let body = b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nGET /";
    assert_eq!(framing.follow(body), Followed::Whole);
    assert_eq!(framing.place, Place::LineStart);
}

#[test]
fn readers_part_where_framing_is_said_twice_or_loosely() {
    for (sound, loose) in [
        ("Host: a", "\n"),
        ("Host: a\r", "\r\n"),
        ("Host: a\r", "b\r\n"),
        ("A: b\r\n", " c\r\n"),
        ("A: b\r\n", "\tc\r\n"),
        ("A: b\r\n", "\n"),
        ("Content-Length: 3\r\nContent-Length: 3\r", "\n"),
        ("Content-Length: 3\r\nContent-Length: 4\r", "\n"),
        ("Content-Length: 3, 3\r", "\n"),
        ("Content-Length: +3\r", "\n"),
        ("Content-Length: 0x3\r", "\n"),
        ("Content-Length: 3 3\r", "\n"),
        ("Content-Length:\r", "\n"),
        ("Content-Length\r", "\n"),
        ("Content-Length: 1111111111111111\r", "\n"),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r", "\n"),
        ("Transfer-Encoding: gzip, chunked\r", "\n"),
        ("Transfer-Encoding: identity\r", "\n"),
        ("Transfer-Encoding: \u{b}chunked\r", "\n"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r", "\n"),
        ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r", "\n"),
    ] {
        let sound = format!("POST / HTTP/1.1\r\n{sound}");
        assert_eq!(parts_at(&format!("{sound}{loose}")), Some(sound.len()), "{sound:?}");
    }
}

#[test]
fn a_fragment_is_no_part_of_a_target() {
    assert_eq!(parts_at("GET /a#b HTTP/1.1\r\n\r\n"), Some(6));
}

#[test]
fn readers_part_in_loose_chunks() {
    let start = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (sound, loose) in [
        ("", "\r\n"),
        ("", ";a\r\n"),
        ("", "-1\r\n"),
        ("", " 3\r\n"),
        ("3", " \r\n"),
        ("0", "x3\r\n"),
        ("3", "\nabc"),
        ("3\r", "abc"),
        ("3\r\nabc", "d\r\n"),
        ("3\r\nabc", "\n0\r\n"),
        ("3\r\nabc\r", "0\r\n"),
        ("3;a", "\nb\r\n"),
        ("3;a\r", "b\r\n"),
        ("000000000000000", "0\r\n"),
        ("0\r\n", "Content-Length: 4\r\n"),
        ("0\r\n", "\n"),
    ] {
        let sound = format!("{start}{sound}");
        assert_eq!(parts_at(&format!("{sound}{loose}")), Some(sound.len()), "{loose:?}");
    }
    let long = format!("{start}3;{}", "a".repeat(EXTENSION_BYTES_MAX + 1));
    assert_eq!(parts_at(&long), Some(long.len() - 1));
}

#[test]
fn a_field_that_frames_is_looked_at_whole_or_refused() {
    let blanks = " ".repeat(60);
    for field in [
        format!("Content-Length:{blanks}5"),
        format!("Content-Length: 5{blanks}"),
        format!("Content-Length: 5{blanks}, 6"),
        format!("Content-Length: 5{blanks}6"),
        format!("Transfer-Encoding:{blanks}chunked"),
        format!("Transfer-Encoding: chunked{blanks}"),
        format!("Transfer-Encoding: chunked{blanks}, identity"),
        format!("transfer-encoding: chunked{blanks};q=1"),
        format!("Transfer-Encoding{blanks}: chunked"),
        format!("Content-Length{blanks}: 5"),
    ] {
        let head = format!("POST / HTTP/1.1\r\n{field}\r");
        assert_eq!(parts_at(&format!("{head}\n\r\n")), Some(head.len()), "{field}");
        let head = format!("HTTP/1.1 200 OK\r\n{field}\r");
        assert_eq!(of_an_answer(&format!("{head}\n\r\n")), Followed::PartsAt(head.len()), "{field}");
    }
    // What frames nothing may be as long as it likes.
    for name in ["Cookie", "X-Transfer-Encoding", "Content-Length-Of-Something"] {
        assert_eq!(parts_at(&format!("GET / HTTP/1.1\r\n{name}: {}\r\n\r\n", "chunked, ".repeat(99))), None);
    }
}

#[test]
fn an_answer_ends_where_its_head_says() {
    for (answer, behind) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", ""),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 OK\r\n"),
        ("HTTP/1.1 204 No Content\r\n\r\n", "x"),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 60\r\n\r\n", "HTTP"),
        ("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", "\r\n"),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 204 N\r\n\r\n", "\n"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2 \r\nok\r\n0;a\r\n\r\n", "0\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\nC: d\r\n\r\n", "A: b"),
    ] {
        assert_eq!(of_an_answer(&format!("{answer}{behind}")), Followed::EndsAt(answer.len()), "{answer:?}");
    }
    for endless in [
        "HTTP/1.1 200 OK\r\n\r\nuntil the end\n\r\n",
        "HTTP/1.0 503 N\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nContent-Length: 0\r\n\r\nother bytes",
        "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf",
    ] {
        assert_eq!(of_an_answer(endless), Followed::Whole, "{endless:?}");
    }
    let to_head = follow("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", || Framing::of_an_answer(true));
    assert_eq!(to_head, Followed::EndsAt(38));
}

#[test]
fn readers_part_in_answers_that_are_framed_twice_or_loosely() {
    for (sound, loose) in [
        ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r", "\n"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r", "\n"),
        ("Content-Length: 3, 3\r", "\n"),
        ("Content-Length: 3\r\nContent-Length: 3\r", "\n"),
        ("Content-Length: +3\r", "\n"),
        ("Transfer-Encoding: gzip, chunked\r", "\n"),
        ("Transfer-Encoding: identity\r", "\n"),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r", "\n"),
        ("A: b", "\n"),
        ("A: b\r\n", " c"),
        ("Transfer-Encoding: chunked\r\n\r\n", "\r\n"),
        ("Transfer-Encoding: chunked\r\n\r\n2\r\nok", "x"),
        ("Transfer-Encoding: chunked\r\n\r\n0\r\n", "\n"),
    ] {
        let sound = format!("HTTP/1.1 200 OK\r\n{sound}");
        assert_eq!(of_an_answer(&format!("{sound}{loose}")), Followed::PartsAt(sound.len()), "{sound:?}");
    }
    let old = "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r";
    assert_eq!(of_an_answer(&format!("{old}\n")), Followed::PartsAt(old.len()));
    assert_eq!(of_an_answer("\r\nHTTP/1.1 200 OK\r\n\r\n"), Followed::PartsAt(1));
}
