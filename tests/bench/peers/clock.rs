//! Processor time, and the least of it.

use core::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What is timed as one: long enough for the clock, short enough that some batch meets no neighbour.
const BATCH: Duration = Duration::from_millis(20);

/// The least processor time of one call: the mean of a batch, in the fastest batch that the budget allows.
pub(crate) fn best(budget: Duration, mut act: impl FnMut()) -> Duration {
    let until = spent() + budget;
    let mut took = timed(1, &mut act);
    let mut least = took;
    while spent() < until {
        let times = u32::try_from(BATCH.as_nanos() / took.as_nanos().max(1)).unwrap_or(1).max(1);
        took = timed(times, &mut act);
        least = least.min(took);
    }
    least
}

fn timed(times: u32, act: &mut impl FnMut()) -> Duration {
    let begun = spent();
    for _ in 0..times {
        act();
    }
    (spent() - begun) / times
}

/// The processor time of this process: on a machine that others use too, the wall clock measures the others.
fn spent() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap()
}
