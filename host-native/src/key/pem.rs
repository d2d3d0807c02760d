//! Key files: PEM and DER of PKCS#8 and PKCS#1, PKCS#8 encrypted by a passphrase.

use pkcs8::{EncryptedPrivateKeyInfoRef, SecretDocument};
use rustls::pki_types::pem::{PemObject, SectionKind};
use zeroize::Zeroizing;

use super::local::LocalKey;
use super::{KeyError, KeyReason, Passphrase};

const ENCRYPTED_BEGIN: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
const ENCRYPTED_END: &str = "-----END ENCRYPTED PRIVATE KEY-----";

/// Whether these bytes are a PEM file.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    core::str::from_utf8(bytes).is_ok_and(|text| text.contains("-----BEGIN "))
}

/// The one private key of a PEM file.
pub(super) fn read(bytes: &[u8], passphrase: Option<&Passphrase>, place: &str) -> Result<LocalKey, KeyError> {
    let text = core::str::from_utf8(bytes).map_err(|e| KeyError::new(KeyReason::Syntax, place).because(e))?;
    if let Some(block) = encrypted_block(text) {
        let (_, document) = SecretDocument::from_pem(block)
            .map_err(|e| KeyError::new(KeyReason::Syntax, place).because(e))?;
        return decrypt(document.as_bytes(), passphrase, place);
    }
    if text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(KeyError::new(KeyReason::EncryptionUnsupported, place)
            .because("the key is encrypted in OpenSSL's traditional form"));
    }
    let mut found = None;
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(bytes) {
        let (kind, der) = section.map_err(|e| KeyError::new(KeyReason::Syntax, place).because(e))?;
        let der = Zeroizing::new(der);
        match kind {
            SectionKind::PrivateKey | SectionKind::RsaPrivateKey if found.is_some() => {
                return Err(KeyError::new(KeyReason::SeveralKeys, place));
            }
            SectionKind::PrivateKey | SectionKind::RsaPrivateKey => found = Some((kind, der)),
            SectionKind::EcPrivateKey => {
                return Err(KeyError::new(KeyReason::NotRsa, place).because("an elliptic curve key"));
            }
            _ => {}
        }
    }
    match found {
        Some((SectionKind::PrivateKey, der)) => LocalKey::from_pkcs8(&der, place),
        Some((_, der)) => LocalKey::from_pkcs1(&der, place),
        None => Err(KeyError::new(KeyReason::NoKey, place)),
    }
}

/// The private key of a DER file, or nothing if it is neither PKCS#8 nor PKCS#1.
pub(super) fn read_der(
    der: &[u8],
    passphrase: Option<&Passphrase>,
    place: &str,
) -> Result<Option<LocalKey>, KeyError> {
    if pkcs8::PrivateKeyInfoRef::try_from(der).is_ok() {
        return LocalKey::from_pkcs8(der, place).map(Some);
    }
    if EncryptedPrivateKeyInfoRef::try_from(der).is_ok() {
        return decrypt(der, passphrase, place).map(Some);
    }
    match LocalKey::from_pkcs1(der, place) {
        Err(error) if error.reason() == KeyReason::Syntax => Ok(None),
        key => key.map(Some),
    }
}

fn decrypt(der: &[u8], passphrase: Option<&Passphrase>, place: &str) -> Result<LocalKey, KeyError> {
    let passphrase = passphrase.ok_or_else(|| KeyError::new(KeyReason::PassphraseMissing, place))?;
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(der)
        .map_err(|e| KeyError::new(KeyReason::EncryptionUnsupported, place).because(e))?;
    let document = encrypted.decrypt(passphrase.expose()).map_err(|e| match e {
        pkcs8::Error::EncryptedPrivateKey(
            pkcs8::pkcs5::Error::UnsupportedAlgorithm { .. } | pkcs8::pkcs5::Error::NoPbes1CryptSupport,
        ) => KeyError::new(KeyReason::EncryptionUnsupported, place).because(e),
        _ => KeyError::new(KeyReason::PassphraseWrong, place),
    })?;
    LocalKey::from_pkcs8(document.as_bytes(), place)
}

/// The armour of an encrypted key, without what stands around it.
fn encrypted_block(text: &str) -> Option<&str> {
    let from = text.get(text.find(ENCRYPTED_BEGIN)?..)?;
    match from.find(ENCRYPTED_END) {
        Some(at) => from.get(..at.checked_add(ENCRYPTED_END.len())?),
        None => Some(from),
    }
}
