//! A simulator in this process, the proxy in one of its own that can be killed, and callers that may get no answer.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use lacre_archive::read_ndjson;
use lacre_core::Ispb;
use lacre_core::limits::REFUSED_BYTES_KEPT_MAX;
use lacre_native::clock::unix_ms;
use lacre_report::record::Row;
use lacre_simulator::samples;
use lacre_simulator::{Obeyed, Running, Simulator, SimulatorConfig, setup};
use lacre_tests::live::{Addresses, Answer, Configuration, Proxy, pki, send};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::check::{Call, Operation};

/// How long the proxy waits for BACEN, in seconds: longer than anything takes on a busy machine,
const PATIENT: u64 = 15;
/// or no longer than it must where BACEN falls silent.
const IMPATIENT: u64 = 1;

/// BACEN, a folder for the proxy, and everything that was asked so far.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) runtime: Runtime,
    bacen: Mutex<Option<Running>>,
    /// What simulators that are gone had done.
    obeyed: Mutex<Vec<Obeyed>>,
    places: [SocketAddr; 3],
    calls: Mutex<Vec<Call>>,
    number: AtomicUsize,
    stream: Mutex<Option<String>>,
    total_seconds: u64,
}

pub(crate) fn bacen_config() -> SimulatorConfig {
    let mut config = setup::of_pki(&pki()).unwrap().on_free_ports();
    config.limits.long_poll = Duration::from_millis(20);
    config.limits.streams_max = 1000;
    config
}

impl World {
    pub(crate) fn new() -> Self {
        Self::within(PATIENT)
    }

    /// One in which BACEN's silence is not waited for long.
    pub(crate) fn impatient() -> Self {
        Self::within(IMPATIENT)
    }

    fn within(total_seconds: u64) -> Self {
        let runtime = Runtime::new().unwrap();
        let bacen = runtime.block_on(Simulator::start(bacen_config())).unwrap();
        let places = [bacen.dict_addr(), bacen.spi_addr(), bacen.health_addr()];
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
            runtime,
            bacen: Mutex::new(Some(bacen)),
            obeyed: Mutex::default(),
            places,
            calls: Mutex::default(),
            number: AtomicUsize::new(0),
            stream: Mutex::default(),
            total_seconds,
        };
        world.configure("require", &[]);
        world
    }

    pub(crate) fn configure(&self, before_sending: &str, certificates: &[&Path]) {
        let text = Configuration {
            pki: &pki(),
            dict: self.places[0].port(),
            spi: self.places[1].port(),
            certificates,
            audit: &format!(
                "formats = [\"ndjson\"]\nship_seconds = 1\nbefore_sending = \"{before_sending}\""
            ),
            limits: &format!("total_seconds = {}", self.total_seconds),
        };
        fs::write(self.configuration(), text.text()).unwrap();
    }

    fn configuration(&self) -> PathBuf {
        self.path("proxy.toml")
    }

    /// A proxy of this world's.
    pub(crate) fn proxy(&self) -> Proxy {
        self.proxy_with(&[])
    }

    /// One with these variables in its environment.
    pub(crate) fn proxy_with(&self, variables: &[(&str, &Path)]) -> Proxy {
        Proxy::start(&lacre_tests::lacre(), &self.configuration(), variables)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts another BACEN in this one's place.
    pub(crate) fn replace_bacen(&self, mut config: SimulatorConfig) {
        let mut bacen = self.bacen.lock().unwrap();
        if let Some(old) = bacen.take() {
            self.obeyed.lock().unwrap().extend(old.obeyed());
            self.runtime.block_on(old.shutdown());
        }
        [config.dict, config.spi, config.health] = self.places;
        *bacen = Some(self.runtime.block_on(Simulator::start(config)).unwrap());
    }

    pub(crate) fn with_bacen<T>(&self, what: impl FnOnce(&Running) -> T) -> T {
        what(self.bacen.lock().unwrap().as_ref().unwrap())
    }

    /// Everything that BACEN did so far.
    pub(crate) fn obeyed(&self) -> Vec<Obeyed> {
        let mut obeyed = self.obeyed.lock().unwrap().clone();
        obeyed.extend(self.with_bacen(Running::obeyed));
        obeyed
    }

    /// Makes one call, remembers it under this fault, and gives what came of it.
    pub(crate) fn call(&self, fault: &str, operation: Operation, proxy: Addresses) -> Option<Answer> {
        let number = self.number.fetch_add(1, Ordering::SeqCst);
        let query = format!("n={number}");
        let answer = send(&self.request(operation, number, &query), operation.of(proxy));
        if matches!(operation, Operation::Read | Operation::Close) {
            let next = answer.as_ref().and_then(|answer| answer.header("pi-pull-next"));
            let next = next.filter(|_| operation == Operation::Read).map(str::to_owned);
            *self.stream.lock().unwrap() = next;
        }
        let call = Call { fault: fault.to_owned(), operation, query, answer: answer.clone() };
        self.calls.lock().unwrap().push(call);
        answer
    }

    /// The same for a payment that is no XML, and whose record is as long as that of a refusal can be.
    pub(crate) fn call_large(&self, fault: &str, proxy: Addresses) -> Option<Answer> {
        let (operation, number) = (Operation::Payment, self.next_number());
        let query = format!("n={number}&{}", "x".repeat(44 << 10));
        let body = "x".repeat(REFUSED_BYTES_KEPT_MAX);
        let head = format!(
            "POST /api/v1/in/12345678/msgs?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let answer = send(format!("{head}{body}").as_bytes(), operation.of(proxy));
        self.remember(Call { fault: fault.to_owned(), operation, query, answer: answer.clone() });
        answer
    }

    /// How many calls were made.
    pub(crate) fn calls(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    /// The octets of a request that no other is like.
    pub(crate) fn request(&self, operation: Operation, number: usize, query: &str) -> Vec<u8> {
        let bank = Ispb::new("12345678").unwrap();
        let start = "/api/v1/out/12345678/stream/start";
        let (method, target, headers, body) = match operation {
            Operation::Payment => {
                ("POST", "/api/v1/in/12345678/msgs".to_owned(), "", samples::pacs_008(&bank, unix_ms()).xml)
            }
            Operation::Read => {
                let target = self.stream.lock().unwrap().clone().unwrap_or_else(|| start.to_owned());
                ("GET", target, "Accept: application/xml\r\n", String::new())
            }
            Operation::Close => {
                // One of nobody's, should there be none: BACEN says that it is gone.
                let target = self.stream.lock().unwrap().take();
                let target = target.unwrap_or_else(|| start.replace("start", "0000000000000000"));
                ("DELETE", target, "", String::new())
            }
            Operation::Register => {
                // An account of its own too: one holds five keys.
                let entry = samples::create_entry(&bank)
                    .replace(samples::KEY, &format!("n{number}@pix.example"))
                    .replace("0007654321", &format!("{number:010}"));
                ("POST", "/api/v2/entries/".to_owned(), "", entry)
            }
            Operation::Lookup => {
                let headers = "PI-RequestingParticipant: 12345678\r\nPI-PayerId: 71460238001\r\n\
                               PI-EndToEndId: E12345678202611232000aaaaaaaaaaa\r\n";
                let key = samples::KEY_HELD.replace('+', "%2B");
                ("GET", format!("/api/v2/entries/{key}"), headers, String::new())
            }
        };
        let length =
            if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        format!(
            "{method} {target}?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}{length}\r\n{body}"
        )
        .into_bytes()
    }

    /// Remembers a call that was made by other means.
    pub(crate) fn next_number(&self) -> usize {
        self.number.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn remember(&self, call: Call) {
        self.calls.lock().unwrap().push(call);
    }

    /// After the proxy has ended: what it recorded, held against what was asked and done.
    pub(crate) fn check(&self, title: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        collect(&self.path("audit/log"), &mut rows);
        rows.sort_by_key(|row| (row.text("channel").map(str::to_owned), row.integer("chain_sequence")));
        super::check::check(title, &self.calls.lock().unwrap(), &self.obeyed(), &rows);
        rows
    }
}

fn collect(folder: &Path, rows: &mut Vec<Row>) {
    for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        if entry.path().is_dir() {
            collect(&entry.path(), rows);
        } else {
            rows.extend(read_ndjson(&entry.path()).unwrap().map(Result::unwrap));
        }
    }
}
