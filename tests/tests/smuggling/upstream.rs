//! What plays BACEN octet by octet: it remembers what arrives and answers with whatever a test says.

use std::fs;
use std::sync::{Arc, Mutex};

use lacre_native::tls::{self, Identity, PeerTrust};
use lacre_tests::live::pki;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use super::world::{Place, find};

/// An answer that nothing is wrong with.
pub(crate) const SOUND: &[u8] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nX-Own: yes\r\n\r\nsound";

#[derive(Default)]
struct Script {
    /// What answers the next request; after that, [`SOUND`] does.
    next: Mutex<Option<Vec<u8>>>,
    /// What is said on the next connection before anything was asked.
    greeting: Mutex<Option<Vec<u8>>>,
    arrived: Mutex<Vec<Vec<u8>>>,
}

/// A proxy before a BACEN that does what it is told.
pub(crate) struct Upstream {
    script: Arc<Script>,
    pub(crate) place: Place,
    // Behind the proxy: it outlives it.
    runtime: Runtime,
}

impl Upstream {
    pub(crate) fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let read = |name: &str| fs::read(pki().join(name)).unwrap();
        let identity = Identity::from_pem(&read("bacen-channel.pem"), &read("bacen-channel.key")).unwrap();
        let clients = PeerTrust::from_pem(&read("ca.pem")).unwrap();
        let config = tls::server_config(&identity, &clients, tls::TLS_12_AND_13).unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let script = Arc::<Script>::default();
        let shared = Arc::clone(&script);
        runtime.spawn(async move {
            let acceptor = TlsAcceptor::from(config);
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, acceptor.clone(), Arc::clone(&shared)));
            }
        });
        Self { script, place: Place::new(port, port), runtime }
    }

    /// The next request gets these octets, and the connection stays.
    pub(crate) fn answer_with(&self, octets: &[u8]) {
        *self.script.next.lock().unwrap() = Some(octets.to_vec());
    }

    /// The next connection begins with these octets.
    pub(crate) fn greet_with(&self, octets: &[u8]) {
        *self.script.greeting.lock().unwrap() = Some(octets.to_vec());
    }

    /// Whole requests that arrived since the last time.
    pub(crate) fn arrived(&self) -> Vec<Vec<u8>> {
        core::mem::take(&mut self.script.arrived.lock().unwrap())
    }

    pub(crate) fn stop(self) {
        self.place.stop();
        drop(self.runtime);
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, script: Arc<Script>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut stream = acceptor.accept(stream).await.ok()?;
    let greeting = script.greeting.lock().unwrap().take();
    if let Some(greeting) = greeting {
        stream.write_all(&greeting).await.ok()?;
        stream.flush().await.ok()?;
    }
    let mut read = Vec::new();
    loop {
        while let Some(length) = whole(&read) {
            script.arrived.lock().unwrap().push(read.drain(..length).collect());
            let answer = script.next.lock().unwrap().take().unwrap_or_else(|| SOUND.to_vec());
            stream.write_all(&answer).await.ok()?;
            stream.flush().await.ok()?;
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
}

/// How long the first request is, if it is there whole. The proxy frames by length alone.
fn whole(read: &[u8]) -> Option<usize> {
    let head = find(read, b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&read[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let length: usize = head + length.unwrap_or(0);
    (read.len() >= length).then_some(length)
}
