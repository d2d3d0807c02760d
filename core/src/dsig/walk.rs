//! A walk through a message with at most one canonicalizer listening.

use crate::c14n::{Canonicalizer, HashSink, PrefixList, Sink};
use crate::dsig::names;
use crate::error::{Error, Reason, Result, Target, Verdict};
use crate::xml::reader::{Node, Reader, Tag};
use crate::xml::{Source, Span};

/// The canonical octets of one part of a message, hashed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Covered {
    pub(crate) target: Target,
    /// Where the element stands in the message; the whole message for a DICT root.
    pub(crate) span: Span,
    pub(crate) digest: [u8; 32],
    pub(crate) octets: usize,
}

/// What listens while a part of the message passes.
#[derive(Debug)]
pub(crate) struct Tap<'a> {
    target: Target,
    start: usize,
    canonical: Canonicalizer<'a, 'static, HashSink>,
}

impl<'a> Tap<'a> {
    /// Begins to listen. `start` is where the part begins in the message.
    pub(crate) fn new(text: &'a str, target: Target, start: usize) -> Self {
        Self { target, start, canonical: Canonicalizer::new(text, HashSink::default(), false, &[]) }
    }

    /// Adds octets that the message does not have yet.
    pub(crate) fn feed_octets(&mut self, octets: &[u8]) {
        self.canonical.feed_octets(octets);
    }

    /// Ends at offset `end` of the message.
    pub(crate) fn finish(self, end: usize) -> Covered {
        let (sink, octets) = self.canonical.finish();
        Covered { target: self.target, span: Span { start: self.start, end }, digest: sink.finish(), octets }
    }
}

/// A reader, and whoever listens to what it reads.
#[derive(Debug)]
pub(crate) struct Walk<'a, S> {
    pub(crate) reader: Reader<'a, S>,
    pub(crate) tap: Option<Tap<'a>>,
}

impl<'a, S: Source<'a>> Walk<'a, S> {
    /// A walk from the start of a message.
    ///
    /// # Errors
    /// If the message is too large or not UTF-8.
    pub(crate) fn new(message: &'a [u8]) -> Result<Self> {
        Ok(Self { reader: Reader::new(message)?, tap: None })
    }

    /// Reads a node that is the listener's business only if it is given to [`Self::feed`].
    ///
    /// # Errors
    /// If the message is malformed.
    pub(crate) fn read(&mut self) -> Result<Node<'a>> {
        self.reader.next()
    }

    /// Lets the listener have a node.
    ///
    /// # Errors
    /// If the canonical form outgrows its limit.
    pub(crate) fn feed(&mut self, node: &Node<'a>) -> Result<()> {
        match &mut self.tap {
            Some(tap) => tap.canonical.feed(node, &self.reader),
            None => Ok(()),
        }
    }

    /// Passes over content of the innermost open element in which nothing needs a look; the listener has it. None of it is a
    /// Signature. The listener must have been given that element.
    #[inline]
    pub(crate) fn skim(&mut self) {
        if let Some(skimmed) = self.reader.skim(names::DSIG)
            && let Some(tap) = &mut self.tap
        {
            tap.canonical.feed_skimmed(skimmed);
        }
    }

    /// Reads a node and lets the listener have it.
    ///
    /// # Errors
    /// As [`Self::read`] and [`Self::feed`].
    pub(crate) fn pull(&mut self) -> Result<Node<'a>> {
        let node = self.read()?;
        self.feed(&node)?;
        Ok(node)
    }

    /// Begins to listen at a start tag just read, which is listened to.
    ///
    /// # Errors
    /// As [`Self::feed`].
    pub(crate) fn listen(&mut self, target: Target, tag: &Tag<'a>) -> Result<()> {
        self.tap = Some(Tap::new(self.reader.text(), target, tag.span.start));
        self.feed(&Node::Start(*tag))
    }

    /// Ends to listen behind offset `end`.
    pub(crate) fn conclude(&mut self, end: usize) -> Option<Covered> {
        self.tap.take().map(|tap| tap.finish(end))
    }

    /// Whether the start tag just read is that of `ds:Signature`.
    pub(crate) fn at_signature(&self, tag: &Tag<'a>) -> bool {
        tag.name.local() == "Signature" && self.reader.namespace() == names::DSIG
    }

    /// Checks that a Signature put in at this tag can still declare its namespace.
    ///
    /// # Errors
    /// [`Reason::TooManyNamespaces`] if the limit is reached already.
    pub(crate) fn room_for_signature(&self, tag: &Tag<'a>) -> Result<()> {
        if self.reader.scope().has_room() { Ok(()) } else { Err(at(Reason::TooManyNamespaces, tag)) }
    }

    /// Passes over the rest of the element whose start tag was just read, unheard; gives the offset behind it and
    /// whether it held anything but white space.
    ///
    /// # Errors
    /// If the message is malformed.
    pub(crate) fn skip(&mut self) -> Result<(usize, bool)> {
        let depth = self.reader.depth();
        let mut holds = false;
        loop {
            match self.read()? {
                Node::End(tag) if self.reader.depth() < depth => return Ok((tag.span.end, holds)),
                node => holds |= !node.is_space(),
            }
        }
    }

    /// Reads to the end of the message only to see whether it is well-formed: what is malformed anywhere is malformed,
    /// whatever else may be said of it.
    pub(crate) fn or_malformed(&mut self, error: Error) -> Error {
        if error.verdict() == Verdict::Malformed {
            return error;
        }
        loop {
            match self.read() {
                Ok(Node::Eof) => return error,
                Ok(_) => {}
                Err(malformed) => return malformed,
            }
        }
    }
}

/// Which nodes a second walk listens to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// Offset of the apex element's start tag; the whole document if there is none.
    pub(crate) apex: Option<usize>,
    /// Offset of the start tag of the Signature that an enveloped-signature transform takes out.
    pub(crate) without: Option<usize>,
}

/// Walks a message once more for the canonical octets of one part, with a PrefixList.
///
/// # Errors
/// If the message is malformed, or the canonical form outgrows its limit.
pub(crate) fn canonicalize_part<'a, S: Source<'a>, W: Sink>(
    message: &'a [u8],
    part: Part,
    inclusive: PrefixList<'_>,
    sink: W,
) -> Result<(W, usize)> {
    let mut walk = Walk::<S>::new(message)?;
    let mut canonical = Canonicalizer::new(walk.reader.text(), sink, false, inclusive);
    let mut apex_depth = part.apex.is_none().then_some(0);
    loop {
        let node = walk.read()?;
        match node {
            Node::Eof => return Ok(canonical.finish()),
            Node::Start(tag) if Some(tag.span.start) == part.without => {
                walk.skip()?;
                continue;
            }
            Node::Start(tag) if Some(tag.span.start) == part.apex => apex_depth = Some(walk.reader.depth()),
            _ => {}
        }
        if let Some(depth) = apex_depth {
            canonical.feed(&node, &walk.reader)?;
            if matches!(node, Node::End(_)) && part.apex.is_some() && walk.reader.depth() < depth {
                return Ok(canonical.finish());
            }
        }
    }
}

/// The error of something at a tag.
pub(crate) const fn at(reason: Reason, tag: &Tag<'_>) -> Error {
    Error::at(reason, tag.span.start)
}
