//! The readers that all hosts share, in this process: each form through each of them.

use core::fmt::{Debug, Display, Write as _};
use std::path::{Path, PathBuf};

use lacre_core::{Certificate, Language};
use lacre_native::bacen::Endpoint;
use lacre_native::key::{self, KeyError, Passphrase};
use lacre_native::proxy::Setup;
use lacre_native::rsa::AwsLc;
use lacre_native::tls::{Identity, PeerTrust};
use lacre_native::trust;
use lacre_simulator::setup;
use lacre_tests::live;

use crate::forms;
use crate::place::{PASSPHRASE, PIN, Place, Values, hunter, quoted, signing_key};

/// An error in every way in which it can be written.
fn write_error(said: &mut String, error: &(impl Display + Debug)) {
    write!(said, "{error}\n{error:?}\n{error:#?}\n").unwrap();
}

fn write_result<T: Debug, E: Display + Debug>(said: &mut String, result: &Result<T, E>) {
    match result {
        // What was read must not show itself either.
        Ok(read) => write!(said, "{read:?}\n{read:#?}\n").unwrap(),
        Err(error) => write_error(said, error),
    }
}

fn write_key_error(said: &mut String, error: &KeyError) {
    write_error(said, error);
    for language in [Language::En, Language::PtBr] {
        writeln!(said, "{} {}", error.in_language(language), error.reason().help(language)).unwrap();
    }
}

/// Everything that is found about a configuration, as the log, `doctor` and `doctor --json` have it.
fn findings(config: &Path) -> String {
    let (setup, findings) = Setup::read(config);
    let mut said = format!("{setup:?}\n{findings:?}\n{findings:#?}\n");
    for finding in &findings {
        for language in [Language::En, Language::PtBr] {
            writeln!(said, "{} {}", finding.subject(), finding.message(language)).unwrap();
            writeln!(said, "{}", finding.to_json(language)).unwrap();
        }
    }
    said
}

/// What every reader says of a file.
fn readings(path: &Path, bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let file = path.to_str().unwrap();
    let mut said = String::new();
    let passphrase = Passphrase::new(PASSPHRASE.to_owned());
    for (spec, passphrase) in [(file, None), (file, Some(&passphrase)), (&*text, None)] {
        match key::open(spec, passphrase) {
            Ok(key) => writeln!(said, "{key:?}").unwrap(),
            Err(error) => write_key_error(&mut said, &error),
        }
    }
    let pki = live::pki();
    let read = |name: &str| std::fs::read(pki.join(name)).unwrap();
    write_result(&mut said, &Identity::from_pem(&read("psp-signature.pem"), bytes));
    write_result(&mut said, &Identity::from_pem(bytes, &read("psp-signature.key")));
    write_result(&mut said, &PeerTrust::from_pem(bytes));
    write_result(&mut said, &Certificate::from_pem_or_der(bytes, &AwsLc));
    write_result(&mut said, &trust::load(&[(None, path.to_owned())], &[], None));
    write_result(&mut said, &trust::load(&[(None, PathBuf::from(&*text))], &[], None));
    write_result(&mut said, &trust::certificates(path, None));
    write_result(&mut said, &setup::certificates(path));
    write_result(&mut said, &setup::participant(None, Path::new(&*text)));
    write_result(&mut said, &Endpoint::parse(&text));
    if let Err(error) = Passphrase::from_file(path) {
        write_key_error(&mut said, &error);
    }
    if let Err(error) = Passphrase::from_file(Path::new(&*text)) {
        write_key_error(&mut said, &error);
    }
    said
}

#[test]
fn no_reader_shows_a_piece_of_a_key() {
    let (place, hunter) = (Place::new(), hunter());
    for (name, bytes) in forms::of_key(&signing_key()) {
        let path = place.put("form", &bytes);
        hunter.none(name, readings(&path, &bytes));
    }
}

#[test]
fn no_configuration_shows_a_piece_of_a_key() {
    let (place, hunter) = (Place::new(), hunter());
    for (name, bytes) in forms::of_key(&signing_key()) {
        let path = place.put("form", &bytes);
        hunter.none(name, findings(&place.configure(&Values::all(&quoted(&path)))));
        // The key itself where its path belongs: in quotes of three kinds, and in none.
        let text = String::from_utf8_lossy(&bytes);
        let value = format!("'''{text}'''");
        let of_one = |values: Values<'_>| hunter.none(name, findings(&place.configure(&values)));
        of_one(Values { key: value.clone(), ..Values::sound() });
        of_one(Values {
            more: &format!("passphrase_file = {value}\n[policy]\nunknown_paths = {value}"),
            ..Values::all(&quoted(&path))
        });
        for value in [value, format!("{text:?}"), format!("\"{text}\""), text.into_owned()] {
            of_one(Values::all(&value));
        }
        hunter.none(name, findings(&place.put("proxy.toml", &bytes)));
    }
}

#[test]
fn forms_that_leave_nothing_to_guess_sign_as_the_key_does() {
    let place = Place::new();
    let digest = [7; 32];
    let expected = key::open(live::pki().join("psp-signature.key").to_str().unwrap(), None);
    let expected = expected.unwrap().sign_blocking(&digest).unwrap();
    let chain = std::fs::read(live::pki().join("psp-signature.pem")).unwrap();
    for (name, bytes) in forms::of_key(&signing_key()) {
        let path = place.put("form", &bytes);
        let key = key::open(path.to_str().unwrap(), None);
        let is_read = forms::READ.contains(&name) || matches!(name, "DER" | "lines of one character");
        assert_eq!(key.is_ok(), is_read, "{name}: {key:?}");
        if let Ok(key) = key {
            assert_eq!(key.sign_blocking(&digest).unwrap(), expected, "{name}");
        }
        // The channel's key is read by the same rules.
        assert_eq!(Identity::from_pem(&chain, &bytes).is_ok(), is_read, "{name}");
    }
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    let place = Place::new();
    for (name, bytes) in forms::of_key(&signing_key()) {
        let path = place.put("form", &bytes);
        let Err(error) = key::open(path.to_str().unwrap(), None) else { continue };
        assert!(error.to_string().contains(path.to_str().unwrap()), "{name}: {error}");
        if name == "a character at a line's start" {
            assert!(error.to_string().ends_with("a character is not of base64 (line 3, byte 93)"), "{error}");
        }
    }
    let pem = signing_key();
    let error = key::open(&pem, None).unwrap_err();
    assert_eq!(error.reason().code(), "key-not-a-place");
}

#[test]
fn no_reader_shows_a_piece_of_a_passphrase_or_pin() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let (place, hunter) = (Place::new(), hunter());
    let locked = place.locked_key();
    for (name, bytes) in forms::of_passphrase(PASSPHRASE) {
        let path = place.put("passphrase.txt", &bytes);
        let mut said = readings(&path, &bytes);
        match Passphrase::from_file(&path) {
            Ok(passphrase) => match key::open(locked.to_str().unwrap(), Some(&passphrase)) {
                Ok(key) => {
                    assert_eq!(name, "a mark");
                    writeln!(said, "{key:?} {passphrase:?}").unwrap();
                }
                Err(error) => write_key_error(&mut said, &error),
            },
            Err(error) => {
                assert_eq!(error.reason().code(), "passphrase-encoding", "{name}");
                write_key_error(&mut said, &error);
            }
        }
        hunter.none(name, said);
        let values =
            Values { key: quoted(&locked), more: "passphrase_file = \"passphrase.txt\"", ..Values::sound() };
        hunter.none(name, findings(&place.configure(&values)));
    }
    for line in [
        "passphrase = \"{}\"",
        "passphrase = {}",
        "pin = '{}'",
        "passphrase_file = \"{}\"",
        "{} = 1",
        "passphrase {}",
    ] {
        let line = line.replace("{}", PASSPHRASE);
        let values = Values { key: quoted(&locked), more: &line, ..Values::sound() };
        hunter.none(&line, findings(&place.configure(&values)));
    }
}

#[test]
fn no_uri_shows_a_piece_of_its_pin() {
    let (place, hunter) = (Place::new(), hunter());
    for uri in forms::of_pin(PIN) {
        let mut said = String::new();
        match key::open(&uri, Some(&Passphrase::new(PASSPHRASE.to_owned()))) {
            Ok(key) => panic!("{uri}: {key:?}"),
            Err(error) => write_key_error(&mut said, &error),
        }
        hunter.none(&uri, said);
        let values = Values { key: format!("'{uri}'"), ..Values::sound() };
        hunter.none(&uri, findings(&place.configure(&values)));
    }
}
