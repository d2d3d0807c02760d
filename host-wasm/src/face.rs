//! What every face gives: bytes in, rows of JSON out. The faces differ only in how values cross the boundary.

use core::fmt;

use lacre_core::{At, Certificate, Error, Language, Profile, Reason, Target, Trust};
use lacre_report::record::{self, KeptMessage, RecordRow, Row, RowFault};
use lacre_report::trust::TrustFault;
use lacre_report::{CertificateRow, InspectRow, VerifyRow};
use serde::Serialize;

use crate::rsa::Limbs;

/// Largest document that is canonicalised, in bytes. Its canonical form may be sixteen times as large
/// ([`lacre_core::limits::canonical_bytes_max`]) and has to stand in the memory of the module.
pub const CANONICALIZE_BYTES_MAX: usize = 8 << 20;

/// Largest audit record, in bytes of JSON: two messages of the largest size would not fit into one in any case.
pub const RECORD_BYTES_MAX: usize = lacre_core::limits::MESSAGE_BYTES_MAX;

/// Why a call gives nothing: the three things that everything in lacre says when it refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Refusal {
    /// The stable code: a reason's, or `usage`.
    pub code: &'static str,
    /// What is wrong, and where.
    pub message: String,
    /// What to do.
    pub help: &'static str,
}

impl Refusal {
    /// What the core refused.
    #[must_use]
    pub fn of(error: Error, language: Language) -> Self {
        let message = error.in_language(language).to_string();
        Self { code: error.code(), message, help: error.reason().help(language) }
    }

    /// Why a file of certificates or lists is refused.
    #[must_use]
    pub fn of_trust(fault: &TrustFault, language: Language) -> Self {
        Self { code: fault.code(), message: fault.words(language), help: fault.help(language) }
    }

    /// Why a row of an archive is no record.
    #[must_use]
    pub fn of_row(fault: RowFault, language: Language) -> Self {
        Self {
            code: Reason::RecordColumns.code(),
            message: fault.words(language),
            help: fault.help(language),
        }
    }

    /// A call that asks for what does not exist.
    #[must_use]
    pub const fn usage(message: String, help: &'static str) -> Self {
        Self { code: "usage", message, help }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.code, self.message, self.help)
    }
}

impl core::error::Error for Refusal {}

/// How messages are judged and told of.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "each face fills all of it from its own words")]
pub struct Options {
    /// The rules to hold messages against; none: as the root element says.
    pub profile: Option<Profile>,
    /// The instant at which the certificate must be valid.
    pub at: At,
    /// The language of messages and help.
    pub language: Language,
}

/// The rules of this name; `auto` is none.
///
/// # Errors
/// If there are no such rules.
pub fn profile(word: &str) -> Result<Option<Profile>, Refusal> {
    match word {
        "auto" => Ok(None),
        "spi" => Ok(Some(Profile::Spi)),
        "dict" => Ok(Some(Profile::Dict)),
        _ => Err(unknown("profile", word, "give `auto`, `spi` or `dict`")),
    }
}

/// The language of this tag.
///
/// # Errors
/// If there are no texts in it.
pub fn language(tag: &str) -> Result<Language, Refusal> {
    match tag {
        "en" => Ok(Language::En),
        "pt-BR" => Ok(Language::PtBr),
        _ => Err(unknown("language", tag, "give `en` or `pt-BR`")),
    }
}

/// The signed octets of this name, as rows write it.
///
/// # Errors
/// If no Reference covers such octets.
pub fn target(name: &str) -> Result<Target, Refusal> {
    let all = [Target::KeyInfo, Target::AppHdr, Target::Document, Target::Root, Target::SignedInfo];
    let help = "give `KeyInfo`, `AppHdr`, `Document`, `root` or `SignedInfo`";
    all.into_iter().find(|target| target.as_str() == name).ok_or_else(|| unknown("target", name, help))
}

/// The instant of a number of seconds since 1970 UTC; none is the message's own.
#[must_use]
pub fn at(unix_s: Option<i64>) -> At {
    unix_s.map_or(At::Message, At::UnixS)
}

/// Trusts every certificate of a file (PEM, DER, PKCS#7) that can check a signature, takes in the revocation lists in it, and gives a JSON
/// list of the certificates. Those of another kind of key are passed over.
///
/// # Errors
/// If the file is damaged, holds nothing that can be used, or a list in it cannot be relied on. Nothing is taken in then.
pub fn add_certificates(trust: &mut Trust, bytes: &[u8], language: Language) -> Result<String, Refusal> {
    let certificates = trust.add_bundle(bytes, &Limbs).map_err(|error| Refusal::of(error, language))?;
    Ok(json(&certificates.iter().map(CertificateRow::new).collect::<Vec<_>>()))
}

/// Takes in a revocation list (PEM or DER) that the first certificate of `issuer` signed. Gives the number of its entries.
///
/// # Errors
/// If the list or its issuer cannot be relied on. Nothing is revoked then.
pub fn add_crl(trust: &mut Trust, list: &[u8], issuer: &[u8], language: Language) -> Result<usize, Refusal> {
    let mut entries = || {
        let issuers = Certificate::from_pem_or_der(issuer, &Limbs)?;
        let issuer = issuers.first().ok_or(Error::new(Reason::CertificateSyntax))?;
        trust.add_crl(list, issuer)
    };
    entries().map_err(|error| Refusal::of(error, language))
}

/// A JSON list of what is trusted.
#[must_use]
pub fn certificates(trust: &Trust) -> String {
    json(&trust.iter().map(CertificateRow::new).collect::<Vec<_>>())
}

/// A message's row of `lacre.verify/1`.
#[must_use]
pub fn verify(message: &[u8], trust: &Trust, file: &str, options: Options) -> String {
    let outcome = lacre_report::verify(message, options.profile, trust, options.at);
    json(&VerifyRow::new(file, &outcome, options.language))
}

/// A message's row of `lacre.inspect/1`.
#[must_use]
pub fn inspect(message: &[u8], trust: &Trust, file: &str, options: Options) -> String {
    let inspected = lacre_report::inspect(message, options.profile, trust, options.at);
    json(&InspectRow::new(file, &inspected, options.language))
}

/// The row of `lacre.verify/1` of a message beyond [`lacre_core::limits::MESSAGE_BYTES_MAX`], which need not be handed over.
#[must_use]
pub fn verify_too_large(file: &str, language: Language) -> String {
    json(&VerifyRow::refused(file, Error::new(Reason::TooLarge), language))
}

/// The same in `lacre.inspect/1`.
#[must_use]
pub fn inspect_too_large(file: &str, language: Language) -> String {
    json(&InspectRow::refused(file, Error::new(Reason::TooLarge), language))
}

/// An audit record's row of `lacre.audit/1`: `record` is the record as JSON, `row` its number in `file`.
///
/// # Errors
/// If it is no object of columns.
pub fn verify_record(
    record: &str,
    (bacen, own): (&Trust, &Trust),
    (file, row): (&str, u64),
    options: Options,
) -> Result<String, Refusal> {
    let record = read_record(record, options.language)?;
    let outcome = record::verify(&record, bacen, own, options.at);
    Ok(json(&RecordRow::new(file, row, &outcome, options.language)))
}

/// The messages that an audit record keeps.
///
/// # Errors
/// If it is no audit record, or a body that should be multipart is not.
pub fn record_messages(record: &str, language: Language) -> Result<Vec<KeptMessage>, Refusal> {
    let record = read_record(record, language)?;
    record::messages(&record).map_err(|error| Refusal::of(error, language))
}

fn read_record(record: &str, language: Language) -> Result<Row, Refusal> {
    Row::read(record.as_bytes()).map_err(|fault| Refusal::of_row(fault, language))
}

/// Why a line of NDJSON is no record, as JSON; `null` if it is one. Lines that are longer than a record may be are not handed over.
#[must_use]
pub fn row_fault(line: &[u8], language: Language) -> String {
    json(&RowFault::of_line(line).map(|fault| Refusal::of_row(fault, language)))
}

/// The exclusive canonical form of a document.
///
/// # Errors
/// If it is not XML that we accept, larger than [`CANONICALIZE_BYTES_MAX`], or its canonical form outgrows its limit.
pub fn canonicalize(xml: &[u8], with_comments: bool, language: Language) -> Result<Vec<u8>, Refusal> {
    bounded(xml, |xml| lacre_core::canonicalize(xml, with_comments)).map_err(|e| Refusal::of(e, language))
}

/// The octets that a Reference or the signature covers, as they are hashed.
///
/// # Errors
/// If the message has no such octets, is larger than [`CANONICALIZE_BYTES_MAX`], or cannot be read.
pub fn canonical_octets(
    message: &[u8],
    target: Target,
    profile: Option<Profile>,
    language: Language,
) -> Result<Vec<u8>, Refusal> {
    bounded(message, |message| {
        let profile = profile.map_or_else(|| Profile::detect(message), Ok)?;
        lacre_core::canonical_octets(message, profile, target)
    })
    .map_err(|error| Refusal::of(error, language))
}

fn bounded(
    xml: &[u8],
    canonical: impl FnOnce(&[u8]) -> lacre_core::Result<Vec<u8>>,
) -> lacre_core::Result<Vec<u8>> {
    if xml.len() > CANONICALIZE_BYTES_MAX {
        return Err(Error::new(Reason::TooLarge));
    }
    canonical(xml)
}

/// What a message says of itself, as JSON: for searching, never proof.
#[must_use]
pub fn outline(message: &[u8]) -> String {
    json(&lacre_report::outline(message))
}

/// The octets of a message that no digest covers, as a JSON list.
#[must_use]
pub fn uncovered(message: &[u8], profile: Option<Profile>) -> String {
    // What has no root at all has nothing that a digest could cover: whichever rules then say so.
    let profile = profile.or_else(|| Profile::detect(message).ok()).unwrap_or(Profile::Dict);
    json(&lacre_report::uncovered(message, profile))
}

/// A refusal as JSON, for faces whose errors can only be text.
#[must_use]
pub fn refusal(refusal: &Refusal) -> String {
    json(refusal)
}

pub(crate) fn json(row: &impl Serialize) -> String {
    // Text, numbers and lists of them under text keys: nothing that JSON could refuse.
    serde_json::to_string(row).unwrap_or_default()
}

pub(crate) fn unknown(what: &str, word: &str, help: &'static str) -> Refusal {
    // The word may be as long as the caller likes.
    let word: String = word.chars().take(32).collect();
    Refusal::usage(format!("`{word}` is no {what}"), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACEN: &[u8] = include_bytes!("../../tests/keys/bacen.pem");
    const EC: &[u8] = include_bytes!("../../tests/keys/ec.pem");

    fn code<T: fmt::Debug>(result: Result<T, Refusal>) -> &'static str {
        result.unwrap_err().code
    }

    #[test]
    fn every_word_of_an_option_is_known_and_no_other() {
        assert_eq!(profile("auto"), Ok(None));
        assert_eq!(profile("dict"), Ok(Some(Profile::Dict)));
        assert_eq!(language("pt-BR"), Ok(Language::PtBr));
        assert_eq!(target("root"), Ok(Target::Root));
        assert_eq!([code(profile("SPI")), code(language("pt")), code(target("Root"))], ["usage"; 3]);
    }

    #[test]
    fn a_word_that_is_unknown_is_repeated_only_in_part() {
        let refused = profile(&"\u{e9}".repeat(1_000_000)).unwrap_err();
        assert!(refused.message.len() < 100, "{}", refused.message.len());
        assert!(!refused.help.is_empty());
    }

    #[test]
    fn one_damaged_certificate_keeps_all_of_its_file_out_and_one_of_another_key_does_not() {
        let mut trust = Trust::new();
        let cut = EC.get(..200).unwrap();
        assert_eq!(
            code(add_certificates(&mut trust, &[BACEN, cut].concat(), Language::En)),
            "certificate-pem"
        );
        assert_eq!((trust.len(), certificates(&trust)), (0, "[]".to_owned()));
        assert_eq!(code(add_certificates(&mut trust, EC, Language::En)), "certificate-key");
        add_certificates(&mut trust, &[BACEN, EC].concat(), Language::En).unwrap();
        assert_eq!(trust.len(), 1);
    }

    #[test]
    fn what_could_outgrow_the_memory_is_not_canonicalised() {
        let large = vec![b' '; CANONICALIZE_BYTES_MAX + 1];
        assert_eq!(code(canonicalize(&large, false, Language::En)), "too-large");
        assert_eq!(code(canonical_octets(&large, Target::Root, None, Language::En)), "too-large");
        assert_eq!(code(canonicalize(&large[1..], false, Language::En)), "no-root");
    }

    #[test]
    fn a_message_too_large_to_be_handed_over_has_the_row_of_one_that_was_refused() {
        let row = verify_too_large("a.xml", Language::En);
        assert!(row.starts_with(r#"{"file":"a.xml","bytes":null,"sha256":null,"#), "{row}");
        assert!(row.contains(r#""verdict":"malformed","code":"too-large""#), "{row}");
        assert!(inspect_too_large("a.xml", Language::PtBr).contains(r#""checks":[]"#));
    }

    #[test]
    fn what_has_no_root_has_nothing_uncovered_and_no_outline() {
        assert_eq!(uncovered(b"\xff", None), "[]");
        assert!(outline(b"").contains(r#""root":null"#));
    }

    #[test]
    fn a_record_that_is_no_object_of_columns_is_refused() {
        let nobody = Trust::new();
        let options = Options { profile: None, at: At::Message, language: Language::En };
        for record in ["", "[]", "{", r#"{"a":{}}"#, r#"{"a":1.5}"#] {
            assert_eq!(code(record_messages(record, Language::En)), "record-columns", "{record}");
            let row = verify_record(record, (&nobody, &nobody), ("-", 0), options);
            assert_eq!(code(row), "record-columns", "{record}");
        }
    }
}
