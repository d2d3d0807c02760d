//! Whatever holds a key or a message shows nothing of it to who prints it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

use core::fmt::Debug;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use lacre_core::exchange::{Channel, Exchange, ExchangeId, Policy, Request, Response, Step};
use lacre_core::{At, Profile, inspect, prepare, verify};
use lacre_native::key::{self, Passphrase};
use lacre_native::proxy::Setup;
use lacre_native::tls::Identity;
use lacre_simulator::pki::{PkiOptions, ThrowawayPki};
use lacre_simulator::samples;
use lacre_tests::signer::{AT, TestSigner};

/// Prints a thing in both of its forms and looks for what must not be there.
#[track_caller]
fn shows_none(thing: &dyn Debug, secrets: &[String]) {
    for shown in [format!("{thing:?}"), format!("{thing:#?}")] {
        for secret in secrets {
            assert!(!shown.contains(secret), "`{secret}` is shown: {shown}");
        }
    }
}

/// A key as somebody would find it again: lines of its PEM, and its octets as lists of numbers are printed.
fn traces(pem: &str) -> Vec<String> {
    let lines = pem.lines().filter(|line| line.len() > 20 && !line.starts_with('-'));
    let der = rustls::pki_types::pem::PemObject::from_pem_slice(pem.as_bytes());
    let der: rustls::pki_types::PrivateKeyDer<'_> = der.unwrap();
    let octets = der.secret_der().get(600..608).unwrap().to_vec();
    let listed = [format!("{octets:?}"), format!("{octets:02x?}")]
        .map(|list| list.trim_matches(['[', ']']).to_owned());
    lines.map(str::to_owned).chain(listed).chain(["PRIVATE KEY".to_owned()]).collect()
}

fn configuration(folder: &Path) -> std::path::PathBuf {
    let text = r#"
[spi]
listen = "127.0.0.1:0"
endpoint = "localhost:1"
[signature]
key = "pki/psp-signature.key"
certificate = "pki/psp-signature.pem"
[mtls]
key = "pki/psp-channel.key"
certificate = "pki/psp-channel.pem"
[bacen]
signature_certificates = ["pki/bacen-signature.pem"]
mtls_certificates = ["pki/ca.pem"]
[audit]
folder = "audit"
"#;
    let path = folder.join("proxy.toml");
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn what_holds_a_key_shows_none_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let pki = ThrowawayPki::create(&folder.path().join("pki"), &PkiOptions::default()).unwrap();
    let mut secrets = Vec::new();
    for pair in [&pki.ca, &pki.bacen_signature, &pki.psp_signature, &pki.psp_channel] {
        secrets.extend(traces(&pair.key_pem));
    }
    shows_none(&pki, &secrets);
    let signer = key::open(pki.psp_signature.key_path.to_str().unwrap(), None).unwrap();
    shows_none(&signer, &secrets);
    let pair = &pki.psp_channel;
    shows_none(
        &Identity::from_pem(pair.certificate_pem.as_bytes(), pair.key_pem.as_bytes()).unwrap(),
        &secrets,
    );
    let (setup, findings) = Setup::read(&configuration(folder.path()));
    shows_none(&findings, &secrets);
    shows_none(&setup.unwrap(), &secrets);
    shows_none(&Passphrase::new("senha-que-ninguem-le".to_owned()), &["senha-que-ninguem-le".to_owned()]);
}

#[test]
fn an_error_about_a_key_shows_neither_it_nor_its_pin() {
    let folder = tempfile::tempdir().unwrap();
    let pki = ThrowawayPki::create(&folder.path().join("pki"), &PkiOptions::default()).unwrap();
    let mut secrets = traces(&pki.psp_signature.key_pem);
    secrets.extend(["4711-ninguem", "senha-que-ninguem-le"].map(str::to_owned));
    let passphrase = Passphrase::new("senha-que-ninguem-le".to_owned());
    let damaged = folder.path().join("damaged.key");
    let pem = &pki.psp_signature.key_pem;
    let uris = [
        "pkcs11:token=lacre?module-path=/nowhere.so&pin-value=4711-ninguem",
        "pkcs11:token=lacre?pin-value=4711-ninguem&pin-value=4711-ninguem",
        "pkcs11:token=lacre?pin-value=4711-ninguem&colour=red",
        "pkcs11:token=lacre?pin-value=4711-ninguem%GG",
        "pkcs11:token=lacre;pin-value=4711-ninguem",
    ];
    let files = [pem.replacen("MII", "MIJ", 1), pem[..pem.len() / 2].to_owned(), pem.repeat(2)];
    let specs = uris.iter().map(|uri| (*uri, "")).chain(files.iter().map(|text| ("", text.as_str())));
    for (uri, text) in specs {
        fs::write(&damaged, text).unwrap();
        let spec = if uri.is_empty() { damaged.to_str().unwrap() } else { uri };
        let error = key::open(spec, Some(&passphrase)).unwrap_err();
        shows_none(&error, &secrets);
        shows_none(&error.to_string(), &secrets);
    }
}

/// What a message and what is around it tell of people.
fn told() -> Vec<String> {
    let told = [samples::PAYER_TAX_ID, samples::KEY, "Helena", "senha-no-cabecalho", "<Key>", "<Entry>"];
    told.map(str::to_owned).to_vec()
}

#[test]
fn what_holds_a_message_shows_none_of_it() {
    let signer = TestSigner::new();
    let bank = lacre_core::Ispb::new("12345678").unwrap();
    let xml = samples::create_entry(&bank);
    assert!(xml.contains(samples::KEY) && xml.contains("<Key>"), "the sample tells of somebody");
    let prepared = prepare(xml.as_bytes(), Profile::Dict, &signer.certificate).unwrap();
    shows_none(&prepared, &told());
    let signed = signer.sign(xml.as_bytes(), Profile::Dict).unwrap();
    shows_none(&verify(&signed, Profile::Dict, &signer.trust(), AT).unwrap(), &told());
    shows_none(&inspect(&signed, Profile::Dict, &signer.trust(), At::UnixS(AT)), &told());
    let tampered = String::from_utf8(signed).unwrap().replace(samples::KEY, "helena.outra@pix.example");
    shows_none(&verify(tampered.as_bytes(), Profile::Dict, &signer.trust(), AT).unwrap_err(), &told());
}

#[test]
fn what_holds_an_exchange_shows_none_of_it() {
    let signer = TestSigner::new();
    let bank = lacre_core::Ispb::new("12345678").unwrap();
    let policy =
        Policy::new(Channel::Dict, "dict.example", signer.certificate.clone(), Arc::new(signer.trust()));
    shows_none(&policy, &told());
    let target = format!("/api/v2/entries/?PayerId={}", samples::PAYER_TAX_ID);
    let mut request = Request::new("POST", &target, samples::create_entry(&bank));
    request.headers = [("Authorization", "senha-no-cabecalho")].into_iter().collect();
    shows_none(&request, &told());
    let id = ExchangeId::new("exchange-1").unwrap();
    let exchange = Exchange::receive(&policy, id, request, AT * 1000);
    shows_none(&exchange, &told());
    let step = exchange.open();
    shows_none(&step, &told());
    let Step::Sign(signing) = step else { panic!("it is signed") };
    let signatures: Vec<_> = signing.digests().iter().map(|digest| signer.sign_digest(digest)).collect();
    let Step::Send(sending) = signing.finish(&signatures, AT * 1000) else { panic!("it is sent") };
    shows_none(&sending, &told());
    shows_none(sending.request(), &told());
    let headers = [("Set-Cookie", "senha-no-cabecalho")].into_iter().collect();
    let response = Response { status: 200, headers, body: samples::create_entry(&bank).into_bytes() };
    shows_none(&response, &told());
    let closed = sending.answered(response, AT * 1000 + 1);
    shows_none(&closed, &told());
    shows_none(&closed.record, &told());
}
