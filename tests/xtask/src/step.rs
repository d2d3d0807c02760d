//! One command of a chore: shown while it runs, counted when it ends.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use xtask::parts;
use xtask::tally::Tally;

/// One command.
#[derive(Debug)]
pub(crate) struct Step {
    title: String,
    command: Command,
    counts_tests: bool,
}

impl Step {
    /// A cargo command that either holds or does not.
    pub(crate) fn cargo(title: &str, args: &[&str]) -> Self {
        let mut command = Command::new("cargo");
        command.args(args).current_dir(parts::root()).stdin(Stdio::null());
        Self { title: title.into(), command, counts_tests: false }
    }

    /// Another program that either holds or does not.
    pub(crate) fn program(title: &str, program: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(args).current_dir(parts::root()).stdin(Stdio::null());
        Self { title: title.into(), command, counts_tests: false }
    }

    /// A cargo command that runs test programs, whose results are added up.
    pub(crate) fn tests(title: &str, args: &[&str]) -> Self {
        Self { counts_tests: true, ..Self::cargo(title, args) }
    }

    /// The same step with a variable in its environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// The same for a value that may be no UTF-8.
    pub(crate) fn env_os(mut self, name: &str, value: &OsStr) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it. Standard error goes straight through, standard output is read on its way.
    pub(crate) fn run(mut self) -> Tally {
        println!("\n== {}", self.title);
        let mut tally = Tally::default();
        let held = if self.counts_tests { self.watch_counting(&mut tally) } else { self.watch() };
        if !held {
            println!("== failed: {}", self.title);
        }
        if self.counts_tests { tally.closed(held) } else { Tally::of_step(held) }
    }

    fn watch(&mut self) -> bool {
        self.command.status().is_ok_and(|status| status.success())
    }

    fn watch_counting(&mut self, tally: &mut Tally) -> bool {
        let Ok(mut child) = self.command.stdout(Stdio::piped()).spawn() else {
            return false;
        };
        if let Some(output) = child.stdout.take() {
            let mut output = BufReader::new(output);
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let mut stdout = std::io::stdout().lock();
                // Nobody listening is no reason to stop counting.
                drop(stdout.write_all(&line).and_then(|()| stdout.flush()));
                tally.read_line(String::from_utf8_lossy(&line).trim_end());
                line.clear();
            }
        }
        child.wait().is_ok_and(|status| status.success())
    }
}
