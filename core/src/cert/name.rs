//! A distinguished name as it is compared: types, and values with case, white space and string type folded away.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use der::asn1::{Any, AnyRef, ObjectIdentifier};
use der::{Decode as _, Encode as _, Tag, Tagged as _};

use super::bundle::{UNIVERSAL_STRING, VIDEOTEX_STRING};

/// A distinguished name, its RDNs in the order in which they were written. A copy is the same one.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Name(Arc<[Rdn]>);

/// One RDN: its attributes sorted, for their order means nothing.
pub(crate) type Rdn = Vec<(ObjectIdentifier, Value)>;

/// An attribute's value as it is compared (RFC 5280 §7.1, X.520 caseIgnoreMatch), whatever string type it is stored in.
/// Accents are compared as they are composed: an issuer is copied from a certificate, not typed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    /// Any string type, folded.
    Text(String),
    /// DER of a value that is not a string.
    Der(Vec<u8>),
    /// A value whose type has a keyword that we do not know: no certificate has it.
    Unknown(String),
}

impl Name {
    /// A name with these RDNs.
    pub(crate) fn new(mut rdns: Vec<Rdn>) -> Self {
        rdns.iter_mut().for_each(|rdn| rdn.sort());
        Self(rdns.into())
    }

    /// The name that a certificate holds.
    pub(crate) fn from_der_name(name: &x509_cert::name::Name) -> der::Result<Self> {
        let rdn = |rdn: &x509_cert::name::RelativeDistinguishedName| {
            rdn.iter().map(|attribute| Ok((attribute.oid, Value::from_any(&attribute.value)?))).collect()
        };
        Ok(Self::new(name.iter_rdn().map(rdn).collect::<der::Result<_>>()?))
    }

    /// Whether both are the same sequence of RDNs, read in the same or in opposite directions: some write the country
    /// first, as it stands in the certificate, and some the common name.
    pub(crate) fn is_same_either_way(&self, other: &Self) -> bool {
        !self.0.is_empty() && (self == other || self.0.iter().eq(other.0.iter().rev()))
    }
}

impl Value {
    /// A value given as a string.
    pub(crate) fn from_text(text: &str) -> Self {
        Self::Text(fold(text))
    }

    /// A value given as DER, one TLV and nothing after it.
    pub(crate) fn from_der(octets: &[u8]) -> der::Result<Self> {
        if let Some((&UNIVERSAL_STRING, rest)) = octets.split_first() {
            return Self::from_der(&[&[VIDEOTEX_STRING], rest].concat());
        }
        let value = AnyRef::from_der(octets)?;
        Ok(string_of(value.tag(), value.value())
            .map_or_else(|| Self::Der(octets.into()), |text| Self::from_text(&text)))
    }

    fn from_any(value: &Any) -> der::Result<Self> {
        match string_of(value.tag(), value.value()) {
            Some(text) => Ok(Self::from_text(&text)),
            None => value.to_der().map(Self::Der),
        }
    }
}

/// The text of a DER string of any type. Gives nothing for other types, and for a string that breaks its type's rules.
pub(crate) fn string_of(tag: Tag, content: &[u8]) -> Option<String> {
    match tag {
        Tag::Utf8String => core::str::from_utf8(content).ok().map(String::from),
        Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString => {
            content.is_ascii().then(|| content.iter().copied().map(char::from).collect())
        }
        // By the letter T.61, in practice ISO 8859-1; the JDK reads it so too.
        Tag::TeletexString => Some(content.iter().copied().map(char::from).collect()),
        Tag::BmpString => utf16(content),
        // What a UniversalString was told as: `bundle::without_universal_strings`.
        Tag::VideotexString => utf32(content),
        _ => None,
    }
}

fn utf16(content: &[u8]) -> Option<String> {
    let (pairs, rest) = content.as_chunks::<2>();
    rest.is_empty().then_some(())?;
    char::decode_utf16(pairs.iter().map(|pair| u16::from_be_bytes(*pair))).collect::<Result<_, _>>().ok()
}

fn utf32(content: &[u8]) -> Option<String> {
    let (characters, rest) = content.as_chunks::<4>();
    rest.is_empty().then_some(())?;
    characters.iter().map(|four| char::from_u32(u32::from_be_bytes(*four))).collect()
}

/// Case folded, white space at the ends dropped, inner runs of it made one space.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        if word.is_ascii() {
            folded.extend(word.bytes().map(|octet| char::from(octet.to_ascii_lowercase())));
            continue;
        }
        for character in word.chars() {
            match character {
                // Its capital is the letter I, whose small letter it is not: Unicode folds it to nothing else.
                '\u{131}' => folded.push(character),
                // Up and down again, so that letters with two small forms meet.
                _ => folded.extend(character.to_uppercase().flat_map(char::to_lowercase)),
            }
        }
    }
    folded
}

/// White space as XML has it.
pub(crate) const fn is_xml_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_case_and_white_space() {
        assert_eq!(fold("  Servi\u{c7}o \t\n FEDERAL "), "servi\u{e7}o federal");
        assert_eq!(fold("Stra\u{df}e"), fold("STRASSE"));
        assert_ne!(fold("Bras\u{131}l"), fold("BRASIL"));
        assert_eq!(fold(" "), "");
        for character in (0..0x80).map(char::from) {
            let folded = fold(&String::from(character));
            // The long way is taken by a word that has a letter beyond ASCII in it.
            assert_eq!(
                folded,
                fold(&String::from_iter([character, '\u{e7}'])).trim_end_matches(['\u{e7}', ' '])
            );
        }
    }

    #[test]
    fn reads_every_string_type_alike() {
        for (tag, content) in [
            (Tag::Utf8String, "S\u{e3}o".as_bytes()),
            (Tag::TeletexString, b"S\xE3o"),
            (Tag::BmpString, b"\0S\0\xE3\0o"),
            (Tag::VideotexString, b"\0\0\0S\0\0\0\xE3\0\0\0o"),
        ] {
            assert_eq!(string_of(tag, content).as_deref(), Some("S\u{e3}o"), "{tag}");
        }
        for (tag, content) in [
            (Tag::Utf8String, b"\xFF".as_slice()),
            (Tag::PrintableString, b"\xE3"),
            (Tag::BmpString, b"\0"),
            (Tag::BmpString, b"\xD8\0"),
            (Tag::VideotexString, b"\0\0\0"),
            (Tag::VideotexString, b"\0\0\xD8\0"),
        ] {
            assert_eq!(string_of(tag, content), None, "{tag}");
        }
    }
}
