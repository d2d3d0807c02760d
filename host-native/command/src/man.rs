//! `lacre man`: the manual pages.

use std::path::PathBuf;

use crate::context::Context;
use crate::failure::{Exit, Failure};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  lacre man --out ~/.local/share/man/man1 && man lacre-verify")]
pub(crate) struct Args {
    /// The folder that receives `lacre.1` and one page for each verb; it is made if it is missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(args: &Args, definition: clap::Command, context: &Context) -> Result<Exit, Failure> {
    std::fs::create_dir_all(&args.out)
        .and_then(|()| clap_mangen::generate_to(definition, &args.out))
        .map_err(|error| Failure::file(&args.out, &error))?;
    context.note(format_args!(
        "{} `{}`",
        context.say("manual pages are in", "páginas de manual em"),
        args.out.display()
    ));
    Ok(Exit::Holds)
}
