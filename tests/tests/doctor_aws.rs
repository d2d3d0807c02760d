//! `lacre doctor --aws` before deployments of every kind: whole ones, and ones with many faults at once.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::process::Command;

use lacre_simulator::{Running, Simulator};
use lacre_tests::aws::pki::{EXPIRED, ISPB, Pki, VALID, self_signed};
use lacre_tests::aws::{AwsFront, Delivery, Deployment, Fault, REGION};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// What the doctor said.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    findings: Vec<Value>,
    err: String,
}

impl Said {
    /// The findings that are no comfort, each as its code and subject.
    fn faults(&self) -> Vec<(&str, &str)> {
        let text = |finding: &'_ Value, name: &str| finding[name].as_str().unwrap().to_owned();
        // These deployments have no revocation list, which is said each time (`a_sound_deployment_has_no_fault`).
        let bad = self.findings.iter().filter(|finding| {
            text(finding, "level") != "ok" && text(finding, "code") != "revocation-not-checked"
        });
        bad.map(|finding| (finding["code"].as_str().unwrap(), finding["subject"].as_str().unwrap())).collect()
    }

    /// The one finding with this code.
    fn only(&self, code: &str) -> &Value {
        let found: Vec<&Value> = self.findings.iter().filter(|finding| finding["code"] == code).collect();
        assert_eq!(found.len(), 1, "{code}: {:#?}", self.findings);
        found[0]
    }

    fn has(&self, code: &str) -> bool {
        self.findings.iter().any(|finding| finding["code"] == code)
    }

    /// Exactly these faults, in any order; `{}` in a subject stands for the deployment's prefix.
    #[track_caller]
    fn is(&self, deployment: &Deployment, expected: &[(&str, &str)]) {
        let mut expected: Vec<_> = expected
            .iter()
            .map(|(code, subject)| ((*code).to_owned(), subject.replace("{}", &deployment.prefix)))
            .collect();
        let mut found: Vec<_> =
            self.faults().into_iter().map(|(code, subject)| (code.to_owned(), subject.to_owned())).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{:#?}", self.findings);
    }
}

/// A deployment, BACEN's side of it, and a front before AWS.
struct World {
    deployment: Deployment,
    bacen: Running,
    front: AwsFront,
}

impl World {
    async fn with(delivery: Delivery) -> Self {
        let pki = Pki::shared();
        let ca = &pki.throwaway.ca.certificate_pem;
        let bacen = Simulator::start(pki.simulator(&[], ca)).await.unwrap();
        let deployment = Deployment::new(bacen.dict_addr().port(), bacen.spi_addr().port(), delivery).await;
        Self { deployment, bacen, front: AwsFront::start().await }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(lacre_tests::lacre());
        command
            .args(["doctor", "--aws", "--prefix", &self.deployment.prefix])
            .args(arguments)
            .env_clear()
            .env("AWS_ENDPOINT_URL", self.front.url())
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    /// The findings, while this thread's runtime goes on.
    async fn said(&self, mut command: Command) -> Said {
        command.arg("--json");
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        assert_eq!(told["schema"], "lacre.doctor/1", "{err}");
        let said =
            Said { code: output.status.code(), findings: told["findings"].as_array().unwrap().clone(), err };
        let is_bad = said.findings.iter().any(|f| f["level"] == "fault" || f["level"] == "fatal");
        assert_eq!(said.code, Some(if is_bad { 2 } else { 0 }));
        for finding in said.findings.iter().filter(|finding| finding["level"] != "ok") {
            assert!(finding["help"].is_string(), "{finding}");
        }
        assert!(!said.err.contains("PRIVATE KEY") && !told.to_string().contains("PRIVATE KEY-----\\n"));
        said
    }

    async fn doctor(&self, arguments: &[&str]) -> Said {
        self.said(self.command(arguments)).await
    }
}

fn with_world<F: Future<Output = ()>>(delivery: Delivery, body: impl FnOnce(World) -> F) {
    if lacre_tests::require("ministack") {
        Runtime::new().unwrap().block_on(async { body(World::with(delivery).await).await });
    }
}

#[test]
fn a_sound_deployment_has_no_fault() {
    with_world(Delivery::Parquet, |world| async move {
        let said = world.doctor(&[]).await;
        said.is(&world.deployment, &[]);
        let codes = ["key-fits", "key-signs", "certificate-valid", "aws-stream-ready", "endpoint-reached"];
        for code in codes.into_iter().chain(["revocation-not-checked"]) {
            assert!(said.has(code), "{code}: {:#?}", said.findings);
        }
        // Both channels', each once.
        let of = |code: &str| said.findings.iter().filter(|finding| finding["code"] == code).count();
        assert_eq!((of("aws-stream-ready"), of("endpoint-reached"), of("key-signs")), (2, 2, 1));
        let one = world.doctor(&["--channel", "dict"]).await;
        assert!(one.only("aws-stream-ready")["subject"].as_str().unwrap().contains("DictAuditStream"));
        let (spi, before) = ("firehose:DescribeDeliveryStream", world.front.calls("kms:Sign"));
        assert_eq!((world.front.calls(spi), before), (3, 3));
        let offline = world.doctor(&["--offline"]).await;
        assert!(!offline.has("endpoint-reached") && offline.has("key-signs"));
    });
}

#[test]
fn many_faults_are_all_named_at_once() {
    with_world(Delivery::Json, |world| async move {
        let (deployment, pki) = (&world.deployment, world.deployment.pki);
        let expired = pki.signing_certificate(&deployment.key.public_key, "BANCO T001", ISPB, EXPIRED);
        let ca = &pki.throwaway.ca.certificate_pem;
        let chain = format!(
            "{}{}",
            pki.throwaway.psp_channel.certificate_pem,
            self_signed("OUTRA AC", VALID).certificate_pem
        );
        deployment.set("SignatureCertificate", &expired).await;
        deployment.set("MtlsCertificate", &chain).await;
        deployment.set_secret("{\"key\": \"not here\"}").await;
        deployment.unset("BcbSignatureCertificate").await;
        deployment
            .set("BcbMtlsCertificate", "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----")
            .await;
        deployment.set("BcbMtlsCertificateNext", ca).await;
        deployment.set("BcbSpiEndpoint", "https://localhost:1/x").await;
        deployment.set("SpiAuditStream", "arn:aws:firehose:sa-east-1:000000000000:deliverystream/x").await;
        let said = world.doctor(&[]).await;
        let dict_stream = format!("{{}}DictAuditStream {}", deployment.stream("dict"));
        said.is(
            deployment,
            &[
                ("certificate-expired", "{}SignatureCertificate"),
                ("certificate-chain-broken", "{}MtlsCertificate"),
                ("aws-secret-format", "{}MtlsPrivateKey"),
                ("aws-parameter-missing", "{}BcbSignatureCertificate"),
                ("tls-certificate", "{}BcbMtlsCertificate"),
                ("aws-parameter-value", "{}BcbSpiEndpoint"),
                ("aws-parameter-value", "{}SpiAuditStream"),
                ("aws-stream-not-parquet", &dict_stream),
            ],
        );
        assert!(said.has("key-signs"), "{:#?}", said.findings);
        let chain = said.only("certificate-chain-broken");
        assert!(chain["message"].as_str().unwrap().contains("OUTRA AC"), "{chain}");
    });
}

#[test]
fn each_permission_that_is_missing_is_named_and_the_rest_goes_on() {
    with_world(Delivery::Parquet, |world| async move {
        let deployment = &world.deployment;
        let actions = [
            "kms:GetPublicKey",
            "kms:Sign",
            "secretsmanager:GetSecretValue",
            "firehose:DescribeDeliveryStream",
        ];
        for action in actions {
            world.front.always(action, Fault::DENIED);
        }
        let said = world.doctor(&["--channel", "spi"]).await;
        let stream = format!("firehose:DescribeDeliveryStream deliverystream/{}", deployment.stream("spi"));
        said.is(
            deployment,
            &[
                ("kms-denied", "{}SignatureKeyId"),
                ("kms-denied", "kms:Sign {}SignatureKeyId"),
                ("aws-denied", "secretsmanager:GetSecretValue {}MtlsPrivateKey"),
                ("aws-denied", &stream),
            ],
        );
        for (finding, action) in said.findings.iter().zip(actions) {
            let told = finding.to_string();
            assert!(told.contains("is not authorized to perform"), "{action}: {told}");
        }
        assert!(said.has("certificate-valid"));
        // One alone hides nothing.
        world.front.behave();
        world.front.always("kms:GetPublicKey", Fault::DENIED);
        let said = world.doctor(&["--channel", "spi"]).await;
        said.is(deployment, &[("kms-denied", "{}SignatureKeyId")]);
        assert!(said.has("key-signs") && said.has("endpoint-reached") && said.has("aws-stream-ready"));
        // Nothing can be said about what may not be read.
        world.front.behave();
        world.front.always("ssm:GetParameters", Fault::DENIED);
        let said = world.doctor(&["--channel", "spi"]).await;
        said.is(deployment, &[("aws-denied", "ssm:GetParameters {}*")]);
    });
}

#[test]
fn a_key_of_another_certificate_or_of_another_kind_is_found() {
    with_world(Delivery::Parquet, |world| async move {
        let deployment = &world.deployment;
        let both = "{}SignatureKeyId, {}SignatureCertificate";
        deployment.set("SignatureCertificate", &deployment.pki.throwaway.psp_signature.certificate_pem).await;
        world.doctor(&["--offline"]).await.is(deployment, &[("config-key-mismatch", both)]);
        // By the signature alone, where the public key may not be asked for.
        world.front.always("kms:GetPublicKey", Fault::DENIED);
        let said = world.doctor(&["--offline"]).await;
        said.is(deployment, &[("kms-denied", "{}SignatureKeyId"), ("config-key-mismatch", both)]);
        world.front.behave();
        deployment.set("SignatureCertificate", &deployment.signing_pem).await;
        let kinds = json!({ "KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY" });
        let elliptic = deployment.aws.call("kms:CreateKey", &kinds).await;
        for (key, code) in [
            (elliptic["KeyMetadata"]["KeyId"].as_str().unwrap(), "kms-key-unfit"),
            ("alias/nobody-made-it", "kms-key-missing"),
            ("pix signature", "kms-uri"),
        ] {
            deployment.set("SignatureKeyId", key).await;
            world.doctor(&["--offline"]).await.is(deployment, &[(code, "{}SignatureKeyId")]);
        }
        deployment.set("SignatureKeyId", &deployment.key.id).await;
        deployment.aws.call("kms:DisableKey", &json!({ "KeyId": deployment.key.id })).await;
        let said = world.doctor(&["--offline"]).await;
        assert!(said.has("kms-key-disabled"), "{:#?}", said.findings);
    });
}

#[test]
fn a_stream_that_would_lose_records_is_found() {
    with_world(Delivery::Parquet, |world| async move {
        let deployment = &world.deployment;
        let said = async |stream: &str| {
            deployment.set("SpiAuditStream", stream).await;
            world.doctor(&["--channel", "spi", "--offline"]).await
        };
        let of = |stream: &str| format!("{{}}SpiAuditStream {stream}");
        said("nobody-made-it").await.is(deployment, &[("aws-stream-missing", &of("nobody-made-it"))]);
        let dict = deployment.stream("dict");
        said(&dict).await.is(deployment, &[("aws-stream-crossed", &of(&dict))]);
        let spi = deployment.stream("spi");
        let described = |status: &str, source: &str, destination: Value| {
            Fault::Answers(json!({ "DeliveryStreamDescription": {
                "DeliveryStreamName": spi, "DeliveryStreamARN": "arn:aws:firehose:sa-east-1:1:deliverystream/x",
                "DeliveryStreamStatus": status, "DeliveryStreamType": source, "VersionId": "1", "HasMoreDestinations": false,
                "FailureDescription": { "Type": "KMS_ACCESS_DENIED", "Details": "the role may not use the key" },
                "Destinations": [destination],
            }}))
        };
        let elsewhere = json!({ "DestinationId": "d", "HttpEndpointDestinationDescription": {} });
        world.front.next(
            1,
            "firehose:DescribeDeliveryStream",
            described("CREATING_FAILED", "MSKAsSource", elsewhere),
        );
        let found = said(&spi).await;
        let codes = ["aws-stream-not-active", "aws-stream-source", "aws-stream-destination"];
        found.is(deployment, &codes.map(|code| (code, &*format!("{{}}SpiAuditStream {spi}").leak())));
        let message = found.only("aws-stream-not-active")["message"].as_str().unwrap();
        assert!(message.ends_with("CREATING_FAILED: the role may not use the key"), "{message}");
    });
}

#[test]
fn an_endpoint_is_tried_by_a_handshake() {
    with_world(Delivery::Parquet, |world| async move {
        let deployment = &world.deployment;
        let stranger = self_signed("localhost", VALID).certificate_pem;
        deployment.set("BcbMtlsCertificate", &stranger).await;
        let port = world.bacen.spi_addr().port();
        let place = format!("{{}}BcbSpiEndpoint localhost:{port}");
        let said = world.doctor(&["--channel", "spi"]).await;
        assert_eq!(said.faults().len(), 1, "{:#?}", said.findings);
        assert_eq!(said.faults()[0].1, place.replace("{}", &deployment.prefix));
        deployment.set("BcbMtlsCertificate", &deployment.pki.throwaway.ca.certificate_pem).await;
        deployment.set("BcbSpiEndpoint", "localhost:1").await;
        let said = world.doctor(&["--channel", "spi"]).await;
        assert_eq!(said.faults().len(), 1, "{:#?}", said.findings);
        assert!(said.faults()[0].1.ends_with("BcbSpiEndpoint localhost:1"));
        assert_eq!(world.doctor(&["--channel", "spi", "--offline"]).await.code, Some(0));
    });
}

#[test]
fn who_has_no_credentials_or_region_is_told_so() {
    with_world(Delivery::Json, |world| async move {
        let mut nobody = world.command(&["--channel", "spi", "--offline"]);
        nobody.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
        let said = world.said(nobody).await;
        said.is(
            &world.deployment,
            &[
                ("aws-credentials", "ssm:GetParameters {}*"),
                ("aws-credentials", "secretsmanager:GetSecretValue {}MtlsPrivateKey"),
            ],
        );
        let mut nowhere = world.command(&[]);
        nowhere.env_remove("AWS_REGION");
        let output = tokio::task::spawn_blocking(move || nowhere.output().unwrap()).await.unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{err}");
        assert!(err.contains("no AWS region") && err.contains("AWS_REGION"), "{err}");
    });
}

#[test]
fn the_command_line_is_either_of_a_file_or_of_a_deployment() {
    for (arguments, words) in [
        (&["doctor"][..], "--config <FILE>|--aws"),
        (&["doctor", "--aws", "--config", "x"], "cannot be used with"),
        (&["doctor", "--config", "x", "--channel", "spi"], "cannot be used with"),
        (&["doctor", "--config", "x", "--prefix", "/x/"], "cannot be used with"),
        (&["doctor", "--aws", "--prefix", "pix"], "begins and ends with `/`"),
    ] {
        let output = Command::new(lacre_tests::lacre()).args(arguments).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(err.contains(words), "{words}: {err}");
    }
}
