//! The audit rows that the demonstration wrote, read back and checked.

use std::io;
use std::path::{Path, PathBuf};

use lacre_archive::{read_ndjson, read_parquet};
use lacre_core::exchange::chain::verify_link;
use lacre_report::record::Row;

/// What lies in the archive.
pub(super) struct Trail {
    /// The rows of both channels, by time.
    pub(super) rows: Vec<Row>,
    pub(super) files: Vec<PathBuf>,
}

impl Trail {
    /// Reads both formats, and checks that they say the same and that each channel's chain holds from its first record.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let (mut rows, mut files) = (Vec::new(), Vec::new());
        for channel in ["spi", "dict"] {
            let found = files_in(&folder.join("log").join(channel)).map_err(|error| error.to_string())?;
            let ndjson = rows_of(&found, "ndjson", |path| read_ndjson(path)?.collect())?;
            let parquet = rows_of(&found, "parquet", |path| read_parquet(path)?.collect())?;
            if ndjson != parquet {
                return Err(format!("{channel}: NDJSON ≠ Parquet"));
            }
            check_chain(&ndjson).ok_or_else(|| format!("{channel}: the chain is broken"))?;
            rows.extend(ndjson);
            files.extend(found);
        }
        rows.sort_by_key(|row| row.integer("request_received_ms"));
        Ok(Self { rows, files })
    }
}

fn check_chain(rows: &[Row]) -> Option<[u8; 32]> {
    rows.iter().try_fold([0; 32], |previous, row| verify_link(&previous, row.values()))
}

fn rows_of(
    files: &[PathBuf],
    ending: &str,
    read: impl Fn(&Path) -> io::Result<Vec<Row>>,
) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|found| found == ending)) {
        rows.extend(read(path).map_err(|error| format!("{}: {error}", path.display()))?);
    }
    rows.sort_by_key(|row| row.integer("chain_sequence"));
    Ok(rows)
}

fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}
