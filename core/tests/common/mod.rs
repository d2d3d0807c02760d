//! The test authority's certificates, and the key's one act.

use base64::Engine as _;
use lacre_core::Certificate;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding as _, hazmat::PrehashSigner as _};

/// The one certificate of a PEM file.
pub(crate) fn certificate(pem: &str) -> Certificate {
    Certificate::from_der(&der(pem)).unwrap()
}

/// The signature of a digest by the key of a PEM file.
pub(crate) fn signature(key: &str, digest: &[u8; 32]) -> Vec<u8> {
    SigningKey::<Sha256>::from_pkcs8_der(&der(key)).unwrap().sign_prehash(digest).unwrap().to_vec()
}

/// The octets of a PEM file with one block.
pub(crate) fn der(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    base64::engine::general_purpose::STANDARD.decode(lines.collect::<String>()).unwrap()
}
