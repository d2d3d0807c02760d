//! The API that a function's runtime asks for events, as AWS documents it: one for each instance of a function.
//!
//! An invocation is handed out when the runtime and every extension have asked for the next event, as in AWS: what an extension
//! still does after the answer holds up the next invocation, not the answer.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What a runtime made of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the API has these two words, and silence")]
pub enum Answer {
    /// It answered, so long before the deadline.
    Response(Value, Duration),
    /// It said that it failed.
    Error(Value),
    /// It said nothing until the deadline: the service would have killed it.
    Nothing,
}

/// How a start ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the API has these two words, and silence")]
pub enum Startup {
    /// The runtime asked for its first event.
    Ready,
    /// The runtime said that it cannot start.
    Failed(Value),
    /// Neither.
    Silent,
}

/// A running API.
#[derive(Debug)]
pub struct RuntimeApi {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    events: VecDeque<Event>,
    answers: Vec<(String, Result<Value, Value>, Instant)>,
    invoked: usize,
    /// How often the runtime asked for an event.
    asked: usize,
    handed_out: usize,
    init_error: Option<Value>,
    extensions: Vec<Extension>,
}

#[derive(Clone, Debug)]
struct Event {
    id: String,
    payload: Bytes,
    deadline_unix_ms: u128,
}

#[derive(Debug)]
struct Extension {
    id: String,
    wants_invocations: bool,
    events: VecDeque<Value>,
    is_waiting: bool,
}

impl RuntimeApi {
    /// An API without events.
    ///
    /// # Panics
    /// If it cannot listen.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let serving = Arc::clone(&state);
        let task = tokio::spawn(async move {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                let state = Arc::clone(&serving);
                tokio::spawn(async move {
                    let service = service_fn(|request| State::answer(Arc::clone(&state), request));
                    let builder = hyper::server::conn::http1::Builder::new();
                    // A runtime that is killed leaves in the middle of anything.
                    drop(builder.serve_connection(TokioIo::new(tcp), service).await);
                });
            }
        });
        Self { address, state, task }
    }

    /// What `AWS_LAMBDA_RUNTIME_API` says.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Waits until the runtime is ready or says why not.
    pub async fn startup(&self, within: Duration) -> Startup {
        let settled = self.state.when(|inner| {
            let failed = inner.init_error.clone().map(Startup::Failed);
            failed.or_else(|| (inner.asked > 0).then_some(Startup::Ready))
        });
        tokio::time::timeout(within, settled).await.unwrap_or(Startup::Silent)
    }

    /// Whether an event is on its way to the runtime, or was answered by it, this often.
    #[must_use]
    pub fn handed_out(&self) -> usize {
        self.state.lock().handed_out
    }

    /// Hands an event out and waits for what the runtime makes of it.
    pub async fn invoke(&self, payload: impl Into<Bytes>, timeout: Duration) -> Answer {
        self.settled().await;
        let deadline = Instant::now() + timeout;
        let id = self.state.invoke(payload.into(), timeout);
        let answered = self.state.when(|inner| {
            let place = inner.answers.iter().position(|(answered, ..)| *answered == id)?;
            Some(inner.answers.swap_remove(place))
        });
        match tokio::time::timeout_at(deadline.into(), answered).await {
            Ok((_, Ok(response), at)) => Answer::Response(response, deadline.saturating_duration_since(at)),
            Ok((_, Err(error), _)) => Answer::Error(error),
            Err(_) => Answer::Nothing,
        }
    }

    /// Waits until runtime and extensions have nothing to do: then the service would freeze them.
    pub async fn settled(&self) {
        self.state
            .when(|inner| {
                let extensions = inner.extensions.iter();
                let idle = extensions.filter(|one| one.wants_invocations).all(|one| one.is_waiting);
                (inner.asked > inner.handed_out && idle).then_some(())
            })
            .await;
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Looks again after each change until there is something to see.
    async fn when<T>(&self, mut look: impl FnMut(&mut Inner) -> Option<T>) -> T {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(seen) = look(&mut self.lock()) {
                return seen;
            }
            changed.await;
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let changed = change(&mut self.lock());
        self.changed.notify_waiters();
        changed
    }

    fn invoke(&self, payload: Bytes, timeout: Duration) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let deadline_unix_ms = (now + timeout).as_millis();
        self.change(|inner| {
            inner.invoked += 1;
            let id = format!("8476a536-e9f4-11e8-9739-{:012x}", inner.invoked);
            let event = json!({
                "eventType": "INVOKE", "requestId": id, "deadlineMs": deadline_unix_ms as u64,
                "invokedFunctionArn": ARN, "tracing": {"type": "X-Amzn-Trace-Id", "value": TRACE},
            });
            for extension in inner.extensions.iter_mut().filter(|one| one.wants_invocations) {
                extension.events.push_back(event.clone());
            }
            inner.events.push_back(Event { id: id.clone(), payload, deadline_unix_ms });
            id
        })
    }

    async fn answer(
        state: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let path = head.uri.path().to_owned();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        Ok(match (head.method, parts.as_slice()) {
            (Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => state.next_event().await,
            (Method::POST, ["2018-06-01", "runtime", "invocation", id, kind @ ("response" | "error")]) => {
                state.take_answer(id, *kind == "response", &body)
            }
            (Method::POST, ["2018-06-01", "runtime", "init", "error"]) => {
                state.change(|inner| inner.init_error = Some(parsed(&body)));
                json_answer(202, &json!({"status": "OK"}))
            }
            (Method::POST, ["2020-01-01", "extension", "register"]) => state.register(&body),
            (Method::GET, ["2020-01-01", "extension", "event", "next"]) => {
                let id = head.headers.get("lambda-extension-identifier").unwrap().to_str().unwrap();
                state.next_extension_event(id).await
            }
            _ => json_answer(404, &json!({"errorType": "NotFound"})),
        })
    }

    async fn next_event(&self) -> Response<Full<Bytes>> {
        self.change(|inner| inner.asked += 1);
        let event = self.when(|inner| inner.events.pop_front()).await;
        self.change(|inner| inner.handed_out += 1);
        let answer = Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", event.id)
            .header("lambda-runtime-deadline-ms", event.deadline_unix_ms.to_string())
            .header("lambda-runtime-invoked-function-arn", ARN)
            .header("lambda-runtime-trace-id", TRACE);
        answer.body(Full::new(event.payload)).unwrap()
    }

    fn take_answer(&self, id: &str, is_response: bool, body: &Bytes) -> Response<Full<Bytes>> {
        if is_response && body.len() > ANSWER_BYTES_MAX {
            let kind = json!({"errorType": "RequestEntityTooLarge", "errorMessage": "Exceeded maximum allowed payload size"});
            return json_answer(413, &kind);
        }
        let answer = if is_response { Ok(parsed(body)) } else { Err(parsed(body)) };
        self.change(|inner| inner.answers.push((id.to_owned(), answer, Instant::now())));
        json_answer(202, &json!({"status": "OK"}))
    }

    fn register(&self, body: &Bytes) -> Response<Full<Bytes>> {
        let wanted = parsed(body);
        let wants =
            |event: &str| wanted["events"].as_array().is_some_and(|events| events.contains(&json!(event)));
        if wants("SHUTDOWN") {
            // An extension inside the runtime's process is told by SIGTERM alone.
            return json_answer(403, &json!({"errorType": "Extension.InvalidEventType"}));
        }
        let id = self.change(|inner| {
            let id = format!("extension-{}", inner.extensions.len());
            inner.extensions.push(Extension {
                id: id.clone(),
                wants_invocations: wants("INVOKE"),
                events: VecDeque::new(),
                is_waiting: false,
            });
            id
        });
        let body = json!({"functionName": "lacre", "functionVersion": "$LATEST", "handler": "bootstrap"});
        let mut answer = json_answer(200, &body);
        answer.headers_mut().insert("lambda-extension-identifier", id.parse().unwrap());
        answer
    }

    async fn next_extension_event(&self, id: &str) -> Response<Full<Bytes>> {
        let set_waiting = |is_waiting| {
            self.change(|inner| {
                let extension = inner.extensions.iter_mut().find(|one| one.id == id);
                extension.unwrap().is_waiting = is_waiting;
            });
        };
        set_waiting(true);
        let event =
            self.when(|inner| inner.extensions.iter_mut().find(|one| one.id == id)?.events.pop_front()).await;
        set_waiting(false);
        json_answer(200, &event)
    }
}

/// Largest answer that Lambda takes: 6 MiB and a little.
const ANSWER_BYTES_MAX: usize = 6 * 1024 * 1024 + 100;

const ARN: &str = "arn:aws:lambda:sa-east-1:000000000000:function:lacre";
const TRACE: &str = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";

fn parsed(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| json!(String::from_utf8_lossy(body)))
}

fn json_answer(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let answer = Response::builder().status(status).header("content-type", "application/json");
    answer.body(Full::new(body.to_string().into())).unwrap()
}
