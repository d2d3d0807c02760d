//! What the simulator did for its callers, in order: what a test holds a proxy's records against.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// A request that was read whole and obeyed, whatever became of its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Obeyed {
    /// The method.
    pub method: String,
    /// Path and query, as they came.
    pub target: String,
    /// SHA-256 of the body as it came.
    pub body_sha256: [u8; 32],
    /// The status that was answered, or was to be.
    pub status: u16,
}

/// The newest of what was obeyed.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<VecDeque<Obeyed>>);

const ENTRIES_MAX: usize = 1 << 16;

impl Journal {
    pub(crate) fn add(&self, obeyed: Obeyed) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= ENTRIES_MAX {
            entries.pop_front();
        }
        entries.push_back(obeyed);
    }

    pub(crate) fn take(&self) -> Vec<Obeyed> {
        core::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }

    pub(crate) fn entries(&self) -> Vec<Obeyed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
