//! Archives of audit records, read back: files and folders of Parquet and NDJSON, gzip or not, written by this proxy, by
//! Firehose or by an engine that rewrote them.
//!
//! An archive is not believed. What it says about itself is held against limits before memory is given to it (`gate.rs`), a
//! line is read no further than a record may be long, and a row that cannot be read is told by file and row while the rest
//! goes on. Memory is bounded by what a batch of rows may hold, not by the archive.

mod columns;
mod each;
mod fault;
mod find;
pub mod gaps;
mod gate;
mod lines;
mod meter;
mod thrift;

pub use each::{Place, each};
pub use fault::Fault;
pub use find::{Archive, ArchiveFile, Choice, find};
