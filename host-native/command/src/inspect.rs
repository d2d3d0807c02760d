//! `lacre inspect`: every check of a message, both digests of every Reference, and the likely cause of a refusal.

use std::io::{self, Write};

use lacre_archive::bulk::{self, Found, Item, ReadError};
use lacre_archive::json::{Json, unread_inspect_row};
use lacre_core::{Certificate, Check, Error, Profile, ReferenceReport, Report, Target};
use lacre_report::{
    INSPECT_SCHEMA, InspectRow, Inspected, Note, Signer, base64, check_text, hex, instant_text,
};

use crate::believed::{Believed, Revoking, TrustPath, trust_path};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::reading::{self, Plain, Reading};
use crate::remedy::{remedy, remedy_for};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --trust everything but the signature itself is checked.

References are counted as BACEN orders them: SPI 1 KeyInfo, 2 AppHdr, 3 Document, 4 SignedInfo; DICT 1 KeyInfo, \
2 the root, 3 SignedInfo. --canonical writes the octets that are hashed, byte for byte, to compare with another \
implementation.

Examples:
  lacre inspect --trust bacen.pem refused.xml
  lacre inspect --canonical 2 refused.xml | sha256sum
  lacre inspect --trust bacen.pem --json refused.xml

Exit codes: 0 all valid, 1 at least one is not, 2 usage, an unreadable file or no usable certificate.")]
pub(crate) struct Args {
    /// Certificates to believe: files (PEM, DER, PKCS#7, PKCS#12) or folders of them; `bacen=PATH` only about messages of BACEN,
    /// `own=PATH` only about the institution's. May be given many times.
    #[arg(long, value_name = "PATH", value_parser = trust_path())]
    trust: Vec<TrustPath>,

    #[command(flatten)]
    revoking: Revoking,

    /// Writes the canonical octets of Reference N (the last number is SignedInfo) and nothing else.
    #[arg(long, value_name = "N", conflicts_with = "json", value_parser = clap::value_parser!(u8).range(1..=4))]
    canonical: Option<u8>,

    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let found = reading::find(&args.reading.files, context)?;
    if let Some(number) = args.canonical {
        return canonical(&found, args.reading.profile.given(), number, context);
    }
    let believed = match args.trust.as_slice() {
        [] => Believed::nobody(),
        given => Believed::load(given, &args.revoking, context)?,
    };
    let (profile, at) = (args.reading.profile.given(), args.reading.at.at());
    let judge = |item: &Item| {
        let message = item.read()?;
        Ok(lacre_report::inspect(&message, profile, believed.about(&message), at))
    };
    let verdict = |inspected: &Inspected| inspected.outcome.verdict();
    let mut stdout = context.stdout();
    let counts = if args.reading.json {
        let mut json = Json::begin(stdout, INSPECT_SCHEMA, at, believed.revocation_code())?;
        let counts = reading::each(&found, context, judge, verdict, |item, judged| {
            let file = bulk::name(&item.path);
            json.row(&match &judged {
                Ok(inspected) => InspectRow::new(&file, inspected, context.language),
                Err(error) => unread_inspect_row(&file, error, context.language),
            })
        })?;
        json.end(&counts)?;
        counts
    } else {
        let write = |item: &Item, judged| section(&mut stdout, item, judged, &believed, context);
        let counts = reading::each(&found, context, judge, verdict, write)?;
        stdout.flush()?;
        counts
    };
    if found.items.len() > 1 {
        context.note(reading::summary(&counts, context) + believed.reservation(context));
    }
    Ok(reading::exit(&counts))
}

/// The octets of one Reference of one message.
fn canonical(
    found: &Found,
    profile: Option<Profile>,
    number: u8,
    context: &Context,
) -> Result<Exit, Failure> {
    let [item] = found.items.as_slice() else {
        return Err(Failure::new(context.say(
            "`--canonical` takes exactly one message",
            "`--canonical` aceita exatamente uma mensagem",
        )));
    };
    let refused = |error| Failure::refused(error, context.language);
    let xml = context.read_message(&item.path)?;
    let profile = profile.map_or_else(|| Profile::detect(&xml), Ok).map_err(refused)?;
    let targets: &[Target] = match profile {
        Profile::Spi => &[Target::KeyInfo, Target::AppHdr, Target::Document, Target::SignedInfo],
        Profile::Dict => &[Target::KeyInfo, Target::Root, Target::SignedInfo],
    };
    let Some(target) = targets.get(usize::from(number).saturating_sub(1)) else {
        return Err(Failure::new(
            context.say("a DICT message has no number 4", "uma mensagem do DICT não tem o número 4"),
        ));
    };
    let octets = lacre_core::canonical_octets(&xml, profile, *target).map_err(refused)?;
    let mut stdout = context.stdout();
    stdout.write_all(&octets)?;
    stdout.flush()?;
    Ok(Exit::Holds)
}

fn section(
    out: &mut impl Write,
    item: &Item,
    judged: Result<Inspected, ReadError>,
    believed: &Believed,
    context: &Context,
) -> io::Result<()> {
    let path = bulk::name(&item.path);
    match judged {
        Ok(inspected) => message(out, &path, &inspected, believed, context),
        Err(ReadError::TooLarge(error)) => too_large(out, &path, error, context),
        Err(ReadError::Unreadable(words)) => reading::unreadable(out, &path, &words, context),
    }
}

fn too_large(out: &mut impl Write, path: &str, error: Error, context: &Context) -> io::Result<()> {
    let word = context.paint(false, reading::verdict_word(error.verdict(), context));
    writeln!(out, "{}\n  {word}", Plain(path))?;
    writeln!(out, "  {} [{}]", error.in_language(context.language), error.code())?;
    writeln!(out, "  {}: {}\n", context.say("help", "ajuda"), remedy(error.reason(), context.language))
}

fn message(
    out: &mut impl Write,
    path: &str,
    inspected: &Inspected,
    believed: &Believed,
    context: &Context,
) -> io::Result<()> {
    let Inspected { outcome, report, cause, lines, .. } = inspected;
    let say = |english, portuguese| context.say(english, portuguese);
    writeln!(out, "{}", Plain(path))?;
    let word = reading::verdict_word(outcome.verdict(), context);
    let word = context.paint(outcome.error.is_none(), word);
    let profile = outcome.profile.map_or("?", Profile::as_str);
    writeln!(out, "  {word} ({} {profile}, {} bytes)", say("profile", "perfil"), outcome.bytes)?;
    if let Some(error) = outcome.error {
        writeln!(out, "  {} [{}]", error.in_language(context.language), error.code())?;
        if let Some(place) = reading::place_words(outcome, context) {
            writeln!(out, "  {place}")?;
        }
        if let Some(likely) = cause {
            let word = if likely.is_proved() {
                say("cause, proved", "causa, provada")
            } else {
                say("likely cause", "causa provável")
            };
            writeln!(out, "  {word}: {}", likely.text(context.language))?;
        }
        let own = cause.and_then(|likely| likely.cause.help(context.language));
        let help = own.map_or_else(|| remedy_for(outcome, error, context.language), str::to_owned);
        writeln!(out, "  {}: {help}", say("help", "ajuda"))?;
    }
    notes(out, &outcome.notes, context)?;
    if let Some(report) = report {
        checks(out, report, context)?;
        references(out, report, lines, context)?;
        instants(out, report, context)?;
    }
    if let Some(signer) = &outcome.signer {
        signed_by(out, signer, believed, context)?;
    }
    writeln!(out)
}

/// What other programs may read differently, whatever the verdict.
fn notes(out: &mut impl Write, notes: &[Note], context: &Context) -> io::Result<()> {
    for note in notes {
        writeln!(
            out,
            "  {}: {} [{}]",
            context.say("note", "nota"),
            note.text(context.language),
            note.code()
        )?;
        if let Note::ValueInterrupted { element, value, position, .. } = note {
            let at = position.map(|position| {
                let [line, column] = [context.say("line", "linha"), context.say("column", "coluna")];
                format!(" ({line} {}, {column} {})", position.line, position.column)
            });
            writeln!(out, "    {}: {}{}", Plain(element), Plain(value), at.unwrap_or_default())?;
        }
    }
    Ok(())
}

fn checks(out: &mut impl Write, report: &Report, context: &Context) -> io::Result<()> {
    writeln!(out, "\n  {}", context.say("checks", "verificações"))?;
    for check in &report.checks {
        let Check { name, outcome, .. } = check;
        match outcome {
            Some(Ok(())) => {
                let mark = context.paint(true, "✓");
                writeln!(out, "    {mark} {name:12} {}", check_text(name, context.language))?;
            }
            Some(Err(error)) => {
                let mark = context.paint(false, "✗");
                writeln!(
                    out,
                    "    {mark} {name:12} {} [{}]",
                    error.in_language(context.language),
                    error.code()
                )?;
            }
            None => writeln!(out, "    · {name:12} {}", context.say("not reached", "não alcançada"))?,
        }
    }
    Ok(())
}

fn references(
    out: &mut impl Write,
    report: &Report,
    lines: &[Option<(usize, usize)>],
    context: &Context,
) -> io::Result<()> {
    if report.references.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n  {}",
        context.say(
            "digests (SHA-256 of the canonical bytes)",
            "hashes (resumos criptográficos SHA-256 dos bytes canônicos)"
        )
    )?;
    for (index, reference) in report.references.iter().enumerate() {
        let ReferenceReport { target, claimed, computed, canonical_bytes, .. } = reference;
        let agree = match claimed.zip(*computed) {
            Some((claimed, computed)) if claimed == computed => {
                format!(", {}", context.paint(true, context.say("agrees", "confere")))
            }
            Some(_) => format!(", {}", context.paint(false, context.say("differs", "diverge"))),
            None => String::new(),
        };
        let place = lines.get(index).copied().flatten();
        let place = place.map(|(first, last)| format!(", {}", reading::lines_words(first, last, context)));
        let place = place.unwrap_or_default();
        writeln!(out, "    {} {target}: {canonical_bytes} bytes{place}{agree}", index.saturating_add(1))?;
        digest(out, context.say("claimed", "declarado"), claimed.as_ref())?;
        digest(out, context.say("computed", "calculado"), computed.as_ref())?;
    }
    Ok(())
}

fn digest(out: &mut impl Write, word: &str, digest: Option<&[u8; 32]>) -> io::Result<()> {
    let Some(digest) = digest else { return Ok(()) };
    writeln!(out, "      {word:10} {}  {}", hex(digest), base64(digest))
}

fn instants(out: &mut impl Write, report: &Report, context: &Context) -> io::Result<()> {
    let rows = [
        (context.say("asked for", "pedido"), report.instant_unix_s),
        (context.say("message's own", "da mensagem"), report.message_unix_s),
    ];
    if rows.iter().any(|(_, instant)| instant.is_some()) {
        writeln!(out, "\n  {}", context.say("instants", "instantes"))?;
    }
    for (word, instant) in rows {
        if let Some(instant) = instant {
            writeln!(out, "    {word:14} {}", instant_text(instant))?;
        }
    }
    Ok(())
}

fn signed_by(
    out: &mut impl Write,
    signer: &Signer,
    believed: &Believed,
    context: &Context,
) -> io::Result<()> {
    let say = |english, portuguese| context.say(english, portuguese);
    writeln!(out, "\n  {}", say("signer, as the message names it", "signatário, como a mensagem o indica"))?;
    writeln!(out, "    {:14} {}", say("issuer", "emissor"), Plain(&signer.issuer))?;
    writeln!(out, "    {:14} {}", say("serial", "série"), Plain(&signer.serial))?;
    let Some(certificate) = &signer.certificate else {
        return writeln!(
            out,
            "    {}",
            say("no such certificate is trusted", "nenhum certificado de confiança assim")
        );
    };
    writeln!(out, "\n  {}", say("trusted certificate", "certificado de confiança"))?;
    writeln!(out, "    {:14} {}", say("subject", "titular"), Plain(&certificate.subject()))?;
    if let Some(ispb) = certificate.ispb() {
        writeln!(out, "    {:14} {ispb}", "ISPB")?;
    }
    let [from, to] = [Certificate::not_before_unix_s, Certificate::not_after_unix_s]
        .map(|end| instant_text(end(certificate)));
    writeln!(out, "    {:14} {from} – {to}", say("validity", "validade"))?;
    writeln!(out, "    {:14} {}", say("revocation", "revogação"), believed.revocation(certificate, context))
}
