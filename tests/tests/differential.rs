//! Damaged vectors: our reader and quick-xml's must think the same of each, for differences between readers are how
//! XML signatures are broken.
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use lacre_core::rsa::RustCrypto;
use lacre_core::xml::{Quick, Scanner};
use lacre_core::{DictPosition, Profile, SignOptions, Trust, Verdict, inspect_as, prepare_with, verify_as};
use lacre_tests::random::Random;
use lacre_tests::signer::{AT, TestSigner};
use lacre_tests::vector::{Expectation, Vector};

const SEED: u64 = 2026;
const ROUNDS: usize = 12_000;

/// What attackers and broken programs put into documents.
const PIECES: [&str; 60] = [
    "<",
    ">",
    "/",
    "/>",
    "</",
    "&",
    ";",
    "\"",
    "'",
    "=",
    ":",
    "!",
    "?",
    "-",
    "--",
    "]]>",
    "<!--",
    "-->",
    "<!-- a -->",
    "<![CDATA[",
    "<![CDATA[a]]>",
    "<?a b?>",
    "<?xml version=\"1.0\"?>",
    "?>",
    "<!DOCTYPE a>",
    "&amp;",
    "&lt;",
    "&#13;",
    "&#xD;",
    "&#0;",
    "&#x10FFFF;",
    "&foo;",
    "&#",
    " ",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\u{a0}",
    "\u{feff}",
    "\u{fffe}",
    "\u{85}",
    "\u{2028}",
    "é",
    "\0",
    "a",
    "1",
    "xmlns=\"\"",
    " xmlns:a=\"urn:a\"",
    " xmlns:a=\"\"",
    " a=\"1\"",
    " a:b=\"1\"",
    " Id=\"key-info-id\"",
    " xml:id=\"a\"",
    "<a/>",
    "<a>",
    "</a>",
    "<a:b/>",
    "ds:",
    " ",
];

fn damage(random: &mut Random, document: &[u8]) -> Vec<u8> {
    let mut damaged = document.to_vec();
    for _ in 0..=random.below(3) {
        let length = damaged.len().max(1);
        let start = random.below(length);
        let end = (start + random.below(24)).min(damaged.len());
        let other = random.below(length);
        match random.below(7) {
            0 => drop(damaged.drain(start..end)),
            1 | 2 => drop(damaged.splice(start..start, random.word(&PIECES).bytes())),
            3 => drop(damaged.splice(start..end, random.word(&PIECES).bytes())),
            4 => {
                let copied = damaged[start..end].to_vec();
                drop(damaged.splice(other..other, copied));
            }
            5 if start < damaged.len() => damaged[start] ^= 1 << random.below(8),
            _ => {
                // Most of what a reader decides, it decides at the edge of a tag.
                let edges: Vec<usize> =
                    (0..damaged.len()).filter(|at| matches!(damaged[*at], b'<' | b'>' | b'"')).collect();
                if let Some(edge) = edges.get(random.below(edges.len().max(1))) {
                    drop(damaged.splice(edge..edge, random.word(&PIECES).bytes()));
                }
            }
        }
    }
    damaged
}

/// Says how the two readers differ about a document, if they do.
fn difference(document: &[u8], profile: Profile, vector: &Vector, trust: &Trust) -> Option<String> {
    let by_scanner = Expectation::of(&verify_as::<Scanner<'_>>(document, profile, trust, vector.at));
    let by_quick = Expectation::of(&verify_as::<Quick<'_>>(document, profile, trust, vector.at));
    let both_malformed = [by_scanner, by_quick].iter().all(|found| found.verdict == Verdict::Malformed);
    if by_scanner != by_quick && !both_malformed {
        return Some(format!("{by_scanner} by our reader, {by_quick} by quick-xml"));
    }
    let report = inspect_as::<Scanner<'_>>(document, profile, trust, vector.at);
    (report.verdict != by_scanner.verdict)
        .then(|| format!("{by_scanner} verified, {} inspected", report.verdict))
}

#[test]
fn two_readers_think_the_same_of_damaged_documents() {
    let vectors: Vec<(Vector, Trust)> = Vector::all()
        .into_iter()
        .filter(|vector| vector.document.len() < 8000)
        .map(|vector| (vector.clone(), vector.trusted(&RustCrypto)))
        .collect();
    let mut random = Random::new(SEED);
    let mut differences = Vec::new();
    for round in 0..ROUNDS {
        let (vector, trust) = random.pick(&vectors);
        let profile = vector.profile.unwrap_or(Profile::Dict);
        let damaged = damage(&mut random, &vector.document);
        if let Some(difference) = difference(&damaged, profile, vector, trust) {
            let text = String::from_utf8_lossy(&damaged).into_owned();
            differences.push(format!("round {round}, {}: {difference}\n{text}", vector.name));
        }
    }
    assert!(
        differences.is_empty(),
        "{} differences, seed {SEED}:\n{}",
        differences.len(),
        differences.join("\n\n")
    );
}

/// Says what is wrong with a signature that was made for a document, if one was.
fn unsound(signer: &TestSigner, document: &[u8], profile: Profile, last: bool) -> Option<String> {
    let dict_position = if last { DictPosition::Last } else { DictPosition::First };
    let options = SignOptions { dict_position, resign: true };
    let prepared = prepare_with(document, profile, &signer.certificate, options).ok()?;
    let signature = signer.sign_digest(prepared.digest());
    let signed = match prepared.finish(&signature) {
        Ok(signed) => signed,
        Err(error) => return Some(format!("prepared, and then {error}")),
    };
    let trust = signer.trust();
    let by_scanner = verify_as::<Scanner<'_>>(&signed, profile, &trust, AT.into()).err();
    let by_quick = verify_as::<Quick<'_>>(&signed, profile, &trust, AT.into()).err();
    by_scanner
        .or(by_quick)
        .map(|error| format!("signed, and then {error}:\n{}", String::from_utf8_lossy(&signed)))
}

#[test]
fn whatever_is_signed_is_valid() {
    let signer = TestSigner::new();
    let vectors: Vec<Vector> =
        Vector::all().into_iter().filter(|vector| vector.document.len() < 8000).collect();
    let mut random = Random::new(SEED);
    let (mut wrong, mut signed) = (Vec::new(), 0);
    for round in 0..4000 {
        let vector = random.pick(&vectors);
        let profile = vector.profile.unwrap_or(Profile::Dict);
        let document =
            if random.once_in(4) { vector.document.clone() } else { damage(&mut random, &vector.document) };
        match unsound(&signer, &document, profile, random.once_in(2)) {
            Some(fault) => wrong.push(format!("round {round}, {}: {fault}", vector.name)),
            None => signed += 1,
        }
    }
    assert!(wrong.is_empty(), "{} of {signed} rounds, seed {SEED}:\n{}", wrong.len(), wrong.join("\n\n"));
}
