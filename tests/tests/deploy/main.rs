//! What an operator deploys: the template is sound, says what lacre's code says, allows no more than its README accounts for, and
//! makes in the emulator what it is said to make.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking, and has std"
)]

mod contract;
mod image;
mod permissions;
mod queries;
mod readme;
mod stack;
mod template;

use std::process::Command;

use lacre_tests::{python, require, root};
use serde_json::Value;
use xtask::parts;

/// Every region that has what the template uses and that BACEN's participants are likely to be in.
const REGIONS: [&str; 2] = ["sa-east-1", "us-east-1"];

#[test]
fn cfn_lint_finds_nothing() {
    if !require("cfn-lint") {
        return;
    }
    let linted = Command::new(python().with_file_name("cfn-lint"))
        .arg("--regions")
        .args(REGIONS)
        .arg("--")
        .arg(root().join(template::PATH))
        .output()
        .unwrap();
    let found = String::from_utf8_lossy(&linted.stdout);
    let said = String::from_utf8_lossy(&linted.stderr);
    assert!(linted.status.success() && found.trim().is_empty(), "{found}{said}");
}

#[test]
fn checkov_finds_nothing_that_is_not_argued() {
    if !require("checkov") {
        return;
    }
    let scanned = Command::new(parts::venv_of("checkov").join("bin/checkov"))
        .args(["--framework", "cloudformation", "--output", "json", "--skip-download", "--file"])
        .arg(root().join(template::PATH))
        .output()
        .unwrap();
    let found: Value = serde_json::from_slice(&scanned.stdout).unwrap();
    assert!(found["summary"]["passed"].as_u64().unwrap() > 150, "{}", found["summary"]);
    assert_eq!(found["results"]["failed_checks"], Value::Array(Vec::new()));
    for skipped in found["results"]["skipped_checks"].as_array().unwrap() {
        let argument = skipped["check_result"]["suppress_comment"].as_str().unwrap();
        assert!(argument.split(' ').count() > 2, "{}: {argument}", skipped["resource"]);
    }
}
