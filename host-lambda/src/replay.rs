//! Ships what was spilled: from the bucket to the streams, each record out of the bucket once it is in its stream.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use lacre_aws::{CallError, Clients, Parameter, Values};
use lacre_core::Language;
use lacre_core::exchange::Channel;
use lacre_native::audit::{Row, Seal};
use lacre_native::finding::Finding;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::audit::{Bucket, Doing, Stream, batch};
use crate::meter::report_counts;

/// Limit for one call of a stream.
const PUT_WITHIN: Duration = Duration::from_secs(10);

/// Records that are in memory at the same time: each may have a megabyte.
const TOGETHER: usize = 64;

/// Objects that are fetched, or let go, at the same time.
const AT_ONCE: usize = 16;

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
    bucket: &Arc<dyn Bucket>,
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
    bucket: &Arc<dyn Bucket>,
    channel: Channel,
    name: Option<&str>,
    until: Instant,
    shipped: &mut Shipped,
) -> Result<(), String> {
    let folder = format!("spill/{}/", channel.as_str());
    // A page may hold nothing but strangers, which stay: what lies behind them must be reached.
    let mut after: Option<String> = None;
    loop {
        let page = bucket.list(&folder, after.as_deref()).await;
        let (keys, more) = page.map_err(|error| failed(&error))?;
        if keys.is_empty() {
            return Ok(());
        }
        let name = name.ok_or_else(|| format!("{channel}: the audit stream's parameter is missing"))?;
        after = keys.last().cloned();
        let mut keys = keys.as_slice();
        while !keys.is_empty() {
            if Instant::now() >= until {
                shipped.left = count(keys.len());
                return Ok(());
            }
            let (together, rest) = keys.split_at(TOGETHER.min(keys.len()));
            let all = ship(stream, bucket, channel, name, together, shipped).await;
            if all.is_err() {
                shipped.left = count(keys.len());
            }
            all?;
            keys = rest;
        }
        if !more {
            return Ok(());
        }
    }
}

/// Ships some records; what the stream does not take stays.
async fn ship(
    stream: &dyn Stream,
    bucket: &Arc<dyn Bucket>,
    channel: Channel,
    name: &str,
    keys: &[String],
    shipped: &mut Shipped,
) -> Result<(), String> {
    let mut lines = VecDeque::new();
    for (key, line) in each(bucket, keys.to_vec(), |bucket, key| bucket.get(key)).await {
        let line = line.map_err(|error| failed(&error))?;
        // Whatever else was put there, or was changed there, must not end up in the archive.
        match stray(channel, &line) {
            None => lines.push_back((key, line)),
            Some(why) => {
                shipped.left = shipped.left.saturating_add(1);
                tracing::error!(alarm = "replay_stray_object", key, "an object in the spill {why}");
            }
        }
    }
    while !lines.is_empty() {
        let together = batch(lines.iter().map(|(_, line)| line.as_slice())).max(1);
        let call: Vec<_> = lines.drain(..together.min(lines.len())).collect();
        let octets: Vec<&[u8]> = call.iter().map(|(_, line)| line.as_slice()).collect();
        let taken = stream.put(name, &octets, PUT_WITHIN).await.map_err(|error| failed(&error))?;
        let all_taken = taken.iter().all(|taken| *taken);
        let done = call.into_iter().zip(taken).filter(|(_, taken)| *taken).map(|((key, _), _)| key);
        for (_, gone) in each(bucket, done.collect(), |bucket, key| bucket.delete(key)).await {
            gone.map_err(|error| failed(&error))?;
            shipped.replayed = shipped.replayed.saturating_add(1);
        }
        if !all_taken {
            return Err(format!("`{name}` did not take every record"));
        }
    }
    Ok(())
}

/// Why an object in a channel's spill is none of its records; none if it is one.
fn stray(channel: Channel, line: &[u8]) -> Option<&'static str> {
    let Ok(row) = serde_json::from_slice::<Row>(line) else { return Some("is no audit record") };
    match Seal::of(&row) {
        Seal::Absent => Some("is no audit record"),
        Seal::Broken => Some("is an audit record that was changed"),
        Seal::Holds if row.text("channel") != Some(channel.as_str()) => Some("is the other channel's record"),
        Seal::Holds => None,
    }
}

/// Does the same with every key, some at a time; the keys come back in their order.
async fn each<T: Send + 'static>(
    bucket: &Arc<dyn Bucket>,
    keys: Vec<String>,
    job: for<'b> fn(&'b dyn Bucket, &'b str) -> Doing<'b, T>,
) -> Vec<(String, Result<T, CallError>)> {
    let mut done = Vec::with_capacity(keys.len());
    let mut keys = keys.into_iter().enumerate();
    let mut running = JoinSet::new();
    loop {
        while running.len() < AT_ONCE
            && let Some((number, key)) = keys.next()
        {
            let bucket = Arc::clone(bucket);
            running.spawn(async move {
                let result = job(bucket.as_ref(), &key).await;
                (number, key, result)
            });
        }
        match running.join_next().await {
            Some(Ok(one)) => done.push(one),
            Some(Err(error)) => tracing::error!(%error, "a task of the replay ended early"),
            None => break,
        }
    }
    done.sort_unstable_by_key(|(number, ..)| *number);
    done.into_iter().map(|(_, key, result)| (key, result)).collect()
}

/// What a failed call says, with its remedy: the caller of the function sees it.
fn failed(error: &CallError) -> String {
    format!("{error}: {}", error.reason.help(Language::En))
}

fn words(finding: &Finding) -> String {
    format!("{}: {}", finding.subject(), finding.message(Language::En))
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use lacre_core::exchange::{Chain, Record};
    use lacre_native::audit::json_line;

    use super::*;
    use crate::audit::Put;

    /// A bucket that lists two keys at a time.
    #[derive(Debug, Default)]
    struct Paged(Mutex<BTreeMap<String, Vec<u8>>>);

    impl Bucket for Paged {
        fn put<'a>(&'a self, key: &'a str, octets: Vec<u8>, _within: Duration) -> Doing<'a, ()> {
            self.0.lock().unwrap().insert(key.to_owned(), octets);
            Box::pin(async { Ok(()) })
        }

        fn list<'a>(&'a self, prefix: &'a str, after: Option<&'a str>) -> Doing<'a, (Vec<String>, bool)> {
            let behind =
                |key: &&String| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after);
            let keys: Vec<String> = self.0.lock().unwrap().keys().filter(behind).take(3).cloned().collect();
            let more = keys.len() > 2;
            Box::pin(async move { Ok((keys.into_iter().take(2).collect(), more)) })
        }

        fn get<'a>(&'a self, key: &'a str) -> Doing<'a, Vec<u8>> {
            let octets = self.0.lock().unwrap().get(key).cloned().unwrap_or_default();
            Box::pin(async { Ok(octets) })
        }

        fn delete<'a>(&'a self, key: &'a str) -> Doing<'a, ()> {
            self.0.lock().unwrap().remove(key);
            Box::pin(async { Ok(()) })
        }
    }

    /// A stream that takes everything.
    #[derive(Debug, Default)]
    struct Open(Mutex<usize>);

    impl Stream for Open {
        fn put<'a>(&'a self, _stream: &'a str, lines: &'a [&'a [u8]], _within: Duration) -> Put<'a> {
            *self.0.lock().unwrap() += lines.len();
            Box::pin(async move { Ok(vec![true; lines.len()]) })
        }
    }

    #[tokio::test]
    async fn strangers_in_the_spill_hide_nothing_that_lies_behind_them() {
        let bucket = Arc::new(Paged::default());
        let mut chain = Chain::new("chain-1");
        for number in 0..9 {
            let mut record = Record::new(Channel::Spi, "exchange-1", 1_000);
            chain.seal(&mut record);
            // Whole pages of strangers stand before, between and behind the records.
            let octets = if (3..6).contains(&number) { json_line(&record) } else { b"stray".to_vec() };
            bucket.0.lock().unwrap().insert(format!("spill/spi/{number}"), octets);
        }
        let place: Arc<dyn Bucket> = Arc::<Paged>::clone(&bucket);
        let (stream, mut shipped) = (Open::default(), Shipped::default());
        let until = Instant::now() + Duration::from_secs(60);
        one_channel(&stream, &place, Channel::Spi, Some("stream"), until, &mut shipped).await.unwrap();
        assert_eq!((shipped.replayed, shipped.left, *stream.0.lock().unwrap()), (3, 6, 3));
        assert_eq!(bucket.0.lock().unwrap().len(), 6);
    }

    #[test]
    fn only_what_was_sealed_for_the_channel_is_shipped() {
        let mut record = Record::new(Channel::Spi, "exchange-1", 1_000);
        Chain::new("chain-1").seal(&mut record);
        let line = json_line(&record);
        assert_eq!(stray(Channel::Spi, &line), None);
        assert!(stray(Channel::Dict, &line).unwrap().contains("other channel"));
        let changed = String::from_utf8(line).unwrap().replace("exchange-1", "exchange-2");
        assert!(stray(Channel::Spi, changed.as_bytes()).unwrap().contains("changed"));
        assert!(stray(Channel::Spi, br#"{"exchange_id":"exchange-1"}"#).unwrap().contains("no audit record"));
        assert!(stray(Channel::Spi, b"stray").unwrap().contains("no audit record"));
    }
}
