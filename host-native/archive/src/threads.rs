//! Threads, of which a container may allow fewer than there are processors, or none beside the first.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread::{self, available_parallelism};

/// How many threads can be started, of so many that live at the same time.
#[must_use]
pub fn startable(wanted: usize) -> usize {
    let gate = Mutex::new(());
    thread::scope(|scope| {
        // Each of them lives until it is let through.
        let closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = || drop(gate.lock().unwrap_or_else(PoisonError::into_inner));
        let started: Vec<_> =
            (0..wanted).map_while(|_| thread::Builder::new().spawn_scoped(scope, wait).ok()).collect();
        drop(closed);
        // A scope ends when their work is done: only joined are they gone, and others can have their places. None of them panics.
        let count = started.len();
        started.into_iter().for_each(|thread| drop(thread.join()));
        count
    })
}

fn processors() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// The threads that share work on many messages; none where the calling one is all there can be.
pub(crate) fn pool() -> Option<&'static rayon::ThreadPool> {
    static POOL: LazyLock<Option<rayon::ThreadPool>> = LazyLock::new(|| {
        let build = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok();
        // As many as rayon would have; otherwise as many as there can be.
        build(0).or_else(|| Some(startable(processors())).filter(|fewer| *fewer > 1).and_then(build))
    });
    POOL.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_can_be_started_are_counted_and_end() {
        assert_eq!(startable(0), 0);
        assert_eq!(startable(8), 8);
    }
}
