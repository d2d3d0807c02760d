//! The core's exchange on tokio: a [`Signer`] signs, a [`Transport`] sends, an [`AuditSink`] keeps the record.

use core::fmt::{self, Debug};
use core::future::Future;
use core::pin::Pin;
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Uri};
use lacre_core::exchange::{
    Closed, Exchange, ExchangeId, Failure, Headers, Outbound, Policy, Request, Response, Sending, Signing,
    Step, is_larger, turn_away,
};
use lacre_core::{Error, Reason};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::audit::AuditSink;
use crate::bacen::{BacenClient, TransportError, TransportKind};
use crate::clock;
use crate::key::{KeyError, Signer};
use crate::load::{self, Admitted, LARGE_BYTES};

/// How often one request is sent at most.
const ATTEMPTS_MAX: u32 = 2;

/// Less time than this is not worth another attempt.
const ATTEMPT_MIN: Duration = Duration::from_millis(250);

/// Sends one request to BACEN, once.
pub trait Transport: Debug + Send + Sync {
    /// Sends a request and reads the whole answer within a limit.
    fn send<'a>(&'a self, request: &'a Outbound, limit: Duration) -> Sent<'a>;

    /// An answer belonged to another question. Connections that are open now should carry no further one: what is on its way over
    /// them may be one question late.
    fn distrust(&self) {}
}

/// The future of [`Transport::send`].
pub type Sent<'a> = Pin<Box<dyn Future<Output = Result<Response, SendError>> + Send + 'a>>;

/// A request without a whole answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SendError {
    /// How far it got.
    pub failure: Failure,
    /// What the transport says, for the log.
    pub detail: String,
}

impl SendError {
    /// A failure and what the transport says about it.
    #[must_use]
    pub fn new(failure: Failure, detail: impl Into<String>) -> Self {
        Self { failure, detail: detail.into() }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl core::error::Error for SendError {}

/// How long the steps may take.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Budgets {
    /// From the request to the end of the exchange, but for the record.
    pub total: Duration,
    /// All signatures of one request.
    pub signing: Duration,
}

impl Budgets {
    /// These limits.
    #[must_use]
    pub const fn new(total: Duration, signing: Duration) -> Self {
        Self { total, signing }
    }
}

impl Default for Budgets {
    /// Below the 29 seconds after which API gateways give up.
    fn default() -> Self {
        Self { total: Duration::from_secs(25), signing: Duration::from_secs(5) }
    }
}

/// One channel's exchanges: cheap to clone, good for any number at once.
#[derive(Clone, Debug)]
pub struct Exchanges {
    policy: Arc<Policy>,
    signer: Arc<dyn Signer>,
    transport: Arc<dyn Transport>,
    audit: Arc<dyn AuditSink>,
    budgets: Budgets,
}

impl Exchanges {
    /// The exchanges of a channel over these services.
    #[must_use]
    pub fn new(
        policy: Arc<Policy>,
        signer: Arc<dyn Signer>,
        transport: Arc<dyn Transport>,
        audit: Arc<dyn AuditSink>,
    ) -> Self {
        Self { policy, signer, transport, audit, budgets: Budgets::default() }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_budgets(mut self, budgets: Budgets) -> Self {
        self.budgets = budgets;
        self
    }

    /// How the channel may be used.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Performs one exchange to its end and hands its record to the audit trail. Dropping the future abandons both: a host whose
    /// caller may go away runs it in a task of its own.
    pub async fn perform(&self, request: Request) -> Response {
        self.perform_admitted(request, load::small()).await
    }

    /// The same for a request whose body may have its share of the budget already.
    pub(crate) async fn perform_admitted(&self, request: Request, load: Admitted<'static>) -> Response {
        let deadline = Instant::now() + self.budgets.total;
        let received_ms = clock::unix_ms();
        let Some(mut load) = self.admitted(&request, load).await else {
            return self.refuse(request, Reason::Busy).await;
        };
        let receive = || Exchange::receive(&self.policy, new_id(), request, received_ms);
        let exchange = load.work(receive).await;
        load.shrink_to(exchange.body_bytes());
        let step = match load.work(|| exchange.open()).await {
            Step::Sign(signing) => self.sign(signing, &load, deadline).await,
            step => step,
        };
        let closed = match step {
            Step::Send(sending) => self.send(sending, exchange.id(), &load, deadline).await,
            Step::Closed(closed) => closed,
            Step::Sign(signing) => signing.failed(),
        };
        self.conclude(closed, &load).await
    }

    /// Waits until there is room for a large body. One that is packed is as large as what it may become, until that is known.
    async fn admitted(&self, request: &Request, load: Admitted<'static>) -> Option<Admitted<'static>> {
        if load.is_small() && is_larger(&request.headers, &request.body, LARGE_BYTES) {
            return load::admit(self.policy.request_bytes_max, self.budgets.total.div_f32(2.0)).await;
        }
        Some(load)
    }

    /// Refuses a request for a reason that only the host knows, and records that.
    pub async fn refuse(&self, request: Request, reason: Reason) -> Response {
        let (channel, error) = (self.policy.channel, Error::new(reason));
        let closed = turn_away(channel, new_id(), request, error, clock::unix_ms());
        self.conclude(closed, &load::small()).await
    }

    async fn sign<'e>(&self, signing: Signing<'e>, load: &Admitted<'_>, deadline: Instant) -> Step<'e> {
        let deadline = deadline.min(Instant::now() + self.budgets.signing);
        match timeout_at(deadline, self.signatures(signing.digests())).await {
            Ok(Some(signatures)) => load.work(|| signing.finish(&signatures, clock::unix_ms())).await,
            Ok(None) => Step::Closed(signing.failed()),
            Err(_) => {
                tracing::error!(key = self.signer.place(), "the key did not sign in time");
                Step::Closed(signing.failed())
            }
        }
    }

    /// All signatures, in order; the key works on all of them at once.
    async fn signatures(&self, digests: &[[u8; 32]]) -> Option<Vec<Vec<u8>>> {
        // Nearly every request: no task of its own, whose handing over would be part of the caller's time.
        if let [digest] = digests {
            return self
                .signer
                .sign(*digest)
                .await
                .inspect_err(unsigned)
                .ok()
                .map(|signature| vec![signature]);
        }
        let mut tasks = JoinSet::new();
        for (number, digest) in digests.iter().copied().enumerate() {
            let signer = Arc::clone(&self.signer);
            tasks.spawn(async move { (number, signer.sign(digest).await) });
        }
        let mut signatures = vec![Vec::new(); digests.len()];
        while let Some(done) = tasks.join_next().await {
            match done {
                Ok((number, Ok(signature))) => *signatures.get_mut(number)? = signature,
                Ok((_, Err(error))) => {
                    unsigned(&error);
                    return None;
                }
                Err(error) => {
                    tracing::error!(%error, "a signing task ended early");
                    return None;
                }
            }
        }
        Some(signatures)
    }

    async fn send(
        &self,
        sending: Sending<'_>,
        id: &ExchangeId,
        load: &Admitted<'_>,
        deadline: Instant,
    ) -> Closed {
        if !self.may_leave(&sending, load, deadline).await {
            return sending.refuse(Error::new(Reason::AuditUnavailable));
        }
        let mut attempt: u32 = 1;
        loop {
            let limit = deadline.saturating_duration_since(Instant::now());
            let error = match self.transport.send(sending.request(), limit).await {
                Ok(answer) => {
                    let received_ms = clock::unix_ms();
                    let bytes = weight(&answer);
                    let closed = load.work_on(bytes, || sending.answered(answer, received_ms)).await;
                    if closed.record.outcome_reason == Some(Reason::AnswerMismatch.code()) {
                        self.transport.distrust();
                    }
                    return closed;
                }
                Err(error) => error,
            };
            tracing::warn!(%error, exchange = id.as_str(), attempt, "no answer from BACEN");
            let time_left = deadline.saturating_duration_since(Instant::now()) >= ATTEMPT_MIN;
            if attempt >= ATTEMPTS_MAX || !time_left || !sending.allows_retry(error.failure) {
                return sending.failed(error.failure, clock::unix_ms());
            }
            attempt = attempt.saturating_add(1);
        }
    }

    /// Whether the audit trail has what it wants to have before anything is sent.
    async fn may_leave(&self, sending: &Sending<'_>, load: &Admitted<'_>, deadline: Instant) -> bool {
        match load.work(|| self.audit.intend(sending)).await {
            Some(kept) => matches!(timeout_at(deadline, kept).await, Ok(Ok(()))),
            None => true,
        }
    }

    async fn conclude(&self, closed: Closed, load: &Admitted<'_>) -> Response {
        let Closed { reply, record } = closed;
        let (exchange, outcome) = (record.exchange_id.clone(), record.outcome);
        tracing::info!(
            exchange,
            channel = record.channel.as_str(),
            method = record.request_method,
            outcome = outcome.as_str(),
            reason = record.outcome_reason,
            verdict = record.response_signature_verdict,
            status = reply.status,
            "exchange closed"
        );
        // The payment is done whatever becomes of its record: the sink bounds the wait and raises its own alarms.
        let recorded = load.work_on(reply.body.len(), || self.audit.record(record)).await;
        if let Err(error) = recorded.await {
            tracing::error!(%error, exchange, "the record is not known to be kept");
        }
        reply
    }
}

/// How many bytes it may take to judge an answer; all that is known of a packed one is that it is small, or not.
fn weight(answer: &Response) -> usize {
    let larger = is_larger(&answer.headers, &answer.body, LARGE_BYTES);
    if larger { usize::MAX } else { answer.body.len() }
}

fn unsigned(error: &KeyError) {
    tracing::error!(%error, help = error.help(), "the key did not sign");
}

/// A new exchange identifier.
fn new_id() -> ExchangeId {
    ExchangeId::from_random(uuid::Uuid::new_v4().into_bytes())
}

impl Transport for BacenClient {
    fn send<'a>(&'a self, request: &'a Outbound, limit: Duration) -> Sent<'a> {
        Box::pin(async move {
            let request = to_http(request).ok_or_else(|| {
                SendError::new(Failure::NothingSent, "the request is not one that HTTP can carry")
            })?;
            match self.send_within(request, limit).await {
                Ok(answer) => Ok(from_http(answer.response)),
                Err(error) => Err(SendError::new(failure_of(&error), format!("{error} [{}]", error.code()))),
            }
        })
    }

    fn distrust(&self) {
        Self::distrust(self);
    }
}

fn failure_of(error: &TransportError) -> Failure {
    match error.kind() {
        TransportKind::NothingSent => Failure::NothingSent,
        TransportKind::TimedOut => Failure::TimedOut,
        TransportKind::TooLarge => Failure::ResponseTooLarge,
        TransportKind::Syntax => Failure::ResponseSyntax,
        TransportKind::MaybeSent => Failure::ConnectionLost,
    }
}

fn to_http(outbound: &Outbound) -> Option<http::Request<Bytes>> {
    let mut request = http::Request::new(Bytes::copy_from_slice(&outbound.body));
    *request.method_mut() = Method::from_bytes(outbound.method.as_bytes()).ok()?;
    *request.uri_mut() = outbound.target.parse::<Uri>().ok()?;
    for header in outbound.headers.iter() {
        let name = HeaderName::from_bytes(header.name().as_bytes()).ok()?;
        request.headers_mut().append(name, HeaderValue::from_bytes(header.value()).ok()?);
    }
    Some(request)
}

fn from_http(response: http::Response<Bytes>) -> Response {
    let (head, body) = response.into_parts();
    Response { status: head.status.as_u16(), headers: headers_of(&head.headers), body: body.into() }
}

/// HTTP's header fields as the core has them.
pub(crate) fn headers_of(fields: &http::HeaderMap) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in fields {
        headers.push(name.as_str(), value.as_bytes());
    }
    headers
}
