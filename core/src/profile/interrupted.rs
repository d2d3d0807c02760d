//! Values with something in the middle of them: a comment, a processing instruction or a CDATA section. No signature covers a
//! comment, and readers that take the first piece of text for the whole see another value.

use alloc::string::String;
use alloc::vec::Vec;

use crate::xml::Scanner;
use crate::xml::reader::{Node, Reader};
use crate::xml::value;

/// Longest value that is shown, in bytes.
const VALUE_BYTES_MAX: usize = 1024;

/// A value that readers may see differently.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interrupted {
    /// The local name of the element that holds it.
    pub element: String,
    /// Where the first thing stands that is no plain text.
    pub offset: usize,
    /// The whole value, without the white space around it, cut after 1024 bytes.
    pub value: String,
}

impl core::fmt::Debug for Interrupted {
    /// Where it is, and nothing of the value.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Interrupted")
            .field("element", &self.element)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

/// The values of a message that something interrupts, in the order in which they end, at most so many. Comments and
/// instructions between elements are in no value.
#[must_use]
pub fn interrupted_values(message: &[u8], most: usize) -> Vec<Interrupted> {
    let mut found = Vec::new();
    if !may_be_interrupted(message) {
        return found;
    }
    let Ok(mut reader) = Reader::<Scanner<'_>>::new(message) else { return found };
    let mut open: Vec<Open<'_>> = Vec::new();
    while found.len() < most {
        match reader.next() {
            Ok(Node::Start(tag)) => open.push(Open::new(tag.name.local())),
            Ok(Node::End(_)) => found.extend(open.pop().and_then(Open::interrupted)),
            Ok(Node::Text { raw, .. }) => {
                open.last_mut().into_iter().for_each(|at| at.take(&value::text(raw)))
            }
            Ok(Node::Cdata { raw, offset }) => open.last_mut().into_iter().for_each(|at| {
                at.interrupt(offset);
                at.take(&value::line_ends(raw));
            }),
            Ok(Node::Comment { offset, .. } | Node::Pi { offset, .. }) => {
                open.last_mut().into_iter().for_each(|at| at.interrupt(offset));
            }
            Ok(Node::Eof) | Err(_) => break,
        }
    }
    found
}

/// Nearly no message has any of these: a look at its bytes tells.
fn may_be_interrupted(message: &[u8]) -> bool {
    let mut rest = message.strip_prefix(b"<?xml ").unwrap_or(message);
    while let Some(at) = memchr::memchr(b'<', rest) {
        rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
        if matches!(rest.first(), Some(b'!' | b'?')) {
            return true;
        }
    }
    false
}

/// An element that is open.
struct Open<'a> {
    name: &'a str,
    text: String,
    is_cut: bool,
    interrupted_at: Option<usize>,
}

impl<'a> Open<'a> {
    const fn new(name: &'a str) -> Self {
        Self { name, text: String::new(), is_cut: false, interrupted_at: None }
    }

    const fn interrupt(&mut self, offset: usize) {
        if self.interrupted_at.is_none() {
            self.interrupted_at = Some(offset);
        }
    }

    /// White space before the value is none of it.
    fn take(&mut self, piece: &str) {
        let piece =
            if self.text.is_empty() { piece.trim_start_matches([' ', '\t', '\r', '\n']) } else { piece };
        for character in piece.chars() {
            self.is_cut |= self.text.len().saturating_add(character.len_utf8()) > VALUE_BYTES_MAX;
            if self.is_cut {
                return;
            }
            self.text.push(character);
        }
    }

    fn interrupted(self) -> Option<Interrupted> {
        let offset = self.interrupted_at?;
        let value = value::trimmed(&self.text);
        (!value.is_empty()).then(|| Interrupted { element: self.name.into(), offset, value: value.into() })
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn values(xml: &str) -> Vec<(String, String)> {
        interrupted_values(xml.as_bytes(), 100).into_iter().map(|one| (one.element, one.value)).collect()
    }

    #[test]
    fn finds_whatever_splits_a_value_and_shows_all_of_it() {
        for amount in [
            "3<!-- -->7.90",
            "<!---->37.90",
            "37.90<!-- x -->",
            "3<?p i?>7.90",
            "<![CDATA[37.90]]>",
            "3<![CDATA[]]>7.90",
            " 3<![CDATA[7]]>&#46;90\n",
        ] {
            let xml = format!("<?xml version='1.0'?><R><p:Amt xmlns:p='urn:p'>{amount}</p:Amt></R>");
            assert_eq!(values(&xml), [("Amt".into(), "37.90".into())], "{amount}");
        }
    }

    #[test]
    fn between_elements_anything_may_stand() {
        for xml in [
            "<R><!-- a --><A>1</A> <?p i?> <![CDATA[ \n]]><B/><!-- b --></R>",
            "<!-- before --><R><A>1 2</A></R><?behind?>",
            "<R><A><!-- nothing --></A><B> <?p i?> </B></R>",
            "<R a='<!-- -->'>1</R>",
            "no XML <!-- -->",
            "",
        ] {
            assert_eq!(values(xml), [], "{xml}");
        }
    }

    #[test]
    fn what_is_found_is_bounded() {
        let xml = format!("<R>{}</R>", format!("<A>{}<!-- --></A>", "\u{e9}".repeat(5000)).repeat(50));
        let found = interrupted_values(xml.as_bytes(), 20);
        assert_eq!(found.len(), 20);
        assert!(found.iter().all(|one| one.value.len() <= VALUE_BYTES_MAX));
        assert!(!format!("{found:?}").contains('\u{e9}'));
    }
}
