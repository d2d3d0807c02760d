//! `lacre verify`: is every message what its signer signed?

use lacre_archive::bulk::{self, Item, ReadError};
use lacre_archive::json::{Json, unread_verify_row};
use lacre_core::{Error, Verdict};
use lacre_report::{Outcome, VERIFY_SCHEMA, VerifyRow};
use std::io::{self, Write};

use crate::believed::{Believed, Revoking, TrustPath, trust_path};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::reading::{self, Plain, Reading};
use crate::remedy::{remedy, remedy_for};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
A message is `valid`, `invalid` (a digest, the signature or the structure is wrong), `indeterminate` (the certificate \
is unknown or outside its validity), `unsigned` or `malformed` (not XML that is accepted). One line per message goes \
to standard output, one summary to standard error. With --quiet only messages that are not valid are listed.

Examples:
  lacre verify --trust bacen.pem message.xml
  lacre verify --trust certificates/ --at message --json archive/ > report.json
  lacre verify --trust bacen=bacen.p7b --trust own=psp.pem --crl ac.crl both-sides/
  curl -s .. | lacre verify --trust bacen.pem --profile dict -

Exit codes: 0 all valid, 1 at least one is not, 2 usage, an unreadable file or no usable certificate.")]
pub(crate) struct Args {
    /// Certificates to believe: files (PEM, DER, PKCS#7, PKCS#12) or folders of them; `bacen=PATH` only about messages of BACEN,
    /// `own=PATH` only about the institution's. May be given many times.
    #[arg(long, value_name = "PATH", required = true, value_parser = trust_path())]
    trust: Vec<TrustPath>,

    #[command(flatten)]
    revoking: Revoking,

    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let believed = Believed::load(&args.trust, &args.revoking, context)?;
    let found = reading::find(&args.reading.files, context)?;
    let (profile, at) = (args.reading.profile.given(), args.reading.at.at());
    let judge = |item: &Item| {
        let message = item.read()?;
        Ok(lacre_report::verify(&message, profile, believed.about(&message), at))
    };
    let mut stdout = context.stdout();
    let counts = if args.reading.json {
        let mut json = Json::begin(stdout, VERIFY_SCHEMA, at, believed.revocation_code())?;
        let counts = reading::each(&found, context, judge, Outcome::verdict, |item, judged| {
            let file = bulk::name(&item.path);
            json.row(&match &judged {
                Ok(outcome) => VerifyRow::new(&file, outcome, context.language),
                Err(error) => unread_verify_row(&file, error, context.language),
            })
        })?;
        json.end(&counts)?;
        counts
    } else {
        let write = |item: &Item, judged| line(&mut stdout, item, judged, context);
        let counts = reading::each(&found, context, judge, Outcome::verdict, write)?;
        stdout.flush()?;
        counts
    };
    context.note(reading::summary(&counts, context) + believed.reservation(context));
    Ok(reading::exit(&counts))
}

fn line(
    out: &mut impl Write,
    item: &Item,
    judged: Result<Outcome, ReadError>,
    context: &Context,
) -> io::Result<()> {
    let path = bulk::name(&item.path);
    match judged {
        Ok(outcome) => message(out, &path, &outcome, context),
        Err(ReadError::TooLarge(error)) => refusal(out, &path, error, None, context),
        Err(ReadError::Unreadable(words)) => reading::unreadable(out, &path, &words, context),
    }
}

fn message(out: &mut impl Write, path: &str, outcome: &Outcome, context: &Context) -> io::Result<()> {
    if let Some(error) = outcome.error {
        return refusal(out, path, error, Some(outcome), context);
    }
    if context.quiet {
        return Ok(());
    }
    write!(out, "{} {}", verdict_column(Verdict::Valid, context), Plain(path))?;
    if let Some(signer) = &outcome.signer {
        let words = context.say("signer", "signatário");
        let name =
            signer.certificate.as_ref().map_or_else(|| signer.issuer.clone(), |c| common_name(&c.subject()));
        write!(
            out,
            " ({words} {}, {} {})",
            Plain(&name),
            context.say("serial", "série"),
            Plain(&signer.serial)
        )?;
    }
    writeln!(out)
}

/// The verdict and the reason on one line, the place and the remedy below it.
fn refusal(
    out: &mut impl Write,
    path: &str,
    error: Error,
    outcome: Option<&Outcome>,
    context: &Context,
) -> io::Result<()> {
    let words = error.in_language(context.language);
    writeln!(
        out,
        "{} {}: {words} [{}]",
        verdict_column(error.verdict(), context),
        Plain(path),
        error.code()
    )?;
    if let Some(place) = outcome.and_then(|outcome| reading::place_words(outcome, context)) {
        writeln!(out, "    {place}")?;
    }
    if let Some(signer) = outcome.and_then(|outcome| outcome.signer.as_ref()) {
        let named = context.say("the message names", "a mensagem indica");
        writeln!(out, "    {named}: {}, {}", Plain(&signer.issuer), Plain(&signer.serial))?;
    }
    if let Some(cause) = outcome.and_then(|outcome| outcome.input) {
        writeln!(out, "    {}", cause.text(context.language))?;
    }
    let help = match outcome {
        Some(outcome) => remedy_for(outcome, error, context.language),
        None => remedy(error.reason(), context.language),
    };
    writeln!(out, "    {}: {help}", context.say("help", "ajuda"))
}

/// The verdict in a column of its own; colour only repeats what the word says.
fn verdict_column(verdict: Verdict, context: &Context) -> String {
    let word = format!("{:14}", reading::verdict_word(verdict, context));
    context.paint(verdict == Verdict::Valid, &word)
}

/// The certificate holder's short name: the value of the first CN.
fn common_name(subject: &str) -> String {
    let first = subject.split(", ").find_map(|part| part.strip_prefix("CN="));
    first.unwrap_or(subject).to_owned()
}
