//! The namespaces in scope, on a stack: one entry a declaration, nothing an element.

use alloc::vec::Vec;

use super::chars;
use super::event::Attribute;
use super::names::Names;
use super::newest::Newest;
use super::value;
use crate::error::{Error, Reason, Result};
use crate::limits;

/// What `xml:` is bound to.
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// A namespace. Of two that are in scope together, the same have equal bindings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// No namespace.
    None,
    /// That of `xml:`.
    Xml,
    /// That with this number among the names in scope.
    Declared(usize),
}

#[derive(Debug)]
struct Declaration<'a> {
    prefix: &'a str,
    binding: Binding,
    /// The declaration of the same prefix further out.
    hides: Option<usize>,
}

/// An open element that declares something: its depth, and what is in scope outside it.
#[derive(Debug)]
struct Outside {
    depth: usize,
    declarations: usize,
    names: usize,
}

/// The namespaces in scope.
#[derive(Debug, Default)]
pub(crate) struct Scope<'a> {
    declarations: Vec<Declaration<'a>>,
    newest: Newest<'a>,
    names: Names<'a>,
    /// Between those of the names before and behind it.
    rank_of_xml: usize,
    outside: Vec<Outside>,
}

impl<'a> Scope<'a> {
    /// Enters an element at a depth and takes the declarations among its attributes.
    ///
    /// # Errors
    /// If one of them is not a declaration that Namespaces in XML 1.0 and Canonical XML allow.
    pub(crate) fn enter(&mut self, depth: usize, attributes: &[Attribute<'a>]) -> Result<()> {
        let outside = Outside { depth, declarations: self.declarations.len(), names: self.names.len() };
        let mut xml_declared = false;
        for attribute in attributes {
            match declared_prefix(attribute) {
                // `xml` means the same declared or not, and is never written: it needs no entry, but still no twin.
                Some("xml") if core::mem::replace(&mut xml_declared, true) => {
                    return Err(Error::at(Reason::DuplicateAttribute, attribute.offset));
                }
                Some(prefix) => self.declare(outside.declarations, prefix, attribute)?,
                None => {}
            }
        }
        if self.declarations.len() > outside.declarations {
            self.outside.push(outside);
        }
        Ok(())
    }

    /// Leaves the element at a depth.
    #[inline]
    pub(crate) fn leave(&mut self, depth: usize) {
        if let Some(outside) = self.outside.pop_if(|outside| outside.depth == depth) {
            for declaration in self.declarations.drain(outside.declarations..).rev() {
                self.newest.take(declaration.prefix, declaration.hides);
            }
            self.names.truncate(outside.names);
        }
    }

    /// Whether one more declaration would still be within the limit.
    pub(crate) const fn has_room(&self) -> bool {
        self.declarations.len() < limits::NAMESPACES_MAX
    }

    /// What a prefix is bound to; the empty prefix is the default namespace. Gives nothing if it is not bound.
    pub(crate) fn lookup(&self, prefix: &str) -> Option<Binding> {
        match self.newest.find(prefix) {
            Some((_, number)) => self.declarations.get(number).map(|declaration| declaration.binding),
            None if prefix.is_empty() => Some(Binding::None),
            None if prefix == "xml" => Some(Binding::Xml),
            None => None,
        }
    }

    /// The declaration of a prefix that is in scope, with the prefix as the message has it.
    pub(crate) fn find(&self, prefix: &str) -> Option<(&'a str, Binding)> {
        let (_, number) = self.newest.find(prefix)?;
        self.declarations.get(number).map(|declaration| (declaration.prefix, declaration.binding))
    }

    /// What the innermost element, which is at a depth, declares.
    pub(crate) fn declared_at(&self, depth: usize) -> impl Iterator<Item = (&'a str, Binding)> {
        let here = self.outside.last().filter(|outside| outside.depth == depth);
        let outside = here.map_or(self.declarations.len(), |outside| outside.declarations);
        self.declarations.iter().skip(outside).map(|declaration| (declaration.prefix, declaration.binding))
    }

    /// The namespace name of a binding; empty for no namespace.
    pub(crate) fn name(&self, binding: Binding) -> &str {
        match binding {
            Binding::None => "",
            Binding::Xml => XML,
            Binding::Declared(number) => self.names.text(number),
        }
    }

    /// Makes [`Self::rank_of`] know every namespace in scope.
    pub(crate) fn rank(&mut self) {
        self.names.rank();
        self.rank_of_xml = 2 * self.names.rank_of(XML) + 1;
    }

    /// A number for a namespace, since they were ranked: namespaces sort as their numbers do, none first.
    #[inline]
    pub(crate) fn rank_of(&self, binding: Binding) -> usize {
        match binding {
            Binding::None => 0,
            Binding::Xml => self.rank_of_xml,
            Binding::Declared(number) => 2 * self.names.ranked(number) + 2,
        }
    }

    fn declare(&mut self, outside: usize, prefix: &'a str, attribute: &Attribute<'a>) -> Result<()> {
        let at = attribute.offset;
        let name = value::attribute(attribute.raw);
        let reserved = match prefix {
            "xml" => name != XML,
            "xmlns" => true,
            "" => name == XML || name == XMLNS,
            _ => name.is_empty() || name == XML || name == XMLNS,
        };
        if reserved {
            return Err(Error::at(Reason::NamespaceDeclaration, at));
        }
        if !name.is_empty() && !is_absolute(&name) {
            return Err(Error::at(Reason::RelativeNamespace, at));
        }
        if self.newest.find(prefix).is_some_and(|(_, number)| number >= outside) {
            return Err(Error::at(Reason::DuplicateAttribute, at));
        }
        if self.declarations.len() >= limits::NAMESPACES_MAX {
            return Err(Error::at(Reason::TooManyNamespaces, at));
        }
        if prefix != "xml" {
            let hides = self.newest.put(prefix, self.declarations.len());
            let binding =
                if name.is_empty() { Binding::None } else { Binding::Declared(self.names.number(name)) };
            self.declarations.push(Declaration { prefix, binding, hides });
        }
        Ok(())
    }
}

/// The prefix that an attribute declares (empty for the default namespace), if it is a declaration.
pub(crate) fn declared_prefix<'a>(attribute: &Attribute<'a>) -> Option<&'a str> {
    match attribute.name.whole().strip_prefix("xmlns")? {
        "" => Some(""),
        rest => rest.strip_prefix(':'),
    }
}

/// Whether a namespace name has a scheme (RFC 3986 §3.1).
fn is_absolute(name: &str) -> bool {
    name.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    }) && chars::all_chars(name)
}
