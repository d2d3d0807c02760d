//! One examination of a message, on which both `verify` and `inspect` stand: they cannot disagree.

use alloc::vec::Vec;

use super::report::decisive;
use super::shape::{Purpose, Shape};
use super::{At, Profile};
use crate::c14n::HashSink;
use crate::cert::{Certificate, IssuerSerial, Trust};
use crate::dsig::signature::Signature;
use crate::dsig::signed_info;
use crate::dsig::walk::{Part, Walk, canonicalize_part};
use crate::error::{Error, Reason, Result, Target};
use crate::xml::{Source, is_id};

/// The checks, in the order in which they bear on the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Xml,
    Structure,
    References,
    KeyInfo,
    Digests,
    Certificate,
    Signature,
    Validity,
    Sender,
}

impl Step {
    pub(crate) const ALL: [Self; 9] = [
        Self::Xml,
        Self::Structure,
        Self::References,
        Self::KeyInfo,
        Self::Digests,
        Self::Certificate,
        Self::Signature,
        Self::Validity,
        Self::Sender,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Structure => "structure",
            Self::References => "references",
            Self::KeyInfo => "key-info",
            Self::Digests => "digests",
            Self::Certificate => "certificate",
            Self::Signature => "signature",
            Self::Validity => "validity",
            Self::Sender => "sender",
        }
    }
}

/// Everything that was found out about a message.
#[derive(Debug, Default)]
pub(crate) struct Examination<'a> {
    pub(crate) shape: Shape<'a>,
    /// What came of the checks that were reached.
    pub(crate) outcomes: Vec<(Step, Result<()>)>,
    /// The digests computed for the profile's targets, in their order.
    pub(crate) computed: Vec<Option<([u8; 32], usize)>>,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) instant_unix_s: Option<i64>,
}

impl Examination<'_> {
    /// What decides the verdict: the first check that failed. Whatever speaks against the message (structure, digests,
    /// signature) goes before what only keeps us from knowing (the certificate).
    pub(crate) fn decisive(&self) -> Option<Error> {
        decisive(self.outcomes.iter().filter_map(|(_, outcome)| outcome.err()))
    }

    fn note(&mut self, step: Step, outcome: Result<()>) -> bool {
        self.outcomes.push((step, outcome));
        outcome.is_ok()
    }
}

/// Examines a message.
pub(crate) fn examine<'a, S: Source<'a>>(
    xml: &'a [u8],
    profile: Profile,
    trust: &Trust,
    at: At,
) -> Examination<'a> {
    let mut found = Examination::default();
    let structure = structure::<S>(xml, profile, &mut found.shape);
    let malformed = structure.err().filter(|error| error.verdict() == crate::error::Verdict::Malformed);
    if !found.note(Step::Xml, malformed.map_or(Ok(()), Err)) || !found.note(Step::Structure, structure) {
        return found;
    }
    let Some(signature) = found.shape.signature.take() else {
        return found;
    };
    signed::<S>(xml, profile, trust, at, &signature, &mut found);
    found.shape.signature = Some(signature);
    found
}

/// The walk, and what only the whole document can tell.
fn structure<'a, S: Source<'a>>(xml: &'a [u8], profile: Profile, shape: &mut Shape<'a>) -> Result<()> {
    let mut walk = Walk::<S>::new(xml)?;
    profile.walk(&mut walk, Purpose::Verify, shape).map_err(|error| walk.or_malformed(error))?;
    let signature = shape.signature.as_ref().ok_or(Error::new(Reason::Unsigned))?;
    if let Some(at) = walk.reader.duplicate_id() {
        return Err(Error::at(Reason::DuplicateId, at));
    }
    match &signature.key_info.id {
        Some(id) if walk.reader.is_shadowed(id) => {
            Err(Error::at(Reason::DuplicateId, signature.key_info.covered.span.start))
        }
        _ => Ok(()),
    }
}

/// What there is to check once there is a Signature.
fn signed<'a, S: Source<'a>>(
    xml: &'a [u8],
    profile: Profile,
    trust: &Trust,
    at: At,
    signature: &Signature<'a>,
    found: &mut Examination<'a>,
) {
    let key_info = &signature.key_info;
    let shaped = signed_info::check(&signature.signed_info, profile.targets(), key_info.id.as_deref());
    if !found.note(Step::References, shaped) {
        return;
    }
    let wanted = trust.pointed_at(&key_info.issuer, &key_info.serial);
    let readable = wanted
        .as_ref()
        .map(|_| ())
        .map_err(|error| Error::at(error.reason(), key_info.covered.span.start).in_target(Target::KeyInfo));
    let named = match &key_info.id {
        Some(id) if !is_id(id) => {
            Err(Error::at(Reason::KeyInfoId, key_info.covered.span.start).in_target(Target::KeyInfo))
        }
        _ => Ok(()),
    };
    found.note(Step::KeyInfo, readable.and(named));
    let Ok(wanted) = wanted else { return };
    let digests = digests::<S>(xml, profile, signature, found);
    found.note(Step::Digests, digests);
    let instant_unix_s = match at {
        At::UnixS(unix_s) => Some(unix_s),
        At::Message => found.shape.time.unix_s(),
    };
    let signer = signer::<S>(xml, signature, trust, &wanted, instant_unix_s);
    found.certificate = signer.as_ref().map(|signer| signer.certificate.clone());
    let usable = signer.as_ref().map_or(Err(Error::new(Reason::CertificateUnknown)), |signer| signer.usage);
    found.note(Step::Certificate, usable);
    if let Some(signer) = signer {
        found.instant_unix_s = instant_unix_s;
        found.note(Step::Signature, signer.mathematics);
        found.note(Step::Validity, signer.validity);
        let from = found.shape.is_from(trust.ispb_of(signer.certificate));
        found.note(Step::Sender, from);
    }
}

/// A certificate that KeyInfo points at, and what comes of it.
struct Signer<'t> {
    certificate: &'t Certificate,
    usage: Result<()>,
    mathematics: Result<()>,
    validity: Result<()>,
}

/// The certificate that KeyInfo points at. If an authority gave a serial number twice, and both certificates are trusted,
/// it is the one that holds: which of them was given first says nothing of the message.
fn signer<'a, 't, S: Source<'a>>(
    xml: &'a [u8],
    signature: &Signature<'a>,
    trust: &'t Trust,
    wanted: &IssuerSerial,
    instant_unix_s: Option<i64>,
) -> Option<Signer<'t>> {
    let mut candidates = trust.get_all(wanted).peekable();
    candidates.peek()?;
    let digest = signed_info_digest::<S>(xml, signature);
    let instant = instant_unix_s.ok_or(Error::new(Reason::MessageTime));
    candidates
        .map(|certificate| Signer {
            certificate,
            usage: certificate.may_sign(),
            mathematics: digest
                .and_then(|digest| certificate.verifies(&digest, &signature.value))
                .map_err(|error| error.in_target(Target::SignedInfo)),
            validity: instant.and_then(|unix_s| trust.status(certificate, unix_s)),
        })
        .min_by_key(|signer| (signer.mathematics.is_err(), signer.usage.is_err(), signer.validity.is_err()))
}

/// Compares every digest. The first that differs is the error; all are kept.
fn digests<'a, S: Source<'a>>(
    xml: &'a [u8],
    profile: Profile,
    signature: &Signature<'a>,
    found: &mut Examination<'a>,
) -> Result<()> {
    let mut outcome = Ok(());
    let references = signature.signed_info.references.iter();
    for (number, (&target, reference)) in (1..).zip(profile.targets().iter().zip(references)) {
        let covered = match target {
            Target::KeyInfo => Some(signature.key_info.covered),
            _ => found.shape.covered(target),
        };
        let prefixes: Vec<&str> = reference.prefix_list.iter().map(AsRef::as_ref).collect();
        let computed = match covered {
            None => Err(Error::new(Reason::EnvelopeChildren)),
            Some(covered) if prefixes.is_empty() => Ok((covered.digest, covered.octets)),
            Some(_) => {
                let part = part(profile, target, signature, &found.shape);
                canonicalize_part::<S, _>(xml, part, &prefixes, HashSink::default())
                    .map(|(sink, octets)| (sink.finish(), octets))
            }
        };
        found.computed.push(computed.ok());
        let compared = computed.and_then(|(digest, _)| {
            if digest == reference.digest {
                Ok(())
            } else {
                // What differs is the part, wherever its Reference stands.
                let start = covered.map_or(reference.offset, |covered| covered.span.start);
                Err(Error::at(Reason::DigestMismatch, start))
            }
        });
        outcome = outcome.and(compared.map_err(|error| error.in_reference(number, Some(target))));
    }
    outcome
}

fn signed_info_digest<'a, S: Source<'a>>(xml: &'a [u8], signature: &Signature<'a>) -> Result<[u8; 32]> {
    let info = &signature.signed_info;
    if info.prefix_list.is_empty() {
        return Ok(info.covered.digest);
    }
    let prefixes: Vec<&str> = info.prefix_list.iter().map(AsRef::as_ref).collect();
    let part = Part { apex: Some(info.covered.span.start), without: None };
    Ok(canonicalize_part::<S, _>(xml, part, &prefixes, HashSink::default())?.0.finish())
}

/// Where the octets of a target are to be found again.
pub(crate) fn part(profile: Profile, target: Target, signature: &Signature<'_>, shape: &Shape<'_>) -> Part {
    let start = match target {
        Target::KeyInfo => Some(signature.key_info.covered.span.start),
        Target::SignedInfo => Some(signature.signed_info.covered.span.start),
        _ => shape.covered(target).map(|covered| covered.span.start),
    };
    let enveloped = matches!(target, Target::AppHdr | Target::Root);
    Part {
        apex: if profile == Profile::Dict && target == Target::Root { None } else { start },
        without: enveloped.then_some(signature.span.start),
    }
}
