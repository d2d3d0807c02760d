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
use lacre_report::record::{Cell, Row, RowFault};
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
use crate::RECORD_BYTES_MAX;

/// Most rows that are decoded at once, and most bytes of the pages that they hold open: each may stand in another page.
const DECODED_ROWS: i64 = 64;
const DECODED_BYTES: i64 = 256 << 20;

/// Most bytes of text that the rows of one file come to: so many of any file, and so many more for each of its own bytes. A dictionary
/// of one long text makes a row of every few bits; messages with signatures in them shrink to a tenth, and not to a thousandth.
const TEXT_BYTES_FREE: u64 = 1 << 30;
const TEXT_BYTES_PER_BYTE: u64 = 1000;

/// The rows of a Parquet file.
pub(super) struct Columns {
    file: SerializedFileReader<Shared>,
    raw: Arc<File>,
    names: Vec<String>,
    next_group: usize,
    group: Vec<Column>,
    /// The rows that are decoded, column by column.
    decoded: Vec<Vec<Decoded>>,
    taken: usize,
    /// How many there are.
    rows: usize,
    /// How many are decoded at once.
    rows_at_once: usize,
    text_bytes_left: u64,
    row: u64,
    ended: bool,
}

/// A cell as it is decoded. Texts stand in the page that they come from: those of a dictionary cost their length once.
enum Decoded {
    Text(ByteArray),
    Integer(i64),
    Null,
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
            let free = length.saturating_mul(TEXT_BYTES_PER_BYTE).saturating_add(TEXT_BYTES_FREE);
            let names = columns.iter().map(|column| column.name().to_owned()).collect();
            Ok(Self {
                file,
                raw,
                names,
                next_group: 0,
                group: Vec::new(),
                decoded: Vec::new(),
                taken: 0,
                rows: 0,
                rows_at_once: 1,
                text_bytes_left: free,
                row: 0,
                ended: false,
            })
        })
    }

    /// The next row and its number, counted from 0. After a fault of the file itself there is no more.
    pub(super) fn next(&mut self) -> Option<(u64, Result<Row, Fault>)> {
        if self.taken == self.rows && !self.ended {
            match guarded(|| self.decode()) {
                Ok(more) => self.ended = !more,
                Err(fault) => return Some(self.end(fault)),
            }
        }
        if self.taken == self.rows {
            return None;
        }
        let bytes = self.text_bytes();
        let fits = bytes <= u64::try_from(RECORD_BYTES_MAX).unwrap_or(u64::MAX);
        // No memory is given for what is too long.
        let row = if fits { self.row_at(self.taken) } else { Err(Fault::Row(RowFault::RowTooLong)) };
        match self.text_bytes_left.checked_sub(if fits { bytes } else { 0 }) {
            Some(left) => self.text_bytes_left = left,
            None => return Some(self.end(Fault::Excess("text"))),
        }
        let number = self.row;
        self.taken = self.taken.saturating_add(1);
        self.row = number.saturating_add(1);
        Some((number, row))
    }

    /// Ends the reading.
    fn end(&mut self, fault: Fault) -> (u64, Result<Row, Fault>) {
        self.ended = true;
        self.decoded.clear();
        self.rows = 0;
        self.taken = 0;
        (self.row, Err(fault))
    }

    /// How much text the next row holds.
    fn text_bytes(&self) -> u64 {
        let cells = self.decoded.iter().filter_map(|column| column.get(self.taken));
        let text = cells.map(|cell| if let Decoded::Text(text) = cell { text.len() } else { 0 });
        u64::try_from(text.fold(0, usize::saturating_add)).unwrap_or(u64::MAX)
    }

    fn row_at(&self, place: usize) -> Result<Row, Fault> {
        let cells = self.decoded.iter().zip(&self.names).map(|(column, name)| {
            let cell = match column.get(place) {
                Some(Decoded::Text(text)) => {
                    let text = text.as_utf8().map_err(|_| Fault::NotText(name.clone()))?;
                    Cell::Text(text.to_owned())
                }
                Some(Decoded::Integer(number)) => Cell::Integer(*number),
                Some(Decoded::Null) | None => Cell::Null,
            };
            Ok((name.clone(), cell))
        });
        cells.collect::<Result<_, _>>().map(Row::new)
    }

    /// Decodes some more rows; false if there are none.
    fn decode(&mut self) -> Result<bool, Fault> {
        self.taken = 0;
        self.rows = 0;
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
            let open_bytes = gate::pages(&self.raw, group)?;
            let fitting = DECODED_BYTES.checked_div(open_bytes).unwrap_or(DECODED_ROWS);
            self.rows_at_once = usize::try_from(fitting.clamp(1, DECODED_ROWS)).unwrap_or(1);
            let reader = self.file.get_row_group(self.next_group)?;
            for (number, column) in group.columns().iter().enumerate() {
                let is_optional = column.column_descr().max_def_level() > 0;
                self.group.push(Column { reader: reader.get_column_reader(number)?, is_optional });
            }
            self.next_group = self.next_group.saturating_add(1);
        }
    }

    fn decode_group(&mut self) -> Result<bool, Fault> {
        self.decoded.clear();
        let mut rows: Option<usize> = None;
        for column in &mut self.group {
            let decoded = column.decode(self.rows_at_once)?;
            if *rows.get_or_insert(decoded.len()) != decoded.len() {
                return Err(Fault::Parquet("columns of different lengths".to_owned()));
            }
            self.decoded.push(decoded);
        }
        self.rows = rows.unwrap_or(0);
        Ok(self.rows > 0)
    }
}

impl Column {
    /// Some cells.
    fn decode(&mut self, rows: usize) -> Result<Vec<Decoded>, Fault> {
        match &mut self.reader {
            ColumnReader::Int32ColumnReader(reader) => {
                cells(reader, rows, self.is_optional, |number| Decoded::Integer(i64::from(number)))
            }
            ColumnReader::Int64ColumnReader(reader) => {
                cells(reader, rows, self.is_optional, Decoded::Integer)
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                cells(reader, rows, self.is_optional, Decoded::Text)
            }
            _ => Err(Fault::Kind(String::new())),
        }
    }
}

fn cells<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    most: usize,
    is_optional: bool,
    cell: impl Fn(T::T) -> Decoded,
) -> Result<Vec<Decoded>, Fault> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let (rows, ..) = reader.read_records(most, is_optional.then_some(&mut levels), None, &mut values)?;
    let mut values = values.into_iter();
    Ok((0..rows)
        .map(|place| {
            let is_there = !is_optional || levels.get(place) == Some(&1);
            is_there.then(|| values.next()).flatten().map_or(Decoded::Null, &cell)
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
    use crate::write_parquet;

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
