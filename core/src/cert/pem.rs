//! PEM (RFC 7468): the blocks of one label in a file that may hold anything else around them.

use alloc::vec::Vec;

use memchr::memmem;

use crate::digest::decode_base64;
use crate::error::{Error, Reason, Result};

const DASHES: &[u8] = b"-----";

/// Whether a file holds DER and not PEM: every DER structure that we read is a SEQUENCE of 128 bytes or more.
pub(crate) fn is_der(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, length, ..] if *length >= 0x80)
}

/// The DER of every block that carries `label`, with the offset at which it begins. Other blocks are passed over unread.
///
/// # Errors
/// With `reason` and the offset of a block that has no end, is not base64, or holds more than `octets_max`.
pub(crate) fn blocks(
    bytes: &[u8],
    label: &str,
    octets_max: usize,
    reason: Reason,
) -> Result<Vec<(usize, Vec<u8>)>> {
    let (begin, end) = (marker(b"BEGIN ", label), marker(b"END ", label));
    let (begin, end) = (memmem::Finder::new(&begin), memmem::Finder::new(&end));
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some(start) = begin.find(rest) {
        let offset = bytes.len() - rest.len() + start;
        let block = || {
            let body = rest.get(start + begin.needle().len()..)?;
            let (body, after) = body.split_at_checked(end.find(body)?)?;
            let der = decode_base64(core::str::from_utf8(body).ok()?, octets_max)?;
            Some((der, after))
        };
        let (der, after) = block().ok_or(Error::at(reason, offset))?;
        found.push((offset, der));
        rest = after;
    }
    Ok(found)
}

fn marker(word: &[u8], label: &str) -> Vec<u8> {
    [DASHES, word, label.as_bytes(), DASHES].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(usize, Vec<u8>)>> {
        blocks(text.as_bytes(), "CERTIFICATE", 10, Reason::CertificateSyntax)
    }

    #[test]
    fn finds_blocks_between_any_text() {
        let text = "subject=a\r\n-----BEGIN CERTIFICATE-----\r\nAQ==\r\n-----END CERTIFICATE-----\r\n\u{e7}\n\
            -----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----AgM=-----END CERTIFICATE-----";
        let found = read(text).unwrap();
        assert_eq!(
            found.iter().map(|(_, der)| der.as_slice()).collect::<Vec<_>>(),
            [[1].as_slice(), &[2, 3]]
        );
        assert_eq!(found[0].0, 11);
    }

    #[test]
    fn refuses_damaged_blocks_and_says_where() {
        for text in [
            "x-----BEGIN CERTIFICATE-----\nAQ==\n",
            "x-----BEGIN CERTIFICATE-----\nAQ=\n-----END CERTIFICATE-----",
            "x-----BEGIN CERTIFICATE-----\nAQIDBAUGBwgJCgsM\n-----END CERTIFICATE-----",
            "x-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nAQ==\n-----END CERTIFICATE-----",
        ] {
            assert_eq!(read(text), Err(Error::at(Reason::CertificateSyntax, 1)), "{text}");
        }
    }
}
