//! Civil time from milliseconds since 1970 UTC: what a record's date and its partition are written from.

use alloc::format;
use alloc::string::String;

const DAY_MS: i64 = 86_400_000;

/// An instant in UTC, field by field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Utc {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    ms_of_hour: i64,
}

impl Utc {
    /// The instant's fields. Instants outside the years 0 to 9999 are moved to the nearer end.
    pub(super) fn of(unix_ms: i64) -> Self {
        let unix_ms = unix_ms.clamp(-62_167_219_200_000, 253_402_300_799_999);
        let (year, month, day) = date(unix_ms.div_euclid(DAY_MS));
        let ms_of_day = unix_ms.rem_euclid(DAY_MS);
        Self { year, month, day, hour: ms_of_day / 3_600_000, ms_of_hour: ms_of_day % 3_600_000 }
    }

    /// RFC 3339 with milliseconds and `Z`.
    pub(super) fn to_rfc_3339(self) -> String {
        let Self { year, month, day, hour, ms_of_hour } = self;
        let (minute, ms_of_minute) = (ms_of_hour / 60_000, ms_of_hour % 60_000);
        let (second, ms) = (ms_of_minute / 1000, ms_of_minute % 1000);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
    }
}

/// Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar: the year is taken to begin
/// in March, so that the leap day is its last.
fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_known_instants() {
        for (unix_ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_827_696_789, "2000-02-29T12:34:56.789Z"),
            (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
            (i64::MIN, "0000-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(Utc::of(unix_ms).to_rfc_3339(), text);
        }
    }
}
