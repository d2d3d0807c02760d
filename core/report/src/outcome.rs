//! What came of verifying or inspecting one message.

use lacre_core::exchange::Rules;
use lacre_core::xml::Span;
use lacre_core::{At, Certificate, Error, Language, Profile, Reason, Report, Trust, Verdict};
use serde::Serialize;

use crate::cause::{self, Cause, Likely};
use crate::note::Note;

/// One message, and what came of verifying it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// How many bytes the message has.
    pub bytes: usize,
    /// The SHA-256 of the message as it was read.
    pub sha256: [u8; 32],
    /// The rules it was held against, unless not even they could be told.
    pub profile: Option<Profile>,
    /// What keeps it from being valid.
    pub error: Option<Error>,
    /// Where in the text that is.
    pub position: Option<Position>,
    /// The last line of the part concerned, where the error speaks of a whole part.
    pub last_line: Option<usize>,
    /// What the bytes are, if they are no message or not only one.
    pub input: Option<Cause>,
    /// Who signed, or is said to have.
    pub signer: Option<Signer>,
    /// What a reader should know of it, whatever the verdict; nothing of a message that is malformed.
    pub notes: Vec<Note>,
}

/// One message, and everything that was looked at in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inspected {
    /// What verifying it comes to.
    pub outcome: Outcome,
    /// Each check; none if not even the profile could be told.
    pub report: Option<Report>,
    /// What most likely happened to it.
    pub cause: Option<Likely>,
    /// The first and the last line of what each Reference of the report covers, in their order.
    pub lines: Vec<Option<(usize, usize)>>,
}

/// Who signed, or is said to have.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Signer {
    /// The issuer of the certificate, as the message has it or as we write it.
    pub issuer: String,
    /// The certificate's serial, decimal.
    pub serial: String,
    /// The trusted certificate of this issuer and serial.
    pub certificate: Option<Certificate>,
}

/// A place in a text, both counted from 1; the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Verifies a message, by its root's profile if none is given. A refusal is looked at again for who is said to have signed.
#[must_use]
pub fn verify(xml: &[u8], profile: Option<Profile>, trust: &Trust, at: At) -> Outcome {
    let mut outcome = Outcome::of(xml, profile);
    let verified = match profile.map_or_else(|| Profile::detect(xml), Ok) {
        Err(error) => Err(error),
        Ok(profile) => {
            outcome.profile = Some(profile);
            lacre_core::verify(xml, profile, trust, at)
        }
    };
    match verified {
        Ok(verified) => {
            outcome.signer = Some(Signer::from(verified.signer().clone()));
            outcome.notes = Note::of(xml, verified.repeats_its_time());
        }
        Err(error) => {
            let report = outcome.profile.map(|profile| lacre_core::inspect(xml, profile, trust, at));
            outcome.signer = report.as_ref().and_then(Signer::of);
            outcome.refused(xml, error, report.as_ref());
            outcome.take_notes(xml, report.as_ref());
        }
    }
    outcome
}

/// Verifies a message by the rules of its time. Beside what came of it stands what the rules of today would refuse more.
pub(crate) fn verify_by(
    rules: Rules,
    xml: &[u8],
    profile: Profile,
    trust: &Trust,
    at: At,
) -> (Outcome, Option<Error>) {
    let outcome = verify(xml, Some(profile), trust, at);
    let Some(stricter) = outcome.error.filter(|error| !rules.have(error.reason())) else {
        return (outcome, None);
    };
    let mut then = Outcome { signer: outcome.signer, ..Outcome::of(xml, Some(profile)) };
    let report = lacre_core::inspect(xml, profile, trust, at);
    if let Some(error) = rules.decide(&report) {
        then.refused(xml, error, Some(&report));
    }
    (then, Some(stricter))
}

/// Looks at everything in a message, by its root's profile if none is given.
#[must_use]
pub fn inspect(xml: &[u8], profile: Option<Profile>, trust: &Trust, at: At) -> Inspected {
    let mut outcome = Outcome::of(xml, profile);
    let report = match profile.map_or_else(|| Profile::detect(xml), Ok) {
        Ok(profile) => {
            let report = lacre_core::inspect(xml, profile, trust, at);
            outcome.profile = Some(profile);
            outcome.signer = Signer::of(&report);
            if let Some(error) = report.error {
                outcome.refused(xml, error, Some(&report));
            }
            Some(report)
        }
        Err(error) => {
            outcome.refused(xml, error, None);
            None
        }
    };
    outcome.take_notes(xml, report.as_ref());
    let cause = outcome.error.and_then(|error| Likely::of(xml, report.as_ref(), error, trust, at));
    let references = report.iter().flat_map(|report| &report.references);
    let lines = references.map(|reference| reference.span.map(|span| lines_of(xml, span))).collect();
    Inspected { outcome, report, cause, lines }
}

impl Outcome {
    fn of(xml: &[u8], profile: Option<Profile>) -> Self {
        Self {
            bytes: xml.len(),
            sha256: lacre_core::sha256(xml),
            profile,
            error: None,
            position: None,
            last_line: None,
            input: None,
            signer: None,
            notes: Vec::new(),
        }
    }

    fn take_notes(&mut self, xml: &[u8], report: Option<&Report>) {
        if let Some(report) = report.filter(|report| report.verdict != Verdict::Malformed) {
            self.notes = Note::of(xml, report.repeats_its_time);
        }
    }

    fn refused(&mut self, xml: &[u8], error: Error, report: Option<&Report>) {
        self.error = Some(error);
        let part = part_of(error, report);
        self.position =
            Position::of(xml, error).or_else(|| part.and_then(|span| Position::at(xml, span.start)));
        self.last_line = part.map(|span| lines_of(xml, span).1);
        self.input = cause::of_input(xml, error);
    }

    /// What is told of a message that [`lacre_core::verify`] refused already, but for who is said to have signed it and for notes: it is
    /// looked at again only where the error speaks of a whole part.
    #[must_use]
    pub fn of_refusal(xml: &[u8], profile: Option<Profile>, error: Error, trust: &Trust, at: At) -> Self {
        let mut outcome = Self::of(xml, profile);
        let again = profile.filter(|_| is_of_part(error));
        let report = again.map(|profile| lacre_core::inspect(xml, profile, trust, at));
        outcome.refused(xml, error, report.as_ref());
        outcome
    }

    /// What to do about a refusal.
    #[must_use]
    pub fn help(&self, language: Language) -> Option<&'static str> {
        let own = self.input.and_then(|cause| cause.help(language));
        own.or_else(|| self.error.map(|error| error.reason().help(language)))
    }

    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.error.map_or(Verdict::Valid, |error| error.verdict())
    }
}

impl From<Certificate> for Signer {
    fn from(certificate: Certificate) -> Self {
        Self { issuer: certificate.issuer(), serial: certificate.serial(), certificate: Some(certificate) }
    }
}

impl Signer {
    /// The signer that a report names.
    #[must_use]
    pub fn of(report: &Report) -> Option<Self> {
        let signer = report.signer.as_ref()?;
        Some(Self {
            issuer: signer.issuer.clone(),
            serial: signer.serial.clone(),
            certificate: signer.certificate.clone(),
        })
    }
}

fn is_of_part(error: Error) -> bool {
    matches!(error.reason(), Reason::DigestMismatch | Reason::SignatureMismatch | Reason::SignatureLength)
}

/// The part that the error speaks of as a whole: whose digest differs, or whose signature does not fit.
fn part_of(error: Error, report: Option<&Report>) -> Option<Span> {
    let target = error.place().target.filter(|_| is_of_part(error))?;
    report?.references.iter().find(|reference| reference.target == target)?.span
}

/// The first and the last line of a part, counted from 1.
fn lines_of(xml: &[u8], span: Span) -> (usize, usize) {
    let ends = |part: &[u8]| part.iter().filter(|byte| **byte == b'\n').count();
    let part = xml.get(span.start..span.end).unwrap_or_default().trim_ascii_end();
    let first = ends(xml.get(..span.start).unwrap_or_default()).saturating_add(1);
    (first, first.saturating_add(ends(part)))
}

impl Position {
    /// Where in the text an error is.
    #[must_use]
    pub fn of(xml: &[u8], error: Error) -> Option<Self> {
        Self::at(xml, error.place().offset?)
    }

    /// Where in the text an offset is.
    #[must_use]
    pub fn at(xml: &[u8], offset: usize) -> Option<Self> {
        let before = xml.get(..offset)?;
        let line_start =
            before.iter().rposition(|byte| *byte == b'\n').map_or(0, |index| index.saturating_add(1));
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        // Octets that continue a character of UTF-8 start no column.
        let characters = before.iter().skip(line_start).filter(|byte| **byte & 0xC0 != 0x80).count();
        Some(Self { line: lines.saturating_add(1), column: characters.saturating_add(1) })
    }
}
