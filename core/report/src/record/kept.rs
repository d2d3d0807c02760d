//! The messages that a record keeps, found by the rules by which they were once believed.

use core::fmt;
use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_core::exchange::{Channel, Headers, Kept, Opened, Rules};
use lacre_core::{Error, Reason, Result};

use super::row::{Cell, Row};

/// A side of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "an exchange has two")]
pub enum Side {
    /// What the institution sent.
    Request,
    /// What BACEN answered.
    Response,
}

impl Side {
    /// Both, in the order in which they happened.
    pub const BOTH: [Self; 2] = [Self::Request, Self::Response];

    /// `request` or `response`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }

    const fn columns(self) -> [&'static str; 4] {
        match self {
            Self::Request => {
                ["request_body", "request_body_encoding", "request_header", "request_wire_sha256"]
            }
            Self::Response => {
                ["response_body", "response_body_encoding", "response_header", "response_wire_sha256"]
            }
        }
    }
}

/// One message of a record.
#[derive(Clone)]
#[non_exhaustive]
pub struct KeptMessage {
    /// Which side it belongs to.
    pub side: Side,
    /// Its number among the parts of a multipart body, the first is 1.
    pub part: Option<u16>,
    /// The message, byte for byte.
    pub octets: Vec<u8>,
}

/// Says where and how large, never what.
impl fmt::Debug for KeptMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptMessage")
            .field("side", &self.side)
            .field("part", &self.part)
            .field("bytes", &self.octets.len())
            .finish_non_exhaustive()
    }
}

/// Every message that a record keeps. A body that is kept elsewhere gives none.
///
/// # Errors
/// If the row is no audit record, or a body that should be multipart is not.
pub fn messages(row: &Row) -> Result<Vec<KeptMessage>> {
    if row.repeats_a_column() {
        return Err(Error::new(Reason::RecordColumns));
    }
    let rules = rules(row).ok_or(Error::new(Reason::RecordRules))?;
    let mut messages = Vec::new();
    for side in Side::BOTH {
        let Body::Octets(octets) = Body::of(row, side)? else { continue };
        let found = open(row, side, rules, &octets)?.messages;
        let several = found.len() > 1;
        messages.extend(found.into_iter().enumerate().map(|(number, message)| KeptMessage {
            side,
            part: several.then(|| part(number)),
            octets: message.to_vec(),
        }));
    }
    Ok(messages)
}

/// The number of a part, from its place counted from 0.
pub(super) fn part(number: usize) -> u16 {
    u16::try_from(number.saturating_add(1)).unwrap_or(u16::MAX)
}

/// A body as a record keeps it.
#[derive(Debug)]
pub(super) enum Body<'r> {
    /// There is none.
    None,
    /// Its octets.
    Octets(Cow<'r, [u8]>),
    /// They are not in the record: kept under their hash, or too many to be kept.
    Elsewhere,
}

impl<'r> Body<'r> {
    /// The body of one side.
    pub(super) fn of(row: &'r Row, side: Side) -> Result<Self> {
        let [body, encoding, ..] = side.columns();
        let Some(text) = row.text(body) else { return Ok(Self::None) };
        match row.text(encoding) {
            // The archives of the AWS sample have no such column; their bodies are text.
            None | Some("utf-8") => Ok(Self::Octets(Cow::Borrowed(text.as_bytes()))),
            Some("base64") => BASE64_STANDARD
                .decode(text)
                .map(|octets| Self::Octets(Cow::Owned(octets)))
                .map_err(|_| Error::new(Reason::RecordColumns)),
            Some("object" | "omitted") => Ok(Self::Elsewhere),
            Some(_) => Err(Error::new(Reason::RecordColumns)),
        }
    }

    /// The octets that are here.
    pub(super) fn octets(&self) -> &[u8] {
        match self {
            Self::Octets(octets) => octets,
            Self::None | Self::Elsewhere => &[],
        }
    }
}

/// What one side of a record holds, opened as it was when it was live.
pub(super) fn open<'o>(row: &Row, side: Side, rules: Rules, octets: &'o [u8]) -> Result<Opened<'o>> {
    let missing = Error::new(Reason::RecordColumns);
    let [_, _, header, wire_sha256] = side.columns();
    let headers = row.text(header).map(headers).unwrap_or_default();
    let kept = Kept {
        rules,
        channel: channel(row).ok_or(missing)?,
        method: row.text("request_method").ok_or(missing)?,
        path: row.text("request_path").ok_or(missing)?,
        status: match side {
            Side::Request => None,
            Side::Response => Some(status(row).ok_or(missing)?),
        },
        headers: &headers,
        wire_sha256: row.text(wire_sha256),
        recorded_reason: row.text("response_signature_reason").filter(|_| side == Side::Response),
    };
    kept.open(octets)
}

/// The rules that the exchange of a record was judged by; none if this version does not know them.
pub(super) fn rules(row: &Row) -> Option<Rules> {
    match row.cell("rules_version") {
        None | Some(Cell::Null) => Rules::of(None),
        Some(Cell::Integer(version)) => Rules::of(Some(*version)),
        // An archive may keep all columns as text.
        Some(Cell::Text(digits)) => digits.trim().parse().ok().and_then(|version| Rules::of(Some(version))),
    }
}

/// BACEN's status code: a number, or digits where an archive keeps all columns as text.
pub(super) fn status(row: &Row) -> Option<u16> {
    let number = row.integer("response_status_code");
    let digits = || row.text("response_status_code").and_then(|text| text.trim().parse().ok());
    number.or_else(digits).and_then(|status| u16::try_from(status).ok())
}

/// The channel; where no column names it, ICOM's paths are known by their direction.
#[must_use]
pub fn channel(row: &Row) -> Option<Channel> {
    match row.text("channel") {
        Some("spi") => Some(Channel::Spi),
        Some("dict") => Some(Channel::Dict),
        Some(_) => None,
        None => {
            let mut segments = row.text("request_path")?.split('/').skip(3);
            let icom = matches!(segments.next(), Some("in" | "out"));
            Some(if icom { Channel::Spi } else { Channel::Dict })
        }
    }
}

/// Header fields that are kept as a JSON object.
fn headers(json: &str) -> Headers {
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
    let texts = fields.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    texts.collect()
}
