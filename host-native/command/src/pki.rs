//! `lacre pki`: throwaway certificates for tests.

use std::io::Write as _;
use std::path::PathBuf;

use lacre_simulator::pki::{PkiError, PkiOptions, ThrowawayPki};

use crate::context::Context;
use crate::failure::{Exit, Failure};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Makes a CA, BACEN's and a PSP's signing and channel certificates, with their keys.
    Create(Create),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
For testing only: the CA's key lies beside what it signed. Keys are readable by their owner only; nothing is overwritten.

Examples:
  lacre pki create --out pki
  lacre pki create --out pki --ispb 87654321 --days 30

Exit codes: 0 made, 2 usage, or something cannot be written.")]
struct Create {
    /// The folder to write into; it is created if need be.
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,

    /// The PSP's ISPB.
    #[arg(long, default_value = "12345678")]
    ispb: String,

    /// How many days the certificates are valid.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=3650))]
    days: u16,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let What::Create(create) = &args.what;
    let mut options = PkiOptions::default();
    options.ispb.clone_from(&create.ispb);
    options.days = create.days;
    let pki = ThrowawayPki::create(&create.out, &options).map_err(|error| failure(&error, context))?;
    context.note(context.say("for testing only", "somente para testes"));
    let mut stdout = context.stdout();
    for pair in [&pki.ca, &pki.bacen_signature, &pki.bacen_channel, &pki.psp_signature, &pki.psp_channel] {
        writeln!(stdout, "{}", pair.certificate_path.display())?;
        writeln!(stdout, "{}", pair.key_path.display())?;
    }
    stdout.flush()?;
    Ok(Exit::Holds)
}

fn failure(error: &PkiError, context: &Context) -> Failure {
    match error {
        PkiError::File(path, error) if error.kind() == std::io::ErrorKind::AlreadyExists => Failure::file(
            path, error,
        )
        .help(context.say("name another folder, or empty this one", "indique outra pasta, ou esvazie esta")),
        PkiError::File(path, error) => Failure::file(path, error),
        error => Failure::new(error.to_string()),
    }
}
