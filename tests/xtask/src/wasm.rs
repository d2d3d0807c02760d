//! The core as WebAssembly: bare targets that show what it does without, and the face for browsers and Node with its npm package.

use std::path::{Path, PathBuf};
use std::{fs, io};

use xtask::parts::{self, PARTS, Part};
use xtask::tally::Tally;

use crate::step::Step;

/// The parts that the browser's face is built with.
pub(crate) const BUILT_WITH: [&str; 3] = ["wasm32-unknown-unknown", "wasm-bindgen", "node"];

/// The parts that it is tested with as well.
const TESTED_WITH: [&str; 2] = ["node-packages", "chromium"];

/// What this machine lacks of the parts that everything here is built and, if that is asked for, tested with.
pub(crate) fn missing(tests: bool) -> Vec<&'static Part> {
    let needed = |part: &&Part| {
        part.name == "wasm32v1-none"
            || BUILT_WITH.contains(&part.name)
            || (tests && TESTED_WITH.contains(&part.name))
    };
    PARTS.iter().filter(needed).filter(|part| !part.is_present()).collect()
}

/// Builds the core for bare targets, then every face and its package.
pub(crate) fn run(without: &[String]) -> Tally {
    let mut tally = bare(without);
    tally.add(npm_package(without));
    tally
}

/// Tests the npm package as its users have it, and the face below it.
pub(crate) fn test(without: &[String]) -> Tally {
    let waived = |name: &str| without.iter().any(|other| other == name);
    // Without a browser, what needs one is skipped test by test.
    if BUILT_WITH.into_iter().chain(["node-packages"]).any(waived) {
        return Tally::of_skipped(3);
    }
    let mut tally = face_tests("the face for Node", &[("WASM_BINDGEN_TEST_ONLY_NODE", "1")]).run();
    tally.add(if waived("chromium") {
        Tally::of_skipped(1)
    } else {
        face_tests(
            "the face for browsers",
            &[("WASM_BINDGEN_USE_BROWSER", "1"), ("WASM_BINDGEN_TEST_TIMEOUT", "120")],
        )
        .run()
    });
    tally.add(chain([
        expected_rows(),
        into_node_modules(),
        Step::node_tests("the npm package", "tests/node", &["test/"])
            .env(crate::WITHOUT, &without.join(","))
            .env_os("LACRE_PACKAGES", packages().as_os_str()),
    ]));
    tally
}

fn bare(without: &[String]) -> Tally {
    let mut tally = Tally::default();
    for (target, features) in
        [("wasm32v1-none", "rust-crypto"), ("wasm32-unknown-unknown", "rust-crypto,quick-xml")]
    {
        if without.iter().any(|name| name == target) {
            tally.add(Tally::of_skipped(1));
            continue;
        }
        let args = [
            "build",
            "-p",
            "lacre-core",
            "--no-default-features",
            "--features",
            features,
            "--target",
            target,
        ];
        tally.add(Step::cargo(&format!("core for {target}"), &args).run());
    }
    tally
}

/// The folder of the npm package and its tarball. It says how large the module is, and fails if that is too much.
pub(crate) fn npm_package(without: &[String]) -> Tally {
    if BUILT_WITH.iter().any(|part| without.iter().any(|name| name == part)) {
        return Tally::of_skipped(4);
    }
    let folder = packages().join("lacre-wasm");
    if let Err(error) = emptied(&folder) {
        eprintln!("{} cannot be made anew: {error}", folder.display());
        return Tally::of_step(false);
    }
    let (glue, out) = (folder.join("glue"), packages());
    let module = built().join("wasm32-unknown-unknown/wasm/lacre_wasm.wasm");
    let assemble = parts::root().join("host-wasm/npm/assemble.js");
    chain([
        build_face("browser"),
        Step::program(
            "its glue",
            &parts::tool("wasm-bindgen"),
            &[
                "--target",
                "web",
                "--omit-default-module-path",
                "--no-typescript",
                "--remove-name-section",
                "--remove-producers-section",
                "--out-dir",
                &text(&glue),
                &text(&module),
            ],
        ),
        Step::program("the npm package", Path::new("node"), &[&text(&assemble), &text(&folder)]),
        Step::program(
            "its tarball",
            Path::new("npm"),
            &["pack", &text(&folder), "--pack-destination", &text(&out), "--ignore-scripts", "--silent"],
        ),
    ])
}

/// Builds one face of host-wasm as it ships.
pub(crate) fn build_face(feature: &str) -> Step {
    let target_dir = text(&built());
    let args = ["build", "--lib", "--features", feature];
    Step::cargo(&format!("the {feature} face"), &[&args[..], &face_args(&target_dir)].concat())
}

fn face_tests(title: &str, variables: &[(&str, &str)]) -> Step {
    let target_dir = text(&built());
    let args = ["test", "--no-fail-fast", "--features", "browser", "--test", "browser"];
    let driver = parts::program("chromedriver").unwrap_or_default();
    let step = Step::tests(title, &[&args[..], &face_args(&target_dir)].concat())
        .env_os(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            parts::tool("wasm-bindgen-test-runner").as_os_str(),
        )
        .env_os("CHROMEDRIVER", driver.as_os_str());
    variables.iter().fold(step, |step, (name, value)| step.env(name, value))
}

/// Apart from the other builds, which need not wait for these.
pub(crate) fn face_args(target_dir: &str) -> [&str; 8] {
    [
        "-p",
        "lacre-wasm",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        "wasm",
        "--target-dir",
        target_dir,
    ]
}

/// What every face must give for each vector, as this machine's own code gives it.
pub(crate) fn expected_rows() -> Step {
    let args = ["run", "--quiet", "-p", "lacre-tests", "--bin", "expected_rows", "--"];
    let files = [rows_file(), records_file()].map(|file| text(&file));
    Step::cargo(
        "the rows that every face must give",
        &[&args[..], &files.each_ref().map(String::as_str)].concat(),
    )
}

/// Unpacks the tarball where the tests import it from: what is tested is what is published.
fn into_node_modules() -> Step {
    let folder = parts::root().join("tests/node/node_modules/lacre-wasm");
    let tarball = packages().join(concat!("lacre-wasm-", env!("CARGO_PKG_VERSION"), ".tgz"));
    let emptied = emptied(&folder).is_ok();
    let program = if emptied { "tar" } else { "false" };
    let args =
        ["--extract", "--strip-components=1", "--file", &text(&tarball), "--directory", &text(&folder)];
    Step::program("the npm package, unpacked", Path::new(program), &args)
}

/// Steps of which each needs the one before.
pub(crate) fn chain(steps: impl IntoIterator<Item = Step>) -> Tally {
    let mut tally = Tally::default();
    for step in steps {
        tally.add(step.run());
        if tally.failed > 0 {
            break;
        }
    }
    tally
}

fn emptied(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(folder),
    }
}

/// Where the packages lie.
pub(crate) fn packages() -> PathBuf {
    parts::target().join("wasm-packages")
}

/// Where the rows lie that every face must give.
pub(crate) fn rows_file() -> PathBuf {
    packages().join("expected-rows.ndjson")
}

/// The same for records of the audit trail.
fn records_file() -> PathBuf {
    packages().join("expected-records.ndjson")
}

pub(crate) fn built() -> PathBuf {
    parts::target().join("wasm")
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
