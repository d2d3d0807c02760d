//! Distinguished names from the text that people write (RFC 4514), for certificate requests.

use lacre_core::Ispb;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::Tag;
use x509_cert::der::asn1::{Any, ObjectIdentifier, SetOfVec};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

use super::{SubjectReason, X509Error};

/// Longest subject that is read, in bytes, and most attributes in it.
const SUBJECT_BYTES_MAX: usize = 4096;
const ATTRIBUTES_MAX: usize = 32;

/// Attribute types by the names that people give them, in capitals.
const TYPES: [(&str, &str); 17] = [
    ("CN", "2.5.4.3"),
    ("SN", "2.5.4.4"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("S", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("T", "2.5.4.12"),
    ("TITLE", "2.5.4.12"),
    ("GN", "2.5.4.42"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
    ("E", "1.2.840.113549.1.9.1"),
];

const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const CN: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const OU: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");

/// A certificate's subject: attributes as written, the CN first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Relative names, most specific first; each has one value or, joined by `+`, several.
    rdns: Vec<Vec<Attribute>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Attribute {
    oid: ObjectIdentifier,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    /// DER, given as `#hex`.
    Der(Vec<u8>),
}

impl Subject {
    /// Reads a subject, most specific attribute first. With an ISPB, `OU=ISPB-…` is put behind the CN unless it is
    /// there already.
    ///
    /// # Errors
    /// When the text is not a distinguished name, has no CN, or names another ISPB.
    pub fn parse(text: &str, ispb: Option<&Ispb>) -> Result<Self, X509Error> {
        let mut subject = Self { rdns: Reader::new(text)?.read()? };
        if !subject.attributes().any(|attribute| attribute.oid == CN) {
            return Err(X509Error::Subject(SubjectReason::CommonName, text.to_owned()));
        }
        if let Some(ispb) = ispb {
            subject.name_ispb(ispb)?;
        }
        Ok(subject)
    }

    /// A subject of texts, most specific attribute first, one in each relative name.
    pub(super) fn of<'a>(parts: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, X509Error> {
        let rdn =
            |(name, value): (&str, &str)| Ok(vec![Attribute::new(name, Value::Text(value.to_owned()))?]);
        Ok(Self { rdns: parts.map(rdn).collect::<Result<_, X509Error>>()? })
    }

    /// What a CA may send back, or issue otherwise than it was asked for, though it is a name.
    #[must_use]
    pub fn doubts(&self) -> Vec<SubjectReason> {
        let is = |rdn: Option<&Vec<Attribute>>, oid| {
            rdn.is_some_and(|rdn| rdn.iter().any(|attribute| attribute.oid == oid))
        };
        let country_first = is(self.rdns.first(), COUNTRY) && !is(self.rdns.last(), COUNTRY);
        let mut texts = self.attributes().filter_map(|attribute| match &attribute.value {
            Value::Text(text) => Some(text),
            Value::Der(_) => None,
        });
        let accents = texts.any(|text| !text.is_ascii());
        let doubts = [(country_first, SubjectReason::CountryFirst), (accents, SubjectReason::Accents)];
        doubts.into_iter().filter(|(is_so, _)| *is_so).map(|(_, doubt)| doubt).collect()
    }

    /// The name as a certificate carries it: least specific attribute first, as ICP-Brasil lays it out.
    ///
    /// # Errors
    /// When it cannot be written as DER.
    pub fn to_name(&self) -> Result<Name, X509Error> {
        let mut sequence = RdnSequence::default();
        for rdn in self.rdns.iter().rev() {
            let mut set = SetOfVec::new();
            for attribute in rdn {
                set.insert(attribute.encode()?)?;
            }
            sequence.push(RelativeDistinguishedName::from(set));
        }
        Ok(Name::hazmat_from_rdn_sequence(sequence))
    }

    fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.rdns.iter().flatten()
    }

    fn name_ispb(&mut self, ispb: &Ispb) -> Result<(), X509Error> {
        let wanted = format!("ISPB-{ispb}");
        let named = self.attributes().find_map(|attribute| match &attribute.value {
            Value::Text(text) if attribute.oid == OU && text.starts_with("ISPB-") => Some(text.clone()),
            _ => None,
        });
        match named {
            Some(named) if named == wanted => {}
            Some(named) => return Err(X509Error::Subject(SubjectReason::Ispb, named)),
            None => {
                let behind_cn = self.rdns.iter().position(|rdn| rdn.iter().any(|a| a.oid == CN));
                let at = behind_cn.map_or(0, |at| at.saturating_add(1)).min(self.rdns.len());
                self.rdns.insert(at, vec![Attribute { oid: OU, value: Value::Text(wanted) }]);
            }
        }
        Ok(())
    }
}

impl Attribute {
    fn encode(&self) -> Result<AttributeTypeAndValue, X509Error> {
        use x509_cert::der::Decode;
        let value = match &self.value {
            Value::Der(der) => Any::from_der(der)?,
            Value::Text(text) => Any::new(tag_of(&self.oid), text.as_bytes())?,
        };
        Ok(AttributeTypeAndValue { oid: self.oid, value })
    }

    fn new(name: &str, value: Value) -> Result<Self, X509Error> {
        let oid = type_of(name).ok_or_else(|| X509Error::Subject(SubjectReason::Type, name.to_owned()))?;
        let fits = match &value {
            Value::Der(_) => true,
            Value::Text(text) => !text.is_empty() && fits(&oid, text),
        };
        if fits {
            Ok(Self { oid, value })
        } else {
            Err(X509Error::Subject(SubjectReason::Value, name.to_owned()))
        }
    }
}

fn type_of(name: &str) -> Option<ObjectIdentifier> {
    let capitals = name.to_ascii_uppercase();
    let dotted = capitals.strip_prefix("OID.").unwrap_or(&capitals);
    let known = TYPES.iter().find(|(known, _)| *known == capitals).map(|(_, oid)| *oid);
    ObjectIdentifier::new(known.unwrap_or(dotted)).ok()
}

/// RFC 5280 appendix A: these types have a string form of their own, all others are UTF-8 here.
fn tag_of(oid: &ObjectIdentifier) -> Tag {
    match oid.to_string().as_str() {
        "2.5.4.6" | "2.5.4.5" => Tag::PrintableString,
        "0.9.2342.19200300.100.1.25" | "1.2.840.113549.1.9.1" => Tag::Ia5String,
        _ => Tag::Utf8String,
    }
}

fn fits(oid: &ObjectIdentifier, text: &str) -> bool {
    let printable = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
    match tag_of(oid) {
        Tag::PrintableString if oid.to_string() == "2.5.4.6" => {
            text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic())
        }
        Tag::PrintableString => text.chars().all(printable),
        Tag::Ia5String => text.is_ascii(),
        _ => text.chars().all(|c| !c.is_control()),
    }
}

/// Reads the text form, character by character, since separators may be escaped or quoted.
struct Reader<'a> {
    text: &'a str,
    rest: core::iter::Peekable<core::str::Chars<'a>>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Result<Self, X509Error> {
        if text.len() > SUBJECT_BYTES_MAX {
            let shown = text.chars().take(40).chain("…".chars()).collect();
            return Err(X509Error::Subject(SubjectReason::Syntax, shown));
        }
        Ok(Self { text, rest: text.trim_start().chars().peekable() })
    }

    fn read(mut self) -> Result<Vec<Vec<Attribute>>, X509Error> {
        let mut rdns = vec![Vec::new()];
        for _ in 0..ATTRIBUTES_MAX {
            let attribute = self.attribute()?;
            if let Some(rdn) = rdns.last_mut() {
                rdn.push(attribute);
            }
            match self.rest.next() {
                None => return Ok(rdns),
                Some('+') => {}
                Some(',' | ';') => rdns.push(Vec::new()),
                Some(_) => return Err(self.fault()),
            }
        }
        Err(self.fault())
    }

    fn attribute(&mut self) -> Result<Attribute, X509Error> {
        let mut name = String::new();
        loop {
            match self.rest.next() {
                Some('=') => break,
                Some(c) if c.is_ascii_alphanumeric() || c == '.' || c == ' ' => name.push(c),
                _ => return Err(self.fault()),
            }
        }
        while self.rest.next_if_eq(&' ').is_some() {}
        let value = match self.rest.peek() {
            Some('#') => self.hex()?,
            Some('"') => self.quoted()?,
            _ => self.plain()?,
        };
        Attribute::new(name.trim(), value)
    }

    fn plain(&mut self) -> Result<Value, X509Error> {
        let mut bytes = Vec::new();
        // White space before a separator is layout, unless it is escaped.
        let mut kept = 0;
        while let Some(c) = self.rest.next_if(|c| !matches!(c, ',' | ';' | '+')) {
            match c {
                '\\' => {
                    self.escaped(&mut bytes)?;
                    kept = bytes.len();
                }
                '"' | '<' | '>' => return Err(self.fault()),
                ' ' => bytes.push(b' '),
                c => {
                    push(&mut bytes, c);
                    kept = bytes.len();
                }
            }
        }
        bytes.truncate(kept);
        self.utf8(bytes)
    }

    fn quoted(&mut self) -> Result<Value, X509Error> {
        let mut bytes = Vec::new();
        self.rest.next();
        loop {
            match self.rest.next() {
                Some('"') => break,
                Some('\\') => self.escaped(&mut bytes)?,
                Some(c) => push(&mut bytes, c),
                None => return Err(self.fault()),
            }
        }
        while self.rest.next_if_eq(&' ').is_some() {}
        self.utf8(bytes)
    }

    fn hex(&mut self) -> Result<Value, X509Error> {
        self.rest.next();
        let mut der = Vec::new();
        while let Some(high) = self.rest.next_if(char::is_ascii_hexdigit) {
            let low = self.rest.next().ok_or_else(|| self.fault())?;
            der.push(octet(high, low).ok_or_else(|| self.fault())?);
        }
        while self.rest.next_if_eq(&' ').is_some() {}
        Ok(Value::Der(der))
    }

    fn escaped(&mut self, bytes: &mut Vec<u8>) -> Result<(), X509Error> {
        match self.rest.next() {
            Some(c) if " \"#+,;<=>\\".contains(c) => push(bytes, c),
            Some(high) => {
                let low = self.rest.next().ok_or_else(|| self.fault())?;
                bytes.push(octet(high, low).ok_or_else(|| self.fault())?);
            }
            None => return Err(self.fault()),
        }
        Ok(())
    }

    fn utf8(&self, bytes: Vec<u8>) -> Result<Value, X509Error> {
        String::from_utf8(bytes).map(Value::Text).map_err(|_| self.fault())
    }

    fn fault(&self) -> X509Error {
        X509Error::Subject(SubjectReason::Syntax, self.text.to_owned())
    }
}

fn push(bytes: &mut Vec<u8>, c: char) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn octet(high: char, low: char) -> Option<u8> {
    let octet = high.to_digit(16)?.checked_mul(16)?.checked_add(low.to_digit(16)?)?;
    u8::try_from(octet).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Subject::parse(text, None).unwrap().to_name().unwrap().to_string()
    }

    fn refused(text: &str) -> SubjectReason {
        match Subject::parse(text, None) {
            Err(X509Error::Subject(reason, _)) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn encodes_least_specific_first_and_shows_the_text_again() {
        let text = "CN=BANCO EXEMPLO SA T001,OU=ISPB-12345678,OU=SISBACEN-12345,O=ICP-Brasil,C=BR";
        let name = Subject::parse(text, None).unwrap().to_name().unwrap();
        assert_eq!(name.to_string(), text);
        assert_eq!(name.iter().next().unwrap().oid.to_string(), "2.5.4.6");
        assert_eq!(
            shown("  cn = BANCO EXEMPLO SA T001 , OU=ISPB-12345678; OU=SISBACEN-12345,O=ICP-Brasil, C=BR "),
            text
        );
    }

    #[test]
    fn reads_escapes_quotes_hex_and_several_values() {
        assert_eq!(shown(r"CN=A\, B"), r"CN=A\, B");
        assert_eq!(shown(r#"CN="A, B" , C=BR"#), r"CN=A\, B,C=BR");
        assert_eq!(shown(r"CN=S\C3\A3o Paulo\ "), r"CN=São Paulo\ ");
        assert_eq!(shown("CN=#0c0141"), "CN=A");
        assert_eq!(shown("2.5.4.3=A,OID.2.5.4.11=B"), "CN=A,OU=B");
        let name = Subject::parse("CN=A+OU=B,C=BR", None).unwrap().to_name().unwrap();
        assert_eq!(name.iter_rdn().map(RelativeDistinguishedName::len).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn refuses_what_would_make_a_wrong_certificate() {
        for text in [
            "",
            "CN",
            "CN=A,",
            "CN=A,,C=BR",
            "CN=\"A",
            "CN=\"A\"B",
            "CN=A\\",
            "CN=A\\zz",
            "CN=\\ff",
            "CN=A\"B",
        ] {
            assert_eq!(refused(text), SubjectReason::Syntax, "{text}");
        }
        assert_eq!(refused("CN=A,XX=B"), SubjectReason::Type);
        assert_eq!(refused("CN=A,C=BRA"), SubjectReason::Value);
        assert_eq!(refused("CN="), SubjectReason::Value);
        assert_eq!(refused("CN=A,SERIALNUMBER=é"), SubjectReason::Value);
        assert_eq!(refused("OU=A,C=BR"), SubjectReason::CommonName);
        assert_eq!(refused(&format!("CN={}", "A".repeat(5000))), SubjectReason::Syntax);
        assert_eq!(refused(&vec!["CN=A"; 40].join(",")), SubjectReason::Syntax);
        assert!(Subject::parse("CN=#0c05", None).unwrap().to_name().is_err());
    }

    #[test]
    fn doubts_what_a_ca_would_read_otherwise() {
        let doubts = |text| Subject::parse(text, None).unwrap().doubts();
        assert_eq!(doubts("CN=BANCO EXEMPLO SA T001, O=ICP-Brasil, C=BR"), []);
        assert_eq!(doubts("CN=A"), []);
        assert_eq!(doubts("C=BR, O=ICP-Brasil, CN=BANCO T001"), [SubjectReason::CountryFirst]);
        assert_eq!(doubts("CN=INSTITUIÇÃO T001, C=BR"), [SubjectReason::Accents]);
        assert_eq!(doubts("C=BR, CN=É"), [SubjectReason::CountryFirst, SubjectReason::Accents]);
    }

    #[test]
    fn names_the_ispb_once_behind_the_cn() {
        let ispb = Ispb::new("12345678").unwrap();
        let shown = |text| Subject::parse(text, Some(&ispb)).unwrap().to_name().unwrap().to_string();
        assert_eq!(shown("CN=A,O=B,C=BR"), "CN=A,OU=ISPB-12345678,O=B,C=BR");
        assert_eq!(shown("CN=A,O=B,OU=ISPB-12345678"), "CN=A,O=B,OU=ISPB-12345678");
        assert!(matches!(
            Subject::parse("CN=A,OU=ISPB-87654321", Some(&ispb)),
            Err(X509Error::Subject(SubjectReason::Ispb, _))
        ));
    }
}
