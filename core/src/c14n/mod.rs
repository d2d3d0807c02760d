//! Exclusive XML Canonicalization 1.0, written as events pass.

mod escape;
mod exclusive;
mod namespaces;
mod sink;

#[cfg(test)]
mod tests;

use alloc::vec::Vec;

pub(crate) use escape::text_value as escape_text;
pub(crate) use exclusive::{Canonicalizer, PrefixList};
pub(crate) use sink::{HashSink, Sink};

use crate::error::Result;
use crate::xml::reader::{Node, Reader};
use crate::xml::{Scanner, Source};

/// The exclusive canonical form of a whole document (Exclusive C14N 1.0, with or without comments).
///
/// # Errors
/// If the document is not XML that we accept, or its canonical form outgrows its limit.
pub fn canonicalize(xml: &[u8], with_comments: bool) -> Result<Vec<u8>> {
    canonicalize_as::<Scanner<'_>>(xml, with_comments)
}

/// [`canonicalize`] through another reader.
///
/// # Errors
/// As [`canonicalize`].
pub fn canonicalize_as<'a, S: Source<'a>>(xml: &'a [u8], with_comments: bool) -> Result<Vec<u8>> {
    let mut reader = Reader::<S>::new(xml)?;
    let mut canonical = Canonicalizer::new(reader.text(), Vec::with_capacity(xml.len()), with_comments, &[]);
    loop {
        // No namespace is special here, and this one nothing can be in.
        if let Some(skimmed) = reader.skim(" ") {
            canonical.feed_skimmed(skimmed);
        }
        let node = reader.next()?;
        if matches!(node, Node::Eof) {
            return Ok(canonical.finish().0);
        }
        canonical.feed(&node, &reader)?;
    }
}
