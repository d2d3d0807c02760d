//! How many messages came to which end.

use lacre_core::Verdict;
use serde::Serialize;

/// How many messages came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// All that were asked for.
    pub messages: u64,
    /// Valid ones.
    pub valid: u64,
    /// Invalid ones.
    pub invalid: u64,
    /// Those whose certificate is unknown or outside its validity.
    pub indeterminate: u64,
    /// Unsigned ones.
    pub unsigned: u64,
    /// Those that are not XML that we accept.
    pub malformed: u64,
    /// Those that could not be read.
    pub unreadable: u64,
    /// Files and folders that were left aside.
    pub passed_over: u64,
}

impl Counts {
    /// Counts one message; none is one that could not be read.
    pub fn add(&mut self, verdict: Option<Verdict>) {
        let count = match verdict {
            Some(Verdict::Valid) => &mut self.valid,
            Some(Verdict::Invalid) => &mut self.invalid,
            Some(Verdict::Indeterminate) => &mut self.indeterminate,
            Some(Verdict::Unsigned) => &mut self.unsigned,
            Some(Verdict::Malformed) => &mut self.malformed,
            None => &mut self.unreadable,
        };
        *count = count.saturating_add(1);
        self.messages = self.messages.saturating_add(1);
    }
}
