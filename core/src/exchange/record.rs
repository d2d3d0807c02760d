//! The audit record of one exchange: what was asked, sent, answered and found, as plain columns.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::policy::Channel;
use super::rules::Rules;
use super::time::Utc;
use crate::digest::{hex, sha256};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "readers and writers of archives handle each")]
pub enum Value<'a> {
    /// Text.
    Text(&'a str),
    /// An integer.
    Integer(i64),
    /// Nothing.
    Null,
}

/// What a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "readers and writers of archives handle each")]
pub enum Kind {
    /// Text.
    Text,
    /// An integer of 64 bits.
    Integer,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// BACEN answered and the caller has the answer.
    Answered,
    /// BACEN answered, but the answer could not be proved and was withheld.
    AnswerRefused,
    /// The request was refused here; nothing was sent.
    RequestRefused,
    /// The key's service did not sign; nothing was sent.
    SigningFailed,
    /// BACEN could not be reached; nothing was sent.
    NotSent,
    /// The request was sent and no whole answer came: BACEN may have accepted it.
    Unknown,
}

impl Outcome {
    /// The stable word, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::AnswerRefused => "answer-refused",
            Self::RequestRefused => "request-refused",
            Self::SigningFailed => "signing-failed",
            Self::NotSent => "not-sent",
            Self::Unknown => "unknown",
        }
    }
}

/// Octets as a column keeps them: as text where they are UTF-8, in base64 where not.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    text: String,
    encoding: &'static str,
}

impl Content {
    /// Keeps some octets.
    #[must_use]
    pub fn of(octets: &[u8]) -> Self {
        match core::str::from_utf8(octets) {
            Ok(text) => Self { text: text.to_owned(), encoding: "utf-8" },
            Err(_) => Self { text: BASE64_STANDARD.encode(octets), encoding: "base64" },
        }
    }

    /// The text, or the base64.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is left of octets that an archive cannot hold.
    pub(super) const fn omitted() -> Self {
        Self { text: String::new(), encoding: "omitted" }
    }

    /// Leaves a reference in the octets' place: `sha256:` and their hash, encoding `object`. The caller keeps the octets
    /// under that hash.
    pub fn move_out(&mut self) -> MovedContent {
        let text = core::mem::take(&mut self.text);
        let octets = match self.encoding {
            "base64" => BASE64_STANDARD.decode(&text).unwrap_or_default(),
            _ => text.into_bytes(),
        };
        let sha256 = hex(&sha256(&octets));
        *self = Self { text: format!("sha256:{sha256}"), encoding: "object" };
        MovedContent { sha256, octets }
    }

    /// `utf-8`, `base64`; `object` if the octets are kept elsewhere under their hash; `omitted` if they were too many to
    /// be kept.
    #[must_use]
    pub const fn encoding(&self) -> &'static str {
        self.encoding
    }
}

/// Octets that were moved out of a record.
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "a host stores the one under the other")]
pub struct MovedContent {
    /// Their SHA-256, in hexadecimal.
    pub sha256: String,
    /// The octets.
    pub octets: Vec<u8>,
}

impl fmt::Debug for MovedContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.octets.len())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of {}", self.text.len(), self.encoding)
    }
}

/// The record of one exchange. Fields are public so that a host can write one for what never became an exchange.
#[derive(Clone)]
#[non_exhaustive]
pub struct Record {
    /// The channel.
    pub channel: Channel,
    /// The exchange's identifier.
    pub exchange_id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The code of the reason for an outcome other than `answered`; `answer-unbound` for an answer of an operation that is not
    /// known, which nothing binds to its question.
    pub outcome_reason: Option<&'static str>,
    /// The method.
    pub request_method: String,
    /// The path, as it came.
    pub request_path: String,
    /// The query, as it came, without `?`.
    pub request_query: Option<String>,
    /// The header fields as a JSON object: those sent to BACEN and the caller's `pix-*`; if nothing was sent, the caller's.
    pub request_header: String,
    /// The body as sent to BACEN, signed, content coding removed; if nothing was sent, as it came, or `omitted` if it is larger
    /// than [`crate::limits::REFUSED_BYTES_KEPT_MAX`].
    pub request_body: Option<Content>,
    /// SHA-256 of the body's octets as sent to BACEN, or, if nothing was sent, as they came; in hexadecimal.
    pub request_wire_sha256: Option<String>,
    /// BACEN's status code.
    pub response_status_code: Option<u16>,
    /// BACEN's header fields as a JSON object.
    pub response_header: Option<String>,
    /// BACEN's body, content coding removed.
    pub response_body: Option<Content>,
    /// SHA-256 of BACEN's body as it came over the wire, in hexadecimal.
    pub response_wire_sha256: Option<String>,
    /// The verdict on the answer's signatures, if it had or needed any.
    pub response_signature_verdict: Option<&'static str>,
    /// The code of the reason for a verdict other than valid.
    pub response_signature_reason: Option<&'static str>,
    /// Who signed the answer, or is said to have.
    pub signer_issuer: Option<String>,
    /// The serial of the certificate that goes with the issuer, in decimal.
    pub signer_serial: Option<String>,
    /// The status code that the caller got.
    pub reply_status_code: Option<u16>,
    /// When the request was ready to be sent.
    pub request_sent_ms: Option<i64>,
    /// When the answer had come, or was given up.
    pub response_received_ms: Option<i64>,
    /// The rules that the answer was judged by.
    pub rules: Rules,
    /// The record's place in its chain, once sealed.
    pub chain: Option<Link>,
    request_received_ms: i64,
    request_date: String,
}

/// The folders that a record is filed in, by the hour of its request, in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the partitions are a contract")]
pub struct Partition {
    /// Four digits.
    pub year: String,
    /// Two digits.
    pub month: String,
    /// Two digits.
    pub day: String,
    /// Two digits, 00 to 23.
    pub hour: String,
}

const COLUMN_COUNT: usize = 31;

impl Record {
    /// Every column and what it can hold, in order. The first nine are those of the AWS sample. Columns are only ever added, at
    /// the end.
    pub const COLUMNS: [(&'static str, Kind); COLUMN_COUNT] = [
        ("request_date", Kind::Text),
        ("request_method", Kind::Text),
        ("request_path", Kind::Text),
        ("request_header", Kind::Text),
        ("request_body", Kind::Text),
        ("response_status_code", Kind::Integer),
        ("response_signature_valid", Kind::Text),
        ("response_header", Kind::Text),
        ("response_body", Kind::Text),
        ("request_query", Kind::Text),
        ("exchange_id", Kind::Text),
        ("channel", Kind::Text),
        ("outcome", Kind::Text),
        ("outcome_reason", Kind::Text),
        ("response_signature_verdict", Kind::Text),
        ("response_signature_reason", Kind::Text),
        ("signer_issuer", Kind::Text),
        ("signer_serial", Kind::Text),
        ("reply_status_code", Kind::Integer),
        ("request_received_ms", Kind::Integer),
        ("request_sent_ms", Kind::Integer),
        ("response_received_ms", Kind::Integer),
        ("request_body_encoding", Kind::Text),
        ("response_body_encoding", Kind::Text),
        ("request_wire_sha256", Kind::Text),
        ("response_wire_sha256", Kind::Text),
        ("chain_id", Kind::Text),
        ("chain_sequence", Kind::Integer),
        ("chain_previous_hash", Kind::Text),
        ("chain_hash", Kind::Text),
        ("rules_version", Kind::Integer),
    ];

    /// A record of which nothing is known yet but that a request came.
    #[must_use]
    pub fn new(channel: Channel, exchange_id: &str, request_received_ms: i64) -> Self {
        Self {
            channel,
            exchange_id: exchange_id.to_owned(),
            outcome: Outcome::RequestRefused,
            outcome_reason: None,
            request_method: String::new(),
            request_path: String::new(),
            request_query: None,
            request_header: "{}".to_owned(),
            request_body: None,
            request_wire_sha256: None,
            response_status_code: None,
            response_header: None,
            response_body: None,
            response_wire_sha256: None,
            response_signature_verdict: None,
            response_signature_reason: None,
            signer_issuer: None,
            signer_serial: None,
            reply_status_code: None,
            request_sent_ms: None,
            response_received_ms: None,
            rules: Rules::CURRENT,
            chain: None,
            request_received_ms,
            request_date: Utc::of(request_received_ms).to_rfc_3339(),
        }
    }

    /// When the request came, in milliseconds since 1970 UTC.
    #[must_use]
    pub const fn request_received_ms(&self) -> i64 {
        self.request_received_ms
    }

    /// When the request came: RFC 3339, UTC, milliseconds.
    #[must_use]
    pub fn request_date(&self) -> &str {
        &self.request_date
    }

    /// Lets the bodies go, for an archive that cannot hold a record so large: that there were bodies stays visible, and so
    /// do the hashes of what went over the wire.
    pub fn omit_bodies(&mut self) {
        for body in [&mut self.request_body, &mut self.response_body] {
            *body = body.take().map(|_| Content::omitted());
        }
    }

    /// The folders that this record is filed in.
    #[must_use]
    pub fn partition(&self) -> Partition {
        let Utc { year, month, day, hour, .. } = Utc::of(self.request_received_ms);
        Partition {
            year: format!("{year:04}"),
            month: format!("{month:02}"),
            day: format!("{day:02}"),
            hour: format!("{hour:02}"),
        }
    }

    /// The columns, in the order of [`Record::COLUMNS`].
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, Value<'_>)> {
        Self::COLUMNS.iter().map(|(name, _)| *name).zip(self.values())
    }

    fn values(&self) -> [Value<'_>; COLUMN_COUNT] {
        let valid =
            self.response_signature_verdict.map(|verdict| if verdict == "valid" { "true" } else { "false" });
        let link = self.chain.as_ref();
        [
            Value::Text(&self.request_date),
            Value::Text(&self.request_method),
            Value::Text(&self.request_path),
            Value::Text(&self.request_header),
            text(self.request_body.as_ref().map(Content::text)),
            status(self.response_status_code),
            text(valid),
            text(self.response_header.as_deref()),
            text(self.response_body.as_ref().map(Content::text)),
            text(self.request_query.as_deref()),
            Value::Text(&self.exchange_id),
            Value::Text(self.channel.as_str()),
            Value::Text(self.outcome.as_str()),
            text(self.outcome_reason),
            text(self.response_signature_verdict),
            text(self.response_signature_reason),
            text(self.signer_issuer.as_deref()),
            text(self.signer_serial.as_deref()),
            status(self.reply_status_code),
            Value::Integer(self.request_received_ms),
            integer(self.request_sent_ms),
            integer(self.response_received_ms),
            text(self.request_body.as_ref().map(Content::encoding)),
            text(self.response_body.as_ref().map(Content::encoding)),
            text(self.request_wire_sha256.as_deref()),
            text(self.response_wire_sha256.as_deref()),
            text(link.map(Link::chain_id)),
            integer(link.map(Link::sequence)),
            text(link.map(Link::previous_hash)),
            text(link.map(Link::hash)),
            Value::Integer(self.rules.version()),
        ]
    }
}

fn text(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Null, Value::Text)
}

fn integer<'a>(integer: Option<i64>) -> Value<'a> {
    integer.map_or(Value::Null, Value::Integer)
}

fn status<'a>(status: Option<u16>) -> Value<'a> {
    integer(status.map(i64::from))
}

impl fmt::Debug for Record {
    /// What happened and to which exchange; nothing of its content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("channel", &self.channel)
            .field("exchange_id", &self.exchange_id)
            .field("outcome", &self.outcome)
            .field("outcome_reason", &self.outcome_reason)
            .field("response_status_code", &self.response_status_code)
            .finish_non_exhaustive()
    }
}

/// A record's place in its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub(super) chain_id: String,
    pub(super) sequence: i64,
    pub(super) previous_hash: String,
    pub(super) hash: String,
}

impl Link {
    /// The chain's identifier.
    #[must_use]
    pub fn chain_id(&self) -> &str {
        &self.chain_id
    }

    /// The record's number; the first is 0.
    #[must_use]
    pub const fn sequence(&self) -> i64 {
        self.sequence
    }

    /// The hash of the record before, in hexadecimal.
    #[must_use]
    pub fn previous_hash(&self) -> &str {
        &self.previous_hash
    }

    /// The record's own hash, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let mut record = Record::new(Channel::Dict, "exchange-1", 951_827_696_789);
        record.request_path = "/api/v2/entries/secret".to_owned();
        record.request_body = Some(Content::of(b"secret"));
        record.response_body = Some(Content::of(b"\xff\x00"));
        record
    }

    #[test]
    fn columns_are_those_that_are_declared() {
        let record = record();
        for ((name, value), (declared, kind)) in record.columns().zip(Record::COLUMNS) {
            assert_eq!(name, declared);
            let fits = match value {
                Value::Text(_) => kind == Kind::Text,
                Value::Integer(_) => kind == Kind::Integer,
                Value::Null => true,
            };
            assert!(fits, "{name}");
        }
        assert_eq!(record.columns().count(), COLUMN_COUNT);
        assert_eq!(record.columns().next(), Some(("request_date", Value::Text("2000-02-29T12:34:56.789Z"))));
    }

    #[test]
    fn a_body_that_is_not_text_is_kept_in_base64() {
        let content = Content::of(b"\xff\x00");
        assert_eq!((content.text(), content.encoding()), ("/wA=", "base64"));
    }

    #[test]
    fn a_body_that_is_moved_out_leaves_its_hash() {
        for octets in [b"secret".as_slice(), b"\xff\x00"] {
            let mut content = Content::of(octets);
            let moved = content.move_out();
            assert_eq!(moved.octets, octets);
            assert_eq!(
                (content.text(), content.encoding()),
                (&*format!("sha256:{}", moved.sha256), "object")
            );
        }
    }

    #[test]
    fn files_by_the_hour_in_utc() {
        let Partition { year, month, day, hour } = record().partition();
        assert_eq!([year, month, day, hour], ["2000", "02", "29", "12"]);
    }

    #[test]
    fn debug_shows_no_content() {
        assert!(!format!("{:?}", record()).contains("secret"));
    }
}
