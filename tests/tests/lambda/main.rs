//! The Lambda function as a process: under the Runtime API, against an emulator of AWS, before a BACEN.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking, and has std"
)]

mod audit;
mod bacen;
mod config;
mod events;
mod kms;
mod relay;
#[path = "../mtls/server.rs"]
mod server;
mod world;
