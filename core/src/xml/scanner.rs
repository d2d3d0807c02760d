//! Bytes to events: strict XML 1.0 (5th edition) without DTD. No tree is built and nothing is copied.

use alloc::vec::Vec;

use super::chars;
use super::declaration;
use super::event::{Attribute, Event, QName, Skimmed, Source, Span};
use super::window::Window;
use crate::error::{Error, Reason, Result};
use crate::limits;

/// The reader of our own.
#[derive(Debug)]
pub struct Scanner<'a> {
    text: &'a str,
    window: Window<'a>,
    at: usize,
    stage: Stage,
    open: Vec<Open>,
    attributes: Vec<Attribute<'a>>,
}

/// The name of an open element, by its place in the text.
#[derive(Clone, Copy, Debug)]
struct Open {
    start: usize,
    end: usize,
    /// How long the prefix and its colon are together: where its local part begins.
    prefix: usize,
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
        let window = Window::new(text.as_bytes());
        Self { text, window, at, stage: Stage::Start, open: Vec::new(), attributes: Vec::new() }
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

    fn innermost(&self) -> Option<QName<'a>> {
        self.open.last().map(|open| self.open_name(*open))
    }

    fn skim(&mut self) -> Option<Skimmed> {
        let floor = self.open.len();
        let span = Span { start: self.at, end: self.skim_from(floor)? };
        self.at = span.end;
        (span.end > span.start).then(|| Skimmed { span, opened: self.open.len() - floor })
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

    fn open_name(&self, open: Open) -> QName<'a> {
        QName::new(self.slice(open.start, open.end), open.prefix)
    }

    /// Passes over plain content, above `floor` open elements. Gives the offset of what does need a look: a tag, or the
    /// beginning of the text in which there is something.
    fn skim_from(&mut self, floor: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let parent = *self.open.last()?;
        let prefix = bytes.get(parent.start..parent.start + parent.prefix)?;
        let mut at = self.at;
        loop {
            let tag = self.window.skip_text(at);
            let Some([b'<', rest @ ..]) = bytes.get(tag..) else {
                // Text is left whole: whoever looks for `]]>` in it must see what stands before.
                return Some(at);
            };
            if rest.first() == Some(&b'/') {
                let open = *self.open.last()?;
                let close = tag + 2 + (open.end - open.start);
                let is_plain = self.open.len() > floor && self.ends_plainly(tag, open);
                if !is_plain {
                    return Some(tag);
                }
                self.open.pop();
                at = close + 1;
            } else {
                let Some(end) = self.plain_start_tag(tag + 1, prefix) else { return Some(tag) };
                self.open.push(Open { start: tag + 1, end, prefix: prefix.len() });
                at = end + 1;
            }
        }
    }

    /// Whether the end tag at `start` is this element's, with nothing in it but its name.
    #[inline]
    fn ends_plainly(&self, start: usize, open: Open) -> bool {
        let bytes = self.text.as_bytes();
        let name = start + 2..start + 2 + (open.end - open.start);
        bytes.get(name.end) == Some(&b'>') && bytes.get(name) == bytes.get(open.start..open.end)
    }

    /// The end of the name that begins at `start`, in a start tag that has this prefix and nothing but its name.
    #[inline]
    fn plain_start_tag(&mut self, start: usize, prefix: &[u8]) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let local = start + prefix.len();
        if !prefix.is_empty() && bytes.get(start..local) != Some(prefix) {
            return None;
        }
        let end = self.window.skip_name(local);
        let begins = bytes.get(local).is_some_and(|&byte| begins_name(byte));
        let is_plain = begins && bytes.get(end) == Some(&b'>') && self.open.len() < limits::DEPTH_MAX;
        is_plain.then_some(end)
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
            at = self.window.skip_text(at);
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
            let (whole, prefix) = (name.whole().len(), name.prefixed());
            self.open.push(Open { start: start + 1, end: start + 1 + whole, prefix });
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
            at = self.window.skip_attribute(at);
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
        if self.open.pop().map(|open| self.open_name(open)) != Some(name) {
            return Err(Error::at(Reason::EndTagMismatch, start));
        }
        self.at = close + 1;
        self.leave();
        Ok(Event::End { name, span: Span { start, end: self.at } })
    }

    /// The end tag that is expected, without white space in it: its name need not be read, only compared.
    fn plain_end_tag(&mut self, start: usize) -> Option<Event<'a>> {
        let open = *self.open.last()?;
        let close = start + 2 + (open.end - open.start);
        if !self.ends_plainly(start, open) {
            return None;
        }
        self.open.pop();
        self.at = close + 1;
        self.leave();
        Some(Event::End { name: self.open_name(open), span: Span { start, end: self.at } })
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
        if !name.prefix().is_empty() {
            return Err(Error::at(Reason::IllegalName, offset + 2));
        }
        if name.whole().eq_ignore_ascii_case("xml") {
            return Err(Error::at(Reason::XmlDeclaration, offset));
        }
        let data = chars::skip_space(self.text.as_bytes(), at);
        let end = self.find(at, "?>").ok_or(Error::at(Reason::PiSyntax, offset))?;
        if data == at && end != at {
            return Err(Error::at(Reason::PiSyntax, at));
        }
        let data = self.checked(data.min(end), end)?;
        self.at = end + 2;
        Ok(Event::Pi { target: name.whole(), data, offset })
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

    fn starts_a_name(&self, at: usize) -> bool {
        match self.byte(at) {
            Some(byte) if byte.is_ascii() => begins_name(byte),
            Some(_) => self.slice(at, self.text.len()).chars().next().is_some_and(chars::is_name_start),
            None => false,
        }
    }

    /// Reads the qualified name at `start`: the name and the offset behind it.
    #[inline]
    fn name(&mut self, start: usize) -> Result<(QName<'a>, usize)> {
        let (mut local, mut end) = (start, self.ascii_name(start));
        if let Some(colon) = end
            && self.byte(colon) == Some(b':')
        {
            local = colon + 1;
            end = self.ascii_name(local).filter(|&end| self.byte(end) != Some(b':'));
        }
        match end {
            Some(end) => Ok((QName::new(self.slice(start, end), local - start), end)),
            None => self.any_name(start),
        }
    }

    /// The end of the name without colon that begins at `start`, if all of it is ASCII.
    #[inline]
    fn ascii_name(&mut self, start: usize) -> Option<usize> {
        let begins = self.byte(start).is_some_and(begins_name);
        let end = self.window.skip_name(start);
        (begins && self.byte(end).is_none_or(|byte| byte.is_ascii())).then_some(end)
    }

    /// [`Self::name`] for names of every kind.
    #[cold]
    fn any_name(&mut self, start: usize) -> Result<(QName<'a>, usize)> {
        let bytes = self.text.as_bytes();
        let (mut at, mut local) = (start, start);
        loop {
            at = self.window.skip_name(at);
            match bytes.get(at) {
                Some(b':') if local == start => {
                    at += 1;
                    local = at;
                }
                Some(0x80..) => match self.slice(at, self.text.len()).chars().next() {
                    Some(c) if chars::is_name_char(c) => at += c.len_utf8(),
                    _ => return Err(Error::at(Reason::IllegalName, at)),
                },
                _ => break,
            }
        }
        // Nothing before a colon is no prefix, nothing behind it no name: there stands what no name begins with.
        if !self.starts_a_name(start) || !self.starts_a_name(local) || local == at {
            return Err(Error::at(Reason::IllegalName, start));
        }
        Ok((QName::new(self.slice(start, at), local - start), at))
    }
}

/// Whether a name may begin with this octet, of ASCII.
#[inline]
const fn begins_name(octet: u8) -> bool {
    octet.is_ascii_alphabetic() || octet == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is passed over behind the first start tag, and how many elements stay open.
    fn skimmed(text: &str) -> Option<(&str, usize)> {
        let mut scanner = Scanner::open(text);
        assert!(matches!(scanner.next(), Ok(Event::Start { .. })));
        let Skimmed { span, opened } = scanner.skim()?;
        Some((span.of(text), opened))
    }

    #[test]
    fn passes_over_plain_content_up_to_the_end_of_the_innermost_element() {
        assert_eq!(skimmed("<a><b>x</b>\n <c><d>é</d></c></a>"), Some(("<b>x</b>\n <c><d>é</d></c>", 0)));
        assert_eq!(skimmed("<p:a><p:b>x</p:b></p:a>"), Some(("<p:b>x</p:b>", 0)));
        assert_eq!(skimmed("<a></a>"), None);
    }

    #[test]
    fn stops_at_whatever_needs_a_look_and_leaves_its_text_whole() {
        for rest in [
            "x&amp;y",
            "x]]>",
            "x\r",
            "x\u{FFFE}",
            "x\u{1}",
            "x",
            "<c d='e'/>",
            "<c />",
            "<c >",
            "<c/>",
            "<q:c>",
            "<1>",
            "<é>",
            "<!--c-->",
            "<?c?>",
            "<![CDATA[c]]>",
            "</c>",
            "</b >",
            "<",
        ] {
            let text = ["<a><b>", rest].concat();
            assert_eq!(skimmed(&text), Some(("<b>", 1)), "{rest}");
        }
        assert_eq!(skimmed("<p:a><b></b></p:a>"), None);
        assert_eq!(skimmed("<p:a><p:b><q:b>"), Some(("<p:b>", 1)));
    }

    #[test]
    fn goes_no_deeper_than_the_limit() {
        let text = "<a>".repeat(limits::DEPTH_MAX + 1);
        let (span, opened) = skimmed(&text).unwrap();
        assert_eq!((span.len(), opened), (3 * (limits::DEPTH_MAX - 1), limits::DEPTH_MAX - 1));
    }

    #[test]
    fn events_go_on_where_it_stopped() {
        let mut scanner = Scanner::open("<a><b><c>x</c><d e='f'>y</d></b></a>");
        assert!(matches!(scanner.next(), Ok(Event::Start { .. })));
        assert_eq!(scanner.skim().map(|skimmed| skimmed.opened), Some(1));
        assert_eq!(scanner.innermost().map(|name| name.whole()), Some("b"));
        let Ok(Event::Start { name, .. }) = scanner.next() else { panic!("no start") };
        assert_eq!((name.whole(), scanner.attributes().len()), ("d", 1));
        assert_eq!(scanner.skim().map(|skimmed| skimmed.opened), Some(0));
        for expected in ["d", "b", "a"] {
            let Ok(Event::End { name, .. }) = scanner.next() else { panic!("no end") };
            assert_eq!(name.whole(), expected);
        }
        assert_eq!(scanner.next(), Ok(Event::Eof));
    }
}
