//! Text and attribute escaping, as canonical XML writes it (Canonical XML 1.0 §2.3).

use super::sink::Sink;
use crate::xml::value::{Piece, pieces};

/// Writes character data that was spelt as `raw`.
pub(crate) fn text(sink: &mut impl Sink, raw: &str) {
    for piece in pieces(raw) {
        match piece {
            Piece::Run(run) => escaped(sink, run, text_escape),
            Piece::Reference(character) => one(sink, character, text_escape),
            Piece::LineEnd => sink.write(b"\n"),
        }
    }
}

/// Writes what a CDATA section held: its characters are themselves, but line ends are line ends.
pub(crate) fn cdata<S: Sink>(sink: &mut S, raw: &str) {
    with_line_ends(sink, raw, |sink, run| escaped(sink, run, text_escape));
}

/// Writes a comment or the data of a processing instruction: nothing is escaped, line ends are line ends.
pub(crate) fn verbatim<S: Sink>(sink: &mut S, raw: &str) {
    with_line_ends(sink, raw, |sink, run| sink.write(run.as_bytes()));
}

/// Writes an attribute's value that was spelt as `raw`.
pub(crate) fn attribute(sink: &mut impl Sink, raw: &str) {
    for piece in pieces(raw) {
        match piece {
            Piece::Run(run) => escaped(sink, run, spelt_attribute_escape),
            Piece::Reference(character) => one(sink, character, attribute_escape),
            Piece::LineEnd => sink.write(b" "),
        }
    }
}

/// Writes text that is known by its characters.
pub(crate) fn text_value(sink: &mut impl Sink, value: &str) {
    escaped(sink, value, text_escape);
}

/// Writes an attribute's value that is known by its characters: a namespace name.
pub(crate) fn attribute_value(sink: &mut impl Sink, value: &str) {
    escaped(sink, value, attribute_escape);
}

const fn text_escape(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' => Some(b"&gt;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    }
}

const fn attribute_escape(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'"' => Some(b"&quot;"),
        b'\t' => Some(b"&#x9;"),
        b'\n' => Some(b"&#xA;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    }
}

/// Tab and line feed that were spelt as themselves are blanks by the time they are a value (XML 1.0 §3.3.3).
const fn spelt_attribute_escape(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'\t' | b'\n' => Some(b" "),
        _ => attribute_escape(byte),
    }
}

fn escaped(sink: &mut impl Sink, run: &str, escape: impl Fn(u8) -> Option<&'static [u8]>) {
    let mut rest = run.as_bytes();
    while let Some((plain, found)) =
        rest.iter().enumerate().find_map(|(n, &byte)| escape(byte).map(|found| (n, found)))
    {
        sink.write(rest.get(..plain).unwrap_or_default());
        sink.write(found);
        rest = rest.get(plain + 1..).unwrap_or_default();
    }
    sink.write(rest);
}

fn one(sink: &mut impl Sink, character: char, escape: impl Fn(u8) -> Option<&'static [u8]>) {
    escaped(sink, character.encode_utf8(&mut [0; 4]), escape);
}

/// Writes runs by `write`, and a line feed for every CR LF and CR between them.
fn with_line_ends<S: Sink>(sink: &mut S, raw: &str, write: impl Fn(&mut S, &str)) {
    let mut rest = raw;
    while let Some((run, behind)) = rest.split_once('\r') {
        write(sink, run);
        sink.write(b"\n");
        rest = behind.strip_prefix('\n').unwrap_or(behind);
    }
    write(sink, rest);
}
