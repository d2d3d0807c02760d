//! How far the reading of an archive has come, in octets of its files.

use core::sync::atomic::{AtomicU64, Ordering};
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

/// Octets read, of all.
#[derive(Debug, Default)]
pub(super) struct Meter {
    all: AtomicU64,
    read: AtomicU64,
}

impl Meter {
    pub(super) fn expect(&self, octets: u64) {
        self.all.store(octets, Ordering::Relaxed);
    }

    pub(super) fn add(&self, octets: usize) {
        self.read.fetch_add(u64::try_from(octets).unwrap_or(0), Ordering::Relaxed);
    }

    pub(super) fn progress(&self) -> (u64, u64) {
        let [read, all] = [&self.read, &self.all].map(|count| count.load(Ordering::Relaxed));
        (read.min(all), all)
    }
}

/// A file whose octets are counted as they are read.
#[derive(Debug)]
pub(super) struct Metered {
    pub(super) file: File,
    pub(super) meter: Arc<Meter>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.meter.add(read);
        Ok(read)
    }
}
