//! Test support: parts that nobody here wrote, random documents, vectors.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::std_instead_of_alloc,
    reason = "test support: what goes wrong ends the test"
)]

pub mod archive;
pub mod aws;
pub mod census;
pub mod generator;
pub mod lambda;
pub mod live;
pub mod messages;
mod programs;
pub mod random;
pub mod respell;
pub mod signer;
pub mod soak;
pub mod vector;
pub mod worker;

use std::io::Write;
use std::path::PathBuf;

pub use programs::{lacre, lambda};
use xtask::parts;
use xtask::tally::SKIPPED;

/// Whether a test that needs this part may go on. A part that is missing ends the test, unless the person who started
/// the tests said to go without it: then the test is counted as skipped, and should return.
///
/// # Panics
/// If the part is missing and was not waived, or if there is no such part.
#[must_use]
pub fn require(name: &str) -> bool {
    let Some(part) = parts::find(name) else {
        panic!("`{name}` is no part: see tests/xtask/src/parts.rs");
    };
    let waived = std::env::var("LACRE_WITHOUT").unwrap_or_default();
    if waived.split(',').any(|waived| waived == name) {
        skipped(name);
        return false;
    }
    assert!(
        part.is_present(),
        "{name} is missing ({}): run `cargo xtask setup`, or `{}`",
        part.needed_for,
        part.by_hand()
    );
    true
}

fn skipped(name: &str) {
    // In one piece and past libtest's capture, so that the chore can count it.
    drop(std::io::stdout().write_all(format!("{SKIPPED}{name}\n").as_bytes()));
}

/// The workspace's folder.
#[must_use]
pub fn root() -> PathBuf {
    parts::root()
}

/// The interpreter of the project's Python virtual environment.
#[must_use]
pub fn python() -> PathBuf {
    parts::venv().join("bin/python")
}

/// The PKCS#11 module of SoftHSM2.
///
/// # Panics
/// If it is nowhere.
#[must_use]
pub fn softhsm2_module() -> PathBuf {
    let found = parts::SOFTHSM2_MODULES.iter().map(PathBuf::from).find(|file| file.exists());
    let Some(module) = found else { panic!("no SoftHSM2 module: run `cargo xtask setup`") };
    module
}

/// The zip that the function of this architecture is deployed from, as `cargo xtask package` left it. A test that has none is
/// counted as skipped: building one takes minutes, so only the whole of the tests does.
#[must_use]
pub fn package(arch: &str) -> Option<PathBuf> {
    let zip = programs::folder().join(format!("../package/lacre-lambda-{arch}.zip"));
    if zip.exists() {
        return Some(zip);
    }
    skipped("cargo-lambda");
    None
}

/// The seed of everything random in this run: `LACRE_SEED` if it is set, otherwise always the same.
#[must_use]
pub fn seed() -> u64 {
    let set = std::env::var("LACRE_SEED").ok().and_then(|seed| seed.parse().ok());
    set.unwrap_or(20_261_123)
}

/// The README's Rust, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;
