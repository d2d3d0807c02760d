//! Ships what was spilled: from the bucket to the streams, each record out of the bucket once it is in its stream.

use core::time::Duration;

use lacre_core::exchange::Channel;
use lacre_native::audit::Row;
use lacre_native::aws::{Clients, Parameter, Values};
use lacre_native::finding::Finding;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::audit::{Bucket, Stream};
use crate::meter::report_counts;

/// Limit for one call of a stream.
const PUT_WITHIN: Duration = Duration::from_secs(10);

/// Records in one call: few, for each may have a megabyte.
const TOGETHER: usize = 2;

/// What became of the spilled records.
#[derive(Clone, Copy, Debug, Default)]
struct Shipped {
    replayed: u64,
    left: u64,
}

/// Ships the spilled records of both channels until there are none, or the time is over.
///
/// # Errors
/// When the streams' names, the bucket or a stream cannot be had. What was not shipped stays where it is.
pub(crate) async fn replay(
    clients: &Clients,
    stream: &dyn Stream,
    bucket: &dyn Bucket,
    prefix: &str,
    until: Instant,
) -> Result<Value, String> {
    let names = Values::streams(clients, prefix).await.map_err(|finding| words(&finding))?;
    let (mut replayed, mut left) = (0_u64, 0_u64);
    let mut failure = None;
    for channel in [Channel::Spi, Channel::Dict] {
        let mut shipped = Shipped::default();
        let name = names.get(&Parameter::AuditStream(channel)).map(|name| name.trim());
        let result = one_channel(stream, bucket, channel, name, until, &mut shipped).await;
        report_counts(channel.as_str(), &[("SpillReplayed", shipped.replayed), ("SpillLeft", shipped.left)]);
        replayed = replayed.saturating_add(shipped.replayed);
        left = left.saturating_add(shipped.left);
        if let Err(error) = result {
            tracing::error!(
                alarm = "replay_failed",
                channel = channel.as_str(),
                error,
                "spilled records stay in the bucket"
            );
            failure = Some(error);
        }
    }
    tracing::info!(replayed, left, "replay is over");
    match failure {
        Some(error) => {
            Err(format!("{error}; {replayed} records were shipped, at least {left} stay in the bucket"))
        }
        None => Ok(json!({ "schema": "lacre.replay/1", "replayed": replayed, "left": left })),
    }
}

async fn one_channel(
    stream: &dyn Stream,
    bucket: &dyn Bucket,
    channel: Channel,
    name: Option<&str>,
    until: Instant,
    shipped: &mut Shipped,
) -> Result<(), String> {
    let folder = format!("spill/{}/", channel.as_str());
    loop {
        let (keys, more) = bucket.list(&folder).await?;
        if keys.is_empty() {
            return Ok(());
        }
        let name = name.ok_or_else(|| format!("{channel}: the audit stream's parameter is missing"))?;
        let before = shipped.replayed;
        let mut keys = keys.as_slice();
        while !keys.is_empty() {
            if Instant::now() >= until {
                shipped.left = count(keys.len());
                return Ok(());
            }
            let (together, rest) = keys.split_at(TOGETHER.min(keys.len()));
            let all = ship(stream, bucket, name, together, shipped).await;
            if all.is_err() {
                shipped.left = count(keys.len());
            }
            all?;
            keys = rest;
        }
        // A page of which nothing could be shipped would come again for ever.
        if !more || shipped.replayed == before {
            return Ok(());
        }
    }
}

/// Ships some records; what the stream does not take stays.
async fn ship(
    stream: &dyn Stream,
    bucket: &dyn Bucket,
    name: &str,
    keys: &[String],
    shipped: &mut Shipped,
) -> Result<(), String> {
    let mut lines = Vec::new();
    for key in keys {
        let line = bucket.get(key).await?;
        // Whatever else was put there must not end up in the archive.
        if serde_json::from_slice::<Row>(&line).is_ok_and(|row| row.text("chain_hash").is_some()) {
            lines.push((key, line));
        } else {
            shipped.left = shipped.left.saturating_add(1);
            tracing::error!(alarm = "replay_stray_object", key, "an object in the spill is no audit record");
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    let octets: Vec<&[u8]> = lines.iter().map(|(_, line)| line.as_slice()).collect();
    let taken = stream.put(name, &octets, PUT_WITHIN).await?;
    let mut all_taken = true;
    for ((key, _), taken) in lines.iter().zip(taken) {
        all_taken = all_taken && taken;
        if taken {
            bucket.delete(key).await?;
            shipped.replayed = shipped.replayed.saturating_add(1);
        }
    }
    if all_taken { Ok(()) } else { Err(format!("`{name}` did not take every record")) }
}

fn words(finding: &Finding) -> String {
    format!("{}: {}", finding.subject(), finding.message(lacre_core::Language::En))
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
