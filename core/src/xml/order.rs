//! What attributes are sorted by: one number each. Names are compared only where the numbers cannot tell.

/// Where an attribute stands among those of its element: the rank of its namespace, the opening of its local name, and, lowest,
/// which of them it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(u128);

/// How many bits tell which attribute it is: no message has room for more. As many are left for the rank.
const BITS: u32 = u32::BITS;

impl Place {
    /// The place of the attribute with a number: a namespace's rank goes before the local name.
    #[inline]
    pub(crate) fn new(rank: usize, local: &str, number: usize) -> Self {
        let rank = u128::try_from(rank).unwrap_or_default() << u64::BITS;
        Self((rank | u128::from(opening(local))) << BITS | u128::try_from(number).unwrap_or_default())
    }

    /// Which attribute it is the place of.
    #[inline]
    pub(crate) fn of(self) -> usize {
        let mask = u128::from(u32::MAX);
        usize::try_from(self.0 & mask).unwrap_or_default()
    }

    /// Whether only the rest of the local names can tell which of two comes first.
    #[inline]
    pub(crate) fn is_like(self, other: Self) -> bool {
        self.0 >> BITS == other.0 >> BITS
    }
}

/// The first octets of a name as a number. Names that differ in it sort as it does: a name has no octet zero.
#[inline]
fn opening(name: &str) -> u64 {
    let octets = name.as_bytes();
    match octets.first_chunk() {
        Some(chunk) => u64::from_be_bytes(*chunk),
        None => {
            (0..8).fold(0, |number, place| number << 8 | octets.get(place).map_or(0, |&octet| octet.into()))
        }
    }
}
