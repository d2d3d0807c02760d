//! What an archive kept of an exchange: which messages each side holds, and what each of them must prove.

use alloc::vec::Vec;

use super::body::Layout;
use super::demand::Demand;
use super::envelope::Envelope;
use super::headers;
use super::http::Headers;
use super::policy::{Channel, Operation, UnknownPath};
use super::rules::Rules;
use crate::error::{Error, Reason, Result};

/// One side of an exchange as the audit trail keeps it: its body's content coding is taken off already, where that could be done.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "hosts fill it from a record's columns")]
pub struct Kept<'a> {
    /// The rules that the exchange was judged by.
    pub rules: Rules,
    /// The channel.
    pub channel: Channel,
    /// The request's method.
    pub method: &'a str,
    /// The request's path, without its query.
    pub path: &'a str,
    /// BACEN's status code; none for the request's own side.
    pub status: Option<u16>,
    /// This side's header fields, as they were recorded.
    pub headers: &'a Headers,
    /// SHA-256 of this side's body as it went over the wire, in hexadecimal, if that was recorded.
    pub wire_sha256: Option<&'a str>,
    /// The code of the reason that was recorded for the verdict on this side, if there is one.
    pub recorded_reason: Option<&'a str>,
}

/// What one side holds: what must be proved, and by which messages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a side is these two")]
pub struct Opened<'o> {
    /// What the body must be.
    pub demand: Demand,
    /// Its messages: one, or the parts of a multipart body; none if it is empty.
    pub messages: Vec<&'o [u8]>,
    /// Why a message here is not believed even if it is signed: its label could have another reader see a different one.
    pub mislabelled: Option<Error>,
}

impl Kept<'_> {
    /// Opens this side's body as it was opened when it was live. A path that the channel is not known to have is taken as its method
    /// is elsewhere: policy may have let it pass.
    ///
    /// # Errors
    /// Why the live body was, or would have been, refused before any message in it was looked at.
    pub fn open<'o>(&self, octets: &'o [u8]) -> Result<Opened<'o>> {
        let operation = Operation::of(self.channel, UnknownPath::Pass, self.method, self.path)?;
        let (demand, layout) = match self.status {
            Some(status) => {
                let envelope = Envelope { rules: self.rules, operation, status, headers: self.headers };
                envelope.check_kept(octets, self.wire_sha256)?;
                self.check_single()?;
                envelope.layout(octets)?
            }
            None => self.request_layout(operation, octets)?,
        };
        let mislabelled = layout.as_ref().and_then(Layout::mislabelled);
        let messages = layout.map(|layout| layout.messages(octets)).unwrap_or_default();
        Ok(Opened { demand, messages, mislabelled })
    }

    /// A record joins fields of one name. The first rules refused two of them and took one with a comma in it: only the reason that
    /// was recorded tells which it was. The second refuse both.
    fn check_single(&self) -> Result<()> {
        let doubled = Error::new(Reason::HeaderSyntax);
        let was_refused = self.rules == Rules::First && self.recorded_reason == Some(doubled.code());
        let content_type = self.headers.joined("content-type");
        if was_refused && content_type.is_some_and(|value| headers::is_list(&value)) {
            return Err(doubled);
        }
        Ok(())
    }

    fn request_layout(&self, operation: Operation, octets: &[u8]) -> Result<(Demand, Option<Layout>)> {
        let signed = operation.signs() && !self.channel.profile().is_never_signed(octets);
        let demand = if signed { Demand::Signed } else { Demand::IfSigned };
        if octets.is_empty() {
            return demand.of_nothing().map(|()| (demand, None));
        }
        let layout = match operation {
            _ if operation.takes_multipart() => Layout::read(self.headers, octets, self.rules)?,
            _ => Layout::Single,
        };
        Ok((demand, Some(layout)))
    }
}

impl core::fmt::Debug for Kept<'_> {
    /// The path of a DICT request holds a person's key: it is left out.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Kept")
            .field("rules", &self.rules)
            .field("channel", &self.channel)
            .field("method", &self.method)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::{hex, sha256};
    use crate::exchange::gzip_packed;

    const SUBMIT: &str = "/api/v1/in/12345678/msgs";
    const STREAM: &str = "/api/v1/out/12345678/stream/start";
    const ENTRY: &str = "/api/v2/entries/x";

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        pairs.iter().copied().collect()
    }

    fn kept<'a>(
        (channel, method, path, status): (Channel, &'a str, &'a str, Option<u16>),
        headers: &'a Headers,
    ) -> Kept<'a> {
        Kept {
            rules: Rules::CURRENT,
            channel,
            method,
            path,
            status,
            headers,
            wire_sha256: None,
            recorded_reason: None,
        }
    }

    #[test]
    fn a_side_must_be_what_it_had_to_be_when_it_was_live() {
        let plain = Headers::new();
        for (side, demand) in [
            ((Channel::Spi, "POST", SUBMIT, None), Demand::Signed),
            ((Channel::Spi, "POST", SUBMIT, Some(201)), Demand::IfSigned),
            ((Channel::Spi, "GET", STREAM, Some(200)), Demand::Signed),
            ((Channel::Dict, "GET", ENTRY, Some(200)), Demand::Signed),
            ((Channel::Dict, "GET", ENTRY, Some(404)), Demand::IfSigned),
            ((Channel::Dict, "POST", "/api/v2/keys/check", None), Demand::IfSigned),
        ] {
            let opened = kept(side, &plain).open(b"<a/>").unwrap();
            assert_eq!((opened.demand, opened.messages), (demand, alloc::vec![&b"<a/>"[..]]), "{side:?}");
        }
        assert!(kept((Channel::Dict, "PATCH", ENTRY, Some(200)), &plain).open(b"<a/>").is_err());
        assert!(kept((Channel::Dict, "GET", ENTRY, Some(199)), &plain).open(b"<a/>").is_err());
    }

    #[test]
    fn the_parts_of_a_stream_are_messages_of_their_own() {
        let parts = headers(&[("content-type", "multipart/mixed; boundary=b")]);
        let side = kept((Channel::Spi, "GET", STREAM, Some(200)), &parts);
        let body = b"--b\r\n\r\n<a/>\r\n--b\r\n\r\n<c/>\r\n--b--\r\n";
        assert_eq!(side.open(body).unwrap().messages, alloc::vec![&b"<a/>"[..], &b"<c/>"[..]]);
        assert!(side.open(b"<a/>").is_err());
    }

    #[test]
    fn a_body_that_should_be_there_is_missed() {
        let plain = Headers::new();
        let side = kept((Channel::Dict, "GET", ENTRY, Some(200)), &plain);
        assert_eq!(side.open(b"").unwrap_err().reason(), Reason::BodyPresence);
        let none = kept((Channel::Dict, "GET", ENTRY, Some(404)), &plain).open(b"").unwrap();
        assert_eq!(none.messages.len(), 0);
    }

    #[test]
    fn what_could_not_be_unpacked_is_refused_again_and_what_was_unpacked_is_not() {
        let refused = |label: &str, octets: &[u8], wire: &[u8]| {
            let labelled = headers(&[("content-encoding", label)]);
            let mut side = kept((Channel::Dict, "GET", ENTRY, Some(200)), &labelled);
            let wire_sha256 = hex(&sha256(wire));
            side.wire_sha256 = Some(&wire_sha256);
            side.open(octets).err().map(|error| error.reason())
        };
        let packed = gzip_packed(b"<a/>");
        let bomb = gzip_packed(&alloc::vec![b' '; UNPACKED_MAX + 1]);
        for (label, octets, wire, reason) in [
            ("gzip", &b"<a/>"[..], &*packed, None),
            ("gzip", &packed[..9], &packed[..9], Some(Reason::Gzip)),
            ("gzip", b"<a/>", b"<a/>", Some(Reason::Gzip)),
            ("gzip", &packed, &packed, Some(Reason::GzipTooLarge)),
            ("gzip", &bomb, &bomb, Some(Reason::GzipTooLarge)),
            ("br", b"<a/>", b"<a/>", Some(Reason::ContentEncoding)),
            ("gzip, gzip", b"<a/>", b"<a/>", Some(Reason::ContentEncoding)),
            ("identity", b"<a/>", b"<a/>", None),
        ] {
            assert_eq!(refused(label, octets, wire), reason, "{label}");
        }
    }

    const UNPACKED_MAX: usize = crate::limits::UNPACKED_BYTES_MAX;

    #[test]
    fn header_fields_that_were_refused_are_refused_again() {
        for (name, value, reason) in [
            ("x", "a\u{1}", Reason::ResponseSyntax),
            ("b d", "a", Reason::ResponseSyntax),
            ("content-type", "application/xml, multipart/mixed; boundary=b", Reason::HeaderSyntax),
        ] {
            let odd = headers(&[(name, value)]);
            let side = kept((Channel::Dict, "GET", ENTRY, Some(200)), &odd);
            assert_eq!(side.open(b"<a/>").unwrap_err().reason(), reason, "{name}");
        }
    }

    #[test]
    fn under_the_first_rules_only_its_reason_tells_that_a_field_came_twice() {
        let joined = headers(&[("content-type", "application/xml, text/xml")]);
        let mut side = kept((Channel::Dict, "GET", ENTRY, Some(200)), &joined);
        side.rules = Rules::First;
        assert_eq!(side.open(b"<a/>").unwrap().messages.len(), 1);
        side.recorded_reason = Some("header-syntax");
        assert_eq!(side.open(b"<a/>").unwrap_err().reason(), Reason::HeaderSyntax);
    }
}
