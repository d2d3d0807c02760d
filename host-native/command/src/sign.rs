//! `lacre sign`: signs messages as BACEN does, many at once too.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lacre_archive::bulk;
use lacre_archive::bulk::{Found, Item, ReadError};
use lacre_core::{Certificate, DictPosition, Error, Profile, Reason, SignOptions};
use lacre_native::key::{self, KeyError, Passphrase, Signer};
use lacre_native::{certificates, clock, shown, trust};
use lacre_report::{Cause, instant_text};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output;
use crate::reading::{self, Plain, ProfileArg, Progress};
use crate::remedy::remedy;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Every byte outside the signature stays as it came. The signature is checked with the certificate before anything is \
written, and files appear whole or not at all. The passphrase of an encrypted key, or a token's PIN, comes from \
--passphrase-file or the environment variable LACRE_PASSPHRASE; the PKCS#11 module from `module-path` in the URI or \
LACRE_PKCS11_MODULE. A key in AWS KMS needs the permissions `kms:GetPublicKey` and `kms:Sign`; region and credentials come from the \
environment (AWS_REGION, AWS_PROFILE, a role, ...).

Examples:
  lacre sign --profile spi --key psp.key --cert psp.pem pacs008.xml -o signed.xml
  lacre sign --profile dict --key 'pkcs11:token=pix' --cert psp.pem < a.xml > b.xml
  lacre sign --profile spi --key awskms:alias/pix-signature --cert psp.pem pacs008.xml -o signed.xml
  lacre sign --profile auto --key psp.p12 --cert psp.pem outbox/ -o signed/

Exit codes: 0 all signed, 1 at least one message cannot be signed, 2 usage, an unreadable file, no usable key or \
certificate, or the key's service failed.")]
pub(crate) struct Args {
    /// The rules to sign by.
    #[arg(long, value_name = "PROFILE", value_enum)]
    profile: ProfileArg,

    /// The private key: a file (PEM or DER of PKCS#8 or PKCS#1, PKCS#12), a `pkcs11:` URI (RFC 7512), or `awskms:` and the id, ARN or
    /// `alias/...` of a key in AWS KMS.
    #[arg(long, value_name = "KEY")]
    key: String,

    /// A file whose first line opens the key.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,

    /// The certificate of that key: PEM, DER, PKCS#7 or PKCS#12. Of several in one file, the one of the key that is valid now.
    #[arg(long, value_name = "CERT")]
    cert: PathBuf,

    /// Where a DICT signature goes among the root's children, unless an empty one marks the place.
    #[arg(long, value_name = "POSITION", value_enum, default_value_t)]
    dict_position: Position,

    /// Replaces a signature that is there already; otherwise such a message is refused.
    #[arg(long)]
    resign: bool,

    /// The signed message; a folder for several. Otherwise standard output.
    #[arg(long, short, value_name = "OUT")]
    out: Option<PathBuf>,

    /// Lets a signed message replace the file it was read from.
    #[arg(long)]
    force: bool,

    /// Messages, folders of messages, or `-` for standard input.
    #[arg(value_name = "IN", default_value = "-")]
    files: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Position {
    /// As BACEN does
    #[default]
    First,
    /// As the AWS sample did
    Last,
}

/// What makes signatures: a key, its certificate, and the choices that the profile leaves.
struct Pen {
    key: Arc<dyn Signer>,
    certificate: Certificate,
    profile: Option<Profile>,
    options: SignOptions,
}

/// Why one message was not signed.
enum Refusal {
    Read(ReadError),
    /// What is wrong with the message, and what its bytes are if they are none.
    Message(Error, Option<Cause>),
    Key(KeyError),
    Write(PathBuf, std::io::Error),
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let found = reading::find(&args.files, context)?;
    let pen = pen(args, context)?;
    let folder = args.files.len() > 1 || args.files.iter().any(|file| file.is_dir());
    match (folder, found.items.as_slice()) {
        (false, [item]) => one(item, args, &pen, context),
        _ => many(&found, args, &pen, context),
    }
}

fn pen(args: &Args, context: &Context) -> Result<Pen, Failure> {
    let language = context.language;
    let unusable =
        |error: KeyError| Failure::new(error.in_language(language)).help(error.reason().help(language));
    let passphrase = Passphrase::find(args.passphrase_file.as_deref()).map_err(unusable)?;
    let key = key::open(&args.key, passphrase.as_ref()).map_err(unusable)?;
    let (given, passed_over) = trust::certificates(&args.cert, passphrase.as_ref())
        .map_err(|error| Failure::new(error.message(language)).help(error.help(language)))?;
    for error in &passed_over {
        context.note(format_args!("{}: {}", context.say("passed over", "ignorado"), error.message(language)));
    }
    let now = clock::unix_ms().div_euclid(1000);
    let Some(certificate) = certificates::of_key(&given, key.public_key(), now).cloned() else {
        return Err(mismatch(key.place(), &args.cert, context));
    };
    warn_of_validity(&certificate, context);
    let dict_position = match args.dict_position {
        Position::First => DictPosition::First,
        Position::Last => DictPosition::Last,
    };
    let options = SignOptions { dict_position, resign: args.resign };
    Ok(Pen { key, certificate, profile: args.profile.given(), options })
}

fn mismatch(key: &str, certificate: &Path, context: &Context) -> Failure {
    let certificate = shown::path(certificate);
    let message = match context.say("en", "pt") {
        "pt" => format!("a chave `{key}` não é a do certificado `{certificate}`"),
        _ => format!("the key `{key}` is not that of the certificate `{certificate}`"),
    };
    Failure::new(message).help(context.say(
        "give the key and the certificate that belong together: their public keys must be the same",
        "informe a chave e o certificado que formam par: as chaves públicas devem ser iguais",
    ))
}

/// A certificate outside its validity still signs, for tests and for a clock that is wrong, but never in silence.
fn warn_of_validity(certificate: &Certificate, context: &Context) {
    let now = clock::unix_ms().div_euclid(1000);
    let (from, to) = (certificate.not_before_unix_s(), certificate.not_after_unix_s());
    if now < from {
        let words = context
            .say("warning: the certificate is not valid before", "aviso: o certificado só vale a partir de");
        context.warn(format_args!("{words} {}", instant_text(from)));
    } else if now > to {
        let words = context.say("warning: the certificate expired at", "aviso: o certificado venceu em");
        context.warn(format_args!("{words} {}", instant_text(to)));
    }
}

fn one(item: &Item, args: &Args, pen: &Pen, context: &Context) -> Result<Exit, Failure> {
    let target = match args.out.as_deref() {
        None => None,
        Some(out) if out == Path::new("-") => None,
        Some(out) if out.is_dir() => Some(out.join(&item.below)),
        Some(out) => Some(out.to_owned()),
    };
    if let Some(target) = &target {
        refuse_input(item, target, args, context)?;
    }
    let signed = match pen.sign(item) {
        Ok(signed) => signed,
        Err(refusal) => return Err(refusal.failure(&item.path, context)),
    };
    match target {
        Some(target) => output::write(&target, &signed).map_err(|error| Failure::file(&target, &error))?,
        None => {
            let mut stdout = context.stdout();
            stdout.write_all(&signed)?;
            stdout.flush()?;
        }
    }
    Ok(Exit::Holds)
}

fn many(found: &Found, args: &Args, pen: &Pen, context: &Context) -> Result<Exit, Failure> {
    let folder =
        args.out.as_deref().filter(|out| *out != Path::new("-") && !out.is_file()).ok_or_else(|| {
            let message =
                context.say("several messages need a folder", "várias mensagens precisam de uma pasta");
            Failure::new(message).help(context.say("give it by `-o DIR`", "informe-a com `-o DIR`"))
        })?;
    refuse_collisions(found, folder, args, context)?;
    let mut tally = Tally { passed_over: found.passed_over, ..Tally::default() };
    let progress = Progress::new(&found.items, context);
    let work = |item: &Item| {
        let target = folder.join(&item.below);
        let written = pen.sign(item).and_then(|signed| {
            output::write(&target, &signed).map_err(|error| Refusal::Write(target, error))
        });
        progress.step();
        written
    };
    bulk::in_order(&found.items, work, |item, signed| match signed {
        Ok(()) => {
            tally.signed = tally.signed.saturating_add(1);
            Ok(())
        }
        Err(refusal) => progress.aside(true, || tally.refuse(&refusal, item, context)),
    })?;
    drop(progress);
    context.note(tally.summary(context));
    Ok(tally.worst.unwrap_or(Exit::Holds))
}

/// Two messages must not become one file, and no message its own input.
fn refuse_collisions(found: &Found, folder: &Path, args: &Args, context: &Context) -> Result<(), Failure> {
    let mut targets = HashSet::new();
    for item in &found.items {
        let target = folder.join(&item.below);
        refuse_input(item, &target, args, context)?;
        if !targets.insert(&item.below) {
            let words = context.say("would be written twice", "seria escrito duas vezes");
            let help = context.say(
                "sign them one by one, into folders of their own",
                "assine um por vez, cada um em sua pasta",
            );
            return Err(Failure::new(format!("`{}` {words}", shown::path(&target))).help(help));
        }
    }
    Ok(())
}

fn refuse_input(item: &Item, target: &Path, args: &Args, context: &Context) -> Result<(), Failure> {
    let same = match (std::fs::canonicalize(&item.path), std::fs::canonicalize(target)) {
        (Ok(input), Ok(output)) => input == output,
        _ => false,
    };
    if !same || args.force || item.is_stdin() {
        return Ok(());
    }
    let words = context.say("is the input itself", "é a própria entrada");
    let help = context.say(
        "write elsewhere, or give `--force` to replace the unsigned message",
        "escreva em outro lugar, ou use `--force` para substituir a mensagem sem assinatura",
    );
    Err(Failure::new(format!("`{}` {words}", shown::path(target))).help(help))
}

impl Pen {
    fn sign(&self, item: &Item) -> Result<Vec<u8>, Refusal> {
        let xml = item.read().map_err(|error| match error {
            ReadError::TooLarge(error) => Refusal::Message(error, None),
            unreadable => Refusal::Read(unreadable),
        })?;
        let refused = |error| Refusal::Message(error, lacre_report::of_input(&xml, error));
        let profile = self.profile.map_or_else(|| Profile::detect(&xml), Ok).map_err(refused)?;
        let prepared =
            lacre_core::prepare_with(&xml, profile, &self.certificate, self.options).map_err(refused)?;
        let signature = self.key.sign_blocking(prepared.digest()).map_err(Refusal::Key)?;
        prepared.finish(&signature).map_err(refused)
    }
}

impl Refusal {
    fn failure(&self, path: &Path, context: &Context) -> Failure {
        let language = context.language;
        let path = bulk::name(path);
        match self {
            // The key's fault, not the message's.
            Self::Message(error, _) if error.reason() == Reason::WrongKey => {
                Failure::new(error.in_language(language).to_string()).help(remedy(error.reason(), language))
            }
            Self::Message(error, input) => {
                Failure::refused_input(*error, *input, language).in_file(&Plain(&path).to_string())
            }
            Self::Key(error) => Failure::new(error.in_language(language)).help(error.reason().help(language)),
            Self::Read(ReadError::Unreadable(words)) => Failure::new(format!("`{}`: {words}", Plain(&path))),
            Self::Read(ReadError::TooLarge(error)) => Failure::refused(*error, language),
            Self::Write(target, error) => Failure::file(target, error),
        }
    }
}

/// How many messages came to which end.
#[derive(Default)]
struct Tally {
    signed: u64,
    refused: u64,
    failed: u64,
    passed_over: u64,
    worst: Option<Exit>,
}

impl Tally {
    /// A message that cannot be signed or read does not stop the others; a key that does not sign does.
    fn refuse(&mut self, refusal: &Refusal, item: &Item, context: &Context) -> Result<(), Failure> {
        let failure = refusal.failure(&item.path, context);
        if matches!(refusal, Refusal::Key(_) | Refusal::Write(..)) {
            return Err(failure);
        }
        let count = if failure.exit() == Exit::NotValid { &mut self.refused } else { &mut self.failed };
        *count = count.saturating_add(1);
        self.worst = self.worst.max(Some(failure.exit()));
        context.tell(&failure);
        Ok(())
    }

    fn summary(&self, context: &Context) -> String {
        let ends = [
            (self.refused, context.plural(self.refused, ["refused"; 2], ["recusada", "recusadas"])),
            (self.failed, context.plural(self.failed, ["unreadable"; 2], ["ilegível", "ilegíveis"])),
            (self.passed_over, reading::passed_over_word(self.passed_over, context)),
        ];
        let signed = context.plural(self.signed, ["signed"; 2], ["assinada", "assinadas"]);
        let mut line = format!("{} {signed}", self.signed);
        for (count, word) in ends.into_iter().filter(|(count, _)| *count > 0) {
            line.push_str(&format!(", {count} {word}"));
        }
        line
    }
}
