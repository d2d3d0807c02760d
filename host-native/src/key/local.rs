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
        let Ok(info) = PrivateKeyInfoRef::try_from(der) else {
            return Err(KeyError::new(KeyReason::Syntax, place).because("it is not PKCS#8", "não é PKCS#8"));
        };
        if info.algorithm.oid != RSA_ENCRYPTION {
            return Err(not_rsa(&info.algorithm.oid, place));
        }
        // Its error would say no more than that it is one.
        KeyPair::from_pkcs8(der)
            .map_or_else(|_| Err(refused(info.private_key.as_bytes(), place)), |pair| Self::new(pair, place))
    }

    /// A key from DER of PKCS#1.
    pub(super) fn from_pkcs1(der: &[u8], place: &str) -> Result<Self, KeyError> {
        KeyPair::from_der(der).map_or_else(|_| Err(refused(der, place)), |pair| Self::new(pair, place))
    }

    /// A key pair that is there already.
    pub(super) fn new(pair: KeyPair, place: &str) -> Result<Self, KeyError> {
        let modulus_bytes = pair.public_modulus_len();
        if modulus_bytes < MODULUS_BYTES_MIN {
            return Err(too_small(modulus_bytes, place));
        }
        let der = pair.public_key().as_der().map_err(|_| KeyError::new(KeyReason::Syntax, place))?;
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
            .map_err(|_| KeyError::new(KeyReason::Failed, &self.place))?;
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
    let bits = format!("{} bits", modulus_bytes.saturating_mul(8));
    KeyError::new(KeyReason::TooSmall, place).because(bits.clone(), bits)
}

/// Which kind of key it is that is not RSA, where it is one that is known.
fn not_rsa(algorithm: &pkcs8::ObjectIdentifier, place: &str) -> KeyError {
    let error = KeyError::new(KeyReason::NotRsa, place);
    let known = [
        ("1.2.840.10045.2.1", "an elliptic curve key", "uma chave de curva elíptica"),
        ("1.2.840.113549.1.1.10", "an RSA-PSS key", "uma chave RSA-PSS"),
        ("1.3.101.112", "an Ed25519 key", "uma chave Ed25519"),
        ("1.3.101.113", "an Ed448 key", "uma chave Ed448"),
        ("1.2.840.10040.4.1", "a DSA key", "uma chave DSA"),
    ];
    match known.into_iter().find(|(oid, ..)| pkcs8::ObjectIdentifier::new(oid).as_ref() == Ok(algorithm)) {
        Some((_, en, pt)) => error.because(en, pt),
        None => error,
    }
}

/// Why aws-lc refused a key: too short, or damaged. It says neither clearly.
fn refused(pkcs1: &[u8], place: &str) -> KeyError {
    match modulus_bytes(pkcs1) {
        Some(bytes) if bytes < MODULUS_BYTES_MIN => too_small(bytes, place),
        Some(_) => KeyError::new(KeyReason::Syntax, place)
            .because("its numbers are not those of a key", "os números não são os de uma chave"),
        None => KeyError::new(KeyReason::Syntax, place).because("it is not PKCS#1", "não é PKCS#1"),
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
