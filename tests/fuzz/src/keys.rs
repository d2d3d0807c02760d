//! Certificates of `tests/keys`, with their own RSA and with one that costs nothing.

use std::sync::{Arc, LazyLock};

use lacre_core::rsa::{RsaBackend, RsaKey, RustCrypto};
use lacre_core::{Certificate, Trust};

/// An instant at which most certificates of `tests/keys` are valid: 2026-06-01.
pub(crate) const AT: i64 = 1_780_272_000;

/// RSA that costs nothing, so that fuzzing spends its time before and behind it: the signature is the digest itself, filled up
/// with zeros. What holds for real signatures, `tests/tests/rsa.rs` sees to.
#[derive(Clone, Copy, Debug)]
pub struct Toy;

#[derive(Debug)]
struct ToyKey(usize);

impl RsaBackend for Toy {
    fn prepare(&self, modulus: &[u8], _: &[u8]) -> Option<Arc<dyn RsaKey>> {
        Some(Arc::new(ToyKey(modulus.len())))
    }
}

impl RsaKey for ToyKey {
    fn verifies(&self, digest: &[u8; 32], signature: &[u8]) -> bool {
        signature == filled(digest, self.0)
    }
}

fn filled(digest: &[u8; 32], length: usize) -> Vec<u8> {
    [&vec![0; length.saturating_sub(digest.len())][..], digest].concat()
}

/// The toy signature of a digest under a certificate's key.
#[must_use]
pub fn toy_signature(certificate: &Certificate, digest: &[u8; 32]) -> Vec<u8> {
    filled(digest, certificate.rsa_bits().div_ceil(8))
}

const PEMS: &[&[u8]] = &[
    include_bytes!("../../keys/bacen.pem"),
    include_bytes!("../../keys/bacen-next.pem"),
    include_bytes!("../../keys/psp.pem"),
    include_bytes!("../../keys/psp-other.pem"),
    include_bytes!("../../keys/multi.pem"),
    include_bytes!("../../keys/odd.pem"),
    include_bytes!("../../keys/serial20.pem"),
    include_bytes!("../../keys/rsa4096.pem"),
    include_bytes!("../../keys/expired.pem"),
];

fn trust(backend: &dyn RsaBackend) -> Trust {
    PEMS.iter().flat_map(|pem| Certificate::from_pem_or_der(pem, backend).unwrap_or_default()).collect()
}

/// The first certificate of a file of `tests/keys`, with toy RSA.
fn toy(number: usize) -> Certificate {
    let read = PEMS.get(number).map(|pem| Certificate::from_pem_or_der(pem, &Toy));
    let Some(Ok(Some(certificate))) = read.map(|read| read.map(|all| all.into_iter().next())) else {
        panic!("tests/keys lacks a certificate");
    };
    certificate
}

/// The certificate that signs here, with toy RSA.
#[must_use]
pub fn institution() -> &'static Certificate {
    static CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| toy(2));
    &CERTIFICATE
}

/// BACEN's certificate of the vectors, with toy RSA.
#[must_use]
pub fn bacen() -> &'static Certificate {
    static CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| toy(0));
    &CERTIFICATE
}

/// All certificates, with the RSA of plain Rust: the vectors are valid under it.
#[must_use]
pub fn real_trust() -> &'static Trust {
    static TRUST: LazyLock<Trust> = LazyLock::new(|| trust(&RustCrypto));
    &TRUST
}

/// All certificates, with toy RSA.
#[must_use]
pub fn toy_trust() -> &'static Trust {
    static TRUST: LazyLock<Trust> = LazyLock::new(|| trust(&Toy));
    &TRUST
}
