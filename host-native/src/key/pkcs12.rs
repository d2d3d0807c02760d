//! PKCS#12 files, as certification authorities hand them out (A1 certificates).

use p12_keystore::error::Error;
use p12_keystore::{Pkcs12Archive, PrivateKeyBag};

use super::local::LocalKey;
use super::{KeyError, KeyReason, Passphrase};

/// The one private key of a PKCS#12 file.
pub(super) fn read(bytes: &[u8], passphrase: Option<&Passphrase>, place: &str) -> Result<LocalKey, KeyError> {
    let archive = Pkcs12Archive::from_pkcs12(bytes, passphrase.map_or("", Passphrase::expose))
        .map_err(|error| explain(&error, passphrase.is_some(), place))?;
    match archive.keys.as_slice() {
        [PrivateKeyBag { key, .. }] => LocalKey::from_pkcs8(key.as_der(), place),
        [] => Err(KeyError::new(KeyReason::NoKey, place)),
        _ => Err(KeyError::new(KeyReason::SeveralKeys, place)),
    }
}

fn explain(error: &Error, passphrase_given: bool, place: &str) -> KeyError {
    match error {
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) => {
            let reason =
                if passphrase_given { KeyReason::PassphraseWrong } else { KeyReason::PassphraseMissing };
            KeyError::new(reason, place)
        }
        Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm => {
            KeyError::new(KeyReason::EncryptionUnsupported, place)
        }
        // What cannot be read as PKCS#12 at all is no key file of any kind: this reader is asked last.
        _ => KeyError::new(KeyReason::Syntax, place),
    }
}
