//! How fast the core is, in messages and in bytes: `cargo xtask bench`.
//!
//! Signing stops before the key's act, so that RSA is in `verify` alone (there twice: plain Rust, and aws-lc as the hosts
//! use it). Sizes are of whole messages: a payment, a batch, a large batch.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start stops")]

use core::fmt;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use lacre_core::rsa::RsaBackend;
use lacre_core::xml::Quick;
use lacre_core::{Certificate, Profile, Trust, canonicalize, canonicalize_as, prepare, verify};
use lacre_native::rsa::AwsLc;
use lacre_tests::messages;
use lacre_tests::signer::{AT, TestSigner};

fn main() {
    divan::main();
}

#[derive(Clone, Copy)]
struct Case {
    profile: Profile,
    bytes: usize,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} KB", self.profile.as_str(), self.bytes >> 10)
    }
}

const fn case(profile: Profile, bytes: usize) -> Case {
    Case { profile, bytes }
}

const CASES: [Case; 6] = [
    case(Profile::Spi, 4 << 10),
    case(Profile::Spi, 100 << 10),
    case(Profile::Spi, 1 << 20),
    case(Profile::Dict, 4 << 10),
    case(Profile::Dict, 100 << 10),
    case(Profile::Dict, 1 << 20),
];

#[divan::bench(args = CASES)]
fn sign_without_rsa(bencher: Bencher<'_, '_>, case: Case) {
    let signer = TestSigner::new();
    let message = messages::sized(case.profile, case.bytes);
    bencher
        .counter(BytesCount::new(message.len()))
        .bench(|| *prepare(black_box(&message), case.profile, &signer.certificate).unwrap().digest());
}

#[divan::bench(args = CASES)]
fn verify_with_rust_rsa(bencher: Bencher<'_, '_>, case: Case) {
    let signer = TestSigner::new();
    verify_with(bencher, case, &signer, signer.certificate.clone());
}

#[divan::bench(args = CASES)]
fn verify_with_aws_lc(bencher: Bencher<'_, '_>, case: Case) {
    let signer = TestSigner::new();
    let backend: &dyn RsaBackend = &AwsLc;
    let certificate = Certificate::from_der_with(signer.certificate.der(), backend).unwrap();
    verify_with(bencher, case, &signer, certificate);
}

fn verify_with(bencher: Bencher<'_, '_>, case: Case, signer: &TestSigner, certificate: Certificate) {
    let signed = signer.sign(&messages::sized(case.profile, case.bytes), case.profile).unwrap();
    let mut trust = Trust::new();
    trust.add(certificate);
    bencher
        .counter(BytesCount::new(signed.len()))
        .bench(|| verify(black_box(&signed), case.profile, &trust, AT).is_ok());
}

#[divan::bench(args = CASES)]
fn c14n(bencher: Bencher<'_, '_>, case: Case) {
    let message = messages::sized(case.profile, case.bytes);
    bencher
        .counter(BytesCount::new(message.len()))
        .bench(|| canonicalize(black_box(&message), false).unwrap().len());
}

#[divan::bench(args = CASES)]
fn c14n_through_quick_xml(bencher: Bencher<'_, '_>, case: Case) {
    let message = messages::sized(case.profile, case.bytes);
    bencher
        .counter(BytesCount::new(message.len()))
        .bench(|| canonicalize_as::<Quick<'_>>(black_box(&message), false).unwrap().len());
}
