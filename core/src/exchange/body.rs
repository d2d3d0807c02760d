//! Content codings and multipart as bytes: every message of a body found, and put back.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::gzip;
use super::headers;
use super::http::Headers;
use super::label::Label;
use super::multipart::{Delimiter, Multipart};
use super::plain;
use super::rules::Rules;
use crate::error::{Error, Reason, Result};
use crate::limits::UNPACKED_BYTES_MAX;

/// How a body is packed for the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
}

/// A body with its content coding taken off.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) octets: Vec<u8>,
    coding: Coding,
}

impl Body {
    /// Takes the coding off that the headers name. What it unpacks to is bounded, and never larger than `bytes_max`.
    pub(super) fn read(headers: &Headers, wire: Vec<u8>, bytes_max: usize) -> Result<Self, (Error, Vec<u8>)> {
        match coding_of(headers) {
            Ok(Coding::Identity) => Ok(Self { octets: wire, coding: Coding::Identity }),
            // A coding of nothing: some servers label their empty answers too.
            Ok(Coding::Gzip) if wire.is_empty() => Ok(Self { octets: wire, coding: Coding::Identity }),
            Ok(Coding::Gzip) => match gzip::unpack(&wire, bytes_max.min(UNPACKED_BYTES_MAX)) {
                Ok(octets) => Ok(Self { octets, coding: Coding::Gzip }),
                Err(error) => Err((error, wire)),
            },
            Err(error) => Err((error, wire)),
        }
    }

    /// A body whose coding could not be taken off.
    pub(super) const fn as_it_came(octets: Vec<u8>) -> Self {
        Self { octets, coding: Coding::Identity }
    }

    /// The body with every part labelled, and the same as it goes over the wire to who takes it packed (empty otherwise).
    pub(super) fn labelled(self, layout: Option<&Layout>, packed: Vec<u8>) -> (Self, Vec<u8>) {
        let Some(octets) = layout.and_then(|layout| layout.labelled(&self.octets)) else {
            return (self, packed);
        };
        let packed = if packed.is_empty() { packed } else { self::packed(&octets, self.coding) };
        (Self { octets, ..self }, packed)
    }

    /// The coding that was taken off.
    pub(super) const fn coding(&self) -> Coding {
        self.coding
    }
}

/// How the messages of a body stand in it.
#[derive(Clone, Debug)]
pub(super) enum Layout {
    /// The body is the message.
    Single,
    /// Each part is a message.
    Parts(Multipart),
    /// The body is one message, and its label could have another reader see a different one: it proves nothing.
    Mislabelled(Error),
}

impl Layout {
    /// The layout that the Content-Type gives. The first rules took a multipart body apart as a liberal reader does; now it must be
    /// one that no reader takes apart differently.
    ///
    /// # Errors
    /// If the multipart structure is damaged, or could be read in more than one way.
    pub(super) fn read(headers: &Headers, octets: &[u8], rules: Rules) -> Result<Self> {
        let content_type = match rules {
            Rules::First => headers::single_field(headers, "content-type")?,
            Rules::Second => headers::single(headers, "content-type")?,
        };
        let content_type = content_type.unwrap_or_default();
        let Some(delimiter) = Delimiter::of(&content_type)? else { return Ok(Self::Single) };
        let multipart = Multipart::read(octets, &delimiter)?;
        if rules != Rules::First {
            match Label::of(headers)? {
                Label::Mixed(delimiter) => plain::check(octets, &delimiter, &multipart)?,
                Label::Xml => return Err(Error::new(Reason::MultipartAmbiguous)),
            }
        }
        Ok(Self::Parts(multipart))
    }

    /// What is wrong with a label that proves nothing.
    pub(super) const fn mislabelled(&self) -> Option<Error> {
        match self {
            Self::Mislabelled(error) => Some(*error),
            Self::Single | Self::Parts(_) => None,
        }
    }

    /// The messages.
    pub(super) fn messages<'a>(&self, octets: &'a [u8]) -> Vec<&'a [u8]> {
        match self {
            Self::Single | Self::Mislabelled(_) => alloc::vec![octets],
            Self::Parts(multipart) => multipart.bodies(octets).collect(),
        }
    }

    /// The body with other messages in the places of its own. There are as many of them.
    pub(super) fn with_messages(&self, octets: &[u8], mut messages: Vec<Vec<u8>>) -> Vec<u8> {
        match self {
            Self::Single | Self::Mislabelled(_) => messages.pop().unwrap_or_default(),
            Self::Parts(multipart) => multipart.with_bodies(octets, &messages),
        }
    }

    /// The body with every part labelled, if one is not.
    fn labelled(&self, octets: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Single | Self::Mislabelled(_) => None,
            Self::Parts(multipart) => multipart.labelled(octets),
        }
    }

    /// An error, said to concern one of several parts (counted from 0).
    pub(super) fn place(&self, error: Error, message: usize) -> Error {
        match self {
            Self::Single | Self::Mislabelled(_) => error,
            Self::Parts(_) => error.in_part(u16::try_from(message.saturating_add(1)).unwrap_or(u16::MAX)),
        }
    }
}

/// Octets packed for the wire.
pub(super) fn packed(octets: &[u8], coding: Coding) -> Vec<u8> {
    match coding {
        Coding::Identity => octets.to_vec(),
        Coding::Gzip => gzip::pack(octets),
    }
}

/// The messages of a body, as whoever receives it reads them: content coding taken off, parts found.
///
/// # Errors
/// When the coding or the multipart structure is damaged or ambiguous, or the body unpacks to more than `bytes_max`.
pub fn messages(headers: &Headers, wire: &[u8], bytes_max: usize) -> Result<Vec<Vec<u8>>> {
    let unpacked = match coding_of(headers)? {
        Coding::Identity => Cow::Borrowed(wire),
        Coding::Gzip => Cow::Owned(gzip::unpack(wire, bytes_max)?),
    };
    let layout = Layout::read(headers, &unpacked, Rules::CURRENT)?;
    Ok(layout.messages(&unpacked).into_iter().map(<[u8]>::to_vec).collect())
}

/// Whether a body holds more than `bytes_max` bytes once its content coding is taken off. No more than that is unpacked to
/// know it, so a host may ask where larger ones must not be handled.
#[must_use]
pub fn is_larger(headers: &Headers, wire: &[u8], bytes_max: usize) -> bool {
    let packed = || matches!(coding_of(headers), Ok(Coding::Gzip));
    let unpacked = || gzip::unpack(wire, bytes_max);
    wire.len() > bytes_max
        || (packed() && matches!(unpacked(), Err(error) if error.reason() == Reason::GzipTooLarge))
}

/// A body packed with gzip.
#[must_use]
pub fn gzip_packed(octets: &[u8]) -> Vec<u8> {
    gzip::pack(octets)
}

/// The one content coding that the headers name.
pub(super) fn coding_of(headers: &Headers) -> Result<Coding> {
    let Some(codings) = headers.joined("content-encoding") else { return Ok(Coding::Identity) };
    match codings.trim() {
        "" => Ok(Coding::Identity),
        coding if coding.eq_ignore_ascii_case("identity") => Ok(Coding::Identity),
        coding if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") => {
            Ok(Coding::Gzip)
        }
        _ => Err(Error::new(Reason::ContentEncoding)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &str, value: &str) -> Headers {
        [(name, value)].into_iter().collect()
    }

    #[test]
    fn knows_gzip_and_identity_and_nothing_else() {
        for (value, coding) in [
            ("gzip", Coding::Gzip),
            ("X-GZip", Coding::Gzip),
            ("identity", Coding::Identity),
            (" ", Coding::Identity),
        ] {
            assert_eq!(coding_of(&headers("Content-Encoding", value)), Ok(coding));
        }
        for value in ["deflate", "br", "gzip, gzip", "gzip;q=1"] {
            assert!(coding_of(&headers("Content-Encoding", value)).is_err(), "{value}");
        }
    }

    #[test]
    fn a_damaged_body_comes_back_with_its_error() {
        let (error, wire) =
            Body::read(&headers("Content-Encoding", "gzip"), b"plain".to_vec(), 99).unwrap_err();
        assert_eq!((error.reason(), wire.as_slice()), (Reason::Gzip, &b"plain"[..]));
    }

    #[test]
    fn a_body_is_as_large_as_what_it_holds() {
        let (plain, packed) = (Headers::new(), headers("content-encoding", "gzip"));
        let body = gzip_packed(&[b' '; 1000]);
        assert!(body.len() < 100);
        assert!(!is_larger(&packed, &body, 1000) && is_larger(&packed, &body, 999));
        assert!(!is_larger(&plain, &body, 100) && is_larger(&plain, &[b' '; 1000], 999));
        assert!(!is_larger(&packed, b"no gzip", 999), "damage is not size");
    }

    #[test]
    fn one_message_needs_no_content_type() {
        let layout = Layout::read(&Headers::new(), b"<a/>", Rules::CURRENT).unwrap();
        assert_eq!(layout.messages(b"<a/>"), [b"<a/>"]);
        assert_eq!(layout.with_messages(b"<a/>", alloc::vec![b"<b/>".to_vec()]), b"<b/>");
    }

    #[test]
    fn two_content_types_are_refused() {
        let two: Headers =
            [("content-type", "application/xml"), ("content-type", "multipart/mixed; boundary=b")]
                .into_iter()
                .collect();
        assert_eq!(Layout::read(&two, b"", Rules::CURRENT).unwrap_err().reason(), Reason::HeaderSyntax);
    }
}
