//! What happened since the last report, as one line that CloudWatch reads metrics from (the Embedded Metric Format).

use core::fmt::Debug;
use core::time::Duration;
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use lacre_core::exchange::{Outbound, Outcome, Record};
use lacre_native::clock;
use lacre_native::exchange::{Sent, Transport};
use lacre_native::key::{KeyError, Signer, Signing};
use serde_json::{Map, Value, json};
use std::sync::Arc;

const NAMESPACE: &str = "lacre";

/// Counts and times of one report.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) exchanges: u64,
    pub(crate) refusals: u64,
    pub(crate) signs: u64,
    pub(crate) kms_ms: Vec<f64>,
    pub(crate) bacen_ms: Vec<f64>,
    pub(crate) audit_spills: u64,
    pub(crate) audit_lost: u64,
    pub(crate) config_failures: u64,
    pub(crate) cold_start_ms: Option<f64>,
    pub(crate) verdicts: Vec<&'static str>,
}

/// Collects until somebody reports.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<Counts>);

impl Meter {
    /// Adds to the counts.
    pub(crate) fn note(&self, note: impl FnOnce(&mut Counts)) {
        note(&mut self.lock());
    }

    /// Notes a record: what became of an exchange and of its answer's signatures.
    pub(crate) fn record(&self, record: &Record) {
        self.note(|counts| {
            counts.exchanges = counts.exchanges.saturating_add(1);
            if record.outcome != Outcome::Answered {
                counts.refusals = counts.refusals.saturating_add(1);
            }
            counts.verdicts.extend(record.response_signature_verdict);
        });
    }

    /// Writes what was collected, and begins anew. `days_left` and `pending` are gauges of the moment.
    pub(crate) fn report(&self, channel: &str, days_left: Option<i64>, pending: usize) {
        let counts = core::mem::take(&mut *self.lock());
        write_lines(&lines(&counts, channel, days_left, pending, clock::unix_ms()));
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes metrics of one channel that are counts only.
pub(crate) fn report_counts(channel: &str, counts: &[(&str, u64)]) {
    let metrics = counts.iter().map(|(name, count)| (*name, "Count", json!(count))).collect();
    write_lines(&[line(&[("channel", channel)], metrics, clock::unix_ms())]);
}

fn write_lines(lines: &[Value]) {
    let mut out = std::io::stdout().lock();
    for line in lines {
        // Nobody is left to tell that standard output is closed.
        let _ = writeln!(out, "{line}");
    }
}

/// A metric: its name, its unit, its value or values.
type Metric<'a> = (&'a str, &'a str, Value);

fn lines(
    counts: &Counts,
    channel: &str,
    days_left: Option<i64>,
    pending: usize,
    now_unix_ms: i64,
) -> Vec<Value> {
    let mut metrics: Vec<Metric<'_>> = vec![
        ("Exchanges", "Count", json!(counts.exchanges)),
        ("Refusals", "Count", json!(counts.refusals)),
        ("Signs", "Count", json!(counts.signs)),
        ("AuditSpills", "Count", json!(counts.audit_spills)),
        ("AuditPending", "Count", json!(pending)),
        ("AuditLost", "Count", json!(counts.audit_lost)),
        ("ConfigFailures", "Count", json!(counts.config_failures)),
    ];
    for (name, times) in [("KmsLatency", &counts.kms_ms), ("BacenLatency", &counts.bacen_ms)] {
        if !times.is_empty() {
            metrics.push((name, "Milliseconds", json!(times)));
        }
    }
    if let Some(days) = days_left {
        metrics.push(("CertificateDaysLeft", "None", json!(days)));
    }
    if let Some(ms) = counts.cold_start_ms {
        metrics.push(("ColdStart", "Milliseconds", json!(ms)));
    }
    let mut lines = vec![line(&[("channel", channel)], metrics, now_unix_ms)];
    let mut verdicts = counts.verdicts.clone();
    verdicts.sort_unstable();
    for same in verdicts.chunk_by(|one, other| one == other) {
        let Some(verdict) = same.first() else { continue };
        let dimensions = [("channel", channel), ("verdict", verdict)];
        lines.push(line(&dimensions, vec![("Verifies", "Count", json!(same.len()))], now_unix_ms));
    }
    lines
}

fn line(dimensions: &[(&str, &str)], metrics: Vec<Metric<'_>>, now_unix_ms: i64) -> Value {
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let definitions: Vec<Value> =
        metrics.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
    let mut line = Map::new();
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": now_unix_ms,
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [names], "Metrics": definitions}],
        }),
    );
    line.extend(dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    line.extend(metrics.into_iter().map(|(name, _, value)| (name.to_owned(), value)));
    Value::Object(line)
}

/// Milliseconds with their fraction.
pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A key whose acts are timed.
#[derive(Debug)]
pub(crate) struct TimedSigner {
    pub(crate) signer: Arc<dyn Signer>,
    pub(crate) meter: Arc<Meter>,
}

impl Signer for TimedSigner {
    fn sign(&self, digest: [u8; 32]) -> Signing<'_> {
        Box::pin(async move {
            let begun = Instant::now();
            let signed = self.signer.sign(digest).await;
            let took = ms(begun.elapsed());
            self.meter.note(|counts| {
                counts.kms_ms.push(took);
                counts.signs = counts.signs.saturating_add(u64::from(signed.is_ok()));
            });
            signed
        })
    }

    fn sign_blocking(&self, digest: &[u8; 32]) -> Result<Vec<u8>, KeyError> {
        self.signer.sign_blocking(digest)
    }

    fn public_key(&self) -> &[u8] {
        self.signer.public_key()
    }

    fn place(&self) -> &str {
        self.signer.place()
    }
}

/// A way to BACEN whose answers are timed.
#[derive(Debug)]
pub(crate) struct TimedTransport<T> {
    pub(crate) transport: T,
    pub(crate) meter: Arc<Meter>,
}

impl<T: Transport> Transport for TimedTransport<T> {
    fn send<'a>(&'a self, request: &'a Outbound, limit: Duration) -> Sent<'a> {
        Box::pin(async move {
            let begun = Instant::now();
            let sent = self.transport.send(request, limit).await;
            let took = ms(begun.elapsed());
            self.meter.note(|counts| counts.bacen_ms.push(took));
            sent
        })
    }

    fn distrust(&self) {
        self.transport.distrust();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_declared_and_has_its_value() {
        let counts = Counts {
            exchanges: 2,
            kms_ms: vec![1.5, 2.5],
            verdicts: vec!["valid", "invalid", "valid"],
            cold_start_ms: Some(40.0),
            ..Counts::default()
        };
        let lines = lines(&counts, "spi", Some(59), 1, 1_795_000_000_000);
        assert_eq!(lines.len(), 3);
        for line in &lines {
            let directive = &line["_aws"]["CloudWatchMetrics"][0];
            assert_eq!((&directive["Namespace"], &line["channel"]), (&json!("lacre"), &json!("spi")));
            for metric in directive["Metrics"].as_array().unwrap() {
                assert!(!line[metric["Name"].as_str().unwrap()].is_null(), "{metric}");
            }
            for dimension in directive["Dimensions"][0].as_array().unwrap() {
                assert!(line[dimension.as_str().unwrap()].is_string());
            }
        }
        assert_eq!(lines[0]["KmsLatency"], json!([1.5, 2.5]));
        assert_eq!((&lines[0]["CertificateDaysLeft"], &lines[0]["AuditPending"]), (&json!(59), &json!(1)));
        assert!(lines[0].get("BacenLatency").is_none());
        assert_eq!((&lines[2]["verdict"], &lines[2]["Verifies"]), (&json!("valid"), &json!(2)));
    }
}
