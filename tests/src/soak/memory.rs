//! How much memory a process has, again and again.

use core::time::Duration;
use std::fs;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;

/// How often it is looked at while the load lasts.
const LOOKS: u32 = 10;

/// What a process may have grown by from one half to the next.
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
    /// Whether the second half took no more than the first, and neither took much. An allocator keeps what a burst, which comes
    /// halfway, once took: with one, each half is held against itself.
    pub(super) fn is_flat(&self, bursts: bool) -> bool {
        let (before, behind) = self.tenths.split_at(self.tenths.len() / 2);
        // The look halfway may meet it.
        let quiet = before.split_last().map_or(before, |(_, quiet)| quiet);
        let grows = if bursts { grows(quiet) || grows(behind) } else { grows(&self.tenths) };
        !grows && self.peak <= KIB_MAX
    }
}

fn grows(looks: &[u64]) -> bool {
    let (first, second) = looks.split_at(looks.len() / 2);
    let most = |half: &[u64]| half.iter().copied().max().unwrap_or(0);
    most(second) > most(first) + most(first) / 4 + GROWTH_KIB_MAX
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
        let flat =
            |tenths: &[u64], bursts| Memory { before: 0, tenths: tenths.to_vec(), peak: 0 }.is_flat(bursts);
        assert!(flat(&[10_000, 80_000, 82_000, 90_000], false));
        assert!(!flat(&[10_000, 80_000, 120_000, 160_000], false));
        let once = [50_000, 50_000, 50_000, 100_000, 100_000, 100_000];
        assert_eq!([flat(&once, false), flat(&once, true)], [false, true]);
        assert!(!flat(&[50_000, 50_000, 50_000, 100_000, 150_000, 200_000], true));
        assert!(!Memory { before: 0, tenths: vec![1, 1], peak: KIB_MAX + 1 }.is_flat(false));
    }
}
