//! What bytes are that are no message, or not only one. A look at their beginning and at the place of the error: the work does
//! not grow with the input beyond one search.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use lacre_core::{Error, Reason, Verdict};

use super::words::Cause;

/// How much of the beginning is looked at.
const HEAD_BYTES: usize = 4 << 10;

/// What the bytes of a refused input are, if that can be named: no message at all, several, or one in another encoding.
#[must_use]
pub fn of(xml: &[u8], error: Error) -> Option<Cause> {
    if !super::speaks_of_input(error) {
        return None;
    }
    foreign(xml).or_else(|| (error.verdict() == Verdict::Malformed).then(|| damaged(xml, error)).flatten())
}

/// What no XML begins with.
fn foreign(xml: &[u8]) -> Option<Cause> {
    if is_utf16(xml) {
        return Some(Cause::Utf16);
    }
    let text = xml.strip_prefix(b"\xef\xbb\xbf").unwrap_or(xml).trim_ascii_start();
    let head = text.get(..HEAD_BYTES.min(text.len())).unwrap_or_default();
    let begins = |prefix: &[u8]| {
        head.len() >= prefix.len() && head.iter().zip(prefix).all(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    if head.is_empty() {
        return Some(Cause::Empty);
    }
    if begins(b"<html") || begins(b"<!doctype html") {
        return Some(Cause::Html);
    }
    if begins(b"<") {
        return None;
    }
    Some(match () {
        () if begins(b"\x1f\x8b") => Cause::Gzipped,
        () if begins(b"PK\x03\x04") => Cause::Zipped,
        () if begins(b"-----BEGIN ") => Cause::Pem,
        () if begins(b"{") || begins(b"[{") || begins(b"[\"") || begins(b"\"<") || begins(b"\"\\u003c") => {
            Cause::Json
        }
        () if begins(b"--") || begins(b"content-") || begins(b"mime-version:") => Cause::Multipart,
        () if begins(b"http/1.") || is_request(head) => Cause::Http,
        () if begins(b"&lt;") || begins(b"%3c") => Cause::Escaped,
        () if is_hexadecimal(head) => Cause::Hexadecimal,
        () if is_base64(head) => Cause::Base64,
        () if finds(text, b"<?xml ") || finds(text, b"<Envelope") => Cause::TextAround,
        () if finds(text, b"</") => Cause::BeginsMidway,
        () if core::str::from_utf8(head).is_ok() => Cause::Text,
        () => return None,
    })
}

/// What was done to what began as XML.
fn damaged(xml: &[u8], error: Error) -> Option<Cause> {
    let offset = error.place().offset;
    let rest = offset.and_then(|offset| xml.get(offset..));
    match error.reason() {
        Reason::NotUtf8 if !xml.trim_ascii_start().starts_with(b"<") => None,
        Reason::NotUtf8 => Some(not_utf8(xml)),
        Reason::Encoding => Some(Cause::EncodingMisdeclared),
        Reason::Unclosed => Some(Cause::Truncated),
        Reason::XmlDeclaration | Reason::OutsideRoot | Reason::PiSyntax => {
            let before = xml.get(..offset?)?.trim_ascii_end();
            let before = before.strip_prefix(b"\xef\xbb\xbf").unwrap_or(before);
            match (before.last(), rest?.trim_ascii_start().first()) {
                _ if before.is_empty() && error.reason() == Reason::XmlDeclaration && offset > Some(0) => {
                    Some(Cause::BlankBefore)
                }
                (Some(b'>'), Some(b'<')) if error.reason() != Reason::PiSyntax || ends_root(before) => {
                    Some(Cause::TwoMessages)
                }
                (Some(_), Some(_)) if error.reason() == Reason::OutsideRoot => Some(Cause::TextAround),
                _ => None,
            }
        }
        Reason::IllegalReference if is_cut(rest?, b';') && is_cut(rest?, b'<') => Some(Cause::Truncated),
        Reason::IllegalReference if rest?.starts_with(b"&#") => Some(Cause::ControlReference),
        Reason::IllegalReference => Some(Cause::BareAmpersand),
        Reason::TagSyntax
        | Reason::AttributeSyntax
        | Reason::CommentSyntax
        | Reason::CdataSyntax
        | Reason::IllegalName
            if is_cut(rest?, b'>') =>
        {
            Some(Cause::Truncated)
        }
        _ => None,
    }
}

/// Whether the bytes end before what began there does.
fn is_cut(rest: &[u8], end: u8) -> bool {
    !rest.contains(&end)
}

/// Whether what stands before a declaration looks like the end of a document.
fn ends_root(before: &[u8]) -> bool {
    let from = before.iter().rposition(|byte| *byte == b'<').unwrap_or_default();
    before.get(from..).is_some_and(|tag| tag.starts_with(b"</") || tag.ends_with(b"/>"))
}

fn not_utf8(xml: &[u8]) -> Cause {
    let cut = core::str::from_utf8(xml).err().is_some_and(|error| error.error_len().is_none());
    let head = xml.get(..HEAD_BYTES.min(xml.len())).unwrap_or_default();
    let declaration = head.split(|byte| *byte == b'>').next().unwrap_or_default();
    let declares = |name: &[u8]| finds(&declaration.to_ascii_lowercase(), name);
    if cut {
        Cause::Truncated
    } else if declares(b"encoding=") && !declares(b"utf-8") {
        Cause::EncodingDeclared
    } else {
        Cause::EncodingOther
    }
}

/// With a mark, or with every second byte of the first characters empty.
fn is_utf16(xml: &[u8]) -> bool {
    xml.starts_with(b"\xff\xfe")
        || xml.starts_with(b"\xfe\xff")
        || xml.starts_with(b"<\0")
        || xml.starts_with(b"\0<")
}

fn is_request(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    line.ends_with(b" HTTP/1.1") || line.ends_with(b" HTTP/1.0")
}

fn is_hexadecimal(head: &[u8]) -> bool {
    let digits: Vec<u8> = head.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(64).collect();
    (digits.starts_with(b"3c") || digits.starts_with(b"3C") || digits.starts_with(b"efbbbf3c"))
        && digits.iter().all(u8::is_ascii_hexdigit)
}

/// Whether what the beginning encodes begins as XML or gzip does.
fn is_base64(head: &[u8]) -> bool {
    let letters: Vec<u8> =
        head.iter().copied().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=').take(64).collect();
    let whole = letters.len().saturating_sub(letters.len() % 4);
    let decoded = BASE64_STANDARD_NO_PAD.decode(letters.get(..whole).unwrap_or_default()).unwrap_or_default();
    decoded.starts_with(b"<") || decoded.starts_with(b"\xef\xbb\xbf<") || decoded.starts_with(b"\x1f\x8b")
}

fn finds(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len()).any(|window| window == what)
}

#[cfg(test)]
mod tests {
    use lacre_core::{At, Profile, Trust};

    use super::*;

    fn told(input: &[u8]) -> Option<&'static str> {
        let error = match Profile::detect(input) {
            Ok(profile) => lacre_core::inspect(input, profile, &Trust::new(), At::Message).error.unwrap(),
            Err(error) => error,
        };
        of(input, error).map(Cause::code)
    }

    #[test]
    fn what_is_no_message_is_named() {
        for (code, input) in [
            ("empty", ""),
            ("empty", "\u{feff} \n"),
            ("json", "{\"xml\":\"<Envelope/>\"}"),
            ("json", " [{\"a\":1}]"),
            ("json", "\"<Envelope xmlns=\\\"a\\\"/>\""),
            ("base64", "PD94bWwgdmVyc2lvbj0iMS4wIj8+\nPEVudmVsb3BlLz4="),
            ("base64", "H4sIAAAAAAAAA7PJTS1JtAMA"),
            ("hexadecimal", "3c3f786d6c2076657273696f6e3d"),
            ("pem", "-----BEGIN CERTIFICATE-----\nMIIC"),
            ("multipart-body", "--lote\r\nContent-Type: application/xml\r\n\r\n<a/>\r\n--lote--"),
            ("multipart-body", "Content-Type: application/xml\r\n\r\n<a/>"),
            ("http", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<a/>"),
            ("http", "POST /api/v1/in/00038166/msgs HTTP/1.1\r\nHost: a\r\n\r\n<a/>"),
            ("html", "<!DOCTYPE html><html></html>"),
            ("html", "<HTML><body>502"),
            ("escaped", "&lt;Envelope/&gt;"),
            ("escaped", "%3CEnvelope%2F%3E"),
            ("text", "pagamento recebido"),
            ("text-around", "2026-01-05 INFO recebida: <?xml version=\"1.0\"?><a/>"),
            ("text-around", "<a/> fim"),
            ("begins-midway", "velope><AppHdr></AppHdr></Envelope>"),
            ("two-messages", "<a></a><b/>"),
            ("two-messages", "<?xml version=\"1.0\"?><a></a>\n<?xml version=\"1.0\"?><a></a>"),
            ("blank-before", "\n<?xml version=\"1.0\"?><a/>"),
            ("truncated", "<a><b>"),
            ("truncated", "<a><b x=\"1"),
            ("truncated", "<a><b"),
            ("truncated", "<a>text</"),
            ("truncated", "<a>x &am"),
            ("truncated", "<a><!-- c"),
            ("truncated", "<a><![CDATA[ c"),
            ("control-reference", "<a>&#31;b</a>"),
            ("control-reference", "<a>&#x1F;b</a>"),
            ("bare-ampersand", "<a>Prado & Filhos</a>"),
            ("bare-ampersand", "<a>caf&eacute;</a>"),
            ("encoding-misdeclared", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>"),
        ] {
            assert_eq!(told(input.as_bytes()), Some(code), "{input}");
        }
        let bytes: [(&str, &[u8]); 7] = [
            ("gzip", b"\x1f\x8b\x08\x00"),
            ("zip", b"PK\x03\x04\x14"),
            ("utf-16", b"\xff\xfe<\0a\0/\0>\0"),
            ("utf-16", b"<\0a\0/\0>\0"),
            ("encoding-other", b"<a>Jos\xe9 </a>"),
            ("encoding-declared", b"<?xml version=\"1.0\" encoding='iso-8859-1'?><a>Jos\xe9 </a>"),
            ("truncated", b"<a>Jos\xc3"),
        ];
        for (code, input) in bytes {
            assert_eq!(told(input), Some(code), "{input:?}");
        }
    }

    #[test]
    fn what_cannot_be_named_is_not_guessed() {
        for input in ["<a x=1></a>", "<a></b>", "<a><b:c/></a>", "<a/>", "<a>\u{1}</a>"] {
            assert_eq!(told(input.as_bytes()), None, "{input}");
        }
        assert_eq!(told(b"\x00\x01\xfe\xff\x80"), None);
    }
}
