//! How many records came to which end, and whether an archive is in order.

use lacre_core::Verdict;
use serde::Serialize;

use super::verify::{RecordOutcome, Seal};

/// How many records came to which end. Each is counted in one of `valid` to `not_kept`, or in `unreadable`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RecordCounts {
    /// All rows.
    pub records: u64,
    /// Records of which everything was proved.
    pub valid: u64,
    /// Records with an invalid message or a broken seal.
    pub invalid: u64,
    /// Those whose certificate is unknown or outside its validity.
    pub indeterminate: u64,
    /// Those with a message that should be signed and is not.
    pub unsigned: u64,
    /// Those that are no records, or hold what is not XML that we accept.
    pub malformed: u64,
    /// Those of which nothing had to be proved.
    pub nothing_to_prove: u64,
    /// Nothing was judged because what had to be is kept elsewhere.
    pub not_kept: u64,
    /// Rows that could not be read.
    pub unreadable: u64,
    /// Bodies that are kept elsewhere, those of records that came to a verdict by another included.
    pub elsewhere: u64,
    /// Records that are not what was sealed.
    pub seal_broken: u64,
    /// Records without a seal.
    pub seal_absent: u64,
    /// Records whose answer proves something else than was recorded of it.
    pub recorded_otherwise: u64,
    /// Records of older rules that today's would refuse.
    pub stricter_since: u64,
    /// Messages judged.
    pub messages: u64,
    /// Files and folders that were left aside.
    pub passed_over: u64,
}

/// What an archive comes to as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "each has an exit code of its own")]
pub enum Standing {
    /// Every record is proved, or had nothing to prove.
    InOrder,
    /// At least one record is not in order.
    NotInOrder,
    /// Something could not be read, or there is no record.
    Unread,
}

impl RecordCounts {
    /// Counts one row; none is one that could not be read.
    pub fn add(&mut self, record: Option<&RecordOutcome>) {
        let add =
            |count: &mut u64, more: usize| *count = count.saturating_add(u64::try_from(more).unwrap_or(0));
        add(&mut self.records, 1);
        let Some(record) = record else { return add(&mut self.unreadable, 1) };
        let end = match record.verdict() {
            Some(Verdict::Valid) => &mut self.valid,
            Some(Verdict::Invalid) => &mut self.invalid,
            Some(Verdict::Indeterminate) => &mut self.indeterminate,
            Some(Verdict::Unsigned) => &mut self.unsigned,
            Some(Verdict::Malformed) => &mut self.malformed,
            None if record.elsewhere.is_empty() => &mut self.nothing_to_prove,
            None => &mut self.not_kept,
        };
        add(end, 1);
        add(&mut self.elsewhere, record.elsewhere.len());
        add(&mut self.seal_broken, usize::from(record.seal == Seal::Broken));
        add(&mut self.seal_absent, usize::from(record.seal == Seal::Absent));
        add(&mut self.recorded_otherwise, usize::from(record.recorded_otherwise));
        add(&mut self.stricter_since, usize::from(record.stricter_since.is_some()));
        add(&mut self.messages, record.messages.len());
    }

    /// What these come to. What cannot be read weighs more than what is not in order.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        let in_order = self.valid.saturating_add(self.nothing_to_prove);
        if self.unreadable > 0 || self.records == 0 {
            Standing::Unread
        } else if in_order < self.records || self.elsewhere > 0 || self.recorded_otherwise > 0 {
            Standing::NotInOrder
        } else {
            Standing::InOrder
        }
    }
}
