//! The spool thread: seals records into their chains, writes them, syncs once for all that waited, then tells the callers.

use core::time::Duration;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Instant;

use super::chain::Chains;
use super::durable;
use super::error::AuditError;
use super::frame;
use super::health::Counters;
use super::queue::{Acknowledge, Flushed, Queue, Work};
use super::ship::Shipments;
use super::spool::Spool;
use super::{AuditSettings, Receipt};

const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(5);

pub(super) struct Writer {
    pub(super) settings: AuditSettings,
    pub(super) spool: Arc<Spool>,
    pub(super) queue: Arc<Queue>,
    pub(super) shipments: Arc<Shipments>,
    pub(super) counters: Arc<Counters>,
    pub(super) chains: Chains,
    pub(super) next_segment: u64,
    pub(super) active: Option<Active>,
    pub(super) batch: Batch,
}

/// The spool file that grows.
pub(super) struct Active {
    file: File,
    number: u64,
    bytes: u64,
    records: u64,
    opened: Instant,
}

/// Sealed records that are not known to be on the disk. Their octets stay as they are until they are: an attempt that
/// half succeeded and its repetition hold the same records under the same sequences.
#[derive(Default)]
pub(super) struct Batch {
    frames: Vec<u8>,
    callers: Vec<(Acknowledge, Receipt)>,
    retry: Option<(Instant, Duration)>,
}

impl Active {
    /// A deleted file takes records as well as any other, and loses them.
    fn still_there(&self) -> io::Result<()> {
        if durable::has_name(&self.file)? {
            return Ok(());
        }
        tracing::error!(
            alarm = "audit_records_lost",
            records = self.records,
            "the spool file was deleted with audit records that had not been shipped"
        );
        Err(io::Error::new(io::ErrorKind::NotFound, "the spool file was deleted"))
    }
}

impl Writer {
    /// Works until the queue is closed and empty.
    pub(super) fn run(mut self) {
        loop {
            let stuck = !self.batch.callers.is_empty();
            let work = self.queue.take(self.deadline(), stuck);
            let idle = work.records.is_empty() && !stuck;
            let closing = work.closing;
            let result = self.handle(work, stuck);
            if closing && (idle || result.is_err()) {
                return self.end();
            }
        }
    }

    fn handle(&mut self, mut work: Work, stuck: bool) -> Result<(), AuditError> {
        let flushes = core::mem::take(&mut work.flushes);
        self.seal(work);
        let written = self.write_batch();
        match &written {
            Err(error) => flushes.into_iter().for_each(|flushed| drop(flushed.send(Err(error.clone())))),
            // Behind the batch that was stuck there may be more records that came before the flush.
            Ok(()) if stuck => self.queue.flush_again(flushes),
            Ok(()) => self.rotate(flushes),
        }
        written
    }

    fn seal(&mut self, work: Work) {
        for (channel, count) in work.refused.into_values() {
            self.chains.skip(channel, count);
        }
        for waiting in work.records {
            let channel = waiting.record.channel.as_str();
            let (receipt, payload) = self.chains.seal(waiting.record);
            if frame::append(&mut self.batch.frames, channel, receipt.sequence, &payload) {
                self.batch.callers.push((waiting.acknowledge, receipt));
            } else {
                self.counters.refused.add(1);
                self.counters.waiting.subtract(1);
                tracing::error!(alarm = "audit_record_refused", "an audit record is too long to be kept");
            }
        }
    }

    /// Writes and syncs the batch, then acknowledges it. A batch that fails stays, and is tried again later in a new file.
    fn write_batch(&mut self) -> Result<(), AuditError> {
        if self.batch.callers.is_empty() {
            self.batch = Batch::default();
            return Ok(());
        }
        if let Err(error) = self.append() {
            let failure = AuditError::io("write the audit spool", self.spool.root(), &error);
            self.abandon_active();
            self.retry_later(&failure);
            return Err(failure);
        }
        let batch = core::mem::take(&mut self.batch);
        let records = count(batch.callers.len());
        if let Some(active) = &mut self.active {
            active.bytes = active.bytes.saturating_add(count(batch.frames.len()));
            active.records = active.records.saturating_add(records);
        }
        self.counters.spool_bytes.add(count(batch.frames.len()));
        self.counters.spooled.add(records);
        self.counters.waiting.subtract(records);
        if batch.retry.is_some() {
            tracing::info!(records, "the audit spool takes records again");
        }
        // A caller who no longer waits has dropped the other end.
        batch.callers.into_iter().for_each(|(acknowledge, receipt)| drop(acknowledge.send(receipt)));
        Ok(())
    }

    fn append(&mut self) -> io::Result<()> {
        let active = match &mut self.active {
            Some(active) => {
                active.still_there()?;
                active
            }
            none => {
                let number = self.next_segment;
                self.next_segment = number.saturating_add(1);
                let file = durable::create_new(&self.spool.segment(number))?;
                none.insert(Active { file, number, bytes: 0, records: 0, opened: Instant::now() })
            }
        };
        active.file.write_all(&self.batch.frames)?;
        active.file.sync_data()
    }

    /// After a failed write or sync nobody knows what the file holds beyond its last synced octet: cut it there and leave it.
    /// If even that fails, its records beyond are those of the batch, and shipping passes over what it has seen.
    fn abandon_active(&mut self) {
        let Some(active) = self.active.take() else { return };
        let cut = active.file.set_len(active.bytes).and_then(|()| active.file.sync_data());
        if active.records == 0 && cut.is_ok() {
            drop(durable::remove(&self.spool.segment(active.number)));
        }
        self.shipments.close_below(active.number.saturating_add(1));
    }

    fn retry_later(&mut self, failure: &AuditError) {
        self.counters.spool_failures.add(1);
        let wait = self.batch.retry.map_or(FIRST_RETRY, |(_, wait)| wait.saturating_mul(2).min(LAST_RETRY));
        self.batch.retry = Some((Instant::now() + wait, wait));
        tracing::error!(
            alarm = "audit_spool_failed",
            records = self.batch.callers.len(),
            help = failure.help(),
            "{failure}"
        );
    }

    /// Closes the spool file when it is large, full or old enough, or when someone waits for it to be shipped.
    fn rotate(&mut self, flushes: Vec<Flushed>) {
        let due = self.active.as_ref().is_some_and(|active| {
            !flushes.is_empty()
                || active.bytes >= self.settings.segment_bytes
                || active.records >= self.settings.segment_records
                || active.opened.elapsed() >= self.settings.segment_age
        });
        if due {
            self.active = None;
        }
        if due || !flushes.is_empty() {
            self.shipments.ask(self.next_segment, flushes);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let retry = self.batch.retry.map(|(at, _)| at);
        retry.or_else(|| self.active.as_ref()?.opened.checked_add(self.settings.segment_age))
    }

    fn end(self) {
        if !self.batch.callers.is_empty() {
            let records = self.counters.waiting.value();
            tracing::error!(
                alarm = "audit_records_lost",
                records,
                "the process ends with audit records unwritten"
            );
        }
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
