//! Sixty-four octets at a time: which of them end a run of text, of an attribute's value, of a name. Asking byte by byte costs a
//! branch each that no processor foresees; here a whole run costs one.

use wide::u8x16;

const OCTETS: usize = 64;
const LANES: usize = 16;

/// A bit for each octet from `base` on, the lowest for the first: set where a run cannot go on without a look. What lies behind
/// the end of the text ends every run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'a> {
    bytes: &'a [u8],
    base: usize,
    text: u64,
    attribute: u64,
    name: u64,
}

impl<'a> Window<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let mut window = Self { bytes, base: 0, text: 0, attribute: 0, name: 0 };
        window.look_at(0);
        window
    }

    /// Offset of the first byte from `at` on that needs a look in character data, or the length.
    #[inline]
    pub(crate) fn skip_text(&mut self, at: usize) -> usize {
        self.skip(at, |window| window.text)
    }

    /// Offset of the first byte from `at` on that needs a look in an attribute value, or the length.
    #[inline]
    pub(crate) fn skip_attribute(&mut self, at: usize) -> usize {
        self.skip(at, |window| window.attribute)
    }

    /// Offset of the first byte from `at` on that is not one of a name's in ASCII, or the length. The colon is none.
    #[inline]
    pub(crate) fn skip_name(&mut self, at: usize) -> usize {
        self.skip(at, |window| window.name)
    }

    #[inline]
    fn skip(&mut self, at: usize, ends: impl Fn(&Self) -> u64) -> usize {
        let within = at.wrapping_sub(self.base);
        let mut next = at;
        if within < OCTETS {
            let found = ends(self) >> within;
            if found != 0 {
                return at + places(found.trailing_zeros());
            }
            next = self.base + OCTETS;
        }
        loop {
            self.look_at(next);
            let found = ends(self);
            if found != 0 {
                return next + places(found.trailing_zeros());
            }
            next += OCTETS;
        }
    }

    /// Moves on. In place: a window that was given back would be copied, and what follows would wait for that.
    #[inline(never)]
    fn look_at(&mut self, base: usize) {
        self.base = base;
        let rest = self.bytes.get(base..).unwrap_or_default();
        match rest.first_chunk() {
            Some(octets) => self.classify(octets),
            None => {
                let mut octets = [0; OCTETS];
                octets.iter_mut().zip(rest).for_each(|(place, octet)| *place = *octet);
                self.classify(&octets);
            }
        }
    }

    #[inline]
    fn classify(&mut self, octets: &[u8; OCTETS]) {
        let (chunks, _) = octets.as_chunks::<LANES>();
        let (mut texts, mut attributes, mut names) = (0, 0, 0);
        for (chunk, shift) in chunks.iter().zip([0, 16, 32, 48]) {
            let [text, attribute, name] = classes(*chunk).map(|lanes| u64::from(lanes.to_bitmask()) << shift);
            texts |= text;
            attributes |= attribute;
            names |= name;
        }
        (self.text, self.attribute, self.name) = (texts, attributes, !names);
    }
}

/// Which octets end a run of text or of an attribute's value, and which go on with a name: all bits of theirs are set.
#[inline]
fn classes(octets: [u8; LANES]) -> [u8x16; 3] {
    let octets = u8x16::new(octets);
    let is = |octet: u8| octets.simd_eq(u8x16::splat(octet));
    let control = within(octets, 0, 0x1F);
    // Whoever has this bit anyway is no letter without it.
    let letters = within(octets | u8x16::splat(0x20), b'a', b'z');
    // In 0xEF begins what may be a noncharacter.
    let everywhere = is(b'<') | is(b'&') | is(0xEF);
    let text = everywhere | is(b'>') | (control & !(is(b'\n') | is(b'\t')));
    let attribute = everywhere | control | is(b'"') | is(b'\'');
    // The hyphen, the full stop and the digits stand together, with a slash among them.
    let digits = within(octets, b'-', b'9') & !is(b'/');
    [text, attribute, letters | digits | is(b'_')]
}

#[inline]
fn within(octets: u8x16, from: u8, to: u8) -> u8x16 {
    let distance = octets - u8x16::splat(from);
    distance.min(u8x16::splat(to - from)).simd_eq(distance)
}

/// A number of octets below the width of a window.
#[inline]
fn places(bits: u32) -> usize {
    usize::try_from(bits).unwrap_or(OCTETS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ends_text(octet: u8) -> bool {
        matches!(octet, b'<' | b'>' | b'&' | 0xEF) || (octet < 0x20 && !matches!(octet, b'\n' | b'\t'))
    }

    const fn ends_attribute(octet: u8) -> bool {
        matches!(octet, b'<' | b'&' | b'"' | b'\'' | 0xEF) || octet < 0x20
    }

    const fn ends_name(octet: u8) -> bool {
        !(octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-' | b'.'))
    }

    #[test]
    fn every_octet_ends_what_it_should_at_every_place() {
        for octet in 0..=u8::MAX {
            for place in [0, 1, 15, 16, 17, 31, 32, 47, 48, 62, 63, 64, 65, 127, 128, 200] {
                let mut bytes = [b'a'; 201];
                bytes[place] = octet;
                let found = |ends| if ends { place } else { 201 };
                for from in [0, place.saturating_sub(3), place] {
                    let mut window = Window::new(&bytes);
                    assert_eq!(window.skip_text(from), found(ends_text(octet)), "{octet} at {place}");
                    assert_eq!(
                        window.skip_attribute(from),
                        found(ends_attribute(octet)),
                        "{octet} at {place}"
                    );
                    assert_eq!(window.skip_name(from), found(ends_name(octet)), "{octet} at {place}");
                }
            }
        }
    }

    #[test]
    fn looks_back_as_well_as_on() {
        let bytes = [b"a<".repeat(100), b"b".repeat(300)].concat();
        let mut window = Window::new(&bytes);
        assert_eq!([window.skip_text(150), window.skip_text(2), window.skip_text(200)], [151, 3, 500]);
    }

    #[test]
    fn the_end_ends_everything() {
        for bytes in [&b""[..], b"a", &[b'a'; 64], &[b'a'; 65]] {
            assert_eq!(Window::new(bytes).skip_text(0), bytes.len());
            assert_eq!(Window::new(bytes).skip_name(bytes.len()), bytes.len());
        }
    }
}
