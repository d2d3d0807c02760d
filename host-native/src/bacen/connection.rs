//! One connection: opened, used by one request at a time, watched for the first byte of a request.

use core::future::poll_fn;
use core::net::SocketAddr;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::dial;
use super::error::{Failure, TransportKind, TransportReason};
use super::pool::Pool;
use super::watched::{Talk, Watched};
use super::{Endpoint, Settings};
use crate::clock;
use crate::tls::{self, PeerSummary, TlsReason};

/// Most header fields in an answer.
const HEADERS_MAX: usize = 128;

/// Largest head of an answer, in bytes.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// TLS 1.3, as a [`PeerSummary`] names it.
const TLS_13: &str = "TLSv1.3";

/// How long after a TLS 1.3 handshake the server's word on our certificate is waited for at most, and at least.
const REFUSAL_WAIT: Duration = Duration::from_millis(400);
const REFUSAL_WAIT_MIN: Duration = Duration::from_millis(20);

/// A moment by both clocks. A process that is frozen (a Lambda function between two invocations) may find that its monotonic clock
/// stood still meanwhile, but BACEN's did not: a connection that waited too long by either is not used.
#[derive(Clone, Copy)]
struct Moment {
    monotonic: Instant,
    unix_ms: i64,
}

impl Moment {
    fn now() -> Self {
        Self { monotonic: Instant::now(), unix_ms: clock::unix_ms() }
    }

    fn elapsed(self) -> Duration {
        let by_wall = u64::try_from(clock::unix_ms().saturating_sub(self.unix_ms)).unwrap_or(0);
        self.monotonic.elapsed().max(Duration::from_millis(by_wall))
    }
}

/// What to connect to.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) tls: &'a Arc<ClientConfig>,
    pub(super) server_name: &'a ServerName<'static>,
}

/// What bounds an answer.
pub(super) struct Limits {
    pub(super) deadline: Instant,
    pub(super) response_bytes_max: usize,
}

/// An open connection. Dropping it closes it, whatever is under way.
pub(super) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    task: AbortHandle,
    talk: Arc<Talk>,
    /// Of the pool's, when it was opened.
    generation: u64,
    peer: Arc<PeerSummary>,
    opened: Moment,
    last_used: Moment,
    served: bool,
    /// What the server said in its Keep-Alive header.
    keep_alive: Option<Duration>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Connection {
    /// Resolves, connects and shakes hands.
    pub(super) async fn open(
        target: Target<'_>,
        deadline: Instant,
        pool: &Arc<Pool>,
    ) -> Result<Self, Failure> {
        let generation = pool.generation();
        let begun = Instant::now();
        let mut stream = secure(target, deadline).await?;
        let peer = Arc::new(PeerSummary::of(stream.get_ref().1));
        // What takes two ways takes the server no longer than what took as much and more: address, TCP, and these two.
        let wait = begun.elapsed().clamp(REFUSAL_WAIT_MIN, REFUSAL_WAIT);
        if admitted(&mut stream, deadline.min(Instant::now() + wait)).await? == Admitted::Unasked {
            pool.alarm().ring();
            return Err(Failure::new(TransportKind::NothingSent, TransportReason::Lost)
                .because("the server spoke before it was asked"));
        }
        let talk = Talk::new(pool.alarm());
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&talk)));
        let (sender, connection) = http1::Builder::new()
            .max_headers(HEADERS_MAX)
            .max_header_size(HEAD_BYTES_MAX)
            .handshake(io)
            .await
            .map_err(|e| Failure::new(TransportKind::NothingSent, TransportReason::Connect).because(e))?;
        // What ends the connection is told to the request on it; between requests it concerns nobody.
        let task = tokio::spawn(async move { drop(connection.await) }).abort_handle();
        let opened = Moment::now();
        let (last_used, served, keep_alive) = (opened, false, None);
        Ok(Self { sender, task, talk, generation, peer, opened, last_used, served, keep_alive })
    }

    /// Sends one request and reads its whole answer.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Bytes>,
        limits: &Limits,
    ) -> Result<Response<Bytes>, Failure> {
        self.talk.begins(request.method() == Method::HEAD);
        // Ready at once on a good connection; on one that closed, an error before anything is sent.
        match timeout_at(limits.deadline, self.sender.ready()).await {
            Ok(Ok(())) => {}
            Ok(Err(e)) => return Err(self.failure(&e)),
            Err(_) => return Err(Failure::new(TransportKind::NothingSent, TransportReason::Busy)),
        }
        let sent = self.sender.try_send_request(request.map(Full::new));
        let (head, body) = match timeout_at(limits.deadline, sent).await {
            Ok(Ok(response)) => response.into_parts(),
            Ok(Err(e)) => return Err(self.failure(e.error())),
            // The connection's task may be writing at this very moment: never say that nothing was sent.
            Err(_) => return Err(Failure::new(TransportKind::TimedOut, TransportReason::TimedOut)),
        };
        let body = match timeout_at(limits.deadline, read(body, limits.response_bytes_max)).await {
            Ok(body) => body?,
            Err(_) => return Err(Failure::new(TransportKind::TimedOut, TransportReason::TimedOut)),
        };
        self.served = true;
        self.last_used = Moment::now();
        self.keep_alive = keep_alive(&head.headers).or(self.keep_alive);
        Ok(Response::from_parts(head, body))
    }

    /// Whether a request may go over this connection.
    pub(super) fn is_good(&self, settings: &Settings) -> bool {
        // A second less than the server allows, for the way to it.
        let allowed = self.keep_alive.map(|allowed| allowed.saturating_sub(Duration::from_secs(1)));
        let idle_max = settings.idle_timeout.min(allowed.unwrap_or(Duration::MAX));
        !self.sender.is_closed()
            && !self.talk.is_over()
            && self.last_used.elapsed() < idle_max
            && self.opened.elapsed() < settings.connection_age_max
    }

    /// Whether an answer came over this connection before.
    pub(super) fn served(&self) -> bool {
        self.served
    }

    /// The pool's when it was opened.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// What the handshake agreed on.
    pub(super) fn peer(&self) -> &Arc<PeerSummary> {
        &self.peer
    }

    /// What an error of hyper means for the request. It comes after hyper gave the request up, so that what was not
    /// written by now never will be.
    fn failure(&self, error: &hyper::Error) -> Failure {
        let nothing_sent = !self.talk.wrote();
        if let Some(tls) = tls::error_in(error) {
            // TLS 1.3 lets the client finish first: the server's refusal of our certificate arrives only after the
            // request was written. A server that refuses the handshake never reads what follows it.
            let still_in_handshake = self.peer.version == TLS_13 && !self.served;
            let of_handshake = matches!(tls.reason(), TlsReason::RefusedByPeer | TlsReason::NoAgreement);
            let refused = of_handshake && still_in_handshake;
            let kind =
                if nothing_sent || refused { TransportKind::NothingSent } else { TransportKind::MaybeSent };
            return Failure::tls(kind, tls);
        }
        if nothing_sent {
            let reason = if error.is_user() { TransportReason::Request } else { TransportReason::Lost };
            return Failure::new(TransportKind::NothingSent, reason).because(error);
        }
        of_answer(error)
    }
}

/// Connects, shakes hands, and listens a moment for a refusal.
pub(super) async fn handshake(target: Target<'_>, deadline: Instant) -> Result<PeerSummary, Failure> {
    let mut stream = secure(target, deadline).await?;
    let summary = PeerSummary::of(stream.get_ref().1);
    admitted(&mut stream, deadline.min(Instant::now() + REFUSAL_WAIT)).await?;
    Ok(summary)
}

/// What a server says to a client that is through with its handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Admitted {
    /// Nothing against it.
    Yes,
    /// Something that is no part of TLS.
    Unasked,
}

/// Under TLS 1.3 the client is through with the handshake before the server has looked at its certificate. A request that is written
/// then may be lost together with the refusal, and would have to be called maybe accepted. So the server's word is waited for: a
/// session ticket, which it gives to those whom it let in, an alert, or no word at all for a while.
async fn admitted(stream: &mut TlsStream<TcpStream>, until: Instant) -> Result<Admitted, Failure> {
    if PeerSummary::of(stream.get_ref().1).version != TLS_13 {
        return Ok(Admitted::Yes);
    }
    match timeout_at(until, poll_fn(|cx| poll_admitted(stream, cx))).await {
        Err(_) => Ok(Admitted::Yes),
        Ok(said) => said,
    }
}

fn poll_admitted(stream: &mut TlsStream<TcpStream>, cx: &mut Context<'_>) -> Poll<Result<Admitted, Failure>> {
    let mut byte = [0];
    let mut byte = ReadBuf::new(&mut byte);
    match Pin::new(&mut *stream).poll_read(cx, &mut byte) {
        Poll::Ready(Ok(())) if byte.filled().is_empty() => {
            Poll::Ready(Err(Failure::new(TransportKind::NothingSent, TransportReason::Lost)
                .because("the server hung up after the handshake")))
        }
        Poll::Ready(Ok(())) => Poll::Ready(Ok(Admitted::Unasked)),
        Poll::Ready(Err(error)) => Poll::Ready(Err(of_handshake(&error))),
        Poll::Pending if stream.get_ref().1.tls13_tickets_received() > 0 => Poll::Ready(Ok(Admitted::Yes)),
        Poll::Pending => Poll::Pending,
    }
}

/// A TLS connection to the first address that gives one. Resolved anew each time: the system's resolver keeps to the TTL of DNS, and
/// so do we.
async fn secure(target: Target<'_>, deadline: Instant) -> Result<TlsStream<TcpStream>, Failure> {
    let (host, port) = (target.endpoint.host(), target.endpoint.port());
    let resolved = timeout_at(deadline, lookup_host((host, port))).await.map_err(|_| dial::timed_out())?;
    let addresses: Vec<SocketAddr> = resolved.map_err(|e| dial::unresolved().because(e))?.collect();
    let (connector, name) = (TlsConnector::from(Arc::clone(target.tls)), target.server_name.clone());
    dial::first(addresses, deadline, |address| shake_hands(address, connector.clone(), name.clone())).await
}

async fn shake_hands(
    address: SocketAddr,
    connector: TlsConnector,
    name: ServerName<'static>,
) -> Result<TlsStream<TcpStream>, Failure> {
    let tcp = TcpStream::connect(address).await.map_err(|e| {
        Failure::new(TransportKind::NothingSent, TransportReason::Connect)
            .because(format_args!("{}: {e}", address.ip()))
    })?;
    // Requests are written whole: waiting for more would only delay them. Without the option it still works.
    let _ = tcp.set_nodelay(true);
    connector.connect(name, tcp).await.map_err(|e| of_handshake(&e))
}

fn of_handshake(error: &io::Error) -> Failure {
    match tls::error_in(error) {
        Some(tls) => Failure::tls(TransportKind::NothingSent, tls),
        None => Failure::new(TransportKind::NothingSent, TransportReason::Connect)
            .because(format_args!("during the TLS handshake: {error}")),
    }
}

/// Reads a body that may not outgrow its limit.
async fn read(mut body: Incoming, bytes_max: usize) -> Result<Bytes, Failure> {
    let too_large = || {
        Failure::new(TransportKind::TooLarge, TransportReason::TooLarge)
            .because(format_args!("more than {bytes_max} bytes"))
    };
    if body.size_hint().lower() > u64::try_from(bytes_max).unwrap_or(u64::MAX) {
        return Err(too_large());
    }
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| of_answer(&e))?;
        let Ok(data) = frame.into_data() else { continue };
        if read.len().saturating_add(data.len()) > bytes_max {
            return Err(too_large());
        }
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}

/// What an error means once the request was written.
fn of_answer(error: &hyper::Error) -> Failure {
    if let Some(tls) = tls::error_in(error) {
        return Failure::tls(TransportKind::MaybeSent, tls);
    }
    if error.is_parse_too_large() {
        return Failure::new(TransportKind::TooLarge, TransportReason::TooLarge).because(error);
    }
    if error.is_parse() || is_chunk_syntax(error) {
        return Failure::new(TransportKind::Syntax, TransportReason::Syntax).because(error);
    }
    Failure::new(TransportKind::MaybeSent, TransportReason::Lost).because(innermost(error))
}

/// Whether hyper could not read a chunked body: it says so by an io::Error of these kinds.
fn is_chunk_syntax(error: &hyper::Error) -> bool {
    use core::error::Error as _;
    error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>())
        .is_some_and(|io| matches!(io.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData))
}

fn innermost(error: &hyper::Error) -> String {
    let mut inner: &dyn core::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// `timeout` of a Keep-Alive header.
fn keep_alive(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("keep-alive")?.to_str().ok()?;
    value.split(',').find_map(|parameter| {
        let (name, seconds) = parameter.split_once('=')?;
        let seconds = seconds.trim().parse().ok()?;
        name.trim().eq_ignore_ascii_case("timeout").then(|| Duration::from_secs(seconds))
    })
}
