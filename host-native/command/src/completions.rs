//! `lacre completions`: what a shell needs to complete the command line.

use std::io::Write as _;

use clap_complete::Shell;

use crate::context::Context;
use crate::failure::{Exit, Failure};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lacre completions bash > ~/.local/share/bash-completion/completions/lacre
  lacre completions zsh  > ~/.zfunc/_lacre
  lacre completions fish > ~/.config/fish/completions/lacre.fish")]
pub(crate) struct Args {
    /// The shell.
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &Args, mut definition: clap::Command, context: &Context) -> Result<Exit, Failure> {
    // The generator panics when it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut definition, "lacre", &mut script);
    let mut stdout = context.stdout();
    stdout.write_all(&script)?;
    stdout.flush()?;
    Ok(Exit::Holds)
}
