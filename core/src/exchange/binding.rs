//! Whether an answer belongs to its question: it has the root that the operation's answers have, and says again whatever the
//! request named. New fields and another order are welcome: BACEN brings them without notice. Of an operation that is not known
//! nothing is demanded, and the record says so.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::operations::{Need, OF_EVERY_BODY, OPERATIONS, Operation, Segment, Source, Tie};
use super::policy::{Channel, is_version, participant};
use crate::error::{Error, Reason, Result, Target};
use crate::profile::content::{self, Content, Path};
use crate::profile::party::Named;

/// What the root of a problem document is called (RFC 9457).
const PROBLEM: &str = "problem";

/// A request, as far as an answer can repeat it.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "filled from a request, or from a record's columns")]
pub struct Question<'q> {
    /// The channel.
    pub channel: Channel,
    /// The method.
    pub method: &'q str,
    /// The path, as it was sent.
    pub path: &'q str,
    /// The query without `?`, as it was sent.
    pub query: Option<&'q str>,
    /// The body, its content coding taken off; none if it is not at hand: then nothing that stands in it is compared.
    pub body: Option<&'q [u8]>,
}

impl core::fmt::Debug for Question<'_> {
    /// Path, query and body name people: they are left out.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Question")
            .field("channel", &self.channel)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// What came of holding an answer against its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "an operation is known or not")]
pub enum Belonging {
    /// The answer is one that was asked for.
    Bound,
    /// The operation is not known: nothing was compared.
    Unbound,
}

impl Question<'_> {
    /// Holds a message of the answer against the question. The message's signature must hold: only what was signed counts.
    ///
    /// # Errors
    /// [`Reason::AnswerMismatch`] if the message is the answer to something else.
    pub fn binds(&self, status: u16, message: &[u8]) -> Result<Belonging> {
        match self.channel {
            Channel::Spi => self.binds_spi(status, message),
            Channel::Dict => self.binds_dict(status, message),
        }
    }

    /// What comes out of a stream is addressed to the stream's owner; nothing else of ICOM's is signed.
    fn binds_spi(&self, status: u16, message: &[u8]) -> Result<Belonging> {
        if !is_success(status) {
            return is_problem(message);
        }
        let Some(owner) = participant(self.path) else { return Ok(Belonging::Unbound) };
        let reads = self.method == "GET" && self.path.split('/').nth(3) == Some("out");
        if reads && content::addressee(message)? == Named::One(owner) {
            Ok(Belonging::Bound)
        } else {
            Err(Error::new(Reason::AnswerMismatch).in_target(Target::AppHdr))
        }
    }

    fn binds_dict(&self, status: u16, message: &[u8]) -> Result<Belonging> {
        let segments = segments(self.path);
        let known = segments.as_ref().and_then(|segments| {
            OPERATIONS.iter().find(|known| known.method == self.method && fits(known, segments))
        });
        let (Some(operation), Some(segments)) = (known, &segments) else { return Ok(Belonging::Unbound) };
        if !is_success(status) {
            return is_problem(message);
        }
        let ties: Vec<Tie> = operation.ties.iter().chain(&OF_EVERY_BODY).copied().collect();
        let places: Vec<&Path> = ties.iter().map(|tie| tie.at).collect();
        let answer = content::read(message, &places)?;
        let asked = self.body_content(&ties);
        let holds = |(number, tie): (usize, &Tie)| {
            let wanted = self.wanted(tie, number, segments, asked.as_ref());
            // Of two ties to one place the text is found under the first.
            let place = places.iter().position(|place| *place == tie.at).unwrap_or(number);
            wanted.is_none_or(|wanted| tie.need.holds(&wanted, &answer, place))
        };
        if answer.root == operation.root && ties.iter().enumerate().all(holds) {
            Ok(Belonging::Bound)
        } else {
            Err(Error::new(Reason::AnswerMismatch).in_target(Target::Root))
        }
    }

    /// What the body names, by the numbers of the ties.
    fn body_content(&self, ties: &[Tie]) -> Option<Content<'_>> {
        let places: Vec<&Path> = ties
            .iter()
            .map(|tie| match tie.from {
                Source::Body(path) => path,
                Source::Segment(_) | Source::Query(_) => &[],
            })
            .collect();
        content::read(self.body.filter(|body| !body.is_empty())?, &places).ok()
    }

    /// What the request names; nothing if it names nothing there, or cannot be understood.
    fn wanted(
        &self,
        tie: &Tie,
        number: usize,
        segments: &[String],
        body: Option<&Content<'_>>,
    ) -> Option<Vec<String>> {
        let wanted: Vec<String> = match tie.from {
            Source::Segment(place) => segments.get(place).cloned().into_iter().collect(),
            Source::Query(name) => self.parameters(name).collect(),
            Source::Body(_) => body
                .into_iter()
                .flat_map(|body| body.at(number))
                .map(|text| text.unwrap_or_default().into())
                .collect(),
        };
        let named: Vec<String> = wanted.into_iter().filter(|text| !text.is_empty()).collect();
        (!named.is_empty()).then_some(named)
    }

    fn parameters(&self, wanted: &'static str) -> impl Iterator<Item = String> {
        let pairs = self.query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .filter(move |(name, _)| decoded(name).eq_ignore_ascii_case(wanted))
            .map(|(_, value)| decoded(&value.replace('+', " ")).trim().into())
    }
}

impl Need {
    /// Whether the answer says at this place what the request named.
    fn holds(self, wanted: &[String], answer: &Content<'_>, place: usize) -> bool {
        let is_wanted = |said: Option<&str>| {
            said.is_some_and(|said| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(said)))
        };
        let count = answer.at(place).count();
        let all = answer.at(place).all(is_wanted);
        match self {
            Self::Must => all && count == 1 && wanted.len() == 1,
            Self::IfThere => all && count <= 1,
            Self::Each => all,
            Self::Among => {
                let is_said = |wanted: &String| {
                    answer.at(place).flatten().any(|said| said.eq_ignore_ascii_case(wanted))
                };
                all && wanted.iter().all(is_said)
            }
        }
    }
}

const fn is_success(status: u16) -> bool {
    matches!(status, 200..300)
}

/// An error says again nothing of what was asked; it is an error, though, and nobody's data.
fn is_problem(message: &[u8]) -> Result<Belonging> {
    if content::read(message, &[])?.root == PROBLEM {
        Ok(Belonging::Bound)
    } else {
        Err(Error::new(Reason::AnswerMismatch))
    }
}

/// The segments of a path of DICT's behind its version, their escapes resolved.
fn segments(path: &str) -> Option<Vec<String>> {
    let mut segments = path.strip_suffix('/').unwrap_or(path).split('/').skip(1);
    let is_dict =
        matches!(segments.next(), Some("api" | "api-np")) && segments.next().is_some_and(is_version);
    is_dict.then(|| segments.map(|segment| decoded(segment).into_owned()).collect())
}

fn fits(operation: &Operation, segments: &[String]) -> bool {
    operation.path.len() == segments.len()
        && operation.path.iter().zip(segments).all(|(known, segment)| match known {
            Segment::Is(name) => name == segment,
            Segment::Any => !segment.is_empty(),
        })
}

/// Percent-escapes resolved (RFC 3986 §2.1), once. What is no escape, or no text behind it, stays as it is.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = behind.get(..2).filter(|_| *first == b'%').and_then(octet);
        octets.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    String::from_utf8(octets).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn octet(digits: &[u8]) -> Option<u8> {
    digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
    u8::from_str_radix(core::str::from_utf8(digits).ok()?, 16).ok()
}
