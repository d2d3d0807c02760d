//! Instants as people write them (RFC 3339), to the last second of the year 9999: there certificates end that never do.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;

const YEAR_1970: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// The instant in milliseconds since 1970 UTC; nothing if the text is no instant.
#[must_use]
pub fn parse_ms(text: &str) -> Option<i64> {
    text.parse().ok().map(Timestamp::as_millisecond).or_else(|| civil_ms(text))
}

/// A [`Timestamp`] ends some hours before the year does, so that every zone has a date for it.
fn civil_ms(text: &str) -> Option<i64> {
    let pieces = Pieces::parse(text).ok()?;
    let (time, offset) = (pieces.time()?, pieces.to_numeric_offset()?);
    let local_ms = pieces.date().to_datetime(time).duration_since(YEAR_1970).as_millis();
    i64::try_from(local_ms).ok()?.checked_sub(i64::from(offset.seconds()).checked_mul(1000)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_until_the_year_9999_ends() {
        for (text, ms) in [
            ("1970-01-01T00:01:00Z", Some(60_000)),
            ("1970-01-01T00:00:00-03:00", Some(10_800_000)),
            ("9999-12-30T22:00:00Z", Some(253_402_207_200_000)),
            ("9999-12-31T23:59:59Z", Some(253_402_300_799_000)),
            ("9999-12-31T23:59:59.999-03:00", Some(253_402_311_599_999)),
            ("9999-12-31T23:59:59", None),
            ("9999-12-31", None),
            ("10000-01-01T00:00:00Z", None),
            ("yesterday", None),
        ] {
            assert_eq!(parse_ms(text), ms, "{text}");
        }
    }
}
