//! The audit trail when Firehose and the bucket are down, slow or half-hearted: no record is lost, none is there twice, and no
//! payment waits for it longer than it may.

use core::time::Duration;
use std::collections::BTreeSet;
use std::time::Instant;

use lacre_core::Profile;
use lacre_report::record::Row;
use lacre_tests::aws::records::assert_whole;
use lacre_tests::aws::{Delivery, Fault, sha256_hex};
use lacre_tests::lambda::{Answer, Call, Function, Source, TIMEOUT};
use lacre_tests::messages;
use serde_json::{Value, json};

use crate::relay::Relay;
use crate::server::{Act, Server};
use crate::world::{MESSAGES, World, bacen_channel, pay, read};

const REPLAY: &str = r#"{"lacre":"replay"}"#;

/// Calls that are all answered, and the longest time that one took.
async fn calls(function: &Function, count: usize) -> Duration {
    let mut longest = Duration::ZERO;
    for _ in 0..count {
        let begun = Instant::now();
        let reply = function.call(Source::Rest, &read()).await;
        longest = longest.max(begun.elapsed());
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    longest
}

fn count(answer: &Value, name: &str) -> u64 {
    answer[name].as_u64().unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_firehose_loses_no_record_and_doubles_none() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let functions =
        [world.function("dict").await, world.function("dict").await, world.function("dict").await];
    let each = 100;
    // It works, goes down, comes back: what an hour of it leaves behind, in less time.
    for function in &functions {
        calls(function, 3).await;
    }
    world.front.always("firehose:PutRecordBatch", Fault::DOWN);
    let longest =
        tokio::join!(calls(&functions[0], each), calls(&functions[1], each), calls(&functions[2], each));
    let longest = longest.0.max(longest.1).max(longest.2);
    assert!(longest < Duration::from_secs(4), "{longest:?}");
    let tried = world.front.calls("firehose:PutRecordBatch");
    assert!(tried < 100, "a stream that is down is left alone: {tried} calls");
    let delivered = world.deployment.records("dict").await.len();
    let spilled = world.deployment.spilled("dict").await;
    assert_eq!((delivered, spilled.len()), (9, 3 * each));
    for function in &functions {
        assert_eq!((function.metric("AuditSpills"), function.metric("AuditLost")), (100.0, 0.0));
        assert!(function.alarms().iter().all(|alarm| alarm == "audit_spilled"), "{:?}", function.alarms());
    }

    // While it is down a replay fails, says so, and leaves everything.
    let Answer::Error(error) = functions[0].api.invoke(REPLAY, TIMEOUT).await else { panic!("a failure") };
    assert!(error["errorMessage"].as_str().unwrap().contains("stay in the bucket"), "{error}");
    assert_eq!(world.deployment.spilled("dict").await.len(), 3 * each);
    world.front.behave();
    let replayer = world.function("spi").await;
    let answer = replayer.invoke(REPLAY).await;
    assert_eq!(answer["schema"], "lacre.replay/1");
    assert_eq!((count(&answer, "replayed"), count(&answer, "left")), (300, 0), "{answer}");
    assert_eq!(replayer.metric("SpillReplayed"), 300.0);
    assert!(world.deployment.spilled("dict").await.is_empty());
    let rows = world.deployment.records("dict").await;
    assert_eq!(assert_whole(&rows), 309);
    let again = replayer.invoke(REPLAY).await;
    assert_eq!((count(&again, "replayed"), count(&again, "left")), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn however_firehose_fails_an_answer_waits_no_longer_than_its_budget() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let budget = [("LACRE_AUDIT_BUDGET_MS", "400")];
    let faults = [
        Fault::DOWN,
        Fault::THROTTLED,
        Fault::DENIED,
        Fault::Closed,
        Fault::Hangs,
        Fault::Late(Duration::from_secs(3)),
        Fault::NoneTaken,
        Fault::Answers(json!({"FailedPutCount": 0, "RequestResponses": []})),
        Fault::Answers(json!({"unexpected": true})),
        Fault::Refused(400, "ResourceNotFoundException"),
    ];
    let mut total = 0;
    for fault in faults {
        let function = world.function_with("dict", &budget).await;
        world.front.always("firehose:PutRecordBatch", fault.clone());
        let longest = calls(&function, 5).await;
        total += 5;
        // Half a second and what a busy machine adds; without a budget it would be seconds.
        assert!(longest < Duration::from_millis(2500), "{fault:?}: {longest:?}");
        assert_eq!((function.metric("AuditSpills"), function.metric("AuditLost")), (5.0, 0.0), "{fault:?}");
        world.front.behave();
    }
    // A late call may have been carried out, so what is in the archive and in the spill can be the same record.
    let delivered = world.deployment.records("dict").await;
    let spilled = world.deployment.spilled("dict").await;
    let all: BTreeSet<_> = delivered.iter().chain(&spilled).map(place).collect();
    assert_eq!((all.len(), spilled.len()), (total, total));
    assert_whole(&spilled);
}

fn place(row: &Row) -> (String, i64) {
    (row.text("chain_id").unwrap().to_owned(), row.integer("chain_sequence").unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_shows_the_same_record_under_the_same_number() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let function = world.function("dict").await;
    world.front.always("firehose:PutRecordBatch", Fault::AnswerLost);
    calls(&function, 1).await;
    world.front.behave();
    function.invoke(REPLAY).await;
    let rows = world.deployment.records("dict").await;
    assert!(rows.len() > 1, "Firehose had it, and nobody could know");
    assert!(rows.iter().all(|row| *row == rows[0]), "whoever reads the archive can tell");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_both_ways_closed_records_wait_in_memory_and_leave_together() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let function = world.function("dict").await;
    let pending = || function.metrics().iter().rev().find_map(|line| line["AuditPending"].as_u64());
    world.front.always("firehose:PutRecordBatch", Fault::NoneTaken);
    world.front.always("s3:PutObject", Fault::DOWN);
    calls(&function, 4).await;
    assert!(function.alarms().contains(&"audit_pending".to_owned()), "{}", function.said());
    assert_eq!(pending(), Some(4));
    world.front.behave();
    // Five in one batch, of which it takes two, then one, then what is left.
    let before = world.front.calls("firehose:PutRecordBatch");
    world.front.next(2, "firehose:PutRecordBatch", Fault::HalfTaken);
    calls(&function, 1).await;
    let rows = world.deployment.records("dict").await;
    assert_eq!((assert_whole(&rows), world.front.calls("firehose:PutRecordBatch") - before), (5, 3));
    assert!(world.deployment.spilled("dict").await.is_empty());
    assert_eq!(pending(), Some(0));
    assert_eq!(function.metric("AuditLost"), 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_too_large_for_its_record_lies_in_the_bucket_octet_for_octet() {
    let Some(world) = World::start(Delivery::Parquet).await else { return };
    let relay = Relay::start().await;
    world.deployment.point_to(relay.port, relay.port).await;
    let function = world.function("spi").await;
    // Both bodies have more than a record has room for (1,000 KiB; a request may have 1,024), and one of them is not even text.
    let message = messages::sized(Profile::Spi, 1_030_000);
    let mut garbage: Vec<u8> =
        (0..1_100_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    garbage[0] = 0xff;
    let head =
        format!("HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n", garbage.len());
    let answer = [head.as_bytes(), &garbage].concat();
    let server =
        Server::start(&bacen_channel(), &world.clients(), Act::Answer(Box::leak(answer.into()))).await;
    relay.aim(server.port);
    let reply = function.call(Source::Rest, &Call::post(MESSAGES, message)).await;
    assert_eq!((reply.status, reply.body.len()), (500, garbage.len()), "{}", function.said());
    assert_eq!(reply.body, garbage);

    let rows = world.deployment.kept("spi").await;
    assert_eq!(assert_whole(&rows), 1);
    for (column, wire) in [("request_body", "request_wire_sha256"), ("response_body", "response_wire_sha256")]
    {
        assert_eq!(rows[0].text(&format!("{column}_encoding")), Some("object"), "{column}");
        let hash = rows[0].text(column).unwrap().strip_prefix("sha256:").unwrap();
        let key = format!("body/spi/{hash}");
        let octets = world.deployment.aws.get_object(&world.deployment.bucket, &key).await.unwrap();
        assert_eq!(sha256_hex(&octets), hash, "{column}");
        assert_eq!(rows[0].text(wire), Some(hash), "{column}: as it went over the wire");
    }
    assert_eq!(function.metric("AuditLost"), 0.0);

    // The bucket is down: the record waits for its bodies, and goes when they can.
    world.front.always("s3:PutObject", Fault::DOWN);
    let message = messages::sized(Profile::Spi, 1_035_000);
    function.call(Source::Rest, &Call::post(MESSAGES, message)).await;
    assert_eq!(world.deployment.kept("spi").await.len(), 1);
    world.front.behave();
    function.call(Source::Rest, &pay()).await;
    function.api.settled().await;
    for _ in 0..50 {
        if world.deployment.kept("spi").await.len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(assert_whole(&world.deployment.kept("spi").await), 3);
    assert_eq!(world.deployment.aws.list(&world.deployment.bucket, "body/spi/").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bucket_a_large_body_is_left_out_and_its_hash_stays() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let function = world.function_with("spi", &[("LACRE_BUCKET", "")]).await;
    let message = messages::sized(Profile::Spi, 1_030_000);
    function.call(Source::Rest, &Call::post(MESSAGES, message)).await;
    let row = world.deployment.kept("spi").await.pop().unwrap();
    assert_eq!(row.text("request_body_encoding"), Some("omitted"));
    assert_eq!(row.text("request_wire_sha256").map(str::len), Some(64));
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_delivers_what_waits_and_says_what_cannot_be_delivered() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    for back in [true, false] {
        let mut function = world.function_with("dict", &[("LACRE_AUDIT_BUDGET_MS", "200")]).await;
        world.front.always("firehose:PutRecordBatch", Fault::NoneTaken);
        world.front.always("s3:PutObject", Fault::DOWN);
        calls(&function, 3).await;
        let before = world.deployment.kept("dict").await.len();
        if back {
            world.front.behave();
        }
        let ended = function.terminate(Duration::from_secs(10)).await;
        assert_eq!(ended.status.and_then(|status| status.code()), Some(0), "{}", function.said());
        assert!(ended.took < Duration::from_secs(2), "Lambda gives half a second: {:?}", ended.took);
        let after = world.deployment.kept("dict").await.len();
        if back {
            assert_eq!(after - before, 3, "{}", function.said());
            assert!(!function.alarms().contains(&"audit_records_lost".to_owned()));
        } else {
            assert!(function.alarms().contains(&"audit_records_lost".to_owned()), "{}", function.said());
            assert_eq!(function.metric("AuditLost"), 3.0);
        }
        world.front.behave();
    }
    // Nothing waits: nothing to do.
    let mut function = world.function("dict").await;
    calls(&function, 1).await;
    let ended = function.terminate(Duration::from_secs(10)).await;
    assert!(ended.status.unwrap().success() && ended.took < Duration::from_secs(1), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stray_object_in_the_spill_stays_there_and_keeps_nothing_else_from_going() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let function = world.function("dict").await;
    world.front.always("firehose:PutRecordBatch", Fault::DOWN);
    calls(&function, 4).await;
    world.front.behave();
    let (aws, bucket) = (world.deployment.aws, world.deployment.bucket.clone());
    for (key, octets) in
        [("spill/dict/0-stray", "no record"), ("spill/dict/zz.json", "{\"request_body\":\"forged\"}\n")]
    {
        aws.put_object(&bucket, key, octets).await;
    }
    let answer = function.invoke(REPLAY).await;
    assert_eq!((count(&answer, "replayed"), count(&answer, "left")), (4, 2), "{answer}");
    assert_eq!(aws.list(&bucket, "spill/").await, ["spill/dict/0-stray", "spill/dict/zz.json"]);
    assert_eq!(assert_whole(&world.deployment.records("dict").await), 4);
    assert!(function.alarms().contains(&"replay_stray_object".to_owned()));
    assert!(function.invoke(REPLAY).await["left"].as_u64() > Some(0));
}
