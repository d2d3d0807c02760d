//! A front before the emulator that passes calls on, over HTTP and HTTPS, and misbehaves by rule.

use core::net::SocketAddr;
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::client::TARGETS;
use super::http::exchange;
use super::pki::{Made, server_below_a_ca};
use super::{Ministack, REGION};

/// A misbehaviour.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The call is passed on, but late.
    Late(Duration),
    /// The call is refused with this status and this code, and not passed on.
    Refused(u16, &'static str),
    /// The connection closes; the call is not passed on.
    Closed,
    /// No answer comes; the call is not passed on.
    Hangs,
    /// The call is passed on, and its answer is lost.
    AnswerLost,
    /// Of a batch of records every second one is refused, from the first on; the others are passed on.
    HalfTaken,
    /// Every record of a batch is refused, in an answer that is a success by its status.
    NoneTaken,
    /// The answer is this JSON.
    Answers(Value),
}

impl Fault {
    /// What a service says that is called too often.
    pub const THROTTLED: Self = Self::Refused(400, "ThrottlingException");
    /// What a service says when a permission is missing.
    pub const DENIED: Self = Self::Refused(400, "AccessDeniedException");
    /// What a service says that is down.
    pub const DOWN: Self = Self::Refused(503, "ServiceUnavailableException");
}

/// A running front.
#[derive(Debug)]
pub struct AwsFront {
    http: SocketAddr,
    https: SocketAddr,
    ca_pem: String,
    state: Arc<State>,
    tasks: [JoinHandle<()>; 2],
}

#[derive(Debug)]
struct State {
    emulator: SocketAddr,
    rules: Mutex<Vec<Rule>>,
    calls: Mutex<Vec<Call>>,
    connections: Mutex<usize>,
    /// Changes when every connection is to end.
    end: watch::Sender<()>,
}

#[derive(Debug)]
struct Rule {
    what: String,
    fault: Fault,
    left: usize,
}

/// A call that came in: `kms:Sign`, and of S3 the key.
#[derive(Clone, Debug)]
struct Call {
    action: String,
    key: String,
}

impl Call {
    /// Whether it is what a rule or a question names: `kms:Sign`, `firehose:*`, `s3:PutObject spill/`.
    fn is(&self, what: &str) -> bool {
        let (action, key) = what.split_once(' ').unwrap_or((what, ""));
        let action_fits = match action.strip_suffix('*') {
            Some(start) => self.action.starts_with(start),
            None => self.action == action,
        };
        action_fits && self.key.starts_with(key)
    }
}

impl AwsFront {
    /// A front that behaves.
    ///
    /// # Panics
    /// If it cannot listen.
    pub async fn start() -> Self {
        let state = Arc::new(State {
            emulator: Ministack::shared().address(),
            rules: Mutex::default(),
            calls: Mutex::default(),
            connections: Mutex::default(),
            end: watch::Sender::default(),
        });
        let (server, ca_pem) = server_below_a_ca();
        let tls = TlsAcceptor::from(tls_config(&server));
        let (http_listener, https_listener) = (listen().await, listen().await);
        let addresses = (http_listener.local_addr().unwrap(), https_listener.local_addr().unwrap());
        let plain = tokio::spawn(accept(http_listener, None, Arc::clone(&state)));
        let secure = tokio::spawn(accept(https_listener, Some(tls), Arc::clone(&state)));
        Self { http: addresses.0, https: addresses.1, ca_pem, state, tasks: [plain, secure] }
    }

    /// Where it listens without TLS.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// Where it listens with TLS. The name is an address, so that S3's buckets stand in the path.
    #[must_use]
    pub fn secure_url(&self) -> String {
        format!("https://{}", self.https)
    }

    /// The CA of its certificate.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Misbehaves in every such call from now on: `kms:Sign`, `firehose:*`, `s3:PutObject spill/`.
    pub fn always(&self, what: &str, fault: Fault) {
        self.next(usize::MAX, what, fault);
    }

    /// Misbehaves in so many such calls.
    pub fn next(&self, times: usize, what: &str, fault: Fault) {
        lock(&self.state.rules).push(Rule { what: what.to_owned(), fault, left: times });
    }

    /// Behaves again.
    pub fn behave(&self) {
        lock(&self.state.rules).clear();
    }

    /// How many such calls came.
    #[must_use]
    pub fn calls(&self, what: &str) -> usize {
        lock(&self.state.calls).iter().filter(|call| call.is(what)).count()
    }

    /// Ends every connection, as services do with those that nobody uses.
    pub fn end_connections(&self) {
        self.state.end.send_replace(());
    }

    /// How many connections came.
    #[must_use]
    pub fn connections(&self) -> usize {
        *lock(&self.state.connections)
    }
}

impl Drop for AwsFront {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn tls_config(server: &Made) -> Arc<ServerConfig> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let certificate = CertificateDer::from_pem_slice(server.certificate_pem.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(server.key_pem.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, state: Arc<State>) {
    loop {
        let (tcp, _) = listener.accept().await.unwrap();
        tcp.set_nodelay(true).unwrap();
        *lock(&state.connections) += 1;
        let (tls, state) = (tls.clone(), Arc::clone(&state));
        let mut end = state.end.subscribe();
        tokio::spawn(async move {
            let serving = async {
                match tls {
                    None => serve(tcp, state).await,
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(tcp).await {
                            serve(stream, state).await;
                        }
                    }
                }
            };
            tokio::select! {
                () = serving => {}
                _ = end.changed() => {}
            }
        });
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<State>) {
    let service = service_fn(|request: Request<Incoming>| {
        let state = Arc::clone(&state);
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map_err(|_| GaveUp)?.to_bytes();
            state.answer(Request::from_parts(head, body)).await.map(|answer| answer.map(Full::new))
        }
    });
    // A connection that we close on purpose ends with an error, too.
    drop(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
}

/// Ends a connection without an answer.
#[derive(Debug)]
struct GaveUp;

impl core::fmt::Display for GaveUp {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("no answer, on purpose")
    }
}

impl core::error::Error for GaveUp {}

/// Longer than any test waits.
const FOREVER: Duration = Duration::from_secs(120);

impl State {
    async fn answer(&self, request: Request<Bytes>) -> Result<Response<Bytes>, GaveUp> {
        let call = call(&request);
        lock(&self.calls).push(call.clone());
        match self.fault(&call) {
            None => self.pass(request).await,
            Some(Fault::Late(time)) => {
                tokio::time::sleep(time).await;
                self.pass(request).await
            }
            Some(Fault::Refused(status, code)) => Ok(refusal(&call, status, code)),
            Some(Fault::Closed) => Err(GaveUp),
            Some(Fault::Hangs) => {
                tokio::time::sleep(FOREVER).await;
                Err(GaveUp)
            }
            Some(Fault::AnswerLost) => {
                self.pass(request).await?;
                Err(GaveUp)
            }
            Some(Fault::HalfTaken) => self.pass_some(request, |number| number % 2 == 1).await,
            Some(Fault::NoneTaken) => self.pass_some(request, |_| false).await,
            Some(Fault::Answers(value)) => Ok(json_answer(200, &value)),
        }
    }

    fn fault(&self, call: &Call) -> Option<Fault> {
        let mut rules = lock(&self.rules);
        let rule = rules.iter_mut().find(|rule| rule.left > 0 && call.is(&rule.what))?;
        rule.left -= 1;
        Some(rule.fault.clone())
    }

    async fn pass(&self, request: Request<Bytes>) -> Result<Response<Bytes>, GaveUp> {
        let (mut head, body) = request.into_parts();
        for name in ["content-length", "transfer-encoding", "expect", "connection"] {
            head.headers.remove(name);
        }
        let answer = exchange(self.emulator, Request::from_parts(head, body)).await.map_err(|_| GaveUp)?;
        let (mut head, body) = answer.into_parts();
        for name in ["content-length", "transfer-encoding", "connection"] {
            head.headers.remove(name);
        }
        Ok(Response::from_parts(head, body))
    }

    /// Passes some records of a batch on, and refuses the others.
    async fn pass_some(
        &self,
        request: Request<Bytes>,
        passes: fn(usize) -> bool,
    ) -> Result<Response<Bytes>, GaveUp> {
        let (head, body) = request.into_parts();
        let mut batch: Value = serde_json::from_slice(&body).unwrap();
        let records = batch["Records"].as_array().unwrap().clone();
        let passed: Vec<Value> = records
            .iter()
            .enumerate()
            .filter(|(number, _)| passes(*number))
            .map(|(_, one)| one.clone())
            .collect();
        let mut taken = Vec::new();
        if !passed.is_empty() {
            batch["Records"] = Value::Array(passed);
            let answer = self.pass(Request::from_parts(head, batch.to_string().into())).await?;
            if answer.status() != 200 {
                return Ok(answer);
            }
            let answer: Value = serde_json::from_slice(answer.body()).unwrap();
            taken.clone_from(answer["RequestResponses"].as_array().unwrap());
        }
        let mut taken = taken.into_iter();
        let refused = json!({"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."});
        let responses: Vec<Value> = (0..records.len())
            .map(|number| if passes(number) { taken.next().unwrap() } else { refused.clone() })
            .collect();
        let failed = (0..records.len()).filter(|number| !passes(*number)).count();
        let answer = json!({"FailedPutCount": failed, "Encrypted": false, "RequestResponses": responses});
        Ok(json_answer(200, &answer))
    }
}

fn call(request: &Request<Bytes>) -> Call {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    if let Some((service, operation)) = target.and_then(|target| target.split_once('.')) {
        let known = TARGETS.iter().find(|(_, target)| *target == service);
        let service = known.map_or(service, |(name, _)| *name);
        return Call { action: format!("{service}:{operation}"), key: String::new() };
    }
    let path = request.uri().path().trim_start_matches('/');
    let (_bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let operation = match request.method().as_str() {
        "PUT" => "PutObject",
        "DELETE" => "DeleteObject",
        "HEAD" => "HeadObject",
        "GET" if key.is_empty() => "ListBucket",
        "GET" => "GetObject",
        _ => "Unknown",
    };
    Call { action: format!("s3:{operation}"), key: key.to_owned() }
}

fn refusal(call: &Call, status: u16, code: &str) -> Response<Bytes> {
    let message = match code {
        "AccessDeniedException" => format!(
            "User: arn:aws:sts::000000000000:assumed-role/function/lacre is not authorized to perform: {} on resource: \
             arn:aws:x:{REGION}:000000000000:x because no identity-based policy allows the action",
            call.action
        ),
        "ThrottlingException" => "Rate exceeded".to_owned(),
        _ => "refused by rule".to_owned(),
    };
    if call.action.starts_with("s3:") {
        // S3 has codes of its own for the same things.
        let (status, code) = match code {
            "AccessDeniedException" => (403, "AccessDenied"),
            "ThrottlingException" => (503, "SlowDown"),
            other => (status, other),
        };
        let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        return answer(status, "application/xml", body);
    }
    json_answer(status, &json!({"__type": code, "message": message}))
}

fn json_answer(status: u16, body: &Value) -> Response<Bytes> {
    answer(status, "application/x-amz-json-1.1", body.to_string())
}

fn answer(status: u16, content_type: &str, body: String) -> Response<Bytes> {
    Response::builder().status(status).header("content-type", content_type).body(body.into()).unwrap()
}
