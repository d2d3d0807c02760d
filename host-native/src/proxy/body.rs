//! A request's body, read whole: a large one only once there is room for it.

use core::time::Duration;
use std::io;

use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, timeout_at};

use crate::load::{self, Admitted, LARGE_BYTES};

/// What came of reading a body.
pub(super) enum Body {
    /// All of it, and its share of the process's budget.
    Whole(Vec<u8>, Admitted<'static>),
    /// It is larger than allowed, and was not read to its end.
    TooLarge,
    /// There was no room for it.
    Busy,
}

/// How large a body may be, and how long it may take.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// As received.
    pub(super) bytes: usize,
    /// With its content coding taken off.
    pub(super) unpacked_bytes: usize,
    /// How long it may wait for room, and how long it may take once it has it.
    pub(super) within: Duration,
}

/// Reads a body.
///
/// # Errors
/// If it ends early or takes too long.
pub(super) async fn read(mut body: Incoming, head: &HeaderMap, bounds: Bounds) -> io::Result<Body> {
    let bytes_max = bounds.bytes.min(bounds.unpacked_bytes);
    let declared = body.size_hint().exact().map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    if declared.is_some_and(|bytes| bytes > bytes_max) {
        return Ok(Body::TooLarge);
    }
    // What a packed one becomes is not known yet, nor how long one in chunks is.
    let most = declared.filter(|_| !head.contains_key(CONTENT_ENCODING)).unwrap_or(bounds.unpacked_bytes);
    let (mut load, mut octets) = (load::small(), Vec::new());
    let mut until = Instant::now() + bounds.within;
    loop {
        if load.is_small() && declared.unwrap_or_default().max(octets.len()) > LARGE_BYTES {
            let Some(admitted) = load::admit(most, bounds.within).await else { return Ok(Body::Busy) };
            load = admitted;
            until = Instant::now() + bounds.within;
        }
        let frame = match timeout_at(until, body.frame()).await {
            Ok(Some(frame)) => frame.map_err(io::Error::other)?,
            Ok(None) => return Ok(Body::Whole(octets, load)),
            Err(_) => return Err(io::ErrorKind::TimedOut.into()),
        };
        let Some(data) = frame.data_ref() else { continue };
        if octets.len().saturating_add(data.len()) > bytes_max {
            return Ok(Body::TooLarge);
        }
        octets.extend_from_slice(data);
    }
}
