//! `lacre audit export`: the messages of records, as files of their own.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_archive::bulk;
use lacre_archive::{Fault, Place};
use lacre_core::exchange::Channel;
use lacre_report::hex;
use lacre_report::record::{self, KeptMessage, Row, Side};
use serde::Serialize;

use super::{Progress, Source, Where, counted, unreadable};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::said::Said;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Every message of the records that are asked for becomes a file `EXCHANGE-request.xml` or `EXCHANGE-response.xml`, with `-NN` for the parts of \
a multipart body; it holds the octets that went over the wire, content coding aside. What is no XML ends in `.bin`. `manifest.ndjson` \
names each file, the SHA-256 of its octets, the verdict that was recorded, and the row that it comes from; a body that is kept elsewhere or \
was not kept stands in it with the reference that the record has. Nothing is ever overwritten: a record that is in the archive twice gives \
files that end in `-2`.

Examples:
  lacre audit export audit/log/ --exchange 0197f1c2-53b4-4d0e-8d5b-3f0a8f0f6c11 -o case-42/
  lacre audit export audit/log/spi/ --from 2026-11-01T00:00:00-03:00 --to 2026-11-02T00:00:00-03:00 -o day/
  lacre verify --trust bacen.pem --at message day/

Exit codes: 0 every message is written; 1 a body is kept elsewhere, or cannot be taken apart into messages (it is written as `-body.bin`); \
2 usage, something cannot be read or written, or no record is asked for.")]
pub(super) struct Args {
    /// The folder to write into; it is created if need be, and must be empty.
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,

    /// Writes into a folder that is not empty, beside what is there.
    #[arg(long)]
    into_non_empty: bool,

    /// Only the record of this exchange. May be given many times.
    #[arg(long, value_name = "ID")]
    exchange: Vec<String>,

    /// Only records of this channel.
    #[arg(long, value_name = "CHANNEL", value_parser = ["spi", "dict"])]
    channel: Option<String>,

    /// Only records whose request came at this instant (RFC 3339) or later.
    #[arg(long, value_name = "INSTANT", value_parser = instant_ms)]
    from: Option<i64>,

    /// Only records whose request came before this instant.
    #[arg(long, value_name = "INSTANT", value_parser = instant_ms)]
    to: Option<i64>,

    #[command(flatten)]
    source: Source,
}

fn instant_ms(text: &str) -> Result<i64, Said> {
    lacre_native::instant::parse_ms(text).ok_or_else(|| {
        Said::new(
            "give an instant like `2026-01-31T12:00:00Z`",
            "informe um instante como `2026-01-31T12:00:00Z`",
        )
    })
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let archive = args.source.find(context)?;
    let mut folder = Folder::open(&args.out, args.into_non_empty, context)?;
    let mut counts = Counts::default();
    let progress = Progress::new(&archive, context);
    let work =
        |_: Place<'_>, found: Result<Row, Fault>| found.map(|row| args.wants(&row).then(|| Wanted::of(&row)));
    let written = lacre_archive::each(&archive, work, |place, found| {
        progress.step();
        match found {
            Ok(None) => Ok(()),
            Ok(Some(wanted)) => folder.take(place, &wanted, &mut counts, context),
            Err(fault) => {
                counts.unreadable = counts.unreadable.saturating_add(1);
                progress.aside(true, || unreadable(&mut io::sink(), place, &fault, context))
            }
        }
    });
    drop(progress);
    written.and_then(|()| folder.manifest.flush()).map_err(|error| Failure::file(&args.out, &error))?;
    if counts.records == 0 && counts.unreadable == 0 {
        let message = context.say("no record is what was asked for", "nenhum registro é o que foi pedido");
        let help = context.say(
            "check --exchange, --channel, --from and --to; instants without an offset end in `Z`",
            "confira --exchange, --channel, --from e --to; instantes sem fuso terminam em `Z`",
        );
        return Err(Failure::new(message).help(help));
    }
    context.note(counts.summary(context));
    Ok(counts.exit())
}

impl Args {
    fn wants(&self, row: &Row) -> bool {
        let is_exchange = self.exchange.is_empty()
            || row.text("exchange_id").is_some_and(|id| self.exchange.iter().any(|wanted| wanted == id));
        let of_channel = self
            .channel
            .as_deref()
            .is_none_or(|wanted| record::channel(row).is_some_and(|channel| channel.as_str() == wanted));
        is_exchange && of_channel && self.wants_instant(row)
    }

    fn wants_instant(&self, row: &Row) -> bool {
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        let date = || row.text("request_date").and_then(|date| instant_ms(date).ok());
        row.integer("request_received_ms").or_else(date).is_some_and(|came| {
            self.from.is_none_or(|from| from <= came) && self.to.is_none_or(|to| came < to)
        })
    }
}

#[derive(Clone, Copy, Default)]
struct Counts {
    records: u64,
    messages: u64,
    elsewhere: u64,
    damaged: u64,
    unreadable: u64,
}

impl Counts {
    const fn exit(self) -> Exit {
        if self.unreadable > 0 {
            Exit::Failed
        } else if self.elsewhere > 0 || self.damaged > 0 {
            Exit::NotValid
        } else {
            Exit::Holds
        }
    }

    fn summary(self, context: &Context) -> String {
        let of = |count, english, portuguese| (count, context.plural(count, english, portuguese));
        let rest = counted(&[
            of(
                self.messages,
                ["message written", "messages written"],
                ["mensagem gravada", "mensagens gravadas"],
            ),
            of(
                self.elsewhere,
                ["body kept elsewhere", "bodies kept elsewhere"],
                ["corpo guardado em outro lugar", "corpos guardados em outro lugar"],
            ),
            of(
                self.damaged,
                ["body that is no message", "bodies that are no messages"],
                ["corpo que não é mensagem", "corpos que não são mensagens"],
            ),
            of(
                self.unreadable,
                ["row unreadable", "rows unreadable"],
                ["registro ilegível", "registros ilegíveis"],
            ),
        ]);
        let none = || context.say("no messages", "nenhuma mensagem").to_owned();
        let rest = if rest.is_empty() { none() } else { rest };
        let records = context.plural(self.records, ["record", "records"], ["registro", "registros"]);
        format!("{} {records}: {rest}", self.records)
    }
}

/// A record that was asked for, taken apart.
struct Wanted {
    exchange_id: Option<String>,
    channel: Option<Channel>,
    request_date: Option<String>,
    recorded_verdict: Option<String>,
    messages: lacre_core::Result<Vec<KeptMessage>>,
    /// Both bodies as they are, if they cannot be taken apart.
    whole: Vec<(Side, Vec<u8>)>,
    elsewhere: Vec<(Side, String, String)>,
}

impl Wanted {
    fn of(row: &Row) -> Self {
        let text = |column| row.text(column).map(str::to_owned);
        let elsewhere = Side::BOTH.into_iter().filter_map(|side| {
            let [body, encoding] = columns(side);
            let encoding = row.text(encoding).filter(|encoding| ["object", "omitted"].contains(encoding))?;
            let reference: String = row.text(body).unwrap_or_default().chars().take(100).collect();
            Some((side, encoding.to_owned(), reference))
        });
        let messages = record::messages(row);
        let whole = if messages.is_ok() { Vec::new() } else { bodies(row) };
        Self {
            exchange_id: text("exchange_id"),
            channel: record::channel(row),
            request_date: text("request_date"),
            recorded_verdict: text("response_signature_verdict"),
            messages,
            whole,
            elsewhere: elsewhere.collect(),
        }
    }
}

const fn columns(side: Side) -> [&'static str; 2] {
    match side {
        Side::Request => ["request_body", "request_body_encoding"],
        Side::Response => ["response_body", "response_body_encoding"],
    }
}

/// The bodies that a record has, as octets.
fn bodies(row: &Row) -> Vec<(Side, Vec<u8>)> {
    let body = |side: Side| {
        let [body, encoding] = columns(side);
        let text = row.text(body)?;
        match row.text(encoding) {
            Some("object" | "omitted") => None,
            Some("base64") => Some((side, BASE64_STANDARD.decode(text).unwrap_or_else(|_| text.into()))),
            _ => Some((side, text.into())),
        }
    };
    Side::BOTH.into_iter().filter_map(body).collect()
}

/// The folder that is written into.
struct Folder {
    path: PathBuf,
    manifest: BufWriter<File>,
}

/// A line of the manifest.
#[derive(Serialize)]
struct Entry<'a> {
    file: Option<&'a str>,
    exchange_id: Option<&'a str>,
    channel: Option<&'a str>,
    request_date: Option<&'a str>,
    side: Option<&'static str>,
    part: Option<u16>,
    bytes: Option<usize>,
    sha256: Option<&'a str>,
    recorded_verdict: Option<&'a str>,
    encoding: Option<&'a str>,
    reference: Option<&'a str>,
    code: Option<&'static str>,
    archive_file: &'a str,
    archive_row: u64,
}

impl Folder {
    fn open(path: &Path, into_non_empty: bool, context: &Context) -> Result<Self, Failure> {
        let failed = |error: &io::Error| Failure::file(path, error);
        std::fs::create_dir_all(path).map_err(|error| failed(&error))?;
        let is_empty = std::fs::read_dir(path).map_err(|error| failed(&error))?.next().is_none();
        if !is_empty && !into_non_empty {
            let words = context.say("the folder is not empty", "a pasta não está vazia");
            return Err(Failure::new(format!("`{}`: {words}", path.display())).help(context.say(
                "name another folder, or say `--into-non-empty`: nothing is overwritten",
                "indique outra pasta, ou diga `--into-non-empty`: nada é sobrescrito",
            )));
        }
        let (manifest, _) = create(path, "manifest", "ndjson").map_err(|error| failed(&error))?;
        Ok(Self { path: path.to_owned(), manifest: BufWriter::new(manifest) })
    }

    fn take(
        &mut self,
        place: Place<'_>,
        wanted: &Wanted,
        counts: &mut Counts,
        context: &Context,
    ) -> io::Result<()> {
        counts.records = counts.records.saturating_add(1);
        let archive_file = bulk::name(&place.file.path);
        let entry = || Entry {
            file: None,
            exchange_id: wanted.exchange_id.as_deref(),
            channel: wanted.channel.map(Channel::as_str),
            request_date: wanted.request_date.as_deref(),
            side: None,
            part: None,
            bytes: None,
            sha256: None,
            recorded_verdict: wanted.recorded_verdict.as_deref(),
            encoding: None,
            reference: None,
            code: None,
            archive_file: &archive_file,
            archive_row: place.row,
        };
        match &wanted.messages {
            Ok(messages) => {
                for KeptMessage { side, part, octets, .. } in messages {
                    let part_word = part.map(|part| format!("-{part:02}")).unwrap_or_default();
                    let stem = format!("{}-{}{part_word}", stem(wanted, place), side.as_str());
                    self.write(&stem, octets, Entry { side: Some(side.as_str()), part: *part, ..entry() })?;
                    counts.messages = counts.messages.saturating_add(1);
                }
            }
            Err(error) => {
                counts.damaged = counts.damaged.saturating_add(1);
                let words = error.in_language(context.language);
                context.warn(format_args!("{}: {words} [{}]", Where::of(place, context), error.code()));
                for (side, octets) in &wanted.whole {
                    let stem = format!("{}-{}-body", stem(wanted, place), side.as_str());
                    let entry = Entry { side: Some(side.as_str()), code: Some(error.code()), ..entry() };
                    self.write(&stem, octets, entry)?;
                }
            }
        }
        for (side, encoding, reference) in &wanted.elsewhere {
            counts.elsewhere = counts.elsewhere.saturating_add(1);
            self.tell(&Entry {
                side: Some(side.as_str()),
                encoding: Some(encoding),
                reference: Some(reference),
                ..entry()
            })?;
        }
        Ok(())
    }

    fn write(&mut self, stem: &str, octets: &[u8], entry: Entry<'_>) -> io::Result<()> {
        let start = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets).trim_ascii_start();
        let is_message = start.starts_with(b"<") && entry.code.is_none();
        let (mut file, name) = create(&self.path, stem, if is_message { "xml" } else { "bin" })?;
        file.write_all(octets)?;
        let sha256 = hex(&lacre_core::sha256(octets));
        self.tell(&Entry { file: Some(&name), bytes: Some(octets.len()), sha256: Some(&sha256), ..entry })
    }

    fn tell(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut self.manifest, entry)?;
        self.manifest.write_all(b"\n")
    }
}

/// What the names of a record's files begin with: they sort by exchange, and hold nothing that a file system or a shell minds.
fn stem(wanted: &Wanted, place: Place<'_>) -> String {
    let is_plain = |id: &&str| {
        (1..=64).contains(&id.len())
            && !id.starts_with('-')
            && id.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
    };
    let id = wanted.exchange_id.as_deref().filter(is_plain);
    id.map_or_else(|| format!("row-{:06}-{:09}", place.file_number, place.row), str::to_owned)
}

/// A new file of this name, or of this name with a number.
fn create(folder: &Path, stem: &str, ending: &str) -> io::Result<(File, String)> {
    let mut number = 1_u64;
    loop {
        let name = if number == 1 { format!("{stem}.{ending}") } else { format!("{stem}-{number}.{ending}") };
        match OpenOptions::new().write(true).create_new(true).open(folder.join(&name)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number = number.saturating_add(1),
            opened => return opened.map(|file| (file, name)),
        }
    }
}
