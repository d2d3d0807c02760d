//! Certificates, revocation lists and distinguished names.

use lacre_core::{Certificate, IssuerSerial, Trust};
use lacre_report::CertificateRow;

use super::same;
use crate::keys::{Toy, institution};

/// A certificate that can be read is found again by the text of its issuer and serial, and is the same read again.
pub(crate) fn certificate(input: &[u8]) {
    let read = Certificate::from_pem_or_der(input, &Toy).unwrap_or_default();
    let mut trust = Trust::new();
    for certificate in read {
        let again = Certificate::from_der_with(certificate.der(), &Toy);
        same(&again.as_ref().ok(), &Some(&certificate), "a certificate read again");
        if let Ok(named) = IssuerSerial::parse(&certificate.issuer(), &certificate.serial()) {
            assert!(named.matches(&certificate), "{} {}", certificate.issuer(), certificate.serial());
        }
        let row = serde_json::to_string(&CertificateRow::new(&certificate));
        assert!(row.is_ok(), "{row:?}");
        for at in [certificate.not_before_unix_s(), certificate.not_after_unix_s(), 0, i64::MIN, i64::MAX] {
            let status = trust.status(&certificate, at);
            let within = (certificate.not_before_unix_s()..=certificate.not_after_unix_s()).contains(&at);
            same(&status.is_ok(), &within, "valid within its validity");
        }
        trust.add(certificate.clone());
        assert!(trust.iter().any(|known| *known == certificate), "added, and not there");
        assert!(trust.get(&IssuerSerial::from(&certificate)).is_some(), "added, and not found");
    }
    // A list that this certificate's key did not sign revokes nothing.
    assert!(Trust::new().add_crl(input, institution()).is_err(), "a revocation list by nobody");
}

/// Each line is a name or a number. Two names that can be read can be read as one, however they are set apart.
pub(crate) fn name(input: &[u8]) {
    let Ok(text) = core::str::from_utf8(input) else { return };
    let (first, second) = text.split_once('\n').unwrap_or((text, "CN=a"));
    for text in [first, second] {
        if let Ok(number) = IssuerSerial::parse("CN=a", text) {
            let digits = text.trim_matches([' ', '\t', '\r', '\n']).trim_start_matches('0');
            let longer = IssuerSerial::parse("CN=a", &["0", digits].concat());
            same(&longer.as_ref().ok(), &Some(&number), "a serial with a zero before it");
        }
    }
    let read = |text: &str| IssuerSerial::parse(text, "1").ok();
    let whole = read(&[first, ",", second].concat());
    if read(first).is_none() || read(second).is_none() {
        return;
    }
    for between in [", ", " , ", ";", "\n,\r\n"] {
        let other = read(&[first, between, second].concat());
        same(&other, &whole, &format!("{first:?} and {second:?} with {between:?} between"));
    }
    if first.len().saturating_add(second.len()) < 4000 {
        assert!(whole.is_some(), "{first:?} and {second:?} can be read, but not as one");
    }
}
