//! Requests that were signed before they leave: for what forwards them and signs nothing.

use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use lacre_core::{Certificate, Profile, sign_with};
use lacre_native::key::{self, Signer};
use lacre_native::rsa::AwsLc;

use super::Plan;
use super::caller::{Kind, MIX, unsigned};

/// The institution's key and certificate out of a PKI's folder.
pub(super) struct Seal {
    pub(super) key: Arc<dyn Signer>,
    certificate: Certificate,
}

impl Seal {
    pub(super) fn of(pki: &Path) -> Self {
        let key = key::open(pki.join("psp-signature.key").to_str().unwrap(), None).unwrap();
        let pem = std::fs::read(pki.join("psp-signature.pem")).unwrap();
        let certificate = Certificate::from_pem_or_der(&pem, &AwsLc).unwrap().remove(0);
        Self { key, certificate }
    }

    fn sign(&self, message: &str, profile: Profile) -> Bytes {
        let sign = |digest: &_| self.key.sign_blocking(digest).ok();
        sign_with(message.as_bytes(), profile, &self.certificate, sign).unwrap().into()
    }
}

/// As many as a timetable asks for.
pub(super) struct Signed {
    payments: Mutex<Vec<Bytes>>,
    registers: Mutex<Vec<Bytes>>,
}

impl Signed {
    pub(super) fn prepare(plan: &Plan, seal: &Seal) -> Self {
        let made = |wanted: Kind, profile| {
            let places = usize::try_from(plan.requests()).unwrap();
            let numbers = (0..places).filter(|place| MIX[place % MIX.len()] == wanted);
            Mutex::new(numbers.map(|number| seal.sign(&unsigned(wanted, number), profile)).collect())
        };
        Self { payments: made(Kind::Payment, Profile::Spi), registers: made(Kind::Register, Profile::Dict) }
    }

    /// The next one; nothing of a kind that has no body.
    pub(super) fn take(&self, kind: Kind) -> Bytes {
        let of = |requests: &Mutex<Vec<Bytes>>| requests.lock().unwrap().pop().unwrap();
        match kind {
            Kind::Payment => of(&self.payments),
            Kind::Register => of(&self.registers),
            Kind::Lookup | Kind::Read => Bytes::new(),
        }
    }
}
