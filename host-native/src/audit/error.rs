//! What can go wrong with the audit trail, and what to do.

use core::fmt;
use std::io;
#[cfg(feature = "proxy")]
use std::path::Path;
use std::path::PathBuf;

/// Why the audit trail did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditError {
    /// Another process writes to this folder.
    InUse(PathBuf),
    /// A file operation failed.
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// The system's kind of error.
        kind: io::ErrorKind,
        /// The system's words.
        cause: String,
    },
    /// The record is in memory and is tried again, but is not known to be on the disk.
    Late,
    /// The record is in memory: neither the stream nor the bucket took it in time.
    Pending,
    /// Too many records wait for the disk, or this one is too long even without its bodies; it is not kept, and its chain shows a gap.
    Refused,
    /// The audit trail was closed.
    Closed,
    /// No format was asked for, so nothing could ever leave the spool.
    NoFormat,
}

impl AuditError {
    /// What to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::InUse(_) => "stop the other process, or give each process an audit folder of its own",
            Self::Io { kind: io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded, .. } => {
                "make room on the disk that holds the audit folder: writing goes on by itself"
            }
            Self::Io {
                kind: io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem, ..
            } => "let this process write to the audit folder: writing goes on by itself",
            Self::Io { .. } => {
                "look at the disk that holds the audit folder: writing is tried again by itself"
            }
            Self::Late => {
                "look at the disk that holds the audit folder; the record itself is still being written"
            }
            Self::Pending => {
                "look at the audit stream, the audit bucket and the way to them: the next invocation tries again"
            }
            Self::Refused => {
                "look at the disk that holds the audit folder: records come faster than it takes them"
            }
            Self::Closed => "record before closing",
            Self::NoFormat => "name at least one format: ndjson or parquet",
        }
    }

    #[cfg(feature = "proxy")]
    pub(super) fn io(doing: &'static str, path: &Path, error: &io::Error) -> Self {
        Self::Io { doing, path: path.to_owned(), kind: error.kind(), cause: error.to_string() }
    }
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse(path) => write!(f, "audit folder `{}` is in use by another process", path.display()),
            Self::Io { doing, path, cause, .. } => write!(f, "{doing} `{}`: {cause}", path.display()),
            Self::Late => f.write_str("the audit record is not on the disk yet"),
            Self::Pending => f.write_str("the audit record waits in memory"),
            Self::Refused => {
                f.write_str("the audit record was refused: too many are waiting, or it is too long")
            }
            Self::Closed => f.write_str("the audit trail is closed"),
            Self::NoFormat => f.write_str("the audit trail has no format to write"),
        }
    }
}

impl core::error::Error for AuditError {}
