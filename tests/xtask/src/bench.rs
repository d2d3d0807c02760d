//! How fast lacre is: alone, beside its peers, as a Lambda function.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use xtask::parts::{self, Part};

use crate::package::{self, Arch};
use crate::step::Step;
use crate::{page, setup, soak, wasm};

/// Where tests and benchmarks find the zips.
const PACKAGE: &str = "LACRE_PACKAGE";

/// What counts instructions.
pub(crate) const VALGRIND: &str = "valgrind";

/// What is measured.
pub(crate) fn run(words: &[&str]) -> ExitCode {
    let measured = match words {
        ["lambda"] => lambda(),
        ["page"] => auditors_page(),
        ["proxy"] => {
            let nginx = Some(&parts::NGINX).filter(|part| !part.is_present());
            with_parts(nginx.into_iter().collect(), soak::beside_nginx)
        }
        ["peers"] => {
            bring_peers();
            measure("peers", &["--bench", "peers"])
        }
        ["counts", rest @ ..] => {
            let valgrind = parts::find(VALGRIND).filter(|part| !part.is_present());
            with_parts(valgrind.into_iter().collect(), || instructions(rest).run().failed == 0)
        }
        filter => measure("benchmarks", &[&["--bench", "core", "--"], filter].concat()),
    };
    if measured { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How many instructions the core takes, held against what it took before.
pub(crate) fn instructions(args: &[&str]) -> Step {
    let run = ["run", "--quiet", "--profile", "dist", "-p", "lacre-counts", "--"];
    Step::cargo("instructions of the core", &[&run, args].concat())
}

fn measure(title: &str, args: &[&str]) -> bool {
    Step::cargo(title, &[&["bench", "--profile", "dist", "-p", "lacre-tests"], args].concat()).run().failed
        == 0
}

/// The package as it ships; what drives it need not be fast.
fn lambda() -> bool {
    if package::run(&Arch::ALL).failed > 0 {
        return false;
    }
    let args = ["bench", "--profile", "dev", "-p", "lacre-tests", "--bench", "lambda"];
    Step::cargo("the Lambda function", &args).env_os(PACKAGE, package::folder().as_os_str()).run().failed == 0
}

fn auditors_page() -> bool {
    with_parts(page::missing(true), || wasm::npm_package(&[]).failed == 0 && page::bench().failed == 0)
}

fn with_parts(missing: Vec<&'static Part>, measured: impl FnOnce() -> bool) -> bool {
    let missing = setup::bring(missing);
    if missing.is_empty() {
        return measured();
    }
    setup::complain(&missing);
    false
}

/// The peers, as far as they can be had: one that cannot is absent from the table, and no error. No test needs them, so they
/// are no parts.
fn bring_peers() {
    let programs = parts::root().join("tests/bench/peers/programs");
    let cache = parts::root().join(".cache");
    let venv = [cache.join("bench-venv"), programs.join("python")];
    install("the peers in Python", &venv, &["requirements.txt"], python);
    let modules = [cache.join("bench-node"), programs.join("node")];
    install("the peer in Node", &modules, &["package.json", "package-lock.json"], node);
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked", "--target-dir"]).arg(parts::target().join("bench-peers"));
    tell("the peer in Rust", holds(cargo.current_dir(programs.join("bergshamra"))));
}

/// Installs what `names` pin into a folder, unless just that stands there already: the pins are kept beside it, last.
fn install(title: &str, [into, from]: &[PathBuf; 2], names: &[&str], by: fn(&Path) -> bool) {
    let same = |name: &&str| {
        let there = std::fs::read(into.join(".pinned").join(name)).ok();
        there.is_some() && there == std::fs::read(from.join(name)).ok()
    };
    if names.iter().all(same) {
        return;
    }
    let copied = |to: &Path| {
        let copied = |name: &&str| std::fs::copy(from.join(name), to.join(name)).is_ok();
        std::fs::create_dir_all(to).is_ok() && names.iter().all(copied)
    };
    tell(title, copied(into) && by(into) && copied(&into.join(".pinned")));
}

fn python(folder: &Path) -> bool {
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    holds(Command::new("python3").args(["-m", "venv"]).arg(folder))
        && holds(Command::new(folder.join("bin/python")).args(pip).arg(folder.join("requirements.txt")))
}

fn node(folder: &Path) -> bool {
    holds(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder))
}

fn holds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn tell(title: &str, came: bool) {
    if !came {
        println!("bench: {title} could not be installed, and will be absent");
    }
}
