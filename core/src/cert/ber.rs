//! Tags and lengths as they come, in DER and in BER with indefinite lengths: enough to find what stands where.

/// One value: its first octet, what is in it, and all of it.
#[derive(Clone, Copy)]
pub(super) struct Tlv<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    pub(super) whole: &'a [u8],
}

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[0]` and `[1]`, constructed.
pub(super) const CONTEXT_0: u8 = 0xA0;
pub(super) const CONTEXT_1: u8 = 0xA1;

const CONSTRUCTED: u8 = 0x20;
const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// The value at the beginning, and what follows it.
pub(super) fn read(octets: &[u8]) -> Option<(Tlv<'_>, &[u8])> {
    let (tag, length, rest) = header(octets)?;
    let before = octets.len().checked_sub(rest.len())?;
    let (length, closing) = match length {
        Some(length) => (length, 0),
        None => (end_of_indefinite(rest)?, END_OF_CONTENTS.len()),
    };
    let content = rest.get(..length)?;
    let end = before.checked_add(length)?.checked_add(closing)?;
    let (whole, after) = octets.split_at_checked(end)?;
    Some((Tlv { tag, content, whole }, after))
}

/// The one value that all of these octets are.
pub(super) fn only(octets: &[u8]) -> Option<Tlv<'_>> {
    read(octets).filter(|(_, after)| after.is_empty()).map(|(tlv, _)| tlv)
}

/// The values one after another; the last is nothing if the octets break off.
pub(super) fn each(octets: &[u8]) -> impl Iterator<Item = Option<Tlv<'_>>> {
    let mut rest = Some(octets);
    core::iter::from_fn(move || {
        let octets = rest.filter(|octets| !octets.is_empty())?;
        let found = read(octets);
        rest = found.map(|(_, after)| after);
        Some(found.map(|(tlv, _)| tlv))
    })
}

/// Tag, length (none if it is indefinite) and what follows.
fn header(octets: &[u8]) -> Option<(u8, Option<usize>, &[u8])> {
    let (tag, rest) = octets.split_first()?;
    // Tags of several octets occur nowhere here.
    (tag & 0x1F != 0x1F).then_some(())?;
    let (first, rest) = rest.split_first()?;
    match first {
        0..=0x7F => Some((*tag, Some(usize::from(*first)), rest)),
        0x80 => (tag & CONSTRUCTED != 0).then_some((*tag, None, rest)),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x0F))?;
            let length = length
                .iter()
                .try_fold(0_u32, |sum, octet| Some(sum.checked_mul(256)? | u32::from(*octet)))?;
            Some((*tag, Some(usize::try_from(length).ok()?), rest))
        }
        _ => None,
    }
}

/// Where the content of an indefinite length ends. Definite lengths in it are stepped over, so each octet is seen once.
fn end_of_indefinite(content: &[u8]) -> Option<usize> {
    let (mut rest, mut depth) = (content, 0_usize);
    loop {
        if let Some(after) = rest.strip_prefix(&END_OF_CONTENTS) {
            if depth == 0 {
                return content.len().checked_sub(rest.len());
            }
            (rest, depth) = (after, depth.saturating_sub(1));
            continue;
        }
        let (_, length, after) = header(rest)?;
        match length {
            Some(length) => rest = after.get(length..)?,
            None => (rest, depth) = (after, depth.saturating_add(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn definite_and_indefinite_lengths_hold_the_same() {
        let definite = [0x30, 0x05, 0x02, 0x01, 0x07, 0x05, 0x00, 0xFF];
        let (tlv, after) = read(&definite).unwrap();
        assert_eq!((tlv.tag, tlv.content, after), (SEQUENCE, &definite[2..7], &[0xFF][..]));
        let indefinite = [0x30, 0x80, 0xA0, 0x80, 0x02, 0x01, 0x07, 0, 0, 0x05, 0x00, 0, 0, 0xFF];
        let (tlv, after) = read(&indefinite).unwrap();
        assert_eq!((tlv.content, after), (&indefinite[2..11], &[0xFF][..]));
        assert_eq!(tlv.whole, &indefinite[..13]);
        assert_eq!(each(tlv.content).map(|tlv| tlv.unwrap().tag).collect::<Vec<_>>(), [CONTEXT_0, 0x05]);
    }

    #[test]
    fn what_breaks_off_is_nothing() {
        for octets in [
            &[][..],
            &[0x30],
            &[0x30, 0x80],
            &[0x30, 0x80, 0x00],
            &[0x30, 0x80, 0x30, 0x80, 0, 0],
            &[0x02, 0x80, 0, 0],
            &[0x30, 0x82, 0x01],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
            &[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0x3F, 0x00],
        ] {
            assert!(read(octets).is_none(), "{octets:?}");
        }
        assert!(each(&[0x05, 0x00, 0x30]).last().unwrap().is_none());
        assert!(read(&[[0x30, 0x80].repeat(500_000), vec![0; 7]].concat()).is_none());
    }
}
