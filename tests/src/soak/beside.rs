//! The proxy beside a forwarder that does nothing: what it adds to the time of a request.

use core::fmt::Write as _;
use core::time::Duration;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use hdrhistogram::Histogram;

use super::bacen::Bacen;
use super::caller::{Caller, Kind, Told};
use super::floor::Floor;
use super::load::{self, Load};
use super::signed::{Seal, Signed};
use super::{Plan, proxy};
use crate::live::pki;

/// Each in turn, so that what the machine does besides falls on both.
const ROUNDS: usize = 3;

/// Signatures of which the fastest counts.
const SIGNATURES: usize = 200;

type Latencies = BTreeMap<Kind, Histogram<u64>>;

/// Loads the proxy and nginx in turn and prints what each took and what the proxy added.
///
/// # Panics
/// If a part does not start, or a request is refused.
pub fn run(plan: &Plan, nginx: &Path) {
    let seal = Seal::of(&pki());
    let (mut ours, mut floor) = (Latencies::new(), Latencies::new());
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        let bacen = Bacen::start(&plan.bacen, &pki(), &folder.path().join("journal"));
        let forwarder = Floor::start(nginx, &pki(), &bacen, folder.path());
        let signed = Signed::prepare(plan, &seal);
        add(&mut floor, &load::put(plan, Caller::new(forwarder.at, Some(signed))));
        drop(forwarder);
        bacen.end();

        let folder = tempfile::tempdir().unwrap();
        let bacen = Bacen::start(&plan.bacen, &pki(), &folder.path().join("journal"));
        let proxy = proxy(plan, &bacen, folder.path());
        add(&mut ours, &load::put(plan, Caller::new(proxy.at(), None)));
        proxy.stop();
        bacen.end();
    }
    let text = table(plan, &ours, &floor, signature(&seal));
    std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes()).unwrap();
}

fn add(all: &mut Latencies, load: &Load) {
    assert!(load.told.iter().all(|(_, told)| *told == Told::Done), "refused: {:?}", load.said);
    for (kind, latency) in &load.latency {
        let sum = all.entry(*kind).or_insert_with(|| Histogram::new_from(latency));
        sum.add(latency).unwrap();
    }
}

/// What one RSA signature takes.
fn signature(seal: &Seal) -> Duration {
    let once = |_| {
        let begin = Instant::now();
        seal.key.sign_blocking(&[7; 32]).unwrap();
        begin.elapsed()
    };
    (0..SIGNATURES).map(once).min().unwrap()
}

fn table(plan: &Plan, ours: &Latencies, floor: &Latencies, signature: Duration) -> String {
    let mut text = format!(
        "\n{} requests a second, {ROUNDS} rounds of {} s each; one RSA-2048 signature: {} us\n\
         {:<9} us: {:>26} {:>26} {:>26}\n{:<13}",
        plan.rate,
        plan.time.as_secs(),
        signature.as_micros(),
        "",
        "p50",
        "p99",
        "p99.9",
        ""
    );
    for _ in 0..3 {
        text += &format!(" {:>8} {:>8} {:>8}", "lacre", "nginx", "added");
    }
    text.push('\n');
    for (kind, ours) in ours.iter().filter(|(kind, _)| **kind != Kind::Read) {
        write!(text, "{:<13}", format!("{kind:?}").to_lowercase()).unwrap();
        for quantile in [0.5, 0.99, 0.999] {
            let [ours, floor] = [ours, &floor[kind]].map(|latency| latency.value_at_quantile(quantile));
            let added = i128::from(ours) - i128::from(floor);
            write!(text, " {ours:>8} {floor:>8} {added:>8}").unwrap();
        }
        text.push('\n');
    }
    text
}
