//! The command as a process: every verb that takes a key, a passphrase, a certificate or a file.

use std::ffi::OsStr;
use std::process::Command;

use lacre_tests::live;

use crate::forms;
use crate::place::{PASSPHRASE, PIN, Place, Values, hunter, private_hunter, quoted, signing_key};

/// Everything that a run wrote, and how it ended.
fn said(place: &Place, arguments: &[&dyn AsRef<OsStr>]) -> (Vec<u8>, Option<i32>) {
    let mut command = Command::new(lacre_tests::lacre());
    command
        .args(arguments)
        .current_dir(place.path(""))
        .env_remove("LACRE_PASSPHRASE")
        .env("LACRE_LOG", "trace");
    let output = command.output().unwrap();
    ([output.stdout, output.stderr].concat(), output.status.code())
}

/// One in so many forms goes through a verb that reads as another one does.
const SAMPLE: usize = 9;

/// An argument of any kind of text.
fn argument(text: &impl AsRef<OsStr>) -> &dyn AsRef<OsStr> {
    text
}

#[test]
fn no_verb_shows_a_piece_of_a_key() {
    let (place, hunter, private) = (Place::new(), hunter(), private_hunter());
    let pki = live::pki();
    let certificate = pki.join("psp-signature.pem");
    place.put("message.xml", "<a/>");
    let forms = forms::of_key(&signing_key());
    let paths: Vec<_> =
        forms.iter().enumerate().map(|(i, (_, bytes))| place.put(&format!("form{i}.xml"), bytes)).collect();
    for ((name, _), path) in forms.iter().zip(&paths) {
        let sign: [&dyn AsRef<OsStr>; 8] =
            [&"sign", &"--profile", &"spi", &"--key", path, &"--cert", &certificate, &"message.xml"];
        hunter.none(name, said(&place, &sign).0);
    }
    // Many files in one run.
    let all = |verb: &[&'static str]| {
        let mut arguments: Vec<&dyn AsRef<OsStr>> = verb.iter().map(argument).collect();
        arguments.extend(paths.iter().map(argument));
        hunter.none(&verb.join(" "), said(&place, &arguments).0);
    };
    std::fs::copy(&certificate, place.path("cert.pem")).unwrap();
    all(&["verify", "--trust", "cert.pem", "--json"]);
    all(&["inspect", "--trust", "cert.pem"]);
    all(&["audit", "verify", "--trust", "cert.pem"]);
    all(&["audit", "gaps"]);
    for ((name, _), path) in forms.iter().zip(&paths).step_by(SAMPLE) {
        let csr: [&dyn AsRef<OsStr>; 5] = [&"csr", &"--subject", &"CN=A, C=BR", &"--key", path];
        let (text, code) = said(&place, &csr);
        if code == Some(0) { &private } else { &hunter }.none(name, text);
        place.configure(&Values::all(&quoted(path)));
        for arguments in [
            vec!["doctor", "--offline", "--config", "proxy.toml"],
            vec!["doctor", "--offline", "--json", "--lang", "pt-BR", "--config", "proxy.toml"],
            vec!["proxy", "--config", "proxy.toml"],
            vec!["proxy", "--log-json", "--config", "proxy.toml"],
        ] {
            let arguments: Vec<&dyn AsRef<OsStr>> = arguments.iter().map(argument).collect();
            hunter.none(name, said(&place, &arguments).0);
        }
        let verify: [&dyn AsRef<OsStr>; 4] = [&"verify", &"--trust", path, &"message.xml"];
        hunter.none(name, said(&place, &verify).0);
        hunter.none(name, said(&place, &[&"c14n", path]).0);
        // A PKI of the simulator's and of `dev`, whose keys became this.
        for folder in ["sim", "dev/pki"] {
            std::fs::create_dir_all(place.path(folder)).unwrap();
            for entry in std::fs::read_dir(&pki).unwrap().map(Result::unwrap) {
                let target = place.path(folder).join(entry.file_name());
                let is_key = target.extension().is_some_and(|ending| ending == "key");
                std::fs::copy(if is_key { path.clone() } else { entry.path() }, target).unwrap();
            }
        }
        hunter.none(name, said(&place, &[&"simulator", &"--pki", &"sim", &"--until-eof"]).0);
        hunter.none(name, said(&place, &[&"dev", &"--folder", &"dev"]).0);
        hunter.none(name, std::fs::read(place.path("dev/simulator.log")).unwrap_or_default());
    }
}

#[test]
fn no_verb_repeats_a_key_that_stands_on_its_command_line() {
    let (place, hunter) = (Place::new(), hunter());
    place.put("message.xml", "<a/>");
    let pem = signing_key();
    let words: Vec<&str> = pem.split_ascii_whitespace().collect();
    let lines: Vec<&dyn AsRef<OsStr>> = words.iter().map(argument).collect();
    let with = format!("--key={pem}");
    let line = words[7];
    let runs: Vec<Vec<&dyn AsRef<OsStr>>> = vec![
        vec![&"sign", &"--profile", &"spi", &"--cert", &"cert.pem", &"--key", &pem],
        vec![&"sign", &"--profile", &"spi", &"--cert", &"cert.pem", &with],
        vec![&"sign", &"--profile", &"spi", &"--key", &"psp.key", &"--cert", &pem],
        vec![&"sign", &"--profile", &"spi", &"--key", &line, &"--cert", &"cert.pem", &"message.xml"],
        vec![&"csr", &"--subject", &"CN=A", &"--key", &pem],
        vec![&"verify", &"--trust", &line, &"message.xml"],
        vec![&"doctor", &"--config", &line],
        vec![&"doctor", &"--aws", &"--prefix", &line],
        vec![&"proxy", &"--config", &pem],
        vec![&"simulator", &"--pki", &line],
        vec![&"pki", &"create", &"--out", &line, &"--ispb", &line],
        vec![&line],
        [vec![argument(&"sign"), &"--key"], lines.clone()].concat(),
        [vec![argument(&"verify"), &"--trust"], lines.clone()].concat(),
        lines,
    ];
    for arguments in runs {
        let name = arguments[0].as_ref().to_string_lossy().into_owned();
        let (text, code) = said(&place, &arguments);
        hunter.none(&name, text);
        assert_eq!(code, Some(2), "{name}");
    }
}

#[test]
fn no_verb_shows_a_piece_of_a_passphrase_or_pin() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let (place, hunter) = (Place::new(), hunter());
    place.put("message.xml", "<a/>");
    std::fs::copy(live::pki().join("psp-signature.pem"), place.path("cert.pem")).unwrap();
    place.locked_key();
    let sign = ["sign", "--profile", "spi", "--cert", "cert.pem", "--key"];
    let run = |more: &[&str], passphrase: Option<&[u8]>| {
        let mut command = Command::new(lacre_tests::lacre());
        command
            .args(sign)
            .args(more)
            .arg("message.xml")
            .current_dir(place.path(""))
            .env("LACRE_LOG", "trace");
        command.env_remove("LACRE_PASSPHRASE");
        #[cfg(unix)]
        if let Some(bytes) = passphrase {
            use std::os::unix::ffi::OsStrExt as _;
            command.env("LACRE_PASSPHRASE", OsStr::from_bytes(bytes));
        }
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        hunter.none(&more.join(" "), &said);
        assert_ne!(output.status.code(), Some(101));
        String::from_utf8(said).unwrap()
    };
    for (name, bytes) in forms::of_passphrase(PASSPHRASE) {
        place.put("passphrase.txt", &bytes);
        let said = run(&["locked.key", "--passphrase-file", "passphrase.txt"], None);
        assert_eq!(
            said.contains("passphrase-encoding") || said.contains("not UTF-8"),
            name.contains("UTF-16") || name.contains("8859") || name.contains("zero"),
            "{name}: {said}"
        );
        if !bytes.contains(&0) {
            run(&["locked.key"], Some(&bytes));
        }
    }
    run(&["locked.key", "--passphrase-file", PASSPHRASE], None);
    run(&["locked.key", &format!("--passphrase-file={PASSPHRASE}")], None);
    for uri in forms::of_pin(PIN) {
        let said = run(&[&uri], None);
        if uri.contains("pin-value=") {
            assert!(
                said.contains("does not belong on a command line") && said.contains("pin-source"),
                "{uri}: {said}"
            );
        }
    }
}
