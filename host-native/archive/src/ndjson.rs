//! The audit trail as text: one JSON object for each record, one record a line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use crate::RECORD_BYTES_MAX;
use lacre_report::record::Row;

/// Reads the rows of an NDJSON file one at a time; a line longer than a spooled record may be is an error.
///
/// # Errors
/// The file cannot be opened. Each row fails by itself: `InvalidData` names the line.
pub fn read_ndjson(path: &Path) -> io::Result<impl Iterator<Item = io::Result<Row>> + use<>> {
    Ok(Lines { file: BufReader::new(File::open(path)?), number: 0, ended: false })
}

/// Writes lines that already are JSON objects.
///
/// # Errors
/// If they cannot be written.
pub fn write_ndjson<'a>(out: &mut impl Write, lines: impl Iterator<Item = &'a str>) -> io::Result<()> {
    for line in lines {
        out.write_all(line.as_bytes())?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

struct Lines {
    file: BufReader<File>,
    number: u64,
    ended: bool,
}

impl Lines {
    fn read(&mut self) -> io::Result<Option<Row>> {
        let mut line = Vec::new();
        let bytes_max = u64::try_from(RECORD_BYTES_MAX).unwrap_or(u64::MAX);
        let read = (&mut self.file).take(bytes_max).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(None);
        }
        self.number = self.number.saturating_add(1);
        // A file is renamed into place whole: a last line without its end was cut by someone else.
        if line.pop() != Some(b'\n') {
            return Err(self.invalid("it is cut short or too long"));
        }
        serde_json::from_slice(&line)
            .map(Some)
            .map_err(|error| self.invalid(&format!("column {}", error.column())))
    }

    fn invalid(&self, why: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, format!("line {} is no audit record: {why}", self.number))
    }
}

impl Iterator for Lines {
    type Item = io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = self.read().transpose();
        self.ended = !matches!(row, Some(Ok(_)));
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lacre_report::record::Cell;

    fn file_with(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    #[test]
    fn keeps_columns_in_order_and_every_character() {
        let row = Row::new(vec![
            ("z".to_owned(), Cell::Text("linha\r\n\u{0}\u{1F512}\"\\".to_owned())),
            ("a".to_owned(), Cell::Integer(i64::MIN)),
            ("m".to_owned(), Cell::Null),
        ]);
        let line = serde_json::to_string(&row).unwrap();
        assert!(!line.contains('\n'));
        let mut content = Vec::new();
        write_ndjson(&mut content, [line.as_str(), line.as_str()].into_iter()).unwrap();
        let rows: Vec<Row> = read_ndjson(file_with(&content).path()).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows, [row.clone(), row]);
    }

    #[test]
    fn a_line_that_is_cut_or_strange_is_an_error_with_its_number_and_ends_the_reading() {
        for bad in [
            "{\"a\":1",
            "{\"a\":1}",
            "[1]\n",
            "{\"a\":{}}\n",
            "{\"a\":1.5}\n",
            "{\"a\":9223372036854775808}\n",
        ] {
            let file = file_with(format!("{{\"a\":1}}\n{bad}").as_bytes());
            let rows: Vec<_> = read_ndjson(file.path()).unwrap().collect();
            assert_eq!(rows.len(), 2, "{bad}");
            assert!(rows[1].as_ref().unwrap_err().to_string().contains("line 2"), "{bad}");
        }
    }
}
