//! What is known of the revocation of what is trusted.

use lacre_core::{Certificate, Revocation, Trust};

/// The certificates of a trust that sign messages: those of institutions; where there are none, all.
pub fn signers(trust: &Trust) -> impl Iterator<Item = &Certificate> {
    let any = trust.iter().any(|one| one.ispb().is_some());
    trust.iter().filter(move |one| !any || one.ispb().is_some())
}

/// Whether current lists say of every trusted signer whether it was revoked, at an instant in seconds since 1970 UTC; nothing if nobody
/// is trusted.
pub fn is_checked<'a>(trusts: impl IntoIterator<Item = &'a Trust>, at_unix_s: i64) -> Option<bool> {
    let known = trusts.into_iter().flat_map(|trust| {
        signers(trust).map(move |one| trust.revocation(one, at_unix_s) == Revocation::Checked)
    });
    known.reduce(|one, other| one && other)
}
