//! Bytes to events: strict XML 1.0 (5th edition) without DTD. No tree is built and nothing is copied.

use alloc::vec::Vec;

use super::chars;
use super::declaration;
use super::event::{Attribute, Event, QName, Source, Span};
use crate::error::{Error, Reason, Result};
use crate::limits;

/// The reader of our own.
#[derive(Debug)]
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
    stage: Stage,
    open: Vec<QName<'a>>,
    attributes: Vec<Attribute<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    Prolog,
    Content,
    Epilog,
}

impl<'a> Source<'a> for Scanner<'a> {
    fn open(text: &'a str) -> Self {
        let at = if text.starts_with(chars::BYTE_ORDER_MARK) { chars::BYTE_ORDER_MARK.len() } else { 0 };
        Self { text, at, stage: Stage::Start, open: Vec::new(), attributes: Vec::new() }
    }

    fn next(&mut self) -> Result<Event<'a>> {
        if self.stage == Stage::Start {
            self.at = declaration::skip(self.text, self.at)?;
            self.stage = Stage::Prolog;
        }
        if self.stage != Stage::Content {
            self.at = chars::skip_space(self.text.as_bytes(), self.at);
        }
        match (self.byte(self.at), self.byte(self.at + 1)) {
            (None, _) => self.end_of_input(),
            (Some(b'<'), Some(b'/')) => self.end_tag(),
            (Some(b'<'), Some(b'!')) => self.exclamation(),
            (Some(b'<'), Some(b'?')) => self.processing_instruction(),
            (Some(b'<'), _) => self.start_tag(),
            (Some(_), _) => self.text(),
        }
    }

    fn attributes(&self) -> &[Attribute<'a>] {
        &self.attributes
    }
}

impl<'a> Scanner<'a> {
    #[inline]
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    #[inline]
    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn end_of_input(&self) -> Result<Event<'a>> {
        match self.stage {
            Stage::Start | Stage::Prolog => Err(Error::at(Reason::NoRoot, self.at)),
            Stage::Content => Err(Error::at(Reason::Unclosed, self.at)),
            Stage::Epilog => Ok(Event::Eof),
        }
    }

    fn text(&mut self) -> Result<Event<'a>> {
        if self.stage != Stage::Content {
            return Err(Error::at(Reason::OutsideRoot, self.at));
        }
        let (bytes, start) = (self.text.as_bytes(), self.at);
        let (mut at, mut verbatim) = (start, true);
        loop {
            at = chars::skip_text(bytes, at);
            match bytes.get(at) {
                None | Some(b'<') => break,
                Some(b'&') => (_, at) = chars::reference(self.text, at)?,
                Some(b'>') if self.slice(start, at).ends_with("]]") => {
                    return Err(Error::at(Reason::CdataSyntax, at));
                }
                Some(b'>' | b'\r') => at += 1,
                Some(0xEF) if !chars::is_noncharacter(bytes, at) => {
                    at += 3;
                    continue;
                }
                Some(_) => return Err(Error::at(Reason::IllegalCharacter, at)),
            }
            verbatim = false;
        }
        self.at = at;
        Ok(Event::Text { raw: self.slice(start, at), offset: start, verbatim })
    }

    fn start_tag(&mut self) -> Result<Event<'a>> {
        let start = self.at;
        if self.stage == Stage::Epilog {
            return Err(Error::at(Reason::OutsideRoot, start));
        }
        if self.open.len() >= limits::DEPTH_MAX {
            return Err(Error::at(Reason::TooDeep, start));
        }
        let (name, mut at) = self.name(start + 1)?;
        self.attributes.clear();
        let empty = loop {
            let next = chars::skip_space(self.text.as_bytes(), at);
            match self.byte(next) {
                Some(b'>') => break false,
                Some(b'/') if self.byte(next + 1) == Some(b'>') => break true,
                None => return Err(Error::at(Reason::Unclosed, next)),
                Some(_) if next == at => return Err(Error::at(Reason::TagSyntax, at)),
                Some(_) => at = self.attribute(next)?,
            }
            if self.attributes.len() > limits::ATTRIBUTES_MAX {
                return Err(Error::at(Reason::TooManyAttributes, start));
            }
        };
        let close = chars::skip_space(self.text.as_bytes(), at);
        self.at = close + if empty { 2 } else { 1 };
        if empty {
            self.leave();
        } else {
            self.open.push(name);
            self.stage = Stage::Content;
        }
        Ok(Event::Start { name, span: Span { start, end: self.at }, empty })
    }

    /// Whatever ends an element: past the root's, only the epilog is left.
    fn leave(&mut self) {
        self.stage = if self.open.is_empty() { Stage::Epilog } else { Stage::Content };
    }

    fn attribute(&mut self, start: usize) -> Result<usize> {
        let bytes = self.text.as_bytes();
        let (name, at) = self.name(start)?;
        let equals = chars::skip_space(bytes, at);
        if self.byte(equals) != Some(b'=') {
            return Err(Error::at(Reason::AttributeSyntax, equals));
        }
        let open = chars::skip_space(bytes, equals + 1);
        let Some(quote @ (b'"' | b'\'')) = self.byte(open) else {
            return Err(Error::at(Reason::AttributeSyntax, open));
        };
        let (mut at, mut verbatim) = (open + 1, true);
        loop {
            at = chars::skip_attribute(bytes, at);
            match bytes.get(at) {
                None => return Err(Error::at(Reason::Unclosed, at)),
                Some(&byte) if byte == quote => break,
                Some(b'\'') => {
                    at += 1;
                    continue;
                }
                Some(b'&') => (_, at) = chars::reference(self.text, at)?,
                Some(b'"' | b'\t' | b'\n' | b'\r') => at += 1,
                Some(0xEF) if !chars::is_noncharacter(bytes, at) => {
                    at += 3;
                    continue;
                }
                Some(b'<') => return Err(Error::at(Reason::AttributeSyntax, at)),
                Some(_) => return Err(Error::at(Reason::IllegalCharacter, at)),
            }
            verbatim = false;
        }
        self.attributes.push(Attribute { name, raw: self.slice(open + 1, at), offset: start, verbatim });
        Ok(at + 1)
    }

    fn end_tag(&mut self) -> Result<Event<'a>> {
        let start = self.at;
        if let Some(event) = self.plain_end_tag(start) {
            return Ok(event);
        }
        let (name, at) = self.name(start + 2)?;
        let close = chars::skip_space(self.text.as_bytes(), at);
        match self.byte(close) {
            Some(b'>') => {}
            None => return Err(Error::at(Reason::Unclosed, close)),
            Some(_) => return Err(Error::at(Reason::TagSyntax, close)),
        }
        if self.open.pop() != Some(name) {
            return Err(Error::at(Reason::EndTagMismatch, start));
        }
        self.at = close + 1;
        self.leave();
        Ok(Event::End { name, span: Span { start, end: self.at } })
    }

    /// The end tag that is expected, without white space in it: its name need not be read, only compared.
    fn plain_end_tag(&mut self, start: usize) -> Option<Event<'a>> {
        let name = *self.open.last()?;
        let close = start + 2 + name.whole.len();
        let bytes = self.text.as_bytes();
        if bytes.get(start + 2..close) != Some(name.whole.as_bytes()) || bytes.get(close) != Some(&b'>') {
            return None;
        }
        self.open.pop();
        self.at = close + 1;
        self.leave();
        Some(Event::End { name, span: Span { start, end: self.at } })
    }

    fn exclamation(&mut self) -> Result<Event<'a>> {
        let start = self.at;
        let rest = self.slice(start, self.text.len());
        if rest.starts_with("<!--") {
            self.comment()
        } else if rest.starts_with("<![CDATA[") {
            self.cdata()
        } else if rest.starts_with("<!DOCTYPE") {
            Err(Error::at(Reason::Doctype, start))
        } else {
            Err(Error::at(Reason::TagSyntax, start))
        }
    }

    fn comment(&mut self) -> Result<Event<'a>> {
        let offset = self.at;
        let content = offset + "<!--".len();
        let dashes = self.find(content, "--").ok_or(Error::at(Reason::CommentSyntax, offset))?;
        if self.byte(dashes + 2) != Some(b'>') {
            return Err(Error::at(Reason::CommentSyntax, dashes));
        }
        let raw = self.checked(content, dashes)?;
        self.at = dashes + 3;
        Ok(Event::Comment { raw, offset })
    }

    fn cdata(&mut self) -> Result<Event<'a>> {
        let offset = self.at;
        if self.stage != Stage::Content {
            return Err(Error::at(Reason::OutsideRoot, offset));
        }
        let content = offset + "<![CDATA[".len();
        let end = self.find(content, "]]>").ok_or(Error::at(Reason::CdataSyntax, offset))?;
        let raw = self.checked(content, end)?;
        self.at = end + 3;
        Ok(Event::Cdata { raw, offset })
    }

    fn processing_instruction(&mut self) -> Result<Event<'a>> {
        let offset = self.at;
        let (name, at) = self.name(offset + 2)?;
        if !name.prefix.is_empty() {
            return Err(Error::at(Reason::IllegalName, offset + 2));
        }
        if name.whole.eq_ignore_ascii_case("xml") {
            return Err(Error::at(Reason::XmlDeclaration, offset));
        }
        let data = chars::skip_space(self.text.as_bytes(), at);
        let end = self.find(at, "?>").ok_or(Error::at(Reason::PiSyntax, offset))?;
        if data == at && end != at {
            return Err(Error::at(Reason::PiSyntax, at));
        }
        let data = self.checked(data.min(end), end)?;
        self.at = end + 2;
        Ok(Event::Pi { target: name.whole, data, offset })
    }

    fn find(&self, from: usize, needle: &str) -> Option<usize> {
        let rest = self.text.as_bytes().get(from..)?;
        memchr::memmem::find(rest, needle.as_bytes()).map(|n| from + n)
    }

    /// The text from `start` to `end`, every character of which XML allows.
    fn checked(&self, start: usize, end: usize) -> Result<&'a str> {
        let raw = self.slice(start, end);
        match chars::illegal_char(raw) {
            Some(n) => Err(Error::at(Reason::IllegalCharacter, start + n)),
            None => Ok(raw),
        }
    }

    /// Reads the qualified name at `start`: the name and the offset behind it.
    fn name(&self, start: usize) -> Result<(QName<'a>, usize)> {
        let bytes = self.text.as_bytes();
        let (mut at, mut colon) = (start, None);
        loop {
            at = chars::skip_name(bytes, at);
            match bytes.get(at) {
                Some(b':') if colon.is_none() => {
                    colon = Some(at);
                    at += 1;
                }
                Some(0x80..) => match self.slice(at, self.text.len()).chars().next() {
                    Some(c) if chars::is_name_char(c) => at += c.len_utf8(),
                    _ => return Err(Error::at(Reason::IllegalName, at)),
                },
                _ => break,
            }
        }
        let whole = self.slice(start, at);
        let (prefix, local) = match colon {
            None => ("", whole),
            Some(colon) => (self.slice(start, colon), self.slice(colon + 1, at)),
        };
        if !starts_a_name(local) || (colon.is_some() && !starts_a_name(prefix)) {
            return Err(Error::at(Reason::IllegalName, start));
        }
        Ok((QName { prefix, local, whole }, at))
    }
}

#[inline]
fn starts_a_name(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(byte) if byte.is_ascii() => byte.is_ascii_alphabetic() || *byte == b'_',
        Some(_) => text.chars().next().is_some_and(chars::is_name_start),
        None => false,
    }
}
