//! What the core's users call: prepare, finish, verify, inspect.

use alloc::vec::Vec;

use crate::cert::{Certificate, Trust};
use crate::dsig::report::Report;
use crate::error::{Error, Reason, Result, Target};
use crate::xml::Source;

/// The rules of SPI or of DICT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "BACEN has two")]
pub enum Profile {
    /// ISO 20022 over ICOM.
    Spi,
    /// The directory of Pix keys.
    Dict,
}

impl Profile {
    /// The profile of a message by its root: `Envelope` is SPI, anything else DICT.
    ///
    /// # Errors
    /// If no root element can be read.
    pub fn detect(_xml: &[u8]) -> Result<Self> {
        Err(Error::new(Reason::NoRoot))
    }

    /// `spi` or `dict`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spi => "spi",
            Self::Dict => "dict",
        }
    }
}

/// The instant at which a certificate must be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum At {
    /// Seconds since 1970 UTC.
    UnixS(i64),
    /// The message's own time: SPI `AppHdr/CreDt`, DICT `ResponseTime`.
    Message,
}

impl From<i64> for At {
    fn from(unix_s: i64) -> Self {
        Self::UnixS(unix_s)
    }
}

/// Where a DICT Signature is put among the root's children.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DictPosition {
    /// First, as BACEN does.
    #[default]
    First,
    /// Last, as the AWS sample did.
    Last,
}

/// How to sign, where the profile leaves a choice.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SignOptions {
    /// Where a DICT Signature goes when there is no placeholder for it.
    pub dict_position: DictPosition,
    /// Whether a signature that is there already is replaced. Otherwise it is refused.
    pub resign: bool,
}

/// A message with its SignedInfo, waiting for the key's one act.
#[derive(Debug)]
pub struct Prepared<'a>(&'a [u8]);

impl Prepared<'_> {
    /// The SHA-256 digest (32 octets) of the canonical SignedInfo: what the key signs.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &[0; 32]
    }

    /// Checks the signature with the certificate and splices the Signature into the message's own bytes.
    ///
    /// # Errors
    /// [`Reason::WrongKey`] if the signature was not made with the certificate's key.
    pub fn finish(self, _signature: &[u8]) -> Result<Vec<u8>> {
        Err(Error::new(Reason::WrongKey))
    }
}

/// Parses, digests and builds SignedInfo.
///
/// # Errors
/// If the message cannot be signed safely.
pub fn prepare<'a>(xml: &'a [u8], profile: Profile, certificate: &Certificate) -> Result<Prepared<'a>> {
    prepare_with(xml, profile, certificate, SignOptions::default())
}

/// [`prepare`] with a choice.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_with<'a>(
    _xml: &'a [u8],
    _profile: Profile,
    _certificate: &Certificate,
    _options: SignOptions,
) -> Result<Prepared<'a>> {
    Err(Error::new(Reason::NoRoot))
}

/// Signs in one call, for a host that may block.
///
/// # Errors
/// As [`prepare`] and [`Prepared::finish`]; [`Reason::SigningFailed`] if the call-back gives nothing.
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

/// Proof that a message is what its signer signed.
#[derive(Clone, Debug)]
pub struct Verified<'a> {
    message: &'a [u8],
    signer: Certificate,
}

impl<'a> Verified<'a> {
    /// The trusted certificate whose key made the signature.
    #[must_use]
    pub fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// The bytes of what was signed: SPI the `AppHdr` and the `Document` element, DICT the root, as they stand in the message.
    #[must_use]
    pub fn signed(&self, _target: Target) -> Option<&'a [u8]> {
        Some(self.message)
    }
}

/// Proof or error.
///
/// # Errors
/// Whatever keeps the message from being valid; [`Error::verdict`] says which of the verdicts that makes.
pub fn verify<'a>(xml: &'a [u8], profile: Profile, trust: &Trust, at: impl Into<At>) -> Result<Verified<'a>> {
    verify_as::<crate::xml::Scanner<'a>>(xml, profile, trust, at.into())
}

/// [`verify`] through another reader.
///
/// # Errors
/// As [`verify`].
pub fn verify_as<'a, S: Source<'a>>(
    _xml: &'a [u8],
    _profile: Profile,
    _trust: &Trust,
    _at: At,
) -> Result<Verified<'a>> {
    Err(Error::new(Reason::NoRoot))
}

/// Every check, for reading.
#[must_use]
pub fn inspect(xml: &[u8], profile: Profile, trust: &Trust, at: impl Into<At>) -> Report {
    inspect_as::<crate::xml::Scanner<'_>>(xml, profile, trust, at.into())
}

/// [`inspect`] through another reader.
#[must_use]
pub fn inspect_as<'a, S: Source<'a>>(_xml: &'a [u8], profile: Profile, _trust: &Trust, _at: At) -> Report {
    let error = Error::new(Reason::NoRoot);
    Report {
        verdict: error.verdict(),
        error: Some(error),
        profile,
        checks: Vec::new(),
        references: Vec::new(),
        signer: None,
        instant_unix_s: None,
        message_unix_s: None,
    }
}

/// The canonical octets that a Reference (or SignedInfo) covers in a message, for comparing with another implementation's.
///
/// # Errors
/// If the message is malformed or has no such octets.
pub fn canonical_octets(_xml: &[u8], _profile: Profile, _target: Target) -> Result<Vec<u8>> {
    Err(Error::new(Reason::NoRoot))
}
