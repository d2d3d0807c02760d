//! What a walk through a message finds, whichever profile's it is.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::dsig::signature::Signature;
use crate::dsig::walk::Covered;
use crate::error::Target;
use crate::xml::reader::Node;
use crate::xml::splice::Splice;
use crate::xml::value;

/// What a message is walked through for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To read the Signature in it.
    Verify,
    /// To find the place for one. What a verifier would refuse is refused here, by the same code.
    Sign(super::SignOptions),
}

/// What was found, as far as the walk came.
#[derive(Debug, Default)]
pub(crate) struct Shape<'a> {
    /// What the References but KeyInfo's cover.
    pub(crate) covered: Vec<Covered>,
    /// The Signature, when it was asked for.
    pub(crate) signature: Option<Signature<'a>>,
    /// How a Signature is put in, when that was asked for.
    pub(crate) place: Option<Splice>,
    /// The message's own time.
    pub(crate) time: OwnTime<'a>,
}

impl Shape<'_> {
    /// What was found for a target.
    pub(crate) fn covered(&self, target: Target) -> Option<Covered> {
        let signature = self.signature.as_ref();
        match target {
            Target::KeyInfo => signature.map(|s| s.key_info.covered),
            Target::SignedInfo => signature.map(|s| s.signed_info.covered),
            _ => self.covered.iter().copied().find(|covered| covered.target == target),
        }
    }
}

/// The text of the element that says when the message was made.
#[derive(Debug, Default)]
pub(crate) struct OwnTime<'a> {
    text: Option<Cow<'a, str>>,
    /// The depth of the element while it is open.
    open: Option<usize>,
}

impl<'a> OwnTime<'a> {
    /// The element begins at this depth. Only the first one counts.
    pub(crate) fn begin(&mut self, depth: usize) {
        if self.text.is_none() {
            self.text = Some(Cow::Borrowed(""));
            self.open = Some(depth);
        }
    }

    /// Sees every node that passes, with the number of elements open behind it.
    pub(crate) fn observe(&mut self, node: &Node<'a>, depth: usize) {
        const LONGEST: usize = 64;
        let Some(open) = self.open else { return };
        if depth < open {
            self.open = None;
        } else if let (Node::Text { raw, .. }, Some(text)) = (node, &mut self.text)
            && depth == open
            && text.len() + raw.len() <= LONGEST
        {
            text.to_mut().push_str(&value::text(raw));
        }
    }

    /// The instant in seconds since 1970 UTC, if the element was there and can be read.
    pub(crate) fn unix_s(&self) -> Option<i64> {
        super::time::unix_s(self.text.as_deref()?.trim())
    }
}
