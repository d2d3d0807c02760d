//! A certificate as people see it in a list of what is trusted.

use lacre_core::Certificate;
use serde::Serialize;

use crate::text::{hex, instant_text};

/// One certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CertificateRow {
    /// Whose it is, as RFC 4514 writes a distinguished name.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// Its serial, in decimal.
    pub serial: String,
    /// The ISPB that its subject carries.
    pub ispb: Option<String>,
    /// From when it is valid, RFC 3339.
    pub not_before: String,
    /// Until when it is valid, RFC 3339.
    pub not_after: String,
    /// How long its RSA key is, in bits.
    pub rsa_bits: usize,
    /// SHA-256 of its DER, in hexadecimal: what people compare it by.
    pub sha256: String,
}

impl CertificateRow {
    /// What is told of a certificate.
    #[must_use]
    pub fn new(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject(),
            issuer: certificate.issuer(),
            serial: certificate.serial(),
            ispb: certificate.ispb().map(|ispb| ispb.to_string()),
            not_before: instant_text(certificate.not_before_unix_s()),
            not_after: instant_text(certificate.not_after_unix_s()),
            rsa_bits: certificate.rsa_bits(),
            sha256: hex(&lacre_core::sha256(certificate.der())),
        }
    }
}
