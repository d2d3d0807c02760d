//! The `lacre` command: parse, dispatch, exit code.

mod command;

fn main() -> std::process::ExitCode {
    command::main()
}
