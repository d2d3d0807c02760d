//! What is told of a message that was checked, and the JSON that says it (`lacre.verify/1`, `lacre.inspect/1`).
//!
//! Both are one object whose `results` are written as they come, one per line, so that a report of a hundred thousand
//! messages needs no memory. The shapes only ever grow.

use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_core::{At, Certificate, Check, Error, Language, Profile, ReferenceReport, Report, Trust, Verdict};
use serde::Serialize;

use crate::bulk::ReadError;
use crate::cause::Cause;

/// The name of the JSON that [`VerifyRow`]s go into.
pub const VERIFY_SCHEMA: &str = "lacre.verify/1";

/// The name of the JSON that [`InspectRow`]s go into.
pub const INSPECT_SCHEMA: &str = "lacre.inspect/1";

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

/// How many messages came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// All that were asked for.
    pub messages: u64,
    /// Valid ones.
    pub valid: u64,
    /// Invalid ones.
    pub invalid: u64,
    /// Those whose certificate is unknown or outside its validity.
    pub indeterminate: u64,
    /// Unsigned ones.
    pub unsigned: u64,
    /// Those that are not XML that we accept.
    pub malformed: u64,
    /// Those that could not be read.
    pub unreadable: u64,
    /// Files and folders that were left aside.
    pub passed_over: u64,
}

impl Counts {
    /// Counts one message; none is one that could not be read.
    pub fn add(&mut self, verdict: Option<Verdict>) {
        let count = match verdict {
            Some(Verdict::Valid) => &mut self.valid,
            Some(Verdict::Invalid) => &mut self.invalid,
            Some(Verdict::Indeterminate) => &mut self.indeterminate,
            Some(Verdict::Unsigned) => &mut self.unsigned,
            Some(Verdict::Malformed) => &mut self.malformed,
            None => &mut self.unreadable,
        };
        *count = count.saturating_add(1);
        self.messages = self.messages.saturating_add(1);
    }
}

/// A JSON report on its way out.
#[derive(Debug)]
pub struct Json<W: Write> {
    out: W,
    rows: u64,
}

impl<W: Write> Json<W> {
    /// Begins a report.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(mut out: W, schema: &str, at: At) -> io::Result<Self> {
        let tool = Tool { name: "lacre", version: env!("CARGO_PKG_VERSION") };
        write!(out, "{{\"schema\":{},\"tool\":", serde_json::to_string(schema)?)?;
        serde_json::to_writer(&mut out, &tool)?;
        write!(out, ",\"at\":{},\"results\":[", serde_json::to_string(&at_text(at))?)?;
        Ok(Self { out, rows: 0 })
    }

    /// Writes one row.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn row(&mut self, row: &impl Serialize) -> io::Result<()> {
        self.out.write_all(if self.rows == 0 { b"\n" } else { b",\n" })?;
        self.rows = self.rows.saturating_add(1);
        Ok(serde_json::to_writer(&mut self.out, row)?)
    }

    /// Ends the report with its counts.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn end(mut self, counts: Counts) -> io::Result<()> {
        self.out.write_all(b"\n],\"counts\":")?;
        serde_json::to_writer(&mut self.out, &counts)?;
        self.out.write_all(b"}\n")?;
        self.out.flush()
    }
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// One message in `lacre.verify/1`.
#[derive(Debug, Serialize)]
pub struct VerifyRow<'a> {
    file: &'a str,
    bytes: Option<usize>,
    sha256: Option<String>,
    profile: Option<&'static str>,
    verdict: Option<&'static str>,
    code: Option<&'static str>,
    message: Option<String>,
    help: Option<&'static str>,
    place: Option<PlaceView>,
    signer: Option<SignerView<'a>>,
}

impl<'a> VerifyRow<'a> {
    /// What came of verifying a message.
    #[must_use]
    pub fn new(file: &'a str, outcome: &'a Outcome, language: Language) -> Self {
        Self {
            bytes: Some(outcome.bytes),
            sha256: Some(hex(&outcome.sha256)),
            profile: outcome.profile.map(Profile::as_str),
            verdict: Some(outcome.verdict().as_str()),
            place: outcome.error.and_then(|error| PlaceView::new(error, outcome.position)),
            signer: outcome.signer.as_ref().map(SignerView::new),
            ..Self::refused(file, outcome.error, language)
        }
    }

    /// A message that was not read: too large, or not readable at all.
    #[must_use]
    pub fn unread(file: &'a str, error: &ReadError, language: Language) -> Self {
        match error {
            ReadError::Unreadable(words) => Self {
                code: Some("unreadable"),
                message: Some(words.clone()),
                ..Self::refused(file, None, language)
            },
            ReadError::TooLarge(error) => Self {
                verdict: Some(error.verdict().as_str()),
                ..Self::refused(file, Some(*error), language)
            },
        }
    }

    fn refused(file: &'a str, error: Option<Error>, language: Language) -> Self {
        Self {
            file,
            bytes: None,
            sha256: None,
            profile: None,
            verdict: None,
            code: error.map(|error| error.code()),
            message: error.map(|error| error.in_language(language).to_string()),
            help: error.map(|error| error.reason().help(language)),
            place: None,
            signer: None,
        }
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
            cause: inspected.cause.map(|cause| CauseView { code: cause.code(), text: cause.text(language) }),
            instant: report.and_then(|report| report.instant_unix_s).map(instant_text),
            message_time: report.and_then(|report| report.message_unix_s).map(instant_text),
            checks: report
                .iter()
                .flat_map(|r| &r.checks)
                .map(|check| CheckView::new(check, language))
                .collect(),
            references: report.iter().flat_map(|r| &r.references).map(ReferenceView::new).collect(),
            ..Self::bare(VerifyRow::new(file, &inspected.outcome, language))
        }
    }

    /// A message that was not read: too large, or not readable at all.
    #[must_use]
    pub fn unread(file: &'a str, error: &ReadError, language: Language) -> Self {
        Self::bare(VerifyRow::unread(file, error, language))
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
    text: &'static str,
}

#[derive(Debug, Serialize)]
struct PlaceView {
    offset: Option<usize>,
    line: Option<usize>,
    column: Option<usize>,
    reference: Option<u8>,
    target: Option<&'static str>,
}

impl PlaceView {
    fn new(error: Error, position: Option<Position>) -> Option<Self> {
        let place = error.place();
        let known = place.offset.is_some() || place.reference.is_some() || place.target.is_some();
        known.then(|| Self {
            offset: place.offset,
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
            reference: place.reference,
            target: place.target.map(|target| target.as_str()),
        })
    }
}

#[derive(Debug, Serialize)]
struct SignerView<'a> {
    issuer: &'a str,
    serial: &'a str,
    trusted: bool,
    subject: Option<String>,
    ispb: Option<String>,
    not_before: Option<String>,
    not_after: Option<String>,
}

impl<'a> SignerView<'a> {
    fn new(signer: &'a Signer) -> Self {
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
    canonical_bytes: u64,
    claimed: Option<DigestView>,
    computed: Option<DigestView>,
    agree: Option<bool>,
}

impl ReferenceView {
    fn new(reference: &ReferenceReport) -> Self {
        Self {
            target: reference.target.as_str(),
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

/// What a check of a [`Report`] holds, by its name.
#[must_use]
pub fn check_text(name: &str, language: Language) -> &'static str {
    let [english, portuguese] = match name {
        "xml" => ["well-formed XML within the limits", "XML bem formado e dentro dos limites"],
        "structure" => ["every element where the profile puts it", "cada elemento onde o perfil o põe"],
        "references" => [
            "the References cover what the profile signs, by its algorithms",
            "as References cobrem o que o perfil assina, com os algoritmos dele",
        ],
        "key-info" => ["KeyInfo names one certificate", "KeyInfo indica um certificado"],
        "digests" => ["every DigestValue fits its octets", "cada DigestValue confere com os seus octetos"],
        "certificate" => ["that certificate is trusted", "esse certificado é de confiança"],
        "signature" => [
            "the signature fits SignedInfo under the certificate's key",
            "a assinatura confere com SignedInfo sob a chave do certificado",
        ],
        "validity" => ["the certificate was valid at the instant", "o certificado era válido no instante"],
        _ => ["", ""],
    };
    match language {
        Language::PtBr => portuguese,
        _ => english,
    }
}

/// Bytes as lower case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use core::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Bytes as base64, as DigestValue has it.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// An instant (seconds since 1970 UTC) in RFC 3339; outside of the years that it has, as a number.
#[must_use]
pub fn instant_text(unix_s: i64) -> String {
    jiff::Timestamp::from_second(unix_s).map_or_else(|_| unix_s.to_string(), |instant| instant.to_string())
}

fn at_text(at: At) -> String {
    match at {
        At::UnixS(unix_s) => instant_text(unix_s),
        _ => String::from("message"),
    }
}
