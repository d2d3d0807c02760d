//! The clock: the one line of this host that reads it.

/// Milliseconds since 1970 UTC.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the host's one reading of the clock")]
pub fn unix_ms() -> i64 {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since_1970.ok().and_then(|d| i64::try_from(d.as_millis()).ok()).unwrap_or(0)
}
