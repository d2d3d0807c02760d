//! Events with their namespaces: what stands above either source and makes them strict in the same way.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::vec::Vec;

use super::chars;
use super::event::{Attribute, Event, QName, Skimmed, Source, Span};
use super::order::Place;
use super::scope::{self, Binding, Scope};
use super::value;
use crate::error::{Error, Reason, Result};
use crate::limits;

/// A start or end tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag<'a> {
    pub(crate) name: QName<'a>,
    pub(crate) span: Span,
    /// Whether the element is one empty-element tag; its End has the same span.
    pub(crate) empty: bool,
}

/// An event whose namespaces are resolved. Every Start has its End.
// As `Event` is laid out: otherwise copies are made of pieces that overlap, and each waits for the one before.
#[derive(Clone, Copy, Debug)]
#[repr(usize)]
pub(crate) enum Node<'a> {
    Start(Tag<'a>),
    End(Tag<'a>),
    Text { raw: &'a str, offset: usize, verbatim: bool },
    Cdata { raw: &'a str, offset: usize },
    Comment { raw: &'a str, offset: usize },
    Pi { target: &'a str, data: &'a str, offset: usize },
    Eof,
}

impl Node<'_> {
    /// Where the node begins.
    pub(crate) const fn offset(&self) -> Option<usize> {
        match self {
            Self::Start(tag) | Self::End(tag) => Some(tag.span.start),
            Self::Text { offset, .. } | Self::Cdata { offset, .. } => Some(*offset),
            Self::Comment { offset, .. } | Self::Pi { offset, .. } => Some(*offset),
            Self::Eof => None,
        }
    }

    /// Whether the node is text, in a CDATA section or not, that means nothing but white space.
    pub(crate) fn is_space(&self) -> bool {
        match self {
            Self::Text { raw, .. } => value::is_space(raw),
            Self::Cdata { raw, .. } => raw.bytes().all(chars::is_space),
            _ => false,
        }
    }
}

/// An attribute that is no declaration.
#[derive(Clone, Copy, Debug)]
struct Resolved {
    namespace: Binding,
    /// Which of the source's attributes it is.
    number: usize,
}

/// Reads a document node by node, with the namespaces in scope.
#[derive(Debug)]
pub(crate) struct Reader<'a, S> {
    text: &'a str,
    source: S,
    scope: Scope<'a>,
    namespace: Binding,
    /// The attributes of the last start tag without declarations.
    attributes: Vec<Resolved>,
    /// Their canonical order.
    order: Vec<Place>,
    pending_end: Option<Tag<'a>>,
    leaving: bool,
    /// Values of Id attributes.
    ids: BTreeMap<Cow<'a, str>, Seen>,
    duplicate_id: Option<usize>,
    depth: usize,
}

impl<'a, S: Source<'a>> Reader<'a, S> {
    /// A reader at the start of a message.
    ///
    /// # Errors
    /// If the message is larger than its limit or is not UTF-8.
    pub(crate) fn new(message: &'a [u8]) -> Result<Self> {
        if message.len() > limits::MESSAGE_BYTES_MAX {
            return Err(Error::at(Reason::TooLarge, limits::MESSAGE_BYTES_MAX));
        }
        let text = core::str::from_utf8(message).map_err(|e| Error::at(Reason::NotUtf8, e.valid_up_to()))?;
        Ok(Self {
            text,
            source: S::open(text),
            scope: Scope::default(),
            namespace: Binding::None,
            attributes: Vec::new(),
            order: Vec::new(),
            pending_end: None,
            leaving: false,
            ids: BTreeMap::new(),
            duplicate_id: None,
            depth: 0,
        })
    }

    /// The next node.
    ///
    /// # Errors
    /// If the document is not well-formed, in XML or in namespaces, or passes a limit.
    pub(crate) fn next(&mut self) -> Result<Node<'a>> {
        self.leave();
        if let Some(tag) = self.pending_end.take() {
            return Ok(self.end(tag));
        }
        Ok(match self.source.next()? {
            Event::Start { name, span, empty } => self.start(Tag { name, span, empty })?,
            Event::End { name, span } => self.end(Tag { name, span, empty: false }),
            Event::Text { raw, offset, verbatim } => Node::Text { raw, offset, verbatim },
            Event::Cdata { raw, offset } => Node::Cdata { raw, offset },
            Event::Comment { raw, offset } => Node::Comment { raw, offset },
            Event::Pi { target, data, offset } => Node::Pi { target, data, offset },
            Event::Eof => Node::Eof,
        })
    }

    /// Passes over content of the innermost open element that is its own canonical form and needs no look, unless the element is
    /// in the namespace `but`: the elements passed over are in its namespace, and have no attributes.
    #[inline]
    pub(crate) fn skim(&mut self, but: &str) -> Option<Skimmed> {
        if self.pending_end.is_some() {
            return None;
        }
        self.leave();
        let parent = self.source.innermost()?;
        if self.scope.name(self.scope.lookup(parent.prefix())?) == but {
            return None;
        }
        let skimmed = self.source.skim()?;
        self.depth += skimmed.opened;
        Some(skimmed)
    }

    #[inline]
    fn leave(&mut self) {
        if core::mem::take(&mut self.leaving) {
            self.scope.leave(self.depth + 1);
        }
    }

    /// What the element of the last start tag declares.
    pub(crate) fn declared_here(&self) -> impl Iterator<Item = (&'a str, Binding)> {
        self.scope.declared_at(self.depth)
    }

    /// The whole document.
    pub(crate) const fn text(&self) -> &'a str {
        self.text
    }

    /// How many elements are open. A Start counts itself, an End no longer.
    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    /// The namespaces in scope, until the next node.
    pub(crate) const fn scope(&self) -> &Scope<'a> {
        &self.scope
    }

    /// The namespace name of the last start tag.
    pub(crate) fn namespace(&self) -> &str {
        self.scope.name(self.namespace)
    }

    /// The namespace of the last start tag.
    pub(crate) const fn binding(&self) -> Binding {
        self.namespace
    }

    /// The last start tag's attributes but declarations, in canonical order: namespace name, then local name.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (Binding, &Attribute<'a>)> {
        let all = self.source.attributes();
        let resolved = self.order.iter().filter_map(|place| self.attributes.get(place.of()));
        resolved.filter_map(move |a| all.get(a.number).map(|attribute| (a.namespace, attribute)))
    }

    /// The value of the last start tag's attribute with this un-namespaced name.
    pub(crate) fn attribute(&self, local: &str) -> Option<Cow<'a, str>> {
        let plain = |(namespace, a): &(Binding, &Attribute<'a>)| {
            *namespace == Binding::None && a.name.local() == local
        };
        self.attributes().find(plain).map(|(_, attribute)| {
            if attribute.verbatim { Cow::Borrowed(attribute.raw) } else { value::attribute(attribute.raw) }
        })
    }

    /// Whether the last start tag has neither attributes nor declarations.
    pub(crate) fn is_bare(&self) -> bool {
        self.source.attributes().is_empty()
    }

    /// Where the second of two Id attributes with the same value stands, once it has been read.
    pub(crate) const fn duplicate_id(&self) -> Option<usize> {
        self.duplicate_id
    }

    /// Whether one more Id would still be within the limit.
    pub(crate) fn has_room_for_id(&self) -> bool {
        self.ids.len() < limits::IDS_MAX
    }

    /// Whether an attribute other than an un-namespaced `Id` has this value and might be taken for it.
    pub(crate) fn is_shadowed(&self, id: &str) -> bool {
        self.ids.get(value::trimmed(id)).is_some_and(|seen| seen.spellings & !Spelling::Dsig.bit() != 0)
    }

    /// Where the first and the last attribute with this value stand that is an Id or might be taken for one.
    pub(crate) fn offsets_of_id(&self, id: &str) -> Option<[usize; 2]> {
        self.ids.get(id).map(|seen| [seen.first, seen.last])
    }

    fn start(&mut self, tag: Tag<'a>) -> Result<Node<'a>> {
        self.depth += 1;
        if self.depth > limits::DEPTH_MAX {
            return Err(Error::at(Reason::TooDeep, tag.span.start));
        }
        let attributes = self.source.attributes();
        self.scope.enter(self.depth, attributes)?;
        self.attributes.clear();
        for (number, attribute) in attributes.iter().enumerate() {
            if scope::declared_prefix(attribute).is_none() {
                let namespace = self.attribute_namespace(attribute)?;
                self.attributes.push(Resolved { namespace, number });
            }
        }
        self.sort_attributes()?;
        self.remember_ids()?;
        self.namespace =
            self.scope.lookup(tag.name.prefix()).ok_or(Error::at(Reason::UnboundPrefix, tag.span.start))?;
        self.pending_end = tag.empty.then_some(tag);
        Ok(Node::Start(tag))
    }

    fn end(&mut self, tag: Tag<'a>) -> Node<'a> {
        self.depth = self.depth.saturating_sub(1);
        // What is in scope on an end tag is still what the element declared: it goes with the next node.
        self.leaving = true;
        Node::End(tag)
    }

    fn attribute_namespace(&self, attribute: &Attribute<'a>) -> Result<Binding> {
        if attribute.name.prefix().is_empty() {
            return Ok(Binding::None);
        }
        self.scope.lookup(attribute.name.prefix()).ok_or(Error::at(Reason::UnboundPrefix, attribute.offset))
    }

    fn sort_attributes(&mut self) -> Result<()> {
        self.order.clear();
        if self.attributes.len() < 2 {
            self.order.extend(self.attributes.iter().map(|_| Place::default()));
            return Ok(());
        }
        if self.attributes.iter().any(|a| a.namespace != Binding::None) {
            self.scope.rank();
        }
        let all = self.source.attributes();
        let attribute = |place: &Place| self.attributes.get(place.of()).and_then(|a| all.get(a.number));
        let local = |place: &Place| attribute(place).map_or("", |attribute| attribute.name.local());
        for (number, resolved) in self.attributes.iter().enumerate() {
            let name = all.get(resolved.number).map_or("", |attribute| attribute.name.local());
            self.order.push(Place::new(self.scope.rank_of(resolved.namespace), name, number));
        }
        self.order.sort_unstable();
        for alike in self.order.chunk_by_mut(|a, b| a.is_like(*b)).filter(|alike| alike.len() > 1) {
            alike.sort_unstable_by(|a, b| local(a).cmp(local(b)));
            let twin = alike.windows(2).find_map(|pair| match pair {
                [a, b] if local(a) == local(b) => attribute(a.max(b)),
                _ => None,
            });
            if let Some(twin) = twin {
                return Err(Error::at(Reason::DuplicateAttribute, twin.offset));
            }
        }
        Ok(())
    }

    /// Remembers attributes that some reader might take for an Id, whatever their spelling: the Id that a Reference names
    /// must be nobody else's (XMLDSig §4.4.3.2), and two that are Ids beyond doubt must differ.
    fn remember_ids(&mut self) -> Result<()> {
        let all = self.source.attributes();
        for resolved in &self.attributes {
            let Some(attribute) = all.get(resolved.number) else { continue };
            let Some(spelling) = Spelling::of(resolved.namespace, attribute.name.local()) else { continue };
            let (at, known) = (attribute.offset, self.ids.len());
            let seen = match self.ids.entry(value::id(attribute.raw)) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(_) if known >= limits::IDS_MAX => {
                    return Err(Error::at(Reason::TooManyIds, at));
                }
                Entry::Vacant(entry) => entry.insert(Seen { spellings: 0, first: at, last: at }),
            };
            if seen.spellings & spelling.bit() != 0 && spelling != Spelling::Other {
                self.duplicate_id.get_or_insert(at);
            }
            seen.spellings |= spelling.bit();
            seen.last = at;
        }
        Ok(())
    }
}

/// Where a value stands that is an Id or might be taken for one, and its spellings, as bits.
#[derive(Clone, Copy, Debug)]
struct Seen {
    spellings: u8,
    first: usize,
    last: usize,
}

/// How an attribute that may be an Id is spelt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// `Id` without a namespace, as XMLDSig has it.
    Dsig,
    /// `xml:id`.
    Xml,
    /// `ID`, `id`, `wsu:Id` …
    Other,
}

impl Spelling {
    fn of(namespace: Binding, local: &str) -> Option<Self> {
        match (namespace, local) {
            (Binding::None, "Id") => Some(Self::Dsig),
            (Binding::Xml, "id") => Some(Self::Xml),
            _ => local.eq_ignore_ascii_case("id").then_some(Self::Other),
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Dsig => 1,
            Self::Xml => 2,
            Self::Other => 4,
        }
    }
}
