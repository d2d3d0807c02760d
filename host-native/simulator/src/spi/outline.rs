//! The elements of a message that was verified before: where each one stands, and its text.

use core::ops::Range;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

/// An element of a message.
pub(crate) struct Node {
    name: String,
    children: Vec<usize>,
    /// From `<` of its start tag to `>` of its end tag.
    pub(crate) span: Range<usize>,
    /// What lies between its tags.
    pub(crate) inner: Range<usize>,
    /// Its own character data, children's not included.
    pub(crate) text: String,
}

/// Every element of a message, parents before children.
pub(crate) struct Outline {
    nodes: Vec<Node>,
}

const NODES_MAX: usize = 200_000;

impl Outline {
    /// Reads a whole message; nothing if it is not XML or has more elements than any real one.
    pub(crate) fn of(xml: &[u8]) -> Option<Self> {
        let mut reader = Reader::from_reader(xml);
        let mut nodes: Vec<Node> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        loop {
            let before = position(&reader)?;
            match reader.read_event().ok()? {
                Event::Start(tag) => {
                    let index = add(&mut nodes, open.last(), tag.local_name().as_ref(), before)?;
                    nodes.get_mut(index)?.inner.start = position(&reader)?;
                    open.push(index);
                }
                Event::Empty(tag) => {
                    let index = add(&mut nodes, open.last(), tag.local_name().as_ref(), before)?;
                    let node = nodes.get_mut(index)?;
                    node.span.end = position(&reader)?;
                    node.inner = node.span.end..node.span.end;
                }
                Event::End(_) => {
                    let node = nodes.get_mut(open.pop()?)?;
                    node.inner.end = before;
                    node.span.end = position(&reader)?;
                }
                Event::Text(text) => append(&mut nodes, &open, &text.xml10_content()),
                Event::CData(text) => append(&mut nodes, &open, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref().ok()? {
                        Some(character) => character.to_string(),
                        None => resolve_predefined_entity(&reference)?.to_owned(),
                    };
                    append(&mut nodes, &open, &character);
                }
                Event::Eof => return (open.is_empty() && !nodes.is_empty()).then_some(Self { nodes }),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::DocType(_) => return None,
            }
        }
    }

    /// The root.
    pub(crate) fn root(&self) -> Option<&Node> {
        self.nodes.first()
    }

    /// The first element at this path below another one.
    pub(crate) fn find<'a>(&'a self, from: &'a Node, path: &[&str]) -> Option<&'a Node> {
        path.iter().try_fold(from, |node, name| self.children(node, name).next())
    }

    /// The text of the first element at this path below the root, without the white space around it.
    pub(crate) fn text(&self, path: &[&str]) -> Option<&str> {
        self.find(self.root()?, path).map(|node| node.text.trim())
    }

    /// The children of this name, in order.
    pub(crate) fn children<'a>(&'a self, of: &'a Node, name: &str) -> impl Iterator<Item = &'a Node> {
        of.children.iter().filter_map(|index| self.nodes.get(*index)).filter(move |node| node.name == name)
    }

    /// The first child, whatever its name.
    pub(crate) fn first_child<'a>(&'a self, of: &'a Node) -> Option<&'a Node> {
        of.children.first().and_then(|index| self.nodes.get(*index))
    }
}

impl Node {
    /// The local name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

fn position(reader: &Reader<&[u8]>) -> Option<usize> {
    usize::try_from(reader.buffer_position()).ok()
}

fn add(nodes: &mut Vec<Node>, parent: Option<&usize>, name: &str, start: usize) -> Option<usize> {
    let index = nodes.len();
    if index >= NODES_MAX || (parent.is_none() && index > 0) {
        return None;
    }
    if let Some(parent) = parent {
        nodes.get_mut(*parent)?.children.push(index);
    }
    let name = name.to_owned();
    nodes.push(Node {
        name,
        children: Vec::new(),
        span: start..start,
        inner: start..start,
        text: String::new(),
    });
    Some(index)
}

fn append(nodes: &mut [Node], open: &[usize], text: &str) {
    if let Some(node) = open.last().and_then(|index| nodes.get_mut(*index)) {
        node.text.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::Outline;

    #[test]
    fn finds_elements_by_their_path_whatever_the_prefix() {
        let xml = b"<?xml version='1.0'?><p:a xmlns:p='x'><b>1</b><p:b> 2 &amp; &#51;<![CDATA[ <4>]]></p:b><c/></p:a>";
        let outline = Outline::of(xml).unwrap();
        let root = outline.root().unwrap();
        let texts: Vec<&str> = outline.children(root, "b").map(|b| b.text.trim()).collect();
        assert_eq!(texts, ["1", "2 & 3 <4>"]);
        let second = outline.children(root, "b").nth(1).unwrap();
        assert!(
            xml[second.span.clone()].starts_with(b"<p:b>") && xml[second.span.clone()].ends_with(b"</p:b>")
        );
        assert_eq!(&xml[outline.find(root, &["b"]).unwrap().inner.clone()], b"1");
        assert!(outline.text(&["c"]).unwrap().is_empty() && outline.text(&["d"]).is_none());
    }

    #[test]
    fn gives_nothing_for_what_is_no_document() {
        for bad in ["", "text", "<a>", "<a/><b/>", "<!DOCTYPE a><a/>", "<a>&unknown;</a>", "<a></b>"] {
            assert!(Outline::of(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
