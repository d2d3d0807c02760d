//! What may be in the dependency tree: `deny.toml`, held by cargo-deny.

use std::process::{Command, ExitCode, Stdio};

use xtask::parts;
use xtask::tally::Tally;
use xtask::tools::CARGO_DENY;

use crate::step::Step;

/// Licences, bans and sources always; advisories when their database can be had.
pub(crate) fn run() -> ExitCode {
    if !CARGO_DENY.is_present() {
        eprintln!("cargo-deny is missing: {}", CARGO_DENY.by_hand());
        return ExitCode::from(crate::NOT_RUN);
    }
    let check = ["check", "--hide-inclusion-graph"];
    let mut tally =
        step("bans, licences, sources", &[&check[..], &["bans", "licenses", "sources"]].concat()).run();
    tally.add(if has_advisories() {
        step("advisories", &[&check[..], &["advisories"]].concat()).run()
    } else {
        println!("\n== advisories\nNOT CHECKED: their database cannot be fetched from here, and none was fetched before");
        Tally::of_skipped(1)
    });
    crate::close(tally)
}

fn step(title: &str, args: &[&str]) -> Step {
    Step::program(title, &parts::tool("cargo-deny"), args)
}

/// Fetching says by itself what went wrong, at a length that nobody needs.
fn has_advisories() -> bool {
    let mut fetch = Command::new(parts::tool("cargo-deny"));
    fetch.args(["fetch", "db"]).current_dir(parts::root());
    fetch.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    fetch.status().is_ok_and(|status| status.success())
}
