//! Which characters, names and references XML 1.0 (5th edition) allows.

use crate::error::{Error, Reason, Result};

/// U+FEFF in UTF-8.
pub(crate) const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// `S`: blank, tab, carriage return, line feed.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Offset of the first byte from `at` on that is not white space.
#[inline]
pub(crate) fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|&byte| is_space(byte)) {
        at += 1;
    }
    at
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

/// Whether a text is an `NCName`, but that it may begin as none does: many write a UUID.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_name_char)
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
