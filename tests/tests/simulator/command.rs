//! `lacre simulator` as a process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

#[test]
fn the_command_says_what_it_is_where_it_listens_and_ends_in_good_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut simulator = Command::new(lacre_tests::lacre())
        .args([
            "simulator",
            "--lang",
            "en",
            "--dict",
            "0",
            "--spi",
            "0",
            "--health",
            "127.0.0.1:0",
            "--seed",
            "7",
            "--pki",
        ])
        .arg(folder.path().join("pki"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(simulator.stdout.take().unwrap()).lines();
    let mut line = |name: &str| {
        let line = said.next().unwrap().unwrap();
        line.strip_prefix(name).unwrap_or_else(|| panic!("{line}")).trim().to_owned()
    };
    assert!(line("DICT").starts_with("https://127.0.0.1:") && line("SPI").starts_with("https://127.0.0.1:"));
    let health = line("health");
    assert!(line("pki").ends_with("pki") && line("seed") == "7");

    let address = health.strip_prefix("http://").unwrap().strip_suffix("/health").unwrap();
    let mut tcp = TcpStream::connect(address).unwrap();
    tcp.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"));

    let id = simulator.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(simulator.wait().unwrap().code(), Some(0));
    let mut words = String::new();
    simulator.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    assert!(words.starts_with("for testing only"), "{words}");
    assert!(folder.path().join("pki/psp-channel.key").exists());
}

#[test]
fn what_it_cannot_use_is_said_with_a_remedy_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (vec!["--pki", "."], "lacre pki create"),
        (vec!["--fault", "sloth"], "tamper-next-answer"),
        (vec!["--dict", "nowhere"], "127.0.0.1:8181"),
        (vec!["--ispb", "1"], "eight"),
        (vec!["--participant", "12345678"], "ISPB=FILE"),
    ] {
        let output = Command::new(lacre_tests::lacre())
            .current_dir(folder.path())
            .arg("simulator")
            .args(&arguments)
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains(words), "{arguments:?}: {told}");
    }
}

#[test]
fn a_clients_file_without_certificate_is_said_in_the_readers_language() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("junk.pem"), "junk").unwrap();
    for (language, words) in [("en", "no certificate"), ("pt-BR", "não contém certificado")] {
        let output = Command::new(lacre_tests::lacre())
            .current_dir(folder.path())
            .args(["simulator", "--lang", language, "--clients", "junk.pem"])
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{told}");
        assert!(told.contains("`junk.pem`") && told.contains(words), "{told}");
    }
}
