//! The `lacre` command.
//!
//! A verb is a file here with `pub(crate) struct Args` (derives `clap::Args`) and
//! `pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure>`, and one line in each of three lists: the
//! modules below, `Verb` and `Verb::run` in `cli.rs`. Decisions and everything that another host could use belong in the
//! libraries, not here.
#![expect(clippy::std_instead_of_alloc, reason = "a host has std; the lint keeps core portable")]

mod arguments;
mod audit;
mod believed;
mod c14n;
mod cli;
mod completions;
mod context;
mod csr;
mod demo;
mod deployment;
mod dev;
mod doctor;
mod failure;
mod inspect;
mod local;
mod log;
mod man;
mod output;
mod page;
mod pki;
mod portuguese;
mod progress;
mod proxy;
mod reading;
mod remedy;
mod runtime;
mod said;
mod sign;
mod simulator;
mod verifier;
mod verify;

fn main() -> std::process::ExitCode {
    cli::main()
}
