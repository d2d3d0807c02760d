//! BACEN's side as a process of its own, whose journal goes to a file as it grows.

use core::time::Duration;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};

use lacre_simulator::{Running, Simulator, setup};
use tokio::runtime::Runtime;

/// How often the journal is written on: far more often than it fills up.
const PAUSE: Duration = Duration::from_millis(50);

/// More than any soak makes.
const MANY: usize = 10_000_000;

/// The process.
pub(super) struct Bacen {
    child: Child,
    pub(super) dict: u16,
    pub(super) spi: u16,
}

impl Bacen {
    pub(super) fn start(program: &Path, pki: &Path, journal: &Path) -> Self {
        let mut child = Command::new(program)
            .arg("bacen")
            .args([pki, journal])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut port = || said.next().unwrap().unwrap().parse().unwrap();
        let (dict, spi) = (port(), port());
        Self { child, dict, spi }
    }

    /// Has it write the rest of its journal and end.
    pub(super) fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success(), "BACEN's side broke down");
    }
}

impl Drop for Bacen {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Plays BACEN until standard input ends: says its two ports, then keeps a journal of a line each: status, method, target.
///
/// # Panics
/// If it cannot start or write.
pub fn play(pki: &Path, journal: &Path) {
    let mut config = setup::of_pki(pki).unwrap().on_free_ports();
    config.limits.connections_max = 4096;
    (config.limits.messages_max, config.limits.payments_max, config.limits.entries_max) = (MANY, MANY, MANY);
    let runtime = Runtime::new().unwrap();
    let running = runtime.block_on(Simulator::start(config)).unwrap();
    let mut journal = BufWriter::new(File::create(journal).unwrap());
    let mut out = io::stdout();
    writeln!(out, "{}\n{}", running.dict_addr().port(), running.spi_addr().port()).unwrap();
    out.flush().unwrap();
    let (ended, end) = channel::<()>();
    std::thread::spawn(move || {
        drop(io::stdin().read_to_end(&mut Vec::new()));
        drop(ended);
    });
    while end.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
        write_on(&running, &mut journal);
    }
    write_on(&running, &mut journal);
    journal.flush().unwrap();
    runtime.block_on(running.shutdown());
}

fn write_on(running: &Running, journal: &mut impl io::Write) {
    for obeyed in running.take_obeyed() {
        writeln!(journal, "{} {} {}", obeyed.status, obeyed.method, obeyed.target).unwrap();
    }
}
