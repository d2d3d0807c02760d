//! The others, each as a process that times itself.
//!
//! A peer is started with a folder, a budget of processor time in milliseconds for each case, and the names of cases. In the
//! folder it finds `certificate.pem`, `changed.xml` and a file for each case. It says, a line each and at once:
//! `version WORDS`; then, for each case in order, `CASE ns NUMBER` (the least processor time of one verification, from octets
//! to verdict, keys prepared) or `CASE cannot WHY`. It ends without success if it accepts `changed.xml` or refuses a case.

use core::time::Duration;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use lacre_tests::root;
use xtask::parts;

/// Processor time for one case of one turn.
const BUDGET: Duration = Duration::from_secs(2);

/// The JDK's compiler works beside the program, and takes its time until the program is as fast as it gets.
const JDK_BUDGET: Duration = Duration::from_secs(10);

/// How long a peer may be silent. Nobody waits longer for one message.
const PATIENCE: Duration = Duration::from_secs(120);

/// One peer.
pub(crate) struct Peer {
    /// What it is called until it has told its version.
    pub(crate) name: &'static str,
    budget: Duration,
    program: PathBuf,
    arguments: Vec<PathBuf>,
    environment: Vec<(&'static str, PathBuf)>,
}

/// What came of one case, at one peer.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Time(Duration),
    Cannot(String),
    /// It was still at it when patience ended.
    TooLong,
    /// It is not on this machine.
    Absent,
}

/// What a peer said.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) version: Option<String>,
    pub(crate) cells: Vec<Cell>,
}

/// Every peer, whether it is here or not.
pub(crate) fn all() -> Vec<Peer> {
    let programs = root().join("tests/bench/peers/programs");
    let cache = root().join(".cache");
    let python = cache.join("bench-venv/bin/python");
    let of_python = |name, script| Peer {
        name,
        budget: BUDGET,
        program: python.clone(),
        arguments: vec!["-B".into(), programs.join("python").join(script)],
        environment: Vec::new(),
    };
    // One thread collects, since processor time is what counts.
    let java = ["-XX:+UseSerialGC", "-Xms1g", "-Xmx4g", "--add-exports", JDK_SUBTREES].map(PathBuf::from);
    vec![
        Peer {
            name: "JDK",
            budget: JDK_BUDGET,
            program: parts::program("java").unwrap_or_default(),
            arguments: java.into_iter().chain([programs.join("java/Jdk.java")]).collect(),
            environment: Vec::new(),
        },
        Peer {
            name: "bergshamra",
            budget: BUDGET,
            program: parts::target().join("bench-peers/release/lacre-bench-bergshamra"),
            arguments: Vec::new(),
            environment: Vec::new(),
        },
        of_python("libxmlsec1", "libxmlsec1.py"),
        of_python("signxml", "signxml_peer.py"),
        Peer {
            name: "xml-crypto",
            budget: BUDGET,
            program: parts::program("node").unwrap_or_default(),
            arguments: vec!["--max-old-space-size=4096".into(), programs.join("node/xml_crypto.cjs")],
            environment: vec![("NODE_PATH", cache.join("bench-node/node_modules"))],
        },
    ]
}

/// The JDK's own kind of subtree is not exported to everybody.
const JDK_SUBTREES: &str = "java.xml.crypto/org.jcp.xml.dsig.internal.dom=ALL-UNNAMED";

impl Peer {
    /// Has it verify every case.
    pub(crate) fn run(&self, folder: &Path, names: &[&str]) -> Told {
        let mut told = Told { version: None, cells: Vec::new() };
        let Some(mut child) = self.start(folder, names) else {
            told.cells.resize(names.len(), Cell::Absent);
            return told;
        };
        let lines = lines(&mut child);
        let mut fate = Cell::Absent;
        loop {
            let Ok(line) = lines.recv_timeout(PATIENCE) else {
                // Silent, or ended: it is killed in either case, and told by what it had said.
                if child.try_wait().is_ok_and(|ended| ended.is_none()) {
                    fate = Cell::TooLong;
                }
                break;
            };
            if let Some(version) = line.strip_prefix("version ") {
                told.version = Some(version.to_owned());
            } else if let Some(cell) = names.get(told.cells.len()).and_then(|name| read(name, &line)) {
                told.cells.push(cell);
            } else {
                println!("{}: {line}", self.name);
            }
            if told.cells.len() == names.len() {
                break;
            }
        }
        drop(child.kill());
        drop(child.wait());
        // One that fails at once was never here: a package that is not installed.
        if told.version.is_some() && matches!(fate, Cell::Absent) {
            fate = Cell::Cannot("it failed".to_owned());
        }
        told.cells.resize(names.len(), fate);
        told
    }

    fn start(&self, folder: &Path, names: &[&str]) -> Option<Child> {
        if !self.program.is_file() {
            return None;
        }
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg(folder).arg(self.budget.as_millis().to_string()).args(names);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().ok()
    }
}

fn lines(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    let output = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    receiver
}

fn read(name: &str, line: &str) -> Option<Cell> {
    let (kind, value) = line.strip_prefix(name)?.strip_prefix(' ')?.split_once(' ')?;
    match kind {
        "ns" => value.parse().ok().map(|ns| Cell::Time(Duration::from_nanos(ns))),
        "cannot" => Some(Cell::Cannot(value.to_owned())),
        _ => None,
    }
}

impl Cell {
    /// Keeps the better of two rounds.
    pub(crate) fn improve(&mut self, other: Self) {
        match (&*self, &other) {
            (Self::Time(least), Self::Time(time)) if time >= least => {}
            (_, Self::Time(_)) => *self = other,
            _ => {}
        }
    }
}
