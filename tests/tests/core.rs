//! The vectors through the core: both readers, both RSA backends, verify and inspect.

use lacre_core::rsa::{RsaBackend, RustCrypto};
use lacre_core::xml::{Quick, Scanner, Source};
use lacre_core::{Error, Profile, Target, Trust, Verdict, Verified, inspect_as, verify_as};
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
