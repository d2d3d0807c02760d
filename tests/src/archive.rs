//! Archives as the native proxy writes them, of exchanges that carry real signatures, some of them tampered with afterwards.
//!
//! ```text
//! <folder>/log/{spi,dict}/year=…/month=…/day=…/hour=…/part-<chain>-<first>-<last>.{parquet,ndjson}
//! <folder>/bacen.pem    the certificate that BACEN's answers are signed with
//! <folder>/own.pem      the certificate that the institution's requests are signed with
//! ```

mod exchanges;
mod tamper;

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use lacre_archive::Format;
use lacre_core::exchange::{Channel, Record};
use lacre_native::audit::{AuditSettings, AuditSink as _, AuditTrail};
use serde_json::{Value, json};

use exchanges::{Exchanged, Kind, Parties};

/// 2026-10-31 21:30 UTC: an archive of some hours has a new day and a new month in it.
const START_MS: i64 = 1_793_482_200_000;
const HOUR_MS: i64 = 3_600_000;
/// How many records are shipped together: what bounds a file, and memory.
const SHIPPED_ROWS: usize = 1_000;

/// What an archive shall be.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ArchiveOptions {
    /// How many records it has.
    pub rows: usize,
    /// How many of them are tampered with.
    pub tampered: usize,
    /// What decides everything but the keys.
    pub seed: u64,
    /// What files it consists of.
    pub formats: Vec<Format>,
}

impl ArchiveOptions {
    /// An archive in both formats that nobody tampered with.
    #[must_use]
    pub fn new(rows: usize) -> Self {
        Self { rows, tampered: 0, seed: crate::seed(), formats: Format::ALL.to_vec() }
    }

    /// The same with tampered records.
    #[must_use]
    pub fn tampered(self, tampered: usize) -> Self {
        Self { tampered, ..self }
    }

    /// The same in one format.
    #[must_use]
    pub fn format(self, format: Format) -> Self {
        Self { formats: vec![format], ..self }
    }
}

/// An archive that was made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Archive {
    /// The folder of everything.
    pub folder: PathBuf,
    /// How many records there are.
    pub rows: usize,
    /// How many messages they keep, requests and answers, each part of a multipart body counted.
    pub messages: usize,
    /// The records that were tampered with, by file and row.
    pub tampered: Vec<Tampered>,
}

/// A record that is no longer what it was.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Tampered {
    /// The files that hold it, below the archive's folder, Parquet first.
    pub files: Vec<String>,
    /// Its row in each of them, counted from 0.
    pub row: u64,
    /// The exchange.
    pub exchange_id: String,
    /// What was done: `response-content`, `request-content`, `seal` or `signer-unknown`.
    pub how: &'static str,
}

impl Tampered {
    /// The verdict and the code that only BACEN's certificate brings to light.
    #[must_use]
    pub fn found(&self) -> (&'static str, &'static str) {
        match self.how {
            "response-content" => ("invalid", "digest-mismatch"),
            "signer-unknown" => ("indeterminate", "certificate-unknown"),
            // A request is judged only where the institution's own certificate is known.
            _ => ("invalid", "record-seal"),
        }
    }
}

impl Archive {
    /// Where the files are.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// What was made, for programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let tampered = self.tampered.iter().map(|one| {
            let (verdict, code) = one.found();
            json!({
                "file": one.files.first(), "files": one.files, "row": one.row, "exchange_id": one.exchange_id,
                "how": one.how, "verdict": verdict, "code": code,
            })
        });
        json!({
            "rows": self.rows, "messages": self.messages,
            "log": "log", "bacen": "bacen.pem", "own": "own.pem",
            "tampered": tampered.collect::<Vec<_>>(),
        })
    }
}

/// What is remembered of each record, to find it again.
struct Made {
    exchange_id: String,
    kind: Kind,
    channel: Channel,
    sequence: i64,
}

/// Makes an archive in a folder that is empty or not there.
///
/// # Panics
/// If the folder is not empty or cannot be written, or if fewer records than asked for can be tampered with.
#[must_use]
pub fn make(folder: &Path, options: &ArchiveOptions) -> Archive {
    fs::create_dir_all(folder).unwrap();
    assert!(fs::read_dir(folder).unwrap().next().is_none(), "`{}` is not empty", folder.display());
    let parties = Parties::new();
    fs::write(folder.join("bacen.pem"), parties.bacen.certificate_pem()).unwrap();
    fs::write(folder.join("own.pem"), parties.own.certificate_pem()).unwrap();

    let (made, messages) = record(folder, &parties, options);
    fs::remove_dir_all(folder.join("spool")).unwrap();
    let tampered = tamper::tamper(folder, &made, options);
    Archive { folder: folder.to_owned(), rows: made.len(), messages, tampered }
}

/// Makes the exchanges and has the native proxy's audit trail keep them.
fn record(folder: &Path, parties: &Parties, options: &ArchiveOptions) -> (Vec<Made>, usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut settings = AuditSettings::new(folder);
    settings.formats.clone_from(&options.formats);
    // Files end where they are told to, not when a busy machine lets them.
    settings.segment_bytes = u64::MAX;
    settings.segment_records = u64::MAX;
    settings.segment_age = Duration::from_secs(86_400);
    settings.queue_bytes = 1 << 30;
    let trail = Arc::new(AuditTrail::open(settings).unwrap());
    let mut made = Vec::with_capacity(options.rows);
    let mut messages = 0;
    let mut shipping = None;
    let mut next_sequence = [0, 0];
    for from in (0..options.rows).step_by(SHIPPED_ROWS) {
        let exchanged = exchanges(parties, from..options.rows.min(from + SHIPPED_ROWS), options);
        // The trail keeps the last batch while the next is signed.
        wait(&runtime, shipping.take());
        for Exchanged { record, kind, messages: more } in exchanged {
            let sequence = &mut next_sequence[usize::from(record.channel == Channel::Dict)];
            let Record { exchange_id, channel, .. } = &record;
            made.push(Made {
                exchange_id: exchange_id.clone(),
                kind,
                channel: *channel,
                sequence: *sequence,
            });
            *sequence += 1;
            messages += more;
            // It is taken at the call; the flush behind it waits for all of them.
            drop(trail.record(record));
        }
        let trail = Arc::clone(&trail);
        shipping = Some(runtime.spawn(async move { trail.flush().await }));
    }
    wait(&runtime, shipping);
    runtime.block_on(trail.close()).unwrap();
    let health = trail.health();
    assert_eq!((health.refused, usize::try_from(health.shipped)), (0, Ok(options.rows)));
    (made, messages)
}

type Shipping = tokio::task::JoinHandle<Result<(), lacre_native::audit::AuditError>>;

fn wait(runtime: &tokio::runtime::Runtime, shipping: Option<Shipping>) {
    if let Some(shipping) = shipping {
        runtime.block_on(shipping).unwrap().unwrap();
    }
}

/// The exchanges with these numbers, in order, made on all processors.
fn exchanges(
    parties: &Parties,
    numbers: core::ops::Range<usize>,
    options: &ArchiveOptions,
) -> Vec<Exchanged> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let numbers: Vec<usize> = numbers.collect();
    let share = numbers.len().div_ceil(workers).max(1);
    thread::scope(|scope| {
        let at_work: Vec<_> = numbers
            .chunks(share)
            .map(|numbers| {
                let work = |number: &usize| {
                    parties.exchange(*number, options.seed, instant_ms(*number, options.rows))
                };
                scope.spawn(move || numbers.iter().map(work).collect::<Vec<_>>())
            })
            .collect();
        at_work.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

/// When an exchange began: an archive lasts three hours, a large one up to a day.
fn instant_ms(number: usize, rows: usize) -> i64 {
    let hours = (rows / 1_000).clamp(3, 24) as i64;
    START_MS + hours * HOUR_MS * number as i64 / rows.max(1) as i64
}
