//! Chores of the workspace. People and CI type the same words: `cargo xtask setup|check|test|package|vectors|wasm|page|bench`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a chore speaks to the person who started it")]

extern crate alloc;

mod bench;
mod deny;
mod fuzz;
mod package;
mod page;
mod sbom;
mod setup;
mod soak;
mod step;
mod wasm;
mod wasm_component;

use std::process::ExitCode;

use package::Arch;
use step::Step;
use xtask::parts::{self, PARTS, Part};
use xtask::tally::Tally;

const USAGE: &str = "\
cargo xtask CHORE

  setup                      what the tests need and this machine lacks, installed where that is possible
  check                      formatting, clippy, docs, unit tests: the quick loop
  test [--without NAME]...   everything; a missing part is an error unless it is named here
  package [ARCH]...          the zips of the Lambda function, for arm64 and x86_64 or the one that is named
  vectors                    the vectors through the core and the command, counted by topic, verdict and reason
  wasm [test]                the core built where no std exists, and as WebAssembly: every face and its package; their tests
  page [test]                the auditors' page as one file, on the npm package; its tests
  deny                       licences, bans and sources of what lacre is built from, and advisories where they can be had
  sbom                       what ships is made of what: a CycloneDX bill for each program and each face
  fuzz [--minutes N] [NAME]  hostile input, guided by coverage, for one target or all; needs a nightly compiler
  soak [--minutes N] [--rate R] [--burst B]
                             the proxy as it ships under R requests a second, and B at once halfway: latencies, memory, records lost
  bench [FILTER]...          how fast the core signs, verifies and canonicalises
  bench peers                the same beside other programs and the floors; written to tests/bench/README.md
  bench counts [--keep]      how many instructions the core takes, held against tests/bench/counts/counts.txt
  bench proxy                what the proxy adds to the time of a request, beside nginx forwarding it
  bench page                 how fast the auditors' page is, beside the command on the same files
  bench lambda               the packaged Lambda function: size, start, memory";

/// Usage, or a machine that lacks something: nothing was tested.
const NOT_RUN: u8 = 2;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut words = args.iter().map(String::as_str);
    let (chore, rest) = (words.next(), words.collect::<Vec<_>>());
    match (chore, rest.as_slice()) {
        (Some("setup"), rest) => with_parts(rest, |_| Tally::default(), false),
        (Some("test"), rest) => with_parts(rest, test, true),
        (Some("package"), archs) => package(archs),
        (Some("check"), []) => close(check()),
        (Some("vectors"), []) => close(run(vectors())),
        (Some("wasm"), []) => wasm(false),
        (Some("wasm"), ["test"]) => wasm(true),
        (Some("page"), []) => page(false),
        (Some("page"), ["test"]) => page(true),
        (Some("deny"), []) => deny::run(),
        (Some("sbom"), []) => sbom::run(),
        (Some("fuzz"), rest) => {
            fuzz::Plan::read(rest).map_or_else(|problem| usage(&problem), |plan| fuzz::run(&plan))
        }
        (Some("soak"), rest) => {
            soak::Plan::read(rest).map_or_else(|problem| usage(&problem), |plan| soak::run(&plan))
        }
        (Some("bench"), rest) => bench::run(rest),
        (Some("help" | "--help" | "-h"), _) => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => usage("which chore?"),
    }
}

fn with_parts(rest: &[&str], chore: impl FnOnce(&[String]) -> Tally, counts: bool) -> ExitCode {
    let without = match waived(rest) {
        Ok(without) => without,
        Err(problem) => return usage(&problem),
    };
    let missing = setup::run(&without);
    if !missing.is_empty() {
        setup::complain(&missing);
        return ExitCode::from(NOT_RUN);
    }
    let tally = chore(&without);
    if counts { close(tally) } else { ExitCode::SUCCESS }
}

fn package(names: &[&str]) -> ExitCode {
    let named: Option<Vec<Arch>> = names.iter().map(|name| Arch::named(name)).collect();
    match named {
        None => usage("there are arm64 and x86_64"),
        Some(archs) if archs.is_empty() => close(package::run(&Arch::ALL)),
        Some(archs) => close(package::run(&archs)),
    }
}

fn waived(mut rest: &[&str]) -> Result<Vec<String>, String> {
    let mut without = Vec::new();
    while let [flag, tail @ ..] = rest {
        let (name, tail) = match (flag.strip_prefix("--without"), tail) {
            (Some(""), [name, tail @ ..]) => (*name, tail),
            (Some(joined), tail) if joined.starts_with('=') => (joined.trim_start_matches('='), tail),
            _ => return Err(format!("`{flag}` is no argument of this chore")),
        };
        if parts::find(name).is_none() {
            let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
            return Err(format!("`{name}` is no part; there are {}", names.join(", ")));
        }
        without.push(name.to_owned());
        rest = tail;
    }
    Ok(without)
}

fn usage(problem: &str) -> ExitCode {
    eprintln!("{problem}\n\n{USAGE}");
    ExitCode::from(NOT_RUN)
}

/// The packages are tested one by one: in one go cargo would unite their features, and none would be tested as it ships.
fn test(without: &[String]) -> Tally {
    let waived = without.join(",");
    let mut tally = run(house());
    tally.add(run(vec![
        tests_of("xtask", "xtask", &[]),
        tests_of("core without std", "lacre-core", &["--no-default-features", "--features", "rust-crypto"]),
        tests_of("core with both readers", "lacre-core", &["--all-features"]),
        tests_of("what is told of it", "lacre-report", &[]),
        Step::cargo(
            "host-native as other hosts use it",
            &["check", "-p", "lacre-native", "--no-default-features"],
        ),
        // The end-to-end tests run the programs as they ship, beside their own.
        Step::lacre("dev"),
        tests_of("the native host", "lacre-native", &["--features", "kms"]).env(WITHOUT, &waived),
        tests_of("archives", "lacre-archive", &[]),
        tests_of("the simulator", "lacre-simulator", &[]),
        tests_of("the command without AWS", "lacre", &[]),
        tests_of("the command", "lacre", &["--features", "aws"]),
        Step::cargo("the Lambda function", &["build", "-p", "lacre-lambda"]),
        tests_of("host-lambda", "lacre-lambda", &[]),
        tests_of("what every face of host-wasm gives", "lacre-wasm", &[]),
    ]));
    tally.add(if without.iter().any(|name| name == "cargo-lambda") {
        Tally::of_skipped(Arch::ALL.len().try_into().unwrap_or(u64::MAX))
    } else {
        package::run(&Arch::ALL)
    });
    tally.add(run(vec![
        tests_of("every host, end to end", "lacre-tests", &[]).env(WITHOUT, &waived),
        Step::cargo(
            "every benchmark, once",
            &[&["test", "-p", "lacre-tests"], every_benchmark().as_slice()].concat(),
        ),
    ]));
    tally.add(if without.iter().any(|name| name == bench::VALGRIND) {
        Tally::of_skipped(1)
    } else {
        bench::instructions(&[]).run()
    });
    tally.add(wasm::run(without));
    tally.add(wasm_component::run(without));
    tally.add(wasm::test(without));
    tally.add(wasm_component::test(without));
    tally.add(page::build(without));
    tally.add(page::test(without));
    tally
}

fn every_benchmark() -> Vec<&'static str> {
    ["core", "lambda", "peers"].map(|name| ["--bench", name]).concat()
}

/// Every test of one package.
fn tests_of(title: &str, package: &str, features: &[&str]) -> Step {
    Step::tests(title, &[&["test", "--no-fail-fast", "-p", package], features].concat())
}

/// How the tests learn which parts are missing on purpose.
const WITHOUT: &str = "LACRE_WITHOUT";

fn check() -> Tally {
    let mut tally = run(house());
    tally.add(run(vec![
        clippy_on_faces("browser"),
        clippy_on_faces("signer,module"),
        Step::cargo("docs", &["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
        Step::tests(
            "units of the core",
            &["test", "--no-fail-fast", "-p", "lacre-core", "--all-features", "--lib"],
        ),
        Step::tests("units of the reports", &["test", "--no-fail-fast", "-p", "lacre-report"]),
        Step::tests(
            "units of host-native",
            &["test", "--no-fail-fast", "-p", "lacre-native", "-p", "lacre-archive", "-p", "lacre-simulator"],
        ),
        Step::tests("units of the command", &["test", "--no-fail-fast", "-p", "lacre", "--features", "aws"]),
        Step::tests("units of host-lambda", &["test", "--no-fail-fast", "-p", "lacre-lambda"]),
    ]));
    tally
}

/// What every line of Rust is held to.
fn house() -> Vec<Step> {
    vec![
        Step::cargo("formatting", &["fmt", "--all", "--check"]),
        Step::cargo(
            "clippy",
            &["clippy", "--workspace", "--all-targets", "--features", "lacre/aws", "--", "-D", "warnings"],
        ),
    ]
}

/// A feature picks a face of host-wasm, so the workspace's own lints see none of them.
fn clippy_on_faces(features: &str) -> Step {
    let args =
        ["clippy", "-p", "lacre-wasm", "--features", features, "--all-targets", "--", "-D", "warnings"];
    Step::cargo(&format!("clippy on the faces {features}"), &args)
}

fn vectors() -> Vec<Step> {
    let hosts = ["census", "core", "native"].map(|host| ["--test", host]).concat();
    let test = [vec!["test", "--no-fail-fast", "-p", "lacre-tests"], hosts].concat();
    vec![
        Step::lacre("dev"),
        Step::tests("vectors", &test),
        Step::cargo("how many", &["run", "--quiet", "-p", "lacre-tests", "--bin", "census"]),
    ]
}

fn page(tests: bool) -> ExitCode {
    with_missing(page::missing(tests), || {
        let mut tally = wasm::npm_package(&[]);
        if tally.failed == 0 {
            tally.add(page::build(&[]));
        }
        if tests && tally.failed == 0 {
            tally.add(page::test(&[]));
        }
        tally
    })
}

fn wasm(tests: bool) -> ExitCode {
    let missing = [wasm::missing(tests), wasm_component::missing(tests)].concat();
    with_missing(missing, || {
        let mut tally = wasm::run(&[]);
        tally.add(wasm_component::run(&[]));
        if tests && tally.failed == 0 {
            tally.add(wasm::test(&[]));
            tally.add(wasm_component::test(&[]));
        }
        tally
    })
}

/// A chore that needs only some of the parts brings in what is missing of them, since one command is to be enough.
fn with_missing(missing: Vec<&'static Part>, chore: impl FnOnce() -> Tally) -> ExitCode {
    let missing = setup::bring(missing);
    if missing.is_empty() {
        return close(chore());
    }
    setup::complain(&missing);
    ExitCode::from(NOT_RUN)
}

fn run(steps: Vec<Step>) -> Tally {
    let mut tally = Tally::default();
    for step in steps {
        tally.add(step.run());
    }
    tally
}

/// The closing line, alone and last.
fn close(tally: Tally) -> ExitCode {
    println!("\n{tally}");
    if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_waived_parts_in_both_spellings() {
        let without = waived(&["--without", "java", "--without=xmlsec1"]).unwrap();
        assert_eq!(without, ["java", "xmlsec1"]);
    }

    #[test]
    fn refuses_a_part_that_does_not_exist() {
        assert!(waived(&["--without", "jaba"]).unwrap_err().contains("softhsm2"));
        assert!(waived(&["--without"]).is_err());
        assert!(waived(&["fast"]).is_err());
    }
}
