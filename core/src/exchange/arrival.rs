//! A request as it arrived, before any policy: enough to answer it with a problem and to record it.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::body::Body;
use super::headers;
use super::http::{Headers, Request, Response, split_target};
use super::policy::Channel;
use super::problem::{Problem, refusal_status};
use super::record::{Content, Outcome, Record};
use super::{Closed, ExchangeId};
use crate::digest::{hex, sha256};
use crate::error::{Error, Reason, Verdict};
use crate::limits::REFUSED_BYTES_KEPT_MAX;

/// A request as it arrived. Its body is read apart.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) channel: Channel,
    pub(super) id: ExchangeId,
    pub(super) received_unix_ms: i64,
    /// The request, its body moved into `body`.
    pub(super) request: Request,
    pub(super) body: Body,
    /// SHA-256 of a body that came packed: it is unpacked now. Of any other it is the body's own.
    packed_sha256: Option<String>,
}

impl Arrival {
    /// Takes a request's body apart from it. The error is what is wrong with its content coding, or that it is larger than
    /// `bytes_max` with or without it.
    pub(super) fn new(
        channel: Channel,
        id: ExchangeId,
        mut request: Request,
        bytes_max: usize,
        now_unix_ms: i64,
    ) -> (Self, Option<Error>) {
        let wire = core::mem::take(&mut request.body);
        let packed_sha256 = request.headers.first("content-encoding").map(|_| hex(&sha256(&wire)));
        let (body, damage) = match Body::read(&request.headers, wire, bytes_max) {
            Ok(body) if body.octets.len() > bytes_max => (body, Some(Error::new(Reason::RequestTooLarge))),
            Ok(body) => (body, None),
            Err((error, wire)) => (Body::as_it_came(wire), Some(error)),
        };
        (Self { channel, id, received_unix_ms: now_unix_ms, request, body, packed_sha256 }, damage)
    }

    /// Ends before anything is sent.
    pub(super) fn refuse(&self, error: Error) -> Closed {
        let outcome = match error.reason() {
            Reason::SigningFailed => Outcome::SigningFailed,
            _ => Outcome::RequestRefused,
        };
        let mut record = self.record(outcome, &self.request.headers);
        record.outcome_reason = Some(error.code());
        if is_astray(error.reason()) {
            record.request_query = record.request_query.as_deref().map(masked);
        }
        record.request_body = self.kept_body();
        record.request_wire_sha256 = record.request_body.as_ref().map(|_| self.wire_sha256());
        let status = refusal_status(error.reason());
        let mut reply = self.problem(error, status, false, None);
        if error.reason() == Reason::RequestMethod {
            reply.headers.push("allow", self.channel.allow());
        }
        self.close(reply, record)
    }

    /// The body for the record of a refusal: only a small one is kept.
    fn kept_body(&self) -> Option<Content> {
        let octets = &self.body.octets;
        if octets.len() > REFUSED_BYTES_KEPT_MAX { Some(Content::omitted()) } else { content(octets) }
    }

    fn wire_sha256(&self) -> String {
        self.packed_sha256.clone().unwrap_or_else(|| hex(&sha256(&self.body.octets)))
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

/// Whether a request was not one to BACEN: another name was called, a browser asked, or there is no such operation.
fn is_astray(reason: Reason) -> bool {
    matches!(reason, Reason::HostUnknown | Reason::HeaderSyntax | Reason::RequestPath | Reason::RequestMethod)
}

/// The query of such a request as the record keeps it: it may hold secrets of another service, under any name.
fn masked(query: &str) -> String {
    let masked = query.split('&').map(|field| match field.split_once('=') {
        Some((name, _)) => format!("{name}=***"),
        // It would be recorded at four times its length.
        None if field.is_empty() => String::new(),
        None => "***".to_owned(),
    });
    masked.collect::<Vec<_>>().join("&")
}

/// A body for the record; an empty one is no body.
pub(super) fn content(octets: &[u8]) -> Option<Content> {
    (!octets.is_empty()).then(|| Content::of(octets))
}
