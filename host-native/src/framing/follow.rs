//! Follows the bytes of a connection from message to message.

use super::head::{After, Head, Speaker};

/// Digits of a chunk's size: far below what its readers hold.
const DIGITS_MAX: usize = 15;

/// Bytes of one chunk's extensions.
const EXTENSION_BYTES_MAX: usize = 256;

/// Bytes that leave room for two readings.
#[derive(Debug)]
pub(super) struct Ambiguous;

/// What came of following some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// All of them belong to messages in one way only.
    Whole,
    /// At this one readers may part.
    PartsAt(usize),
    /// The answer ends before this one.
    EndsAt(usize),
}

/// Follows the requests of a connection, one after the other, or one answer.
#[derive(Debug)]
pub(crate) struct Framing {
    speaker: Speaker,
    place: Place,
    head: Head,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A line of a head begins here.
    LineStart,
    Line,
    /// Behind a line's carriage return.
    LineEnd,
    /// A body of which so much is to come.
    Body(u64),
    /// A body that ends with the connection.
    Rest,
    /// A chunk's size, so far, and its digits.
    Size(u64, usize),
    /// A chunk's size, and how long its extensions are.
    Extension(u64, usize),
    SizeEnd(u64),
    /// A chunk of which so much is to come.
    Chunk(u64),
    ChunkEnd,
    ChunkEndLine,
    /// Behind the last chunk, at the start of a line.
    Last,
    /// In a field behind the last chunk.
    Trailer,
    TrailerEnd,
    LastLine,
    /// Behind an answer.
    Over,
}

impl Framing {
    /// At the start of a caller's requests.
    #[cfg(feature = "proxy")]
    pub(crate) fn of_requests() -> Self {
        Self::of(Speaker::Caller)
    }

    /// At the start of an answer; to `HEAD` it has no body.
    pub(crate) fn of_an_answer(to_head: bool) -> Self {
        Self::of(Speaker::Bacen { to_head })
    }

    fn of(speaker: Speaker) -> Self {
        Self { speaker, place: Place::LineStart, head: Head::default() }
    }

    /// Follows these bytes.
    pub(crate) fn follow(&mut self, bytes: &[u8]) -> Followed {
        let mut at: usize = 0;
        while let Some(&byte) = bytes.get(at) {
            // Whole stretches of bodies at once.
            let rest = bytes.len().saturating_sub(at);
            let stretch = |left: u64| usize::try_from(left).unwrap_or(usize::MAX).min(rest);
            let less = |left: u64, by: usize| left.saturating_sub(u64::try_from(by).unwrap_or(u64::MAX));
            let (next, by) = match self.place {
                Place::Over => return Followed::EndsAt(at),
                Place::Rest => return Followed::Whole,
                Place::Body(left) => {
                    let by = stretch(left);
                    (Ok(self.body(less(left, by))), by)
                }
                Place::Chunk(left) => {
                    let by = stretch(left);
                    let left = less(left, by);
                    (Ok(if left == 0 { Place::ChunkEnd } else { Place::Chunk(left) }), by)
                }
                _ => (self.step(byte), 1),
            };
            match next {
                Ok(place) => self.place = place,
                Err(Ambiguous) => return Followed::PartsAt(at),
            }
            at = at.saturating_add(by);
        }
        if self.place == Place::Over { Followed::EndsAt(at) } else { Followed::Whole }
    }

    fn step(&mut self, byte: u8) -> Result<Place, Ambiguous> {
        match (self.place, byte) {
            (Place::LineStart | Place::Line, b'\r') => Ok(Place::LineEnd),
            // A line without its carriage return, a field that goes on in the next line.
            (Place::LineStart | Place::Line, b'\n') | (Place::LineStart, b' ' | b'\t') => Err(Ambiguous),
            // A fragment never leaves its owner (RFC 9110 §4.2.5): the HTTP reader would cut it off and hand on the rest.
            (Place::LineStart | Place::Line, b'#')
                if self.speaker == Speaker::Caller && !self.head.has_begun() =>
            {
                Err(Ambiguous)
            }
            (Place::LineStart | Place::Line, byte) => {
                self.head.push(byte);
                Ok(Place::Line)
            }
            (Place::LineEnd, b'\n') => self.line_ended(),
            (Place::Size(size, digits), byte) => self.size(size, digits, byte),
            (Place::Extension(size, _), b'\r') => Ok(Place::SizeEnd(size)),
            (Place::Extension(size, long), b'\t' | b' '..=b'~') if long < EXTENSION_BYTES_MAX => {
                Ok(Place::Extension(size, long.saturating_add(1)))
            }
            (Place::SizeEnd(0), b'\n') => Ok(Place::Last),
            (Place::SizeEnd(size), b'\n') => Ok(Place::Chunk(size)),
            (Place::ChunkEnd, b'\r') => Ok(Place::ChunkEndLine),
            (Place::ChunkEndLine, b'\n') => Ok(Place::Size(0, 0)),
            (Place::Last, b'\r') => Ok(Place::LastLine),
            (Place::LastLine, b'\n') => Ok(self.end()),
            // Fields behind a caller's body would come too late to be looked at: there may be none. BACEN's go no further.
            (Place::Trailer, b'\r') => Ok(Place::TrailerEnd),
            (Place::TrailerEnd, b'\n') => Ok(Place::Last),
            (Place::Last | Place::Trailer, byte) if self.speaker != Speaker::Caller && byte != b'\n' => {
                Ok(Place::Trailer)
            }
            _ => Err(Ambiguous),
        }
    }

    fn line_ended(&mut self) -> Result<Place, Ambiguous> {
        if !self.head.line_ended(self.speaker)? {
            return Ok(Place::LineStart);
        }
        let head = core::mem::take(&mut self.head);
        Ok(match head.after(self.speaker)? {
            After::Head => Place::LineStart,
            After::Body(length) => self.body(length),
            After::Chunks => Place::Size(0, 0),
            After::Rest => Place::Rest,
        })
    }

    fn body(&self, left: u64) -> Place {
        if left == 0 { self.end() } else { Place::Body(left) }
    }

    fn end(&self) -> Place {
        if self.speaker == Speaker::Caller { Place::LineStart } else { Place::Over }
    }

    fn size(&self, size: u64, digits: usize, byte: u8) -> Result<Place, Ambiguous> {
        if let Some(digit) = char::from(byte).to_digit(16).filter(|_| digits < DIGITS_MAX) {
            let size = size.saturating_mul(16).saturating_add(digit.into());
            return Ok(Place::Size(size, digits.saturating_add(1)));
        }
        match byte {
            b'\r' if digits > 0 => Ok(Place::SizeEnd(size)),
            b';' if digits > 0 => Ok(Place::Extension(size, 0)),
            // Old servers fill a size up with blanks; every reader passes over them.
            b' ' | b'\t' if digits > 0 && self.speaker != Speaker::Caller => Ok(Place::Extension(size, 0)),
            _ => Err(Ambiguous),
        }
    }
}

#[cfg(test)]
mod tests;
