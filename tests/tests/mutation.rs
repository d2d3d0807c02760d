//! Signed messages, damaged at random and on purpose: never a panic, always one answer, and never valid if what the
//! signature covers has changed.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use lacre_core::xml::Quick;
use lacre_core::{
    At, Profile, Target, Trust, Verdict, canonical_octets, inspect, inspect_as, verify, verify_as,
};
use lacre_tests::messages::{self, Message};
use lacre_tests::random::Random;
use lacre_tests::seed;
use lacre_tests::signer::{AT, TestSigner};
use lacre_tests::vector::Expectation;

const MUTATIONS: usize = 20_000;

#[test]
fn damage_anywhere_gets_one_answer_and_is_valid_only_outside_what_is_covered() {
    let signer = TestSigner::new();
    let (trust, signed) = (signer.trust(), signed(&signer));
    let mut random = Random::new(seed());
    let mut harmless = 0;
    for number in 0..MUTATIONS {
        let (message, original) = random.pick(&signed);
        let mut mutant = original.clone();
        for _ in 0..=random.below(3) {
            mutate(&mut random, &mut mutant, original);
        }
        if mutant == *original {
            continue;
        }
        let verdict = one_answer(&mutant, message.profile, &trust, || show(number, message, &mutant));
        if verdict == Verdict::Valid {
            harmless += 1;
            for target in covered(message.profile).iter().copied() {
                let now = canonical_octets(&mutant, message.profile, target).unwrap();
                let then = canonical_octets(original, message.profile, target).unwrap();
                assert_eq!(now, then, "{target} changed: {}", show(number, message, &mutant));
            }
        }
    }
    // Some damage hits white space and comments that nothing covers; were it much, little would be covered.
    assert!((1..MUTATIONS / 10).contains(&harmless), "{harmless} mutants are valid");
}

/// Names, values, text, digests, the signature: every letter and digit from the root element on counts.
#[test]
fn no_letter_and_no_digit_can_be_changed() {
    let signer = TestSigner::new();
    let trust = signer.trust();
    for (message, original) in
        signed(&signer).into_iter().filter(|(message, _)| !message.xml.contains("<!--"))
    {
        for at in root(&original)..original.len() {
            if original[at].is_ascii_alphanumeric() {
                let mut mutant = original.clone();
                mutant[at] = if mutant[at] == b'A' { b'B' } else { b'A' };
                let valid = verify(&mutant, message.profile, &trust, AT).is_ok();
                assert!(!valid, "byte {at}: {}", show(0, &message, &mutant));
            }
        }
    }
}

#[test]
fn a_message_that_ends_too_early_is_never_valid() {
    let signer = TestSigner::new();
    let trust = signer.trust();
    for (message, original) in signed(&signer) {
        let end = original.iter().rposition(|byte| *byte == b'>').unwrap();
        for length in 0..=end {
            let cut = &original[..length];
            let verdict = one_answer(cut, message.profile, &trust, || show(length, &message, cut));
            assert_eq!(verdict, Verdict::Malformed, "{}", show(length, &message, cut));
        }
    }
}

/// A few of the shapes: enough to have every construct, few enough to visit every byte.
fn signed(signer: &TestSigner) -> Vec<(Message, Vec<u8>)> {
    let names = [
        "plain",
        "comments",
        "CDATA",
        "accents",
        "with attributes",
        "rebound",
        "our own prefix",
        "declaration",
    ];
    messages::all()
        .into_iter()
        .filter(|message| names.iter().any(|name| message.name.contains(name)))
        .map(|message| {
            let signed = signer.sign(message.xml.as_bytes(), message.profile).unwrap();
            (message, signed)
        })
        .collect()
}

/// Verifying and inspecting, through either reader, come to the same.
fn one_answer(xml: &[u8], profile: Profile, trust: &Trust, show: impl Fn() -> String) -> Verdict {
    let at = At::UnixS(AT);
    let decided = Expectation::of(&verify(xml, profile, trust, AT));
    let other = Expectation::of(&verify_as::<Quick<'_>>(xml, profile, trust, at));
    // What is malformed may be so in several ways; the readers need not see the same first.
    assert_eq!(decided.verdict, other.verdict, "the readers disagree: {}", show());
    if decided.verdict != Verdict::Malformed {
        assert_eq!(decided, other, "the readers disagree: {}", show());
    }
    for (report, decided) in [
        (inspect(xml, profile, trust, AT), decided),
        (inspect_as::<Quick<'_>>(xml, profile, trust, at), other),
    ] {
        let inspected =
            Expectation { verdict: report.verdict, reason: report.error.map(|error| error.reason()) };
        assert_eq!(inspected, decided, "the report disagrees: {}", show());
    }
    decided.verdict
}

fn mutate(random: &mut Random, mutant: &mut Vec<u8>, original: &[u8]) {
    if mutant.is_empty() {
        return;
    }
    let at = random.below(mutant.len());
    let end = (at + 1 + random.below(60)).min(mutant.len());
    match random.below(8) {
        0 => mutant[at] ^= 1 << random.below(8),
        1 => mutant[at] = *random.pick(b"<>&;\"'/=!?-[] \r\n\tA0#x:\0\xFF"),
        2 => mutant.insert(at, *random.pick(b"<>&;\"'/=!?-[] \r\n\tA0#x:\0\xFF")),
        3 => drop(mutant.drain(at..end)),
        4 => {
            let copy = mutant[at..end].to_vec();
            let to = random.below(mutant.len());
            mutant.splice(to..to, copy);
        }
        5 => {
            let from = random.below(original.len());
            let piece = &original[from..(from + 1 + random.below(200)).min(original.len())];
            mutant.splice(at..at, piece.iter().copied());
        }
        6 => {
            let words = [
                "<!---->",
                "<?a?>",
                "<![CDATA[]]>",
                "<ds:Object/>",
                "<Signature/>",
                " Id='key-info-id'",
                "&#13;",
                "]]>",
                "<!DOCTYPE a>",
                " xmlns=''",
                " xmlns:ds='urn:x'",
                "\u{FEFF}",
                "&amp;",
                "<Sgntr/>",
                "<a></a>",
                "\n",
            ];
            mutant.splice(at..at, random.word(&words).bytes());
        }
        _ => {
            // At a place where markup may stand.
            let places: Vec<usize> = (0..mutant.len()).filter(|at| mutant[*at] == b'<').collect();
            if !places.is_empty() {
                let at = *random.pick(&places);
                let words = ["<!--x-->", "<?a b?>", " ", "\n", "x", "<a/>", "<Signature/>", "<![CDATA[x]]>"];
                mutant.splice(at..at, random.word(&words).bytes());
            }
        }
    }
}

const fn covered(profile: Profile) -> &'static [Target] {
    match profile {
        Profile::Spi => &[Target::KeyInfo, Target::AppHdr, Target::Document, Target::SignedInfo],
        Profile::Dict => &[Target::KeyInfo, Target::Root, Target::SignedInfo],
    }
}

fn root(xml: &[u8]) -> usize {
    xml.windows(2).position(|pair| pair[0] == b'<' && pair[1].is_ascii_alphabetic()).unwrap()
}

fn show(number: usize, message: &Message, xml: &[u8]) -> String {
    format!("{} {number} (LACRE_SEED={}):\n{}", message.name, seed(), String::from_utf8_lossy(xml))
}
