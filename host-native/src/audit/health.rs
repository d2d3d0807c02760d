//! How the audit trail is doing: counters for a health page and for tests.

use core::sync::atomic::{AtomicU64, Ordering};

/// What the audit trail has done since it was opened, and what it has in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditHealth {
    /// Records that were handed in.
    pub recorded: u64,
    /// Records that lie on the disk, synced.
    pub spooled: u64,
    /// Records that lie in final files; those of an earlier process count too.
    pub shipped: u64,
    /// Records turned away because too many were waiting already, or because one was too long: each leaves a gap in its chain.
    pub refused: u64,
    /// Records whose durability was not known when the caller stopped waiting.
    pub late: u64,
    /// Requests whose intent is on the disk and whose record is not yet.
    pub open: u64,
    /// Requests that an earlier process left without a record: each was given one, of outcome `unknown`.
    pub closed_after: u64,
    /// Requests that did not leave, or left without an intent, because the disk did not take it.
    pub unintended: u64,
    /// Attempts to write the spool that failed; each is repeated.
    pub spool_failures: u64,
    /// Attempts to write final files that failed; each is repeated.
    pub ship_failures: u64,
    /// Places in spool files that had changed after they were written; their octets are in `quarantine/`.
    pub damaged: u64,
    /// Octets in the spool that are not in final files yet.
    pub spool_bytes: u64,
    /// Records in memory only.
    pub waiting: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) recorded: Counter,
    pub(super) spooled: Counter,
    pub(super) shipped: Counter,
    pub(super) refused: Counter,
    pub(super) late: Counter,
    pub(super) closed_after: Counter,
    pub(super) unintended: Counter,
    pub(super) spool_failures: Counter,
    pub(super) ship_failures: Counter,
    pub(super) damaged: Counter,
    pub(super) spool_bytes: Counter,
    pub(super) waiting: Counter,
}

impl Counters {
    pub(super) fn snapshot(&self, open: u64) -> AuditHealth {
        AuditHealth {
            recorded: self.recorded.value(),
            spooled: self.spooled.value(),
            shipped: self.shipped.value(),
            refused: self.refused.value(),
            late: self.late.value(),
            open,
            closed_after: self.closed_after.value(),
            unintended: self.unintended.value(),
            spool_failures: self.spool_failures.value(),
            ship_failures: self.ship_failures.value(),
            damaged: self.damaged.value(),
            spool_bytes: self.spool_bytes.value(),
            waiting: self.waiting.value(),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn subtract(&self, count: u64) {
        self.0.fetch_sub(count, Ordering::Relaxed);
    }

    pub(super) fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
