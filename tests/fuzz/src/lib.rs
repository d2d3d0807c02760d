//! What fuzzing holds the core to: one function a target, which panics on a finding. `cargo xtask fuzz` feeds them what libFuzzer
//! finds to be new, `tests/tests/fuzz.rs` a bounded number of damaged seeds.
#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "test support: a finding ends the process"
)]

mod keys;
pub mod slow;
mod targets;

pub use keys::{Toy, bacen, institution, real_trust, toy_signature, toy_trust};
pub use targets::messages::resealed;

/// One thing to throw bytes at.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Target {
    /// Its name, as `cargo xtask fuzz` takes it and as its folder of seeds is called.
    pub name: &'static str,
    /// Whether its input is a message, so that every vector is a seed.
    pub takes_messages: bool,
    /// What it holds the core to. It panics on a finding.
    pub run: fn(&[u8]),
}

impl Target {
    const fn new(name: &'static str, takes_messages: bool, run: fn(&[u8])) -> Self {
        Self { name, takes_messages, run }
    }
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target::new("readers", true, targets::xml::readers),
    Target::new("c14n", true, targets::xml::c14n),
    Target::new("verify", true, targets::messages::verify),
    Target::new("inspect", true, targets::messages::inspect),
    Target::new("sign", true, targets::messages::sign),
    Target::new("certificate", false, targets::certificates::certificate),
    Target::new("name", false, targets::certificates::name),
    Target::new("multipart", false, targets::bodies::multipart),
    Target::new("gzip", false, targets::bodies::gzip),
    Target::new("exchange", false, targets::exchange::exchange),
    Target::new("record", false, targets::record::record),
];

/// Runs the target of this name.
///
/// # Panics
/// On a finding, or if there is no such target.
pub fn run(name: &str, input: &[u8]) {
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        panic!("`{name}` is no target");
    };
    (target.run)(input);
}
