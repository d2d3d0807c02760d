//! The whole road: an API Gateway event, the packaged function in the emulator's Lambda, a signature by KMS, mutual TLS to BACEN, a
//! verified answer, Firehose, Parquet in the bucket, and a row through Athena; all of AWS over TLS.

use std::io::Write;

use bytes::Bytes;
use lacre_native::clock::unix_ms;
use lacre_simulator::samples;
use lacre_tests::aws::{Aws, Delivery, zip_of};
use lacre_tests::lambda::{Call, Function, Source};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::world::{MESSAGES, World, bank, held, pay, read};

/// The CA of AWS on this machine, in a file.
fn ca_file(world: &World) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(world.front.ca_pem().as_bytes()).unwrap();
    file
}

/// The function's environment with AWS behind TLS.
fn secure_environment(world: &World, channel: &str, ca: &NamedTempFile) -> Vec<(String, String)> {
    let (url, ca) = (world.front.secure_url(), ca.path().display().to_string());
    world.environment(channel, &[("AWS_ENDPOINT_URL", &url), ("SSL_CERT_FILE", &ca)])
}

/// The package, or where nobody made one the program as it was built for tests.
fn package() -> Vec<u8> {
    lacre_tests::package("x86_64").map_or_else(
        || zip_of(&std::fs::read(lacre_tests::lambda()).unwrap()),
        |path| std::fs::read(path).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_api_to_bacen_and_into_the_archive() {
    let Some(world) = World::start(Delivery::Parquet).await else { return };
    let (aws, deployment, ca) = (world.deployment.aws, &world.deployment, ca_file(&world));
    let zip = package();
    for channel in ["spi", "dict"] {
        let name = deployment.stream(channel);
        aws.create_function(&name, &zip, &secure_environment(&world, channel, &ca)).await;
    }
    let payment = samples::pacs_008(&bank(), unix_ms());
    let output =
        aws.invoke(&deployment.stream("spi"), Source::Rest.event(&Call::post(MESSAGES, payment.xml))).await;
    assert_eq!(output.function_error, None, "{output:?}");
    let reply = Source::Rest.reply(&output.payload);
    assert_eq!(reply.status, 201, "{} {}", reply.text(), output.log);
    assert!(output.log.contains("exchange closed"), "{}", output.log);
    let output = aws.invoke(&deployment.stream("dict"), Source::Http.event(&read())).await;
    let reply = Source::Http.reply(&output.payload);
    assert_eq!((reply.status, reply.header("pix-signature-valid")), (200, Some("true")), "{output:?}");

    let end_to_end_id = payment.end_to_end_id.unwrap();
    let sql = format!(
        "SELECT year, month, day, hour, request_date, outcome, response_status_code, request_body FROM spi \
         WHERE request_path = '{MESSAGES}' AND request_body LIKE '%{end_to_end_id}%'"
    );
    let rows = aws.query(&deployment.database, &deployment.bucket, &sql).await;
    assert_eq!(rows.rows.len(), 1, "{rows:?}");
    assert_eq!((rows.field(0, "outcome"), rows.field(0, "response_status_code")), ("answered", "201"));
    assert!(rows.field(0, "request_body").contains("<ds:SignatureValue>"));
    let date = rows.field(0, "request_date");
    let partition = ["year", "month", "day"].map(|column| rows.field(0, column)).join("-");
    assert!(date.starts_with(&partition), "{date} {partition}");
    let sql = "SELECT response_signature_verdict, signer_serial FROM dict WHERE response_status_code = 200";
    let rows = aws.query(&deployment.database, &deployment.bucket, sql).await;
    assert_eq!(rows.field(0, "response_signature_verdict"), "valid");
    for channel in ["spi", "dict"] {
        let found = deployment.records(channel).await;
        assert_eq!(lacre_tests::aws::records::assert_whole(&found), 1);
        aws.delete_function(&deployment.stream(channel)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn through_an_api_gateway_that_somebody_else_wrote() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let (aws, deployment, ca) = (world.deployment.aws, &world.deployment, ca_file(&world));
    let name = deployment.stream("dict");
    aws.create_function(&name, &package(), &secure_environment(&world, "dict", &ca)).await;
    let api = create_api(&aws, &name).await;
    let target = format!("/restapis/{api}/pix/_user_request_{}", held());
    let call = read().with("pix-order", "4711");
    let headers: Vec<(&str, &str)> =
        call.headers.iter().skip(1).map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = aws.send("GET", &target, &headers, Bytes::new()).await;
    let text = String::from_utf8_lossy(answer.body());
    assert_eq!(answer.status(), 200, "{text}");
    assert_eq!(answer.headers()["pix-signature-valid"], "true");
    assert_eq!(answer.headers()["pix-order"], "4711");
    assert!(text.contains("<GetEntryResponse>"), "{text}");
    let rows = deployment.kept("dict").await;
    assert_eq!(rows[0].text("request_header").unwrap().matches("4711").count(), 1);
    aws.delete_function(&name).await;
}

/// A REST API whose every path and method is the function's.
async fn create_api(aws: &Aws, function: &str) -> String {
    let send = async |method: &str, target: &str, body: Value| -> Value {
        let headers = [("content-type", "application/json")];
        let answer = aws.send(method, target, &headers, body.to_string().into()).await;
        assert!(answer.status().is_success(), "{target}: {:?}", answer.body());
        serde_json::from_slice(answer.body()).unwrap_or_default()
    };
    let api = send("POST", "/restapis", json!({"name": function})).await["id"].as_str().unwrap().to_owned();
    let resources = send("GET", &format!("/restapis/{api}/resources"), json!({})).await;
    let root = resources["item"].as_array().or(resources["items"].as_array()).unwrap()[0]["id"].clone();
    let resource = format!("/restapis/{api}/resources/{}", root.as_str().unwrap());
    let proxy = send("POST", &resource, json!({"pathPart": "{proxy+}"})).await["id"].clone();
    let method = format!("/restapis/{api}/resources/{}/methods/ANY", proxy.as_str().unwrap());
    send("PUT", &method, json!({"authorizationType": "NONE"})).await;
    let arn = format!("arn:aws:lambda:sa-east-1:000000000000:function:{function}");
    let uri = format!("arn:aws:apigateway:sa-east-1:lambda:path/2015-03-31/functions/{arn}/invocations");
    let integration = json!({"type": "AWS_PROXY", "httpMethod": "POST", "uri": uri});
    send("PUT", &format!("{method}/integration"), integration).await;
    send("POST", &format!("/restapis/{api}/deployments"), json!({"stageName": "pix"})).await;
    api
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_is_trusted_by_its_ca_and_by_nothing_else() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let ca = ca_file(&world);
    let environment = secure_environment(&world, "spi", &ca);
    let function = Function::start(&environment).await;
    function.ready().await;
    assert_eq!(function.call(Source::Rest, &pay()).await.status, 201, "{}", function.said());
    assert_eq!(world.deployment.records("spi").await.len(), 1);
    // Three services for the start, the fourth for the record: no connection more than there are services.
    assert!(world.front.connections() <= 4, "{}", world.front.connections());
    let (parameters, secrets) = ("ssm:GetParameters", "secretsmanager:GetSecretValue");
    let calls = [parameters, secrets, "kms:GetPublicKey", "kms:Sign", "firehose:PutRecordBatch"];
    assert_eq!(calls.map(|call| world.front.calls(call)), [1; 5]);

    let other = NamedTempFile::new().unwrap();
    std::fs::write(other.path(), &world.deployment.pki.throwaway.ca.certificate_pem).unwrap();
    let function = Function::start(&secure_environment(&world, "spi", &other)).await;
    function.ready().await;
    let reply = function.call(Source::Rest, &pay()).await;
    assert_eq!((reply.status, reply.element("code")), (503, "not-configured".to_owned()));
    assert!(function.said().contains("aws-unreachable"), "{}", function.said());
}
