//! The plain module in wasmtime: the rows of native code through numbers and memory, and numbers that make no sense.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use lacre_component_tests::module::{AT_MESSAGE, Compiled, Guest};
use lacre_component_tests::{FUEL, MEMORY_BYTES_MAX, expected, octets, read, sign};
use serde_json::Value;
use wasmtime::Val;

static MODULE: LazyLock<Compiled> = LazyLock::new(Compiled::new);

const AT: i64 = 1_780_272_000;
const ENGLISH: Val = Val::I32(0);
const AUTO: Val = Val::I32(0);
const NONE: [Val; 2] = [Val::I32(0), Val::I32(0)];

/// What a status means: see `host-wasm/src/module.rs`.
const REFUSED: i32 = 1;
const NO_HANDLE: i32 = 2;
const NO_BUFFER: i32 = 3;
const TOO_LONG: i32 = 4;
const NO_ARGUMENT: i32 = 5;
const NO_MEMORY: i32 = 6;

fn text((status, result): (i32, Vec<u8>)) -> String {
    let text = String::from_utf8(result).unwrap();
    assert_eq!(status, 0, "{text}");
    text
}

/// The status of a call that gives nothing, after a look at the three things that every refusal says.
fn status(answer: (i32, Vec<u8>)) -> i32 {
    let refusal: Value = serde_json::from_slice(&answer.1).unwrap();
    for said in ["code", "message", "help"] {
        assert!(!refusal[said].as_str().unwrap().is_empty(), "{refusal}");
    }
    answer.0
}

#[test]
fn it_imports_nothing_and_says_which_contract_it_keeps() {
    assert_eq!(MODULE.imports(), 0);
    let mut guest = MODULE.open();
    assert_eq!(guest.number("lacre_abi", &[]).unwrap(), 1);
    assert_eq!(text(guest.call("lacre_version", &[]).unwrap()), env!("CARGO_PKG_VERSION"));
}

#[test]
fn every_vector_gives_byte_for_byte_the_rows_that_native_code_gives() {
    let vectors = expected("expected-rows.ndjson");
    assert!(vectors.len() >= 755, "only {} vectors", vectors.len());
    let mut guest = MODULE.open_with(u64::MAX, MEMORY_BYTES_MAX).unwrap();
    for vector in &vectors {
        let certificates: Vec<Vec<u8>> =
            vector["trust"].as_array().unwrap().iter().map(|pem| pem.as_str().unwrap().into()).collect();
        let trust = guest.trust(&certificates).unwrap();
        if vector["crl"].is_string() {
            let list = guest.give(&octets(&vector["crl"])).unwrap();
            let issuer = guest.give(vector["crl_issuer"].as_str().unwrap().as_bytes()).unwrap();
            let arguments = [&[trust][..], &list, &issuer, &[ENGLISH]].concat();
            text(guest.call("lacre_trust_add_crl", &arguments).unwrap());
            guest.take_back(&[list, issuer]).unwrap();
        }
        let message = guest.give(&octets(&vector["document"])).unwrap();
        let file = guest.give(vector["name"].as_str().unwrap().as_bytes()).unwrap();
        let profile = match vector["profile"].as_str().unwrap() {
            "spi" => 1,
            "dict" => 2,
            _ => 0,
        };
        let at = vector["at"].as_i64().unwrap_or(AT_MESSAGE);
        for (function, language, row) in [
            ("lacre_verify", 0, "en"),
            ("lacre_verify", 1, "ptBr"),
            ("lacre_inspect", 0, "inspectEn"),
            ("lacre_inspect", 1, "inspectPt"),
        ] {
            let how = [Val::I32(profile), Val::I64(at), Val::I32(language)];
            let arguments = [&[trust][..], &message, &how, &file].concat();
            let told = text(guest.call(function, &arguments).unwrap());
            assert_eq!(told, vector["rows"][row].as_str().unwrap());
        }
        guest.take_back(&[message, file]).unwrap();
        text(guest.call("lacre_handle_free", &[trust]).unwrap());
    }
}

#[test]
fn every_audit_record_gives_byte_for_byte_the_rows_that_native_code_gives() {
    let mut guest = MODULE.open_with(u64::MAX, MEMORY_BYTES_MAX).unwrap();
    let file = guest.give(b"archive").unwrap();
    for record in expected("expected-records.ndjson") {
        let [bacen, own] =
            ["bacen", "own"].map(|name| guest.trust(&[record[name].as_str().unwrap().into()]).unwrap());
        let columns = guest.give(record["record"].as_str().unwrap().as_bytes()).unwrap();
        let row = Val::I64(record["row"].as_i64().unwrap());
        for (own, language, rows) in [(Val::I32(0), 0, "bacenEn"), (own, 1, "bothPtBr")] {
            let how = [Val::I64(AT_MESSAGE), Val::I32(language)];
            let arguments = [&[bacen, own][..], &columns, &how, &file, &[row]].concat();
            let told = text(guest.call("lacre_verify_record", &arguments).unwrap());
            assert_eq!(told, record["rows"][rows].as_str().unwrap());
        }
        guest.take_back(&[columns]).unwrap();
    }
}

#[test]
fn a_key_outside_signs_between_prepare_and_finish() {
    let mut guest = MODULE.open();
    let pem = read("tests/keys/psp.pem");
    let [address, len] = guest.give(&pem).unwrap();
    let certificate = Val::I32(guest.number("lacre_certificate_new", &[address, len, ENGLISH]).unwrap());
    let trust = guest.trust(&[pem]).unwrap();
    for (file, profile) in
        [("host-native/samples/spi/pacs.008.xml", 1), ("host-native/samples/dict/create-entry.xml", 2)]
    {
        let message = guest.give(&read(file)).unwrap();
        let how = [Val::I32(profile), Val::I32(0), ENGLISH];
        let arguments = [&[certificate][..], &message, &how].concat();
        let (status_of_prepare, digest) = guest.call("lacre_prepare", &arguments).unwrap();
        assert_eq!((status_of_prepare, digest.len()), (0, 32));

        let wrong = guest.give(&sign("psp-other.key", &digest)).unwrap();
        let arguments = [&[certificate][..], &message, &wrong, &how].concat();
        assert_eq!(status(guest.call("lacre_finish", &arguments).unwrap()), REFUSED);

        let right = guest.give(&sign("psp.key", &digest)).unwrap();
        let arguments = [&[certificate][..], &message, &right, &how].concat();
        let (status_of_finish, signed) = guest.call("lacre_finish", &arguments).unwrap();
        assert_eq!(status_of_finish, 0);

        let signed = guest.give(&signed).unwrap();
        let arguments = [&[trust][..], &signed, &[AUTO, Val::I64(AT), ENGLISH], &NONE].concat();
        let row: Value =
            serde_json::from_str(&text(guest.call("lacre_verify", &arguments).unwrap())).unwrap();
        assert_eq!(row["verdict"], "valid", "{row}");
    }
}

#[test]
fn a_number_that_stands_for_nothing_is_told_and_harms_nothing() {
    let mut guest = MODULE.open();
    let trust = guest.trust(&[read("tests/keys/psp.pem")]).unwrap();
    let [address, len] = guest.give(b"<a/>").unwrap();
    let [at, one] = [Val::I64(AT), Val::I32(1)];
    let beyond = |value: Val| Val::I32(value.unwrap_i32().wrapping_add(1));
    let mut verify = |arguments: [Val; 8]| status(guest.call("lacre_verify", &arguments).unwrap());

    let nowhere = Val::I32(0);
    assert_eq!(verify([beyond(trust), address, len, AUTO, at, ENGLISH, nowhere, nowhere]), NO_HANDLE);
    assert_eq!(verify([Val::I32(-1), address, len, AUTO, at, ENGLISH, nowhere, nowhere]), NO_HANDLE);
    assert_eq!(verify([trust, beyond(address), len, AUTO, at, ENGLISH, nowhere, nowhere]), NO_BUFFER);
    assert_eq!(verify([trust, Val::I32(-1), Val::I32(-1), AUTO, at, ENGLISH, nowhere, nowhere]), NO_BUFFER);
    assert_eq!(verify([trust, address, beyond(len), AUTO, at, ENGLISH, nowhere, nowhere]), TOO_LONG);
    assert_eq!(verify([trust, address, Val::I32(-1), AUTO, at, ENGLISH, nowhere, nowhere]), TOO_LONG);
    assert_eq!(verify([trust, address, len, Val::I32(3), at, ENGLISH, nowhere, nowhere]), NO_ARGUMENT);
    assert_eq!(verify([trust, address, len, AUTO, at, Val::I32(2), nowhere, nowhere]), NO_ARGUMENT);
    assert_eq!(verify([trust, address, len, AUTO, at, ENGLISH, nowhere, one]), NO_BUFFER);

    let [not_text, _] = guest.give(&[0xFF]).unwrap();
    let arguments = [trust, address, len, AUTO, at, ENGLISH, not_text, one];
    assert_eq!(status(guest.call("lacre_verify", &arguments).unwrap()), NO_ARGUMENT);
    let arguments = [trust, Val::I32(0), not_text, one, at, ENGLISH, nowhere, nowhere, Val::I64(0)];
    assert_eq!(status(guest.call("lacre_verify_record", &arguments).unwrap()), NO_ARGUMENT);
    let arguments = [trust, Val::I32(0), address, len, at, ENGLISH, nowhere, nowhere, Val::I64(0)];
    assert_eq!(status(guest.call("lacre_verify_record", &arguments).unwrap()), REFUSED);
    let arguments = [trust, address, len, AUTO, Val::I32(4), ENGLISH];
    assert_eq!(
        status(guest.call("lacre_prepare", &arguments).unwrap()),
        NO_HANDLE,
        "a trust is no certificate"
    );

    assert_eq!(guest.number("lacre_certificate_new", &[address, len, ENGLISH]).unwrap(), 0);
    assert_eq!(guest.number("lacre_status", &[]).unwrap(), REFUSED);
    works(&mut guest, trust);
}

#[test]
fn what_was_freed_is_gone_and_freeing_it_twice_is_told() {
    let mut guest = MODULE.open();
    let trust = guest.trust(&[read("tests/keys/psp.pem")]).unwrap();
    let kept = guest.trust(&[read("tests/keys/psp.pem")]).unwrap();
    let [address, len] = guest.give(b"<a/>").unwrap();
    guest.take_back(&[[address, len]]).unwrap();
    assert_eq!(status(guest.call("lacre_free", &[address]).unwrap()), NO_BUFFER);
    let arguments = [&[trust, address, len, AUTO, Val::I64(AT), ENGLISH][..], &NONE].concat();
    assert_eq!(status(guest.call("lacre_verify", &arguments).unwrap()), NO_BUFFER);

    text(guest.call("lacre_handle_free", &[trust]).unwrap());
    assert_eq!(status(guest.call("lacre_handle_free", &[trust]).unwrap()), NO_HANDLE);
    assert_eq!(status(guest.call("lacre_trust_certificates", &[trust]).unwrap()), NO_HANDLE);
    let next = guest.trust(&[]).unwrap();
    assert_ne!(next.unwrap_i32(), trust.unwrap_i32(), "a handle is never given twice");
    works(&mut guest, kept);
}

#[test]
fn more_memory_than_there_may_be_is_refused_and_the_instance_lives() {
    let mut guest = MODULE.open();
    let trust = guest.trust(&[read("tests/keys/psp.pem")]).unwrap();
    for len in [i32::MAX, -1, 65 << 20] {
        assert_eq!(guest.number("lacre_alloc", &[Val::I32(len)]).unwrap(), 0);
        assert_eq!(guest.number("lacre_status", &[]).unwrap(), NO_MEMORY);
    }
    works(&mut guest, trust);
}

#[test]
fn a_hundred_thousand_calls_leave_no_memory_behind() {
    let mut guest = MODULE.open_with(u64::MAX, MEMORY_BYTES_MAX).unwrap();
    let trust = guest.trust(&[read("tests/keys/psp.pem")]).unwrap();
    works(&mut guest, trust);
    let before = guest.memory_bytes();
    for _ in 0..100_000 {
        let message = guest.give(b"<Envelope/>").unwrap();
        guest.take_back(&[message]).unwrap();
    }
    for _ in 0..1_000 {
        works(&mut guest, trust);
    }
    assert_eq!(guest.memory_bytes(), before);
}

#[test]
fn a_message_that_asks_for_too_much_ends_its_instance_and_no_other() {
    let mut guest = MODULE.open_with(FUEL / 10, MEMORY_BYTES_MAX).unwrap();
    let hostile = "<a>".repeat(200_000);
    let trust = guest.trust(&[]).unwrap();
    let message = guest.give(hostile.as_bytes()).unwrap();
    let wide = format!("<a>{}</a>", "<b c=\"d\">e</b>".repeat(200_000));
    let wide = guest.give(wide.as_bytes()).unwrap();
    let how = [AUTO, Val::I64(AT), ENGLISH];
    let arguments = [&[trust][..], &message, &how, &NONE].concat();
    assert!(text(guest.call("lacre_verify", &arguments).unwrap()).contains("malformed"), "too deep");
    let arguments = [&[trust][..], &wide, &how, &NONE].concat();
    let trapped = format!("{:#}", guest.call("lacre_verify", &arguments).unwrap_err());
    assert!(trapped.contains("all fuel consumed"), "{trapped}");

    let mut next = MODULE.open_with(FUEL, MEMORY_BYTES_MAX).unwrap();
    let trust = next.trust(&[]).unwrap();
    works(&mut next, trust);
}

/// The instance judges as if nothing had happened.
fn works(guest: &mut Guest, trust: Val) {
    let message = guest.give(b"<Envelope/>").unwrap();
    let arguments = [&[trust][..], &message, &[AUTO, Val::I64(AT), ENGLISH], &NONE].concat();
    let row = text(guest.call("lacre_verify", &arguments).unwrap());
    assert!(row.contains("\"verdict\":\"invalid\"") || row.contains("\"verdict\":\"unsigned\""), "{row}");
    guest.take_back(&[message]).unwrap();
}
