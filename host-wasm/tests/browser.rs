//! The face for browsers and Node from inside the module, in both: what crosses the boundary comes out whole. That rows are those of
//! native code is shown for every vector through the npm package (tests/node).
#![cfg(all(target_arch = "wasm32", feature = "browser"))]

use lacre_wasm::browser::{self, Trust};
use serde_json::{Value, json};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

const BACEN: &[u8] = include_bytes!("../../tests/keys/bacen.pem");
const AUTHORITY: &[u8] = include_bytes!("../../tests/keys/ca.pem");
const REVOKED: &[u8] = include_bytes!("../../tests/keys/sha256.crl");
const VECTOR: &[u8] = include_bytes!("../../tests/vectors/bacen/spi-issuer-country-first.vec");

/// The message of the vector: what follows its header.
fn message() -> &'static [u8] {
    let header = VECTOR.windows(2).position(|pair| pair == b"\n\n").unwrap();
    &VECTOR[header + 2..]
}

fn bacen() -> Trust {
    let mut trust = Trust::new();
    trust.add(BACEN, "en").unwrap();
    trust
}

fn row(text: Result<String, JsValue>) -> Value {
    serde_json::from_str(&text.unwrap()).unwrap()
}

fn refusal<T: core::fmt::Debug>(result: Result<T, JsValue>) -> Value {
    serde_json::from_str(&result.unwrap_err().as_string().unwrap()).unwrap()
}

#[wasm_bindgen_test]
fn a_signed_message_is_valid_at_its_own_time_and_at_an_instant() {
    let trust = bacen();
    for at in [None, Some(1_767_614_400)] {
        let row = row(browser::verify(message(), &trust, "auto", at, "en", "a.xml"));
        assert_eq!((&row["verdict"], &row["file"]), (&json!("valid"), &json!("a.xml")));
        assert_eq!(row["signer"]["ispb"], json!("00038166"));
    }
    let late = row(browser::verify(message(), &trust, "spi", Some(i64::MAX), "en", "-"));
    assert_eq!(late["code"], json!("certificate-expired"));
}

#[wasm_bindgen_test]
fn a_changed_message_is_told_of_in_both_languages() {
    let changed = String::from_utf8(message().to_vec()).unwrap().replace("ACSC", "RJCT");
    let told = |language| row(browser::inspect(changed.as_bytes(), &bacen(), "auto", None, language, "-"));
    let (english, portuguese) = (told("en"), told("pt-BR"));
    for row in [&english, &portuguese] {
        assert_eq!((&row["verdict"], &row["code"]), (&json!("invalid"), &json!("digest-mismatch")));
        assert_eq!(row["cause"]["code"], json!("content-changed"));
    }
    assert_ne!(english["help"], portuguese["help"]);
    assert_ne!(english["cause"]["text"], portuguese["cause"]["text"]);
}

#[wasm_bindgen_test]
fn refusals_cross_as_code_message_and_help() {
    let mut trust = Trust::new();
    let refused = refusal(trust.add(b"junk", "pt-BR"));
    assert_eq!(refused["code"], json!("certificate-syntax"));
    assert!(refused["help"].as_str().is_some_and(|help| help.starts_with("informe")));
    assert_eq!(refusal(browser::verify(b"", &trust, "sepa", None, "en", "-"))["code"], json!("usage"));
    assert_eq!(refusal(browser::canonical_octets(b"<a/>", "root", "dict", "en"))["code"], json!("unsigned"));
    assert_eq!(refusal(browser::refuse_too_large("en"))["code"], json!("too-large"));
    assert_eq!(refusal(browser::record_messages("[]", "en"))["code"], json!("record-columns"));
}

#[wasm_bindgen_test]
fn certificates_and_lists_are_counted() {
    let mut trust = bacen();
    assert_eq!(trust.size(), 1);
    assert_eq!(trust.add_crl(REVOKED, AUTHORITY, "en").unwrap(), 2);
    let listed: Value = serde_json::from_str(&trust.certificates()).unwrap();
    assert_eq!(listed[0]["rsa_bits"], json!(2048));
}

#[wasm_bindgen_test]
fn octets_come_out_as_they_are_hashed() {
    let octets = browser::canonical_octets(message(), "SignedInfo", "auto", "en").unwrap();
    assert!(octets.starts_with(b"<ds:SignedInfo "));
    assert_eq!(browser::canonicalize(b"<a  b='\xc3\xa9'/>", false, "en").unwrap(), b"<a b=\"\xc3\xa9\"></a>");
}

#[wasm_bindgen_test]
fn a_hostile_message_is_refused_and_the_next_one_is_judged() {
    let trust = bacen();
    for unit in ["<a>", "<a b='&#0;'/>", "&", "\0", "<!DOCTYPE"] {
        let hostile = unit.repeat(100_000);
        let row = row(browser::verify(hostile.as_bytes(), &trust, "auto", None, "en", "-"));
        assert_eq!(row["verdict"], json!("malformed"), "{unit}");
    }
    assert_eq!(row(browser::verify(message(), &trust, "auto", None, "en", "-"))["verdict"], json!("valid"));
}
