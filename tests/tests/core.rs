//! The vectors through the core: both readers, both RSA backends, verify and inspect.

use std::collections::BTreeMap;
use std::io::Write as _;

use lacre_core::rsa::{RsaBackend, RustCrypto};
use lacre_core::xml::{Quick, Scanner, Source};
use lacre_core::{Error, Profile, Reason, Target, Trust, Verdict, Verified, inspect_as, verify_as};
use lacre_native::rsa::AwsLc;
use lacre_tests::vector::{Expectation, Vector, run_all};

fn profile(vector: &Vector) -> Profile {
    vector.profile.unwrap_or_else(|| Profile::detect(&vector.document).unwrap_or(Profile::Dict))
}

fn verified<'a, S: Source<'a>>(vector: &'a Vector, backend: &dyn RsaBackend) -> Result<Verified<'a>, Error> {
    verify_as::<S>(&vector.document, profile(vector), &vector.trusted(backend), vector.at)
}

/// Fails with the names of all vectors of which `check` says that something is wrong.
fn each(check: impl Fn(&Vector) -> Result<(), String>) {
    let wrong = |vector: Vector| Some(format!("  {}: {}", vector.name, check(&vector).err()?));
    let wrong: Vec<String> = Vector::all().into_iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{} vectors:\n{}", wrong.len(), wrong.join("\n"));
}

fn same<T: PartialEq + core::fmt::Debug>(what: &str, expected: &T, found: &T) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("{what}: {found:?} instead of {expected:?}")) }
}

/// Counted past libtest's capture, so that `cargo xtask vectors` shows it; the README carries the same table.
#[test]
fn the_readme_counts_the_vectors_by_topic_and_verdict() {
    let mut rows: BTreeMap<(bool, String), [usize; 6]> = BTreeMap::new();
    for vector in Vector::all() {
        let topic = vector.name.split('/').next().unwrap().to_owned();
        let column = COLUMNS.iter().position(|verdict| *verdict == vector.expect.verdict).unwrap();
        for row in [(false, topic), (true, "all".to_owned())] {
            let counts = rows.entry(row).or_default();
            counts[column] += 1;
            counts[5] += 1;
        }
    }
    let mut table = format!("| topic | {} | together |\n", COLUMNS.map(Verdict::as_str).join(" | "));
    table.push_str(&format!("|---|{}\n", "---:|".repeat(6)));
    for ((_, topic), counts) in &rows {
        table.push_str(&format!("| {topic} | {} |\n", counts.map(|count| count.to_string()).join(" | ")));
    }
    std::io::stdout().write_all(table.as_bytes()).unwrap();
    let [valid, .., together] = rows[&(true, "all".to_owned())];
    assert!(together >= 400 && (together - valid) * 3 >= together * 2, "{valid} of {together} are valid");
    let readme = std::fs::read_to_string(lacre_tests::root().join("tests/vectors/README.md")).unwrap();
    assert!(readme.contains(&table), "run tests/vectors/generator/make.py");
}

const COLUMNS: [Verdict; 5] =
    [Verdict::Valid, Verdict::Invalid, Verdict::Indeterminate, Verdict::Unsigned, Verdict::Malformed];

#[test]
fn our_reader_finds_what_is_expected() {
    run_all("core", |vector| Expectation::of(&verified::<Scanner<'_>>(vector, &RustCrypto)));
}

#[test]
fn quick_xml_finds_the_same() {
    run_all("quick-xml", |vector| {
        let found = Expectation::of(&verified::<Quick<'_>>(vector, &RustCrypto));
        // Two readers may come upon different faults of a malformed document first.
        let both_malformed = [found, vector.expect].iter().all(|e| e.verdict == Verdict::Malformed);
        if both_malformed { vector.expect } else { found }
    });
}

#[test]
fn aws_lc_finds_the_same() {
    run_all("aws-lc", |vector| Expectation::of(&verified::<Scanner<'_>>(vector, &AwsLc)));
}

#[test]
fn inspect_says_what_verify_decides() {
    each(|vector| {
        let trust = vector.trusted(&RustCrypto);
        let decided = verified::<Scanner<'_>>(vector, &RustCrypto).err();
        let report = inspect_as::<Scanner<'_>>(&vector.document, profile(vector), &trust, vector.at);
        same("verdict", &vector.expect.verdict, &report.verdict)?;
        same("error", &decided, &report.error)?;
        let all_passed = report.checks.iter().all(|check| matches!(check.outcome, Some(Ok(()))));
        same("all checks passed", &decided.is_none(), &all_passed)?;
        let quick = inspect_as::<Quick<'_>>(&vector.document, profile(vector), &trust, vector.at);
        if report.verdict == Verdict::Malformed {
            return same("verdict of quick-xml", &report.verdict, &quick.verdict);
        }
        same("report of quick-xml", &format!("{report:?}"), &format!("{quick:?}"))
    });
}

#[test]
fn a_verified_message_hands_out_what_was_signed() {
    each(|vector| {
        let trust = vector.trusted(&RustCrypto);
        let Ok(verified) = verified::<Scanner<'_>>(vector, &RustCrypto) else { return Ok(()) };
        let spi = profile(vector) == Profile::Spi;
        for (target, handed_out) in [(Target::AppHdr, spi), (Target::Document, spi), (Target::Root, !spi)] {
            same(target.as_str(), &handed_out, &verified.signed(target).is_some())?;
        }
        same("the signer is trusted", &true, &trust.iter().any(|trusted| trusted == verified.signer()))
    });
}

#[test]
fn nothing_is_valid_to_who_trusts_nobody() {
    each(|vector| {
        let found = verify_as::<Scanner<'_>>(&vector.document, profile(vector), &Trust::new(), vector.at);
        same("valid", &false, &found.is_ok())
    });
}

#[test]
fn no_octet_of_a_vector_can_be_cut_off() {
    each(|vector| {
        if vector.expect.verdict != Verdict::Valid || vector.document.len() > 8000 {
            return Ok(());
        }
        let trust = vector.trusted(&AwsLc);
        let end = vector.document.iter().rposition(|byte| *byte == b'>').unwrap_or(0);
        for length in (0..end).step_by(37) {
            let cut = vector.document.get(..length).unwrap_or_default();
            let by_scanner = verify_as::<Scanner<'_>>(cut, profile(vector), &trust, vector.at);
            let by_quick = verify_as::<Quick<'_>>(cut, profile(vector), &trust, vector.at);
            same("cut", &Some(Verdict::Malformed), &by_scanner.err().map(|error| error.verdict()))?;
            same(
                "cut, by quick-xml",
                &Some(Verdict::Malformed),
                &by_quick.err().map(|error| error.verdict()),
            )?;
        }
        Ok(())
    });
}

/// Reasons that no message to verify can cause, or that only a message too large for a file can: `limits.rs` has those.
fn has_no_vector(reason: Reason) -> bool {
    const GENERATED: [Reason; 2] = [Reason::TooLarge, Reason::TooManyIds];
    GENERATED.contains(&reason) || reason >= Reason::AlreadySigned
}

#[test]
fn every_reason_that_a_message_can_cause_has_a_vector() {
    let vectors = Vector::all();
    let seen = |reason: &Reason| vectors.iter().any(|vector| vector.expect.reason == Some(*reason));
    let missing: Vec<&str> = Reason::ALL
        .iter()
        .filter(|reason| !has_no_vector(**reason) && !seen(reason))
        .map(|reason| reason.code())
        .collect();
    assert!(missing.is_empty(), "no vector for {missing:?}");
}

#[test]
fn refusals_outnumber_acceptances() {
    let vectors = Vector::all();
    let refused = vectors.iter().filter(|vector| vector.expect.verdict != Verdict::Valid).count();
    assert!(refused * 2 > vectors.len(), "{refused} of {}", vectors.len());
}
