//! What one file of certificates holds.

use lacre_core::rsa::RsaBackend;
use lacre_core::{Bundle, Certificate, Found};

use super::fault::{Trouble, TrustFault};

#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) usable: Vec<Certificate>,
    pub(super) lists: Vec<List>,
    pub(super) passed_over: Vec<TrustFault>,
}

/// A list whose signature nobody has checked yet.
#[derive(Debug)]
pub(super) struct List {
    pub(super) place: String,
    pub(super) line: Option<usize>,
    pub(super) der: Vec<u8>,
    /// Somebody asked for revocation lists; it does not just stand beside certificates.
    pub(super) asked_for: bool,
}

impl Contents {
    pub(super) fn read(place: &str, bytes: &[u8], backend: &dyn RsaBackend) -> Result<Self, TrustFault> {
        let at = |offset: Option<usize>| offset.and_then(|offset| line(bytes, offset));
        let damaged = |error: lacre_core::Error| {
            TrustFault::new(place, Trouble::Damaged(error)).on(at(error.place().offset))
        };
        let bundle = Bundle::read(bytes).map_err(damaged)?;
        let (usable, unusable) = bundle.usable(backend).map_err(damaged)?;
        let unusable = unusable
            .into_iter()
            .map(|error| TrustFault::new(place, Trouble::Unusable(error)).on(at(error.place().offset)));
        let beside = bundle
            .beside
            .iter()
            .map(|(what, offset)| TrustFault::new(place, Trouble::Beside(*what)).on(at(Some(*offset))));
        let passed_over = unusable.chain(beside).collect();
        let list = |found: Found| List {
            place: place.to_owned(),
            line: at(Some(found.offset)),
            der: found.der,
            asked_for: false,
        };
        Ok(Self { usable, passed_over, lists: bundle.lists.into_iter().map(list).collect() })
    }

    /// Why there is no certificate in it: what stands there instead, if anything does.
    pub(super) fn without_certificate(self, place: &str) -> TrustFault {
        self.passed_over.into_iter().next().unwrap_or_else(|| TrustFault::no_certificate(place))
    }
}

/// The line of a file on which an offset lies, the first is 1. Nothing for DER, which has none.
#[must_use]
pub fn line(bytes: &[u8], offset: usize) -> Option<usize> {
    if matches!(bytes, [0x30, length, ..] if *length >= 0x80) {
        return None;
    }
    let before = bytes.get(..offset)?;
    Some(before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1))
}
