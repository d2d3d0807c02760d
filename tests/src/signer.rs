//! A throwaway institution: a key, and a certificate that a throwaway authority issued for it.

use std::path::Path;
use std::sync::Arc;

use lacre_core::rsa::{RsaBackend, RsaKey};
use lacre_core::{Certificate, Profile, Trust};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256,
    RsaKeySize, SerialNumber, date_time_ymd,
};

/// An instant at which every certificate made here is valid: 2026-06-01.
pub const AT: i64 = 1_780_272_000;

/// Who signs in a test.
#[derive(Debug)]
pub struct TestSigner {
    /// The certificate, as the core reads it.
    pub certificate: Certificate,
    /// The private key, DER of PKCS#8.
    pub pkcs8: Vec<u8>,
    key_pem: String,
    certificate_pem: String,
    authority_pem: String,
    key: aws_lc_rs::rsa::KeyPair,
}

impl TestSigner {
    /// A new key and certificate. The issuer's name is stored country first, as certificates do; a message shows it
    /// common name first. Issuer and subject have not one attribute value in common but the country's.
    #[must_use]
    pub fn new() -> Self {
        Self::named("Banco do Ensaio T006", "12345678", 1_670_769_912_042_056_149)
    }

    /// The same with a common name, an ISPB and a serial number of one's own.
    #[must_use]
    pub fn named(common_name: &str, ispb: &str, serial: u64) -> Self {
        let authority_key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let mut authority = params(&["ICP-Brasil", "CSPB-1", "Autoridade Certificadora de Ensaio"]);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_pem = authority.self_signed(&authority_key).unwrap().pem();

        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let mut subject = params(&["Banco do Ensaio", &format!("ISPB-{ispb}"), common_name]);
        subject.serial_number = Some(SerialNumber::from(serial));
        let issuer = Issuer::new(authority, authority_key);
        let certificate = subject.signed_by(&key, &issuer).unwrap();

        let pkcs8 = key.serialize_der();
        Self {
            certificate: Certificate::from_der(certificate.der()).unwrap(),
            key: aws_lc_rs::rsa::KeyPair::from_pkcs8(&pkcs8).unwrap(),
            key_pem: key.serialize_pem(),
            certificate_pem: certificate.pem(),
            authority_pem,
            pkcs8,
        }
    }

    /// Signs a SHA-256 digest.
    #[must_use]
    pub fn sign_digest(&self, digest: &[u8; 32]) -> Vec<u8> {
        use aws_lc_rs::{digest, signature::RSA_PKCS1_SHA256};
        let digest = digest::Digest::import_less_safe(digest, &digest::SHA256).unwrap();
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature).unwrap();
        signature
    }

    /// Signs a message with lacre.
    ///
    /// # Errors
    /// As [`lacre_core::sign_with`].
    pub fn sign(&self, message: &[u8], profile: Profile) -> lacre_core::Result<Vec<u8>> {
        lacre_core::sign_with(message, profile, &self.certificate, |digest| Some(self.sign_digest(digest)))
    }

    /// A trust that holds this signer's certificate alone.
    #[must_use]
    pub fn trust(&self) -> Trust {
        let mut trust = Trust::new();
        trust.add(self.certificate.clone());
        trust
    }

    /// The certificate in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Writes `key.pem`, `certificate.pem` and `authority.pem` for programs that read files.
    pub fn write_to(&self, folder: &Path) {
        std::fs::write(folder.join("key.pem"), &self.key_pem).unwrap();
        std::fs::write(folder.join("certificate.pem"), &self.certificate_pem).unwrap();
        std::fs::write(folder.join("authority.pem"), &self.authority_pem).unwrap();
    }
}

impl Default for TestSigner {
    fn default() -> Self {
        Self::new()
    }
}

fn params([organization, unit, common]: &[&str; 3]) -> CertificateParams {
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, "BR");
    name.push(DnType::OrganizationName, *organization);
    name.push(DnType::OrganizationalUnitName, *unit);
    name.push(DnType::CommonName, *common);
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2035, 1, 1);
    params
}

/// An RSA that takes every signature for right and costs nothing: for measuring what is around it, and for nothing else.
#[derive(Clone, Copy, Debug)]
pub struct FreeRsa;

impl RsaBackend for FreeRsa {
    fn prepare(&self, _: &[u8], _: &[u8]) -> Option<Arc<dyn RsaKey>> {
        Some(Arc::new(Self))
    }
}

impl RsaKey for FreeRsa {
    fn verifies(&self, _: &[u8; 32], _: &[u8]) -> bool {
        true
    }
}
