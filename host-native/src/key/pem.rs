//! Key files: PEM and DER of PKCS#8 and PKCS#1, PKCS#8 encrypted by a passphrase.

use pkcs8::EncryptedPrivateKeyInfoRef;

use super::armour::{self, Fault, Kind};
use super::local::LocalKey;
use super::{KeyError, KeyReason, Passphrase, pkcs12};

/// The one private key of a PEM file.
pub(super) fn read(bytes: &[u8], passphrase: Option<&Passphrase>, place: &str) -> Result<LocalKey, KeyError> {
    let (kind, der) = armour::read(bytes).map_err(|fault| explain(fault, place))?;
    match kind {
        Kind::Pkcs8 => LocalKey::from_pkcs8(&der, place),
        Kind::Pkcs1 => LocalKey::from_pkcs1(&der, place),
        Kind::Encrypted => decrypt(&der, passphrase, place),
        Kind::Sec1 => Err(KeyError::new(KeyReason::NotRsa, place)
            .because("an elliptic curve key", "uma chave de curva elíptica")),
        Kind::Foreign => Err(KeyError::new(KeyReason::Syntax, place)
            .because("its form is that of another program", "a forma é a de outro programa")),
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
    if EncryptedPrivateKeyInfoRef::try_from(der).is_ok() || pkcs12::is_encrypted_pkcs8(der) {
        return decrypt(der, passphrase, place).map(Some);
    }
    match LocalKey::from_pkcs1(der, place) {
        Err(error) if error.reason() == KeyReason::Syntax => Ok(None),
        key => key.map(Some),
    }
}

fn explain(fault: Fault, place: &str) -> KeyError {
    let reason = match fault {
        Fault::NoKey => KeyReason::NoKey,
        Fault::SeveralKeys => KeyReason::SeveralKeys,
        Fault::Traditional => KeyReason::EncryptionUnsupported,
        Fault::Damaged(..) => KeyReason::Syntax,
    };
    let error = KeyError::new(reason, place);
    match fault.words() {
        Some((en, pt)) if fault != Fault::SeveralKeys => error.because(en, pt),
        _ => error,
    }
}

fn decrypt(der: &[u8], passphrase: Option<&Passphrase>, place: &str) -> Result<LocalKey, KeyError> {
    let passphrase = passphrase.ok_or_else(|| KeyError::new(KeyReason::PassphraseMissing, place))?;
    if let Some(decrypted) = pkcs12::decrypt_pkcs8(der, passphrase.expose()) {
        return LocalKey::from_pkcs8(&decrypted.map_err(|fault| fault.explain(true, place))?, place);
    }
    let unsupported = || KeyError::new(KeyReason::EncryptionUnsupported, place);
    let Ok(encrypted) = EncryptedPrivateKeyInfoRef::try_from(der) else {
        return Err(unsupported());
    };
    let document = encrypted.decrypt(passphrase.expose()).map_err(|e| match e {
        pkcs8::Error::EncryptedPrivateKey(
            pkcs8::pkcs5::Error::UnsupportedAlgorithm { .. } | pkcs8::pkcs5::Error::NoPbes1CryptSupport,
        ) => unsupported(),
        _ => KeyError::new(KeyReason::PassphraseWrong, place),
    })?;
    LocalKey::from_pkcs8(document.as_bytes(), place)
}
