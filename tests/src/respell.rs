//! A signed message spelt otherwise: whatever the hashes do not fix and the profiles allow.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_core::Profile;
use lacre_core::xml::{Event, Scanner, Source as _};

use crate::random::Random;

/// One way to spell otherwise what means the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Attributes in another order.
    AttributeOrder,
    /// The other quotes around attribute values.
    Quotes,
    /// White space in tags.
    TagSpace,
    /// `<a/>` for `<a></a>`, and the other way round.
    EmptyElements,
    /// Character references for characters, in text and attribute values.
    References,
    /// CDATA sections for text.
    Cdata,
    /// Comments in what is covered.
    Comments,
    /// An XML declaration where there is none.
    Declaration,
    /// SignatureValue wrapped elsewhere.
    Base64,
    /// The other line ends.
    LineEnds,
    /// Namespace declarations that nothing uses.
    Declarations,
    /// Other prefixes on Envelope, Signature and SignatureValue, which no digest covers.
    Prefixes,
    /// White space around the root and between the children of Envelope.
    Space,
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::AttributeOrder,
        Self::Quotes,
        Self::TagSpace,
        Self::EmptyElements,
        Self::References,
        Self::Cdata,
        Self::Comments,
        Self::Declaration,
        Self::Base64,
        Self::LineEnds,
        Self::Declarations,
        Self::Prefixes,
        Self::Space,
    ];
}

/// The message with these changes, here and there.
#[must_use]
pub fn respelt(random: &mut Random, message: &[u8], profile: Profile, changes: &[Change]) -> Vec<u8> {
    let text = core::str::from_utf8(message).unwrap();
    let mut speller = Speller { random, profile, changes, open: Vec::new(), out: String::new(), added: 0 };
    speller.whole(text);
    speller.out.into_bytes()
}

/// XMLDSig's namespace.
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

struct Speller<'r> {
    random: &'r mut Random,
    profile: Profile,
    changes: &'r [Change],
    /// Each open element's name as it was and as it is written now.
    open: Vec<(String, String)>,
    out: String,
    added: usize,
}

impl Speller<'_> {
    fn does(&self, change: Change) -> bool {
        self.changes.contains(&change)
    }

    /// Whether this change is made just here.
    fn here(&mut self, change: Change) -> bool {
        self.does(change) && self.random.once_in(2)
    }

    fn whole(&mut self, text: &str) {
        let body = text.trim_start_matches('\u{FEFF}');
        let declared = body.starts_with("<?xml ");
        let start = if declared { body.find("?>").unwrap() + 2 } else { 0 };
        self.out.push_str(&text[..text.len() - body.len() + start]);
        if self.does(Change::Declaration) && !declared {
            self.out.push_str("<?xml version='1.0'\tencoding=\"utf-8\" standalone='yes' ?>");
        }
        self.space();
        let mut source = Scanner::open(text);
        let mut behind = None;
        loop {
            let event = behind.take().unwrap_or_else(|| source.next().unwrap());
            match event {
                Event::Start { name, empty, .. } => {
                    let attributes: Vec<(String, String)> = source
                        .attributes()
                        .iter()
                        .map(|a| (a.name.whole().to_owned(), a.raw.to_owned()))
                        .collect();
                    let next = if empty { None } else { Some(source.next().unwrap()) };
                    let hollow = empty || matches!(next, Some(Event::End { .. }));
                    self.start(name.whole(), attributes, empty, hollow);
                    if !empty && hollow {
                        continue;
                    }
                    behind = next;
                }
                Event::End { .. } => self.end(),
                Event::Text { raw, .. } => self.text(raw),
                Event::Cdata { raw, .. } => {
                    let raw = self.line_ends(raw);
                    self.out.extend(["<![CDATA[", &raw, "]]>"]);
                }
                Event::Comment { raw, .. } => self.out.extend(["<!--", raw, "-->"]),
                Event::Pi { target, data, .. } => self.out.extend(["<?", target, " ", data, "?>"]),
                Event::Eof => break,
            }
            if self.profile == Profile::Spi && self.open.len() == 1 {
                self.space();
            }
        }
        self.space();
    }

    fn space(&mut self) {
        if self.here(Change::Space) {
            let space = self.random.word(&[" ", "\n", "\r\n\t", "  "]);
            self.out.push_str(space);
        }
    }

    /// Whether the innermost element is a Signature or in one.
    fn in_signature(&self) -> bool {
        self.open.iter().any(|(name, _)| name == "ds:Signature")
    }

    fn start(&mut self, name: &str, mut attributes: Vec<(String, String)>, empty: bool, hollow: bool) {
        let mut written = name.to_owned();
        if self.does(Change::Prefixes) {
            match name.rsplit(':').next().unwrap() {
                "Envelope" if self.profile == Profile::Spi && self.open.is_empty() => {
                    let own = if name.contains(':') {
                        "xmlns:".to_owned() + name.split(':').next().unwrap()
                    } else {
                        "xmlns".into()
                    };
                    let namespace = attributes.iter().find(|(name, _)| *name == own).unwrap().1.clone();
                    attributes.push(("xmlns:other".into(), namespace));
                    written = "other:Envelope".into();
                }
                "Signature" if name == "ds:Signature" => {
                    attributes.push(("xmlns:other-ds".into(), DSIG.into()));
                    written = "other-ds:Signature".into();
                }
                "SignatureValue" if name == "ds:SignatureValue" => written = "other-ds:SignatureValue".into(),
                _ => {}
            }
        }
        if self.here(Change::Declarations) {
            self.added += 1;
            attributes.push((format!("xmlns:unused-{}", self.added), "urn:unused".into()));
        }
        if self.does(Change::AttributeOrder) {
            for at in (1..attributes.len()).rev() {
                attributes.swap(at, self.random.below(at + 1));
            }
        }
        self.out.extend(["<", &written]);
        for (name, raw) in attributes {
            self.attribute(&name, &raw);
        }
        self.tag_space();
        let closes_itself = hollow && (empty != self.here(Change::EmptyElements));
        if closes_itself {
            self.out.push_str("/>");
            return;
        }
        self.out.push('>');
        self.open.push((name.to_owned(), written));
        if hollow {
            self.end();
        }
    }

    fn tag_space(&mut self) {
        if self.here(Change::TagSpace) {
            let space = self.random.word(&[" ", "\n", "\t", "\r\n  "]);
            self.out.push_str(space);
        }
    }

    fn attribute(&mut self, name: &str, raw: &str) {
        self.out.push(' ');
        self.tag_space();
        self.out.push_str(name);
        self.tag_space();
        self.out.push('=');
        self.tag_space();
        let mut raw = raw.to_owned();
        let double = if self.here(Change::Quotes) { raw.contains('"') } else { !raw.contains('"') };
        let (quote, escaped) = if double { ('"', "&quot;") } else { ('\'', "&apos;") };
        raw = raw.replace(quote, escaped);
        if self.does(Change::References) {
            raw = self.with_references(&raw, true);
        }
        self.out.extend([&quote.to_string(), &raw, &quote.to_string()].map(String::as_str));
    }

    fn end(&mut self) {
        let (_, written) = self.open.pop().unwrap();
        self.out.extend(["</", &written]);
        self.tag_space();
        self.out.push('>');
    }

    fn line_ends(&mut self, raw: &str) -> String {
        if !self.does(Change::LineEnds) {
            return raw.to_owned();
        }
        let plain = raw.replace("\r\n", "\n").replace('\r', "\n");
        plain.replace('\n', self.random.word(&["\n", "\r\n", "\r"]))
    }

    fn text(&mut self, raw: &str) {
        let mut raw = self.line_ends(raw);
        if self.open.last().is_some_and(|(name, _)| name == "ds:SignatureValue") && self.does(Change::Base64)
        {
            raw = self.wrapped(&raw);
        }
        let covered = self.open.len() > usize::from(self.profile == Profile::Spi) && !self.in_signature();
        if covered && self.here(Change::Comments) {
            let at = raw.char_indices().nth(self.random.below(3)).map_or(0, |(at, _)| at);
            // Not into a reference, and not between the two halves of a line end.
            if !raw.contains(['&', '\r']) {
                raw.insert_str(at, "<!-- said -->");
            }
            self.out.push_str(&raw);
        } else if self.here(Change::Cdata) && !raw.contains('&') && !raw.contains("]]") {
            self.out.extend(["<![CDATA[", &raw, "]]>"]);
        } else if self.does(Change::References) {
            let raw = self.with_references(&raw, false);
            self.out.push_str(&raw);
        } else {
            self.out.push_str(&raw);
        }
    }

    /// Some characters as references, those that are references left as they are.
    fn with_references(&mut self, raw: &str, attribute: bool) -> String {
        let mut out = String::new();
        let mut in_reference = false;
        for character in raw.chars() {
            in_reference |= character == '&';
            let literal = in_reference
                || character == '\r'
                || out.ends_with('\r')
                || (attribute && matches!(character, '\n' | '\t'))
                || !self.random.once_in(5);
            if literal {
                out.push(character);
            } else if self.random.once_in(2) {
                out.push_str(&format!("&#x{:X};", u32::from(character)));
            } else {
                out.push_str(&format!("&#00{};", u32::from(character)));
            }
            in_reference &= character != ';';
        }
        out
    }

    fn wrapped(&mut self, raw: &str) -> String {
        let plain: String = raw.replace("&#13;", "").split_ascii_whitespace().collect();
        assert!(BASE64_STANDARD.decode(&plain).is_ok(), "{raw}");
        let mut out = String::new();
        for character in plain.chars() {
            out.push(character);
            if self.random.once_in(20) {
                out.push_str(self.random.word(&["\n", " ", "\r\n", "&#13;\n", "\t", "&#32;"]));
            }
        }
        out
    }
}
