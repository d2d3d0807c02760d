//! The certificates around a deployment: BACEN's, the PSP's, and more of each for what changes while it runs.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use lacre_core::{Certificate, Ispb};
use lacre_native::key::{self, Signer};
use lacre_native::rsa::AwsLc;
use lacre_native::tls::{Identity, PeerTrust};
use lacre_simulator::pki::{Pair, PkiOptions, ThrowawayPki};
use lacre_simulator::{Participant, SimulatorConfig};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SubjectPublicKeyInfo, date_time_ymd,
};

/// The participant that the tests play.
pub const ISPB: &str = "12345678";

/// One PKI, its keys in memory.
#[derive(Debug)]
#[non_exhaustive]
pub struct Pki {
    /// BACEN's certificates and the PSP's.
    pub throwaway: ThrowawayPki,
    /// The key that BACEN signs with.
    pub bacen: Arc<dyn Signer>,
}

/// A certificate with its key, both in PEM.
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "a certificate and its key")]
pub struct Made {
    /// The certificate.
    pub certificate_pem: String,
    /// The key, in PKCS#8.
    pub key_pem: String,
}

impl core::fmt::Debug for Made {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Made").finish_non_exhaustive()
    }
}

/// First and last year of a certificate that is valid whenever tests run.
pub const VALID: (i32, i32) = (2020, 2090);
/// First and last year of one that is not valid any more.
pub const EXPIRED: (i32, i32) = (2020, 2021);

impl Pki {
    /// The one of this test program: RSA keys take a while.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Pki> = OnceLock::new();
        SHARED.get_or_init(Self::new)
    }

    /// A new one.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = PkiOptions::default();
        ISPB.clone_into(&mut options.ispb);
        let throwaway = ThrowawayPki::create(&folder.path().join("pki"), &options).unwrap();
        let open = |path: &Path| key::open(path.to_str().unwrap(), None).unwrap();
        Self { bacen: open(&throwaway.bacen_signature.key_path), throwaway }
    }

    /// A signing certificate for a key that is elsewhere, in PEM. Years are first and last.
    ///
    /// # Panics
    /// If it is no RSA key.
    #[must_use]
    pub fn signing_certificate(
        &self,
        public_key: &[u8],
        name: &str,
        ispb: &str,
        years: (i32, i32),
    ) -> String {
        let key = SubjectPublicKeyInfo::from_der(public_key).unwrap();
        let mut params = params(name, years);
        params.distinguished_name.push(DnType::OrganizationalUnitName, format!("ISPB-{ispb}"));
        let issuer_key = KeyPair::from_pem(&self.throwaway.ca.key_pem).unwrap();
        let mut issuer = self::params("AC de Teste do SPB", VALID);
        issuer.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.signed_by(&key, &Issuer::new(issuer, issuer_key)).unwrap().pem()
    }

    /// A simulator on free ports whose participant signs with these certificates. The PEM names every channel certificate that
    /// may connect, or its CA.
    ///
    /// # Panics
    /// If a certificate is none.
    #[must_use]
    pub fn simulator(&self, signing_pem: &[&str], clients_pem: &str) -> SimulatorConfig {
        let mut config = SimulatorConfig::new(
            Arc::clone(&self.bacen),
            certificate(&self.throwaway.bacen_signature.certificate_pem),
            identity(&self.throwaway.bacen_channel),
            PeerTrust::from_pem(clients_pem.as_bytes()).unwrap(),
        )
        .on_free_ports();
        config.participants.push(Participant {
            ispb: Ispb::new(ISPB).unwrap(),
            signing: signing_pem.iter().map(|pem| certificate(pem)).collect(),
            channel: Vec::new(),
        });
        config
    }
}

impl Default for Pki {
    fn default() -> Self {
        Self::new()
    }
}

/// A certificate in PEM, read.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn certificate(pem: &str) -> Certificate {
    Certificate::from_pem_or_der(pem.as_bytes(), &AwsLc).unwrap().remove(0)
}

/// A certificate and its key as one side of TLS shows them.
///
/// # Panics
/// If they cannot be used.
#[must_use]
pub fn identity(pair: &Pair) -> Identity {
    Identity::from_pem(pair.certificate_pem.as_bytes(), pair.key_pem.as_bytes()).unwrap()
}

/// A certificate for TLS that signed itself, without basicConstraints as the seed's.
///
/// # Panics
/// If it cannot be made.
#[must_use]
pub fn self_signed(name: &str, years: (i32, i32)) -> Made {
    let key = KeyPair::generate().unwrap();
    let mut params = params(name, years);
    params.subject_alt_names = sans(&["localhost", "127.0.0.1"]);
    Made { certificate_pem: params.self_signed(&key).unwrap().pem(), key_pem: key.serialize_pem() }
}

/// A certificate of a new CA for a server on this machine, and the CA's certificate.
///
/// # Panics
/// If they cannot be made.
#[must_use]
pub fn server_below_a_ca() -> (Made, String) {
    let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut ca = params("AC de teste da nuvem", VALID);
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let mut server = params("localhost", VALID);
    server.subject_alt_names = sans(&["localhost", "127.0.0.1"]);
    let certificate = server.signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();
    (Made { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() }, ca_pem)
}

fn params(name: &str, years: (i32, i32)) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    params
}

fn sans(names: &[&str]) -> Vec<rcgen::SanType> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    CertificateParams::new(names).unwrap().subject_alt_names
}
