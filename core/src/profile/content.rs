//! What a message says at given places: read by the reader that verifies, from a message whose signature holds. What stands in
//! the Signature, or is named by another namespace than the root, is not the message's own and not read.

use alloc::string::String;
use alloc::vec::Vec;

use super::party::{Named, Party};
use crate::dsig::names;
use crate::error::{Error, Reason, Result};
use crate::xml::Scanner;
use crate::xml::reader::{Node, Reader};
use crate::xml::scope::Binding;
use crate::xml::value;

/// Local names from below the root to an element that holds text.
pub(crate) type Path = [&'static str];

/// Longest text that is compared with anything, in bytes; longer text is cut, and equal to nothing that is asked for.
const TEXT_BYTES_MAX: usize = 512;

const ROOT_DEPTH: usize = 1;
const HEADER_DEPTH: usize = 2;

/// What was found.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    /// The root element's local name.
    pub(crate) root: &'a str,
    /// The number of the place asked for, and the text there without the white space around it; nothing if elements stand in it.
    found: Vec<(usize, Option<String>)>,
}

impl Content<'_> {
    /// What stands at one of the places, in the order of the document.
    pub(crate) fn at(&self, place: usize) -> impl Iterator<Item = Option<&str>> {
        self.found.iter().filter(move |(number, _)| *number == place).map(|(_, text)| text.as_deref())
    }
}

/// Reads a message.
///
/// # Errors
/// If it is malformed, or has no root.
pub(crate) fn read<'a>(message: &'a [u8], places: &[&Path]) -> Result<Content<'a>> {
    let mut reader = Reader::<Scanner<'a>>::new(message)?;
    let mut content = Content { root: "", found: Vec::new() };
    let mut namespace = Binding::None;
    // The local names of what is open below the root; of what is not the message's own, no name.
    let mut open: Vec<&'a str> = Vec::new();
    let mut text: Option<Text> = None;
    loop {
        match reader.next()? {
            Node::Start(tag) if reader.depth() == ROOT_DEPTH => {
                (content.root, namespace) = (tag.name.local(), reader.binding());
            }
            Node::Start(tag) => {
                let own = reader.binding() == namespace && reader.namespace() != names::DSIG;
                open.push(if own { tag.name.local() } else { "" });
                if let Some(around) = &mut text {
                    around.holds_elements = true;
                }
                let place = places.iter().position(|place| **place == *open);
                if let Some(place) = place.filter(|_| text.is_none()) {
                    text = Some(Text { place, depth: reader.depth(), ..Text::default() });
                }
            }
            Node::Text { raw, .. } => text.iter_mut().for_each(|text| text.take(&value::text(raw))),
            Node::Cdata { raw, .. } => text.iter_mut().for_each(|text| text.take(&value::line_ends(raw))),
            Node::End(_) => {
                open.pop();
                if let Some(ended) = text.take_if(|text| reader.depth() < text.depth) {
                    content.found.push((ended.place, ended.value()));
                }
            }
            Node::Eof if content.root.is_empty() => return Err(Error::new(Reason::NoRoot)),
            Node::Eof => return Ok(content),
            _ => {}
        }
    }
}

/// The text of an element that is open.
#[derive(Default)]
struct Text {
    place: usize,
    depth: usize,
    whole: String,
    holds_elements: bool,
}

impl Text {
    fn take(&mut self, piece: &str) {
        let room = TEXT_BYTES_MAX.saturating_sub(self.whole.len());
        self.whole.extend(piece.chars().take(room));
    }

    fn value(&self) -> Option<String> {
        let is_text = !self.holds_elements && self.whole.len() < TEXT_BYTES_MAX;
        is_text.then(|| value::trimmed(&self.whole).into())
    }
}

/// Whom an SPI message is addressed to, by `AppHdr/To`. The message's signature must hold.
///
/// # Errors
/// If it is malformed.
pub(crate) fn addressee(message: &[u8]) -> Result<Named> {
    let mut reader = Reader::<Scanner<'_>>::new(message)?;
    let (mut namespace, mut to) = (Binding::None, Party::default());
    loop {
        let node = reader.next()?;
        let depth = reader.depth();
        to.observe(&node, depth);
        match node {
            Node::Start(_) if depth == ROOT_DEPTH => namespace = reader.binding(),
            Node::Start(tag)
                if depth == HEADER_DEPTH + 1 && reader.binding() == namespace && tag.name.local() == "To" =>
            {
                to.begin(depth);
            }
            // AppHdr is the first element of Envelope.
            Node::End(_) if depth < HEADER_DEPTH => return Ok(to.named()),
            Node::Eof => return Ok(to.named()),
            _ => {}
        }
    }
}
