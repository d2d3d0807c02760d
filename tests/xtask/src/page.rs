//! The auditors' page: one file made of the npm package, and its tests in a browser.

use std::path::Path;

use xtask::parts::{self, PARTS, Part};
use xtask::tally::Tally;

use crate::step::Step;
use crate::wasm;

const FOLDER: &str = "web-verifier";

/// What it is built with, beside the package.
const PACKAGES: &str = "page-packages";

/// What this machine lacks of the parts that it is built with, or tested.
pub(crate) fn missing(tests: bool) -> Vec<&'static Part> {
    let needed = |part: &&Part| {
        part.name == PACKAGES || wasm::BUILT_WITH.contains(&part.name) || (tests && part.name == "chromium")
    };
    PARTS.iter().filter(needed).filter(|part| !part.is_present()).collect()
}

/// Builds `web-verifier/dist/lacre-verifier.html`. The npm package has to be there.
pub(crate) fn build(without: &[String]) -> Tally {
    if is_waived(without, PACKAGES) || wasm::BUILT_WITH.iter().any(|part| is_waived(without, part)) {
        return Tally::of_skipped(1);
    }
    npm("the auditors' page", "build").run()
}

/// Tests it: its parts in Node, and all of it in Chromium, opened from the disk.
pub(crate) fn test(without: &[String]) -> Tally {
    if is_waived(without, PACKAGES) || wasm::BUILT_WITH.iter().any(|part| is_waived(without, part)) {
        return Tally::of_skipped(1);
    }
    let tests = if is_waived(without, "chromium") { "test-build/tests/unit/" } else { "test-build/tests/" };
    let mut tally = wasm::chain([
        // What it is held against.
        Step::lacre("dev"),
        Step::cargo("the maker of archives", &["build", "-p", "lacre-tests", "--bin", "archive_maker"]),
        npm("the tests of the auditors' page", "test:build"),
        // One file at a time: each has a browser whose workers take every processor.
        Step::node_tests("the auditors' page in a browser", FOLDER, &["--test-concurrency=1", tests])
            .env_os("LACRE_TARGET", parts::target().as_os_str()),
    ]);
    if is_waived(without, "chromium") {
        tally.add(Tally::of_skipped(1));
    }
    tally
}

/// Measures it beside the command: both as they ship. The npm package has to be there.
pub(crate) fn bench() -> Tally {
    wasm::chain([
        npm("the auditors' page", "build"),
        npm("what opens it in a browser", "test:build"),
        Step::lacre("dist"),
        Step::cargo(
            "the maker of archives",
            &["build", "--profile", "dist", "-p", "lacre-tests", "--bin", "archive_maker"],
        ),
        Step::program(
            "the auditors' page beside the command",
            Path::new("node"),
            &["web-verifier/tests/bench.mjs"],
        )
        .env_os("LACRE_TARGET", parts::target().as_os_str()),
    ])
}

fn npm(title: &str, script: &str) -> Step {
    let args = ["--prefix", FOLDER, "run", "--silent", script];
    Step::program(title, Path::new("npm"), &args).env_os("LACRE_PACKAGES", wasm::packages().as_os_str())
}

fn is_waived(without: &[String], name: &str) -> bool {
    without.iter().any(|other| other == name)
}
