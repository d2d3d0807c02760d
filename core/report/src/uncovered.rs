//! What no digest covers: the octets of a message that could be others without the signature noticing.

use std::collections::BTreeMap;

use lacre_core::Profile;
use lacre_core::xml::{Attribute, Event, QName, Scanner, Source as _};
use serde::Serialize;

/// Most spans that are told of one message.
const SPANS_MAX: usize = 10_000;

/// Octets of a message that no digest covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Uncovered {
    /// Offset of the first octet.
    pub start: usize,
    /// Offset behind the last octet.
    pub end: usize,
    /// What they are: `outside` (declaration and white space around the root), `comment`, `envelope` (SPI: Envelope's own
    /// tags and the white space in it), `signature` (what Signature holds beside SignedInfo and KeyInfo) or `namespace`
    /// (a declaration that nothing uses).
    pub kind: &'static str,
}

/// The octets of a message that no digest covers by a profile's rules, in their order, at most ten thousand spans: all of
/// them if the message is one that `verify` finds well-shaped, as far as it can be read otherwise.
///
/// How a covered part is spelt (quotes, the order of attributes, white space in tags) is free as well: canonicalization
/// levels it.
#[must_use]
pub fn uncovered(xml: &[u8], profile: Profile) -> Vec<Uncovered> {
    let Ok(text) = core::str::from_utf8(xml) else { return Vec::new() };
    let mut walk = Walk { profile, open: Vec::new(), spans: Vec::new(), from: 0, kind: Some("outside") };
    let mut unused = Declarations { text, open: Vec::new(), by_prefix: BTreeMap::new(), spans: Vec::new() };
    let mut source = Scanner::open(text);
    loop {
        match source.next() {
            Ok(Event::Eof) => {
                walk.turn(text.len(), None);
                break;
            }
            Ok(event) => {
                walk.observe(&event);
                unused.observe(&event, source.attributes());
            }
            Err(_) => break,
        }
    }
    let mut spans = walk.spans;
    spans.extend(unused.spans);
    spans.sort_unstable_by_key(|span| span.start);
    spans.truncate(SPANS_MAX);
    spans
}

/// Where in the message we are, and since when the octets have been of one kind.
struct Walk<'a> {
    profile: Profile,
    open: Vec<&'a str>,
    spans: Vec<Uncovered>,
    from: usize,
    kind: Option<&'static str>,
}

impl<'a> Walk<'a> {
    fn observe(&mut self, event: &Event<'a>) {
        match *event {
            Event::Start { name, span, empty } => {
                self.open.push(name.local);
                let kind = self.place();
                self.turn(span.start, kind);
                if empty {
                    self.leave(span.end);
                }
            }
            Event::End { span, .. } => {
                let kind = self.place();
                self.turn(span.start, kind);
                self.leave(span.end);
            }
            Event::Comment { offset, .. } => self.turn(offset, Some("comment")),
            Event::Text { offset, .. } | Event::Cdata { offset, .. } | Event::Pi { offset, .. } => {
                let kind = self.place();
                self.turn(offset, kind);
            }
            Event::Eof => {}
        }
    }

    /// An element ends. White space behind the root is no event of its own.
    fn leave(&mut self, end: usize) {
        self.open.pop();
        if self.open.is_empty() {
            self.turn(end, Some("outside"));
        }
    }

    /// What the octets at this place are; none if a digest covers them.
    fn place(&self) -> Option<&'static str> {
        let (root, signature_depth) = match self.profile {
            Profile::Spi => (Some("envelope"), 3),
            Profile::Dict => (None, 1),
        };
        let in_signature = || self.open.get(signature_depth).is_some_and(|local| *local == "Signature");
        match self.open.len() {
            0 => Some("outside"),
            1 => root,
            _ if in_signature() => {
                let child = self.open.get(signature_depth.saturating_add(1));
                let covered = child.is_some_and(|local| matches!(*local, "SignedInfo" | "KeyInfo"));
                (!covered).then_some("signature")
            }
            _ => None,
        }
    }

    /// From `offset` on the octets are of another kind.
    fn turn(&mut self, offset: usize, kind: Option<&'static str>) {
        let (from, before) = (self.from, self.kind);
        if before == kind {
            return;
        }
        if let Some(kind) = before.filter(|_| offset > from && self.spans.len() < SPANS_MAX) {
            self.spans.push(Uncovered { start: from, end: offset, kind });
        }
        (self.from, self.kind) = (offset, kind);
    }
}

/// The namespace declarations in scope, and which of them nothing has used yet.
struct Declarations<'a> {
    text: &'a str,
    /// The declarations of each open element.
    open: Vec<Vec<Declaration<'a>>>,
    /// For each prefix the depths at which it is declared and the number it has there, innermost last.
    by_prefix: BTreeMap<&'a str, Vec<(usize, usize)>>,
    spans: Vec<Uncovered>,
}

struct Declaration<'a> {
    prefix: &'a str,
    span: Uncovered,
    used: bool,
}

impl<'a> Declarations<'a> {
    fn observe(&mut self, event: &Event<'a>, attributes: &[Attribute<'a>]) {
        match *event {
            Event::Start { name, empty, .. } => {
                self.declare(attributes);
                self.touch(name.prefix);
                for attribute in attributes.iter().filter(|a| prefix_declared(a.name).is_none()) {
                    if !attribute.name.prefix.is_empty() {
                        self.touch(attribute.name.prefix);
                    }
                }
                if empty {
                    self.leave();
                }
            }
            Event::End { .. } => self.leave(),
            _ => {}
        }
    }

    fn declare(&mut self, attributes: &[Attribute<'a>]) {
        let depth = self.open.len();
        let mut declared = Vec::new();
        for attribute in attributes {
            let Some(prefix) = prefix_declared(attribute.name) else { continue };
            self.by_prefix.entry(prefix).or_default().push((depth, declared.len()));
            declared.push(Declaration { prefix, span: self.span(attribute), used: false });
        }
        self.open.push(declared);
    }

    fn touch(&mut self, prefix: &str) {
        let Some(&(depth, number)) = self.by_prefix.get(prefix).and_then(|places| places.last()) else {
            return;
        };
        if let Some(declaration) = self.open.get_mut(depth).and_then(|declared| declared.get_mut(number)) {
            declaration.used = true;
        }
    }

    fn leave(&mut self) {
        for declaration in self.open.pop().unwrap_or_default() {
            if let Some(places) = self.by_prefix.get_mut(declaration.prefix) {
                places.pop();
            }
            if !declaration.used && self.spans.len() < SPANS_MAX {
                self.spans.push(declaration.span);
            }
        }
    }

    /// From the attribute's name to behind its closing quote.
    fn span(&self, attribute: &Attribute<'a>) -> Uncovered {
        let value = attribute.raw.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        let end = value.saturating_add(attribute.raw.len()).saturating_add(1);
        Uncovered { start: attribute.offset, end, kind: "namespace" }
    }
}

/// The prefix that an attribute declares, empty for the default namespace; none if it is no declaration.
fn prefix_declared(name: QName<'_>) -> Option<&str> {
    match (name.prefix, name.local) {
        ("", "xmlns") => Some(""),
        ("xmlns", prefix) => Some(prefix),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(xml: &str, profile: Profile) -> Vec<(&str, &'static str)> {
        uncovered(xml.as_bytes(), profile)
            .iter()
            .map(|span| (&xml[span.start..span.end], span.kind))
            .collect()
    }

    #[test]
    fn of_a_payment_the_envelope_and_what_stands_around_it() {
        let xml = "<?xml version=\"1.0\"?>\n<Envelope xmlns=\"u\"> <AppHdr><Sgntr><ds:Signature xmlns:ds=\"d\"><ds:SignedInfo/>\
                   <ds:SignatureValue>x</ds:SignatureValue><ds:KeyInfo/></ds:Signature></Sgntr></AppHdr><Document>\
                   <!--c--></Document></Envelope>\n";
        assert_eq!(
            told(xml, Profile::Spi),
            [
                ("<?xml version=\"1.0\"?>\n", "outside"),
                ("<Envelope xmlns=\"u\"> ", "envelope"),
                ("<ds:Signature xmlns:ds=\"d\">", "signature"),
                ("<ds:SignatureValue>x</ds:SignatureValue>", "signature"),
                ("</ds:Signature>", "signature"),
                ("<!--c-->", "comment"),
                ("</Envelope>", "envelope"),
                ("\n", "outside"),
            ]
        );
    }

    #[test]
    fn of_an_entry_nothing_but_comments_and_declarations_that_nothing_uses() {
        let xml = "<r xmlns:a='1' xmlns:b='2'><Signature/><a:x/><y a:z='' xmlns:a='3'/><w xmlns:a='4'/></r>";
        assert_eq!(
            told(xml, Profile::Dict),
            [("xmlns:b='2'", "namespace"), ("<Signature/>", "signature"), ("xmlns:a='4'", "namespace")]
        );
    }

    #[test]
    fn a_message_full_of_comments_is_told_up_to_a_bound() {
        let xml = format!("<r>{}</r>", "<!----><x/>".repeat(20_000));
        assert_eq!(uncovered(xml.as_bytes(), Profile::Dict).len(), SPANS_MAX);
        assert!(uncovered(b"\xff", Profile::Dict).is_empty());
        assert!(uncovered(b"<r><", Profile::Spi).is_empty());
    }
}
