//! The face for browsers and Node: what `npm/src/lacre.js` calls. Rows cross as JSON text, refusals as the JSON of a
//! [`Refusal`]; that file makes objects and errors of them.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::face::{self, Options, Refusal};
use crate::trust;

/// Certificates that are trusted, held in the module's memory.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Trust(lacre_core::Trust);

#[wasm_bindgen]
impl Trust {
    /// Trust in nobody.
    #[must_use]
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts every certificate of some PEM or DER and gives them.
    ///
    /// # Errors
    /// A refusal.
    pub fn add(&mut self, bytes: &[u8], language: &str) -> Result<String, JsValue> {
        let language = face::language(language).map_err(thrown)?;
        face::add_certificates(&mut self.0, bytes, language).map_err(thrown)
    }

    /// Takes in a revocation list that `issuer` signed and gives the number of its entries.
    ///
    /// # Errors
    /// A refusal.
    #[wasm_bindgen(js_name = addCrl)]
    pub fn add_crl(&mut self, list: &[u8], issuer: &[u8], language: &str) -> Result<usize, JsValue> {
        let language = face::language(language).map_err(thrown)?;
        face::add_crl(&mut self.0, list, issuer, language).map_err(thrown)
    }

    /// What is trusted.
    #[must_use]
    pub fn certificates(&self) -> String {
        face::certificates(&self.0)
    }

    /// Whether current lists say of every signer whether it was revoked; nothing if nobody is trusted.
    #[must_use]
    pub fn revocation(&self, at_unix_s: i64) -> Option<String> {
        trust::revocation([&self.0], at_unix_s).map(Into::into)
    }

    /// How many certificates are trusted.
    #[must_use]
    #[wasm_bindgen(getter)]
    pub fn size(&self) -> usize {
        self.0.len()
    }
}

/// Files of certificates and revocation lists on their way to be trusted.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct TrustFiles(lacre_report::trust::TrustFiles);

#[wasm_bindgen]
impl TrustFiles {
    /// None yet.
    #[must_use]
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a file of certificates and gives those in it.
    ///
    /// # Errors
    /// A refusal.
    pub fn add(
        &mut self,
        bytes: &[u8],
        name: &str,
        side: &str,
        is_found: bool,
        language: &str,
    ) -> Result<String, JsValue> {
        let language = face::language(language).map_err(thrown)?;
        let file = trust::TrustFile { name, side: trust::side(side).map_err(thrown)?, is_found };
        trust::add_trust_file(&mut self.0, bytes, file, language).map_err(thrown)
    }

    /// Takes in a file of revocation lists.
    ///
    /// # Errors
    /// A refusal.
    #[wasm_bindgen(js_name = addLists)]
    pub fn add_lists(&mut self, bytes: &[u8], name: &str, language: &str) -> Result<(), JsValue> {
        let language = face::language(language).map_err(thrown)?;
        trust::add_list_file(&mut self.0, bytes, name, language).map_err(thrown)
    }

    /// What came of all of them.
    #[must_use]
    pub fn finish(self) -> Trusted {
        Trusted(self.0.finish())
    }
}

/// What came of files of certificates and revocation lists.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Trusted(lacre_report::trust::Trusted);

#[wasm_bindgen]
impl Trusted {
    /// The certificates that may have signed such messages.
    ///
    /// # Errors
    /// A refusal, if there are no such messages.
    pub fn trust(&self, about: &str) -> Result<Trust, JsValue> {
        Ok(Trust(trust::trust_about(&self.0, trust::about(about).map_err(thrown)?)))
    }

    /// What is told of the files.
    ///
    /// # Errors
    /// A refusal, if there are no texts in the language.
    pub fn told(&self, at_unix_s: i64, language: &str) -> Result<String, JsValue> {
        Ok(trust::trusted(&self.0, at_unix_s, face::language(language).map_err(thrown)?))
    }
}

/// A message of an audit record.
#[wasm_bindgen]
#[derive(Debug)]
pub struct KeptMessage(lacre_report::record::KeptMessage);

#[wasm_bindgen]
impl KeptMessage {
    /// Which side of the exchange it belongs to.
    #[must_use]
    #[wasm_bindgen(getter)]
    pub fn side(&self) -> String {
        self.0.side.as_str().into()
    }

    /// Its number among the parts of a multipart body.
    #[must_use]
    #[wasm_bindgen(getter)]
    pub fn part(&self) -> Option<u16> {
        self.0.part
    }

    /// The message, byte for byte.
    #[must_use]
    #[wasm_bindgen(getter)]
    pub fn message(&self) -> Vec<u8> {
        self.0.octets.clone()
    }
}

/// A message's row of `lacre.verify/1`. Without `at_unix_s` it is judged at its own time.
///
/// # Errors
/// A refusal, if an option does not exist.
#[wasm_bindgen]
pub fn verify(
    message: &[u8],
    trust: &Trust,
    profile: &str,
    at_unix_s: Option<i64>,
    language: &str,
    file: &str,
) -> Result<String, JsValue> {
    let options = options(profile, at_unix_s, language)?;
    Ok(face::verify(message, &trust.0, file, options))
}

/// A message's row of `lacre.inspect/1`. Without `at_unix_s` it is judged at its own time.
///
/// # Errors
/// A refusal, if an option does not exist.
#[wasm_bindgen]
pub fn inspect(
    message: &[u8],
    trust: &Trust,
    profile: &str,
    at_unix_s: Option<i64>,
    language: &str,
    file: &str,
) -> Result<String, JsValue> {
    let options = options(profile, at_unix_s, language)?;
    Ok(face::inspect(message, &trust.0, file, options))
}

/// The row of `lacre.verify/1` of a message that is too large to be handed over.
///
/// # Errors
/// A refusal, if there are no texts in the language.
#[wasm_bindgen(js_name = verifyTooLarge)]
pub fn verify_too_large(language: &str, file: &str) -> Result<String, JsValue> {
    Ok(face::verify_too_large(file, face::language(language).map_err(thrown)?))
}

/// The row of `lacre.inspect/1` of a message that is too large to be handed over.
///
/// # Errors
/// A refusal, if there are no texts in the language.
#[wasm_bindgen(js_name = inspectTooLarge)]
pub fn inspect_too_large(language: &str, file: &str) -> Result<String, JsValue> {
    Ok(face::inspect_too_large(file, face::language(language).map_err(thrown)?))
}

/// Something else that is too large to be handed over, as the refusal that it is.
///
/// # Errors
/// Always.
#[wasm_bindgen(js_name = refuseTooLarge)]
pub fn refuse_too_large(language: &str) -> Result<(), JsValue> {
    let language = face::language(language).map_err(thrown)?;
    Err(thrown(Refusal::of(lacre_core::Error::new(lacre_core::Reason::TooLarge), language)))
}

/// An audit record's row of `lacre.audit/1`. Without `at_unix_s` each message is judged at its own time;
/// with an empty `own` requests are not judged.
///
/// # Errors
/// A refusal, if it is no audit record or an option does not exist.
#[wasm_bindgen(js_name = verifyRecord)]
pub fn verify_record(
    record: &str,
    bacen: &Trust,
    own: &Trust,
    at_unix_s: Option<i64>,
    language: &str,
    file: &str,
    row: u32,
) -> Result<String, JsValue> {
    let options = options("auto", at_unix_s, language)?;
    face::verify_record(record, (&bacen.0, &own.0), (file, row.into()), options).map_err(thrown)
}

/// Why a line of NDJSON is no record, as JSON; `null` if it is one.
///
/// # Errors
/// A refusal, if there are no texts in the language.
#[wasm_bindgen(js_name = rowFault)]
pub fn row_fault(line: &[u8], language: &str) -> Result<String, JsValue> {
    Ok(face::row_fault(line, face::language(language).map_err(thrown)?))
}

/// Whose message this claims to be: `bacen` or `own`.
#[must_use]
#[wasm_bindgen]
pub fn speaker(message: &[u8]) -> String {
    trust::speaker(message).into()
}

/// The messages that an audit record keeps.
///
/// # Errors
/// A refusal, if it is no audit record.
#[wasm_bindgen(js_name = recordMessages)]
pub fn record_messages(record: &str, language: &str) -> Result<Vec<KeptMessage>, JsValue> {
    let language = face::language(language).map_err(thrown)?;
    let messages = face::record_messages(record, language).map_err(thrown)?;
    Ok(messages.into_iter().map(KeptMessage).collect())
}

/// The exclusive canonical form of a document.
///
/// # Errors
/// A refusal.
#[wasm_bindgen]
pub fn canonicalize(xml: &[u8], with_comments: bool, language: &str) -> Result<Vec<u8>, JsValue> {
    let language = face::language(language).map_err(thrown)?;
    face::canonicalize(xml, with_comments, language).map_err(thrown)
}

/// The octets that a Reference or the signature covers.
///
/// # Errors
/// A refusal.
#[wasm_bindgen(js_name = canonicalOctets)]
pub fn canonical_octets(
    message: &[u8],
    target: &str,
    profile: &str,
    language: &str,
) -> Result<Vec<u8>, JsValue> {
    let octets = || {
        let (target, profile) = (face::target(target)?, face::profile(profile)?);
        face::canonical_octets(message, target, profile, face::language(language)?)
    };
    octets().map_err(thrown)
}

/// What a message says of itself.
#[must_use]
#[wasm_bindgen]
pub fn outline(message: &[u8]) -> String {
    face::outline(message)
}

/// The octets of a message that no digest covers.
///
/// # Errors
/// A refusal, if there is no such profile.
#[wasm_bindgen]
pub fn uncovered(message: &[u8], profile: &str) -> Result<String, JsValue> {
    Ok(face::uncovered(message, face::profile(profile).map_err(thrown)?))
}

/// The largest message, in bytes.
#[must_use]
#[wasm_bindgen(js_name = messageBytesMax)]
pub fn message_bytes_max() -> usize {
    lacre_core::limits::MESSAGE_BYTES_MAX
}

/// The version of this package.
#[must_use]
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

fn options(profile: &str, at_unix_s: Option<i64>, language: &str) -> Result<Options, JsValue> {
    let read = || {
        Ok(Options {
            profile: face::profile(profile)?,
            at: face::at(at_unix_s),
            language: face::language(language)?,
        })
    };
    read().map_err(thrown)
}

fn thrown(refusal: Refusal) -> JsValue {
    JsValue::from_str(&face::refusal(&refusal))
}
