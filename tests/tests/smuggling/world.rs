//! The proxy before a BACEN, and everything that comes back on one connection of a caller.

use core::net::SocketAddr;
use core::time::Duration;
use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use lacre_simulator::{Obeyed, Running, Simulator, setup};
use lacre_tests::live::{Configuration, Proxy, pki};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A folder with a proxy in it.
pub(crate) struct Place {
    folder: TempDir,
    pub(crate) proxy: Proxy,
}

impl Place {
    /// A proxy before a BACEN on these ports.
    pub(crate) fn new(dict: u16, spi: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = Configuration {
            pki: &pki(),
            dict,
            spi,
            certificates: &[],
            audit: "formats = [\"ndjson\"]\nship_seconds = 1",
            limits: "total_seconds = 5",
        };
        let file = folder.path().join("proxy.toml");
        fs::write(&file, text.text()).unwrap();
        let proxy = Proxy::start(&lacre_tests::lacre(), &file, &[]);
        Self { folder, proxy }
    }

    pub(crate) fn dict(&self) -> SocketAddr {
        self.proxy.at().dict
    }

    /// Ends the proxy in good order: it must not have broken under what was sent.
    pub(crate) fn stop(self) {
        self.proxy.stop();
        drop(self.folder);
    }
}

/// A proxy before the simulator.
pub(crate) struct World {
    runtime: Runtime,
    bacen: Running,
    pub(crate) place: Place,
}

impl World {
    pub(crate) fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let config = setup::of_pki(&pki()).unwrap().on_free_ports();
        let bacen = runtime.block_on(Simulator::start(config)).unwrap();
        let place = Place::new(bacen.dict_addr().port(), bacen.spi_addr().port());
        Self { runtime, bacen, place }
    }

    /// Everything that BACEN's side saw and obeyed.
    pub(crate) fn journal(&self) -> Vec<Obeyed> {
        self.bacen.obeyed()
    }

    pub(crate) fn stop(self) {
        self.place.stop();
        self.runtime.block_on(self.bacen.shutdown());
    }
}

/// Everything that comes back for these octets until the proxy hangs up.
pub(crate) fn exchange(octets: &[u8], to: SocketAddr) -> Vec<u8> {
    converse(octets, to, false)
}

/// The same when the caller says that nothing more comes.
pub(crate) fn exchange_and_end(octets: &[u8], to: SocketAddr) -> Vec<u8> {
    converse(octets, to, true)
}

fn converse(octets: &[u8], to: SocketAddr, ends: bool) -> Vec<u8> {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // A proxy that has seen enough may hang up while there is more to come.
    drop(stream.write_all(octets));
    if ends {
        drop(stream.shutdown(Shutdown::Write));
    }
    let mut heard = Vec::new();
    match stream.read_to_end(&mut heard) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!(
            "{error}: {}",
            String::from_utf8_lossy(octets).escape_debug().take(300).collect::<String>()
        ),
    }
    heard
}

/// One answer, strictly read.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    /// Names in small letters.
    pub(crate) fields: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Heard {
    pub(crate) fn all(&self, name: &str) -> Vec<&[u8]> {
        self.fields.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_slice()).collect()
    }
}

/// The answers in these octets, as the strictest of callers would read them.
pub(crate) fn answers(mut octets: &[u8]) -> Vec<Heard> {
    let mut heard = Vec::new();
    while !octets.is_empty() {
        let shown = || String::from_utf8_lossy(octets).into_owned();
        let end = find(octets, b"\r\n\r\n").unwrap_or_else(|| panic!("no end of the head: {}", shown()));
        let mut lines = split(&octets[..end]);
        let status = lines.remove(0);
        let version = status.starts_with(b"HTTP/1.1 ") || status.starts_with(b"HTTP/1.0 ");
        assert!(version && status[12] == b' ', "{}", shown());
        let status = core::str::from_utf8(&status[9..12]).unwrap().parse().unwrap();
        let fields: Vec<_> = lines.into_iter().map(field).collect();
        let mut answer = Heard { status, fields, body: Vec::new() };
        assert!(answer.all("transfer-encoding").is_empty(), "{}", shown());
        let length = match answer.all("content-length").as_slice() {
            [] => 0,
            [length] => core::str::from_utf8(length).unwrap().parse().unwrap(),
            more => panic!("{} lengths: {}", more.len(), shown()),
        };
        octets = &octets[end + 4..];
        answer.body = octets.get(..length).expect("a whole body").to_vec();
        octets = &octets[length..];
        heard.push(answer);
    }
    heard
}

fn field(line: &[u8]) -> (String, Vec<u8>) {
    let shown = String::from_utf8_lossy(line);
    let colon = line.iter().position(|&b| b == b':').unwrap_or_else(|| panic!("no field: {shown}"));
    let name = &line[..colon];
    let token = |b: &u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b);
    assert!(!name.is_empty() && name.iter().all(token), "{shown}");
    let value = line[colon + 1..].trim_ascii();
    assert!(value.iter().all(|&b| b == b'\t' || (b >= b' ' && b != 0x7f)), "{shown}");
    (String::from_utf8(name.to_ascii_lowercase()).unwrap(), value.to_vec())
}

/// The lines of a head. A line feed or a carriage return alone stays where it is, and no field may hold it.
pub(crate) fn split(mut head: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    while let Some(end) = find(head, b"\r\n") {
        lines.push(&head[..end]);
        head = &head[end + 2..];
    }
    lines.push(head);
    lines
}

pub(crate) fn find(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets.windows(wanted.len()).position(|window| window == wanted)
}
