//! Large bodies: behind one budget of bytes, and taken apart a few at a time on threads that the rest does not need. Whoever sends
//! them waits for those who do the same, and nobody waits for them.

use core::time::Duration;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::block_in_place;
use tokio::time::timeout;

/// A body of more bytes is large: to sign or to verify it takes longer than others should wait.
pub(crate) const LARGE_BYTES: usize = 64 << 10;

/// Most bytes of large bodies under way at once, in the whole process.
const BUDGET_BYTES: usize = 64 << 20;

/// The one budget of this process, over all its channels.
static LOAD: LazyLock<Load> = LazyLock::new(|| {
    let processors = available_parallelism().map_or(1, usize::from);
    Load::new(BUDGET_BYTES, processors.div_euclid(2).max(1))
});

struct Load {
    bytes_max: usize,
    bytes: Semaphore,
    /// How many large bodies are taken apart at the same moment: half of the processors stay with what is small.
    turns: Semaphore,
}

impl Load {
    fn new(bytes_max: usize, turns: usize) -> Self {
        Self { bytes_max, bytes: Semaphore::new(bytes_max), turns: Semaphore::new(turns) }
    }

    async fn admit(&self, bytes: usize, patience: Duration) -> Option<Admitted<'_>> {
        let bytes = u32::try_from(bytes.min(self.bytes_max)).unwrap_or(u32::MAX);
        let held = timeout(patience, self.bytes.acquire_many(bytes)).await.ok()?.ok()?;
        Some(Admitted { load: self, held: Some(held) })
    }
}

/// A body that may be handled.
pub(crate) struct Admitted<'l> {
    load: &'l Load,
    /// Its share of the budget; none if it is small.
    held: Option<SemaphorePermit<'l>>,
}

/// Admits a body that may come to so many bytes. Nothing if the budget stays used up for as long as it may wait.
pub(crate) async fn admit(bytes: usize, patience: Duration) -> Option<Admitted<'static>> {
    if bytes <= LARGE_BYTES { Some(small()) } else { LOAD.admit(bytes, patience).await }
}

/// Admits a small body.
pub(crate) fn small() -> Admitted<'static> {
    Admitted { load: &LOAD, held: None }
}

impl Admitted<'_> {
    /// Whether it has no share of the budget.
    pub(crate) const fn is_small(&self) -> bool {
        self.held.is_none()
    }

    /// Gives back what the body turned out not to need.
    pub(crate) fn shrink_to(&mut self, bytes: usize) {
        let needed = if bytes <= LARGE_BYTES { 0 } else { bytes };
        if let Some(held) = &mut self.held {
            drop(held.split(held.num_permits().saturating_sub(needed)));
        }
        self.held = self.held.take().filter(|_| needed > 0);
    }

    /// Does what takes long if the body is large.
    pub(crate) async fn work<T>(&self, work: impl FnOnce() -> T) -> T {
        self.work_on(0, work).await
    }

    /// The same where another body of so many bytes came in between. It is not held against the budget: an answer that is there
    /// waits for nobody's request.
    pub(crate) async fn work_on<T>(&self, bytes: usize, work: impl FnOnce() -> T) -> T {
        if self.held.is_none() && bytes <= LARGE_BYTES {
            return work();
        }
        // It is never closed.
        let _turn = self.load.turns.acquire().await;
        aside(work)
    }
}

/// Leaves this thread's other tasks to another thread, where the runtime has several.
fn aside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        _ => work(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    #[tokio::test]
    async fn what_is_held_is_never_more_than_the_budget() {
        let load = Load::new(10 * LARGE_BYTES, 1);
        let mut first = load.admit(8 * LARGE_BYTES, NOW).await.unwrap();
        assert!(load.admit(4 * LARGE_BYTES, NOW).await.is_none());
        first.shrink_to(6 * LARGE_BYTES);
        let second = load.admit(4 * LARGE_BYTES, NOW).await.unwrap();
        drop(first);
        assert!(load.admit(7 * LARGE_BYTES, NOW).await.is_none());
        drop(second);
        assert!(load.admit(usize::MAX, NOW).await.is_some(), "the largest has all of it to itself");
        assert_eq!(load.bytes.available_permits(), 10 * LARGE_BYTES);
    }

    #[tokio::test]
    async fn what_turns_out_to_be_small_holds_nothing() {
        let load = Load::new(10 * LARGE_BYTES, 1);
        let mut admitted = load.admit(10 * LARGE_BYTES, NOW).await.unwrap();
        admitted.shrink_to(LARGE_BYTES);
        assert_eq!(load.bytes.available_permits(), 10 * LARGE_BYTES);
        assert_eq!(admitted.work(|| load.turns.available_permits()).await, 1, "it takes no turn");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn while_a_large_one_is_handled_the_only_worker_goes_on() {
        let load: &'static Load = Box::leak(Box::new(Load::new(10 * LARGE_BYTES, 1)));
        let (done, others) = std::sync::mpsc::channel();
        let large = tokio::spawn(async move {
            let admitted = load.admit(2 * LARGE_BYTES, NOW).await.unwrap();
            // It ends only once another task has run.
            admitted.work(move || others.recv_timeout(Duration::from_secs(60))).await
        });
        while load.turns.available_permits() == 1 {
            tokio::task::yield_now().await;
        }
        tokio::spawn(async move { done.send(()).unwrap() }).await.unwrap();
        assert_eq!(large.await.unwrap(), Ok(()));
    }
}
