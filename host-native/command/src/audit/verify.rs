//! `lacre audit verify`: is every message in an archive what its signer signed, and every record what was recorded?

use std::io::{self, Write};
use std::path::PathBuf;

use lacre_archive::bulk;
use lacre_archive::json::Json;
use lacre_archive::{Fault, Place};
use lacre_core::Verdict;
use lacre_report::AUDIT_SCHEMA;
use lacre_report::record::{self, RecordCounts, RecordOutcome, RecordRow, Seal, Side, Standing};
use serde::Serialize;

use super::{Progress, Source, Where, counted, unreadable};
use crate::believed::{Believed, Revoking, TrustPath, trust_path};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::reading::{self, Instant, Plain, passed_over_word};
use crate::remedy::remedy;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
BACEN's answers are held against --trust and against nothing else; the institution's requests against --own, and only if it is given. \
A record's seal is the hash in its own columns: it breaks when any column is changed, but whoever can write can also seal anew, which \
`lacre audit gaps` finds. A record that proves something else today than was recorded of it is not in order.

Each record is judged by the rules of its own time (`rules_version`). What the rules of today would refuse is listed as `stricter since`, \
and is no fault.

A verdict is one of `valid`, `invalid`, `indeterminate`, `unsigned` and `malformed`. A record of which nothing had to be proved (a refusal, \
an empty answer) has none. One line per record that is not in order goes to standard output, one summary to standard error. Rows of Parquet \
are counted from 0, lines from 1; `row` in JSON counts from 0 in both.

Examples:
  lacre audit verify --trust bacen.pem audit/log/
  lacre audit verify --trust bacen/ --own psp.pem --json s3-copy/log/ > report.json
  lacre audit verify --trust bacen.pem --at now --format ndjson audit/log/dict/year=2026/month=11/

Exit codes: 0 everything in it is in order; 1 at least one record is not valid, is changed, proves something else than was recorded, or has \
a body that is kept elsewhere; \
2 usage, something cannot be read, there is no record, or no usable certificate.")]
pub(super) struct Args {
    /// BACEN's certificates: files (PEM, DER, PKCS#7, PKCS#12) or folders of them. `own=PATH` is `--own PATH`. May be given many times.
    #[arg(long, value_name = "PATH", required = true, value_parser = trust_path())]
    trust: Vec<TrustPath>,

    /// The institution's own certificates, to verify its requests too.
    #[arg(long, value_name = "PATH")]
    own: Vec<PathBuf>,

    #[command(flatten)]
    revoking: Revoking,

    /// The instant at which the certificate must be valid: `message` (when each answer was received and each request sent, as its
    /// record says), `now` or RFC 3339.
    #[arg(long, value_name = "INSTANT", default_value = "message", value_parser = reading::parse_instant)]
    at: Instant,

    /// Writes one JSON object to standard output.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    source: Source,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let believed = Believed::of_archive(&args.trust, &args.own, &args.revoking, context)?;
    let (bacen, own) = believed.sides();
    let archive = args.source.find(context)?;
    let at = args.at.at();
    let mut counts = RecordCounts::default();
    counts.passed_over = archive.passed_over;
    let progress = Progress::new(&archive, context);
    let mut stdout = context.stdout();
    if args.json {
        let mut json = Json::begin(stdout, AUDIT_SCHEMA, at, believed.revocation_code())?;
        // Rows are put into words where they are verified: on all processors.
        let work = |place: Place<'_>, found: Result<record::Row, Fault>| {
            let file = bulk::name(&place.file.path);
            let judged = found.map(|row| record::verify(&row, bacen, own, at));
            let row = match &judged {
                Ok(record) => serde_json::to_vec(&RecordRow::new(&file, place.row, record, context.language)),
                Err(fault) => serde_json::to_vec(&UnreadRow::new(&file, place.row, fault, context)),
            };
            (judged, row)
        };
        lacre_archive::each(&archive, work, |_, (judged, row)| {
            counts.add(judged.as_ref().ok());
            progress.step();
            json.written_row(&row?)
        })?;
        json.end(&counts)?;
    } else {
        let work = |_: Place<'_>, found: Result<record::Row, Fault>| {
            found.map(|row| record::verify(&row, bacen, own, at))
        };
        lacre_archive::each(&archive, work, |place, judged| {
            counts.add(judged.as_ref().ok());
            progress.step();
            progress.aside(judged.is_err(), || line(&mut stdout, place, &judged, context))
        })?;
        stdout.flush()?;
    }
    drop(progress);
    context.note(summary(&counts, context) + believed.reservation(context));
    Ok(exit(&counts))
}

const fn exit(counts: &RecordCounts) -> Exit {
    match counts.standing() {
        Standing::InOrder => Exit::Holds,
        Standing::NotInOrder => Exit::NotValid,
        Standing::Unread => Exit::Failed,
    }
}

fn summary(counts: &RecordCounts, context: &Context) -> String {
    let ends = counted(&[
        (counts.valid, verdicts_word(Verdict::Valid, counts.valid, context)),
        (counts.invalid, verdicts_word(Verdict::Invalid, counts.invalid, context)),
        (counts.indeterminate, verdicts_word(Verdict::Indeterminate, counts.indeterminate, context)),
        (counts.unsigned, verdicts_word(Verdict::Unsigned, counts.unsigned, context)),
        (counts.malformed, verdicts_word(Verdict::Malformed, counts.malformed, context)),
        (counts.nothing_to_prove, context.say("with nothing to prove", "sem nada a provar")),
        (
            counts.not_kept,
            context.plural(
                counts.not_kept,
                ["kept elsewhere"; 2],
                ["guardado em outro lugar", "guardados em outro lugar"],
            ),
        ),
        (counts.unreadable, context.plural(counts.unreadable, ["unreadable"; 2], ["ilegível", "ilegíveis"])),
    ]);
    let more = counted(&[
        (
            counts.messages,
            context.plural(
                counts.messages,
                ["message verified", "messages verified"],
                ["mensagem verificada", "mensagens verificadas"],
            ),
        ),
        (
            counts.seal_broken,
            context.plural(
                counts.seal_broken,
                ["seal broken", "seals broken"],
                ["lacre rompido", "lacres rompidos"],
            ),
        ),
        (counts.seal_absent, context.say("without a seal", "sem lacre")),
        (
            counts.recorded_otherwise,
            context.plural(
                counts.recorded_otherwise,
                ["recorded otherwise"; 2],
                ["registrado de outra forma", "registrados de outra forma"],
            ),
        ),
        (counts.stricter_since, context.say("stricter since", "com regras mais rígidas desde então")),
        (counts.passed_over, passed_over_word(counts.passed_over, context)),
    ]);
    let records = context.plural(counts.records, ["record", "records"], ["registro", "registros"]);
    let separator = if more.is_empty() { "" } else { "; " };
    format!("{} {records}: {ends}{separator}{more}", counts.records)
}

/// What was recorded of the answer, where that is not what is found now.
fn recorded_otherwise<'r>(record: &'r RecordOutcome, context: &Context) -> Option<&'r str> {
    let nothing = context.say("nothing to prove", "nada a provar");
    record.recorded_otherwise.then(|| record.recorded_verdict.as_deref().unwrap_or(nothing))
}

fn line(
    out: &mut impl Write,
    place: Place<'_>,
    judged: &Result<RecordOutcome, Fault>,
    context: &Context,
) -> io::Result<()> {
    let record = match judged {
        Ok(record) => record,
        Err(fault) => return unreadable(out, place, fault, context),
    };
    let at = Where::of(place, context);
    let exchange = record.exchange_id.as_deref().unwrap_or("-");
    let [help, exchange_word] = [context.say("help", "ajuda"), context.say("exchange", "troca")];
    let head = |word: &str| format!("{word:14} {at}, {exchange_word} {}", Plain(exchange));
    match record.error {
        Some(error) => {
            let words = error.in_language(context.language);
            let head = head(verdict_word(error.verdict(), context));
            writeln!(out, "{}: {}{words} [{}]", head, side_word(record.side, context), error.code())?;
            if record.seal == Seal::Broken && record.side.is_some() {
                let broken = context.say("its seal is broken too", "seu lacre também está rompido");
                writeln!(out, "    {broken}")?;
            }
            told_otherwise(out, record, context)?;
            writeln!(out, "    {help}: {}", remedy(error.reason(), context.language))?;
        }
        None if record.recorded_otherwise => {
            let nothing = context.say("nothing to prove", "nada a provar");
            let verdict = record.verdict().map_or(nothing, |verdict| verdict_word(verdict, context));
            writeln!(out, "{}", head(verdict))?;
            told_otherwise(out, record, context)?;
        }
        None => {}
    }
    if let Some((side, error)) = record.stricter_since {
        let words = error.in_language(context.language);
        let head = head(context.say("stricter since", "mais rígido"));
        writeln!(out, "{head}: {}{words} [{}]", side_word(Some(side), context), error.code())?;
        let why = context.say(
            "the record is judged by the rules of its time; those of today would refuse this",
            "o registro é julgado pelas regras do seu tempo; as de hoje recusariam isto",
        );
        writeln!(out, "    {why}")?;
    }
    for side in &record.elsewhere {
        writeln!(
            out,
            "{}: {}{} [body-elsewhere]",
            head(context.say("not judged", "não julgado")),
            side_word(Some(*side), context),
            context.say("the body is kept elsewhere", "o corpo está guardado em outro lugar"),
        )?;
        let remedy = context.say(
            "find it under the hash that stands in its column, and verify it with `lacre verify`; one that was `omitted` is not kept at all",
            "procure-o pelo hash que está na sua coluna e verifique-o com `lacre verify`; um que foi `omitted` não está guardado em lugar nenhum",
        );
        writeln!(out, "    {help}: {remedy}")?;
    }
    Ok(())
}

fn told_otherwise(out: &mut impl Write, record: &RecordOutcome, context: &Context) -> io::Result<()> {
    let Some(recorded) = recorded_otherwise(record, context) else { return Ok(()) };
    let words = context.say("its answer was recorded as", "sua resposta foi registrada como");
    writeln!(out, "    {words} `{}`", Plain(recorded))
}

fn side_word(side: Option<Side>, context: &Context) -> &'static str {
    match side {
        Some(Side::Request) => context.say("request: ", "pedido: "),
        Some(Side::Response) => context.say("answer: ", "resposta: "),
        None => "",
    }
}

/// A verdict on several records, after their number.
fn verdicts_word(verdict: Verdict, count: u64, context: &Context) -> &'static str {
    let several = match verdict {
        Verdict::Valid => "válidos",
        Verdict::Invalid => "inválidos",
        Verdict::Indeterminate => "indeterminados",
        Verdict::Unsigned => "sem assinatura",
        Verdict::Malformed => "malformados",
    };
    let one = verdict_word(verdict, context);
    context.plural(count, [one; 2], [one, several])
}

/// A verdict on a record, as a person reads it.
fn verdict_word(verdict: Verdict, context: &Context) -> &'static str {
    match verdict {
        Verdict::Valid => context.say("valid", "válido"),
        Verdict::Invalid => context.say("invalid", "inválido"),
        Verdict::Indeterminate => context.say("indeterminate", "indeterminado"),
        Verdict::Unsigned => context.say("unsigned", "sem assinatura"),
        Verdict::Malformed => context.say("malformed", "malformado"),
    }
}

/// The row of `lacre.audit/1` for what could not be read: a row, or the rest of a file from that row on.
#[derive(Serialize)]
struct UnreadRow<'a> {
    file: &'a str,
    row: u64,
    exchange_id: Option<&'a str>,
    channel: Option<&'a str>,
    request_date: Option<&'a str>,
    outcome: Option<&'a str>,
    verdict: Option<&'a str>,
    code: &'static str,
    message: String,
    help: &'static str,
    side: Option<&'a str>,
    recorded_verdict: Option<&'a str>,
    recorded_otherwise: bool,
    seal: Option<&'a str>,
    chain_id: Option<&'a str>,
    chain_sequence: Option<i64>,
    elsewhere: [&'a str; 0],
    messages: [&'a str; 0],
    rules_version: Option<i64>,
    stricter_since: Option<&'a str>,
}

impl<'a> UnreadRow<'a> {
    fn new(file: &'a str, row: u64, fault: &Fault, context: &Context) -> Self {
        Self {
            file,
            row,
            exchange_id: None,
            channel: None,
            request_date: None,
            outcome: None,
            verdict: None,
            code: "unreadable",
            message: fault.words(context.language),
            help: fault.help(context.language),
            side: None,
            recorded_verdict: None,
            recorded_otherwise: false,
            seal: None,
            chain_id: None,
            chain_sequence: None,
            elsewhere: [],
            messages: [],
            rules_version: None,
            stricter_since: None,
        }
    }
}
