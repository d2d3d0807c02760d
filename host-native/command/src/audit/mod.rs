//! `lacre audit`: what an archive of audit records proves, what is missing from it, and the messages in it.

mod export;
mod gaps;
mod verify;

use core::fmt;
use std::io::{self, Write};
use std::path::PathBuf;

use indicatif::ProgressBar;
use lacre_archive::Format;
use lacre_archive::bulk;
use lacre_archive::{Archive, Choice, Fault, Place};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::progress;
use crate::reading::{Plain, passed_over_word};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Verifies every record: its signatures, its seal, and what was recorded of it.
    Verify(verify::Args),
    /// Finds what is missing from the chains of records, or was put into them.
    Gaps(gaps::Args),
    /// Writes the messages of records as files of their own.
    Export(export::Args),
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    match &args.what {
        What::Verify(args) => verify::run(args, context),
        What::Gaps(args) => gaps::run(args, context),
        What::Export(args) => export::run(args, context),
    }
}

/// What is read.
#[derive(Debug, clap::Args)]
struct Source {
    /// The format to read. `auto` reads both, and of a Parquet and an NDJSON file that differ in their ending alone (the native
    /// proxy writes each record into both) only the Parquet.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: FormatArg,

    /// Archive files, or folders of them, with or without partitions; names that begin with `_` or `.` are left aside.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum FormatArg {
    #[default]
    Auto,
    Parquet,
    Ndjson,
}

impl Source {
    /// Finds the files; that there is nothing wrong in a wrong folder must not look like success.
    fn find(&self, context: &Context) -> Result<Archive, Failure> {
        let choice = match self.format {
            FormatArg::Auto => Choice::Each,
            FormatArg::Parquet => Choice::Only(Format::Parquet),
            FormatArg::Ndjson => Choice::Only(Format::Ndjson),
        };
        let archive = lacre_archive::find(&self.paths, choice);
        if archive.files.is_empty() {
            let message = context.say("there is no archive file", "não há nenhum arquivo da trilha");
            let words = format!(
                "{message}: {} {}",
                archive.passed_over,
                passed_over_word(archive.passed_over, context)
            );
            return Err(Failure::new(words).help(context.say(
                "of a folder, files that end in `.parquet`, `.ndjson`, `.jsonl` or `.json` (and `.gz`) and are not hidden are read, and \
                 only those of `--format`",
                "de uma pasta são lidos os arquivos terminados em `.parquet`, `.ndjson`, `.jsonl` ou `.json` (e `.gz`) que não sejam \
                 ocultos, e só os do `--format`",
            )));
        }
        if archive.twins > 0 {
            context.note(format_args!(
                "{} {}",
                archive.twins,
                context.plural(
                    archive.twins,
                    [
                        "NDJSON file was left aside: a Parquet file of the same name holds the same records (`--format ndjson` reads the other)",
                        "NDJSON files were left aside: Parquet files of the same names hold the same records (`--format ndjson` reads the others)",
                    ],
                    [
                        "arquivo NDJSON foi deixado de lado: um arquivo Parquet de mesmo nome tem os mesmos registros (`--format ndjson` lê o outro)",
                        "arquivos NDJSON foram deixados de lado: arquivos Parquet de mesmo nome têm os mesmos registros (`--format ndjson` lê os outros)",
                    ],
                )
            ));
        }
        Ok(archive)
    }
}

/// How far the reading has come, shown to a person on standard error.
struct Progress<'a> {
    bar: ProgressBar,
    archive: &'a Archive,
    shares_terminal: bool,
}

impl<'a> Progress<'a> {
    fn new(archive: &'a Archive, context: &Context) -> Self {
        let shown = context.stderr_is_terminal && !context.quiet;
        let bar = if shown {
            ProgressBar::new(archive.progress().1).with_style(progress::of_bytes(context))
        } else {
            ProgressBar::hidden()
        };
        Self { bar, archive, shares_terminal: shown && context.stdout_is_terminal }
    }

    /// Shows how much has been read by now.
    fn step(&self) {
        self.bar.set_position(self.archive.progress().0);
    }

    /// Writes results without the bar in between; `told` says that some of it goes to standard error.
    fn aside<T>(&self, told: bool, write: impl FnOnce() -> T) -> T {
        if told || self.shares_terminal { self.bar.suspend(write) } else { write() }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A row as people look it up: lines counted from 1, as editors do; rows of Parquet from 0, as `file_row_number` does.
struct Where<'a> {
    path: String,
    place: Place<'a>,
    context: Context,
}

impl<'a> Where<'a> {
    fn of(place: Place<'a>, context: &Context) -> Self {
        Self { path: bulk::name(&place.file.path).into_owned(), place, context: *context }
    }
}

impl fmt::Display for Where<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, number) = if self.place.file.has_lines() {
            (self.context.say("line", "linha"), self.place.row.saturating_add(1))
        } else {
            (self.context.say("row", "registro"), self.place.row)
        };
        write!(f, "{} {word} {number}", Plain(&self.path))
    }
}

/// Tells that a row could not be read, after the results before it.
fn unreadable(out: &mut impl Write, place: Place<'_>, fault: &Fault, context: &Context) -> io::Result<()> {
    out.flush()?;
    let words = format!("{}: {}", Where::of(place, context), Plain(&fault.words(context.language)));
    context.tell(&Failure::new(words).help(fault.help(context.language)));
    Ok(())
}

/// A number and what it counts, where there is something to count.
fn counted(parts: &[(u64, &str)]) -> String {
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    parts.map(|(count, words)| format!("{count} {words}")).collect::<Vec<_>>().join(", ")
}
