//! The image: a static file and nobody's shell, started with words that `lacre` knows, here and in the template.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use lacre_simulator::{DICT_PORT, HEALTH_PORT, SPI_PORT};
use lacre_tests::{lacre, require, root};
use serde_json::{Value, json};

use crate::readme;
use crate::template::{list, properties};

/// The Dockerfile's instructions, lines that go on put together.
fn instructions() -> Vec<(String, String)> {
    let dockerfile = fs::read_to_string(root().join("host-native/Dockerfile")).unwrap().replace("\\\n", " ");
    let lines = dockerfile.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let split = lines.map(|line| line.split_once(' ').unwrap());
    split.map(|(word, rest)| (word.to_owned(), rest.trim().to_owned())).collect()
}

/// What the last instruction of this kind says.
fn last(word: &str) -> String {
    let found = instructions().into_iter().rfind(|(kind, _)| kind == word);
    found.unwrap_or_else(|| panic!("no {word}")).1
}

#[test]
fn the_image_holds_nothing_but_the_program() {
    assert_eq!(last("FROM"), "scratch");
    let user = last("USER");
    assert!(
        user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)),
        "by number, for there is no passwd: {user}"
    );
    assert_eq!(last("ENTRYPOINT"), r#"["/lacre"]"#);
    let copied: Vec<String> =
        instructions().into_iter().filter(|(word, _)| word == "COPY").map(|(_, rest)| rest).collect();
    let of_the_last_stage = copied.iter().filter(|rest| rest.starts_with("--from=build "));
    assert_eq!(of_the_last_stage.count(), 3, "the CAs, the program, and a folder that it may write");
    for ignored in ["target", ".git", ".cache", "lacre-pki"] {
        let ignore = fs::read_to_string(root().join(".dockerignore")).unwrap();
        assert!(ignore.lines().any(|line| line == ignored), "{ignored} would go into the build");
    }
}

#[test]
fn the_image_is_built_with_a_compiler_that_can() {
    let from = instructions().into_iter().find(|(word, _)| word == "FROM").unwrap().1;
    let version = from.strip_prefix("rust:").unwrap().split('-').next().unwrap().to_owned();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let needed = manifest.split("rust-version = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let numbers = |version: &str| version.split('.').map(|part| part.parse().unwrap()).collect::<Vec<u32>>();
    assert!(numbers(&version)[..2] >= numbers(&needed)[..2], "{version} for {needed}");
    assert!(last("RUN").contains("--locked --package lacre --features aws --bin lacre --target \"$target\""));
}

#[test]
fn image_and_template_start_the_simulator_alike() {
    if !require("cfn-lint") {
        return;
    }
    let command: Vec<String> = serde_json::from_str(&last("CMD")).unwrap();
    let container = &properties("SimulatorTask")["ContainerDefinitions"][0];
    let deployed = words(&container["Command"]);
    let without_pki: Vec<&String> =
        deployed.iter().filter(|word| *word != "--pki" && *word != "/pki").collect();
    assert_eq!(command.iter().collect::<Vec<_>>(), without_pki);
    assert_eq!(container["User"], json!(last("USER")));
    let ports = [DICT_PORT, SPI_PORT, HEALTH_PORT];
    assert_eq!(last("EXPOSE"), ports.map(|port| port.to_string()).join(" "));
    let mapped: Vec<u64> =
        list(&container["PortMappings"]).iter().map(|port| port["ContainerPort"].as_u64().unwrap()).collect();
    assert_eq!(mapped, ports.map(u64::from));
    for (option, port) in ["--dict", "--spi", "--health"].into_iter().zip(ports) {
        let at = command.iter().position(|word| word == option).unwrap();
        assert_eq!(command[at + 1], format!("0.0.0.0:{port}"));
    }
}

/// With the files that the README puts into the image, and no others.
#[test]
fn the_simulator_starts_as_the_template_has_it() {
    if !require("cfn-lint") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (whole, part) = (folder.path().join("lacre-pki"), folder.path().join("simulator"));
    let made = Command::new(lacre()).args(["pki", "create", "--out"]).arg(&whole).output().unwrap();
    assert!(made.status.success());
    fs::create_dir(&part).unwrap();
    let copy = "cp lacre-pki/ca.pem lacre-pki/bacen-* lacre-pki/psp-signature.pem simulator";
    assert!(readme::section("From nothing to the first signed call").contains(copy));
    let names =
        ["ca.pem", "bacen-signature.pem", "bacen-signature.key", "bacen-channel.pem", "bacen-channel.key"];
    for name in names.into_iter().chain(["psp-signature.pem"]) {
        fs::copy(whole.join(name), part.join(name)).unwrap();
    }
    let pki = part.display().to_string();
    let here = |word: String| match word.as_str() {
        "/pki" => pki.clone(),
        word if word.starts_with("0.0.0.0:") => "127.0.0.1:0".to_owned(),
        _ => word,
    };
    let container = &properties("SimulatorTask")["ContainerDefinitions"][0];
    let command: Vec<String> = words(&container["Command"]).into_iter().map(here).collect();
    let mut simulator = Started(
        Command::new(lacre()).args(command).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap(),
    );
    let lines = BufReader::new(simulator.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let health =
        lines.filter_map(|line| line.strip_prefix("health  http://").map(str::to_owned)).next().unwrap();
    let (address, path) = health.split_once('/').unwrap();
    assert_eq!(properties("SimulatorDictTargets")["HealthCheckPath"], format!("/{path}"));
    let mut tcp = TcpStream::connect(address).unwrap();
    write!(tcp, "GET /{path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn words(command: &Value) -> Vec<String> {
    list(command).into_iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// Ends with the test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
