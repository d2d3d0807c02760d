//! Audit records on their way to Firehose, and where they go when that way is closed.
//!
//! A record is sealed into this process's chain and kept in memory until the stream has taken it or it lies in the bucket. One
//! delivery runs at a time, in a task of its own: an invocation waits for it no longer than its budget, and what comes too late for one
//! invocation is still taken into account in the next. After the stream failed it is left alone for a while, so that an outage
//! costs a payment nothing.
//!
//! Firehose delivers at least once: a call whose answer is lost may have been carried out. Such a record is spilled and can
//! come to stand in the archive twice; `exchange_id`, or chain and sequence, say that it is the same.

mod bucket;
mod item;
mod stream;

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lacre_core::Language;
use lacre_core::exchange::{Chain, Record};
use lacre_native::audit::{AuditError, AuditSink, Receipt, Recording};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tracing::Instrument as _;

use self::item::Item;
use crate::meter::Meter;

pub(crate) use self::bucket::{Bucket, Doing, S3Bucket};
#[cfg(test)]
pub(crate) use self::stream::Put;
pub(crate) use self::stream::{Stream, batch};

/// How long a stream that keeps failing is usually left alone. The first time it is a sixteenth of that, and each time it doubles:
/// one slow call must not send a quarter of a minute's records round by the bucket.
pub(crate) const PAUSE: Duration = Duration::from_secs(16);

/// How often the lines that a stream did not take are handed to it again.
const ROUNDS_MAX: u32 = 3;

/// The wait before the first of these rounds; each further one is twice as long.
const ROUND_WAIT: Duration = Duration::from_millis(25);

/// Records that wait in memory have at most so many octets together: a sandbox has little.
const PENDING_BYTES_MAX: usize = 32 << 20;

/// Where spilled records are stored at the same time.
const SPILLS_AT_ONCE: usize = 8;

/// The audit trail of one process.
#[derive(Debug)]
pub(crate) struct Trail {
    state: Mutex<State>,
    stream: Arc<dyn Stream>,
    bucket: Option<Arc<dyn Bucket>>,
    meter: Arc<Meter>,
    /// How long the stream is left alone at most.
    pause: Duration,
    /// Held by the delivery that runs.
    delivering: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    chain: Chain,
    pending: VecDeque<Arc<Item>>,
    pending_bytes: usize,
    stream_name: Option<String>,
    /// Until when the stream is left alone.
    paused_until: Option<Instant>,
    /// How often it failed since it last took anything.
    failures: u32,
}

impl State {
    /// Whether an item still waits in memory.
    fn waits(&self, item: &Arc<Item>) -> bool {
        self.pending.iter().any(|other| Arc::ptr_eq(item, other))
    }

    /// Leaves the stream alone for a while, longer each time.
    fn leave_alone(&mut self, longest: Duration) {
        let pause = (longest / 16).saturating_mul(1_u32 << self.failures.min(4));
        self.failures = self.failures.saturating_add(1);
        self.paused_until = Some(Instant::now() + pause.min(longest));
    }
}

impl Trail {
    pub(crate) fn new(
        stream: Arc<dyn Stream>,
        bucket: Option<Arc<dyn Bucket>>,
        meter: Arc<Meter>,
        pause: Duration,
    ) -> Self {
        let state = State {
            chain: Chain::new(uuid::Uuid::new_v4().to_string()),
            pending: VecDeque::new(),
            pending_bytes: 0,
            stream_name: None,
            paused_until: None,
            failures: 0,
        };
        Self {
            state: Mutex::new(state),
            stream,
            bucket,
            meter,
            pause,
            delivering: tokio::sync::Mutex::default(),
        }
    }

    /// Says which stream takes the records from now on.
    pub(crate) fn use_stream(&self, name: &str) {
        let mut state = self.lock();
        if state.stream_name.as_deref() != Some(name) {
            state.stream_name = Some(name.to_owned());
            state.paused_until = None;
            state.failures = 0;
        }
    }

    /// How many records wait in memory.
    pub(crate) fn pending(&self) -> usize {
        self.lock().pending.len()
    }

    /// Delivers what waits, for so long at most. A delivery that is not over by then goes on by itself.
    pub(crate) async fn flush(self: &Arc<Self>, within: Duration) {
        if self.pending() == 0 {
            return;
        }
        let trail = Arc::clone(self);
        let delivery = tokio::spawn(async move { trail.deliver(within).await }.in_current_span());
        // Ended early or late, what is still pending says it all.
        drop(tokio::time::timeout(within, delivery).await);
    }

    fn seal(&self, record: Record) -> Result<Receipt, AuditError> {
        self.meter.record(&record);
        let mut state = self.lock();
        let item = Item::seal(&mut state.chain, record, self.bucket.is_some());
        let receipt = item.receipt.clone();
        let bytes = state.pending_bytes.saturating_add(item.bytes());
        if bytes > PENDING_BYTES_MAX && !state.pending.is_empty() {
            self.meter.note(|counts| counts.audit_lost = counts.audit_lost.saturating_add(1));
            tracing::error!(
                alarm = "audit_records_lost",
                chain = receipt.chain,
                sequence = receipt.sequence,
                "too many audit records wait in memory: one is not kept, and its chain shows a gap"
            );
            return Err(AuditError::Refused);
        }
        state.pending_bytes = bytes;
        state.pending.push_back(Arc::new(item));
        Ok(receipt)
    }

    /// One delivery: what is ready first, then what has bodies to be stored before it.
    async fn deliver(&self, within: Duration) {
        let _one_at_a_time = self.delivering.lock().await;
        let begun = Instant::now();
        let waiting = self.lock().pending.clone();
        let (heavy, ready): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|item| !item.bodies.is_empty());
        self.hand_over(ready, within).await;
        if !heavy.is_empty() {
            // What came before may have taken all the time: these get some of their own, beyond what anybody waits for.
            let left = within.saturating_sub(begun.elapsed()).max(within / 4);
            let ready = self.store_bodies(heavy, left).await;
            self.hand_over(ready, left).await;
        }
        let pending = self.pending();
        if pending > 0 {
            tracing::error!(
                alarm = "audit_pending",
                records = pending,
                "audit records wait in memory: neither stream nor bucket took them"
            );
        }
    }

    /// Lines to the stream, and to the bucket what the stream does not take.
    async fn hand_over(&self, items: Vec<Arc<Item>>, within: Duration) {
        let begun = Instant::now();
        // Half of the time is the stream's; the rest is for the other way.
        let (left, refuses_all) = self.to_stream(items, begun + within / 2).await;
        self.to_bucket(left.clone(), within.saturating_sub(begun.elapsed()).max(within / 4)).await;
        let mut state = self.lock();
        // A stream that refuses every record is as closed as one that does not answer, as long as the other way is open. If
        // it is not, the records are nowhere but here, and each delivery is worth another try.
        if refuses_all && !left.iter().any(|item| state.waits(item)) {
            state.leave_alone(self.pause);
        }
    }

    /// The items all of whose bodies lie in the bucket. The others wait for the next delivery.
    async fn store_bodies(&self, items: Vec<Arc<Item>>, within: Duration) -> Vec<Arc<Item>> {
        let mut ready = Vec::with_capacity(items.len());
        for item in items {
            let mut stored = true;
            for body in &item.bodies {
                stored = stored && self.store(&item.body_key(body), body.octets.clone(), within).await;
            }
            if stored {
                ready.push(item);
            }
        }
        ready
    }

    /// Hands lines to the stream; gives back those that it did not take, and whether it answered and took none.
    async fn to_stream(&self, mut left: Vec<Arc<Item>>, until: Instant) -> (Vec<Arc<Item>>, bool) {
        let Some(name) = self.open_stream() else { return (left, false) };
        let all = left.len();
        let mut answers = true;
        let mut wait = ROUND_WAIT;
        for round in 0..ROUNDS_MAX {
            if left.is_empty() {
                break;
            }
            if round > 0 {
                sleep_until(until.min(Instant::now() + wait)).await;
                wait = wait.saturating_mul(2);
            }
            let Ok(refused) = self.round(&name, left.clone(), until).await else {
                answers = false;
                break;
            };
            left = refused;
            if Instant::now() >= until {
                break;
            }
        }
        let mut state = self.lock();
        // What was taken on the way is pending no more.
        left.retain(|item| state.waits(item));
        if left.len() < all {
            state.failures = 0;
        }
        if !answers {
            state.leave_alone(self.pause);
        }
        let refuses_all = answers && !left.is_empty() && left.len() == all;
        (left, refuses_all)
    }

    /// Every line once, in as few calls as they fit into; gives back what was not taken.
    async fn round(
        &self,
        name: &str,
        mut left: Vec<Arc<Item>>,
        until: Instant,
    ) -> Result<Vec<Arc<Item>>, ()> {
        let mut refused = Vec::new();
        while !left.is_empty() {
            let together = batch(left.iter().map(|item| item.line.as_slice())).max(1);
            let rest = left.split_off(together.min(left.len()));
            let lines: Vec<&[u8]> = left.iter().map(|item| item.line.as_slice()).collect();
            let within = until.saturating_duration_since(Instant::now());
            let taken = self.stream.put(name, &lines, within).await.map_err(|error| {
                let help = error.reason.help(Language::En);
                tracing::error!(stream = name, %error, help, records = lines.len(), "the audit stream took nothing");
            })?;
            for (item, taken) in left.into_iter().zip(taken) {
                if taken { self.done(&item) } else { refused.push(item) }
            }
            left = rest;
        }
        if !refused.is_empty() {
            tracing::warn!(
                stream = name,
                records = refused.len(),
                "the audit stream did not take every record"
            );
        }
        Ok(refused)
    }

    /// The stream's name, unless there is none or it is being left alone.
    fn open_stream(&self) -> Option<String> {
        let state = self.lock();
        let paused = state.paused_until.is_some_and(|until| Instant::now() < until);
        state.stream_name.clone().filter(|_| !paused)
    }

    async fn to_bucket(&self, items: Vec<Arc<Item>>, within: Duration) {
        let Some(bucket) = &self.bucket else { return };
        let mut storing = JoinSet::new();
        let mut items = items.into_iter();
        loop {
            while storing.len() < SPILLS_AT_ONCE
                && let Some(item) = items.next()
            {
                let bucket = Arc::clone(bucket);
                storing.spawn(async move {
                    let stored = bucket.put(&item.spill_key(), item.line.clone(), within).await;
                    (item, stored)
                });
            }
            match storing.join_next().await {
                Some(Ok((item, Ok(())))) => self.spilled(&item),
                Some(Ok((_, Err(error)))) => {
                    let help = error.reason.help(Language::En);
                    tracing::error!(%error, help, "an audit record could not be spilled");
                }
                Some(Err(error)) => tracing::error!(%error, "a spilling task ended early"),
                None => return,
            }
        }
    }

    fn spilled(&self, item: &Item) {
        self.done(item);
        self.meter.note(|counts| counts.audit_spills = counts.audit_spills.saturating_add(1));
        tracing::error!(
            alarm = "audit_spilled",
            chain = item.receipt.chain,
            sequence = item.receipt.sequence,
            "the audit stream did not take a record: it lies in the bucket until it is replayed"
        );
    }

    async fn store(&self, key: &str, octets: Vec<u8>, within: Duration) -> bool {
        let Some(bucket) = &self.bucket else { return false };
        match bucket.put(key, octets, within).await {
            Ok(()) => true,
            Err(error) => {
                let help = error.reason.help(Language::En);
                tracing::error!(%error, help, "a body that is too large for its record could not be stored");
                false
            }
        }
    }

    fn done(&self, item: &Item) {
        let mut state = self.lock();
        state.pending.retain(|other| !core::ptr::eq(Arc::as_ptr(other), item));
        state.pending_bytes = state.pending.iter().fold(0, |sum, item| sum.saturating_add(item.bytes()));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The trail for one invocation: it waits no longer than this one may.
#[derive(Debug)]
pub(crate) struct Sink {
    pub(crate) trail: Arc<Trail>,
    pub(crate) within: Duration,
}

impl AuditSink for Sink {
    fn record(&self, record: Record) -> Recording<'_> {
        let sealed = self.trail.seal(record);
        Box::pin(async move {
            let receipt = sealed?;
            self.trail.flush(self.within).await;
            if self.trail.holds(&receipt) { Err(AuditError::Pending) } else { Ok(receipt) }
        })
    }
}

impl Trail {
    fn holds(&self, receipt: &Receipt) -> bool {
        self.lock().pending.iter().any(|item| item.receipt == *receipt)
    }
}

#[cfg(test)]
mod tests;
