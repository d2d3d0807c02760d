//! Exclusive C14N of one subtree, or of a whole document, as its nodes pass.
//!
//! What stands in the message exactly as its canonical form has it is not written piece by piece but handed on whole:
//! `run` is the span of the message that waits to be written.

use alloc::vec::Vec;

use super::escape;
use super::namespaces::{Needed, Rendered};
use super::sink::Sink;
use crate::error::{Error, Reason, Result};
use crate::limits;
use crate::xml::reader::{Node, Reader, Tag};
use crate::xml::scope::Binding;
use crate::xml::{QName, Skimmed, Source, Span};

/// The prefixes of an InclusiveNamespaces PrefixList; the empty prefix stands for `#default`.
pub(crate) type PrefixList<'a> = &'a [&'a str];

/// Writes the exclusive canonical form of the nodes it is fed.
#[derive(Debug)]
pub(crate) struct Canonicalizer<'a, 'p, W> {
    text: &'a str,
    sink: W,
    comments: bool,
    inclusive: PrefixList<'p>,
    rendered: Rendered<'a>,
    needed: Vec<Needed<'a>>,
    run: Span,
    /// Nodes outside the root stand on lines of their own (Canonical XML 1.0 §2.3); set once the root has been seen.
    after_root: bool,
    depth: usize,
    octets: usize,
    octets_max: usize,
}

impl<'a, 'p, W: Sink> Canonicalizer<'a, 'p, W> {
    /// A canonicalizer for some nodes of `text`.
    pub(crate) fn new(text: &'a str, sink: W, comments: bool, inclusive: PrefixList<'p>) -> Self {
        Self {
            text,
            sink,
            comments,
            inclusive,
            rendered: Rendered::default(),
            needed: Vec::new(),
            run: Span::default(),
            after_root: false,
            depth: 0,
            octets: 0,
            octets_max: limits::canonical_bytes_max(text.len()),
        }
    }

    /// Writes one node. `reader` stands on it.
    ///
    /// # Errors
    /// If the canonical form outgrows its limit.
    pub(crate) fn feed<S: Source<'a>>(&mut self, node: &Node<'a>, reader: &Reader<'a, S>) -> Result<()> {
        match *node {
            Node::Start(tag) => self.start(&tag, reader),
            Node::End(tag) => self.end(&tag),
            Node::Text { raw, offset, verbatim: true } => {
                self.as_spelt(Span { start: offset, end: offset + raw.len() })
            }
            Node::Text { raw, .. } => self.write_with(|sink| escape::text(sink, raw)),
            Node::Cdata { raw, .. } => self.write_with(|sink| escape::cdata(sink, raw)),
            Node::Comment { raw, .. } if self.comments => self.outside(|this| {
                this.write(b"<!--");
                this.write_with(|sink| escape::verbatim(sink, raw));
                this.write(b"-->");
            }),
            Node::Pi { target, data, .. } => self.outside(|this| {
                this.write(b"<?");
                this.write(target.as_bytes());
                if !data.is_empty() {
                    this.write(b" ");
                }
                this.write_with(|sink| escape::verbatim(sink, data));
                this.write(b"?>");
            }),
            Node::Comment { .. } | Node::Eof => {}
        }
        if self.octets > self.octets_max {
            let error = Error::new(Reason::CanonicalTooLarge);
            return Err(node.offset().map_or(error, |at| Error::at(Reason::CanonicalTooLarge, at)));
        }
        Ok(())
    }

    /// Writes content that gave no nodes: it is in an element that was fed.
    pub(crate) fn feed_skimmed(&mut self, skimmed: Skimmed) {
        self.as_spelt(skimmed.span);
        self.depth += skimmed.opened;
    }

    /// Writes octets that stand in no message: an element that is to be put in.
    pub(crate) fn feed_octets(&mut self, octets: &[u8]) {
        self.write(octets);
    }

    /// The sink, and how many octets it was given.
    pub(crate) fn finish(mut self) -> (W, usize) {
        self.flush();
        (self.sink, self.octets)
    }

    fn start<S: Source<'a>>(&mut self, tag: &Tag<'a>, reader: &Reader<'a, S>) {
        self.depth += 1;
        self.namespaces_needed(tag.name, reader);
        let open = Span { start: tag.span.start, end: tag.span.start + 1 + tag.name.whole().len() };
        if self.needed.is_empty() && reader.is_bare() && !tag.empty && tag.span.end == open.end + 1 {
            return self.as_spelt(tag.span);
        }
        self.as_spelt(open);
        let needed = core::mem::take(&mut self.needed);
        for Needed { prefix, binding } in &needed {
            self.write(if prefix.is_empty() { b" xmlns" } else { b" xmlns:" });
            self.write(prefix.as_bytes());
            self.write(b"=\"");
            let name = reader.scope().name(*binding);
            self.write_with(|sink| escape::attribute_value(sink, name));
            self.write(b"\"");
        }
        self.needed = needed;
        for (_, attribute) in reader.attributes() {
            if let Some(span) = attribute.canonical_span(self.text) {
                self.as_spelt(span);
                continue;
            }
            self.write(b" ");
            self.write(attribute.name.whole().as_bytes());
            self.write(b"=\"");
            if attribute.verbatim {
                self.write(attribute.raw.as_bytes());
            } else {
                self.write_with(|sink| escape::attribute(sink, attribute.raw));
            }
            self.write(b"\"");
        }
        self.as_spelt(Span { start: tag.span.end - 1, end: tag.span.end });
    }

    fn end(&mut self, tag: &Tag<'a>) {
        self.rendered.leave(self.depth);
        self.depth = self.depth.saturating_sub(1);
        self.after_root = self.depth == 0;
        if !tag.empty && tag.span.end - tag.span.start == tag.name.whole().len() + 3 {
            return self.as_spelt(tag.span);
        }
        self.write(b"</");
        self.write(tag.name.whole().as_bytes());
        self.write(b">");
    }

    /// Which namespaces the element makes visible and no ancestor has rendered yet (Exclusive C14N §3).
    fn namespaces_needed<S: Source<'a>>(&mut self, name: QName<'a>, reader: &Reader<'a, S>) {
        self.needed.clear();
        let scope = reader.scope();
        self.rendered.need(&mut self.needed, name.prefix(), reader.binding());
        for (namespace, attribute) in reader.attributes() {
            if matches!(namespace, Binding::Declared(_)) {
                self.rendered.need(&mut self.needed, attribute.name.prefix(), namespace);
            }
        }
        // A listed prefix is written on the apex, and further in only where it is declared anew: no element pays for the
        // whole list.
        if self.depth == 1 {
            for prefix in self.inclusive {
                if let Some((prefix, binding)) = scope.find(prefix) {
                    self.rendered.need(&mut self.needed, prefix, binding);
                }
            }
        } else if !self.inclusive.is_empty() {
            for (prefix, binding) in reader.declared_here() {
                if self.inclusive.contains(&prefix) {
                    self.rendered.need(&mut self.needed, prefix, binding);
                }
            }
        }
        if self.needed.len() > 1 {
            self.needed.sort_unstable_by_key(|needed| needed.prefix);
            self.needed.dedup_by_key(|needed| needed.prefix);
        }
        self.rendered.write(self.depth, &self.needed);
    }

    /// A node that may stand outside the root, where it has a line of its own.
    fn outside(&mut self, write: impl FnOnce(&mut Self)) {
        if self.depth == 0 && self.after_root {
            self.write(b"\n");
        }
        write(self);
        if self.depth == 0 && !self.after_root {
            self.write(b"\n");
        }
    }

    /// Octets that stand in the message just as they are to be written.
    fn as_spelt(&mut self, span: Span) {
        self.octets += span.end - span.start;
        if self.run.end == span.start {
            self.run.end = span.end;
        } else {
            self.flush();
            self.run = span;
        }
    }

    fn write(&mut self, octets: &[u8]) {
        self.flush();
        self.octets += octets.len();
        self.sink.write(octets);
    }

    /// Writes what is made as it is written.
    fn write_with(&mut self, write: impl FnOnce(&mut Counted<'_, W>)) {
        self.flush();
        let mut counted = Counted { sink: &mut self.sink, octets: 0 };
        write(&mut counted);
        self.octets += counted.octets;
    }

    fn flush(&mut self) {
        let run = core::mem::take(&mut self.run);
        if run.end > run.start {
            self.sink.write(run.of(self.text).as_bytes());
        }
    }
}

/// A sink that counts.
struct Counted<'s, W> {
    sink: &'s mut W,
    octets: usize,
}

impl<W: Sink> Sink for Counted<'_, W> {
    fn write(&mut self, octets: &[u8]) {
        self.octets += octets.len();
        self.sink.write(octets);
    }
}
