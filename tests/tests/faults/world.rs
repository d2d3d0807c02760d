//! A simulator in this process, the proxy in one of its own that can be killed, and callers that may get no answer.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use lacre_core::Ispb;
use lacre_native::audit::{Row, read_ndjson};
use lacre_native::clock::unix_ms;
use lacre_native::pki::{PkiOptions, ThrowawayPki};
use lacre_native::samples;
use lacre_native::simulator::{Obeyed, Running, Simulator, SimulatorConfig, setup};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::check::{Call, Operation};

/// One PKI for all parts: keys take long to make.
fn pki() -> PathBuf {
    static PKI: OnceLock<TempDir> = OnceLock::new();
    let folder = PKI.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        ThrowawayPki::create(&folder.path().join("pki"), &PkiOptions::default()).unwrap();
        folder
    });
    folder.path().join("pki")
}

/// How long the proxy waits for BACEN, in seconds.
const TOTAL_SECONDS: u64 = 1;

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
}

pub(crate) fn bacen_config() -> SimulatorConfig {
    let mut config = setup::of_pki(&pki()).unwrap().on_free_ports();
    config.limits.long_poll = Duration::from_millis(20);
    config.limits.streams_max = 1000;
    config
}

impl World {
    pub(crate) fn new() -> Self {
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
        };
        world.configure("require", &[]);
        world
    }

    pub(crate) fn configure(&self, before_sending: &str, certificates: &[&Path]) {
        let pki = pki();
        let pki = pki.display();
        let more: String = certificates.iter().map(|path| format!(", \"{}\"", path.display())).collect();
        let text = format!(
            "[spi]\nlisten = \"127.0.0.1:0\"\nendpoint = \"localhost:{}\"\n\
             [dict]\nlisten = \"127.0.0.1:0\"\nendpoint = \"localhost:{}\"\n\
             [signature]\nkey = \"{pki}/psp-signature.key\"\ncertificate = \"{pki}/psp-signature.pem\"\n\
             [mtls]\nkey = \"{pki}/psp-channel.key\"\ncertificate = \"{pki}/psp-channel.pem\"\n\
             [bacen]\nsignature_certificates = [\"{pki}/bacen-signature.pem\"]\nmtls_certificates = [\"{pki}/ca.pem\"{more}]\n\
             [audit]\nfolder = \"audit\"\nformats = [\"ndjson\"]\nship_seconds = 1\nbefore_sending = \"{before_sending}\"\n\
             [limits]\ntotal_seconds = {TOTAL_SECONDS}\n",
            self.places[1].port(),
            self.places[0].port(),
        );
        fs::write(self.path("proxy.toml"), text).unwrap();
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
        let answer = send(&self.request(operation, number, &query), proxy.of(operation));
        if matches!(operation, Operation::Read | Operation::Close) {
            let next = answer.as_ref().and_then(|answer| answer.header("pi-pull-next"));
            let next = next.filter(|_| operation == Operation::Read).map(str::to_owned);
            *self.stream.lock().unwrap() = next;
        }
        let call = Call { fault: fault.to_owned(), operation, query, answer: answer.clone() };
        self.calls.lock().unwrap().push(call);
        answer
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
            "{method} {target}?{query} HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\n{headers}{length}\r\n{body}"
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

/// Where a proxy listens.
#[derive(Clone, Copy)]
pub(crate) struct Addresses {
    spi: SocketAddr,
    dict: SocketAddr,
}

impl Addresses {
    pub(crate) const fn of(self, operation: Operation) -> SocketAddr {
        match operation {
            Operation::Register | Operation::Lookup => self.dict,
            _ => self.spi,
        }
    }
}

/// The proxy as a process.
pub(crate) struct Proxy {
    child: Child,
    pub(crate) at: Addresses,
}

impl Proxy {
    pub(crate) fn start(world: &World) -> Self {
        Self::start_with(world, &[])
    }

    /// One whose writes beyond a limit fail as on a full disk, with these variables in its environment.
    pub(crate) fn start_with(world: &World, variables: &[(&str, &Path)]) -> Self {
        let mut child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(lacre_tests::lacre())
            .args(["proxy", "--config"])
            .arg(world.path("proxy.toml"))
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut listens = |channel: &str| loop {
            let line = said.next().unwrap_or_else(|| panic!("the proxy ended at its start")).unwrap();
            if let Some(rest) = line.strip_prefix(&format!("{channel} http://")) {
                break rest.split(' ').next().unwrap().parse().unwrap();
            }
        };
        let at = Addresses { spi: listens("spi"), dict: listens("dict") };
        // Read on, so that the log never fills the pipe.
        std::thread::spawn(move || said.for_each(drop));
        Self { child, at }
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it in good order, everything shipped.
    pub(crate) fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }

    pub(crate) fn limit_file_size(&self, bytes: &str) {
        let limit = format!("--fsize={bytes}:unlimited");
        let limited = Command::new("prlimit").args(["--pid", &self.child.id().to_string(), &limit]).status();
        assert!(limited.unwrap().success());
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The text of an element of our problem documents.
    pub(crate) fn element(&self, name: &str) -> Option<&str> {
        self.body.split_once(&format!("<{name}>"))?.1.split('<').next()
    }
}

/// The answer to a request; nothing if the connection ended before a whole one.
pub(crate) fn send(request: &[u8], to: SocketAddr) -> Option<Answer> {
    let mut stream = TcpStream::connect(to).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let answer = Answer { status, head: head.to_owned(), body: body.to_owned() };
    let length = answer.header("content-length").and_then(|length| length.parse().ok());
    length.is_none_or(|length: usize| length == answer.body.len()).then_some(answer)
}
