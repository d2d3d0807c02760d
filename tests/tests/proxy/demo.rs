//! `lacre demo` as a newcomer starts it, and without its BACEN.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[test]
fn the_demonstration_holds_in_both_languages() {
    for (language, last) in [("en", "Everything held"), ("pt-BR", "Tudo confere")] {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(lacre_tests::lacre())
            .args(["--lang", language, "demo", "--folder"])
            .arg(folder.path().join("demo"))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains(last) && text.contains("digest-mismatch"), "{text}");
        assert!(folder.path().join("demo/audit/log/dict").is_dir());
    }
}

#[test]
fn the_demonstration_fails_when_its_simulator_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Command::new(lacre_tests::lacre())
        .args(["--lang", "en", "demo", "--pause", "1", "--folder"])
        .arg(folder.path().join("demo"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut killed = false;
    for line in BufReader::new(demo.stdout.take().unwrap()).lines().map_while(Result::ok) {
        if let Some((_, rest)) = line.split_once("simulator, process ") {
            let id = rest.split(':').next().unwrap();
            killed = Command::new("kill").args(["-KILL", id]).status().unwrap().success();
        }
    }
    assert!(killed);
    assert_eq!(demo.wait().unwrap().code(), Some(2));
}

#[test]
fn a_second_one_leaves_the_folder_of_the_first_alone() {
    let folder = tempfile::tempdir().unwrap();
    let dev = || {
        let mut dev = Command::new(lacre_tests::lacre());
        dev.args(["--lang", "en", "--quiet", "dev", "--folder"]).arg(folder.path()).stdin(Stdio::null());
        dev
    };
    let mut first = dev().stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = BufReader::new(first.stdout.take().unwrap()).lines();
    assert!(said.by_ref().map_while(Result::ok).any(|line| line == "try:"));
    let kept = || {
        ["proxy.toml", "simulator.log"]
            .map(|name| std::fs::metadata(folder.path().join(name)).unwrap().modified().unwrap())
    };
    let before = kept();
    let second = dev().output().unwrap();
    let text = String::from_utf8(second.stderr).unwrap();
    assert_eq!((second.status.code(), second.stdout.len()), (Some(2), 0), "{text}");
    assert!(text.contains("is in use by another process") && text.contains("help: "), "{text}");
    assert_eq!(kept(), before, "nothing is written");
    assert!(first.try_wait().unwrap().is_none());
    first.kill().unwrap();
    first.wait().unwrap();
    // The lock died with it.
    let mut third = dev().stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = BufReader::new(third.stdout.take().unwrap()).lines();
    assert!(said.by_ref().map_while(Result::ok).any(|line| line == "try:"));
    third.kill().unwrap();
    third.wait().unwrap();
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("proxy.toml"), "# mine").unwrap();
    for verb in ["demo", "dev"] {
        let output = Command::new(lacre_tests::lacre())
            .args(["--lang", "en", verb, "--folder"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{verb}: {text}");
        assert!(output.stdout.is_empty() && text.contains("help: "), "{verb}: {text}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(std::fs::read_to_string(folder.path().join("proxy.toml")).unwrap(), "# mine");
    }
}
