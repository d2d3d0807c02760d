//! ISO 20022 over ICOM: `Envelope/AppHdr/Sgntr/Signature`; KeyInfo, AppHdr and Document are signed. What is signed is
//! found by its position and never by search.

use super::shape::{Purpose, Shape};
use crate::dsig::signature;
use crate::dsig::walk::{Walk, at};
use crate::error::{Error, Reason, Result, Target};
use crate::xml::reader::{Node, Tag};
use crate::xml::scope::Binding;
use crate::xml::splice::Splice;
use crate::xml::{Source, Span};

/// What the References cover, in their order.
pub(crate) const TARGETS: &[Target] = &[Target::KeyInfo, Target::AppHdr, Target::Document];

const APP_HDR_DEPTH: usize = 2;
const SGNTR_DEPTH: usize = 3;

/// Walks through an SPI message.
///
/// # Errors
/// If it is malformed or not shaped as an SPI message is.
pub(crate) fn walk<'a, S: Source<'a>>(
    walk: &mut Walk<'a, S>,
    purpose: Purpose,
    shape: &mut Shape<'a>,
) -> Result<()> {
    let envelope = outside(walk)?.ok_or(Error::new(Reason::NoRoot))?;
    if envelope.name.local() != "Envelope" {
        return Err(at(Reason::NotEnvelope, &envelope));
    }
    if let Some((_, attribute)) = walk.reader.attributes().next() {
        return Err(Error::at(Reason::EnvelopeAttribute, attribute.offset));
    }
    let mut spi = Spi { namespace: walk.reader.binding(), purpose, shape };
    let app_hdr = spi.envelope_child(walk, "AppHdr", &envelope)?;
    spi.app_hdr(walk, &app_hdr)?;
    let document = spi.envelope_child(walk, "Document", &envelope)?;
    spi.document(walk, &document)?;
    if let Some(extra) = between(walk)? {
        return Err(at(Reason::EnvelopeChildren, &extra));
    }
    match outside(walk)? {
        Some(extra) => Err(at(Reason::OutsideRoot, &extra)),
        None => Ok(()),
    }
}

/// The next start tag outside the root, where nothing may stand that no Reference covers.
fn outside<'a, S: Source<'a>>(walk: &mut Walk<'a, S>) -> Result<Option<Tag<'a>>> {
    match walk.read()? {
        Node::Start(tag) => Ok(Some(tag)),
        Node::Eof => Ok(None),
        node => Err(Error::at(Reason::OutsideContent, node.offset().unwrap_or_default())),
    }
}

/// The next start tag between the children of Envelope, where no Reference covers anything: it carries nothing.
fn between<'a, S: Source<'a>>(walk: &mut Walk<'a, S>) -> Result<Option<Tag<'a>>> {
    loop {
        match walk.read()? {
            Node::Start(tag) => return Ok(Some(tag)),
            Node::End(_) => return Ok(None),
            node if node.is_space() => {}
            node => return Err(Error::at(Reason::EnvelopeContent, node.offset().unwrap_or_default())),
        }
    }
}

struct Spi<'s, 'a> {
    namespace: Binding,
    purpose: Purpose,
    shape: &'s mut Shape<'a>,
}

impl<'a> Spi<'_, 'a> {
    fn is_own<S: Source<'a>>(&self, walk: &Walk<'a, S>, tag: &Tag<'a>, local: &str) -> bool {
        tag.name.local() == local && walk.reader.binding() == self.namespace
    }

    fn envelope_child<S: Source<'a>>(
        &self,
        walk: &mut Walk<'a, S>,
        local: &str,
        envelope: &Tag<'a>,
    ) -> Result<Tag<'a>> {
        match between(walk)? {
            Some(tag) if self.is_own(walk, &tag, local) => Ok(tag),
            Some(tag) if walk.at_signature(&tag) => Err(at(Reason::SignatureMisplaced, &tag)),
            Some(tag) => Err(at(Reason::EnvelopeChildren, &tag)),
            None => Err(at(Reason::EnvelopeChildren, envelope)),
        }
    }

    fn app_hdr<S: Source<'a>>(&mut self, walk: &mut Walk<'a, S>, app_hdr: &Tag<'a>) -> Result<()> {
        walk.listen(Target::AppHdr, app_hdr)?;
        let mut sgntr_seen = false;
        loop {
            // What is of interest are AppHdr's own children.
            if walk.reader.depth() >= SGNTR_DEPTH && !self.shape.listens() {
                walk.skim();
            }
            let node = walk.read()?;
            let depth = walk.reader.depth();
            self.shape.observe(&node, depth);
            match node {
                Node::Start(tag) if walk.at_signature(&tag) => {
                    return Err(at(Reason::SignatureMisplaced, &tag));
                }
                Node::Start(tag) if depth == SGNTR_DEPTH && self.is_own(walk, &tag, "Sgntr") => {
                    if core::mem::replace(&mut sgntr_seen, true) {
                        return Err(at(Reason::Sgntr, &tag));
                    }
                    walk.feed(&node)?;
                    self.sgntr(walk, &tag)?;
                    continue;
                }
                Node::Start(tag) if depth == SGNTR_DEPTH && self.is_own(walk, &tag, "CreDt") => {
                    self.shape.time.begin(depth);
                }
                Node::Start(tag) if depth == SGNTR_DEPTH && self.is_own(walk, &tag, "Fr") => {
                    self.shape.sender.begin(depth);
                }
                Node::End(tag) if depth < APP_HDR_DEPTH => {
                    if !sgntr_seen {
                        self.missing_sgntr(walk, &tag)?;
                    }
                    walk.feed(&node)?;
                    self.shape.covered.extend(walk.conclude(tag.span.end));
                    return Ok(());
                }
                _ => {}
            }
            walk.feed(&node)?;
        }
    }

    /// Reads what Sgntr holds: one Signature, or none.
    fn sgntr<S: Source<'a>>(&mut self, walk: &mut Walk<'a, S>, sgntr: &Tag<'a>) -> Result<()> {
        if let Some((_, attribute)) = walk.reader.attributes().next() {
            return Err(Error::at(Reason::SgntrContent, attribute.offset));
        }
        if self.purpose != Purpose::Verify {
            walk.room_for_signature(sgntr)?;
            self.shape.place = Some(inside(sgntr));
        }
        let mut seen = false;
        loop {
            let node = walk.read()?;
            match node {
                Node::Start(tag) if walk.at_signature(&tag) => {
                    if core::mem::replace(&mut seen, true) {
                        return Err(at(Reason::SignatureSecond, &tag));
                    }
                    self.signature(walk, &tag)?;
                }
                Node::Start(tag) => return Err(at(Reason::SgntrContent, &tag)),
                Node::Text { offset, .. } | Node::Cdata { offset, .. } if !node.is_space() => {
                    return Err(Error::at(Reason::SgntrContent, offset));
                }
                Node::End(_) => return walk.feed(&node),
                _ => walk.feed(&node)?,
            }
        }
    }

    fn signature<S: Source<'a>>(&mut self, walk: &mut Walk<'a, S>, tag: &Tag<'a>) -> Result<()> {
        match self.purpose {
            Purpose::Verify => self.shape.signature = Some(signature::read(walk, tag)?),
            Purpose::Sign(options) => {
                let (end, holds) = walk.skip()?;
                if holds && !options.resign {
                    return Err(at(Reason::AlreadySigned, tag));
                }
                self.shape.place = Some(Splice::instead(Span { start: tag.span.start, end }));
            }
        }
        Ok(())
    }

    /// Has a Sgntr put in as AppHdr's last child, with AppHdr's own prefix.
    fn missing_sgntr<S: Source<'a>>(&mut self, walk: &mut Walk<'a, S>, app_hdr_end: &Tag<'a>) -> Result<()> {
        let Purpose::Sign(_) = self.purpose else { return Ok(()) };
        walk.room_for_signature(app_hdr_end)?;
        let name = app_hdr_end.name.whole().strip_suffix("AppHdr").unwrap_or_default();
        let (open, close) = (["<", name, "Sgntr>"].concat(), ["</", name, "Sgntr>"].concat());
        if let Some(tap) = &mut walk.tap {
            tap.feed_octets(open.as_bytes());
            tap.feed_octets(close.as_bytes());
        }
        let outer =
            if app_hdr_end.empty { inside(app_hdr_end) } else { Splice::insert(app_hdr_end.span.start) };
        self.shape.place = Some(outer.around(&open, &close));
        Ok(())
    }

    fn document<S: Source<'a>>(&mut self, walk: &mut Walk<'a, S>, document: &Tag<'a>) -> Result<()> {
        walk.listen(Target::Document, document)?;
        loop {
            walk.skim();
            let node = walk.pull()?;
            match node {
                Node::Start(tag) if walk.at_signature(&tag) => {
                    return Err(at(Reason::SignatureMisplaced, &tag));
                }
                Node::End(tag) if walk.reader.depth() < APP_HDR_DEPTH => {
                    self.shape.covered.extend(walk.conclude(tag.span.end));
                    return Ok(());
                }
                _ => {}
            }
        }
    }
}

/// At the start of an element's content; an empty-element tag is opened for it.
pub(crate) fn inside(tag: &Tag<'_>) -> Splice {
    if tag.empty {
        let slash = Span { start: tag.span.end.saturating_sub(2), end: tag.span.end };
        Splice::instead(slash).around(">", &["</", tag.name.whole(), ">"].concat())
    } else {
        Splice::insert(tag.span.end)
    }
}
