//! A key of KMS in hosts of every kind: inside a runtime and outside, used by many threads, dropped anywhere.
//!
//! The SDK reads the environment of its process, so every test runs itself again in a process of its own.

use std::process::Command;
use std::sync::Arc;
use std::thread;

use lacre_aws::{Clients, sdk_config};
use lacre_native::key::{self, KeyReason, KmsKey, Signer};
use tokio::runtime::Builder;

use crate::service::{Answer, Plan};
use crate::world::{KEY, World};

const INSIDE: &str = "LACRE_TEST_KMS";
const DIGEST: [u8; 32] = [42; 32];

/// Runs a test, given its own name, in a process beside a KMS. What the service saw is looked at afterwards.
fn beside(test: &str, plan: Plan, body: impl FnOnce(), afterwards: impl FnOnce(&World)) {
    if std::env::var(INSIDE).is_ok() {
        return body();
    }
    let world = World::with(plan);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env_clear()
        .env(INSIDE, world.folder())
        .env("HOME", world.folder())
        .env("AWS_REGION", "sa-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", world.service.port))
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
    assert!(!err.contains("panicked"), "{err}");
    afterwards(&world);
}

fn open() -> Arc<dyn Signer> {
    key::open(KEY, None).unwrap()
}

/// The signature that the same key makes from its file.
fn expected() -> Vec<u8> {
    let file = format!("{}/psp-signature.key", std::env::var(INSIDE).unwrap());
    key::open(&file, None).unwrap().sign_blocking(&DIGEST).unwrap()
}

#[test]
fn a_key_is_opened_used_and_dropped_inside_any_runtime() {
    let body = || {
        let expected = expected();
        for kind in [Builder::new_current_thread, || Builder::new_multi_thread()] {
            let runtime = kind().enable_all().build().unwrap();
            runtime.block_on(async {
                let key = open();
                assert_eq!(key.sign(DIGEST).await.unwrap(), expected);
                assert_eq!(key.sign_blocking(&DIGEST).unwrap(), expected);
                let held = Arc::clone(&key);
                let task = tokio::spawn(async move { held.sign(DIGEST).await.unwrap() });
                assert_eq!(task.await.unwrap(), expected);
                drop(key);
            });
        }
    };
    beside("host::a_key_is_opened_used_and_dropped_inside_any_runtime", Plan::new(), body, |world| {
        assert_eq!(world.service.calls("Sign").len(), 6);
        assert_eq!(world.service.connections(), 2, "one for each key");
    });
}

#[test]
fn a_key_outlives_the_runtime_that_it_was_used_in() {
    let body = || {
        let key = open();
        for _ in 0..3 {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            assert_eq!(runtime.block_on(key.sign(DIGEST)).unwrap(), expected());
        }
        assert_eq!(key.sign_blocking(&DIGEST).unwrap(), expected());
        // A signature that nobody waits for any more harms nothing.
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        drop(
            runtime
                .block_on(async { tokio::time::timeout(core::time::Duration::ZERO, key.sign(DIGEST)).await }),
        );
        assert_eq!(key.sign_blocking(&DIGEST).unwrap(), expected());
    };
    beside("host::a_key_outlives_the_runtime_that_it_was_used_in", Plan::new(), body, |world| {
        // The second for the signature that did not wait for the one before.
        assert!(world.service.connections() <= 2, "{}", world.service.connections());
    });
}

#[test]
fn many_threads_sign_with_one_key() {
    let body = || {
        let (key, expected) = (open(), expected());
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for _ in 0..8 {
                        assert_eq!(key.sign_blocking(&DIGEST).unwrap(), expected);
                    }
                });
            }
        });
    };
    beside("host::many_threads_sign_with_one_key", Plan::new(), body, |world| {
        assert_eq!(world.service.calls("Sign").len(), 128);
        assert!(world.service.connections() <= 17, "{}", world.service.connections());
    });
}

#[test]
fn a_host_with_a_client_signs_on_its_own_runtime() {
    let body = || {
        let expected = expected();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let clients = Clients::new(&sdk_config().await);
            let key = Arc::new(KmsKey::connect(clients.kms, "alias/pix-signature").await.unwrap());
            assert_eq!(key.place(), KEY);
            let both = tokio::join!(key.sign(DIGEST), key.sign(DIGEST));
            assert_eq!((both.0.unwrap(), both.1.unwrap()), (expected.clone(), expected.clone()));
            // Another thread may wait, as long as this one does not.
            let other = Arc::clone(&key);
            let waited = tokio::task::spawn_blocking(move || other.sign_blocking(&DIGEST)).await.unwrap();
            assert_eq!(waited.unwrap(), expected);
        });
    };
    beside("host::a_host_with_a_client_signs_on_its_own_runtime", Plan::new(), body, |world| {
        assert_eq!(world.service.calls("GetPublicKey").len(), 1);
        assert!(world.service.connections() <= 2, "{}", world.service.connections());
    });
}

#[test]
fn a_payment_that_kms_turns_away_fails_before_its_deadline() {
    let plan = Plan::from([("Sign", vec![Answer::Error("ThrottlingException", "Rate exceeded")])]);
    let body = || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let key = open();
        let begun = std::time::Instant::now();
        let error = runtime.block_on(key.sign(DIGEST)).unwrap_err();
        assert_eq!(error.reason(), KeyReason::KmsThrottled);
        assert!(begun.elapsed() < core::time::Duration::from_secs(5), "{:?}", begun.elapsed());
    };
    beside("host::a_payment_that_kms_turns_away_fails_before_its_deadline", plan, body, |world| {
        assert_eq!(world.service.calls("Sign").len(), 4, "attempts");
    });
}
