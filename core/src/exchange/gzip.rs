//! gzip (RFC 1952): unpacked strictly and within a bound, packed without a name or a time.

use alloc::boxed::Box;
use alloc::vec::Vec;

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use crate::error::{Error, Reason, Result};

/// Most members in one body. Nobody sends more than one; RFC 1952 allows several.
const MEMBERS_MAX: usize = 64;

/// How hard to press: zlib's usual level.
const LEVEL: u8 = 6;

const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

const FLAG_HEADER_CRC: u8 = 2;
const FLAG_EXTRA: u8 = 4;
const FLAG_NAME: u8 = 8;
const FLAG_COMMENT: u8 = 16;
const FLAGS_RESERVED: u8 = 0xe0;

/// The octets that a gzip body holds: at most `bytes_max`, every checksum and length checked, nothing behind the last member.
pub(super) fn unpack(packed: &[u8], bytes_max: usize) -> Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    let mut input = packed;
    let mut inflater = Box::<DecompressorOxide>::default();
    for _ in 0..MEMBERS_MAX {
        let damaged = || Error::at(Reason::Gzip, packed.len().saturating_sub(input.len()));
        let deflated = header_end(input).and_then(|end| input.get(end..)).ok_or_else(damaged)?;
        let start = unpacked.len();
        let taken = inflate(&mut inflater, deflated, &mut unpacked, bytes_max)
            .map_err(|reason| Error::at(reason, packed.len().saturating_sub(deflated.len())))?;
        let member = unpacked.get(start..).unwrap_or_default();
        input = deflated.get(taken..).and_then(|rest| trailer_checked(rest, member)).ok_or_else(damaged)?;
        if input.is_empty() {
            return Ok(unpacked);
        }
    }
    Err(Error::new(Reason::Gzip))
}

/// A gzip body of one member.
pub(super) fn pack(octets: &[u8]) -> Vec<u8> {
    let mut packed = HEADER.to_vec();
    packed.extend_from_slice(&compress_to_vec(octets, LEVEL));
    packed.extend_from_slice(&crc32fast::hash(octets).to_le_bytes());
    packed.extend_from_slice(&length_mod_2_32(octets).to_le_bytes());
    packed
}

/// Where the deflated octets begin, once the header has been read.
fn header_end(input: &[u8]) -> Option<usize> {
    let &[0x1f, 0x8b, 8, flags, ..] = input else { return None };
    if flags & FLAGS_RESERVED != 0 {
        return None;
    }
    let mut end = HEADER.len();
    if flags & FLAG_EXTRA != 0 {
        let length = u16::from_le_bytes(*input.get(end..)?.first_chunk()?);
        end = end.checked_add(2)?.checked_add(length.into())?;
    }
    for flag in [FLAG_NAME, FLAG_COMMENT] {
        if flags & flag != 0 {
            let text = input.get(end..)?;
            end = end.checked_add(memchr::memchr(0, text)?)?.checked_add(1)?;
        }
    }
    if flags & FLAG_HEADER_CRC != 0 {
        let claimed = u16::from_le_bytes(*input.get(end..)?.first_chunk()?);
        if u32::from(claimed) != crc32fast::hash(input.get(..end)?) & 0xffff {
            return None;
        }
        end = end.checked_add(2)?;
    }
    Some(end)
}

/// Inflates one member behind what is there already; gives how many input octets it took.
fn inflate(
    inflater: &mut DecompressorOxide,
    input: &[u8],
    output: &mut Vec<u8>,
    bytes_max: usize,
) -> Result<usize, Reason> {
    inflater.init();
    let start = output.len();
    let (mut taken, mut given) = (0_usize, 0_usize);
    output.resize(start.saturating_add(input.len().saturating_mul(2)).min(bytes_max), 0);
    loop {
        // The member's own slice, so that no distance can reach back into the member before it.
        let window = output.get_mut(start..).unwrap_or_default();
        let rest = input.get(taken..).unwrap_or_default();
        let (status, read, written) =
            decompress(inflater, rest, window, given, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF);
        taken = taken.saturating_add(read);
        given = given.saturating_add(written);
        match status {
            TINFLStatus::Done => {
                output.truncate(start.saturating_add(given));
                return Ok(taken);
            }
            TINFLStatus::HasMoreOutput if output.len() >= bytes_max => return Err(Reason::GzipTooLarge),
            TINFLStatus::HasMoreOutput => {
                output.resize(output.len().saturating_mul(2).clamp(1024.min(bytes_max), bytes_max), 0);
            }
            _ => return Err(Reason::Gzip),
        }
    }
}

/// What stands behind a member's trailer, if the trailer fits the member.
fn trailer_checked<'a>(rest: &'a [u8], member: &[u8]) -> Option<&'a [u8]> {
    let (crc, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let fits = u32::from_le_bytes(*crc) == crc32fast::hash(member)
        && u32::from_le_bytes(*length) == length_mod_2_32(member);
    fits.then_some(rest)
}

fn length_mod_2_32(octets: &[u8]) -> u32 {
    let [a, b, c, d, ..] = octets.len().to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    const MAX: usize = 1 << 20;

    fn reason(packed: &[u8]) -> Reason {
        unpack(packed, MAX).unwrap_err().reason()
    }

    #[test]
    fn unpacks_what_it_packed() {
        for octets in [&b""[..], b"a", &b"<Envelope/>".repeat(10_000)] {
            assert_eq!(unpack(&pack(octets), MAX).unwrap(), octets);
        }
    }

    #[test]
    fn unpacks_several_members_in_a_row() {
        let mut packed = pack(b"one,");
        packed.extend(pack(b""));
        packed.extend(pack(b"two"));
        assert_eq!(unpack(&packed, MAX).unwrap(), b"one,two");
    }

    #[test]
    fn reads_every_header_field() {
        let plain = pack(b"body");
        let mut packed =
            vec![0x1f, 0x8b, 8, FLAG_HEADER_CRC | FLAG_EXTRA | FLAG_NAME | FLAG_COMMENT, 0, 0, 0, 0, 0, 3];
        packed.extend([2, 0, b'x', b'y']);
        packed.extend(b"name\0comment\0");
        let crc = crc32fast::hash(&packed).to_le_bytes();
        packed.extend(&crc[..2]);
        packed.extend(&plain[10..]);
        assert_eq!(unpack(&packed, MAX).unwrap(), b"body");
        packed[13] ^= 1;
        assert_eq!(reason(&packed), Reason::Gzip);
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_refused_or_harmless() {
        let packed = pack(b"<Envelope>some text that is pressed, some text that is pressed</Envelope>");
        for end in 0..packed.len() {
            assert!(unpack(&packed[..end], MAX).is_err(), "cut at {end}");
        }
        // Bytes 4 to 9 are time, level and system: they say nothing about the octets.
        for at in (0..4).chain(10..packed.len()) {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x41;
            assert!(unpack(&damaged, MAX).is_err(), "flipped at {at}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_bound() {
        let bomb = pack(&vec![b' '; 8 * MAX]);
        assert!(bomb.len() < 20_000);
        assert_eq!(reason(&bomb), Reason::GzipTooLarge);
        assert_eq!(unpack(&pack(&vec![b' '; MAX]), MAX).unwrap().len(), MAX);
    }

    #[test]
    fn a_bomb_in_many_members_stops_at_the_bound() {
        let bomb = pack(&vec![b' '; MAX / 4]).repeat(8);
        assert_eq!(reason(&bomb), Reason::GzipTooLarge);
    }

    #[test]
    fn members_without_end_are_refused() {
        assert_eq!(reason(&pack(b"").repeat(MEMBERS_MAX + 1)), Reason::Gzip);
    }

    #[test]
    fn trailing_garbage_is_refused() {
        let mut packed = pack(b"body");
        packed.push(0);
        assert_eq!(reason(&packed), Reason::Gzip);
        assert_eq!(reason(b"<Envelope/>"), Reason::Gzip);
    }
}
