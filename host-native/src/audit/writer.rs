//! The spool thread: seals records into their chains, writes them, syncs once for all that waited, then tells the callers.
//!
//! A record whose intent is on the disk is acknowledged when it is written: no kill of the process takes it back, and should the
//! machine fall before the next sync, the intent becomes the record. So nobody waits for the disk once BACEN has answered, and
//! such records leave the sync to the next intent, within [`SYNC_WITHIN`].

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
use super::intent::{self, Open};
use super::queue::{Acknowledge, Flushed, Intended, Queue, Work};
use super::settings::AuditSettings;
use super::ship::Shipments;
use super::sink::Receipt;
use super::spool::Spool;

const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(5);

/// How long written records wait for a sync that others need, too.
const SYNC_WITHIN: Duration = Duration::from_millis(10);

/// So many octets are not kept waiting.
const UNSYNCED_BYTES_MAX: usize = 1024 * 1024;

pub(super) struct Writer {
    pub(super) settings: AuditSettings,
    pub(super) spool: Arc<Spool>,
    pub(super) queue: Arc<Queue>,
    pub(super) shipments: Arc<Shipments>,
    pub(super) counters: Arc<Counters>,
    pub(super) open: Arc<Open>,
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

/// Intents, and sealed records, that are not known to be on the disk. The records' octets stay as they are until they are: an
/// attempt that half succeeded and its repetition hold the same records under the same sequences. Intents are tried once, for
/// someone waits to send.
#[derive(Default)]
pub(super) struct Batch {
    intents: Vec<(String, Intended)>,
    intent_frames: Vec<u8>,
    frames: Vec<u8>,
    records: Vec<Sealed>,
    /// How much of `frames` is written.
    written: usize,
    /// When what is written is synced at the latest.
    sync_at: Option<Instant>,
    retry: Option<(Instant, Duration)>,
}

/// A sealed record, and who waits for it, if anybody still does.
struct Sealed {
    exchange: String,
    caller: Option<(Acknowledge, Receipt)>,
}

impl Sealed {
    fn acknowledge(&mut self) {
        if let Some((acknowledge, receipt)) = self.caller.take() {
            // A caller who no longer waits has dropped the other end.
            drop(acknowledge.send(receipt));
        }
    }
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.intents.is_empty()
    }

    /// Whether someone waits for the disk itself, or enough has been put off.
    fn is_due(&self) -> bool {
        !self.intents.is_empty()
            || self.frames.len() >= UNSYNCED_BYTES_MAX
            || self.sync_at.is_some_and(|at| at <= Instant::now())
            || self.records.iter().any(|record| record.caller.is_some())
    }
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
            let stuck = self.batch.retry.is_some();
            let work = self.queue.take(self.deadline(), stuck);
            let idle = work.records.is_empty() && work.intents.is_empty() && !stuck;
            let closing = work.closing;
            let result = self.handle(work, stuck);
            if closing && (idle || result.is_err()) {
                return self.end();
            }
        }
    }

    fn handle(&mut self, mut work: Work, stuck: bool) -> Result<(), AuditError> {
        let flushes = core::mem::take(&mut work.flushes);
        let must_sync = work.closing || stuck || !flushes.is_empty();
        self.seal(work);
        let written = self.write_batch(must_sync);
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
        for waiting in work.intents {
            let (name, payload) =
                (intent::frame_name(waiting.record.channel), intent::payload(&waiting.record));
            if frame::append(&mut self.batch.intent_frames, name, 0, &payload) {
                self.batch.intents.push((waiting.record.exchange_id, waiting.intended));
            } else {
                drop(waiting.intended.send(Err(AuditError::Refused)));
            }
        }
        for waiting in work.records {
            let channel = waiting.record.channel.as_str();
            let exchange = waiting.record.exchange_id.clone();
            let (receipt, payload) = self.chains.seal(waiting.record);
            if frame::append(&mut self.batch.frames, channel, receipt.sequence, &payload) {
                let caller = Some((waiting.acknowledge, receipt));
                self.batch.records.push(Sealed { exchange, caller });
            } else {
                self.counters.refused.add(1);
                self.counters.waiting.subtract(1);
                tracing::error!(alarm = "audit_record_refused", "an audit record is too long to be kept");
            }
        }
    }

    /// Writes the batch, and syncs it if someone waits for that or it `must`. Records that fail stay, and are tried again later
    /// in a new file.
    fn write_batch(&mut self, must: bool) -> Result<(), AuditError> {
        if self.batch.is_empty() {
            self.batch = Batch::default();
            return Ok(());
        }
        match self.append(must) {
            Ok(Some(number)) => self.conclude(number),
            Ok(None) => {}
            Err(error) => {
                let failure = AuditError::io("write the audit spool", self.spool.root(), &error);
                self.abandon_active();
                self.retry_later(&failure);
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Gives the number of the spool file that holds the batch now, if it is synced.
    fn append(&mut self, must_sync: bool) -> io::Result<Option<u64>> {
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
        active.file.write_all(&self.batch.intent_frames)?;
        active.file.write_all(self.batch.frames.get(self.batch.written..).unwrap_or_default())?;
        self.batch.written = self.batch.frames.len();
        let has_intent = |record: &&mut Sealed| self.open.contains(&record.exchange);
        self.batch.records.iter_mut().filter(has_intent).for_each(Sealed::acknowledge);
        if !must_sync && !self.batch.is_due() {
            self.batch.sync_at.get_or_insert_with(|| Instant::now() + SYNC_WITHIN);
            return Ok(None);
        }
        active.file.sync_data()?;
        Ok(Some(active.number))
    }

    /// The batch is on the disk, in the spool file with this number.
    fn conclude(&mut self, number: u64) {
        let batch = core::mem::take(&mut self.batch);
        let records = count(batch.records.len());
        let bytes = count(batch.frames.len()).saturating_add(count(batch.intent_frames.len()));
        if let Some(active) = &mut self.active {
            active.bytes = active.bytes.saturating_add(bytes);
            active.records = active.records.saturating_add(records);
        }
        self.counters.spool_bytes.add(bytes);
        self.counters.spooled.add(records);
        self.counters.waiting.subtract(records);
        if batch.retry.is_some() {
            self.queue.recover();
            tracing::info!(records, "the audit spool takes records again");
        }
        for (exchange, intended) in batch.intents {
            self.open.add(exchange, number);
            // Whoever no longer waits has dropped the other end.
            drop(intended.send(Ok(())));
        }
        for mut record in batch.records {
            self.open.remove(&record.exchange);
            record.acknowledge();
        }
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
        self.batch.intent_frames.clear();
        self.batch.written = 0;
        self.batch.sync_at = None;
        for (_, intended) in self.batch.intents.drain(..) {
            drop(intended.send(Err(failure.clone())));
        }
        if self.batch.records.is_empty() {
            // Nothing is left to be tried again: the next intent finds out.
            tracing::error!(alarm = "audit_spool_failed", help = failure.help(), "{failure}");
            return;
        }
        self.queue.fail(failure);
        let wait = self.batch.retry.map_or(FIRST_RETRY, |(_, wait)| wait.saturating_mul(2).min(LAST_RETRY));
        self.batch.retry = Some((Instant::now() + wait, wait));
        tracing::error!(
            alarm = "audit_spool_failed",
            records = self.batch.records.len(),
            help = failure.help(),
            "{failure}"
        );
    }

    /// Closes the spool file when it is large, full or old enough, or when someone waits for it to be shipped.
    fn rotate(&mut self, flushes: Vec<Flushed>) {
        if !self.batch.is_empty() {
            // Its sync comes first.
            return;
        }
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
        retry
            .or(self.batch.sync_at)
            .or_else(|| self.active.as_ref()?.opened.checked_add(self.settings.segment_age))
    }

    fn end(self) {
        if !self.batch.records.is_empty() {
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
