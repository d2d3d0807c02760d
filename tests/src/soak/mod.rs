//! The proxy under a load that does not wait for it: a request leaves when its time has come, whatever became of those before it, and
//! its latency counts from that time on. Then what BACEN's side obeyed, what was recorded and what callers were told are held
//! against each other.

mod bacen;
mod beside;
mod caller;
mod count;
mod floor;
mod load;
mod memory;
mod signed;
mod table;

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};

use crate::live::{Configuration, Proxy, pki};
use bacen::Bacen;
pub use bacen::play as play_bacen;
pub use beside::run as run_beside;
use caller::Caller;

/// What to do.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "whoever soaks fills it in")]
pub struct Plan {
    /// How long.
    pub time: Duration,
    /// Requests a second.
    pub rate: u32,
    /// Requests beside these that fall due all at once, halfway.
    pub burst: u32,
    /// How long connections and caches may fill up before latencies count.
    pub warm_up: Duration,
    /// The `lacre` command.
    pub lacre: PathBuf,
    /// The program that plays BACEN when its first argument is `bacen`, followed by a PKI's folder and the journal's file.
    pub bacen: PathBuf,
}

/// Loads a proxy, prints a table of what came of it, and says whether nothing was lost, doubled or said untruly and memory stayed flat.
///
/// # Panics
/// If a part does not start or end as it should.
#[must_use]
pub fn run(plan: &Plan) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let bacen = Bacen::start(&plan.bacen, &pki(), &journal);
    let proxy = proxy(plan, &bacen, folder.path());
    let memory = memory::Watch::start(proxy.id(), plan.time);
    let load = load::put(plan, Caller::new(proxy.at(), None));
    let memory = memory.end();
    proxy.stop();
    bacen.end();
    let count = count::count(&load.told, &journal, &folder.path().join("audit/log"));
    table::print(plan, &load, &memory, &count);
    count.holds() && memory.is_flat(plan.burst > 0)
}

/// The proxy as it ships, before this BACEN.
fn proxy(plan: &Plan, bacen: &Bacen, folder: &Path) -> Proxy {
    let configuration = folder.join("proxy.toml");
    let text = Configuration {
        pki: &pki(),
        dict: bacen.dict,
        spi: bacen.spi,
        certificates: &[],
        audit: "",
        limits: "",
    };
    fs::write(&configuration, text.text()).unwrap();
    Proxy::start(&plan.lacre, &configuration, &[])
}
