//! One request and its answer as steps that a host performs: sign digests, send bytes, store the record, read the clock.
//!
//! ```text
//! Exchange::receive → open() ─┬─ Sign(Signing) → finish(signatures) ─┬─ Send(Sending) → answered / failed ─┐
//!                             ├─ Send(Sending) ──────────────────────┘                                     ├─ Closed { reply, record }
//!                             └─ Closed ───────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Every way ends in [`Closed`]: what the caller is told, and the record for the audit trail. Hosts decide nothing.

mod answer;
mod arrival;
mod binding;
mod body;
mod caller;
pub mod chain;
mod demand;
mod envelope;
mod gzip;
mod headers;
mod http;
mod kept;
mod label;
mod multipart;
mod operations;
mod plain;
mod policy;
mod problem;
pub mod record;
mod rules;
mod time;

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use binding::{Belonging, Question};
pub use body::{gzip_packed, is_larger, messages};
pub use caller::{HostName, Reached, host_names, is_ours};
pub use chain::Chain;
pub use demand::Demand;
pub use http::{Header, Headers, Outbound, Request, Response};
pub use kept::{Kept, Opened};
pub use policy::{Channel, InterruptedValues, OutsideValidity, Policy, UnknownPath};
pub use record::{Link, Outcome, Record, Value};
pub use rules::Rules;

use crate::digest::{hex, sha256};
use crate::error::{Error, Reason, Result, Target, Verdict};
use crate::limits::REFUSED_BYTES_KEPT_MAX;
use crate::profile::{Prepared, prepare_with};
use answer::Judgement;
use arrival::{Arrival, content};
use body::{Body, Coding, Layout};
use envelope::Envelope;
use http::split_target;
use policy::{Operation, participant};

/// An exchange's identifier: 1 to 64 letters, digits and hyphens. A host makes a new one (a UUID) for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeId(String);

impl ExchangeId {
    /// Reads an identifier. Gives nothing if it is not one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let sound =
            (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        sound.then(|| Self(text.to_owned()))
    }

    /// An identifier from 16 octets that are never the same twice (a UUID's): its usual text.
    #[must_use]
    pub fn from_random(octets: [u8; 16]) -> Self {
        let digits = hex(&octets);
        let mut text = String::with_capacity(36);
        for (place, digit) in digits.chars().enumerate() {
            if matches!(place, 8 | 12 | 16 | 20) {
                text.push('-');
            }
            text.push(digit);
        }
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One request of a caller, read and understood as far as that goes. Its steps borrow from it.
#[derive(Debug)]
pub struct Exchange<'p> {
    policy: &'p Policy,
    arrival: Arrival,
    refusal: Option<Error>,
}

/// Refuses a request for which a host has no policy or no room, so that not even an exchange can begin.
#[must_use]
pub fn turn_away(
    channel: Channel,
    id: ExchangeId,
    request: Request,
    error: Error,
    now_unix_ms: i64,
) -> Closed {
    // Nothing is done with its body but to keep what is small of it.
    Arrival::new(channel, id, request, REFUSED_BYTES_KEPT_MAX, now_unix_ms).0.refuse(error)
}

/// What comes next.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a host performs each of these steps")]
#[expect(clippy::large_enum_variant, reason = "one step lives at a time, in the frame of its exchange")]
pub enum Step<'e> {
    /// Digests want signatures.
    Sign(Signing<'e>),
    /// A request wants to go to BACEN.
    Send(Sending<'e>),
    /// The exchange is over.
    Closed(Closed),
}

/// The end of an exchange.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a host sends the one and stores the other")]
pub struct Closed {
    /// What the caller gets.
    pub reply: Response,
    /// What the audit trail gets.
    pub record: Record,
}

/// How sending failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// No connection, or one that broke before the first byte of the request went out.
    NothingSent,
    /// The request went out, at least in part, and no whole answer came in time.
    TimedOut,
    /// The connection broke after the request had gone out, at least in part.
    ConnectionLost,
    /// An answer came that is not HTTP.
    ResponseSyntax,
    /// An answer came that is larger than the host takes.
    ResponseTooLarge,
}

impl Failure {
    /// The reason that the caller and the record are given.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::NothingSent => Reason::Unreachable,
            Self::TimedOut => Reason::TimedOut,
            Self::ConnectionLost => Reason::ConnectionLost,
            Self::ResponseSyntax => Reason::ResponseSyntax,
            Self::ResponseTooLarge => Reason::ResponseTooLarge,
        }
    }

    /// Whether the same request may be sent once more by the host: only where BACEN cannot have stored anything.
    #[must_use]
    pub fn allows_retry(self, method: &str) -> bool {
        self == Self::NothingSent
            || (method == "GET"
                && matches!(self, Self::TimedOut | Self::ConnectionLost | Self::ResponseSyntax))
    }

    const fn status(self) -> u16 {
        match self {
            Self::NothingSent => 503,
            Self::TimedOut => 504,
            Self::ConnectionLost | Self::ResponseSyntax | Self::ResponseTooLarge => 502,
        }
    }

    const fn outcome(self) -> Outcome {
        match self {
            Self::NothingSent => Outcome::NotSent,
            _ => Outcome::Unknown,
        }
    }
}

impl<'p> Exchange<'p> {
    /// Takes a request. Nothing is decided yet that needs a step.
    #[must_use]
    pub fn receive(policy: &'p Policy, id: ExchangeId, request: Request, now_unix_ms: i64) -> Self {
        let (arrival, refusal) =
            Arrival::new(policy.channel, id, request, policy.request_bytes_max, now_unix_ms);
        Self { policy, arrival, refusal }
    }

    /// The identifier.
    #[must_use]
    pub const fn id(&self) -> &ExchangeId {
        &self.arrival.id
    }

    /// How many bytes the request's body has, its content coding taken off.
    #[must_use]
    pub const fn body_bytes(&self) -> usize {
        self.arrival.body.octets.len()
    }

    /// The first step.
    pub fn open(&self) -> Step<'_> {
        match self.understood() {
            Ok(step) => step,
            Err(error) => Step::Closed(self.refuse(error)),
        }
    }

    /// Ends the exchange before anything is sent, for a reason that only the host knows (a body too large to read,
    /// no place for the record).
    #[must_use]
    pub fn refuse(&self, error: Error) -> Closed {
        self.arrival.refuse(error)
    }

    fn understood(&self) -> Result<Step<'_>> {
        headers::check(&self.arrival.request.headers)?;
        self.policy.admit(&self.arrival.request)?;
        let (path, _) = split_target(&self.arrival.request.target);
        if !self.arrival.request.target.bytes().all(|b| b.is_ascii_graphic() && b != b'#') {
            return Err(Error::new(Reason::RequestPath));
        }
        let operation =
            Operation::of(self.policy.channel, self.policy.unknown_path, &self.arrival.request.method, path)?;
        if let Some(error) = self.refusal {
            return Err(error);
        }
        if operation.has_body() == self.arrival.body.octets.is_empty() {
            return Err(Error::new(Reason::BodyPresence));
        }
        if self.arrival.body.coding() == Coding::Gzip && !operation.takes_gzip() {
            return Err(Error::new(Reason::ContentEncoding));
        }
        if !operation.signs() {
            self.policy.takes_values_of(&self.arrival.body.octets)?;
            return Ok(Step::Send(self.sending(
                operation,
                self.arrival.body.octets.clone(),
                self.arrival.received_unix_ms,
            )));
        }
        self.prepared(operation)
    }

    fn prepared(&self, operation: Operation) -> Result<Step<'_>> {
        let layout = match operation {
            _ if operation.takes_multipart() => {
                let headers = &self.arrival.request.headers;
                Layout::read(headers, &self.arrival.body.octets, Rules::CURRENT)?
            }
            _ => Layout::Single,
        };
        let mut prepared = Vec::new();
        for (number, message) in layout.messages(&self.arrival.body.octets).into_iter().enumerate() {
            match self.prepared_one(operation, message) {
                Ok(one) => prepared.push(one),
                Err(error) if error.reason() == Reason::NeverSigned => {
                    self.policy.takes_values_of(message)?;
                    return Ok(Step::Send(self.sending(
                        operation,
                        self.arrival.body.octets.clone(),
                        self.arrival.received_unix_ms,
                    )));
                }
                Err(error) => return Err(layout.place(error, number)),
            }
        }
        let digests = prepared.iter().map(|one| *one.digest()).collect();
        Ok(Step::Sign(Signing { exchange: self, operation, layout, prepared, digests }))
    }

    /// One message of the body, unless it is another participant's than the one whose path it goes to.
    fn prepared_one<'m>(&self, operation: Operation, message: &'m [u8]) -> Result<Prepared<'m>> {
        let policy = self.policy;
        let prepared = prepare_with(message, policy.channel.profile(), &policy.certificate, policy.sign)?;
        policy.takes_values_of(message)?;
        let (path, _) = split_target(&self.arrival.request.target);
        let owner = participant(path).filter(|_| operation == Operation::Submit);
        match owner {
            Some(owner) if prepared.sender() != Some(owner) => {
                Err(Error::new(Reason::SenderMismatch).in_target(Target::AppHdr))
            }
            _ => Ok(prepared),
        }
    }

    fn sending(&self, operation: Operation, octets: Vec<u8>, now_unix_ms: i64) -> Sending<'_> {
        let coding = self.arrival.body.coding();
        let headers =
            headers::outbound(self.policy, operation, &self.arrival.request.headers, coding == Coding::Gzip);
        let request = Outbound {
            method: self.arrival.request.method.clone(),
            target: self.arrival.request.target.clone(),
            host: self.policy.host.clone(),
            headers,
            body: body::packed(&octets, coding),
        };
        Sending { exchange: self, operation, octets, request, ready_unix_ms: now_unix_ms }
    }
}

/// An exchange whose messages wait for the key's act.
#[derive(Debug)]
pub struct Signing<'e> {
    exchange: &'e Exchange<'e>,
    operation: Operation,
    layout: Layout,
    prepared: Vec<Prepared<'e>>,
    digests: Vec<[u8; 32]>,
}

impl<'e> Signing<'e> {
    /// What the key signs: one SHA-256 digest (32 octets) per message. They can be signed at the same time.
    #[must_use]
    pub fn digests(&self) -> &[[u8; 32]] {
        &self.digests
    }

    /// Takes the RSASSA-PKCS1-v1_5 signatures, in the digests' order. Each is checked with the certificate first.
    #[must_use]
    pub fn finish(self, signatures: &[Vec<u8>], now_unix_ms: i64) -> Step<'e> {
        let Self { exchange, operation, layout, prepared, digests } = self;
        if signatures.len() != digests.len() {
            return Step::Closed(exchange.refuse(Error::new(Reason::SigningFailed)));
        }
        let mut signed = Vec::with_capacity(prepared.len());
        for (number, (one, signature)) in prepared.into_iter().zip(signatures).enumerate() {
            match one.finish(signature) {
                Ok(message) => signed.push(message),
                Err(error) => return Step::Closed(exchange.refuse(layout.place(error, number))),
            }
        }
        let octets = layout.with_messages(&exchange.arrival.body.octets, signed);
        Step::Send(exchange.sending(operation, octets, now_unix_ms))
    }

    /// Ends the exchange because the key's service did not sign.
    #[must_use]
    pub fn failed(self) -> Closed {
        self.exchange.refuse(Error::new(Reason::SigningFailed))
    }
}

/// An exchange whose request is ready for BACEN.
pub struct Sending<'e> {
    exchange: &'e Exchange<'e>,
    operation: Operation,
    /// The body without its content coding.
    octets: Vec<u8>,
    request: Outbound,
    ready_unix_ms: i64,
}

impl fmt::Debug for Sending<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").field("request", &self.request).finish_non_exhaustive()
    }
}

impl Sending<'_> {
    /// What to send.
    #[must_use]
    pub const fn request(&self) -> &Outbound {
        &self.request
    }

    /// The record that this exchange gets if nobody ends it: for a host to keep before the first octet leaves, and to seal when
    /// it finds that the process which sent the request is gone.
    #[must_use]
    pub fn intent(&self) -> Record {
        let mut record = self.record(Outcome::Unknown, self.ready_unix_ms);
        record.outcome_reason = Some(Reason::ProcessEnded.code());
        record.response_received_ms = None;
        record
    }

    /// Whether the request may go out once more after a failure. See [`Failure::allows_retry`].
    #[must_use]
    pub fn allows_retry(&self, failure: Failure) -> bool {
        failure.allows_retry(&self.request.method)
    }

    /// Ends the exchange unsent, for a reason that only the host knows.
    #[must_use]
    pub fn refuse(self, error: Error) -> Closed {
        self.exchange.refuse(error)
    }

    /// Ends the exchange without an answer.
    #[must_use]
    pub fn failed(self, failure: Failure, now_unix_ms: i64) -> Closed {
        let error = Error::new(failure.reason());
        let mut record = self.record(failure.outcome(), now_unix_ms);
        record.outcome_reason = Some(error.code());
        if failure == Failure::NothingSent {
            record.request_sent_ms = None;
        }
        let maybe_accepted = failure != Failure::NothingSent && self.request.method != "GET";
        let reply = self.exchange.arrival.problem(error, failure.status(), maybe_accepted, None);
        self.exchange.arrival.close(reply, record)
    }

    /// Ends the exchange with BACEN's answer: proved and handed on, or withheld.
    #[must_use]
    pub fn answered(self, answer: Response, now_unix_ms: i64) -> Closed {
        let Response { status, headers, body: wire } = answer;
        let mut record = self.record(Outcome::Answered, now_unix_ms);
        record.response_status_code = Some(status);
        record.response_header = Some(headers::recorded_answer(&headers));
        record.response_wire_sha256 = Some(hex(&sha256(&wire)));
        // Kept for a caller who can read what BACEN packed.
        let packed = if headers::takes_gzip(&self.exchange.arrival.request.headers) {
            wire.clone()
        } else {
            Vec::new()
        };
        let (body, layout, judgement) = self.judged(status, &headers, wire, now_unix_ms);
        record.response_body = content(&body.octets);
        record.response_signature_verdict = judgement.verdict.map(Verdict::as_str);
        record.response_signature_reason = judgement.error.map(|error| error.code());
        (record.signer_issuer, record.signer_serial) = judgement.signer.clone().unzip();
        let (body, packed) = body.labelled(layout.as_ref(), packed);
        let handed_on = self.handed_on(status, &headers, body, packed);
        let too_large = handed_on.body.len() > self.exchange.policy.reply_bytes_max;
        let withheld = judgement.withheld.or(judgement.error).filter(|_| !judgement.passes);
        let withheld = withheld.or_else(|| too_large.then(|| Error::new(Reason::ResponseTooLarge)));
        let mut reply = match withheld {
            Some(error) => {
                record.outcome = Outcome::AnswerRefused;
                record.outcome_reason = Some(error.code());
                // Redirections and 4xx say that nothing was stored; 5xx leaves it open.
                let maybe_accepted = self.request.method != "GET" && !(300..500).contains(&status);
                self.exchange.arrival.problem(error, 502, maybe_accepted, judgement.verdict)
            }
            None => handed_on,
        };
        if record.outcome == Outcome::Answered && judgement.unbound {
            record.outcome_reason = Some(Reason::AnswerUnbound.code());
        }
        mark(&mut reply.headers, &judgement);
        self.exchange.arrival.close(reply, record)
    }

    fn judged(
        &self,
        status: u16,
        headers: &Headers,
        wire: Vec<u8>,
        now_unix_ms: i64,
    ) -> (Body, Option<Layout>, Judgement) {
        let envelope = Envelope { rules: Rules::CURRENT, operation: self.operation, status, headers };
        let (body, unpacked) = envelope.unpack(wire);
        let now_unix_s = now_unix_ms.div_euclid(1000);
        match unpacked.and_then(|()| envelope.layout(&body.octets)) {
            Ok((demand, layout)) => {
                let asked = answer::Asked { question: self.question(), status, demand };
                let octets = &body.octets;
                let judgement =
                    answer::judge(self.exchange.policy, &asked, layout.as_ref(), octets, now_unix_s);
                (body, layout, judgement)
            }
            Err(error) => (body, None, Judgement::refused(error)),
        }
    }

    /// What the answer must belong to.
    fn question(&self) -> Question<'_> {
        let (path, query) = split_target(&self.request.target);
        Question {
            channel: self.exchange.policy.channel,
            method: &self.request.method,
            path,
            query,
            body: Some(&self.octets),
        }
    }

    fn handed_on(&self, status: u16, answer: &Headers, body: Body, packed: Vec<u8>) -> Response {
        let mut headers =
            headers::inbound(self.exchange.policy, &self.exchange.arrival.request.headers, answer);
        let body = match body.coding() {
            Coding::Gzip if !packed.is_empty() => packed,
            Coding::Gzip => {
                headers.remove("content-encoding");
                body.octets
            }
            Coding::Identity => body.octets,
        };
        Response { status, headers, body }
    }

    fn record(&self, outcome: Outcome, now_unix_ms: i64) -> Record {
        let mut sent = self.request.headers.clone();
        headers::echo(&self.exchange.arrival.request.headers, &mut sent);
        let mut record = self.exchange.arrival.record(outcome, &sent);
        record.request_body = content(&self.octets);
        record.request_wire_sha256 = Some(hex(&sha256(&self.request.body)));
        record.request_sent_ms = Some(self.ready_unix_ms);
        record.response_received_ms = Some(now_unix_ms);
        record
    }
}

/// Tells the caller what was found, where there was something to find.
fn mark(headers: &mut Headers, judgement: &Judgement) {
    let Some(verdict) = judgement.verdict else { return };
    let valid = verdict == Verdict::Valid;
    headers.push("pix-signature-valid", if valid { "true" } else { "false" });
    headers.push("pix-signature-verdict", verdict.as_str());
    if let Some(error) = judgement.error {
        headers.push("pix-signature-reason", error.code());
    }
}
