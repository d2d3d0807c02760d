//! Tools that some chores need and no test does.

use crate::parts::{Detect, Install, Part};

/// What `cargo xtask deny` needs.
pub const CARGO_DENY: Part = Part {
    name: "cargo-deny",
    needed_for: "licences, bans and sources of what lacre is built from",
    detect: Detect::CargoTool { package: "cargo-deny", version: "0.20.2", programs: &["cargo-deny"] },
    install: Install::Cargo,
};
