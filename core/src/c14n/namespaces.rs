//! Which prefixes are visibly utilized, which are already rendered (Exclusive C14N §3).

use alloc::vec::Vec;

use crate::xml::scope::{Binding, Scope};

/// A namespace node that must be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needed<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) binding: Binding,
}

/// The namespace nodes written on the elements that are open. An entry is made only where a prefix changes its meaning,
/// so there are never more than declarations in scope.
#[derive(Debug, Default)]
pub(crate) struct Rendered<'a> {
    nodes: Vec<Needed<'a>>,
    outside: Vec<usize>,
}

impl<'a> Rendered<'a> {
    /// Enters an element.
    pub(crate) fn enter(&mut self) {
        self.outside.push(self.nodes.len());
    }

    /// Leaves the innermost element.
    pub(crate) fn leave(&mut self) {
        self.nodes.truncate(self.outside.pop().unwrap_or(0));
    }

    /// Notes that a namespace node was written.
    pub(crate) fn push(&mut self, node: Needed<'a>) {
        self.nodes.push(node);
    }

    /// Adds a prefix to those that must be written, unless an ancestor's rendering says the same.
    pub(crate) fn need(
        &self,
        needed: &mut Vec<Needed<'a>>,
        scope: &Scope<'a>,
        prefix: &'a str,
        binding: Binding,
    ) {
        if matches!(binding, Binding::Xml) || needed.iter().any(|n| n.prefix == prefix) {
            return;
        }
        let rendered = self.nodes.iter().rev().find(|node| node.prefix == prefix);
        let says_the_same = match rendered {
            Some(node) => scope.same(node.binding, binding),
            // No default namespace is what everybody assumes until told otherwise.
            None => matches!(binding, Binding::None),
        };
        if !says_the_same {
            needed.push(Needed { prefix, binding });
        }
    }
}
