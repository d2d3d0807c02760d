//! Where canonical octets go: into a hash, into a buffer, nowhere.

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

/// Takes canonical octets as they are written.
pub(crate) trait Sink {
    /// Takes some octets.
    fn write(&mut self, octets: &[u8]);
}

impl Sink for Vec<u8> {
    fn write(&mut self, octets: &[u8]) {
        self.extend_from_slice(octets);
    }
}

/// SHA-256. Short writes are gathered: the hash works on blocks of 64 octets and each call costs.
#[derive(Debug, Default)]
pub(crate) struct HashSink {
    hash: Sha256,
    gathered: Vec<u8>,
}

impl HashSink {
    const GATHER: usize = 1024;

    /// The digest of everything written.
    pub(crate) fn finish(mut self) -> [u8; 32] {
        self.hash.update(&self.gathered);
        self.hash.finalize().into()
    }
}

impl Sink for HashSink {
    fn write(&mut self, octets: &[u8]) {
        if self.gathered.capacity() == 0 {
            self.gathered.reserve_exact(Self::GATHER);
        }
        if self.gathered.len() + octets.len() > Self::GATHER {
            self.hash.update(&self.gathered);
            self.gathered.clear();
        }
        if octets.len() > Self::GATHER {
            self.hash.update(octets);
        } else {
            self.gathered.extend_from_slice(octets);
        }
    }
}
