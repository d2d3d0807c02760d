//! Which certificates are trusted, for which ISPB, at which instant.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::certificate::Certificate;
use super::crl;
use super::issuer_serial::IssuerSerial;
use super::name::Name;
use super::serial::Serial;
use crate::error::{Error, Reason, Result};
use crate::ispb::Ispb;

/// The certificates that signatures may be checked with, and what was revoked. Nothing in a message adds to it.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    entries: Vec<Entry>,
    /// Where in `entries`; several issuers may have given the same number.
    by_serial: BTreeMap<Serial, Vec<usize>>,
    /// From when, in seconds since 1970 UTC, by issuer (its place in `issuers`) and serial number.
    revoked: BTreeMap<(usize, Serial), i64>,
    issuers: Issuers,
}

#[derive(Clone, Debug)]
struct Entry {
    certificate: Certificate,
    ispb: Option<Ispb>,
}

impl Trust {
    /// Trust in nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts a certificate. The same one twice is once.
    pub fn add(&mut self, certificate: Certificate) {
        self.insert(certificate, None);
    }

    /// Trusts a certificate for a participant, whatever its subject says.
    pub fn add_for(&mut self, certificate: Certificate, ispb: Ispb) {
        self.insert(certificate, Some(ispb));
    }

    /// Holds a certificate for revoked from an instant on, in seconds since 1970 UTC. It may be added before or after.
    pub fn revoke(&mut self, certificate: &Certificate, from_unix_s: i64) {
        let issuer = self.issuers.place(certificate.issuer_name());
        self.revoke_serial(issuer, certificate.serial_number(), from_unix_s);
    }

    /// Takes in a complete certificate revocation list (DER, or one block of PEM) after checking that `issuer` signed it.
    /// Each entry counts from its own date, for certificates added before or after. Gives the number of entries.
    ///
    /// # Errors
    /// [`Reason::CrlSyntax`], [`Reason::CrlIssuer`] or [`Reason::CrlSignature`]; nothing is revoked then.
    pub fn add_crl(&mut self, list: &[u8], issuer: &Certificate) -> Result<usize> {
        let entries = crl::read(list, issuer)?;
        let place = self.issuers.place(issuer.subject_name());
        for (serial, from_unix_s) in &entries {
            self.revoke_serial(place, *serial, *from_unix_s);
        }
        Ok(entries.len())
    }

    /// The certificate with this X509IssuerName and X509SerialNumber. If two were added, the first.
    ///
    /// # Errors
    /// [`Reason::IssuerName`] or [`Reason::SerialNumber`] if the text cannot be read.
    pub fn find(&self, issuer: &str, serial: &str) -> Result<Option<&Certificate>> {
        Ok(self.get(&IssuerSerial::parse(issuer, serial)?))
    }

    /// The certificate that this points at. If two were added, the first.
    #[must_use]
    pub fn get(&self, wanted: &IssuerSerial) -> Option<&Certificate> {
        self.with_serial(wanted.serial_number())
            .map(|entry| &entry.certificate)
            .find(|found| wanted.matches(found))
    }

    /// Whether a certificate may be relied on at an instant, in seconds since 1970 UTC. Both ends of its validity belong to it.
    ///
    /// # Errors
    /// [`Reason::CertificateRevoked`], [`Reason::CertificateNotYetValid`] or [`Reason::CertificateExpired`].
    pub fn status(&self, certificate: &Certificate, at_unix_s: i64) -> Result<()> {
        let revoked = self
            .issuers
            .find(certificate.issuer_name())
            .and_then(|issuer| self.revoked.get(&(issuer, certificate.serial_number())));
        if revoked.is_some_and(|from| at_unix_s >= *from) {
            return Err(Error::new(Reason::CertificateRevoked));
        }
        if at_unix_s < certificate.not_before_unix_s() {
            return Err(Error::new(Reason::CertificateNotYetValid));
        }
        if at_unix_s > certificate.not_after_unix_s() {
            return Err(Error::new(Reason::CertificateExpired));
        }
        Ok(())
    }

    /// The participant that a certificate speaks for: what it was added for, or what its subject says.
    #[must_use]
    pub fn ispb_of(&self, certificate: &Certificate) -> Option<Ispb> {
        let entry =
            self.with_serial(certificate.serial_number()).find(|entry| entry.certificate == *certificate);
        entry.and_then(|entry| entry.ispb).or(certificate.ispb())
    }

    /// The certificates, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Certificate> {
        self.entries.iter().map(|entry| &entry.certificate)
    }

    /// How many certificates are trusted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn insert(&mut self, certificate: Certificate, ispb: Option<Ispb>) {
        let places = self.by_serial.entry(certificate.serial_number()).or_default();
        let is_same =
            |place: &&usize| self.entries.get(**place).is_some_and(|entry| entry.certificate == certificate);
        if let Some(known) = places.iter().find(is_same).and_then(|place| self.entries.get_mut(*place)) {
            known.ispb = ispb.or(known.ispb);
            return;
        }
        places.push(self.entries.len());
        self.entries.push(Entry { certificate, ispb });
    }

    fn with_serial(&self, serial: Serial) -> impl Iterator<Item = &Entry> {
        self.by_serial.get(&serial).into_iter().flatten().filter_map(|place| self.entries.get(*place))
    }

    fn revoke_serial(&mut self, issuer: usize, serial: Serial, from_unix_s: i64) {
        let from = self.revoked.entry((issuer, serial)).or_insert(from_unix_s);
        *from = from_unix_s.min(*from);
    }
}

impl Extend<Certificate> for Trust {
    fn extend<I: IntoIterator<Item = Certificate>>(&mut self, certificates: I) {
        certificates.into_iter().for_each(|certificate| self.add(certificate));
    }
}

impl FromIterator<Certificate> for Trust {
    fn from_iter<I: IntoIterator<Item = Certificate>>(certificates: I) -> Self {
        let mut trust = Self::new();
        trust.extend(certificates);
        trust
    }
}

/// The issuers that revoked something: a handful, so they are looked through.
#[derive(Clone, Default)]
struct Issuers(Vec<Name>);

impl Issuers {
    fn find(&self, name: &Name) -> Option<usize> {
        self.0.iter().position(|known| known == name)
    }

    fn place(&mut self, name: &Name) -> usize {
        self.find(name).unwrap_or_else(|| {
            self.0.push(name.clone());
            self.0.len() - 1
        })
    }
}

impl core::fmt::Debug for Issuers {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} issuers", self.0.len())
    }
}
