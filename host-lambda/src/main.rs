//! The AWS Lambda proxy: the same exchange as the native proxy's, with KMS, Secrets Manager, Parameter Store and Firehose.
#![expect(clippy::std_instead_of_alloc, reason = "a host has std; the lint keeps core portable")]

mod audit;
mod config;
mod doctor;
mod event;
mod handler;
mod meter;
mod replay;
mod reply;
mod settings;
mod start;

use std::process::ExitCode;

/// One thread: a sandbox handles one request at a time and has a fraction of a core.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    start::run().await
}
