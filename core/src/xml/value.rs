//! What text and attribute values mean: references resolved, line ends normalised (XML 1.0 §2.11, §3.3.3).

use alloc::borrow::{Cow, ToOwned as _};
use alloc::string::String;

use super::chars;

/// One piece of character data as it was spelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Characters that stand for themselves.
    Run(&'a str),
    /// A character that a reference names.
    Reference(char),
    /// A line end: CR LF, or CR alone.
    LineEnd,
}

/// Cuts character data that was found well-formed into its pieces.
pub(crate) fn pieces(raw: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = raw;
    core::iter::from_fn(move || {
        let special = rest.bytes().position(|byte| byte == b'&' || byte == b'\r').unwrap_or(rest.len());
        if special > 0 {
            let (run, behind) = rest.split_at_checked(special)?;
            rest = behind;
            return Some(Piece::Run(run));
        }
        if let Some(behind) = rest.strip_prefix('\r') {
            rest = behind.strip_prefix('\n').unwrap_or(behind);
            return Some(Piece::LineEnd);
        }
        let (character, end) = chars::reference(rest, 0).ok()?;
        rest = rest.get(end..)?;
        Some(Piece::Reference(character))
    })
}

/// The characters that text means.
pub(crate) fn text(raw: &str) -> Cow<'_, str> {
    if !raw.bytes().any(|byte| byte == b'&' || byte == b'\r') {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    for piece in pieces(raw) {
        match piece {
            Piece::Run(run) => out.push_str(run),
            Piece::Reference(character) => out.push(character),
            Piece::LineEnd => out.push('\n'),
        }
    }
    Cow::Owned(out)
}

/// What a CDATA section means: its characters, with line ends normalised.
pub(crate) fn line_ends(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\r') {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n"))
}

/// The value that an attribute has: of type CDATA, as every attribute without a DTD.
pub(crate) fn attribute(raw: &str) -> Cow<'_, str> {
    if !raw.bytes().any(|byte| matches!(byte, b'&' | b'\r' | b'\n' | b'\t')) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    for piece in pieces(raw) {
        match piece {
            Piece::Run(run) => {
                out.extend(run.chars().map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c }))
            }
            Piece::Reference(character) => out.push(character),
            Piece::LineEnd => out.push(' '),
        }
    }
    Cow::Owned(out)
}

/// The value of an attribute that may be taken for an Id: whoever gives it the type ID (a schema, `xml:id`) drops the white
/// space at its ends.
pub(crate) fn id(raw: &str) -> Cow<'_, str> {
    match attribute(raw) {
        Cow::Borrowed(value) => Cow::Borrowed(trimmed(value)),
        Cow::Owned(value) if trimmed(&value).len() == value.len() => Cow::Owned(value),
        Cow::Owned(value) => Cow::Owned(trimmed(&value).to_owned()),
    }
}

/// A value without the white space at its ends.
pub(crate) fn trimmed(value: &str) -> &str {
    value.trim_matches([' ', '\t', '\r', '\n'])
}

/// Whether text means white space only.
pub(crate) fn is_space(raw: &str) -> bool {
    pieces(raw).all(|piece| match piece {
        Piece::Run(run) => run.bytes().all(chars::is_space),
        Piece::Reference(character) => matches!(character, ' ' | '\t' | '\r' | '\n'),
        Piece::LineEnd => true,
    })
}
