//! What a handshake agreed on, for the audit trail and for people.

use aws_lc_rs::digest::{SHA256, digest};
use lacre_core::without_universal_strings;
use rustls::CommonState;
use x509_cert::certificate::{CertificateInner, Raw, TbsCertificateInner, Version};
use x509_cert::der::Decode;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};

use super::TlsReason;

/// What a handshake agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerSummary {
    /// The protocol version, such as `TLSv1.3`.
    pub version: String,
    /// The cipher suite, such as `TLS13_AES_256_GCM_SHA384`.
    pub cipher: String,
    /// The certificate that the other side proved to own.
    pub certificate: Option<PeerCertificate>,
}

/// A certificate in words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerCertificate {
    /// The subject, as RFC 4514 writes names.
    pub subject: String,
    /// The issuer, as RFC 4514 writes names.
    pub issuer: String,
    /// SHA-256 of the DER, lower case hexadecimal.
    pub sha256: String,
    /// The first instant of its validity, in seconds since 1970 UTC.
    pub not_before_unix_s: i64,
    /// The last instant of its validity, in seconds since 1970 UTC.
    pub not_after_unix_s: i64,
    /// Whether it may issue others.
    pub is_authority: bool,
    /// Whether it names hosts or addresses as TLS looks for them (subjectAltName); a CN is none.
    pub names_hosts: bool,
    /// Why TLS does not take it here from anybody, if it does not.
    pub unsupported: Option<TlsReason>,
}

impl PeerSummary {
    /// What this connection agreed on.
    #[must_use]
    pub fn of(connection: &CommonState) -> Self {
        let version = connection.protocol_version().and_then(|version| version.as_str());
        let cipher = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
        let certificate = connection.peer_certificates().and_then(<[_]>::first);
        Self {
            version: version.unwrap_or("unknown").replace('_', "."),
            cipher: cipher.unwrap_or("unknown").to_owned(),
            certificate: certificate.and_then(|der| PeerCertificate::read(der)),
        }
    }
}

impl PeerCertificate {
    /// A certificate's words, unless its DER cannot be read.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
        let parsed = parsed(der)?;
        let tbs = parsed.tbs_certificate();
        Some(Self {
            subject: tbs.subject().to_string(),
            issuer: tbs.issuer().to_string(),
            sha256: fingerprint(der),
            not_before_unix_s: unix_s(tbs.validity().not_before),
            not_after_unix_s: unix_s(tbs.validity().not_after),
            is_authority: is_authority(tbs),
            names_hosts: tbs.get_extension::<SubjectAltName>().is_ok_and(|found| found.is_some()),
            unsupported: unsupported(tbs),
        })
    }
}

fn is_authority(tbs: &TbsCertificateInner<Raw>) -> bool {
    tbs.get_extension::<BasicConstraints>().is_ok_and(|found| found.is_some_and(|(_, found)| found.ca))
}

/// What the library that checks certificates refuses in any: versions below 3, and critical extensions that it does not know.
fn unsupported(tbs: &TbsCertificateInner<Raw>) -> Option<TlsReason> {
    const KNOWN: [&str; 6] = ["2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.37"];
    if tbs.version() != Version::V3 {
        return Some(TlsReason::Version);
    }
    let mut critical = tbs.extensions().into_iter().flatten().filter(|extension| extension.critical);
    critical
        .any(|extension| !KNOWN.contains(&extension.extn_id.to_string().as_str()))
        .then_some(TlsReason::CriticalExtension)
}

/// A certificate taken apart, whatever string types its names have.
pub(super) fn parsed(der: &[u8]) -> Option<CertificateInner<Raw>> {
    let read = |der: &[u8]| CertificateInner::<Raw>::from_der(der).ok();
    read(der).or_else(|| read(&without_universal_strings(der)?))
}

pub(super) fn unix_s(time: x509_cert::time::Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

fn fingerprint(der: &[u8]) -> String {
    use core::fmt::Write as _;
    digest(&SHA256, der).as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
