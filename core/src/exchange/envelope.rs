//! An answer opened: its content coding taken off and its messages found, or why neither can be. The live answer and the one that
//! an archive kept go the same way.

use alloc::vec::Vec;

use super::body::{Body, Coding, Layout, coding_of};
use super::demand::Demand;
use super::gzip;
use super::headers;
use super::http::Headers;
use super::policy::Operation;
use super::rules::Rules;
use crate::digest::{hex, sha256};
use crate::error::{Error, Reason, Result};
use crate::limits::UNPACKED_BYTES_MAX;

/// What stands around the body of an answer.
#[derive(Clone, Copy)]
pub(super) struct Envelope<'a> {
    /// The rules that it is judged by.
    pub(super) rules: Rules,
    /// What was asked.
    pub(super) operation: Operation,
    /// The status code.
    pub(super) status: u16,
    /// The header fields.
    pub(super) headers: &'a Headers,
}

impl Envelope<'_> {
    /// The body with its coding taken off; as it came, where that cannot be done.
    pub(super) fn unpack(&self, wire: Vec<u8>) -> (Body, Result<()>) {
        if let Err(error) = self.check_headers() {
            return (Body::as_it_came(wire), Err(error));
        }
        match Body::read(self.headers, wire, UNPACKED_BYTES_MAX) {
            Ok(body) => (body, Ok(())),
            Err((error, wire)) => (Body::as_it_came(wire), Err(error)),
        }
    }

    /// Looks again at what [`Self::unpack`] left: an archive keeps octets as they came only where their coding could not be
    /// taken off.
    pub(super) fn check_kept(&self, octets: &[u8], wire_sha256: Option<&str>) -> Result<()> {
        self.check_headers()?;
        let is_packed = coding_of(self.headers)? == Coding::Gzip && !octets.is_empty();
        let as_it_came = || wire_sha256.is_some_and(|kept| kept == hex(&sha256(octets)));
        if is_packed && as_it_came() {
            let damage = gzip::unpack(octets, UNPACKED_BYTES_MAX).err();
            // What can be unpacked here was more than its exchange took.
            return Err(damage.unwrap_or(Error::new(Reason::GzipTooLarge)));
        }
        Ok(())
    }

    /// What the unpacked body must be, and how the messages stand in it; no layout where nothing is in it.
    pub(super) fn layout(&self, octets: &[u8]) -> Result<(Demand, Option<Layout>)> {
        // Neither the final answer to anything that was asked, nor a status that exists.
        if !(200..600).contains(&self.status) {
            return Err(Error::new(Reason::ResponseSyntax));
        }
        let demand = self.operation.demand(self.status);
        if octets.is_empty() {
            return demand.of_nothing().map(|()| (demand, None));
        }
        let layout = demand.layout(self.operation.channel(), self.headers, octets, self.rules)?;
        Ok((demand.of_each(&layout, self.rules), Some(layout)))
    }

    fn check_headers(&self) -> Result<()> {
        if headers::are_sound(self.headers) { Ok(()) } else { Err(Error::new(Reason::ResponseSyntax)) }
    }
}
