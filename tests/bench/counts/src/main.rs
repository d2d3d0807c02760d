//! How many instructions the core spends on a message, by valgrind's callgrind: `cargo xtask bench counts`.
//!
//! Counts do not depend on how busy a machine is, so they are held against `counts.txt`: more than the tolerance
//! above what is written there is an error. `cargo xtask bench counts --keep` writes them anew. RSA is left out (it is not
//! the core's), and what the compression function of SHA-256 takes is told apart, for valgrind has no SHA extensions.
//! It needs the core alone, so that CI can build it for release at little cost.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::std_instead_of_alloc,
    reason = "a benchmark speaks to the person who started it, and stops when it cannot start"
)]

mod worst;

use core::hint::black_box;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use lacre_core::{Profile, Trust, canonicalize, prepare, sign_with, verify};
use lacre_fuzz::{institution, toy_signature};
use xtask::parts::{self, root};

/// How much more than what is kept is still the same, in per cent: compilers and libraries change a little.
const TOLERANCE: f64 = 5.0;

/// An instant at which the certificate is valid: 2026-06-01.
const AT_UNIX_S: i64 = 1_780_272_000;

/// What is counted.
#[derive(Clone, Copy)]
enum Act {
    /// From octets to verdict.
    Verify,
    /// From octets to the digest that the key signs.
    Sign,
}

/// Of which messages, and how many bytes they have at least. Behind these come the documents of [`worst`].
const MESSAGES: [(&str, Act, Profile, usize); 6] = [
    ("verify-dict", Act::Verify, Profile::Dict, 0),
    ("verify-spi", Act::Verify, Profile::Spi, 0),
    ("verify-dict-100k", Act::Verify, Profile::Dict, 100 << 10),
    ("sign-dict", Act::Sign, Profile::Dict, 0),
    ("sign-spi", Act::Sign, Profile::Spi, 0),
    ("sign-dict-100k", Act::Sign, Profile::Dict, 100 << 10),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["counted", name] => {
            run(name);
            ExitCode::SUCCESS
        }
        [] => compare(false),
        ["--keep"] => compare(true),
        _ => panic!("counts [--keep]"),
    }
}

/// Everything that can be counted, by name.
fn names() -> impl Iterator<Item = String> {
    let messages = MESSAGES.iter().map(|(name, ..)| (*name).to_owned());
    messages.chain(worst::DOCUMENTS.iter().map(|(name, _)| format!("c14n-{name}")))
}

/// Makes what is needed, and acts.
fn run(name: &str) {
    if let Some((_, act, profile, bytes)) = MESSAGES.iter().find(|message| message.0 == name) {
        let unsigned = sized(*profile, *bytes);
        match act {
            Act::Verify => verified(&unsigned, *profile),
            Act::Sign => twice(&|| {
                let prepared = prepare(black_box(&unsigned), *profile, institution()).unwrap();
                black_box(*prepared.digest());
            }),
        }
        return;
    }
    let worst =
        worst::DOCUMENTS.iter().find(|document| name.strip_prefix("c14n-") == Some(document.0)).unwrap();
    let document = worst.1();
    twice(&|| {
        black_box(canonicalize(black_box(document.as_bytes()), false).unwrap());
    });
}

fn verified(unsigned: &[u8], profile: Profile) {
    let mut trust = Trust::new();
    trust.add(institution().clone());
    let seal = |digest: &_| Some(toy_signature(institution(), digest));
    let signed = sign_with(unsigned, profile, institution(), seal).unwrap();
    twice(&|| {
        verify(black_box(&signed), profile, &trust, AT_UNIX_S).unwrap();
    });
}

/// The second time is counted: what is made once is not.
fn twice(act: &dyn Fn()) {
    act();
    counted(act);
}

/// A sample message whose transaction, or entry, comes again and again until it has so many bytes.
fn sized(profile: Profile, bytes: usize) -> Vec<u8> {
    let (sample, opens, closes) = match profile {
        Profile::Spi => ("spi/pacs.008.xml", "<CdtTrfTxInf>", "</CdtTrfTxInf>"),
        Profile::Dict => ("dict/create-entry.xml", "<Entry>", "</Entry>"),
    };
    let message = std::fs::read_to_string(root().join("host-native/samples").join(sample)).unwrap();
    let start = message.find(opens).unwrap();
    let end = message.find(closes).unwrap() + closes.len();
    let times = bytes.saturating_sub(message.len()).div_ceil(end - start);
    [&message[..end], &message[start..end].repeat(times), &message[end..]].concat().into_bytes()
}

/// Callgrind collects while this runs.
#[inline(never)]
fn counted(act: &dyn Fn()) {
    act();
}

fn compare(keep: bool) -> ExitCode {
    let Some(valgrind) = parts::program("valgrind") else {
        println!("valgrind is missing: sudo apt-get install -y valgrind");
        return ExitCode::FAILURE;
    };
    let kept = read(&std::fs::read_to_string(file()).unwrap_or_default());
    let folder = tempfile::tempdir().unwrap();
    let (mut text, mut worse) = (String::new(), false);
    println!("{:<22} {:>14} {:>14} {:>9}   {:>14}", "", "kept", "counted", "", "SHA-256 beside");
    for name in names() {
        let (own, hashing) = count(&valgrind, &name, folder.path());
        let before = kept.get(&name).copied();
        let change = before.map_or(0.0, |before| (own as f64 / before as f64 - 1.0) * 100.0);
        worse |= change > TOLERANCE;
        let shown = before.map_or_else(|| "-".to_owned(), |before| before.to_string());
        println!("{name:<22} {shown:>14} {own:>14} {change:>+8.1}%   {hashing:>14}");
        text.push_str(&format!("{name} {own}\n"));
    }
    if keep {
        std::fs::write(file(), text).unwrap();
    } else if worse {
        println!(
            "more than {TOLERANCE} % above what is kept: if that is meant, `cargo xtask bench counts --keep`"
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn file() -> PathBuf {
    root().join("tests/bench/counts/counts.txt")
}

fn read(text: &str) -> BTreeMap<String, u64> {
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(name, count)| Some((name.to_owned(), count.parse().ok()?)))
        .collect()
}

/// The instructions of one act, without and within the hash's compression function.
fn count(valgrind: &Path, name: &str, folder: &Path) -> (u64, u64) {
    let out = folder.join(format!("{name}.out"));
    let output = Command::new(valgrind)
        .args(["-q", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*counts::counted*"])
        .args(["--compress-strings=no", "--compress-pos=no"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(std::env::current_exe().unwrap())
        .args(["counted", name])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "valgrind: {said}");
    let functions = own_costs(&std::fs::read_to_string(out).unwrap());
    let hashing = functions.iter().filter(|(name, _)| name.contains("sha256::")).map(|(_, cost)| cost).sum();
    let all: u64 = functions.values().sum();
    assert!(all > 0, "callgrind collected nothing");
    (all - hashing, hashing)
}

/// What each function itself costs, out of callgrind's own format: below `fn=NAME`, lines of a position and a cost; behind a
/// `calls=` stands one line for what was called, which is counted where it is at home.
fn own_costs(profile: &str) -> BTreeMap<String, u64> {
    let mut costs = BTreeMap::new();
    let (mut function, mut called) = ("", false);
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            function = name;
        } else if line.starts_with("calls=") {
            called = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit()) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse::<u64>().ok());
            let Some(cost) = cost else { panic!("callgrind said `{line}`") };
            if !core::mem::take(&mut called) {
                *costs.entry(function.to_owned()).or_default() += cost;
            }
        }
    }
    costs
}
