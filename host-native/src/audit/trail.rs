//! The audit trail of one process.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use lacre_core::exchange::Sending;
use lacre_core::exchange::record::Record;
use tokio::sync::oneshot;

use super::chain::Chains;
use super::error::AuditError;
use super::health::{AuditHealth, Counters};
use super::intent::{BeforeSending, Open};
use super::queue::Queue;
use super::settings::AuditSettings;
use super::ship::{Shipments, Shipper};
use super::sink::{AuditSink, Intending, Recording};
use super::spool::Spool;
use super::writer::{self, Writer};

/// The audit trail of one process: a spool, and the files that it becomes.
///
/// Dropping it makes what was recorded durable and ends its threads, without shipping; [`AuditTrail::close`] ships first.
#[derive(Debug)]
pub struct AuditTrail {
    pub(super) queue: Arc<Queue>,
    shipments: Arc<Shipments>,
    counters: Arc<Counters>,
    open: Arc<Open>,
    acknowledge_within: Duration,
    before_sending: BeforeSending,
    intend_within: Duration,
    threads: Mutex<Option<[JoinHandle<()>; 2]>>,
}

impl AuditTrail {
    /// Takes the folder, takes up its chains, closes the requests that an earlier process left without a record, and begins to
    /// ship what it left.
    ///
    /// # Errors
    /// Another process holds the folder, it cannot be written or read, or no format is asked for.
    pub fn open(settings: AuditSettings) -> Result<Self, AuditError> {
        if settings.formats.is_empty() {
            return Err(AuditError::NoFormat);
        }
        let spool = Arc::new(Spool::open(&settings.folder)?);
        let recovered = spool
            .recover()
            .map_err(|error| AuditError::io("read the audit spool", &settings.folder, &error))?;
        let queue = Arc::new(Queue::new(settings.queue_bytes));
        let shipments = Arc::new(Shipments::default());
        let counters = Arc::new(Counters::default());
        counters.spool_bytes.add(recovered.spool_bytes);
        shipments.ask(recovered.next_segment, Vec::new());
        let (open, unfinished) = recovered.left.close();
        let open = Arc::new(open);

        let shipper = Shipper {
            spool: Arc::clone(&spool),
            formats: settings.formats.clone(),
            shipments: Arc::clone(&shipments),
            counters: Arc::clone(&counters),
            open: Arc::clone(&open),
            manifest: recovered.manifest,
        };
        let AuditSettings { acknowledge_within, before_sending, intend_within, .. } = settings;
        let folder = settings.folder.clone();
        let writer = Writer {
            settings,
            spool,
            queue: Arc::clone(&queue),
            shipments: Arc::clone(&shipments),
            counters: Arc::clone(&counters),
            open: Arc::clone(&open),
            chains: Chains::resume(&recovered.heads),
            next_segment: recovered.next_segment,
            active: None,
            batch: writer::Batch::default(),
        };
        let failed = |error| AuditError::io("start the threads of the audit folder", &folder, &error);
        let threads = Mutex::new(None);
        let trail = Self {
            queue,
            shipments,
            counters,
            open,
            acknowledge_within,
            before_sending,
            intend_within,
            threads,
        };
        trail.close_after(unfinished);
        // Should the second not start, dropping `trail` ends the first.
        let writer = thread::Builder::new().name("lacre-audit-spool".to_owned()).spawn(|| writer.run());
        let writer = writer.map_err(failed)?;
        let shipper = thread::Builder::new().name("lacre-audit-ship".to_owned()).spawn(|| shipper.run());
        *trail.threads.lock().unwrap_or_else(PoisonError::into_inner) =
            Some([writer, shipper.map_err(failed)?]);
        Ok(trail)
    }

    /// Puts in line, before anything else, the records of requests that an earlier process did not see the end of.
    fn close_after(&self, unfinished: Vec<Record>) {
        if unfinished.is_empty() {
            return;
        }
        let requests = unfinished.len();
        for record in unfinished {
            self.counters.closed_after.add(1);
            self.counters.waiting.add(1);
            // Nobody waits for it. Nothing is closed yet, and what has an intent finds room: it cannot be refused.
            drop(self.queue.push(record, true));
        }
        tracing::error!(
            alarm = "audit_requests_unfinished",
            requests,
            "an earlier process ended with requests under way: each has a record of outcome `unknown`"
        );
    }

    /// Waits until everything recorded so far lies in final files.
    ///
    /// # Errors
    /// The spool or a final file could not be written; it is tried again, and so may you.
    pub async fn flush(&self) -> Result<(), AuditError> {
        let (flushed, done) = oneshot::channel();
        self.queue.flush(flushed);
        done.await.unwrap_or(Err(AuditError::Closed))
    }

    /// Ships everything, then takes no more records and lets the folder go.
    ///
    /// # Errors
    /// Not everything could be shipped: it stays in the spool for the next process.
    pub async fn close(&self) -> Result<(), AuditError> {
        let flushed = self.flush().await;
        // Both threads are idle by now, or in one last attempt at a disk that fails.
        self.end();
        flushed
    }

    /// What the trail has done so far.
    #[must_use]
    pub fn health(&self) -> AuditHealth {
        self.counters.snapshot(self.open.count())
    }

    fn end(&self) {
        self.queue.close();
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner).take();
        let [writer, shipper] = threads.map_or([None, None], |threads| threads.map(Some));
        // A thread that panicked has been reported by the runtime; there is nothing left to wait for.
        writer.map(JoinHandle::join);
        self.shipments.stop();
        shipper.map(JoinHandle::join);
    }
}

impl Drop for AuditTrail {
    fn drop(&mut self) {
        self.end();
    }
}

impl AuditSink for AuditTrail {
    fn record(&self, record: Record) -> Recording<'_> {
        self.counters.recorded.add(1);
        self.counters.waiting.add(1);
        let has_intent = self.open.contains(&record.exchange_id);
        let queued = self.queue.push(record, has_intent);
        if let Err(error) = &queued {
            self.counters.waiting.subtract(1);
            self.counters.refused.add(1);
            tracing::error!(alarm = "audit_record_refused", help = error.help(), "{error}");
        }
        Box::pin(async move {
            match tokio::time::timeout(self.acknowledge_within, queued?).await {
                Ok(receipt) => receipt.map_err(|_| AuditError::Closed),
                Err(_) => {
                    self.counters.late.add(1);
                    Err(AuditError::Late)
                }
            }
        })
    }

    fn intend(&self, sending: &Sending<'_>) -> Option<Intending<'_>> {
        if self.before_sending == BeforeSending::Off {
            return None;
        }
        let queued = self.queue.intend(sending.intent());
        Some(Box::pin(async move {
            let kept = async { queued?.await.unwrap_or(Err(AuditError::Closed)) };
            let Err(error) =
                tokio::time::timeout(self.intend_within, kept).await.unwrap_or(Err(AuditError::Late))
            else {
                return Ok(());
            };
            self.counters.unintended.add(1);
            let required = self.before_sending == BeforeSending::Require;
            tracing::error!(alarm = "audit_intent_failed", required, help = error.help(), "{error}");
            if required { Err(error) } else { Ok(()) }
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use lacre_archive::{Format, read_ndjson, read_parquet};
    use lacre_core::exchange::Channel;
    use lacre_core::exchange::chain::verify_link;
    use lacre_report::record::Row;

    use super::*;

    const HOUR_MS: i64 = 3_600_000;
    const START_MS: i64 = 1_795_000_000_000;

    fn record(number: i64) -> Record {
        let channel = if number % 3 == 0 { Channel::Dict } else { Channel::Spi };
        let mut record = Record::new(channel, &format!("exchange-{number}"), START_MS + number * HOUR_MS / 4);
        record.request_path = "/api/v1/in/12345678/msgs".to_owned();
        record.response_status_code = (number % 2 == 0).then_some(201);
        record
    }

    fn settings(folder: &Path) -> AuditSettings {
        AuditSettings { acknowledge_within: Duration::from_secs(30), ..AuditSettings::new(folder) }
    }

    fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                found.extend(files(&path, ending));
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(path);
            }
        }
        found.sort();
        found
    }

    fn rows(folder: &Path, channel: &str, ending: &str) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for path in files(&folder.join("log").join(channel), ending) {
            match ending {
                "ndjson" => rows.extend(read_ndjson(&path).unwrap().map(Result::unwrap)),
                _ => rows.extend(read_parquet(&path).unwrap().map(Result::unwrap)),
            }
        }
        rows.sort_by_key(|row| row.integer("chain_sequence"));
        rows
    }

    /// Panics unless the rows are one chain from its first record on.
    fn assert_chain(rows: &[Row]) {
        let mut previous = [0; 32];
        for (number, row) in rows.iter().enumerate() {
            assert_eq!(row.integer("chain_sequence"), i64::try_from(number).ok());
            previous = verify_link(&previous, row.values()).expect("the chain holds");
        }
    }

    #[tokio::test]
    async fn what_is_recorded_lies_in_every_format_by_channel_and_hour() {
        let folder = tempfile::tempdir().unwrap();
        let trail = AuditTrail::open(settings(folder.path())).unwrap();
        for number in 0..30 {
            let receipt = trail.record(record(number)).await.unwrap();
            assert!(receipt.sequence >= 0);
        }
        trail.close().await.unwrap();
        let health = trail.health();
        assert_eq!((health.recorded, health.spooled, health.shipped, health.spool_bytes), (30, 30, 30, 0));
        for format in Format::ALL {
            let (spi, dict) =
                (rows(folder.path(), "spi", format.name()), rows(folder.path(), "dict", format.name()));
            assert_eq!((spi.len(), dict.len()), (20, 10));
            assert_chain(&spi);
            assert_chain(&dict);
            let names: Vec<_> = spi[0].columns().iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, Record::COLUMNS.map(|(name, _)| name));
        }
        assert_eq!(
            rows(folder.path(), "spi", "ndjson"),
            rows(folder.path(), "spi", Format::ALL.last().unwrap().name())
        );
        let first = files(&folder.path().join("log/dict/year=2026/month=11"), "ndjson").remove(0);
        assert!(
            first.starts_with(folder.path().join("log/dict/year=2026/month=11/day=18/hour=11")),
            "{first:?}"
        );
        assert!(files(folder.path(), "tmp").is_empty() && files(folder.path(), "spool").is_empty());
    }

    #[tokio::test]
    async fn a_trail_that_was_only_dropped_goes_on_in_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..4 {
            let trail = AuditTrail::open(settings(folder.path())).unwrap();
            for number in 0..5 {
                trail.record(record(round * 5 + number)).await.unwrap();
            }
        }
        AuditTrail::open(settings(folder.path())).unwrap().close().await.unwrap();
        for channel in ["spi", "dict"] {
            let shipped = rows(folder.path(), channel, "ndjson");
            assert_chain(&shipped);
            assert!(shipped.len() >= 6);
        }
    }

    #[tokio::test]
    async fn the_folder_belongs_to_one_trail_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = AuditTrail::open(settings(folder.path())).unwrap();
        let second = AuditTrail::open(settings(folder.path())).unwrap_err();
        assert_eq!(second, AuditError::InUse(folder.path().to_owned()));
        first.close().await.unwrap();
        assert_eq!(first.record(record(0)).await, Err(AuditError::Closed));
        AuditTrail::open(settings(folder.path())).unwrap();
    }

    #[tokio::test]
    async fn a_record_that_finds_no_room_leaves_a_gap_in_its_chain() {
        let folder = tempfile::tempdir().unwrap();
        let trail = AuditTrail::open(settings(folder.path())).unwrap();
        trail.record(record(1)).await.unwrap();
        let mut huge = record(2);
        huge.request_path = "x".repeat(lacre_archive::RECORD_BYTES_MAX);
        assert_eq!(trail.record(huge).await, Err(AuditError::Refused));
        assert_eq!(trail.record(record(4)).await.unwrap().sequence, 2);
        assert_eq!(trail.health().refused, 1);
    }

    #[tokio::test]
    async fn an_octet_that_changed_in_the_spool_costs_one_record_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let trail = AuditTrail::open(settings(folder.path())).unwrap();
        for _ in 0..4 {
            trail.record(record(1)).await.unwrap();
        }
        drop(trail);
        let spooled = files(folder.path(), "spool").remove(0);
        let mut octets = fs::read(&spooled).unwrap();
        let last = octets.len() - 10;
        octets[last] ^= 4;
        fs::write(&spooled, octets).unwrap();

        let trail = AuditTrail::open(settings(folder.path())).unwrap();
        assert_eq!(trail.record(record(1)).await.unwrap().sequence, 4);
        trail.close().await.unwrap();
        assert_eq!(trail.health().damaged, 1);
        let sequences: Vec<_> = rows(folder.path(), "spi", "ndjson")
            .iter()
            .filter_map(|row| row.integer("chain_sequence"))
            .collect();
        assert_eq!(sequences, [0, 1, 2, 4]);
        assert_eq!(files(folder.path(), "damaged").len(), 1);
    }

    #[tokio::test]
    async fn a_spool_file_that_the_manifest_covers_is_not_shipped_again() {
        let folder = tempfile::tempdir().unwrap();
        let trail = AuditTrail::open(settings(folder.path())).unwrap();
        trail.record(record(1)).await.unwrap();
        drop(trail);
        let spooled = files(folder.path(), "spool").remove(0);
        let octets = fs::read(&spooled).unwrap();
        AuditTrail::open(settings(folder.path())).unwrap().close().await.unwrap();
        // As after a kill between the manifest and the deletion, and an operator who moved the files away.
        fs::write(&spooled, octets).unwrap();
        fs::remove_dir_all(folder.path().join("log")).unwrap();
        let trail = AuditTrail::open(settings(folder.path())).unwrap();
        assert_eq!(trail.record(record(1)).await.unwrap().sequence, 1);
        trail.close().await.unwrap();
        assert_eq!(rows(folder.path(), "spi", "ndjson").len(), 1);
        assert!(!spooled.exists());
    }

    /// A kill among the final files of one spool file leaves some of them: whichever they are, shipping again ends alike.
    #[tokio::test]
    async fn shipping_again_after_any_of_its_files_ends_with_the_same_files() {
        let folder = tempfile::tempdir().unwrap();
        let trail = AuditTrail::open(settings(folder.path())).unwrap();
        for number in 0..12 {
            trail.record(record(number)).await.unwrap();
        }
        drop(trail);
        let spooled = files(folder.path(), "spool").remove(0);
        let octets = fs::read(&spooled).unwrap();
        let log = folder.path().join("log");
        let contents = || -> Vec<_> {
            Format::ALL
                .iter()
                .flat_map(|format| files(&log, format.name()))
                .map(|path| (fs::read(&path).unwrap(), path))
                .collect()
        };
        AuditTrail::open(settings(folder.path())).unwrap().close().await.unwrap();
        let whole = contents();
        assert!(whole.len() >= 6);
        for left in 0..=whole.len() {
            for (_, path) in &whole[left..] {
                fs::remove_file(path).unwrap();
            }
            if let Some((content, path)) = whole.get(left) {
                let name = path.file_name().unwrap().to_str().unwrap();
                fs::write(path.with_file_name(format!(".{name}.tmp")), &content[..content.len() / 2])
                    .unwrap();
            }
            fs::write(&spooled, &octets).unwrap();
            fs::remove_file(folder.path().join("spool/manifest")).unwrap();
            AuditTrail::open(settings(folder.path())).unwrap().close().await.unwrap();
            assert!(contents() == whole, "killed after {left} files");
            assert!(files(folder.path(), "tmp").is_empty());
        }
    }

    #[tokio::test]
    async fn a_manifest_that_changed_is_put_aside_and_a_new_chain_begins() {
        let folder = tempfile::tempdir().unwrap();
        let trail = AuditTrail::open(settings(folder.path())).unwrap();
        let before = trail.record(record(1)).await.unwrap();
        trail.close().await.unwrap();
        let manifest = folder.path().join("spool/manifest");
        let mut octets = fs::read(&manifest).unwrap();
        let last = octets.len() - 5;
        octets[last] ^= 1;
        fs::write(&manifest, octets).unwrap();
        let trail = AuditTrail::open(settings(folder.path())).unwrap();
        let after = trail.record(record(1)).await.unwrap();
        assert_ne!(after.chain, before.chain);
        assert_eq!((after.sequence, files(folder.path(), "damaged").len()), (0, 1));
        trail.close().await.unwrap();
        assert_eq!(files(&folder.path().join("log"), "ndjson").len(), 2);
    }
}
