//! Frames: how records lie in a spool file, so that a torn end and a flipped bit are both seen and told apart.
//!
//! One frame is `mark (4) · length (4) · channel (8) · sequence (8) · CRC-32 of the payload (4) · CRC-32 of the header so
//! far (4) · payload`, integers little-endian. The mark holds bytes that UTF-8 never has and payloads are UTF-8, so the
//! next frame after a damaged one can be searched for. CRC-32 is there for accidents; against intent there is the chain.

use core::ops::Range;

/// The longest payload that a frame may hold.
pub(crate) const PAYLOAD_BYTES_MAX: usize = lacre_archive::RECORD_BYTES_MAX;

const MARK: [u8; 4] = [0xFF, b'L', b'A', 0xFE];
const CHANNEL_BYTES: usize = 8;
const HEADER_BYTES: usize = 32;

/// Appends one frame; `false` (and nothing written) when the payload or the channel's name is too long.
#[must_use]
pub(crate) fn append(out: &mut Vec<u8>, channel: &str, sequence: i64, payload: &[u8]) -> bool {
    let Ok(length) = u32::try_from(payload.len()) else { return false };
    if payload.len() > PAYLOAD_BYTES_MAX || channel.len() > CHANNEL_BYTES {
        return false;
    }
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend_from_slice(&MARK);
    header.extend_from_slice(&length.to_le_bytes());
    header.extend_from_slice(channel.as_bytes());
    header.resize(MARK.len() + 4 + CHANNEL_BYTES, 0);
    header.extend_from_slice(&sequence.to_le_bytes());
    header.extend_from_slice(&crc32fast::hash(payload).to_le_bytes());
    header.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
    out.extend_from_slice(&header);
    out.extend_from_slice(payload);
    true
}

/// What lies at one place of a spool file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// A whole record.
    Whole {
        /// What was spooled.
        payload: &'a [u8],
    },
    /// Octets that were changed after they had been written; `lost` names the record when its header still can.
    Damaged { lost: Option<(&'a str, i64)>, span: Range<usize> },
    /// The end of a write that did not finish: nobody was told that it had.
    Torn { span: Range<usize> },
}

/// Walks the frames of a spool file from its first octet to its last.
pub(crate) fn parts(bytes: &[u8]) -> Parts<'_> {
    Parts { bytes, at: 0 }
}

/// See [`parts`].
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let start = self.at;
        let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let Some(header) = Header::read(rest) else {
            let end = self.resume_after(start);
            self.at = end;
            let unfinished = end == self.bytes.len() && (rest.len() < HEADER_BYTES || is_zero(rest));
            let span = start..end;
            return Some(if unfinished { Part::Torn { span } } else { Part::Damaged { lost: None, span } });
        };
        let Some(payload) = rest.get(HEADER_BYTES..HEADER_BYTES.saturating_add(header.length)) else {
            self.at = self.bytes.len();
            return Some(Part::Torn { span: start..self.at });
        };
        self.at = start.saturating_add(HEADER_BYTES).saturating_add(header.length);
        Some(if crc32fast::hash(payload) == header.payload_crc {
            Part::Whole { payload }
        } else {
            Part::Damaged { lost: Some((header.channel, header.sequence)), span: start..self.at }
        })
    }
}

impl Parts<'_> {
    /// Where the next sound header begins, or the end.
    fn resume_after(&self, start: usize) -> usize {
        let from = start.saturating_add(1);
        let Some(rest) = self.bytes.get(from..) else { return self.bytes.len() };
        rest.windows(HEADER_BYTES)
            .position(|window| window.starts_with(&MARK) && Header::read(window).is_some())
            .map_or(self.bytes.len(), |found| from.saturating_add(found))
    }
}

struct Header<'a> {
    length: usize,
    channel: &'a str,
    sequence: i64,
    payload_crc: u32,
}

impl<'a> Header<'a> {
    /// The header at the start of `bytes`, if it is one and nothing in it was changed.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (mark, after) = bytes.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let (channel, after) = after.split_first_chunk::<CHANNEL_BYTES>()?;
        let (sequence, after) = after.split_first_chunk::<8>()?;
        let (payload_crc, after) = after.split_first_chunk::<4>()?;
        let (header_crc, _) = after.split_first_chunk::<4>()?;
        let covered = bytes.get(..HEADER_BYTES.saturating_sub(4))?;
        if *mark != MARK || crc32fast::hash(covered) != u32::from_le_bytes(*header_crc) {
            return None;
        }
        Some(Self {
            length: usize::try_from(u32::from_le_bytes(*length)).ok()?,
            channel: core::str::from_utf8(channel).ok()?.trim_end_matches('\0'),
            sequence: i64::from_le_bytes(*sequence),
            payload_crc: u32::from_le_bytes(*payload_crc),
        })
    }
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|octet| *octet == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Vec<u8> {
        let mut bytes = Vec::new();
        for (sequence, payload) in [(1, "one"), (2, "two, longer"), (3, "three")] {
            assert!(append(&mut bytes, "spi", sequence, payload.as_bytes()));
        }
        bytes
    }

    fn whole(bytes: &[u8]) -> Vec<&[u8]> {
        parts(bytes)
            .filter_map(|part| if let Part::Whole { payload } = part { Some(payload) } else { None })
            .collect()
    }

    #[test]
    fn reads_back_what_was_appended() {
        assert_eq!(whole(&three()), [&b"one"[..], b"two, longer", b"three"]);
        assert_eq!(parts(&[]).count(), 0);
    }

    #[test]
    fn any_cut_leaves_whole_frames_and_at_most_one_torn_end() {
        let bytes = three();
        for end in 0..bytes.len() {
            let found: Vec<_> = parts(&bytes[..end]).collect();
            let torn = found.iter().filter(|part| matches!(part, Part::Torn { .. })).count();
            assert!(
                torn <= 1 && !found.iter().any(|part| matches!(part, Part::Damaged { .. })),
                "cut at {end}"
            );
            assert!(
                found.iter().rev().skip(1).all(|part| matches!(part, Part::Whole { .. })),
                "cut at {end}"
            );
        }
    }

    #[test]
    fn zeros_at_the_end_are_a_write_that_did_not_finish() {
        let mut bytes = three();
        bytes.resize(bytes.len() + 500, 0);
        assert_eq!(whole(&bytes).len(), 3);
        assert!(matches!(parts(&bytes).last(), Some(Part::Torn { .. })));
    }

    #[test]
    fn any_flipped_bit_loses_one_record_at_most_and_never_passes() {
        let bytes = three();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(whole(&flipped).len(), 2, "bit {bit}");
            let damaged = parts(&flipped).filter(|part| matches!(part, Part::Damaged { .. })).count();
            assert_eq!(damaged, 1, "bit {bit}");
        }
    }

    #[test]
    fn a_damaged_payload_still_names_its_record() {
        let mut bytes = three();
        bytes[HEADER_BYTES] ^= 1;
        let first = parts(&bytes).next().unwrap();
        assert_eq!(first, Part::Damaged { lost: Some(("spi", 1)), span: 0..HEADER_BYTES + 3 });
    }
}
