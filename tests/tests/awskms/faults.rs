//! What the command says when KMS does not sign: what is wrong, and what to change.

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::service::{Answer, Plan};
use crate::world::{KEY, World, run};

/// The command ends with 2, writes nothing, and names the key, each of these words, and a remedy.
fn refused(command: &mut Command, words: &[&str]) -> String {
    let ran = run(command);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{words:?}: {}", ran.err);
    let [message, help] = ran.err.lines().collect::<Vec<_>>().try_into().unwrap();
    assert!(message.starts_with("error: `awskms:"), "{message}");
    assert!(help.starts_with("  help: "), "{help}");
    for word in words {
        assert!(ran.err.contains(word), "`{word}` is not in: {}", ran.err);
    }
    // What the SDK knows about itself is nobody's concern.
    for word in ["DispatchFailure", "SdkError", "Unhandled", "ResponseMetadata", "extensions"] {
        assert!(!ran.err.contains(word), "{}", ran.err);
    }
    ran.err
}

#[test]
fn each_refusal_of_kms_names_what_to_change() {
    let cases: [(&str, &str, &[&str]); 10] = [
        (
            "NotFoundException",
            "Alias arn:aws:kms:sa-east-1:111122223333:alias/x is not found.",
            &["no such key", "AWS_REGION"],
        ),
        (
            "AccessDeniedException",
            "User: arn:aws:iam::1:user/u is not authorized",
            &["does not permit", "key policy", "`kms:Sign`"],
        ),
        ("DisabledException", "it is disabled", &["state", "enable-key"]),
        ("KMSInvalidStateException", "it is pending deletion", &["pending deletion", "cancel-key-deletion"]),
        ("InvalidKeyUsageException", "key usage is ENCRYPT_DECRYPT", &["SIGN_VERIFY", "RSA_2048"]),
        ("UnsupportedOperationException", "", &["SIGN_VERIFY"]),
        ("UnrecognizedClientException", "The security token is invalid.", &["credentials", "AWS_PROFILE"]),
        ("ExpiredTokenException", "The token has expired", &["credentials", "AWS_SESSION_TOKEN"]),
        ("InvalidSignatureException", "Signature expired", &["credentials", "clock"]),
        ("ValidationException", "1 validation error", &["did not sign", "1 validation error"]),
    ];
    for operation in ["GetPublicKey", "Sign"] {
        for (code, words, told) in cases {
            let world = World::with(Plan::from([(operation, vec![Answer::Error(code, words)])]));
            let said = refused(&mut world.csr(), told);
            assert!(said.contains(&format!("`{KEY}`")), "{said}");
            assert!(said.contains(&format!("kms:{operation}: {code}")), "{said}");
            assert!(said.contains(words) && said.contains("(request req-7)"), "{said}");
        }
    }
}

#[test]
fn a_key_of_another_kind_is_refused_before_it_signs() {
    let pkcs1: &[&str] = &["RSASSA_PKCS1_V1_5_SHA_256"];
    for (spec, usage, algorithms) in [
        ("ECC_NIST_P256", "SIGN_VERIFY", &["ECDSA_SHA_256"][..]),
        ("RSA_2048", "ENCRYPT_DECRYPT", &[]),
        ("RSA_2048", "SIGN_VERIFY", &["RSASSA_PSS_SHA_256"]),
        ("RSA_1024", "SIGN_VERIFY", pkcs1),
        ("ML_DSA_65", "SIGN_VERIFY", pkcs1),
    ] {
        let world = World::with(Plan::from([("GetPublicKey", vec![Answer::Kind(spec, usage, algorithms)])]));
        refused(&mut world.csr(), &["does not sign as SPI and DICT", spec, usage, "RSA_2048", "SIGN_VERIFY"]);
        assert!(world.service.calls("Sign").is_empty());
    }
}

#[test]
fn a_name_that_is_none_is_refused_before_anybody_is_asked() {
    for (uri, words) in [
        ("awskms:", "names no key"),
        ("awskms:pix-signature", "`alias/`"),
        ("AWSKMS:alias/a b", "letters"),
        ("awskms:///alias/pix", "slashes"),
        ("awskms:arn:aws:s3:sa-east-1:111122223333:bucket", "not of KMS"),
    ] {
        let world = World::new();
        refused(&mut world.lacre(&["csr", "--key", uri, "--subject", "CN=A"]), &[words, "list-aliases"]);
        assert_eq!(world.service.connections(), 0, "{uri}");
    }
}

#[test]
fn who_is_always_turned_away_learns_of_it_in_bounded_time() {
    for operation in ["GetPublicKey", "Sign"] {
        let answer = Answer::Error("ThrottlingException", "Rate exceeded");
        let world = World::with(Plan::from([(operation, vec![answer])]));
        let begun = Instant::now();
        refused(&mut world.csr(), &["too many", "Service Quotas", "Rate exceeded"]);
        assert!(begun.elapsed() < Duration::from_secs(30), "{operation}: {:?}", begun.elapsed());
    }
}

#[test]
fn a_service_that_is_not_there_or_does_not_answer_is_given_up() {
    let world = World::with(Plan::from([("Sign", vec![Answer::Silence])]));
    let begun = Instant::now();
    refused(&mut world.csr(), &["does not answer", "no answer in time", "VPC endpoint", "port 443"]);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut nobody = world.csr();
    nobody.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"));
    refused(&mut nobody, &["does not answer", "refused", "AWS_ENDPOINT_URL"]);
    // An address that TLS is expected at.
    let mut plain = world.csr();
    plain.env("AWS_ENDPOINT_URL", format!("https://127.0.0.1:{}", world.service.port));
    refused(&mut plain, &["does not answer"]);
    let mut unknown = world.csr();
    unknown.env("AWS_ENDPOINT_URL", "http://kms.example.invalid");
    refused(&mut unknown, &["does not answer"]);
}

#[test]
fn an_answer_without_a_signature_is_none() {
    let world = World::with(Plan::from([("Sign", vec![Answer::Empty])]));
    refused(&mut world.csr(), &["without a signature"]);
}

#[test]
fn credentials_and_region_are_asked_for() {
    let world = World::new();
    let mut nobody = world.csr();
    nobody.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    refused(&mut nobody, &["no AWS credentials", "AWS_PROFILE", "a role"]);
    let mut nowhere = world.csr();
    nowhere.env_remove("AWS_REGION");
    refused(&mut nowhere, &["no AWS region", "AWS_REGION", "ARN"]);
    assert_eq!(world.service.connections(), 0);
}

#[test]
fn an_arn_brings_its_region() {
    let arn = "awskms:arn:aws:kms:us-west-2:111122223333:alias/pix";
    for region in [None, Some("sa-east-1")] {
        let world = World::new();
        let mut command = world.lacre(&["csr", "--key", arn, "--subject", "CN=A"]);
        match region {
            Some(region) => command.env("AWS_REGION", region),
            None => command.env_remove("AWS_REGION"),
        };
        let made = run(&mut command);
        assert_eq!(made.code, Some(0), "{}", made.err);
        let asked = &world.service.calls("GetPublicKey")[0];
        assert!(asked.authorization.contains("/us-west-2/kms/"), "{}", asked.authorization);
    }
}

#[test]
fn a_folder_of_messages_stops_at_a_key_that_does_not_sign() {
    let denied = Answer::Error("AccessDeniedException", "not authorized");
    let world = World::with(Plan::from([("Sign", vec![denied])]));
    let arguments = [
        "sign",
        "--profile",
        "auto",
        "--key",
        KEY,
        "--cert",
        "psp-signature.pem",
        "spi.xml",
        "dict.xml",
        "-o",
        "out",
    ];
    let ran = run(&mut world.lacre(&arguments));
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("key policy"), "{}", ran.err);
    assert!(!world.path("out").exists());
}

#[test]
fn the_words_are_there_in_portuguese_too() {
    let denied = Answer::Error("AccessDeniedException", "not authorized");
    let world = World::with(Plan::from([("Sign", vec![denied])]));
    let ran = run(world.csr().args(["--lang", "pt-BR"]));
    assert!(ran.err.contains("não permite") && ran.err.contains("política da chave"), "{}", ran.err);
}

#[test]
fn a_secret_of_the_environment_is_told_to_nobody() {
    let world = World::with(Plan::from([("Sign", vec![Answer::Error("AccessDeniedException", "no")])]));
    let ran =
        run(world.csr().env("AWS_SECRET_ACCESS_KEY", "segredo-4711").env("AWS_SESSION_TOKEN", "ficha-4712"));
    assert_eq!(ran.code, Some(2));
    assert!(!ran.err.contains("segredo-4711") && !ran.err.contains("ficha-4712"), "{}", ran.err);
}
