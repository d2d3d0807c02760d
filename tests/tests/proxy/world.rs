//! A folder with keys and a configuration, a simulator, a proxy, and a caller that writes its own octets.

use core::net::SocketAddr;
use core::time::Duration;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use lacre_archive::{read_ndjson, read_parquet};
use lacre_native::proxy::{self, Setup};
use lacre_report::record::Row;
use lacre_simulator::pki::{PkiOptions, ThrowawayPki};
use lacre_simulator::{Running, Simulator, SimulatorConfig, setup};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A folder with a PKI and a configuration.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    /// A new PKI, and a configuration before a BACEN on these ports.
    pub(crate) fn new(dict: u16, spi: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        ThrowawayPki::create(&folder.path().join("pki"), &PkiOptions::default()).unwrap();
        let place = Self { folder };
        place.configure(dict, spi);
        place
    }

    pub(crate) fn configure(&self, dict: u16, spi: u16) {
        let text = format!(
            r#"
[spi]
listen = "127.0.0.1:0"
endpoint = "localhost:{spi}"
[dict]
listen = "127.0.0.1:0"
endpoint = "localhost:{dict}"
[signature]
key = "pki/psp-signature.key"
certificate = "pki/psp-signature.pem"
[mtls]
key = "pki/psp-channel.key"
certificate = "pki/psp-channel.pem"
[bacen]
signature_certificates = ["pki/bacen-signature.pem"]
mtls_certificates = ["pki/ca.pem"]
[audit]
folder = "audit"
[limits]
reload_seconds = 1
total_seconds = 10
"#
        );
        fs::write(self.config(), text).unwrap();
    }

    /// Changes the configuration's text.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.config()).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(self.config(), text.replace(from, to)).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path("proxy.toml")
    }

    /// The rows of both channels, the same in both formats.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let mut files = Vec::new();
        collect(&self.path("audit/log"), &mut files);
        let read = |ending: &str| -> Vec<Row> {
            let mut rows: Vec<Row> = files
                .iter()
                .filter(|path| path.extension().is_some_and(|found| found == ending))
                .flat_map(|path| -> Vec<Row> {
                    if ending == "ndjson" {
                        read_ndjson(path).unwrap().map(Result::unwrap).collect()
                    } else {
                        read_parquet(path).unwrap().map(Result::unwrap).collect()
                    }
                })
                .collect();
            rows.sort_by_key(|row| {
                (row.integer("request_received_ms"), row.text("exchange_id").unwrap().to_owned())
            });
            rows
        };
        let rows = read("ndjson");
        assert!(rows == read("parquet"), "NDJSON and Parquet differ");
        rows
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        if entry.path().is_dir() {
            collect(&entry.path(), files);
        } else {
            files.push(entry.path());
        }
    }
}

/// A simulator and a proxy before it, in this process.
pub(crate) struct World {
    pub(crate) place: Place,
    pub(crate) bacen: Option<Running>,
    pub(crate) dict: SocketAddr,
    pub(crate) spi: SocketAddr,
    stop: watch::Sender<bool>,
    proxy: JoinHandle<Result<(), proxy::RunError>>,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Before a BACEN that is otherwise.
    pub(crate) async fn start_with(change: impl FnOnce(&mut SimulatorConfig)) -> Self {
        let place = Place::new(1, 1);
        let mut config = setup::of_pki(&place.path("pki")).unwrap().on_free_ports();
        config.limits.long_poll = Duration::from_millis(150);
        change(&mut config);
        let bacen = Simulator::start(config).await.unwrap();
        place.configure(bacen.dict_addr().port(), bacen.spi_addr().port());
        let (setup, findings) = Setup::read(&place.config());
        let setup = setup.unwrap_or_else(|| panic!("{findings:?}"));
        let listeners = proxy::bind(&setup).await.unwrap();
        let addresses: Vec<_> = listeners.iter().map(|listener| listener.local_addr().unwrap()).collect();
        let (stop, stopping) = watch::channel(false);
        let proxy = tokio::spawn(proxy::run(setup, listeners, place.config(), stopping));
        Self { place, bacen: Some(bacen), dict: addresses[1], spi: addresses[0], stop, proxy }
    }

    /// Ends the proxy and gives its audit rows.
    pub(crate) async fn stop(self) -> Vec<Row> {
        self.end().await.rows()
    }

    /// Ends the proxy and gives its folder.
    pub(crate) async fn end(self) -> Place {
        self.stop.send_replace(true);
        self.proxy.await.unwrap().unwrap();
        self.place
    }
}

/// An answer as it came.
#[derive(Debug)]
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

    /// The text of an element.
    pub(crate) fn element(&self, name: &str) -> &str {
        let (_, rest) =
            self.body.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{name}: {}", self.body));
        rest.split('<').next().unwrap()
    }
}

/// Sends octets and reads until the connection ends.
pub(crate) fn raw(address: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    parse(&answer)
}

fn parse(answer: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text}"));
    if head.starts_with("HTTP/1.1 100") {
        return parse(body.as_bytes());
    }
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// A request with its length, on a connection that closes.
pub(crate) fn octets(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// A call from outside the runtime's threads.
pub(crate) async fn call(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Answer {
    let request = octets(method, target, headers, body.as_ref());
    tokio::task::spawn_blocking(move || raw(address, &request)).await.unwrap()
}
