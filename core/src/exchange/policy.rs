//! Per channel: what is signed, what must come signed, which paths there are.

use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::caller::{self, HostName};
use super::demand::Demand;
use super::http::Request;
use crate::cert::{Certificate, Trust};
use crate::error::{Error, Reason, Result};
use crate::limits;
use crate::profile::{Profile, SignOptions, interrupted_values};

/// Which of BACEN's services an exchange is with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "BACEN has two")]
pub enum Channel {
    /// Payments, through ICOM.
    Spi,
    /// The directory of Pix keys.
    Dict,
}

impl Channel {
    /// The rules of this channel's messages.
    #[must_use]
    pub const fn profile(self) -> Profile {
        match self {
            Self::Spi => Profile::Spi,
            Self::Dict => Profile::Dict,
        }
    }

    /// `spi` or `dict`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.profile().as_str()
    }

    /// The methods this channel has, as an `Allow` header lists them.
    #[must_use]
    pub const fn allow(self) -> &'static str {
        match self {
            Self::Spi => "GET, POST, DELETE",
            Self::Dict => "GET, POST, PUT, DELETE",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What becomes of an answer whose signature holds, by a trusted certificate that is expired or not yet valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutsideValidity {
    /// It is refused as an invalid one is.
    #[default]
    Refuse,
    /// It is handed on, said to be `indeterminate`, and recorded so.
    Pass,
}

/// What becomes of a request for a path that the channel is not known to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownPath {
    /// It is refused.
    #[default]
    Refuse,
    /// It is treated as its method is treated elsewhere on the channel.
    Pass,
}

/// What becomes of a message in which a comment, a processing instruction or a CDATA section stands inside a value: readers
/// see different values there, and no signature covers a comment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum InterruptedValues {
    /// It is neither signed nor handed on.
    #[default]
    Refuse,
    /// It passes as any other.
    Pass,
}

/// How a bank lets one channel be used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Policy {
    /// The channel.
    pub channel: Channel,
    /// BACEN's host, without a port: what the `Host` header says.
    pub host: String,
    /// The names by which callers may call us, beside loopback names and the address where their requests arrive.
    pub own_hosts: Vec<HostName>,
    /// The certificate whose key signs.
    pub certificate: Certificate,
    /// BACEN's certificates.
    pub trust: Arc<Trust>,
    /// How to sign; `resign` also decides what becomes of a body that the caller signed already.
    pub sign: SignOptions,
    /// Whether an answer signed outside its certificate's validity passes.
    pub outside_validity: OutsideValidity,
    /// Whether unknown paths pass.
    pub unknown_path: UnknownPath,
    /// Whether messages pass whose values are interrupted.
    pub interrupted_values: InterruptedValues,
    /// Most bytes of a request's body, content coding taken off; a larger one is refused. By default
    /// [`limits::REQUEST_BYTES_MAX`], and [`limits::SECONDARY_REQUEST_BYTES_MAX`] for ICOM's secondary channel.
    pub request_bytes_max: usize,
    /// Most octets of a body that the host can hand to its caller; a larger answer is withheld.
    pub reply_bytes_max: usize,
}

/// The port of ICOM's secondary channel, in every environment of BACEN's.
const SECONDARY_PORT: &str = ":17422";

impl Policy {
    /// The strict policy of a channel. `endpoint` is BACEN's `host` or `host:port`; the port is not kept.
    #[must_use]
    pub fn new(channel: Channel, endpoint: &str, certificate: Certificate, trust: Arc<Trust>) -> Self {
        Self {
            channel,
            host: without_port(endpoint).to_string(),
            own_hosts: Vec::new(),
            certificate,
            trust,
            sign: SignOptions::default(),
            outside_validity: OutsideValidity::default(),
            unknown_path: UnknownPath::default(),
            interrupted_values: InterruptedValues::default(),
            request_bytes_max: request_bytes_max(channel, endpoint),
            reply_bytes_max: usize::MAX,
        }
    }

    /// Whether a request comes from a program that calls us by a name of ours. Every exchange asks it; a host asks it of what it
    /// answers without an exchange.
    ///
    /// # Errors
    /// If a page in a browser asks, or the request is for another host.
    pub fn admit(&self, request: &Request) -> Result<()> {
        caller::check(&request.headers, &request.reached, &self.own_hosts)
    }
}

impl Policy {
    /// Checks that every reader finds the same values in a message, if the bank wants that.
    ///
    /// # Errors
    /// [`Reason::ValueInterrupted`] at the first thing that stands inside a value.
    pub(super) fn takes_values_of(&self, message: &[u8]) -> Result<()> {
        if self.interrupted_values == InterruptedValues::Pass {
            return Ok(());
        }
        match interrupted_values(message, 1).first() {
            Some(value) => Err(Error::at(Reason::ValueInterrupted, value.offset)),
            None => Ok(()),
        }
    }
}

/// Scheduled and bulk traffic comes in large bodies, and has a channel of its own.
fn request_bytes_max(channel: Channel, endpoint: &str) -> usize {
    match channel {
        Channel::Spi if endpoint.ends_with(SECONDARY_PORT) => limits::SECONDARY_REQUEST_BYTES_MAX,
        Channel::Spi | Channel::Dict => limits::REQUEST_BYTES_MAX,
    }
}

/// The host of `host:port`, `[v6]:port`, or of a bare host.
pub(super) fn without_port(endpoint: &str) -> &str {
    match endpoint.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && is_whole_host(host) => host,
        _ => endpoint,
    }
}

fn is_whole_host(host: &str) -> bool {
    !host.contains(':') || (host.starts_with('[') && host.ends_with(']'))
}

/// What a request asks for, as far as signatures are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// SPI: messages go in; each is signed.
    Submit,
    /// SPI: messages come out; each must be signed.
    Read,
    /// SPI: a stream is closed.
    Close,
    /// SPI: a catalogue, which nobody signs.
    Catalog,
    /// DICT: a body that is signed; the answer must be.
    Write,
    /// DICT: the one body that is never signed; the answer must be.
    CheckKeys,
    /// DICT: no body; the answer must be signed.
    Lookup,
}

impl Operation {
    /// What a method and a path mean on a channel.
    pub(super) fn of(channel: Channel, unknown_path: UnknownPath, method: &str, path: &str) -> Result<Self> {
        if !is_plain_path(path) {
            return Err(Error::new(Reason::RequestPath));
        }
        let known = |known: bool, operation| {
            if known || unknown_path == UnknownPath::Pass {
                Ok(operation)
            } else {
                Err(Error::new(Reason::RequestPath))
            }
        };
        match (channel, method) {
            (Channel::Spi, "POST") => known(is_submit(path), Self::Submit),
            (Channel::Spi, "GET") if is_catalog(path) => Ok(Self::Catalog),
            (Channel::Spi, "GET") => known(path.starts_with("/api/"), Self::Read),
            (Channel::Spi, "DELETE") => known(path.starts_with("/api/"), Self::Close),
            (Channel::Dict, "POST") if is_check_keys(path) => Ok(Self::CheckKeys),
            (Channel::Dict, "POST" | "PUT") => known(is_dict(path), Self::Write),
            (Channel::Dict, "GET" | "DELETE") => known(is_dict(path), Self::Lookup),
            _ => Err(Error::new(Reason::RequestMethod)),
        }
    }

    /// The channel that it is one of.
    pub(super) const fn channel(self) -> Channel {
        match self {
            Self::Submit | Self::Read | Self::Close | Self::Catalog => Channel::Spi,
            Self::Write | Self::CheckKeys | Self::Lookup => Channel::Dict,
        }
    }

    /// Whether the request's messages are signed.
    pub(super) const fn signs(self) -> bool {
        matches!(self, Self::Submit | Self::Write)
    }

    /// Whether the request has a body.
    pub(super) const fn has_body(self) -> bool {
        matches!(self, Self::Submit | Self::Write | Self::CheckKeys)
    }

    /// Whether BACEN takes a gzip body (DICT does not).
    pub(super) const fn takes_gzip(self) -> bool {
        matches!(self, Self::Submit)
    }

    /// Whether a body may hold several messages.
    pub(super) const fn takes_multipart(self) -> bool {
        matches!(self, Self::Submit)
    }

    /// What an answer of this status must be. The status decides, for real DICT answers came wrongly labelled.
    pub(super) fn demand(self, status: u16) -> Demand {
        let success = (200..300).contains(&status);
        match self {
            _ if !success => Demand::IfSigned,
            Self::Read | Self::Write | Self::CheckKeys | Self::Lookup if status == 204 => Demand::IfAny,
            Self::Read | Self::Write | Self::CheckKeys | Self::Lookup => Demand::Signed,
            Self::Submit | Self::Close | Self::Catalog => Demand::IfSigned,
        }
    }
}

/// An absolute path of visible ASCII without dot segments: what the two ends cannot read differently.
fn is_plain_path(path: &str) -> bool {
    path.starts_with('/')
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'#' && b != b'\\')
        && !path.split('/').any(is_dot_segment)
}

fn is_dot_segment(segment: &str) -> bool {
    let dot = |rest: &str| match rest.get(..3) {
        Some(escape) if escape.eq_ignore_ascii_case("%2e") => Some(3),
        _ => rest.starts_with('.').then_some(1),
    };
    let Some(rest) = dot(segment).and_then(|n| segment.get(n..)) else { return false };
    rest.is_empty() || dot(rest) == Some(rest.len())
}

/// `/api/v{n}/in/{ispb}/msgs`
fn is_submit(path: &str) -> bool {
    let mut segments = path.strip_suffix('/').unwrap_or(path).split('/').skip(1);
    segments.next() == Some("api")
        && segments.next().is_some_and(is_version)
        && segments.next() == Some("in")
        && segments.next().is_some_and(|ispb| crate::Ispb::new(ispb).is_some())
        && segments.next() == Some("msgs")
        && segments.next().is_none()
}

/// The participant that a path of ICOM's names: `/api/v{n}/{in,out}/{ispb}/..`
pub(super) fn participant(path: &str) -> Option<crate::Ispb> {
    let mut segments = path.split('/').skip(1);
    let named = segments.next() == Some("api")
        && segments.next().is_some_and(is_version)
        && matches!(segments.next(), Some("in" | "out"));
    named.then(|| segments.next().and_then(crate::Ispb::new)).flatten()
}

/// `/api/v{n}/{in,out}/catalog`
fn is_catalog(path: &str) -> bool {
    let mut segments = path.strip_suffix('/').unwrap_or(path).split('/').skip(1);
    segments.next() == Some("api")
        && segments.next().is_some_and(is_version)
        && matches!(segments.next(), Some("in" | "out"))
        && segments.next() == Some("catalog")
        && segments.next().is_none()
}

pub(super) fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn is_dict(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/api-np/")
}

fn is_check_keys(path: &str) -> bool {
    is_dict(path) && path.strip_suffix('/').unwrap_or(path).ends_with("/keys/check")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_taken_off_and_nothing_else() {
        for (endpoint, host) in [
            ("icom.pi.rsfn.net.br:16422", "icom.pi.rsfn.net.br"),
            ("localhost", "localhost"),
            ("[::1]:9191", "[::1]"),
            ("[::1]", "[::1]"),
            ("::1", "::1"),
        ] {
            assert_eq!(without_port(endpoint), host);
        }
    }

    #[test]
    fn only_the_secondary_channel_of_icom_takes_large_requests() {
        for (channel, endpoint, bytes_max) in [
            (Channel::Spi, "icom.pi.rsfn.net.br:16422", limits::REQUEST_BYTES_MAX),
            (Channel::Spi, "icom-sec.pi.rsfn.net.br:17422", limits::SECONDARY_REQUEST_BYTES_MAX),
            (Channel::Dict, "dict.pi.rsfn.net.br:17422", limits::REQUEST_BYTES_MAX),
            (Channel::Spi, "localhost:7422", limits::REQUEST_BYTES_MAX),
        ] {
            assert_eq!(request_bytes_max(channel, endpoint), bytes_max, "{endpoint}");
        }
    }

    #[test]
    fn only_the_messages_path_takes_messages() {
        assert!(is_submit("/api/v1/in/12345678/msgs"));
        assert!(is_submit("/api/v2/in/99999A04/msgs/"));
        for path in ["/api/v1/in/1234567/msgs", "/api/v1/in/12345678/msgs/x", "/api/v/in/12345678/msgs", "/"]
        {
            assert!(!is_submit(path), "{path}");
        }
    }

    #[test]
    fn dot_segments_are_refused_in_every_spelling() {
        for path in
            ["/api/../x", "/api/.", "/api/%2e%2E/x", "/api/.%2e", "/a b", "/a#b", "x", "", "/a\\b", "/é"]
        {
            assert!(!is_plain_path(path), "{path}");
        }
        for path in
            ["/api/v2/entries/%2B5561", "/api/v2/entries/a.b@c", "/a/...", "/a/.b", "/a/b.", "/a/%2eb"]
        {
            assert!(is_plain_path(path), "{path}");
        }
    }

    #[test]
    fn errors_need_no_signature_and_answers_do() {
        assert_eq!(Operation::Lookup.demand(200), Demand::Signed);
        assert_eq!(Operation::Write.demand(201), Demand::Signed);
        assert_eq!(Operation::Write.demand(400), Demand::IfSigned);
        assert_eq!(Operation::Read.demand(204), Demand::IfAny);
        assert_eq!(Operation::Submit.demand(201), Demand::IfSigned);
    }
}
