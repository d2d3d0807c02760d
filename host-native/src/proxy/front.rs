//! Accepts connections, reads requests whole, gives each to the exchange.

use core::net::IpAddr;
use core::time::Duration;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, HOST};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use lacre_core::exchange::{Reached, Request, Response};
use lacre_core::{Error, Reason};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::body::{self, Body, Bounds};
use super::framed::Framed;
use super::seats::{Doing, Seat, Seats};
use crate::exchange::{Exchanges, headers_of};
use crate::patience::Patient;

/// Where the front says that it is there.
const HEALTH_PATH: &str = "/health";

/// Most octets of a request's head.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// How long a connection that never asked anything may still ask when the front stops.
const LAST_ASKING: Duration = Duration::from_millis(500);

/// A request whose body takes longer gives way while somebody waits for its connection.
const SLOW_BODY: Duration = Duration::from_secs(2);

/// After an accept that failed (no descriptors left) it waits so long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What bounds the callers.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FrontLimits {
    /// Largest request body, in bytes as received. None is read that is larger than what the channel takes unpacked.
    pub request_bytes: usize,
    /// Most connections at once. For a further one somebody idle gives way; while there is no room an answer ends its connection.
    pub connections: usize,
    /// How long a new connection may take for the head of its first request.
    pub first_head_timeout: Duration,
    /// How long a request's head may take, idle time between requests included.
    pub head_timeout: Duration,
    /// How long a request's body may take, and how long an answer waits for its caller to take anything of it.
    pub body_timeout: Duration,
    /// How long connections may take to end when the front stops.
    pub drain: Duration,
}

impl Default for FrontLimits {
    fn default() -> Self {
        Self {
            request_bytes: 16 << 20,
            connections: 1024,
            first_head_timeout: Duration::from_secs(5),
            head_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(20),
            drain: Duration::from_secs(30),
        }
    }
}

/// Serves a channel until `stop` says `true` (or its sender is gone): then no connection is accepted, no further request is
/// read, and what is under way is carried to its end, the callers that went away included. `exchanges` may change at any time.
pub async fn serve(
    listener: TcpListener,
    exchanges: watch::Receiver<Arc<Exchanges>>,
    limits: FrontLimits,
    mut stop: watch::Receiver<bool>,
) {
    let (working, mut done) = mpsc::channel(1);
    let seats = Seats::new(limits.connections, SLOW_BODY);
    let front = Arc::new(Front { exchanges, limits, working });
    loop {
        let accepted = async {
            let accepted = listener.accept().await;
            // It waits here, and its caller with it.
            (Arc::clone(&seats).take().await, accepted)
        };
        let (seat, accepted) = tokio::select! {
            () = stopped(&mut stop) => break,
            accepted = accepted => accepted,
        };
        match (seat, accepted) {
            (Ok(seat), Ok((stream, _))) => {
                let (front, stop) = (Arc::clone(&front), stop.clone());
                tokio::spawn(async move { front.connection(stream, &seat, stop).await });
            }
            // Nobody closes the seats.
            (Err(_), _) => break,
            (_, Err(error)) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    drop(front);
    // Every connection and every exchange holds the front or its `working`: when they are gone, nothing comes any more.
    if timeout(limits.drain, done.recv()).await.is_err() {
        tracing::error!("exchanges were still under way when the time to stop was over");
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone cannot say stop any more: it counts as said.
    let _ = stop.wait_for(|stop| *stop).await;
}

struct Front {
    exchanges: watch::Receiver<Arc<Exchanges>>,
    limits: FrontLimits,
    /// Never sent on; its clones are counted by the receiver's end.
    working: mpsc::Sender<()>,
}

impl Front {
    async fn connection(self: Arc<Self>, stream: TcpStream, seat: &Seat, mut stop: watch::Receiver<bool>) {
        // Answers are written whole: waiting for more would only delay them. Without the option it still works.
        let _ = stream.set_nodelay(true);
        let address = stream.local_addr().map(|address| address.ip()).ok();
        let service = service_fn(|request| {
            seat.sends();
            let front = Arc::clone(&self);
            async move {
                let mut answer = front.answer(request, address, seat).await?;
                // Others may be waiting: whoever only keeps a connection for later makes room for them.
                if seat.seats().are_taken() {
                    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                seat.is_answered();
                Ok::<_, io::Error>(answer)
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head_timeout)
            .max_header_size(HEAD_BYTES_MAX)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(
                TokioIo::new(Framed::new(Patient::new(stream, self.limits.body_timeout))),
                service,
            );
        tokio::pin!(connection);
        let first_head = sleep(self.limits.first_head_timeout);
        tokio::pin!(first_head);
        let mut is_new = true;
        let ended = loop {
            tokio::select! {
                ended = connection.as_mut() => break ended,
                () = first_head.as_mut(), if is_new => {
                    if seat.doing() == Doing::Silent {
                        return;
                    }
                    is_new = false;
                }
                () = seat.is_needed() => match seat.doing() {
                    Doing::Silent | Doing::Sending => return,
                    Doing::Kept => connection.as_mut().graceful_shutdown(),
                    // Its request is whole meanwhile: the answer will end it.
                    Doing::Waiting => {}
                },
                () = stopped(&mut stop) => {
                    connection.as_mut().graceful_shutdown();
                    // A connection between requests ends at once, but one that never asked anything would be waited for.
                    match timeout(LAST_ASKING, connection.as_mut()).await {
                        Ok(ended) => break ended,
                        Err(_) if seat.doing() != Doing::Silent => break connection.await,
                        Err(_) => return,
                    }
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a caller's connection ended early");
        }
    }

    async fn answer(
        self: Arc<Self>,
        request: http::Request<Incoming>,
        address: Option<IpAddr>,
        seat: &Seat,
    ) -> io::Result<http::Response<Full<Bytes>>> {
        let exchanges = Arc::clone(&self.exchanges.borrow());
        let (head, body) = request.into_parts();
        let mut request = Request {
            method: head.method.as_str().to_owned(),
            target: head.uri.path_and_query().map(|target| target.as_str().to_owned()).unwrap_or_default(),
            headers: headers_of(&head.headers),
            body: Vec::new(),
            reached: address.map_or(Reached::Unknown, Reached::Address),
        };
        let names_one_host = names_one_host(&head).then_some(()).ok_or(Error::new(Reason::HeaderSyntax));
        let admitted = names_one_host.and_then(|()| exchanges.policy().admit(&request));
        if head.uri.path() == HEALTH_PATH && admitted.is_ok() {
            return Ok(health(&head.method, &exchanges));
        }
        let bounds = Bounds {
            bytes: self.limits.request_bytes,
            unpacked_bytes: exchanges.policy().request_bytes_max,
            within: self.limits.body_timeout,
        };
        let body = body::read(body, &head.headers, bounds).await?;
        seat.waits();
        let working = self.working.clone();
        // A task of its own: the exchange goes to its end, record included, even if the caller goes away.
        let task = tokio::spawn(async move {
            let _working = working;
            match (admitted, body) {
                (Err(error), _) => exchanges.refuse(request, error.reason()).await,
                (Ok(()), Body::TooLarge) => exchanges.refuse(request, Reason::RequestTooLarge).await,
                (Ok(()), Body::Busy) => exchanges.refuse(request, Reason::Busy).await,
                (Ok(()), Body::Whole(body, load)) => {
                    request.body = body;
                    exchanges.perform_admitted(request, load).await
                }
            }
        });
        task.await.map(to_http).map_err(io::Error::other)
    }
}

/// Whether a request says once whom it is for (RFC 9112 §3.2); whether that is us, the policy says.
fn names_one_host(head: &Parts) -> bool {
    let mut hosts = head.headers.get_all(HOST).iter();
    match (hosts.next(), head.uri.authority()) {
        (Some(host), Some(authority)) => authority.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes()),
        (Some(_), None) => hosts.next().is_none(),
        (None, _) => head.version < Version::HTTP_11,
    }
}

fn health(method: &Method, exchanges: &Exchanges) -> http::Response<Full<Bytes>> {
    let channel = exchanges.policy().channel;
    let body = format!("{{\"schema\":\"lacre/health/1\",\"status\":\"ok\",\"channel\":\"{channel}\"}}\n");
    let mut response = http::Response::new(Full::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if !matches!(*method, Method::GET | Method::HEAD) {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        *response.body_mut() = Full::default();
    }
    response
}

fn to_http(reply: Response) -> http::Response<Full<Bytes>> {
    let mut response = http::Response::new(Full::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::BAD_GATEWAY);
    for header in reply.headers.iter() {
        let name = HeaderName::from_bytes(header.name().as_bytes());
        // What HTTP cannot carry cannot have come over HTTP either.
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(header.value())) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
