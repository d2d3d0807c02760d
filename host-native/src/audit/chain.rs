//! The chains of this audit folder, one for each channel: where a record gets its number and its hash.

use std::collections::BTreeMap;

use lacre_core::exchange::record::Partition;
use lacre_core::exchange::{Chain, Channel, Link, Record};

use super::sink::Receipt;
use super::spool::{Entry, Head, Heads};
use lacre_report::record::json_line;

/// A chain for each channel, so that the archive of one channel alone shows that it is whole.
#[derive(Debug)]
pub(super) struct Chains(BTreeMap<&'static str, Chain>);

impl Chains {
    /// Takes up the chains where they stood. A channel without a head, or with one that makes no sense, begins a new chain.
    pub(super) fn resume(heads: &Heads) -> Self {
        let known = [Channel::Spi, Channel::Dict].map(|channel| {
            let chain = heads.get(channel.as_str()).and_then(take_up);
            (channel.as_str(), chain.unwrap_or_else(new_chain))
        });
        Self(known.into())
    }

    /// Gives the record its place, and its spool payload.
    pub(super) fn seal(&mut self, mut record: Record) -> (Receipt, Vec<u8>) {
        self.of(record.channel).seal(&mut record);
        let line = String::from_utf8(json_line(&record)).unwrap_or_default();
        let entry = Entry { folder: &folder(&record), line: &line };
        let link = record.chain.as_ref();
        let receipt = Receipt {
            chain: link.map(Link::chain_id).unwrap_or_default().to_owned(),
            sequence: link.map(Link::sequence).unwrap_or_default(),
        };
        (receipt, entry.write())
    }

    /// Leaves numbers out for records that could not be kept: the archive shows that they are missing.
    pub(super) fn skip(&mut self, channel: Channel, count: i64) {
        let chain = self.of(channel);
        *chain =
            Chain::resume(chain.id(), chain.next_sequence().saturating_add(count), *chain.previous_hash());
    }

    fn of(&mut self, channel: Channel) -> &mut Chain {
        self.0.entry(channel.as_str()).or_insert_with(new_chain)
    }
}

fn new_chain() -> Chain {
    Chain::new(uuid::Uuid::new_v4().to_string())
}

fn take_up(head: &Head) -> Option<Chain> {
    let mut hash = [0_u8; 32];
    if head.hash.len() != hash.len().saturating_mul(2) {
        return None;
    }
    for (octet, digits) in hash.iter_mut().zip(head.hash.as_bytes().chunks_exact(2)) {
        *octet = u8::from_str_radix(core::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(Chain::resume(head.chain.clone(), head.sequence.checked_add(1)?, hash))
}

fn folder(record: &Record) -> String {
    let Partition { year, month, day, hour } = record.partition();
    format!("log/{}/year={year}/month={month}/day={day}/hour={hour}", record.channel.as_str())
}
