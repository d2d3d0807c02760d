//! What stands newest under a prefix, of what is put on a stack and taken off it again.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// Numbers of things on a stack, found by prefix. A sorted list: there are few, and many only where somebody means harm.
#[derive(Debug, Default)]
pub(crate) struct Newest<'a>(Vec<(&'a str, usize)>);

impl<'a> Newest<'a> {
    /// The newest thing's number, with the prefix as it was put there.
    #[inline]
    pub(crate) fn find(&self, prefix: &str) -> Option<(&'a str, usize)> {
        let place = self.place(prefix).ok()?;
        self.0.get(place).copied()
    }

    /// Puts a thing on the stack; gives the number of the one that it hides.
    pub(crate) fn put(&mut self, prefix: &'a str, number: usize) -> Option<usize> {
        match self.place(prefix) {
            Ok(place) => self.0.get_mut(place).map(|(_, newest)| core::mem::replace(newest, number)),
            Err(place) => {
                self.0.insert(place, (prefix, number));
                None
            }
        }
    }

    /// Takes the newest thing off the stack: what it hid is seen again.
    pub(crate) fn take(&mut self, prefix: &str, hidden: Option<usize>) {
        let Ok(place) = self.place(prefix) else { return };
        match (hidden, self.0.get_mut(place)) {
            (Some(hidden), Some((_, newest))) => *newest = hidden,
            _ => drop(self.0.remove(place)),
        }
    }

    #[inline]
    fn place(&self, prefix: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| order(other, prefix))
    }
}

/// Any order does. Most prefixes differ in length or have few letters: the library's way of comparing costs more than they do.
#[inline]
pub(crate) fn order(one: &str, other: &str) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.bytes().cmp(other.bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_found_and_what_it_hid_comes_back() {
        let mut newest = Newest::default();
        assert_eq!([newest.put("p", 0), newest.put("", 1), newest.put("p", 2)], [None, None, Some(0)]);
        assert_eq!(
            [newest.find("p"), newest.find(""), newest.find("q")],
            [Some(("p", 2)), Some(("", 1)), None]
        );
        newest.take("p", Some(0));
        newest.take("", None);
        assert_eq!([newest.find("p"), newest.find("")], [Some(("p", 0)), None]);
        newest.take("p", None);
        newest.take("p", None);
        assert_eq!(newest.find("p"), None);
    }

    #[test]
    fn many_prefixes_are_kept_apart() {
        let prefixes: Vec<alloc::string::String> =
            (0..200_u32).map(|number| alloc::format!("p{}", number * 7 % 200)).collect();
        let mut newest = Newest::default();
        for (number, prefix) in prefixes.iter().enumerate() {
            assert_eq!(newest.put(prefix, number), None);
        }
        for (number, prefix) in prefixes.iter().enumerate() {
            assert_eq!(newest.find(prefix), Some((prefix.as_str(), number)));
        }
    }
}
