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
    counts: Counts,
}

/// What the output of a step says of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counts {
    Nothing,
    /// As test programs of Rust say it.
    Rust,
    /// As `node --test` says it.
    Node,
}

impl Step {
    /// A cargo command that either holds or does not.
    pub(crate) fn cargo(title: &str, args: &[&str]) -> Self {
        let mut command = Command::new("cargo");
        command.args(args).current_dir(parts::root()).stdin(Stdio::null());
        Self { title: title.into(), command, counts: Counts::Nothing }
    }

    /// The `lacre` command as it ships, by a profile.
    pub(crate) fn lacre(profile: &str) -> Self {
        let args = ["build", "--profile", profile, "-p", "lacre", "--features", "aws", "--bin", "lacre"];
        Self::cargo("the lacre command", &args)
    }

    /// Another program that either holds or does not.
    pub(crate) fn program(title: &str, program: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(args).current_dir(parts::root()).stdin(Stdio::null());
        Self { title: title.into(), command, counts: Counts::Nothing }
    }

    /// A cargo command that runs test programs, whose results are added up.
    pub(crate) fn tests(title: &str, args: &[&str]) -> Self {
        Self { counts: Counts::Rust, ..Self::cargo(title, args) }
    }

    /// Another program whose closing line is that of Rust's test programs.
    pub(crate) fn program_tests(title: &str, program: &Path, args: &[&str]) -> Self {
        Self { counts: Counts::Rust, ..Self::program(title, program, args) }
    }

    /// `node --test` on some files of a folder (below the workspace's), whose results are added up.
    pub(crate) fn node_tests(title: &str, folder: &str, files: &[&str]) -> Self {
        let mut command = Command::new("node");
        // What waits for a browser that never answers must end some time: far beyond what any test takes.
        command.args(["--test", "--test-reporter=spec", "--test-timeout=300000"]).args(files);
        command.current_dir(parts::root().join(folder)).stdin(Stdio::null());
        Self { title: title.into(), command, counts: Counts::Node }
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
        let counts = self.counts;
        let held = if counts == Counts::Nothing { self.watch() } else { self.watch_counting(&mut tally) };
        if !held {
            println!("== failed: {}", self.title);
        }
        match counts {
            Counts::Nothing => Tally::of_step(held),
            Counts::Rust => tally.closed(held),
            // A file in which node finds no test holds, and should not.
            Counts::Node => tally.closed(held && tally != Tally::default()),
        }
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
                let text = String::from_utf8_lossy(&line);
                match self.counts {
                    Counts::Node => tally.read_node_line(text.trim_end()),
                    _ => tally.read_line(text.trim_end()),
                }
                line.clear();
            }
        }
        child.wait().is_ok_and(|status| status.success())
    }
}
