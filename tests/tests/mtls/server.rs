//! A TLS server that does exactly what a test tells it to, request by request.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;

use lacre_native::bacen::{BacenClient, Endpoint, Settings};
use lacre_native::tls::{self, Identity, PeerTrust};
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What the server does with a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// Answers every request with these bytes.
    Answer(&'static [u8]),
    /// Answers every request with what it read, as a body.
    Echo,
    /// Answers so many requests of each connection, then closes it without a word.
    CloseAfter(usize),
    /// Answers so many requests of each connection, reads one more and closes.
    DropAfter(usize),
    /// Answers every request, and after the first one of its first connection says this too.
    ThenSay(&'static [u8]),
    /// Resets each connection a moment after the handshake.
    Reset,
    /// Reads a request and never answers.
    Silent,
    /// Accepts TCP and never shakes hands.
    Deaf,
    /// Closes in the middle of the handshake.
    HangUp,
    /// Speaks HTTP without TLS.
    Plain,
}

pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

pub(crate) const OK_ONE_SECOND: &[u8] =
    b"HTTP/1.1 200 OK\r\nKeep-Alive: max=100, Timeout=1\r\nContent-Length: 2\r\n\r\nok";

/// A running server, and what it saw.
pub(crate) struct Server {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start(identity: &Identity, clients: &PeerTrust, act: Act) -> Self {
        Self::with_config(tls::server_config(identity, clients, tls::TLS_12_AND_13).unwrap(), act).await
    }

    pub(crate) async fn with_config(config: Arc<ServerConfig>, act: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, requests) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let counters = (Arc::clone(&connections), Arc::clone(&requests));
        let task = tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(config);
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                let is_first = counters.0.fetch_add(1, Ordering::SeqCst) == 0;
                let act = match act {
                    Act::ThenSay(_) if !is_first => Act::Answer(OK),
                    act => act,
                };
                let (acceptor, requests) = (acceptor.clone(), Arc::clone(&counters.1));
                tokio::spawn(async move { serve(tcp, acceptor, act, &requests).await });
            }
        });
        Self { port, connections, requests, task }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn settings(&self, identity: Option<Identity>, trust: PeerTrust) -> Settings {
        settings(self.port, identity, trust)
    }

    pub(crate) fn client(&self, identity: Identity, trust: PeerTrust) -> BacenClient {
        BacenClient::new(self.settings(Some(identity), trust)).unwrap()
    }
}

pub(crate) fn settings(port: u16, identity: Option<Identity>, trust: PeerTrust) -> Settings {
    Settings::new(Endpoint::parse(&format!("localhost:{port}")).unwrap(), identity, trust)
}

async fn serve(mut tcp: TcpStream, acceptor: TlsAcceptor, act: Act, requests: &AtomicUsize) -> Option<()> {
    match act {
        Act::Deaf => tokio::time::sleep(Duration::from_secs(60)).await,
        Act::HangUp => {
            let mut hello = [0; 16];
            tcp.read_exact(&mut hello).await.ok()?;
            return None;
        }
        Act::Plain => return tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.ok(),
        _ => {}
    }
    let mut stream = acceptor.accept(tcp).await.ok()?;
    if let Act::Reset = act {
        tokio::time::sleep(Duration::from_millis(5)).await;
        return stream.get_ref().0.set_zero_linger().ok();
    }
    for served in 0.. {
        if matches!(act, Act::CloseAfter(most) if served == most) {
            // A server that is tired of waiting closes like this.
            return stream.shutdown().await.ok();
        }
        let request = read_request(&mut stream).await?;
        requests.fetch_add(1, Ordering::SeqCst);
        match act {
            Act::Silent => tokio::time::sleep(Duration::from_secs(60)).await,
            Act::DropAfter(most) if served == most => return None,
            Act::Answer(answer) => stream.write_all(answer).await.ok()?,
            Act::Echo => {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", request.len());
                stream.write_all(&[head.as_bytes(), &request].concat()).await.ok()?;
            }
            _ => stream.write_all(OK).await.ok()?,
        }
        stream.flush().await.ok()?;
        if let Act::ThenSay(more) = act
            && served == 0
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
            stream.write_all(more).await.ok()?;
            stream.flush().await.ok()?;
        }
        if matches!(act, Act::Answer(answer) if ![OK, OK_ONE_SECOND].contains(&answer)) {
            // What is not a whole answer ends with the connection.
            return stream.shutdown().await.ok();
        }
    }
    None
}

/// One whole request with its body, if Content-Length says how long that is.
async fn read_request(stream: &mut TlsStream<TcpStream>) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    loop {
        if let Some(head) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
            let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
            let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
            if request.len() >= head + 4 + length {
                return Some(request);
            }
        }
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
}
