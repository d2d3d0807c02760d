//! `lacre audit verify`: is every message in an archive what its signer signed, and every record what was recorded?

use std::io::{self, Write};
use std::path::PathBuf;

use lacre_core::{Trust, Verdict};
use lacre_native::archive::{self, Fault, Place};
use lacre_native::report::Json;
use lacre_report::AUDIT_SCHEMA;
use lacre_report::record::{self, RecordOutcome, RecordRow, Seal, Side};
use serde::Serialize;

use super::super::reading::{self, Instant, Plain, passed_over_word};
use super::super::{Context, Exit, Failure};
use super::{Progress, Source, Where, counted, unreadable};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
BACEN's answers are held against --trust and against nothing else; the institution's requests against --own, and only if it is given. \
A record's seal is the hash in its own columns: it breaks when any column is changed, but whoever can write can also seal anew, which \
`lacre audit gaps` finds. A record that proves something else today than was recorded of it is said to.

A verdict is one of `valid`, `invalid`, `indeterminate`, `unsigned` and `malformed`. A record of which nothing had to be proved (a refusal, \
an empty answer) has none. One line per record that is not in order goes to standard output, one summary to standard error. Rows of Parquet \
are counted from 0, lines from 1; `row` in JSON counts from 0 in both.

Examples:
  lacre audit verify --trust bacen.pem audit/log/
  lacre audit verify --trust bacen/ --own psp.pem --json s3-copy/log/ > report.json
  lacre audit verify --trust bacen.pem --at now --format ndjson audit/log/dict/year=2026/month=11/

Exit codes: 0 everything in it is in order; 1 at least one record is not valid, is changed, or has a body that is kept elsewhere; \
2 usage, something cannot be read, there is no record, or no usable certificate.")]
pub(super) struct Args {
    /// BACEN's certificates: PEM or DER files, or folders of them. May be given many times.
    #[arg(long, value_name = "PATH", required = true)]
    trust: Vec<PathBuf>,

    /// The institution's own certificates, to verify its requests too.
    #[arg(long, value_name = "PATH")]
    own: Vec<PathBuf>,

    /// The instant at which the certificate must be valid: `message` (the message's own time), `now` or RFC 3339.
    #[arg(long, value_name = "INSTANT", default_value = "message", value_parser = reading::parse_instant)]
    at: Instant,

    /// Writes one JSON object to standard output.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    source: Source,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let bacen = reading::load_trust(&args.trust, context)?;
    let own = if args.own.is_empty() { Trust::new() } else { reading::load_trust(&args.own, context)? };
    let archive = args.source.find(context)?;
    let at = args.at.at();
    let mut counts = Counts { passed_over: archive.passed_over, ..Counts::default() };
    let progress = Progress::new(&archive, context);
    let mut stdout = context.stdout();
    if args.json {
        let mut json = Json::begin(stdout, AUDIT_SCHEMA, at)?;
        // Rows are put into words where they are verified: on all processors.
        let work = |place: Place<'_>, found: Result<record::Row, Fault>| {
            let file = place.file.path.to_string_lossy();
            let judged = found.map(|row| record::verify(&row, &bacen, &own, at));
            let row = match &judged {
                Ok(record) => serde_json::to_vec(&RecordRow::new(&file, place.row, record, context.language)),
                Err(fault) => serde_json::to_vec(&UnreadRow::new(&file, place.row, fault, context)),
            };
            (judged, row)
        };
        archive::each(&archive, work, |_, (judged, row)| {
            counts.add(&judged);
            progress.step();
            json.written_row(&row?)
        })?;
        json.end(&counts)?;
    } else {
        let work = |_: Place<'_>, found: Result<record::Row, Fault>| {
            found.map(|row| record::verify(&row, &bacen, &own, at))
        };
        archive::each(&archive, work, |place, judged| {
            counts.add(&judged);
            progress.step();
            progress.aside(judged.is_err(), || line(&mut stdout, place, &judged, context))
        })?;
        stdout.flush()?;
    }
    drop(progress);
    context.note(counts.summary(context));
    Ok(counts.exit())
}

/// How many records came to which end. Each is counted in one of `valid` to `not_kept`, or in `unreadable`.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Counts {
    records: u64,
    valid: u64,
    invalid: u64,
    indeterminate: u64,
    unsigned: u64,
    malformed: u64,
    nothing_to_prove: u64,
    /// Nothing was judged because what had to be is kept elsewhere.
    not_kept: u64,
    unreadable: u64,
    /// Bodies that are kept elsewhere, those of records that came to a verdict by another included.
    elsewhere: u64,
    seal_broken: u64,
    seal_absent: u64,
    recorded_otherwise: u64,
    messages: u64,
    passed_over: u64,
}

impl Counts {
    fn add(&mut self, judged: &Result<RecordOutcome, Fault>) {
        let add =
            |count: &mut u64, more: usize| *count = count.saturating_add(u64::try_from(more).unwrap_or(0));
        add(&mut self.records, 1);
        let Ok(record) = judged else { return add(&mut self.unreadable, 1) };
        let end = match record.verdict() {
            Some(Verdict::Valid) => &mut self.valid,
            Some(Verdict::Invalid) => &mut self.invalid,
            Some(Verdict::Indeterminate) => &mut self.indeterminate,
            Some(Verdict::Unsigned) => &mut self.unsigned,
            Some(Verdict::Malformed) => &mut self.malformed,
            None if record.elsewhere.is_empty() => &mut self.nothing_to_prove,
            None => &mut self.not_kept,
        };
        add(end, 1);
        add(&mut self.elsewhere, record.elsewhere.len());
        add(&mut self.seal_broken, usize::from(record.seal == Seal::Broken));
        add(&mut self.seal_absent, usize::from(record.seal == Seal::Absent));
        add(&mut self.recorded_otherwise, usize::from(recorded_otherwise(record).is_some()));
        add(&mut self.messages, record.messages.len());
    }

    /// What cannot be read weighs more than what is not in order.
    const fn exit(&self) -> Exit {
        let in_order = self.valid.saturating_add(self.nothing_to_prove);
        if self.unreadable > 0 || self.records == 0 {
            Exit::Failed
        } else if in_order < self.records || self.elsewhere > 0 {
            Exit::NotValid
        } else {
            Exit::Holds
        }
    }

    fn summary(&self, context: &Context) -> String {
        let ends = counted(&[
            (self.valid, verdict_word(Verdict::Valid, context)),
            (self.invalid, verdict_word(Verdict::Invalid, context)),
            (self.indeterminate, verdict_word(Verdict::Indeterminate, context)),
            (self.unsigned, verdict_word(Verdict::Unsigned, context)),
            (self.malformed, verdict_word(Verdict::Malformed, context)),
            (self.nothing_to_prove, context.say("with nothing to prove", "sem nada a provar")),
            (self.not_kept, context.say("kept elsewhere", "guardado(s) em outro lugar")),
            (self.unreadable, context.say("unreadable", "ilegível(is)")),
        ]);
        let more = counted(&[
            (self.messages, context.say("messages verified", "mensagens verificadas")),
            (self.seal_broken, context.say("seals broken", "lacres rompidos")),
            (self.seal_absent, context.say("without a seal", "sem lacre")),
            (self.recorded_otherwise, context.say("recorded otherwise", "registrado(s) de outra forma")),
            (self.passed_over, passed_over_word(context)),
        ]);
        let records = context.say("records", "registros");
        let separator = if more.is_empty() { "" } else { "; " };
        format!("{} {records}: {ends}{separator}{more}", self.records)
    }
}

/// What was recorded of the answer, where that is not what is found now.
fn recorded_otherwise(record: &RecordOutcome) -> Option<&str> {
    let recorded = record.recorded_verdict.as_deref()?;
    let found = found_of_answer(record)?;
    (recorded != found.as_str()).then_some(recorded)
}

/// The verdict on the answer alone: the record's own may come from the request, or from the seal.
fn found_of_answer(record: &RecordOutcome) -> Option<Verdict> {
    if let Some(error) = record.error.filter(|_| record.side == Some(Side::Response)) {
        return Some(error.verdict());
    }
    let answers = record.messages.iter().filter(|message| message.side == Side::Response && message.required);
    let mut found = None;
    for message in answers {
        let verdict = message.outcome.verdict();
        if verdict != Verdict::Valid {
            return Some(verdict);
        }
        found = Some(verdict);
    }
    found
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
            writeln!(out, "    {help}: {}", error.reason().help(context.language))?;
        }
        None if recorded_otherwise(record).is_some() => {
            writeln!(out, "{}", head(verdict_word(Verdict::Valid, context)))?;
            told_otherwise(out, record, context)?;
        }
        None => {}
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
    let Some(recorded) = recorded_otherwise(record) else { return Ok(()) };
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
    seal: Option<&'a str>,
    chain_id: Option<&'a str>,
    chain_sequence: Option<i64>,
    elsewhere: [&'a str; 0],
    messages: [&'a str; 0],
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
            seal: None,
            chain_id: None,
            chain_sequence: None,
            elsewhere: [],
            messages: [],
        }
    }
}
