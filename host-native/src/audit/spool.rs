//! The spool folder: numbered files of frames, a lock, and the manifest that remembers where each chain stands.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::durable;
use super::error::AuditError;
use super::frame::{self, Part};
use super::intent::{self, Left};
use lacre_report::record::Row;

/// How long a start waits for the lock of a process that is just ending.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);

/// Where a chain stands: its last record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Head {
    pub(super) chain: String,
    pub(super) sequence: i64,
    pub(super) hash: String,
}

/// The heads of all chains, by channel.
pub(super) type Heads = BTreeMap<String, Head>;

/// What has left the spool: everything up to a file number, and the heads there.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Manifest {
    pub(super) segment: u64,
    pub(super) heads: Heads,
}

/// One record as it lies in the spool: the folder it will go to and its NDJSON line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) folder: &'a str,
    pub(super) line: &'a str,
}

impl<'a> Entry<'a> {
    /// The entry in a frame's payload.
    pub(super) fn read(payload: &'a [u8]) -> Option<Self> {
        let (folder, line) = core::str::from_utf8(payload).ok()?.split_once('\n')?;
        Some(Self { folder, line })
    }

    /// The payload of a frame for this entry.
    pub(super) fn write(&self) -> Vec<u8> {
        format!("{}\n{}", self.folder, self.line).into_bytes()
    }
}

/// The folders of one audit trail, held by this process alone.
#[derive(Debug)]
pub(super) struct Spool {
    root: PathBuf,
    folder: PathBuf,
    _lock: File,
}

impl Spool {
    /// Takes the folder for this process, making it when it is not there.
    pub(super) fn open(root: &Path) -> Result<Self, AuditError> {
        let folder = root.join("spool");
        durable::create_folders(&folder)
            .map_err(|error| AuditError::io("create the spool folder", &folder, &error))?;
        let lock = lock(&folder.join("lock"), root)?;
        Ok(Self { root: root.to_owned(), folder, _lock: lock })
    }

    /// The folder below which final files lie.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The path of the spool file with this number.
    pub(super) fn segment(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:016}.spool"))
    }

    /// The numbers of the spool files, oldest first, with their lengths in bytes.
    pub(super) fn segments(&self) -> io::Result<Vec<(u64, u64)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let number =
                name.to_str().and_then(|name| name.strip_suffix(".spool")).and_then(|n| n.parse().ok());
            if let Some(number) = number {
                found.push((number, entry.metadata()?.len()));
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// The manifest; `None` when there is none yet or when it is damaged, which moves it to the quarantine.
    pub(super) fn manifest(&self) -> io::Result<Option<Manifest>> {
        let bytes = match fs::read(self.manifest_path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let manifest = match frame::parts(&bytes).next() {
            Some(Part::Whole { payload }) => serde_json::from_slice(payload).ok(),
            _ => None,
        };
        if manifest.is_none() {
            self.quarantine("manifest", &bytes)?;
            tracing::error!(
                alarm = "audit_manifest_damaged",
                "the audit manifest is damaged: it is in quarantine"
            );
        }
        Ok(manifest)
    }

    /// Replaces the manifest.
    pub(super) fn write_manifest(&self, manifest: &Manifest) -> io::Result<()> {
        let mut bytes = Vec::new();
        let json = serde_json::to_vec(manifest).map_err(io::Error::other)?;
        if !frame::append(&mut bytes, "", 0, &json) {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        durable::replace_with(&self.manifest_path(), &bytes)
    }

    /// Keeps damaged octets for whoever looks into it. The same damage gets the same name: telling it twice keeps it once.
    pub(super) fn quarantine(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let folder = self.root.join("quarantine");
        durable::create_folders(&folder)?;
        durable::replace_with(&folder.join(format!("{name}-{:08x}.damaged", crc32fast::hash(bytes))), bytes)
    }

    /// Where the chains stand after everything that is shipped or spooled, and which requests have an intent and no record.
    pub(super) fn recover(&self) -> io::Result<Recovered> {
        let manifest = self.manifest()?.unwrap_or_default();
        let segments = self.segments()?;
        let mut heads = manifest.heads.clone();
        let mut left = Left::default();
        for (number, _) in &segments {
            let bytes = fs::read(self.segment(*number))?;
            left.read(*number, &bytes);
            // The manifest knows already where the chains stood after a file that it covers.
            if *number > manifest.segment {
                heads = heads_after(heads, &bytes);
            }
        }
        let last = segments.last().map_or(0, |(number, _)| *number).max(manifest.segment);
        let spool_bytes = segments.iter().map(|(_, bytes)| bytes).sum();
        Ok(Recovered { heads, manifest, next_segment: last.saturating_add(1), spool_bytes, left })
    }

    fn manifest_path(&self) -> PathBuf {
        self.folder.join("manifest")
    }
}

/// What an earlier process left behind.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) heads: Heads,
    pub(super) manifest: Manifest,
    pub(super) next_segment: u64,
    pub(super) spool_bytes: u64,
    pub(super) left: Left,
}

/// The channel of a row, by the partition folder it goes to: `log/spi/…` is `spi`.
pub(super) fn channel(folder: &str) -> &str {
    folder.split('/').nth(1).unwrap_or_default()
}

/// The head that this row would be.
pub(super) fn head(row: &Row) -> Option<Head> {
    Some(Head {
        chain: row.text("chain_id")?.to_owned(),
        sequence: row.integer("chain_sequence")?,
        hash: row.text("chain_hash")?.to_owned(),
    })
}

/// Where the chains stand after the records of one spool file.
///
/// A record that was damaged after it had been written keeps its sequence: the next one leaves a gap that everyone sees.
pub(super) fn heads_after(mut heads: Heads, bytes: &[u8]) -> Heads {
    let mut last: BTreeMap<&str, Entry<'_>> = BTreeMap::new();
    let mut lost: Vec<(&str, i64)> = Vec::new();
    // Where a header is damaged, nobody knows whose record is lost: a chain that goes on after it shows the gap by itself.
    let mut uncertain = false;
    let mut goes_on: BTreeSet<&str> = BTreeSet::new();
    for part in frame::parts(bytes) {
        match part {
            Part::Whole { payload } => {
                if let Some(entry) = Entry::read(payload).filter(|entry| !intent::is_intent(entry)) {
                    goes_on.insert(channel(entry.folder));
                    last.insert(channel(entry.folder), entry);
                }
            }
            Part::Damaged { lost: Some(record), .. } => lost.push(record),
            Part::Damaged { lost: None, .. } => {
                uncertain = true;
                goes_on.clear();
            }
            Part::Torn { .. } => {}
        }
    }
    for (channel, entry) in last {
        if let Some(found) = serde_json::from_str(entry.line).ok().as_ref().and_then(head) {
            let behind =
                heads.get(channel).is_some_and(|h| h.chain == found.chain && h.sequence > found.sequence);
            if !behind {
                heads.insert(channel.to_owned(), found);
            }
        }
    }
    for (channel, sequence) in lost {
        if let Some(head) = heads.get_mut(channel) {
            head.sequence = head.sequence.max(sequence);
        }
    }
    for (channel, head) in &mut heads {
        if uncertain && !goes_on.contains(channel.as_str()) {
            head.sequence = head.sequence.saturating_add(1);
        }
    }
    heads
}

fn lock(path: &Path, root: &Path) -> Result<File, AuditError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = durable::open_private(&mut options, path)
        .map_err(|error| AuditError::io("open the lock", path, &error))?;
    let mut patience = LOCK_PATIENCE;
    let step = Duration::from_millis(50);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(AuditError::io("lock", path, &error)),
            Err(TryLockError::WouldBlock) if patience.is_zero() => {
                return Err(AuditError::InUse(root.to_owned()));
            }
            Err(TryLockError::WouldBlock) => {
                std::thread::sleep(step);
                patience = patience.saturating_sub(step);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_of_unknown_owner_leaves_a_gap_in_each_chain_that_does_not_go_on_after_it() {
        let record = |bytes: &mut Vec<u8>, channel: &str, sequence: i64| {
            let line = format!(
                "{{\"chain_id\":\"c-{channel}\",\"chain_sequence\":{sequence},\"chain_hash\":\"00\"}}"
            );
            let entry = Entry { folder: &format!("log/{channel}/year=2026"), line: &line };
            assert!(frame::append(bytes, channel, sequence, &entry.write()));
        };
        let mut bytes = Vec::new();
        record(&mut bytes, "spi", 5);
        record(&mut bytes, "dict", 7);
        let damaged = bytes.len();
        record(&mut bytes, "spi", 6);
        // Neither a record of the other chain nor an intent says anything of the one that is damaged.
        record(&mut bytes, "dict", 8);
        let intent = Entry { folder: "intent/spi", line: "{}" }.write();
        assert!(frame::append(&mut bytes, "i-spi", 0, &intent));
        bytes[damaged] ^= 1;
        let heads = heads_after(Heads::new(), &bytes);
        assert_eq!((heads["spi"].sequence, heads["dict"].sequence), (6, 8));
    }
}
