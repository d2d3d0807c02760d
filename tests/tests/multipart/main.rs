//! Multipart bodies in both directions, held against MIME readers that nobody here wrote: what any of them takes for a part of what
//! lacre hands on, or sends, is a message that lacre verified, or signed, octet for octet.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking, and has std"
)]

mod bodies;
mod channel;
mod readers;
mod ways;

use std::collections::BTreeMap;

use lacre_core::exchange::{Headers, messages};
use lacre_tests::random::Random;
use lacre_tests::seed;

use bodies::{Made, Maker};
use channel::Bank;
use readers::Readers;

/// Bodies with something in them that some reader may read in its own way.
const ODD: usize = 2_400;

/// Bodies as BACEN and the usual libraries write them.
const GENUINE: usize = 240;

/// What the readers found that should not be there, and how often which reader did.
#[derive(Default)]
struct Findings {
    passed: usize,
    bodies: usize,
    by_reader: BTreeMap<String, usize>,
    examples: Vec<String>,
}

impl Findings {
    /// Holds what every reader finds in a body against the messages that lacre found in it.
    fn hold(&mut self, readers: &mut Readers, made: &Made, headers: &Headers, body: &[u8]) {
        self.passed += 1;
        let known = messages(headers, body, 1 << 20).unwrap();
        let mut strayed = Vec::new();
        for (reader, parts) in readers.ask(headers, body) {
            let knows_each = parts.iter().all(|part| known.contains(part));
            if !knows_each || (made.genuine && parts != known) {
                strayed.push(reader);
            }
        }
        if strayed.is_empty() {
            return;
        }
        self.bodies += 1;
        if self.examples.len() < 5 {
            let shown = String::from_utf8_lossy(&body[..body.len().min(1500)]);
            self.examples.push(format!(
                "{}: {strayed:?} in\n{:?}\n{shown:?}",
                made.ways.join(", "),
                headers_of(headers)
            ));
        }
        for reader in strayed {
            *self.by_reader.entry(reader).or_default() += 1;
        }
    }

    fn conclude(self) {
        let Self { passed, bodies, by_reader, examples } = self;
        assert_eq!(bodies, 0, "of {passed} that passed; by reader: {by_reader:?}\n{}", examples.join("\n\n"));
    }
}

fn headers_of(headers: &Headers) -> String {
    String::from_utf8_lossy(&readers::lines(headers)).into_owned()
}

#[test]
fn whatever_a_reader_finds_in_what_is_handed_on_was_verified() {
    let Some(mut readers) = Readers::start() else { return };
    let bank = Bank::new();
    let maker = Maker::new(bank.signed_messages(), bank.forged_message());
    let mut random = Random::new(seed());
    let mut findings = Findings::default();
    for number in 0..ODD + GENUINE {
        let made = if number < GENUINE { maker.genuine(&mut random) } else { maker.odd(&mut random) };
        let reply = bank.answered(&made);
        let proved =
            reply.headers.first("pix-signature-valid").is_some_and(|header| header.value() == b"true");
        assert!(
            proved || !made.genuine,
            "refused: {}\n{:?}",
            made.content_type,
            String::from_utf8_lossy(&made.octets)
        );
        if proved {
            for message in messages(&reply.headers, &reply.body, 1 << 20).unwrap() {
                assert!(bank.verifies(&message), "{}", String::from_utf8_lossy(&message));
            }
            findings.hold(&mut readers, &made, &reply.headers, &reply.body);
        }
    }
    findings.conclude();
}

#[test]
fn whatever_a_reader_finds_in_what_is_sent_was_signed() {
    let Some(mut readers) = Readers::start() else { return };
    let bank = Bank::new();
    let maker = Maker::new(bank.unsigned_messages(), bank.forged_message());
    let mut random = Random::new(seed() ^ 1);
    let mut findings = Findings::default();
    for number in 0..(ODD + GENUINE) / 4 {
        let made = if number < GENUINE / 4 { maker.genuine(&mut random) } else { maker.odd(&mut random) };
        let sent = bank.sent(&made);
        assert!(sent.is_some() || !made.genuine, "refused: {}", made.content_type);
        let Some((headers, body)) = sent else { continue };
        for message in messages(&headers, &body, 1 << 20).unwrap() {
            assert!(bank.signed(&message), "{}", String::from_utf8_lossy(&message));
        }
        findings.hold(&mut readers, &made, &headers, &body);
    }
    findings.conclude();
}
