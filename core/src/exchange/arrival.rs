//! A request as it arrived, before any policy: enough to answer it with a problem and to record it.

use alloc::borrow::ToOwned as _;

use super::body::Body;
use super::headers;
use super::http::{Headers, Request, Response, split_target};
use super::policy::Channel;
use super::problem::{Problem, refusal_status};
use super::record::{Content, Outcome, Record};
use super::{Closed, ExchangeId};
use crate::error::{Error, Reason, Verdict};

/// A request as it arrived. Its body is read apart.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) channel: Channel,
    pub(super) id: ExchangeId,
    pub(super) received_unix_ms: i64,
    /// The request, its body moved into `body`.
    pub(super) request: Request,
    pub(super) body: Body,
}

impl Arrival {
    /// Takes a request's body apart from it. The error is what is wrong with its content coding.
    pub(super) fn new(
        channel: Channel,
        id: ExchangeId,
        mut request: Request,
        now_unix_ms: i64,
    ) -> (Self, Option<Error>) {
        let wire = core::mem::take(&mut request.body);
        let (body, damage) = match Body::read(&request.headers, wire) {
            Ok(body) => (body, None),
            Err((error, wire)) => (Body::as_it_came(wire), Some(error)),
        };
        (Self { channel, id, received_unix_ms: now_unix_ms, request, body }, damage)
    }

    /// Ends before anything is sent.
    pub(super) fn refuse(&self, error: Error) -> Closed {
        let outcome = match error.reason() {
            Reason::SigningFailed => Outcome::SigningFailed,
            _ => Outcome::RequestRefused,
        };
        let mut record = self.record(outcome, &self.request.headers);
        record.outcome_reason = Some(error.code());
        record.request_body = content(&self.body.octets);
        let status = refusal_status(error.reason());
        let mut reply = self.problem(error, status, false, None);
        if error.reason() == Reason::RequestMethod {
            reply.headers.push("allow", self.channel.allow());
        }
        self.close(reply, record)
    }

    pub(super) fn record(&self, outcome: Outcome, sent: &Headers) -> Record {
        let mut record = Record::new(self.channel, self.id.as_str(), self.received_unix_ms);
        let (path, query) = split_target(&self.request.target);
        record.outcome = outcome;
        record.request_method = self.request.method.clone();
        record.request_path = path.to_owned();
        record.request_query = query.map(str::to_owned);
        record.request_header = headers::recorded_request(sent);
        record
    }

    pub(super) fn problem(
        &self,
        error: Error,
        status: u16,
        maybe_accepted: bool,
        verdict: Option<Verdict>,
    ) -> Response {
        let problem = Problem { error, status, exchange_id: self.id.as_str(), maybe_accepted, verdict };
        let mut reply = problem.response(headers::wants_json_problems(&self.request.headers));
        headers::echo(&self.request.headers, &mut reply.headers);
        reply
    }

    pub(super) fn close(&self, mut reply: Response, mut record: Record) -> Closed {
        reply.headers.push("pix-exchange-id", self.id.as_str());
        record.reply_status_code = Some(reply.status);
        Closed { reply, record }
    }
}

/// A body for the record; an empty one is no body.
pub(super) fn content(octets: &[u8]) -> Option<Content> {
    (!octets.is_empty()).then(|| Content::of(octets))
}
