//! What came of verifying or inspecting one message.

use lacre_core::{At, Certificate, Error, Profile, Report, Trust, Verdict};
use serde::Serialize;

use crate::cause::Cause;

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
    /// Who signed, or is said to have.
    pub signer: Option<Signer>,
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
    pub cause: Option<Cause>,
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
            lacre_core::verify(xml, profile, trust, at).map(|verified| verified.signer().clone())
        }
    };
    match verified {
        Ok(certificate) => outcome.signer = Some(Signer::from(certificate)),
        Err(error) => {
            outcome.error = Some(error);
            outcome.position = Position::of(xml, error);
            let report = outcome.profile.map(|profile| lacre_core::inspect(xml, profile, trust, at));
            outcome.signer = report.and_then(|report| Signer::of(&report));
        }
    }
    outcome
}

/// Looks at everything in a message, by its root's profile if none is given.
#[must_use]
pub fn inspect(xml: &[u8], profile: Option<Profile>, trust: &Trust, at: At) -> Inspected {
    let mut outcome = Outcome::of(xml, profile);
    let report = match profile.map_or_else(|| Profile::detect(xml), Ok) {
        Ok(profile) => {
            let report = lacre_core::inspect(xml, profile, trust, at);
            outcome.profile = Some(profile);
            outcome.error = report.error;
            outcome.signer = Signer::of(&report);
            Some(report)
        }
        Err(error) => {
            outcome.error = Some(error);
            None
        }
    };
    outcome.position = outcome.error.and_then(|error| Position::of(xml, error));
    let cause = report.as_ref().and_then(|report| Cause::of(xml, report, trust, at));
    Inspected { outcome, report, cause }
}

impl Outcome {
    fn of(xml: &[u8], profile: Option<Profile>) -> Self {
        Self {
            bytes: xml.len(),
            sha256: lacre_core::sha256(xml),
            profile,
            error: None,
            position: None,
            signer: None,
        }
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

impl Position {
    /// Where in the text an error is.
    #[must_use]
    pub fn of(xml: &[u8], error: Error) -> Option<Self> {
        let before = xml.get(..error.place().offset?)?;
        let line_start =
            before.iter().rposition(|byte| *byte == b'\n').map_or(0, |index| index.saturating_add(1));
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        // Octets that continue a character of UTF-8 start no column.
        let characters = before.iter().skip(line_start).filter(|byte| **byte & 0xC0 != 0x80).count();
        Some(Self { line: lines.saturating_add(1), column: characters.saturating_add(1) })
    }
}
