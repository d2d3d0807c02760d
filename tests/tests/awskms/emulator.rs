//! The same with a KMS that somebody else wrote: from a key to a certificate and to messages that verify.

use std::path::Path;
use std::process::Command;

use lacre_tests::aws::{Aws, Ministack, REGION};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::world::{World, lacre, openssl, run};

/// Runs a test with the emulator, unless the person who started the tests said to go without.
fn with_emulator(body: impl FnOnce(Aws, &Runtime)) {
    if lacre_tests::require("ministack") && lacre_tests::require("openssl") {
        body(Ministack::shared().aws(), &Runtime::new().unwrap());
    }
}

/// The command beside the emulator.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = lacre(folder);
    let url = format!("http://{}", Ministack::shared().address());
    command.args(arguments).env("AWS_ENDPOINT_URL", url).env("AWS_REGION", REGION);
    command
}

#[test]
fn a_key_is_certified_and_signs() {
    with_emulator(|aws, runtime| {
        let key = runtime.block_on(aws.create_key());
        let alias = json!({ "AliasName": "alias/pix-certified", "TargetKeyId": key.id });
        runtime.block_on(aws.call("kms:CreateAlias", &alias));
        // The PKI is only asked for its CA here.
        let world = World::new();
        let folder = world.folder();
        let arn_of_alias = key.arn.replace(&format!("key/{}", key.id), "alias/pix-certified");
        for name in [&key.id, &key.arn, "alias/pix-certified", &arn_of_alias] {
            let uri = format!("awskms:{name}");
            let made = run(&mut command(
                folder,
                &[
                    "csr",
                    "--key",
                    &uri,
                    "--institution",
                    "BANCO EXEMPLO SA",
                    "--code",
                    "T001",
                    "--ispb",
                    "12345678",
                    "--sisbacen",
                    "54321",
                    "-o",
                    "psp.csr",
                ],
            ));
            assert_eq!(made.code, Some(0), "{name}: {}", made.err);
            openssl(folder, "req -in psp.csr -verify -noout");
        }
        openssl(
            folder,
            "x509 -req -in psp.csr -CA ca.pem -CAkey ca.key -set_serial 4711 -days 30 -out certified.pem",
        );
        for (profile, message) in [("spi", "spi.xml"), ("dict", "dict.xml")] {
            let arguments = [
                "sign",
                "--profile",
                profile,
                "--key",
                "awskms:alias/pix-certified",
                "--cert",
                "certified.pem",
                message,
                "-o",
                "signed.xml",
            ];
            let signed = run(&mut command(folder, &arguments));
            assert_eq!((signed.code, signed.err.as_str()), (Some(0), ""), "{message}");
            let verified = world.run(&["verify", "--trust", "certified.pem", "signed.xml"]);
            assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
        }
    });
}

#[test]
fn keys_that_do_not_sign_are_explained() {
    with_emulator(|aws, runtime| {
        let create = |spec: &str, usage: &str| -> Value {
            runtime.block_on(aws.call("kms:CreateKey", &json!({ "KeySpec": spec, "KeyUsage": usage })))
        };
        let id = |made: Value| made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
        let disabled = runtime.block_on(aws.create_key()).id;
        runtime.block_on(aws.call("kms:DisableKey", &json!({ "KeyId": disabled })));
        let doomed = runtime.block_on(aws.create_key()).id;
        runtime.block_on(
            aws.call("kms:ScheduleKeyDeletion", &json!({ "KeyId": doomed, "PendingWindowInDays": 7 })),
        );
        let cases = [
            ("alias/nobody-made-it".to_owned(), "no such key"),
            ("00000000-0000-0000-0000-000000000000".to_owned(), "no such key"),
            (id(create("ECC_NIST_P256", "SIGN_VERIFY")), "ECC_NIST_P256"),
            (id(create("RSA_2048", "ENCRYPT_DECRYPT")), "ENCRYPT_DECRYPT"),
            (disabled, "enable-key"),
            (doomed, "cancel-key-deletion"),
        ];
        let world = World::new();
        for (key, words) in cases {
            let uri = format!("awskms:{key}");
            let refused = run(&mut command(world.folder(), &["csr", "--key", &uri, "--subject", "CN=A"]));
            assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""), "{words}: {}", refused.err);
            assert!(refused.err.contains(&uri) && refused.err.contains(words), "{words}: {}", refused.err);
            assert!(refused.err.contains("  help: "), "{}", refused.err);
        }
    });
}
