//! Exclusive C14N a second time: slow, on a tree, written from the text of the recommendations and from nothing of the core's.
//!
//! It reads documents that are known to be well-formed; what it says of others means nothing.

mod c14n;
mod parse;
mod parts;

use std::collections::BTreeMap;

pub use c14n::{NodeSet, canonicalize};
pub use parse::parse;
pub use parts::{Parts, covered};

/// What `xml:` is bound to.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// A document as the XPath data model has it (XPath 1.0 §5).
#[derive(Clone, Debug)]
pub struct Document {
    /// The root element, and the comments and instructions around it.
    pub children: Vec<Node>,
}

impl Document {
    /// The root element.
    #[must_use]
    pub fn root(&self) -> Option<&Element> {
        self.children.iter().find_map(Node::element)
    }
}

#[expect(clippy::exhaustive_enums, reason = "the nodes of XPath")]
/// A node that has a place among its parent's children.
#[derive(Clone, Debug)]
pub enum Node {
    /// An element.
    Element(Element),
    /// As much text as there is in one place, references and CDATA sections replaced by what they mean.
    Text(String),
    /// A comment.
    Comment(String),
    /// A processing instruction: its target and its data.
    Pi(String, String),
}

impl Node {
    const fn element(&self) -> Option<&Element> {
        if let Self::Element(element) = self { Some(element) } else { None }
    }
}

/// An element.
#[derive(Clone, Debug)]
pub struct Element {
    /// What stands before the colon, or nothing.
    pub prefix: String,
    /// What stands behind it.
    pub local: String,
    /// The attributes but namespace declarations, in the order of the document.
    pub attributes: Vec<Attribute>,
    /// The namespace axis without `xml`: every prefix in scope, the empty one for the default namespace.
    pub namespaces: BTreeMap<String, String>,
    /// The children.
    pub children: Vec<Node>,
}

impl Element {
    /// The element's namespace name.
    #[must_use]
    pub fn namespace(&self) -> &str {
        namespace(&self.namespaces, &self.prefix)
    }

    /// The child elements.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(Node::element)
    }

    /// The only child element of this name.
    #[must_use]
    pub fn only(&self, namespace: &str, local: &str) -> Option<&Self> {
        let mut found = self.elements().filter(|e| e.local == local && e.namespace() == namespace);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// The value of the attribute of this name without a namespace.
    #[must_use]
    pub fn attribute(&self, local: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|a| a.prefix.is_empty() && a.local == local)?;
        Some(&found.value)
    }

    /// The text among its children.
    #[must_use]
    pub fn text(&self) -> String {
        let text = |node: &Node| if let Node::Text(text) = node { text.clone() } else { String::new() };
        self.children.iter().map(text).collect()
    }
}

/// An attribute that declares nothing.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// What stands before the colon, or nothing.
    pub prefix: String,
    /// What stands behind it.
    pub local: String,
    /// Its normalized value.
    pub value: String,
}

impl Attribute {
    /// The attribute's namespace name: none without a prefix.
    #[must_use]
    pub fn namespace<'e>(&self, element: &'e Element) -> &'e str {
        if self.prefix.is_empty() { "" } else { namespace(&element.namespaces, &self.prefix) }
    }
}

fn namespace<'n>(axis: &'n BTreeMap<String, String>, prefix: &str) -> &'n str {
    if prefix == "xml" { XML } else { axis.get(prefix).map_or("", String::as_str) }
}
