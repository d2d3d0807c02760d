//! The way through an archive: rows are read, looked at on all processors, and handed on in their order.

use std::fs::File;
use std::sync::Arc;

use lacre_report::record::Row;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::columns::Columns;
use super::fault::Fault;
use super::find::{Archive, ArchiveFile, Kind};
use super::lines::Lines;
use super::meter::{Meter, Metered};
use crate::threads;

/// How many rows are looked at together, and how many octets of them: what bounds memory.
const BATCH_ROWS: usize = 512;
const BATCH_BYTES: usize = 16 << 20;

/// Where a row stands.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Place<'a> {
    /// The file.
    pub file: &'a ArchiveFile,
    /// Its number in the archive.
    pub file_number: usize,
    /// The row in the file, counted from 0; the line of a file of lines.
    pub row: u64,
}

/// Does `work` on every row of an archive on all processors, and hands what comes of it to `next` in the order of files and rows.
/// A row that cannot be read has its place and says why; so does the rest of a file that cannot be read. Stops at the first error
/// of `next`.
///
/// # Errors
/// Those of `next`.
pub fn each<T: Send, E>(
    archive: &Archive,
    work: impl Fn(Place<'_>, Result<Row, Fault>) -> T + Sync,
    mut next: impl FnMut(Place<'_>, T) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = Reader::new(archive);
    let mut batch = reader.batch();
    while !batch.is_empty() {
        let looked_at;
        (looked_at, batch) = match threads::pool() {
            // While these are looked at, the next are read.
            Some(pool) => pool.install(|| {
                let rows = batch.into_par_iter();
                rayon::join(|| rows.map(|read| look(&work, read)).collect(), || reader.batch())
            }),
            None => (batch.into_iter().map(|read| look(&work, read)).collect::<Vec<_>>(), reader.batch()),
        };
        looked_at.into_iter().try_for_each(|(place, one)| next(place, one))?;
    }
    Ok(())
}

fn look<'a, T>(
    work: &impl Fn(Place<'_>, Result<Row, Fault>) -> T,
    (place, found): Read<'a>,
) -> (Place<'a>, T) {
    (place, work(place, found.and_then(Found::into_row)))
}

/// What was read of a row: lines are taken apart where rows are looked at.
enum Found {
    Line(Vec<u8>),
    Row(Row),
}

impl Found {
    fn into_row(self) -> Result<Row, Fault> {
        match self {
            Self::Row(row) => Ok(row),
            Self::Line(line) => Row::read(&line).map_err(Fault::Row),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Line(line) => line.len(),
            Self::Row(row) => row.columns().iter().fold(0, |sum, (name, cell)| {
                let text = if let lacre_report::record::Cell::Text(text) = cell { text.len() } else { 8 };
                sum.saturating_add(name.len()).saturating_add(text)
            }),
        }
    }
}

type Read<'a> = (Place<'a>, Result<Found, Fault>);

struct Reader<'a> {
    archive: &'a Archive,
    next_file: usize,
    rows: Option<(Place<'a>, Rows)>,
}

enum Rows {
    Lines(Lines),
    Columns(Box<Columns>),
}

impl<'a> Reader<'a> {
    const fn new(archive: &'a Archive) -> Self {
        Self { archive, next_file: 0, rows: None }
    }

    fn batch(&mut self) -> Vec<Read<'a>> {
        let mut batch = Vec::new();
        let mut bytes = 0_usize;
        while batch.len() < BATCH_ROWS && bytes < BATCH_BYTES {
            let Some(read) = self.next() else { break };
            bytes = bytes.saturating_add(read.1.as_ref().map_or(0, Found::bytes));
            batch.push(read);
        }
        batch
    }

    fn next(&mut self) -> Option<Read<'a>> {
        loop {
            if let Some((place, rows)) = &mut self.rows
                && let Some((row, found)) = rows.next()
            {
                return Some((Place { row, ..*place }, found));
            }
            let file_number = self.next_file;
            let file = self.archive.files.get(file_number)?;
            self.next_file = file_number.saturating_add(1);
            let place = Place { file, file_number, row: 0 };
            match Rows::open(file, &self.archive.meter) {
                Ok(rows) => self.rows = Some((place, rows)),
                Err(fault) => {
                    self.rows = None;
                    return Some((place, Err(fault)));
                }
            }
        }
    }
}

impl Rows {
    fn open(file: &ArchiveFile, meter: &Arc<Meter>) -> Result<Self, Fault> {
        let opened: File = file.open().map_err(|error| Fault::System(error.to_string()))?;
        match file.kind {
            Kind::Parquet => Ok(Self::Columns(Box::new(Columns::open(opened, meter)?))),
            Kind::Lines | Kind::GzipLines => {
                let metered = Metered { file: opened, meter: Arc::clone(meter) };
                Ok(Self::Lines(Lines::open(metered, file.kind)))
            }
            Kind::Foreign => Err(Fault::Foreign),
        }
    }

    fn next(&mut self) -> Option<(u64, Result<Found, Fault>)> {
        match self {
            Self::Lines(lines) => lines.next().map(|(row, line)| (row, line.map(Found::Line))),
            Self::Columns(columns) => columns.next().map(|(row, found)| (row, found.map(Found::Row))),
        }
    }
}
