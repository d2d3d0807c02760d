//! `lacre c14n`: the exclusive canonical form of a whole document.

use std::io::Write as _;
use std::path::PathBuf;

use crate::context::Context;
use crate::failure::{Exit, Failure};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The form is that of Exclusive XML Canonicalization 1.0. Nothing is added, no final newline either.

Examples:
  lacre c14n message.xml | sha256sum
  lacre c14n - < message.xml > message.c14n

Exit codes: 0 written, 1 the document is not XML that is accepted, 2 usage or an unreadable file.")]
pub(crate) struct Args {
    /// Keeps comments, as the algorithm's `#WithComments` form does.
    #[arg(long)]
    with_comments: bool,

    /// The document; `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let xml = context.read_message(&args.file)?;
    let canonical = lacre_core::canonicalize(&xml, args.with_comments).map_err(|error| {
        Failure::refused_input(error, lacre_report::of_input(&xml, error), context.language)
    })?;
    let mut stdout = context.stdout();
    stdout.write_all(&canonical)?;
    stdout.flush()?;
    Ok(Exit::Holds)
}
