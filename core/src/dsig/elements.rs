//! What stands inside `ds:Signature`: elements in a given order, white space between them, text in the last ones.

use alloc::borrow::Cow;

use super::names;
use super::walk::{Walk, at};
use crate::error::{Error, Reason, Result};
use crate::xml::Source;
use crate::xml::reader::{Node, Tag};
use crate::xml::value;

/// What comes next inside an element.
// As `Event` is laid out.
#[derive(Clone, Copy, Debug)]
#[repr(usize)]
pub(crate) enum Child<'a> {
    /// The start tag of a child.
    Element(Tag<'a>),
    /// The end tag of the element itself.
    End(Tag<'a>),
}

impl<'a, S: Source<'a>> Walk<'a, S> {
    /// The next child element, unheard, or the parent's end tag.
    ///
    /// # Errors
    /// [`Reason::SignatureText`] if text, a comment or a processing instruction stands before it.
    pub(crate) fn child(&mut self) -> Result<Child<'a>> {
        loop {
            let node = self.read()?;
            match node {
                Node::Start(tag) => return Ok(Child::Element(tag)),
                Node::End(tag) => {
                    self.feed(&node)?;
                    return Ok(Child::End(tag));
                }
                _ if node.is_space() => self.feed(&node)?,
                _ => return Err(Error::at(Reason::SignatureText, node.offset().unwrap_or_default())),
            }
        }
    }

    /// The next child, which must be the XMLDSig element `local` with no attributes but these.
    ///
    /// # Errors
    /// `reason` if it is another or none; [`Reason::SignatureAttribute`] if it has other attributes.
    pub(crate) fn expect(&mut self, local: &str, attributes: &[&str], reason: Reason) -> Result<Tag<'a>> {
        let tag = self.expect_unheard(local, attributes, reason)?;
        self.feed(&Node::Start(tag))?;
        Ok(tag)
    }

    /// [`Self::expect`], for an element at which a listener is about to begin.
    ///
    /// # Errors
    /// As [`Self::expect`].
    pub(crate) fn expect_unheard(
        &mut self,
        local: &str,
        attributes: &[&str],
        reason: Reason,
    ) -> Result<Tag<'a>> {
        match self.child()? {
            Child::Element(tag) if tag.name.local() == local && self.reader.namespace() == names::DSIG => {
                self.attributes_among(attributes)?;
                Ok(tag)
            }
            Child::Element(tag) | Child::End(tag) => Err(at(reason, &tag)),
        }
    }

    /// Checks that the start tag just read has no attributes but these, without a namespace.
    ///
    /// # Errors
    /// [`Reason::SignatureAttribute`] at the first other one.
    pub(crate) fn attributes_among(&self, allowed: &[&str]) -> Result<()> {
        let odd = self.reader.attributes().find(|(_, attribute)| {
            !attribute.name.prefix().is_empty() || !allowed.contains(&attribute.name.local())
        });
        match odd {
            Some((_, attribute)) => Err(Error::at(Reason::SignatureAttribute, attribute.offset)),
            None => Ok(()),
        }
    }

    /// The end tag of an element that holds no further child.
    ///
    /// # Errors
    /// `reason` if there is one.
    pub(crate) fn close(&mut self, reason: Reason) -> Result<Tag<'a>> {
        match self.child()? {
            Child::End(tag) => Ok(tag),
            Child::Element(tag) => Err(at(reason, &tag)),
        }
    }

    /// The text of the element whose start tag was just read, and nothing else, up to its end tag.
    ///
    /// # Errors
    /// `reason` if an element stands in it; [`Reason::SignatureText`] for a comment or a processing instruction.
    pub(crate) fn text(&mut self, reason: Reason) -> Result<Cow<'a, str>> {
        let mut whole = Cow::Borrowed("");
        loop {
            let node = self.pull()?;
            let piece = match node {
                Node::End(_) => return Ok(whole),
                Node::Text { raw, verbatim: true, .. } => Cow::Borrowed(raw),
                Node::Text { raw, .. } => value::text(raw),
                Node::Cdata { raw, .. } => value::line_ends(raw),
                Node::Start(tag) => return Err(at(reason, &tag)),
                Node::Comment { offset, .. } | Node::Pi { offset, .. } => {
                    return Err(Error::at(Reason::SignatureText, offset));
                }
                Node::Eof => return Ok(whole),
            };
            if whole.is_empty() {
                whole = piece;
            } else {
                whole.to_mut().push_str(&piece);
            }
        }
    }
}
