//! What is told of files of certificates and lists, in rows.

use lacre_core::{Language, RevocationList};
use serde::Serialize;

use super::fault::TrustFault;
use crate::text::instant_text;

/// Something in a file that cannot be used, or a file that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TrustFaultRow {
    /// The file.
    pub file: String,
    /// The line, counted from 1; none in DER.
    pub line: Option<usize>,
    /// The stable code.
    pub code: &'static str,
    /// What is wrong, and on which line.
    pub message: String,
    /// What to do.
    pub help: &'static str,
}

impl TrustFaultRow {
    /// What is told of it.
    #[must_use]
    pub fn new(fault: &TrustFault, language: Language) -> Self {
        Self {
            file: fault.place().to_owned(),
            line: fault.line(),
            code: fault.code(),
            message: fault.words(language),
            help: fault.help(language),
        }
    }
}

/// A revocation list that was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ListRow {
    /// The file.
    pub file: String,
    /// Who issued it, as RFC 4514 writes a distinguished name.
    pub issuer: String,
    /// When it was made, RFC 3339.
    pub this_update: String,
    /// By when another follows it, RFC 3339.
    pub next_update: Option<String>,
    /// How many certificates it revokes.
    pub entries: usize,
    /// Whether another should have followed it.
    pub stale: bool,
}

impl ListRow {
    /// What is told of a list at an instant, in seconds since 1970 UTC.
    #[must_use]
    pub fn new(file: &str, list: &RevocationList, at_unix_s: i64) -> Self {
        let due = list.next_update_unix_s().unwrap_or(list.this_update_unix_s());
        Self {
            file: file.to_owned(),
            issuer: list.issuer().to_owned(),
            this_update: instant_text(list.this_update_unix_s()),
            next_update: list.next_update_unix_s().map(instant_text),
            entries: list.len(),
            stale: at_unix_s > due,
        }
    }
}
