//! What was read from the disk, so that a change can be seen without opening keys again: a token counts wrong PINs.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// Largest certificate, key or configuration file that is read.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Largest revocation list that is read.
const LIST_BYTES_MAX: u64 = 64 << 20;

/// Files, how much of them is read, and the SHA-256 of what was in them; nothing for those that could not be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen(Vec<(PathBuf, u64, Option<[u8; 32]>)>);

impl Seen {
    /// Reads a file and remembers what was in it.
    pub(super) fn read(&mut self, path: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
        self.read_within(path, FILE_BYTES_MAX)
    }

    /// The same of a revocation list, which may be large.
    pub(super) fn read_list(&mut self, path: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
        self.read_within(path, LIST_BYTES_MAX)
    }

    fn read_within(&mut self, path: &Path, bytes_max: u64) -> std::io::Result<Zeroizing<Vec<u8>>> {
        let bytes = read_bounded(path, bytes_max);
        let digest = bytes.as_ref().ok().map(|bytes| lacre_core::sha256(bytes));
        self.0.push((path.to_owned(), bytes_max, digest));
        bytes
    }

    /// Whether any of the files holds something else now.
    pub(super) fn changed(&self) -> bool {
        let now = |path: &Path, bytes_max: u64| read_bounded(path, bytes_max).ok();
        self.0.iter().any(|(path, bytes_max, digest)| {
            now(path, *bytes_max).map(|bytes| lacre_core::sha256(&bytes)) != *digest
        })
    }
}

/// Wiped when it is let go, for it may be a key.
fn read_bounded(path: &Path, bytes_max: u64) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut file = fs::File::open(path)?;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    // Room for the whole file at once: a buffer that grows leaves copies behind.
    let capacity = usize::try_from(length.min(bytes_max)).unwrap_or(0).saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    file.by_ref().take(bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}
