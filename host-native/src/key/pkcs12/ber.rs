//! BER to DER as far as PKCS#12 files need it: indefinite lengths become definite, strings in pieces become whole.

use zeroize::Zeroizing;

/// Deepest nesting that is read. PKCS#12 itself has some twelve levels.
const DEPTH_MAX: usize = 32;

const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const CONSTRUCTED: u8 = 0x20;
const SEQUENCE: u8 = 0x30;
/// `[0]`, holding other elements.
const CONTEXT_0: u8 = 0xa0;
/// `[0]` in the place of an OCTET STRING's own tag.
const CONTEXT_0_STRING: u8 = 0x80;

/// One element: its tag and what is in it.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

/// The same structure in DER, if it is one with nothing behind it.
pub(super) fn to_der(ber: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let mut der = Zeroizing::new(Vec::with_capacity(ber.len().saturating_add(64)));
    let rest = transcode(ber, &mut der, 0, false)?;
    rest.is_empty().then_some(der)
}

/// The elements of DER that stand one behind the other.
pub(super) fn elements(der: &[u8]) -> Option<Vec<Element<'_>>> {
    let (mut elements, mut rest) = (Vec::new(), der);
    while !rest.is_empty() {
        let (tag, length, after) = head(rest)?;
        let (content, behind) = after.split_at_checked(length?)?;
        elements.push(Element { tag, content });
        rest = behind;
    }
    Some(elements)
}

/// Writes one element and gives what stands behind it. `in_pieces` says that a `[0]` here is an OCTET STRING's.
fn transcode<'a>(ber: &'a [u8], der: &mut Vec<u8>, depth: usize, in_pieces: bool) -> Option<&'a [u8]> {
    if depth > DEPTH_MAX {
        return None;
    }
    let (tag, length, after) = head(ber)?;
    let (content, behind) = match length {
        Some(length) => {
            let (content, behind) = after.split_at_checked(length)?;
            (content, Some(behind))
        }
        None if tag & CONSTRUCTED != 0 => (after, None),
        None => return None,
    };
    let is_string = tag == OCTET_STRING | CONSTRUCTED || (in_pieces && tag == CONTEXT_0);
    if tag & CONSTRUCTED == 0 {
        write(der, tag, content)?;
        return behind;
    }
    let mut inside = Zeroizing::new(Vec::with_capacity(content.len()));
    let mut rest = content;
    let mut tags = Vec::new();
    loop {
        match (rest, behind) {
            ([], Some(_)) => break,
            ([0, 0, after @ ..], None) => {
                rest = after;
                break;
            }
            _ => {}
        }
        if is_string {
            rest = piece(rest, &mut inside, depth.saturating_add(1))?;
            continue;
        }
        // EncryptedContentInfo: an identifier, an algorithm, and the octets, whose tag is `[0]`.
        let is_octets = tags == [OBJECT_IDENTIFIER, SEQUENCE];
        tags.push(*rest.first()?);
        rest = transcode(rest, &mut inside, depth.saturating_add(1), is_octets)?;
    }
    let tag = match tag {
        CONTEXT_0 if is_string => CONTEXT_0_STRING,
        _ if is_string => OCTET_STRING,
        _ => tag,
    };
    write(der, tag, &inside)?;
    behind.or(Some(rest))
}

/// Appends one piece of an OCTET STRING and gives what stands behind it.
fn piece<'a>(ber: &'a [u8], octets: &mut Vec<u8>, depth: usize) -> Option<&'a [u8]> {
    let mut whole = Zeroizing::new(Vec::new());
    let rest = transcode(ber, &mut whole, depth, false)?;
    let (tag, length, content) = head(&whole)?;
    if tag != OCTET_STRING || length? != content.len() {
        return None;
    }
    octets.extend_from_slice(content);
    Some(rest)
}

/// Tag and length of an element, and what stands behind them; no length if it is indefinite.
fn head(bytes: &[u8]) -> Option<(u8, Option<usize>, &[u8])> {
    let [tag, first, rest @ ..] = bytes else { return None };
    // Tags of several bytes have no place in PKCS#12.
    if tag & 0x1f == 0x1f {
        return None;
    }
    match first {
        0x80 => Some((*tag, None, rest)),
        0..=0x7f => Some((*tag, Some(usize::from(*first)), rest)),
        _ => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if length.len() > 4 {
                return None;
            }
            let length = length.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
            Some((*tag, Some(length), rest))
        }
    }
}

/// Writes one element; nothing if it is too long for one.
pub(super) fn write(der: &mut Vec<u8>, tag: u8, content: &[u8]) -> Option<()> {
    der.push(tag);
    let length = u32::try_from(content.len()).ok()?;
    if length < 0x80 {
        der.push(u8::try_from(length).ok()?);
    } else {
        let bytes = length.to_be_bytes();
        let bytes = bytes.get(usize::try_from(length.leading_zeros() / 8).ok()?..)?;
        der.push(0x80 | u8::try_from(bytes.len()).ok()?);
        der.extend_from_slice(bytes);
    }
    der.extend_from_slice(content);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(ber: &[u8]) -> Option<Vec<u8>> {
        to_der(ber).map(|der| der.to_vec())
    }

    #[test]
    fn der_stays_as_it_is() {
        for der in [&[0x30, 3, 2, 1, 3][..], &[0x30, 0], &[4, 2, 0, 0], &[0x30, 4, 0xa0, 2, 4, 0]] {
            assert_eq!(self::der(der).as_deref(), Some(der));
        }
        let long = [&[4, 0x82, 1, 0][..], &[7; 256]].concat();
        assert_eq!(der(&long), Some(long));
    }

    #[test]
    fn indefinite_lengths_and_pieces_become_definite_and_whole() {
        assert_eq!(der(&[0x30, 0x80, 2, 1, 3, 0, 0]).unwrap(), [0x30, 3, 2, 1, 3]);
        assert_eq!(der(&[0x24, 0x80, 4, 1, 1, 4, 2, 2, 3, 0, 0]).unwrap(), [4, 3, 1, 2, 3]);
        assert_eq!(der(&[0x24, 0x80, 0x24, 3, 4, 1, 1, 4, 0, 0, 0]).unwrap(), [4, 1, 1]);
        // A length in more bytes than it needs.
        assert_eq!(der(&[0x30, 0x82, 0, 3, 2, 1, 3]).unwrap(), [0x30, 3, 2, 1, 3]);
        // The octets of an EncryptedContentInfo, and the `[0]` of a ContentInfo.
        let octets = [0x30, 0x80, 6, 1, 42, 0x30, 0, 0xa0, 0x80, 4, 1, 1, 4, 1, 2, 0, 0, 0, 0];
        assert_eq!(der(&octets).unwrap(), [0x30, 9, 6, 1, 42, 0x30, 0, 0x80, 2, 1, 2]);
        let explicit = [0x30, 0x80, 6, 1, 42, 0xa0, 0x80, 4, 1, 1, 0, 0, 0, 0];
        assert_eq!(der(&explicit).unwrap(), [0x30, 8, 6, 1, 42, 0xa0, 3, 4, 1, 1]);
    }

    #[test]
    fn what_is_no_structure_is_refused() {
        for bytes in [
            &[][..],
            &[0x30],
            &[0x30, 0x80],
            &[0x30, 0x80, 0],
            &[0x30, 5, 2, 1, 3],
            &[0x30, 0, 0],
            &[4, 0x80, 0, 0],
            &[0x24, 0x80, 2, 1, 3, 0, 0],
            &[0x3f, 1, 0, 0],
            &[0x30, 0x85, 1, 1, 1, 1, 1],
            &[0x30, 0x80].repeat(2000),
        ] {
            assert_eq!(der(bytes), None, "{bytes:02x?}");
        }
    }
}
