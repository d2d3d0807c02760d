//! Private keys, wherever they live: a digest goes in, a signature comes out.

pub(crate) mod armour;
mod error;
#[cfg(feature = "kms")]
pub mod kms;
mod local;
mod passphrase;
mod pem;
#[cfg(feature = "pkcs11")]
mod pkcs11;
pub(crate) mod pkcs12;
#[cfg(feature = "pkcs11")]
mod uri;

use core::fmt::Debug;
use core::pin::Pin;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::rsa::PublicKey;
use lacre_core::{Language, pem as pem_damage};

use crate::shown;

pub use error::{KeyError, KeyReason};
#[cfg(feature = "kms")]
pub use kms::KmsKey;
pub use passphrase::{PASSPHRASE_VARIABLE, Passphrase};

/// Largest key file that is read, in bytes.
const KEY_FILE_BYTES_MAX: u64 = 1 << 20;

/// A signature on its way.
pub type Signing<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, KeyError>> + Send + 'a>>;

/// One RSA private key: its only act is RSASSA-PKCS1-v1_5 over a SHA-256 digest.
pub trait Signer: Debug + Send + Sync {
    /// Signs a SHA-256 digest; the signature is as long as the modulus.
    fn sign(&self, digest: [u8; 32]) -> Signing<'_>;

    /// Signs a SHA-256 digest on the calling thread.
    ///
    /// # Errors
    /// When the key, or what holds it, refuses or fails.
    fn sign_blocking(&self, digest: &[u8; 32]) -> Result<Vec<u8>, KeyError>;

    /// The public key, as DER of a SubjectPublicKeyInfo. Compare it with [`same_public_key`].
    fn public_key(&self) -> &[u8];

    /// Where the key lives, without anything secret.
    fn place(&self) -> &str;
}

/// Opens the key that `spec` names: a path (PEM or DER of PKCS#8 and PKCS#1, PKCS#12), a `pkcs11:` URI (RFC 7512), or `awskms:` and
/// the id, ARN or alias of a key in AWS KMS, with region and credentials as the environment has them.
/// The passphrase opens an encrypted file, or is the PIN of a token whose URI has none.
///
/// # Errors
/// When there is no such key, it cannot be opened, or it is not RSA of at least 2048 bits.
pub fn open(spec: &str, passphrase: Option<&Passphrase>) -> Result<Arc<dyn Signer>, KeyError> {
    match scheme(spec) {
        None if shown::is_secret(spec) => Err(KeyError::new(KeyReason::NotAPlace, shown::NOT_SHOWN)),
        Some("pkcs11") => open_pkcs11(spec, passphrase),
        Some("awskms") => open_kms(spec),
        _ => open_file(Path::new(spec), passphrase),
    }
}

/// DER of the certificates in a PKCS#12 file.
///
/// # Errors
/// When the passphrase is missing or wrong, or the file is of a kind that cannot be opened.
pub(crate) fn certificates_of_pkcs12(
    bytes: &[u8],
    passphrase: Option<&Passphrase>,
    place: &str,
) -> Result<Vec<Vec<u8>>, KeyError> {
    let unwrapped = armour::unwrapped(bytes);
    let bytes = unwrapped.as_ref().map_or(bytes, |der| der.as_slice());
    let contents = pkcs12::open(bytes, passphrase.map_or("", Passphrase::expose));
    Ok(contents.map_err(|fault| fault.explain(passphrase.is_some(), place))?.certificates)
}

/// A key that was made in memory.
///
/// # Errors
/// When it is not RSA of at least 2048 bits.
pub fn from_pair(pair: aws_lc_rs::rsa::KeyPair, place: &str) -> Result<Arc<dyn Signer>, KeyError> {
    Ok(Arc::new(local::LocalKey::new(pair, place)?))
}

/// Whether two SubjectPublicKeyInfo (DER) hold the same RSA key, however their parameters are written.
#[must_use]
pub fn same_public_key(one: &[u8], other: &[u8]) -> bool {
    match (PublicKey::from_der(one), PublicKey::from_der(other)) {
        (Ok(one), Ok(other)) => one.as_ref() == other.as_ref(),
        _ => false,
    }
}

/// The scheme of a key URI that we know, in lower case. A path may hold a colon too, so nothing else is a scheme.
fn scheme(spec: &str) -> Option<&'static str> {
    let (scheme, _) = spec.split_once(':')?;
    ["pkcs11", "awskms"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))
}

#[cfg(feature = "pkcs11")]
fn open_pkcs11(spec: &str, passphrase: Option<&Passphrase>) -> Result<Arc<dyn Signer>, KeyError> {
    Ok(Arc::new(pkcs11::Pkcs11Key::open(spec, passphrase)?))
}

#[cfg(not(feature = "pkcs11"))]
fn open_pkcs11(_spec: &str, _passphrase: Option<&Passphrase>) -> Result<Arc<dyn Signer>, KeyError> {
    Err(KeyError::new(KeyReason::NoPkcs11, "pkcs11:"))
}

#[cfg(feature = "kms")]
fn open_kms(spec: &str) -> Result<Arc<dyn Signer>, KeyError> {
    Ok(Arc::new(kms::KmsKey::open(spec)?))
}

#[cfg(not(feature = "kms"))]
fn open_kms(spec: &str) -> Result<Arc<dyn Signer>, KeyError> {
    Err(KeyError::new(KeyReason::NoKms, spec))
}

fn open_file(path: &Path, passphrase: Option<&Passphrase>) -> Result<Arc<dyn Signer>, KeyError> {
    let place = shown::path(path);
    let bytes = read_secret(path, &place)?;
    if armour::is_pem(&bytes) {
        return Ok(Arc::new(pem::read(&bytes, passphrase, &place)?));
    }
    let unwrapped = armour::unwrapped(&bytes);
    let der = unwrapped.as_ref().map_or(bytes.as_slice(), |der| der.as_slice());
    let key = match pem::read_der(der, passphrase, &place)? {
        Some(key) => Ok(key),
        None => pkcs12::read(der, passphrase, &place),
    };
    match key {
        Ok(key) => Ok(Arc::new(key)),
        Err(error) if error.reason() == KeyReason::Syntax && armour::is_nearly_pem(&bytes) => {
            let words = |language| pem_damage::DamageKind::Begin.words(language);
            Err(error.because(words(Language::En), words(Language::PtBr)))
        }
        Err(error) => Err(error),
    }
}

/// A small file's bytes, wiped when they are let go.
fn read_secret(path: &Path, place: &str) -> Result<zeroize::Zeroizing<Vec<u8>>, KeyError> {
    use std::io::Read;
    let unreadable = || KeyError::new(KeyReason::Unreadable, place);
    let mut file = std::fs::File::open(path).map_err(|e| unreadable().io(&e))?;
    let length = file.metadata().map_or(0, |m| m.len());
    if length > KEY_FILE_BYTES_MAX {
        return Err(unreadable().because(
            format!("{length} bytes are too many for a key"),
            format!("{length} bytes são demais para uma chave"),
        ));
    }
    // Room for the whole file at once: a buffer that grows leaves copies behind.
    let capacity = usize::try_from(length).unwrap_or(0).max(16 << 10).saturating_add(1);
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(capacity));
    file.by_ref().take(KEY_FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(|e| unreadable().io(&e))?;
    Ok(bytes)
}
