//! `lacre verify`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use super::house::{House, json, run};

/// Changes one amount, as a thief would.
fn tampered(signed: &str) -> String {
    let changed = signed.replacen("12345678", "12345679", 1);
    assert_ne!(changed, signed);
    changed
}

#[test]
fn a_signed_message_is_valid_and_its_signer_is_named() {
    let house = House::with_signed_messages();
    let verified = run(&mut house.verify(["signed.xml", "signed-dict.xml"]));
    assert_eq!(verified.code, 0, "{}", verified.out);
    let lines: Vec<&str> = verified.out.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("valid ") && lines[0].contains("signed.xml"));
    assert!(lines[0].contains("Banco do Teste T001") && lines[0].contains("77"), "{}", lines[0]);
    assert_eq!(verified.err, "2 messages: 2 valid; revocation not checked\n");
}

#[test]
fn each_verdict_has_its_word_and_all_but_valid_exit_with_1() {
    let house = House::with_signed_messages();
    house.put("tampered.xml", tampered(&house.text("signed.xml")));
    house.put("malformed.xml", "<a><b></a>");
    for (verdict, code, file) in [
        ("invalid", "digest-mismatch", "tampered.xml"),
        ("unsigned", "unsigned", "spi.xml"),
        ("malformed", "end-tag-mismatch", "malformed.xml"),
    ] {
        let refused = run(&mut house.verify([file]));
        assert_eq!(refused.code, 1, "{file}");
        assert!(refused.out.starts_with(verdict), "{}", refused.out);
        assert!(refused.out.contains(&format!("[{code}]")), "{}", refused.out);
        assert!(refused.out.contains("    help: "), "{}", refused.out);
        assert_eq!(refused.err, format!("1 message: 1 {verdict}; revocation not checked\n"));
    }
    let unknown = run(&mut house.lacre(["verify", "--trust", "other.pem", "signed.xml"]));
    assert_eq!(unknown.code, 1);
    assert!(
        unknown.out.starts_with("indeterminate") && unknown.out.contains("[certificate-unknown]"),
        "{}",
        unknown.out
    );
    assert!(unknown.out.contains("AC de Teste v1"), "the message's own words on its signer: {}", unknown.out);
}

#[test]
fn a_refusal_names_line_and_column() {
    let house = House::new();
    let refused = run(house.verify(["-"]).write_stdin("<a>\n  <é x='1' x='2'/>\n</a>"));
    assert!(refused.out.contains("line 2, column "), "{}", refused.out);
}

#[test]
fn the_instant_decides_over_an_expired_certificate() {
    let house = House::new();
    house
        .lacre([
            "sign",
            "--profile",
            "spi",
            "--key",
            "expired-key.pem",
            "--cert",
            "expired.pem",
            "spi.xml",
            "-o",
            "s.xml",
        ])
        .assert()
        .code(0);
    for (at, code, reason) in [
        ("now", 1, "[certificate-expired]"),
        ("message", 0, "valid"),
        ("2026-01-01T00:00:00Z", 0, "valid"),
        ("2026-01-01T00:00:00-03:00", 0, "valid"),
        ("2036-01-01T00:00:00Z", 1, "[certificate-expired]"),
        ("2019-12-31T23:59:59Z", 1, "[certificate-not-yet-valid]"),
    ] {
        let judged = run(&mut house.lacre(["verify", "--trust", "expired.pem", "--at", at, "s.xml"]));
        assert_eq!(judged.code, code, "{at}: {}", judged.out);
        assert!(judged.out.contains(reason), "{at}: {}", judged.out);
    }
}

#[test]
fn the_profile_is_that_of_the_root_unless_given() {
    let house = House::with_signed_messages();
    for (profile, file, code) in [
        ("auto", "signed.xml", 0),
        ("spi", "signed.xml", 0),
        ("dict", "signed.xml", 1),
        ("auto", "signed-dict.xml", 0),
        ("dict", "signed-dict.xml", 0),
        ("spi", "signed-dict.xml", 1),
    ] {
        let judged = run(&mut house.verify(["--profile", profile, file]));
        assert_eq!(judged.code, code, "{profile} {file}: {}", judged.out);
    }
}

#[test]
fn a_dash_is_standard_input_and_comes_once() {
    let house = House::with_signed_messages();
    let read = run(house.verify(["-"]).write_stdin(house.read("signed.xml")));
    assert_eq!(read.code, 0, "{}", read.out);
    let twice = run(house.verify(["-", "-"]).write_stdin(house.read("signed.xml")));
    assert_eq!((twice.code, twice.out.as_str()), (2, ""));
}

#[test]
fn trust_is_files_and_folders_of_certificates() {
    let house = House::with_signed_messages();
    let bundle = format!("{}noise between\n{}", house.text("other.pem"), house.text("cert.pem"));
    house.put("bundle.pem", &bundle);
    house.put("folder/b.crt", house.read("cert.pem"));
    house.put("folder/readme.txt", "not looked at");
    house.put("folder/broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let der =
        lacre_core::Certificate::from_pem_or_der(&house.read("cert.pem"), &lacre_native::rsa::AwsLc).unwrap();
    house.put("cert.der", der[0].der());
    for trust in ["bundle.pem", "folder", "cert.der"] {
        let verified = run(&mut house.lacre(["verify", "--trust", trust, "signed.xml"]));
        assert_eq!(verified.code, 0, "{trust}: {}{}", verified.out, verified.err);
    }
    let both = run(&mut house.lacre(["verify", "--trust", "other.pem", "--trust", "cert.pem", "signed.xml"]));
    assert_eq!(both.code, 0, "{}", both.out);
    let warned = run(&mut house.lacre(["verify", "--trust", "folder", "signed.xml"]));
    assert!(warned.err.contains("broken.pem"), "what is passed over is said: {}", warned.err);
}

#[test]
fn trust_without_a_usable_certificate_exits_with_2_and_names_the_file() {
    let house = House::with_signed_messages();
    std::fs::create_dir(house.path("nothing")).unwrap();
    house.put("empty.pem", "");
    house.put("text.pem", "hello");
    house.put("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for trust in ["nothing", "empty.pem", "text.pem", "broken.pem", "key.pem", "missing.pem"] {
        let refused =
            run(&mut house.lacre(["verify", "--trust", "cert.pem", "--trust", trust, "signed.xml"]));
        assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{trust}");
        assert!(refused.err.contains(&format!("`{trust}`")), "{trust}: {}", refused.err);
        assert!(refused.err.contains("help: "), "{trust}: {}", refused.err);
    }
}

#[test]
fn folders_are_read_in_order_and_what_is_left_aside_is_counted() {
    let house = House::with_signed_messages();
    for name in ["archive/b.xml", "archive/a/z.XML", "archive/c.xml"] {
        house.put(name, house.read("signed.xml"));
    }
    for name in ["archive/notes.txt", "archive/.hidden.xml", "archive/.git/x.xml"] {
        house.put(name, "not a message");
    }
    let verified = run(&mut house.verify(["archive", "signed-dict.xml"]));
    assert_eq!(verified.code, 0, "{}", verified.out);
    let files: Vec<&str> = verified.out.lines().map(|line| line.split_whitespace().nth(1).unwrap()).collect();
    assert_eq!(files, ["archive/a/z.XML", "archive/b.xml", "archive/c.xml", "signed-dict.xml"]);
    assert_eq!(verified.err, "4 messages: 4 valid, 3 passed over; revocation not checked\n");
    // What is named is read, whatever it is called.
    let named = run(&mut house.verify(["archive/notes.txt"]));
    assert_eq!(named.code, 1);
}

#[test]
fn an_unreadable_file_weighs_more_than_a_refused_message() {
    let house = House::with_signed_messages();
    let mixed = run(&mut house.verify(["signed.xml", "missing.xml", "spi.xml"]));
    assert_eq!(mixed.code, 2);
    assert!(
        mixed.out.contains("valid ") && mixed.out.contains("unsigned "),
        "the others are judged: {}",
        mixed.out
    );
    assert!(mixed.err.contains("`missing.xml`"), "{}", mixed.err);
    assert!(mixed.err.contains("3 messages: 1 valid, 1 unsigned, 1 unreadable"), "{}", mixed.err);
}

#[test]
fn quiet_lists_only_what_is_not_valid() {
    let house = House::with_signed_messages();
    let quiet = run(&mut house.verify(["--quiet", "signed.xml", "spi.xml"]));
    assert_eq!((quiet.code, quiet.err.as_str()), (1, ""));
    assert!(quiet.out.starts_with("unsigned ") && !quiet.out.contains("signed.xml (signer"), "{}", quiet.out);
    let silent = run(&mut house.verify(["-q", "signed.xml"]));
    assert_eq!((silent.code, silent.out.as_str(), silent.err.as_str()), (0, "", ""));
}

#[test]
fn the_json_says_all_that_is_known() {
    let house = House::with_signed_messages();
    house.put("tampered.xml", tampered(&house.text("signed.xml")));
    house.put("malformed.xml", "<a>\n<b></a>");
    let at = "2026-02-01T00:00:00Z";
    let files = ["signed.xml", "tampered.xml", "malformed.xml", "missing.xml", "spi.xml"];
    let mut command = house.verify(["--json", "--at", at]);
    let report = run(command.args(files));
    assert_eq!(report.code, 2);
    let json = json(&report);
    assert_eq!(json["schema"], "lacre.verify/1");
    assert_eq!(json["tool"]["name"], "lacre");
    assert_eq!(json["tool"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(json["at"], at);
    let results = json["results"].as_array().unwrap();
    let named: Vec<_> = results.iter().map(|result| result["file"].as_str().unwrap()).collect();
    assert_eq!(named, files);
    let valid = &results[0];
    assert_eq!(valid["verdict"], "valid");
    assert_eq!(valid["profile"], "spi");
    assert_eq!(valid["code"], serde_json::Value::Null);
    assert_eq!(valid["bytes"], house.read("signed.xml").len());
    assert_eq!(valid["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(valid["signer"]["issuer"], "CN=AC de Teste v1, OU=CSPB-4, O=ICP-Brasil, C=BR");
    assert_eq!(valid["signer"]["subject"], "CN=Banco do Teste T001, OU=ISPB-12345678, O=ICP-Brasil, C=BR");
    assert_eq!(valid["signer"]["serial"], "77");
    assert_eq!(valid["signer"]["ispb"], "12345678");
    assert_eq!(valid["signer"]["trusted"], true);
    assert_eq!(valid["signer"]["not_before"], "2020-01-01T00:00:00Z");
    assert_eq!(valid["signer"]["not_after"], "2040-06-01T00:00:00Z");
    let invalid = &results[1];
    assert_eq!(
        (invalid["verdict"].as_str(), invalid["code"].as_str()),
        (Some("invalid"), Some("digest-mismatch"))
    );
    assert_eq!(invalid["place"]["reference"], 2);
    assert_eq!(invalid["place"]["target"], "AppHdr");
    assert!(invalid["message"].as_str().unwrap().contains("digest"));
    assert!(!invalid["help"].as_str().unwrap().is_empty());
    assert_eq!(invalid["signer"]["serial"], "77");
    let malformed = &results[2];
    assert_eq!(malformed["verdict"], "malformed");
    assert_eq!(malformed["place"]["line"], 2);
    let unreadable = &results[3];
    assert_eq!(
        (&unreadable["verdict"], unreadable["code"].as_str()),
        (&serde_json::Value::Null, Some("unreadable"))
    );
    assert_eq!(results[4]["verdict"], "unsigned");
    let counts = &json["counts"];
    assert_eq!(counts["messages"], 5);
    for end in ["valid", "invalid", "malformed", "unsigned", "unreadable"] {
        assert_eq!(counts[end], 1, "{end}");
    }
    assert_eq!((&counts["indeterminate"], &counts["passed_over"]), (&0.into(), &0.into()));
}

#[test]
fn nothing_to_verify_is_no_success() {
    let house = House::new();
    house.put("wrong/notes.txt", "not a message");
    for arguments in [&["wrong"][..], &["--json", "wrong"], &["--quiet", "wrong"]] {
        let empty = run(house.verify([]).args(arguments));
        assert_eq!((empty.code, empty.out.as_str()), (2, ""));
        assert!(empty.err.contains("there is no message: 1 passed over"), "{}", empty.err);
    }
}

#[test]
fn the_messages_own_time_is_named_in_the_json() {
    let house = House::with_signed_messages();
    let report = run(&mut house.verify(["--json", "--at", "message", "signed.xml"]));
    assert_eq!((report.code, json(&report)["at"].as_str()), (0, Some("message")));
}

#[test]
fn words_for_people_come_in_portuguese() {
    let house = House::with_signed_messages();
    house.put("tampered.xml", tampered(&house.text("signed.xml")));
    let judged = run(&mut house.verify(["--lang", "pt-BR", "signed.xml", "tampered.xml"]));
    assert!(judged.out.contains("válida ") && judged.out.contains("inválida "), "{}", judged.out);
    assert!(judged.out.contains("referência 2") && judged.out.contains("    ajuda: "), "{}", judged.out);
    assert_eq!(judged.err, "2 mensagens: 1 válida, 1 inválida; revogação não verificada\n");
    let report = run(&mut house.verify(["--lang", "pt-BR", "--json", "tampered.xml"]));
    let row = &json(&report)["results"][0];
    assert_eq!((row["verdict"].as_str(), row["code"].as_str()), (Some("invalid"), Some("digest-mismatch")));
    assert!(row["message"].as_str().unwrap().contains("resumo"), "codes stay, words change");
}

#[test]
fn what_is_piped_carries_no_escapes() {
    let house = House::with_signed_messages();
    for colour in [None, Some("1")] {
        let mut command = house.verify(["signed.xml", "spi.xml"]);
        command.env("TERM", "xterm-256color");
        if let Some(value) = colour {
            command.env("NO_COLOR", value);
        }
        let judged = run(&mut command);
        assert!(!judged.out.contains('\u{1b}') && !judged.err.contains('\u{1b}'));
    }
}

#[test]
fn a_name_in_a_message_cannot_steer_the_terminal() {
    let house = House::with_signed_messages();
    let named = house.text("signed.xml").replace("AC de Teste v1", "AC\u{202e}\u{85} de Teste v1");
    let judged = run(house.verify(["-"]).write_stdin(named));
    assert_eq!(judged.code, 1);
    assert!(!judged.out.contains('\u{202e}') && !judged.out.contains('\u{85}'), "{:?}", judged.out);
}

#[test]
fn thousands_of_files_are_judged_in_their_order() {
    let house = House::with_signed_messages();
    let (good, bad) = (house.text("signed.xml"), tampered(&house.text("signed.xml")));
    for number in 0..2_000 {
        house.put(&format!("archive/{number:04}.xml"), if number % 100 == 7 { &bad } else { &good });
    }
    let report = run(&mut house.verify(["--json", "archive"]));
    assert_eq!(
        (report.code, report.err.as_str()),
        (1, "2000 messages: 1980 valid, 20 invalid; revocation not checked\n")
    );
    let json = json(&report);
    for (number, result) in json["results"].as_array().unwrap().iter().enumerate() {
        assert_eq!(result["file"], format!("archive/{number:04}.xml"));
        assert_eq!(result["verdict"], if number % 100 == 7 { "invalid" } else { "valid" });
    }
    assert_eq!(json["counts"]["messages"], 2_000);
}

#[test]
fn a_reader_that_goes_away_is_no_error_to_be_told_of() {
    let house = House::with_signed_messages();
    let message = house.read("signed.xml");
    for number in 0..2_000 {
        house.put(&format!("archive/{number:04}.xml"), &message);
    }
    let mut command = std::process::Command::new(lacre_tests::lacre());
    command.current_dir(house.path("")).args(["verify", "--lang", "en", "--trust", "cert.pem", "archive"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("valid "));
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(told, "");
    assert_eq!(child.wait().unwrap().code(), Some(2), "not everything asked was delivered");
}
