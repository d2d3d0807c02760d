//! The fuzz targets, fed with their seeds and with a bounded number of damaged ones: what `cargo xtask fuzz` does for minutes with
//! coverage to guide it, here for seconds with a seed to replay it.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, resume_unwind};
use std::path::Path;

use lacre_fuzz::{TARGETS, Target};
use lacre_tests::random::Random;
use lacre_tests::vector::Vector;
use lacre_tests::{root, seed};

#[test]
fn readers_agree_on_damaged_documents() {
    hold("readers", 4000);
}

#[test]
fn canonical_form_is_that_of_the_slow_implementation() {
    hold("c14n", 4000);
}

#[test]
fn verifying_gives_one_answer_and_the_slow_digests() {
    hold("verify", 2500);
}

#[test]
fn inspecting_agrees_with_verifying() {
    hold("inspect", 1500);
}

#[test]
fn what_is_signed_is_valid() {
    hold("sign", 2500);
}

#[test]
fn certificates_and_revocation_lists() {
    hold("certificate", 4000);
}

#[test]
fn names_that_can_be_read_can_be_read_as_one() {
    hold("name", 20_000);
}

#[test]
fn parts_of_multipart_bodies() {
    hold("multipart", 20_000);
}

#[test]
fn bodies_packed_with_gzip() {
    hold("gzip", 4000);
}

#[test]
fn exchanges_end_with_a_record_and_hand_on_nothing_unproved() {
    hold("exchange", 4000);
}

#[test]
fn records_are_read_and_judged() {
    hold("record", 2000);
}

#[test]
fn every_target_has_seeds_a_harness_and_a_test() {
    let tests = include_str!("fuzz.rs");
    let manifest = std::fs::read_to_string(root().join("tests/fuzz/guided/Cargo.toml")).unwrap_or_default();
    for target in TARGETS {
        let name = target.name;
        assert!(!seeds(target).is_empty(), "{name} has no seeds");
        assert!(tests.contains(&format!("hold(\"{name}\"")), "{name} has no test");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} has no harness");
        let harness = root().join(format!("tests/fuzz/guided/fuzz_targets/{name}.rs"));
        let text = std::fs::read_to_string(harness).unwrap_or_default();
        assert!(text.contains(&format!("run(\"{name}\"")), "the harness of {name} runs another");
    }
}

/// Runs a target on its seeds as they are, and then on so many that are damaged.
fn hold(name: &str, rounds: usize) {
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        panic!("`{name}` is no target");
    };
    let (seeds, words) = (seeds(target), dictionary());
    for (path, input) in &seeds {
        feed(target, input, path);
    }
    let mut random = Random::new(seed());
    for round in 0..rounds {
        let (path, input) = random.pick(&seeds);
        let mut damaged = input.clone();
        for _ in 0..=random.below(4) {
            damage(&mut random, &mut damaged, &seeds, &words);
        }
        feed(target, &damaged, &format!("round {round} of LACRE_SEED={}, from {path}", seed()));
    }
}

fn feed(target: &Target, input: &[u8], what: &str) {
    let ran = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    if let Err(finding) = ran {
        let name = target.name;
        let kept = std::env::temp_dir().join(format!("lacre-finding-{name}-{}", std::process::id()));
        drop(std::fs::write(&kept, input));
        eprintln!("finding of {name}: {what}; the input is {}", kept.display());
        resume_unwind(finding);
    }
}

/// The target's own seeds, and the vectors if it takes messages.
fn seeds(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = root().join("tests/fuzz/seeds").join(target.name);
    let mut seeds: Vec<(String, Vec<u8>)> = files(&folder);
    if target.takes_messages {
        let small = Vector::all().into_iter().filter(|vector| vector.document.len() < 8000);
        seeds.extend(small.map(|vector| (vector.name, vector.document)));
    }
    seeds
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some((entry.path().display().to_string(), std::fs::read(entry.path()).ok()?)))
        .collect();
    files.sort();
    files
}

/// The words of libFuzzer's dictionary.
fn dictionary() -> Vec<Vec<u8>> {
    let lines = include_str!("../fuzz/xml.dict").lines().filter(|line| line.starts_with('"'));
    lines.map(|line| unescaped(line.trim_matches('"').as_bytes())).collect()
}

fn unescaped(mut text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let [first, rest @ ..] = text {
        text = rest;
        match (first, rest) {
            (b'\\', [b'x', high, low, rest @ ..]) => {
                let digits = [*high, *low];
                let octet = core::str::from_utf8(&digits).ok().and_then(|d| u8::from_str_radix(d, 16).ok());
                out.extend(octet);
                text = rest;
            }
            (b'\\', [escaped, rest @ ..]) => {
                out.push(*escaped);
                text = rest;
            }
            _ => out.push(*first),
        }
    }
    out
}

fn damage(random: &mut Random, input: &mut Vec<u8>, seeds: &[(String, Vec<u8>)], words: &[Vec<u8>]) {
    let at = random.below(input.len() + 1);
    let end = (at + random.below(40)).min(input.len());
    match random.below(8) {
        0 if at < input.len() => input[at] ^= 1 << random.below(8),
        1 if at < input.len() => input[at] = random.bits().to_le_bytes()[0],
        2 => drop(input.drain(at..end)),
        3 => drop(input.splice(at..end, random.pick(words).iter().copied())),
        4 => {
            let copy = input[at..end].to_vec();
            let to = random.below(input.len() + 1);
            drop(input.splice(to..to, copy));
        }
        5 => {
            let (_, other) = random.pick(seeds);
            let from = random.below(other.len() + 1);
            let piece = &other[from..(from + random.below(300)).min(other.len())];
            drop(input.splice(at..at, piece.iter().copied()));
        }
        6 => {
            // Most of what a reader decides, it decides at the edge of a tag.
            let edges: Vec<usize> =
                (0..input.len()).filter(|at| matches!(input[*at], b'<' | b'>' | b'"' | b' ')).collect();
            if !edges.is_empty() {
                let edge = *random.pick(&edges);
                drop(input.splice(edge..edge, random.pick(words).iter().copied()));
            }
        }
        _ => drop(input.splice(at..at, random.pick(words).iter().copied())),
    }
}
