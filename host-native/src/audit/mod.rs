//! The audit trail on this machine: every exchange becomes one row, in NDJSON and in Parquet, by hour and channel.
//!
//! ```text
//! <folder>/spool/0000000000000007.spool    records as they came, synced with the next intent or within 10 ms
//! <folder>/spool/manifest                  up to which spool file everything is shipped, and where each chain stood there
//! <folder>/log/spi/year=2026/month=11/day=23/hour=19/part-<chain>-<first>-<last>.{ndjson,parquet}
//! <folder>/quarantine/                     octets that had changed on the disk, for whoever looks into it
//! ```
//!
//! # Each record once
//!
//! A record is *acknowledged* when it lies in a spool file: one whose intent (below) is on the disk as soon as it is written, so
//! that nobody waits for the disk once BACEN has answered, any other when the file is synced. Whatever kills the process, and
//! whenever, an acknowledged record is in the final files exactly once after the next start and flush. So it is if the machine
//! itself falls, but for those that were not synced yet (10 ms, and what a sync takes): of them the intent is left, and becomes
//! the record. For:
//!
//! 1. One process holds the folder (a lock that dies with it), and in it one thread writes the spool and one ships.
//! 2. A spool file only grows; it is closed for good before it is shipped, and a new process never appends to an old one.
//!    So what a spool file gives is a function of the file. A kill can leave in doubt only its torn end, which was never
//!    acknowledged; frames (`frame.rs`) tell a torn end from octets that changed later.
//! 3. Final files are named by chain and by the sequence numbers in them, and written aside, synced, then renamed. Shipping
//!    a spool file again gives the same names and the same rows, in each hour, channel and format: a kill among the
//!    several files of one spool file leaves some of them done, and the repetition replaces those by their equals.
//! 4. Only when all of them are durable is the manifest replaced, and only after that is the spool file deleted. A spool
//!    file that the manifest covers is deleted unread. So final files may be moved elsewhere at any time; one that was moved
//!    in the moment before a kill can come back, under the same name and with the same rows.
//! 5. A start reads the manifest and the spool files left, in order, and takes up each chain after its last record: no
//!    number is given twice, none is left out.
//! 6. A batch that could not be written keeps its octets and is written again into a new spool file. Should the old one
//!    hold some of it after all, they are the same records under the same numbers, and shipping passes over numbers it
//!    has seen.
//!
//! What was *not* acknowledged (the process died first) is there once or not at all, unless it has an intent:
//!
//! # Each request that may have been accepted has a record
//!
//! Between the moment in which BACEN accepts a request and the one in which its record is durable, a process can be killed.
//! So before the first octet of a request leaves, the spool durably holds its *intent* (`intent.rs`): the record that the
//! exchange gets if nobody ends it, with its identifier, method, path, headers, signed body, hash and instants, of outcome
//! `unknown` and reason `process-ended`. It is written and synced with whatever else waits for the disk.
//!
//! 1. The record of an exchange follows its intent in the spool and ends it. A start reads both: every intent without a
//!    record becomes a record, sealed into its channel's chain before anything new. So after a start each request that
//!    left has exactly one record, and a chain shows no gap where a process was killed.
//! 2. A spool file is deleted only when every intent in it has ended, and files are deleted in their order: no record can
//!    leave the spool while the intent that it ends stays behind. A spool file that was shipped already waits for that,
//!    which takes as long as the longest exchange (25 seconds unless configured otherwise).
//! 3. An intent that the disk does not take is tried once: the caller waits. [`BeforeSending`] says what follows. By default
//!    nothing leaves (503, `audit-unavailable`, `maybe-accepted` false: nothing was sent, so the caller may safely try
//!    again), and while the spool is known to take nothing this is said at once. That delays or fails no payment that BACEN
//!    accepted, for none of these was sent; it keeps a bank from paying without a trace for as long as its disk is full.
//! 4. The record of a request that has an intent is never refused for want of room: at worst its bodies stay behind, of
//!    which the intent's are in the spool.
//!
//! Every request has an intent, those that only read included: reading a stream of ICOM confirms what was delivered
//! before, so it changes what BACEN hands out next, and reading DICT discloses people's data and counts against the
//! bank. The price is one sync before sending, shared by all exchanges that wait at that moment.
//!
//! A host without a disk that outlives it keeps no intents: a function's `/tmp` dies with its sandbox, and an intent sent
//! over the network would cost every payment a call to a service that may be down, to protect from a kill that the platform
//! announces. There [`AuditSink::intend`] does nothing.
//!
//! # Nothing lost silently
//!
//! A record that is too long for the spool is kept without its bodies, of which the hashes stay. A record that is refused
//! (more than [`AuditSettings::queue_bytes`] wait for a disk that takes nothing), that was damaged on the disk, or whose spool
//! file somebody deleted, keeps its number, so the archive shows a gap. A process that ends while the disk takes nothing says how many
//! records end with it: of those only the log tells. Each such event is counted in [`AuditHealth`] and logged as an error with a
//! stable `alarm` field: `audit_requests_unfinished`, `audit_intent_failed`, `audit_spool_failed`, `audit_ship_failed`, `audit_record_refused`, `audit_bodies_omitted`,
//! `audit_records_lost`, `audit_spool_damaged`, `audit_manifest_damaged`. No log line holds content.

#[cfg(feature = "proxy")]
mod chain;
#[cfg(feature = "proxy")]
mod durable;
mod error;
#[cfg(feature = "proxy")]
mod frame;
#[cfg(feature = "proxy")]
mod health;
#[cfg(feature = "proxy")]
mod intent;
#[cfg(feature = "proxy")]
mod queue;
#[cfg(feature = "proxy")]
mod settings;
#[cfg(feature = "proxy")]
mod ship;
mod sink;
#[cfg(feature = "proxy")]
mod spool;
#[cfg(feature = "proxy")]
mod trail;
#[cfg(feature = "proxy")]
mod writer;

#[cfg(feature = "proxy")]
pub(crate) use self::durable::writable;
pub use self::error::AuditError;
#[cfg(feature = "proxy")]
pub use self::health::AuditHealth;
#[cfg(feature = "proxy")]
pub use self::intent::BeforeSending;
#[cfg(feature = "proxy")]
pub use self::settings::AuditSettings;
pub use self::sink::{AuditSink, Intending, Receipt, Recording};
#[cfg(feature = "proxy")]
pub use self::trail::AuditTrail;
pub use lacre_report::record::{Cell, Row, Seal, json_line};
