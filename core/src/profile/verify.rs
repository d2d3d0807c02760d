//! Verify decides, inspect shows; both read one examination.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::examine::{Examination, Step, examine, part};
use super::report::{Check, ReferenceReport, Report, SignerReport};
use super::shape::{Purpose, Shape};
use super::{At, Profile};
use crate::cert::{Certificate, Trust};
use crate::dsig::walk::{Walk, canonicalize_part};
use crate::error::{Error, Reason, Result, Target, Verdict};
use crate::ispb::Ispb;
use crate::xml::{Scanner, Source, Span};

/// Proof that a message is what its signer signed: there is no other way to come by one than [`verify`].
#[derive(Clone)]
pub struct Verified<'a> {
    message: &'a [u8],
    spans: Vec<(Target, Span)>,
    signer: Certificate,
    message_unix_s: Option<i64>,
    repeats_time: bool,
    sender: Option<Ispb>,
}

impl core::fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Verified").field("signer", &self.signer).finish_non_exhaustive()
    }
}

impl<'a> Verified<'a> {
    /// The trusted certificate whose key made the signature.
    #[must_use]
    pub const fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// The message's own time (`CreDt` or `ResponseTime`), in seconds since 1970 UTC.
    #[must_use]
    pub const fn message_unix_s(&self) -> Option<i64> {
        self.message_unix_s
    }

    /// Whether the message has more than one time of its own, of which the first counts.
    #[must_use]
    pub const fn repeats_its_time(&self) -> bool {
        self.repeats_time
    }

    /// SPI: the participant that `Fr` names, if it names exactly one. Where it is known whose the certificate is, it is that one.
    #[must_use]
    pub const fn sender(&self) -> Option<Ispb> {
        self.sender
    }

    /// The bytes of what was signed, as they stand in the message: SPI the `AppHdr` and the `Document` element, DICT the
    /// document (with the Signature inside what encloses it). Nothing for a target that the profile has not.
    #[must_use]
    pub fn signed(&self, target: Target) -> Option<&'a [u8]> {
        let (_, span) = self.spans.iter().find(|(t, _)| *t == target)?;
        self.message.get(span.start..span.end)
    }
}

/// Proof or error: `Ok` says that every Reference the profile demands holds, that the signature is by the key of a
/// trusted certificate, and that the certificate was valid at the instant.
///
/// # Errors
/// Whatever keeps the message from being valid; [`Error::verdict`] says which of the verdicts that makes.
pub fn verify<'a>(xml: &'a [u8], profile: Profile, trust: &Trust, at: impl Into<At>) -> Result<Verified<'a>> {
    verify_as::<Scanner<'a>>(xml, profile, trust, at.into())
}

/// [`verify`] through another reader.
///
/// # Errors
/// As [`verify`].
pub fn verify_as<'a, S: Source<'a>>(
    xml: &'a [u8],
    profile: Profile,
    trust: &Trust,
    at: At,
) -> Result<Verified<'a>> {
    let found = examine::<S>(xml, profile, trust, at);
    if let Some(error) = found.decisive() {
        return Err(error);
    }
    let spans = found.shape.covered.iter().map(|covered| (covered.target, covered.span)).collect();
    let signer = found.certificate.ok_or(Error::new(Reason::CertificateUnknown))?;
    Ok(Verified {
        message: xml,
        spans,
        signer,
        message_unix_s: found.shape.time.unix_s(),
        repeats_time: found.shape.time.is_repeated(),
        sender: found.shape.sender.named().one(),
    })
}

/// Every check, for reading. Its verdict is that of [`verify`].
#[must_use]
pub fn inspect(xml: &[u8], profile: Profile, trust: &Trust, at: impl Into<At>) -> Report {
    inspect_as::<Scanner<'_>>(xml, profile, trust, at.into())
}

/// [`inspect`] through another reader.
#[must_use]
pub fn inspect_as<'a, S: Source<'a>>(xml: &'a [u8], profile: Profile, trust: &Trust, at: At) -> Report {
    let found = examine::<S>(xml, profile, trust, at);
    let error = found.decisive();
    let outcome = |step| found.outcomes.iter().find(|(s, _)| *s == step).map(|(_, outcome)| *outcome);
    let checks = Step::ALL.iter().map(|&step| Check { name: step.name(), outcome: outcome(step) }).collect();
    let signer = found.shape.signature.as_ref().map(|signature| SignerReport {
        issuer: signature.key_info.issuer.to_string(),
        serial: signature.key_info.serial.to_string(),
        certificate: found.certificate.clone(),
    });
    Report {
        verdict: error.map_or(Verdict::Valid, |error| error.verdict()),
        error,
        profile,
        checks,
        references: references(profile, &found),
        signer,
        instant_unix_s: found.instant_unix_s,
        message_unix_s: found.shape.time.unix_s(),
        repeats_its_time: found.shape.time.is_repeated(),
    }
}

fn references(profile: Profile, found: &Examination<'_>) -> Vec<ReferenceReport> {
    let Some(signature) = &found.shape.signature else {
        return Vec::new();
    };
    let claims = signature.signed_info.references.iter();
    let mut reports: Vec<ReferenceReport> = profile
        .targets()
        .iter()
        .enumerate()
        .zip(claims.map(|reference| Some(reference.digest)).chain(core::iter::repeat(None)))
        .map(|((number, &target), claimed)| {
            let computed = found.computed.get(number).copied().flatten();
            let computed = computed.or_else(|| found.shape.covered(target).map(|c| (c.digest, c.octets)));
            report(target, claimed, computed, found.shape.covered(target).map(|covered| covered.span))
        })
        .collect();
    let info = signature.signed_info.covered;
    reports.push(report(Target::SignedInfo, None, Some((info.digest, info.octets)), Some(info.span)));
    reports
}

fn report(
    target: Target,
    claimed: Option<[u8; 32]>,
    computed: Option<([u8; 32], usize)>,
    span: Option<Span>,
) -> ReferenceReport {
    ReferenceReport {
        target,
        claimed,
        computed: computed.map(|(digest, _)| digest),
        canonical_bytes: computed.and_then(|(_, octets)| u64::try_from(octets).ok()).unwrap_or(0),
        span,
    }
}

/// The canonical octets that a Reference (or SignedInfo) covers in a message, for comparing with another
/// implementation's. With the Signature's own PrefixLists.
///
/// # Errors
/// If the message is malformed, not shaped as its profile's messages are, unsigned, or has no such octets.
pub fn canonical_octets(xml: &[u8], profile: Profile, target: Target) -> Result<Vec<u8>> {
    let mut walk = Walk::<Scanner<'_>>::new(xml)?;
    let mut shape = Shape::default();
    profile.walk(&mut walk, Purpose::Verify, &mut shape).map_err(|error| walk.or_malformed(error))?;
    let signature = shape.signature.as_ref().ok_or(Error::new(Reason::Unsigned))?;
    let number = profile.targets().iter().position(|&t| t == target);
    let prefix_list = match (target, number) {
        (Target::SignedInfo, _) => &signature.signed_info.prefix_list,
        (_, Some(number)) => {
            let reference = signature.signed_info.references.get(number);
            &reference.ok_or(Error::new(Reason::ReferenceCount))?.prefix_list
        }
        (_, None) => return Err(Error::new(Reason::ReferenceUri)),
    };
    let prefixes: Vec<&str> = prefix_list.iter().map(AsRef::as_ref).collect();
    let part = part(profile, target, signature, &shape);
    Ok(canonicalize_part::<Scanner<'_>, _>(xml, part, &prefixes, Vec::new())?.0)
}
