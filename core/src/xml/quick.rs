//! The same events from quick-xml (feature `quick-xml`): the second opinion that tests and fuzzing compare. quick-xml
//! finds the tokens; the strictness that it leaves to its users is above it here.

use alloc::vec::Vec;

use quick_xml::events::{BytesStart, Event as Token};
use quick_xml::{Error as QuickError, errors::IllFormedError};

use super::chars;
use super::declaration;
use super::event::{Attribute, Event, QName, Source, Span};
use crate::error::{Error, Reason, Result};
use crate::limits;

/// quick-xml as a source of events.
pub struct Quick<'a> {
    text: &'a str,
    /// Where quick-xml's input begins: behind a byte order mark and the XML declaration.
    base: usize,
    reader: quick_xml::Reader<&'a [u8]>,
    prolog: Result<()>,
    depth: usize,
    root_seen: bool,
    attributes: Vec<Attribute<'a>>,
}

impl core::fmt::Debug for Quick<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Quick").field("depth", &self.depth).finish_non_exhaustive()
    }
}

impl<'a> Source<'a> for Quick<'a> {
    fn open(text: &'a str) -> Self {
        let mark = if text.starts_with(chars::BYTE_ORDER_MARK) { chars::BYTE_ORDER_MARK.len() } else { 0 };
        let declared = declaration::skip(text, mark);
        let base = declared.unwrap_or(mark);
        let rest = text.get(base..).unwrap_or_default();
        // quick-xml would pass over a second mark in silence.
        let prolog = match declared {
            Ok(_) if rest.starts_with(chars::BYTE_ORDER_MARK) => Err(Error::at(Reason::OutsideRoot, base)),
            other => other.map(|_| ()),
        };
        let mut reader = quick_xml::Reader::from_str(rest);
        reader.config_mut().enable_all_checks(true);
        Self { text, base, reader, prolog, depth: 0, root_seen: false, attributes: Vec::new() }
    }

    fn next(&mut self) -> Result<Event<'a>> {
        self.prolog?;
        loop {
            let start = self.position();
            let token = self.reader.read_event().map_err(|error| self.refused(&error))?;
            let span = Span { start, end: self.position() };
            if let Some(event) = self.event(&token, span)? {
                return Ok(event);
            }
        }
    }

    fn attributes(&self) -> &[Attribute<'a>] {
        &self.attributes
    }
}

impl<'a> Quick<'a> {
    fn position(&self) -> usize {
        self.base + usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX - self.base)
    }

    fn refused(&self, error: &QuickError) -> Error {
        let at = self.base + usize::try_from(self.reader.error_position()).unwrap_or_default();
        let reason = match error {
            QuickError::IllFormed(
                IllFormedError::MismatchedEndTag { .. } | IllFormedError::UnmatchedEndTag(_),
            ) => Reason::EndTagMismatch,
            QuickError::IllFormed(IllFormedError::MissingEndTag(_)) => Reason::Unclosed,
            QuickError::IllFormed(IllFormedError::DoubleHyphenInComment) => Reason::CommentSyntax,
            QuickError::IllFormed(IllFormedError::UnclosedReference) => Reason::IllegalReference,
            _ => Reason::TagSyntax,
        };
        Error::at(reason, at)
    }

    fn event(&mut self, token: &Token<'a>, span: Span) -> Result<Option<Event<'a>>> {
        let raw = span.of(self.text);
        let inside = |open: &str, close: &str| raw.strip_prefix(open).and_then(|r| r.strip_suffix(close));
        let offset = span.start;
        Ok(Some(match token {
            Token::Start(tag) => self.start(tag, span, false)?,
            Token::Empty(tag) => self.start(tag, span, true)?,
            Token::End(_) => {
                let content = inside("</", ">").ok_or(Error::at(Reason::TagSyntax, offset))?;
                let name = content.trim_end_matches([' ', '\t', '\r', '\n']);
                self.depth = self.depth.checked_sub(1).ok_or(Error::at(Reason::EndTagMismatch, offset))?;
                Event::End { name: qname(name, offset)?, span }
            }
            Token::Text(_) if raw.is_empty() => return Ok(None),
            Token::Text(_) | Token::GeneralRef(_) if self.depth == 0 => {
                return if raw.bytes().all(chars::is_space) {
                    Ok(None)
                } else {
                    Err(Error::at(Reason::OutsideRoot, offset))
                };
            }
            Token::Text(_) => {
                self.checked(raw, offset)?;
                if raw.contains("]]>") {
                    return Err(Error::at(Reason::CdataSyntax, offset));
                }
                Event::Text { raw, offset, verbatim: !raw.contains(['>', '\r']) }
            }
            Token::GeneralRef(_) => match chars::reference(self.text, offset)? {
                (_, end) if end == span.end => Event::Text { raw, offset, verbatim: false },
                _ => return Err(Error::at(Reason::IllegalReference, offset)),
            },
            Token::CData(_) if self.depth == 0 => return Err(Error::at(Reason::OutsideRoot, offset)),
            Token::CData(_) => {
                let raw = inside("<![CDATA[", "]]>").ok_or(Error::at(Reason::CdataSyntax, offset))?;
                Event::Cdata { raw: self.checked(raw, offset)?, offset }
            }
            Token::Comment(_) => {
                let raw = inside("<!--", "-->").ok_or(Error::at(Reason::CommentSyntax, offset))?;
                if raw.contains("--") || raw.ends_with('-') {
                    return Err(Error::at(Reason::CommentSyntax, offset));
                }
                Event::Comment { raw: self.checked(raw, offset)?, offset }
            }
            Token::PI(_) => self.instruction(inside("<?", "?>").unwrap_or_default(), offset)?,
            Token::Decl(_) => return Err(Error::at(Reason::XmlDeclaration, offset)),
            Token::DocType(_) => return Err(Error::at(Reason::Doctype, offset)),
            Token::Eof if self.depth > 0 => return Err(Error::at(Reason::Unclosed, offset)),
            Token::Eof if !self.root_seen => return Err(Error::at(Reason::NoRoot, offset)),
            Token::Eof => Event::Eof,
        }))
    }

    fn checked(&self, raw: &'a str, offset: usize) -> Result<&'a str> {
        match chars::illegal_char(raw) {
            Some(n) => Err(Error::at(Reason::IllegalCharacter, offset + n)),
            None => Ok(raw),
        }
    }

    fn instruction(&self, content: &'a str, offset: usize) -> Result<Event<'a>> {
        let length = content.bytes().position(chars::is_space).unwrap_or(content.len());
        let (target, data) = content.split_at_checked(length).ok_or(Error::at(Reason::PiSyntax, offset))?;
        if target.eq_ignore_ascii_case("xml") {
            return Err(Error::at(Reason::XmlDeclaration, offset));
        }
        if !chars::is_ncname(target) {
            return Err(Error::at(Reason::IllegalName, offset));
        }
        let data = data.trim_start_matches([' ', '\t', '\r', '\n']);
        Ok(Event::Pi { target, data: self.checked(data, offset)?, offset })
    }

    fn start(&mut self, tag: &BytesStart<'a>, span: Span, empty: bool) -> Result<Event<'a>> {
        if self.depth == 0 && core::mem::replace(&mut self.root_seen, true) {
            return Err(Error::at(Reason::OutsideRoot, span.start));
        }
        if self.depth >= limits::DEPTH_MAX {
            return Err(Error::at(Reason::TooDeep, span.start));
        }
        self.depth += usize::from(!empty);
        let name = span.of(self.text).get(1..=tag.name().as_ref().len()).unwrap_or_default();
        let name = qname(name, span.start)?;
        self.read_attributes(tag, span, name.whole().len() + 1, if empty { 2 } else { 1 })?;
        Ok(Event::Start { name, span, empty })
    }

    /// Takes the attributes that quick-xml finds, and checks that there is nothing else between them but white space.
    fn read_attributes(
        &mut self,
        tag: &BytesStart<'a>,
        span: Span,
        name_end: usize,
        close: usize,
    ) -> Result<()> {
        self.attributes.clear();
        let mut cursor = span.start + name_end;
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| {
                let twice = matches!(error, quick_xml::events::attributes::AttrError::Duplicated(..));
                Error::at(if twice { Reason::DuplicateAttribute } else { Reason::AttributeSyntax }, cursor)
            })?;
            let misspelt = Error::at(Reason::AttributeSyntax, cursor);
            let key = self.locate(attribute.key.as_ref()).ok_or(misspelt)?;
            let value = self.locate(&attribute.value).ok_or(misspelt)?;
            let equals = self.between(key.end, value.start).ok_or(misspelt)?;
            let quote = equals.chars().last().filter(|c| matches!(c, '"' | '\'')).ok_or(misspelt)?;
            let around: &[char] = &[' ', '\t', '\r', '\n'];
            let closed = self.text.get(value.end..).is_some_and(|rest| rest.starts_with(quote));
            if equals.trim_end_matches(quote).trim_matches(around) != "="
                || !closed
                || !self.gap(cursor, key.start, 1)
            {
                return Err(misspelt);
            }
            cursor = value.end + 1;
            self.push(key, value, quote)?;
            if self.attributes.len() > limits::ATTRIBUTES_MAX {
                return Err(Error::at(Reason::TooManyAttributes, span.start));
            }
        }
        if self.gap(cursor, span.end - close, 0) { Ok(()) } else { Err(Error::at(Reason::TagSyntax, cursor)) }
    }

    fn push(&mut self, key: Span, value: Span, quote: char) -> Result<()> {
        let (name, raw) = (qname(key.of(self.text), key.start)?, value.of(self.text));
        self.checked(raw, value.start)?;
        if raw.contains(['<', quote]) {
            return Err(Error::at(Reason::AttributeSyntax, value.start));
        }
        let mut at = value.start;
        while let Some(n) = self.text.get(at..value.end).and_then(|rest| rest.find('&')) {
            (_, at) = chars::reference(self.text, at + n)?;
            if at > value.end {
                return Err(Error::at(Reason::IllegalReference, value.start));
            }
        }
        let verbatim = !raw.contains(['&', '"', '\t', '\r', '\n']);
        self.attributes.push(Attribute { name, raw, offset: key.start, verbatim });
        Ok(())
    }

    fn between(&self, start: usize, end: usize) -> Option<&'a str> {
        self.text.get(start..end)
    }

    /// Whether only white space stands between two offsets, at least so much of it.
    fn gap(&self, start: usize, end: usize, least: usize) -> bool {
        self.between(start, end).is_some_and(|gap| gap.len() >= least && gap.bytes().all(chars::is_space))
    }

    /// Where a piece that quick-xml borrowed from the text stands in it.
    fn locate(&self, piece: &str) -> Option<Span> {
        let start = piece.as_ptr().addr().checked_sub(self.text.as_ptr().addr())?;
        let span = Span { start, end: start + piece.len() };
        (span.of(self.text) == piece).then_some(span)
    }
}

fn qname(whole: &str, at: usize) -> Result<QName<'_>> {
    let (prefix, local) = whole.split_once(':').unwrap_or(("", whole));
    let has_prefix = whole.len() != local.len();
    if !chars::is_ncname(local) || (has_prefix && !chars::is_ncname(prefix)) {
        return Err(Error::at(Reason::IllegalName, at));
    }
    Ok(QName::new(whole, whole.len() - local.len()))
}
