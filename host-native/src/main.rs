//! The `lacre` command: parse, dispatch, exit code.
#![expect(clippy::std_instead_of_alloc, reason = "a host has std; the lint keeps core portable")]

mod command;

fn main() -> std::process::ExitCode {
    command::main()
}
