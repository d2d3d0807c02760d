//! Archives of audit records, written and read back: files and folders of Parquet and NDJSON, gzip or not, written by this proxy, by
//! Firehose or by an engine that rewrote them.
//!
//! An archive is not believed. What it says about itself is held against limits before memory is given to it (`gate.rs`), a
//! line is read no further than a record may be long, and a row that cannot be read is told by file and row while the rest
//! goes on. Memory is bounded by what a batch of rows may hold, not by the archive.

#![expect(clippy::std_instead_of_alloc, reason = "a host has std; the lint keeps core portable")]

pub mod bulk;
mod columns;
mod each;
mod fault;
mod find;
mod format;
pub mod gaps;
mod gate;
pub mod json;
mod lines;
mod meter;
mod ndjson;
mod parquet;
pub mod threads;
mod thrift;

pub use self::each::{Place, each};
pub use self::fault::Fault;
pub use self::find::{Archive, ArchiveFile, Choice, find};
pub use self::format::Format;
pub use self::ndjson::{read_ndjson, write_ndjson};
pub use self::parquet::{read_parquet, write_parquet};

/// Longest record, in bytes of its JSON.
pub const RECORD_BYTES_MAX: usize = 64 * 1024 * 1024;
