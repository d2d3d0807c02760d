//! multipart/mixed (RFC 2046 §5.1) as bytes: where each part's body stands, and the same bytes with other bodies.

use alloc::vec::Vec;
use core::ops::Range;

use memchr::memmem;

use crate::error::{Error, Reason, Result};
use crate::limits::PARTS_MAX;

/// Longest boundary (RFC 2046 §5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;

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
}

/// Where the parts of a multipart body stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Multipart {
    bodies: Vec<Range<usize>>,
    preamble: Range<usize>,
    epilogue: Range<usize>,
}

impl Multipart {
    /// Finds the parts: one pass over the delimiters, at most [`PARTS_MAX`] parts.
    pub(super) fn read(octets: &[u8], delimiter: &Delimiter) -> Result<Self> {
        let mut bodies: Vec<Range<usize>> = Vec::new();
        let mut preamble = 0..0;
        let mut part_start: Option<usize> = None;
        for position in memmem::find_iter(octets, &delimiter.0) {
            let Some(line) = delimiter_line(octets, position, delimiter.0.len()) else { continue };
            match part_start {
                None => preamble = 0..line.content_end,
                Some(start) if bodies.len() < PARTS_MAX => {
                    bodies.push(body_of_part(octets, start..line.content_end.max(start))?);
                }
                Some(_) => return Err(Error::at(Reason::TooManyParts, position)),
            }
            if line.closes {
                let epilogue = line.end..octets.len();
                return if bodies.is_empty() {
                    Err(Error::at(Reason::Multipart, position))
                } else {
                    Ok(Self { bodies, preamble, epilogue })
                };
            }
            part_start = Some(line.end);
        }
        Err(Error::at(Reason::Multipart, octets.len()))
    }

    /// The parts' bodies.
    pub(super) fn bodies<'a>(&self, octets: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.bodies.iter().map(|body| octets.get(body.clone()).unwrap_or_default())
    }

    /// The same octets with other bodies in the parts' places; headers, delimiters and all else stay as they are.
    pub(super) fn with_bodies(&self, octets: &[u8], replacements: &[Vec<u8>]) -> Vec<u8> {
        let mut out =
            Vec::with_capacity(octets.len().saturating_add(replacements.iter().map(Vec::len).sum()));
        let mut copied = 0;
        for (body, replacement) in self.bodies.iter().zip(replacements) {
            out.extend_from_slice(octets.get(copied..body.start).unwrap_or_default());
            out.extend_from_slice(replacement);
            copied = body.end;
        }
        out.extend_from_slice(octets.get(copied..).unwrap_or_default());
        out
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

/// The body of a part: what follows its first empty line.
fn body_of_part(octets: &[u8], part: Range<usize>) -> Result<Range<usize>> {
    let broken = Error::at(Reason::Multipart, part.start);
    let content = octets.get(part.clone()).ok_or(broken)?;
    let header = content.get(..PART_HEADER_BYTES_MAX.min(content.len())).ok_or(broken)?;
    let mut line_start = 0;
    for newline in memchr::memchr_iter(b'\n', header) {
        let line = header.get(line_start..newline).ok_or(broken)?;
        let after = newline.saturating_add(1);
        if matches!(line, [] | [b'\r']) {
            return Ok(part.start.saturating_add(after)..part.end);
        }
        if !is_header_line(line) {
            return Err(broken);
        }
        line_start = after;
    }
    Err(broken)
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
    fn only_bodies_change() {
        let octets = b"pre\r\n--b\r\nPI-ResourceId: 1\r\n\r\n<a/>\r\n--b\r\n\r\n<b/>\r\n--b--\r\npost";
        let multipart = Multipart::read(octets, &delimiter("b")).unwrap();
        let replaced = multipart.with_bodies(octets, &[b"<A/>!".to_vec(), Vec::new()]);
        assert_eq!(replaced, b"pre\r\n--b\r\nPI-ResourceId: 1\r\n\r\n<A/>!\r\n--b\r\n\r\n\r\n--b--\r\npost");
        let same: Vec<_> = multipart.bodies(octets).map(<[u8]>::to_vec).collect();
        assert_eq!(multipart.with_bodies(octets, &same), octets);
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
