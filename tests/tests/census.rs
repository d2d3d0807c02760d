//! That the vectors are enough: refusals for two of three, and every reason that the catalogue has reached by something.

use std::fs;
use std::path::Path;

use lacre_core::Reason;
use lacre_tests::census::Census;
use lacre_tests::root;
use lacre_tests::vector::Vector;

#[test]
fn the_readme_counts_the_vectors() {
    let census = Census::of(&Vector::all());
    let readme = fs::read_to_string(root().join("tests/vectors/README.md")).unwrap_or_default();
    for table in [census.by_topic(), census.by_reason()] {
        assert!(readme.contains(&table), "run tests/vectors/generator/make.py; it should hold\n{table}");
    }
}

#[test]
fn two_of_three_vectors_are_refusals() {
    let census = Census::of(&Vector::all());
    let (refused, together) = (census.refused(), census.together());
    assert!(together >= 400 && refused * 3 >= together * 2, "{refused} of {together}");
}

/// Reasons that no message to verify can cause, or that only a message too large for a file can.
fn has_no_vector(reason: Reason) -> bool {
    [Reason::TooLarge, Reason::TooManyIds].contains(&reason) || reason >= Reason::AlreadySigned
}

#[test]
fn every_reason_that_a_message_can_cause_has_a_vector() {
    let census = Census::of(&Vector::all());
    let without = |reason: &&Reason| !has_no_vector(**reason) && census.refused_for(**reason) == 0;
    let missing: Vec<&str> = Reason::ALL.iter().filter(without).map(|reason| reason.code()).collect();
    assert!(missing.is_empty(), "no vector for {missing:?}");
}

/// By its name or by its code, in a file of tests. What asserts nothing about a reason has no cause to name it.
#[test]
fn every_other_reason_is_named_by_a_test() {
    let mut tests = String::new();
    for folder in
        ["core/tests", "core/report/tests", "host-native", "core/src", "host-lambda/src", "tests/tests"]
    {
        read(&root().join(folder), &mut tests);
    }
    let named = |reason: &Reason| {
        let by_name = format!("Reason::{reason:?}");
        let by_code = format!("\"{}\"", reason.code());
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric());
        tests.contains(&by_code)
            || tests.match_indices(&by_name).any(|(at, _)| ends(&tests[at + by_name.len()..]))
    };
    let others = Reason::ALL.iter().filter(|reason| has_no_vector(**reason));
    let missing: Vec<&str> = others.filter(|reason| !named(reason)).map(|reason| reason.code()).collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
}

/// Adds the tests below a folder: whole files in folders of tests, and of sources their module of tests.
fn read(folder: &Path, tests: &mut String) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            read(&path, tests);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("census.rs")
        {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let of_tests = path.components().any(|part| part.as_os_str() == "tests");
            tests.push_str(if of_tests {
                &text
            } else {
                text.split_once("\nmod tests {").map_or("", |(_, rest)| rest)
            });
        }
    }
}
