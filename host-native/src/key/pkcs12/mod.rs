//! PKCS#12 files, as certification authorities hand them out (A1 certificates): from OpenSSL, Windows, Java and what came before.

mod ber;
mod decrypt;

use pkcs8::ObjectIdentifier;
use zeroize::Zeroizing;

use self::ber::{elements, to_der};
use self::decrypt::{decrypt, integer, of, verify_mac};
use super::armour::Der;
use super::local::LocalKey;
use super::{KeyError, KeyReason, Passphrase};

const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xa0;
const CONTEXT_0_STRING: u8 = 0x80;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
const NESTED_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.6");
const X509: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");

/// Deepest nesting of bags in bags.
const BAGS_DEPTH_MAX: usize = 4;

/// What a file holds.
#[derive(Default)]
pub(crate) struct Contents {
    /// The private keys, each DER of PKCS#8.
    pub(crate) keys: Vec<Der>,
    /// The certificates, each DER, in the file's order.
    pub(crate) certificates: Vec<Vec<u8>>,
}

/// Why a file does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not PKCS#12, or damaged.
    Syntax,
    /// It is encrypted or authenticated in a way that is not read here.
    Unsupported,
    /// The passphrase does not open it.
    Passphrase,
}

/// Whether a file is PKCS#12 by its first bytes: a sequence that begins with the version 3.
pub(crate) fn is_pkcs12(bytes: &[u8]) -> bool {
    let Some(der) = to_der(bytes) else { return false };
    let Some([pfx]) = elements(&der).and_then(|all| <[_; 1]>::try_from(all).ok()) else { return false };
    let parts = elements(pfx.content).unwrap_or_default();
    pfx.tag == SEQUENCE && parts.first().is_some_and(|version| integer(version) == Ok(3))
}

/// Opens a file in DER or BER.
pub(crate) fn open(bytes: &[u8], passphrase: &str) -> Result<Contents, Fault> {
    let der = to_der(bytes).ok_or(Fault::Syntax)?;
    let [pfx] = array(&der)?;
    let parts = elements(of(SEQUENCE, &pfx)?).ok_or(Fault::Syntax)?;
    let [version, safe, rest @ ..] = parts.as_slice() else { return Err(Fault::Syntax) };
    if integer(version)? != 3 {
        return Err(Fault::Syntax);
    }
    let (kind, octets) = content_info(of(SEQUENCE, safe)?)?;
    if kind != DATA {
        // Signed by a key instead of a passphrase: nobody hands those out.
        return Err(Fault::Unsupported);
    }
    let [octets] = array(octets)?;
    let octets = of(OCTET_STRING, &octets)?;
    if let Some(mac) = rest.first() {
        verify_mac(of(SEQUENCE, mac)?, octets, passphrase)?;
    }
    let mut contents = Contents::default();
    let safes = to_der(octets).ok_or(Fault::Syntax)?;
    let [safes] = array(&safes)?;
    for safe in elements(of(SEQUENCE, &safes)?).ok_or(Fault::Syntax)? {
        contents.safe(of(SEQUENCE, &safe)?, passphrase)?;
    }
    Ok(contents)
}

/// The one private key of a file.
pub(super) fn read(bytes: &[u8], passphrase: Option<&Passphrase>, place: &str) -> Result<LocalKey, KeyError> {
    let contents = open(bytes, passphrase.map_or("", Passphrase::expose));
    let contents = contents.map_err(|fault| fault.explain(passphrase.is_some(), place))?;
    match contents.keys.as_slice() {
        [key] => LocalKey::from_pkcs8(key, place),
        [] => Err(KeyError::new(KeyReason::NoKey, place)),
        _ => Err(KeyError::new(KeyReason::SeveralKeys, place)),
    }
}

impl Fault {
    /// The error about the file at a place.
    pub(super) fn explain(self, passphrase_given: bool, place: &str) -> KeyError {
        let reason = match self {
            // What cannot be read as PKCS#12 at all is no key file of any kind: this reader is asked last.
            Self::Syntax => KeyReason::Syntax,
            Self::Unsupported => KeyReason::EncryptionUnsupported,
            Self::Passphrase if passphrase_given => KeyReason::PassphraseWrong,
            Self::Passphrase => KeyReason::PassphraseMissing,
        };
        KeyError::new(reason, place)
    }
}

/// Whether this is PKCS#8 that is encrypted by one of PKCS#12's schemes, as OpenSSL 1 and Java write it.
pub(super) fn is_encrypted_pkcs8(der: &[u8]) -> bool {
    encrypted_pkcs8(der).is_some()
}

/// Decrypts such PKCS#8; nothing if it is other.
pub(super) fn decrypt_pkcs8(der: &[u8], passphrase: &str) -> Option<Result<Der, Fault>> {
    let (algorithm, octets) = encrypted_pkcs8(der)?;
    Some(decrypt(algorithm, octets, passphrase))
}

/// The algorithm and the octets.
fn encrypted_pkcs8(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let [encrypted] = array(der).ok()?;
    let [algorithm, octets] = array(of(SEQUENCE, &encrypted).ok()?).ok()?;
    let algorithm = of(SEQUENCE, &algorithm).ok()?;
    let oid = elements(algorithm)?;
    let oid = ObjectIdentifier::from_bytes(of(OBJECT_IDENTIFIER, oid.first()?).ok()?).ok()?;
    let octets = of(OCTET_STRING, &octets).ok()?;
    decrypt::is_pkcs12_scheme(&oid).then_some((algorithm, octets))
}

impl Contents {
    /// One ContentInfo of the AuthenticatedSafe: bags, in clear or encrypted.
    fn safe(&mut self, info: &[u8], passphrase: &str) -> Result<(), Fault> {
        let (kind, content) = content_info(info)?;
        let [content] = array(content)?;
        let bags = if kind == DATA {
            Zeroizing::new(of(OCTET_STRING, &content)?.to_vec())
        } else if kind == ENCRYPTED_DATA {
            let parts = elements(of(SEQUENCE, &content)?).ok_or(Fault::Syntax)?;
            let [_version, info, ..] = parts.as_slice() else { return Err(Fault::Syntax) };
            let info = elements(of(SEQUENCE, info)?).ok_or(Fault::Syntax)?;
            let [_kind, algorithm, octets] = info.as_slice() else { return Err(Fault::Syntax) };
            decrypt(of(SEQUENCE, algorithm)?, of(CONTEXT_0_STRING, octets)?, passphrase)?
        } else {
            return Err(Fault::Unsupported);
        };
        // A wrong passphrase may leave padding that looks right, in one of 256 files without a MAC.
        self.bags(&to_der(&bags).ok_or(Fault::Passphrase)?, passphrase, 0)
    }

    fn bags(&mut self, der: &[u8], passphrase: &str, depth: usize) -> Result<(), Fault> {
        if depth > BAGS_DEPTH_MAX {
            return Err(Fault::Unsupported);
        }
        let [bags] = array(der)?;
        for bag in elements(of(SEQUENCE, &bags)?).ok_or(Fault::Syntax)? {
            let (kind, value) = content_info(of(SEQUENCE, &bag)?)?;
            if kind == KEY_BAG {
                self.keys.push(Zeroizing::new(value.to_vec()));
            } else if kind == SHROUDED_KEY_BAG {
                let [encrypted] = array(value)?;
                let [algorithm, octets] = array(of(SEQUENCE, &encrypted)?)?;
                self.keys.push(decrypt(of(SEQUENCE, &algorithm)?, of(OCTET_STRING, &octets)?, passphrase)?);
            } else if kind == CERTIFICATE_BAG {
                let [certificate] = array(value)?;
                let (kind, value) = content_info(of(SEQUENCE, &certificate)?)?;
                if kind == X509 {
                    let [octets] = array(value)?;
                    self.certificates.push(of(OCTET_STRING, &octets)?.to_vec());
                }
            } else if kind == NESTED_BAG {
                self.bags(value, passphrase, depth.saturating_add(1))?;
            }
        }
        Ok(())
    }
}

/// An identifier and what stands in `[0]` behind it: a ContentInfo, a bag, a certificate's bag.
fn content_info(content: &[u8]) -> Result<(ObjectIdentifier, &[u8]), Fault> {
    let parts = elements(content).ok_or(Fault::Syntax)?;
    let [oid, value, ..] = parts.as_slice() else { return Err(Fault::Syntax) };
    let oid = ObjectIdentifier::from_bytes(of(OBJECT_IDENTIFIER, oid)?).map_err(|_| Fault::Syntax)?;
    Ok((oid, of(CONTEXT_0, value)?))
}

/// Exactly so many elements.
fn array<const N: usize>(der: &[u8]) -> Result<[ber::Element<'_>; N], Fault> {
    elements(der).and_then(|all| all.try_into().ok()).ok_or(Fault::Syntax)
}
