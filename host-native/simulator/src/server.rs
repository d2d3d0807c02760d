//! Accepts connections, finds out who calls, reads requests within bounds and hands them to their service.

use core::convert::Infallible;
use core::fmt;
use core::net::SocketAddr;
use core::sync::atomic::AtomicBool;
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use lacre_core::exchange::{Reached, is_ours};
use lacre_core::{Certificate, Ispb};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::config::Limits;
use crate::dict::routes as dict;
use crate::faults::Fault;
use crate::journal::Obeyed;
use crate::problem::Problem;
use crate::sabotage::{Spoiled, Wire, spoil_handshake};
use crate::spi::icom;
use crate::state::Simulation;
use crate::wire::{Answer, Asked, refusal};
use lacre_native::patience::Patient;
use lacre_native::rsa::AwsLc;

/// Which of BACEN's services a port plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Dict,
    Spi,
}

/// Where each channel certificate belongs.
pub(crate) struct Callers {
    pub(crate) by_channel: Vec<(Vec<u8>, Ispb)>,
    pub(crate) participants: Vec<Ispb>,
}

/// What every connection to one port needs.
pub(crate) struct Port {
    pub(crate) service: Service,
    pub(crate) simulation: Arc<Simulation>,
    pub(crate) callers: Arc<Callers>,
    pub(crate) tls: TlsAcceptor,
}

/// How long a connection waits for its client.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    idle: Duration,
    patience: Duration,
}

impl Pace {
    pub(crate) const fn of(limits: &Limits) -> Self {
        Self { idle: limits.idle, patience: limits.read }
    }
}

const HEADERS_MAX: usize = 64;
const HEAD_BYTES_MAX: usize = 64 << 10;

impl Callers {
    /// The participant that this channel certificate (DER) is: the one it was given for, the one that it names, or the
    /// only one there is.
    pub(crate) fn of(&self, channel: &[u8]) -> Option<Ispb> {
        if let Some((_, ispb)) = self.by_channel.iter().find(|(known, _)| known == channel) {
            return Some(*ispb);
        }
        let named = Certificate::from_der_with(channel, &AwsLc).ok().and_then(|c| c.ispb());
        match (named, self.participants.as_slice()) {
            (Some(ispb), _) => Some(ispb).filter(|ispb| self.participants.contains(ispb)),
            (None, [alone]) => Some(*alone),
            (None, _) => None,
        }
    }
}

/// Serves one port until told to stop; open connections then finish the request they are at.
pub(crate) async fn accept(listener: TcpListener, port: Arc<Port>, mut stop: watch::Receiver<bool>) {
    let permits = Arc::new(Semaphore::new(port.simulation.limits.connections_max));
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            _ = stop.changed() => break,
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let Ok((stream, _)) = stream else {
            // Out of file descriptors, as a rule: taking a breath is all that helps.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Waiting for more to send would cost a caller of a fresh connection some forty milliseconds. Without it, it still works.
        let _ = stream.set_nodelay(true);
        let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
            tracing::warn!(service = ?port.service, "too many connections");
            continue;
        };
        let (port, stop) = (Arc::clone(&port), stop.clone());
        connections.spawn(async move {
            connection(stream, &port, stop).await;
            drop(permit);
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Says how the simulator is, without TLS.
pub(crate) async fn health(listener: TcpListener, text: String, pace: Pace, mut stop: watch::Receiver<bool>) {
    let text: Arc<str> = text.into();
    let permits = Arc::new(Semaphore::new(32));
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            _ = stop.changed() => break,
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let (Ok((stream, _)), Ok(permit)) = (stream, Arc::clone(&permits).try_acquire_owned()) else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Waiting for more to send would cost a caller of a fresh connection some forty milliseconds. Without it, it still works.
        let _ = stream.set_nodelay(true);
        let (text, stop) = (Arc::clone(&text), stop.clone());
        let reached = stream.local_addr().map_or(Reached::Unknown, |address| Reached::Address(address.ip()));
        connections.spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                let answer = healthy(&request, &text, &reached);
                async move { Ok::<_, Infallible>(answer) }
            });
            converse(stream, service, pace, stop).await;
            drop(permit);
        });
    }
    while connections.join_next().await.is_some() {}
}

fn healthy(request: &Request<Incoming>, text: &str, reached: &Reached) -> Answer {
    let hosts = request.headers().get_all(http::header::HOST);
    if !hosts.iter().all(|host| is_ours(host.as_bytes(), reached, &[])) {
        let mut answer = Response::new(Full::default());
        *answer.status_mut() = StatusCode::MISDIRECTED_REQUEST;
        return answer;
    }
    let known = request.uri().path() == "/health";
    let body = if known { Bytes::copy_from_slice(text.as_bytes()) } else { Bytes::new() };
    let mut answer = Response::new(Full::new(body));
    if known {
        let json = HeaderValue::from_static("application/json");
        answer.headers_mut().insert(http::header::CONTENT_TYPE, json);
    } else {
        *answer.status_mut() = StatusCode::NOT_FOUND;
    }
    answer
}

async fn connection(stream: TcpStream, port: &Port, mut stop: watch::Receiver<bool>) {
    let limits = &port.simulation.limits;
    if let Some(fault) = port.simulation.faults.take_if(Fault::spoils_handshake) {
        tokio::select! {
            _ = stop.changed() => {}
            spoiled = spoil_handshake(fault, stream) => tracing::info!(?fault, ?spoiled, "a handshake spoiled as asked"),
        }
        return;
    }
    let handshake = tokio::time::timeout(limits.read, port.tls.accept(stream));
    let stream = tokio::select! {
        _ = stop.changed() => return,
        shaken = handshake => match shaken {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return tracing::info!(service = ?port.service, %error, "the handshake failed"),
            Err(_) => return tracing::info!(service = ?port.service, "the handshake took too long"),
        },
    };
    let caller = stream
        .get_ref()
        .1
        .peer_certificates()
        .and_then(<[_]>::first)
        .and_then(|channel| port.callers.of(channel));
    tracing::debug!(service = ?port.service, ?caller, "connected");
    let wire = Wire::new(stream, Arc::clone(&port.simulation));
    let service = service_fn(|request| exchange(port, caller, &wire, request));
    converse(wire.clone(), service, Pace::of(limits), stop.clone()).await;
    tokio::select! {
        _ = stop.changed() => {}
        ended = wire.end() => if let Err(error) = ended {
            tracing::debug!(%error, "a connection that was spoiled as asked ended early");
        },
    }
}

async fn converse<S, F, E>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    service: S,
    Pace { idle, patience }: Pace,
    mut stop: watch::Receiver<bool>,
) where
    S: hyper::service::Service<Request<Incoming>, Response = Answer, Error = E, Future = F>,
    F: Future<Output = Result<Answer, E>>,
    E: core::error::Error + Send + Sync + 'static,
{
    let mut connection = core::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(idle)
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(Patient::new(stream, patience)), service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}

async fn exchange(
    port: &Port,
    caller: Option<Ispb>,
    wire: &Wire,
    request: Request<Incoming>,
) -> Result<Answer, Dropped> {
    let simulation = &port.simulation;
    let asked = match read(port, request).await {
        Ok(asked) => asked,
        Err(problem) => return Ok(port.refusal(&problem)),
    };
    if let Some(fault) = simulation.faults.take_if(Fault::disobeys) {
        return Ok(port.disobey(fault));
    }
    let answer = match port.service {
        Service::Dict => dict::serve(simulation, caller, &asked).await,
        Service::Spi => icom::serve(simulation, caller, &asked).await,
    };
    tracing::info!(service = ?port.service, method = %asked.method, status = answer.status().as_u16(), "answered");
    simulation.journal.add(Obeyed {
        method: asked.method.to_string(),
        target: match asked.query.as_str() {
            "" => asked.path.clone(),
            query => format!("{}?{query}", asked.path),
        },
        body_sha256: lacre_core::sha256(&asked.body),
        status: answer.status().as_u16(),
    });
    if !asked.may_be_spoiled() {
        return Ok(answer);
    }
    if simulation.faults.take(Fault::DropConnection) {
        return Err(Dropped);
    }
    let Some(fault) = simulation.faults.take_if(Fault::spoils_answer) else { return Ok(answer) };
    wire.spoil(Spoiled::new(fault, answer).await);
    Err(Dropped)
}

async fn read(port: &Port, request: Request<Incoming>) -> Result<Asked, Problem> {
    let limits = &port.simulation.limits;
    let bytes_max = match port.service {
        Service::Dict => limits.dict_body_bytes_max,
        Service::Spi => limits.icom_body_bytes_max,
    };
    let (head, body) = request.into_parts();
    let body = tokio::time::timeout(limits.read, Limited::new(body, bytes_max).collect()).await;
    let body = match body {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.downcast_ref::<LengthLimitError>().is_some() => {
            let detail = format!("The body has more than {bytes_max} bytes");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "payloadTooLarge", detail));
        }
        Ok(Err(_)) => {
            return Err(Problem::new(StatusCode::BAD_REQUEST, "badRequest", "The body could not be read"));
        }
        Err(_) => {
            return Err(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "requestTimeout",
                "The body took too long",
            ));
        }
    };
    let path = head.uri.path().to_owned();
    let query = head.uri.query().unwrap_or_default().to_owned();
    let spoiled = AtomicBool::default();
    Ok(Asked { method: head.method, path, query, headers: head.headers, body, spoiled })
}

impl Port {
    fn disobey(&self, fault: Fault) -> Answer {
        let detail = "As asked";
        let problem = match fault {
            Fault::TooManyRequests => {
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "tooManyRequests", detail).retry_after_s(2)
            }
            Fault::Redirect => Problem::new(StatusCode::TEMPORARY_REDIRECT, "redirect", detail),
            _ => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "serviceUnavailable", detail).retry_after_s(2),
        };
        let document = match self.service {
            Service::Dict => problem.dict_xml(""),
            Service::Spi => problem.icom_xml(),
        };
        let mut answer = refusal(&problem, document);
        if fault == Fault::Redirect {
            let elsewhere = HeaderValue::from_static("https://elsewhere.example/");
            answer.headers_mut().insert(http::header::LOCATION, elsewhere);
        }
        answer
    }

    fn refusal(&self, problem: &Problem) -> Answer {
        let document = match self.service {
            Service::Dict => problem.dict_xml(""),
            Service::Spi => problem.icom_xml(),
        };
        let mut answer = refusal(problem, document);
        // What is left of the body is not read.
        answer.headers_mut().insert(http::header::CONNECTION, HeaderValue::from_static("close"));
        answer
    }
}

/// The faults that close a connection instead of answering, or answer past HTTP.
#[derive(Debug)]
struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("dropped as asked")
    }
}

impl core::error::Error for Dropped {}

/// Binds a listener, and says where.
pub(crate) async fn bind(
    address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), (SocketAddr, std::io::Error)> {
    let bound = async {
        let listener = TcpListener::bind(address).await?;
        let local = listener.local_addr()?;
        Ok((listener, local))
    };
    bound.await.map_err(|error| (address, error))
}
