//! The mutual TLS client towards ICOM and DICT: HTTP/1.1 over a pool of connections.
//!
//! What it must know exactly is whether a request may have reached BACEN, since that decides whether a payment may be
//! sent again. So the pool is lacre's own: it watches each connection for the first byte that is handed to TLS.

mod connection;
mod dial;
mod endpoint;
mod error;
mod pool;
mod watched;

use core::fmt;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::{Request, Response};
use rustls::ClientConfig;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use self::connection::{Connection, Limits};
use self::pool::{Distrust, Pool};
use crate::tls::{self, Identity, PeerSummary, PeerTrust, TlsError};

pub use endpoint::{Endpoint, EndpointError};
pub use error::{TransportError, TransportKind, TransportReason};

/// A stale pooled connection is replaced by another pooled one so often, then by a new one.
const STALE_MAX: usize = 2;

/// How to reach one of BACEN's services.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// Host and port.
    pub endpoint: Endpoint,
    /// The channel certificate and its key.
    pub identity: Option<Identity>,
    /// Which server certificates are BACEN's.
    pub trust: PeerTrust,
    /// The name that the server's certificate must carry, if it is not the endpoint's host.
    pub server_name: Option<String>,
    /// Limit for finding the address, TCP and the TLS handshake together.
    pub connect_timeout: Duration,
    /// Limit for one request from start to end, connecting included.
    pub request_timeout: Duration,
    /// How long a connection may wait unused. BACEN closes them after 15 seconds: stay below.
    pub idle_timeout: Duration,
    /// How old a connection may grow. The address is resolved for each new one, so this bounds how long a change in
    /// DNS goes unnoticed.
    pub connection_age_max: Duration,
    /// Most connections at once.
    pub connections_max: usize,
    /// Largest response body, in bytes as received.
    pub response_bytes_max: usize,
}

impl Settings {
    /// Settings that fit BACEN's manuals.
    #[must_use]
    pub fn new(endpoint: Endpoint, identity: Option<Identity>, trust: PeerTrust) -> Self {
        Self {
            endpoint,
            identity,
            trust,
            server_name: None,
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(25),
            idle_timeout: Duration::from_secs(10),
            connection_age_max: Duration::from_secs(60),
            connections_max: 64,
            response_bytes_max: 32 << 20,
        }
    }
}

/// An answer and the connection it came over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// Status, headers and the body as it came: nothing is decoded.
    pub response: Response<Bytes>,
    /// What the TLS handshake of this connection agreed on.
    pub peer: Arc<PeerSummary>,
    /// Whether the connection had served another request before.
    pub reused: bool,
}

/// A client of one service. Cheap to clone; clones share the pool.
#[derive(Clone)]
pub struct BacenClient(Arc<Inner>);

struct Inner {
    settings: Settings,
    tls: Arc<ClientConfig>,
    server_name: rustls::pki_types::ServerName<'static>,
    host: HeaderValue,
    pool: Arc<Pool>,
    room: Semaphore,
}

impl fmt::Debug for BacenClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BacenClient").field("endpoint", &self.0.settings.endpoint).finish_non_exhaustive()
    }
}

impl BacenClient {
    /// A client; nothing is connected yet.
    ///
    /// # Errors
    /// When the certificates, the key or the server name cannot be used.
    pub fn new(settings: Settings) -> Result<Self, TlsError> {
        let tls = tls::client_config(settings.identity.as_ref(), &settings.trust)?;
        let name = settings.server_name.as_deref().unwrap_or_else(|| settings.endpoint.host());
        let server_name = tls::server_name(name)?;
        let host = settings.endpoint.host_header();
        let room = Semaphore::new(settings.connections_max.clamp(1, Semaphore::MAX_PERMITS));
        let pool = Pool::new(settings.endpoint.clone());
        Ok(Self(Arc::new(Inner { settings, tls, server_name, host, pool, room })))
    }

    /// Where this client connects to.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.settings.endpoint
    }

    /// Sends a request within the settings' limit. The URI is the origin form (path and query); a missing Host header
    /// is added without the port, as BACEN demands.
    ///
    /// # Errors
    /// When there is no whole answer; [`TransportError::kind`] says whether the request may have arrived.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Answer, TransportError> {
        self.send_within(request, self.0.settings.request_timeout).await
    }

    /// Sends a request within a limit of its own.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_within(
        &self,
        mut request: Request<Bytes>,
        limit: Duration,
    ) -> Result<Answer, TransportError> {
        let inner = &self.0;
        let deadline = Instant::now() + limit;
        if !request.headers().contains_key(HOST) {
            request.headers_mut().insert(HOST, inner.host.clone());
        }
        let _room = match timeout_at(deadline, inner.room.acquire()).await {
            Ok(Ok(room)) => room,
            _ => return Err(inner.nothing_sent(TransportReason::Busy)),
        };
        let mut stale: usize = 0;
        loop {
            let pooled = if stale < STALE_MAX { inner.pool.take(&inner.settings) } else { None };
            let mut connection = match pooled {
                Some(connection) => connection,
                None => inner.connect(deadline).await?,
            };
            let reused = connection.served();
            let limits = Limits { deadline, response_bytes_max: inner.settings.response_bytes_max };
            match connection.exchange(request.clone(), &limits).await {
                Ok(response) => {
                    let peer = Arc::clone(connection.peer());
                    inner.pool.give_back(connection, &inner.settings);
                    return Ok(Answer { response, peer, reused });
                }
                // BACEN closed the connection while it waited here: this request was never on it.
                Err(failure) if failure.kind == TransportKind::NothingSent && reused => {
                    stale = stale.saturating_add(1);
                }
                Err(failure) => return Err(failure.at(&inner.settings.endpoint)),
            }
        }
    }

    /// Uses no connection again that is open now, since an answer that came over one belonged to another question.
    pub fn distrust(&self) {
        self.0.pool.distrust(Distrust::Mismatched);
    }

    /// Connects, shakes hands and hangs up: what the other side is, and whether it lets us in.
    ///
    /// # Errors
    /// When the connection or the handshake fails, or the server refuses our certificate.
    pub async fn handshake(&self) -> Result<PeerSummary, TransportError> {
        self.watched_handshake().await.map(|(summary, _)| summary)
    }

    /// The same, and whether the server asked for our certificate; nothing of it if there is none to show.
    ///
    /// # Errors
    /// As [`handshake`](Self::handshake).
    pub async fn watched_handshake(&self) -> Result<(PeerSummary, Option<bool>), TransportError> {
        let inner = &self.0;
        let deadline = Instant::now() + inner.settings.connect_timeout;
        let watched = inner.settings.identity.as_ref().map(|identity| {
            tls::watched_client_config(identity, &inner.settings.trust)
                .map_err(|error| error::Failure::tls(TransportKind::NothingSent, error))
        });
        let watched = watched.transpose().map_err(|failure| failure.at(&inner.settings.endpoint))?;
        let mut target = inner.target();
        if let Some((tls, _)) = &watched {
            target.tls = tls;
        }
        let summary = connection::handshake(target, deadline)
            .await
            .map_err(|failure| failure.at(&inner.settings.endpoint))?;
        Ok((summary, watched.map(|(_, asked)| asked.load(Ordering::SeqCst))))
    }
}

impl Inner {
    fn target(&self) -> connection::Target<'_> {
        connection::Target {
            endpoint: &self.settings.endpoint,
            tls: &self.tls,
            server_name: &self.server_name,
        }
    }

    async fn connect(&self, deadline: Instant) -> Result<Connection, TransportError> {
        let deadline = deadline.min(Instant::now() + self.settings.connect_timeout);
        Connection::open(self.target(), deadline, &self.pool)
            .await
            .map_err(|failure| failure.at(&self.settings.endpoint))
    }

    fn nothing_sent(&self, reason: TransportReason) -> TransportError {
        error::Failure::new(TransportKind::NothingSent, reason).at(&self.settings.endpoint)
    }
}
