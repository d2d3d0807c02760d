//! `lacre csr`: a certificate request for a key that never leaves its place.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use lacre_core::Ispb;
use lacre_native::key::{self, KeyError, Passphrase};
use lacre_native::x509::{SpbName, Subject, X509Error, certificate_request};

use crate::context::Context;
use crate::failure::{Exit, Failure};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The request is signed by the key itself, wherever it lives. For a certificate of the SPB, --institution and the flags with it make the \
subject that the CAs of ICP-Brasil take: `CN=institution code, OU=ISPB-…, OU=SISBACEN-…, O=ICP-Brasil, L=…, ST=…, C=BR`. Any \
other subject is given by --subject, most specific first (RFC 4514). Either is encoded as ICP-Brasil lays names out: C first, CN last. \
A key in AWS KMS needs the permissions `kms:GetPublicKey` and `kms:Sign`; region and credentials come from the environment.

Examples:
  lacre csr --key awskms:alias/pix-signature --institution 'BANCO EXEMPLO SA' --code P001 \\
    --ispb 12345678 --sisbacen 12345 --locality BRASILIA --state DF -o psp.csr
  lacre csr --key psp.key --ispb 12345678 -o psp.csr \\
    --subject 'CN=BANCO EXEMPLO SA T001, OU=SISBACEN-12345, O=ICP-Brasil, C=BR'
  export LACRE_PKCS11_MODULE=/usr/lib/softhsm/libsofthsm2.so
  lacre csr --key 'pkcs11:token=hsm;object=certpia?pin-source=file:/run/pin' \\
    --subject 'CN=BANCO EXEMPLO SA P001, OU=ISPB-12345678, O=ICP-Brasil, C=BR'
  openssl req -in psp.csr -verify -noout -text

Exit codes: 0 written, 2 usage, no usable key, or the key's service failed.")]
#[command(group = clap::ArgGroup::new("whose").args(["subject", "institution"]).required(true))]
pub(crate) struct Args {
    /// The private key: a path (PEM, PKCS#12), a `pkcs11:` URI, or `awskms:` and the id, ARN or `alias/...` of a key in AWS KMS.
    #[arg(long, value_name = "KEY")]
    key: String,

    /// A file whose first line is the key's passphrase or the token's PIN; otherwise `LACRE_PASSPHRASE`.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,

    /// The subject's distinguished name.
    #[arg(long, value_name = "DN")]
    subject: Option<String>,

    /// The institution's name, for a subject as the SPB has it.
    #[arg(long, value_name = "NAME", requires_all = ["code", "ispb", "sisbacen"])]
    institution: Option<String>,

    /// The certificate's code: `T` (homologation) or `P` (production) and three digits.
    #[arg(long, value_name = "CODE", conflicts_with = "subject")]
    code: Option<String>,

    /// The institution's ISPB: puts `OU=ISPB-…` behind the CN, or checks the one that is there.
    #[arg(long)]
    ispb: Option<String>,

    /// The institution's number in SISBACEN, five digits: puts `OU=SISBACEN-…` behind the ISPB.
    #[arg(long, value_name = "NUMBER", conflicts_with = "subject")]
    sisbacen: Option<String>,

    /// The institution's city.
    #[arg(long, value_name = "CITY", conflicts_with = "subject")]
    locality: Option<String>,

    /// The institution's state.
    #[arg(long, value_name = "STATE", conflicts_with = "subject")]
    state: Option<String>,

    /// Where to write the request in PEM; otherwise to standard output.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let subject = subject(args, context)?;
    for doubt in subject.doubts() {
        let word = context.say("warning", "aviso");
        context.warn(format_args!("{word}: {} [{}]", doubt.message(context.language), doubt.code()));
        context.warn(format_args!("  {}: {}", context.say("help", "ajuda"), doubt.help(context.language)));
    }
    let of_key = |error: KeyError| failure(&X509Error::Key(error), context);
    let passphrase = Passphrase::find(args.passphrase_file.as_deref()).map_err(of_key)?;
    let signer = key::open(&args.key, passphrase.as_ref()).map_err(of_key)?;
    let request = certificate_request(signer.as_ref(), &subject).map_err(|error| failure(&error, context))?;
    match args.out.as_deref().filter(|path| *path != Path::new("-")) {
        Some(path) => std::fs::write(path, request).map_err(|error| Failure::file(path, &error))?,
        None => {
            let mut stdout = context.stdout();
            stdout.write_all(request.as_bytes())?;
            stdout.flush()?;
        }
    }
    Ok(Exit::Holds)
}

fn subject(args: &Args, context: &Context) -> Result<Subject, Failure> {
    let ispb = args.ispb.as_deref().map(|text| ispb(text, context)).transpose()?;
    let made = match (&args.institution, ispb) {
        (Some(institution), Some(ispb)) => Subject::spb(&SpbName {
            institution,
            code: args.code.as_deref().unwrap_or_default(),
            ispb,
            sisbacen: args.sisbacen.as_deref().unwrap_or_default(),
            locality: args.locality.as_deref(),
            state: args.state.as_deref(),
        }),
        (_, ispb) => Subject::parse(args.subject.as_deref().unwrap_or_default(), ispb.as_ref()),
    };
    made.map_err(|error| failure(&error, context))
}

fn ispb(text: &str, context: &Context) -> Result<Ispb, Failure> {
    Ispb::new(text).ok_or_else(|| {
        Failure::new(format!("`{text}`: {}", context.say("not an ISPB", "não é um ISPB"))).help(
            context
                .say("an ISPB is 8 digits or capital letters", "um ISPB são 8 dígitos ou letras maiúsculas"),
        )
    })
}

fn failure(error: &X509Error, context: &Context) -> Failure {
    let failure = Failure::new(error.in_language(context.language));
    match error.help_in(context.language) {
        Some(help) => failure.help(help),
        None => failure,
    }
}
