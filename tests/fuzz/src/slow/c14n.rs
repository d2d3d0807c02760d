//! The canonical form of a node-set: Canonical XML 1.0 §2.3 with the namespace nodes of Exclusive C14N 1.0 §3.

use std::collections::BTreeSet;
use std::ptr;

use super::{Document, Element, Node};

/// Which nodes are canonicalized, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct NodeSet<'d> {
    /// The apex of the subtree; the whole document if there is none.
    pub apex: Option<&'d Element>,
    /// An element that is left out with everything in it.
    pub without: Option<&'d Element>,
    /// Whether comments are in it.
    pub comments: bool,
    /// The InclusiveNamespaces PrefixList, the default namespace as an empty prefix.
    pub inclusive: &'d [String],
}

/// The canonical form.
#[must_use]
pub fn canonicalize<'d>(document: &'d Document, set: NodeSet<'d>) -> Vec<u8> {
    let mut writer = Writer { set, ancestors: Vec::new(), out: String::new() };
    match set.apex {
        Some(apex) => writer.element(apex),
        None => writer.document(document),
    }
    writer.out.into_bytes()
}

struct Writer<'d> {
    set: NodeSet<'d>,
    /// The output ancestors, the nearest last.
    ancestors: Vec<&'d Element>,
    out: String,
}

impl<'d> Writer<'d> {
    /// §2.3 on instructions and comments outside the document element: a line feed parts them from it.
    fn document(&mut self, document: &'d Document) {
        let mut behind = false;
        for node in &document.children {
            match node {
                Node::Element(element) => {
                    self.element(element);
                    behind = true;
                }
                Node::Comment(_) if !self.set.comments => {}
                node if behind => {
                    self.out.push('\n');
                    self.node(node);
                }
                node => {
                    self.node(node);
                    self.out.push('\n');
                }
            }
        }
    }

    fn node(&mut self, node: &'d Node) {
        match node {
            Node::Element(element) => self.element(element),
            Node::Text(text) => {
                for character in text.chars() {
                    match character {
                        '&' => self.out.push_str("&amp;"),
                        '<' => self.out.push_str("&lt;"),
                        '>' => self.out.push_str("&gt;"),
                        '\r' => self.out.push_str("&#xD;"),
                        other => self.out.push(other),
                    }
                }
            }
            Node::Comment(comment) if self.set.comments => {
                self.out.extend(["<!--", comment, "-->"]);
            }
            Node::Comment(_) => {}
            Node::Pi(target, data) => {
                let space = if data.is_empty() { "" } else { " " };
                self.out.extend(["<?", target, space, data, "?>"]);
            }
        }
    }

    fn element(&mut self, element: &'d Element) {
        if self.set.without.is_some_and(|without| ptr::eq(without, element)) {
            return;
        }
        let colon = if element.prefix.is_empty() { "" } else { ":" };
        let name = [&element.prefix, colon, &element.local].concat();
        self.out.extend(["<", &name]);
        for (prefix, value) in self.namespaces(element) {
            let colon = if prefix.is_empty() { "" } else { ":" };
            self.out.extend([" xmlns", colon, prefix, "=\""]);
            self.attribute_value(value);
        }
        let mut attributes: Vec<_> = element.attributes.iter().collect();
        attributes.sort_by_key(|a| (a.namespace(element), a.local.as_str()));
        for attribute in attributes {
            let colon = if attribute.prefix.is_empty() { "" } else { ":" };
            self.out.extend([" ", &attribute.prefix, colon, &attribute.local, "=\""]);
            self.attribute_value(&attribute.value);
        }
        self.out.push('>');
        self.ancestors.push(element);
        for child in &element.children {
            self.node(child);
        }
        self.ancestors.pop();
        self.out.extend(["</", &name, ">"]);
    }

    fn attribute_value(&mut self, value: &str) {
        for character in value.chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '"' => self.out.push_str("&quot;"),
                '\t' => self.out.push_str("&#x9;"),
                '\n' => self.out.push_str("&#xA;"),
                '\r' => self.out.push_str("&#xD;"),
                other => self.out.push(other),
            }
        }
        self.out.push('"');
    }

    /// The namespace nodes that are written on an element, in the order of their prefixes; an empty value undeclares.
    fn namespaces(&self, element: &'d Element) -> Vec<(&'d str, &'d str)> {
        let mut prefixes: BTreeSet<&'d str> = element.namespaces.keys().map(String::as_str).collect();
        // Where there is no default namespace, `xmlns=""` may have to say so.
        prefixes.insert("");
        let written = |prefix: &&str| {
            let value = element.namespaces.get(*prefix);
            // What this element's node is held against: the nearest output ancestor that has a say.
            let nearest = if self.set.inclusive.iter().any(|listed| listed == prefix) {
                // Listed: as Canonical XML has it, every output ancestor has a say.
                self.ancestors.last()
            } else {
                if !utilizes(element, prefix) {
                    return false;
                }
                self.ancestors.iter().rev().find(|ancestor| utilizes(ancestor, prefix))
            };
            value != nearest.and_then(|ancestor| ancestor.namespaces.get(*prefix))
        };
        prefixes
            .into_iter()
            .filter(written)
            .map(|prefix| (prefix, element.namespaces.get(prefix).map_or("", String::as_str)))
            .collect()
    }
}

/// Whether an element visibly utilizes a prefix: itself, or one of its attributes (§1.1).
fn utilizes(element: &Element, prefix: &str) -> bool {
    element.prefix == prefix
        || (!prefix.is_empty() && element.attributes.iter().any(|attribute| attribute.prefix == prefix))
}
