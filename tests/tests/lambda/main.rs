//! The Lambda function as a process: under the Runtime API, against an emulator of AWS, before a BACEN.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking, and has std"
)]

mod arm64;
mod audit;
mod bacen;
mod config;
mod deadlines;
mod events;
mod instances;
mod kms;
mod relay;
mod road;
mod rotation;
mod schema;
#[path = "../mtls/server.rs"]
#[expect(dead_code, reason = "the tests of the client use more of it")]
mod server;
mod world;
