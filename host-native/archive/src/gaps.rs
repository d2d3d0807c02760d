//! What is missing from the chains of an archive, whatever order its files come in.
//!
//! A chain is kept as runs of numbers that follow one another. Of each record sixteen octets of its hash stay, so that a record
//! that comes twice can be told from another one under the same number; and of each run its ends. That is 16 to 32 bytes a
//! record: an archive of a hundred million takes two or three gigabytes.

use std::collections::BTreeMap;

use lacre_report::record::{Row, Seal};
use serde::Serialize;

/// Most findings of one kind that a chain names one by one; all are counted.
pub const FINDINGS_MAX: usize = 1_000;

/// Longest name of a chain: a UUID is 36.
const CHAIN_ID_BYTES_MAX: usize = 128;

/// What a record says of its place in a chain.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a record has a place, has none, or says what cannot be one")]
pub enum Link {
    /// Its place.
    Linked(Linked),
    /// It has no columns for one: the archives of the AWS sample are such.
    Absent,
    /// What it says is no place in a chain.
    Damaged,
}

/// A record's place in a chain.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Linked {
    chain_id: String,
    channel: Option<String>,
    sequence: i64,
    received_ms: Option<i64>,
    previous: Hash,
    hash: Hash,
    holds: bool,
}

type Hash = [u8; 32];
type Short = [u8; 16];

/// Where a record stands: the number of its file, and its row there.
pub type At = (usize, u64);

impl Link {
    /// The place that a record says it has.
    #[must_use]
    pub fn of(row: &Row) -> Self {
        let Some(chain_id) = row.text("chain_id") else { return Self::Absent };
        let hash = |column| row.text(column).and_then(read_hash);
        let (Some(sequence), Some(previous), Some(own)) =
            (row.integer("chain_sequence"), hash("chain_previous_hash"), hash("chain_hash"))
        else {
            return Self::Damaged;
        };
        if sequence < 0 || sequence == i64::MAX || chain_id.len() > CHAIN_ID_BYTES_MAX {
            return Self::Damaged;
        }
        Self::Linked(Linked {
            chain_id: chain_id.to_owned(),
            channel: row.text("channel").filter(|channel| channel.len() <= 16).map(str::to_owned),
            sequence,
            received_ms: row.integer("request_received_ms"),
            previous,
            hash: own,
            holds: Seal::of(row) == Seal::Holds,
        })
    }
}

fn read_hash(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.bytes().all(|octet| octet.is_ascii_hexdigit()) {
        return None;
    }
    for (octet, digits) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *octet = u8::from_str_radix(core::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(hash)
}

/// Every chain of an archive, as far as it was read.
#[derive(Debug, Default)]
pub struct Ledger(BTreeMap<String, Chain>);

#[derive(Debug, Default)]
struct Chain {
    channel: Option<String>,
    /// By the first number of each.
    runs: BTreeMap<i64, Run>,
    found: Found,
}

/// Records whose numbers follow one another.
#[derive(Debug)]
struct Run {
    at: At,
    previous: Hash,
    last: Hash,
    hashes: Vec<Short>,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
}

#[derive(Debug, Default)]
struct Found {
    repeated: Places,
    conflicting: Places,
    broken: Places,
    altered: Places,
}

/// The first of some findings, and how many there are.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Places {
    /// Sequence, file and row of each, up to [`FINDINGS_MAX`].
    pub named: Vec<(i64, At)>,
    /// How many there are.
    pub count: u64,
}

impl Places {
    fn add(&mut self, sequence: i64, at: At) {
        self.count = self.count.saturating_add(1);
        if self.named.len() < FINDINGS_MAX {
            self.named.push((sequence, at));
        }
    }
}

/// One chain, and what is wrong with it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChainReport {
    /// The chain.
    pub chain_id: String,
    /// The channel of its records.
    pub channel: Option<String>,
    /// The lowest number.
    pub first: i64,
    /// The highest.
    pub last: i64,
    /// How many records there are, each number counted once.
    pub records: u64,
    /// Numbers that no record has.
    pub gaps: Vec<Gap>,
    /// Records that are there more than once, all alike: Firehose delivers at least once.
    pub repeated: Places,
    /// Records under a number that another record has already.
    pub conflicting: Places,
    /// Records that do not follow the one before.
    pub broken: Places,
    /// Records that do not hash to what they say.
    pub altered: Places,
}

/// Numbers that no record has.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Gap {
    /// The first of them.
    pub first: i64,
    /// The last.
    pub last: i64,
    /// How many there are.
    pub count: i64,
    /// Why.
    pub kind: GapKind,
    /// When the record before them came, in milliseconds since 1970 UTC.
    pub after_ms: Option<i64>,
    /// When the record after them came.
    pub before_ms: Option<i64>,
}

/// Why numbers are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "the chain goes on without them, or does not")]
pub enum GapKind {
    /// Records that were sealed are not in these files.
    Missing,
    /// The records on both sides follow one another: the proxy gave the numbers to records that it could not keep.
    LeftOut,
}

impl Ledger {
    /// Takes a record in.
    pub fn add(&mut self, link: Linked, at: At) {
        let chain = self.0.entry(link.chain_id.clone()).or_default();
        if chain.channel.is_none() {
            chain.channel.clone_from(&link.channel);
        }
        chain.add(&link, at);
    }

    /// What was found, by chain.
    #[must_use]
    pub fn report(self) -> Vec<ChainReport> {
        self.0.into_iter().map(|(chain_id, chain)| chain.report(chain_id)).collect()
    }
}

impl Chain {
    fn add(&mut self, link: &Linked, at: At) {
        if !link.holds {
            self.found.altered.add(link.sequence, at);
        }
        if let Some((first, run)) = self.runs.range_mut(..=link.sequence).next_back() {
            let place = link.sequence.checked_sub(*first).and_then(|place| usize::try_from(place).ok());
            match place {
                Some(place) if place < run.hashes.len() => {
                    let same = run.hashes.get(place) == Some(&short(&link.hash));
                    let places = if same { &mut self.found.repeated } else { &mut self.found.conflicting };
                    places.add(link.sequence, at);
                    return;
                }
                Some(place) if place == run.hashes.len() => {
                    if run.last != link.previous {
                        self.found.broken.add(link.sequence, at);
                    }
                    run.hashes.push(short(&link.hash));
                    (run.last, run.last_ms) = (link.hash, link.received_ms);
                    return;
                }
                _ => {}
            }
        }
        let run = Run {
            at,
            previous: link.previous,
            last: link.hash,
            hashes: vec![short(&link.hash)],
            first_ms: link.received_ms,
            last_ms: link.received_ms,
        };
        self.runs.insert(link.sequence, run);
    }

    fn report(self, chain_id: String) -> ChainReport {
        let Self { channel, runs, mut found } = self;
        let mut gaps = Vec::new();
        let mut records = 0_u64;
        let mut before: Option<(i64, &Run)> = None;
        for (first, run) in &runs {
            let follows = match before {
                Some((next, before)) if next == *first => before.last == run.previous,
                Some((next, before)) => {
                    gaps.push(Gap {
                        first: next,
                        last: first.saturating_sub(1),
                        count: first.saturating_sub(next),
                        kind: if before.last == run.previous { GapKind::LeftOut } else { GapKind::Missing },
                        after_ms: before.last_ms,
                        before_ms: run.first_ms,
                    });
                    true
                }
                None => *first != 0 || run.previous == [0; 32],
            };
            if !follows {
                found.broken.add(*first, run.at);
            }
            records = records.saturating_add(u64::try_from(run.hashes.len()).unwrap_or(u64::MAX));
            before = Some((first.saturating_add(run.length()), run));
        }
        let first = runs.keys().next().copied().unwrap_or(0);
        let last = before.map_or(0, |(next, _)| next.saturating_sub(1));
        let Found { repeated, conflicting, mut broken, altered } = found;
        broken.named.sort_unstable();
        ChainReport { chain_id, channel, first, last, records, gaps, repeated, conflicting, broken, altered }
    }
}

impl Run {
    fn length(&self) -> i64 {
        i64::try_from(self.hashes.len()).unwrap_or(i64::MAX)
    }
}

fn short(hash: &Hash) -> Short {
    hash.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(sequence: i64, previous: u8, hash: u8) -> Linked {
        Linked {
            chain_id: "c".to_owned(),
            channel: Some("spi".to_owned()),
            sequence,
            received_ms: Some(sequence * 1_000),
            previous: [previous; 32],
            hash: [hash; 32],
            holds: true,
        }
    }

    /// Numbers 0 to 9, each hash one more than its number, the first after zeros.
    fn chain() -> Vec<Linked> {
        (0_u8..10).map(|number| linked(number.into(), number, number + 1)).collect()
    }

    fn report(links: Vec<Linked>) -> ChainReport {
        let mut ledger = Ledger::default();
        for (row, link) in (0..).zip(links) {
            ledger.add(link, (0, row));
        }
        ledger.report().pop().unwrap()
    }

    fn is_whole(report: &ChainReport) -> bool {
        report.gaps.is_empty()
            && [&report.conflicting, &report.broken, &report.altered].iter().all(|p| p.count == 0)
    }

    #[test]
    fn a_whole_chain_is_whole_in_any_order() {
        let mut links = chain();
        for turn in 0..10 {
            links.rotate_left(3);
            links.swap(turn, 9 - turn);
            let report = report(links.clone());
            assert!(is_whole(&report), "{report:?}");
            assert_eq!((report.first, report.last, report.records), (0, 9, 10));
        }
    }

    #[test]
    fn what_was_taken_out_is_missing_and_what_was_never_kept_is_left_out() {
        let mut links = chain();
        links.drain(3..5);
        let taken = report(links);
        assert_eq!(taken.gaps.len(), 1);
        let gap = &taken.gaps[0];
        assert_eq!((gap.first, gap.last, gap.count, gap.kind), (3, 4, 2, GapKind::Missing));
        assert_eq!((gap.after_ms, gap.before_ms), (Some(2_000), Some(5_000)));
        let mut links = chain();
        links.truncate(3);
        links.push(linked(7, 3, 4));
        assert_eq!(report(links).gaps[0].kind, GapKind::LeftOut);
    }

    #[test]
    fn a_record_twice_is_told_from_two_records_under_one_number() {
        let mut links = chain();
        links.push(linked(4, 4, 5));
        links.insert(0, linked(9, 9, 10));
        let repeated = report(links);
        assert!(is_whole(&repeated) && repeated.repeated.count == 2 && repeated.records == 10);
        let mut links = chain();
        links.push(linked(4, 4, 99));
        let conflicting = report(links);
        assert_eq!(conflicting.conflicting.named, [(4, (0, 10))]);
    }

    #[test]
    fn a_record_that_does_not_follow_is_named_in_any_order() {
        for reverse in [false, true] {
            let mut links = chain();
            links[5].previous = [77; 32];
            if reverse {
                links.reverse();
            }
            let broken = report(links).broken;
            assert_eq!((broken.count, broken.named[0].0), (1, 5));
        }
        let mut links = chain();
        links[0].previous = [1; 32];
        assert_eq!(report(links).broken.named[0].0, 0);
    }

    #[test]
    fn findings_are_counted_beyond_those_that_are_named() {
        let links = (0..3_000).map(|_| linked(0, 0, 1)).collect();
        let repeated = report(links).repeated;
        assert_eq!((repeated.count, repeated.named.len()), (2_999, FINDINGS_MAX));
    }
}
