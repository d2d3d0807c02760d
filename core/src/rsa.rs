//! RSASSA-PKCS1-v1_5 (RFC 8017 §8.2): checks a signature, never makes one.

use alloc::sync::Arc;
use core::fmt;

/// An RSA public key as a host's library holds it, prepared once and used for every message.
pub trait RsaKey: fmt::Debug + Send + Sync {
    /// Whether `signature` is the RSASSA-PKCS1-v1_5 signature of the SHA-256 `digest` (32 octets) under this key.
    fn verifies(&self, digest: &[u8; 32], signature: &[u8]) -> bool;

    /// The same for any hash of the SHA-2 family: certificate authorities sign their revocation lists with longer ones.
    /// `digest` has the hash's length. A library that knows only SHA-256 leaves this as it is. No message comes this way, so it
    /// may be slow.
    fn verifies_with(&self, hash: Sha2, digest: &[u8], signature: &[u8]) -> bool {
        match (hash, digest.try_into()) {
            (Sha2::Sha256, Ok(digest)) => self.verifies(digest, signature),
            _ => false,
        }
    }
}

/// A hash of the SHA-2 family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sha2 {
    /// SHA-256, 32 octets.
    Sha256,
    /// SHA-384, 48 octets.
    Sha384,
    /// SHA-512, 64 octets.
    Sha512,
}

/// A library that performs RSA public key operations.
pub trait RsaBackend: fmt::Debug {
    /// Prepares a key: `modulus` and `exponent` are big-endian without leading zeros, and the modulus has between
    /// [`crate::limits::RSA_BITS_MIN`] and [`crate::limits::RSA_BITS_MAX`] bits. Gives nothing if the library refuses it.
    fn prepare(&self, modulus: &[u8], exponent: &[u8]) -> Option<Arc<dyn RsaKey>>;
}

#[cfg(feature = "rust-crypto")]
pub use pure::RustCrypto;

#[cfg(feature = "rust-crypto")]
mod pure {
    use alloc::sync::Arc;

    use ::rsa::sha2::{Sha256, Sha384, Sha512};
    use ::rsa::{BoxedUint, PublicKey};

    use super::{RsaBackend, RsaKey, Sha2};
    use crate::limits::{RSA_BITS_MAX, RSA_BITS_MIN};

    /// The RSA of plain Rust, for hosts that bring no other. It rebuilds the padded block and compares all of it.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct RustCrypto;

    impl RsaBackend for RustCrypto {
        fn prepare(&self, modulus: &[u8], exponent: &[u8]) -> Option<Arc<dyn RsaKey>> {
            let modulus = BoxedUint::from_be_slice_vartime(modulus);
            let exponent = BoxedUint::from_be_slice_vartime(exponent);
            let key = PublicKey::new_with_size_limits(modulus, exponent, RSA_BITS_MIN..=RSA_BITS_MAX).ok()?;
            Some(Arc::new(Key(key)))
        }
    }

    #[derive(Debug)]
    struct Key(PublicKey);

    impl RsaKey for Key {
        fn verifies(&self, digest: &[u8; 32], signature: &[u8]) -> bool {
            self.verifies_with(Sha2::Sha256, digest, signature)
        }

        fn verifies_with(&self, hash: Sha2, digest: &[u8], signature: &[u8]) -> bool {
            match hash {
                Sha2::Sha256 => self.0.pkcs1v15_verify_prehash::<Sha256>(digest, signature),
                Sha2::Sha384 => self.0.pkcs1v15_verify_prehash::<Sha384>(digest, signature),
                Sha2::Sha512 => self.0.pkcs1v15_verify_prehash::<Sha512>(digest, signature),
            }
            .is_ok()
        }
    }
}
