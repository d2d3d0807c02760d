//! The command line: its verbs, what they share, and what they exit with.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum as _};
use lacre_core::Language;

use crate::context::{self, Context};
use crate::failure::{Exit, Failure};
use crate::{
    arguments, audit, c14n, completions, csr, demo, dev, doctor, inspect, man, pki, portuguese, proxy, sign,
    simulator, verifier, verify,
};

/// Signs, sends, verifies and records the XML messages of SPI and DICT.
///
/// Results go to standard output and words for people to standard error; `-` stands for standard input or output.
#[derive(Debug, Parser)]
#[command(name = "lacre", version, arg_required_else_help = true, max_term_width = 120, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Language of messages; otherwise that of the locale.
    #[arg(long, global = true, display_order = 900, value_name = "LANG", value_enum)]
    lang: Option<Lang>,

    /// Says nothing on standard error but what went wrong, and leaves out what holds.
    #[arg(long, short, global = true, display_order = 901)]
    quiet: bool,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Shows everything once, on this machine: sign, send, verify, record.
    Demo(demo::Args),
    /// Keeps a whole Pix up on this machine: simulator and proxy.
    Dev(dev::Args),
    /// Signs messages as BACEN does.
    Sign(sign::Args),
    /// Verifies messages: is each what its signer signed?
    Verify(verify::Args),
    /// Shows every check of a message and the likely cause of a refusal.
    Inspect(inspect::Args),
    /// Writes the exclusive canonical form of a whole document.
    C14n(c14n::Args),
    /// Plays BACEN's side of Pix, for testing only.
    Simulator(simulator::Args),
    /// Runs the proxy between a bank's services and BACEN.
    Proxy(proxy::Args),
    /// Makes a certificate request for a key that never leaves its place.
    Csr(csr::Args),
    /// Finds every fault of a proxy's configuration, or of a deployment in AWS, at once.
    Doctor(doctor::Args),
    /// Serves the auditors' page on this machine.
    Verifier(verifier::Args),
    /// Looks into archives: what records prove, what is missing, the messages in them.
    Audit(audit::Args),
    /// Makes throwaway certificates for tests.
    Pki(pki::Args),
    /// Writes the completions of a shell.
    Completions(completions::Args),
    /// Writes the manual pages.
    Man(man::Args),
}

impl Verb {
    fn run(&self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Self::Demo(args) => demo::run(args, context),
            Self::Dev(args) => dev::run(args, context),
            Self::Sign(args) => sign::run(args, context),
            Self::Verify(args) => verify::run(args, context),
            Self::Inspect(args) => inspect::run(args, context),
            Self::C14n(args) => c14n::run(args, context),
            Self::Simulator(args) => simulator::run(args, context),
            Self::Proxy(args) => proxy::run(args, context),
            Self::Csr(args) => csr::run(args, context),
            Self::Doctor(args) => doctor::run(args, context),
            Self::Verifier(args) => verifier::run(args, context),
            Self::Audit(args) => audit::run(args, context),
            Self::Pki(args) => pki::run(args, context),
            Self::Completions(args) => completions::run(args, definition(), context),
            Self::Man(args) => man::run(args, definition(), context),
        }
    }
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Lang {
    #[value(name = "en")]
    En,
    #[value(name = "pt-BR", alias = "pt", alias = "pt-br", alias = "pt_BR")]
    PtBr,
}

const EXAMPLES: &str = "\
Examples:
  lacre demo
  lacre sign --profile spi --key psp.key --cert psp.pem pacs008.xml -o signed.xml
  lacre verify --trust bacen.pem --at message archive/
  lacre inspect --trust bacen.pem refused.xml
  lacre c14n message.xml | sha256sum
  lacre audit verify --trust bacen.pem audit/log/

Exit codes:
  0  everything asked holds
  1  at least one message is not valid
  2  usage, a file that cannot be read, no usable certificate or key, or a service failed";

/// Parses the command line, runs the verb, says what went wrong.
pub(crate) fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let language = language_asked_for(&arguments);
    // Before anything else: clap repeats what it does not understand.
    let context = Context::new(language, false);
    if let Err(failure) = arguments::check(arguments.iter().skip(1).cloned(), &context) {
        context.tell(&failure);
        return failure.exit().into();
    }
    let parsed = localised(language).try_get_matches_from(&arguments);
    let cli = parsed.and_then(|matches| Cli::from_arg_matches(&matches));
    let context = match &cli {
        Ok(cli) => Context::new(cli.lang.map(Into::into), cli.quiet),
        Err(_) => context,
    };
    let exit = match &cli {
        Ok(cli) => cli.verb.run(&context),
        Err(error) => usage(error, &context),
    };
    let exit = exit.unwrap_or_else(|failure| {
        context.tell(&failure);
        failure.exit()
    });
    exit.into()
}

/// The command line as clap sees it, for what is generated from it.
pub(crate) fn definition() -> clap::Command {
    Cli::command()
}

/// The command line with its help in the language that is asked for.
fn localised(language: Option<Language>) -> clap::Command {
    match language.unwrap_or_else(context::language_of_the_locale) {
        Language::PtBr => portuguese::translated(definition()),
        _ => definition(),
    }
}

/// The language that `--lang` names, before anything else is read: help and a wrong use are told in it too.
fn language_asked_for(arguments: &[OsString]) -> Option<Language> {
    let mut arguments = arguments.iter().skip(1).filter_map(|argument| argument.to_str());
    while let Some(argument) = arguments.next().filter(|argument| *argument != "--") {
        let value = match argument {
            "--lang" => arguments.next(),
            _ => argument.strip_prefix("--lang="),
        };
        if let Some(lang) = value.and_then(|value| Lang::from_str(value, false).ok()) {
            return Some(lang.into());
        }
    }
    None
}

/// Help and version are results, all else that clap reports is a wrong use.
fn usage(error: &clap::Error, context: &Context) -> Result<Exit, Failure> {
    let printed = match context.language {
        Language::PtBr if error.use_stderr() => {
            write!(io::stderr().lock(), "{}", portuguese::words(error))
        }
        Language::PtBr => {
            write!(io::stdout().lock(), "{}", portuguese::words(error))
        }
        _ => error.print(),
    };
    if error.use_stderr() {
        // There is nobody left to tell that standard error is closed.
        return Ok(Exit::Failed);
    }
    printed.and_then(|()| io::stdout().flush())?;
    Ok(Exit::Holds)
}

impl From<Lang> for lacre_core::Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::En,
            Lang::PtBr => Self::PtBr,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::definition().debug_assert();
    }
}
