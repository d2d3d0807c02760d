//! Nobody may do more than is written down here, and each permission has its paragraph in the README.

use std::collections::BTreeSet;

use lacre_tests::require;
use serde_json::{Value, json};

use crate::readme;
use crate::template::{list, of_type, properties, resources};

/// Everything that any role may do.
const ALLOWED: [&str; 43] = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "firehose:DescribeDeliveryStream",
    "firehose:PutRecordBatch",
    "glue:BatchCreatePartition",
    "glue:BatchGetPartition",
    "glue:BatchUpdatePartition",
    "glue:CreatePartition",
    "glue:GetDatabase",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTableVersion",
    "glue:GetTableVersions",
    "glue:GetTables",
    "glue:UpdatePartition",
    "glue:UpdateTable",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "kms:GetPublicKey",
    "kms:Sign",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:PutObject",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameters",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
];

/// What IAM cannot hold to a resource.
const WITHOUT_RESOURCE: [(&str, &str); 9] = [
    ("ec2:AssignPrivateIpAddresses", "Lambda's interfaces do not exist yet; the code is denied it"),
    ("ec2:CreateNetworkInterface", "likewise"),
    ("ec2:DeleteNetworkInterface", "likewise"),
    ("ec2:DescribeNetworkInterfaces", "a list has no resource; the code is denied it"),
    ("ec2:DescribeSubnets", "likewise"),
    ("ec2:UnassignPrivateIpAddresses", "as for assigning"),
    ("ecr:GetAuthorizationToken", "the token is the registry's, not an image's"),
    ("xray:PutTelemetryRecords", "X-Ray has no resources for writing"),
    ("xray:PutTraceSegments", "likewise"),
];

#[test]
fn no_role_may_do_what_is_not_accounted_for() {
    if !require("cfn-lint") {
        return;
    }
    let mut used = BTreeSet::new();
    let unbound: BTreeSet<&str> = WITHOUT_RESOURCE.iter().map(|(action, _)| *action).collect();
    for (place, statement) in statements_of_roles().filter(|(_, statement)| statement["Effect"] == "Allow") {
        for action in list(&statement["Action"]) {
            let action = action.as_str().unwrap();
            assert!(ALLOWED.contains(&action), "{place}: {action} is not accounted for");
            let anything = list(&statement["Resource"]).contains(&&json!("*"));
            assert!(!anything || unbound.contains(action), "{place}: {action} on everything");
            used.insert(action);
        }
    }
    for (name, role) in of_type("AWS::IAM::Role").filter(|(_, role)| role.get("ManagedPolicyArns").is_some())
    {
        assert_eq!(name, "ApiGatewayRole", "{role}");
    }
    let idle: Vec<&&str> = ALLOWED.iter().filter(|action| !used.contains(**action)).collect();
    assert!(idle.is_empty(), "accounted for, and nobody's: {idle:?}");
}

#[test]
fn every_permission_has_its_paragraph() {
    if !require("cfn-lint") {
        return;
    }
    let section = readme::section("Permissions");
    let missing: Vec<&&str> =
        ALLOWED.iter().filter(|action| !section.contains(&format!("`{action}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for action in actions_in(&section) {
        assert!(ALLOWED.contains(&action.as_str()), "the README explains {action}, which nobody may do");
    }
}

/// What looks like an action of a service that the roles use: `kms:Sign`, but no condition key, and no word of an example.
fn actions_in(section: &str) -> Vec<String> {
    let quoted = section.split('`').skip(1).step_by(2);
    let services: BTreeSet<&str> = ALLOWED.iter().filter_map(|action| action.split(':').next()).collect();
    let is_action = |word: &&str| {
        word.split_once(':').is_some_and(|(service, name)| {
            services.contains(service)
                && name.bytes().all(|b| b.is_ascii_alphanumeric())
                && !["ViaService", "MessageType", "SigningAlgorithm", "SourceFunctionArn"].contains(&name)
        })
    };
    quoted.filter(is_action).map(str::to_owned).collect()
}

#[test]
fn the_key_signs_digests_for_the_functions_and_nothing_else() {
    if !require("cfn-lint") {
        return;
    }
    let key = properties("SignatureKey");
    assert_eq!((&key["KeySpec"], &key["KeyUsage"]), (&json!("RSA_2048"), &json!("SIGN_VERIFY")));
    let statements = list(&key["KeyPolicy"]["Statement"]);
    let signing: Vec<&Value> = statements.iter().copied().filter(|one| mentions(one, "kms:Sign")).collect();
    let by_effect = |effect: &str| signing.iter().filter(|one| one["Effect"] == effect).count();
    assert_eq!((by_effect("Allow"), by_effect("Deny")), (1, 2));
    let allowed = signing.iter().find(|one| one["Effect"] == "Allow").unwrap();
    let exactly = json!({"kms:SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256", "kms:MessageType": "DIGEST"});
    assert_eq!(allowed["Condition"]["StringEquals"], exactly);
    assert_eq!(
        allowed["Condition"]["ArnEquals"]["aws:PrincipalArn"],
        json!([
            {"Fn::GetAtt": ["SpiRole", "Arn"]},
            {"Fn::GetAtt": ["DictRole", "Arn"]},
            {"Fn::If": ["HasCsrSigner", {"Ref": "CsrSignerArn"}, {"Ref": "AWS::NoValue"}]},
        ])
    );
    for (key, value) in exactly.as_object().unwrap() {
        let denied = json!({"StringNotEquals": {key: value}});
        assert!(signing.iter().any(|one| one["Effect"] == "Deny" && one["Condition"] == denied), "{key}");
    }
    for statement in statements.iter().filter(|one| one["Effect"] == "Allow") {
        let actions = list(&statement["Action"]).into_iter().map(|action| action.as_str().unwrap());
        for action in actions {
            let acts =
                ["kms:*", "kms:CreateGrant", "kms:Verify", "kms:ReplicateKey", "kms:ImportKeyMaterial"];
            assert!(!acts.contains(&action), "{action}");
        }
    }
    let policy = &properties("SigningPolicy")["PolicyDocument"]["Statement"];
    let sign = list(policy).into_iter().find(|one| mentions(one, "kms:Sign")).unwrap();
    assert_eq!(sign["Condition"]["StringEquals"], exactly);
}

#[test]
fn the_code_may_not_touch_the_network_that_lambda_makes_for_it() {
    if !require("cfn-lint") {
        return;
    }
    let statements = list(&properties("FunctionsPolicy")["PolicyDocument"]["Statement"]);
    let network = statements.iter().find(|one| one["Sid"] == "NetworkOfTheService").unwrap();
    let denied = statements.iter().find(|one| one["Effect"] == "Deny").unwrap();
    assert_eq!(network["Action"], denied["Action"]);
    let functions = list(&denied["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"]);
    assert_eq!(functions.len(), of_type("AWS::Lambda::Function").count());
}

#[test]
fn endpoints_serve_this_account_and_buckets_take_tls_only() {
    if !require("cfn-lint") {
        return;
    }
    for (name, endpoint) in of_type("AWS::EC2::VPCEndpoint") {
        if name == "ExecuteApiEndpoint" {
            continue;
        }
        for statement in list(&endpoint["PolicyDocument"]["Statement"]) {
            let account = json!({"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}});
            assert!(statement["Condition"] == account || statement["Resource"] != "*", "{name}");
        }
    }
    for (name, _) in of_type("AWS::S3::Bucket") {
        let (_, policy) = of_type("AWS::S3::BucketPolicy")
            .find(|(_, policy)| policy["Bucket"] == json!({"Ref": name}))
            .unwrap_or_else(|| panic!("{name} has no policy"));
        let statements = list(&policy["PolicyDocument"]["Statement"]);
        assert!(statements.iter().all(|one| one["Effect"] == "Deny"), "{name}");
        assert!(
            statements
                .iter()
                .any(|one| one["Condition"] == json!({"Bool": {"aws:SecureTransport": "false"}})),
            "{name}"
        );
    }
    for (name, bucket) in of_type("AWS::S3::Bucket") {
        let blocked = bucket["PublicAccessBlockConfiguration"].as_object().unwrap();
        assert!(blocked.len() == 4 && blocked.values().all(|value| *value == true), "{name}");
        assert_eq!(resources()[name]["UpdateReplacePolicy"], "Retain", "{name}");
    }
}

#[test]
fn nothing_comes_in_from_everywhere_and_nothing_goes_out_everywhere() {
    if !require("cfn-lint") {
        return;
    }
    for (name, group) in of_type("AWS::EC2::SecurityGroup") {
        let text = group.to_string();
        assert!(!text.contains("0.0.0.0/0") && !text.contains("::/0"), "{name}");
        // Without a rule of its own, EC2 gives a group one that lets everything out.
        assert!(!list(&group["SecurityGroupEgress"]).is_empty(), "{name}");
    }
}

/// The statements of every policy that a role has, and where each stands.
fn statements_of_roles() -> impl Iterator<Item = (String, &'static Value)> {
    let inline = of_type("AWS::IAM::Role").flat_map(|(name, role)| {
        let policies = list(&role["Policies"]).into_iter();
        policies.map(move |policy| (name, &policy["PolicyDocument"]))
    });
    let apart = of_type("AWS::IAM::Policy").map(|(name, policy)| (name, &policy["PolicyDocument"]));
    inline.chain(apart).flat_map(|(name, document)| {
        let statements = list(&document["Statement"]).into_iter();
        statements.map(move |statement| (format!("{name}, {}", statement["Sid"]), statement))
    })
}

fn mentions(statement: &Value, action: &str) -> bool {
    list(&statement["Action"]).contains(&&json!(action))
}
