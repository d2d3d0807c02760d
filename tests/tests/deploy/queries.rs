//! The named queries run over what Firehose delivers, and find what they are named for.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_core::exchange::Channel;
use lacre_core::exchange::chain::Chain;
use lacre_core::exchange::record::{Content, Outcome, Record, Value as Column};
use lacre_native::clock::unix_ms;
use lacre_tests::aws::{Delivery, Deployment, Rows};
use lacre_tests::require;
use serde_json::{Map, Value, json};

use crate::template::of_type;

const SIGNED_TWICE: &str = "<a><ds:SignatureValue>x</ds:SignatureValue>\
    <ds:X509SerialNumber>4711</ds:X509SerialNumber><EndToEndId>E1234567820261125</EndToEndId>\
    <ds:SignatureValue>y</ds:SignatureValue></a>";

#[tokio::test]
async fn the_named_queries_find_what_they_are_named_for() {
    if !require("cfn-lint") || !require("ministack") {
        return;
    }
    let deployment = Deployment::new(1, 1, Delivery::Parquet).await;
    deliver(&deployment).await;
    let ask = |name: &'static str| ask(&deployment, name);

    let once = ask("every record once").await;
    assert_eq!(ids(&once), ["d0", "d1", "d3", "s0", "s1"], "one of them was delivered twice");

    let by_id = ask("exchange by id").await;
    assert_eq!(ids(&by_id), ["d0"]);
    assert_eq!(by_id.field(0, "request_body"), SIGNED_TWICE);

    assert_eq!(ids(&ask("exchanges by EndToEndId").await), ["d0"]);

    let refused = ask("refused answers").await;
    assert_eq!((ids(&refused), refused.field(0, "response_signature_verdict")), (vec!["d1"], "invalid"));

    let unanswered = ask("exchanges without answer").await;
    assert_eq!((ids(&unanswered), unanswered.field(0, "waited_ms")), (vec!["d3"], "20000"));

    let gaps = ask("chain gaps").await;
    assert_eq!(ids(&gaps), ["d3", "s1"]);
    assert_eq!((gaps.field(0, "fault"), gaps.field(0, "sequence_before")), ("missing", "1"));
    assert_eq!(gaps.field(1, "fault"), "changed");

    let verdicts = ask("verdicts per hour").await;
    let mut found: Vec<_> = (0..verdicts.rows.len())
        .map(|row| ["channel", "response_signature_verdict", "answers"].map(|name| verdicts.field(row, name)))
        .collect();
    found.sort_unstable();
    assert_eq!(found, [["dict", "invalid", "1"], ["dict", "valid", "1"], ["spi", "valid", "2"]]);

    let signatures = ask("signatures per key").await;
    assert_eq!(signatures.rows.len(), 1, "{signatures:?}");
    assert_eq!((signatures.field(0, "certificate_serial"), signatures.field(0, "signatures")), ("4711", "2"));

    // A query that is added is to be tried here too.
    assert_eq!(of_type("AWS::Athena::NamedQuery").count(), 8);
}

/// Asks what the template asks, of all days and about the exchange and the payment of this test.
async fn ask(deployment: &Deployment, name: &str) -> Rows {
    let (_, query) = of_type("AWS::Athena::NamedQuery").find(|(_, query)| query["Name"] == name).unwrap();
    let sql = query["QueryString"]
        .as_str()
        .unwrap()
        .replace("year = '2026' AND month = '11' AND day BETWEEN '01' AND '30'", "year >= '2026'")
        .replace("EXCHANGE-ID", "d0")
        .replace("END-TO-END-ID", "E1234567820261125");
    assert!(!sql.contains("'2026' AND"), "{name}: {sql}");
    deployment.aws.query(&deployment.database, &deployment.bucket, &sql).await
}

fn ids(rows: &Rows) -> Vec<&str> {
    (0..rows.rows.len()).map(|row| rows.field(row, "exchange_id")).collect()
}

/// Two chains. DICT's lacks its third record and has its last one twice; in SPI's the second does not follow the first.
async fn deliver(deployment: &Deployment) {
    let mut chain = Chain::new("dict chain");
    let mut sealed = |record: Record| {
        let mut record = record;
        chain.seal(&mut record);
        line(&record)
    };
    let signed = sealed(answered(Channel::Dict, "d0", 0, SIGNED_TWICE));
    let mut bad = answered(Channel::Dict, "d1", 1, "<b/>");
    (bad.outcome, bad.outcome_reason) = (Outcome::AnswerRefused, Some("digest-mismatch"));
    bad.response_signature_verdict = Some("invalid");
    let bad = sealed(bad);
    sealed(answered(Channel::Dict, "d2", 2, "<c/>"));
    let mut silent = answered(Channel::Dict, "d3", 3, "<d/>");
    (silent.outcome, silent.response_signature_verdict) = (Outcome::Unknown, None);
    (silent.request_sent_ms, silent.response_received_ms) = (Some(1_000), Some(21_000));
    let silent = sealed(silent);
    put(deployment, "dict", &[signed, bad, silent.clone(), silent]).await;

    let mut chain = Chain::new("spi chain");
    let [mut first, mut second] = ["s0", "s1"].map(|id| answered(Channel::Spi, id, 4, "<e/>"));
    chain.seal(&mut first);
    chain.seal(&mut second);
    let mut changed = line(&second);
    changed["chain_previous_hash"] = json!("00");
    put(deployment, "spi", &[line(&first), changed]).await;
}

fn answered(channel: Channel, id: &str, place: i64, body: &str) -> Record {
    // Records come out in the order of their instants.
    let mut record = Record::new(channel, id, unix_ms() + place);
    record.outcome = Outcome::Answered;
    record.request_body = Some(Content::of(body.as_bytes()));
    record.response_signature_verdict = Some("valid");
    (record.request_sent_ms, record.response_received_ms) = (Some(1_000), Some(1_100));
    record
}

fn line(record: &Record) -> Value {
    let columns = record.columns().map(|(name, value)| {
        let value = match value {
            Column::Text(text) => json!(text),
            Column::Integer(integer) => json!(integer),
            Column::Null => Value::Null,
        };
        (name.to_owned(), value)
    });
    Value::Object(columns.collect::<Map<_, _>>())
}

async fn put(deployment: &Deployment, channel: &str, lines: &[Value]) {
    let records: Vec<Value> =
        lines.iter().map(|line| json!({"Data": BASE64_STANDARD.encode(format!("{line}\n"))})).collect();
    let body = json!({"DeliveryStreamName": deployment.stream(channel), "Records": records});
    let put = deployment.aws.call("firehose:PutRecordBatch", &body).await;
    assert_eq!(put["FailedPutCount"], 0, "{put}");
}
