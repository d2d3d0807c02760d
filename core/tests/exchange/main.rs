//! The exchange through the crate's face: every way from a request to a reply and a record.
#![cfg(feature = "rust-crypto")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

mod answers;
#[path = "../common/mod.rs"]
mod common;
mod parts;
mod refusals;
mod requests;
mod world;
