//! The rows of `lacre.verify/1` and `lacre.inspect/1`.

use lacre_core::{Certificate, Check, Error, Language, Profile, ReferenceReport};
use serde::Serialize;

use crate::cause::Likely;
use crate::note::{Note, NoteView};
use crate::outcome::{Inspected, Outcome, Position, Signer};
use crate::text::{base64, check_text, hex, instant_text};

/// What came of one message, wherever it stood.
#[derive(Debug, Serialize)]
pub struct MessageRow<'a> {
    bytes: Option<usize>,
    sha256: Option<String>,
    profile: Option<&'static str>,
    verdict: Option<&'static str>,
    code: Option<&'a str>,
    message: Option<String>,
    help: Option<&'static str>,
    place: Option<PlaceView>,
    signer: Option<SignerView<'a>>,
    notes: Vec<NoteView<'a>>,
}

impl<'a> MessageRow<'a> {
    /// What came of verifying a message.
    #[must_use]
    pub fn new(outcome: &'a Outcome, language: Language) -> Self {
        Self {
            bytes: Some(outcome.bytes),
            sha256: Some(hex(&outcome.sha256)),
            profile: outcome.profile.map(Profile::as_str),
            verdict: Some(outcome.verdict().as_str()),
            help: outcome.help(language),
            place: outcome.error.and_then(|error| PlaceView::new(error, outcome.position, outcome.last_line)),
            signer: outcome.signer.as_ref().map(SignerView::new),
            notes: outcome.notes.iter().map(|note: &Note| NoteView::new(note, language)).collect(),
            ..Self::told(outcome.error, language)
        }
    }

    fn told(error: Option<Error>, language: Language) -> Self {
        Self {
            bytes: None,
            sha256: None,
            profile: None,
            verdict: None,
            code: error.map(|error| error.code()),
            message: error.map(|error| error.in_language(language).to_string()),
            help: error.map(|error| error.reason().help(language)),
            place: None,
            signer: None,
            notes: Vec::new(),
        }
    }
}

/// One message in `lacre.verify/1`.
#[derive(Debug, Serialize)]
pub struct VerifyRow<'a> {
    file: &'a str,
    #[serde(flatten)]
    message: MessageRow<'a>,
}

impl<'a> VerifyRow<'a> {
    /// What came of verifying a message.
    #[must_use]
    pub fn new(file: &'a str, outcome: &'a Outcome, language: Language) -> Self {
        Self { file, message: MessageRow::new(outcome, language) }
    }

    /// A message that was refused before it was read whole.
    #[must_use]
    pub fn refused(file: &'a str, error: Error, language: Language) -> Self {
        let message =
            MessageRow { verdict: Some(error.verdict().as_str()), ..MessageRow::told(Some(error), language) };
        Self { file, message }
    }

    /// A message that nobody could read, in the system's words.
    #[must_use]
    pub fn unreadable(file: &'a str, words: &str, language: Language) -> Self {
        let message = MessageRow {
            code: Some("unreadable"),
            message: Some(words.to_owned()),
            ..MessageRow::told(None, language)
        };
        Self { file, message }
    }
}

/// One message in `lacre.inspect/1`: the row of `lacre.verify/1`, and everything that was looked at.
#[derive(Debug, Serialize)]
pub struct InspectRow<'a> {
    #[serde(flatten)]
    verified: VerifyRow<'a>,
    cause: Option<CauseView>,
    instant: Option<String>,
    message_time: Option<String>,
    checks: Vec<CheckView>,
    references: Vec<ReferenceView>,
}

impl<'a> InspectRow<'a> {
    /// Everything that was looked at in a message.
    #[must_use]
    pub fn new(file: &'a str, inspected: &'a Inspected, language: Language) -> Self {
        let report = inspected.report.as_ref();
        Self {
            cause: inspected.cause.map(|likely| CauseView::new(likely, language)),
            instant: report.and_then(|report| report.instant_unix_s).map(instant_text),
            message_time: report.and_then(|report| report.message_unix_s).map(instant_text),
            checks: report
                .iter()
                .flat_map(|r| &r.checks)
                .map(|check| CheckView::new(check, language))
                .collect(),
            references: report
                .iter()
                .flat_map(|r| &r.references)
                .zip(&inspected.lines)
                .map(|(reference, lines)| ReferenceView::new(reference, *lines))
                .collect(),
            ..Self::bare(VerifyRow::new(file, &inspected.outcome, language))
        }
    }

    /// A message that was refused before it was read whole.
    #[must_use]
    pub fn refused(file: &'a str, error: Error, language: Language) -> Self {
        Self::bare(VerifyRow::refused(file, error, language))
    }

    /// A message that nobody could read, in the system's words.
    #[must_use]
    pub fn unreadable(file: &'a str, words: &str, language: Language) -> Self {
        Self::bare(VerifyRow::unreadable(file, words, language))
    }

    const fn bare(verified: VerifyRow<'a>) -> Self {
        Self {
            verified,
            cause: None,
            instant: None,
            message_time: None,
            checks: Vec::new(),
            references: Vec::new(),
        }
    }
}

#[derive(Debug, Serialize)]
struct CauseView {
    code: &'static str,
    text: String,
    proved: bool,
    help: Option<&'static str>,
}

impl CauseView {
    fn new(likely: Likely, language: Language) -> Self {
        Self {
            code: likely.cause.code(),
            text: likely.text(language),
            proved: likely.is_proved(),
            help: likely.cause.help(language),
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct PlaceView {
    offset: Option<usize>,
    line: Option<usize>,
    column: Option<usize>,
    last_line: Option<usize>,
    reference: Option<u8>,
    target: Option<&'static str>,
}

impl PlaceView {
    pub(crate) fn new(error: Error, position: Option<Position>, last_line: Option<usize>) -> Option<Self> {
        let place = error.place();
        let known = place.offset.is_some() || place.reference.is_some() || place.target.is_some();
        known.then(|| Self {
            offset: place.offset,
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
            last_line,
            reference: place.reference,
            target: place.target.map(|target| target.as_str()),
        })
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct SignerView<'a> {
    issuer: &'a str,
    serial: &'a str,
    trusted: bool,
    subject: Option<String>,
    ispb: Option<String>,
    not_before: Option<String>,
    not_after: Option<String>,
}

impl<'a> SignerView<'a> {
    pub(crate) fn new(signer: &'a Signer) -> Self {
        let certificate = signer.certificate.as_ref();
        Self {
            issuer: &signer.issuer,
            serial: &signer.serial,
            trusted: certificate.is_some(),
            subject: certificate.map(Certificate::subject),
            ispb: certificate.and_then(Certificate::ispb).map(|ispb| ispb.to_string()),
            not_before: certificate.map(|certificate| instant_text(certificate.not_before_unix_s())),
            not_after: certificate.map(|certificate| instant_text(certificate.not_after_unix_s())),
        }
    }
}

#[derive(Debug, Serialize)]
struct CheckView {
    name: &'static str,
    text: &'static str,
    outcome: &'static str,
    code: Option<&'static str>,
    message: Option<String>,
}

impl CheckView {
    fn new(check: &Check, language: Language) -> Self {
        let error = check.outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
        Self {
            name: check.name,
            text: check_text(check.name, language),
            outcome: match check.outcome {
                Some(Ok(())) => "passed",
                Some(Err(_)) => "failed",
                None => "not-reached",
            },
            code: error.map(|error| error.code()),
            message: error.map(|error| error.in_language(language).to_string()),
        }
    }
}

#[derive(Debug, Serialize)]
struct ReferenceView {
    target: &'static str,
    first_line: Option<usize>,
    last_line: Option<usize>,
    canonical_bytes: u64,
    claimed: Option<DigestView>,
    computed: Option<DigestView>,
    agree: Option<bool>,
}

impl ReferenceView {
    fn new(reference: &ReferenceReport, lines: Option<(usize, usize)>) -> Self {
        Self {
            target: reference.target.as_str(),
            first_line: lines.map(|(first, _)| first),
            last_line: lines.map(|(_, last)| last),
            canonical_bytes: reference.canonical_bytes,
            claimed: reference.claimed.map(DigestView::new),
            computed: reference.computed.map(DigestView::new),
            agree: reference.claimed.zip(reference.computed).map(|(claimed, computed)| claimed == computed),
        }
    }
}

#[derive(Debug, Serialize)]
struct DigestView {
    hex: String,
    base64: String,
}

impl DigestView {
    fn new(digest: [u8; 32]) -> Self {
        Self { hex: hex(&digest), base64: base64(&digest) }
    }
}
