//! Which prefixes are visibly utilized, which are already rendered (Exclusive C14N §3).

use alloc::vec::Vec;

use crate::xml::scope::{Binding, Scope, is_same_prefix};

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
    /// Of each open element that some are written on: its depth, and how many are written outside it.
    outside: Vec<(usize, usize)>,
}

impl<'a> Rendered<'a> {
    /// Leaves the element at a depth.
    #[inline]
    pub(crate) fn leave(&mut self, depth: usize) {
        if let Some((_, outside)) = self.outside.pop_if(|(written, _)| *written == depth) {
            self.nodes.truncate(outside);
        }
    }

    /// Notes that namespace nodes were written on the element at a depth.
    pub(crate) fn write(&mut self, depth: usize, nodes: &[Needed<'a>]) {
        if !nodes.is_empty() {
            self.outside.push((depth, self.nodes.len()));
            self.nodes.extend_from_slice(nodes);
        }
    }

    /// Adds a prefix to those that must be written, unless an ancestor's rendering says the same.
    pub(crate) fn need(
        &self,
        needed: &mut Vec<Needed<'a>>,
        scope: &Scope<'a>,
        prefix: &'a str,
        binding: Binding,
    ) {
        if matches!(binding, Binding::Xml) || needed.iter().any(|n| is_same_prefix(n.prefix, prefix)) {
            return;
        }
        let rendered = self.nodes.iter().rev().find(|node| is_same_prefix(node.prefix, prefix));
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
