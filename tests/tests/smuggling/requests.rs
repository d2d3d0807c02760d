//! Requests whose end two readers would see in different places, and requests that are none. Behind each waits another one.

use super::world::{World, answers, exchange, exchange_and_end};

/// The request that would be smuggled.
const SECOND: &str = "GET /api/v2/entries/smuggled HTTP/1.1\r\nHost: localhost\r\nPI-RequestingParticipant: 12345678\r\n\
                      PI-PayerId: 71460238001\r\nPI-EndToEndId: E12345678202611232000aaaaaaaaaaa\r\nConnection: close\r\n\r\n";

/// What BACEN must never be asked for, be it in a body or behind the request.
const SMUGGLED: &str = "smuggled";

/// A write, which would be the more harmful half.
const POST: &str = "POST /api/v2/entries/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/xml\r\n";
const GET: &str = "GET /api/v2/entries/probe HTTP/1.1\r\nHost: localhost\r\n";

/// A request that must be refused, or not answered at all; nothing behind it may be taken for another.
fn refused(world: &World, attacks: &[(String, Vec<u8>)]) {
    for (name, octets) in attacks {
        let before = world.journal();
        let heard = exchange(octets, world.place.dict());
        let answers = answers(&heard);
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert!(answers.len() <= 1, "{name}: what stood behind it was answered too: {statuses:?}");
        assert!(statuses.iter().all(|status| (400..500).contains(status)), "{name}: {statuses:?}");
        assert_eq!(world.journal(), before, "{name}: BACEN saw it");
    }
    sound(world);
}

/// After whatever came before, the proxy still serves.
fn sound(world: &World) {
    let before = world.journal().len();
    let heard = exchange(format!("{GET}Connection: close\r\n\r\n").as_bytes(), world.place.dict());
    let answers = answers(&heard);
    assert_eq!(answers.len(), 1);
    let journal = world.journal();
    assert_eq!(journal.len(), before + 1);
    assert_eq!(
        (journal[before].method.as_str(), journal[before].target.as_str()),
        ("GET", "/api/v2/entries/probe")
    );
}

fn attack(name: &str, octets: impl AsRef<[u8]>) -> (String, Vec<u8>) {
    (name.to_owned(), octets.as_ref().to_vec())
}

fn named(octets: &str) -> (String, Vec<u8>) {
    attack(&octets.escape_debug().to_string(), octets)
}

#[test]
fn length_and_chunks_together_are_refused_in_every_order_and_spelling() {
    let world = World::new();
    let behind = format!("0\r\n\r\n{SECOND}");
    let within = format!("{:x}\r\n{SECOND}\r\n0\r\n\r\n", SECOND.len());
    let mut attacks = Vec::new();
    for chunked in [
        "Transfer-Encoding: chunked",
        "transfer-encoding:chunked",
        "Transfer-Encoding: CHUNKED",
        "Transfer-Encoding:\tchunked",
        "Transfer-Encoding: chunked\t ",
    ] {
        for (body, length) in [(&behind, behind.len()), (&within, 4), (&behind, 0), (&within, within.len())] {
            let length = format!("Content-Length: {length}");
            attacks.push(named(&format!("{POST}{length}\r\n{chunked}\r\n\r\n{body}")));
            attacks.push(named(&format!("{POST}{chunked}\r\n{length}\r\n\r\n{body}")));
        }
    }
    refused(&world, &attacks);
    world.stop();
}

#[test]
fn codings_that_some_take_for_chunked_are_refused() {
    let world = World::new();
    let behind = format!("0\r\n\r\n{SECOND}");
    let mut attacks = Vec::new();
    for coding in [
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\t: chunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: 'chunked'",
        "Transfer-Encoding: chunked;q=1",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: ,chunked",
        "Transfer-Encoding: chunked,",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: ",
        "Transfer-Encoding: \u{b}chunked",
        "Transfer-Encoding: chunked\u{b}",
        "Transfer-Encoding: \u{c}chunked",
        "Transfer-Encoding: \0chunked",
        "Transfer-Encoding: ch\u{fc}nked",
        "Transfer-Encoding: chunked\r",
        "Transfer-Encoding:\r\n chunked",
        "Transfer-Encoding\r\n: chunked",
        "Transfer-Encoding\0: chunked",
        "Transfer-Encoding\u{7f}: chunked",
        "Trans\u{17f}er-Encoding: chunked",
        " Transfer-Encoding: chunked",
        "\tTransfer-Encoding: chunked",
        "X: y\nTransfer-Encoding: chunked",
        "X: y\rTransfer-Encoding: chunked",
        "X: y\r\n Transfer-Encoding: chunked",
        // Longer than what is looked at.
        "Transfer-Encoding: chunked                                                                  , identity",
        "Transfer-Encoding:                                                                           chunked",
        "Transfer-Encoding: chunked                                                                  ",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
        "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-encoding: identity",
    ] {
        attacks.push(named(&format!("{POST}{coding}\r\n\r\n{behind}")));
        attacks.push(named(&format!("{POST}Content-Length: {}\r\n{coding}\r\n\r\n{behind}", behind.len())));
        attacks.push(named(&format!("{POST}{coding}\r\nContent-Length: 5\r\n\r\n{behind}")));
    }
    // A coding that HTTP/1.0 does not know.
    let old = POST.replace("HTTP/1.1", "HTTP/1.0");
    attacks
        .push(named(&format!("{old}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n{behind}")));
    refused(&world, &attacks);
    world.stop();
}

#[test]
fn lengths_that_are_doubled_or_no_numbers_are_refused() {
    let world = World::new();
    let mut attacks = Vec::new();
    for length in [
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 0\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 0",
        "Content-Length: 5\r\ncontent-length: 6",
        "Content-Length: 5, 5",
        "Content-Length: 5,6",
        "Content-Length: 5 5",
        "Content-Length: -5",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: 5.0",
        "Content-Length: 5e0",
        "Content-Length: 5;",
        "Content-Length: \"5\"",
        "Content-Length: ",
        "Content-Length",
        "Content-Length : 5",
        "Content-Length\t: 5",
        "Content-Length: 5\0",
        "Content-Length: \u{b}5",
        "Content-Length: \u{661}",
        "Content-Length: 5\r",
        "Content-Length:\r\n 5",
        "Content-Length: 5\r\n 5",
        "X: y\nContent-Length: 5",
        " Content-Length: 5",
        "Content-Length: 5                                                                  5",
        "Content-Length: 5                                                                  , 6",
        "Content-Length:                                                                    5",
        "Content-Length: 18446744073709551621",
        "Content-Length: 4294967296000000000000000005",
    ] {
        attacks.push(named(&format!("{POST}{length}\r\n\r\nAAAAA{SECOND}")));
        attacks.push(named(&format!("{GET}{length}\r\n\r\nAAAAA{SECOND}")));
    }
    refused(&world, &attacks);
    world.stop();
}

#[test]
fn lines_that_end_or_go_on_as_they_should_not_are_refused() {
    let world = World::new();
    let plain = format!("{GET}PI-PayerId: 1\r\n\r\n");
    let mut attacks = vec![
        attack("line feeds alone", plain.replace("\r\n", "\n") + SECOND),
        attack("carriage returns alone", plain.replace("\r\n", "\r") + SECOND),
        attack("turned around", plain.replace("\r\n", "\n\r") + SECOND),
        attack("doubled carriage returns", plain.replace("\r\n", "\r\r\n") + SECOND),
        attack("a line feed behind the request line", plain.replacen("\r\n", "\n", 1) + SECOND),
        attack("an end of line feeds", format!("{GET}\n{SECOND}")),
        attack("an end of a carriage return", format!("{GET}\r{SECOND}")),
        attack("a line feed before it", format!("\n{plain}{SECOND}")),
        attack("a carriage return before it", format!("\r{plain}{SECOND}")),
        attack("white space before it", format!(" {plain}{SECOND}")),
        attack("white space before the first field", plain.replacen("\r\nHost", "\r\n Host", 1) + SECOND),
    ];
    for field in [
        "A: b\r\n c",
        "A: b\r\n\tc",
        "A:\r\n b",
        "A: b\r\n \r\n c",
        "PI-PayerId: 1\r\n 2",
        "A: b\n c",
        "A: b\nc: d",
        "A: b\rc: d",
        "A: b\r\n: c",
    ] {
        attacks.push(named(&format!("{GET}{field}\r\n\r\n{SECOND}")));
    }
    refused(&world, &attacks);
    world.stop();
}

#[test]
fn chunks_that_readers_size_differently_are_refused() {
    let world = World::new();
    let mut attacks = Vec::new();
    let long = "a".repeat(20_000);
    for body in [
        "5;\n\r\nAAAAA\r\n0\r\n\r\n",
        "5;a\nAAAAA\r\n0\r\n\r\n",
        "5;a=\"\r\n\"\r\nAAAAA\r\n0\r\n\r\n",
        "5;a\rAAAAA\r\n0\r\n\r\n",
        "5;a\0\r\nAAAAA\r\n0\r\n\r\n",
        &format!("5;{long}\r\nAAAAA\r\n0\r\n\r\n"),
        "5;\u{fc}\r\nAAAAA\r\n0\r\n\r\n",
        "5 \r\nAAAAA\r\n0\r\n\r\n",
        " 5\r\nAAAAA\r\n0\r\n\r\n",
        "5\nAAAAA\r\n0\r\n\r\n",
        "5\rAAAAA\r\n0\r\n\r\n",
        "0x5\r\nAAAAA\r\n0\r\n\r\n",
        "+5\r\nAAAAA\r\n0\r\n\r\n",
        "-5\r\nAAAAA\r\n0\r\n\r\n",
        "5,5\r\nAAAAA\r\n0\r\n\r\n",
        "5_0\r\nAAAAA\r\n0\r\n\r\n",
        "\r\nAAAAA\r\n0\r\n\r\n",
        ";a\r\nAAAAA\r\n0\r\n\r\n",
        "g\r\nAAAAA\r\n0\r\n\r\n",
        "10000000000000005\r\nAAAAA\r\n0\r\n\r\n",
        "ffffffffffffffff\r\nAAAAA\r\n0\r\n\r\n",
        "fffffffffffffffffffff\r\nAAAAA\r\n0\r\n\r\n",
        "7fffffffffffffff\r\nAAAAA\r\n0\r\n\r\n",
        "100000000000000000000000000000005\r\nAAAAA\r\n0\r\n\r\n",
        "5\r\nAAAAAA\r\n0\r\n\r\n",
        "5\r\nAAAAA0\r\n\r\n",
        "5\r\nAAAAA\n0\r\n\r\n",
        "5\r\nAAAAA\r0\r\n\r\n",
        "5\r\nAAAAA\r\n\r\n0\r\n\r\n",
        "5\r\nAAAAA\r\n0\n\n",
        "5\r\nAAAAA\r\n0\r\n\n",
        "5\r\nAAAAA\r\n0\r\nContent-Length: 900\r\n\r\n",
        "5\r\nAAAAA\r\n0\r\nHost: other\r\n\r\n",
        "5\r\nAAAAA\r\n0\r\nX: y\nZ: w\r\n\r\n",
        "5\r\nAAAAA\r\n0;\u{7f}\r\n\r\n",
    ] {
        let name: String = body.escape_debug().take(60).collect();
        attacks.push(attack(&name, format!("{POST}Transfer-Encoding: chunked\r\n\r\n{body}{SECOND}")));
    }
    refused(&world, &attacks);
    world.stop();
}

#[test]
fn names_and_values_that_are_none_are_refused() {
    let world = World::new();
    let mut attacks = Vec::new();
    for name in [
        "",
        " ",
        "A B",
        "A ",
        " A",
        "A\t",
        "\tA",
        "A\0",
        "A\u{1}",
        "A\u{7f}",
        "\u{e4}",
        "(A)",
        "A/B",
        "A@B",
        "A[B]",
        "A{B}",
        "A\"B\"",
        "A,B",
        "A;B",
        "A=B",
        "A?B",
        "A\\B",
        "\u{feff}A",
        "PI-PayerId ",
        "PI-PayerId\0",
    ] {
        attacks.push(named(&format!("{GET}{name}: 1\r\n\r\n{SECOND}")));
    }
    attacks.push(named(&format!("{GET}no field at all\r\n\r\n{SECOND}")));
    for control in (0_u8..32).chain([127]).filter(|octet| *octet != b'\t') {
        for field in ["PI-PayerId: 1", "Host: localhost", "User-Agent: a", "Cookie: c", "X: "] {
            let mut octets = format!("{}{field}", GET.replace("Host: localhost\r\n", "")).into_bytes();
            octets.push(control);
            octets.extend(format!("Injected: y\r\nHost: localhost\r\n\r\n{SECOND}").into_bytes());
            attacks.push(attack(&format!("{field} and {control:#x}"), octets));
        }
    }
    refused(&world, &attacks);
    world.stop();
}

#[test]
fn targets_and_request_lines_that_lead_elsewhere_are_refused() {
    let world = World::new();
    let mut attacks = Vec::new();
    for line in [
        "GET http://other.example/api/v2/entries/smuggled HTTP/1.1",
        "GET https://other.example/api/v2/entries/smuggled HTTP/1.1",
        "GET http://x@other.example/api/v2/entries/smuggled HTTP/1.1",
        "GET http://x:80@other/api/v2/entries/smuggled HTTP/1.1",
        "GET file:///api/v2/entries/smuggled HTTP/1.1",
        "GET //other.example/api/v2/entries/smuggled HTTP/1.1",
        "GET /\\other.example/api/v2/entries/smuggled HTTP/1.1",
        "GET other.example:443 HTTP/1.1",
        "GET * HTTP/1.1",
        "GET api/v2/entries/smuggled HTTP/1.1",
        "GET ?/api/v2/entries/smuggled HTTP/1.1",
        "CONNECT other.example:443 HTTP/1.1",
        "CONNECT /api/v2/entries/smuggled HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "TRACE /api/v2/entries/smuggled HTTP/1.1",
        "PATCH /api/v2/entries/smuggled HTTP/1.1",
        "get /api/v2/entries/smuggled HTTP/1.1",
        "GET\0 /api/v2/entries/smuggled HTTP/1.1",
        "G(T /api/v2/entries/smuggled HTTP/1.1",
        "GET  /api/v2/entries/smuggled HTTP/1.1",
        "GET\t/api/v2/entries/smuggled HTTP/1.1",
        "GET /api/v2/entries/smuggled  HTTP/1.1",
        "GET /api/v2/entries/smuggled\tHTTP/1.1",
        "GET /api/v2/entries/smuggled HTTP/1.1 ",
        "GET /api/v2/entries/smuggled HTTP/1.1 HTTP/1.1",
        "GET /api/v2/entries/smuggled x HTTP/1.1",
        "GET /api/v2/entries/smuggled\0 HTTP/1.1",
        "GET /api/v2/entries/smuggled\u{1} HTTP/1.1",
        "GET /api/v2/entries/smuggled\u{7f} HTTP/1.1",
        "GET /api/v2/entries/smuggled\u{e4} HTTP/1.1",
        "GET /api/v2/entries/smuggled\r HTTP/1.1",
        "GET /api/v2/entries/smuggled\n HTTP/1.1",
        "GET /api/v2/entries/smuggled#x HTTP/1.1",
        "GET /api/v2/../v2/entries/smuggled HTTP/1.1",
        "GET /api/v2/./entries/smuggled HTTP/1.1",
        "GET /api/v2/%2e%2E/entries/smuggled HTTP/1.1",
        "GET /api/v2/.%2e/entries/smuggled HTTP/1.1",
        "GET /api\\v2\\entries\\smuggled HTTP/1.1",
        "GET /admin/smuggled HTTP/1.1",
        "GET /api/v2/entries/smuggled HTTP/1.2",
        "GET /api/v2/entries/smuggled HTTP/2.0",
        "GET /api/v2/entries/smuggled HTTP/0.9",
        "GET /api/v2/entries/smuggled HTTP/11",
        "GET /api/v2/entries/smuggled http/1.1",
        "GET /api/v2/entries/smuggled HTTP/1.1\0",
        "GET /api/v2/entries/smuggled ICAP/1.0",
        "GET /api/v2/entries/smuggled",
        "PRI * HTTP/2.0",
    ] {
        // Whatever it is, nothing else may be on this connection.
        let closed = format!("{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n{SECOND}");
        attacks.push(named(&closed));
    }
    for hosts in
        ["", "Host: localhost\r\nHost: y\r\n", "Host: localhost\r\nHost: localhost\r\n", "Host : x\r\n"]
    {
        attacks.push(named(&format!(
            "GET /api/v2/entries/smuggled HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n{SECOND}"
        )));
    }
    refused(&world, &attacks);
    world.stop();
}

#[test]
fn heads_that_do_not_end_are_refused() {
    let world = World::new();
    let long = "a".repeat(70 << 10);
    let mut attacks = vec![
        attack(
            "a long target",
            format!("GET /api/v2/entries/{long} HTTP/1.1\r\nHost: localhost\r\n\r\n{SECOND}"),
        ),
        attack("a long value", format!("{GET}X: {long}\r\n\r\n{SECOND}")),
        attack("a long name", format!("{GET}{long}: x\r\n\r\n{SECOND}")),
        attack("a long method", format!("{long} / HTTP/1.1\r\nHost: localhost\r\n\r\n{SECOND}")),
        attack("many fields", format!("{GET}{}\r\n{SECOND}", "A: b\r\n".repeat(200))),
        attack("no end", format!("{GET}{}", "A: b\r\n".repeat(100_000))),
    ];
    attacks.push(attack("TLS", b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03"));
    attacks.push(attack(
        "noise",
        (0..4096_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect::<Vec<_>>(),
    ));
    refused(&world, &attacks);
    let before = world.journal();
    for half in [
        String::new(),
        "GET /api/v2/entries/smu".to_owned(),
        format!("{GET}PI-PayerId: 1\r\n"),
        format!("{POST}Content-Length: 900\r\n\r\n{SECOND}"),
        format!("{POST}Transfer-Encoding: chunked\r\n\r\nfff\r\n{SECOND}"),
        format!("{POST}Transfer-Encoding: chunked\r\n\r\n5\r\nAAAAA\r\n"),
    ] {
        let heard = exchange_and_end(half.as_bytes(), world.place.dict());
        assert!(answers(&heard).iter().all(|answer| (400..500).contains(&answer.status)), "{half}");
        assert_eq!(world.journal(), before, "{half}");
    }
    world.stop();
}

#[test]
fn a_body_that_looks_like_a_request_stays_a_body() {
    let world = World::new();
    for octets in [
        format!("{POST}Connection: close\r\nContent-Length: {}\r\n\r\n{SECOND}", SECOND.len()),
        format!(
            "{POST}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{SECOND}\r\n0\r\n\r\n",
            SECOND.len()
        ),
        // No field that frames anything, whatever it resembles.
        format!(
            "{POST}Connection: close\r\nTransfer_Encoding: chunked\r\nContent-Length: {}\r\n\r\n0\r\n\r\n{SECOND}",
            SECOND.len() + 5
        ),
        format!(
            "{POST}Connection: close\r\nX-Content-Length: 0\r\nContent-Length: {}\r\n\r\n{SECOND}",
            SECOND.len()
        ),
    ] {
        let before = world.journal();
        let answers = answers(&exchange(octets.as_bytes(), world.place.dict()));
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [400], "{octets}");
        assert_eq!(world.journal(), before, "what is no XML is never signed");
    }
    world.stop();
}

#[test]
fn whatever_is_sound_is_served_however_it_is_spelt_and_so_is_what_stands_behind_it() {
    let world = World::new();
    let lookup = SECOND.replace(SMUGGLED, "sound");
    let fields = "PI-RequestingParticipant: 12345678\r\n";
    for first in [
        format!("{GET}{fields}\r\n"),
        format!("\r\n{GET}{fields}\r\n"),
        format!("{GET}{fields}Content-Length: 0\r\n\r\n"),
        format!("{GET}{fields}content-length:\t00 \r\n\r\n"),
        format!("{GET}{fields}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        format!("{GET}{fields}transfer-encoding:\tChunked \r\n\r\n000;a=\"b;c\"\r\n\r\n"),
        format!("{GET}{fields}Empty:\r\nX:\ta\tb\u{e4} \r\n\r\n"),
        format!("{}{fields}\r\n", GET.replace(" /", " http://localhost/")),
        format!("{}{fields}\r\n", GET.replace(" /", " HTTP://LOCALHOST/")),
        format!("{}{fields}Connection: keep-alive\r\n\r\n", GET.replace("HTTP/1.1", "HTTP/1.0")),
        format!(
            "{}{fields}Connection: keep-alive\r\n\r\n",
            GET.replace("HTTP/1.1\r\nHost: localhost", "HTTP/1.0")
        ),
    ] {
        let before = world.journal().len();
        let answers = answers(&exchange(format!("{first}{lookup}").as_bytes(), world.place.dict()));
        assert_eq!(answers.len(), 2, "{first:?}");
        let targets: Vec<_> = world.journal()[before..].iter().map(|one| one.target.clone()).collect();
        assert_eq!(targets, ["/api/v2/entries/probe", "/api/v2/entries/sound"], "{first:?}");
    }
    world.stop();
}
