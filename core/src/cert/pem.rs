//! What may be PEM, before its blocks are read: other encodings, and beginnings that are none. No block is lost in silence.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use memchr::{memchr2_iter, memmem};

use crate::digest::decode_base64;
use crate::error::{Error, Reason, Result};
use crate::pem::{self, Block};

const DASHES: &[u8] = b"-----";
const BEGIN: &[u8] = b"BEGIN ";

/// The dashes that word processors make of `--`.
const OTHER_DASHES: [&[u8]; 2] = ["\u{2013}".as_bytes(), "\u{2014}".as_bytes()];

/// Whether a file holds DER and not PEM: every DER structure that we read is a SEQUENCE of 128 bytes or more, or of a length that is
/// told at its end.
pub(super) fn is_der(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, length, ..] if *length >= 0x80)
}

/// A text file as bytes of ASCII: what Windows calls Unicode is UTF-16, with a mark in front.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, [u8]> {
    let from: fn([u8; 2]) -> u16 = match bytes {
        [0xFF, 0xFE, ..] => u16::from_le_bytes,
        [0xFE, 0xFF, ..] => u16::from_be_bytes,
        _ => return Cow::Borrowed(bytes),
    };
    let (pairs, _) = bytes.as_chunks::<2>();
    // What is not ASCII is text around the blocks: its place is kept, and nothing else of it.
    pairs.iter().map(|pair| u8::try_from(from(*pair)).unwrap_or(b'?')).collect::<Vec<_>>().into()
}

/// Every block of a file, in order.
///
/// # Errors
/// [`Reason::CertificatePem`] with the offset of what looks like the beginning or the end of a block and belongs to none.
pub(super) fn blocks(text: &[u8]) -> Result<Vec<Block<'_>>> {
    match misspelt(text).or_else(|| unpaired(text)) {
        Some(offset) => Err(Error::at(Reason::CertificatePem, offset)),
        None => Ok(pem::blocks(text).collect()),
    }
}

/// Base64 without any frame.
pub(super) fn decode(text: &[u8], octets_max: usize) -> Option<Vec<u8>> {
    decode_base64(core::str::from_utf8(text).ok()?.trim_start_matches('\u{feff}'), octets_max)
}

/// A beginning with too few dashes, with those of a word processor, or in small letters.
fn misspelt(text: &[u8]) -> Option<usize> {
    let mut beginnings = memchr2_iter(b'B', b'b', text)
        .filter_map(|at| Some((at, text.get(..at)?, text.get(at..)?.get(..BEGIN.len())?)))
        .filter(|(_, _, word)| word.eq_ignore_ascii_case(BEGIN));
    beginnings.find_map(|(at, before, word)| {
        let is_dash = before.ends_with(b"-") || OTHER_DASHES.iter().any(|dash| before.ends_with(dash));
        let is_right = before.ends_with(DASHES) && word == BEGIN;
        (is_dash && !is_right).then_some(at)
    })
}

/// A beginning without an end, or an end without a beginning.
fn unpaired(text: &[u8]) -> Option<usize> {
    let mut ends = memmem::find_iter(text, b"-----END ").peekable();
    let mut open = None;
    for begin in memmem::find_iter(text, b"-----BEGIN ") {
        while let Some(end) = ends.next_if(|end| *end < begin) {
            if open.take().is_none() {
                return Some(end);
            }
        }
        if let Some(open) = open.replace(begin) {
            return Some(open);
        }
    }
    match (open, ends.next(), ends.next()) {
        (Some(_), Some(_), stray) => stray,
        (open, end, _) => open.or(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_block_and_is_none_is_refused() {
        for (text, offset) in [
            ("x-----BEGIN A-----\nAQ==\n", 1),
            ("x-----BEGIN A-----\n-----BEGIN A-----\nAQ==\n-----END A-----", 1),
            ("x-----END A-----", 1),
            ("x-----END A-----\n-----BEGIN A-----\nAQ==\n-----END A-----", 1),
            ("-----BEGIN A-----AQ==-----END A-----x-----END A-----", 37),
            ("----BEGIN A-----\nAQ==\n-----END A-----", 4),
            ("\u{2014}BEGIN A-----\nAQ==\n-----END A-----", 3),
            ("-----begin a-----\nAQ==\n-----end a-----", 5),
        ] {
            let refused = blocks(text.as_bytes()).map(|_| ()).unwrap_err();
            assert_eq!(refused, Error::at(Reason::CertificatePem, offset), "{text}");
        }
        let sound =
            "begin here ------BEGIN A-----\nAQ==\n-----END A----------BEGIN B-----\nAQ==\n-----END B-----";
        assert_eq!(blocks(sound.as_bytes()).map(|blocks| blocks.len()), Ok(2));
    }

    #[test]
    fn utf_16_is_read_as_what_it_says() {
        let pem = "\u{e7}-----BEGIN A-----\nAQ==\n-----END A-----\n";
        for mark in [[0xFF, 0xFE], [0xFE, 0xFF]] {
            let units = pem.encode_utf16().map(|unit| match mark {
                [0xFF, _] => unit.to_le_bytes(),
                _ => unit.to_be_bytes(),
            });
            let file: Vec<u8> = core::iter::once(mark).chain(units).flatten().collect();
            assert_eq!(blocks(&text(&file)).unwrap()[0].decode(10), Ok(alloc::vec![1]));
        }
    }
}
