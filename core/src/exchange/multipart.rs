//! multipart/mixed (RFC 2046 §5.1) as bytes: where each part's body stands, and the same bytes with other bodies.
//!
//! This is the grammar as liberal readers have it. What is handed on or sent must be [`super::plain`] as well.

use alloc::vec::Vec;
use core::ops::Range;

use memchr::memmem;

use crate::error::{Error, Reason, Result};
use crate::limits::PARTS_MAX;

/// Longest boundary (RFC 2046 §5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;

/// What a part is that does not say it.
const XML_LABEL: &[u8] = b"Content-Type: application/xml; charset=utf-8";

/// Longest header of one part.
const PART_HEADER_BYTES_MAX: usize = 8192;

/// The delimiter of a multipart body: `--` and the boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Delimiter(Vec<u8>);

impl Delimiter {
    /// The delimiter that a Content-Type gives; nothing if the type is not `multipart/*`.
    pub(super) fn of(content_type: &str) -> Result<Option<Self>> {
        let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        let is_multipart =
            media_type.trim().get(..10).is_some_and(|start| start.eq_ignore_ascii_case("multipart/"));
        if !is_multipart {
            return Ok(None);
        }
        let boundary = boundary_of(parameters).ok_or(Error::new(Reason::Multipart))?;
        let mut delimiter = b"--".to_vec();
        delimiter.extend_from_slice(&boundary);
        Ok(Some(Self(delimiter)))
    }

    /// The delimiter of a boundary that holds nothing that only some readers allow, and not dashes alone: those cannot be told
    /// from the dashes around them.
    pub(super) fn plain(boundary: &str) -> Option<Self> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.+=:/".contains(&b);
        let is_sound = (1..=BOUNDARY_BYTES_MAX).contains(&boundary.len())
            && boundary.bytes().all(is_plain)
            && boundary.bytes().any(|b| b != b'-');
        is_sound.then(|| Self([b"--", boundary.as_bytes()].concat()))
    }

    /// Its octets.
    pub(super) fn octets(&self) -> &[u8] {
        &self.0
    }
}

/// Where one part stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Its header fields, the empty line behind them included.
    pub(super) head: Range<usize>,
    /// Its body.
    pub(super) body: Range<usize>,
}

impl Part {
    fn head_in<'a>(&self, octets: &'a [u8]) -> &'a [u8] {
        octets.get(self.head.clone()).unwrap_or_default()
    }
}

/// Where the parts of a multipart body stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Multipart {
    parts: Vec<Part>,
    preamble: Range<usize>,
    epilogue: Range<usize>,
}

impl Multipart {
    /// Finds the parts: one pass over the delimiters, at most [`PARTS_MAX`] parts.
    pub(super) fn read(octets: &[u8], delimiter: &Delimiter) -> Result<Self> {
        let mut parts: Vec<Part> = Vec::new();
        let mut preamble = 0..0;
        let mut part_start: Option<usize> = None;
        for position in memmem::find_iter(octets, &delimiter.0) {
            let Some(line) = delimiter_line(octets, position, delimiter.0.len()) else { continue };
            match part_start {
                None => preamble = 0..line.content_end,
                Some(start) if parts.len() < PARTS_MAX => {
                    parts.push(part_within(octets, start..line.content_end.max(start))?);
                }
                Some(_) => return Err(Error::at(Reason::TooManyParts, position)),
            }
            if line.closes {
                let epilogue = line.end..octets.len();
                return if parts.is_empty() {
                    Err(Error::at(Reason::Multipart, position))
                } else {
                    Ok(Self { parts, preamble, epilogue })
                };
            }
            part_start = Some(line.end);
        }
        Err(Error::at(Reason::Multipart, octets.len()))
    }

    /// The parts, in order.
    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The parts' bodies.
    pub(super) fn bodies<'a>(&self, octets: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.parts.iter().map(|part| octets.get(part.body.clone()).unwrap_or_default())
    }

    /// The same octets with other bodies in the parts' places. A part that does not say what it is becomes XML: unlabelled, it would be
    /// text in ASCII to some readers. Headers, delimiters and all else stay as they are.
    pub(super) fn with_bodies<B: AsRef<[u8]>>(&self, octets: &[u8], replacements: &[B]) -> Vec<u8> {
        let added = replacements.iter().map(|body| body.as_ref().len().saturating_add(XML_LABEL.len()));
        let mut out = Vec::with_capacity(octets.len().saturating_add(added.sum()));
        let mut copied = 0;
        for (part, replacement) in self.parts.iter().zip(replacements) {
            out.extend_from_slice(octets.get(copied..part.head.start).unwrap_or_default());
            let head = part.head_in(octets);
            if !is_labelled(head) {
                out.extend_from_slice(XML_LABEL);
                out.extend_from_slice(if head.ends_with(b"\r\n") { b"\r\n" } else { b"\n" });
            }
            out.extend_from_slice(head);
            out.extend_from_slice(replacement.as_ref());
            copied = part.body.end;
        }
        out.extend_from_slice(octets.get(copied..).unwrap_or_default());
        out
    }

    /// The same octets with every part labelled, if one is not.
    pub(super) fn labelled(&self, octets: &[u8]) -> Option<Vec<u8>> {
        if self.parts.iter().all(|part| is_labelled(part.head_in(octets))) {
            return None;
        }
        let bodies: Vec<&[u8]> = self.bodies(octets).collect();
        Some(self.with_bodies(octets, &bodies))
    }

    /// Whether something that looks like a message stands before the first part or behind the last one, where no signature is checked.
    pub(super) fn has_stray_markup(&self, octets: &[u8]) -> bool {
        [&self.preamble, &self.epilogue]
            .into_iter()
            .any(|span| octets.get(span.clone()).is_some_and(|stray| memchr::memchr(b'<', stray).is_some()))
    }
}

struct DelimiterLine {
    /// Where what stood before the delimiter ends: the line break in front belongs to the delimiter.
    content_end: usize,
    /// Where the next part begins.
    end: usize,
    closes: bool,
}

/// The delimiter line at a position, if the delimiter stands at the start of a line and is the whole of it.
fn delimiter_line(octets: &[u8], position: usize, length: usize) -> Option<DelimiterLine> {
    let before = octets.get(..position)?;
    let content_end = match before {
        [] => 0,
        [rest @ .., b'\r', b'\n'] | [rest @ .., b'\n'] => rest.len(),
        _ => return None,
    };
    let after = octets.get(position.checked_add(length)?..)?;
    let (closes, after) = after.strip_prefix(b"--").map_or((false, after), |after| (true, after));
    let padding = after.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let rest = match after.get(padding..)? {
        [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => rest,
        [] if closes => &[],
        _ => return None,
    };
    Some(DelimiterLine { content_end, end: octets.len().checked_sub(rest.len())?, closes })
}

/// A part's body is what follows its first empty line.
fn part_within(octets: &[u8], part: Range<usize>) -> Result<Part> {
    let broken = Error::at(Reason::Multipart, part.start);
    let content = octets.get(part.clone()).ok_or(broken)?;
    let header = content.get(..PART_HEADER_BYTES_MAX.min(content.len())).ok_or(broken)?;
    let mut line_start = 0;
    for newline in memchr::memchr_iter(b'\n', header) {
        let line = header.get(line_start..newline).ok_or(broken)?;
        let after = newline.saturating_add(1);
        if matches!(line, [] | [b'\r']) {
            let body = part.start.saturating_add(after);
            return Ok(Part { head: part.start..body, body: body..part.end });
        }
        if !is_header_line(line) {
            return Err(broken);
        }
        line_start = after;
    }
    Err(broken)
}

/// Whether a part's header has a field that says what the part is.
fn is_labelled(head: &[u8]) -> bool {
    const NAME: &[u8] = b"content-type:";
    head.split(|&b| b == b'\n')
        .any(|line| line.get(..NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAME)))
}

fn is_header_line(line: &[u8]) -> bool {
    let folded = matches!(line, [b' ' | b'\t', ..]);
    let visible = line.iter().all(|&b| b >= 0x20 && b != 0x7f || matches!(b, b'\t' | b'\r'));
    visible && (folded || memchr::memchr(b':', line).is_some_and(|colon| colon > 0 && !line.contains(&b'<')))
}

/// The one `boundary` among the parameters of a Content-Type (RFC 2045 §5.1).
fn boundary_of(parameters: &str) -> Option<Vec<u8>> {
    let mut found = None;
    let mut rest = parameters.trim_start_matches([' ', '\t', ';']);
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = parameter_value(after)?;
        if name.trim().eq_ignore_ascii_case("boundary") && found.replace(value).is_some() {
            return None;
        }
        let after = after.trim_start_matches([' ', '\t']);
        rest =
            after.strip_prefix(';').or(after.is_empty().then_some(""))?.trim_start_matches([' ', '\t', ';']);
    }
    found.filter(|boundary| is_boundary(boundary))
}

/// A parameter's value, quoted or not, and what follows it.
fn parameter_value(text: &str) -> Option<(Vec<u8>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
        let (value, after) = text.split_at_checked(end)?;
        return Some((value.as_bytes().to_vec(), after));
    };
    let mut value = Vec::new();
    let mut bytes = quoted.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some((value, quoted.get(at.checked_add(1)?..)?)),
            b'\\' => value.push(bytes.next()?.1),
            _ => value.push(byte),
        }
    }
    None
}

/// RFC 2046's `bchars`, 1 to 70 of them, the last not a space.
fn is_boundary(boundary: &[u8]) -> bool {
    let is_bchar = |b: &u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(b);
    (1..=BOUNDARY_BYTES_MAX).contains(&boundary.len())
        && boundary.iter().all(is_bchar)
        && boundary.last() != Some(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;
    use alloc::vec;

    fn delimiter(boundary: &str) -> Delimiter {
        Delimiter::of(&format!("multipart/mixed; boundary={boundary}")).unwrap().unwrap()
    }

    fn bodies(octets: &[u8]) -> Result<Vec<Vec<u8>>> {
        Multipart::read(octets, &delimiter("b")).map(|m| m.bodies(octets).map(<[u8]>::to_vec).collect())
    }

    #[test]
    fn finds_the_boundary_quoted_or_not() {
        for (content_type, boundary) in [
            ("multipart/mixed; boundary=5f1c-9", "5f1c-9"),
            ("Multipart/Mixed;BOUNDARY=\"a b?:\"", "a b?:"),
            ("multipart/mixed; charset=\"x;y\"; boundary=q", "q"),
            ("multipart/mixed;boundary=\"a\\+b\" ; x=y", "a+b"),
        ] {
            let expected = format!("--{boundary}").into_bytes();
            assert_eq!(Delimiter::of(content_type).unwrap().unwrap().0, expected, "{content_type}");
        }
        assert_eq!(Delimiter::of("application/xml; boundary=x"), Ok(None));
        assert_eq!(Delimiter::of(""), Ok(None));
    }

    #[test]
    fn refuses_a_boundary_that_is_none_or_two() {
        let long = format!("multipart/mixed; boundary={}", "x".repeat(71));
        for content_type in [
            "multipart/mixed",
            "multipart/mixed; boundary=",
            "multipart/mixed; boundary=\"open",
            "multipart/mixed; boundary=\"space \"",
            "multipart/mixed; boundary=a; boundary=b",
            "multipart/mixed; boundary=a\u{e9}",
            "multipart/mixed; boundary=\"a\"b",
            &long,
        ] {
            assert!(Delimiter::of(content_type).is_err(), "{content_type}");
        }
    }

    #[test]
    fn parts_come_out_byte_for_byte() {
        let octets = b"preamble\r\n--b\r\nContent-Type: application/xml\r\n\r\n<a>\r\n</a>\r\n--b \t\r\n\r\n<b/>\n\r\n--b--\r\nbye";
        assert_eq!(bodies(octets).unwrap(), [b"<a>\r\n</a>".to_vec(), b"<b/>\n".to_vec()]);
    }

    #[test]
    fn bare_line_feeds_are_line_ends_too() {
        assert_eq!(bodies(b"--b\nX: y\n\n<a/>\n--b--").unwrap(), [b"<a/>".to_vec()]);
    }

    #[test]
    fn a_delimiter_inside_a_line_is_content() {
        let octets = b"--b\r\n\r\n<a>--b</a>\r\n--bc\r\n<!-- -->--b\r\n--b--";
        assert_eq!(bodies(octets).unwrap(), [b"<a>--b</a>\r\n--bc\r\n<!-- -->--b".to_vec()]);
    }

    #[test]
    fn only_bodies_change_where_parts_are_labelled() {
        let octets = b"\r\n--b\r\nContent-Type: application/xml\r\n\r\n<a/>\r\n--b\r\ncontent-type: text/xml\r\n\r\n<b/>\r\n--b--\r\n";
        let multipart = Multipart::read(octets, &delimiter("b")).unwrap();
        let replaced = multipart.with_bodies(octets, &[&b"<A/>!"[..], b""]);
        assert_eq!(
            replaced,
            b"\r\n--b\r\nContent-Type: application/xml\r\n\r\n<A/>!\r\n--b\r\ncontent-type: text/xml\r\n\r\n\r\n--b--\r\n"
        );
        let same: Vec<_> = multipart.bodies(octets).collect();
        assert_eq!(multipart.with_bodies(octets, &same), octets);
        assert_eq!(multipart.labelled(octets), None);
    }

    #[test]
    fn a_part_without_a_label_gets_one_in_the_line_ends_of_the_others() {
        let octets = b"--b\r\nPI-ResourceId: 1\r\n\r\n<a/>\r\n--b\r\n\r\n<b/>\r\n--b--";
        let multipart = Multipart::read(octets, &delimiter("b")).unwrap();
        let labelled = multipart.labelled(octets).unwrap();
        assert_eq!(
            labelled,
            b"--b\r\nContent-Type: application/xml; charset=utf-8\r\nPI-ResourceId: 1\r\n\r\n<a/>\r\n--b\r\nContent-Type: application/xml; charset=utf-8\r\n\r\n<b/>\r\n--b--"
        );
        assert_eq!(bodies(&labelled), bodies(octets));
        let octets = b"--b\n\n<a/>\n--b--";
        let labelled = Multipart::read(octets, &delimiter("b")).unwrap().labelled(octets);
        assert_eq!(labelled.unwrap(), b"--b\nContent-Type: application/xml; charset=utf-8\n\n<a/>\n--b--");
    }

    #[test]
    fn ten_parts_pass_and_eleven_do_not() {
        let parts = |n| [b"--b\r\n\r\n<a/>\r\n".repeat(n), b"--b--".to_vec()].concat();
        assert_eq!(bodies(&parts(10)).unwrap().len(), 10);
        assert_eq!(bodies(&parts(11)).unwrap_err().reason(), Reason::TooManyParts);
        assert_eq!(bodies(&parts(100_000)).unwrap_err().reason(), Reason::TooManyParts);
    }

    #[test]
    fn what_breaks_the_grammar_is_refused() {
        for octets in [
            &b""[..],
            b"<a/>",
            b"--b--",
            b"--b\r\n\r\n<a/>",
            b"--b\r\n\r\n<a/>\r\n--b",
            b"--b\r\n<a/>\r\n--b--",
            b"--b\r\n<a:x>\r\n\r\n<b/>\r\n--b--",
            b"--b\r\nno colon\r\n\r\n<a/>\r\n--b--",
            b"--b\r\n--b--",
            b"x--b\r\n\r\n<a/>\r\n--b--",
        ] {
            assert_eq!(
                bodies(octets).unwrap_err().reason(),
                Reason::Multipart,
                "{}",
                String::from_utf8_lossy(octets)
            );
        }
        let endless = [b"--b\r\n".to_vec(), vec![b'x'; 1 << 20], b"\r\n--b--".to_vec()].concat();
        assert_eq!(bodies(&endless).unwrap_err().reason(), Reason::Multipart);
    }

    #[test]
    fn markup_outside_the_parts_is_seen() {
        let read = |octets: &[u8]| Multipart::read(octets, &delimiter("b")).unwrap().has_stray_markup(octets);
        assert!(read(b"<Envelope/>\r\n--b\r\n\r\n<a/>\r\n--b--"));
        assert!(read(b"--b\r\n\r\n<a/>\r\n--b--\r\n--b\r\n\r\n<evil/>\r\n--b--"));
        assert!(!read(b"words\r\n--b\r\n\r\n<a/>\r\n--b--\r\nwords"));
    }
}
