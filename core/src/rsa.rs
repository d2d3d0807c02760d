//! RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2): checks a signature, never makes one.

use alloc::sync::Arc;
use core::fmt;

/// An RSA public key as a host's library holds it, prepared once and used for every message.
pub trait RsaKey: fmt::Debug + Send + Sync {
    /// Whether `signature` is the RSASSA-PKCS1-v1_5 signature of the SHA-256 `digest` (32 octets) under this key.
    fn verifies(&self, digest: &[u8; 32], signature: &[u8]) -> bool;
}

/// A library that performs RSA public key operations.
pub trait RsaBackend: fmt::Debug {
    /// Prepares a key: `modulus` and `exponent` are big-endian without leading zeros, and the modulus has between
    /// [`crate::limits::RSA_BITS_MIN`] and [`crate::limits::RSA_BITS_MAX`] bits. Gives nothing if the library refuses it.
    fn prepare(&self, modulus: &[u8], exponent: &[u8]) -> Option<Arc<dyn RsaKey>>;
}
