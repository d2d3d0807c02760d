//! The template says what the code says: columns, prefixes, names, variables, metrics, and the same for both channels.

use std::collections::BTreeSet;
use std::fs;

use lacre_aws::{DEFAULT_PREFIX, Parameter};
use lacre_core::Verdict;
use lacre_core::exchange::Channel;
use lacre_tests::aws::glue_columns;
use lacre_tests::{require, root};
use serde_json::{Value, json};

use crate::template::{list, names, of_type, properties, resources, template, text};

/// Each channel's word in names, and its word in values.
const CHANNELS: [(&str, &str); 2] = [("Spi", "spi"), ("Dict", "dict")];

const VARIABLES: [&str; 14] = [
    "PIX_SPI_PROXY",
    "LACRE_PARAMETER_PREFIX",
    "LACRE_BUCKET",
    "LACRE_CONFIG_TTL_SECONDS",
    "LACRE_AUDIT_BUDGET_MS",
    "LACRE_REQUEST_UNPACKED_BYTES",
    "LACRE_OUTSIDE_VALIDITY",
    "LACRE_UNKNOWN_PATHS",
    "LACRE_INTERRUPTED_VALUES",
    "LACRE_ALREADY_SIGNED",
    "LACRE_DICT_SIGNATURE",
    "LACRE_MTLS_PINNED_BY_ANY_NAME",
    "LACRE_OWN_HOSTS",
    "LACRE_LOG",
];

#[test]
fn the_tables_have_the_columns_of_the_records() {
    if !require("cfn-lint") {
        return;
    }
    for (name, channel) in CHANNELS {
        let table = &properties(&format!("{name}Table"))["TableInput"];
        let storage = &table["StorageDescriptor"];
        let expected: Vec<Value> =
            glue_columns().map(|(name, kind)| json!({"Name": name, "Type": kind})).collect();
        assert_eq!(storage["Columns"], Value::Array(expected), "{name}");
        assert_eq!(table["Name"], channel);
        assert_eq!(text(&storage["Location"]), format!("s3://${{AuditBucket}}/log/{channel}/"));
    }
}

#[test]
fn the_partitions_are_worked_out_and_not_looked_for() {
    if !require("cfn-lint") {
        return;
    }
    for (name, channel) in CHANNELS {
        let table = &properties(&format!("{name}Table"))["TableInput"];
        let keys = ["year", "month", "day", "hour"];
        assert_eq!(table["PartitionKeys"], json!(keys.map(|key| json!({"Name": key, "Type": "string"}))));
        let parameters = &table["Parameters"];
        assert_eq!(parameters["projection.enabled"], "true");
        for key in keys {
            assert_eq!(parameters[format!("projection.{key}.type")], "integer", "{key}");
        }
        for (key, range) in [("month", "1,12"), ("day", "1,31"), ("hour", "0,23")] {
            assert_eq!(parameters[format!("projection.{key}.range")], range);
            assert_eq!(parameters[format!("projection.{key}.digits")], "2");
        }
        let folders = "year=${!year}/month=${!month}/day=${!day}/hour=${!hour}/";
        let place = format!("s3://${{AuditBucket}}/log/{channel}/{folders}");
        assert_eq!(text(&parameters["storage.location.template"]), place);
    }
}

#[test]
fn the_streams_write_where_those_of_the_sample_do() {
    if !require("cfn-lint") {
        return;
    }
    let expected = [
        (
            "log/spi/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/",
            "error/spi/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/!{firehose:error-output-type}",
        ),
        (
            "log/dict/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/",
            "error/dict/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/!{firehose:error-output-type}",
        ),
    ];
    for ((name, _), (prefix, error)) in CHANNELS.into_iter().zip(expected) {
        let destination = &properties(&format!("{name}Stream"))["ExtendedS3DestinationConfiguration"];
        assert_eq!(
            (&destination["Prefix"], &destination["ErrorOutputPrefix"]),
            (&json!(prefix), &json!(error))
        );
        let conversion = &destination["DataFormatConversionConfiguration"];
        assert_eq!(conversion["Enabled"], true);
        assert_eq!(conversion["SchemaConfiguration"]["TableName"], json!({"Ref": format!("{name}Table")}));
    }
}

#[test]
fn the_functions_get_the_variables_that_the_code_reads() {
    if !require("cfn-lint") {
        return;
    }
    let sources =
        ["host-lambda/src/settings.rs", "host-lambda/src/start.rs", "host-native/aws/src/deployment.rs"];
    let code: String = sources.map(|path| fs::read_to_string(root().join(path)).unwrap()).concat();
    for name in VARIABLES {
        assert!(code.contains(&format!("\"{name}\"")), "nothing reads {name}");
    }
    for ((name, _), is_spi) in CHANNELS.into_iter().zip(["true", "false"]) {
        let variables = &properties(&format!("{name}Function"))["Environment"]["Variables"];
        assert_eq!(sorted(names(variables)), sorted(VARIABLES.to_vec()));
        assert_eq!(variables["PIX_SPI_PROXY"], is_spi);
    }
    let variables = &properties("ReplayerFunction")["Environment"]["Variables"];
    let expected = vec!["LACRE_PARAMETER_PREFIX", "LACRE_BUCKET", "LACRE_LOG"];
    assert_eq!(sorted(names(variables)), sorted(expected));
}

#[test]
fn the_parameters_are_those_that_the_code_asks_for() {
    if !require("cfn-lint") {
        return;
    }
    assert_eq!(template()["Parameters"]["ParameterPrefix"]["Default"], DEFAULT_PREFIX);
    let made: BTreeSet<String> =
        of_type("AWS::SSM::Parameter").map(|(_, made)| text(&made["Name"]).to_owned()).collect();
    let asked: BTreeSet<String> = [Channel::Spi, Channel::Dict]
        .into_iter()
        .flat_map(Parameter::of)
        .chain([Parameter::BcbSignatureCrls])
        .map(|parameter| format!("${{ParameterPrefix}}{}", parameter.name()))
        .collect();
    assert_eq!(made, asked);
    assert_eq!(text(&properties("MtlsPrivateKey")["Name"]), "${ParameterPrefix}MtlsPrivateKey");
    let secret = properties("MtlsPrivateKey");
    assert!(secret.get("SecretString").is_none() && secret.get("GenerateSecretString").is_none());
}

#[test]
fn a_role_may_read_what_its_channel_needs_and_nothing_else() {
    if !require("cfn-lint") {
        return;
    }
    for ((name, _), channel) in CHANNELS.into_iter().zip([Channel::Spi, Channel::Dict]) {
        let statements = &properties(&format!("{name}Role"))["Policies"][0]["PolicyDocument"]["Statement"];
        let reading = list(statements).into_iter().find(|one| one["Action"] == "ssm:GetParameters").unwrap();
        let allowed: Vec<&str> = list(&reading["Resource"]).into_iter().map(text).collect();
        let start = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${ParameterPrefix}";
        let asked = Parameter::of(channel).into_iter().chain([Parameter::BcbSignatureCrls]);
        let needed: Vec<String> = asked.map(|parameter| format!("{start}{}", parameter.name())).collect();
        assert_eq!(allowed, needed);
    }
}

#[test]
fn what_is_watched_is_what_the_functions_count() {
    if !require("cfn-lint") {
        return;
    }
    let sources = ["host-lambda/src/meter.rs", "host-lambda/src/replay.rs"];
    let code: String = sources.map(|path| fs::read_to_string(root().join(path)).unwrap()).concat();
    let mut watched = BTreeSet::new();
    for (name, alarm) in of_type("AWS::CloudWatch::Alarm") {
        let metrics = list(&alarm["Metrics"]).into_iter().map(|metric| &metric["MetricStat"]["Metric"]);
        for metric in metrics.chain([alarm]).filter(|metric| metric["Namespace"] == "lacre") {
            let counted = metric["MetricName"].as_str().unwrap();
            assert!(code.contains(&format!("\"{counted}\"")), "{name}: nothing counts {counted}");
            watched.insert(counted);
        }
    }
    let expected = [
        "AuditLost",
        "AuditPending",
        "AuditSpills",
        "CertificateDaysLeft",
        "ConfigFailures",
        "SpillLeft",
        "Verifies",
    ];
    assert_eq!(watched, BTreeSet::from(expected));
    let dashboard: Value = serde_json::from_str(text(&properties("Dashboard")["DashboardBody"])).unwrap();
    for metric in list(&dashboard["widgets"]).into_iter().flat_map(|one| list(&one["properties"]["metrics"]))
    {
        if metric[0] == "lacre" {
            assert!(code.contains(&format!("{}", metric[1])), "nothing counts {}", metric[1]);
        }
    }
}

#[test]
fn every_alarm_goes_to_the_topic_if_there_is_one() {
    if !require("cfn-lint") {
        return;
    }
    let topic = json!({"Fn::If": ["HasTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]});
    for (name, alarm) in of_type("AWS::CloudWatch::Alarm") {
        assert_eq!((&alarm["AlarmActions"], &alarm["OKActions"]), (&topic, &topic), "{name}");
    }
}

#[test]
fn every_verdict_but_valid_is_an_alarm() {
    if !require("cfn-lint") {
        return;
    }
    for (name, channel) in CHANNELS {
        let metrics = &properties(&format!("{name}AnswersAlarm"))["Metrics"];
        let dimensions =
            list(metrics).into_iter().map(|metric| &metric["MetricStat"]["Metric"]["Dimensions"]);
        let dimensions: Vec<&Value> = dimensions.filter(|dimensions| dimensions.is_array()).collect();
        let expected: Vec<Value> = Verdict::ALL
            .iter()
            .filter(|verdict| **verdict != Verdict::Valid)
            .map(|verdict| {
                json!([{"Name": "channel", "Value": channel}, {"Name": "verdict", "Value": verdict.as_str()}])
            })
            .collect();
        assert_eq!(dimensions, expected.iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_function_ends_before_those_that_wait_for_it_give_up() {
    if !require("cfn-lint") {
        return;
    }
    for (name, _) in CHANNELS {
        let seconds = properties(&format!("{name}Function"))["Timeout"].as_u64().unwrap();
        let integration = &properties(&format!("{name}Method"))["Integration"];
        assert_eq!(integration["TimeoutInMillis"], 29_000, "what API Gateway gives at most");
        assert!(seconds < 29);
    }
    let replayer = properties("ReplayerFunction");
    assert_eq!(properties("ReplayerSchedule")["ScheduleExpression"], "rate(5 minutes)");
    assert!(replayer["Timeout"].as_u64().unwrap() < 300);
    assert_eq!(replayer["ReservedConcurrentExecutions"], 1, "what is shipped twice at a time is there twice");
    assert_eq!(properties("ReplayerSchedule")["Targets"][0]["Input"], r#"{"lacre":"replay"}"#);
}

#[test]
fn no_path_and_no_body_gets_into_a_log_of_the_apis() {
    if !require("cfn-lint") {
        return;
    }
    for (name, stage) in of_type("AWS::ApiGateway::Stage") {
        let format = text(&stage["AccessLogSetting"]["Format"]);
        assert!(!format.contains("$context.path") && !format.contains("requestOverride"), "{name}");
        serde_json::from_str::<Value>(format).unwrap();
        for method in list(&stage["MethodSettings"]) {
            assert_eq!(method["DataTraceEnabled"], false, "{name}");
        }
    }
    for (name, api) in of_type("AWS::ApiGateway::RestApi") {
        assert_eq!(api["BinaryMediaTypes"], json!(["*/*"]), "{name}");
        assert_eq!(api["EndpointConfiguration"]["Types"], json!(["PRIVATE"]), "{name}");
    }
}

#[test]
fn what_waits_for_the_replayer_never_expires() {
    if !require("cfn-lint") {
        return;
    }
    let bucket = properties("AuditBucket");
    assert_eq!(bucket["VersioningConfiguration"]["Status"], "Enabled");
    let rules = list(&bucket["LifecycleConfiguration"]["Rules"]);
    for rule in &rules {
        let prefix = rule["Prefix"].as_str().unwrap_or_default();
        let ends = rule.get("ExpirationInDays").is_some() || rule.get("Transitions").is_some();
        assert_eq!(ends, ["log/", "body/", "error/"].contains(&prefix), "{rule}");
        // In a versioned bucket an object that expires is only hidden: its version has to end as well.
        assert!(!ends || rule.get("NoncurrentVersionExpiration").is_some(), "{rule}");
    }
    assert!(
        rules.iter().any(|rule| rule["ExpiredObjectDeleteMarker"] == true && rule.get("Prefix").is_none())
    );
    let retention = &bucket["ObjectLockConfiguration"]["Fn::If"][1]["Rule"]["DefaultRetention"];
    assert_eq!(retention["Mode"], json!({"Ref": "ObjectLockMode"}));
}

#[test]
fn what_spi_has_dict_has() {
    if !require("cfn-lint") {
        return;
    }
    let mut pairs = 0;
    for (name, resource) in resources().iter().filter(|(name, _)| !name.contains("Endpoint")) {
        let twin = name.replace("Spi", "Dict").replace("Dictll", "Spill");
        if twin == *name {
            continue;
        }
        let Some(other) = resources().get(&twin) else { panic!("`{name}` has no twin `{twin}`") };
        assert_eq!(alike(resource, "Spi", "spi"), alike(other, "Dict", "dict"), "{name} and {twin}");
        pairs += 1;
    }
    assert!(pairs > 25, "{pairs}");
}

/// A resource with its channel's names, numbers and words for people taken out.
fn alike(value: &Value, name: &str, channel: &str) -> Value {
    // Words that only look like a channel's.
    let others = ["Spill", "spill", "verdict", "DictSignature"];
    let plain = |text: &str| {
        let text = others.iter().fold(text.to_owned(), |text, word| text.replace(word, &word.to_uppercase()));
        text.replace(name, "Channel").replace(channel, "channel")
    };
    match value {
        Value::Object(fields) => {
            let spoken =
                ["Description", "GroupDescription", "AlarmDescription", "FromPort", "ToPort", "Port"];
            let kept =
                fields.iter().filter(|(key, _)| !spoken.contains(&key.as_str()) && *key != "PIX_SPI_PROXY");
            kept.map(|(key, value)| (plain(key), alike(value, name, channel)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.iter().map(|item| alike(item, name, channel)).collect(),
        Value::String(text) => plain(text).into(),
        other => other.clone(),
    }
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}
