//! A deployment with faults: every one is named at once, with what to change, and what is mended counts without a new start.

use lacre_simulator::pki::{PkiOptions, ThrowawayPki};
use lacre_tests::aws::{Delivery, Deployment, Fault};
use lacre_tests::lambda::{Function, Reply, Source};
use serde_json::Value;

use crate::world::{World, read, register};

const NEEDED: [&str; 7] = [
    "SignatureKeyId",
    "SignatureCertificate",
    "MtlsCertificate",
    "BcbSignatureCertificate",
    "BcbMtlsCertificate",
    "BcbDictEndpoint",
    "DictAuditStream",
];

/// What the one error says in which a function names the faults of its configuration.
fn faults(function: &Function) -> String {
    let logs = function.logs();
    let mut refusals = logs.iter().filter(|line| line["alarm"] == "config_refused");
    refusals.next_back().unwrap_or_else(|| panic!("{}", function.said()))["faults"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// A function that cannot work still answers.
async fn refused(function: &Function) -> Reply {
    let reply = function.call(Source::Rest, &read()).await;
    assert_eq!(
        (reply.status, reply.element("code")),
        (503, "not-configured".to_owned()),
        "{}",
        function.said()
    );
    reply
}

#[tokio::test(flavor = "multi_thread")]
async fn every_parameter_that_is_missing_is_named_in_one_error_and_counts_when_it_is_there() {
    let Some(mut world) = World::start(Delivery::Json).await else { return };
    let whole = core::mem::replace(&mut world.deployment, Deployment::bare().await);
    let function = world.function("dict").await;
    refused(&function).await;
    let said = faults(&function);
    for name in NEEDED.iter().chain(&["MtlsPrivateKey"]) {
        assert!(said.contains(&world.deployment.parameter(name)), "{name}: {said}");
    }
    assert!(!said.contains("Spi"), "what only the other channel needs is nobody's concern: {said}");
    assert_eq!(said.matches(" | ").count() + 1, NEEDED.len() + 1, "{said}");
    assert!(function.metric("ConfigFailures") >= 1.0);
    drop(function);

    // One by one: the start and the calls behind it see what is there.
    world.deployment = whole;
    let deployment = &world.deployment;
    for name in NEEDED {
        let value = value(deployment, name).await;
        deployment.unset(name).await;
        let function = world.function("dict").await;
        refused(&function).await;
        let said = faults(&function);
        assert!(said.contains(&deployment.parameter(name)) && !said.contains(" | "), "{name}: {said}");
        deployment.set(name, &value).await;
        answered_soon(&function).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_parameter_that_is_wrong_is_named_in_one_error() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let deployment = &world.deployment;
    deployment.set("SignatureKeyId", "alias/nobody").await;
    deployment
        .set("SignatureCertificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .await;
    deployment.set("MtlsCertificate", "none").await;
    deployment.set("BcbSignatureCertificate", "<CERTIFICATE>").await;
    deployment.set("BcbMtlsCertificate", "<CERTIFICATE>").await;
    deployment.set("BcbDictEndpoint", "https://dict.pi.rsfn.net.br:16422/api").await;
    deployment.set("DictAuditStream", "arn:aws:firehose:sa-east-1:1:deliverystream/x").await;
    let function = world.function("dict").await;
    refused(&function).await;
    let said = faults(&function);
    for name in NEEDED {
        assert!(said.contains(&deployment.parameter(name)), "{name}: {said}");
    }
    drop(function);
    // A key that fits the certificate is the least that can be asked.
    let other = world.deployment.aws.create_key().await;
    for (name, value) in repaired(deployment) {
        deployment.set(name, &value).await;
    }
    deployment.point_to(world.bacen.dict_addr().port(), world.bacen.spi_addr().port()).await;
    deployment.set("SignatureKeyId", &other.id).await;
    let function = world.function("dict").await;
    refused(&function).await;
    let said = faults(&function);
    assert!(said.contains("[config-key-mismatch]") && !said.contains(" | "), "{said}");
    deployment.set("SignatureKeyId", &deployment.key.arn).await;
    answered_soon(&function).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_the_wrong_format_is_named_and_each_right_one_works() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let deployment = &world.deployment;
    let right = &deployment.pki.throwaway.psp_channel.key_pem;
    let json = serde_json::json!({ "key": right.as_str() }).to_string();
    let base64 = right.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let other =
        ThrowawayPki::create(&tempfile::tempdir().unwrap().path().join("pki"), &PkiOptions::default());
    let other = other.unwrap().psp_channel.key_pem;
    let damaged = right.replacen("MII", "MIJ", 1);
    for (secret, code) in [
        (json.as_str(), "[aws-secret-format]"),
        (&base64, "[aws-secret-format]"),
        (" ", "[aws-secret-format]"),
        (&deployment.signing_pem, "[tls-no-key]"),
        (&damaged, "[tls-key]"),
        (&other, "[tls-key-mismatch]"),
    ] {
        deployment.set_secret(secret).await;
        let function = world.function("dict").await;
        refused(&function).await;
        let said = faults(&function);
        assert!(
            said.contains(code) && said.contains("MtlsPrivateKey") && !said.contains(" | "),
            "{code}: {said}"
        );
        for line in right.lines().chain(other.lines()).filter(|line| line.len() == 64) {
            assert!(!function.said().contains(line), "a key is in the log");
        }
    }
    for secret in
        [right.as_str(), &format!("\n{}\n\n", right.as_str()), &right.replace('\n', "\r\n"), &pkcs1(right)]
    {
        deployment.set_secret(secret).await;
        let function = world.function("dict").await;
        assert_eq!(function.call(Source::Rest, &read()).await.status, 200, "{}", function.said());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_permission_that_is_refused_is_named() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    for action in ["ssm:GetParameters", "secretsmanager:GetSecretValue", "kms:GetPublicKey"] {
        world.front.behave();
        world.front.always(action, Fault::DENIED);
        let function = world.function("dict").await;
        refused(&function).await;
        let said = faults(&function);
        assert!(said.contains(action) && said.contains("AccessDenied"), "{action}: {said}");
        assert!(!said.contains(" | "), "{said}");
        world.front.behave();
        answered_soon(&function).await;
    }
    let function = world.function("dict").await;
    world.front.always("kms:Sign", Fault::DENIED);
    let reply = function.call(Source::Rest, &register()).await;
    assert_eq!((reply.status, reply.element("code")), (503, "signing-failed".to_owned()), "{}", reply.text());
    assert_eq!(reply.element("maybe-accepted"), "false");
    assert!(
        function.said().contains("`kms:Sign`") || function.said().contains("kms:Sign"),
        "{}",
        function.said()
    );
    // Without the audit's permissions a payment goes on, and somebody is told.
    world.front.behave();
    world.front.always("firehose:*", Fault::DENIED);
    let reply = function.call(Source::Rest, &register()).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    assert!(function.alarms().contains(&"audit_spilled".to_owned()), "{}", function.said());
    world.front.always("s3:*", Fault::DENIED);
    assert_eq!(function.call(Source::Rest, &read()).await.status, 200);
    assert!(function.alarms().contains(&"audit_pending".to_owned()), "{}", function.said());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_is_wrong_is_named() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    for (name, value) in [
        ("PIX_SPI_PROXY", ""),
        ("PIX_SPI_PROXY", "dict"),
        ("LACRE_PARAMETER_PREFIX", "pix"),
        ("LACRE_CONFIG_TTL_SECONDS", "soon"),
        ("LACRE_AUDIT_BUDGET_MS", "-1"),
        ("LACRE_OUTSIDE_VALIDITY", "sometimes"),
        ("LACRE_UNKNOWN_PATHS", "yes"),
        ("LACRE_ALREADY_SIGNED", "yes"),
        ("LACRE_DICT_SIGNATURE", "middle"),
        ("LACRE_MTLS_PINNED_BY_ANY_NAME", "1"),
        ("LACRE_OWN_HOSTS", "pix.example:443"),
    ] {
        let function = world.function_with("dict", &[(name, value)]).await;
        refused(&function).await;
        let said = faults(&function);
        assert!(said.contains(name), "{name}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_sees_from_inside_what_holds_and_what_does_not() {
    let Some(world) = World::start(Delivery::Parquet).await else { return };
    let function = world.function("dict").await;
    let codes = |report: &Value, level: &str| -> Vec<String> {
        assert_eq!(report["schema"], "lacre.doctor/1");
        let findings = report["findings"].as_array().unwrap().iter();
        let found = findings.filter(|finding| finding["level"] == level);
        found.map(|finding| format!("{} {}", finding["code"], finding["subject"])).collect()
    };
    let report = function.invoke(r#"{"lacre":"doctor"}"#).await;
    let bad: Vec<String> = ["fatal", "fault"].iter().flat_map(|level| codes(&report, level)).collect();
    assert!(bad.is_empty(), "{bad:?}");
    assert!(report.to_string().contains("endpoint-reached"), "{report}");

    world.deployment.unset("BcbMtlsCertificate").await;
    world.deployment.set("DictAuditStream", "nowhere").await;
    world.front.always("kms:Sign", Fault::DENIED);
    world.front.always("s3:PutObject", Fault::DENIED);
    let report = function.invoke(r#"{"lacre":"doctor"}"#).await;
    let bad: Vec<String> = ["fatal", "fault"].iter().flat_map(|level| codes(&report, level)).collect();
    for words in ["BcbMtlsCertificate", "nowhere", "kms:Sign", "s3:PutObject"] {
        assert!(bad.iter().any(|one| one.contains(words)), "{words}: {bad:?}");
    }
    for finding in report["findings"].as_array().unwrap() {
        let is_good = finding["level"] == "ok";
        assert!(is_good || !finding["help"].as_str().unwrap().is_empty(), "{finding}");
    }
}

async fn value(deployment: &Deployment, name: &str) -> String {
    let body = serde_json::json!({"Names": [deployment.parameter(name)]});
    let answer = deployment.aws.call("ssm:GetParameters", &body).await;
    answer["Parameters"][0]["Value"].as_str().unwrap().to_owned()
}

fn repaired(deployment: &Deployment) -> Vec<(&'static str, String)> {
    let pki = &deployment.pki.throwaway;
    vec![
        ("SignatureCertificate", deployment.signing_pem.clone()),
        ("MtlsCertificate", pki.psp_channel.certificate_pem.clone()),
        ("BcbSignatureCertificate", pki.bacen_signature.certificate_pem.clone()),
        ("BcbMtlsCertificate", pki.ca.certificate_pem.clone()),
        ("DictAuditStream", deployment.stream("dict")),
    ]
}

/// A function that had no configuration looks again by itself.
async fn answered_soon(function: &Function) {
    for _ in 0..100 {
        if function.call(Source::Rest, &read()).await.status == 200 {
            return;
        }
        tokio::time::sleep(core::time::Duration::from_millis(100)).await;
    }
    panic!("{}", function.said());
}

/// The key in the older form that OpenSSL wrote for long: the same numbers without their wrapping.
fn pkcs1(pkcs8: &str) -> String {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    let der = BASE64_STANDARD.decode(pkcs8.lines().filter(|line| !line.starts_with('-')).collect::<String>());
    // Behind version, algorithm and the octet string's head: 26 octets for a key of RSA-2048.
    let inner = BASE64_STANDARD.encode(&der.unwrap()[26..]);
    let lines: Vec<&str> =
        inner.as_bytes().chunks(64).map(|line| core::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n", lines.join("\n"))
}
