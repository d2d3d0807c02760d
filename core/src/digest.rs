//! SHA-256, hexadecimal, and base64 as XMLDSig writes and reads it.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

/// SHA-256 of some bytes: 32 octets.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

/// Octets in lower case hexadecimal.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        text.extend(
            [octet >> 4, octet & 15].map(|nibble| char::from_digit(nibble.into(), 16).unwrap_or('0')),
        );
        text
    })
}

/// Base64 without line breaks, padded (RFC 4648 §4).
pub(crate) fn encode_base64(octets: &[u8]) -> String {
    STANDARD.encode(octets)
}

/// Reads base64 as `xs:base64Binary` allows it: XML white space anywhere, and besides that only the alphabet, the padding
/// it needs and no bits left over. Gives nothing for other text, and for more than `octets_max` octets.
pub(crate) fn decode_base64(text: &str, octets_max: usize) -> Option<Vec<u8>> {
    let characters_max = octets_max.div_ceil(3).saturating_mul(4);
    // Most have no white space: whether this one has is asked only if it cannot be read as if it had none.
    if text.len() <= characters_max
        && let Ok(octets) = STANDARD.decode(text)
    {
        return (octets.len() <= octets_max).then_some(octets);
    }
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let mut compact = Vec::with_capacity(text.len().min(characters_max));
    for byte in text.bytes().filter(|byte| !is_space(byte)) {
        if compact.len() == characters_max {
            return None;
        }
        compact.push(byte);
    }
    STANDARD.decode(&compact).ok().filter(|octets| octets.len() <= octets_max)
}

/// Reads a DigestValue: base64 of exactly 32 octets.
pub(crate) fn decode_digest(text: &str) -> Option<[u8; 32]> {
    decode_base64(text, 32)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn hashes_as_fips_180_4_says() {
        assert_eq!(encode_base64(&sha256(b"abc")), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[test]
    fn reads_base64_with_white_space_anywhere() {
        let wrapped = " ungWv48Bz+pBQUDeXa4iI7AD\r\nYaOWF3qc\ttBD/YfIAFa0\n = ";
        assert_eq!(decode_digest(wrapped), Some(sha256(b"abc")));
    }

    #[test]
    fn refuses_what_is_not_canonical_base64() {
        for text in [
            "Zg",
            "Zg=",
            "Zh==",
            "Zg==Zg==",
            "Zg===",
            "=",
            "Z===",
            "Zg=\u{a0}=",
            "Z-_=",
            "Zm9v\u{b}",
            "Zm9v\0",
        ] {
            assert_eq!(decode_base64(text, 100), None, "{text:?}");
        }
        assert_eq!(decode_base64("", 0), Some(Vec::new()));
    }

    #[test]
    fn refuses_more_octets_than_asked_for() {
        let text = encode_base64(&[7; 33]);
        assert_eq!(decode_base64(&text, 32), None);
        assert_eq!(decode_base64(&text, 33).map(|octets| octets.len()), Some(33));
        assert_eq!(decode_base64(&"A".repeat(1 << 20), 32), None);
    }

    #[test]
    fn a_digest_has_32_octets() {
        assert_eq!(decode_digest(&encode_base64(&[1; 31])), None);
        assert_eq!(decode_digest(&"A".to_string().repeat(44)), None);
    }
}
