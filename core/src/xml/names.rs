//! The namespace names in scope, each once: who asks whether two are the same, or which comes first, compares numbers.
//!
//! A name may be a megabyte long and be used by every element: compared letter by letter it would be paid at each of them.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::newest;

#[derive(Debug)]
struct Name<'a> {
    text: Cow<'a, str>,
    /// Smaller than that of every ranked name in scope that sorts after it.
    rank: usize,
}

/// Distinct names on a stack. A name's number is its place there.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    names: Vec<Name<'a>>,
    /// All numbers, in an order that is quick to search.
    known: Vec<usize>,
    /// The numbers of the oldest names, in the order in which C14N sorts them. The others were not asked for yet.
    ranked: Vec<usize>,
}

impl<'a> Names<'a> {
    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.names.len()
    }

    /// The number of a name, which is put on the stack if it is not there.
    pub(crate) fn number(&mut self, text: Cow<'a, str>) -> usize {
        match self.known.binary_search_by(|&number| newest::order(self.text(number), &text)) {
            Ok(place) => self.known.get(place).copied().unwrap_or_default(),
            Err(place) => {
                let number = self.names.len();
                self.known.insert(place, number);
                self.names.push(Name { text, rank: 0 });
                number
            }
        }
    }

    /// Takes names off the stack until so many are left.
    pub(crate) fn truncate(&mut self, len: usize) {
        if self.names.len() > len {
            self.names.truncate(len);
            self.known.retain(|&number| number < len);
            if self.ranked.len() > len {
                self.ranked.retain(|&number| number < len);
            }
        }
    }

    /// The name with a number.
    #[inline]
    pub(crate) fn text(&self, number: usize) -> &str {
        self.names.get(number).map_or("", |name| &name.text)
    }

    /// Makes [`Self::order`] know every name.
    pub(crate) fn rank(&mut self) {
        if self.ranked.len() == self.names.len() {
            return;
        }
        for number in self.ranked.len()..self.names.len() {
            let place = self.ranked.partition_point(|&other| self.text(other) < self.text(number));
            self.ranked.insert(place, number);
        }
        for (rank, &number) in self.ranked.iter().enumerate() {
            if let Some(name) = self.names.get_mut(number) {
                name.rank = rank;
            }
        }
    }

    /// How two names sort that have been ranked.
    #[inline]
    pub(crate) fn order(&self, one: usize, other: usize) -> Ordering {
        let rank = |number| self.names.get(number).map(|name: &Name<'_>| name.rank);
        rank(one).cmp(&rank(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_sort_as_their_letters_do(names: &mut Names<'_>) {
        names.rank();
        for one in 0..names.len() {
            for other in 0..names.len() {
                assert_eq!(names.order(one, other), names.text(one).cmp(names.text(other)), "{one} {other}");
            }
        }
    }

    #[test]
    fn equal_names_have_one_number_and_sort_as_their_letters_do() {
        let mut names = Names::default();
        let words = ["urn:m", "urn:c", "urn:zz", "urn:m", "urn:a"];
        assert_eq!(words.map(|word| names.number(word.into())), [0, 1, 2, 0, 3]);
        all_sort_as_their_letters_do(&mut names);
        names.truncate(2);
        assert_eq!((names.len(), names.text(1)), (2, "urn:c"));
        let words = ["urn:b", "urn:zzz", "urn:n", "urn:c"];
        assert_eq!(words.map(|word| names.number(word.into())), [2, 3, 4, 1]);
        all_sort_as_their_letters_do(&mut names);
        names.truncate(4);
        assert_eq!(["urn:n", "urn:"].map(|word| names.number(word.into())), [4, 5]);
        all_sort_as_their_letters_do(&mut names);
    }
}
