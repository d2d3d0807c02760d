//! DICT: the Signature is a child of the root; KeyInfo and the whole document but the Signature are signed.

use super::shape::{Purpose, Shape};
use super::spi::inside;
use super::{DictPosition, SignOptions};
use crate::dsig::signature;
use crate::dsig::walk::{Tap, Walk, at};
use crate::error::{Error, Reason, Result, Target};
use crate::xml::reader::{Node, Tag};
use crate::xml::scope::Binding;
use crate::xml::splice::Splice;
use crate::xml::{Source, Span};

/// What the References cover, in their order.
pub(crate) const TARGETS: &[Target] = &[Target::KeyInfo, Target::Root];

/// The one DICT body that goes unsigned.
pub(super) const CHECK_KEYS_REQUEST: &str = "CheckKeysRequest";

/// SPI's root: signed by DICT's rules it would be a message that nobody takes.
const ENVELOPE: &str = "Envelope";

const ROOT_DEPTH: usize = 1;
const CHILD_DEPTH: usize = 2;

/// Walks through a DICT message.
///
/// # Errors
/// If it is malformed, or has a Signature elsewhere than among the root's children, or more than one.
pub(crate) fn walk<'a, S: Source<'a>>(
    walk: &mut Walk<'a, S>,
    purpose: Purpose,
    shape: &mut Shape<'a>,
) -> Result<()> {
    walk.tap = Some(Tap::new(walk.reader.text(), Target::Root, 0));
    let mut dict = Dict { purpose, shape, namespace: Binding::None, placeholder: None, signature: None };
    loop {
        // What is of interest are the root's own children.
        if walk.reader.depth() >= CHILD_DEPTH && !dict.shape.time.is_open() {
            walk.skim();
        }
        let node = walk.read()?;
        let depth = walk.reader.depth();
        dict.shape.time.observe(&node, depth);
        match node {
            Node::Start(tag) => dict.start(walk, &tag, depth)?,
            Node::End(tag) if depth < ROOT_DEPTH => {
                dict.root_end(&tag);
                walk.feed(&node)?;
            }
            Node::Eof => {
                dict.shape.covered.extend(walk.conclude(walk.reader.text().len()));
                return dict.settle();
            }
            _ => walk.feed(&node)?,
        }
    }
}

struct Dict<'s, 'a> {
    purpose: Purpose,
    shape: &'s mut Shape<'a>,
    /// The root's namespace: none, as DICT has it.
    namespace: Binding,
    /// The empty `Signature` in the root's namespace that BACEN's examples have, to be replaced.
    placeholder: Option<Span>,
    signature: Option<Span>,
}

impl<'a> Dict<'_, 'a> {
    fn start<S: Source<'a>>(&mut self, walk: &mut Walk<'a, S>, tag: &Tag<'a>, depth: usize) -> Result<()> {
        let is_signature = walk.at_signature(tag);
        match depth {
            CHILD_DEPTH if is_signature => return self.signature(walk, tag),
            CHILD_DEPTH if tag.name.local() == "Signature" && walk.reader.binding() == self.namespace => {
                return self.placeholder(walk, tag);
            }
            _ if is_signature => return Err(at(Reason::SignatureMisplaced, tag)),
            ROOT_DEPTH => self.root(walk, tag)?,
            CHILD_DEPTH if self.is_own_time(walk, tag) => self.shape.time.begin(depth),
            _ => {}
        }
        walk.feed(&Node::Start(*tag))
    }

    fn root<S: Source<'a>>(&mut self, walk: &Walk<'a, S>, root: &Tag<'a>) -> Result<()> {
        self.namespace = walk.reader.binding();
        if root.name.local() == ENVELOPE {
            return Err(at(Reason::EnvelopeInDict, root));
        }
        if let Purpose::Sign(options) = self.purpose {
            if root.name.local() == CHECK_KEYS_REQUEST {
                return Err(at(Reason::NeverSigned, root));
            }
            walk.room_for_signature(root)?;
            if options.dict_position == DictPosition::First {
                self.shape.place = Some(inside(root));
            }
        }
        Ok(())
    }

    /// Whether this is DICT's own element, and none that another namespace calls by its name.
    fn is_own_time<S: Source<'a>>(&self, walk: &Walk<'a, S>, tag: &Tag<'a>) -> bool {
        tag.name.local() == "ResponseTime" && walk.reader.binding() == self.namespace
    }

    fn root_end(&mut self, end: &Tag<'a>) {
        if matches!(self.purpose, Purpose::Sign(_)) && self.shape.place.is_none() {
            self.shape.place = Some(if end.empty { inside(end) } else { Splice::insert(end.span.start) });
        }
    }

    fn signature<S: Source<'a>>(&mut self, walk: &mut Walk<'a, S>, tag: &Tag<'a>) -> Result<()> {
        if self.signature.is_some() {
            return Err(at(Reason::SignatureSecond, tag));
        }
        let end = match self.purpose {
            Purpose::Verify => {
                let signature = signature::read(walk, tag)?;
                let end = signature.span.end;
                self.shape.signature = Some(signature);
                end
            }
            Purpose::Sign(SignOptions { resign, .. }) => {
                let (end, holds) = walk.skip()?;
                if holds && !resign {
                    return Err(at(Reason::AlreadySigned, tag));
                }
                end
            }
        };
        self.signature = Some(Span { start: tag.span.start, end });
        Ok(())
    }

    /// Reads a `Signature` that is not XMLDSig's: to the verifier it is an element like any other.
    fn placeholder<S: Source<'a>>(&mut self, walk: &mut Walk<'a, S>, tag: &Tag<'a>) -> Result<()> {
        if self.placeholder.is_some() {
            return Err(at(Reason::SignaturePlace, tag));
        }
        if self.purpose == Purpose::Verify {
            self.placeholder = Some(tag.span);
            return walk.feed(&Node::Start(*tag));
        }
        let is_plain = walk.reader.attributes().next().is_none();
        let (end, holds) = walk.skip()?;
        if holds || !is_plain {
            return Err(at(Reason::SignaturePlace, tag));
        }
        self.placeholder = Some(Span { start: tag.span.start, end });
        Ok(())
    }

    /// With the whole document read: one Signature, or one place for it.
    fn settle(self) -> Result<()> {
        match (self.signature, self.placeholder) {
            (Some(_), Some(placeholder)) => Err(Error::at(Reason::SignatureSecond, placeholder.start)),
            (Some(only), None) | (None, Some(only)) if self.purpose != Purpose::Verify => {
                self.shape.place = Some(Splice::instead(only));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
