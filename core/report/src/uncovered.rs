//! What no digest covers: the octets of a message that could be others without the signature noticing.

use std::collections::{BTreeMap, BTreeSet};

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
    /// (a declaration that nothing covered uses).
    pub kind: &'static str,
}

/// The octets of a message that no digest covers by a profile's rules, in their order and apart, at most ten thousand spans:
/// all of them if the message is one that `verify` finds well-shaped, as far as it can be read otherwise.
///
/// How a covered part is spelt (quotes, the order of attributes, white space in tags) is free as well: canonicalization
/// levels it.
#[must_use]
pub fn uncovered(xml: &[u8], profile: Profile) -> Vec<Uncovered> {
    let Ok(text) = core::str::from_utf8(xml) else { return Vec::new() };
    let mut walk = Walk::new(text, profile);
    let mut declarations = Declarations::new(text);
    let mut source = Scanner::open(text);
    loop {
        match source.next() {
            Ok(Event::Eof) => {
                walk.turn(text.len(), None);
                break;
            }
            Ok(event) => {
                if let Event::Start { .. } = event {
                    declarations.declare(source.attributes());
                }
                walk.observe(&event, &declarations);
                declarations.observe(&event, source.attributes(), walk.seen);
            }
            Err(_) => break,
        }
    }
    declarations.settle(walk.spans)
}

/// XMLDSig's namespace.
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// Where in the message we are, and since when the octets have been of one kind.
struct Walk<'a> {
    text: &'a str,
    profile: Profile,
    open: Vec<&'a str>,
    /// The number among the open elements of the Signature, while it is open.
    signature: Option<usize>,
    spans: Vec<Uncovered>,
    from: usize,
    kind: Option<&'static str>,
    /// What the octets of the last tag were.
    seen: Option<&'static str>,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, profile: Profile) -> Self {
        let (open, spans, kind) = (Vec::new(), Vec::new(), Some("outside"));
        Self { text, profile, open, signature: None, spans, from: 0, kind, seen: None }
    }

    fn observe(&mut self, event: &Event<'a>, declarations: &Declarations<'a>) {
        match *event {
            Event::Start { name, span, empty } => {
                if self.awaits_signature()
                    && name.local() == "Signature"
                    && declarations.is_dsig(name.prefix())
                {
                    self.signature = Some(self.open.len());
                }
                self.open.push(name.local());
                self.seen = self.place();
                self.turn(span.start, self.seen);
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
            // DICT's signature covers the whole document, so an instruction beside the root too.
            Event::Pi { offset, .. } if self.profile == Profile::Dict && self.open.is_empty() => {
                self.turn(offset, None);
                let rest = self.text.get(offset..).unwrap_or_default();
                let end =
                    rest.find("?>").map_or(self.text.len(), |at| offset.saturating_add(at).saturating_add(2));
                self.turn(end, Some("outside"));
            }
            Event::Text { offset, .. } | Event::Cdata { offset, .. } | Event::Pi { offset, .. } => {
                let kind = self.place();
                self.turn(offset, kind);
            }
            Event::Eof => {}
        }
    }

    /// Whether a Signature is what the profile knows by that name if it stands here.
    fn awaits_signature(&self) -> bool {
        match self.profile {
            Profile::Spi => matches!(*self.open, [_, "AppHdr", "Sgntr"]),
            Profile::Dict => self.open.len() == 1,
        }
    }

    /// An element ends. White space behind the root is no event of its own.
    fn leave(&mut self, end: usize) {
        self.open.pop();
        self.signature = self.signature.filter(|number| *number < self.open.len());
        if self.open.is_empty() {
            self.turn(end, Some("outside"));
        }
    }

    /// What the octets at this place are; none if a digest covers them.
    fn place(&self) -> Option<&'static str> {
        match (self.open.len(), self.signature) {
            (0, _) => Some("outside"),
            (1, _) => (self.profile == Profile::Spi).then_some("envelope"),
            (_, Some(signature)) => {
                let child = self.open.get(signature.saturating_add(1));
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

/// The namespace declarations in scope, and which of them nothing covered has used yet.
struct Declarations<'a> {
    text: &'a str,
    /// The declarations of each open element.
    open: Vec<Vec<Declaration<'a>>>,
    /// For each prefix the depths at which it is declared and the number it has there, innermost last.
    by_prefix: BTreeMap<&'a str, Vec<(usize, usize)>>,
    /// The prefixes that some PrefixList names. A listed prefix is as good as used.
    listed: BTreeSet<&'a str>,
    /// A PrefixList is spelt with references: it may name any prefix.
    lists_all: bool,
    /// Declarations that can make a difference: used ones that stand in what is not covered, unused ones in what is.
    closed: Vec<Declaration<'a>>,
}

struct Declaration<'a> {
    prefix: &'a str,
    name: &'a str,
    span: Uncovered,
    used: bool,
    /// Whether a digest covers the tag around it.
    in_covered: bool,
}

impl<'a> Declarations<'a> {
    fn new(text: &'a str) -> Self {
        let (open, by_prefix, listed) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        Self { text, open, by_prefix, listed, lists_all: false, closed: Vec::new() }
    }

    fn observe(&mut self, event: &Event<'a>, attributes: &[Attribute<'a>], place: Option<&'static str>) {
        match *event {
            Event::Start { name, empty, .. } => {
                let in_covered = place.is_none();
                for declaration in self.open.last_mut().into_iter().flatten() {
                    declaration.in_covered = in_covered;
                }
                if in_covered {
                    self.touch(name.prefix());
                    for attribute in attributes.iter().filter(|a| prefix_declared(a.name).is_none()) {
                        if !attribute.name.prefix().is_empty() {
                            self.touch(attribute.name.prefix());
                        }
                    }
                }
                if name.local() == "InclusiveNamespaces" {
                    self.list(attributes);
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
            let span = self.span(attribute);
            declared.push(Declaration { prefix, name: attribute.raw, span, used: false, in_covered: false });
        }
        self.open.push(declared);
    }

    fn place_of(&self, prefix: &str) -> Option<(usize, usize)> {
        self.by_prefix.get(prefix).and_then(|places| places.last()).copied()
    }

    fn touch(&mut self, prefix: &str) {
        let Some((depth, number)) = self.place_of(prefix) else { return };
        if let Some(declaration) = self.open.get_mut(depth).and_then(|declared| declared.get_mut(number)) {
            declaration.used = true;
        }
    }

    /// Whether a prefix stands for XMLDSig's namespace.
    fn is_dsig(&self, prefix: &str) -> bool {
        let declaration = self
            .place_of(prefix)
            .and_then(|(depth, number)| self.open.get(depth).and_then(|all| all.get(number)));
        declaration.is_some_and(|declaration| declaration.name == DSIG)
    }

    fn list(&mut self, attributes: &[Attribute<'a>]) {
        for list in attributes.iter().filter(|attribute| attribute.name.whole() == "PrefixList") {
            self.lists_all |= list.raw.contains('&');
            let prefixes = list.raw.split_ascii_whitespace().take(SPANS_MAX);
            self.listed.extend(prefixes.map(|prefix| if prefix == "#default" { "" } else { prefix }));
        }
    }

    fn leave(&mut self) {
        for declaration in self.open.pop().unwrap_or_default() {
            if let Some(places) = self.by_prefix.get_mut(declaration.prefix) {
                places.pop();
            }
            let makes_none = declaration.used && declaration.in_covered;
            if !makes_none && self.closed.len() < SPANS_MAX {
                self.closed.push(declaration);
            }
        }
    }

    /// Takes out of what is not covered the declarations that something covered uses, and adds those that nothing uses.
    fn settle(mut self, spans: Vec<Uncovered>) -> Vec<Uncovered> {
        for declaration in &mut self.closed {
            declaration.used |= self.lists_all || self.listed.contains(declaration.prefix);
        }
        let (used, unused): (Vec<_>, Vec<_>) =
            self.closed.into_iter().partition(|declaration| declaration.used);
        let mut holes: Vec<Uncovered> = used.iter().map(|declaration| declaration.span).collect();
        holes.sort_unstable_by_key(|hole| hole.start);
        let mut told: Vec<Uncovered> = spans.into_iter().flat_map(|span| without(span, &holes)).collect();
        told.extend(
            unused.iter().filter(|declaration| declaration.in_covered).map(|declaration| declaration.span),
        );
        told.sort_unstable_by_key(|span| span.start);
        told.truncate(SPANS_MAX);
        told
    }

    /// From the attribute's name to behind its closing quote.
    fn span(&self, attribute: &Attribute<'a>) -> Uncovered {
        let value = attribute.raw.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        let end = value.saturating_add(attribute.raw.len()).saturating_add(1);
        Uncovered { start: attribute.offset, end, kind: "namespace" }
    }
}

/// What is left of a span outside these holes, which are in their order.
fn without(span: Uncovered, holes: &[Uncovered]) -> Vec<Uncovered> {
    let first = holes.partition_point(|hole| hole.end <= span.start);
    let mut left = Vec::new();
    let mut start = span.start;
    for hole in holes.iter().skip(first).take_while(|hole| hole.start < span.end) {
        if hole.start > start {
            left.push(Uncovered { start, end: hole.start, ..span });
        }
        start = hole.end;
    }
    if start < span.end {
        left.push(Uncovered { start, ..span });
    }
    left
}

/// The prefix that an attribute declares, empty for the default namespace; none if it is no declaration.
fn prefix_declared(name: QName<'_>) -> Option<&str> {
    match (name.prefix(), name.local()) {
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
        let xml = "<?xml version=\"1.0\"?>\n<Envelope xmlns=\"u\"> <AppHdr><Sgntr><ds:Signature \
                   xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Id=\"a\"><ds:SignedInfo/><ds:SignatureValue>x</ds:SignatureValue><ds:KeyInfo/></ds:Signature></Sgntr></AppHdr><Document>\
                   <!--c--></Document></Envelope>\n";
        assert_eq!(
            told(xml, Profile::Spi),
            [
                ("<?xml version=\"1.0\"?>\n", "outside"),
                ("<Envelope ", "envelope"),
                ("> ", "envelope"),
                ("<ds:Signature ", "signature"),
                (" Id=\"a\">", "signature"),
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
        let xml = "<r xmlns:a='1' xmlns:b='2'><s:Signature xmlns:s='http://www.w3.org/2000/09/xmldsig#'/><a:x/><y a:z='' xmlns:a='3'/><w xmlns:a='4'/></r>";
        assert_eq!(
            told(xml, Profile::Dict),
            [
                ("xmlns:b='2'", "namespace"),
                ("<s:Signature xmlns:s='http://www.w3.org/2000/09/xmldsig#'/>", "signature"),
                ("xmlns:a='4'", "namespace"),
            ]
        );
    }

    #[test]
    fn what_only_calls_itself_a_signature_is_covered() {
        assert_eq!(told("<r><Signature/><x><Signature/></x></r>", Profile::Dict), []);
        let spi = "<E><AppHdr/><Document><a><s:Signature xmlns:s='http://www.w3.org/2000/09/xmldsig#'/></a></Document></E>";
        assert_eq!(told(spi, Profile::Spi), [("<E>", "envelope"), ("</E>", "envelope")]);
    }

    #[test]
    fn an_instruction_beside_the_root_is_covered_in_dict() {
        let xml = "<?xml version='1.0'?><?a b?> <!--c--><r/><?d?>\n";
        let expected = [
            ("<?xml version='1.0'?>", "outside"),
            (" ", "outside"),
            ("<!--c-->", "comment"),
            ("\n", "outside"),
        ];
        assert_eq!(told(xml, Profile::Dict), expected);
    }

    #[test]
    fn a_prefix_that_a_list_names_is_used() {
        let xml =
            "<r xmlns:a='1' xmlns:b='2'><Transform><InclusiveNamespaces PrefixList='a  c'/></Transform></r>";
        assert_eq!(told(xml, Profile::Dict), [("xmlns:b='2'", "namespace")]);
        assert_eq!(told(&xml.replace("'a ", "'&#97; "), Profile::Dict), []);
    }

    #[test]
    fn a_message_full_of_comments_is_told_up_to_a_bound() {
        let xml = format!("<r>{}</r>", "<!----><x/>".repeat(20_000));
        assert_eq!(uncovered(xml.as_bytes(), Profile::Dict).len(), SPANS_MAX);
        assert!(uncovered(b"\xff", Profile::Dict).is_empty());
        assert!(uncovered(b"<r><", Profile::Spi).is_empty());
    }
}
