//! The README speaks of everything that an operator meets, and of nothing that is not there.

use std::collections::BTreeSet;
use std::fs;

use lacre_tests::{require, root};

use crate::template::{names, of_type, template, text};

/// What stands below a heading of the second level.
pub(crate) fn section(title: &str) -> String {
    let readme = readme();
    let heading = format!("\n## {title}\n");
    let Some((_, rest)) = readme.split_once(&heading) else { panic!("no section `{title}`") };
    rest.split("\n## ").next().unwrap().to_owned()
}

fn readme() -> String {
    fs::read_to_string(root().join("host-lambda/deploy/README.md")).unwrap()
}

/// The first words of the rows of a section's tables.
fn rows(section: &str) -> BTreeSet<&str> {
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap()).collect()
}

#[test]
fn every_parameter_of_the_stack_is_explained() {
    if !require("cfn-lint") {
        return;
    }
    let section = section("Parameters of the stack");
    assert_eq!(rows(&section), names(&template()["Parameters"]).into_iter().collect());
}

#[test]
fn every_alarm_says_what_to_do() {
    if !require("cfn-lint") {
        return;
    }
    let section = section("Alarms");
    // Both channels have the same alarms, and one row for two: `CHANNEL-audit-lost`.
    let made: BTreeSet<String> = of_type("AWS::CloudWatch::Alarm")
        .map(|(_, alarm)| text(&alarm["AlarmName"]).strip_prefix("${AWS::StackName}-").unwrap())
        .map(|name| name.replacen("spi-", "CHANNEL-", 1).replacen("dict-", "CHANNEL-", 1))
        .collect();
    let explained: BTreeSet<String> = rows(&section).into_iter().map(str::to_owned).collect();
    assert_eq!(explained, made);
}

#[test]
fn every_named_query_is_listed() {
    if !require("cfn-lint") {
        return;
    }
    let section = section("Asking the records");
    let made: BTreeSet<&str> =
        of_type("AWS::Athena::NamedQuery").map(|(_, query)| query["Name"].as_str().unwrap()).collect();
    assert_eq!(rows(&section), made);
}

#[test]
fn every_output_that_is_used_exists() {
    if !require("cfn-lint") {
        return;
    }
    let outputs: BTreeSet<&str> = names(&template()["Outputs"]).into_iter().collect();
    let readme = readme();
    let used: BTreeSet<&str> =
        readme.split("$(output ").skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
    assert!(!used.is_empty() && used.is_subset(&outputs), "{used:?} in {outputs:?}");
}
