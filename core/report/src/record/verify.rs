//! What the messages of a record prove today, and whether the record is what was sealed.

use lacre_core::exchange::chain::link_hash;
use lacre_core::exchange::{Channel, Demand};
use lacre_core::{At, Error, Reason, Result, Trust, Verdict};

use super::kept::{Body, Side, channel, kept, part, status};
use super::row::{Cell, Row};
use crate::outcome::{self, Outcome};
use crate::text::hex;

/// Whether a record hashes to what its chain says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a seal holds, is broken or was never there")]
pub enum Seal {
    /// It does.
    Holds,
    /// It does not: a column was changed after it was sealed.
    Broken,
    /// It has no `chain_hash`.
    Absent,
}

impl Seal {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Broken => "broken",
            Self::Absent => "absent",
        }
    }

    /// The seal of a row.
    #[must_use]
    pub fn of(row: &Row) -> Self {
        match row.text("chain_hash") {
            None => Self::Absent,
            Some(hash) if hash == hex(&link_hash(row.values())) => Self::Holds,
            Some(_) => Self::Broken,
        }
    }
}

/// One message of a record, and what came of verifying it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MessageOutcome {
    /// Which side it belongs to.
    pub side: Side,
    /// Its number among the parts of a multipart body, the first is 1.
    pub part: Option<u16>,
    /// Whether it had something to prove. If not, its verdict does not count.
    pub required: bool,
    /// What came of verifying it.
    pub outcome: Outcome,
}

/// One record, and what came of verifying it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordOutcome {
    /// The exchange's identifier.
    pub exchange_id: Option<String>,
    /// The channel.
    pub channel: Option<Channel>,
    /// When the request came, RFC 3339.
    pub request_date: Option<String>,
    /// How the exchange ended.
    pub outcome: Option<String>,
    /// What the record says of the answer's signatures; none if there was nothing to say.
    pub recorded_verdict: Option<String>,
    /// Whether the record is what was sealed.
    pub seal: Seal,
    /// The chain it belongs to.
    pub chain_id: Option<String>,
    /// Its number in that chain.
    pub chain_sequence: Option<i64>,
    /// What keeps the record from being valid: the worst of everything found in it.
    pub error: Option<Error>,
    /// The side that the error was found on; none if it concerns the record itself.
    pub side: Option<Side>,
    /// The messages judged.
    pub messages: Vec<MessageOutcome>,
    /// Sides whose body is kept elsewhere, so that nothing could be judged.
    pub elsewhere: Vec<Side>,
}

impl RecordOutcome {
    /// The verdict; none if nothing in the record had to be proved.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let proved = || self.messages.iter().any(|message| message.required).then_some(Verdict::Valid);
        self.error.map(|error| error.verdict()).or_else(proved)
    }

    fn find(&mut self, side: Option<Side>, error: Error) {
        if self.error.is_none_or(|known| weight(error) > weight(known)) {
            (self.error, self.side) = (Some(error), side);
        }
    }
}

/// How much an error says against a record. A certificate that is not known proves nothing, a broken seal does.
fn weight(error: Error) -> u8 {
    match error.verdict() {
        Verdict::Valid => 0,
        Verdict::Indeterminate => 1,
        Verdict::Unsigned => 2,
        Verdict::Invalid | Verdict::Malformed => 3,
    }
}

/// Verifies a record. Answers are held against BACEN's certificates and against no others; requests against the
/// institution's own, and only if there are any.
#[must_use]
pub fn verify(row: &Row, bacen: &Trust, own: &Trust, at: At) -> RecordOutcome {
    let text = |column| row.text(column).map(str::to_owned);
    let mut record = RecordOutcome {
        exchange_id: text("exchange_id"),
        channel: channel(row),
        request_date: text("request_date"),
        outcome: text("outcome"),
        recorded_verdict: recorded(row),
        seal: Seal::of(row),
        chain_id: text("chain_id"),
        chain_sequence: row.integer("chain_sequence"),
        error: None,
        side: None,
        messages: Vec::new(),
        elsewhere: Vec::new(),
    };
    for (side, trust) in [(Side::Request, own), (Side::Response, bacen)] {
        if happened(row, side)
            && (side == Side::Response || !own.is_empty())
            && let Err(error) = record.judge(row, side, trust, at)
        {
            record.find(Some(side), error);
        }
    }
    if record.seal == Seal::Broken {
        record.find(None, Error::new(Reason::RecordSeal));
    }
    if row.text("request_method").is_none() || record.channel.is_none() || is_contradictory(row) {
        record.find(None, Error::new(Reason::RecordColumns));
    }
    record
}

impl RecordOutcome {
    fn judge(&mut self, row: &Row, side: Side, trust: &Trust, at: At) -> Result<()> {
        let body = Body::of(row, side)?;
        if matches!(body, Body::Elsewhere) {
            self.elsewhere.push(side);
            return Ok(());
        }
        let octets = body.octets();
        let (channel, demand, messages) =
            kept(row, side, |kept| Ok((kept.channel, kept.demand()?, kept.messages(octets)?)))?;
        let at = instant(row, side, channel, at);
        let several = messages.len() > 1;
        for (number, message) in messages.into_iter().enumerate() {
            let part = several.then(|| part(number));
            self.judge_message(MessageOf { side, part, channel, demand }, message, trust, at);
        }
        Ok(())
    }

    fn judge_message(&mut self, of: MessageOf, message: &[u8], trust: &Trust, at: At) {
        let MessageOf { side, part, channel, demand } = of;
        let profile = demand.profile(channel, message);
        let outcome = outcome::verify(message, Some(profile), trust, at);
        let required = !demand.excuses(profile, outcome.verdict());
        if let Some(error) = outcome.error.filter(|_| required) {
            self.find(Some(side), part.map_or(error, |part| error.in_part(part)));
        }
        self.messages.push(MessageOutcome { side, part, required, outcome });
    }
}

/// Where a message stood, and what it must be.
struct MessageOf {
    side: Side,
    part: Option<u16>,
    channel: Channel,
    demand: Demand,
}

/// The instant at which the messages of a side are judged. A request to DICT has no time of its own: where each message is judged
/// at its own, the record says when it was sent.
fn instant(row: &Row, side: Side, channel: Channel, at: At) -> At {
    let sent = || row.integer("request_sent_ms").or_else(|| row.integer("request_received_ms"));
    match (at, side, channel) {
        (At::Message, Side::Request, Channel::Dict) => {
            sent().map_or(at, |unix_ms| At::UnixS(unix_ms.div_euclid(1000)))
        }
        _ => at,
    }
}

/// Whether a side was on the wire: a request that never left was not yet what it would have been.
fn happened(row: &Row, side: Side) -> bool {
    let answered = status(row).is_some();
    match side {
        Side::Response => answered,
        // The archives of the AWS sample have no such column.
        Side::Request => row.cell("request_sent_ms").map_or(answered, |sent| *sent != Cell::Null),
    }
}

/// Whether a row says what no exchange can have left: a column twice, of which readers may take either, or an answer that has no
/// status by which to judge it.
fn is_contradictory(row: &Row) -> bool {
    let holds = |column| row.cell(column).is_some_and(|cell| *cell != Cell::Null);
    let answer = holds("response_status_code") || holds("response_body");
    row.repeats_a_column() || (answer && status(row).is_none())
}

/// What a record says of the answer's signatures, in the words of verdicts.
fn recorded(row: &Row) -> Option<String> {
    let old = || match row.text("response_signature_valid") {
        Some("true") => Some("valid"),
        Some("false") => Some("invalid"),
        _ => None,
    };
    row.text("response_signature_verdict").or_else(old).map(str::to_owned)
}
