//! What holds for every message: what may be spelt otherwise, what may not be changed, and what is said of either.
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use lacre_core::{Profile, Reason, Target, Trust, Verdict, canonical_octets, inspect, verify};
use lacre_fuzz::{resealed, toy_trust};
use lacre_report::{Uncovered, uncovered};
use lacre_tests::generator;
use lacre_tests::messages::{self, Message};
use lacre_tests::random::Random;
use lacre_tests::respell::{Change, respelt};
use lacre_tests::seed;
use lacre_tests::signer::{AT, TestSigner};
use lacre_tests::vector::Vector;

const TARGETS: [Target; 5] =
    [Target::KeyInfo, Target::AppHdr, Target::Document, Target::Root, Target::SignedInfo];

#[test]
fn random_documents_come_out_as_from_the_slow_implementation() {
    let mut random = Random::new(seed());
    for _ in 0..1500 {
        let document = generator::document(&mut random);
        lacre_fuzz::run("readers", &document.bytes);
        lacre_fuzz::run("c14n", &document.bytes);
    }
}

#[test]
fn whatever_may_be_spelt_otherwise_stays_valid() {
    let signer = TestSigner::new();
    let trust = signer.trust();
    let mut random = Random::new(seed());
    let mut changed = [0; Change::ALL.len()];
    for message in all(&mut random) {
        let signed = signer.sign(message.xml.as_bytes(), message.profile).unwrap();
        for (number, change) in Change::ALL.into_iter().enumerate() {
            for _ in 0..3 {
                let other = respelt(&mut random, &signed, message.profile, &[change]);
                changed[number] += usize::from(other != signed);
                valid(&other, message.profile, &trust, &format!("{change:?} of {}", message.name));
            }
        }
        for _ in 0..10 {
            let other = respelt(&mut random, &signed, message.profile, &Change::ALL);
            valid(&other, message.profile, &trust, &format!("everything of {}", message.name));
            for target in message.profile.targets() {
                let octets = canonical_octets(&signed, message.profile, *target);
                assert_eq!(canonical_octets(&other, message.profile, *target), octets, "{}", message.name);
            }
        }
    }
    assert!(changed.iter().all(|count| *count > 20), "hardly anything was spelt otherwise: {changed:?}");
}

#[test]
fn every_byte_is_either_covered_or_said_not_to_be() {
    let signer = TestSigner::new();
    let trust = signer.trust();
    let names =
        ["plain", "with namespaces", "prefix throughout", "declared again", "prefixed root", "with comments"];
    let mut tried = [0, 0];
    for message in messages::all().iter().filter(|m| names.iter().any(|name| m.name.contains(name))) {
        let signed = signer.sign(message.xml.as_bytes(), message.profile).unwrap();
        let mut change = Trial::new(&signed, message.profile, &trust);
        for at in 0..signed.len() {
            for octet in [signed[at] ^ 1, signed[at] ^ 0x20, b'A', b' ', b'"', b'<', 0] {
                tried[usize::from(change.with(at, octet))] += 1;
            }
        }
    }
    assert!(tried.iter().all(|count| *count > 1000), "{tried:?}");
}

#[test]
fn of_every_valid_vector_a_byte_is_either_covered_or_said_not_to_be() {
    let mut random = Random::new(seed());
    let mut vectors = 0;
    for vector in Vector::all().into_iter().filter(|vector| vector.document.len() < 8000) {
        let Some(profile) = vector.profile else { continue };
        let Some(sealed) = resealed(&vector.document, profile) else { continue };
        if verify(&sealed, profile, toy_trust(), AT).is_err() {
            continue;
        }
        vectors += 1;
        let mut change = Trial::new(&sealed, profile, toy_trust());
        for _ in 0..150 {
            let at = random.below(sealed.len());
            change.with(at, *random.pick(b"aA1 \"'<>&:/=\n#;x"));
        }
        for at in change.uncovered() {
            change.with(at, *random.pick(b"aA1 \"'>:/\nx"));
        }
    }
    assert!(vectors > 100, "only {vectors} vectors are valid once they are sealed");
}

/// A valid message, of which one byte after another is changed.
struct Trial<'m> {
    message: &'m [u8],
    profile: Profile,
    trust: &'m Trust,
    spans: Vec<Uncovered>,
    uncovered: Vec<bool>,
    octets: Vec<lacre_core::Result<Vec<u8>>>,
}

impl<'m> Trial<'m> {
    fn new(message: &'m [u8], profile: Profile, trust: &'m Trust) -> Self {
        let mut covers = vec![false; message.len()];
        let spans = uncovered(message, profile);
        for span in &spans {
            covers[span.start..span.end].fill(true);
        }
        let octets = TARGETS.iter().map(|target| canonical_octets(message, profile, *target)).collect();
        assert!(verify(message, profile, trust, AT).is_ok());
        Self { message, profile, trust, spans, uncovered: covers, octets }
    }

    fn uncovered(&self) -> Vec<usize> {
        (0..self.message.len()).filter(|at| self.uncovered[*at]).collect()
    }

    /// Changes one byte. Gives whether it is said to be uncovered.
    fn with(&mut self, at: usize, octet: u8) -> bool {
        if self.message[at] == octet {
            return self.uncovered[at];
        }
        let mut changed = self.message.to_vec();
        changed[at] = octet;
        let decided = verify(&changed, self.profile, self.trust, AT).err();
        let report = inspect(&changed, self.profile, self.trust, AT);
        assert_eq!(report.error, decided, "inspected and verified: {}", self.shown(&changed, at));
        let same = |target: &Target| canonical_octets(&changed, self.profile, *target);
        match decided.map(|error| error.reason()) {
            // Valid: then the octets that were signed are the octets that stand there.
            None => {
                assert_eq!(report.verdict, Verdict::Valid);
                assert!(
                    TARGETS.iter().map(same).eq(self.octets.iter().cloned()),
                    "{}",
                    self.shown(&changed, at)
                );
            }
            Some(Reason::DigestMismatch) => {
                // What is no comment or declaration any more was not changed within it.
                let as_before = uncovered(&changed, self.profile) == self.spans;
                let covered = !self.uncovered[at] || !as_before;
                assert!(covered, "said to be uncovered: {}", self.shown(&changed, at));
            }
            Some(_) => {}
        }
        self.uncovered[at]
    }

    fn shown(&self, changed: &[u8], at: usize) -> String {
        format!(
            "byte {at} (LACRE_SEED={}), {:?}:\n{}",
            seed(),
            self.profile,
            String::from_utf8_lossy(changed)
        )
    }
}

fn all(random: &mut Random) -> Vec<Message> {
    let mut all = messages::all();
    all.extend(messages::random(random, 20));
    all
}

fn valid(message: &[u8], profile: Profile, trust: &Trust, what: &str) {
    let verified = verify(message, profile, trust, AT);
    assert!(
        verified.is_ok(),
        "{what} (LACRE_SEED={}): {verified:?}\n{}",
        seed(),
        String::from_utf8_lossy(message)
    );
}
