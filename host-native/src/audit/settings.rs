//! How an audit trail is kept.

use core::time::Duration;
use std::path::PathBuf;

use lacre_archive::Format;

use super::intent::BeforeSending;

/// How an audit trail is kept.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AuditSettings {
    /// The folder, for this process alone.
    pub folder: PathBuf,
    /// What final files are written.
    pub formats: Vec<Format>,
    /// A spool file is shipped when it has this many octets,
    pub segment_bytes: u64,
    /// or this many records,
    pub segment_records: u64,
    /// or this age.
    pub segment_age: Duration,
    /// How long [`AuditSink::record`](super::AuditSink::record) waits for the disk before it answers [`AuditError::Late`](super::AuditError::Late).
    pub acknowledge_within: Duration,
    /// What must have happened before a request leaves.
    pub before_sending: BeforeSending,
    /// How long [`AuditSink::intend`](super::AuditSink::intend) waits for the disk.
    pub intend_within: Duration,
    /// How many octets of records and intents may wait for the disk in memory.
    pub queue_bytes: usize,
}

impl AuditSettings {
    /// Everything in `folder`, in every format, shipped once a minute.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            formats: Format::ALL.to_vec(),
            segment_bytes: 8 * 1024 * 1024,
            segment_records: 10_000,
            segment_age: Duration::from_secs(60),
            acknowledge_within: Duration::from_millis(250),
            before_sending: BeforeSending::default(),
            intend_within: Duration::from_secs(2),
            queue_bytes: 64 * 1024 * 1024,
        }
    }
}
