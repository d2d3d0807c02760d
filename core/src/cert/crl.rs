//! Certificate revocation lists (RFC 5280 §5): read one entry at a time, after their signature.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use der::asn1::{AnyRef, BitStringRef, ContextSpecific, ObjectIdentifier};
use der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};
use sha2::Digest as _;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::IssuingDistributionPoint;
use x509_cert::spki::AlgorithmIdentifierRef;
use x509_cert::time::Time;

use super::bundle::{Bundle, without_universal_strings};
use super::certificate::{Certificate, unix_s};
use super::name::Name;
use super::name_text;
use super::serial::Serial;
use crate::error::{Error, Reason, Result};
use crate::limits::CRL_BYTES_MAX;
use crate::rsa::Sha2;

/// A complete certificate revocation list whose signature holds: what a [`Trust`](super::Trust) takes in.
#[derive(Clone)]
pub struct RevocationList {
    issuer: Name,
    issuer_text: String,
    this_update_unix_s: i64,
    next_update_unix_s: Option<i64>,
    covers_institutions: bool,
    entries: Vec<(Serial, i64)>,
}

impl RevocationList {
    /// Reads one list in DER, or in any file that [`Bundle`] reads and that holds it alone, and checks that one of `issuers` signed it.
    ///
    /// # Errors
    /// [`Reason::CrlSyntax`] if it is not one complete list, [`Reason::CrlIssuer`] if no certificate has its issuer's name,
    /// [`Reason::CrlSignature`] if none of those fits its signature.
    pub fn read<'a>(bytes: &[u8], issuers: impl IntoIterator<Item = &'a Certificate>) -> Result<Self> {
        let syntax = Error::new(Reason::CrlSyntax);
        let bundle = Bundle::read_within(bytes, CRL_BYTES_MAX).map_err(|_| syntax)?;
        match (bundle.certificates.as_slice(), bundle.lists.as_slice()) {
            ([], [list]) => Self::read_der(&list.der, issuers),
            _ => Err(syntax),
        }
    }

    fn read_der<'a>(der: &[u8], issuers: impl IntoIterator<Item = &'a Certificate>) -> Result<Self> {
        let syntax = |_| Error::new(Reason::CrlSyntax);
        let signed = Signed::read(der).map_err(syntax)?;
        let readable = without_universal_strings(der);
        let told = readable.as_deref().map_or(Ok(signed), Signed::read).map_err(syntax)?;
        let list = List::read(told.tbs, told.algorithm).map_err(syntax)?;
        let mut issuers =
            issuers.into_iter().filter(|issuer| *issuer.subject_name() == list.issuer).peekable();
        issuers.peek().ok_or(Error::new(Reason::CrlIssuer))?;
        if !issuers.any(|issuer| signed.verify(issuer).is_ok()) {
            return Err(Error::new(Reason::CrlSignature));
        }
        Ok(Self {
            entries: list.entries().map_err(syntax)?,
            issuer: list.issuer,
            issuer_text: list.issuer_text,
            this_update_unix_s: list.this_update_unix_s,
            next_update_unix_s: list.next_update_unix_s,
            covers_institutions: list.covers_institutions,
        })
    }

    /// The issuer's distinguished name, in the form of [`Certificate::issuer`].
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer_text
    }

    /// When it was made, in seconds since 1970 UTC.
    #[must_use]
    pub fn this_update_unix_s(&self) -> i64 {
        self.this_update_unix_s
    }

    /// By when its issuer makes the next one, in seconds since 1970 UTC.
    #[must_use]
    pub fn next_update_unix_s(&self) -> Option<i64> {
        self.next_update_unix_s
    }

    /// How many certificates it revokes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it revokes none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn issuer_name(&self) -> &Name {
        &self.issuer
    }

    pub(super) fn entries(&self) -> &[(Serial, i64)] {
        &self.entries
    }

    /// Whether a certificate of an institution that is not in it is not revoked: it may be a list of authorities alone.
    pub(super) fn covers_institutions(&self) -> bool {
        self.covers_institutions
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationList").field("issuer", &self.issuer_text).finish_non_exhaustive()
    }
}

const SHA256_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const SHA384_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const SHA512_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");

/// CertificateList: the bytes that were signed, how, and the signature.
#[derive(Clone, Copy)]
struct Signed<'a> {
    tbs: &'a [u8],
    algorithm: AlgorithmIdentifierRef<'a>,
    signature: &'a [u8],
}

impl<'a> Signed<'a> {
    fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut reader = content(der)?;
        let tbs = reader.tlv_bytes()?;
        let algorithm = AlgorithmIdentifierRef::decode(&mut reader)?;
        let signature = BitStringRef::decode(&mut reader)?.as_bytes().ok_or(Tag::BitString.value_error())?;
        reader.finish()?;
        Ok(Self { tbs, algorithm, signature })
    }

    fn verify(&self, issuer: &Certificate) -> Result<()> {
        let hash = match self.algorithm.oid {
            SHA256_RSA => (Sha2::Sha256, sha2::Sha256::digest(self.tbs).to_vec()),
            SHA384_RSA => (Sha2::Sha384, sha2::Sha384::digest(self.tbs).to_vec()),
            SHA512_RSA => (Sha2::Sha512, sha2::Sha512::digest(self.tbs).to_vec()),
            _ => return Err(Error::new(Reason::CrlSignature)),
        };
        issuer.verifies_with(hash.0, &hash.1, self.signature).map_err(|_| Error::new(Reason::CrlSignature))
    }
}

/// TBSCertList: who issued it and when, and its entries still unread.
struct List<'a> {
    issuer: Name,
    issuer_text: String,
    this_update_unix_s: i64,
    next_update_unix_s: Option<i64>,
    covers_institutions: bool,
    revoked: Option<&'a [u8]>,
}

impl<'a> List<'a> {
    fn read(tbs: &'a [u8], algorithm: AlgorithmIdentifierRef<'a>) -> der::Result<Self> {
        let mut reader = content(tbs)?;
        if next_is(&reader, &[Tag::Integer]) && u8::decode(&mut reader)? != 1 {
            return Err(Tag::Integer.value_error().into());
        }
        if AlgorithmIdentifierRef::decode(&mut reader)? != algorithm {
            return Err(Tag::Sequence.value_error().into());
        }
        let name = x509_cert::name::Name::decode(&mut reader)?;
        let (issuer, issuer_text) = (Name::from_der_name(&name)?, name_text::write(&name)?);
        let this_update_unix_s = instant(&mut reader)?;
        let next_update_unix_s = if next_is(&reader, &[Tag::UtcTime, Tag::GeneralizedTime]) {
            Some(instant(&mut reader)?)
        } else {
            None
        };
        let revoked = if next_is(&reader, &[Tag::Sequence]) { Some(reader.tlv_bytes()?) } else { None };
        let extensions = ContextSpecific::<Extensions>::decode_explicit(&mut reader, TagNumber(0))?;
        let covers_institutions =
            extensions.map_or(Ok(true), |found| accept_list_extensions(&found.value))?;
        reader.finish()?;
        Ok(Self { issuer, issuer_text, this_update_unix_s, next_update_unix_s, covers_institutions, revoked })
    }

    fn entries(&self) -> der::Result<Vec<(Serial, i64)>> {
        let mut entries = Vec::new();
        let Some(revoked) = self.revoked else { return Ok(entries) };
        let mut reader = content(revoked)?;
        while !reader.is_finished() {
            let mut entry = content(reader.tlv_bytes()?)?;
            let serial = AnyRef::decode(&mut entry)?;
            serial.tag().assert_eq(Tag::Integer)?;
            let serial = Serial::from_integer(serial.value()).ok_or(Tag::Integer.value_error())?;
            let date = instant(&mut entry)?;
            // A critical extension here says that the entry is another issuer's.
            if !entry.is_finished()
                && Extensions::decode(&mut entry)?.iter().any(|extension| extension.critical)
            {
                return Err(Tag::Sequence.value_error().into());
            }
            entry.finish()?;
            entries.push((serial, date));
        }
        Ok(entries)
    }
}

/// The content of a SEQUENCE that is all of `der`.
fn content(der: &[u8]) -> der::Result<SliceReader<'_>> {
    let sequence = AnyRef::from_der(der)?;
    sequence.tag().assert_eq(Tag::Sequence)?;
    SliceReader::new(sequence.value())
}

fn instant(reader: &mut SliceReader<'_>) -> der::Result<i64> {
    Ok(unix_s(Time::decode(reader)?).ok_or(Tag::UtcTime.value_error())?)
}

fn next_is(reader: &SliceReader<'_>, tags: &[Tag]) -> bool {
    Tag::peek(reader).is_ok_and(|tag| tags.contains(&tag))
}

/// Accepts a list that stands for itself: no delta, not indirect, nothing critical that we do not know (RFC 5280 §5.2). Gives whether
/// it is about certificates of institutions, for every reason.
fn accept_list_extensions(extensions: &Extensions) -> der::Result<bool> {
    let mut covers_institutions = true;
    for extension in extensions.iter() {
        if extension.extn_id == ISSUING_DISTRIBUTION_POINT {
            let point = IssuingDistributionPoint::from_der(extension.extn_value.as_bytes())?;
            if point.indirect_crl {
                return Err(Tag::Sequence.value_error().into());
            }
            covers_institutions &= !point.only_contains_ca_certs
                && !point.only_contains_attribute_certs
                && point.only_some_reasons.is_none();
        } else if extension.critical {
            return Err(Tag::Sequence.value_error().into());
        }
    }
    Ok(covers_institutions)
}
