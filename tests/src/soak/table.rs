//! What came of a soak, for people.

use std::io::Write as _;

use super::Plan;
use super::count::Count;
use super::load::Load;
use super::memory::Memory;

/// In one piece: tests print beside it.
pub(super) fn print(plan: &Plan, load: &Load, memory: &Memory, count: &Count) {
    let text =
        [latencies(plan, load), answers(load), memories(memory, plan.burst > 0), counts(count)].concat();
    std::io::stdout().write_all(text.as_bytes()).unwrap();
}

fn latencies(plan: &Plan, load: &Load) -> String {
    let asked = plan.requests();
    let answered: u64 =
        load.latency.iter().filter(|(kind, _)| is_timed(kind)).map(|(_, one)| one.len()).sum();
    let achieved = per_second(answered, load);
    let mut text = format!(
        "\nrequests by timetable: {asked} in {} s, {} a second and {} at once; {answered} answered within {:.1} s, {achieved} a second; {} withheld\n\
         {:<9} {:>9} {:>9}   ms from its due time: {:>7} {:>9} {:>9} {:>9} {:>9}\n",
        plan.time.as_secs(),
        plan.rate,
        plan.burst,
        load.took.as_secs_f64(),
        load.withheld,
        "",
        "answers",
        "a second",
        "p50",
        "p90",
        "p99",
        "p99.9",
        "max"
    );
    for (kind, latency) in &load.latency {
        let name = format!("{kind:?}").to_lowercase();
        let counted = format!("{name:<9} {:>9} {:>9}", latency.len(), per_second(latency.len(), load));
        let at = |quantile| ms(latency.value_at_quantile(quantile));
        text += &if is_timed(kind) {
            format!(
                "{counted}                         {:>7} {:>9} {:>9} {:>9} {:>9}\n",
                at(0.5),
                at(0.9),
                at(0.99),
                at(0.999),
                ms(latency.max())
            )
        } else {
            // Each waits for the one before it, and BACEN holds it until there is something to read.
            format!("{counted}   by its readers, one after the other\n")
        };
    }
    text
}

fn is_timed(kind: &super::caller::Kind) -> bool {
    *kind != super::caller::Kind::Read
}

fn answers(load: &Load) -> String {
    let mut text = String::from("answers by kind:\n");
    for ((kind, said), times) in &load.said {
        text += &format!("  {:<9} {said:<40} {times:>9}\n", format!("{kind:?}").to_lowercase());
    }
    text
}

fn memories(memory: &Memory, bursts: bool) -> String {
    let mib = |kib: u64| format!("{}.{}", kib >> 10, ((kib & 1023) * 10) >> 10);
    let tenths: Vec<String> = memory.tenths.iter().map(|kib| mib(*kib)).collect();
    format!(
        "the proxy's memory (MiB): {} before; {} at each tenth; {} at most: {}\n",
        mib(memory.before),
        tenths.join(" "),
        mib(memory.peak),
        if memory.is_flat(bursts) { "flat" } else { "NOT FLAT" }
    )
}

fn counts(count: &Count) -> String {
    let Count { accepted, records, lost, duplicated, sent_twice, untrue, strange } = count;
    format!(
        "accepted by BACEN {accepted}, records {records}: lost {lost}, duplicated {duplicated}, sent twice {sent_twice}, \
         untrue answers {untrue}, records of nothing {strange}\n"
    )
}

fn per_second(number: u64, load: &Load) -> String {
    let ms = u64::try_from(load.took.as_millis()).unwrap_or(u64::MAX).max(1);
    format!("{}.{}", number * 1000 / ms, number * 10_000 / ms % 10)
}

fn ms(micros: u64) -> String {
    format!("{}.{:02}", micros / 1000, micros % 1000 / 10)
}
