//! What the messages of a record prove today, and whether the record is what was sealed.

use lacre_core::exchange::chain::link_hash;
use lacre_core::exchange::{Channel, Opened, Question, Rules};
use lacre_core::{At, Error, Reason, Trust, Verdict};

use super::kept::{Body, Side, channel, open, part, rules, status};
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
    /// The rules that it was judged by, then and now; none if this version does not know them.
    pub rules: Option<Rules>,
    /// What the record says of the answer's signatures; none if there was nothing to say.
    pub recorded_verdict: Option<String>,
    /// Whether the answer proves something else now than was recorded of it.
    pub recorded_otherwise: bool,
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
    /// What today's rules would refuse of a record that is judged by older ones: the worst of it. It says nothing against the record.
    pub stricter_since: Option<(Side, Error)>,
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
        if self.error.is_none_or(|known| error.verdict().weight() > known.verdict().weight()) {
            (self.error, self.side) = (Some(error), side);
        }
    }

    fn find_stricter(&mut self, side: Side, error: Error) {
        if self.stricter_since.is_none_or(|(_, known)| error.verdict().weight() > known.verdict().weight()) {
            self.stricter_since = Some((side, error));
        }
    }
}

/// Verifies a record by the rules of its own time. Answers are held against BACEN's certificates and against no others; requests
/// against the institution's own, and only if there are any.
///
/// At [`At::Message`] an answer is judged when it was received and a request when it was sent, as the record says: what a message
/// says of itself, whoever signs it can choose.
#[must_use]
pub fn verify(row: &Row, bacen: &Trust, own: &Trust, at: At) -> RecordOutcome {
    let text = |column| row.text(column).map(str::to_owned);
    let mut record = RecordOutcome {
        exchange_id: text("exchange_id"),
        channel: channel(row),
        request_date: text("request_date"),
        outcome: text("outcome"),
        rules: rules(row),
        recorded_verdict: recorded(row),
        recorded_otherwise: false,
        seal: Seal::of(row),
        chain_id: text("chain_id"),
        chain_sequence: row.integer("chain_sequence"),
        error: None,
        side: None,
        stricter_since: None,
        messages: Vec::new(),
        elsewhere: Vec::new(),
    };
    let mut answer = Found::default();
    for (side, trust) in [(Side::Request, own), (Side::Response, bacen)] {
        if happened(row, side) && (side == Side::Response || !own.is_empty()) {
            let found = record.judge(row, side, trust, at);
            for error in found.errors() {
                record.find(Some(side), error);
            }
            if side == Side::Response {
                answer = found;
            }
        }
    }
    record.recorded_otherwise = !record.elsewhere.contains(&Side::Response) && answer.differs(row);
    if record.rules.is_none() {
        record.find(None, Error::new(Reason::RecordRules));
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
    /// Judges one side.
    fn judge(&mut self, row: &Row, side: Side, trust: &Trust, at: At) -> Found {
        let mut found = Found::default();
        let body = match Body::of(row, side) {
            Ok(Body::Elsewhere) => {
                self.elsewhere.push(side);
                return found;
            }
            Ok(body) => body,
            Err(error) => {
                found.refused.push(error);
                return found;
            }
        };
        let rules = self.rules.unwrap_or(Rules::CURRENT);
        let (Opened { demand, messages, mislabelled }, channel) = match open(row, side, rules, body.octets())
            .and_then(|opened| Ok((opened, channel(row).ok_or(Error::new(Reason::RecordColumns))?)))
        {
            Ok(opened) => opened,
            Err(error) => {
                found.refused.push(error);
                return found;
            }
        };
        let at = instant(row, side, at);
        let several = messages.len() > 1;
        let asked = Body::of(row, Side::Request).ok();
        let question = question(row, channel, asked.as_ref());
        for (number, message) in messages.into_iter().enumerate() {
            let part = several.then(|| part(number));
            let profile = demand.profile(channel, message);
            let (outcome, stricter) = outcome::verify_by(rules, message, profile, trust, at);
            let required = !demand.excuses(profile, outcome.verdict());
            if let Some(error) = stricter.filter(|_| required) {
                self.find_stricter(side, part.map_or(error, |part| error.in_part(part)));
            }
            let mut judged = MessageOutcome { side, part, required, outcome };
            if let Some(question) = question.filter(|_| side == Side::Response)
                && let Some(status) = status(row)
            {
                self.hold_against(question, status, &mut judged, message, rules);
            }
            found.add(&judged);
            self.messages.push(judged);
        }
        let had_to_prove = found.proved || !found.refused.is_empty();
        found.refused.extend(mislabelled.filter(|_| had_to_prove));
        if rules < Rules::CURRENT {
            let stricter = match open(row, side, Rules::CURRENT, body.octets()) {
                Ok(opened) => opened.mislabelled.filter(|_| had_to_prove),
                Err(error) => Some(error),
            };
            if let Some(error) = stricter {
                self.find_stricter(side, error);
            }
        }
        found
    }
}

impl RecordOutcome {
    /// A message that is proved, or would be at another instant, is the answer to what was asked.
    fn hold_against(
        &mut self,
        question: Question<'_>,
        status: u16,
        judged: &mut MessageOutcome,
        message: &[u8],
        rules: Rules,
    ) {
        let is_lapse = |error: Error| {
            matches!(error.reason(), Reason::CertificateExpired | Reason::CertificateNotYetValid)
        };
        if !judged.required || !judged.outcome.error.is_none_or(is_lapse) {
            return;
        }
        let Err(error) = question.binds(status, message) else { return };
        if rules == Rules::First {
            self.find_stricter(judged.side, judged.part.map_or(error, |part| error.in_part(part)));
        } else {
            judged.outcome.error = Some(error);
        }
    }
}

/// What the record says that BACEN was asked.
fn question<'r>(row: &'r Row, channel: Channel, asked: Option<&'r Body<'r>>) -> Option<Question<'r>> {
    Some(Question {
        channel,
        method: row.text("request_method")?,
        path: row.text("request_path")?,
        query: row.text("request_query"),
        body: asked.filter(|body| matches!(body, Body::Octets(_))).map(Body::octets),
    })
}

/// What was found of one side.
#[derive(Default)]
struct Found {
    /// What speaks against it, in the order in which it was found.
    refused: Vec<Error>,
    /// Whether a message of it was proved.
    proved: bool,
}

impl Found {
    fn add(&mut self, message: &MessageOutcome) {
        match message.outcome.error {
            _ if !message.required => {}
            Some(error) => self.refused.push(message.part.map_or(error, |part| error.in_part(part))),
            None => self.proved = true,
        }
    }

    fn errors(&self) -> impl Iterator<Item = Error> {
        self.refused.iter().copied()
    }

    /// The verdict on the whole side, as the exchange comes to it; none if it had nothing to prove.
    fn verdict(&self) -> Option<Verdict> {
        let worst = self
            .errors()
            .map(|error| error.verdict())
            .reduce(|worst, verdict| if verdict.weight() > worst.weight() { verdict } else { worst });
        worst.or(self.proved.then_some(Verdict::Valid))
    }

    /// Whether a record says something else of this answer. The first rules took the first of several verdicts.
    fn differs(&self, row: &Row) -> bool {
        let of_first = || match rules(row) {
            Some(Rules::First) => self.errors().next().map(|error| error.verdict()),
            _ => None,
        };
        if row.cell("response_signature_verdict").is_none() {
            return self.differs_from_sample(row);
        }
        match (recorded(row), self.verdict()) {
            (Some(recorded), Some(found)) => {
                recorded != found.as_str() && of_first().is_none_or(|first| recorded != first.as_str())
            }
            (None, None) => false,
            _ => status(row).is_some(),
        }
    }

    /// The archives of the AWS sample say only whether an answer was valid, of those too that had nothing to prove.
    fn differs_from_sample(&self, row: &Row) -> bool {
        let (recorded, found) = (recorded(row), self.verdict());
        recorded
            .zip(found)
            .is_some_and(|(recorded, found)| (recorded == "valid") != (found == Verdict::Valid))
    }
}

/// The instant at which the messages of a side are judged.
fn instant(row: &Row, side: Side, at: At) -> At {
    if at != At::Message {
        return at;
    }
    let ms = |column| row.integer(column).or_else(|| row.text(column)?.trim().parse().ok());
    let columns: &[&str] = match side {
        Side::Request => &["request_sent_ms", "request_received_ms"],
        Side::Response => &["response_received_ms", "request_sent_ms", "request_received_ms"],
    };
    let known = columns.iter().find_map(|column| ms(column)).map(|ms: i64| ms.div_euclid(1000));
    // The archives of the AWS sample have no other instant than that of the request.
    let date = || row.text("request_date")?.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    known.or_else(date).map_or(at, At::UnixS)
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
