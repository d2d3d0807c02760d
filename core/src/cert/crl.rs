//! Certificate revocation lists (RFC 5280 §5): read one entry at a time, after their signature.

use alloc::vec::Vec;

use der::asn1::{AnyRef, BitStringRef, ContextSpecific, ObjectIdentifier};
use der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};
use sha2::Digest as _;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::IssuingDistributionPoint;
use x509_cert::spki::AlgorithmIdentifierRef;
use x509_cert::time::Time;

use super::certificate::{Certificate, unix_s};
use super::name::Name;
use super::pem;
use super::serial::Serial;
use crate::error::{Error, Reason, Result};
use crate::limits::CRL_BYTES_MAX;
use crate::rsa::Sha2;

/// Reads a complete list in DER or PEM that `issuer` signed: the serial numbers that it revokes and from when, in seconds
/// since 1970 UTC.
pub(crate) fn read(bytes: &[u8], issuer: &Certificate) -> Result<Vec<(Serial, i64)>> {
    let syntax = Error::new(Reason::CrlSyntax);
    if bytes.len() > CRL_BYTES_MAX {
        return Err(syntax);
    }
    if pem::is_der(bytes) {
        return read_der(bytes, issuer);
    }
    match pem::blocks(bytes, "X509 CRL", CRL_BYTES_MAX, Reason::CrlSyntax)?.as_slice() {
        [(_, der)] => read_der(der, issuer),
        _ => Err(syntax),
    }
}

fn read_der(der: &[u8], issuer: &Certificate) -> Result<Vec<(Serial, i64)>> {
    let syntax = |_| Error::new(Reason::CrlSyntax);
    let signed = Signed::read(der).map_err(syntax)?;
    let list = List::read(signed.tbs, signed.algorithm).map_err(syntax)?;
    if list.issuer != *issuer.subject_name() {
        return Err(Error::new(Reason::CrlIssuer));
    }
    signed.verify(issuer)?;
    list.entries().map_err(syntax)
}

const SHA256_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const SHA384_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const SHA512_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");

/// CertificateList: the bytes that were signed, how, and the signature.
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

/// TBSCertList: who issued it, and its entries still unread.
struct List<'a> {
    issuer: Name,
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
        let issuer = Name::from_der_name(&x509_cert::name::Name::decode(&mut reader)?)?;
        Time::decode(&mut reader)?;
        if next_is(&reader, &[Tag::UtcTime, Tag::GeneralizedTime]) {
            Time::decode(&mut reader)?;
        }
        let revoked = if next_is(&reader, &[Tag::Sequence]) { Some(reader.tlv_bytes()?) } else { None };
        if let Some(extensions) = ContextSpecific::<Extensions>::decode_explicit(&mut reader, TagNumber(0))? {
            accept_list_extensions(&extensions.value)?;
        }
        reader.finish()?;
        Ok(Self { issuer, revoked })
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
            let date = unix_s(Time::decode(&mut entry)?).ok_or(Tag::UtcTime.value_error())?;
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

fn next_is(reader: &SliceReader<'_>, tags: &[Tag]) -> bool {
    Tag::peek(reader).is_ok_and(|tag| tags.contains(&tag))
}

/// Accepts a list that stands for itself: no delta, not indirect, nothing critical that we do not know (RFC 5280 §5.2).
fn accept_list_extensions(extensions: &Extensions) -> der::Result<()> {
    for extension in extensions.iter().filter(|extension| extension.critical) {
        let own = extension.extn_id == ISSUING_DISTRIBUTION_POINT
            && !IssuingDistributionPoint::from_der(extension.extn_value.as_bytes())?.indirect_crl;
        if !own {
            return Err(Tag::Sequence.value_error().into());
        }
    }
    Ok(())
}
