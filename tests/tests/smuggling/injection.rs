//! What a caller says reaches BACEN as octets of one field, of the target or of the body, and of nothing else.

use super::upstream::Upstream;
use super::world::{answers, exchange, find, split};

/// The header names of what arrived, in small letters, and its target.
fn read(request: &[u8]) -> (String, Vec<String>) {
    let head = &request[..find(request, b"\r\n\r\n").unwrap()];
    let mut lines = split(head).into_iter();
    let line = String::from_utf8(lines.next().unwrap().to_vec()).unwrap();
    let names = lines.map(|line| {
        assert!(!line.contains(&b'\n') && !line.contains(&b'\r') && !line.contains(&0), "{line:?}");
        let colon = line.iter().position(|&b| b == b':').unwrap();
        String::from_utf8(line[..colon].to_ascii_lowercase()).unwrap()
    });
    (line, names.collect())
}

fn value<'a>(request: &'a [u8], name: &str) -> &'a [u8] {
    let head = &request[..find(request, b"\r\n\r\n").unwrap()];
    let lines = split(head);
    let line = lines.iter().find(|line| line.to_ascii_lowercase().starts_with(name.as_bytes())).unwrap();
    line[name.len() + 1..].trim_ascii()
}

/// What every lookup has on its way to BACEN.
const OWN: [&str; 3] = ["accept", "accept-encoding", "host"];

#[test]
fn a_target_arrives_as_it_was_written_and_starts_no_field() {
    let upstream = Upstream::new();
    for target in [
        "/api/v2/entries/x%0d%0aInjected:%20y",
        "/api/v2/entries/x%0D%0A%0D%0AGET%20/api/v2/entries/smuggled%20HTTP/1.1",
        "/api/v2/entries/x%00",
        "/api/v2/entries/x?a=%0d%0ab",
        "/api/v2/entries/x?http://other.example/",
        "/api/v2/entries/%2F%2e%2e%2Fx",
        "/api/v2/entries/%E5%98%8A%E5%98%8DInjected:%20y",
        "/api/v2/entries/%c0%8d%c0%8a",
        "/api/v2/entries/x;a=b//c",
    ] {
        let octets = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let answers = answers(&exchange(octets.as_bytes(), upstream.place.dict()));
        assert_eq!(answers[0].status, 404, "{target}");
        let arrived = upstream.arrived();
        assert_eq!(arrived.len(), 1, "{target}");
        let (line, mut names) = read(&arrived[0]);
        names.sort();
        assert_eq!(line, format!("GET {target} HTTP/1.1"));
        assert_eq!(names, OWN, "{target}");
    }
    upstream.stop();
}

#[test]
fn a_value_arrives_octet_for_octet_within_its_own_field() {
    let upstream = Upstream::new();
    for sent in [
        &b"x, Injected: y"[..],
        b"x; Host: other",
        b"%0d%0aInjected: y",
        b"\\r\\nInjected: y",
        // What a reader that cuts UTF-16 to octets takes for a line end, and what some take for white space.
        "x\u{560a}\u{560d}Injected: y".as_bytes(),
        "x\u{10a}\u{10d}Injected: y".as_bytes(),
        "x\u{2028}Injected: y".as_bytes(),
        "x\u{85}Injected: y".as_bytes(),
        b"x\x85Injected: y",
        b"x\x8d\x8aInjected: y",
        b"x\tInjected: y",
        b"\"x",
        b"=?utf-8?q?=0d=0a?=",
    ] {
        for field in ["PI-PayerId", "User-Agent", "Cookie", "Via"] {
            let octets = [
                b"GET /api/v2/entries/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n",
                field.as_bytes(),
                b": ",
                sent,
                b"\r\n\r\n",
            ]
            .concat();
            let answers = answers(&exchange(&octets, upstream.place.dict()));
            let arrived = upstream.arrived();
            if answers[0].status == 400 {
                assert!(arrived.is_empty());
                continue;
            }
            assert_eq!((answers[0].status, arrived.len()), (404, 1));
            let (_, mut names) = read(&arrived[0]);
            names.retain(|name| !OWN.contains(&name.as_str()));
            assert_eq!(names, [field.to_ascii_lowercase()]);
            assert_eq!(value(&arrived[0], &field.to_ascii_lowercase()), sent, "{field}");
        }
    }
    upstream.stop();
}

#[test]
fn what_concerns_one_connection_or_another_reader_ends_at_the_proxy() {
    let upstream = Upstream::new();
    for fields in [
        "Connection: close, X-Forwarded-For\r\nX-Forwarded-For: 127.0.0.1",
        "Connection: close\r\nX-HTTP-Method-Override: DELETE",
        "Connection: close\r\nX-Original-URL: /api/v2/entries/smuggled",
        "Connection: close\r\nX-Rewrite-URL: /api/v2/entries/smuggled",
        "Connection: close\r\nForwarded: host=other.example",
        "Connection: close\r\nX-Forwarded-Host: other.example",
        "Connection: close\r\nTE: trailers",
        "Connection: close\r\nTrailer: Host",
        "Connection: close\r\nKeep-Alive: timeout=1",
        "Connection: close\r\nProxy-Connection: keep-alive",
        "Connection: close\r\nProxy-Authorization: Basic eA==",
        "Connection: close\r\nAuthorization: Basic eA==",
        "Connection: close\r\nExpect: 100-continue",
        "Connection: close\r\nRange: bytes=0-1",
        "Connection: close\r\nIf-None-Match: *",
        "Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
        "Connection: close, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==",
        "Connection: close\r\npix-signature-valid: true",
        "Connection: close\r\nHost_: other.example",
    ] {
        let octets = format!("GET /api/v2/entries/x HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n\r\n");
        let answers = answers(&exchange(octets.as_bytes(), upstream.place.dict()));
        let answered: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(answered, [404], "{fields}");
        let arrived = upstream.arrived();
        assert_eq!(arrived.len(), 1, "{fields}");
        let (_, mut names) = read(&arrived[0]);
        names.sort();
        assert_eq!(names, OWN, "{fields}");
        assert_eq!(value(&arrived[0], "host"), b"localhost");
    }
    upstream.stop();
}

#[test]
fn a_body_is_framed_anew_by_its_length_alone() {
    let upstream = Upstream::new();
    let entry = "<CreateEntryRequest><Entry><Key>pix@example.com</Key></Entry></CreateEntryRequest>";
    let chunks: String = entry.as_bytes().chunks(7).fold(String::new(), |all, chunk| {
        format!("{all}{:x};a=b\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk))
    });
    let post = "POST /api/v2/entries/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    for octets in [
        format!("{post}Content-Length: {}\r\n\r\n{entry}", entry.len()),
        format!("{post}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"),
    ] {
        let answers = answers(&exchange(octets.as_bytes(), upstream.place.dict()));
        assert_eq!(answers[0].status, 404);
        let arrived = upstream.arrived();
        assert_eq!(arrived.len(), 1);
        let (_, mut names) = read(&arrived[0]);
        names.sort();
        assert_eq!(names, ["accept", "accept-encoding", "content-length", "content-type", "host"]);
        let body = &arrived[0][find(&arrived[0], b"\r\n\r\n").unwrap() + 4..];
        assert_eq!(value(&arrived[0], "content-length"), body.len().to_string().as_bytes());
        let told = String::from_utf8_lossy(body);
        assert!(told.contains("<Key>pix@example.com</Key>") && told.contains("SignatureValue"), "{told}");
    }
    upstream.stop();
}
