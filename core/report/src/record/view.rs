//! The rows of `lacre.audit/1`.

use lacre_core::Language;
use lacre_core::exchange::{Channel, Rules};
use serde::Serialize;

use super::kept::Side;
use super::verify::{MessageOutcome, RecordOutcome};
use crate::row::MessageRow;

/// One record in `lacre.audit/1`.
#[derive(Debug, Serialize)]
pub struct RecordRow<'a> {
    file: &'a str,
    row: u64,
    exchange_id: Option<&'a str>,
    channel: Option<&'static str>,
    request_date: Option<&'a str>,
    outcome: Option<&'a str>,
    verdict: Option<&'static str>,
    code: Option<&'static str>,
    message: Option<String>,
    help: Option<&'static str>,
    side: Option<&'static str>,
    recorded_verdict: Option<&'a str>,
    recorded_otherwise: bool,
    seal: &'static str,
    chain_id: Option<&'a str>,
    chain_sequence: Option<i64>,
    elsewhere: Vec<&'static str>,
    messages: Vec<RecordMessageRow<'a>>,
    rules_version: Option<i64>,
    stricter_since: Option<StricterSince>,
}

/// What today's rules would refuse.
#[derive(Debug, Serialize)]
struct StricterSince {
    side: &'static str,
    code: &'static str,
    message: String,
    help: &'static str,
}

#[derive(Debug, Serialize)]
struct RecordMessageRow<'a> {
    side: &'static str,
    part: Option<u16>,
    required: bool,
    #[serde(flatten)]
    message: MessageRow<'a>,
}

impl<'a> RecordRow<'a> {
    /// What came of verifying the record that is row `row` of a file, counted from 0.
    #[must_use]
    pub fn new(file: &'a str, row: u64, record: &'a RecordOutcome, language: Language) -> Self {
        Self {
            file,
            row,
            exchange_id: record.exchange_id.as_deref(),
            channel: record.channel.map(Channel::as_str),
            request_date: record.request_date.as_deref(),
            outcome: record.outcome.as_deref(),
            verdict: record.verdict().map(|verdict| verdict.as_str()),
            code: record.error.map(|error| error.code()),
            message: record.error.map(|error| error.in_language(language).to_string()),
            help: record.error.map(|error| error.reason().help(language)),
            side: record.side.map(Side::as_str),
            recorded_verdict: record.recorded_verdict.as_deref(),
            recorded_otherwise: record.recorded_otherwise,
            seal: record.seal.as_str(),
            chain_id: record.chain_id.as_deref(),
            chain_sequence: record.chain_sequence,
            elsewhere: record.elsewhere.iter().map(|side| side.as_str()).collect(),
            messages: record
                .messages
                .iter()
                .map(|message| RecordMessageRow::new(message, language))
                .collect(),
            rules_version: record.rules.map(Rules::version),
            stricter_since: record.stricter_since.map(|(side, error)| StricterSince {
                side: side.as_str(),
                code: error.code(),
                message: error.in_language(language).to_string(),
                help: error.reason().help(language),
            }),
        }
    }
}

impl<'a> RecordMessageRow<'a> {
    fn new(message: &'a MessageOutcome, language: Language) -> Self {
        Self {
            side: message.side.as_str(),
            part: message.part,
            required: message.required,
            message: MessageRow::new(&message.outcome, language),
        }
    }
}
