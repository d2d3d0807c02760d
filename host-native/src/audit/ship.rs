//! The shipping thread: turns closed spool files into final files, each record once.

use core::time::Duration;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::durable;
use super::error::AuditError;
use super::frame::{self, Part};
use super::health::Counters;
use super::intent::{self, Open};
use super::queue::Flushed;
use super::spool::{self, Entry, Head, Manifest, Spool};
use lacre_archive::{Format, write_ndjson, write_parquet};
use lacre_report::record::Row;

const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(60);

/// What the shipping thread is asked for.
#[derive(Default)]
pub(super) struct Shipments {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    closed_below: u64,
    due: bool,
    flushes: Vec<Flushed>,
    stop: bool,
}

impl core::fmt::Debug for Shipments {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Shipments").field("closed_below", &self.lock().closed_below).finish_non_exhaustive()
    }
}

impl Shipments {
    /// Says which spool files will not change any more.
    pub(super) fn close_below(&self, number: u64) {
        self.lock().closed_below = number;
    }

    /// Asks for all closed spool files to be shipped now.
    pub(super) fn ask(&self, closed_below: u64, flushes: Vec<Flushed>) {
        let mut state = self.lock();
        state.closed_below = closed_below;
        state.due = true;
        state.flushes.extend(flushes);
        drop(state);
        self.changed.notify_one();
    }

    /// Asks the thread to end; what is not shipped is shipped by the next process.
    pub(super) fn stop(&self) {
        self.lock().stop = true;
        self.changed.notify_one();
    }

    /// Waits for something to do; `None` when it is time to end.
    fn take(&self, retry_at: Option<Instant>) -> Option<(u64, Vec<Flushed>)> {
        let mut state = self.lock();
        loop {
            let left = retry_at.map(|at| at.saturating_duration_since(Instant::now()));
            // After a failure only the clock or a flush tries again: a disk in trouble is not asked at every new file.
            let due = if retry_at.is_some() { left == Some(Duration::ZERO) } else { state.due };
            if due || !state.flushes.is_empty() {
                state.due = false;
                return Some((state.closed_below, core::mem::take(&mut state.flushes)));
            }
            if state.stop {
                return None;
            }
            state = match left {
                Some(left) => {
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn is_stopped(&self) -> bool {
        self.lock().stop
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is shipped is safe already: who waits for an answer goes first. On Linux priorities are a thread's own, elsewhere the whole
/// process would step back.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, SHIPPING_NICENESS) {
        tracing::debug!(%error, "shipping goes on with everybody's priority");
    }
}

/// Half-way to the lowest priority.
#[cfg(target_os = "linux")]
const SHIPPING_NICENESS: i32 = 10;

pub(super) struct Shipper {
    pub(super) spool: Arc<Spool>,
    pub(super) formats: Vec<Format>,
    pub(super) shipments: Arc<Shipments>,
    pub(super) counters: Arc<Counters>,
    pub(super) open: Arc<Open>,
    pub(super) manifest: Manifest,
}

impl Shipper {
    /// Works until it is told to stop.
    pub(super) fn run(mut self) {
        step_back();
        let mut retry: Option<(Instant, Duration)> = None;
        while let Some((closed_below, flushes)) = self.shipments.take(retry.map(|(at, _)| at)) {
            let result = self.ship_below(closed_below);
            retry = result.as_ref().err().map(|failure| {
                self.counters.ship_failures.add(1);
                tracing::error!(alarm = "audit_ship_failed", help = failure.help(), "{failure}");
                let wait = retry.map_or(FIRST_RETRY, |(_, wait)| wait.saturating_mul(2).min(LAST_RETRY));
                (Instant::now() + wait, wait)
            });
            flushes.into_iter().for_each(|flushed| drop(flushed.send(result.clone())));
        }
    }

    fn ship_below(&mut self, closed_below: u64) -> Result<(), AuditError> {
        let failed = |error| AuditError::io("ship the audit spool to", self.spool.root(), &error);
        // Read once: files go in their order, so that no record is deleted while the intent that it ends is still there.
        let floor = self.open.floor();
        for (number, bytes) in self.spool.segments().map_err(failed)? {
            if number >= closed_below || self.shipments.is_stopped() {
                break;
            }
            let failed =
                |error| AuditError::io("ship the audit spool file", &self.spool.segment(number), &error);
            // Already shipped, when it had to stay for its intents, or a crash came between the manifest and the deletion.
            if number > self.manifest.segment {
                let next = self.ship(number).map_err(failed)?;
                self.spool.write_manifest(&next).map_err(failed)?;
                self.manifest = next;
            }
            if number >= floor {
                continue;
            }
            durable::remove(&self.spool.segment(number)).map_err(failed)?;
            self.counters.spool_bytes.subtract(bytes.min(self.counters.spool_bytes.value()));
        }
        Ok(())
    }

    /// Writes the final files of one spool file. All of it depends only on that file and on the manifest before it,
    /// so that a repetition gives the same names and the same rows.
    fn ship(&self, number: u64) -> io::Result<Manifest> {
        let bytes = fs::read(self.spool.segment(number))?;
        let mut parts: BTreeMap<PartKey, Vec<(&str, Row)>> = BTreeMap::new();
        let mut seen = self.manifest.heads.clone();
        for part in frame::parts(&bytes) {
            match part {
                Part::Whole { payload } if Entry::read(payload).is_some_and(|e| intent::is_intent(&e)) => {}
                Part::Whole { payload } => match read(payload) {
                    Some((key, line, row)) => {
                        let channel = spool::channel(&key.folder).to_owned();
                        if let Some(head) = spool::head(&row).filter(|head| is_new(head, seen.get(&channel)))
                        {
                            seen.insert(channel, head);
                            parts.entry(key).or_default().push((line, row));
                        }
                    }
                    None => self.report_damage(number, payload)?,
                },
                Part::Damaged { span, .. } => {
                    self.report_damage(number, bytes.get(span).unwrap_or_default())?
                }
                Part::Torn { span } => self.report_torn_end(number, bytes.get(span).unwrap_or_default())?,
            }
        }
        for (key, rows) in &parts {
            self.write_part(key, rows)?;
            self.counters.shipped.add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        }
        Ok(Manifest { segment: number, heads: spool::heads_after(self.manifest.heads.clone(), &bytes) })
    }

    fn write_part(&self, key: &PartKey, rows: &[(&str, Row)]) -> io::Result<()> {
        let folder = self.spool.root().join(&key.folder);
        durable::create_folders(&folder)?;
        let sequence =
            |at: Option<&(&str, Row)>| at.and_then(|(_, row)| row.integer("chain_sequence")).unwrap_or(0);
        let (first, last) = (sequence(rows.first()), sequence(rows.last()));
        let name = format!("part-{}-{first:012}-{last:012}", key.chain);
        for format in &self.formats {
            match format {
                Format::Ndjson => durable::replace(&folder.join(format!("{name}.ndjson")), |file| {
                    write_ndjson(file, rows.iter().map(|(line, _)| *line))
                })?,
                Format::Parquet => durable::replace(&folder.join(format!("{name}.parquet")), |file| {
                    write_parquet(file, &rows.iter().map(|(_, row)| row).collect::<Vec<_>>())
                })?,
            }
        }
        Ok(())
    }

    /// The octets are kept all the same: whoever doubts that nobody was told can look.
    fn report_torn_end(&self, number: u64, octets: &[u8]) -> io::Result<()> {
        self.spool.quarantine(&format!("{number:016}-torn"), octets)?;
        tracing::warn!(
            segment = number,
            bytes = octets.len(),
            "cut off the end of a spool file: it was never acknowledged"
        );
        Ok(())
    }

    fn report_damage(&self, number: u64, octets: &[u8]) -> io::Result<()> {
        self.counters.damaged.add(1);
        self.spool.quarantine(&format!("{number:016}"), octets)?;
        tracing::error!(
            alarm = "audit_spool_damaged",
            segment = number,
            bytes = octets.len(),
            "a spooled audit record changed on the disk: it is in quarantine, and its chain shows a gap"
        );
        Ok(())
    }
}

/// What goes into one final file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct PartKey {
    folder: String,
    chain: String,
}

/// The record in a frame's payload, unless the payload is not what lacre writes.
fn read(payload: &[u8]) -> Option<(PartKey, &str, Row)> {
    let entry = Entry::read(payload)?;
    let row: Row = serde_json::from_str(entry.line).ok()?;
    let chain = spool::head(&row)?.chain;
    let is_plain =
        |name: &str| !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', ':', '\0']);
    let stays_below = entry.folder.split('/').all(is_plain) && is_plain(&chain);
    stays_below.then(|| (PartKey { folder: entry.folder.to_owned(), chain }, entry.line, row))
}

fn is_new(found: &Head, seen: Option<&Head>) -> bool {
    seen.is_none_or(|seen| seen.chain != found.chain || seen.sequence < found.sequence)
}
