//! Puts text into a message, or in place of a part of it, by byte offsets: all other bytes stay as they came.

use alloc::string::String;
use alloc::vec::Vec;

use super::event::Span;

/// One change: what stands in the span gives way to `before`, the text that is put in, and `after`.
#[derive(Clone, Debug)]
pub(crate) struct Splice {
    at: Span,
    before: String,
    after: String,
}

impl Splice {
    /// Puts the text at an offset.
    pub(crate) const fn insert(offset: usize) -> Self {
        Self::instead(Span { start: offset, end: offset })
    }

    /// Puts the text in place of a span.
    pub(crate) const fn instead(at: Span) -> Self {
        Self { at, before: String::new(), after: String::new() }
    }

    /// The same change with more text around what is put in, inside what was around it already.
    pub(crate) fn around(mut self, open: &str, close: &str) -> Self {
        self.before.push_str(open);
        self.after.insert_str(0, close);
        self
    }

    /// What gives way.
    pub(crate) const fn replaced(&self) -> Span {
        self.at
    }

    /// The message with `text` put in.
    pub(crate) fn apply(&self, message: &[u8], text: &[&str]) -> Vec<u8> {
        let head = message.get(..self.at.start).unwrap_or_default();
        let tail = message.get(self.at.end..).unwrap_or_default();
        let added: usize = text.iter().map(|piece| piece.len()).sum();
        let length = head.len() + self.before.len() + added + self.after.len() + tail.len();
        let mut out = Vec::with_capacity(length);
        out.extend_from_slice(head);
        out.extend_from_slice(self.before.as_bytes());
        text.iter().for_each(|piece| out.extend_from_slice(piece.as_bytes()));
        out.extend_from_slice(self.after.as_bytes());
        out.extend_from_slice(tail);
        out
    }
}
