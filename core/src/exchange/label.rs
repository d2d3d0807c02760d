//! What a body is said to be: whether its Content-Type lets another reader see anything else in it than is verified here.

use alloc::vec::Vec;

use super::headers;
use super::http::Headers;
use super::multipart::Delimiter;
use crate::error::{Error, Reason, Result};

/// Most parameters of a Content-Type.
const PARAMETERS_MAX: usize = 8;

/// Where more than one message stands, a Content-Type says so by this word.
const MULTIPART: &str = "multipart";

/// A label that every reader takes as we do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// One document, and nothing is said that would have it decoded as anything but UTF-8.
    Xml,
    /// `multipart/mixed`, with this delimiter between its parts.
    Mixed(Delimiter),
}

impl Label {
    /// The label that the header fields give. A body without a Content-Type makes no claim.
    ///
    /// # Errors
    /// If there are two, or readers could take it for different things.
    pub(super) fn of(headers: &Headers) -> Result<Self> {
        let content_type = headers::single(headers, "content-type")?.unwrap_or_default();
        // Joined, as a record keeps several.
        if headers.joined("content-transfer-encoding").is_some_and(|encoding| !is_identity(&encoding)) {
            return Err(Error::new(Reason::ContentType));
        }
        if content_type.trim().is_empty() || (is_xml(&content_type) && !names_parts(&content_type)) {
            return Ok(Self::Xml);
        }
        if !names_parts(&content_type) {
            return Err(Error::new(Reason::ContentType));
        }
        mixed(&content_type).map(Self::Mixed).ok_or(Error::new(Reason::MultipartAmbiguous))
    }
}

/// Whether any Content-Type speaks of several messages, however it is written.
pub(super) fn claims_parts(headers: &Headers) -> bool {
    headers.all("content-type").any(|header| names_parts(&header.text()))
}

/// Whether a Content-Type names XML, or octets, that no reader decodes as anything but UTF-8. Text without a charset is read as
/// ASCII or ISO-8859-1 by some.
pub(super) fn is_xml(content_type: &str) -> bool {
    let Some(media_type) = MediaType::read(content_type) else { return false };
    let charset = media_type.parameter("charset");
    match charset {
        Some(charset) if !is_utf_8(charset) => false,
        Some(_) if media_type.is("text/xml") => true,
        _ => media_type.is("application/octet-stream") || media_type.is_application_xml(),
    }
}

/// Whether a Content-Transfer-Encoding leaves the octets as they are.
pub(super) fn is_identity(encoding: &str) -> bool {
    ["7bit", "8bit", "binary"].iter().any(|plain| encoding.trim().eq_ignore_ascii_case(plain))
}

/// Whether a header's name is one that every reader reads alike.
pub(super) fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn names_parts(content_type: &str) -> bool {
    content_type.to_ascii_lowercase().contains(MULTIPART)
}

fn mixed(content_type: &str) -> Option<Delimiter> {
    let media_type = MediaType::read(content_type).filter(|media_type| media_type.is("multipart/mixed"))?;
    let boundary = media_type.parameter("boundary")?;
    // Some readers search for the word and take what follows it.
    let mentioned = content_type.to_ascii_lowercase().matches("boundary").count() == 1;
    let is_utf_8 = media_type.parameter("charset").is_none_or(is_utf_8);
    (mentioned && is_utf_8).then(|| Delimiter::plain(boundary))?
}

fn is_utf_8(charset: &str) -> bool {
    ["utf-8", "utf8"].iter().any(|name| charset.eq_ignore_ascii_case(name))
}

/// A media type in the part of its grammar (RFC 2045 §5.1) that readers agree on: no comments, escapes, encoded words,
/// continuations or characters that some of them take for separators.
struct MediaType<'a> {
    essence: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
}

impl<'a> MediaType<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let blanks = [' ', '\t'];
        let text = text.trim_matches(blanks);
        let mut fields = text.strip_suffix(';').unwrap_or(text).split(';').map(|f| f.trim_matches(blanks));
        let essence = fields.next()?;
        let (kind, subtype) = essence.split_once('/')?;
        if !is_word(kind) || !is_word(subtype) {
            return None;
        }
        let mut media_type = Self { essence, parameters: Vec::new() };
        for field in fields {
            let (name, value) = field.split_once('=')?;
            let value = plain_value(value)?;
            let is_full = media_type.parameters.len() == PARAMETERS_MAX;
            if is_full || !is_plain_name(name) || media_type.parameter(name).is_some() {
                return None;
            }
            media_type.parameters.push((name, value));
        }
        Some(media_type)
    }

    fn is(&self, essence: &str) -> bool {
        self.essence.eq_ignore_ascii_case(essence)
    }

    fn is_application_xml(&self) -> bool {
        let essence = self.essence.to_ascii_lowercase();
        // XHTML is shown by what shows HTML.
        essence.strip_prefix("application/").is_some_and(|subtype| {
            subtype == "xml" || (subtype.ends_with("+xml") && !subtype.starts_with("xhtml"))
        })
    }

    fn parameter(&self, name: &str) -> Option<&'a str> {
        let mut named = self.parameters.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| *value)
    }
}

/// What a parameter says, within quotes or without.
fn plain_value(written: &str) -> Option<&str> {
    let quoted = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match quoted {
        Some(value) => {
            let is_plain = |b: u8| is_word_byte(b) || b"=:/".contains(&b);
            (!value.is_empty() && value.bytes().all(is_plain)).then_some(value)
        }
        None => is_word(written).then_some(written),
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_word_byte)
}

const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+')
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn label(content_type: &str) -> Result<Label> {
        Label::of(&[("Content-Type", content_type)].into_iter().collect())
    }

    fn reason(content_type: &str) -> Reason {
        label(content_type).unwrap_err().reason()
    }

    #[test]
    fn xml_in_utf_8_is_known_in_every_usual_spelling() {
        for content_type in [
            "",
            "application/xml",
            "application/xml;charset=utf-8",
            "Application/XML; charset=\"UTF-8\"",
            "application/xml; charset=utf8;",
            "application/problem+xml; charset=utf-8",
            "application/xml; version=1.0",
            "text/xml; charset=utf-8",
            "application/octet-stream",
        ] {
            assert_eq!(label(content_type), Ok(Label::Xml), "{content_type}");
        }
        assert_eq!(Label::of(&Headers::new()), Ok(Label::Xml));
    }

    #[test]
    fn what_another_reader_would_decode_is_refused() {
        for content_type in [
            "text/html",
            "text/html; charset=utf-8",
            "application/xhtml+xml",
            "text/xml",
            "text/plain; charset=utf-8",
            "application/xml; charset=iso-8859-1",
            "application/xml; charset=utf-16",
            "application/xml; charset=utf-7",
            "application/xml; charset=utf-8; charset=utf-16",
            "application/xml; charset*=utf-16''",
            "application/xml; charset=\"utf\\-16\"",
            "application/xml charset=utf-8",
            "application/xml; charset = utf-8",
            "application/xml (a comment)",
            "application/xml;;charset=utf-8",
            "application/json",
            "xml",
            "message/rfc822",
            "=?us-ascii?q?text/html?=",
            "application/\u{fffd}xml",
        ] {
            assert_eq!(reason(content_type), Reason::ContentType, "{content_type}");
        }
        let encoded: Headers = [("content-type", "application/xml"), ("content-transfer-encoding", "base64")]
            .into_iter()
            .collect();
        assert_eq!(Label::of(&encoded).unwrap_err().reason(), Reason::ContentType);
        assert_eq!(reason("application/xml, text/html"), Reason::HeaderSyntax);
        let two: Headers =
            [("content-type", "application/xml"), ("content-type", "text/html")].into_iter().collect();
        assert_eq!(Label::of(&two).unwrap_err().reason(), Reason::HeaderSyntax);
    }

    #[test]
    fn the_boundaries_of_usual_writers_are_plain() {
        for boundary in [
            "6a1f0c52-3d7e-4b8a-9f10-2b3c4d5e6f70",
            "----=_Part_0_1830.1700000000000",
            "===============7330845974216740156==",
            "------------------------d74496d66958873e",
            "-x1Y_z--",
            "b",
        ] {
            for content_type in [
                format!("multipart/mixed; boundary=\"{boundary}\""),
                format!("Multipart/Mixed;charset=UTF-8;boundary=\"{boundary}\";"),
            ] {
                assert!(matches!(label(&content_type), Ok(Label::Mixed(_))), "{content_type}");
            }
        }
        assert!(matches!(label("multipart/mixed; boundary=6a1f0c52-3d7e"), Ok(Label::Mixed(_))));
    }

    #[test]
    fn a_boundary_that_two_readers_could_take_for_two_is_refused() {
        let long = format!("multipart/mixed; boundary={}", "x".repeat(71));
        for content_type in [
            "multipart/mixed",
            "multipart/mixed; boundary=",
            "multipart/mixed; boundary=\"\"",
            "multipart/mixed; boundary*=us-ascii''x; boundary=b",
            "multipart/mixed; boundary=b; boundary*=us-ascii''x",
            "multipart/mixed; boundary*0=x; boundary=b",
            "multipart/mixed; boundary*0*=x",
            "multipart/mixed; boundary=\"\\x\"",
            "multipart/mixed; boundary=b; boundary=x",
            "multipart/mixed; boundary=b; x=\"boundary=x\"",
            "multipart/mixed; x=\"; boundary=x\"; boundary=b",
            "multipart/mixed; boundary=b (x)",
            "multipart/mixed; boundary=(x)b",
            "multipart/mixed; boundary=<b>",
            "multipart/mixed; boundary='b'",
            "multipart/mixed; boundary=\"b\"x",
            "multipart/mixed; boundary=\"b",
            "multipart/mixed; boundary = b",
            "multipart/mixed; boundary=b x",
            "multipart/mixed; boundary=\"b \"",
            "multipart/mixed; boundary=b=c",
            "multipart/mixed; boundary=----",
            "multipart/mixed; boundary=\"=?us-ascii?q?x?=\"",
            "multipart/mixed boundary=b",
            "multipart/mixed; boundary=b; charset=utf-16",
            "multipart/alternative; boundary=b",
            "multipart/digest; boundary=b",
            "multipart/form-data; boundary=b",
            "(x)multipart/mixed; boundary=b",
            "application/json; x=multipart",
            &long,
        ] {
            assert_eq!(reason(content_type), Reason::MultipartAmbiguous, "{content_type}");
        }
    }

    #[test]
    fn more_parameters_than_anybody_writes_are_refused() {
        let many = |n: usize| {
            format!(
                "application/xml{}",
                (0..n).map(|i| format!(";p{i}=x")).collect::<alloc::string::String>()
            )
        };
        assert!(is_xml(&many(PARAMETERS_MAX)));
        assert!(!is_xml(&many(PARAMETERS_MAX + 1)));
    }
}
