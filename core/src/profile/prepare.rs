//! Prepare and finish: everything about a signature but the key's one act.

use alloc::string::String;
use alloc::vec::Vec;

use super::shape::{Purpose, Shape};
use super::{Profile, SignOptions};
use crate::cert::Certificate;
use crate::digest;
use crate::dsig::walk::Walk;
use crate::dsig::{key_info, names, sign};
use crate::error::{Error, Reason, Result, Target};
use crate::ispb::Ispb;
use crate::limits;
use crate::xml::splice::Splice;
use crate::xml::{Scanner, Source};

/// A message with its SignedInfo, waiting for the key's one act.
#[derive(Debug)]
pub struct Prepared<'a> {
    message: Message<'a>,
    place: Splice,
    key_info: String,
    signed_info: sign::SignedInfo,
    certificate: Certificate,
    /// The most canonical octets that a Reference covers.
    octets: usize,
    sender: Option<Ispb>,
}

/// The message's bytes, kept out of Debug: they are somebody's payment.
struct Message<'a>(&'a [u8]);

impl core::fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Prepared<'_> {
    /// The SHA-256 digest (32 octets) of the canonical SignedInfo: what the key signs.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.signed_info.digest
    }

    /// SPI: the participant that `Fr` names, if it names exactly one.
    #[must_use]
    pub const fn sender(&self) -> Option<Ispb> {
        self.sender
    }

    /// Checks the signature (as many octets as the key's modulus has) with the certificate and splices the Signature
    /// into the message's own bytes.
    ///
    /// # Errors
    /// [`Reason::WrongKey`] if the signature was not made with the certificate's key; [`Reason::KeyTooSmall`] if that
    /// key is one that no verifier takes; [`Reason::TooLarge`] if there is no room left for the Signature, and
    /// [`Reason::CanonicalTooLarge`] if a longer one has been replaced and the rest is too much without it.
    pub fn finish(self, signature: &[u8]) -> Result<Vec<u8>> {
        self.certificate.verifies(self.digest(), signature).map_err(|error| match error.reason() {
            Reason::KeyTooSmall => error,
            _ => Error::new(Reason::WrongKey),
        })?;
        let pieces = sign::signature(&self.signed_info, signature, &self.key_info);
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let signed = self.place.apply(self.message.0, &pieces);
        if signed.len() > limits::MESSAGE_BYTES_MAX {
            return Err(Error::new(Reason::TooLarge));
        }
        // That bound goes by the message's length, and a Signature that is replaced may have been longer.
        if self.octets > limits::canonical_bytes_max(signed.len()) {
            return Err(Error::new(Reason::CanonicalTooLarge));
        }
        Ok(signed)
    }
}

/// Parses a message, digests what the profile signs and builds SignedInfo.
///
/// # Errors
/// If the message is malformed, is not shaped as its profile's messages are, is signed already, or has no safe place
/// for a Signature; [`Reason::IssuerName`] if the certificate's issuer has no name that a verifier could read;
/// [`Reason::CertificateUsage`] if the certificate's key may not sign messages; [`Reason::SenderMismatch`] if `Fr` names
/// another participant than the certificate.
pub fn prepare<'a>(xml: &'a [u8], profile: Profile, certificate: &Certificate) -> Result<Prepared<'a>> {
    prepare_with(xml, profile, certificate, SignOptions::default())
}

/// [`prepare`] with a choice where the profile leaves one.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_with<'a>(
    xml: &'a [u8],
    profile: Profile,
    certificate: &Certificate,
    options: SignOptions,
) -> Result<Prepared<'a>> {
    prepare_as::<Scanner<'a>>(xml, profile, certificate, options)
}

/// [`prepare_with`] through another reader.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_as<'a, S: Source<'a>>(
    xml: &'a [u8],
    profile: Profile,
    certificate: &Certificate,
    options: SignOptions,
) -> Result<Prepared<'a>> {
    let mut walk = Walk::<S>::new(xml)?;
    let mut shape = Shape::default();
    profile.walk(&mut walk, Purpose::Sign(options), &mut shape).map_err(|error| walk.or_malformed(error))?;
    certificate.may_sign()?;
    let (key_info, canonical_key_info) = key_info::build(certificate)?;
    shape.is_from(certificate.ispb())?;
    if let Some(at) = walk.reader.duplicate_id().or_else(|| taken(&walk, &shape)) {
        return Err(Error::at(Reason::DuplicateId, at));
    }
    let has_id = walk.reader.offsets_of_id(names::KEY_INFO_ID).is_some();
    if !has_id && !walk.reader.has_room_for_id() {
        return Err(Error::new(Reason::TooManyIds));
    }
    let mut references = Vec::new();
    for &target in profile.targets() {
        let digest = match target {
            Target::KeyInfo => digest::sha256(canonical_key_info.as_bytes()),
            _ => shape.covered(target).ok_or(Error::new(Reason::SignaturePlace))?.digest,
        };
        references.push((target, digest));
    }
    Ok(Prepared {
        message: Message(xml),
        place: shape.place.ok_or(Error::new(Reason::SignaturePlace))?,
        key_info,
        signed_info: sign::SignedInfo::new(&references),
        certificate: certificate.clone(),
        octets: shape.covered.iter().map(|covered| covered.octets).max().unwrap_or(0),
        sender: shape.sender.named().one(),
    })
}

/// Where the message has the Id that our KeyInfo will have. A Signature that is to be replaced takes its own along.
fn taken<'a, S: Source<'a>>(walk: &Walk<'a, S>, shape: &Shape<'a>) -> Option<usize> {
    let replaced = shape.place.as_ref().map(Splice::replaced);
    let ends = walk.reader.offsets_of_id(names::KEY_INFO_ID)?;
    ends.into_iter().find(|&at| !replaced.is_some_and(|span| span.contains(at)))
}

/// Signs in one call, for a host that may block: `sign` is given the 32-byte digest and gives the signature.
///
/// # Errors
/// As [`prepare`] and [`Prepared::finish`]; [`Reason::SigningFailed`] if `sign` gives nothing.
pub fn sign_with(
    xml: &[u8],
    profile: Profile,
    certificate: &Certificate,
    sign: impl FnOnce(&[u8; 32]) -> Option<Vec<u8>>,
) -> Result<Vec<u8>> {
    let prepared = prepare(xml, profile, certificate)?;
    let signature = sign(prepared.digest()).ok_or(Error::new(Reason::SigningFailed))?;
    prepared.finish(&signature)
}
