//! The load: requests by a timetable, and readers beside them.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use hdrhistogram::Histogram;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::Plan;
use super::caller::{Answer, Caller, Kind, MIX, Told};

/// Streams that are read at once.
const READERS: usize = 2;

/// Requests under way at most: with more, the machine itself gives way, and nothing is learnt about the proxy.
const UNDER_WAY_MAX: usize = 8_000;

/// How long the last answers are waited for.
const LAST_ANSWERS: Duration = Duration::from_secs(60);

/// What came of the load.
pub(super) struct Load {
    /// By request number: what it was and what its caller was told.
    pub(super) told: Vec<(Kind, Told)>,
    pub(super) latency: BTreeMap<Kind, Histogram<u64>>,
    /// How often which answer came.
    pub(super) said: BTreeMap<(Kind, String), u64>,
    /// From the first request to the last answer that the timetable asked for.
    pub(super) took: Duration,
    /// Requests of the timetable that never left, since too many were under way.
    pub(super) withheld: u64,
}

struct Tally {
    told: Vec<(Kind, Told)>,
    latency: BTreeMap<Kind, Histogram<u64>>,
    said: BTreeMap<(Kind, String), u64>,
}

struct Work {
    caller: Caller,
    number: AtomicUsize,
    tally: Mutex<Tally>,
    over: AtomicBool,
}

pub(super) fn put(plan: &Plan, caller: Caller) -> Load {
    let work = Arc::new(Work {
        caller,
        number: AtomicUsize::new(0),
        tally: Mutex::new(Tally { told: Vec::new(), latency: BTreeMap::new(), said: BTreeMap::new() }),
        over: AtomicBool::new(false),
    });
    let runtime = Runtime::new().unwrap();
    let (took, withheld) = runtime.block_on(async {
        let mut readers = JoinSet::new();
        for _ in 0..READERS {
            readers.spawn(read(Arc::clone(&work)));
        }
        let done = keep_to_timetable(&work, plan).await;
        work.over.store(true, Ordering::SeqCst);
        drop(timeout(LAST_ANSWERS, readers.join_all()).await);
        done
    });
    drop(runtime);
    let Tally { told, latency, said } = Arc::into_inner(work).unwrap().tally.into_inner().unwrap();
    Load { told, latency, said, took, withheld }
}

async fn keep_to_timetable(work: &Arc<Work>, plan: &Plan) -> (Duration, u64) {
    let begin = Instant::now();
    let mut under_way = JoinSet::new();
    let mut withheld = 0;
    for place in 0..plan.requests() {
        let due = begin + plan.due(place);
        if due > Instant::now() {
            sleep_until(due).await;
        }
        while under_way.try_join_next().is_some() {}
        if under_way.len() >= UNDER_WAY_MAX {
            withheld += 1;
            continue;
        }
        let kind = MIX[usize::try_from(place).unwrap() % MIX.len()];
        let work = Arc::clone(work);
        let counts = due >= begin + plan.warm_up;
        under_way.spawn(async move { work.ask(kind, None, due, counts).await });
    }
    drop(timeout(LAST_ANSWERS, under_way.join_all()).await);
    (begin.elapsed(), withheld)
}

impl Plan {
    pub(super) fn requests(&self) -> u64 {
        u64::from(self.rate) * self.time.as_secs() + u64::from(self.burst)
    }

    /// When the request of this place leaves, counted from the begin.
    fn due(&self, place: u64) -> Duration {
        let (rate, burst) = (u64::from(self.rate), u64::from(self.burst));
        let halfway = rate * self.time.as_secs() / 2;
        let steadily = if place < halfway { place } else { place.saturating_sub(burst).max(halfway) };
        Duration::from_nanos(steadily * 1_000_000_000 / rate)
    }
}

/// Reads a stream on and on; what it is given it thereby confirms.
async fn read(work: Arc<Work>) {
    let mut place = None;
    while !work.over.load(Ordering::SeqCst) {
        let answer = work.ask(Kind::Read, place.as_deref(), Instant::now(), true).await;
        if answer.told != Told::Done {
            sleep(Duration::from_millis(100)).await;
        }
        place = answer.next;
    }
}

impl Work {
    /// Asks, and keeps what was told; how long it took only if that `counts`.
    async fn ask(&self, kind: Kind, target: Option<&str>, due: Instant, counts: bool) -> Answer {
        let number = self.number.fetch_add(1, Ordering::SeqCst);
        let answer = self.caller.ask(kind, target, number).await;
        let took = u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX);
        let mut tally = self.tally.lock().unwrap();
        if tally.told.len() <= number {
            tally.told.resize(number + 1, (kind, Told::Nothing));
        }
        tally.told[number] = (kind, answer.told);
        // Two places after the point are enough, and a minute is as long as anything is waited for.
        let latency =
            tally.latency.entry(kind).or_insert_with(|| Histogram::new_with_max(120_000_000, 3).unwrap());
        if counts {
            latency.saturating_record(took);
        }
        *tally.said.entry((kind, answer.said.clone())).or_default() += 1;
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_falls_due_halfway_and_the_rest_goes_on_as_before() {
        let plan = Plan { time: Duration::from_secs(4), rate: 1, burst: 3, ..Plan::default() };
        let due: Vec<u64> = (0..plan.requests()).map(|place| plan.due(place).as_secs()).collect();
        assert_eq!(due, [0, 1, 2, 2, 2, 2, 3]);
    }
}
