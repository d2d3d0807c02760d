//! The audit trail as Parquet: typed columns, compressed, ready for Athena, Spark and DuckDB.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use lacre_core::exchange::record::{self, Record};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::SerializedFileReader;
use parquet::file::writer::SerializedFileWriter;
use parquet::record::Field;
use parquet::record::reader::RowIter;
use parquet::schema::types::{Type, TypePtr};

use lacre_report::record::{Cell, Row};

/// How many rows are decoded at once when a file is read back.
const READ_BATCH_ROWS: usize = 64;

/// Reads the rows of a Parquet file one at a time.
///
/// # Errors
/// The file cannot be opened or is no Parquet. Each row fails by itself.
pub fn read_parquet(path: &Path) -> io::Result<impl Iterator<Item = io::Result<Row>> + use<>> {
    let reader = SerializedFileReader::new(File::open(path)?).map_err(invalid)?;
    let rows = RowIter::from_file_into(Box::new(reader)).with_batch_size(READ_BATCH_ROWS);
    Ok(rows.map(|row| row.map_err(invalid).and_then(|row| to_row(row.into_columns()))))
}

/// Writes `rows` as one row group. The same rows give the same octets: nothing in the file tells when it was written.
///
/// # Errors
/// It cannot be written, or a row holds text where its column has numbers.
pub fn write_parquet(out: impl Write + Send, rows: &[&Row]) -> io::Result<()> {
    let columns = columns(rows);
    let schema = schema(&columns).map_err(io::Error::other)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(concat!("lacre version ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let mut file = SerializedFileWriter::new(out, schema, Arc::new(properties)).map_err(io::Error::other)?;
    write_rows(&mut file, &columns, rows).map_err(io::Error::other)?;
    file.close().map(|_| ()).map_err(io::Error::other)
}

/// How a column is typed, by its name alone, so that every file agrees; a column that is not known is text.
fn kind(column: &str) -> Kind {
    let declared = Record::COLUMNS.iter().find(|(name, _)| *name == column).map(|(_, kind)| *kind);
    match declared {
        // A status code is Glue's `int`, as in the tables of the AWS sample.
        Some(record::Kind::Integer) if column.ends_with("_status_code") => Kind::Int32,
        Some(record::Kind::Integer) => Kind::Int64,
        Some(record::Kind::Text) | None => Kind::Text,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Int32,
    Int64,
}

/// The columns of all rows, each once, in the order in which they first appear: a spool written before an update may
/// hold rows with fewer of them.
fn columns<'a>(rows: &[&'a Row]) -> Vec<(&'a str, Kind)> {
    let mut columns: Vec<(&'a str, Kind)> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| row.columns()) {
        if !columns.iter().any(|(known, _)| known == name) {
            columns.push((name, kind(name)));
        }
    }
    columns
}

fn schema(columns: &[(&str, Kind)]) -> Result<TypePtr, ParquetError> {
    let fields = columns.iter().map(|(name, kind)| {
        let (physical, logical) = match kind {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Int32 => (Physical::INT32, None),
            Kind::Int64 => (Physical::INT64, None),
        };
        let field = Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical);
        field.build().map(Arc::new)
    });
    Type::group_type_builder("audit").with_fields(fields.collect::<Result<_, _>>()?).build().map(Arc::new)
}

fn write_rows<W: Write + Send>(
    file: &mut SerializedFileWriter<W>,
    columns: &[(&str, Kind)],
    rows: &[&Row],
) -> Result<(), ParquetError> {
    let mut group = file.next_row_group()?;
    let mut names = columns.iter();
    while let (Some(mut column), Some((name, _))) = (group.next_column()?, names.next()) {
        let cells = || rows.iter().map(|row| row.cell(name));
        match column.untyped() {
            ColumnWriter::ByteArrayColumnWriter(writer) => {
                let (levels, texts) = split(cells(), |cell| match cell {
                    Cell::Text(text) => Ok(Some(ByteArray::from(text.as_str()))),
                    other => integer(other)
                        .map(|number| number.map(|n| ByteArray::from(n.to_string().into_bytes()))),
                })?;
                writer.write_batch(&texts, Some(&levels), None)?;
            }
            ColumnWriter::Int32ColumnWriter(writer) => {
                let narrow = |number: i64| i32::try_from(number).map_err(|_| mismatch(name));
                let (levels, numbers) = split(cells(), |cell| integer(cell)?.map(narrow).transpose())?;
                writer.write_batch(&numbers, Some(&levels), None)?;
            }
            ColumnWriter::Int64ColumnWriter(writer) => {
                let (levels, numbers) = split(cells(), integer)?;
                writer.write_batch(&numbers, Some(&levels), None)?;
            }
            _ => return Err(mismatch(name)),
        }
        column.close()?;
    }
    group.close().map(|_| ())
}

/// Parquet keeps an optional column as a level for each row (1 = there) and the values that are there.
fn split<'a, T>(
    cells: impl Iterator<Item = Option<&'a Cell>>,
    value: impl Fn(&Cell) -> Result<Option<T>, ParquetError>,
) -> Result<(Vec<i16>, Vec<T>), ParquetError> {
    let mut levels = Vec::new();
    let mut values = Vec::new();
    for cell in cells {
        let found = cell.map(&value).transpose()?.flatten();
        levels.push(i16::from(found.is_some()));
        values.extend(found);
    }
    Ok((levels, values))
}

fn integer(cell: &Cell) -> Result<Option<i64>, ParquetError> {
    match cell {
        Cell::Integer(integer) => Ok(Some(*integer)),
        Cell::Null => Ok(None),
        Cell::Text(_) => Err(ParquetError::General("text in a column of numbers".to_owned())),
    }
}

fn mismatch(column: &str) -> ParquetError {
    ParquetError::General(format!("a value does not fit column `{column}`"))
}

fn to_row(columns: Vec<(String, Field)>) -> io::Result<Row> {
    let cell = |field| match field {
        Field::Str(text) => Ok(Cell::Text(text)),
        Field::Int(number) => Ok(Cell::Integer(i64::from(number))),
        Field::Long(number) => Ok(Cell::Integer(number)),
        Field::Null => Ok(Cell::Null),
        _ => Err(invalid(ParquetError::General(
            "a column of a kind that the audit trail does not have".to_owned(),
        ))),
    };
    let columns: io::Result<_> =
        columns.into_iter().map(|(name, field)| cell(field).map(|cell| (name, cell))).collect();
    columns.map(Row::new)
}

fn invalid(error: ParquetError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(columns: &[(&str, Cell)]) -> Row {
        Row::new(columns.iter().map(|(name, cell)| ((*name).to_owned(), cell.clone())).collect())
    }

    fn written(rows: &[&Row]) -> Vec<u8> {
        let mut octets = Vec::new();
        write_parquet(&mut octets, rows).unwrap();
        octets
    }

    fn read(octets: &[u8]) -> io::Result<Vec<Row>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), octets).unwrap();
        read_parquet(file.path())?.collect()
    }

    #[test]
    fn rows_of_two_versions_share_a_file() {
        let older = row(&[
            ("request_path", Cell::Text("ação\u{0}".to_owned())),
            ("response_status_code", Cell::Null),
        ]);
        let newer = row(&[
            ("request_path", Cell::Null),
            ("chain_sequence", Cell::Integer(i64::MAX)),
            ("added", Cell::Null),
        ]);
        let rows = read(&written(&[&older, &newer])).unwrap();
        assert_eq!(rows[0].text("request_path"), Some("ação\u{0}"));
        assert_eq!(rows[0].cell("added"), Some(&Cell::Null));
        assert_eq!(rows[1].integer("chain_sequence"), Some(i64::MAX));
        assert_eq!(rows[1].columns().len(), 4);
    }

    #[test]
    fn the_same_rows_give_the_same_octets() {
        let one = row(&[("request_path", Cell::Text("/".to_owned())), ("chain_sequence", Cell::Integer(7))]);
        assert!(written(&[&one, &one]) == written(&[&one, &one]));
    }

    #[test]
    fn a_value_that_does_not_fit_its_column_is_an_error() {
        for bad in [Cell::Integer(i64::from(i32::MAX) + 1), Cell::Text("200".to_owned())] {
            let row = row(&[("response_status_code", bad)]);
            assert!(write_parquet(Vec::new(), &[&row]).is_err());
        }
    }

    #[test]
    fn a_file_that_was_cut_is_an_error() {
        let one =
            row(&[("request_path", Cell::Text("/".repeat(1000))), ("chain_sequence", Cell::Integer(7))]);
        let octets = written(&[&one]);
        for length in 0..octets.len() {
            assert!(read(&octets[..length]).is_err(), "cut to {length}");
        }
        assert_eq!(read(&octets).unwrap(), [one]);
    }
}
