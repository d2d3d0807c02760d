//! Words and spellings that all reports share.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_core::{At, Language};

/// What a check of a [`Report`](lacre_core::Report) holds, by its name.
#[must_use]
pub fn check_text(name: &str, language: Language) -> &'static str {
    let [english, portuguese] = match name {
        "xml" => ["well-formed XML within the limits", "XML bem formado e dentro dos limites"],
        "structure" => ["every element where the profile puts it", "cada elemento onde o perfil o põe"],
        "references" => [
            "the References cover what the profile signs, by its algorithms",
            "as References cobrem o que o perfil assina, com os algoritmos dele",
        ],
        "key-info" => ["KeyInfo names one certificate", "KeyInfo indica um certificado"],
        "digests" => ["every DigestValue fits its bytes", "cada DigestValue confere com os seus bytes"],
        "certificate" => [
            "that certificate is trusted and signs messages",
            "esse certificado é de confiança e assina mensagens",
        ],
        "signature" => [
            "the signature fits SignedInfo under the certificate's key",
            "a assinatura confere com SignedInfo sob a chave do certificado",
        ],
        "validity" => ["the certificate was valid at the instant", "o certificado era válido no instante"],
        "sender" => [
            "`Fr` names nobody but the participant whose certificate it is (SPI)",
            "`Fr` não indica outro participante que não o do certificado (SPI)",
        ],
        _ => ["", ""],
    };
    match language {
        Language::PtBr => portuguese,
        _ => english,
    }
}

/// Bytes as lower case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use core::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Bytes as base64, as DigestValue has it.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// An instant (seconds since 1970 UTC) in RFC 3339, to its last second; beyond the years that it has, its first or last instant.
#[must_use]
pub fn instant_text(unix_s: i64) -> String {
    if let Ok(instant) = jiff::Timestamp::from_second(unix_s) {
        return instant.to_string();
    }
    // The library's time line ends some hours before RFC 3339's, which certificates without an end are valid to.
    let since_1970 = jiff::SignedDuration::from_secs(unix_s.clamp(YEAR_0_UNIX_S, YEAR_9999_ENDS_UNIX_S));
    let epoch = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
    epoch.checked_add(since_1970).map_or_else(|_| String::from("?"), |instant| format!("{instant}Z"))
}

/// 0000-01-01T00:00:00Z.
const YEAR_0_UNIX_S: i64 = -62_167_219_200;

/// 9999-12-31T23:59:59Z.
const YEAR_9999_ENDS_UNIX_S: i64 = 253_402_300_799;

/// An instant to judge at, as reports name it: RFC 3339, or `message`.
#[must_use]
pub fn at_text(at: At) -> String {
    match at {
        At::UnixS(unix_s) => instant_text(unix_s),
        _ => String::from("message"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_a_date_with_its_zone_up_to_the_end_of_time() {
        assert_eq!(instant_text(0), "1970-01-01T00:00:00Z");
        assert_eq!(instant_text(YEAR_9999_ENDS_UNIX_S), "9999-12-31T23:59:59Z");
        assert_eq!(instant_text(i64::MAX), "9999-12-31T23:59:59Z");
        assert_eq!(instant_text(YEAR_0_UNIX_S), "0000-01-01T00:00:00Z");
        assert!(instant_text(i64::MIN).ends_with('Z'));
    }
}
