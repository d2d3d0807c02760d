//! Certificates in every shape that a server or client may show.

use lacre_native::tls::{Identity, PeerTrust};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256,
    RsaKeySize, date_time_ymd,
};

/// A certificate, its key, and what it takes to issue with it.
pub(crate) struct Made {
    params: CertificateParams,
    key: KeyPair,
    certificate: Certificate,
}

/// What a certificate should look like.
#[derive(Clone, Copy)]
pub(crate) struct Shape<'a> {
    /// Subject alternative names.
    pub(crate) names: &'a [&'a str],
    pub(crate) ca: Flag,
    /// First and last year.
    pub(crate) years: (i32, i32),
    pub(crate) rsa: bool,
}

/// The CA flag.
#[derive(Clone, Copy)]
pub(crate) enum Flag {
    /// No basicConstraints at all, as the seed's certificates.
    Absent,
    No,
    Yes,
}

impl Default for Shape<'_> {
    fn default() -> Self {
        Self { names: &["localhost"], ca: Flag::Absent, years: (2020, 2090), rsa: false }
    }
}

impl Shape<'_> {
    fn params(&self) -> CertificateParams {
        let names: Vec<String> = self.names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.not_before = date_time_ymd(self.years.0, 1, 1);
        params.not_after = date_time_ymd(self.years.1, 1, 1);
        params.is_ca = match self.ca {
            Flag::Absent => IsCa::NoCa,
            Flag::No => IsCa::ExplicitNoCa,
            Flag::Yes => IsCa::Ca(BasicConstraints::Unconstrained),
        };
        params
    }

    fn key(&self) -> KeyPair {
        if self.rsa {
            KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap()
        } else {
            KeyPair::generate().unwrap()
        }
    }

    pub(crate) fn self_signed(&self) -> Made {
        let (params, key) = (self.params(), self.key());
        let certificate = params.self_signed(&key).unwrap();
        Made { params, key, certificate }
    }

    pub(crate) fn issued_by(&self, issuer: &Made) -> Made {
        let (params, key) = (self.params(), self.key());
        let certificate = params.signed_by(&key, &Issuer::from_params(&issuer.params, &issuer.key)).unwrap();
        Made { params, key, certificate }
    }
}

/// A certification authority of its own name.
pub(crate) fn authority(name: &str) -> Made {
    let shape = Shape { names: &[], ca: Flag::Yes, ..Shape::default() };
    let (mut params, key) = (shape.params(), shape.key());
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate = params.self_signed(&key).unwrap();
    Made { params, key, certificate }
}

impl Made {
    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }

    pub(crate) fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity::from_pem(self.pem().as_bytes(), self.key_pem().as_bytes()).unwrap()
    }

    /// The identity with its issuer in the chain.
    pub(crate) fn identity_with(&self, issuer: &Self) -> Identity {
        let chain = self.pem() + &issuer.pem();
        Identity::from_pem(chain.as_bytes(), self.key_pem().as_bytes()).unwrap()
    }

    pub(crate) fn trust(&self) -> PeerTrust {
        PeerTrust::from_pem(self.pem().as_bytes()).unwrap()
    }
}
