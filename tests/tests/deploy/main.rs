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
