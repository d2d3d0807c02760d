//! What waits for the disk: filled by exchanges, emptied by the spool thread. Bounded, and never waits for the disk itself.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use lacre_core::exchange::{Channel, Record, Value};
use tokio::sync::oneshot;

use super::error::AuditError;
use super::frame::PAYLOAD_BYTES_MAX;
use super::sink::Receipt;

/// Who waits for a record to be on the disk.
pub(super) type Acknowledge = oneshot::Sender<Receipt>;
/// Who waits for an intent to be on the disk, or to be told that it will not be.
pub(super) type Intended = oneshot::Sender<Result<(), AuditError>>;
/// Who waits for everything to be in final files.
pub(super) type Flushed = oneshot::Sender<Result<(), AuditError>>;

/// At most this much is written and synced at once.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// A longer record is kept without its bodies: a few of them would fill the queue.
const RECORD_BYTES_MAX: usize = PAYLOAD_BYTES_MAX / 2;

/// How many records of each channel were refused.
pub(super) type Refused = BTreeMap<&'static str, (Channel, i64)>;

pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    bytes_max: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    intents: Vec<WaitingIntent>,
    /// Why the last batch is not on the disk, while it is tried again.
    failure: Option<AuditError>,
    bytes: usize,
    refused: Refused,
    flushes: Vec<Flushed>,
    closing: bool,
}

/// A record on its way to the disk.
pub(super) struct Waiting {
    pub(super) record: Record,
    pub(super) acknowledge: Acknowledge,
    bytes: usize,
}

/// An intent on its way to the disk.
pub(super) struct WaitingIntent {
    pub(super) record: Record,
    pub(super) intended: Intended,
    bytes: usize,
}

/// What the spool thread does next.
#[derive(Default)]
pub(super) struct Work {
    /// These first: an intent stands before the record that ends it.
    pub(super) intents: Vec<WaitingIntent>,
    pub(super) records: Vec<Waiting>,
    /// How many records of each channel were refused since the last batch.
    pub(super) refused: Refused,
    pub(super) flushes: Vec<Flushed>,
    pub(super) closing: bool,
}

impl Queue {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), bytes_max }
    }

    /// Puts a record in line. The record of a request whose intent is on the disk always finds room, without bodies if need be:
    /// a kill would find it closed by another.
    pub(super) fn push(
        &self,
        mut record: Record,
        has_intent: bool,
    ) -> Result<oneshot::Receiver<Receipt>, AuditError> {
        let mut bytes = fitted(&mut record, RECORD_BYTES_MAX);
        let (acknowledge, receipt) = oneshot::channel();
        let mut state = self.lock();
        if state.closing {
            return Err(AuditError::Closed);
        }
        let room = self.bytes_max.saturating_sub(state.bytes);
        if bytes > RECORD_BYTES_MAX || bytes > room {
            if !has_intent {
                let refused = state.refused.entry(record.channel.as_str()).or_insert((record.channel, 0));
                refused.1 = refused.1.saturating_add(1);
                return Err(AuditError::Refused);
            }
            bytes = fitted(&mut record, room);
        }
        state.bytes = state.bytes.saturating_add(bytes);
        state.waiting.push_back(Waiting { record, acknowledge, bytes });
        drop(state);
        self.changed.notify_one();
        Ok(receipt)
    }

    /// Puts an intent in line. While the disk takes nothing, it is refused at once.
    pub(super) fn intend(
        &self,
        mut record: Record,
    ) -> Result<oneshot::Receiver<Result<(), AuditError>>, AuditError> {
        let bytes = fitted(&mut record, RECORD_BYTES_MAX);
        let (intended, kept) = oneshot::channel();
        let mut state = self.lock();
        if state.closing {
            return Err(AuditError::Closed);
        }
        if let Some(failure) = &state.failure {
            return Err(failure.clone());
        }
        if bytes > RECORD_BYTES_MAX || state.bytes.saturating_add(bytes) > self.bytes_max {
            return Err(AuditError::Refused);
        }
        state.bytes = state.bytes.saturating_add(bytes);
        state.intents.push(WaitingIntent { record, intended, bytes });
        drop(state);
        self.changed.notify_one();
        Ok(kept)
    }

    /// Says that the disk takes nothing, to those who wait to send and to those who will come.
    pub(super) fn fail(&self, failure: &AuditError) {
        let mut state = self.lock();
        state.failure = Some(failure.clone());
        let intents = core::mem::take(&mut state.intents);
        state.bytes = state.bytes.saturating_sub(bytes_of(&intents));
        drop(state);
        for intent in intents {
            // Whoever no longer waits has dropped the other end.
            drop(intent.intended.send(Err(failure.clone())));
        }
    }

    /// Says that the disk takes records again.
    pub(super) fn recover(&self) {
        self.lock().failure = None;
    }

    /// Asks for everything to be shipped.
    pub(super) fn flush(&self, flushed: Flushed) {
        let mut state = self.lock();
        if state.closing {
            // The receiver sees that nobody answers: closed.
            return;
        }
        state.flushes.push(flushed);
        drop(state);
        self.changed.notify_one();
    }

    /// Puts back what was taken too early.
    pub(super) fn flush_again(&self, flushes: Vec<Flushed>) {
        self.lock().flushes.extend(flushes);
    }

    /// Takes no more records; the spool thread writes what is here and ends.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.changed.notify_one();
    }

    /// Waits for something to do. While an earlier batch is `stuck`, no new one is taken.
    pub(super) fn take(&self, until: Option<Instant>, stuck: bool) -> Work {
        let mut state = self.lock();
        loop {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let anything = !state.waiting.is_empty() || !state.intents.is_empty();
            let ready = !stuck && anything;
            if ready || state.closing || !state.flushes.is_empty() || left == Some(Duration::ZERO) {
                return state.take(stuck);
            }
            state = match left {
                Some(left) => {
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, stuck: bool) -> Work {
        let mut work = Work { closing: self.closing, ..Work::default() };
        let mut bytes = 0_usize;
        while !stuck && bytes < BATCH_BYTES {
            let Some(next) = self.waiting.pop_front() else { break };
            bytes = bytes.saturating_add(next.bytes);
            work.records.push(next);
        }
        self.bytes = self.bytes.saturating_sub(bytes);
        if !stuck {
            work.refused = core::mem::take(&mut self.refused);
            work.intents = core::mem::take(&mut self.intents);
            self.bytes = self.bytes.saturating_sub(bytes_of(&work.intents));
        }
        // A flush stands behind every record that came before it.
        if stuck || self.waiting.is_empty() {
            work.flushes = core::mem::take(&mut self.flushes);
        }
        work
    }
}

/// The record's length, its bodies left out if it is longer than this with them.
fn fitted(record: &mut Record, bytes_max: usize) -> usize {
    let bytes = json_bytes(record);
    if bytes <= bytes_max {
        return bytes;
    }
    tracing::error!(
        alarm = "audit_bodies_omitted",
        exchange = record.exchange_id,
        bytes,
        "an audit record is too long, or there is no room: it is kept without the bodies"
    );
    record.omit_bodies();
    json_bytes(record)
}

fn bytes_of(intents: &[WaitingIntent]) -> usize {
    intents.iter().fold(0, |sum, intent| sum.saturating_add(intent.bytes))
}

/// About as long as the record's JSON.
fn json_bytes(record: &Record) -> usize {
    record.columns().fold(0, |sum, (name, value)| {
        let length = if let Value::Text(text) = value { escaped_bytes(text) } else { 8 };
        sum.saturating_add(name.len()).saturating_add(length)
    })
}

fn escaped_bytes(text: &str) -> usize {
    text.bytes().fold(0, |sum, octet| {
        let escaped = match octet {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
            0..b' ' => 6,
            _ => 1,
        };
        sum.saturating_add(escaped)
    })
}

impl core::fmt::Debug for Queue {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Queue").field("waiting", &self.lock().waiting.len()).finish_non_exhaustive()
    }
}
