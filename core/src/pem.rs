//! PEM as people come to have it: the lax form of RFC 7468 §3, and what editors, shells and secret stores make of it.
//!
//! Every `-----BEGIN ` counts: each gives one [`Block`], and one that cannot be read says what is wrong and where. Nothing here
//! repeats a byte of the text, which may be a private key.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

use crate::error::Language;

const DASHES: &[u8] = b"-----";
const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// Longest label, in bytes. The longest one in use has 21.
const LABEL_BYTES_MAX: usize = 64;

/// One block of a PEM file: what stands between a `BEGIN` and its `END`, wherever on a line they are.
#[derive(Clone, Copy)]
pub struct Block<'a> {
    text: &'a [u8],
    begin: usize,
    /// The line of the `BEGIN`.
    line: usize,
    label: &'a str,
    body: Body,
}

/// Where the base64 of a block begins and ends, or what is wrong with the block and where.
type Body = Result<(usize, usize), (DamageKind, usize)>;

/// What is wrong with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DamageKind {
    /// The `BEGIN` has no label that ends in five hyphens.
    Begin,
    /// There is no `END` before the end of the text, or before the next `BEGIN`.
    NoEnd,
    /// The `END` is that of another label.
    OtherEnd,
    /// There is nothing between `BEGIN` and `END`.
    Empty,
    /// A header field stands before the base64, as OpenSSL's traditional encryption has it.
    Header,
    /// A character is not of base64.
    Character,
    /// The number of characters, or what is left over at their end, is not that of whole bytes.
    Length,
    /// It holds more than is taken.
    TooLarge,
}

/// Where and how a block is damaged. It repeats nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// What is wrong.
    pub kind: DamageKind,
    /// The offset in bytes at which it shows.
    pub offset: usize,
    /// The line on which it shows, counted from 1.
    pub line: usize,
}

/// The blocks of a file, in their order. Whatever stands around them is passed over: a byte order mark, indentation, quotes, the
/// text that OpenSSL writes between them. Reads the text once.
pub fn blocks(text: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let (mut at, mut counted, mut line) = (0_usize, 0_usize, 1_usize);
    core::iter::from_fn(move || {
        let begin = at + memmem::find(text.get(at..)?, BEGIN)?;
        line += lines(text, counted, begin);
        counted = begin;
        let (label, body, next) = block(text, begin);
        at = next;
        Some(Block { text, begin, line, label, body })
    })
}

/// Whether there is any block at all.
#[must_use]
pub fn is_pem(text: &[u8]) -> bool {
    memmem::find(text, BEGIN).is_some()
}

/// The label and the body of the block that begins here, and where to look for the next one.
fn block(text: &[u8], begin: usize) -> (&str, Body, usize) {
    let after_begin = begin + BEGIN.len();
    let Some((label, from)) = label(text, after_begin) else {
        return ("", Err((DamageKind::Begin, begin)), after_begin);
    };
    let rest = text.get(from..).unwrap_or_default();
    let Some(to) = memmem::find(rest, DASHES).map(|found| from + found) else {
        return (label, Err((DamageKind::NoEnd, begin)), text.len());
    };
    if !text.get(to..).is_some_and(|rest| rest.starts_with(END)) {
        return (label, Err((DamageKind::NoEnd, begin)), to);
    }
    match self::label(text, to + END.len()) {
        Some((end, next)) if end == label => (label, Ok((from, to)), next),
        _ => (label, Err((DamageKind::OtherEnd, to)), to + END.len()),
    }
}

/// The label that begins here, without blanks around it, and where its hyphens end.
fn label(text: &[u8], from: usize) -> Option<(&str, usize)> {
    let rest = text.get(from..)?;
    let rest = rest.get(..LABEL_BYTES_MAX + DASHES.len()).unwrap_or(rest);
    let length = memmem::find(rest, DASHES)?;
    let label = core::str::from_utf8(rest.get(..length)?).ok()?.trim_ascii();
    let is_plain = !label.is_empty() && label.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'-');
    is_plain.then_some((label, from + length + DASHES.len()))
}

/// How many line ends there are between two places.
fn lines(text: &[u8], from: usize, to: usize) -> usize {
    memchr::memchr_iter(b'\n', text.get(from..to).unwrap_or_default()).count()
}

impl<'a> Block<'a> {
    /// What the block says it holds, such as `CERTIFICATE`; empty if that cannot be read.
    #[must_use]
    pub const fn label(&self) -> &'a str {
        self.label
    }

    /// The offset in bytes of its `BEGIN`.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.begin
    }

    /// Its base64, padded and without anything else: what a decoder of the strictest kind takes. Dropped are white space of any
    /// kind and line ends that became the characters `\n` or `\r`. The vector is as large as the block from the start, so that no
    /// copy of a key stays behind when the caller wipes it.
    ///
    /// # Errors
    /// When the block is damaged.
    pub fn base64(&self) -> Result<Vec<u8>, Damage> {
        let (from, to) = self.place()?;
        let body = self.text.get(from..to).unwrap_or_default();
        let damage = |kind, at: usize| self.damage(kind, from + at);
        // Two more for padding that is missing.
        let mut base64 = Vec::with_capacity(body.len().saturating_add(2));
        let (mut at, mut padding) = (0, 0_usize);
        while let Some(&byte) = body.get(at) {
            let rest = body.get(at..).unwrap_or_default();
            let (length, meant) = match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=' => (1, Some(byte)),
                _ => blank(rest).ok_or_else(|| {
                    let is_header = memchr::memchr(b':', body).is_some();
                    damage(if is_header { DamageKind::Header } else { DamageKind::Character }, at)
                })?,
            };
            match meant {
                Some(b'=') => padding += 1,
                Some(_) if padding > 0 => return Err(damage(DamageKind::Length, at)),
                Some(meant) => base64.push(meant),
                None => {}
            }
            at += length;
        }
        let missing = match base64.len() % 4 {
            0 => 0,
            1 => return Err(damage(DamageKind::Length, body.len())),
            left => 4 - left,
        };
        if base64.is_empty() {
            return Err(damage(DamageKind::Empty, 0));
        }
        // The bits that are left over are zero, so that a key has one spelling.
        let left_over = match missing {
            1 => 0b11,
            2 => 0b1111,
            _ => 0,
        };
        if padding != 0 && padding != missing
            || base64.last().is_some_and(|last| sextet(*last) & left_over != 0)
        {
            return Err(damage(DamageKind::Length, body.len()));
        }
        base64.extend(core::iter::repeat_n(b'=', missing));
        Ok(base64)
    }

    /// What it holds.
    ///
    /// # Errors
    /// When the block is damaged or holds more than `bytes_max`.
    pub fn decode(&self, bytes_max: usize) -> Result<Vec<u8>, Damage> {
        let base64 = self.base64()?;
        let (_, end) = self.place()?;
        if base64.len() / 4 > bytes_max.div_ceil(3) {
            return Err(self.damage(DamageKind::TooLarge, self.begin));
        }
        match STANDARD.decode(&base64) {
            Ok(bytes) if bytes.len() <= bytes_max => Ok(bytes),
            Ok(_) => Err(self.damage(DamageKind::TooLarge, self.begin)),
            Err(_) => Err(self.damage(DamageKind::Length, end)),
        }
    }

    fn place(&self) -> Result<(usize, usize), Damage> {
        self.body.map_err(|(kind, offset)| self.damage(kind, offset))
    }

    fn damage(&self, kind: DamageKind, offset: usize) -> Damage {
        Damage { kind, offset, line: self.line + lines(self.text, self.begin, offset) }
    }
}

/// The six bits that a character of base64 stands for.
const fn sextet(character: u8) -> u8 {
    match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' => 62,
        _ => 63,
    }
}

/// What stands here and is not of base64 but means nothing, or means one character: how long it is, and that character.
fn blank(rest: &[u8]) -> Option<(usize, Option<u8>)> {
    match rest {
        [b' ' | b'\t'..=b'\r', ..] => Some((1, None)),
        // A blank that does not break, and a byte order mark.
        [0xc2, 0xa0, ..] => Some((2, None)),
        [0xef, 0xbb, 0xbf, ..] => Some((3, None)),
        [b'\\', ..] => {
            let backslashes = rest.iter().take_while(|byte| **byte == b'\\').count();
            match rest.get(backslashes)? {
                b'n' | b'r' | b't' | b'\n' | b'\r' => Some((backslashes + 1, None)),
                // As some writers of JSON have it.
                b'/' => Some((backslashes + 1, Some(b'/'))),
                _ => None,
            }
        }
        _ => None,
    }
}

impl fmt::Debug for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block")
            .field("label", &self.label)
            .field("offset", &self.begin)
            .finish_non_exhaustive()
    }
}

impl DamageKind {
    /// What is wrong, in a language.
    #[must_use]
    pub const fn words(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Begin, Language::PtBr) => "a linha `-----BEGIN …-----` está danificada",
            (Self::Begin, _) => "the line `-----BEGIN …-----` is damaged",
            (Self::NoEnd, Language::PtBr) => "falta a linha `-----END …-----`",
            (Self::NoEnd, _) => "the line `-----END …-----` is missing",
            (Self::OtherEnd, Language::PtBr) => {
                "a linha `-----END …-----` não corresponde à `-----BEGIN …-----`"
            }
            (Self::OtherEnd, _) => "the line `-----END …-----` is not that of its `-----BEGIN …-----`",
            (Self::Empty, Language::PtBr) => "não há nada entre BEGIN e END",
            (Self::Empty, _) => "nothing stands between BEGIN and END",
            (Self::Header, Language::PtBr) => "há um cabeçalho antes do base64",
            (Self::Header, _) => "a header field stands before the base64",
            (Self::Character, Language::PtBr) => "um caractere não pertence ao base64",
            (Self::Character, _) => "a character is not of base64",
            (Self::Length, Language::PtBr) => "o base64 está incompleto ou tem algo a mais",
            (Self::Length, _) => "the base64 is incomplete, or has something too much",
            (Self::TooLarge, Language::PtBr) => "o bloco é grande demais",
            (Self::TooLarge, _) => "the block is too large",
        }
    }
}

impl Damage {
    /// What is wrong and where, in a language.
    #[must_use]
    pub fn in_language(self, language: Language) -> String {
        let Self { kind, offset, line } = self;
        let line_word = match language {
            Language::PtBr => "linha",
            Language::En => "line",
        };
        format!("{} ({line_word} {line}, byte {offset})", kind.words(language))
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_language(Language::En))
    }
}

impl core::error::Error for Damage {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use alloc::vec;

    use super::*;

    const BODY: &str = "TUlJQ1hBSUJBQUtCZ1FDeHRoKysvLys9";

    fn armour(body: &str) -> String {
        format!("-----BEGIN PRIVATE KEY-----{body}-----END PRIVATE KEY-----")
    }

    fn read(text: &str) -> Vec<(String, Result<Vec<u8>, DamageKind>)> {
        let read = |block: Block<'_>| (block.label().to_string(), block.decode(1000).map_err(|d| d.kind));
        blocks(text.as_bytes()).map(read).collect()
    }

    fn damage_of(body: &str) -> Damage {
        blocks(armour(body).as_bytes()).next().unwrap().decode(1000).unwrap_err()
    }

    #[test]
    fn whatever_became_of_the_line_ends_the_bytes_are_the_same() {
        let expected = STANDARD.decode(BODY).unwrap();
        let (one, two) = BODY.split_at(16);
        for between in [
            "", "\n", "\r\n", "\r", " ", "\t", "\\n", "\\r\\n", "\\\\n", "\\\n", "\u{a0}", "\u{feff}",
            "\n    ",
        ] {
            let text = armour(&format!("{between}{one}{between}{two}{between}"));
            for text in [text.clone(), format!("\u{feff}{text}"), format!("key: \"{text}\"")] {
                assert_eq!(read(&text), [("PRIVATE KEY".to_string(), Ok(expected.clone()))], "{between:?}");
            }
        }
        let escaped = armour(&BODY.replace('/', "\\/"));
        assert_eq!(read(&escaped)[0].1, Ok(expected));
    }

    #[test]
    fn padding_may_be_missing_but_not_wrong() {
        for (body, bytes) in [("AQ==", vec![1]), ("AQ", vec![1]), ("AQI=", vec![1, 2]), ("AQI", vec![1, 2])] {
            assert_eq!(read(&armour(body))[0].1, Ok(bytes), "{body}");
        }
        for body in ["AQ=", "AQ===", "A", "AQI==", "A===", "AQ==AQ==", "AR==", "AQJ="] {
            assert_eq!(damage_of(body).kind, DamageKind::Length, "{body}");
        }
    }

    #[test]
    fn every_begin_is_a_block_or_a_damage() {
        let good = "-----BEGIN A-----AQ==-----END A-----";
        let text = format!(
            "{good}{good}-----BEGIN -----BEGIN B-----AQ==-----END C----------BEGIN D-----AQ==\n{good}  -----BEGIN E-----AQ=="
        );
        let expected = [
            ("A", Ok(vec![1])),
            ("A", Ok(vec![1])),
            ("", Err(DamageKind::Begin)),
            ("B", Err(DamageKind::OtherEnd)),
            ("D", Err(DamageKind::NoEnd)),
            ("A", Ok(vec![1])),
            ("E", Err(DamageKind::NoEnd)),
        ];
        assert_eq!(read(&text), expected.map(|(label, read)| (label.to_string(), read)));
    }

    #[test]
    fn says_what_is_damaged_and_where_and_repeats_nothing() {
        for (body, kind, offset, line) in [
            ("\nQUJD\nQ!JD\n", DamageKind::Character, 34, 3),
            ("\nProc-Type: 4,ENCRYPTED\n\nQUJD\n", DamageKind::Header, 32, 2),
            (" \n ", DamageKind::Empty, 27, 1),
            ("\\x", DamageKind::Character, 27, 1),
            ("QUJ\u{fffd}", DamageKind::Character, 30, 1),
        ] {
            let damage = damage_of(body);
            assert_eq!((damage.kind, damage.offset, damage.line), (kind, offset, line), "{body:?}");
            for language in [Language::En, Language::PtBr] {
                let words = damage.in_language(language);
                assert!(!words.contains("QUJ") && !words.contains("ENCRYPTED"), "{words}");
            }
        }
        assert_eq!(read(&armour(&"A".repeat(4000)))[0].1, Err(DamageKind::TooLarge));
        let block = armour("QUJD");
        assert!(!format!("{:?}", blocks(block.as_bytes()).next()).contains("QUJ"));
    }

    #[test]
    fn any_bytes_are_read_in_one_pass() {
        for piece in [
            "-----BEGIN ",
            "-----",
            "-----BEGIN A-----",
            "-----END A-----",
            "\\",
            "-----BEGIN A-----\u{feff}",
        ] {
            let text = piece.repeat(20_000);
            for block in blocks(text.as_bytes()) {
                let _ = block.decode(10);
            }
        }
    }
}
