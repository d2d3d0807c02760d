//! The namespace names in scope, each once: who asks whether two are the same, or which comes first, compares numbers.
//!
//! A name may be a megabyte long and be used by every element: compared letter by letter it would be paid at each of them.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::newest;

#[derive(Debug)]
struct Name<'a> {
    text: Cow<'a, str>,
    /// How many ranked names sort before it.
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
                self.give_ranks();
            }
        }
    }

    /// The name with a number.
    #[inline]
    pub(crate) fn text(&self, number: usize) -> &str {
        self.names.get(number).map_or("", |name| &name.text)
    }

    /// Gives every name that is on the stack its rank.
    pub(crate) fn rank(&mut self) {
        if self.ranked.len() == self.names.len() {
            return;
        }
        for number in self.ranked.len()..self.names.len() {
            let place = self.rank_of(self.text(number));
            self.ranked.insert(place, number);
        }
        self.give_ranks();
    }

    fn give_ranks(&mut self) {
        for (rank, &number) in self.ranked.iter().enumerate() {
            if let Some(name) = self.names.get_mut(number) {
                name.rank = rank;
            }
        }
    }

    /// The rank of the name with a number, since they were ranked: names sort as their ranks do.
    #[inline]
    pub(crate) fn ranked(&self, number: usize) -> usize {
        self.names.get(number).map_or(0, |name| name.rank)
    }

    /// How many of the names that were ranked sort before a text.
    pub(crate) fn rank_of(&self, text: &str) -> usize {
        self.ranked.partition_point(|&number| self.text(number) < text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_sort_as_their_letters_do(names: &mut Names<'_>) {
        names.rank();
        for number in 0..names.len() {
            assert_eq!(names.ranked(number), names.rank_of(names.text(number)), "{number}");
        }
        for one in 0..names.len() {
            for other in 0..names.len() {
                let by_rank = names.ranked(one).cmp(&names.ranked(other));
                assert_eq!(by_rank, names.text(one).cmp(names.text(other)), "{one} {other}");
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
        all_sort_as_their_letters_do(&mut names);
        assert_eq!(["urn:n", "urn:"].map(|word| names.number(word.into())), [4, 5]);
        all_sort_as_their_letters_do(&mut names);
    }
}
