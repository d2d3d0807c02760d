//! Whom `AppHdr/Fr` or `AppHdr/To` names: in `FIId/FinInstnId/Othr/Id` as BACEN writes it, or in any other element inside, so
//! that no reader finds another participant there.

use crate::ispb::Ispb;
use crate::xml::reader::Node;
use crate::xml::value;

/// Longer text is no ISPB, however it goes on.
const TEXT_BYTES_MAX: usize = 16;

/// An element of AppHdr that names a participant, read while it passes.
#[derive(Debug, Default)]
pub(crate) struct Party {
    /// The depth of the element while it is open.
    open: Option<usize>,
    text: Text,
    named: Named,
}

/// The text since the last tag, but for its white space.
#[derive(Debug, Default)]
struct Text {
    bytes: [u8; TEXT_BYTES_MAX],
    length: usize,
    /// Whether it is not one word, or longer than it may be.
    odd: bool,
    /// Whether white space stands behind what came so far.
    space: bool,
}

/// Whom an element names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Named {
    /// There is no such element.
    #[default]
    Absent,
    /// It names nobody.
    Nobody,
    /// It names one participant.
    One(Ispb),
    /// It names several, or stands there twice.
    Several,
}

impl Party {
    /// The element begins at this depth.
    pub(crate) fn begin(&mut self, depth: usize) {
        self.open = Some(depth);
        self.named = if self.named == Named::Absent { Named::Nobody } else { Named::Several };
    }

    /// Whether what passes may belong to it.
    pub(crate) const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Sees every node that passes, with the number of elements open behind it.
    pub(crate) fn observe(&mut self, node: &Node<'_>, depth: usize) {
        let Some(open) = self.open else { return };
        match node {
            Node::Start(_) => self.text = Text::default(),
            Node::Text { raw, .. } => self.text.take(&value::text(raw)),
            Node::Cdata { raw, .. } => self.text.take(raw),
            Node::End(_) => {
                self.settle();
                self.open = (depth >= open).then_some(open);
            }
            _ => {}
        }
    }

    /// Whom it names.
    pub(crate) const fn named(&self) -> Named {
        self.named
    }

    fn settle(&mut self) {
        let found = core::mem::take(&mut self.text).ispb();
        self.named = match (self.named, found) {
            (known, None) => known,
            (Named::Nobody, Some(ispb)) => Named::One(ispb),
            (Named::One(known), Some(ispb)) if known == ispb => Named::One(known),
            (_, Some(_)) => Named::Several,
        };
    }
}

impl Text {
    fn take(&mut self, piece: &str) {
        for byte in piece.bytes() {
            if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                self.space = self.length > 0;
                continue;
            }
            match self.bytes.get_mut(self.length) {
                Some(place) if !self.space => *place = byte,
                _ => {
                    self.odd = true;
                    return;
                }
            }
            self.length = self.length.saturating_add(1);
        }
    }

    fn ispb(&self) -> Option<Ispb> {
        let word = self.bytes.get(..self.length).filter(|_| !self.odd)?;
        Ispb::new(core::str::from_utf8(word).ok()?)
    }
}

impl Named {
    /// The one participant that is named.
    pub(crate) const fn one(self) -> Option<Ispb> {
        match self {
            Self::One(ispb) => Some(ispb),
            Self::Absent | Self::Nobody | Self::Several => None,
        }
    }

    /// Whether it says, or seems to some reader to say, that the message is somebody else's than this participant's.
    pub(crate) fn contradicts(self, ispb: Ispb) -> bool {
        self != Self::Absent && self != Self::One(ispb)
    }
}
