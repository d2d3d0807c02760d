//! NDJSON, as it is or in gzip: one record a line.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use lacre_report::record::RowFault;

use super::fault::Fault;
use super::find::Kind;
use super::meter::Metered;
use crate::RECORD_BYTES_MAX;

/// The lines of a file.
pub(super) struct Lines {
    input: Box<dyn BufRead + Send>,
    row: u64,
    ended: bool,
}

impl Lines {
    pub(super) fn open(file: Metered, kind: Kind) -> Self {
        let input = BufReader::with_capacity(128 << 10, file);
        let input: Box<dyn BufRead + Send> = match kind {
            // Files of several members are what appending to a gzip file gives.
            Kind::GzipLines => Box::new(BufReader::with_capacity(128 << 10, MultiGzDecoder::new(input))),
            _ => Box::new(input),
        };
        Self { input, row: 0, ended: false }
    }

    /// The next line and its number, counted from 0. A blank line counts and is no record. After a fault of the file itself
    /// there is no more.
    pub(super) fn next(&mut self) -> Option<(u64, Result<Vec<u8>, Fault>)> {
        while !self.ended {
            let row = self.row;
            self.row = row.saturating_add(1);
            match self.line() {
                Ok(None) => return None,
                Ok(Some(line)) if line.trim_ascii().is_empty() => {}
                // Some editors put a byte order mark first.
                Ok(Some(mut line)) if row == 0 && line.starts_with(b"\xef\xbb\xbf") => {
                    return Some((row, Ok(line.split_off(3))));
                }
                Ok(Some(line)) => return Some((row, Ok(line))),
                Err(fault) => {
                    self.ended = fault != Fault::Row(RowFault::LineTooLong);
                    return Some((row, Err(fault)));
                }
            }
        }
        None
    }

    fn line(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let mut line = Vec::new();
        let most = u64::try_from(RECORD_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
        let failed = |error: io::Error| Fault::of_reading(&error);
        let read = (&mut self.input).take(most).read_until(b'\n', &mut line).map_err(failed)?;
        if read == 0 {
            return Ok(None);
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if line.len() > RECORD_BYTES_MAX {
            drop(line);
            self.input.skip_until(b'\n').map_err(failed)?;
            return Err(Fault::Row(RowFault::LineTooLong));
        }
        Ok(Some(line))
    }
}
