//! Files of certificates as this host meets them: what the core reads, PKCS#12 where a passphrase opens it, and the choice among
//! several certificates of one key.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lacre_core::{Bundle, Certificate, Reason};
pub(crate) use lacre_report::trust::line;
pub use lacre_report::trust::signers;

use crate::key::{self, KeyError, Passphrase};
use crate::tls::PeerCertificate;

/// A file of certificates as one that needs no passphrase: PKCS#12 becomes the PEM of the certificates in it, the one that none of the
/// others issued from first. Everything else stays as it is, and is not judged.
///
/// # Errors
/// When the passphrase is missing or wrong, or the file is of a kind that cannot be opened.
pub fn opened<'a>(
    bytes: &'a [u8],
    passphrase: Option<&Passphrase>,
    place: &str,
) -> Result<Cow<'a, [u8]>, KeyError> {
    match Bundle::read(bytes) {
        Err(error) if error.reason() == Reason::Pkcs12 => {
            let certificates = leaf_first(key::certificates_of_pkcs12(bytes, passphrase, place)?);
            Ok(Cow::Owned(certificates.iter().flat_map(|der| pem(der)).collect()))
        }
        _ => Ok(Cow::Borrowed(bytes)),
    }
}

/// The certificate of a key: of several, the first that is valid at the instant, in seconds since 1970 UTC; of none that is, the first.
#[must_use]
pub fn of_key<'a>(
    certificates: &'a [Certificate],
    public_key: &[u8],
    at_unix_s: i64,
) -> Option<&'a Certificate> {
    let mut of_key =
        certificates.iter().filter(|one| key::same_public_key(one.spki_der(), public_key)).peekable();
    let first = of_key.peek().copied()?;
    Some(of_key.find(|one| is_valid(one, at_unix_s)).unwrap_or(first))
}

/// Whether the instant lies in the certificate's validity.
pub(crate) fn is_valid(certificate: &Certificate, at_unix_s: i64) -> bool {
    (certificate.not_before_unix_s()..=certificate.not_after_unix_s()).contains(&at_unix_s)
}

/// Certificates that have no order of their own, as a chain: the one that issued none of the others first, then its issuers, then what
/// belongs to none of them.
pub(crate) fn leaf_first(mut certificates: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let names = |der: &[u8]| PeerCertificate::read(der).map(|one| (one.subject, one.issuer));
    let issued_another = |subject: &str| {
        let others = certificates.iter().filter_map(|der| names(der));
        others.filter(|(other, _)| other != subject).any(|(_, issuer)| issuer == subject)
    };
    let mut next =
        certificates.iter().position(|der| names(der).is_some_and(|(subject, _)| !issued_another(&subject)));
    let mut chain = Vec::with_capacity(certificates.len());
    while let Some(at) = next {
        let der = certificates.remove(at);
        let issuer = names(&der).map(|(_, issuer)| issuer);
        chain.push(der);
        next = certificates
            .iter()
            .position(|der| names(der).is_some_and(|(subject, _)| Some(subject) == issuer));
    }
    chain.extend(certificates);
    chain
}

fn pem(der: &[u8]) -> Vec<u8> {
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der)).into_bytes()
}
