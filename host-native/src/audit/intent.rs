//! Intents: what the spool holds of a request before its first octet leaves, and what becomes of those that nobody ended.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_core::Reason;
use lacre_core::exchange::record::Content;
use lacre_core::exchange::{Channel, Outcome, Record};
use lacre_report::record::{Row, json_line};

use super::frame::{self, Part};
use super::spool::{Entry, channel};

/// What must have happened before a request leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BeforeSending {
    /// Its intent is on the disk, or it does not leave: the caller is told so, and may safely try again.
    #[default]
    Require,
    /// Its intent is on the disk, or the disk did not take it: then it leaves all the same.
    Try,
    /// Nothing: one sync less, and a kill may leave a request that BACEN accepted without a record.
    Off,
}

impl BeforeSending {
    /// The choice with this name, as configurations write it: `require`, `try` or `off`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = [("require", Self::Require), ("try", Self::Try), ("off", Self::Off)];
        all.into_iter().find(|(known, _)| *known == name).map(|(_, choice)| choice)
    }
}

/// Where a frame of an intent says that it belongs. Nothing of it is ever shipped.
const FOLDER: &str = "intent/";

/// The name that the header of an intent's frame carries: never a chain's.
pub(super) const fn frame_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Spi => "i-spi",
        Channel::Dict => "i-dict",
    }
}

/// The payload of an intent's frame: the record that the exchange gets if nobody ends it.
pub(super) fn payload(record: &Record) -> Vec<u8> {
    let line = String::from_utf8(json_line(record)).unwrap_or_default();
    Entry { folder: &format!("{FOLDER}{}", record.channel.as_str()), line: &line }.write()
}

/// Whether this is an entry of an intent, not of a record.
pub(super) fn is_intent(entry: &Entry<'_>) -> bool {
    entry.folder.starts_with(FOLDER)
}

/// The exchanges whose intent is in the spool and whose record is not, with the number of the spool file that holds the intent.
#[derive(Debug, Default)]
pub(super) struct Open(Mutex<BTreeMap<String, u64>>);

impl Open {
    pub(super) fn new(exchanges: BTreeMap<String, u64>) -> Self {
        Self(Mutex::new(exchanges))
    }

    pub(super) fn add(&self, exchange: String, segment: u64) {
        self.lock().insert(exchange, segment);
    }

    pub(super) fn remove(&self, exchange: &str) {
        self.lock().remove(exchange);
    }

    pub(super) fn contains(&self, exchange: &str) -> bool {
        self.lock().contains_key(exchange)
    }

    /// No spool file with this number or a greater one may be deleted.
    pub(super) fn floor(&self) -> u64 {
        self.lock().values().copied().min().unwrap_or(u64::MAX)
    }

    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.lock().len()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The intents that an earlier process left, oldest first as far as that matters: by spool file, then by exchange.
#[derive(Debug, Default)]
pub(super) struct Left(BTreeMap<String, (u64, Record)>);

impl Left {
    /// Reads on in the spool file with this number: intents begin, records end them.
    pub(super) fn read(&mut self, segment: u64, bytes: &[u8]) {
        for part in frame::parts(bytes) {
            let Part::Whole { payload } = part else { continue };
            let Some(entry) = Entry::read(payload) else { continue };
            if is_intent(&entry) {
                if let Some(record) = record(&entry) {
                    self.0.insert(record.exchange_id.clone(), (segment, record));
                }
            } else if !self.0.is_empty()
                && let Some(exchange) = exchange_of(entry.line)
            {
                self.0.remove(&exchange);
            }
        }
    }

    /// Where each of them lies, and the records that close them.
    pub(super) fn close(self) -> (Open, Vec<Record>) {
        let segments = self.0.iter().map(|(exchange, (segment, _))| (exchange.clone(), *segment)).collect();
        let mut records: Vec<_> = self.0.into_values().collect();
        records.sort_by_key(|(segment, record)| (*segment, record.request_received_ms()));
        (Open::new(segments), records.into_iter().map(|(_, record)| record).collect())
    }
}

fn exchange_of(line: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Only {
        exchange_id: String,
    }
    serde_json::from_str::<Only>(line).ok().map(|only| only.exchange_id)
}

/// The record that an intent holds.
fn record(entry: &Entry<'_>) -> Option<Record> {
    let row = Row::parse(entry.line.as_bytes()).ok()?;
    let text = |name: &str| row.text(name).map(str::to_owned);
    let channel = [Channel::Spi, Channel::Dict].into_iter().find(|c| c.as_str() == channel(entry.folder))?;
    let received_ms = row.integer("request_received_ms")?;
    let mut record = Record::new(channel, row.text("exchange_id")?, received_ms);
    record.outcome = Outcome::Unknown;
    record.outcome_reason = Some(Reason::ProcessEnded.code());
    record.request_method = text("request_method")?;
    record.request_path = text("request_path")?;
    record.request_query = text("request_query");
    record.request_header = text("request_header")?;
    record.request_wire_sha256 = text("request_wire_sha256");
    record.request_sent_ms = row.integer("request_sent_ms");
    let body = row.text("request_body").zip(row.text("request_body_encoding"));
    match body {
        Some((text, "utf-8")) => record.request_body = Some(Content::of(text.as_bytes())),
        Some((text, "base64")) => {
            record.request_body = Some(Content::of(&BASE64_STANDARD.decode(text).ok()?));
        }
        Some(_) => {
            record.request_body = Some(Content::of(&[]));
            record.omit_bodies();
        }
        None => {}
    }
    Some(record)
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::fs;
    use std::path::Path;

    use lacre_archive::{Format, read_ndjson};

    use super::super::{AuditError, AuditSettings, AuditSink as _, AuditTrail};
    use super::*;

    fn intent(body: &[u8]) -> Record {
        let mut record = Record::new(Channel::Dict, "exchange-1", 1_795_000_000_000);
        record.outcome = Outcome::Unknown;
        record.outcome_reason = Some(Reason::ProcessEnded.code());
        record.request_method = "POST".to_owned();
        record.request_path = "/api/v2/entries/".to_owned();
        record.request_query = Some("a=%20".to_owned());
        record.request_header = "{\"pi-payerid\":\"1\"}".to_owned();
        record.request_body = Some(Content::of(body));
        record.request_wire_sha256 = Some("ab".repeat(32));
        record.request_sent_ms = Some(1_795_000_000_009);
        record
    }

    #[test]
    fn an_intent_is_the_record_that_closes_it() {
        let mut omitted = intent(b"long");
        omitted.omit_bodies();
        for kept in [intent(b"<a>\n\"</a>"), intent(b"\xff\x00"), omitted] {
            let payload = payload(&kept);
            let entry = Entry::read(&payload).unwrap();
            assert!(is_intent(&entry));
            assert_eq!(json_line(&record(&entry).unwrap()), json_line(&kept));
        }
    }

    /// What the files of a folder say of each exchange, in the order of the chain.
    fn outcomes(folder: &Path) -> Vec<(String, String)> {
        let mut rows = Vec::new();
        collect(&folder.join("log"), &mut rows);
        rows.sort_by_key(|row: &Row| row.integer("chain_sequence"));
        let sequences: Vec<_> = rows.iter().filter_map(|row| row.integer("chain_sequence")).collect();
        assert!(sequences.iter().copied().eq(0..i64::try_from(rows.len()).unwrap()), "{sequences:?}");
        let text = |row: &Row, name| row.text(name).unwrap().to_owned();
        rows.iter().map(|row| (text(row, "exchange_id"), text(row, "outcome"))).collect()
    }

    fn collect(folder: &Path, rows: &mut Vec<Row>) {
        for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
            if entry.path().is_dir() {
                collect(&entry.path(), rows);
            } else {
                rows.extend(read_ndjson(&entry.path()).unwrap().map(Result::unwrap));
            }
        }
    }

    fn open(folder: &Path) -> AuditTrail {
        let mut settings = AuditSettings::new(folder);
        settings.formats = vec![Format::Ndjson];
        settings.acknowledge_within = Duration::from_secs(30);
        AuditTrail::open(settings).unwrap()
    }

    fn of(exchange: &str, outcome: Outcome) -> Record {
        let mut record = Record::new(Channel::Spi, exchange, 1_795_000_000_000);
        record.request_method = "POST".to_owned();
        record.outcome = outcome;
        record
    }

    async fn intend(trail: &AuditTrail, exchange: &str) {
        trail.queue.intend(of(exchange, Outcome::Unknown)).unwrap().await.unwrap().unwrap();
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[tokio::test]
    async fn what_nobody_ended_is_closed_once_by_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        let trail = open(folder.path());
        for exchange in ["a", "b"] {
            intend(&trail, exchange).await;
        }
        trail.record(of("a", Outcome::Answered)).await.unwrap();
        // It is acknowledged before it is synced, and is open until then.
        for _ in 0..10_000 {
            if trail.health().open == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(trail.health().open, 1);
        drop(trail);
        for round in 0..3 {
            let trail = open(folder.path());
            assert_eq!(trail.health().closed_after, u64::from(round == 0));
            // Every second process ends without shipping.
            if round != 1 {
                trail.close().await.unwrap();
                assert_eq!((trail.health().open, trail.health().spool_bytes), (0, 0));
            }
        }
        assert_eq!(outcomes(folder.path()), pairs(&[("a", "answered"), ("b", "unknown")]));
    }

    #[tokio::test]
    async fn a_shipped_file_stays_until_its_intents_have_ended_and_so_do_those_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let spooled = || {
            let names = fs::read_dir(folder.path().join("spool")).unwrap();
            names.filter(|e| e.as_ref().unwrap().path().extension().is_some_and(|x| x == "spool")).count()
        };
        let trail = open(folder.path());
        for exchange in ["slow", "a"] {
            intend(&trail, exchange).await;
        }
        trail.flush().await.unwrap();
        // The intent of `a` is in the first file and its record in the second.
        trail.record(of("a", Outcome::Answered)).await.unwrap();
        trail.flush().await.unwrap();
        assert_eq!(spooled(), 2, "shipped, and kept for the intents");
        let copy = tempfile::tempdir().unwrap();
        copy_folder(folder.path(), copy.path());

        trail.record(of("slow", Outcome::Answered)).await.unwrap();
        trail.close().await.unwrap();
        assert_eq!(spooled(), 0);
        assert_eq!(outcomes(folder.path()), pairs(&[("a", "answered"), ("slow", "answered")]));

        // The same folder as a kill before the end of the slow one would have left it.
        open(copy.path()).close().await.unwrap();
        assert_eq!(outcomes(copy.path()), pairs(&[("a", "answered"), ("slow", "unknown")]));
    }

    fn copy_folder(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                copy_folder(&entry.path(), &to.join(entry.file_name()));
            } else {
                fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
    }

    #[tokio::test]
    async fn a_record_that_ends_an_intent_finds_room_where_others_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = AuditSettings::new(folder.path());
        settings.formats = vec![Format::Ndjson];
        settings.acknowledge_within = Duration::from_secs(30);
        settings.queue_bytes = 4_000;
        let trail = AuditTrail::open(settings).unwrap();
        intend(&trail, "a").await;
        let large = |exchange| {
            let mut record = of(exchange, Outcome::Answered);
            record.request_body = Some(Content::of(&[b'x'; 5_000]));
            record
        };
        assert_eq!(trail.record(large("b")).await, Err(AuditError::Refused));
        assert!(trail.record(large("a")).await.is_ok());
        trail.close().await.unwrap();
        assert_eq!((trail.health().open, trail.health().refused), (0, 1));
    }

    #[test]
    fn choices_have_names() {
        assert_eq!(BeforeSending::named("require"), Some(BeforeSending::Require));
        assert_eq!(BeforeSending::named("try"), Some(BeforeSending::Try));
        assert_eq!(BeforeSending::named("off"), Some(BeforeSending::Off));
        assert_eq!(BeforeSending::named("never"), None);
    }
}
