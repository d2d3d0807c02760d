//! The faces for runtimes that are no browser: two components, the plain module, and the Python package around it; then each of
//! them in a host that somebody would write.

use std::fs;
use std::path::{Path, PathBuf};

use xtask::parts::{self, PARTS, Part};
use xtask::tally::Tally;

use crate::step::Step;
use crate::wasm;

/// A face, and the file that it ships as.
struct Face {
    feature: &'static str,
    file: &'static str,
    is_component: bool,
}

const FACES: [Face; 3] = [
    Face { feature: "component", file: "lacre.component.wasm", is_component: true },
    Face { feature: "signer", file: "lacre-signer.component.wasm", is_component: true },
    Face { feature: "module", file: MODULE, is_component: false },
];

const MODULE: &str = "lacre.module.wasm";

/// The parts that all of this is built with, by name.
const BUILT_WITH: [&str; 2] = ["wasm32-unknown-unknown", "python-wasm"];

/// The parts that it is tested with as well.
const TESTED_WITH: [&str; 5] = ["node", "node-components", "pyspark", "java", "python"];

/// What this machine lacks of the parts that all of this is built with, or tested.
pub(crate) fn missing(tests: bool) -> Vec<&'static Part> {
    let needed =
        |part: &&Part| BUILT_WITH.contains(&part.name) || (tests && TESTED_WITH.contains(&part.name));
    PARTS.iter().filter(needed).filter(|part| !part.is_present()).collect()
}

/// Builds the files, largest share of the work first.
pub(crate) fn run(without: &[String]) -> Tally {
    if is_waived(without, &BUILT_WITH) {
        return Tally::of_skipped(FACES.len().try_into().unwrap_or(u64::MAX));
    }
    let mut tally = Tally::default();
    for face in FACES {
        tally.add(face.make());
        if tally.failed > 0 {
            return tally;
        }
    }
    tally.add(wheel().run());
    tally
}

/// Runs each of them: in wasmtime from Rust, in Node by jco, in Python, and in Spark.
pub(crate) fn test(without: &[String]) -> Tally {
    if is_waived(without, &BUILT_WITH) {
        return Tally::of_skipped(4);
    }
    let mut tally = wasm::chain([
        wasm::expected_rows(),
        on_packages(Step::tests(
            "a host in Rust",
            &["test", "--no-fail-fast", "-p", "lacre-component-tests"],
        )),
    ]);
    tally.add(if is_waived(without, &["node", "node-components"]) {
        Tally::of_skipped(1)
    } else {
        on_packages(Step::node_tests("a host in Node", "tests/node/component", &["test/"])).run()
    });
    tally.add(on_packages(python_tests("hosts in Python", "lacre")).run());
    tally.add(if is_waived(without, &["pyspark", "java", "python"]) {
        Tally::of_skipped(1)
    } else {
        spark()
    });
    tally
}

fn spark() -> Tally {
    wasm::chain([
        // What it is held against, and on what.
        Step::lacre("dev"),
        Step::cargo("the maker of archives", &["build", "-p", "lacre-tests", "--bin", "archive_maker"]),
        on_packages(python_tests("archives in Spark", "spark"))
            .env_os("LACRE_TARGET", parts::target().as_os_str()),
    ])
}

fn python_tests(title: &str, file: &str) -> Step {
    Step::program_tests(title, &python(), &["tests/python/run.py", file])
}

fn on_packages(step: Step) -> Step {
    step.env_os("LACRE_PACKAGES", wasm::packages().as_os_str())
}

impl Face {
    fn make(&self) -> Tally {
        let built = wasm::built().join("wasm32-unknown-unknown/wasm/lacre_wasm.wasm");
        let file = wasm::packages().join(self.file);
        let mut tally = self.build().run();
        if tally.failed == 0 {
            tally.add(if self.is_component {
                componentize(&built, &file).run()
            } else {
                Tally::of_step(fs::copy(&built, &file).is_ok())
            });
        }
        if let Ok(made) = fs::metadata(&file) {
            println!("{}: {} bytes", self.file, made.len());
        }
        tally
    }

    /// Without names and debug information: neither is of use where this runs.
    fn build(&self) -> Step {
        let target_dir = wasm::built().display().to_string();
        let args = ["rustc", "--lib", "--crate-type", "cdylib", "--features", self.feature];
        let rest = ["--", "-C", "strip=symbols"];
        let args = [&args[..], &wasm::face_args(&target_dir), &rest].concat();
        Step::cargo(&format!("the {} face", self.feature), &args)
    }
}

fn componentize(module: &Path, component: &Path) -> Step {
    let (module, component) = (module.display().to_string(), component.display().to_string());
    let args = ["run", "--quiet", "-p", "xtask", "--features", "componentize", "--bin", "componentize", "--"];
    Step::cargo("its component", &[&args[..], &[&module, &component]].concat())
}

/// The Python package, from the module that was just built.
fn wheel() -> Step {
    let [module, out] =
        [wasm::packages().join(MODULE), wasm::packages()].map(|path| path.display().to_string());
    let args = ["host-wasm/python/build_wheel.py", concat!(env!("CARGO_PKG_VERSION")), &module, &out];
    Step::program("the Python package", &python(), &args)
}

fn python() -> PathBuf {
    parts::venv().join("bin/python")
}

fn is_waived(without: &[String], parts: &[&str]) -> bool {
    parts.iter().any(|part| without.iter().any(|name| name == part))
}
