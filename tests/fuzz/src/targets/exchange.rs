//! A whole exchange from arbitrary bytes: the caller's request, and BACEN's answer or its absence.
//!
//! ```text
//! dict GET /api/v2/entries/x resign          the channel, the request line, and words of the policy and the host
//! Accept: application/xml                    the caller's header fields
//!                                            an empty line, and the body up to a line `%%%`
//! %%%
//! 200                                        BACEN's status, or how sending failed
//! Content-Type: application/xml
//!
//! <GetEntryResponse>…
//! ```

use std::sync::{Arc, LazyLock};

use lacre_core::exchange::record::Outcome;
use lacre_core::exchange::{
    Channel, Closed, Exchange, ExchangeId, Failure, Headers, Outbound, OutsideValidity, Policy, Request,
    Response, Step, UnknownPath, messages,
};
use lacre_core::{Reason, Trust, Verdict, verify};
use lacre_report::record::{RecordRow, Row, json_line, verify as verify_record};

use super::bodies::split;
use super::same;
use crate::keys::{AT, institution, toy_signature, toy_trust};

const UNPACKED_MAX: usize = 64 << 20;

/// Every exchange ends with a record; what is sent is signed; nothing that BACEN must prove is handed on unproved, and what was
/// proved live is proved by the record.
pub(crate) fn exchange(input: &[u8]) {
    let (asked, answered) = split(input, b"\n%%%\n");
    let (line, asked) = split(asked, b"\n");
    let line = String::from_utf8_lossy(line);
    let mut words = line.split(' ');
    let channel = if words.next() == Some("spi") { Channel::Spi } else { Channel::Dict };
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let words: Vec<&str> = words.collect();
    let policy = policy(channel, &words);
    let (headers, body) = fields(asked);
    let mut request = Request::new(method, target, body);
    request.headers = headers;
    let Some(id) = ExchangeId::new("fuzz-1") else { return };
    let exchange = Exchange::receive(&policy, id, request, AT.saturating_mul(1000));
    let closed = match exchange.open() {
        Step::Closed(closed) => refused(closed),
        Step::Sign(signing) => {
            let signatures: Vec<Vec<u8>> = if words.contains(&"wrong-key") {
                signing.digests().iter().map(|_| vec![1; 256]).collect()
            } else {
                signing.digests().iter().map(|digest| toy_signature(institution(), digest)).collect()
            };
            match signing.finish(&signatures, AT.saturating_mul(1000)) {
                Step::Send(sending) => {
                    signed(channel, sending.request());
                    answer(&policy, sending, answered)
                }
                Step::Closed(closed) => refused(closed),
                Step::Sign(_) => panic!("signed, and to be signed again"),
            }
        }
        Step::Send(sending) => answer(&policy, sending, answered),
    };
    recorded(channel, &closed);
}

fn policy(channel: Channel, words: &[&str]) -> Policy {
    static TRUST: LazyLock<Arc<Trust>> = LazyLock::new(|| Arc::new(toy_trust().clone()));
    let mut policy = Policy::new(channel, "bacen.test:443", institution().clone(), Arc::clone(&TRUST));
    policy.sign.resign = words.contains(&"resign");
    if words.contains(&"pass-outside-validity") {
        policy.outside_validity = OutsideValidity::Pass;
    }
    if words.contains(&"pass-unknown-path") {
        policy.unknown_path = UnknownPath::Pass;
    }
    if words.contains(&"small-replies") {
        policy.reply_bytes_max = 1000;
    }
    policy
}

/// Header fields up to an empty line, and what stands behind it.
fn fields(mut rest: &[u8]) -> (Headers, &[u8]) {
    let mut headers = Headers::new();
    loop {
        let (line, behind) = split(rest, b"\n");
        rest = behind;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() || headers.len() > 100 {
            return (headers, rest);
        }
        let (name, value) = split(line, b":");
        headers.push(&String::from_utf8_lossy(name), value.trim_ascii());
    }
}

/// A request that was refused here.
fn refused(closed: Closed) -> Closed {
    assert!(closed.reply.status >= 400, "refused with {}", closed.reply.status);
    assert!(closed.record.request_sent_ms.is_none(), "refused and sent");
    closed
}

/// Every message that leaves signed is valid, and no header field ends early.
fn signed(channel: Channel, request: &Outbound) {
    let parts = messages(&request.headers, &request.body, UNPACKED_MAX);
    let Ok(parts) = parts else { panic!("what is sent cannot be read: {parts:?}") };
    for part in &parts {
        let verified = verify(part, channel.profile(), toy_trust(), AT);
        assert!(verified.is_ok(), "sent, and {verified:?}: {}", super::shown(part));
    }
}

fn answer(policy: &Policy, sending: lacre_core::exchange::Sending<'_>, answered: &[u8]) -> Closed {
    let now = AT.saturating_mul(1000).saturating_add(5);
    whole(&sending.request().headers);
    let request = sending.request().clone();
    let (status, rest) = split(answered, b"\n");
    let failure = match status {
        b"nothing-sent" => Some(Failure::NothingSent),
        b"timed-out" => Some(Failure::TimedOut),
        b"lost" => Some(Failure::ConnectionLost),
        b"no-http" => Some(Failure::ResponseSyntax),
        b"too-large" => Some(Failure::ResponseTooLarge),
        _ => None,
    };
    if let Some(failure) = failure {
        let closed = sending.failed(failure, now);
        assert!(closed.reply.status >= 502, "{failure:?} is told as {}", closed.reply.status);
        assert!(closed.record.outcome != Outcome::Answered, "{failure:?} is an answer");
        return closed;
    }
    let status =
        core::str::from_utf8(status).ok().and_then(|status| status.trim().parse().ok()).unwrap_or(200);
    let (headers, body) = fields(rest);
    let answer = Response { status, headers: headers.clone(), body: body.to_vec() };
    let closed = sending.answered(answer, now);
    let handed_on = closed.record.outcome == Outcome::Answered;
    if handed_on {
        same(&closed.reply.status, &status, "the status handed on");
        assert!((200..600).contains(&status), "{status} was handed on");
        assert!(closed.reply.body.len() <= policy.reply_bytes_max, "more than the caller can take");
        assert!(is_proved(policy, &request, status, &headers, body), "an unproved answer was handed on");
    } else {
        same(&closed.reply.status, &502, "the status of an answer that is withheld");
    }
    closed
}

/// Whether an answer proves what this operation's answers must prove: told anew, and more coarsely, from DESIGN and DOMAIN.
fn is_proved(policy: &Policy, request: &Outbound, status: u16, headers: &Headers, body: &[u8]) -> bool {
    let path = request.target.split('?').next().unwrap_or_default();
    let must = (200..300).contains(&status)
        && match (policy.channel, request.method.as_str()) {
            (Channel::Dict, _) => true,
            (Channel::Spi, method) => {
                method == "GET" && !path.contains("/msgs/catalog") && !path.contains("catalog")
            }
        };
    if !must || (status == 204 && body.is_empty()) {
        return true;
    }
    let Ok(parts) = messages(headers, body, UNPACKED_MAX) else { return false };
    let holds = |part: &Vec<u8>| match verify(part, policy.channel.profile(), &policy.trust, AT) {
        Ok(_) => true,
        Err(error) => {
            policy.outside_validity == OutsideValidity::Pass
                && matches!(error.reason(), Reason::CertificateExpired | Reason::CertificateNotYetValid)
        }
    };
    !parts.is_empty() && parts.iter().all(holds)
}

fn whole(headers: &Headers) {
    for header in headers.iter() {
        let sound = |octets: &[u8]| !octets.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0));
        assert!(sound(header.name().as_bytes()) && sound(header.value()), "a header field that ends early");
    }
}

/// The record names its exchange, can be written and read, and proves what was proved.
fn recorded(channel: Channel, closed: &Closed) {
    let record = &closed.record;
    same(&record.exchange_id.as_str(), &"fuzz-1", "the record's exchange");
    same(&record.reply_status_code, &Some(closed.reply.status), "the recorded status");
    whole(&closed.reply.headers);
    let row = Row::parse(&json_line(record));
    let Ok(row) = row else { panic!("a record that cannot be read: {row:?}") };
    let at = AT.into();
    let outcome = verify_record(&row, toy_trust(), &Trust::new(), at);
    same(&outcome.channel, &Some(channel), "the recorded channel");
    let told = serde_json::to_string(&RecordRow::new("f", 1, &outcome, lacre_core::Language::En));
    assert!(told.is_ok(), "{told:?}");
    let marked = closed.reply.headers.first("pix-signature-valid").map(|header| header.value() == b"true");
    let live = record.response_signature_verdict;
    same(&marked, &live.map(|verdict| verdict == "valid"), "what the caller is told and what is recorded");
    if live == Some("valid") {
        same(&outcome.verdict(), &Some(Verdict::Valid), "proved live, and by the record");
    }
    if outcome.verdict() == Some(Verdict::Valid) {
        same(&live, &Some("valid"), "proved by the record, and live");
    }
    assert!(!outcome.recorded_otherwise, "live {live:?}, and by the record {:?}", outcome.verdict());
}
