//! RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2) as fast as WebAssembly goes, for the keys that BACEN's answers are signed with. What it
//! does not know, longer keys and the longer hashes of revocation lists, is left to [`RustCrypto`].

mod modular;

use alloc::sync::Arc;

use lacre_core::rsa::{RsaBackend, RsaKey, RustCrypto, Sha2};

use modular::{LIMBS_MAX, Modulus};

const BLOCK_BYTES_MAX: usize = 4 * LIMBS_MAX;

/// DigestInfo of a SHA-256 digest up to the digest itself (RFC 8017 §9.2, note 1).
const SHA_256: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// The RSA of every face, in limbs of 32 bits.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Limbs;

impl RsaBackend for Limbs {
    fn prepare(&self, modulus: &[u8], exponent: &[u8]) -> Option<Arc<dyn RsaKey>> {
        // It decides what is a key; this only computes with those that are.
        let general = RustCrypto.prepare(modulus, exponent)?;
        let fast = Modulus::new(modulus).zip(number(exponent));
        Some(match fast {
            Some((modulus, exponent)) => Arc::new(Key { modulus, exponent, general }),
            None => general,
        })
    }
}

#[derive(Debug)]
struct Key {
    modulus: Modulus,
    exponent: u64,
    general: Arc<dyn RsaKey>,
}

impl RsaKey for Key {
    fn verifies(&self, digest: &[u8; 32], signature: &[u8]) -> bool {
        let mut block = [0; BLOCK_BYTES_MAX];
        let block = self.modulus.power(signature, self.exponent, &mut block);
        block.is_some_and(|block| is_padded(block, digest))
    }

    fn verifies_with(&self, hash: Sha2, digest: &[u8], signature: &[u8]) -> bool {
        match (hash, digest.try_into()) {
            (Sha2::Sha256, Ok(digest)) => self.verifies(digest, signature),
            _ => self.general.verifies_with(hash, digest, signature),
        }
    }
}

/// Whether the block is the one and only encoding of the digest, octet for octet: nothing is parsed, so nothing is overlooked.
fn is_padded(block: &[u8], digest: &[u8; 32]) -> bool {
    let Some((block, found)) = block.split_last_chunk::<32>() else { return false };
    let Some((block, algorithm)) = block.split_last_chunk::<{ SHA_256.len() }>() else { return false };
    let [0, 1, padding @ .., 0] = block else { return false };
    padding.len() >= 8
        && padding.iter().all(|octet| *octet == 0xff)
        && *algorithm == SHA_256
        && found == digest
}

/// A public exponent that is odd and more than 1.
fn number(octets: &[u8]) -> Option<u64> {
    let value = octets
        .iter()
        .try_fold(0_u64, |value, octet| value.checked_mul(256)?.checked_add(u64::from(*octet)))?;
    (value > 1 && value % 2 == 1).then_some(value)
}

#[cfg(test)]
mod tests {
    use ::rsa::hazmat::rsa_encrypt;
    use ::rsa::{BoxedUint, PublicKey};

    use super::*;

    /// Numbers that are the same each time, and look like nothing.
    struct Noise(u64);

    impl Noise {
        fn octets(&mut self, length: usize) -> Vec<u8> {
            core::iter::repeat_with(|| self.next().to_be_bytes()[3]).take(length).collect()
        }

        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            self.0 ^ self.0 >> 29
        }
    }

    /// What another library gets.
    fn reference(modulus: &[u8], exponent: u64, base: &[u8]) -> Vec<u8> {
        let (n, e) = (BoxedUint::from_be_slice_vartime(modulus), BoxedUint::from(exponent));
        let key = PublicKey::new_with_size_limits(n, e, 32..=8192).unwrap();
        let base = BoxedUint::from_be_slice(base, u32::try_from(8 * modulus.len()).unwrap()).unwrap();
        let power = rsa_encrypt(&key, &base).unwrap().to_be_bytes_trimmed_vartime();
        [vec![0; modulus.len() - power.len()], power.to_vec()].concat()
    }

    fn power(modulus: &[u8], exponent: u64, base: &[u8]) -> Option<Vec<u8>> {
        let mut out = [0; BLOCK_BYTES_MAX];
        Modulus::new(modulus).unwrap().power(base, exponent, &mut out).map(<[u8]>::to_vec)
    }

    #[test]
    fn powers_are_those_of_another_library() {
        let mut noise = Noise(7);
        for (length, exponent) in
            [(4, 3), (8, 17), (12, 65_537), (256, 65_537), (256, 3), (384, 65_537), (512, 257)]
        {
            for round in 0..60 {
                let mut modulus = noise.octets(length);
                let base = noise.octets(length);
                modulus[0] |= 0x80;
                modulus[length - 1] |= 1;
                // Long runs of one value are where carries run far.
                match round % 4 {
                    1 => modulus[..length - 2].fill(0xff),
                    2 => modulus[1..length - 2].fill(0),
                    _ => {}
                }
                for base in
                    [base, vec![0; length], [vec![0; length - 1], vec![1]].concat(), minus_one(&modulus)]
                {
                    let expected = (base < modulus).then(|| reference(&modulus, exponent, &base));
                    assert_eq!(power(&modulus, exponent, &base), expected, "{modulus:02x?} {base:02x?}");
                }
            }
        }
    }

    fn minus_one(modulus: &[u8]) -> Vec<u8> {
        let mut less = modulus.to_vec();
        *less.last_mut().unwrap() -= 1;
        less
    }

    #[test]
    fn a_base_that_is_no_residue_has_no_power() {
        let mut modulus = vec![0xc5; 256];
        assert_eq!(power(&modulus, 3, &modulus), None);
        assert_eq!(power(&modulus, 3, &modulus[1..]), None);
        assert_eq!(power(&modulus, 3, &[]), None);
        *modulus.last_mut().unwrap() = 0xc6;
        assert!(Modulus::new(&modulus).is_none(), "even");
        assert!(Modulus::new(&modulus[..255]).is_none() && Modulus::new(&[]).is_none());
        assert!(Modulus::new(&[1; BLOCK_BYTES_MAX + 4]).is_none());
    }

    #[test]
    fn a_block_has_one_form() {
        let digest = [7; 32];
        let block = [&[0, 1][..], &[0xff; 202], &[0], &SHA_256, &digest].concat();
        assert!(is_padded(&block, &digest));
        for place in 0..block.len() {
            let mut other = block.clone();
            other[place] ^= 1;
            assert!(!is_padded(&other, &digest), "octet {place}");
        }
        for length in 0..block.len() {
            assert!(!is_padded(&block[..length], &digest));
        }
        let short = [&[0, 1][..], &[0xff; 7], &[0], &SHA_256, &digest].concat();
        assert!(!is_padded(&short, &digest));
    }
}
