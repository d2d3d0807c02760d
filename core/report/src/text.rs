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
        "digests" => ["every DigestValue fits its octets", "cada DigestValue confere com os seus octetos"],
        "certificate" => ["that certificate is trusted", "esse certificado é de confiança"],
        "signature" => [
            "the signature fits SignedInfo under the certificate's key",
            "a assinatura confere com SignedInfo sob a chave do certificado",
        ],
        "validity" => ["the certificate was valid at the instant", "o certificado era válido no instante"],
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

/// An instant (seconds since 1970 UTC) in RFC 3339; outside of the years that it has, as a number.
#[must_use]
pub fn instant_text(unix_s: i64) -> String {
    jiff::Timestamp::from_second(unix_s).map_or_else(|_| unix_s.to_string(), |instant| instant.to_string())
}

/// An instant to judge at, as reports name it: RFC 3339, or `message`.
#[must_use]
pub fn at_text(at: At) -> String {
    match at {
        At::UnixS(unix_s) => instant_text(unix_s),
        _ => String::from("message"),
    }
}
