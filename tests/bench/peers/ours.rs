//! What is measured in this process: lacre as the native hosts use it, and the floors below it.

use core::hint::black_box;
use core::time::Duration;

use aws_lc_rs::digest::{Context, Digest, SHA256, digest};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use lacre_core::{Certificate, Trust, prepare, verify};
use lacre_native::rsa::AwsLc;
use lacre_tests::signer::{AT, TestSigner};

use crate::cases::Case;
use crate::clock::best;

/// Keys read once.
pub(crate) struct Ours {
    certificate: Certificate,
    trust: Trust,
    public: ParsedPublicKey,
    /// Of the octets that follow it, by the same key.
    signature: Vec<u8>,
    digest: Digest,
}

impl Ours {
    pub(crate) fn new(signer: &TestSigner) -> Self {
        let certificate = Certificate::from_der_with(signer.certificate.der(), &AwsLc).unwrap();
        let mut trust = Trust::new();
        trust.add(certificate.clone());
        let pair = KeyPair::from_pkcs8(&signer.pkcs8).unwrap();
        let digest = digest(&SHA256, b"lacre");
        let signature = signer.sign_digest(digest.as_ref().try_into().unwrap());
        let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref()).unwrap();
        Self { certificate, trust, public, signature, digest }
    }

    /// From the message's octets to the verdict.
    pub(crate) fn verify(&self, case: &Case, budget: Duration) -> Duration {
        best(budget, || {
            verify(black_box(&case.signed), case.profile, &self.trust, AT).unwrap();
        })
    }

    /// From an unsigned message to the digest that the key signs.
    pub(crate) fn sign_without_rsa(&self, case: &Case, budget: Duration) -> Duration {
        best(budget, || {
            black_box(*prepare(black_box(&case.unsigned), case.profile, &self.certificate).unwrap().digest());
        })
    }

    /// What no verifier can do without: every octet hashed once, and one RSA operation.
    pub(crate) fn hash_and_rsa(&self, case: &Case, budget: Duration) -> Duration {
        best(budget, || {
            black_box(digest(&SHA256, black_box(&case.signed)));
            self.rsa();
        })
    }

    /// The same where each octet is also looked at once, as whoever reads XML must, and handed to the hash.
    pub(crate) fn read_hash_and_rsa(&self, case: &Case, budget: Duration) -> Duration {
        best(budget, || {
            black_box(read_and_hash(black_box(&case.signed)));
            self.rsa();
        })
    }

    /// The RSA operation alone.
    pub(crate) fn rsa_alone(&self, budget: Duration) -> Duration {
        best(budget, || self.rsa())
    }

    fn rsa(&self) {
        self.public.verify_digest_sig(black_box(&self.digest), black_box(&self.signature)).unwrap();
    }
}

/// The hash of the octets alone: the floor of signing without the key's act.
pub(crate) fn hash(case: &Case, budget: Duration) -> Duration {
    best(budget, || {
        black_box(digest(&SHA256, black_box(&case.unsigned)));
    })
}

fn read_and_hash(octets: &[u8]) -> (Digest, u64) {
    let mut hash = Context::new(&SHA256);
    let mut block = [0; 4096];
    let mut special = 0;
    for run in octets.chunks(block.len()) {
        for (octet, place) in run.iter().zip(&mut block) {
            special += u64::from(SPECIAL[usize::from(*octet)]);
            *place = *octet;
        }
        hash.update(&block[..run.len()]);
    }
    (hash.finish(), special)
}

/// The octets that canonical XML treats apart.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut at = 0;
    while at < b"<>&\r\n\t\"'".len() {
        special[b"<>&\r\n\t\"'"[at] as usize] = true;
        at += 1;
    }
    special
};
