//! Requests and signatures.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::service::{ARN, Answer, Plan};
use crate::world::{KEY, World, openssl, run};

const CERTIFICATE: &str = "psp-signature.pem";

#[test]
fn a_request_for_a_certificate_of_the_spb_is_one_that_openssl_takes() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let world = World::new();
    let made = world.run(&[
        "csr",
        "--key",
        KEY,
        "--institution",
        "BANCO EXEMPLO SA",
        "--code",
        "P001",
        "--ispb",
        "12345678",
        "--sisbacen",
        "54321",
        "--locality",
        "BRASILIA",
        "--state",
        "DF",
        "-o",
        "psp.csr",
    ]);
    assert_eq!((made.code, made.out.as_str(), made.err.as_str()), (Some(0), "", ""));
    let shown = openssl(
        world.folder(),
        "req -in psp.csr -verify -noout -subject -nameopt RFC2253,sep_comma_plus_space",
    );
    assert_eq!(
        shown.trim(),
        "subject=CN=BANCO EXEMPLO SA P001, OU=ISPB-12345678, OU=SISBACEN-54321, O=ICP-Brasil, L=BRASILIA, ST=DF, C=BR"
    );
    openssl(world.folder(), "req -in psp.csr -pubkey -noout -out request.pub");
    openssl(world.folder(), "x509 -in psp-signature.pem -pubkey -noout -out certificate.pub");
    assert_eq!(read(&world, "request.pub"), read(&world, "certificate.pub"));
}

#[test]
fn a_subject_is_given_whole_or_in_all_its_parts() {
    let spb = ["--institution", "A", "--code", "T001", "--ispb", "12345678", "--sisbacen", "12345"];
    let world = World::new();
    for (left_out, word) in [(2, "--code"), (4, "--ispb"), (6, "--sisbacen"), (0, "--institution")] {
        let mut arguments = spb.to_vec();
        arguments.drain(left_out..left_out + 2);
        let refused = run(world.lacre(&["csr", "--key", KEY]).args(&arguments));
        assert_eq!(refused.code, Some(2));
        assert!(refused.err.contains(word), "{word}: {}", refused.err);
    }
    for part in ["--institution", "--code", "--sisbacen", "--locality", "--state"] {
        let refused = run(world.csr().args([part, "x"]));
        assert_eq!(refused.code, Some(2), "{part}");
        assert!(refused.err.contains("cannot be used with"), "{part}: {}", refused.err);
    }
    assert_eq!(world.service.connections(), 0);
}

#[test]
fn kms_is_asked_once_for_the_key_and_signs_the_digest_with_the_key_that_was_found() {
    let world = World::new();
    assert_eq!(run(&mut world.csr()).code, Some(0));
    let asked = world.service.calls("GetPublicKey");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].body["KeyId"], "alias/pix-signature");
    let signed = world.service.calls("Sign");
    assert_eq!(signed.len(), 1);
    assert_eq!(signed[0].body["KeyId"], ARN);
    assert_eq!(signed[0].body["MessageType"], "DIGEST");
    assert_eq!(signed[0].body["SigningAlgorithm"], "RSASSA_PKCS1_V1_5_SHA_256");
    assert_eq!(world.service.connections(), 1);
}

#[test]
fn messages_are_signed_and_verify() {
    let world = World::new();
    for (profile, message) in [("spi", "spi.xml"), ("dict", "dict.xml")] {
        let signed = world.run(&[
            "sign",
            "--profile",
            profile,
            "--key",
            KEY,
            "--cert",
            CERTIFICATE,
            message,
            "-o",
            "out.xml",
        ]);
        assert_eq!((signed.code, signed.err.as_str()), (Some(0), ""), "{message}");
        let verified = world.run(&["verify", "--trust", CERTIFICATE, "--profile", profile, "out.xml"]);
        assert_eq!(verified.code, Some(0), "{message}: {}{}", verified.out, verified.err);
    }
}

#[test]
fn a_key_that_is_not_the_certificates_signs_nothing() {
    let world = World::new();
    let refused = world.run(&[
        "sign",
        "--profile",
        "spi",
        "--key",
        KEY,
        "--cert",
        "psp-channel.pem",
        "spi.xml",
        "-o",
        "out.xml",
    ]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.contains(&format!("`{KEY}`")) && refused.err.contains("psp-channel.pem"),
        "{}",
        refused.err
    );
    assert!(world.service.calls("Sign").is_empty());
    assert!(!world.path("out.xml").exists());
}

#[test]
fn a_folder_of_messages_is_signed_over_few_connections() {
    let world = World::new();
    let count = 200;
    fs::create_dir(world.path("in")).unwrap();
    for number in 0..count {
        fs::copy(world.path("spi.xml"), world.path(&format!("in/{number}.xml"))).unwrap();
    }
    let arguments = ["sign", "--profile", "auto", "--key", KEY, "--cert", CERTIFICATE, "in", "-o", "out"];
    let signed = run(world.lacre(&arguments).env("RAYON_NUM_THREADS", "8"));
    assert_eq!(signed.code, Some(0), "{}", signed.err);
    let verified = world.run(&["verify", "--trust", CERTIFICATE, "--quiet", "out"]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
    assert_eq!(fs::read_dir(world.path("out")).unwrap().count(), count);
    assert_eq!(world.service.calls("Sign").len(), count);
    assert_eq!(world.service.calls("GetPublicKey").len(), 1);
    assert!(world.service.connections() <= 16, "{} connections", world.service.connections());
}

#[test]
fn a_call_that_is_turned_away_is_made_again() {
    let turned_away = || Answer::Error("ThrottlingException", "Rate exceeded");
    let plan = |operation| Plan::from([(operation, vec![turned_away(), turned_away(), Answer::Right])]);
    for operation in ["Sign", "GetPublicKey"] {
        let world = World::with(plan(operation));
        let made = run(&mut world.csr());
        assert_eq!(made.code, Some(0), "{operation}: {}", made.err);
        assert_eq!(world.service.calls(operation).len(), 3);
    }
}

#[test]
fn the_doctor_of_a_proxy_opens_the_key() {
    let world = World::new();
    let config = format!(
        "[spi]\nlisten = \"127.0.0.1:0\"\nendpoint = \"localhost:1\"\n[signature]\nkey = \"{KEY}\"\n\
         certificate = \"{CERTIFICATE}\"\n[mtls]\nkey = \"psp-channel.key\"\ncertificate = \"psp-channel.pem\"\n[bacen]\n\
         signature_certificates = [\"bacen-signature.pem\"]\nmtls_certificates = [\"ca.pem\"]\n[audit]\nfolder = \"audit\"\n"
    );
    fs::write(world.path("proxy.toml"), &config).unwrap();
    let doctor = ["doctor", "--config", "proxy.toml", "--offline", "--json"];
    let sound = world.run(&doctor);
    assert_eq!(sound.code, Some(0), "{}{}", sound.out, sound.err);
    assert!(
        codes(&sound.out, "signature.key, signature.certificate").contains(&"key-fits".to_owned()),
        "{}",
        sound.out
    );
    fs::write(world.path("proxy.toml"), config.replace(CERTIFICATE, "psp-channel.pem")).unwrap();
    let other = world.run(&doctor);
    assert_eq!(other.code, Some(2));
    assert!(
        codes(&other.out, "signature.key, signature.certificate").contains(&"config-key-mismatch".to_owned())
    );
    fs::write(world.path("proxy.toml"), config.replace("alias/", "")).unwrap();
    assert!(codes(&world.run(&doctor).out, "signature.key").contains(&"kms-uri".to_owned()));
}

/// The codes of the findings about a subject.
fn codes(json: &str, subject: &str) -> Vec<String> {
    let told: Value = serde_json::from_str(json).unwrap();
    let findings =
        told["findings"].as_array().unwrap().iter().filter(|finding| finding["subject"] == subject);
    findings.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

fn read(world: &World, name: impl AsRef<Path>) -> String {
    fs::read_to_string(world.folder().join(name)).unwrap()
}
