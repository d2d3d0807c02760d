//! How much memory a process has, again and again.

use core::time::Duration;
use std::fs;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;

/// How often it is looked at while the load lasts.
const LOOKS: u32 = 10;

/// What a process may have grown by in the second half: its allocator keeps what a burst once took.
const GROWTH_KIB_MAX: u64 = 32 << 10;

/// What the proxy may have at all under a load that it keeps up with.
const KIB_MAX: u64 = 1 << 20;

/// Resident memory in KiB.
pub(super) struct Memory {
    /// Before the load.
    pub(super) before: u64,
    /// At each tenth of it.
    pub(super) tenths: Vec<u64>,
    /// The most it ever had.
    pub(super) peak: u64,
}

/// Looks at a process until told to end.
pub(super) struct Watch {
    end: Sender<()>,
    thread: JoinHandle<Memory>,
}

impl Watch {
    pub(super) fn start(process: u32, time: Duration) -> Self {
        let (end, ended) = channel();
        let before = kib(process, "VmRSS:");
        let thread = std::thread::spawn(move || {
            let mut memory = Memory { before, tenths: Vec::new(), peak: 0 };
            while memory.tenths.len() < usize::try_from(LOOKS).unwrap()
                && ended.recv_timeout(time / LOOKS) == Err(RecvTimeoutError::Timeout)
            {
                memory.tenths.push(kib(process, "VmRSS:"));
            }
            // Until the last answer.
            let _ = ended.recv();
            memory.peak = kib(process, "VmHWM:");
            memory
        });
        Self { end, thread }
    }

    pub(super) fn end(self) -> Memory {
        let _ = self.end.send(());
        drop(self.end);
        self.thread.join().unwrap()
    }
}

impl Memory {
    /// Whether the second half took no more than the first, and neither took much.
    pub(super) fn is_flat(&self) -> bool {
        let (first, second) = self.tenths.split_at(self.tenths.len() / 2);
        let most = |half: &[u64]| half.iter().copied().max().unwrap_or(0);
        most(second) <= most(first) + most(first) / 4 + GROWTH_KIB_MAX && self.peak <= KIB_MAX
    }
}

fn kib(process: u32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim().split(' ').next().unwrap().parse().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_is_what_does_not_grow_on() {
        let flat = |tenths: &[u64]| Memory { before: 0, tenths: tenths.to_vec(), peak: 0 }.is_flat();
        assert!(flat(&[10_000, 80_000, 82_000, 90_000]));
        assert!(!flat(&[10_000, 80_000, 120_000, 160_000]));
        assert!(!Memory { before: 0, tenths: vec![1, 1], peak: KIB_MAX + 1 }.is_flat());
    }
}
