//! Distinguished names as text: written in Java's form, read in every usual one.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use der::asn1::ObjectIdentifier;
use der::{Encode as _, Tagged as _};
use x509_cert::attr::AttributeTypeAndValue;

use super::bundle::{UNIVERSAL_STRING, VIDEOTEX_STRING};
use super::name::{Name, Rdn, Value, is_xml_space, string_of};
use crate::error::{Error, Reason, Result};
use crate::limits::ISSUER_NAME_BYTES_MAX;

/// Writes a certificate's name as Java's `X500Name.toString` does and BACEN with it: the last RDN first, `, ` between
/// RDNs, ` + ` between the values of one, quotes where a value needs them. What that form cannot carry (types that it has
/// no keyword for, values that are no strings, control characters) is written as `#` and the value's DER in hexadecimal.
pub(crate) fn write(name: &x509_cert::name::Name) -> der::Result<String> {
    let mut text = String::new();
    let rdns: Vec<_> = name.iter_rdn().collect();
    for (index, rdn) in rdns.into_iter().rev().enumerate() {
        for (number, attribute) in rdn.iter().enumerate() {
            text.push_str(match (index, number) {
                (0, 0) => "",
                (_, 0) => ", ",
                _ => " + ",
            });
            write_attribute(&mut text, attribute)?;
        }
    }
    Ok(text)
}

/// Reads a name from text (RFC 4514, 2253, 1779, Java's form).
///
/// # Errors
/// [`Reason::IssuerName`] if the text has more than one reading or none.
pub(crate) fn parse(text: &str) -> Result<Name> {
    let text = text.trim_matches(is_xml_space);
    if text.len() > ISSUER_NAME_BYTES_MAX {
        return Err(Error::new(Reason::IssuerName));
    }
    Parser { rest: text }.rdns().map(Name::new).ok_or(Error::new(Reason::IssuerName))
}

/// Keywords, in capitals, and the types that they stand for. The first keyword of a type is Java's, where Java has one:
/// the types up to [`JAVA_KEYWORDS`] are written by it.
const KEYWORDS: [(&str, ObjectIdentifier); 49] = [
    ("CN", oid("2.5.4.3")),
    ("C", oid("2.5.4.6")),
    ("L", oid("2.5.4.7")),
    ("ST", oid("2.5.4.8")),
    ("O", oid("2.5.4.10")),
    ("OU", oid("2.5.4.11")),
    ("T", oid("2.5.4.12")),
    ("STREET", oid("2.5.4.9")),
    ("DC", oid("0.9.2342.19200300.100.1.25")),
    ("DNQ", oid("2.5.4.46")),
    ("SURNAME", oid("2.5.4.4")),
    ("GIVENNAME", oid("2.5.4.42")),
    ("INITIALS", oid("2.5.4.43")),
    ("GENERATION", oid("2.5.4.44")),
    ("EMAILADDRESS", oid("1.2.840.113549.1.9.1")),
    ("UID", oid("0.9.2342.19200300.100.1.1")),
    ("SERIALNUMBER", oid("2.5.4.5")),
    ("COMMONNAME", oid("2.5.4.3")),
    ("COUNTRYNAME", oid("2.5.4.6")),
    ("LOCALITYNAME", oid("2.5.4.7")),
    ("LOCALITY", oid("2.5.4.7")),
    ("S", oid("2.5.4.8")),
    ("STATEORPROVINCENAME", oid("2.5.4.8")),
    ("ORGANIZATIONNAME", oid("2.5.4.10")),
    ("ORGANIZATION", oid("2.5.4.10")),
    ("ORGANIZATIONALUNITNAME", oid("2.5.4.11")),
    ("ORGANIZATIONALUNIT", oid("2.5.4.11")),
    ("TITLE", oid("2.5.4.12")),
    ("STREETADDRESS", oid("2.5.4.9")),
    ("DOMAINCOMPONENT", oid("0.9.2342.19200300.100.1.25")),
    ("DNQUALIFIER", oid("2.5.4.46")),
    ("SN", oid("2.5.4.4")),
    ("G", oid("2.5.4.42")),
    ("GN", oid("2.5.4.42")),
    ("I", oid("2.5.4.43")),
    ("GENERATIONQUALIFIER", oid("2.5.4.44")),
    ("E", oid("1.2.840.113549.1.9.1")),
    ("EMAIL", oid("1.2.840.113549.1.9.1")),
    ("USERID", oid("0.9.2342.19200300.100.1.1")),
    ("NAME", oid("2.5.4.41")),
    ("PSEUDONYM", oid("2.5.4.65")),
    ("DESCRIPTION", oid("2.5.4.13")),
    ("BUSINESSCATEGORY", oid("2.5.4.15")),
    ("POSTALCODE", oid("2.5.4.17")),
    ("TELEPHONENUMBER", oid("2.5.4.20")),
    ("ORGANIZATIONIDENTIFIER", oid("2.5.4.97")),
    ("JURISDICTIONL", oid("1.3.6.1.4.1.311.60.2.1.1")),
    ("JURISDICTIONST", oid("1.3.6.1.4.1.311.60.2.1.2")),
    ("JURISDICTIONC", oid("1.3.6.1.4.1.311.60.2.1.3")),
];

/// How many of [`KEYWORDS`], from the first on, are those that Java writes.
const JAVA_KEYWORDS: usize = 17;

/// Longest OID in text. The library's OIDs end at 39 octets, far below it.
const OID_TEXT_BYTES_MAX: usize = 160;

/// Reads an OID of the table above.
const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

fn write_attribute(text: &mut String, attribute: &AttributeTypeAndValue) -> der::Result<()> {
    let keyword = KEYWORDS.iter().take(JAVA_KEYWORDS).find(|(_, oid)| *oid == attribute.oid);
    // Writing to a String does not fail.
    let _ = match keyword {
        Some((keyword, _)) => write!(text, "{keyword}="),
        None => write!(text, "OID.{}=", attribute.oid),
    };
    let string = string_of(attribute.value.tag(), attribute.value.value());
    match string.filter(|string| keyword.is_some() && !string.chars().any(is_unwritable)) {
        Some(string) => write_string(text, &string),
        None => {
            text.push('#');
            for (number, octet) in attribute.value.to_der()?.into_iter().enumerate() {
                let octet = if (number, octet) == (0, VIDEOTEX_STRING) { UNIVERSAL_STRING } else { octet };
                let _ = write!(text, "{octet:02x}");
            }
        }
    }
    Ok(())
}

/// Characters that XML 1.0 lacks or that would not survive its line-end rule.
fn is_unwritable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{FFFE}' | '\u{FFFF}')
}

fn write_string(text: &mut String, string: &str) {
    let quotes = string.starts_with(' ')
        || string.ends_with(' ')
        || string.contains("  ")
        || string.contains([',', '+', '=', '<', '>', '#', ';', '\\', '"']);
    if !quotes {
        text.push_str(string);
        return;
    }
    text.push('"');
    for character in string.chars() {
        if matches!(character, '"' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text.push('"');
}

/// A type as a name gives it.
enum Type {
    Known(ObjectIdentifier),
    /// A keyword that is none of ours, in capitals: the name can be read, and points at nobody.
    Unknown(String),
}

/// Stands where an attribute's type is unknown; nothing is compared by it alone.
const NO_TYPE: ObjectIdentifier = oid("2.5.4");

/// Reads a name from left to right. Nothing is looked at twice, and nothing nests.
struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn rdns(mut self) -> Option<Vec<Rdn>> {
        let mut rdns = Vec::new();
        let mut rdn = Vec::new();
        loop {
            rdn.push(match self.attribute_type()? {
                Type::Known(oid) => (oid, self.value()?),
                Type::Unknown(keyword) => {
                    self.value()?;
                    (NO_TYPE, Value::Unknown(keyword))
                }
            });
            self.skip_space();
            match self.next() {
                Some('+') => {}
                Some(',' | ';') => rdns.push(core::mem::take(&mut rdn)),
                None => {
                    rdns.push(rdn);
                    return Some(rdns);
                }
                Some(_) => return None,
            }
        }
    }

    fn attribute_type(&mut self) -> Option<Type> {
        self.skip_space();
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-'))?;
        let (name, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        self.skip_space();
        (self.next()? == '=').then_some(())?;
        match name.as_bytes().first()? {
            b'0'..=b'9' => parse_oid(name).map(Type::Known),
            first => match name.split_at_checked(4) {
                Some((prefix, number)) if prefix.eq_ignore_ascii_case("OID.") => {
                    parse_oid(number).map(Type::Known)
                }
                _ => {
                    let is_keyword = first.is_ascii_alphabetic() && !name.contains('.');
                    let known = KEYWORDS.iter().find(|(keyword, _)| name.eq_ignore_ascii_case(keyword));
                    is_keyword.then(|| match known {
                        Some((_, oid)) => Type::Known(*oid),
                        None => Type::Unknown(name.to_ascii_uppercase()),
                    })
                }
            },
        }
    }

    fn value(&mut self) -> Option<Value> {
        self.skip_space();
        match self.peek() {
            Some('#') => self.hexadecimal(),
            Some('"') => self.quoted(),
            _ => self.plain(),
        }
    }

    fn hexadecimal(&mut self) -> Option<Value> {
        self.next();
        let end = self.rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        let (pairs, odd) = digits.as_bytes().as_chunks::<2>();
        odd.is_empty().then_some(())?;
        let octets: Vec<u8> =
            pairs.iter().map(|[high, low]| hex_octet(*high, *low)).collect::<Option<_>>()?;
        Value::from_der(&octets).ok()
    }

    fn quoted(&mut self) -> Option<Value> {
        self.next();
        let mut octets = Vec::new();
        loop {
            match self.next()? {
                // Two in a row are how .NET writes one. In all other forms they are no name.
                '"' if self.peek() == Some('"') => {
                    self.next();
                    octets.push(b'"');
                }
                '"' => return text_value(&octets),
                '\\' => self.escaped(&mut octets)?,
                character => push(&mut octets, character),
            }
        }
    }

    fn plain(&mut self) -> Option<Value> {
        let mut octets = Vec::new();
        while let Some(character) = self.peek() {
            match character {
                ',' | ';' | '+' => break,
                '"' | '<' | '>' => return None,
                '\\' => {
                    self.next();
                    self.escaped(&mut octets)?;
                }
                _ => {
                    self.next();
                    push(&mut octets, character);
                }
            }
        }
        text_value(&octets)
    }

    /// What stands behind a backslash: a special character, or an octet of UTF-8 in hexadecimal.
    fn escaped(&mut self, octets: &mut Vec<u8>) -> Option<()> {
        match self.next()? {
            special @ (' ' | '"' | '#' | '+' | ',' | ';' | '<' | '=' | '>' | '\\') => push(octets, special),
            high => {
                let low = self.next()?;
                octets.push(hex_octet(u8::try_from(high).ok()?, u8::try_from(low).ok()?)?);
            }
        }
        Some(())
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches(is_xml_space);
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let character = characters.next();
        self.rest = characters.as_str();
        character
    }
}

fn push(octets: &mut Vec<u8>, character: char) {
    octets.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

fn text_value(octets: &[u8]) -> Option<Value> {
    core::str::from_utf8(octets).ok().map(Value::from_text)
}

fn hex_octet(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// Reads dotted digits. Each number has one spelling, and the library's own reader, which recurses, sees short text only.
fn parse_oid(text: &str) -> Option<ObjectIdentifier> {
    let canonical = |arc: &str| {
        !arc.is_empty() && (arc == "0" || !arc.starts_with('0')) && arc.bytes().all(|b| b.is_ascii_digit())
    };
    (text.len() <= OID_TEXT_BYTES_MAX && text.split('.').all(canonical)).then_some(())?;
    ObjectIdentifier::new(text).ok()
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::super::name::Name;
    use super::*;

    const BACEN: &str = "CN=Autoridade Certificadora do SERPRO Final SSL, \
        OU=Servico Federal de Processamento de Dados - SERPRO, OU=CSPB-1, O=ICP-Brasil, C=BR";

    fn read(text: &str) -> Name {
        parse(text).unwrap_or_else(|_| panic!("{text:?} is a name"))
    }

    #[track_caller]
    fn same(one: &str, other: &str) {
        assert!(read(one).is_same_either_way(&read(other)), "{one:?} is {other:?}");
    }

    #[track_caller]
    fn differ(one: &str, other: &str) {
        assert!(!read(one).is_same_either_way(&read(other)), "{one:?} is not {other:?}");
    }

    #[test]
    fn reads_the_usual_spellings_of_bacens_issuer() {
        for text in [
            &BACEN.replace(", ", ","),
            &BACEN.replace(", ", " ;\n\t"),
            &BACEN.replace('=', " = "),
            &BACEN.to_uppercase(),
            &BACEN.to_lowercase(),
            &BACEN.replace(", ", ",").replace("SERPRO Final SSL", "\"SERPRO Final SSL\"").replace(
                "CN=Autoridade Certificadora do \"SERPRO Final SSL\"",
                "CN=\"Autoridade Certificadora do SERPRO Final SSL\"",
            ),
            "C=BR, O=ICP-Brasil, OU=CSPB-1, OU=Servico Federal de Processamento de Dados - SERPRO, CN=Autoridade Certificadora do SERPRO Final SSL",
            &format!("\r\n {BACEN} \t"),
            &BACEN.replace("CN=", "2.5.4.3=").replace("OU=", "OID.2.5.4.11=").replace("C=", "oid.2.5.4.6="),
            &BACEN
                .replace("CN=", "commonName=")
                .replace("OU=", "organizationalUnitName=")
                .replace("C=", "countryName="),
            &BACEN.replace("C=BR", "C=#13024252"),
            &BACEN.replace("O=ICP-Brasil", "O=#1E14004900430050002d00420072006100730069006C"),
            &BACEN.replace("CSPB-1", "CSPB\\2d\\31").replace("SSL", "SSL\\ "),
        ] {
            same(text, BACEN);
        }
    }

    #[test]
    fn keywords_of_other_writers_name_the_same_types() {
        for (one, other) in [
            ("E=a@b.example", "EMAILADDRESS=A@B.example"),
            ("emailAddress=a@b.example", "1.2.840.113549.1.9.1=#160b6140622e6578616d706c65"),
            ("ST=SP", "S=sp"),
            ("SN=Silva", "surname=silva"),
            ("GN=Ana", "G=ANA"),
            ("dnQualifier=1", "DNQ=1"),
            ("organizationIdentifier=X", "2.5.4.97=x"),
            ("serialNumber=77", "2.5.4.5=77"),
            ("title=x", "T=x"),
        ] {
            same(one, other);
        }
        differ("serialNumber=77", "SN=77");
    }

    #[test]
    fn values_of_one_rdn_have_no_order() {
        same("CN=a+OU=b+O=c,C=BR", "O = c + CN = A + OU = B, C=BR");
        differ("CN=a+OU=b,C=BR", "CN=a,OU=b,C=BR");
        differ("OU=a+OU=a,C=BR", "OU=a,C=BR");
    }

    #[test]
    fn the_two_directions_match_only_as_a_whole() {
        same("CN=a, OU=b, C=c", "C=c, OU=b, CN=a");
        differ("CN=a, OU=b, C=c", "OU=b, CN=a, C=c");
        differ("CN=a, OU=b, OU=d, C=c", "CN=a, OU=d, OU=b, C=c");
        differ("CN=a, OU=b", "CN=a, OU=b, C=c");
    }

    #[test]
    fn an_escaped_separator_is_never_a_separator() {
        for text in ["CN=a\\, OU=b", "CN=\"a, OU=b\"", "CN=a\\2c OU=b", "CN=#0c07612c204f553d62"] {
            differ(text, "CN=a, OU=b");
            same(text, "CN=a\\, ou\\=B");
        }
        same("CN=a\\+OU=b", "CN=\"a+OU=b\"");
        differ("CN=a\\+OU=b", "CN=a+OU=b");
        same("CN=a\\\\, OU=b", "CN=\"a\\\\\", OU=b");
        differ("CN=a\\\\, OU=b", "CN=a\\\\\\, OU=b");
        same("CN=\\#31", "CN=\"#31\"");
    }

    #[test]
    fn values_that_are_no_strings_compare_by_their_der() {
        same("1.2.3.4=#020105", "1.2.3.4=#020105");
        differ("1.2.3.4=#020105", "1.2.3.4=#020106");
        differ("1.2.3.4=#020105", "1.2.3.4=\\#020105");
    }

    #[test]
    fn accents_compare_without_case() {
        same("O=S\u{e3}o Jo\u{e3}o", "O=s\\C3\\A3o JO\u{c3}O");
    }

    #[test]
    fn refuses_text_that_is_not_one_name() {
        for text in [
            "",
            " ",
            "CN",
            "=a",
            "CN=a,",
            ",CN=a",
            "CN=a,,C=b",
            "CN=a+",
            "CN=a;;C=b",
            "CN.x=a",
            "-CN=a",
            "CN=a\"b",
            "CN=\"a",
            "CN=\"a\"b",
            "CN=a\\",
            "CN=a\\q",
            "CN=a\\2",
            "CN=a\\2g",
            "CN=\\FF",
            "CN=a<b",
            "CN=a>b",
            "CN=#",
            "CN=#0",
            "CN=#0c",
            "CN=#0c0161ff",
            "CN=#0c01610",
            "CN=#0c0161 x",
            "1=a",
            "1.2.=a",
            "1..2=a",
            "01.2.3=a",
            "1.2.03=a",
            "OID.=a",
            "OID.CN=a",
            "9.9.9=a",
            "1.2.99999999999=a",
            "C N=a",
            "/C=BR/O=x",
            "CN=#0c81016100",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_keyword_that_is_unknown_makes_a_name_of_nobody() {
        let known = read("CN=a, C=BR");
        for text in ["FOO=a, C=BR", "CN=a, FOO=\"BR\"", "FOO=a", "x-y=a, C=BR"] {
            assert!(!read(text).is_same_either_way(&known), "{text}");
        }
        differ("FOO=a", "2.5.4=a");
        assert!(parse("FOO=a,").is_err() && parse("FOO=\"a").is_err());
    }

    #[test]
    fn quotes_are_doubled_as_dot_net_does() {
        same(r#"CN="Banco ""Exemplo"" SA", C=BR"#, r#"CN=Banco \"Exemplo\" SA, C=BR"#);
        same(r#"CN="a, ""b""", C=BR"#, r#"CN=a\, \"b\", C=BR"#);
        same(r#"CN="", C=BR"#, "CN=, C=BR");
        same(r#"CN="""""#, r#"CN=\""#);
        for text in [r#"CN=""""#, r#"CN="a"""#, r#"CN="a"b""c""#] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bounds_hostile_text() {
        assert!(parse(&format!("CN={}", "a".repeat(ISSUER_NAME_BYTES_MAX))).is_err());
        assert!(parse(&format!("1.2.{}1=a", "0".repeat(8000))).is_err());
        assert!(parse(&format!("1.2{}=a", ".1".repeat(4000))).is_err());
        let many = "C=a,".repeat(2000);
        assert!(parse(&format!("{many}C=a")).is_ok());
    }
}
