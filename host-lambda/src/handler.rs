//! One invocation: an event in, a reply out, always before Lambda's patience ends.

use core::time::Duration;
use std::sync::Arc;

use lacre_aws::{Clients, Deployment};
use lacre_core::exchange::{Channel, Closed, ExchangeId, Request, Response, turn_away};
use lacre_core::{Error, Reason};
use lacre_native::clock;
use lacre_native::exchange::{Budgets, Exchanges};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::RwLock;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::audit::{Bucket, Sink, Stream, Trail};
use crate::config::Config;
use crate::doctor;
use crate::event::{Event, EventError, Fields};
use crate::meter::{Meter, TimedSigner, TimedTransport};
use crate::replay::replay;
use crate::reply::Reply;
use crate::settings::Settings;

/// Longest time for an exchange but for its record: below the 29 seconds after which a REST API gives up.
const EXCHANGE_MAX: Duration = Duration::from_secs(25);

/// Longest time for all signatures of one request.
const SIGNING_MAX: Duration = Duration::from_secs(5);

/// What is kept free at the end for the reply itself.
const RESERVE: Duration = Duration::from_millis(250);

/// What the function answers with.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    Http(Reply),
    Report(Value),
}

/// Why an invocation fails: what a caller of the function itself sees.
#[derive(Debug)]
pub(crate) enum InvokeError {
    Event(EventError),
    NoBucket,
    Replay(String),
    Died,
}

impl core::fmt::Display for InvokeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Event(error) => error.fmt(f),
            Self::NoBucket => {
                f.write_str("nothing can be replayed: set `LACRE_BUCKET` to the audit bucket's name")
            }
            Self::Replay(error) => write!(f, "replay: {error}"),
            Self::Died => f.write_str("the invocation ended early: please report this"),
        }
    }
}

impl core::error::Error for InvokeError {}

impl From<InvokeError> for Diagnostic {
    fn from(error: InvokeError) -> Self {
        let error_type = match error {
            InvokeError::Event(_) => "lacre.Event",
            InvokeError::NoBucket => "lacre.NoBucket",
            InvokeError::Replay(_) => "lacre.Replay",
            InvokeError::Died => "lacre.Died",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

/// What an invocation works with: made once, for the life of the process.
#[derive(Debug)]
pub(crate) struct Handler {
    pub(crate) settings: Settings,
    pub(crate) clients: Clients,
    pub(crate) config: Arc<Config>,
    pub(crate) trail: Arc<Trail>,
    pub(crate) stream: Arc<dyn Stream>,
    pub(crate) bucket: Option<Arc<dyn Bucket>>,
    pub(crate) meter: Arc<Meter>,
    /// Held for reading by each invocation, so that the end can wait for them.
    pub(crate) under_way: RwLock<()>,
}

/// How one invocation's time is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Time {
    exchange: Duration,
    signing: Duration,
    audit: Duration,
}

impl Time {
    /// Shares out what is left: the record has its budget, but never more than a fifth, and the reply its reserve.
    fn share(left: Duration, audit_budget: Duration) -> Self {
        let usable = left.saturating_sub(RESERVE.min(left / 5));
        let audit = audit_budget.min(usable / 5);
        let exchange = EXCHANGE_MAX.min(usable.saturating_sub(audit));
        Self { exchange, signing: SIGNING_MAX.min(exchange.saturating_mul(3) / 4), audit }
    }
}

impl Handler {
    /// Answers one invocation.
    ///
    /// # Errors
    /// When the event is none that can be answered, or a replay failed. An HTTP request always has a reply.
    pub(crate) async fn invoke(&self, event: LambdaEvent<Fields>) -> Result<Answer, InvokeError> {
        let _under_way = self.under_way.read().await;
        let LambdaEvent { payload, context } = event;
        let span = tracing::info_span!("invocation", request_id = context.request_id);
        let until = deadline(context.deadline);
        async move {
            match Event::read(payload).map_err(InvokeError::Event)? {
                Event::Http(request, shape) => {
                    let response = self.exchange(request, until).await;
                    self.report();
                    Ok(Answer::Http(Reply::new(response, shape)))
                }
                Event::Doctor => Ok(Answer::Report(self.doctor().await)),
                Event::Replay => self.replay(until).await.map(Answer::Report),
            }
        }
        .instrument(span)
        .await
    }

    async fn exchange(&self, request: Request, until: Instant) -> Response {
        let left = || until.saturating_duration_since(Instant::now());
        let current = self.config.current(left() / 4).await;
        let time = Time::share(left(), self.settings.audit_budget);
        let sink = Arc::new(Sink { trail: Arc::clone(&self.trail), within: time.audit });
        let Some(deployment) = current else { return self.turn_away(request, &sink).await };
        self.trail.use_stream(&deployment.stream);
        self.exchanges(&deployment, sink, time).perform(request).await
    }

    fn exchanges(&self, deployment: &Deployment, sink: Arc<Sink>, time: Time) -> Exchanges {
        let signer = TimedSigner { signer: Arc::clone(&deployment.signer), meter: Arc::clone(&self.meter) };
        let transport =
            TimedTransport { transport: deployment.client.clone(), meter: Arc::clone(&self.meter) };
        let budgets = Budgets::new(time.exchange, time.signing);
        Exchanges::new(Arc::clone(&deployment.policy), Arc::new(signer), Arc::new(transport), sink)
            .with_budgets(budgets)
    }

    /// Answers and records without a configuration.
    async fn turn_away(&self, request: Request, sink: &Arc<Sink>) -> Response {
        use lacre_native::audit::AuditSink as _;
        let id = ExchangeId::from_random(uuid::Uuid::new_v4().into_bytes());
        let channel = self.settings.channel.unwrap_or(Channel::Spi);
        let error = Error::new(Reason::NotConfigured);
        let Closed { reply, record } = turn_away(channel, id, request, error, clock::unix_ms());
        if let Err(error) = sink.record(record).await {
            tracing::error!(%error, help = error.help(), "the record is not known to be durable");
        }
        reply
    }

    async fn doctor(&self) -> Value {
        doctor::examine(&self.clients, &self.settings, self.bucket.as_deref()).await
    }

    async fn replay(&self, until: Instant) -> Result<Value, InvokeError> {
        let bucket = self.bucket.as_ref().ok_or(InvokeError::NoBucket)?;
        let until = until.checked_sub(RESERVE.saturating_mul(8)).unwrap_or(until);
        replay(&self.clients, self.stream.as_ref(), bucket, &self.settings.prefix, until)
            .await
            .map_err(InvokeError::Replay)
    }

    /// Writes the metrics.
    pub(crate) fn report(&self) {
        let channel = self.settings.channel.map_or("none", Channel::as_str);
        self.meter.report(channel, self.config.days_left(), self.trail.pending());
    }
}

/// Lambda's deadline, which it gives by the wall clock.
fn deadline(unix_ms: u64) -> Instant {
    let left = i64::try_from(unix_ms).unwrap_or(i64::MAX).saturating_sub(clock::unix_ms());
    Instant::now() + Duration::from_millis(u64::try_from(left).unwrap_or(0)).min(Duration::from_secs(900))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_left_there_is_time_for_the_record_and_the_reply() {
        let budget = Duration::from_secs(1);
        for left in [0, 1, 10, 300, 1000, 3000, 29_000, 900_000] {
            let left = Duration::from_millis(left);
            let time = Time::share(left, budget);
            assert!(time.exchange + time.audit <= left, "{left:?}: {time:?}");
            assert!(time.signing <= time.exchange && time.audit <= budget);
        }
        let usual = Time::share(Duration::from_secs(29), budget);
        assert_eq!((usual.exchange, usual.audit), (EXCHANGE_MAX, budget));
    }
}
