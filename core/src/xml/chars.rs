//! Which characters, names and references XML 1.0 (5th edition) allows.

use crate::error::{Error, Reason, Result};

/// U+FEFF in UTF-8.
pub(crate) const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// Classes of a byte inside character data or attribute values.
pub(crate) mod class {
    /// Stands for itself everywhere.
    pub(crate) const PLAIN: u8 = 0;
    /// Needs a look.
    pub(crate) const SPECIAL: u8 = 1;
}

const fn text_classes(attribute: bool) -> [u8; 256] {
    let mut table = [class::PLAIN; 256];
    let mut byte = 0_u8;
    loop {
        let special = match byte {
            b'\n' | b'\t' => attribute,
            b'>' => !attribute,
            b'"' | b'\'' => attribute,
            b'<' | b'&' | 0xEF => true,
            _ => byte < 0x20,
        };
        if special {
            #[expect(
                clippy::indexing_slicing,
                clippy::as_conversions,
                reason = "a byte indexes 256 places, at compile time"
            )]
            {
                table[byte as usize] = class::SPECIAL;
            }
        }
        if byte == u8::MAX {
            return table;
        }
        byte += 1;
    }
}

/// Bytes that a name goes on with: ASCII but the colon. Bytes of other characters need a look.
const fn name_classes() -> [u8; 256] {
    let mut table = [class::SPECIAL; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') {
            #[expect(
                clippy::indexing_slicing,
                clippy::as_conversions,
                reason = "a byte indexes 256 places, at compile time"
            )]
            {
                table[byte as usize] = class::PLAIN;
            }
        }
        byte += 1;
    }
    table
}

static NAME: [u8; 256] = name_classes();
static TEXT: [u8; 256] = text_classes(false);
static ATTRIBUTE: [u8; 256] = text_classes(true);

/// Offset of the first byte from `at` on that needs a look in character data, or the length.
#[inline]
pub(crate) fn skip_text(bytes: &[u8], at: usize) -> usize {
    skip(&TEXT, bytes, at)
}

/// Offset of the first byte from `at` on that is not one of a name's in ASCII, or the length.
#[inline]
pub(crate) fn skip_name(bytes: &[u8], at: usize) -> usize {
    skip(&NAME, bytes, at)
}

/// Offset of the first byte from `at` on that needs a look in an attribute value, or the length.
pub(crate) fn skip_attribute(bytes: &[u8], at: usize) -> usize {
    skip(&ATTRIBUTE, bytes, at)
}

#[inline]
fn skip(table: &[u8; 256], bytes: &[u8], at: usize) -> usize {
    let class = |byte: u8| table.get(usize::from(byte)).copied().unwrap_or(class::SPECIAL);
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.iter().position(|&byte| class(byte) != class::PLAIN) {
        Some(n) => at + n,
        None => bytes.len(),
    }
}

/// `S`: blank, tab, carriage return, line feed.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Offset of the first byte from `at` on that is not white space.
#[inline]
pub(crate) fn skip_space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(|&byte| !is_space(byte)).map_or(bytes.len(), |n| at + n)
}

/// `Char`.
pub(crate) const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// `NameStartChar` without the colon.
pub(crate) const fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// `NameChar` without the colon.
pub(crate) const fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Whether a text is an `NCName`.
pub(crate) fn is_ncname(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(is_name_start) && chars.all(is_name_char)
}

/// Whether every character of a text is one that XML allows.
pub(crate) fn all_chars(text: &str) -> bool {
    illegal_char(text).is_none()
}

/// Offset in `text` of the first character that XML does not allow.
pub(crate) fn illegal_char(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..)?;
        let suspect = |&byte: &u8| (byte < 0x20 && !is_space(byte)) || byte == 0xEF;
        at += rest.iter().position(suspect)?;
        if bytes.get(at) != Some(&0xEF) || is_noncharacter(bytes, at) {
            return Some(at);
        }
        at += 3;
    }
}

/// Whether U+FFFE or U+FFFF stands at `at`, where a byte 0xEF was seen.
pub(crate) fn is_noncharacter(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at..at + 3), Some([0xEF, 0xBF, 0xBE | 0xBF]))
}

/// Reads the entity or character reference whose `&` stands at `at`: the character and the offset behind `;`.
///
/// # Errors
/// [`Reason::IllegalReference`] unless it is one of the five predefined entities or a reference to a `Char`.
pub(crate) fn reference(text: &str, at: usize) -> Result<(char, usize)> {
    let illegal = Error::at(Reason::IllegalReference, at);
    let bytes = text.as_bytes().get(at + 1..).unwrap_or_default();
    let length =
        bytes.iter().position(|&byte| !(byte.is_ascii_alphanumeric() || byte == b'#')).ok_or(illegal)?;
    let name =
        text.get(at + 1..at + 1 + length).filter(|_| bytes.get(length) == Some(&b';')).ok_or(illegal)?;
    let character = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => numeric(name).ok_or(illegal)?,
    };
    Ok((character, at + length + 2))
}

fn numeric(name: &str) -> Option<char> {
    let digits = name.strip_prefix('#')?;
    let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |hex| (hex, 16));
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    // Any number of leading zeros is allowed; what is left of zero itself is empty, which is no character either.
    let digits = digits.trim_start_matches('0');
    char::from_u32(u32::from_str_radix(digits, radix).ok()?).filter(|&c| is_char(c))
}
