//! The events of a document, borrowed from its bytes.

use core::fmt;

use crate::error::Result;

/// Byte offsets of something in the message: `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a span has two ends")]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// Whether an offset is one of the span's.
    #[must_use]
    pub const fn contains(self, offset: usize) -> bool {
        self.start <= offset && offset < self.end
    }

    /// The text that the span covers; empty if the span is not one of this text.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// A qualified name as it is spelt: `prefix:local`, or `local` alone with an empty prefix (Namespaces in XML 1.0 §4).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct QName<'a> {
    whole: &'a str,
    /// Where the local name begins: behind the colon.
    local: usize,
}

impl<'a> QName<'a> {
    /// A name whose local part begins at an octet: 0, or behind the one colon.
    #[must_use]
    pub const fn new(whole: &'a str, local: usize) -> Self {
        Self { whole, local }
    }

    /// What stands before the colon, or nothing.
    #[inline]
    #[must_use]
    pub fn prefix(self) -> &'a str {
        self.whole.get(..self.local.saturating_sub(1)).unwrap_or_default()
    }

    /// What stands behind the colon, or the whole.
    #[inline]
    #[must_use]
    pub fn local(self) -> &'a str {
        self.whole.get(self.local..).unwrap_or_default()
    }

    /// How long the prefix and its colon are together.
    #[inline]
    pub(crate) const fn prefixed(self) -> usize {
        self.local
    }

    /// The whole, as spelt.
    #[inline]
    #[must_use]
    pub const fn whole(self) -> &'a str {
        self.whole
    }
}

impl fmt::Debug for QName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.whole)
    }
}

/// An attribute of a tag, namespace declarations included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built by every source of events")]
pub struct Attribute<'a> {
    /// Its name.
    pub name: QName<'a>,
    /// What stands between the quotes, as spelt.
    pub raw: &'a str,
    /// Offset of the name's first byte.
    pub offset: usize,
    /// Whether `raw` is its own canonical form: no reference, no quote, no white space but blanks.
    pub verbatim: bool,
}

impl Attribute<'_> {
    /// Where it stands in the text with the blank before it, if that is how canonical XML writes it.
    pub(crate) fn canonical_span(&self, text: &str) -> Option<Span> {
        let bytes = text.as_bytes();
        let start = self.offset.checked_sub(1)?;
        let equals = self.offset + self.name.whole().len();
        let quote = equals + 1;
        let is_canonical = self.verbatim
            && bytes.get(start) == Some(&b' ')
            && bytes.get(equals) == Some(&b'=')
            && bytes.get(quote) == Some(&b'"');
        is_canonical.then_some(Span { start, end: quote + self.raw.len() + 2 })
    }
}

/// One thing that a document is made of. Text may come in several pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "built by every source of events, and every reader must handle each"
)]
// A word for the variant, not a spare value of a `bool` in it: events are copied in whole words then.
#[repr(usize)]
pub enum Event<'a> {
    /// A start tag, or an empty-element tag; its attributes are [`Source::attributes`].
    Start {
        /// The element's name.
        name: QName<'a>,
        /// From `<` to behind `>`.
        span: Span,
        /// Whether it is an empty-element tag: no End follows.
        empty: bool,
    },
    /// An end tag. It matches its start tag.
    End {
        /// The element's name.
        name: QName<'a>,
        /// From `<` to behind `>`.
        span: Span,
    },
    /// Character data with references and line ends as spelt; every reference in it is one that is defined.
    Text {
        /// The characters.
        raw: &'a str,
        /// Offset of the first.
        offset: usize,
        /// Whether `raw` is its own canonical form: no reference, no `>`, no carriage return.
        verbatim: bool,
    },
    /// What a CDATA section holds.
    Cdata {
        /// The characters.
        raw: &'a str,
        /// Offset of the section's `<`.
        offset: usize,
    },
    /// A comment.
    Comment {
        /// What stands between `<!--` and `-->`.
        raw: &'a str,
        /// Offset of the comment's `<`.
        offset: usize,
    },
    /// A processing instruction.
    Pi {
        /// Its target.
        target: &'a str,
        /// Its data, without the white space before it.
        data: &'a str,
        /// Offset of the instruction's `<`.
        offset: usize,
    },
    /// The end of a document that is well-formed as far as its grammar goes.
    Eof,
}

/// Where events come from: a reader of a whole document, strict in XML 1.0 (5th edition) grammar, without DTD.
/// Namespaces, depth and ids are checked above it.
pub trait Source<'a>: Sized {
    /// A source at the start of a document. A byte order mark is passed over.
    fn open(text: &'a str) -> Self;

    /// The next event.
    ///
    /// # Errors
    /// If the document is not well-formed at this place, or has what lacre does not accept (a DOCTYPE).
    fn next(&mut self) -> Result<Event<'a>>;

    /// The attributes of the tag that came last, in document order.
    fn attributes(&self) -> &[Attribute<'a>];

    /// The name of the innermost element that is open, if the source can [`skim`](Self::skim) what is in it.
    fn innermost(&self) -> Option<QName<'a>> {
        None
    }

    /// Passes over content of the innermost open element in which nothing needs a look: text that is its own canonical form,
    /// and elements without attributes, white space in their tags or a prefix other than the innermost element's. Their tags
    /// are checked as those of events are. Gives nothing if there is no such content here, or if the source cannot tell.
    fn skim(&mut self) -> Option<Skimmed> {
        None
    }
}

/// Content that gave no events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built by every source of events")]
pub struct Skimmed {
    /// What was passed over.
    pub span: Span,
    /// How many elements were opened in it and not closed: their ends come as events.
    pub opened: usize,
}
