//! Instants as messages write them: xs:dateTime (XML Schema Part 2 §3.2.7), with or without a fraction and a zone.

use core::time::Duration;

use der::DateTime;

/// Reads an xs:dateTime of the years 1970 to 9999; without a zone it is UTC. Fractions of a second are cut off.
pub(crate) fn unix_s(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (clock, rest) = rest.strip_prefix('T')?.split_at_checked(8)?;
    let mut date = date.split('-');
    let (year, month, day) = (number(date.next()?, 4)?, number(date.next()?, 2)?, number(date.next()?, 2)?);
    let mut clock = clock.split(':');
    let (hour, minute, second) =
        (number(clock.next()?, 2)?, number(clock.next()?, 2)?, number(clock.next()?, 2)?);
    let (fraction, zone) = fraction(rest)?;
    // The end of a day is the beginning of the next.
    let ends_the_day = (hour, minute, second) == (24, 0, 0) && fraction.bytes().all(|digit| digit == b'0');
    let (hour, day_s) = if ends_the_day { (0, 86_400) } else { (hour, 0) };
    let small = |n: u16| u8::try_from(n).ok();
    let instant =
        DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?).ok()?;
    let local = i64::try_from(Duration::as_secs(&instant.unix_duration())).ok()?;
    local.checked_add(day_s)?.checked_sub(zone_s(zone)?)
}

/// The digits of a fraction of a second, if there is one, and what stands behind them.
fn fraction(rest: &str) -> Option<(&str, &str)> {
    let Some(fraction) = rest.strip_prefix('.') else {
        return Some(("", rest));
    };
    let behind = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = fraction.strip_suffix(behind)?;
    (!digits.is_empty()).then_some((digits, behind))
}

fn zone_s(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "Z") {
        return Some(0);
    }
    let (sign, rest) =
        if let Some(rest) = zone.strip_prefix('+') { (1, rest) } else { (-1, zone.strip_prefix('-')?) };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    let in_range = (hours <= 13 && minutes <= 59) || (hours, minutes) == (14, 0);
    in_range.then_some(sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
}

fn number(digits: &str, length: usize) -> Option<u16> {
    let all_digits = digits.len() == length && digits.bytes().all(|b| b.is_ascii_digit());
    all_digits.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::unix_s;

    #[test]
    fn reads_what_messages_write() {
        assert_eq!(unix_s("2026-11-23T10:00:00.000Z"), Some(1_795_428_000));
        assert_eq!(unix_s("2026-11-23T10:00:00Z"), Some(1_795_428_000));
        assert_eq!(unix_s("2026-11-23T07:00:00.123456-03:00"), Some(1_795_428_000));
        assert_eq!(unix_s("2026-11-23T10:00:00"), Some(1_795_428_000));
        assert_eq!(unix_s("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(unix_s("2026-11-23T24:00:00.000Z"), unix_s("2026-11-24T00:00:00Z"));
        assert_eq!(unix_s("2026-11-24T00:00:00+14:00"), unix_s("2026-11-23T10:00:00Z"));
    }

    #[test]
    fn refuses_what_is_no_instant() {
        let odd = [
            "",
            "2026-11-23",
            "2026-02-30T10:00:00Z",
            "2026-11-23T24:61:00Z",
            "2026-11-23T24:00:00.001Z",
            "2026-11-23T24:00:01Z",
            "2026-11-23T10:00:60Z",
            "2026-11-23T10:00:00+14:01",
            "2026-11-23T10:00:00ZZ",
            "2026-11-23T10:00:00.Z",
            "2026-11-23T10:00:00+99:00",
            "2026-11-23T10:00:00Q",
            "2026-1a-23T10:00:00Z",
            "２026-11-23T10:00:00Z",
            "2026-11-23 10:00:00Z",
        ];
        for text in odd {
            assert_eq!(unix_s(text), None, "{text}");
        }
    }
}
