//! Parquet: rows put together from columns, some at a time.
//!
//! The pages are decoded by the `parquet` crate behind the gate. Its decoders are not written for files that were made to
//! deceive them: some of what is damaged inside a page ends in a panic there, which only the caller can turn into an error
//! (`guarded`).

use core::cell::Cell as Flag;
use core::panic::AssertUnwindSafe;
use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::panic;
use std::sync::{Arc, Once};

use bytes::Bytes;
use lacre_report::record::{Cell, Row};
use parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader as _, Length};
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::schema::types::ColumnDescriptor;

use super::fault::Fault;
use super::gate;
use super::meter::{Meter, Metered};

/// How many rows are decoded at once: what a row holds may be long.
const DECODED_ROWS: usize = 64;

/// The rows of a Parquet file.
pub(super) struct Columns {
    file: SerializedFileReader<Shared>,
    raw: Arc<File>,
    names: Vec<String>,
    next_group: usize,
    group: Vec<Column>,
    decoded: Vec<Row>,
    faults: Vec<Option<Fault>>,
    taken: usize,
    row: u64,
    ended: bool,
}

/// One column of a row group.
struct Column {
    reader: ColumnReader,
    is_optional: bool,
}

impl Columns {
    pub(super) fn open(file: File, meter: &Arc<Meter>) -> Result<Self, Fault> {
        gate::footer(&file)?;
        let raw = Arc::new(file);
        let shared = Shared { file: Arc::clone(&raw), meter: Arc::clone(meter) };
        guarded(|| {
            let length = shared.len();
            let file = SerializedFileReader::new(shared)?;
            gate::rows(file.metadata(), length)?;
            let schema = file.metadata().file_metadata().schema_descr();
            let columns = schema.columns();
            for (number, column) in columns.iter().enumerate() {
                let again = columns.iter().take(number).any(|other| other.name() == column.name());
                if again || !is_known(column) {
                    return Err(Fault::Kind(column.name().chars().take(64).collect()));
                }
            }
            let names = columns.iter().map(|column| column.name().to_owned()).collect();
            Ok(Self {
                file,
                raw,
                names,
                next_group: 0,
                group: Vec::new(),
                decoded: Vec::new(),
                faults: Vec::new(),
                taken: 0,
                row: 0,
                ended: false,
            })
        })
    }

    /// The next row and its number, counted from 0. After a fault of the file itself there is no more.
    pub(super) fn next(&mut self) -> Option<(u64, Result<Row, Fault>)> {
        if self.taken == self.decoded.len() && !self.ended {
            match guarded(|| self.decode()) {
                Ok(more) => self.ended = !more,
                Err(fault) => {
                    self.ended = true;
                    self.decoded.clear();
                    return Some((self.row, Err(fault)));
                }
            }
        }
        let row = self.decoded.get_mut(self.taken).map(core::mem::take)?;
        let fault = self.faults.get_mut(self.taken).and_then(Option::take);
        let number = self.row;
        self.taken = self.taken.saturating_add(1);
        self.row = number.saturating_add(1);
        Some((number, fault.map_or(Ok(row), Err)))
    }

    /// Decodes some more rows; false if there are none.
    fn decode(&mut self) -> Result<bool, Fault> {
        self.taken = 0;
        self.decoded.clear();
        loop {
            if !self.group.is_empty() && self.decode_group()? {
                return Ok(true);
            }
            self.group.clear();
            let metadata = self.file.metadata();
            let Some(group) = metadata.row_groups().get(self.next_group) else {
                let said = metadata.file_metadata().num_rows();
                let held = self.row;
                let whole = u64::try_from(said) == Ok(held);
                return if whole { Ok(false) } else { Err(Fault::Rows { said, held }) };
            };
            gate::pages(&self.raw, group)?;
            let reader = self.file.get_row_group(self.next_group)?;
            for (number, column) in group.columns().iter().enumerate() {
                let is_optional = column.column_descr().max_def_level() > 0;
                self.group.push(Column { reader: reader.get_column_reader(number)?, is_optional });
            }
            self.next_group = self.next_group.saturating_add(1);
        }
    }

    fn decode_group(&mut self) -> Result<bool, Fault> {
        let mut rows: Option<usize> = None;
        let mut cells = Vec::with_capacity(self.group.len());
        for (column, name) in self.group.iter_mut().zip(&self.names) {
            let (decoded, faulty) = column.decode()?;
            if *rows.get_or_insert(decoded.len()) != decoded.len() {
                return Err(Fault::Parquet("columns of different lengths".to_owned()));
            }
            cells.push((name, decoded.into_iter(), faulty));
        }
        let rows = rows.unwrap_or(0);
        self.faults = vec![None; rows];
        for (name, _, faulty) in &cells {
            for place in faulty {
                if let Some(fault) = self.faults.get_mut(*place) {
                    *fault = Some(Fault::NotText((*name).clone()));
                }
            }
        }
        for _ in 0..rows {
            let columns = cells.iter_mut();
            let columns = columns.map(|(name, cells, _)| (name.clone(), cells.next().unwrap_or(Cell::Null)));
            self.decoded.push(Row::new(columns.collect()));
        }
        Ok(rows > 0)
    }
}

impl Column {
    /// Some cells, and the places of those that should be text and are not.
    fn decode(&mut self) -> Result<(Vec<Cell>, Vec<usize>), Fault> {
        let mut faulty = Vec::new();
        let cells = match &mut self.reader {
            ColumnReader::Int32ColumnReader(reader) => {
                cells(reader, self.is_optional, |number, _| Cell::Integer(i64::from(*number)))
            }
            ColumnReader::Int64ColumnReader(reader) => {
                cells(reader, self.is_optional, |number, _| Cell::Integer(*number))
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                cells(reader, self.is_optional, |octets: &ByteArray, place| match octets.as_utf8() {
                    Ok(text) => Cell::Text(text.to_owned()),
                    Err(_) => {
                        faulty.push(place);
                        Cell::Null
                    }
                })
            }
            _ => Err(Fault::Kind(String::new())),
        }?;
        Ok((cells, faulty))
    }
}

fn cells<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    is_optional: bool,
    mut cell: impl FnMut(&T::T, usize) -> Cell,
) -> Result<Vec<Cell>, Fault> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let (rows, ..) =
        reader.read_records(DECODED_ROWS, is_optional.then_some(&mut levels), None, &mut values)?;
    let mut values = values.iter();
    let mut place = 0;
    Ok(core::iter::repeat_n((), rows)
        .map(|()| {
            let is_there = !is_optional || levels.get(place) == Some(&1);
            let cell =
                is_there.then(|| values.next()).flatten().map_or(Cell::Null, |value| cell(value, place));
            place = place.saturating_add(1);
            cell
        })
        .collect())
}

/// Text and whole numbers, at most once in a row.
fn is_known(column: &ColumnDescriptor) -> bool {
    let plain = match (column.physical_type(), column.logical_type_ref(), column.converted_type()) {
        (Physical::BYTE_ARRAY, Some(LogicalType::String | LogicalType::Json | LogicalType::Enum), _) => true,
        (Physical::BYTE_ARRAY, None, ConvertedType::UTF8 | ConvertedType::NONE | ConvertedType::JSON) => true,
        (Physical::INT32 | Physical::INT64, Some(LogicalType::Integer(integer)), _) => integer.is_signed,
        (Physical::INT32 | Physical::INT64, None, ConvertedType::NONE) => true,
        _ => false,
    };
    plain && column.max_rep_level() == 0 && column.max_def_level() <= 1
}

/// A file that is read at several places.
struct Shared {
    file: Arc<File>,
    meter: Arc<Meter>,
}

impl Length for Shared {
    fn len(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }
}

impl ChunkReader for Shared {
    type T = BufReader<Metered>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(start))?;
        // Page headers are short, and what follows is read apart.
        Ok(BufReader::with_capacity(256, Metered { file, meter: Arc::new(Meter::default()) }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let past = || ParquetError::EOF("the file ends before its columns do".to_owned());
        let wanted = u64::try_from(length).map_err(|_| past())?;
        // No memory is given for what is not there.
        start.checked_add(wanted).filter(|end| *end <= self.len()).ok_or_else(past)?;
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(start))?;
        let mut octets = Vec::with_capacity(length);
        Metered { file, meter: Arc::clone(&self.meter) }.take(wanted).read_to_end(&mut octets)?;
        if octets.len() == length { Ok(octets.into()) } else { Err(past()) }
    }
}

thread_local! {
    static GUARDED: Flag<bool> = const { Flag::new(false) };
}

/// Turns a panic of the decoders into an error. What they worked on is dropped; nothing outlives them half done.
fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                usual(panic);
            }
        }));
    });
    GUARDED.set(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(false);
    done.unwrap_or_else(|_| Err(Fault::Parquet("its pages cannot be decoded".to_owned())))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::audit::write_parquet;

    fn rows() -> Vec<Row> {
        let row = |number: i64| {
            let text = |text: &str| Cell::Text(text.to_owned());
            let columns = [
                ("request_path", text("/api/v2/entries/")),
                (
                    "request_body",
                    if number % 3 == 0 { Cell::Null } else { text(&format!("<a>{number}</a>")) },
                ),
                ("response_status_code", Cell::Integer(200 + number % 2)),
                ("chain_sequence", Cell::Integer(number)),
            ];
            Row::new(columns.into_iter().map(|(name, cell)| (name.to_owned(), cell)).collect())
        };
        (0..150).map(row).collect()
    }

    fn octets() -> Vec<u8> {
        let mut octets = Vec::new();
        write_parquet(&mut octets, &rows().iter().collect::<Vec<_>>()).unwrap();
        octets
    }

    /// The rows, and the fault that ended the reading.
    fn read(octets: &[u8]) -> (Vec<Row>, Option<Fault>) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(octets).unwrap();
        let mut columns = match Columns::open(file, &Arc::default()) {
            Ok(columns) => columns,
            Err(fault) => return (Vec::new(), Some(fault)),
        };
        let (mut rows, mut last) = (Vec::new(), None);
        while let Some((number, row)) = columns.next() {
            assert!(number < 10_000, "a file of {} octets has no end", octets.len());
            match row {
                Ok(row) => rows.push(row),
                Err(fault) => last = Some(fault),
            }
        }
        (rows, last)
    }

    #[test]
    fn rows_come_back_as_they_were_written() {
        assert_eq!(read(&octets()), (rows(), None));
    }

    #[test]
    fn a_file_that_was_cut_anywhere_is_a_fault() {
        let octets = octets();
        for length in 0..octets.len() {
            assert!(read(&octets[..length]).1.is_some(), "cut to {length}");
        }
    }

    #[test]
    fn no_octet_that_changes_ends_the_process_or_goes_on_for_ever() {
        let octets = octets();
        for place in 0..octets.len() {
            for change in [0x01, 0x10, 0x80, 0xff] {
                let mut changed = octets.clone();
                changed[place] ^= change;
                read(&changed);
            }
        }
    }

    #[test]
    fn a_panic_of_the_decoders_is_an_error_and_others_stay_panics() {
        let caught = guarded::<()>(|| panic!("not printed"));
        assert_eq!(caught, Err(Fault::Parquet("its pages cannot be decoded".to_owned())));
        assert!(panic::catch_unwind(|| panic!("printed")).is_err());
    }
}
