//! The template, deployed into the emulator: what it makes is read back, and the first calls go through it.

use core::time::Duration;

use lacre_core::Ispb;
use lacre_simulator::samples;
use lacre_simulator::{Running, Simulator};
use lacre_tests::aws::pki::{ISPB, Pki};
use lacre_tests::aws::{Aws, Ministack, glue_columns, zip_of};
use lacre_tests::{lambda, require, root};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::readme;
use crate::template::{self, list, of_type, resources, template};

/// Types that the emulator's CloudFormation does not know. The README names them.
const UNKNOWN_TYPES: [&str; 2] = ["AWS::Athena::NamedQuery", "AWS::QuickSight::DataSource"];

/// Resources that it knows and cannot make: alarms on the sum of several metrics.
const REFUSED: [&str; 2] = ["SpiAnswersAlarm", "DictAnswersAlarm"];

const NAME: &str = "pix-test";
const PREFIX: &str = "/pix/test/";
const CODE_BUCKET: &str = "pix-test-code";

/// A stack with everything that can be chosen.
const PARAMETERS: [(&str, &str); 22] = [
    ("CodeBucket", CODE_BUCKET),
    ("CodeKey", "lacre.zip"),
    ("Architecture", "x86_64"),
    ("VpcId", "vpc-0123456789abcdef0"),
    ("SubnetIds", "subnet-0123456789abcdef0,subnet-0123456789abcdef1"),
    ("VpcCidr", "10.0.0.0/16"),
    ("CallerCidr", "10.0.8.0/24"),
    ("BacenCidr", "10.9.0.0/16"),
    ("S3PrefixListId", "pl-0123456789abcdef0"),
    ("S3EndpointRouteTableIds", "rtb-0123456789abcdef0"),
    ("Environment", "simulator"),
    ("ParameterPrefix", PREFIX),
    ("BcbSignatureCertificateNext", "to be replaced"),
    ("BcbMtlsCertificateNext", "to be replaced"),
    ("BcbSignatureCrls", "to be replaced"),
    ("DatabaseName", "pix_test"),
    ("GlueCrawler", "true"),
    ("QuickSightPrincipalArn", "arn:aws:quicksight:us-east-1:000000000000:user/default/auditor"),
    ("AlarmTopicArn", "arn:aws:sns:sa-east-1:000000000000:on-call"),
    ("CsrSignerArn", "arn:aws:iam::000000000000:role/operator"),
    ("ObjectLockMode", "GOVERNANCE"),
    ("SimulatorImage", "000000000000.dkr.ecr.sa-east-1.amazonaws.com/lacre-simulator:1"),
];

/// A stack that stands.
struct Stack {
    aws: Aws,
    said: String,
}

/// The one of this test program.
async fn stack() -> &'static Stack {
    static STACK: OnceCell<Stack> = OnceCell::const_new();
    STACK.get_or_init(deploy).await
}

async fn deploy() -> Stack {
    let aws = Ministack::shared().aws();
    aws.create_bucket(CODE_BUCKET).await;
    aws.put_object(CODE_BUCKET, "lacre.zip", zip_of(&std::fs::read(lambda()).unwrap())).await;
    let whole = std::fs::read(root().join(template::PATH)).unwrap();
    aws.put_object(CODE_BUCKET, "template.yaml", whole).await;
    let refused = create(aws, "template.yaml").await.unwrap_err();
    let unknown = format!("Unrecognized resource types: [{}]", UNKNOWN_TYPES.join(", "));
    assert!(refused.contains(&unknown), "{refused}");

    let mut less = template().clone();
    less["Resources"].as_object_mut().unwrap().retain(|name, resource| {
        !UNKNOWN_TYPES.contains(&resource["Type"].as_str().unwrap()) && !REFUSED.contains(&name.as_str())
    });
    // A number that is a parameter comes to Firehose as text, which AWS takes and the emulator hands on to a client that does not.
    for stream in ["SpiStream", "DictStream"] {
        let destination = &mut less["Resources"][stream]["Properties"]["ExtendedS3DestinationConfiguration"];
        destination["BufferingHints"]["IntervalInSeconds"] = json!(60);
    }
    // On AWS, a function finds AWS by itself.
    for function in ["SpiFunction", "DictFunction", "ReplayerFunction"] {
        let variables = &mut less["Resources"][function]["Properties"]["Environment"]["Variables"];
        variables["AWS_ENDPOINT_URL"] = json!(format!("http://{}", Ministack::shared().address()));
    }
    aws.put_object(CODE_BUCKET, "template.json", less.to_string()).await;
    create(aws, "template.json").await.unwrap();
    for _ in 0..600 {
        let said = cloudformation(aws, "DescribeStacks", &[("StackName", NAME)]).await.unwrap();
        match between(&said, "<StackStatus>", "<") {
            "CREATE_IN_PROGRESS" => tokio::time::sleep(core::time::Duration::from_millis(50)).await,
            "CREATE_COMPLETE" => return Stack { aws, said },
            _ => {
                let events = cloudformation(aws, "DescribeStackEvents", &[("StackName", NAME)]).await;
                panic!("{said}\n{events:?}");
            }
        }
    }
    panic!("the stack is still being made");
}

async fn create(aws: Aws, template: &str) -> Result<String, String> {
    let url = format!("http://{}/{CODE_BUCKET}/{template}", Ministack::shared().address());
    let numbered: Vec<(String, &str)> = PARAMETERS
        .iter()
        .zip(1..)
        .flat_map(|((key, value), number)| {
            let member = format!("Parameters.member.{number}");
            [(format!("{member}.ParameterKey"), *key), (format!("{member}.ParameterValue"), *value)]
        })
        .collect();
    let mut fields =
        vec![("StackName", NAME), ("TemplateURL", &*url), ("Capabilities.member.1", "CAPABILITY_IAM")];
    fields.extend(numbered.iter().map(|(key, value)| (key.as_str(), *value)));
    cloudformation(aws, "CreateStack", &fields).await
}

async fn cloudformation(aws: Aws, action: &str, fields: &[(&str, &str)]) -> Result<String, String> {
    query(aws, "cloudformation", action, "2010-05-15", fields).await
}

/// A call of a service that is asked by forms and answers in XML.
async fn query(
    aws: Aws,
    service: &str,
    action: &str,
    version: &str,
    fields: &[(&str, &str)],
) -> Result<String, String> {
    let form: Vec<String> = [("Action", action), ("Version", version)]
        .iter()
        .chain(fields)
        .map(|(key, value)| format!("{key}={}", escaped(value)))
        .collect();
    let scope = format!("AWS4-HMAC-SHA256 Credential=test/20260101/sa-east-1/{service}/aws4_request");
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("authorization", &*scope)];
    let answer = aws.send("POST", "/", &headers, form.join("&").into()).await;
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    if answer.status() == 200 { Ok(text) } else { Err(text) }
}

fn escaped(value: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    value.bytes().map(one).collect()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let Some((_, rest)) = text.split_once(before) else { panic!("no `{before}` in {text}") };
    rest.split(after).next().unwrap()
}

impl Stack {
    fn output(&self, name: &str) -> &str {
        let (_, rest) = self.said.split_once(&format!("<OutputKey>{name}</OutputKey>")).unwrap();
        between(rest, "<OutputValue>", "<")
    }

    async fn parameter(&self, name: &str) -> String {
        let asked = json!({"Names": [format!("{PREFIX}{name}")]});
        let found = self.aws.call("ssm:GetParameters", &asked).await;
        found["Parameters"][0]["Value"].as_str().unwrap_or_else(|| panic!("{name}: {found}")).to_owned()
    }

    /// What S3 says about the audit bucket.
    async fn bucket(&self, what: &str) -> String {
        let target = format!("/{}?{what}", self.output("AuditBucketName"));
        let answer = self.aws.send("GET", &target, &[], Vec::new().into()).await;
        let text = String::from_utf8(answer.body().to_vec()).unwrap();
        assert_eq!(answer.status(), 200, "{what}: {text}");
        text
    }
}

fn may_run() -> bool {
    require("cfn-lint") && require("ministack")
}

#[tokio::test]
async fn the_readme_names_what_the_emulator_does_not_deploy() {
    if !may_run() {
        return;
    }
    stack().await;
    let section = readme::section("Trying it without an account");
    for unknown in UNKNOWN_TYPES {
        assert!(section.contains(&format!("`{unknown}`")), "{unknown}");
    }
    for refused in REFUSED {
        assert!(resources().contains_key(refused), "{refused}");
    }
    assert!(section.contains("`AWS::CloudWatch::Alarm`"), "alarms on several metrics");
}

#[tokio::test]
async fn the_key_signs_and_is_the_parameter() {
    if !may_run() {
        return;
    }
    let stack = stack().await;
    let id = stack.parameter("SignatureKeyId").await;
    let key = stack.aws.call("kms:DescribeKey", &json!({"KeyId": id})).await;
    let key = &key["KeyMetadata"];
    assert_eq!((&key["KeySpec"], &key["KeyUsage"]), (&json!("RSA_2048"), &json!("SIGN_VERIFY")));
    assert_eq!(key["Arn"], stack.output("SignatureKey"));
    let alias = stack.output("SignatureKeyAlias");
    let by_alias = stack.aws.call("kms:DescribeKey", &json!({"KeyId": alias})).await;
    assert_eq!(by_alias["KeyMetadata"]["KeyId"], *id);
    let policy = stack.aws.call("kms:GetKeyPolicy", &json!({"KeyId": id, "PolicyName": "default"})).await;
    assert!(policy["Policy"].as_str().unwrap().contains("RSASSA_PKCS1_V1_5_SHA_256"));
}

#[tokio::test]
async fn the_parameters_lead_to_what_the_stack_made() {
    if !may_run() {
        return;
    }
    let stack = stack().await;
    for (parameter, output) in [("SpiAuditStream", "SpiStreamName"), ("DictAuditStream", "DictStreamName")] {
        assert_eq!(stack.parameter(parameter).await, stack.output(output));
    }
    assert_eq!(stack.output("SecretName"), format!("{PREFIX}MtlsPrivateKey"));
    let secret = json!({"SecretId": stack.output("SecretName")});
    assert_eq!(stack.aws.try_call("secretsmanager:DescribeSecret", &secret).await.0, 200);
}

#[tokio::test]
async fn the_bucket_is_versioned_encrypted_and_closed() {
    if !may_run() {
        return;
    }
    let stack = stack().await;
    assert!(stack.bucket("versioning").await.contains("<Status>Enabled</Status>"));
    assert!(stack.bucket("encryption").await.contains("AES256"));
    assert_eq!(stack.bucket("publicAccessBlock").await.matches(">true<").count(), 4);
    assert!(stack.bucket("policy").await.contains("aws:SecureTransport"));
}

#[tokio::test]
async fn tables_and_streams_are_what_the_template_says() {
    if !may_run() {
        return;
    }
    let stack = stack().await;
    let columns: Vec<Value> =
        glue_columns().map(|(name, kind)| json!({"Name": name, "Type": kind})).collect();
    for (channel, output) in [("spi", "SpiStreamName"), ("dict", "DictStreamName")] {
        let asked = json!({"DatabaseName": "pix_test", "Name": channel});
        let table = stack.aws.call("glue:GetTable", &asked).await["Table"].take();
        assert_eq!(table["StorageDescriptor"]["Columns"], json!(columns));
        let place = format!("s3://{}/log/{channel}/", stack.output("AuditBucketName"));
        assert_eq!(table["StorageDescriptor"]["Location"], place);
        let folders = table["Parameters"]["storage.location.template"].as_str().unwrap();
        assert_eq!(folders, format!("{place}year=${{year}}/month=${{month}}/day=${{day}}/hour=${{hour}}/"));
        let asked = json!({"DeliveryStreamName": stack.output(output)});
        let stream = stack.aws.call("firehose:DescribeDeliveryStream", &asked).await;
        let destination =
            &stream["DeliveryStreamDescription"]["Destinations"][0]["ExtendedS3DestinationDescription"];
        let conversion = &destination["DataFormatConversionConfiguration"];
        assert_eq!(conversion["SchemaConfiguration"]["TableName"], channel, "{destination}");
        assert!(destination["Prefix"].as_str().unwrap().starts_with(&format!("log/{channel}/year=!")));
    }
    let group =
        stack.aws.call("athena:GetWorkGroup", &json!({"WorkGroup": stack.output("WorkGroupName")})).await;
    let settings = &group["WorkGroup"]["Configuration"];
    assert_eq!(settings["EnforceWorkGroupConfiguration"], true);
}

#[tokio::test]
async fn every_alarm_but_the_refused_ones_is_there() {
    if !may_run() {
        return;
    }
    let stack = stack().await;
    let fields = [("MaxRecords", "100"), ("AlarmNamePrefix", NAME)];
    let said = query(stack.aws, "monitoring", "DescribeAlarms", "2010-08-01", &fields).await.unwrap();
    let expected = of_type("AWS::CloudWatch::Alarm").count() - REFUSED.len();
    assert_eq!(said.matches("<AlarmName>").count(), expected, "{said}");
}

/// From the deployed stack to the first signed call of each channel, as the README has it.
#[tokio::test]
async fn the_first_calls_are_signed_sent_and_verified() {
    if !may_run() {
        return;
    }
    let stack = stack().await;
    let before = doctor(stack, "DictFunctionName").await;
    let codes: Vec<&str> = faults(&before).map(|finding| finding["code"].as_str().unwrap()).collect();
    // What the operator still has to bring: four certificates and the secret, each by its name. (The emulator gives an empty
    // secret an empty value.)
    assert_eq!(codes.iter().filter(|code| **code == "aws-parameter-missing").count(), 4, "{before}");
    assert_eq!(codes.iter().filter(|code| code.starts_with("aws-secret-")).count(), 1, "{before}");

    let _bacen = bring_keys_and_certificates(stack).await;
    for function in ["DictFunctionName", "SpiFunctionName"] {
        // Another instance, which has not seen how it was before.
        let after = doctor(stack, function).await;
        assert_eq!(faults(&after).count(), 0, "{after}");
    }

    let participant = Ispb::new(ISPB).unwrap();
    let entry = samples::create_entry(&participant);
    let mut answer = post(stack, "DictUrl", "/api/v2/entries/", entry.clone()).await;
    for _ in 0..20 {
        // An instance that saw the deployment without certificates looks at it again after a while.
        if !answer.2.contains("not-configured") {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        answer = post(stack, "DictUrl", "/api/v2/entries/", entry.clone()).await;
    }
    let (status, valid, body) = answer;
    assert_eq!((status, valid.as_str()), (201, "true"), "{body}");
    assert!(body.contains("CreateEntryResponse"), "{body}");
    let payment = samples::pacs_008(&participant, lacre_native::clock::unix_ms()).xml;
    let (status, _, body) = post(stack, "SpiUrl", "/api/v1/in/12345678/msgs", payment).await;
    assert_eq!(status, 201, "{body}");
    for (channel, table) in [("spi", "spi"), ("dict", "dict")] {
        let sql = format!("SELECT outcome, chain_sequence FROM {table} WHERE request_method = 'POST'");
        let rows = stack.aws.query("pix_test", stack.output("AuditBucketName"), &sql).await;
        assert_eq!(rows.rows.len(), 1, "{channel}: {rows:?}");
        assert_eq!(rows.field(0, "outcome"), "answered");
    }
}

/// What the README's third step does: the CA's certificate for the key, the others, and the secret's value.
async fn bring_keys_and_certificates(stack: &Stack) -> Running {
    let pki = Pki::shared();
    let id = stack.parameter("SignatureKeyId").await;
    let public = stack.aws.call("kms:GetPublicKey", &json!({"KeyId": id})).await;
    let public = decoded(public["PublicKey"].as_str().unwrap());
    let name = "INSTITUICAO DE TESTE T001";
    let signing = pki.signing_certificate(&public, name, ISPB, lacre_tests::aws::pki::VALID);
    let throwaway = &pki.throwaway;
    let config = pki.simulator(&[&signing], &throwaway.ca.certificate_pem);
    let bacen = Simulator::start(config).await.unwrap();
    for (parameter, value) in [
        ("SignatureCertificate", signing.as_str()),
        ("MtlsCertificate", &throwaway.psp_channel.certificate_pem),
        ("BcbSignatureCertificate", &throwaway.bacen_signature.certificate_pem),
        ("BcbMtlsCertificate", &throwaway.ca.certificate_pem),
        ("BcbDictEndpoint", &format!("localhost:{}", bacen.dict_addr().port())),
        ("BcbSpiEndpoint", &format!("localhost:{}", bacen.spi_addr().port())),
    ] {
        stack.aws.put_parameter(&format!("{PREFIX}{parameter}"), value).await;
    }
    for parameter in ["BcbSignatureCertificateNext", "BcbMtlsCertificateNext", "BcbSignatureCrls"] {
        stack.aws.delete_parameter(&format!("{PREFIX}{parameter}")).await;
    }
    stack.aws.put_secret(stack.output("SecretName"), &throwaway.psp_channel.key_pem).await;
    bacen
}

async fn doctor(stack: &Stack, function: &str) -> Value {
    let said = stack.aws.invoke(stack.output(function), r#"{"lacre":"doctor"}"#).await;
    assert_eq!(said.payload["schema"], "lacre.doctor/1", "{said:?}");
    said.payload
}

fn faults(report: &Value) -> impl Iterator<Item = &Value> {
    list(&report["findings"])
        .into_iter()
        .filter(|finding| finding["level"] == "fault" || finding["level"] == "fatal")
}

/// A request through the channel's API. Gives the status, what the reply says about BACEN's signature, and its body.
async fn post(stack: &Stack, url: &str, path: &str, body: String) -> (u16, String, String) {
    let api = between(stack.output(url), "https://", "-vpce");
    let target = format!("/restapis/{api}/pix/_user_request_{path}");
    let headers = [("content-type", "application/xml"), ("accept", "application/xml")];
    let answer = stack.aws.send("POST", &target, &headers, body.into()).await;
    let valid = answer.headers().get("pix-signature-valid").map(|valid| valid.to_str().unwrap().to_owned());
    let body = String::from_utf8_lossy(answer.body()).into_owned();
    (answer.status().as_u16(), valid.unwrap_or_default(), body)
}

fn decoded(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.decode(text).unwrap()
}
