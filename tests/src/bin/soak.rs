//! Loads a real proxy before a simulator, each a process of its own, and counts what became of each request.
//!
//! `soak --seconds N --rate R --lacre PATH`; it ends with 1 if anything was lost, doubled or said untruly, or memory grew.
#![expect(clippy::panic, reason = "a part of tests: it fails by panicking")]

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lacre_tests::soak::{self, Plan};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["bacen", pki, journal] => {
            soak::play_bacen(Path::new(pki), Path::new(journal));
            ExitCode::SUCCESS
        }
        ["--seconds", seconds, "--rate", rate, "--lacre", lacre] => {
            let plan = Plan {
                time: Duration::from_secs(number(seconds).into()),
                rate: number(rate),
                lacre: PathBuf::from(lacre),
                bacen: std::env::current_exe().unwrap_or_default(),
            };
            if soak::run(&plan) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        _ => panic!("soak --seconds N --rate R --lacre PATH"),
    }
}

fn number(text: &str) -> u32 {
    text.parse().ok().filter(|number| *number > 0).unwrap_or_else(|| panic!("`{text}` is no number"))
}
