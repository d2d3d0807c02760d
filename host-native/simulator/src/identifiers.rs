//! Times and identifiers as BACEN writes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use lacre_core::Ispb;

use crate::random::Random;

/// The ISPB of SPI, and so the sender of everything that comes from it.
pub(crate) const SPI: &str = "00038166";

const BRASILIA_OFFSET_MS: i64 = -3 * 3600 * 1000;

/// `2026-01-05T12:00:00.000Z`.
pub(crate) fn instant(unix_ms: i64) -> String {
    timestamp(unix_ms).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// `2026-01-05`, in Brasília, where SPI's day turns.
pub(crate) fn settlement_date(unix_ms: i64) -> String {
    timestamp(unix_ms.saturating_add(BRASILIA_OFFSET_MS)).strftime("%Y-%m-%d").to_string()
}

/// Milliseconds since 1970 of an RFC 3339 instant.
pub(crate) fn parse_instant(text: &str) -> Option<i64> {
    lacre_native::instant::parse_ms(text)
}

/// `M`, ISPB, 23 alphanumerics: BizMsgIdr and MsgId.
pub(crate) fn message_id(ispb: &str, unique: &str) -> String {
    format!("M{ispb}{unique:0>23.23}")
}

/// `E`, ISPB, the minute in UTC, 11 alphanumerics.
pub(crate) fn end_to_end_id(ispb: &str, unix_ms: i64, unique: &str) -> String {
    format!("E{ispb}{}{unique:0>11.11}", timestamp(unix_ms).strftime("%Y%m%d%H%M"))
}

/// `A`, Brasília time to the millisecond, ISPB, six hexadecimal digits: 32 characters.
pub(crate) fn correlation_id(unix_ms: i64, ispb: &Ispb, random: &mut Random) -> String {
    let local = timestamp(unix_ms.saturating_add(BRASILIA_OFFSET_MS));
    format!("A{}{:03}{ispb}{}", local.strftime("%Y%m%d%H%M%S"), local.subsec_millisecond(), random.hex(6))
}

/// Base64 of 24 octets: `PI`, 48 bits of big-endian milliseconds, 16 random.
pub(crate) fn resource_id(unix_ms: i64, random: &mut Random) -> String {
    let [_, _, time @ ..] = unix_ms.to_be_bytes();
    let mut octets = Vec::with_capacity(24);
    octets.extend_from_slice(b"PI");
    octets.extend_from_slice(&time);
    octets.extend_from_slice(&random.bytes::<16>());
    STANDARD.encode(octets)
}

/// Whether this is `M`, the ISPB, 23 alphanumerics.
pub(crate) fn is_message_id(text: &str, ispb: &Ispb) -> bool {
    let unique = text.strip_prefix('M').and_then(|rest| rest.strip_prefix(ispb.as_str()));
    unique.is_some_and(|u| u.len() == 23 && u.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Whether this is `E`, an ISPB, twelve digits of time, 11 alphanumerics.
pub(crate) fn is_end_to_end_id(text: &str) -> bool {
    let (Some(ispb), Some(minute), Some(unique)) = (text.get(1..9), text.get(9..21), text.get(21..)) else {
        return false;
    };
    text.starts_with('E')
        && Ispb::new(ispb).is_some()
        && minute.bytes().all(|b| b.is_ascii_digit())
        && unique.len() == 11
        && unique.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn timestamp(unix_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(unix_ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_767_614_400_123; // 2026-01-05T12:00:00.123Z

    #[test]
    fn writes_times_in_utc_with_milliseconds() {
        assert_eq!(instant(NOON), "2026-01-05T12:00:00.123Z");
        assert_eq!(instant(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(parse_instant("2026-01-05T12:00:00.123Z"), Some(NOON));
    }

    #[test]
    fn writes_identifiers_of_the_right_length() {
        let ispb = Ispb::new("12345678").unwrap();
        let mut random = Random::new(1);
        let correlation = correlation_id(NOON, &ispb, &mut random);
        assert!(correlation.starts_with("A2026010509000012312345678"), "{correlation}");
        assert_eq!(correlation.len(), 32);
        let message = message_id("12345678", &random.alphanumeric(23));
        assert!(is_message_id(&message, &ispb), "{message}");
        let payment = end_to_end_id("12345678", NOON, &random.alphanumeric(11));
        assert!(payment.starts_with("E12345678202601051200"));
        assert!(is_end_to_end_id(&payment));
    }

    #[test]
    fn a_resource_id_carries_its_time() {
        let octets = STANDARD.decode(resource_id(NOON, &mut Random::new(1))).unwrap();
        assert_eq!(octets.len(), 24);
        assert_eq!(&octets[..2], b"PI");
        assert_eq!(octets[2..8], NOON.to_be_bytes()[2..]);
    }

    #[test]
    fn refuses_identifiers_of_another_sender_or_form() {
        let ispb = Ispb::new("12345678").unwrap();
        assert!(!is_message_id("M8765432100000000000000000000000", &ispb));
        assert!(!is_message_id("M123456780000000000000000000000-", &ispb));
        assert!(!is_end_to_end_id("D1234567820260105120000000000000"));
        assert!(!is_end_to_end_id("E123"));
    }
}
