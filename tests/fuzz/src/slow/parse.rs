//! Text to tree, in the order in which XML 1.0 tells it: line ends first, then markup, then references.

use std::collections::BTreeMap;

use super::{Attribute, Document, Element, Node};

/// The tree of a document. Gives nothing for some documents that are not well-formed.
#[must_use]
pub fn parse(text: &str) -> Option<Document> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    // XML 1.0 §2.11: "by translating both the two-character sequence #xD #xA and any #xD that is not followed by #xA".
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut rest = text.as_str();
    if rest.strip_prefix("<?xml").is_some_and(|r| r.starts_with([' ', '\t', '\n'])) {
        rest = rest.split_once("?>")?.1;
    }
    let mut builder = Builder { open: Vec::new(), document: Vec::new() };
    while !rest.is_empty() {
        rest = builder.step(rest)?;
    }
    let whole =
        builder.open.is_empty() && builder.document.iter().any(|node| matches!(node, Node::Element(_)));
    whole.then_some(Document { children: builder.document })
}

struct Builder {
    open: Vec<Element>,
    document: Vec<Node>,
}

impl Builder {
    /// Takes one piece of markup or text off the front.
    fn step<'t>(&mut self, rest: &'t str) -> Option<&'t str> {
        if let Some(rest) = rest.strip_prefix("<!--") {
            let (comment, rest) = rest.split_once("-->")?;
            self.push(Node::Comment(comment.to_owned()));
            return Some(rest);
        }
        if let Some(rest) = rest.strip_prefix("<![CDATA[") {
            let (text, rest) = rest.split_once("]]>")?;
            self.text(text);
            return Some(rest);
        }
        if let Some(rest) = rest.strip_prefix("<?") {
            let (instruction, rest) = rest.split_once("?>")?;
            let (target, data) = instruction.split_once([' ', '\t', '\n']).unwrap_or((instruction, ""));
            let data = data.trim_start_matches([' ', '\t', '\n']);
            self.push(Node::Pi(target.to_owned(), data.to_owned()));
            return Some(rest);
        }
        if let Some(rest) = rest.strip_prefix("</") {
            let (_, rest) = rest.split_once('>')?;
            let element = self.open.pop()?;
            self.push(Node::Element(element));
            return Some(rest);
        }
        if let Some(rest) = rest.strip_prefix('<') {
            return self.start_tag(rest);
        }
        let length = rest.find('<').unwrap_or(rest.len());
        let (text, rest) = rest.split_at(length);
        self.text(&expanded(text, |c| c)?);
        Some(rest)
    }

    fn start_tag<'t>(&mut self, rest: &'t str) -> Option<&'t str> {
        let (name, mut rest) = rest.split_at(rest.find([' ', '\t', '\n', '/', '>'])?);
        let (prefix, local) = qualified(name);
        let mut namespaces = self.open.last().map_or_else(BTreeMap::new, |parent| parent.namespaces.clone());
        let mut attributes = Vec::new();
        let empty = loop {
            rest = rest.trim_start_matches([' ', '\t', '\n']);
            if let Some(behind) = rest.strip_prefix("/>") {
                rest = behind;
                break true;
            }
            if let Some(behind) = rest.strip_prefix('>') {
                rest = behind;
                break false;
            }
            let (name, behind) = rest.split_once('=')?;
            let behind = behind.trim_start_matches([' ', '\t', '\n']);
            let quote = behind.chars().next()?;
            let (value, behind) = behind.strip_prefix(quote)?.split_once(quote)?;
            rest = behind;
            // XML 1.0 §3.3.3: white space as it stands becomes a blank, a referenced character is itself.
            let value = expanded(value, |c| if matches!(c, '\t' | '\n') { ' ' } else { c })?;
            match qualified(name.trim_end_matches([' ', '\t', '\n'])) {
                ("", "xmlns") if value.is_empty() => drop(namespaces.remove("")),
                ("", "xmlns") => drop(namespaces.insert(String::new(), value)),
                ("xmlns", "xml") => {}
                ("xmlns", prefix) => drop(namespaces.insert(prefix.to_owned(), value)),
                (prefix, local) => {
                    attributes.push(Attribute { prefix: prefix.to_owned(), local: local.to_owned(), value });
                }
            }
        };
        let (prefix, local) = (prefix.to_owned(), local.to_owned());
        let element = Element { prefix, local, attributes, namespaces, children: Vec::new() };
        if empty {
            self.push(Node::Element(element));
        } else {
            self.open.push(element);
        }
        Some(rest)
    }

    fn push(&mut self, node: Node) {
        self.open.last_mut().map_or(&mut self.document, |parent| &mut parent.children).push(node);
    }

    /// Text next to text is one node; what stands outside the root is no text.
    fn text(&mut self, text: &str) {
        let Some(parent) = self.open.last_mut() else { return };
        match parent.children.last_mut() {
            _ if text.is_empty() => {}
            Some(Node::Text(before)) => before.push_str(text),
            _ => parent.children.push(Node::Text(text.to_owned())),
        }
    }
}

fn qualified(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

/// The characters that are meant, those that stand for themselves changed by `literal`.
fn expanded(text: &str, literal: impl Fn(char) -> char) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character != '&' {
            out.push(literal(character));
            rest = rest.strip_prefix(character)?;
            continue;
        }
        let (name, behind) = rest.strip_prefix('&')?.split_once(';')?;
        out.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                    None => number.parse(),
                };
                char::from_u32(code.ok()?)?
            }
        });
        rest = behind;
    }
    Some(out)
}
