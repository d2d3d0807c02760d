//! RSA public key operations by aws-lc: four times as fast as plain Rust, the key parsed once.

use core::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
};
use lacre_core::rsa::{RsaBackend, RsaKey, Sha2};

/// The RSA backend of the native hosts.
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsLc;

impl RsaBackend for AwsLc {
    fn prepare(&self, modulus: &[u8], exponent: &[u8]) -> Option<Arc<dyn RsaKey>> {
        // Components alone are taken as they come; reading the encoded key checks them.
        let der = PublicKeyComponents { n: modulus, e: exponent }.as_der().ok()?;
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.as_ref()).ok()?;
        Some(Arc::new(Key { key, der: der.as_ref().into() }))
    }
}

struct Key {
    key: ParsedPublicKey,
    /// For the hashes of revocation lists: a list is rare, so its key is read again each time.
    der: Box<[u8]>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(aws-lc)")
    }
}

impl RsaKey for Key {
    fn verifies(&self, digest: &[u8; 32], signature: &[u8]) -> bool {
        Digest::import_less_safe(digest, &SHA256)
            .is_ok_and(|digest| self.key.verify_digest_sig(&digest, signature).is_ok())
    }

    fn verifies_with(&self, hash: Sha2, digest: &[u8], signature: &[u8]) -> bool {
        let (hash, scheme) = match hash {
            Sha2::Sha256 => (&SHA256, &RSA_PKCS1_2048_8192_SHA256),
            Sha2::Sha384 => (&SHA384, &RSA_PKCS1_2048_8192_SHA384),
            Sha2::Sha512 => (&SHA512, &RSA_PKCS1_2048_8192_SHA512),
            _ => return false,
        };
        let key = ParsedPublicKey::new(scheme, &*self.der);
        let digest = Digest::import_less_safe(digest, hash);
        matches!((key, digest), (Ok(key), Ok(digest)) if key.verify_digest_sig(&digest, signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::digest;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{
        KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PSS_SHA256, RsaEncoding,
    };
    use pkcs8::der::asn1::UintRef;
    use pkcs8::der::{Decode, Header, SliceReader};

    use super::*;

    const MESSAGE: &[u8] = b"a message";

    fn components(pair: &KeyPair) -> (Vec<u8>, Vec<u8>) {
        let mut reader = SliceReader::new(pair.public_key().as_ref()).unwrap();
        Header::decode(&mut reader).unwrap();
        let modulus = UintRef::decode(&mut reader).unwrap().as_bytes().to_vec();
        (modulus, UintRef::decode(&mut reader).unwrap().as_bytes().to_vec())
    }

    fn sha256() -> [u8; 32] {
        digest(&SHA256, MESSAGE).as_ref().try_into().unwrap()
    }

    fn signed(pair: &KeyPair, encoding: &'static dyn RsaEncoding) -> Vec<u8> {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), MESSAGE, &mut signature).unwrap();
        signature
    }

    #[test]
    fn accepts_only_pkcs1_sha256_of_the_very_digest() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let (n, e) = components(&pair);
        let key = AwsLc.prepare(&n, &e).unwrap();
        let good = signed(&pair, &RSA_PKCS1_SHA256);
        assert!(key.verifies(&sha256(), &good));

        let mut other = sha256();
        other[31] ^= 1;
        assert!(!key.verifies(&other, &good));
        for byte in [0, 1, 128, 255] {
            let mut flipped = good.clone();
            flipped[byte] ^= 0x40;
            assert!(!key.verifies(&sha256(), &flipped), "byte {byte}");
        }
        assert!(!key.verifies(&sha256(), &[]));
        assert!(!key.verifies(&sha256(), &good[1..]));
        assert!(!key.verifies(&sha256(), &[&[0], good.as_slice()].concat()));
        assert!(!key.verifies(&sha256(), &vec![0; 256]));
        assert!(!key.verifies(&sha256(), &n));
        assert!(!key.verifies(&sha256(), &signed(&pair, &RSA_PKCS1_SHA384)));
        assert!(!key.verifies(&sha256(), &signed(&pair, &RSA_PSS_SHA256)));
    }

    #[test]
    fn refuses_components_that_are_no_key() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let (n, e) = components(&pair);
        assert!(AwsLc.prepare(&[], &e).is_none());
        assert!(AwsLc.prepare(&n, &[]).is_none());
        assert!(AwsLc.prepare(&n, &[2]).is_none());
        assert!(AwsLc.prepare(&n, &[1]).is_none());
        let mut even = n.clone();
        even[255] &= 0xfe;
        assert!(AwsLc.prepare(&even, &e).is_none());
    }
}
