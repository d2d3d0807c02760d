//! The chain of records: each is sealed over the one before, so that none can be changed or taken out unseen.
//!
//! `chain_hash` is SHA-256 over the columns that hold something, sorted by name, without `chain_hash` itself. A column is
//! written as the length of its name (8 octets, big-endian), its name, `t` or `i`, the length of its value, its value (an
//! integer in decimal). `chain_previous_hash` is one of the columns. A column that is added later changes no older hash.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use super::record::{Link, Record, Value};
use crate::digest::hex;

/// What a seal begins with: another version of the encoding will begin otherwise.
const DOMAIN: &[u8] = b"lacre audit chain 1\n";

/// A chain and where it stands: it can be taken up again from these three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    id: String,
    next_sequence: i64,
    previous_hash: [u8; 32],
}

impl Chain {
    /// A chain without records: the first is number 0 and the hash before it is all zeros.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self::resume(id, 0, [0; 32])
    }

    /// A chain that goes on after its last record.
    #[must_use]
    pub fn resume(id: impl Into<String>, next_sequence: i64, previous_hash: [u8; 32]) -> Self {
        Self { id: id.into(), next_sequence, previous_hash }
    }

    /// The chain's identifier.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The number that the next record gets.
    #[must_use]
    pub const fn next_sequence(&self) -> i64 {
        self.next_sequence
    }

    /// The hash of the last record.
    #[must_use]
    pub const fn previous_hash(&self) -> &[u8; 32] {
        &self.previous_hash
    }

    /// Makes a record the chain's next.
    pub fn seal(&mut self, record: &mut Record) {
        let mut link = Link {
            chain_id: self.id.clone(),
            sequence: self.next_sequence,
            previous_hash: hex(&self.previous_hash),
            hash: String::new(),
        };
        record.chain = Some(link.clone());
        self.previous_hash = link_hash(record.columns());
        self.next_sequence = self.next_sequence.saturating_add(1);
        link.hash = hex(&self.previous_hash);
        record.chain = Some(link);
    }
}

/// The hash that a record's columns must carry, in whatever order they were read back.
pub fn link_hash<'n, 'v>(columns: impl IntoIterator<Item = (&'n str, Value<'v>)>) -> [u8; 32] {
    let mut columns: Vec<_> =
        columns.into_iter().filter(|(name, value)| *name != "chain_hash" && *value != Value::Null).collect();
    columns.sort_unstable_by_key(|(name, _)| *name);
    let mut hash = Sha256::new();
    hash.update(DOMAIN);
    for (name, value) in columns {
        update(&mut hash, name);
        match value {
            Value::Text(text) => {
                hash.update(b"t");
                update(&mut hash, text);
            }
            Value::Integer(integer) => {
                hash.update(b"i");
                update(&mut hash, &format!("{integer}"));
            }
            Value::Null => {}
        }
    }
    hash.finalize().into()
}

/// Checks that a record read back follows the record with the hash `previous`. Gives its own hash, which the next must follow.
pub fn verify_link<'n, 'v>(
    previous: &[u8; 32],
    columns: impl IntoIterator<Item = (&'n str, Value<'v>)>,
) -> Option<[u8; 32]> {
    let columns: Vec<_> = columns.into_iter().collect();
    let carries = |name: &str, hash: &[u8; 32]| {
        columns.iter().any(|(other, value)| *other == name && *value == Value::Text(&hex(hash)))
    };
    let hash = link_hash(columns.iter().copied());
    (carries("chain_previous_hash", previous) && carries("chain_hash", &hash)).then_some(hash)
}

fn update(hash: &mut Sha256, text: &str) {
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    hash.update(length.to_be_bytes());
    hash.update(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::policy::Channel;

    fn sealed(count: usize) -> Vec<Record> {
        let mut chain = Chain::new("chain-1");
        let mut records = Vec::new();
        for number in 0..count {
            let mut record = Record::new(Channel::Spi, &format!("exchange-{number}"), 1_000);
            chain.seal(&mut record);
            records.push(record);
        }
        records
    }

    fn holds(records: &[Record]) -> bool {
        let mut previous = [0; 32];
        records.iter().all(|record| {
            let next = verify_link(&previous, record.columns());
            next.is_some_and(|hash| {
                previous = hash;
                true
            })
        })
    }

    #[test]
    fn an_untouched_chain_holds() {
        assert!(holds(&sealed(5)));
    }

    #[test]
    fn a_changed_record_breaks_its_own_link() {
        let mut records = sealed(3);
        records[1].request_path = "/other".into();
        assert!(holds(&records[..1]));
        assert!(!holds(&records));
    }

    #[test]
    fn a_record_taken_out_or_moved_breaks_the_chain() {
        let mut records = sealed(4);
        records.remove(2);
        assert!(!holds(&records));
        let mut records = sealed(4);
        records.swap(1, 2);
        assert!(!holds(&records));
        assert!(!holds(&sealed(4)[1..]));
    }

    #[test]
    fn a_chain_goes_on_where_it_stood() {
        let mut records = sealed(2);
        let hash = link_hash(records[1].columns());
        let mut chain = Chain::resume("chain-1", 2, hash);
        let mut record = Record::new(Channel::Spi, "exchange-2", 1_000);
        chain.seal(&mut record);
        records.push(record);
        assert!(holds(&records));
        assert_eq!(chain.next_sequence(), 3);
    }

    #[test]
    fn the_order_of_columns_and_empty_ones_do_not_matter() {
        let hash = link_hash([("a", Value::Integer(1)), ("b", Value::Text("x"))]);
        assert_eq!(
            hash,
            link_hash([("b", Value::Text("x")), ("later", Value::Null), ("a", Value::Integer(1))])
        );
        assert_ne!(hash, link_hash([("a", Value::Text("1")), ("b", Value::Text("x"))]));
    }
}
