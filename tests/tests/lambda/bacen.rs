//! A BACEN that misbehaves: the caller gets an answer that says whether it may try again, and the record what happened.

use core::fmt::Write as _;
use core::time::Duration;

use lacre_core::exchange::{Headers, gzip_packed, messages};
use lacre_core::{Profile, sign_with};
use lacre_native::clock::unix_ms;
use lacre_native::tls::Identity;
use lacre_report::record::Row;
use lacre_simulator::samples;
use lacre_simulator::{Fault, Simulator};
use lacre_tests::aws::pki::{EXPIRED, Pki, VALID, certificate, self_signed};
use lacre_tests::aws::records::assert_whole;
use lacre_tests::aws::{Delivery, sha256_hex};
use lacre_tests::lambda::{Call, Function, Reply, Source};

use crate::relay::Relay;
use crate::server::{Act, Server};
use crate::world::{World, bacen, bacen_channel, bank, pay, read, register};

/// An answer as octets of HTTP.
fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Act {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    Act::Answer(Box::leak([head.as_bytes(), b"\r\n", body].concat().into_boxed_slice()))
}

const XML: (&str, &str) = ("Content-Type", "application/xml; charset=utf-8");

/// A message that BACEN signed.
fn signed(xml: &str, profile: Profile) -> Vec<u8> {
    signed_by(Pki::shared(), xml, profile)
}

fn signed_by(pki: &Pki, xml: &str, profile: Profile) -> Vec<u8> {
    let certificate = certificate(&pki.throwaway.bacen_signature.certificate_pem);
    let sign = |digest: &[u8; 32]| pki.bacen.sign_blocking(digest).ok();
    sign_with(xml.as_bytes(), profile, &certificate, sign).unwrap()
}

fn dict_answer(key: &str) -> Vec<u8> {
    signed(&format!("<GetEntryResponse><Entry><Key>{key}</Key></Entry></GetEntryResponse>"), Profile::Dict)
}

/// The bank's message as if BACEN had sent it to the bank.
fn from_bacen(xml: &str) -> String {
    xml.replace("12345678", "@").replace("00038166", "12345678").replace('@', "00038166")
}

/// A function whose BACEN can be exchanged.
struct Stage {
    world: World,
    relay: Relay,
    function: Function,
}

impl Stage {
    async fn new(channel: &str, environment: &[(&str, &str)]) -> Option<Self> {
        let world = World::start(Delivery::Json).await?;
        let relay = Relay::start().await;
        world.deployment.point_to(relay.port, relay.port).await;
        let function = world.function_with(channel, environment).await;
        Some(Self { world, relay, function })
    }

    /// One call before a BACEN that acts like this, and what the record says became of it.
    async fn play(&self, act: Act, call: &Call) -> (Reply, Row) {
        let server = Server::start(&bacen_channel(), &self.world.clients(), act).await;
        self.relay.aim(server.port);
        self.call(call).await
    }

    /// One call, and its record.
    async fn call(&self, call: &Call) -> (Reply, Row) {
        let channel = if call.path.starts_with("/api/v2/") { "dict" } else { "spi" };
        let before = self.world.deployment.kept(channel).await.len();
        let (reply, left) = self.function.call_within(Source::Rest, call, Duration::from_secs(3)).await;
        assert!(left > Duration::ZERO);
        for _ in 0..200 {
            let mut rows = self.world.deployment.kept(channel).await;
            if rows.len() > before {
                return (reply, rows.pop().unwrap());
            }
            // Its record is still on the way.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{}", self.function.said());
    }
}

/// What comes back: status, code of the problem, whether BACEN may have accepted it; and the record's outcome.
type Expected = (u16, &'static str, &'static str, &'static str);

fn assert_seen(name: &str, (reply, row): &(Reply, Row), expected: Expected) {
    let is_ours = reply.text().contains("<maybe-accepted>");
    let of = |element| if is_ours { reply.element(element) } else { String::new() };
    let (code, accepted) = (of("code"), of("maybe-accepted"));
    let outcome = row.text("outcome").unwrap();
    assert_eq!((reply.status, &*code, &*accepted, outcome), expected, "{name}: {}", reply.text());
    assert_eq!(row.text("outcome_reason").unwrap_or_default(), code, "{name}");
    assert_eq!(row.integer("reply_status_code"), Some(reply.status.into()), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_bacen_does_the_caller_learns_what_may_have_happened() {
    let Some(stage) = Stage::new("dict", &[]).await else { return };
    let unavailable = answer("503 Service Unavailable", &[XML], b"<problem>busy</problem>");
    let too_many = answer("429 Too Many Requests", &[XML, ("Retry-After", "7")], b"");
    let short = Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<a>");
    let (get, post) = (read(), register());
    let unreachable: Expected = (503, "unreachable", "false", "not-sent");
    let cases: [(&str, Act, &Call, Expected); 11] = [
        ("silence", Act::Silent, &post, (504, "timed-out", "true", "unknown")),
        // What a read asked for can be asked for again.
        ("silence to a read", Act::Silent, &get, (504, "timed-out", "false", "unknown")),
        ("no handshake", Act::Deaf, &post, unreachable),
        ("end within the handshake", Act::HangUp, &post, unreachable),
        ("no TLS", Act::Plain, &post, unreachable),
        ("reset after the request", Act::DropAfter(0), &post, (502, "connection-lost", "true", "unknown")),
        ("reset after a read", Act::DropAfter(0), &get, (502, "connection-lost", "false", "unknown")),
        ("half an answer", short, &post, (502, "connection-lost", "true", "unknown")),
        ("no HTTP", Act::Answer(b"220 smtp\r\n\r\n"), &post, (502, "response-syntax", "true", "unknown")),
        ("503", unavailable, &post, (503, "", "", "answered")),
        ("429", too_many, &get, (429, "", "", "answered")),
    ];
    for (name, act, call, expected) in cases {
        let seen = stage.play(act, call).await;
        assert_seen(name, &seen, expected);
        if name == "429" {
            assert_eq!(seen.0.header("retry-after"), Some("7"));
        }
    }
    let rows = stage.world.deployment.kept("dict").await;
    assert_eq!(assert_whole(&rows), cases.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_not_proved_is_withheld_and_kept_as_evidence() {
    let Some(stage) = Stage::new("dict", &[]).await else { return };
    let good = dict_answer(samples::KEY_HELD);
    let tampered = String::from_utf8(good.clone()).unwrap().replace("<Key>+55", "<Key>+54").into_bytes();
    let stranger = Pki::new();
    let foreign = signed_by(&stranger, "<GetEntryResponse/>", Profile::Dict);
    let ok = |body: &[u8]| answer("200 OK", &[XML], body);
    let withheld = |code| (502, code, "false", "answer-refused");
    for (name, act, code) in [
        ("no signature", ok(b"<a/>"), "unsigned"),
        ("no XML", ok(b"<a>"), "unclosed"),
        ("nothing", answer("200 OK", &[], b""), "body-presence"),
        ("changed", ok(&tampered), "digest-mismatch"),
        ("signed by somebody else", ok(&foreign), "certificate-unknown"),
        ("an entity", ok(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "doctype"),
        (
            "a coding that nobody knows",
            answer("200 OK", &[XML, ("Content-Encoding", "br")], &good),
            "content-encoding",
        ),
    ] {
        let seen = stage.play(act, &read()).await;
        assert_seen(name, &seen, withheld(code));
        let (reply, row) = seen;
        assert_eq!(reply.header("pix-signature-valid"), Some("false"), "{name}");
        assert!(!reply.text().contains("<Key>"), "{name}");
        assert_eq!(row.integer("response_status_code"), Some(200), "{name}");
        if name == "changed" {
            assert_eq!(row.text("response_body").unwrap().as_bytes(), tampered);
        }
    }
    let (reply, _) = stage.play(ok(&good), &read()).await;
    assert_eq!((reply.status, reply.body), (200, good));
}

#[tokio::test(flavor = "multi_thread")]
async fn packed_and_many_part_answers_are_proved_and_reach_the_caller_octet_for_octet() {
    let Some(stage) = Stage::new("spi", &[]).await else { return };
    let start = Call::get("/api/v1/out/12345678/stream/start")
        .with("Accept", "multipart/mixed")
        .with("Accept-Encoding", "gzip");
    let parts: Vec<Vec<u8>> = (0..3)
        .map(|n| signed(&from_bacen(&samples::pibr_001(&bank(), unix_ms() + n).xml), Profile::Spi))
        .collect();
    let several = multipart(&parts);
    let mut worse = parts.clone();
    worse[1] = String::from_utf8(worse[1].clone()).unwrap().replace("<Fr>", "<Fr> ").into_bytes();
    let kind = ("Content-Type", "multipart/mixed; boundary=b0undary");
    let gzip = ("Content-Encoding", "gzip");
    let packed = gzip_packed(&several);
    for (body, headers) in [(&several, vec![kind]), (&packed, vec![kind, gzip])] {
        let (reply, row) = stage.play(answer("200 OK", &headers, body), &start).await;
        assert_eq!(
            (reply.status, reply.header("pix-signature-valid")),
            (200, Some("true")),
            "{}",
            reply.text()
        );
        assert_eq!(&reply.body, body, "as it came over the wire");
        assert_eq!(reply.header("content-encoding"), headers.get(1).map(|(_, value)| *value));
        let mut found = Headers::new();
        reply.headers.iter().for_each(|(name, value)| found.push(name, value.as_str()));
        assert_eq!(messages(&found, &reply.body, 1 << 20).unwrap(), parts);
        assert_eq!(row.text("response_body").unwrap().as_bytes(), several, "the record has it unpacked");
        assert_eq!(row.text("response_wire_sha256").unwrap(), sha256_hex(body));
    }
    let (reply, row) = stage.play(answer("200 OK", &[kind], &multipart(&worse)), &start).await;
    assert_eq!((reply.status, reply.header("pix-signature-valid")), (502, Some("false")));
    assert_eq!(row.text("response_signature_verdict"), Some("invalid"));
    let bomb = gzip_packed(&vec![b' '; (64 << 20) + 1]);
    let seen = stage.play(answer("200 OK", &[kind, gzip], &bomb), &start).await;
    assert_seen("a bomb", &seen, (502, "gzip-too-large", "false", "answer-refused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_handed_on_whole_or_not_at_all_so_that_lambda_always_takes_it() {
    let Some(stage) = Stage::new("spi", &[]).await else { return };
    let quotes = b"\"".repeat(2_900_000);
    let octets: Vec<u8> =
        (0..4_100_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0] | 0x80).collect();
    for (name, body, status) in [
        ("text that doubles", &quotes, 500),
        ("octets that grow by a third", &octets, 500),
        ("text that doubles beyond what there is room for", &b"\"".repeat(3_300_000), 500),
        ("more octets than there is room for", &[octets.as_slice(), &octets[..600_000]].concat(), 502),
        ("control characters, six octets each", &b"\x01".repeat(2_000_000), 500),
        ("far too much", &b"x".repeat(9_000_000), 502),
    ] {
        let (reply, row) =
            stage.play(answer("500 Oops", &[("Content-Type", "text/plain")], body), &pay()).await;
        assert_eq!(reply.status, status, "{name}");
        if status == 500 {
            assert!(reply.body == *body, "{name}: {} octets", reply.body.len());
        } else {
            assert_eq!(reply.element("code"), "response-too-large", "{name}");
            assert_eq!(reply.element("maybe-accepted"), "true", "{name}");
        }
        assert_eq!(row.integer("reply_status_code"), Some(status.into()), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_of_bacen_is_what_the_bank_says_it_is() {
    let Some(mut world) = World::start(Delivery::Json).await else { return };
    // The same key under a certificate that ended in 2021.
    let key = world.deployment.pki.bacen.public_key();
    let expired =
        world.deployment.pki.signing_certificate(key, "BANCO CENTRAL SIMULADO", "00038166", EXPIRED);
    let mut config = bacen(&world.deployment);
    config.certificate = certificate(&expired);
    world.bacen = Simulator::start(config).await.unwrap();
    world.deployment.point_to(world.bacen.dict_addr().port(), world.bacen.spi_addr().port()).await;
    world.deployment.set("BcbSignatureCertificate", &expired).await;

    for (policy, status, verdict, valid) in [
        ("refuse", 502, "indeterminate", "false"),
        ("pass", 200, "indeterminate", "false"),
        ("", 502, "indeterminate", "false"),
    ] {
        let function = world.function_with("dict", &[("LACRE_OUTSIDE_VALIDITY", policy)]).await;
        let reply = function.call(Source::Rest, &read()).await;
        let headers = ["pix-signature-verdict", "pix-signature-valid"].map(|name| reply.header(name));
        assert_eq!(
            (reply.status, headers),
            (status, [Some(verdict), Some(valid)]),
            "{policy}: {}",
            reply.text()
        );
        let row = world.deployment.kept("dict").await.pop().unwrap();
        assert_eq!(row.text("response_signature_reason"), Some("certificate-expired"));
        assert!(function.metric("CertificateDaysLeft") < 0.0, "{}", function.said());
        // A change is no lapse of time.
        world.bacen.faults().ask(Fault::TamperNextAnswer);
        let reply = function.call(Source::Rest, &read()).await;
        assert_eq!((reply.status, reply.element("code")), (502, "digest-mismatch".to_owned()), "{policy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_server_certificate_ends_the_handshake_under_either_policy() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    for (years, policy, status) in [(EXPIRED, "refuse", 503), (EXPIRED, "pass", 503), (VALID, "refuse", 200)]
    {
        let made = self_signed("localhost", years);
        let identity = Identity::from_pem(made.certificate_pem.as_bytes(), made.key_pem.as_bytes()).unwrap();
        let good = answer("200 OK", &[XML], &dict_answer(samples::KEY_HELD));
        let server = Server::start(&identity, &world.clients(), good).await;
        world.deployment.point_to(server.port, server.port).await;
        world.deployment.set("BcbMtlsCertificate", &made.certificate_pem).await;
        let function = world.function_with("dict", &[("LACRE_OUTSIDE_VALIDITY", policy)]).await;
        let reply = function.call(Source::Rest, &read()).await;
        assert_eq!(reply.status, status, "{policy}: {}{}", reply.text(), function.said());
        if status == 503 {
            assert_eq!((reply.element("code"), server.requests()), ("unreachable".to_owned(), 0));
            assert!(function.said().contains("expired"), "{}", function.said());
        }
    }
}

fn multipart(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        body.extend_from_slice(b"--b0undary\r\nContent-Type: application/xml; charset=utf-8\r\n\r\n");
        body.extend_from_slice(part);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b0undary--\r\n");
    body
}
