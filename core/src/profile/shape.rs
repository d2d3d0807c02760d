//! What a walk through a message finds, whichever profile's it is.

use alloc::string::String;
use alloc::vec::Vec;

use super::party::Party;
use crate::dsig::signature::Signature;
use crate::dsig::walk::Covered;
use crate::error::{Error, Reason, Result, Target};
use crate::ispb::Ispb;
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
    pub(crate) time: OwnTime,
    /// SPI: who is said to send the message.
    pub(crate) sender: Party,
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

    /// Whether something of what passes is read: then all of it must be seen.
    pub(crate) const fn listens(&self) -> bool {
        self.time.is_open() || self.sender.is_open()
    }

    /// Sees every node that passes, with the number of elements open behind it.
    pub(crate) fn observe(&mut self, node: &Node<'_>, depth: usize) {
        self.time.observe(node, depth);
        self.sender.observe(node, depth);
    }

    /// Whether the message is that participant's who signs it, as far as it is known whose the certificate is.
    ///
    /// # Errors
    /// [`Reason::SenderMismatch`] if `Fr` says otherwise.
    pub(crate) fn is_from(&self, signer: Option<Ispb>) -> Result<()> {
        match signer {
            Some(ispb) if self.sender.named().contradicts(ispb) => {
                Err(Error::new(Reason::SenderMismatch).in_target(Target::AppHdr))
            }
            _ => Ok(()),
        }
    }
}

/// The element that says when the message was made.
#[derive(Debug, Default)]
pub(crate) struct OwnTime {
    /// Its text, white space collapsed as xs:dateTime has it.
    text: String,
    /// Whether it has been seen.
    seen: bool,
    /// Whether another one has been seen behind it.
    again: bool,
    /// The depth of the element while it is open.
    open: Option<usize>,
    /// Whether white space waits to be seen inside the text or at its end.
    space: bool,
    /// Whether it holds what no time is written with.
    odd: bool,
}

impl OwnTime {
    /// The element begins at this depth. Only the first one counts.
    pub(crate) fn begin(&mut self, depth: usize) {
        if core::mem::replace(&mut self.seen, true) {
            self.again = true;
        } else {
            self.open = Some(depth);
        }
    }

    /// Whether what passes may belong to it.
    pub(crate) const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Sees every node that passes, with the number of elements open behind it.
    pub(crate) fn observe(&mut self, node: &Node<'_>, depth: usize) {
        let Some(open) = self.open else { return };
        match node {
            _ if depth < open => self.open = None,
            Node::Start(_) => self.odd = true,
            Node::Text { raw, .. } => self.take(&value::text(raw)),
            Node::Cdata { raw, .. } => self.take(raw),
            _ => {}
        }
    }

    /// Whether there is more than one.
    pub(crate) const fn is_repeated(&self) -> bool {
        self.again
    }

    /// The instant in seconds since 1970 UTC, if the element was there and can be read.
    pub(crate) fn unix_s(&self) -> Option<i64> {
        if self.odd { None } else { super::time::unix_s(&self.text) }
    }

    fn take(&mut self, piece: &str) {
        const LONGEST: usize = 64;
        for character in piece.chars() {
            if matches!(character, ' ' | '\t' | '\r' | '\n') {
                self.space = !self.text.is_empty();
                continue;
            }
            self.odd |= self.space || self.text.len() >= LONGEST;
            if self.odd {
                return;
            }
            self.text.push(character);
        }
    }
}
