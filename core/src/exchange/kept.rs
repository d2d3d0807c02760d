//! What an archive kept of an exchange: which messages each side holds, and what each of them must prove.

use alloc::vec::Vec;

use super::body::Layout;
use super::demand::Demand;
use super::http::Headers;
use super::policy::{Channel, Operation, UnknownPath};
use crate::error::{Error, Reason, Result};

/// One side of an exchange as the audit trail keeps it: its body's content coding is taken off already.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "hosts fill it from a record's columns")]
pub struct Kept<'a> {
    /// The channel.
    pub channel: Channel,
    /// The request's method.
    pub method: &'a str,
    /// The request's path, without its query.
    pub path: &'a str,
    /// BACEN's status code; none for the request's own side.
    pub status: Option<u16>,
    /// The Content-Type of this side's body, as it came.
    pub content_type: Option<&'a str>,
}

impl Kept<'_> {
    /// What this side's body must be. A path that the channel is not known to have is taken as its method is elsewhere:
    /// policy may have let it pass.
    ///
    /// # Errors
    /// If there is no such operation, or no such status.
    pub fn demand(&self) -> Result<Demand> {
        match self.status {
            Some(status) if !(200..600).contains(&status) => Err(Error::new(Reason::ResponseSyntax)),
            Some(status) => Ok(self.operation()?.demand(status)),
            None if self.operation()?.signs() => Ok(Demand::Signed),
            None => Ok(Demand::IfSigned),
        }
    }

    /// The messages of this side's body: one, or the parts of a multipart body.
    ///
    /// # Errors
    /// If there should be one and there is none, or the multipart structure is damaged.
    pub fn messages<'o>(&self, octets: &'o [u8]) -> Result<Vec<&'o [u8]>> {
        let demand = self.demand()?;
        if octets.is_empty() {
            return demand.of_nothing().map(|()| Vec::new());
        }
        let headers: Headers = self.content_type.map(|value| ("content-type", value)).into_iter().collect();
        let layout = match self.status {
            Some(_) => demand.layout(&headers, octets)?,
            None if self.operation()?.takes_multipart() => Layout::read(&headers, octets)?,
            None => Layout::Single,
        };
        Ok(layout.messages(octets))
    }

    fn operation(&self) -> Result<Operation> {
        Operation::of(self.channel, UnknownPath::Pass, self.method, self.path)
    }
}

impl core::fmt::Debug for Kept<'_> {
    /// The path of a DICT request holds a person's key: it is left out.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Kept")
            .field("channel", &self.channel)
            .field("method", &self.method)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(
        channel: Channel,
        method: &'static str,
        path: &'static str,
        status: Option<u16>,
    ) -> Kept<'static> {
        Kept { channel, method, path, status, content_type: None }
    }

    #[test]
    fn a_side_must_be_what_it_had_to_be_when_it_was_live() {
        let submit = "/api/v1/in/12345678/msgs";
        for (side, demand) in [
            (kept(Channel::Spi, "POST", submit, None), Demand::Signed),
            (kept(Channel::Spi, "POST", submit, Some(201)), Demand::IfSigned),
            (kept(Channel::Spi, "GET", "/api/v1/out/12345678/stream/start", Some(200)), Demand::Signed),
            (kept(Channel::Dict, "GET", "/api/v2/entries/x", Some(200)), Demand::Signed),
            (kept(Channel::Dict, "GET", "/api/v2/entries/x", Some(404)), Demand::IfSigned),
            (kept(Channel::Dict, "POST", "/api/v2/keys/check", None), Demand::IfSigned),
        ] {
            assert_eq!(side.demand(), Ok(demand), "{side:?}");
        }
        assert!(kept(Channel::Dict, "PATCH", "/api/v2/entries/x", Some(200)).demand().is_err());
        assert!(kept(Channel::Dict, "GET", "/api/v2/entries/x", Some(199)).demand().is_err());
    }

    #[test]
    fn the_parts_of_a_stream_are_messages_of_their_own() {
        let mut side = kept(Channel::Spi, "GET", "/api/v1/out/12345678/stream/start", Some(200));
        side.content_type = Some("multipart/mixed; boundary=b");
        let body = b"--b\r\n\r\n<a/>\r\n--b\r\n\r\n<c/>\r\n--b--\r\n";
        assert_eq!(side.messages(body), Ok(alloc::vec![&b"<a/>"[..], &b"<c/>"[..]]));
        assert!(side.messages(b"<a/>").is_err());
    }

    #[test]
    fn a_body_that_should_be_there_is_missed() {
        let side = kept(Channel::Dict, "GET", "/api/v2/entries/x", Some(200));
        assert_eq!(side.messages(b"").unwrap_err().reason(), Reason::BodyPresence);
        let none = kept(Channel::Dict, "GET", "/api/v2/entries/x", Some(404)).messages(b"");
        assert_eq!(none, Ok(Vec::new()));
    }
}
