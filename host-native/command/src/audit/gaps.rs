//! `lacre audit gaps`: which records are missing from an archive, and which were put into it.

use std::io::{self, Write};

use lacre_archive::bulk;
use lacre_archive::gaps::{ChainReport, Gap, GapKind, Ledger, Link, Places};
use lacre_archive::json::instant_ms_text;
use lacre_archive::{Archive, Fault, Place};
use lacre_report::record::Row;
use serde::Serialize;

use super::{Progress, Source, counted, unreadable};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::reading::{Plain, passed_over_word};

/// The name of the JSON.
const SCHEMA: &str = "lacre.gaps/1";

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Every record carries its chain, its number there, its own hash and the hash of the record before. For each chain, in whatever order the \
files come:

  missing      numbers that no record has: records that were taken out, or files that were not given
  left out     numbers that the proxy gave to records it could not keep; the chain goes on without them
  repeated     the same record more than once: Firehose delivers at least once, and it does no harm
  conflicting  another record under a number that is taken: somebody put it there
  broken       a record that does not follow the one before: one of them was changed and sealed anew, or replaced
  altered      a record that does not hash to what it says: it was changed

A chain that does not begin at 0 is no fault: a month of an archive begins where it begins. Whether records are missing before the first \
and after the last, no chain can tell. It takes 16 to 32 bytes of memory for each record.

Examples:
  lacre audit gaps audit/log/
  lacre audit gaps --json s3-copy/log/spi/year=2026/month=11/ > gaps.json

Exit codes: 0 nothing is missing or broken; 1 something is, or records have no place in a chain; 2 usage, something cannot be read, or there is no record.")]
pub(super) struct Args {
    /// Writes one JSON object to standard output.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    source: Source,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let archive = args.source.find(context)?;
    let mut ledger = Ledger::default();
    let mut counts = Counts { passed_over: archive.passed_over, ..Counts::default() };
    let mut unread = Vec::new();
    let mut stdout = context.stdout();
    let progress = Progress::new(&archive, context);
    let work = |_: Place<'_>, found: Result<Row, Fault>| found.map(|row| Link::of(&row));
    lacre_archive::each(&archive, work, |place, found| {
        counts.records = counts.records.saturating_add(1);
        progress.step();
        match found {
            Ok(Link::Linked(link)) => ledger.add(link, (place.file_number, place.row)),
            Ok(Link::Absent) => counts.unchained = counts.unchained.saturating_add(1),
            Ok(Link::Damaged) => counts.misplaced = counts.misplaced.saturating_add(1),
            Err(fault) => {
                counts.unreadable = counts.unreadable.saturating_add(1);
                if unread.len() < lacre_archive::gaps::FINDINGS_MAX {
                    unread.push(Unread::new(place, &fault, context));
                }
                progress.aside(true, || unreadable(&mut stdout, place, &fault, context))?;
            }
        }
        Ok::<_, io::Error>(())
    })?;
    drop(progress);
    let chains = ledger.report();
    chains.iter().for_each(|chain| counts.take(chain));
    if args.json {
        json(&mut stdout, &chains, &counts, &unread, &archive)?;
    } else {
        chains.iter().try_for_each(|chain| lines(&mut stdout, chain, &archive, context))?;
    }
    stdout.flush()?;
    context.note(counts.summary(context));
    Ok(counts.exit())
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Counts {
    records: u64,
    chains: u64,
    missing: u64,
    left_out: u64,
    repeated: u64,
    conflicting: u64,
    broken: u64,
    altered: u64,
    /// Records without columns for a chain.
    unchained: u64,
    /// Records whose columns for a chain hold no place in one.
    misplaced: u64,
    unreadable: u64,
    passed_over: u64,
}

impl Counts {
    fn take(&mut self, chain: &ChainReport) {
        let add = |count: &mut u64, more: u64| *count = count.saturating_add(more);
        add(&mut self.chains, 1);
        for gap in &chain.gaps {
            let count = match gap.kind {
                GapKind::Missing => &mut self.missing,
                GapKind::LeftOut => &mut self.left_out,
            };
            add(count, u64::try_from(gap.count).unwrap_or(0));
        }
        add(&mut self.repeated, chain.repeated.count);
        add(&mut self.conflicting, chain.conflicting.count);
        add(&mut self.broken, chain.broken.count);
        add(&mut self.altered, chain.altered.count);
    }

    fn exit(&self) -> Exit {
        let faults = [
            self.missing,
            self.left_out,
            self.conflicting,
            self.broken,
            self.altered,
            self.unchained,
            self.misplaced,
        ];
        if self.unreadable > 0 || self.records == 0 {
            Exit::Failed
        } else if faults.iter().any(|count| *count > 0) {
            Exit::NotValid
        } else {
            Exit::Holds
        }
    }

    fn summary(&self, context: &Context) -> String {
        let say = |english, portuguese| context.say(english, portuguese);
        let found = counted(&[
            (self.missing, say("missing", "faltando")),
            (self.left_out, left_out_word(self.left_out, context)),
            (self.repeated, context.plural(self.repeated, ["repeated"; 2], ["repetido", "repetidos"])),
            (self.conflicting, say("conflicting", "em conflito")),
            (self.broken, say("broken", "fora da cadeia")),
            (self.altered, context.plural(self.altered, ["altered"; 2], ["alterado", "alterados"])),
            (self.unchained, say("without a chain", "sem cadeia")),
            (self.misplaced, say("without a place in a chain", "sem lugar numa cadeia")),
            (self.unreadable, context.plural(self.unreadable, ["unreadable"; 2], ["ilegível", "ilegíveis"])),
            (self.passed_over, passed_over_word(self.passed_over, context)),
        ]);
        let chains = context.plural(self.chains, ["chain", "chains"], ["cadeia", "cadeias"]);
        let records = context.plural(self.records, ["record", "records"], ["registro", "registros"]);
        let found = if found.is_empty() { say("nothing missing", "nada falta").to_owned() } else { found };
        format!("{} {records}, {} {chains}: {found}", self.records, self.chains)
    }
}

/// One line for a chain, and one for each thing that is wrong with it.
fn lines(out: &mut impl Write, chain: &ChainReport, archive: &Archive, context: &Context) -> io::Result<()> {
    let say = |english, portuguese| context.say(english, portuguese);
    let faults = [&chain.conflicting, &chain.broken, &chain.altered];
    let is_whole = chain.gaps.is_empty() && faults.iter().all(|places| places.count == 0);
    if is_whole && context.quiet {
        return Ok(());
    }
    let word = if is_whole { say("whole", "íntegra") } else { say("not whole", "não íntegra") };
    write!(
        out,
        "{} {} {}",
        context.paint(is_whole, &format!("{word:12}")),
        say("chain", "cadeia"),
        Plain(&chain.chain_id)
    )?;
    if let Some(channel) = &chain.channel {
        write!(out, " ({})", Plain(channel))?;
    }
    let to = say("to", "a");
    let records = context.plural(chain.records, ["record", "records"], ["registro", "registros"]);
    writeln!(out, ": {} {to} {}, {} {records}", chain.first, chain.last, chain.records)?;
    chain.gaps.iter().try_for_each(|gap| gap_line(out, gap, context))?;
    let kinds = [
        (
            &chain.conflicting,
            say("conflicting: another record has this number", "em conflito: outro registro tem este número"),
        ),
        (
            &chain.broken,
            say("broken: does not follow the record before", "fora da cadeia: não segue o registro anterior"),
        ),
        (
            &chain.altered,
            say("altered: does not hash to what it says", "alterado: seu hash não é o que ele diz"),
        ),
        (&chain.repeated, say("repeated: the same record again", "repetido: o mesmo registro outra vez")),
    ];
    for (places, words) in kinds {
        for (sequence, (file, row)) in &places.named {
            let file = archive.files.get(*file);
            let path = file.map(|file| bulk::name(&file.path).into_owned()).unwrap_or_default();
            let (unit, row) = match file {
                Some(file) if file.has_lines() => (say("line", "linha"), row.saturating_add(1)),
                _ => (say("row", "registro"), *row),
            };
            writeln!(out, "    {sequence} {words}: {} {unit} {row}", Plain(&path))?;
        }
        let unnamed = places.count.saturating_sub(u64::try_from(places.named.len()).unwrap_or(u64::MAX));
        if unnamed > 0 {
            writeln!(out, "    {words}: {} {unnamed}", say("and so many more:", "e outros tantos:"))?;
        }
    }
    Ok(())
}

fn left_out_word(count: u64, context: &Context) -> &'static str {
    context.plural(count, ["left out by the proxy"; 2], ["omitido pelo proxy", "omitidos pelo proxy"])
}

fn gap_line(out: &mut impl Write, gap: &Gap, context: &Context) -> io::Result<()> {
    let say = |english, portuguese| context.say(english, portuguese);
    let words = match gap.kind {
        GapKind::Missing => say("missing", "faltando"),
        GapKind::LeftOut => left_out_word(u64::try_from(gap.count).unwrap_or(0), context),
    };
    write!(out, "    {}", gap.first)?;
    if gap.last > gap.first {
        write!(out, " {} {}", say("to", "a"), gap.last)?;
    }
    write!(out, " {words}: {}", gap.count)?;
    if let (Some(after), Some(before)) = (gap.after_ms, gap.before_ms) {
        let [between, and] = [say("between", "entre"), say("and", "e")];
        write!(out, ", {between} {} {and} {}", instant_ms_text(after), instant_ms_text(before))?;
    }
    writeln!(out)
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    tool: Tool,
    chains: Vec<ChainView<'a>>,
    unreadable: &'a [Unread],
    counts: &'a Counts,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct ChainView<'a> {
    chain_id: &'a str,
    channel: Option<&'a str>,
    first: i64,
    last: i64,
    records: u64,
    missing: Vec<GapView>,
    repeated: PlacesView<'a>,
    conflicting: PlacesView<'a>,
    broken: PlacesView<'a>,
    altered: PlacesView<'a>,
}

#[derive(Serialize)]
struct GapView {
    first: i64,
    last: i64,
    count: i64,
    kind: GapKind,
    after: Option<String>,
    before: Option<String>,
}

#[derive(Serialize)]
struct PlacesView<'a> {
    count: u64,
    records: Vec<PlaceView<'a>>,
}

#[derive(Serialize)]
struct PlaceView<'a> {
    sequence: i64,
    file: std::borrow::Cow<'a, str>,
    row: u64,
}

#[derive(Serialize)]
struct Unread {
    file: String,
    row: u64,
    message: String,
}

impl Unread {
    fn new(place: Place<'_>, fault: &Fault, context: &Context) -> Self {
        let file = bulk::name(&place.file.path).into_owned();
        Self { file, row: place.row, message: fault.words(context.language) }
    }
}

fn json(
    out: &mut impl Write,
    chains: &[ChainReport],
    counts: &Counts,
    unreadable: &[Unread],
    archive: &Archive,
) -> io::Result<()> {
    let tool = Tool { name: "lacre", version: env!("CARGO_PKG_VERSION") };
    let chains = chains.iter().map(|chain| view(chain, archive)).collect();
    serde_json::to_writer(&mut *out, &Report { schema: SCHEMA, tool, chains, unreadable, counts })?;
    out.write_all(b"\n")
}

fn view<'a>(chain: &'a ChainReport, archive: &'a Archive) -> ChainView<'a> {
    let places = |places: &Places| PlacesView {
        count: places.count,
        records: places
            .named
            .iter()
            .filter_map(|(sequence, (file, row))| {
                let file = bulk::name(&archive.files.get(*file)?.path);
                Some(PlaceView { sequence: *sequence, file, row: *row })
            })
            .collect(),
    };
    let gap = |gap: &Gap| GapView {
        first: gap.first,
        last: gap.last,
        count: gap.count,
        kind: gap.kind,
        after: gap.after_ms.map(instant_ms_text),
        before: gap.before_ms.map(instant_ms_text),
    };
    ChainView {
        chain_id: &chain.chain_id,
        channel: chain.channel.as_deref(),
        first: chain.first,
        last: chain.last,
        records: chain.records,
        missing: chain.gaps.iter().map(gap).collect(),
        repeated: places(&chain.repeated),
        conflicting: places(&chain.conflicting),
        broken: places(&chain.broken),
        altered: places(&chain.altered),
    }
}
