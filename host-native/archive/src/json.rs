//! JSON reports on their way out: one object whose `results` are written as they come, one per line, so that a report of a
//! hundred thousand messages needs no memory.

use std::io::{self, Write};

use lacre_core::{At, Language};
use lacre_report::{InspectRow, VerifyRow, at_text};
use serde::Serialize;

use crate::bulk::ReadError;

/// A JSON report on its way out.
#[derive(Debug)]
pub struct Json<W: Write> {
    out: W,
    rows: u64,
}

impl<W: Write> Json<W> {
    /// Begins a report. `revocation` says whether the trusted certificates were held against current revocation lists.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(mut out: W, schema: &str, at: At, revocation: Option<&str>) -> io::Result<Self> {
        let tool = Tool { name: "lacre", version: env!("CARGO_PKG_VERSION") };
        write!(out, "{{\"schema\":{},\"tool\":", serde_json::to_string(schema)?)?;
        serde_json::to_writer(&mut out, &tool)?;
        write!(out, ",\"at\":{},\"revocation\":", serde_json::to_string(&at_text(at))?)?;
        serde_json::to_writer(&mut out, &revocation)?;
        out.write_all(b",\"results\":[")?;
        Ok(Self { out, rows: 0 })
    }

    /// Writes one row.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn row(&mut self, row: &impl Serialize) -> io::Result<()> {
        self.out.write_all(if self.rows == 0 { b"\n" } else { b",\n" })?;
        self.rows = self.rows.saturating_add(1);
        Ok(serde_json::to_writer(&mut self.out, row)?)
    }

    /// Writes one row that is JSON already.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn written_row(&mut self, row: &[u8]) -> io::Result<()> {
        self.out.write_all(if self.rows == 0 { b"\n" } else { b",\n" })?;
        self.rows = self.rows.saturating_add(1);
        self.out.write_all(row)
    }

    /// Ends the report with its counts.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn end(mut self, counts: &impl Serialize) -> io::Result<()> {
        self.out.write_all(b"\n],\"counts\":")?;
        serde_json::to_writer(&mut self.out, counts)?;
        self.out.write_all(b"}\n")?;
        self.out.flush()
    }
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// An instant (milliseconds since 1970 UTC) in RFC 3339.
#[must_use]
pub fn instant_ms_text(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms)
        .map_or_else(|_| lacre_report::instant_text(unix_ms.div_euclid(1000)), |instant| instant.to_string())
}

/// The row of `lacre.verify/1` for a message that was not read: too large, or not readable at all.
#[must_use]
pub fn unread_verify_row<'a>(file: &'a str, error: &ReadError, language: Language) -> VerifyRow<'a> {
    match error {
        ReadError::Unreadable(words) => VerifyRow::unreadable(file, words, language),
        ReadError::TooLarge(error) => VerifyRow::refused(file, *error, language),
    }
}

/// The row of `lacre.inspect/1` for a message that was not read: too large, or not readable at all.
#[must_use]
pub fn unread_inspect_row<'a>(file: &'a str, error: &ReadError, language: Language) -> InspectRow<'a> {
    match error {
        ReadError::Unreadable(words) => InspectRow::unreadable(file, words, language),
        ReadError::TooLarge(error) => InspectRow::refused(file, *error, language),
    }
}
