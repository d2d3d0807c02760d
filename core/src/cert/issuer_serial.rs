//! X509IssuerSerial (XMLDSig 1.1 §4.5.4.1): read, and matched to a certificate.

use core::fmt;

use super::certificate::Certificate;
use super::name::Name;
use super::name_text;
use super::serial::Serial;
use crate::error::Result;

/// A certificate as a signature points at it: by its issuer's distinguished name and its serial number, both as they are
/// compared. [`Certificate::issuer`] and [`Certificate::serial`] are the text for writing one.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuerSerial {
    issuer: Name,
    serial: Serial,
}

impl IssuerSerial {
    /// Reads the text of X509IssuerName (RFC 4514 and 2253, RFC 1779, Java's form) and of X509SerialNumber (decimal).
    ///
    /// # Errors
    /// [`Reason::IssuerName`](crate::Reason::IssuerName) or [`Reason::SerialNumber`](crate::Reason::SerialNumber) if the text cannot be read.
    pub fn parse(issuer: &str, serial: &str) -> Result<Self> {
        Self::with_serial(issuer, Serial::parse(serial)?)
    }

    /// Whether this points at the certificate: the whole serial number is equal, and the issuer is the same sequence of
    /// RDNs, in the certificate's order or in the opposite one.
    #[must_use]
    pub fn matches(&self, certificate: &Certificate) -> bool {
        self.serial == certificate.serial_number()
            && self.issuer.is_same_either_way(certificate.issuer_name())
    }

    /// The same with a serial number that is read already.
    pub(super) fn with_serial(issuer: &str, serial: Serial) -> Result<Self> {
        Ok(Self { issuer: name_text::parse(issuer)?, serial })
    }

    pub(super) fn serial_number(&self) -> Serial {
        self.serial
    }
}

impl From<&Certificate> for IssuerSerial {
    fn from(certificate: &Certificate) -> Self {
        Self { issuer: certificate.issuer_name().clone(), serial: certificate.serial_number() }
    }
}

impl fmt::Debug for IssuerSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerSerial").field("serial", &self.serial).finish_non_exhaustive()
    }
}
