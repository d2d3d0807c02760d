//! A key in this process's memory, held by aws-lc.

use core::fmt;

use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use pkcs8::PrivateKeyInfoRef;

use super::{KeyError, KeyReason, Signer, Signing};

/// Fewest octets of a modulus: 2048 bits.
pub(super) const MODULUS_BYTES_MIN: usize = 256;

/// An RSA key pair in memory.
pub(super) struct LocalKey {
    pair: KeyPair,
    public_key: Box<[u8]>,
    place: String,
}

impl LocalKey {
    /// A key from DER of PKCS#8.
    pub(super) fn from_pkcs8(der: &[u8], place: &str) -> Result<Self, KeyError> {
        let info = PrivateKeyInfoRef::try_from(der)
            .map_err(|e| KeyError::new(KeyReason::Syntax, place).because(e))?;
        if info.algorithm.oid != RSA_ENCRYPTION {
            return Err(KeyError::new(KeyReason::NotRsa, place).because(info.algorithm.oid));
        }
        match KeyPair::from_pkcs8(der) {
            Ok(pair) => Self::new(pair, place),
            Err(rejected) => Err(refused(info.private_key.as_bytes(), &rejected, place)),
        }
    }

    /// A key from DER of PKCS#1.
    pub(super) fn from_pkcs1(der: &[u8], place: &str) -> Result<Self, KeyError> {
        match KeyPair::from_der(der) {
            Ok(pair) => Self::new(pair, place),
            Err(rejected) => Err(refused(der, &rejected, place)),
        }
    }

    /// A key pair that is there already.
    pub(super) fn new(pair: KeyPair, place: &str) -> Result<Self, KeyError> {
        let modulus_bytes = pair.public_modulus_len();
        if modulus_bytes < MODULUS_BYTES_MIN {
            return Err(too_small(modulus_bytes, place));
        }
        let der =
            pair.public_key().as_der().map_err(|e| KeyError::new(KeyReason::Syntax, place).because(e))?;
        Ok(Self { public_key: der.as_ref().into(), pair, place: place.to_owned() })
    }
}

impl Signer for LocalKey {
    // Less than a millisecond: handing it to another thread would cost more than it frees.
    fn sign(&self, digest: [u8; 32]) -> Signing<'_> {
        Box::pin(core::future::ready(self.sign_blocking(&digest)))
    }

    fn sign_blocking(&self, digest: &[u8; 32]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        Digest::import_less_safe(digest, &SHA256)
            .and_then(|digest| self.pair.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature))
            .map_err(|e| KeyError::new(KeyReason::Failed, &self.place).because(e))?;
        Ok(signature)
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn place(&self) -> &str {
        &self.place
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").field("place", &self.place).finish_non_exhaustive()
    }
}

const RSA_ENCRYPTION: pkcs8::ObjectIdentifier = pkcs8::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// An error that says how short a key is.
pub(super) fn too_small(modulus_bytes: usize, place: &str) -> KeyError {
    KeyError::new(KeyReason::TooSmall, place)
        .because(format_args!("{} bits", modulus_bytes.saturating_mul(8)))
}

/// Why aws-lc refused a key: too short, or damaged. It says neither clearly.
fn refused(pkcs1: &[u8], rejected: &aws_lc_rs::error::KeyRejected, place: &str) -> KeyError {
    match modulus_bytes(pkcs1) {
        Some(bytes) if bytes < MODULUS_BYTES_MIN => too_small(bytes, place),
        _ => KeyError::new(KeyReason::Syntax, place).because(rejected),
    }
}

/// How many octets the modulus of a PKCS#1 private key has.
fn modulus_bytes(pkcs1: &[u8]) -> Option<usize> {
    use pkcs8::der::asn1::UintRef;
    use pkcs8::der::{Decode, Header, SliceReader};
    let mut reader = SliceReader::new(pkcs1).ok()?;
    Header::decode(&mut reader).ok()?;
    let _version = UintRef::decode(&mut reader).ok()?;
    let modulus = UintRef::decode(&mut reader).ok()?;
    Some(modulus.as_bytes().len())
}
