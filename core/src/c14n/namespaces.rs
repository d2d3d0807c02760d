//! Which prefixes are visibly utilized, which are already rendered (Exclusive C14N §3).

use alloc::vec::Vec;

use crate::xml::newest::Newest;
use crate::xml::scope::Binding;

/// A namespace node that must be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needed<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) binding: Binding,
}

/// One that was written.
#[derive(Clone, Copy, Debug)]
struct Written<'a> {
    node: Needed<'a>,
    /// What was written for the same prefix further out.
    hides: Option<usize>,
}

/// The namespace nodes written on the elements that are open. An entry is made only where a prefix changes its meaning,
/// so there are never more than declarations in scope.
#[derive(Debug, Default)]
pub(crate) struct Rendered<'a> {
    nodes: Vec<Written<'a>>,
    newest: Newest<'a>,
    /// Of each open element that some are written on: its depth, and how many are written outside it.
    outside: Vec<(usize, usize)>,
}

impl<'a> Rendered<'a> {
    /// Leaves the element at a depth.
    #[inline]
    pub(crate) fn leave(&mut self, depth: usize) {
        if let Some((_, outside)) = self.outside.pop_if(|(written, _)| *written == depth) {
            for Written { node, hides } in self.nodes.drain(outside..).rev() {
                self.newest.take(node.prefix, hides);
            }
        }
    }

    /// Notes that namespace nodes, one a prefix, were written on the element at a depth.
    pub(crate) fn write(&mut self, depth: usize, nodes: &[Needed<'a>]) {
        if !nodes.is_empty() {
            self.outside.push((depth, self.nodes.len()));
            for &node in nodes {
                let hides = self.newest.put(node.prefix, self.nodes.len());
                self.nodes.push(Written { node, hides });
            }
        }
    }

    /// Adds a prefix to those that must be written, unless an ancestor's rendering says the same. It may be there already.
    #[inline]
    pub(crate) fn need(&self, needed: &mut Vec<Needed<'a>>, prefix: &'a str, binding: Binding) {
        let rendered = self.newest.find(prefix).and_then(|(_, number)| self.nodes.get(number));
        let says_the_same = match rendered {
            Some(written) => written.node.binding == binding,
            // No default namespace is what everybody assumes until told otherwise, and `xml` needs no telling.
            None => matches!(binding, Binding::None | Binding::Xml),
        };
        if !says_the_same {
            needed.push(Needed { prefix, binding });
        }
    }
}
