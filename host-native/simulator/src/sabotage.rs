//! A connection that reads requests and writes answers as badly as it is asked to.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::BodyExt as _;
use lacre_core::exchange::gzip_packed;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::faults::Fault;
use crate::state::Simulation;
use crate::wire::Answer;

/// How many pieces a slow answer comes in, and how long each takes.
const PIECES: usize = 8;
const PAUSE: Duration = Duration::from_millis(20);

/// A fatal alert as it stands on the wire before any keys are agreed on: `handshake_failure`.
const ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];

/// A record that no peer sends: what it is answered with is an alert.
const NONSENSE: [u8; 7] = [99, 3, 3, 0, 2, 0, 0];

/// How an answer ends that was not written as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Close,
    Reset,
    Alert,
    Silence,
}

/// An answer's octets and how the connection ends after them.
#[derive(Debug)]
pub(crate) struct Spoiled {
    octets: Vec<u8>,
    piece: usize,
    end: End,
}

impl Spoiled {
    /// What this fault makes of an answer.
    pub(crate) async fn new(fault: Fault, answer: Answer) -> Self {
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default().to_vec();
        // An answer without a body has no middle: white space gives it one.
        let body = if body.is_empty() { b"\r\n\r\n".to_vec() } else { body };
        let status = if fault == Fault::ErrorAfterObeying { 500 } else { head.status.as_u16() };
        let fields = |length: &str, packed: bool| {
            let mut text = format!("HTTP/1.1 {status} said\r\n{length}\r\n").into_bytes();
            for (name, value) in &head.headers {
                if packed && name == http::header::CONTENT_ENCODING {
                    continue;
                }
                text.extend_from_slice(name.as_str().as_bytes());
                text.extend_from_slice(b": ");
                text.extend_from_slice(value.as_bytes());
                text.extend_from_slice(b"\r\n");
            }
            text.extend_from_slice(if packed { b"content-encoding: gzip\r\n\r\n" } else { b"\r\n" });
            text
        };
        let of_length = |length: usize| fields(&format!("content-length: {length}"), false);
        let whole = |body: &[u8]| [&*of_length(body.len()), body].concat();
        let half = |octets: &[u8]| octets.get(..octets.len() / 2).unwrap_or_default().to_vec();
        let packed =
            |body: &[u8]| [&*fields(&format!("content-length: {}", body.len()), true), body].concat();
        let to_mid_body = || [of_length(body.len()), half(&body)].concat();
        let chunked = || fields("transfer-encoding: chunked", false);
        let (octets, end) = match fault {
            Fault::Silent => (Vec::new(), End::Silence),
            Fault::SilentMidBody => (to_mid_body(), End::Silence),
            Fault::ResetBeforeStatus => (Vec::new(), End::Reset),
            Fault::ResetMidStatus => (b"HTTP/1.1 2".to_vec(), End::Reset),
            Fault::ResetMidHeaders => (half(&of_length(body.len())), End::Reset),
            Fault::ResetMidBody => (to_mid_body(), End::Reset),
            Fault::ResetAfterBody => (whole(&body), End::Reset),
            Fault::LengthShort => ([&*of_length(body.len().saturating_sub(1)), &body].concat(), End::Close),
            Fault::LengthLong => ([&*of_length(body.len().saturating_add(9)), &body].concat(), End::Close),
            Fault::GzipDamaged => (packed(b"\x1f\x8bthis is not gzip"), End::Close),
            Fault::GzipCut => (packed(&half(&gzip_packed(&body))), End::Close),
            Fault::ChunksCut => {
                let size = format!("{:x}\r\n", body.len()).into_bytes();
                ([chunked(), size, half(&body)].concat(), End::Close)
            }
            Fault::ChunksDamaged => ([chunked(), b"zz\r\n".to_vec(), body.clone()].concat(), End::Close),
            Fault::AlertBeforeStatus => (Vec::new(), End::Alert),
            Fault::AlertMidBody => (to_mid_body(), End::Alert),
            Fault::EarlyHints => (
                [b"HTTP/1.1 103 Early Hints\r\nlink: </>\r\n\r\n".to_vec(), whole(&body)].concat(),
                End::Close,
            ),
            _ => (whole(&body), End::Close),
        };
        let piece = if fault == Fault::Slow { octets.len().div_ceil(PIECES) } else { octets.len() };
        Self { octets, piece: piece.max(1), end }
    }

    /// Writes it, and ends the connection. Silence ends when the peer does.
    async fn write(self, mut stream: TlsStream<TcpStream>) -> io::Result<()> {
        for piece in self.octets.chunks(self.piece) {
            stream.write_all(piece).await?;
            stream.flush().await?;
            if piece.len() < self.octets.len() {
                tokio::time::sleep(PAUSE).await;
            }
        }
        match self.end {
            End::Close => stream.shutdown().await,
            End::Reset => reset(&stream),
            End::Silence => hear_out(&mut stream).await,
            End::Alert => {
                alert(stream.get_mut().1, &mut io::Cursor::new(NONSENSE))?;
                stream.flush().await?;
                stream.get_mut().0.shutdown().await
            }
        }
    }
}

/// Has the session find nonsense, so that it says so to its peer.
fn alert(session: &mut rustls::ServerConnection, nonsense: &mut io::Cursor<[u8; 7]>) -> io::Result<()> {
    session.read_tls(nonsense)?;
    match session.process_new_packets() {
        Ok(_) => Err(io::Error::other("nonsense was taken for TLS")),
        Err(_) => Ok(()),
    }
}

/// Closes with RST, which no peer takes for a good end.
fn reset(stream: &TlsStream<TcpStream>) -> io::Result<()> {
    stream.get_ref().0.set_zero_linger()
}

/// Says nothing until the peer hangs up.
async fn hear_out(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut heard = [0; 1024];
    while stream.read(&mut heard).await? > 0 {}
    Ok(())
}

/// Does to a handshake what was asked for.
pub(crate) async fn spoil_handshake(fault: Fault, mut stream: TcpStream) -> io::Result<()> {
    if fault == Fault::HandshakeSilent {
        return hear_out(&mut stream).await;
    }
    let mut hello = [0; 1024];
    if stream.read(&mut hello).await? > 0 {
        stream.write_all(&ALERT).await?;
    }
    stream.shutdown().await
}

/// A connection whose requests may be spoiled on their way in. Its clones share it: what is left of it when HTTP is done with it
/// is for [`Spoiled`] to write to.
#[derive(Clone)]
pub(crate) struct Wire {
    shared: Arc<Mutex<Shared>>,
    simulation: Arc<Simulation>,
}

struct Shared {
    /// Gone once somebody took it out.
    stream: Option<TlsStream<TcpStream>>,
    reads: Reads,
    spoiled: Option<Spoiled>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// The next octets begin a request.
    Idle,
    Going,
    /// Nothing more comes in.
    Ended(Fault),
}

impl Wire {
    pub(crate) fn new(stream: TlsStream<TcpStream>, simulation: Arc<Simulation>) -> Self {
        let shared = Shared { stream: Some(stream), reads: Reads::Idle, spoiled: None };
        Self { shared: Arc::new(Mutex::new(shared)), simulation }
    }

    /// Keeps an answer for when HTTP is done.
    pub(crate) fn spoil(&self, spoiled: Spoiled) {
        self.lock().spoiled = Some(spoiled);
    }

    /// After HTTP: writes what was kept, or ends as badly as the request was read.
    pub(crate) async fn end(self) -> io::Result<()> {
        let (stream, reads, spoiled) = {
            let mut shared = self.lock();
            (shared.stream.take(), shared.reads, shared.spoiled.take())
        };
        let Some(mut stream) = stream else { return Ok(()) };
        match (spoiled, reads) {
            (Some(spoiled), _) => spoiled.write(stream).await,
            (None, Reads::Ended(Fault::SilentMidRequest)) => hear_out(&mut stream).await,
            (None, Reads::Ended(_)) => reset(&stream),
            (None, _) => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// The stream, as long as it is a sound one.
    fn stream(&mut self) -> io::Result<Pin<&mut TlsStream<TcpStream>>> {
        let sound = self.spoiled.is_none() && !matches!(self.reads, Reads::Ended(_));
        self.stream
            .as_mut()
            .filter(|_| sound)
            .map(Pin::new)
            .ok_or_else(|| io::ErrorKind::ConnectionAborted.into())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut shared = self.lock();
        let before = buffer.filled().len();
        ready!(shared.stream()?.poll_read(context, buffer))?;
        let read = buffer.filled().len().saturating_sub(before);
        if read == 0 || shared.reads != Reads::Idle {
            return Poll::Ready(Ok(()));
        }
        shared.reads = Reads::Going;
        let Some(fault) = self.simulation.faults.take_if(Fault::spoils_request) else {
            return Poll::Ready(Ok(()));
        };
        shared.reads = Reads::Ended(fault);
        if fault == Fault::ResetBeforeRequest {
            buffer.set_filled(before);
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        buffer.set_filled(before.saturating_add(read / 2));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let mut shared = self.lock();
        let written = ready!(shared.stream()?.poll_write(context, octets))?;
        // No client of ours sends a request before it has read the answer to the one before.
        shared.reads = Reads::Idle;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.lock().stream()?.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.lock().stream()?.poll_shutdown(context)
    }
}
