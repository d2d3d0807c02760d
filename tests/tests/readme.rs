//! Everything that the README says to type, typed: a newcomer's first minutes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use lacre_tests::aws::{Ministack, REGION};

/// Held by whoever needs the usual ports.
static PORTS: Mutex<()> = Mutex::new(());

struct Block {
    /// What stands in the comment above the block: `file: NAME`, `with: COMMAND`, or nothing.
    note: String,
    language: String,
    text: String,
}

fn readme() -> String {
    fs::read_to_string(lacre_tests::root().join("README.md")).unwrap()
}

fn blocks(readme: &str) -> Vec<Block> {
    let (mut blocks, mut note, mut open) = (Vec::new(), String::new(), None::<Block>);
    for line in readme.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                open = Some(Block {
                    note: core::mem::take(&mut note),
                    language: language.into(),
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => note = line.trim_start_matches("<!-- ").trim_end_matches(" -->").to_owned(),
        }
    }
    blocks
}

/// A shell in the newcomer's folder, with `lacre` on its path.
fn shell(folder: &Path, line: &str) -> Command {
    let bin = lacre_tests::lacre().parent().unwrap().to_path_buf();
    let path = std::env::join_paths([bin, PathBuf::from("/usr/bin"), PathBuf::from("/bin")]).unwrap();
    let mut command = Command::new("/bin/sh");
    command.args(["-euc", line]).current_dir(folder).env("PATH", path).stdin(Stdio::null());
    command
}

/// A command that stays up until the block beside it is done; it has said that it is ready by the time it is here.
struct Beside(Child);

impl Beside {
    fn start(folder: &Path, line: &str) -> Self {
        let mut child = shell(folder, &format!("exec {line}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let simulator = said.by_ref().find(|line| line.starts_with("simulator")).unwrap_or_default();
        let beside = Self(child);
        assert!(simulator.contains("127.0.0.1:9191"), "`{line}` does not have its usual ports: {simulator}");
        assert!(said.any(|line| line.starts_with("folder")), "`{line}` does not stay up");
        beside
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// KMS as the emulator has it, with the key that the README speaks of.
struct Kms(Ministack);

impl Kms {
    fn start() -> Option<Self> {
        if !lacre_tests::require("ministack") {
            return None;
        }
        let emulator = Ministack::start();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let key = emulator.aws().create_key().await;
            let alias = serde_json::json!({"AliasName": "alias/pix-signature", "TargetKeyId": key.id});
            emulator.aws().call("kms:CreateAlias", &alias).await;
        });
        Some(Self(emulator))
    }

    fn is_used_by(&self, command: &mut Command) {
        command.env("AWS_ENDPOINT_URL", format!("http://{}", self.0.address())).env("AWS_REGION", REGION);
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    }
}

#[test]
fn every_command_of_the_first_five_minutes_works() {
    let _ports = PORTS.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(lacre_tests::root().join("host-native"), folder.path().join("host-native"))
        .unwrap();
    let kms = Kms::start();
    let mut typed = 0;
    for block in blocks(&readme()) {
        if let Some(name) = block.note.strip_prefix("file: ") {
            fs::write(folder.path().join(name), &block.text).unwrap();
        }
        if block.language != "console" {
            continue;
        }
        let _beside = block.note.strip_prefix("with: ").map(|line| Beside::start(folder.path(), line));
        for line in block.text.lines() {
            let line = line.strip_prefix("$ ").expect("a console block has one command a line");
            let mut command = shell(folder.path(), line);
            match (block.note.as_str(), &kms) {
                ("aws", Some(kms)) => kms.is_used_by(&mut command),
                ("aws", None) => continue,
                _ => {}
            }
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "`{line}` ended with {}: {said}", output.status);
            typed += 1;
        }
    }
    assert!(typed >= 8, "only {typed} commands found");
}

#[test]
fn the_demo_says_what_the_readme_shows() {
    let readme = readme();
    let shown = blocks(&readme).into_iter().find(|block| block.note == "demo").unwrap();
    let _ports = PORTS.lock().unwrap_or_else(PoisonError::into_inner);
    let output = shell(&lacre_tests::root(), "lacre demo --lang en").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    for line in shown.text.lines() {
        assert!(said.lines().any(|spoken| spoken == line), "the demo does not say: {line}");
    }
}

#[test]
fn the_two_commands_are_the_first_thing_to_type() {
    let readme = readme();
    let first = blocks(&readme).into_iter().next().unwrap();
    let commands: Vec<&str> = first.text.lines().map(|line| line.split('#').next().unwrap().trim()).collect();
    assert_eq!(commands, ["cargo run --release --bin lacre -- demo", "cargo xtask test"]);
    let ci = fs::read_to_string(lacre_tests::root().join(".ci/run")).unwrap();
    assert!(ci.contains("cargo xtask test"), "CI runs the README's test command");
}

#[test]
fn every_chore_that_the_readme_names_exists() {
    let usage = fs::read_to_string(lacre_tests::root().join("tests/xtask/src/main.rs")).unwrap();
    let readme = readme();
    let named: Vec<&str> = readme
        .split("cargo xtask ")
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next().unwrap())
        .collect();
    for chore in &named {
        assert!(usage.contains(&format!("\n  {chore} ")), "`cargo xtask {chore}` is no chore");
    }
    assert!(["page", "wasm"].iter().all(|chore| named.contains(chore)), "{named:?}");
}

#[test]
fn the_files_that_the_readme_leads_to_exist() {
    let readme = readme();
    let links: Vec<&str> = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 8, "{links:?}");
    for link in links {
        assert!(link.contains("://") || lacre_tests::root().join(link).exists(), "{link} does not exist");
    }
}

#[test]
fn the_folders_are_those_that_the_readme_names() {
    let readme = readme();
    for entry in fs::read_dir(lacre_tests::root()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() && !name.starts_with('.') && name != "target" {
            assert!(readme.contains(&format!("| `{name}/` |")), "{name} is not in the README's table");
        }
    }
}
