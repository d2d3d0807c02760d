//! Loads a real proxy before a simulator, each a process of its own, and counts what became of each request.
//!
//! `soak --seconds N --rate R --burst B --lacre PATH`; it ends with 1 if anything was lost, doubled or said untruly, or memory grew.
//! With `--nginx PATH` behind it, it tells instead what lacre adds to the time that nginx takes.
#![expect(clippy::panic, reason = "a part of tests: it fails by panicking")]

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lacre_tests::soak::{self, Plan};

/// Before two forwarders are compared, each has made its connections.
const WARM_UP: Duration = Duration::from_secs(4);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["bacen", pki, journal] => {
            soak::play_bacen(Path::new(pki), Path::new(journal));
            ExitCode::SUCCESS
        }
        ["--seconds", seconds, "--rate", rate, "--burst", burst, "--lacre", lacre] => {
            if soak::run(&plan(seconds, rate, burst, lacre)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        ["--seconds", seconds, "--rate", rate, "--burst", burst, "--lacre", lacre, "--nginx", nginx] => {
            let plan = Plan { warm_up: WARM_UP, ..plan(seconds, rate, burst, lacre) };
            soak::run_beside(&plan, Path::new(nginx));
            ExitCode::SUCCESS
        }
        _ => panic!("soak --seconds N --rate R --burst B --lacre PATH [--nginx PATH]"),
    }
}

fn plan(seconds: &str, rate: &str, burst: &str, lacre: &str) -> Plan {
    Plan {
        time: Duration::from_secs(positive(seconds).into()),
        rate: positive(rate),
        burst: number(burst),
        warm_up: Duration::ZERO,
        lacre: PathBuf::from(lacre),
        bacen: std::env::current_exe().unwrap_or_default(),
    }
}

fn positive(text: &str) -> u32 {
    let number = number(text);
    assert!(number > 0, "`{text}` must be more than nothing");
    number
}

fn number(text: &str) -> u32 {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}
