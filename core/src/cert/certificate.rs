//! A certificate read from DER: public key, validity, names.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use der::asn1::{ObjectIdentifier, UintRef};
use der::{Decode as _, Encode as _, Reader as _, SliceReader, Tagged as _};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::bundle::{Bundle, without_universal_strings};
use super::name::{Name, string_of};
use super::name_text;
use super::serial::Serial;
use super::usage;
use crate::error::{Error, Reason, Result};
use crate::ispb::Ispb;
use crate::limits::{CERTIFICATE_BYTES_MAX, RSA_BITS_MAX, RSA_BITS_MIN};
use crate::rsa::{RsaBackend, RsaKey, Sha2};

/// An X.509 certificate with an RSA key. Cheap to clone. Its own signature is not looked at: what makes it good is that it
/// was given as trusted.
#[derive(Clone)]
pub struct Certificate(Arc<Fields>);

struct Fields {
    der: Vec<u8>,
    spki: Vec<u8>,
    issuer: Name,
    issuer_text: String,
    /// Whether the issuer's text reads back as the issuer.
    issuer_reads: bool,
    subject: Name,
    subject_text: String,
    serial: Serial,
    not_before_unix_s: i64,
    not_after_unix_s: i64,
    ispb: Option<Ispb>,
    /// Whether its extensions let its key sign messages.
    signs: bool,
    modulus: Vec<u8>,
    key: Option<Arc<dyn RsaKey>>,
}

impl Certificate {
    /// Reads one certificate from DER, its key prepared by the RSA of plain Rust.
    ///
    /// # Errors
    /// As [`Certificate::from_der_with`].
    #[cfg(feature = "rust-crypto")]
    pub fn from_der(der: &[u8]) -> Result<Self> {
        Self::from_der_with(der, &crate::rsa::RustCrypto)
    }

    /// Reads one certificate from DER, its key prepared by a library of the host's choice. A key below 2048 bits is read
    /// too, so that what it signed can be told apart, but verifies nothing.
    ///
    /// # Errors
    /// [`Reason::CertificateSyntax`] if this is not exactly one X.509 certificate whose serial number has at most 20 octets
    /// and is not negative, [`Reason::CertificateKey`] if its key is not RSA, larger than 8192 bits, or refused by the
    /// library.
    pub fn from_der_with(der: &[u8], backend: &dyn RsaBackend) -> Result<Self> {
        let syntax = Error::new(Reason::CertificateSyntax);
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(syntax);
        }
        let parsed = parsed(der).ok_or(syntax)?;
        let fields = parsed.tbs_certificate();
        let (modulus, exponent) = rsa_numbers(fields.subject_public_key_info())?;
        let key = prepared(backend, &modulus, &exponent)?;
        let names = || -> der::Result<_> {
            Ok((
                Name::from_der_name(fields.issuer())?,
                name_text::write(fields.issuer())?,
                Name::from_der_name(fields.subject())?,
                name_text::write(fields.subject())?,
                fields.subject_public_key_info().to_der()?,
            ))
        };
        let (issuer, issuer_text, subject, subject_text, spki) = names().map_err(|_| syntax)?;
        let issuer_reads = name_text::parse(&issuer_text).is_ok_and(|read| read.is_same_either_way(&issuer));
        Ok(Self(Arc::new(Fields {
            der: der.into(),
            spki,
            issuer,
            issuer_text,
            issuer_reads,
            subject,
            subject_text,
            serial: Serial::from_integer(fields.serial_number().as_bytes()).ok_or(syntax)?,
            not_before_unix_s: unix_s(fields.validity().not_before).ok_or(syntax)?,
            not_after_unix_s: unix_s(fields.validity().not_after).ok_or(syntax)?,
            ispb: ispb_in(fields.subject()),
            signs: usage::signs_messages(fields.extensions().map_or(&[][..], Vec::as_slice)),
            modulus,
            key,
        })))
    }

    /// Reads a file as [`Bundle`] does and gives the certificates of it that can be used. Those whose key is of another kind, and what
    /// stands beside certificates, are passed over.
    ///
    /// # Errors
    /// As [`Bundle::read`] and [`Certificate::from_der_with`], with the offset of the block; also if there is no certificate that can be
    /// used.
    pub fn from_pem_or_der(bytes: &[u8], backend: &dyn RsaBackend) -> Result<Vec<Self>> {
        let (usable, passed_over) = Bundle::read(bytes)?.usable(backend)?;
        if usable.is_empty() {
            return Err(passed_over.first().copied().unwrap_or(Error::new(Reason::CertificateSyntax)));
        }
        Ok(usable)
    }

    /// The DER that it was read from.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The issuer's distinguished name in BACEN's form, as X509IssuerName carries it: `CN=…, OU=…, O=ICP-Brasil, C=BR`.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.0.issuer_text.clone()
    }

    /// The subject's distinguished name, in the form of [`Certificate::issuer`].
    #[must_use]
    pub fn subject(&self) -> String {
        self.0.subject_text.clone()
    }

    /// The serial number in decimal, as X509SerialNumber carries it.
    #[must_use]
    pub fn serial(&self) -> String {
        self.0.serial.to_decimal()
    }

    /// The first second of its validity, since 1970 UTC.
    #[must_use]
    pub fn not_before_unix_s(&self) -> i64 {
        self.0.not_before_unix_s
    }

    /// The last second of its validity, since 1970 UTC.
    #[must_use]
    pub fn not_after_unix_s(&self) -> i64 {
        self.0.not_after_unix_s
    }

    /// The participant that the subject names in `OU=ISPB-xxxxxxxx`, if it names one.
    #[must_use]
    pub fn ispb(&self) -> Option<Ispb> {
        self.0.ispb
    }

    /// Whether its key may sign messages: it is no authority's (basicConstraints), and its keyUsage, if it has one, holds
    /// digitalSignature (RFC 5280 §4.2.1.3, §4.2.1.9). One without these extensions may.
    #[must_use]
    pub fn signs_messages(&self) -> bool {
        self.0.signs
    }

    /// The length of the RSA modulus, in bits.
    #[must_use]
    pub fn rsa_bits(&self) -> usize {
        bits(&self.0.modulus)
    }

    /// The SubjectPublicKeyInfo, in DER: what a key's public half is compared with.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki
    }

    /// The prepared key; none if it is below 2048 bits.
    #[must_use]
    pub fn rsa_key(&self) -> Option<&Arc<dyn RsaKey>> {
        self.0.key.as_ref()
    }

    /// Checks an RSASSA-PKCS1-v1_5 signature of a SHA-256 digest (RFC 8017 §8.2.2) with the certificate's key.
    ///
    /// # Errors
    /// [`Reason::KeyTooSmall`], [`Reason::SignatureLength`] or [`Reason::SignatureMismatch`].
    pub fn verifies(&self, digest: &[u8; 32], signature: &[u8]) -> Result<()> {
        // Not by way of the other hashes: a host's library may have to read the key again for those.
        matching(self.key_for(signature)?.verifies(digest, signature))
    }

    pub(crate) fn verifies_with(&self, hash: Sha2, digest: &[u8], signature: &[u8]) -> Result<()> {
        matching(self.key_for(signature)?.verifies_with(hash, digest, signature))
    }

    /// The key, if a signature is one of its numbers.
    fn key_for(&self, signature: &[u8]) -> Result<&dyn RsaKey> {
        let key = self.rsa_key().ok_or(Error::new(Reason::KeyTooSmall))?;
        // Of equal length, so that comparing octets compares the numbers.
        let is_number = signature.len() == self.0.modulus.len() && signature < self.0.modulus.as_slice();
        if is_number { Ok(&**key) } else { Err(Error::new(Reason::SignatureLength)) }
    }

    /// Checks [`Certificate::signs_messages`].
    pub(crate) fn may_sign(&self) -> Result<()> {
        if self.0.signs { Ok(()) } else { Err(Error::new(Reason::CertificateUsage)) }
    }

    pub(crate) fn issuer_name(&self) -> &Name {
        &self.0.issuer
    }

    /// Whether a verifier can read the issuer's name back: it is neither empty nor too long.
    pub(crate) fn has_readable_issuer(&self) -> bool {
        self.0.issuer_reads
    }

    /// Whether this text is the issuer's name, letter for letter as [`Certificate::issuer`] writes it.
    pub(crate) fn writes_issuer_as(&self, text: &str) -> bool {
        self.0.issuer_reads && self.0.issuer_text == text
    }

    pub(crate) fn subject_name(&self) -> &Name {
        &self.0.subject
    }

    pub(crate) fn serial_number(&self) -> Serial {
        self.0.serial
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("issuer", &self.0.issuer_text)
            .field("serial", &self.0.serial)
            .finish()
    }
}

fn parsed(der: &[u8]) -> Option<x509_cert::Certificate> {
    let read = |der: &[u8]| x509_cert::Certificate::from_der(der).ok();
    read(der).or_else(|| read(&without_universal_strings(der)?))
}

/// Seconds since 1970 UTC of a time in a certificate or revocation list.
pub(super) fn unix_s(time: x509_cert::time::Time) -> Option<i64> {
    i64::try_from(time.to_unix_duration().as_secs()).ok()
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");

/// Modulus and exponent of RSAPublicKey (RFC 8017 §A.1.1), big-endian without leading zeros.
fn rsa_numbers(spki: &SubjectPublicKeyInfoOwned) -> Result<(Vec<u8>, Vec<u8>)> {
    let read = || -> Option<(Vec<u8>, Vec<u8>)> {
        let parameters_null = spki.algorithm.parameters.as_ref().is_none_or(der::asn1::Any::is_null);
        (spki.algorithm.oid == RSA_ENCRYPTION && parameters_null).then_some(())?;
        let mut reader = SliceReader::new(spki.subject_public_key.as_bytes()?).ok()?;
        let numbers = reader.sequence(|reader| -> der::Result<_> {
            let modulus = UintRef::decode(reader)?;
            let exponent = UintRef::decode(reader)?;
            Ok((modulus.as_bytes().to_vec(), exponent.as_bytes().to_vec()))
        });
        let (modulus, exponent) = numbers.ok()?;
        reader.finish().ok()?;
        let odd = |number: &[u8]| number.last().is_some_and(|octet| octet % 2 == 1);
        (odd(&modulus) && odd(&exponent) && exponent != [1]).then_some((modulus, exponent))
    };
    read().ok_or(Error::new(Reason::CertificateKey))
}

fn prepared(backend: &dyn RsaBackend, modulus: &[u8], exponent: &[u8]) -> Result<Option<Arc<dyn RsaKey>>> {
    match bits(modulus) {
        ..RSA_BITS_MIN => Ok(None),
        RSA_BITS_MIN..=RSA_BITS_MAX => {
            backend.prepare(modulus, exponent).map(Some).ok_or(Error::new(Reason::CertificateKey))
        }
        _ => Err(Error::new(Reason::CertificateKey)),
    }
}

fn matching(holds: bool) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::new(Reason::SignatureMismatch)) }
}

fn bits(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |first| first.leading_zeros());
    number.len().saturating_mul(8).saturating_sub(usize::try_from(leading).unwrap_or(0))
}

/// The ISPB in `OU=ISPB-xxxxxxxx`. A subject with two different ones names none.
fn ispb_in(subject: &x509_cert::name::Name) -> Option<Ispb> {
    let units = subject.iter().filter(|attribute| attribute.oid == ORGANIZATIONAL_UNIT);
    let mut ispbs = units.filter_map(|unit| {
        let text = string_of(unit.value.tag(), unit.value.value())?;
        Ispb::new(text.trim().strip_prefix("ISPB-")?.trim())
    });
    let first = ispbs.next()?;
    ispbs.all(|other| other == first).then_some(first)
}

#[cfg(all(test, feature = "rust-crypto"))]
mod tests {
    use alloc::format;

    use super::*;
    use crate::cert::test_keys::{self, read, signature_of};
    use crate::rsa::RustCrypto;

    #[test]
    fn reads_bacens_names_in_bacens_form() {
        let bacen = read("bacen");
        let issuer = "CN=Autoridade Certificadora de Teste Final SSL, \
            OU=Servico Inventado de Processamento de Dados - TESTE, OU=CSPB-1, O=ICP-Brasil, C=BR";
        assert_eq!(bacen.issuer(), issuer);
        assert_eq!(
            bacen.subject(),
            "CN=Banco Central de Teste T001, OU=ISPB-00038166, OU=SISBACEN-00038, O=ICP-Brasil, C=BR"
        );
        assert_eq!(bacen.serial(), "1670767265855092421");
        assert_eq!(bacen.ispb(), Ispb::new("00038166"));
        assert_eq!((bacen.not_before_unix_s(), bacen.not_after_unix_s()), (1_735_689_600, 2_051_222_399));
        assert_eq!(bacen.rsa_bits(), 2048);
        assert_eq!(
            format!("{bacen:?}"),
            format!("Certificate {{ issuer: {issuer:?}, serial: 1670767265855092421 }}")
        );
    }

    #[test]
    fn writes_odd_names_as_java_does() {
        assert_eq!(
            read("odd").issuer(),
            "EMAILADDRESS=ac@teste.example, CN=\"Ação = Reação\", SERIALNUMBER=12345678000195, OU=\" dois  espaços \", \
             O=\"Silva, Filhos + Cia; \\\"Aspas\\\" <x> #1\\\\2\", L=São João do Açaí, C=BR"
        );
        assert_eq!(
            read("multi").issuer(),
            "OID.2.5.4.97=#0c13434e504a2d3132333435363738303030313935, UID=77 + CN=AC de Varios Valores, OU=CSPB-1 + O=ICP-Brasil, C=BR"
        );
        assert_eq!(read("bmp").issuer(), "CN=AC em BMPString, OU=Autenticação, O=ICP-Brasil");
        assert_eq!(read("teletex").issuer(), "CN=AC em TeletexString, OU=Autenticação, O=ICP-Brasil");
    }

    #[test]
    fn what_it_writes_points_back_at_it() {
        for name in
            ["bacen", "psp", "odd", "multi", "bmp", "teletex", "serial20", "forever", "odd-same-serial"]
        {
            let certificate = read(name);
            let written = crate::IssuerSerial::parse(&certificate.issuer(), &certificate.serial()).unwrap();
            assert!(written.matches(&certificate), "{name}");
            assert!(!written.matches(&read("psp-other")), "{name}");
        }
    }

    #[test]
    fn only_who_is_no_authority_signs_messages() {
        for name in ["bacen", "psp", "odd", "rsa1024", "forever"] {
            assert!(read(name).signs_messages(), "{name}");
        }
        for name in ["ca", "odd-ca", "multi-ca", "only-encrypts", "bacen-authority"] {
            assert!(!read(name).signs_messages(), "{name}");
        }
        assert!(read("plain").signs_messages(), "a certificate without extensions");
    }

    #[test]
    fn reads_large_serials_and_long_validity() {
        assert_eq!(read("serial20").serial(), "1455006074498321127540622940141648166339601021592");
        assert_eq!(
            (read("forever").not_before_unix_s(), read("forever").not_after_unix_s()),
            (0, 253_402_300_799)
        );
    }

    #[test]
    fn verifies_with_every_size_from_2048_on() {
        let digest = crate::sha256(b"lacre");
        for name in ["bacen", "rsa4096", "exponent3"] {
            assert_eq!(read(name).verifies(&digest, &signature_of(name)), Ok(()), "{name}");
        }
        let reason =
            |name, signature: &[u8]| read(name).verifies(&digest, signature).map_err(|error| error.reason());
        assert_eq!(reason("rsa1024", &signature_of("rsa1024")), Err(Reason::KeyTooSmall));
        assert_eq!(read("rsa1024").rsa_bits(), 1024);
        assert_eq!(reason("odd-ca", &signature_of("bacen")), Err(Reason::SignatureMismatch));
    }

    #[test]
    fn a_message_costs_the_key_that_was_prepared_and_no_other() {
        #[derive(Debug)]
        struct OnePrepared;

        impl RsaBackend for OnePrepared {
            fn prepare(&self, _: &[u8], _: &[u8]) -> Option<Arc<dyn RsaKey>> {
                Some(Arc::new(Self))
            }
        }

        impl RsaKey for OnePrepared {
            fn verifies(&self, _: &[u8; 32], _: &[u8]) -> bool {
                true
            }

            fn verifies_with(&self, _: Sha2, _: &[u8], _: &[u8]) -> bool {
                panic!("this is for the hashes of revocation lists, and may read the key again")
            }
        }

        let certificate = Certificate::from_der_with(&test_keys::der("bacen"), &OnePrepared).unwrap();
        assert_eq!(certificate.verifies(&crate::sha256(b"lacre"), &[0; 256]), Ok(()));
    }

    #[test]
    fn a_signature_has_exactly_the_length_of_the_modulus_and_is_below_it() {
        let (bacen, digest, signature) = (read("bacen"), crate::sha256(b"lacre"), signature_of("bacen"));
        let reason = |signature: &[u8]| bacen.verifies(&digest, signature).map_err(|error| error.reason());
        assert_eq!(reason(&signature[1..]), Err(Reason::SignatureLength));
        assert_eq!(reason(&[&[0], signature.as_slice()].concat()), Err(Reason::SignatureLength));
        assert_eq!(reason(&[&signature[..], &[0]].concat()), Err(Reason::SignatureLength));
        assert_eq!(reason(&[]), Err(Reason::SignatureLength));
        assert_eq!(reason(&[0xFF; 256]), Err(Reason::SignatureLength));
        assert_eq!(reason(&bacen.0.modulus), Err(Reason::SignatureLength));
        assert_eq!(reason(&[0; 256]), Err(Reason::SignatureMismatch));
        let mut one = [0; 256];
        one[255] = 1;
        assert_eq!(reason(&one), Err(Reason::SignatureMismatch));
        let mut changed = signature;
        changed[200] ^= 1;
        assert_eq!(reason(&changed), Err(Reason::SignatureMismatch));
    }

    #[test]
    fn a_block_that_only_ends_in_the_right_digest_is_refused() {
        // Under an exponent of 3 a cube root forges any block of which only the left part is compared (Bleichenbacher 2006).
        let digest = crate::sha256(b"lacre");
        let forged = test_keys::cube_root_forgery();
        assert_eq!(
            read("exponent3").verifies(&digest, &forged).map_err(|error| error.reason()),
            Err(Reason::SignatureMismatch)
        );
    }

    #[test]
    fn refuses_keys_that_are_not_rsa() {
        let error = Certificate::from_der(&test_keys::der("ec")).unwrap_err();
        assert_eq!(error.reason(), Reason::CertificateKey);
    }

    #[test]
    fn refuses_der_that_is_cut_or_has_more() {
        let der = test_keys::der("bacen");
        for length in 0..der.len() {
            assert!(Certificate::from_der(&der[..length]).is_err(), "{length}");
        }
        assert!(Certificate::from_der(&[&der[..], &[0]].concat()).is_err());
        assert!(Certificate::from_der(&[0x30; CERTIFICATE_BYTES_MAX + 1]).is_err());
    }

    #[test]
    fn no_changed_byte_panics() {
        let der = test_keys::der("odd");
        for index in 0..der.len() {
            let mut changed = der.clone();
            changed[index] ^= 0x81;
            let _ = Certificate::from_der(&changed);
        }
    }

    #[test]
    fn refuses_a_negative_serial() {
        let der = test_keys::der("expired");
        // INTEGER 0x2001, made negative.
        let at = der.windows(4).position(|window| window == [2, 2, 0x20, 1]).unwrap();
        let mut changed = der;
        changed[at + 2] = 0xA0;
        assert_eq!(Certificate::from_der(&changed).unwrap_err().reason(), Reason::CertificateSyntax);
    }

    #[test]
    fn reads_a_file_of_many() {
        let text = [test_keys::pem("bacen"), b"\r\nand text\r\n".to_vec(), test_keys::pem("psp")].concat();
        let read = Certificate::from_pem_or_der(&text, &RustCrypto).unwrap();
        assert_eq!(read, [self::read("bacen"), self::read("psp")]);
        let one = Certificate::from_pem_or_der(&test_keys::der("bacen"), &RustCrypto).unwrap();
        assert_eq!(one, [self::read("bacen")]);
        for (file, reason) in [
            (b"".as_slice(), Reason::CertificateSyntax),
            (b"no certificate", Reason::CertificateSyntax),
            (&test_keys::pem("bacen")[..200], Reason::CertificatePem),
        ] {
            assert_eq!(Certificate::from_pem_or_der(file, &RustCrypto).unwrap_err().reason(), reason);
        }
        let start = text.len() - test_keys::pem("psp").len();
        let with_ec = [&text[..start], &test_keys::pem("ec")].concat();
        assert_eq!(Certificate::from_pem_or_der(&with_ec, &RustCrypto).unwrap(), [self::read("bacen")]);
        assert_eq!(
            Certificate::from_pem_or_der(&[b"\n", &test_keys::pem("ec")[..]].concat(), &RustCrypto)
                .unwrap_err(),
            Error::at(Reason::CertificateKey, 1)
        );
    }
}
