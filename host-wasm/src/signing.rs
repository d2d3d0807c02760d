//! Prepare and finish for faces whose callers keep the message between the two.
//!
//! The message is prepared in both calls: the core's `Prepared` borrows it, and a caller on the other side of the boundary cannot
//! lend. Preparing costs a fraction of the check of the signature.

use lacre_core::{Certificate, Error, Prepared, Profile, Reason, Result, SignOptions};

use crate::rsa::Limbs;

/// How a message is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sealing {
    /// The rules to sign by; none: as the root element says.
    pub(crate) profile: Option<Profile>,
    /// Where the profile leaves a choice.
    pub(crate) options: SignOptions,
}

/// The first certificate of some PEM, or that of DER.
pub(crate) fn certificate(bytes: &[u8]) -> Result<Certificate> {
    let found = Certificate::from_pem_or_der(bytes, &Limbs)?;
    found.into_iter().next().ok_or(Error::new(Reason::CertificateSyntax))
}

/// A message with its SignedInfo, waiting for the key's one act.
pub(crate) fn prepare<'a>(
    message: &'a [u8],
    certificate: &Certificate,
    how: Sealing,
) -> Result<Prepared<'a>> {
    let profile = how.profile.map_or_else(|| Profile::detect(message), Ok)?;
    lacre_core::prepare_with(message, profile, certificate, how.options)
}
