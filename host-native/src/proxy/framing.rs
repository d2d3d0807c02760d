//! Where one request ends and the next begins, read strictly (RFC 9112 §2.2, §6 and §7.1). Programs before the proxy may read the
//! same octets otherwise, and what they took for a body would then be a request here: request smuggling. So octets that leave room
//! for two readings never reach the HTTP reader whole: it is given something that it refuses, answers 400 and hangs up.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Digits of a Content-Length, and of a chunk's size: both stay far below what their readers hold.
const DIGITS_MAX: usize = 15;

/// Octets of one chunk's extensions.
const EXTENSION_BYTES_MAX: usize = 256;

/// Octets of a header field that are looked at: those of the fields that frame a message are shorter.
const LOOKED_AT_MAX: usize = 64;

/// No field, line or chunk size may hold it, so that every reader refuses it at once.
const REFUSED: [u8; 16] = [0; 16];

/// A caller's connection whose requests are framed in one way only.
pub(super) struct Framed<T> {
    inner: T,
    framing: Framing,
    refused: Option<Refused>,
}

#[derive(Clone, Copy)]
enum Refused {
    /// The HTTP reader has not been given all of what it refuses.
    Begun,
    Given,
}

impl<T> Framed<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, framing: Framing::default(), refused: None }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Framed<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.refused {
            Some(Refused::Begun) => {
                let most = buffer.remaining().min(REFUSED.len());
                buffer.put_slice(REFUSED.get(..most).unwrap_or_default());
                self.refused = Some(Refused::Given);
                return Poll::Ready(Ok(()));
            }
            Some(Refused::Given) => return Poll::Ready(Ok(())),
            None => {}
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        let read = buffer.filled_mut().get_mut(before..).unwrap_or_default();
        let Some(at) = self.framing.follow(read) else { return Poll::Ready(Ok(())) };
        if let Some(octet) = read.get_mut(at) {
            *octet = 0;
        }
        buffer.set_filled(before.saturating_add(at).saturating_add(1));
        self.refused = Some(Refused::Begun);
        tracing::warn!("a request that could be read in two ways was refused");
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Framed<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

/// Follows the octets of a connection from request to request.
#[derive(Debug, Default)]
struct Framing {
    place: Place,
    head: Head,
}

/// What the next octet belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// A line of a head begins here.
    #[default]
    LineStart,
    Line,
    /// Behind a line's carriage return.
    LineEnd,
    /// A body of which so much is to come.
    Body(u64),
    /// A chunk's size, so far, and its digits.
    Size(u64, usize),
    /// A chunk's size, and how long its extensions are.
    Extension(u64, usize),
    SizeEnd(u64),
    /// A chunk of which so much is to come.
    Chunk(u64),
    ChunkEnd,
    ChunkEndLine,
    /// Behind the last chunk.
    Last,
    LastLine,
}

/// What a head has said so far.
#[derive(Debug, Default)]
struct Head {
    begun: bool,
    /// The start of the line that is being read.
    line: Vec<u8>,
    length: Option<u64>,
    chunked: bool,
}

/// Octets that leave room for two readings.
struct Ambiguous;

impl Framing {
    /// Follows these octets. Gives the place of the first one at which readers may part.
    fn follow(&mut self, octets: &[u8]) -> Option<usize> {
        let mut at: usize = 0;
        while let Some(&octet) = octets.get(at) {
            // Whole stretches of bodies at once.
            let rest = octets.len().saturating_sub(at);
            let stretch = |left: u64| usize::try_from(left).unwrap_or(usize::MAX).min(rest);
            let less = |left: u64, by: usize| left.saturating_sub(u64::try_from(by).unwrap_or(u64::MAX));
            let (next, by) = match self.place {
                Place::Body(left) => {
                    let by = stretch(left);
                    (Ok(body(less(left, by))), by)
                }
                Place::Chunk(left) => {
                    let by = stretch(left);
                    let left = less(left, by);
                    (Ok(if left == 0 { Place::ChunkEnd } else { Place::Chunk(left) }), by)
                }
                _ => (self.step(octet), 1),
            };
            match next {
                Ok(place) => self.place = place,
                Err(Ambiguous) => return Some(at),
            }
            at = at.saturating_add(by);
        }
        None
    }

    fn step(&mut self, octet: u8) -> Result<Place, Ambiguous> {
        match (self.place, octet) {
            (Place::LineStart | Place::Line, b'\r') => Ok(Place::LineEnd),
            // A line without its carriage return, a field that goes on in the next line.
            (Place::LineStart | Place::Line, b'\n') | (Place::LineStart, b' ' | b'\t') => Err(Ambiguous),
            // A fragment never leaves its owner (RFC 9110 §4.2.5): the HTTP reader would cut it off and hand on the rest.
            (Place::LineStart | Place::Line, b'#') if !self.head.begun => Err(Ambiguous),
            (Place::LineStart | Place::Line, octet) => {
                self.head.push(octet);
                Ok(Place::Line)
            }
            (Place::LineEnd, b'\n') => self.head.line_ended(),
            (Place::Size(size, digits), octet) => of_size(size, digits, octet),
            (Place::Extension(size, _), b'\r') => Ok(Place::SizeEnd(size)),
            (Place::Extension(size, long), b'\t' | b' '..=b'~') if long < EXTENSION_BYTES_MAX => {
                Ok(Place::Extension(size, long.saturating_add(1)))
            }
            (Place::SizeEnd(0), b'\n') => Ok(Place::Last),
            (Place::SizeEnd(size), b'\n') => Ok(Place::Chunk(size)),
            (Place::ChunkEnd, b'\r') => Ok(Place::ChunkEndLine),
            (Place::ChunkEndLine, b'\n') => Ok(Place::Size(0, 0)),
            // Fields behind a body would come too late to be looked at: there may be none.
            (Place::Last, b'\r') => Ok(Place::LastLine),
            (Place::LastLine, b'\n') => Ok(Place::LineStart),
            _ => Err(Ambiguous),
        }
    }
}

const fn body(left: u64) -> Place {
    if left == 0 { Place::LineStart } else { Place::Body(left) }
}

fn of_size(size: u64, digits: usize, octet: u8) -> Result<Place, Ambiguous> {
    if let Some(digit) = char::from(octet).to_digit(16).filter(|_| digits < DIGITS_MAX) {
        let size = size.saturating_mul(16).saturating_add(digit.into());
        return Ok(Place::Size(size, digits.saturating_add(1)));
    }
    match octet {
        b'\r' if digits > 0 => Ok(Place::SizeEnd(size)),
        b';' if digits > 0 => Ok(Place::Extension(size, 0)),
        _ => Err(Ambiguous),
    }
}

impl Head {
    fn push(&mut self, octet: u8) {
        if self.line.len() < LOOKED_AT_MAX {
            self.line.push(octet);
        }
    }

    fn line_ended(&mut self) -> Result<Place, Ambiguous> {
        let line = core::mem::take(&mut self.line);
        if !line.is_empty() {
            // The request line is the HTTP reader's alone.
            if self.begun {
                self.field(&line)?;
            }
            self.begun = true;
            return Ok(Place::LineStart);
        }
        if !self.begun {
            // An empty line before a request (RFC 9112 §2.2).
            return Ok(Place::LineStart);
        }
        match core::mem::take(self) {
            Self { chunked: true, length: Some(_), .. } => Err(Ambiguous),
            Self { chunked: true, .. } => Ok(Place::Size(0, 0)),
            Self { length, .. } => Ok(body(length.unwrap_or(0))),
        }
    }

    /// A field may frame the message in one way, and say so once.
    fn field(&mut self, line: &[u8]) -> Result<(), Ambiguous> {
        let colon = line.iter().position(|&octet| octet == b':').unwrap_or(line.len());
        let (name, value) = (line.get(..colon).unwrap_or_default(), line.get(colon..).unwrap_or_default());
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Ambiguous);
            }
            self.chunked = true;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            if self.length.is_some() {
                return Err(Ambiguous);
            }
            self.length = Some(length(value).ok_or(Ambiguous)?);
        }
        Ok(())
    }
}

fn length(value: &[u8]) -> Option<u64> {
    let digits = value.len() <= DIGITS_MAX && value.iter().all(u8::is_ascii_digit);
    core::str::from_utf8(value).ok().filter(|_| digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where readers may part, however the octets are cut on their way.
    fn parts_at(octets: &str) -> Option<usize> {
        let whole = Framing::default().follow(octets.as_bytes());
        for cut in 1..octets.len() {
            let (first, second) = octets.as_bytes().split_at(cut);
            let mut framing = Framing::default();
            let found = framing.follow(first).or_else(|| framing.follow(second).map(|at| at + cut));
            assert_eq!(found, whole, "cut at {cut}: {octets:?}");
        }
        whole
    }

    #[test]
    fn requests_framed_in_one_way_are_followed_from_one_to_the_next() {
        for sound in [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "\r\nPOST / HTTP/1.1\r\ncontent-length:\t3 \r\n\r\na\nbPOST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\n\n\r\n\r\n0A;a=\"b\"\r\n0123456789\r\n0\r\n\r\nGET",
            "GET / HTTP/1.1\r\nA: #\r\nX-Transfer-Encoding: x\r\nX-Content-Length: y\r\nEmpty:\r\n\r\n",
        ] {
            assert_eq!(parts_at(sound), None, "{sound:?}");
        }
        let mut framing = Framing::default();
        assert_eq!(framing.follow(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nGET /"), None);
        assert_eq!(framing.place, Place::LineStart);
    }

    #[test]
    fn readers_part_where_framing_is_said_twice_or_loosely() {
        for (sound, loose) in [
            ("Host: a", "\n"),
            ("Host: a\r", "\r\n"),
            ("Host: a\r", "b\r\n"),
            ("A: b\r\n", " c\r\n"),
            ("A: b\r\n", "\tc\r\n"),
            ("A: b\r\n", "\n"),
            ("Content-Length: 3\r\nContent-Length: 3\r", "\n"),
            ("Content-Length: 3\r\nContent-Length: 4\r", "\n"),
            ("Content-Length: 3, 3\r", "\n"),
            ("Content-Length: +3\r", "\n"),
            ("Content-Length: 0x3\r", "\n"),
            ("Content-Length: 3 3\r", "\n"),
            ("Content-Length:\r", "\n"),
            ("Content-Length\r", "\n"),
            ("Content-Length: 1111111111111111\r", "\n"),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r", "\n"),
            ("Transfer-Encoding: gzip, chunked\r", "\n"),
            ("Transfer-Encoding: identity\r", "\n"),
            ("Transfer-Encoding: \u{b}chunked\r", "\n"),
            ("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r", "\n"),
            ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r", "\n"),
        ] {
            let sound = format!("POST / HTTP/1.1\r\n{sound}");
            assert_eq!(parts_at(&format!("{sound}{loose}")), Some(sound.len()), "{sound:?}");
        }
    }

    #[test]
    fn a_fragment_is_no_part_of_a_target() {
        assert_eq!(parts_at("GET /a#b HTTP/1.1\r\n\r\n"), Some(6));
    }

    #[test]
    fn readers_part_in_loose_chunks() {
        let start = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (sound, loose) in [
            ("", "\r\n"),
            ("", ";a\r\n"),
            ("", "-1\r\n"),
            ("", " 3\r\n"),
            ("3", " \r\n"),
            ("0", "x3\r\n"),
            ("3", "\nabc"),
            ("3\r", "abc"),
            ("3\r\nabc", "d\r\n"),
            ("3\r\nabc", "\n0\r\n"),
            ("3\r\nabc\r", "0\r\n"),
            ("3;a", "\nb\r\n"),
            ("3;a\r", "b\r\n"),
            ("000000000000000", "0\r\n"),
            ("0\r\n", "Content-Length: 4\r\n"),
            ("0\r\n", "\n"),
        ] {
            let sound = format!("{start}{sound}");
            assert_eq!(parts_at(&format!("{sound}{loose}")), Some(sound.len()), "{loose:?}");
        }
        let long = format!("{start}3;{}", "a".repeat(EXTENSION_BYTES_MAX + 1));
        assert_eq!(parts_at(&long), Some(long.len() - 1));
    }
}
