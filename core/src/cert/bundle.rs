//! A file of certificates, as authorities and administrators hand them out: PEM, DER, PKCS#7. The one reader for all of them.

use alloc::vec::Vec;

use super::ber::{
    self, CONTEXT_0, CONTEXT_1, GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, SET, UTC_TIME,
};
use super::certificate::Certificate;
use super::pem;
use crate::error::{Error, Reason, Result};
use crate::limits::{BUNDLE_ITEMS_MAX, CERTIFICATE_BYTES_MAX, CERTIFICATE_FILE_BYTES_MAX, CRL_BYTES_MAX};
use crate::pem::Block;
use crate::rsa::RsaBackend;

/// What a file of certificates holds. A file is read whole or not at all: nothing in it is dropped in silence.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Bundle {
    /// The certificates.
    pub certificates: Vec<Found>,
    /// The certificate revocation lists.
    pub lists: Vec<Found>,
    /// What stands beside them and is passed over.
    pub beside: Vec<(Beside, usize)>,
    /// Whether the order of the certificates is one that somebody chose: in PKCS#7 they have none.
    pub has_order: bool,
}

/// One structure of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// Its DER.
    pub der: Vec<u8>,
    /// Where it, or what it stands in, begins in the file, in bytes.
    pub offset: usize,
}

/// What may stand beside certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Beside {
    /// A private key. It is not looked at.
    PrivateKey,
    /// A request for a certificate.
    Request,
    /// Another block of PEM.
    Foreign,
}

impl Bundle {
    /// Reads PEM (certificates, revocation lists, PKCS#7), DER or BER of one of them, or base64 of that without any frame.
    ///
    /// # Errors
    /// With the offset: [`Reason::CertificatePem`] for a block that is damaged, [`Reason::Pkcs12`] for a file that needs a passphrase,
    /// [`Reason::CertificateSyntax`] for a block or file that says it holds certificates and does not.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        Self::read_within(bytes, CERTIFICATE_FILE_BYTES_MAX)
    }

    pub(super) fn read_within(bytes: &[u8], bytes_max: usize) -> Result<Self> {
        let syntax = Error::new(Reason::CertificateSyntax);
        if bytes.len() > bytes_max {
            return Err(syntax);
        }
        let mut bundle = Self { has_order: true, ..Self::default() };
        if pem::is_der(bytes) {
            bundle.take(bytes, 0).map_err(Error::new)?;
            return Ok(bundle);
        }
        let text = pem::text(bytes);
        // UTF-16 has a mark in front, and each character twice the room.
        let place =
            |offset: usize| if text.len() < bytes.len() { (offset * 2).min(bytes.len()) } else { offset };
        let blocks = pem::blocks(&text).map_err(|error| moved(error, place))?;
        for block in &blocks {
            let offset = place(block.offset());
            bundle.take_block(block, offset).map_err(|reason| Error::at(reason, offset))?;
        }
        if blocks.is_empty() {
            let der = pem::decode(&text, bytes_max).filter(|der| pem::is_der(der)).ok_or(syntax)?;
            bundle.take(&der, 0).map_err(Error::new)?;
        }
        Ok(bundle)
    }

    /// The certificates whose key is one that signatures can be checked with, and an error for each that is passed over because its
    /// key is of another kind.
    ///
    /// # Errors
    /// [`Reason::CertificateSyntax`] with the offset of what is no certificate.
    pub fn usable(&self, backend: &dyn RsaBackend) -> Result<(Vec<Certificate>, Vec<Error>)> {
        let (mut usable, mut passed_over) = (Vec::new(), Vec::new());
        for Found { der, offset } in &self.certificates {
            match Certificate::from_der_with(der, backend) {
                Ok(certificate) => usable.push(certificate),
                Err(error) => {
                    let error = Error::at(error.reason(), *offset);
                    if error.reason() != Reason::CertificateKey {
                        return Err(error);
                    }
                    passed_over.push(error);
                }
            }
        }
        Ok((usable, passed_over))
    }

    fn take_block(&mut self, block: &Block<'_>, offset: usize) -> Result<(), Reason> {
        let octets = |octets_max| block.decode(octets_max).map_err(|_| Reason::CertificatePem);
        match block.label() {
            // Its beginning cannot be read.
            "" => Err(Reason::CertificatePem),
            "CERTIFICATE" | "X509 CERTIFICATE" => self.take(&octets(CERTIFICATE_FILE_BYTES_MAX)?, offset),
            "TRUSTED CERTIFICATE" => {
                // OpenSSL's own: what it is trusted for stands behind it.
                let octets = octets(CERTIFICATE_FILE_BYTES_MAX)?;
                let (certificate, _) = ber::read(&octets).ok_or(Reason::CertificateSyntax)?;
                self.take(certificate.whole, offset)
            }
            "X509 CRL" => self.take(&octets(CRL_BYTES_MAX)?, offset),
            "PKCS7" | "PKCS #7 SIGNED DATA" | "CMS" | "CERTIFICATE CHAIN" => {
                self.take(&octets(CERTIFICATE_FILE_BYTES_MAX)?, offset)
            }
            label if label.ends_with("PRIVATE KEY") => self.pass_over(Beside::PrivateKey, offset),
            label if label.ends_with("CERTIFICATE REQUEST") => self.pass_over(Beside::Request, offset),
            _ => self.pass_over(Beside::Foreign, offset),
        }
    }

    /// Takes in a structure, whatever it was said to be.
    fn take(&mut self, der: &[u8], offset: usize) -> Result<(), Reason> {
        let syntax = Reason::CertificateSyntax;
        match Kind::of(der).ok_or(syntax)? {
            Kind::Certificate if der.len() > CERTIFICATE_BYTES_MAX => Err(syntax),
            Kind::Certificate => Self::push(&mut self.certificates, der, offset),
            Kind::List => Self::push(&mut self.lists, der, offset),
            Kind::Pkcs7(content) => self.take_pkcs7(content, offset),
            Kind::Pkcs12 => Err(Reason::Pkcs12),
        }
    }

    /// SignedData (RFC 2315 §9.1): `[0]` holds certificates, `[1]` revocation lists. Its signatures, if it has any, prove nothing here.
    fn take_pkcs7(&mut self, signed_data: &[u8], offset: usize) -> Result<(), Reason> {
        let syntax = Reason::CertificateSyntax;
        self.has_order = false;
        for part in ber::each(signed_data) {
            let part = part.ok_or(syntax)?;
            let into = match part.tag {
                CONTEXT_0 => &mut self.certificates,
                CONTEXT_1 => &mut self.lists,
                _ => continue,
            };
            for one in ber::each(part.content) {
                let one = one.ok_or(syntax)?;
                if one.tag == SEQUENCE {
                    Self::push(into, one.whole, offset)?;
                }
            }
        }
        Ok(())
    }

    fn push(into: &mut Vec<Found>, der: &[u8], offset: usize) -> Result<(), Reason> {
        if into.len() >= BUNDLE_ITEMS_MAX {
            return Err(Reason::CertificateSyntax);
        }
        into.push(Found { der: der.into(), offset });
        Ok(())
    }

    fn pass_over(&mut self, what: Beside, offset: usize) -> Result<(), Reason> {
        if self.beside.len() >= BUNDLE_ITEMS_MAX {
            return Err(Reason::CertificateSyntax);
        }
        self.beside.push((what, offset));
        Ok(())
    }
}

fn moved(error: Error, place: impl Fn(usize) -> usize) -> Error {
    error.place().offset.map_or(error, |offset| Error::at(error.reason(), place(offset)))
}

/// What a structure is, by its outline alone.
enum Kind<'a> {
    Certificate,
    List,
    /// The content of SignedData.
    Pkcs7(&'a [u8]),
    Pkcs12,
}

const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];

impl<'a> Kind<'a> {
    fn of(der: &'a [u8]) -> Option<Self> {
        let outer = ber::only(der)?;
        let (first, rest) = ber::read(outer.content).filter(|_| outer.tag == SEQUENCE)?;
        match first.tag {
            SEQUENCE => Self::of_signed(first.content),
            OBJECT_IDENTIFIER if first.content == SIGNED_DATA => {
                let explicit = ber::read(rest).filter(|(tlv, _)| tlv.tag == CONTEXT_0)?.0;
                let signed_data = ber::read(explicit.content).filter(|(tlv, _)| tlv.tag == SEQUENCE)?.0;
                Some(Self::Pkcs7(signed_data.content))
            }
            // PFX: version 3, and a ContentInfo.
            INTEGER if first.content == [3] => {
                let safe = ber::read(rest).filter(|(tlv, _)| tlv.tag == SEQUENCE)?.0;
                ber::read(safe.content).filter(|(tlv, _)| tlv.tag == OBJECT_IDENTIFIER)?;
                Some(Self::Pkcs12)
            }
            _ => None,
        }
    }

    /// A certificate and a list are signed alike: algorithm, issuer, and then a certificate's validity or a list's date.
    fn of_signed(to_be_signed: &[u8]) -> Option<Self> {
        let mut parts = ber::each(to_be_signed).map_while(|part| part).peekable();
        let says_version = parts.next_if(|tlv| tlv.tag == CONTEXT_0).is_some();
        let has_number = parts.next_if(|tlv| tlv.tag == INTEGER).is_some();
        let algorithm_and_issuer = [parts.next()?, parts.next()?];
        algorithm_and_issuer.iter().all(|tlv| tlv.tag == SEQUENCE).then_some(())?;
        match parts.next()?.tag {
            SEQUENCE if has_number => Some(Self::Certificate),
            UTC_TIME | GENERALIZED_TIME if !says_version => Some(Self::List),
            _ => None,
        }
    }
}

/// A certificate or list whose names hold UniversalString, as a parser that lacks the type can read it: the tag is another one that
/// nobody uses, VideotexString. Nothing if there is none.
#[must_use]
pub fn without_universal_strings(der: &[u8]) -> Option<Vec<u8>> {
    let mut changed = der.to_vec();
    let mut any = false;
    let to_be_signed = ber::read(ber::only(der)?.content)?.0;
    for part in ber::each(to_be_signed.content).map_while(|part| part).filter(|part| part.tag == SEQUENCE) {
        let sets = ber::each(part.content).map_while(|set| set).filter(|set| set.tag == SET);
        let attributes = sets.flat_map(|set| ber::each(set.content).map_while(|attribute| attribute));
        for value in attributes.filter_map(|attribute| ber::each(attribute.content).nth(1)?) {
            if value.tag == UNIVERSAL_STRING {
                // A part of `der`, so the distance of the two is an offset.
                let offset = value.whole.as_ptr().addr().checked_sub(der.as_ptr().addr())?;
                *changed.get_mut(offset)? = VIDEOTEX_STRING;
                any = true;
            }
        }
    }
    any.then_some(changed)
}

/// X.680's UniversalString, and the tag that stands for it here.
pub(super) const UNIVERSAL_STRING: u8 = 0x1C;
pub(super) const VIDEOTEX_STRING: u8 = 0x15;

#[cfg(all(test, feature = "rust-crypto"))]
mod tests {
    use alloc::vec;

    use super::super::test_keys::{crl, der, pem, read};
    use super::*;
    use crate::digest::encode_base64;
    use crate::rsa::RustCrypto;

    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    fn certificates(bytes: &[u8]) -> Vec<Certificate> {
        Bundle::read(bytes).unwrap().usable(&RustCrypto).unwrap().0
    }

    fn block(label: &str, der: &[u8]) -> Vec<u8> {
        let body = encode_base64(der);
        alloc::format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----").into_bytes()
    }

    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x84], &length[..], content].concat()
    }

    fn pkcs7(certificates: &[u8], lists: &[u8]) -> Vec<u8> {
        let data = [0x30, 0x0B, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
        let mut parts = [&[0x02, 0x01, 0x01, 0x31, 0x00][..], &data].concat();
        parts.extend(tlv(CONTEXT_0, certificates));
        parts.extend(tlv(CONTEXT_1, lists));
        parts.extend([0x31, 0x00]);
        let oid = [&[OBJECT_IDENTIFIER, 9][..], SIGNED_DATA].concat();
        tlv(SEQUENCE, &[oid, tlv(CONTEXT_0, &tlv(SEQUENCE, &parts))].concat())
    }

    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    fn list() -> Vec<u8> {
        Bundle::read(&crl("sha256")).unwrap().lists.remove(0).der
    }

    #[test]
    fn reads_certificates_in_every_dress() {
        let bacen = der("bacen");
        let trusted = [&bacen[..], &[0x30, 0x02, 0x05, 0x00]].concat();
        for file in [
            bacen.clone(),
            pem("bacen"),
            encode_base64(&bacen).into_bytes(),
            block("X509 CERTIFICATE", &bacen),
            block("TRUSTED CERTIFICATE", &trusted),
            pkcs7(&bacen, &[]),
            block("PKCS7", &pkcs7(&bacen, &[])),
            block("CERTIFICATE", &pkcs7(&bacen, &[])),
        ] {
            assert_eq!(certificates(&file), [read("bacen")]);
        }
    }

    #[test]
    fn a_list_is_found_wherever_it_stands() {
        let der = list();
        for file in [crl("sha256"), der.clone(), pkcs7(&[], &der), block("CERTIFICATE", &der)] {
            assert_eq!(Bundle::read(&file).unwrap().lists.first().map(|found| &found.der), Some(&der));
        }
        let all = [pem("ca"), crl("sha256"), pem("psp")].concat();
        let bundle = Bundle::read(&all).unwrap();
        assert_eq!((bundle.certificates.len(), bundle.lists.len()), (2, 1));
        assert_eq!(bundle.lists[0].offset, all.len() - pem("psp").len() - crl("sha256").len());
    }

    #[test]
    fn pkcs7_of_indefinite_lengths_is_read_and_has_no_order() {
        let parts = [&[CONTEXT_0, 0x80][..], &der("ca"), &der("psp"), &[0, 0]].concat();
        let head = [&[0x30, 0x80, OBJECT_IDENTIFIER, 9][..], SIGNED_DATA].concat();
        let file = [&head[..], &[CONTEXT_0, 0x80, 0x30, 0x80], &parts, &[0; 6]].concat();
        let bundle = Bundle::read(&file).unwrap();
        assert_eq!(certificates(&file), [read("ca"), read("psp")]);
        assert!(!bundle.has_order && Bundle::read(&pem("ca")).unwrap().has_order);
    }

    #[test]
    fn what_stands_beside_is_named_and_a_key_never_read() {
        let file = [
            b"-----BEGIN RSA PRIVATE KEY-----\n!\n-----END RSA PRIVATE KEY-----\n".as_slice(),
            b"-----BEGIN NEW CERTIFICATE REQUEST-----\n!\n-----END NEW CERTIFICATE REQUEST-----\n",
            b"-----BEGIN DH PARAMETERS-----\n!\n-----END DH PARAMETERS-----\n",
            &pem("psp"),
        ];
        let bundle = Bundle::read(&file.concat()).unwrap();
        let beside: Vec<_> = bundle.beside.iter().map(|(what, _)| *what).collect();
        assert_eq!(beside, [Beside::PrivateKey, Beside::Request, Beside::Foreign]);
        assert_eq!(bundle.beside[1].1, file[0].len());
        assert_eq!(bundle.certificates.len(), 1);
    }

    #[test]
    fn a_certificate_of_another_kind_of_key_is_passed_over_and_a_damaged_one_is_not() {
        let (first, second) = (pem("ec"), pem("psp"));
        let (usable, passed_over) =
            Bundle::read(&[&first[..], &second].concat()).unwrap().usable(&RustCrypto).unwrap();
        assert_eq!(usable, [read("psp")]);
        assert_eq!(passed_over, [Error::at(Reason::CertificateKey, 0)]);
        let mut damaged = der("psp");
        let at = damaged.len() - 300;
        damaged[at] ^= 0xFF;
        damaged.truncate(at);
        let refused = Bundle::read(&[first.clone(), block("CERTIFICATE", &damaged)].concat()).unwrap_err();
        assert_eq!(refused, Error::at(Reason::CertificateSyntax, first.len()));
    }

    #[test]
    fn a_store_that_needs_a_passphrase_is_named() {
        let pfx = tlv(SEQUENCE, &[&[INTEGER, 1, 3][..], &tlv(SEQUENCE, &[OBJECT_IDENTIFIER, 1, 1])].concat());
        for file in [pfx.clone(), encode_base64(&pfx).into_bytes(), block("CERTIFICATE", &pfx)] {
            assert_eq!(Bundle::read(&file).unwrap_err().reason(), Reason::Pkcs12);
        }
        for file in [&b""[..], b"no certificate", b"AQID", &[0x30, 0x80], &vec![0x30; 300]] {
            assert_eq!(Bundle::read(file).unwrap_err().reason(), Reason::CertificateSyntax);
        }
    }

    #[test]
    fn a_store_of_nothing_does_not_fill_the_memory() {
        let many = pkcs7(&[0x30, 0x00].repeat(BUNDLE_ITEMS_MAX + 1), &[]);
        assert_eq!(Bundle::read(&many).unwrap_err().reason(), Reason::CertificateSyntax);
    }
}
