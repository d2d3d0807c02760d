//! Which certificates are trusted, for which ISPB, at which instant.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::bundle::Bundle;
use super::certificate::Certificate;
use super::crl::RevocationList;
use super::issuer_serial::IssuerSerial;
use super::name::Name;
use super::serial::Serial;
use crate::error::{Error, Reason, Result};
use crate::ispb::Ispb;
use crate::rsa::RsaBackend;

/// The certificates that signatures may be checked with, and what was revoked. Nothing in a message adds to it.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    entries: Vec<Entry>,
    /// Where in `entries`; several issuers may have given the same number.
    by_serial: BTreeMap<Serial, Vec<usize>>,
    /// From when, in seconds since 1970 UTC, by issuer (its place in `issuers`) and serial number.
    revoked: BTreeMap<(usize, Serial), i64>,
    issuers: Issuers,
    /// The newest list of an issuer (its place in `issuers`): when it was made, and when the next one is due.
    lists: BTreeMap<usize, (i64, Option<i64>)>,
}

/// Whether it is known that a certificate was not revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revocation {
    /// No list of its issuer was taken in.
    NotChecked,
    /// The newest list of its issuer should have been followed by another at this instant, in seconds since 1970 UTC. What it revokes
    /// counts.
    Stale(i64),
    /// A current list of its issuer was taken in. It may revoke the certificate.
    Checked,
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
        let list = RevocationList::read(list, [issuer])?;
        self.add_list(&list);
        Ok(list.len())
    }

    /// Trusts every certificate of a file that [`Bundle`] reads and that can be used, and takes in the revocation lists in it. Gives the
    /// certificates; a file may hold lists alone, of authorities that are trusted already.
    ///
    /// # Errors
    /// As [`Bundle::read`] and [`Certificate::from_der_with`], and as [`RevocationList::read`] for a list; also if there is neither a
    /// list nor a certificate that can be used. Nothing is taken in then.
    pub fn add_bundle(&mut self, bytes: &[u8], backend: &dyn RsaBackend) -> Result<Vec<Certificate>> {
        let bundle = Bundle::read(bytes)?;
        let (usable, passed_over) = bundle.usable(backend)?;
        if usable.is_empty() && bundle.lists.is_empty() {
            return Err(passed_over.first().copied().unwrap_or(Error::new(Reason::CertificateSyntax)));
        }
        let issuers = || self.iter().chain(&usable);
        let lists: Vec<_> = bundle
            .lists
            .iter()
            .map(|found| {
                RevocationList::read(&found.der, issuers())
                    .map_err(|error| Error::at(error.reason(), found.offset))
            })
            .collect::<Result<_>>()?;
        self.extend(usable.iter().cloned());
        lists.iter().for_each(|list| self.add_list(list));
        Ok(usable)
    }

    /// Takes in a list. Each entry counts from its own date, for certificates added before or after.
    pub fn add_list(&mut self, list: &RevocationList) {
        let place = self.issuers.place(list.issuer_name());
        for (serial, from_unix_s) in list.entries() {
            self.revoke_serial(place, *serial, *from_unix_s);
        }
        let dates = (list.this_update_unix_s(), list.next_update_unix_s());
        if list.covers_institutions() && self.lists.get(&place).is_none_or(|known| *known < dates) {
            self.lists.insert(place, dates);
        }
    }

    /// Whether it is known that a certificate was not revoked at an instant, in seconds since 1970 UTC. A list says what was before it
    /// was made, too.
    #[must_use]
    pub fn revocation(&self, certificate: &Certificate, at_unix_s: i64) -> Revocation {
        let issuer = self.issuers.find(certificate.issuer_name());
        match issuer.and_then(|issuer| self.lists.get(&issuer)) {
            None => Revocation::NotChecked,
            Some((this_update, next_update)) => {
                let good_until = next_update.unwrap_or(*this_update);
                if at_unix_s > good_until { Revocation::Stale(good_until) } else { Revocation::Checked }
            }
        }
    }

    /// The certificate with this X509IssuerName and X509SerialNumber. If two were added, the first.
    ///
    /// # Errors
    /// [`Reason::IssuerName`] or [`Reason::SerialNumber`] if the text cannot be read.
    pub fn find(&self, issuer: &str, serial: &str) -> Result<Option<&Certificate>> {
        Ok(self.get(&self.pointed_at(issuer, serial)?))
    }

    /// [`IssuerSerial::parse`], which need not take a name apart that stands in a trusted certificate's own words.
    ///
    /// # Errors
    /// As [`IssuerSerial::parse`].
    pub(crate) fn pointed_at(&self, issuer: &str, serial: &str) -> Result<IssuerSerial> {
        let serial = Serial::parse(serial)?;
        let mut known = self.with_serial(serial).map(|entry| &entry.certificate);
        known
            .find(|certificate| certificate.writes_issuer_as(issuer))
            .map_or_else(|| IssuerSerial::with_serial(issuer, serial), |certificate| Ok(certificate.into()))
    }

    /// The certificate that this points at. If two were added, the first.
    #[must_use]
    pub fn get(&self, wanted: &IssuerSerial) -> Option<&Certificate> {
        self.get_all(wanted).next()
    }

    /// The certificates that this points at: more than one only if their authority gave a serial number twice.
    pub(crate) fn get_all(&self, wanted: &IssuerSerial) -> impl Iterator<Item = &Certificate> {
        self.with_serial(wanted.serial_number())
            .map(|entry| &entry.certificate)
            .filter(|found| wanted.matches(found))
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

#[cfg(all(test, feature = "rust-crypto"))]
mod tests {
    use alloc::vec;

    use super::super::test_keys::{crl, read};
    use super::*;

    const NOON_2026: i64 = 1_767_268_800;

    fn reason<T>(result: Result<T>) -> Option<Reason> {
        result.err().map(|error| error.reason())
    }

    #[test]
    fn finds_by_issuer_and_serial() {
        let trust: Trust =
            ["bacen", "psp", "odd", "odd-same-serial", "multi"].map(read).into_iter().collect();
        for certificate in trust.iter() {
            assert_eq!(trust.find(&certificate.issuer(), &certificate.serial()), Ok(Some(certificate)));
        }
        assert_eq!(trust.find(&read("psp").issuer(), "1"), Ok(None));
        assert_eq!(trust.find("CN=a", &read("psp").serial()), Ok(None));
        assert_eq!(reason(trust.find("a", "1")), Some(Reason::IssuerName));
        assert_eq!(reason(trust.find("CN=a", "x")), Some(Reason::SerialNumber));
    }

    #[test]
    fn one_serial_of_two_issuers_is_two_certificates() {
        let trust: Trust = ["bacen", "odd-same-serial"].map(read).into_iter().collect();
        assert_eq!(read("bacen").serial(), read("odd-same-serial").serial());
        assert_eq!(trust.find(&read("bacen").issuer(), &read("bacen").serial()), Ok(Some(&read("bacen"))));
        assert_eq!(
            trust.find(&read("odd").issuer(), &read("bacen").serial()),
            Ok(Some(&read("odd-same-serial")))
        );
    }

    #[test]
    fn the_subject_is_not_the_issuer() {
        let trust: Trust = [read("bacen")].into_iter().collect();
        assert_eq!(trust.find(&read("bacen").subject(), &read("bacen").serial()), Ok(None));
    }

    #[test]
    fn the_same_certificate_twice_is_once() {
        let mut trust = Trust::new();
        assert!(trust.is_empty());
        trust.extend(vec![read("bacen"), read("bacen"), read("psp")]);
        assert_eq!(trust.len(), 2);
    }

    #[test]
    fn both_ends_of_the_validity_belong_to_it() {
        let (trust, bacen) = (Trust::new(), read("bacen"));
        let status = |at| reason(trust.status(&bacen, at));
        assert_eq!(status(bacen.not_before_unix_s() - 1), Some(Reason::CertificateNotYetValid));
        assert_eq!(status(bacen.not_before_unix_s()), None);
        assert_eq!(status(bacen.not_after_unix_s()), None);
        assert_eq!(status(bacen.not_after_unix_s() + 1), Some(Reason::CertificateExpired));
        assert_eq!(status(i64::MIN), Some(Reason::CertificateNotYetValid));
        assert_eq!(status(i64::MAX), Some(Reason::CertificateExpired));
    }

    #[test]
    fn revokes_from_an_instant_on() {
        let (mut trust, bacen) = (Trust::new(), read("bacen"));
        trust.revoke(&bacen, NOON_2026);
        trust.revoke(&bacen, NOON_2026 + 50);
        assert_eq!(reason(trust.status(&bacen, NOON_2026 - 1)), None);
        assert_eq!(reason(trust.status(&bacen, NOON_2026)), Some(Reason::CertificateRevoked));
        assert_eq!(reason(trust.status(&read("odd-same-serial"), NOON_2026)), None);
        assert_eq!(reason(trust.status(&read("psp"), NOON_2026)), None);
    }

    #[test]
    fn takes_in_a_list_that_its_issuer_signed() {
        for list in ["sha256", "sha512"] {
            let mut trust = Trust::new();
            assert_eq!(trust.add_crl(&crl(list), &read("ca")), Ok(2), "{list}");
            assert_eq!(reason(trust.status(&read("revoked"), 1_748_735_999)), None);
            assert_eq!(
                reason(trust.status(&read("revoked"), 1_748_736_000)),
                Some(Reason::CertificateRevoked)
            );
            assert_eq!(reason(trust.status(&read("serial20"), NOON_2026)), Some(Reason::CertificateRevoked));
            assert_eq!(reason(trust.status(&read("bacen"), NOON_2026)), None);
        }
        assert_eq!(Trust::new().add_crl(&crl("empty"), &read("ca")), Ok(0));
    }

    #[test]
    fn refuses_a_list_that_it_cannot_rely_on() {
        let mut trust = Trust::new();
        assert_eq!(reason(trust.add_crl(&crl("sha256"), &read("odd-ca"))), Some(Reason::CrlIssuer));
        assert_eq!(reason(trust.add_crl(&crl("sha1"), &read("ca"))), Some(Reason::CrlSignature));
        assert_eq!(reason(trust.add_crl(&crl("indirect"), &read("ca"))), Some(Reason::CrlSyntax));
        assert_eq!(reason(trust.add_crl(b"", &read("ca"))), Some(Reason::CrlSyntax));
        let text = alloc::string::String::from_utf8(crl("sha256")).unwrap();
        assert_eq!(
            reason(trust.add_crl([text.as_str(), &text].concat().as_bytes(), &read("ca"))),
            Some(Reason::CrlSyntax)
        );
        assert_eq!(reason(trust.status(&read("revoked"), NOON_2026)), None);
    }

    #[test]
    fn takes_in_a_file_whole_or_not_at_all() {
        use super::super::test_keys::pem;
        use crate::rsa::RustCrypto;
        let mut trust = Trust::new();
        let all = [pem("revoked"), pem("ec"), pem("ca"), crl("sha256")].concat();
        assert_eq!(trust.add_bundle(&all, &RustCrypto), Ok(vec![read("revoked"), read("ca")]));
        assert_eq!(reason(trust.status(&read("revoked"), NOON_2026)), Some(Reason::CertificateRevoked));
        assert_eq!(trust.add_bundle(&crl("empty"), &RustCrypto), Ok(vec![]));
        for (file, expected) in [
            ([pem("psp"), crl("sha1")].concat(), Reason::CrlSignature),
            (pem("ec"), Reason::CertificateKey),
            (pem("psp")[1..].to_vec(), Reason::CertificatePem),
        ] {
            assert_eq!(reason(trust.add_bundle(&file, &RustCrypto)), Some(expected));
        }
        assert_eq!(reason(Trust::new().add_bundle(&crl("sha256"), &RustCrypto)), Some(Reason::CrlIssuer));
        assert_eq!(trust.len(), 2);
    }

    #[test]
    fn says_whether_revocation_is_known() {
        let mut trust = Trust::new();
        assert_eq!(trust.revocation(&read("bacen"), NOON_2026), Revocation::NotChecked);
        trust.revoke(&read("bacen"), NOON_2026);
        assert_eq!(trust.revocation(&read("bacen"), NOON_2026), Revocation::NotChecked);
        let list = RevocationList::read(&crl("sha256"), [&read("odd-ca"), &read("ca")]).unwrap();
        assert_eq!((list.issuer(), list.len()), (read("ca").subject().as_str(), 2));
        trust.add_list(&list);
        let next = list.next_update_unix_s().unwrap();
        assert_eq!(trust.revocation(&read("bacen"), list.this_update_unix_s() - 1), Revocation::Checked);
        assert_eq!(trust.revocation(&read("bacen"), next), Revocation::Checked);
        assert_eq!(trust.revocation(&read("bacen"), next + 1), Revocation::Stale(next));
        assert_eq!(trust.revocation(&read("odd"), next), Revocation::NotChecked);
    }

    #[test]
    fn a_changed_list_revokes_nothing() {
        let der = &super::super::Bundle::read(&crl("sha256")).unwrap().lists[0].der;
        for index in 0..der.len() {
            let mut changed = der.clone();
            changed[index] ^= 1;
            assert!(Trust::new().add_crl(&changed, &read("ca")).is_err(), "byte {index}");
        }
    }

    #[test]
    fn a_certificate_speaks_for_the_participant_that_was_given() {
        let mut trust: Trust = [read("psp")].into_iter().collect();
        let (named, given) = (Ispb::new("12345678"), Ispb::new("99999A04").unwrap());
        assert_eq!(trust.ispb_of(&read("psp")), named);
        trust.add_for(read("psp"), given);
        assert_eq!(trust.ispb_of(&read("psp")), Some(given));
        trust.add(read("psp"));
        assert_eq!(trust.ispb_of(&read("psp")), Some(given));
        assert_eq!(trust.ispb_of(&read("ca")), None);
    }
}
