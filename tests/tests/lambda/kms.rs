//! KMS when it is slow, busy, or not the key that the certificate is of.

use core::time::Duration;
use std::time::Instant;

use lacre_native::clock::unix_ms;
use lacre_simulator::samples;
use lacre_tests::aws::{Delivery, Fault};
use lacre_tests::lambda::{Call, Source};
use serde_json::json;

use crate::world::{MESSAGES, World, bank, pay, read, register};

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_kms_is_asked_again_and_one_that_stays_busy_costs_seconds_and_no_doubt() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let function = world.function("spi").await;
    world.front.next(2, "kms:Sign", Fault::THROTTLED);
    assert_eq!(function.call(Source::Rest, &pay()).await.status, 201, "{}", function.said());
    assert_eq!(world.front.calls("kms:Sign"), 3);
    for fault in [Fault::THROTTLED, Fault::DOWN, Fault::Closed, Fault::Hangs] {
        world.front.behave();
        world.front.always("kms:Sign", fault.clone());
        let begun = Instant::now();
        let reply = function.call(Source::Rest, &pay()).await;
        assert_eq!((reply.status, reply.element("code")), (503, "signing-failed".to_owned()), "{fault:?}");
        assert_eq!(reply.element("maybe-accepted"), "false", "{fault:?}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{fault:?}: {:?}", begun.elapsed());
        let row = world.deployment.kept("spi").await.pop().unwrap();
        assert_eq!(row.text("outcome"), Some("signing-failed"), "{fault:?}");
        assert_eq!(row.integer("request_sent_ms"), None, "{fault:?}");
        // What needs no signature is no worse for it.
        let start = Call::get("/api/v1/out/12345678/stream/start").with("Accept", "multipart/mixed");
        assert!([200, 204].contains(&function.call(Source::Rest, &start).await.status), "{fault:?}");
    }
    world.front.behave();
    assert_eq!(function.call(Source::Rest, &pay()).await.status, 201, "{}", function.said());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_of_a_multipart_are_signed_at_the_same_time() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let function = world.function("spi").await;
    let mut body = String::new();
    for number in 0..10 {
        let xml = samples::pacs_008(&bank(), unix_ms() + number).xml;
        body.push_str(&format!("--x\r\nContent-Type: application/xml; charset=utf-8\r\n\r\n{xml}\r\n"));
    }
    body.push_str("--x--\r\n");
    let call = Call::post(MESSAGES, body).of_type("multipart/mixed; boundary=x");
    let late = Duration::from_millis(700);
    world.front.always("kms:Sign", Fault::Late(late));
    let begun = Instant::now();
    let reply = function.call(Source::RestBinary, &call).await;
    let took = begun.elapsed();
    assert_eq!(reply.status, 201, "{}", reply.text());
    assert_eq!(reply.header("pi-resourceid").unwrap().split(',').count(), 10);
    assert_eq!(world.front.calls("kms:Sign"), 10);
    assert!(took >= late && took < late * 6, "one after the other they take seven seconds: {took:?}");
    assert_eq!(function.metric("Signs"), 10.0);
    assert!(function.metric("KmsLatency") >= 7000.0, "{}", function.said());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_key_signed_never_leaves_the_house() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let deployment = &world.deployment;
    let (mine, other) = (&deployment.key.id, deployment.aws.create_key().await);
    let alias = format!("alias/{}", deployment.database);
    deployment.aws.call("kms:CreateAlias", &json!({"AliasName": alias, "TargetKeyId": mine})).await;
    deployment.set("SignatureKeyId", &alias).await;
    let function = world.function("dict").await;
    assert_eq!(function.call(Source::Rest, &register()).await.status, 201, "{}", function.said());
    // The alias is pointed elsewhere and nobody told the function: it goes on with the key that fits its certificate.
    deployment.aws.call("kms:UpdateAlias", &json!({"AliasName": alias, "TargetKeyId": other.id})).await;
    let reply = function.call(Source::Rest, &register()).await;
    assert!(reply.text().contains("EntryAlreadyExists"), "it was signed well: {}", reply.text());
    // What comes back from KMS is another key's work.
    let (_, signed) = deployment.aws.sign(&other.id, &[7; 32]).await;
    world.front.next(1, "kms:Sign", Fault::Answers(signed));
    let reply = function.call(Source::Rest, &register()).await;
    let problem = (reply.element("code"), reply.element("maybe-accepted"));
    assert_eq!(problem, ("wrong-key".to_owned(), "false".to_owned()), "{}", reply.text());
    assert!(reply.status >= 500, "{}", reply.status);
    deployment.aws.call("kms:DisableKey", &json!({"KeyId": mine})).await;
    let reply = function.call(Source::Rest, &register()).await;
    assert_eq!((reply.status, reply.element("code")), (503, "signing-failed".to_owned()), "{}", reply.text());
    assert!(function.said().contains("enable-key"), "the log says what to do: {}", function.said());
    let rows = deployment.kept("dict").await;
    assert!(rows[2..].iter().all(|row| row.integer("request_sent_ms").is_none()));
    assert_eq!(function.call(Source::Rest, &read()).await.status, 200);
}
