//! The package for arm64, which is what is deployed: its program runs here under QEMU.

use std::process::Command;

use lacre_tests::aws::Delivery;
use lacre_tests::lambda::{Function, Source};

use crate::world::{World, pay};

const UNPACK: &str = "\
import os, sys, zipfile
package = zipfile.ZipFile(sys.argv[1])
assert package.namelist() == ['bootstrap'], package.namelist()
assert package.getinfo('bootstrap').external_attr >> 16 & 0o111 == 0o111, 'it may not be executed'
os.chmod(package.extract('bootstrap', sys.argv[2]), 0o755)
";

#[tokio::test(flavor = "multi_thread")]
async fn the_package_for_arm64_starts_and_pays() {
    if !lacre_tests::require("qemu") {
        return;
    }
    let Some(zip) = lacre_tests::package("arm64") else { return };
    let Some(world) = World::start(Delivery::Json).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let unpacked = Command::new(lacre_tests::python())
        .args(["-c", UNPACK])
        .arg(&zip)
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(unpacked.success());
    let program = folder.path().join("bootstrap");
    let elf = std::fs::read(&program).unwrap();
    assert_eq!((&elf[..4], elf[18]), (b"\x7fELF".as_slice(), 183), "a program for aarch64");
    let mut qemu = Command::new(xtask::parts::program("qemu-aarch64").unwrap());
    if std::path::Path::new("/usr/aarch64-linux-gnu").is_dir() {
        qemu.args(["-L", "/usr/aarch64-linux-gnu"]);
    }
    let function = Function::start_as(qemu.arg(program), &world.environment("spi", &[])).await;
    function.ready().await;
    assert_eq!(function.call(Source::Rest, &pay()).await.status, 201, "{}", function.said());
    assert_eq!(world.deployment.kept("spi").await.len(), 1);
}
