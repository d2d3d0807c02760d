//! Fuzzing guided by coverage: libFuzzer over every target for a share of the time.

use core::time::Duration;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use xtask::parts;

/// Messages larger than this tell libFuzzer little and cost it much.
const INPUT_BYTES_MAX: usize = 16 << 10;

/// What a target came to.
struct Ran {
    target: String,
    executions: u64,
    /// Edges of the program that some input reached.
    edges: u64,
    corpus: usize,
    findings: Vec<PathBuf>,
    /// Whether the target ended as libFuzzer does when its time is up.
    ended_well: bool,
}

impl Ran {
    fn row(&self) -> String {
        let Self { target, executions, edges, corpus, findings, ended_well } = self;
        let said = match findings.as_slice() {
            [] if *ended_well => "none".to_owned(),
            [] => "ended without one: see above".to_owned(),
            findings => findings.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(" "),
        };
        format!("{target:<12} {executions:>12} {edges:>8} {corpus:>8}  {said}")
    }
}

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    minutes: u64,
    target: Option<String>,
}

impl Plan {
    /// Reads `--minutes N [TARGET]`.
    pub(crate) fn read(words: &[&str]) -> Result<Self, String> {
        let mut plan = Self { minutes: 11, target: None };
        let mut rest = words;
        while let [word, behind @ ..] = rest {
            rest = match (word.strip_prefix("--minutes"), behind) {
                (Some(""), [number, behind @ ..]) => {
                    plan.minutes = minutes(number)?;
                    behind
                }
                (Some(joined), behind) if joined.starts_with('=') => {
                    plan.minutes = minutes(joined.trim_start_matches('='))?;
                    behind
                }
                (None, behind) if !word.starts_with('-') && plan.target.is_none() => {
                    plan.target = Some((*word).to_owned());
                    behind
                }
                _ => return Err(format!("`{word}` is no argument of this chore")),
            };
        }
        Ok(plan)
    }
}

fn minutes(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|minutes| *minutes > 0).ok_or(format!("`{text}` is no number of minutes"))
}

/// Fuzzes, and says what came of it: 1 if there is a finding, 2 if nothing ran.
pub(crate) fn run(plan: &Plan) -> ExitCode {
    let Some(targets) = targets(plan) else { return ExitCode::from(crate::NOT_RUN) };
    if !is_ready() || !built() {
        return ExitCode::from(crate::NOT_RUN);
    }
    let share =
        Duration::from_secs(plan.minutes.saturating_mul(60)) / u32::try_from(targets.len()).unwrap_or(1);
    let ran: Vec<Ran> = targets.into_iter().map(|target| fuzz(target, share)).collect();
    println!("\n{:<12} {:>12} {:>8} {:>8}  findings", "target", "executions", "edges", "corpus");
    for ran in &ran {
        println!("{}", ran.row());
    }
    if ran.iter().all(|ran| ran.ended_well && ran.findings.is_empty()) {
        ExitCode::SUCCESS
    } else {
        println!(
            "\nOnce more: cargo xtask fuzz TARGET finds it again; keep the input in tests/fuzz/seeds/TARGET."
        );
        ExitCode::FAILURE
    }
}

/// The targets that were asked for: every one is a file.
fn targets(plan: &Plan) -> Option<Vec<String>> {
    let files = names(&guided().join("fuzz_targets"));
    let mut all: Vec<String> =
        files.iter().filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned())).collect();
    all.sort();
    match &plan.target {
        None => Some(all),
        Some(target) if all.contains(target) => Some(vec![target.clone()]),
        Some(target) => {
            eprintln!("`{target}` is no target; there are {}", all.join(", "));
            None
        }
    }
}

/// Whether the tools are there that nothing else needs. If not, says what to type.
fn is_ready() -> bool {
    let tool = parts::CARGO_FUZZ.is_present();
    if !tool {
        eprintln!("cargo-fuzz is missing: {}", parts::CARGO_FUZZ.by_hand());
    }
    let asked = Command::new("cargo").args(["+nightly", "--version"]).output();
    let nightly = asked.is_ok_and(|answer| answer.status.success());
    if !nightly {
        eprintln!(
            "a nightly compiler is missing, which libFuzzer's coverage needs: rustup toolchain install nightly"
        );
    }
    tool && nightly
}

fn built() -> bool {
    let mut cargo = Command::new("cargo");
    // The programs run with checks of arithmetic and with AddressSanitizer.
    cargo.args(["+nightly", "fuzz", "build", "--fuzz-dir", "."]).args([
        "-O",
        "--debug-assertions",
        "--target-dir",
    ]);
    cargo.arg(built_in()).current_dir(guided()).env("PATH", path());
    cargo.stdin(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn fuzz(target: String, share: Duration) -> Ran {
    println!("\n== {target}, {} s", share.as_secs());
    let corpus = sown(&target);
    let found = built_in().join("findings").join(&target);
    drop(fs::create_dir_all(&found));
    let before = names(&found);
    let mut prefix = OsString::from("-artifact_prefix=");
    prefix.push(found.join(""));
    let mut dictionary = OsString::from("-dict=");
    dictionary.push(parts::root().join("tests/fuzz/xml.dict"));
    let said = Command::new(program(&target))
        .arg(&corpus)
        .args([prefix, dictionary])
        .args([format!("-max_total_time={}", share.as_secs().max(1)), format!("-max_len={INPUT_BYTES_MAX}")])
        .args(["-timeout=30", "-rss_limit_mb=2048", "-print_final_stats=1"])
        .stdin(Stdio::null())
        .output();
    let (said, ended_well) = match said {
        Ok(output) => (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.success()),
        Err(error) => (error.to_string(), false),
    };
    let findings: Vec<PathBuf> = names(&found).into_iter().filter(|file| !before.contains(file)).collect();
    if !ended_well {
        let lines: Vec<&str> = said.lines().collect();
        println!("{}", lines.get(lines.len().saturating_sub(60)..).unwrap_or_default().join("\n"));
    }
    let corpus = names(&corpus).len();
    let ran =
        Ran { executions: executions(&said), edges: edges(&said), target, corpus, findings, ended_well };
    println!("{}", ran.row());
    ran
}

/// The running corpus of a target, with its seeds and every vector's document in it.
fn sown(target: &str) -> PathBuf {
    let corpus = built_in().join("corpus").join(target);
    drop(fs::create_dir_all(&corpus));
    let tests = parts::root().join("tests");
    for seed in names(&tests.join("fuzz/seeds").join(target)) {
        drop(seed.file_name().map(|name| fs::copy(&seed, corpus.join(name))));
    }
    if MESSAGES.contains(&target) {
        for topic in names(&tests.join("vectors")) {
            for vector in names(&topic).iter().filter(|file| file.extension().is_some_and(|e| e == "vec")) {
                let (Ok(bytes), Some(name)) = (fs::read(vector), vector.file_name()) else { continue };
                // The document begins behind the first empty line.
                let document =
                    bytes.windows(2).position(|pair| pair == b"\n\n").and_then(|at| bytes.get(at + 2..));
                if let Some(document) = document.filter(|document| document.len() <= INPUT_BYTES_MAX) {
                    drop(fs::write(corpus.join(name), document));
                }
            }
        }
    }
    corpus
}

/// The targets whose input is a message.
const MESSAGES: &[&str] = &["c14n", "inspect", "readers", "sign", "verify"];

fn executions(said: &str) -> u64 {
    let counted =
        said.lines().filter_map(|line| line.strip_prefix("stat::number_of_executed_units:")).next_back();
    counted.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

/// What the last line of its progress says.
fn edges(said: &str) -> u64 {
    let counted = said.lines().filter_map(|line| line.split_once(" cov: ")).next_back();
    counted.and_then(|(_, rest)| rest.split(' ').next()?.parse().ok()).unwrap_or(0)
}

fn names(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn guided() -> PathBuf {
    parts::root().join("tests/fuzz/guided")
}

fn built_in() -> PathBuf {
    parts::root().join("target/fuzz")
}

/// cargo-fuzz builds for the machine's own target, by its name.
fn program(target: &str) -> PathBuf {
    let machine = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    built_in().join(machine).join("release").join(target)
}

/// The path with the project's own tools first.
fn path() -> OsString {
    let tools = parts::tool("");
    let rest = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(core::iter::once(tools).chain(std::env::split_paths(&rest))).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_minutes_and_a_target_in_any_order() {
        let plan = |minutes, target: Option<&str>| Ok(Plan { minutes, target: target.map(str::to_owned) });
        assert_eq!(Plan::read(&[]), plan(11, None));
        assert_eq!(Plan::read(&["--minutes", "3"]), plan(3, None));
        assert_eq!(Plan::read(&["c14n", "--minutes=2"]), plan(2, Some("c14n")));
        for odd in [&["--minutes"][..], &["--minutes", "x"], &["--minutes=0"], &["a", "b"], &["--fast"]] {
            assert!(Plan::read(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn reads_what_libfuzzer_counted() {
        assert_eq!(executions("Done\nstat::number_of_executed_units: 4711\nstat::x: 1"), 4711);
        assert_eq!(executions("nothing"), 0);
        assert_eq!(
            edges("#2\tINITED cov: 12 ft: 13 corp: 1/1b\n#9\tDONE   cov: 345 ft: 400 corp: 2/9b"),
            345
        );
        assert_eq!(edges("nothing"), 0);
    }

    #[test]
    fn every_target_of_messages_is_one() {
        let all = targets(&Plan { minutes: 1, target: None }).unwrap_or_default();
        assert!(MESSAGES.iter().all(|name| all.iter().any(|known| known == name)), "{all:?}");
    }
}
