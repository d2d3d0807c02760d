//! What a Parquet file may ask for. The reader behind this gate gives memory by what the file says of itself: by the children
//! of a schema's node, by the size of a page unpacked, by the values of a dictionary. A file that lies in one of them would end
//! the process, and no error could be told. So all of them are walked through first.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use parquet::basic::Type as Physical;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

use super::fault::Fault;
use super::thrift::{Field, Walk};

/// Most columns of a file: the audit trail has some thirty.
pub(super) const COLUMNS_MAX: u64 = 256;

/// Longest footer, in bytes: some thousand row groups of all the columns.
const FOOTER_BYTES_MAX: u64 = 16 << 20;

/// Most bytes of one page, unpacked: twice the longest record, and some.
const PAGE_BYTES_MAX: i64 = 192 << 20;

/// Most bytes that the pages that are open at once (one of each column, and its dictionary) may unpack to.
const OPEN_BYTES_MAX: i64 = 768 << 20;

/// `PLAIN`, `PLAIN_DICTIONARY`, `RLE`, `BIT_PACKED` and `RLE_DICTIONARY`: what every writer uses unless it is told otherwise. The
/// others give memory by what a page says.
const ENCODINGS: [i64; 5] = [0, 2, 3, 4, 8];

const TAIL_BYTES: i64 = 8;

/// Looks at the footer: a flat schema of not too many columns.
pub(super) fn footer(file: &File) -> Result<(), Fault> {
    let walked = footer_of(file).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            Fault::Parquet("footer".to_owned())
        }
        _ => Fault::System(error.to_string()),
    });
    walked?
}

fn footer_of(mut file: &File) -> io::Result<Result<(), Fault>> {
    let tail_at = file.seek(SeekFrom::End(-TAIL_BYTES))?;
    let mut tail = [0; 8];
    file.read_exact(&mut tail)?;
    let [a, b, c, d, magic @ ..] = tail;
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    if magic != *b"PAR1" || length > tail_at {
        return Err(io::ErrorKind::InvalidData.into());
    }
    if length > FOOTER_BYTES_MAX {
        return Ok(Err(Fault::Excess("footer")));
    }
    file.seek(SeekFrom::Start(tail_at.saturating_sub(length)))?;
    let mut walk = Walk::new(BufReader::new(file.take(length)));
    let mut before = 0;
    while let Some(field) = walk.field(before)? {
        before = field.id;
        if field.id == 2 {
            return schema(&mut walk, field);
        }
        walk.skip(field)?;
    }
    Err(io::ErrorKind::InvalidData.into())
}

fn schema<R: Read>(walk: &mut Walk<R>, field: Field) -> io::Result<Result<(), Fault>> {
    let elements = walk.structs_of(field)?;
    if elements > COLUMNS_MAX {
        return Ok(Err(Fault::Excess("columns")));
    }
    for element in 0..elements {
        let mut children = 0;
        let mut before = 0;
        while let Some(field) = walk.field(before)? {
            before = field.id;
            if field.id == 5 { children = walk.integer_of(field)? } else { walk.skip(field)? }
        }
        // All are the children of the first.
        let expected = if element == 0 { elements.saturating_sub(1) } else { 0 };
        if u64::try_from(children) != Ok(expected) {
            return Ok(Err(Fault::Excess("nested columns")));
        }
    }
    Ok(Ok(()))
}

/// Looks at what the footer says of its rows: none takes less than an octet.
pub(super) fn rows(metadata: &ParquetMetaData, file_bytes: u64) -> Result<(), Fault> {
    let mut all = 0_i64;
    for group in metadata.row_groups() {
        if group.num_rows() < 0 {
            return Err(Fault::Excess("rows"));
        }
        all = all.checked_add(group.num_rows()).ok_or(Fault::Excess("rows"))?;
    }
    let said = metadata.file_metadata().num_rows();
    match u64::try_from(said) {
        Ok(rows) if rows <= file_bytes && said == all => Ok(()),
        _ => Err(Fault::Excess("rows")),
    }
}

/// Looks at every page header of a row group. Gives how many bytes its pages take, one of each column and its dictionary.
pub(super) fn pages(file: &File, group: &RowGroupMetaData) -> Result<i64, Fault> {
    let mut open = 0_i64;
    for column in group.columns() {
        let largest = chunk(file, column, group.num_rows()).map_err(|error| match error {
            Refused::Fault(fault) => fault,
            Refused::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Fault::Parquet("page header".to_owned())
            }
            Refused::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                Fault::Parquet("page header".to_owned())
            }
            Refused::Io(error) => Fault::System(error.to_string()),
        })?;
        open = open.saturating_add(largest);
    }
    if open > OPEN_BYTES_MAX { Err(Fault::Excess("pages")) } else { Ok(open) }
}

enum Refused {
    Io(io::Error),
    Fault(Fault),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Most bytes that one column holds open.
fn chunk(mut file: &File, column: &ColumnChunkMetaData, rows: i64) -> Result<i64, Refused> {
    let damaged = || Refused::Io(io::ErrorKind::InvalidData.into());
    let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
    let mut at = u64::try_from(start).map_err(|_| damaged())?;
    let mut left = u64::try_from(column.compressed_size()).map_err(|_| damaged())?;
    let (mut dictionary, mut page) = (0_i64, 0_i64);
    while left > 0 {
        file.seek(SeekFrom::Start(at))?;
        let mut walk = Walk::new(BufReader::with_capacity(512, file.take(left)));
        let header = Header::read(&mut walk)?;
        let whole = u64::try_from(header.packed).ok().and_then(|packed| packed.checked_add(walk.taken));
        let whole = whole.filter(|whole| *whole <= left).ok_or_else(damaged)?;
        header.check(column.column_type(), rows).map_err(Refused::Fault)?;
        let largest = if header.is_dictionary { &mut dictionary } else { &mut page };
        *largest = header.held().max(*largest);
        (at, left) = (at.saturating_add(whole), left.saturating_sub(whole));
    }
    Ok(dictionary.saturating_add(page))
}

/// What a page says of itself.
#[derive(Default)]
struct Header {
    is_dictionary: bool,
    unpacked: i64,
    packed: i64,
    values: i64,
    encoding: i64,
}

impl Header {
    fn read<R: Read>(walk: &mut Walk<R>) -> io::Result<Self> {
        let mut header = Self::default();
        let mut before = 0;
        while let Some(field) = walk.field(before)? {
            before = field.id;
            match field.id {
                2 => header.unpacked = walk.integer_of(field)?,
                3 => header.packed = walk.integer_of(field)?,
                5 | 7 | 8 if Walk::<R>::is_struct(field) => header.page(walk, field.id)?,
                _ => walk.skip(field)?,
            }
        }
        Ok(header)
    }

    /// A data page's header, a dictionary's, or that of a data page of version 2.
    fn page<R: Read>(&mut self, walk: &mut Walk<R>, of: i16) -> io::Result<()> {
        self.is_dictionary = of == 7;
        let encoding = if of == 8 { 4 } else { 2 };
        let mut before = 0;
        while let Some(field) = walk.field(before)? {
            before = field.id;
            match field.id {
                1 => self.values = walk.integer_of(field)?,
                id if id == encoding => self.encoding = walk.integer_of(field)?,
                _ => walk.skip(field)?,
            }
        }
        Ok(())
    }

    fn check(&self, kind: Physical, rows: i64) -> Result<(), Fault> {
        let width = if kind == Physical::INT64 { 8 } else { 4 };
        if !(0..=PAGE_BYTES_MAX).contains(&self.unpacked) || self.packed < 0 {
            return Err(Fault::Excess("page"));
        }
        // A value in a dictionary takes its width, or the length of its text, at least.
        let most = if self.is_dictionary { self.unpacked.checked_div(width).unwrap_or(0) } else { rows };
        if !(0..=most).contains(&self.values) {
            return Err(Fault::Excess("values"));
        }
        if !ENCODINGS.contains(&self.encoding) {
            return Err(Fault::Excess("encoding"));
        }
        Ok(())
    }

    /// What is held while the page is open: its octets, and of a dictionary a place for each of its values.
    fn held(&self) -> i64 {
        let places = if self.is_dictionary { self.values.saturating_mul(32) } else { 0 };
        self.unpacked.saturating_add(places)
    }
}
