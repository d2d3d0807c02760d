//! The certificates of `tests/keys`, for the tests of this folder.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use alloc::vec::Vec;

use super::Certificate;

macro_rules! files {
    ($kind:literal: $($name:literal)+) => {
        |name: &str| match name {
            $( $name => include_bytes!(concat!("../../../tests/keys/", $name, $kind)).as_slice(), )+
            _ => panic!("no {name} is here"),
        }
    };
}

pub(crate) fn pem(name: &str) -> Vec<u8> {
    let file = files!(".pem": "ca" "bacen" "psp" "psp-other" "expired" "not-yet-valid" "revoked" "rsa1024" "rsa4096" "exponent3" "ec"
        "serial20" "forever" "odd-ca" "odd" "odd-same-serial" "multi-ca" "multi" "bmp" "teletex" "bacen-authority" "only-encrypts" "plain");
    file(name).to_vec()
}

pub(crate) fn crl(name: &str) -> Vec<u8> {
    let file = files!(".crl": "sha256" "sha512" "empty" "indirect" "sha1");
    file(name).to_vec()
}

pub(crate) fn der(name: &str) -> Vec<u8> {
    super::Bundle::read(&pem(name)).unwrap().certificates.remove(0).der
}

pub(crate) fn read(name: &str) -> Certificate {
    Certificate::from_der(&der(name)).unwrap()
}

/// RSASSA-PKCS1-v1_5 of the SHA-256 of `lacre` under a key of `tests/keys`.
pub(crate) fn signature_of(name: &str) -> Vec<u8> {
    let file = files!(".sig": "bacen" "rsa1024" "rsa4096" "exponent3");
    file(name).to_vec()
}

/// A number whose cube begins as the padded block does and goes on with what it likes.
pub(crate) fn cube_root_forgery() -> Vec<u8> {
    include_bytes!("../../../tests/keys/forged.sig").to_vec()
}
