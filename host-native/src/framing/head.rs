//! What the head of a message says about its end.

use super::follow::Ambiguous;

/// Digits of a Content-Length: far below what its readers hold.
const DIGITS_MAX: usize = 15;

/// Bytes of a line that are looked at. The fields that frame a message are shorter; one that is not is refused.
const LOOKED_AT_MAX: usize = 64;

/// Who speaks, and so what a head may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    /// A caller, with requests.
    Caller,
    /// BACEN, with the answer to a request; to `HEAD` it has no body whatever its head says.
    Bacen { to_head: bool },
}

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// Another head: this one was an interim answer's.
    Head,
    /// So many bytes.
    Body(u64),
    /// Chunks.
    Chunks,
    /// Whatever comes until the connection ends.
    Rest,
}

/// What a head has said so far.
#[derive(Debug, Default)]
pub(super) struct Head {
    begun: bool,
    line: Line,
    start: Start,
    length: Option<u64>,
    chunked: bool,
}

/// The start of the line that is being read.
#[derive(Debug, Default)]
struct Line {
    bytes: Vec<u8>,
    is_cut: bool,
}

/// What the first line of an answer says.
#[derive(Clone, Copy, Debug, Default)]
struct Start {
    status: u16,
    is_http_10: bool,
}

impl Head {
    /// Whether its first line is over.
    pub(super) const fn has_begun(&self) -> bool {
        self.begun
    }

    pub(super) fn push(&mut self, byte: u8) {
        if self.line.bytes.len() < LOOKED_AT_MAX {
            self.line.bytes.push(byte);
        } else {
            self.line.is_cut = true;
        }
    }

    /// Takes the end of a line. Gives whether it was the head's last.
    pub(super) fn line_ended(&mut self, speaker: Speaker) -> Result<bool, Ambiguous> {
        let line = core::mem::take(&mut self.line);
        match (line.bytes.is_empty(), self.begun, speaker) {
            // An empty line before a request (RFC 9112 §2.2). Before an answer it belongs to nothing.
            (true, false, Speaker::Caller) => return Ok(false),
            (true, false, Speaker::Bacen { .. }) => return Err(Ambiguous),
            (true, true, _) => return Ok(true),
            (false, true, _) => self.field(&line)?,
            // The first line of a request is the HTTP reader's alone.
            (false, false, Speaker::Caller) => {}
            (false, false, Speaker::Bacen { .. }) => self.start = Start::read(&line.bytes),
        }
        self.begun = true;
        Ok(false)
    }

    /// What comes behind it.
    pub(super) fn after(&self, speaker: Speaker) -> Result<After, Ambiguous> {
        if self.chunked && (self.length.is_some() || self.start.is_http_10) {
            return Err(Ambiguous);
        }
        match (speaker, self.start.status) {
            (Speaker::Bacen { .. }, 101) => return Ok(After::Rest),
            (Speaker::Bacen { .. }, 100..=199) => return Ok(After::Head),
            (Speaker::Bacen { .. }, 204 | 304) | (Speaker::Bacen { to_head: true }, _) => {
                return Ok(After::Body(0));
            }
            _ => {}
        }
        Ok(match (self.chunked, self.length, speaker) {
            (true, ..) => After::Chunks,
            (false, Some(length), _) => After::Body(length),
            (false, None, Speaker::Caller) => After::Body(0),
            (false, None, Speaker::Bacen { .. }) => After::Rest,
        })
    }

    /// A field may frame the message in one way, and say so once, within what is looked at.
    fn field(&mut self, line: &Line) -> Result<(), Ambiguous> {
        let bytes = line.bytes.as_slice();
        let colon = bytes.iter().position(|&byte| byte == b':').unwrap_or(bytes.len());
        let (name, value) = (bytes.get(..colon).unwrap_or_default(), bytes.get(colon..).unwrap_or_default());
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let is = |known: &[u8]| name.trim_ascii().eq_ignore_ascii_case(known);
        let (is_coding, is_length) = (is(b"transfer-encoding"), is(b"content-length"));
        if (is_coding || is_length) && (line.is_cut || name.trim_ascii() != name) {
            return Err(Ambiguous);
        }
        if is_coding {
            if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Ambiguous);
            }
            self.chunked = true;
        } else if is_length {
            if self.length.is_some() {
                return Err(Ambiguous);
            }
            self.length = Some(length(value).ok_or(Ambiguous)?);
        }
        Ok(())
    }
}

impl Start {
    /// `HTTP/1.x NNN`; the HTTP reader refuses what is none.
    fn read(line: &[u8]) -> Self {
        let digits = line.get(9..12).and_then(|digits| core::str::from_utf8(digits).ok());
        Self {
            status: digits.and_then(|digits| digits.parse().ok()).unwrap_or(0),
            is_http_10: line.starts_with(b"HTTP/1.0"),
        }
    }
}

fn length(value: &[u8]) -> Option<u64> {
    let digits = value.len() <= DIGITS_MAX && value.iter().all(u8::is_ascii_digit);
    core::str::from_utf8(value).ok().filter(|_| digits)?.parse().ok()
}
