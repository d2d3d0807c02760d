//! What the tests rely on in the emulator. It is young and somebody else's: when its version changes, this says first whether the
//! tests of the Lambda proxy still mean what they say.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_core::exchange::Channel;
use lacre_core::exchange::record::{Content, Record};
use lacre_native::clock;
use lacre_report::record::json_line;
use lacre_tests::aws::{Aws, Delivery, Deployment, Ministack, zip_of};
use serde_json::{Value, json};

/// The emulator, unless the person who started the tests goes without it.
fn aws() -> Option<Aws> {
    lacre_tests::require("ministack").then(|| Ministack::shared().aws())
}

#[tokio::test]
async fn kms_signs_the_digest_that_it_is_given_and_nothing_else() {
    let Some(aws) = aws() else { return };
    let key = aws.create_key().await;
    let message = b"a message";
    let (status, signed) = aws.sign(&key.id, digest(&SHA256, message).as_ref()).await;
    assert_eq!(status, 200, "{signed}");
    let signature = BASE64_STANDARD.decode(signed["Signature"].as_str().unwrap()).unwrap();
    let public =
        aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256, {
            // The key's own octets lie behind the algorithm: 24 octets in SubjectPublicKeyInfo of RSA-2048.
            &key.public_key[24..]
        });
    public.verify(message, &signature).unwrap();

    let (status, refused) = aws.sign(&key.id, &[0; 31]).await;
    assert_eq!((status, kind(&refused)), (400, "ValidationException"), "{refused}");
    aws.call("kms:CreateAlias", &json!({"AliasName": "alias/contract", "TargetKeyId": key.id})).await;
    let public_key = aws.call("kms:GetPublicKey", &json!({"KeyId": "alias/contract"})).await;
    assert_eq!(
        (public_key["KeySpec"].as_str(), public_key["KeyUsage"].as_str()),
        (Some("RSA_2048"), Some("SIGN_VERIFY"))
    );
    assert!(public_key["SigningAlgorithms"].to_string().contains("RSASSA_PKCS1_V1_5_SHA_256"));
    assert_eq!(aws.sign(&key.arn, &[0; 32]).await.0, 200);
    assert_eq!(aws.sign("alias/contract", &[0; 32]).await.0, 200);

    aws.call("kms:DisableKey", &json!({"KeyId": key.id})).await;
    let (status, refused) = aws.sign(&key.id, &[0; 32]).await;
    assert_eq!((status, kind(&refused)), (400, "DisabledException"), "{refused}");
    let (status, refused) = aws.sign("alias/nobody", &[0; 32]).await;
    assert_eq!((status, kind(&refused)), (400, "NotFoundException"), "{refused}");
}

#[tokio::test]
async fn parameters_come_together_and_those_that_are_missing_are_named() {
    let Some(aws) = aws() else { return };
    aws.put_parameter("/contract/a", "one\nline\n").await;
    aws.put_parameter("/contract/b", "old").await;
    aws.put_parameter("/contract/b", "new").await;
    let names = ["/contract/a", "/contract/b", "/contract/c"];
    let answer = aws.call("ssm:GetParameters", &json!({"Names": names, "WithDecryption": true})).await;
    assert_eq!(answer["InvalidParameters"], json!(["/contract/c"]));
    let mut found: Vec<(&str, &str)> = answer["Parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["Name"].as_str().unwrap(), one["Value"].as_str().unwrap()))
        .collect();
    found.sort_unstable();
    assert_eq!(found, [("/contract/a", "one\nline\n"), ("/contract/b", "new")]);
    aws.delete_parameter("/contract/a").await;
    let answer = aws.call("ssm:GetParameters", &json!({"Names": ["/contract/a"]})).await;
    assert_eq!(answer["InvalidParameters"], json!(["/contract/a"]));
}

#[tokio::test]
async fn a_secret_is_its_newest_text() {
    let Some(aws) = aws() else { return };
    let missing = aws.try_call("secretsmanager:GetSecretValue", &json!({"SecretId": "/contract/x"})).await;
    assert_eq!((missing.0, kind(&missing.1)), (400, "ResourceNotFoundException"));
    for value in ["first", "second"] {
        aws.put_secret("/contract/s", value).await;
        let secret = aws.call("secretsmanager:GetSecretValue", &json!({"SecretId": "/contract/s"})).await;
        assert_eq!(secret["SecretString"], json!(value));
    }
}

#[tokio::test]
async fn a_bucket_keeps_lists_gives_and_deletes() {
    let Some(aws) = aws() else { return };
    aws.create_bucket("contract").await;
    for key in ["spill/dict/b", "spill/dict/a", "spill/spi/c", "log/x=1/y"] {
        aws.put_object("contract", key, key.as_bytes().to_vec()).await;
    }
    assert_eq!(aws.list("contract", "spill/dict/").await, ["spill/dict/a", "spill/dict/b"]);
    assert_eq!(aws.get_object("contract", "log/x=1/y").await.unwrap(), "log/x=1/y");
    aws.delete_object("contract", "spill/dict/a").await;
    assert_eq!(aws.list("contract", "spill/").await, ["spill/dict/b", "spill/spi/c"]);
    assert_eq!(aws.get_object("contract", "spill/dict/a").await, None);
}

#[tokio::test]
async fn firehose_writes_parquet_by_the_glue_table_and_athena_reads_it() {
    let Some(aws) = aws() else { return };
    let deployment = Deployment::new(1, 1, Delivery::Parquet).await;
    let mut record = Record::new(Channel::Dict, "exchange-1", clock::unix_ms());
    record.request_body = Some(Content::of("<a>ção \"'\\\n</a>".as_bytes()));
    record.response_status_code = Some(200);
    let answer = put(&aws, &deployment.stream("dict"), &[&json_line(&record)]).await;
    assert_eq!(answer["FailedPutCount"], json!(0), "{answer}");
    assert!(answer["RequestResponses"][0]["RecordId"].is_string(), "{answer}");

    let keys = aws.list(&deployment.bucket, "log/").await;
    let partition = record.partition();
    let folder = format!(
        "log/dict/year={}/month={}/day={}/hour={}/",
        partition.year, partition.month, partition.day, partition.hour
    );
    assert!(
        matches!(keys.as_slice(), [key] if key.starts_with(&folder) && key.ends_with(".parquet")),
        "{keys:?}"
    );
    let rows = deployment.records("dict").await;
    assert_eq!(rows[0].columns().len(), Record::COLUMNS.len());
    for ((name, value), (column, written)) in rows[0].values().zip(record.columns()) {
        assert_eq!((name, value), (column, written));
    }

    let sql = format!("SELECT * FROM dict WHERE year = '{}' AND response_status_code = 200", partition.year);
    let found = aws.query(&deployment.database, &deployment.bucket, &sql).await;
    assert_eq!(found.rows.len(), 1);
    assert_eq!(found.field(0, "request_body"), "<a>ção \"'\\\n</a>");
    assert_eq!(found.field(0, "request_date"), record.request_date());
    assert_eq!(found.field(0, "hour"), partition.hour);
}

#[tokio::test]
async fn firehose_refuses_what_is_too_large_and_puts_aside_what_is_no_record() {
    let Some(aws) = aws() else { return };
    let deployment = Deployment::new(1, 1, Delivery::Parquet).await;
    let stream = deployment.stream("spi");
    let longest = format!("{{\"request_body\":\"{}\"}}", "x".repeat(1000 * 1024 - 19));
    let longer = format!("{longest} ");
    assert_eq!(longest.len(), 1000 * 1024);
    let answer = put(&aws, &stream, &[longest.as_bytes(), longer.as_bytes()]).await;
    assert_eq!(answer["FailedPutCount"], json!(1), "{answer}");
    assert!(answer["RequestResponses"][1]["ErrorCode"].is_string());
    put(&aws, &stream, &[b"no json"]).await;
    let aside = aws.list(&deployment.bucket, "error/spi/").await;
    assert!(matches!(aside.as_slice(), [key] if key.contains("format-conversion-failed")), "{aside:?}");
    let (status, refused) = aws
        .try_call(
            "firehose:PutRecordBatch",
            &json!({"DeliveryStreamName": "nowhere", "Records": [{"Data": ""}]}),
        )
        .await;
    assert_eq!((status, kind(&refused)), (400, "ResourceNotFoundException"));
}

/// A program for the Runtime API: answers with the event, its deadline and one of its variables.
const ECHO: &str = r#"
import json, os, sys, time, urllib.request
base = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    event = urllib.request.urlopen(base + "next")
    left_ms = int(event.headers["Lambda-Runtime-Deadline-Ms"]) - time.time() * 1000
    print("a line of the log", flush=True)
    answer = {"event": json.load(event), "left_ms": left_ms, "variable": os.environ["VARIABLE"], "pid": os.getpid()}
    request = base + event.headers["Lambda-Runtime-Aws-Request-Id"] + "/response"
    urllib.request.urlopen(request, json.dumps(answer).encode()).read()
"#;

#[tokio::test]
async fn a_function_is_a_process_that_takes_one_event_after_the_other() {
    let Some(aws) = aws() else { return };
    let program = format!("#!{}\n{ECHO}", lacre_tests::python().display());
    let variables = [("VARIABLE".to_owned(), "value".to_owned())];
    aws.create_function("contract", &zip_of(program.as_bytes()), &variables).await;
    let first = aws.invoke("contract", json!({"n": 1}).to_string()).await;
    let second = aws.invoke("contract", json!({"n": 2}).to_string()).await;
    assert_eq!((first.function_error, &first.payload["event"]), (None, &json!({"n": 1})));
    assert_eq!(second.payload["event"], json!({"n": 2}));
    assert_eq!(first.payload["variable"], json!("value"));
    assert_eq!(first.payload["pid"], second.payload["pid"], "the process stays");
    let left = first.payload["left_ms"].as_f64().unwrap();
    assert!((1000.0..=29_000.0).contains(&left), "{left}");
    assert!(first.log.contains("a line of the log"), "{}", first.log);
    aws.delete_function("contract").await;
}

async fn put(aws: &Aws, stream: &str, lines: &[&[u8]]) -> Value {
    let records: Vec<Value> =
        lines.iter().map(|line| json!({"Data": BASE64_STANDARD.encode(line)})).collect();
    let body = json!({"DeliveryStreamName": stream, "Records": records});
    aws.call("firehose:PutRecordBatch", &body).await
}

/// The name of a refusal.
fn kind(refusal: &Value) -> &str {
    refusal["__type"].as_str().unwrap_or_default().rsplit('#').next().unwrap_or_default()
}
