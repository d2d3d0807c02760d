//! Multipart bodies so plain that every reader finds the same parts in them, octet for octet.
//!
//! RFC 2046 leaves room: text around the parts, blanks behind a delimiter, folded fields, encodings. Readers fill it differently, so
//! that one can find a part where another finds none. Nothing of it is used between BACEN and its participants, so what uses it is
//! neither handed on nor sent. Handing on what came, rather than writing it anew, keeps the hashes of the record those of the wire.

use alloc::vec::Vec;

use memchr::{memchr, memchr_iter, memmem};

use super::label;
use super::multipart::{Delimiter, Multipart, Part};
use crate::error::{Error, Reason, Result};

/// Most header fields of a part.
const FIELDS_MAX: usize = 32;

/// Refuses a multipart body that another reader could take apart differently.
///
/// # Errors
/// If it is one.
pub(super) fn check(octets: &[u8], delimiter: &Delimiter, multipart: &Multipart) -> Result<()> {
    let ambiguous = Error::new(Reason::MultipartAmbiguous);
    let line_end = line_end(octets).ok_or(ambiguous)?;
    is_woven(octets, delimiter.octets(), line_end, multipart).ok_or(ambiguous)?;
    // Also not within a line: there are readers that split wherever they find it.
    let delimiters =
        memmem::find_iter(octets, delimiter.octets()).take(multipart.parts().len().saturating_add(2));
    if delimiters.count() != multipart.parts().len().saturating_add(1) {
        return Err(ambiguous);
    }
    for (number, part) in multipart.parts().iter().enumerate() {
        let at = Error::at(Reason::MultipartAmbiguous, part.head.start);
        let at = at.in_part(u16::try_from(number.saturating_add(1)).unwrap_or(u16::MAX));
        has_plain_head(octets, part, line_end).ok_or(at)?;
    }
    Ok(())
}

/// The one way in which lines end: CRLF, or LF where there is no CR at all. A CR of its own ends a line for some readers only. Where
/// lines end in CRLF, a message may have line feeds of its own.
fn line_end(octets: &[u8]) -> Option<&'static [u8]> {
    if memchr(b'\r', octets).is_none() {
        return Some(b"\n");
    }
    let paired = |at: usize| octets.get(at.saturating_add(1)) == Some(&b'\n');
    memchr_iter(b'\r', octets).all(paired).then_some(b"\r\n")
}

/// Whether the body is its parts and the delimiters between them, but for empty lines around the whole.
fn is_woven(octets: &[u8], delimiter: &[u8], line_end: &[u8], multipart: &Multipart) -> Option<()> {
    let mut rest = without_empty_lines(octets, line_end);
    for part in multipart.parts() {
        rest = rest.strip_prefix(delimiter)?.strip_prefix(line_end)?;
        rest = rest.strip_prefix(octets.get(part.head.start..part.body.end)?)?.strip_prefix(line_end)?;
    }
    let epilogue = rest.strip_prefix(delimiter)?.strip_prefix(b"--")?;
    without_empty_lines(epilogue, line_end).is_empty().then_some(())
}

fn without_empty_lines<'o>(mut octets: &'o [u8], line_end: &[u8]) -> &'o [u8] {
    while let Some(rest) = octets.strip_prefix(line_end) {
        octets = rest;
    }
    octets
}

/// Whether a part's header fields stand on a line each, once, and none has the part's octets decoded.
fn has_plain_head(octets: &[u8], part: &Part, line_end: &[u8]) -> Option<()> {
    let (head, body) = (octets.get(part.head.clone())?, octets.get(part.body.clone())?);
    let fields = head.strip_suffix(line_end)?;
    let mut names: Vec<&str> = Vec::new();
    for line in fields.split_inclusive(|&b| b == b'\n') {
        let line = core::str::from_utf8(line.strip_suffix(line_end)?).ok()?;
        let (name, value) = line.split_once(':')?;
        let is_visible = line.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'<');
        let is_doubled = names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if !is_visible || is_doubled || names.len() == FIELDS_MAX || !label::is_plain_name(name) {
            return None;
        }
        leaves_octets_alone(name, value.trim_matches(' '), body).then(|| names.push(name))?;
    }
    Some(())
}

/// Whether a header field has no reader make other octets of a part.
fn leaves_octets_alone(name: &str, value: &str, body: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "content-type" => label::is_xml(value),
        "content-transfer-encoding" => label::is_identity(value),
        // Some readers count instead of looking for the delimiter.
        "content-length" => value.bytes().all(|b| b.is_ascii_digit()) && value.parse() == Ok(body.len()),
        other => !other.contains("encoding"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;

    fn read(body: &str) -> Result<usize> {
        let delimiter = Delimiter::plain("b").unwrap();
        let multipart = Multipart::read(body.as_bytes(), &delimiter)?;
        check(body.as_bytes(), &delimiter, &multipart).map(|()| multipart.parts().len())
    }

    const HEAD: &str = "PI-ResourceId: UEkBbXk=\r\nContent-Type: application/xml;charset=utf-8\r\n";

    fn with_head(head: &str) -> String {
        format!("--b\r\n{head}\r\n<a/>\r\n--b--\r\n")
    }

    #[test]
    fn genuine_bodies_are_plain() {
        let part = format!("--b\r\n{HEAD}\r\n<a>\n<c/>\r\n</a>\r\n");
        assert_eq!(read(&format!("{part}--b--\r\n")), Ok(1));
        assert_eq!(read(&format!("{part}{part}{part}--b--")), Ok(3));
        assert_eq!(read(&format!("\r\n{part}--b--\r\n\r\n")), Ok(1));
        assert_eq!(read(&format!("{part}--b--\r\n").replace("\r\n", "\n")), Ok(1));
        for head in [
            "",
            "X-Part: 1\r\n",
            "content-length: 4\r\n",
            "Content-Transfer-Encoding: 8bit\r\nContent-ID: a\r\n",
            "Content-Disposition: attachment; filename=\"a.xml\"\r\n",
        ] {
            assert_eq!(read(&with_head(head)), Ok(1), "{head}");
        }
    }

    #[test]
    fn what_readers_differ_about_is_refused() {
        let good = with_head(HEAD);
        for body in [
            format!("words\r\n{good}"),
            format!("{good}words"),
            format!(" \r\n{good}"),
            format!("{good}\r\n--b\r\n\r\n<a/>\r\n--b--"),
            format!("\n{good}"),
            good.replace("--b\r\nPI", "--b \r\nPI"),
            good.replace("--b--", "--b-- "),
            good.replace("--b--", "--b--x"),
            good.replace("--b\r\nPI", "--b\nPI"),
            good.replace("8\r\n\r\n<", "8\n\n<"),
            good.replace("8\r\n\r\n<", "8\n\r\n<"),
            good.replace("/>\r\n--b--", "/>\n--b--"),
            good.replace("<a/>", "<a>\r</a>"),
            good.replace("<a/>", "<a>\r\n--bc</a>"),
            good.replace("<a/>", "<a>--b</a>"),
            good.replace("<a/>", "<a/>\r\r"),
            good.replace("PI-", "X--b: y\r\nPI-"),
            good.replace("\r\n", "\n").replace("<a/>", "<a/>\r"),
        ] {
            assert!(
                matches!(
                    read(&body).map_err(|error| error.reason()),
                    Err(Reason::MultipartAmbiguous | Reason::Multipart)
                ),
                "{body:?}"
            );
        }
    }

    #[test]
    fn fields_that_readers_differ_about_are_refused_and_their_part_is_named() {
        for head in [
            "X-A: a\r\n z\r\n",
            "X-A: a\rX-B: b\r\n",
            "X-A: <\r\n",
            "X-A: \u{e9}\r\n",
            "X-A: a\tb\r\n",
            "X A: a\r\n",
            "X-A : a\r\n",
            "X-A: a\r\nx-a: b\r\n",
            "Content-Transfer-Encoding: base64\r\n",
            "Content-Transfer-Encoding: Quoted-Printable\r\n",
            "Content-Transfer-Encoding: 8bit (really)\r\n",
            "Content-Transfer-Encoding: \"8bit\"\r\n",
            "Content-Encoding: gzip\r\n",
            "Content-Encoding: identity\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Content-Length: 3\r\n",
            "Content-Length: +4\r\n",
            "Content-Type: text/html\r\n",
            "Content-Type: application/xml; charset=utf-16\r\n",
            "Content-Type: multipart/mixed; boundary=c\r\n",
            "Content-Type: message/rfc822\r\n",
            "Content-Type:\r\n",
        ] {
            let body = format!("--b\r\n\r\n<a/>\r\n{}", with_head(head));
            let error = read(&body).unwrap_err();
            assert!(matches!(error.reason(), Reason::MultipartAmbiguous | Reason::Multipart), "{head}");
            if error.reason() == Reason::MultipartAmbiguous && !head.contains("a\r") {
                assert_eq!(error.place().part, Some(2), "{head}");
            }
        }
        let many = |n: usize| with_head(&(0..n).map(|i| format!("X-{i}: y\r\n")).collect::<String>());
        assert_eq!(read(&many(FIELDS_MAX)), Ok(1));
        assert!(read(&many(FIELDS_MAX + 1)).is_err());
    }
}
