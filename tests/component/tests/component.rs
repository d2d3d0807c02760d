//! The components in wasmtime: the rows of native code, signatures by keys that the host holds, and limits that hold.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking"
)]

use core::cell::RefCell;
use std::rc::Rc;
use std::sync::LazyLock;

use lacre_component_tests::component::lacre::Lacre;
use lacre_component_tests::component::lacre::exports::lacre::pix::messages as wit;
use lacre_component_tests::component::signer::exports::lacre::pix::messages as signer_wit;
use lacre_component_tests::component::signer::exports::lacre::pix::signing::Failure;
use lacre_component_tests::component::{Compiled, Host};
use lacre_component_tests::{FUEL, MEMORY_BYTES_MAX, expected, octets, read, sign};
use serde_json::Value;
use wasmtime::Store;
use wasmtime::component::ResourceAny;

static LACRE: LazyLock<Compiled> = LazyLock::new(|| Compiled::new("lacre.component.wasm"));
static SIGNER: LazyLock<Compiled> = LazyLock::new(|| Compiled::new("lacre-signer.component.wasm"));

/// An instant at which the keys of `tests/keys` are valid.
const AT: i64 = 1_780_272_000;
const AT_ENGLISH: wit::Judging =
    wit::Judging { profile: None, at: wit::Instant::UnixS(AT), language: wit::Language::En };
const SEALING: wit::Sealing =
    wit::Sealing { profile: None, dict_last: false, resign: false, language: wit::Language::En };
const SIGNER_SEALING: signer_wit::Sealing = signer_wit::Sealing {
    profile: None,
    dict_last: false,
    resign: false,
    language: signer_wit::Language::En,
};

const MESSAGES: [&str; 2] =
    ["host-native/samples/spi/pacs.008.xml", "host-native/samples/dict/create-entry.xml"];

fn open() -> (Store<Host>, Lacre) {
    LACRE.open(FUEL, MEMORY_BYTES_MAX).unwrap()
}

fn trust(store: &mut Store<Host>, lacre: &Lacre, certificates: &[&[u8]]) -> ResourceAny {
    let messages = lacre.lacre_pix_messages();
    let trust = messages.trust().call_constructor(&mut *store).unwrap();
    for certificate in certificates {
        messages.trust().call_add(&mut *store, trust, certificate, wit::Language::En).unwrap().unwrap();
    }
    trust
}

#[test]
fn the_one_component_imports_nothing_and_the_other_the_key_alone() {
    assert_eq!(LACRE.names(), [vec![], vec!["lacre:pix/messages@0.1.0".to_owned()]]);
    let both = ["lacre:pix/messages@0.1.0", "lacre:pix/signing@0.1.0"].map(str::to_owned).to_vec();
    assert_eq!(SIGNER.names(), [vec!["lacre:pix/key@0.1.0".to_owned()], both]);
}

#[test]
fn every_vector_gives_byte_for_byte_the_rows_that_native_code_gives() {
    let (mut store, lacre) = open();
    let messages = lacre.lacre_pix_messages();
    let vectors = expected("expected-rows.ndjson");
    assert!(vectors.len() >= 755, "only {} vectors", vectors.len());
    for vector in &vectors {
        store.set_fuel(FUEL).unwrap();
        let name = vector["name"].as_str().unwrap();
        let certificates: Vec<&[u8]> =
            vector["trust"].as_array().unwrap().iter().map(|pem| pem.as_str().unwrap().as_bytes()).collect();
        let trust = trust(&mut store, &lacre, &certificates);
        if vector["crl"].is_string() {
            let issuer = vector["crl_issuer"].as_str().unwrap().as_bytes();
            let crl = octets(&vector["crl"]);
            messages
                .trust()
                .call_add_crl(&mut store, trust, &crl, issuer, wit::Language::En)
                .unwrap()
                .unwrap();
        }
        let document = octets(&vector["document"]);
        for (language, verify, inspect) in
            [(wit::Language::En, "en", "inspectEn"), (wit::Language::PtBr, "ptBr", "inspectPt")]
        {
            // `inspect` tries what may have happened to a message, in each language anew.
            store.set_fuel(FUEL).unwrap();
            let how = judging(vector, language);
            let row = messages.call_verify_json(&mut store, name, &document, trust, how).unwrap();
            assert_eq!(row, vector["rows"][verify].as_str().unwrap());
            let row = messages.call_inspect_json(&mut store, name, &document, trust, how).unwrap();
            assert_eq!(row, vector["rows"][inspect].as_str().unwrap());
            let typed = messages.call_verify(&mut store, &document, trust, how).unwrap();
            agree(&typed, &serde_json::from_str(vector["rows"][verify].as_str().unwrap()).unwrap());
        }
        trust.resource_drop(&mut store).unwrap();
    }
}

fn judging(vector: &Value, language: wit::Language) -> wit::Judging {
    wit::Judging {
        profile: match vector["profile"].as_str().unwrap() {
            "spi" => Some(wit::Profile::Spi),
            "dict" => Some(wit::Profile::Dict),
            _ => None,
        },
        at: vector["at"].as_i64().map_or(wit::Instant::Message, wit::Instant::UnixS),
        language,
    }
}

/// The typed answer says what the row says.
fn agree(typed: &Result<wit::Proof, wit::Refusal>, row: &Value) {
    match typed {
        Ok(proof) => {
            assert_eq!(row["verdict"], "valid", "{row}");
            assert_eq!(row["signer"]["serial"], *proof.signer.serial);
            assert_eq!(row["signer"]["subject"], *proof.signer.subject);
            assert_eq!(row["profile"], if proof.profile == wit::Profile::Spi { "spi" } else { "dict" });
        }
        Err(refusal) => {
            let verdict = match refusal.verdict {
                wit::Verdict::Invalid => "invalid",
                wit::Verdict::Indeterminate => "indeterminate",
                wit::Verdict::Unsigned => "unsigned",
                wit::Verdict::Malformed => "malformed",
            };
            let words = [verdict, &refusal.code, &refusal.message, &refusal.help];
            assert_eq!(
                ["verdict", "code", "message", "help"].map(|field| row[field].as_str().unwrap()),
                words
            );
            let place = &refusal.place;
            for (field, known) in [("offset", place.offset), ("line", place.line), ("column", place.column)] {
                assert_eq!(row["place"][field].as_u64(), known, "{field} of {row}");
            }
            assert_eq!(row["place"]["reference"].as_u64(), place.reference.map(u64::from));
            assert_eq!(row["place"]["target"].as_str(), place.target.as_deref());
        }
    }
}

#[test]
fn every_audit_record_gives_byte_for_byte_the_rows_that_native_code_gives() {
    let (mut store, lacre) = open();
    let messages = lacre.lacre_pix_messages();
    let nobody = trust(&mut store, &lacre, &[]);
    for record in expected("expected-records.ndjson") {
        store.set_fuel(FUEL).unwrap();
        let [bacen, own] = ["bacen", "own"]
            .map(|name| trust(&mut store, &lacre, &[record[name].as_str().unwrap().as_bytes()]));
        let (row, columns) = (record["row"].as_u64().unwrap(), record["record"].as_str().unwrap());
        for (own, language, rows) in
            [(nobody, wit::Language::En, "bacenEn"), (own, wit::Language::PtBr, "bothPtBr")]
        {
            let how = wit::Judging { profile: None, at: wit::Instant::Message, language };
            let told =
                messages.call_verify_record(&mut store, "archive", row, columns, bacen, own, how).unwrap();
            assert_eq!(told.unwrap(), record["rows"][rows].as_str().unwrap());
        }
        bacen.resource_drop(&mut store).unwrap();
        own.resource_drop(&mut store).unwrap();
    }
    let refused = messages
        .call_verify_record(&mut store, "archive", 0, "[1]", nobody, nobody, AT_ENGLISH)
        .unwrap()
        .unwrap_err();
    assert_eq!((refused.code.as_str(), refused.verdict), ("record-columns", wit::Verdict::Malformed));
}

#[test]
fn a_key_that_the_host_holds_signs_in_two_steps_and_the_message_is_valid() {
    let (mut store, lacre) = open();
    let messages = lacre.lacre_pix_messages();
    let certificate = messages
        .certificate()
        .call_read(&mut store, &read("tests/keys/psp.pem"), wit::Language::En)
        .unwrap()
        .unwrap();
    let identity = messages.certificate().call_identity(&mut store, certificate).unwrap();
    let trust = trust(&mut store, &lacre, &[&read("tests/keys/psp.pem")]);
    for file in MESSAGES {
        let prepared = messages.call_prepare(&mut store, &read(file), certificate, SEALING).unwrap().unwrap();
        let digest = messages.prepared().call_digest(&mut store, prepared).unwrap();
        let signature = sign("psp.key", &digest);
        let signed = messages.prepared().call_finish(&mut store, prepared, &signature).unwrap().unwrap();
        let proof = messages.call_verify(&mut store, &signed, trust, AT_ENGLISH).unwrap().unwrap();
        assert_eq!(proof.signer.serial, identity.serial);
        assert_eq!(proof.signer.ispb.as_deref(), Some("12345678"));

        let again = messages.call_prepare(&mut store, &signed, certificate, SEALING).unwrap().unwrap_err();
        assert_eq!(again.code, "already-signed");
    }
}

#[test]
fn a_signature_by_another_key_never_becomes_a_signed_message() {
    let (mut store, lacre) = open();
    let messages = lacre.lacre_pix_messages();
    let certificate = messages
        .certificate()
        .call_read(&mut store, &read("tests/keys/psp.pem"), wit::Language::En)
        .unwrap()
        .unwrap();
    let prepared =
        messages.call_prepare(&mut store, &read(MESSAGES[0]), certificate, SEALING).unwrap().unwrap();
    let digest = messages.prepared().call_digest(&mut store, prepared).unwrap();
    let signature = sign("psp-other.key", &digest);
    let refusal = messages.prepared().call_finish(&mut store, prepared, &signature).unwrap().unwrap_err();
    assert_eq!(refusal.code, "wrong-key");
    assert!(!refusal.help.is_empty());
}

#[test]
fn the_component_asks_its_host_for_the_signature_and_gets_digests_only() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let asked = Rc::clone(&seen);
    let (mut store, signer) = SIGNER
        .open_with_key(move |digest| {
            asked.borrow_mut().push(digest.len());
            Ok(sign("psp.key", &digest))
        })
        .unwrap();
    let messages = signer.lacre_pix_messages();
    let pem = read("tests/keys/psp.pem");
    let certificate =
        messages.certificate().call_read(&mut store, &pem, signer_wit::Language::En).unwrap().unwrap();
    let trust = messages.trust().call_constructor(&mut store).unwrap();
    messages.trust().call_add(&mut store, trust, &pem, signer_wit::Language::En).unwrap().unwrap();
    for file in MESSAGES {
        let signed = signer
            .lacre_pix_signing()
            .call_sign_message(&mut store, &read(file), certificate, SIGNER_SEALING)
            .unwrap()
            .unwrap();
        let how = signer_wit::Judging {
            profile: None,
            at: signer_wit::Instant::UnixS(AT),
            language: signer_wit::Language::En,
        };
        messages.call_verify(&mut store, &signed, trust, how).unwrap().unwrap();
    }
    assert_eq!(*seen.borrow(), [32, 32]);
}

#[test]
fn a_key_that_does_not_sign_is_told_in_the_hosts_own_words() {
    let (mut store, signer) = SIGNER.open_with_key(|_| Err("the HSM is locked".to_owned())).unwrap();
    let messages = signer.lacre_pix_messages();
    let certificate = messages
        .certificate()
        .call_read(&mut store, &read("tests/keys/psp.pem"), signer_wit::Language::En)
        .unwrap()
        .unwrap();
    let signing = signer.lacre_pix_signing();
    let failure = signing
        .call_sign_message(&mut store, &read(MESSAGES[0]), certificate, SIGNER_SEALING)
        .unwrap()
        .unwrap_err();
    assert!(matches!(failure, Failure::Key(words) if words == "the HSM is locked"));

    let failure = signing
        .call_sign_message(&mut store, b"<Envelope/>", certificate, SIGNER_SEALING)
        .unwrap()
        .unwrap_err();
    assert!(matches!(failure, Failure::Refused(_)), "no key is asked for what cannot be signed");
}

#[test]
fn certificates_that_cannot_be_used_are_refused_whole() {
    let (mut store, lacre) = open();
    let messages = lacre.lacre_pix_messages();
    let nobody = trust(&mut store, &lacre, &[]);
    let damaged = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
    let mixed = [read("tests/keys/psp.pem"), damaged].concat();
    for bytes in [&b""[..], b"no certificate", &mixed] {
        let refused =
            messages.trust().call_add(&mut store, nobody, bytes, wit::Language::PtBr).unwrap().unwrap_err();
        assert!(!refused.message.is_empty() && !refused.help.is_empty());
        assert_eq!(messages.trust().call_size(&mut store, nobody).unwrap(), 0);
    }
}

#[test]
fn hostile_input_ends_its_own_store_and_no_other() {
    let attributes: String = (0..200_000).map(|number| format!("<a b=\"{number}\">x</a>")).collect();
    let hostile = format!("<Envelope>{attributes}</Envelope>");
    let judge = |fuel, memory_bytes_max| {
        let (mut store, lacre) = LACRE.open(fuel, memory_bytes_max).unwrap();
        let trust = trust(&mut store, &lacre, &[]);
        let messages = lacre.lacre_pix_messages();
        let judged = messages.call_verify(&mut store, hostile.as_bytes(), trust, AT_ENGLISH);
        judged.map(Result::unwrap_err).map_err(|error| format!("{error:#}"))
    };
    let out_of_fuel = judge(1_000_000, MEMORY_BYTES_MAX).unwrap_err();
    assert!(out_of_fuel.contains("all fuel consumed"), "{out_of_fuel}");
    let out_of_memory = judge(FUEL, 2 << 20).unwrap_err();
    assert!(out_of_memory.contains("memory"), "{out_of_memory}");

    let refusal = judge(FUEL, MEMORY_BYTES_MAX).unwrap();
    assert!(!refusal.code.is_empty(), "with room to look at it, it is refused like any other message");
    a_key_that_the_host_holds_signs_in_two_steps_and_the_message_is_valid();
}
