//! The connections that a front takes at once, and who gives way when somebody waits for one: first those that never asked
//! anything, then those that are only kept for later, then those whose request does not come to its end; the longest idle of each
//! first. An exchange under way never does.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{AcquireError, Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// How often it is looked again for somebody who may give way.
const AGAIN: Duration = Duration::from_millis(500);

/// All seats.
#[derive(Debug)]
pub(super) struct Seats {
    free: Arc<Semaphore>,
    idle: Mutex<Idle>,
    /// How long a request's body may be on its way before its connection gives way.
    patience: Duration,
}

/// Who asks nothing now, by when that began.
#[derive(Debug, Default)]
struct Idle {
    next: u64,
    silent: BTreeMap<u64, Arc<Notify>>,
    kept: BTreeMap<u64, Arc<Notify>>,
    sending: BTreeMap<u64, (Instant, Arc<Notify>)>,
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// It never asked anything.
    Silent,
    /// The head of its request is there, the body is not.
    Sending,
    /// Its request is there, the answer is not.
    Waiting,
    /// It was answered, and may ask again.
    Kept,
}

/// One connection's seat, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    told: Arc<Notify>,
    /// What it does, and since which number.
    doing: Mutex<(Doing, u64)>,
    _permit: OwnedSemaphorePermit,
}

impl Seats {
    pub(super) fn new(number: usize, patience: Duration) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(number.clamp(1, Semaphore::MAX_PERMITS)));
        Arc::new(Self { free, idle: Mutex::default(), patience })
    }

    /// A seat, for which somebody idle gives way if all are taken; while nobody is idle, it is waited for.
    pub(super) async fn take(self: Arc<Self>) -> Result<Seat, AcquireError> {
        let permit = match Arc::clone(&self.free).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => loop {
                self.tell_the_longest_idle();
                if let Ok(permit) = timeout(AGAIN, Arc::clone(&self.free).acquire_owned()).await {
                    break permit?;
                }
            },
        };
        let told = Arc::<Notify>::default();
        let number = self.idle().add(Doing::Silent, &told);
        Ok(Seat { seats: self, told, doing: Mutex::new((Doing::Silent, number)), _permit: permit })
    }

    /// Whether whoever comes now would have to wait.
    pub(super) fn are_taken(&self) -> bool {
        self.free.available_permits() == 0
    }

    fn tell_the_longest_idle(&self) {
        let mut idle = self.idle();
        let silent = idle.silent.pop_first();
        let first = silent.or_else(|| idle.kept.pop_first()).map(|(_, told)| told);
        if let Some(told) = first.or_else(|| idle.pop_sending(self.patience)) {
            told.notify_one();
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Idle {
    fn add(&mut self, doing: Doing, told: &Arc<Notify>) -> u64 {
        self.next = self.next.saturating_add(1);
        let told = Arc::clone(told);
        match doing {
            Doing::Silent => drop(self.silent.insert(self.next, told)),
            Doing::Sending => drop(self.sending.insert(self.next, (Instant::now(), told))),
            Doing::Kept => drop(self.kept.insert(self.next, told)),
            Doing::Waiting => {}
        }
        self.next
    }

    fn pop_sending(&mut self, patience: Duration) -> Option<Arc<Notify>> {
        let first = self.sending.first_entry().filter(|first| first.get().0.elapsed() >= patience)?;
        Some(first.remove().1)
    }

    fn remove(&mut self, number: u64) {
        self.silent.remove(&number);
        self.kept.remove(&number);
        self.sending.remove(&number);
    }
}

impl Seat {
    /// The head of its request is there.
    pub(super) fn sends(&self) {
        self.does(Doing::Sending);
    }

    /// Its request is there.
    pub(super) fn waits(&self) {
        self.does(Doing::Waiting);
    }

    /// Its request is answered.
    pub(super) fn is_answered(&self) {
        self.does(Doing::Kept);
    }

    fn does(&self, new: Doing) {
        let mut doing = self.lock();
        let mut idle = self.seats.idle();
        idle.remove(doing.1);
        *doing = (new, idle.add(new, &self.told));
    }

    pub(super) fn doing(&self) -> Doing {
        self.lock().0
    }

    pub(super) fn seats(&self) -> &Seats {
        &self.seats
    }

    /// Waits until somebody else needs the seat.
    pub(super) async fn is_needed(&self) {
        self.told.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, (Doing, u64)> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let number = self.lock().1;
        self.seats.idle().remove(number);
    }
}

#[cfg(test)]
mod tests {
    use core::future::Future;
    use core::pin::pin;
    use core::task::{Context, Poll, Waker};

    use super::*;

    fn now<F: Future>(future: F) -> Option<F::Output> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    #[tokio::test]
    async fn the_longest_idle_gives_way_and_never_who_waits_for_an_answer() {
        let seats = Seats::new(5, Duration::from_secs(3600));
        let take = || now(Arc::clone(&seats).take()).map(Result::unwrap);
        let [first, second, third, fourth, fifth] = [(); 5].map(|()| take().unwrap());
        assert!(seats.are_taken());
        first.sends();
        first.waits();
        first.is_answered();
        second.sends();
        second.waits();
        fifth.sends();
        for (seat, is_told) in
            [(&third, true), (&fourth, true), (&first, true), (&second, false), (&fifth, false)]
        {
            assert!(take().is_none());
            assert_eq!(now(seat.is_needed()).is_some(), is_told);
        }
        assert_eq!([&first, &second, &third].map(Seat::doing), [Doing::Kept, Doing::Waiting, Doing::Silent]);
        drop(third);
        assert!(take().is_some());
    }

    #[tokio::test]
    async fn a_body_that_is_long_on_its_way_is_waited_for_no_longer() {
        let seats = Seats::new(2, Duration::ZERO);
        let take = || now(Arc::clone(&seats).take()).map(Result::unwrap);
        let [sending, waiting] = [(); 2].map(|()| take().unwrap());
        sending.sends();
        waiting.sends();
        waiting.waits();
        assert!(take().is_none());
        assert!(now(sending.is_needed()).is_some() && now(waiting.is_needed()).is_none());
    }
}
