//! The records of a deployment, read back from its bucket.

use std::collections::BTreeMap;
use std::io::Write;

use bytes::Bytes;
use lacre_archive::{read_ndjson, read_parquet};
use lacre_core::exchange::chain::verify_link;
use lacre_report::record::Row;
use tempfile::NamedTempFile;

use super::Deployment;

impl Deployment {
    /// The records that a channel's stream delivered, of whichever format, by the instant of their request.
    ///
    /// # Panics
    /// If Firehose could not deliver one, or one cannot be read.
    pub async fn records(&self, channel: &str) -> Vec<Row> {
        let failed = self.aws.list(&self.bucket, &format!("error/{channel}/")).await;
        assert!(failed.is_empty(), "{failed:?}");
        self.rows(&format!("log/{channel}/")).await
    }

    /// The records of a channel that were spilled.
    pub async fn spilled(&self, channel: &str) -> Vec<Row> {
        self.rows(&format!("spill/{channel}/")).await
    }

    /// The records of a channel wherever they are, each once: a machine that is busy makes the emulator slow, and what Firehose
    /// does not take in time is spilled.
    pub async fn kept(&self, channel: &str) -> Vec<Row> {
        let mut rows = self.records(channel).await;
        rows.extend(self.spilled(channel).await);
        let mut rows = distinct(rows);
        rows.sort_by_key(|row| (row.integer("request_received_ms"), row.integer("chain_sequence")));
        rows
    }

    async fn rows(&self, prefix: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        for key in self.aws.list(&self.bucket, prefix).await {
            // Between the list and this a replay may have taken it away.
            let Some(octets) = self.aws.get_object(&self.bucket, &key).await else { continue };
            let found = read(&key, &octets);
            assert!(!found.is_empty(), "{key}");
            rows.extend(found);
        }
        rows.sort_by_key(|row| (row.integer("request_received_ms"), row.integer("chain_sequence")));
        rows
    }
}

/// The rows of an object: Parquet by its name, or lines of JSON.
///
/// # Panics
/// If it holds anything else.
#[must_use]
pub fn read(key: &str, octets: &Bytes) -> Vec<Row> {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(octets).unwrap();
    if key.ends_with(".parquet") {
        read_parquet(file.path()).unwrap().map(Result::unwrap).collect()
    } else {
        read_ndjson(file.path()).unwrap().map(Result::unwrap).collect()
    }
}

/// Each record once: Firehose delivers at least once, so a call that it carried out too late leaves the same record twice.
///
/// # Panics
/// If two that have the same place in the same chain are not the same.
#[must_use]
pub fn distinct(rows: Vec<Row>) -> Vec<Row> {
    let mut kept: Vec<Row> = Vec::new();
    let mut numbers = BTreeMap::new();
    for row in rows {
        let place = (row.text("chain_id").map(str::to_owned), row.integer("chain_sequence"));
        let number = *numbers.entry(place).or_insert(kept.len());
        match kept.get(number) {
            Some(same) => assert!(*same == row, "two records in one place"),
            None => kept.push(row),
        }
    }
    kept
}

/// Sees that every chain among the rows is whole: each number once, from the first on, each row bound to the one before it.
/// Gives how many rows there are.
///
/// # Panics
/// If one is missing, there twice, or changed.
pub fn assert_whole(rows: &[Row]) -> usize {
    let mut chains: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        chains.entry(row.text("chain_id").unwrap()).or_default().push(row);
    }
    for (id, mut links) in chains {
        links.sort_by_key(|row| row.integer("chain_sequence"));
        let numbers: Vec<i64> = links.iter().map(|row| row.integer("chain_sequence").unwrap()).collect();
        let expected: Vec<i64> = (0..).take(links.len()).collect();
        assert_eq!(numbers, expected, "chain {id}");
        let mut previous = [0; 32];
        for row in links {
            let hash = verify_link(&previous, row.values());
            previous = hash.unwrap_or_else(|| panic!("chain {id}: {:?}", row.integer("chain_sequence")));
        }
    }
    rows.len()
}
