//! SHA-256, and base64 as XMLDSig writes and reads it.

use sha2::Digest as _;

/// SHA-256 of some bytes: 32 octets.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}
