//! `lacre sign`.

use super::house::{House, run};

const KEY: [&str; 4] = ["--key", "key.pem", "--cert", "cert.pem"];

fn sign<const N: usize>(house: &House, arguments: [&str; N]) -> assert_cmd::Command {
    let mut command = house.lacre(["sign"]);
    command.args(KEY).args(arguments);
    command
}

#[test]
fn standard_input_is_signed_to_standard_output() {
    let house = House::new();
    for (profile, message) in
        [("spi", "spi.xml"), ("dict", "dict.xml"), ("auto", "spi.xml"), ("auto", "dict.xml")]
    {
        let signed = run(sign(&house, ["--profile", profile]).write_stdin(house.read(message)));
        assert_eq!((signed.code, signed.err.as_str()), (0, ""), "{profile} {message}");
        house.verify(["-"]).write_stdin(signed.out).assert().code(0);
    }
}

#[test]
fn every_byte_outside_the_signature_stays() {
    let house = House::with_signed_messages();
    for (before, after, place) in
        [("spi.xml", "signed.xml", "<Sgntr/>"), ("dict.xml", "signed-dict.xml", "<Signature></Signature>")]
    {
        let (before, after) = (house.text(before), house.text(after));
        let (head, tail) = before.split_once(place).unwrap();
        assert!(after.starts_with(head) && after.ends_with(tail));
    }
}

#[test]
fn a_dict_signature_goes_first_or_last() {
    let house = House::new();
    let body = "<DeleteEntryRequest><Key>a@b.example</Key></DeleteEntryRequest>";
    let first = run(sign(&house, ["--profile", "dict"]).write_stdin(body));
    assert!(first.out.starts_with("<DeleteEntryRequest><ds:Signature"), "{}", first.err);
    let last = run(sign(&house, ["--profile", "dict", "--dict-position", "last"]).write_stdin(body));
    assert!(last.out.ends_with("</ds:Signature></DeleteEntryRequest>"), "{}", last.err);
    for signed in [first.out, last.out] {
        house.verify(["-"]).write_stdin(signed).assert().code(0);
    }
}

#[test]
fn a_signed_message_is_refused_unless_it_is_to_be_signed_anew() {
    let house = House::with_signed_messages();
    let refused = run(&mut sign(&house, ["--profile", "spi", "signed.xml"]));
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("[already-signed]"), "{}", refused.err);
    let again = run(&mut sign(&house, ["--profile", "spi", "--resign", "signed.xml"]));
    assert_eq!(again.code, 0, "{}", again.err);
    assert_eq!(again.out.matches("<ds:Signature ").count(), 1);
    house.verify(["-"]).write_stdin(again.out).assert().code(0);
}

#[test]
fn a_message_that_cannot_be_signed_exits_with_1() {
    let house = House::new();
    let cases = [
        ("dict", lacre_simulator::samples::check_keys(), "never-signed"),
        ("spi", "<Envelope xmlns=\"urn:x\"><Document/></Envelope>", "envelope-children"),
        ("spi", "<a><b></a>", "end-tag-mismatch"),
        ("auto", "", "no-root"),
    ];
    for (profile, message, code) in cases {
        let refused = run(sign(&house, ["--profile", profile]).write_stdin(message));
        assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{code}");
        assert!(refused.err.contains(&format!("[{code}]")), "{code}: {}", refused.err);
    }
}

#[test]
fn a_key_that_is_not_the_certificates_exits_with_2_before_anything_is_written() {
    let house = House::new();
    let arguments =
        ["sign", "--profile", "spi", "--key", "key.pem", "--cert", "other.pem", "spi.xml", "-o", "out.xml"];
    let mismatch = run(&mut house.lacre(arguments));
    assert_eq!(mismatch.code, 2);
    assert!(mismatch.err.contains("`key.pem`") && mismatch.err.contains("`other.pem`"), "{}", mismatch.err);
    assert!(!house.path("out.xml").exists());
}

#[test]
fn of_several_certificates_the_keys_own_is_taken() {
    let house = House::new();
    house.put("chain.pem", format!("{}{}", house.text("other.pem"), house.text("cert.pem")));
    let arguments = ["sign", "--profile", "spi", "--key", "key.pem", "--cert", "chain.pem", "spi.xml"];
    let signed = run(&mut house.lacre(arguments));
    assert_eq!(signed.code, 0, "{}", signed.err);
    assert!(signed.out.contains("<ds:X509SerialNumber>77</ds:X509SerialNumber>"));
}

#[test]
fn a_key_or_certificate_that_cannot_be_used_exits_with_2_and_is_named() {
    let house = House::new();
    house.put("broken.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    house.put("empty.pem", "");
    for (key, certificate, named) in [
        ("missing.pem", "cert.pem", "missing.pem"),
        ("broken.pem", "cert.pem", "broken.pem"),
        ("cert.pem", "cert.pem", "cert.pem"),
        ("key.pem", "missing.pem", "missing.pem"),
        ("key.pem", "empty.pem", "empty.pem"),
        ("key.pem", "key.pem", "key.pem"),
    ] {
        let arguments = ["sign", "--profile", "spi", "--key", key, "--cert", certificate, "spi.xml"];
        let unusable = run(&mut house.lacre(arguments));
        assert_eq!((unusable.code, unusable.out.as_str()), (2, ""), "{key} {certificate}");
        assert!(unusable.err.contains(named), "{key} {certificate}: {}", unusable.err);
    }
}

#[test]
fn an_encrypted_key_is_opened_by_a_file_or_the_environment() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let house = House::new();
    house.put("secret", "segredo\nnot this line\n");
    let openssl = std::process::Command::new("openssl")
        .current_dir(house.path(""))
        .args(["pkcs8", "-topk8", "-in", "key.pem", "-out", "locked.pem", "-passout", "file:secret"])
        .status();
    assert!(openssl.unwrap().success());
    let sign = ["sign", "--profile", "spi", "--key", "locked.pem", "--cert", "cert.pem", "spi.xml"];
    assert_eq!(run(house.lacre(sign).args(["--passphrase-file", "secret"])).code, 0);
    assert_eq!(run(house.lacre(sign).env("LACRE_PASSPHRASE", "segredo")).code, 0);
    for passphrase in ["", "errado"] {
        let locked = run(house.lacre(sign).env("LACRE_PASSPHRASE", passphrase));
        assert_eq!((locked.code, locked.out.as_str()), (2, ""));
        assert!(locked.err.contains("`locked.pem`") && !locked.err.contains("errado"), "{}", locked.err);
    }
    assert_eq!(run(&mut house.lacre(sign)).code, 2);
}

#[test]
fn an_expired_certificate_signs_with_a_warning() {
    let house = House::new();
    let arguments =
        ["sign", "--profile", "spi", "--key", "expired-key.pem", "--cert", "expired.pem", "spi.xml"];
    let signed = run(&mut house.lacre(arguments));
    assert_eq!(signed.code, 0);
    assert!(signed.err.contains("warning: the certificate expired"), "{}", signed.err);
}

#[test]
fn a_message_is_not_replaced_unless_told_to() {
    let house = House::new();
    let before = house.read("spi.xml");
    let refused = run(&mut sign(&house, ["--profile", "spi", "spi.xml", "-o", "spi.xml"]));
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("--force"), "{}", refused.err);
    assert_eq!(house.read("spi.xml"), before);
    let forced = run(&mut sign(&house, ["--profile", "spi", "--force", "spi.xml", "-o", "spi.xml"]));
    assert_eq!(forced.code, 0, "{}", forced.err);
    house.verify(["spi.xml"]).assert().code(0);
}

#[test]
fn a_refused_message_leaves_no_file() {
    let house = House::new();
    house.put("bad.xml", "<a>");
    house.put("old.xml", "as it was");
    for out in ["new.xml", "old.xml"] {
        assert_eq!(run(&mut sign(&house, ["--profile", "dict", "bad.xml", "-o", out])).code, 1);
    }
    assert!(!house.path("new.xml").exists());
    assert_eq!(house.text("old.xml"), "as it was");
}

#[test]
fn a_folder_is_signed_into_a_folder_and_keeps_its_shape() {
    let house = House::new();
    for name in ["out/box/a.xml", "out/box/deep/b.xml"] {
        house.put(name, house.read("spi.xml"));
    }
    house.put("out/box/c.xml", house.read("dict.xml"));
    house.put("out/box/refused.xml", "<a>");
    house.put("out/box/notes.txt", "not a message");
    let signed = run(&mut sign(&house, ["--profile", "auto", "out/box", "-o", "signed/today"]));
    assert_eq!((signed.code, signed.out.as_str()), (1, ""));
    assert!(signed.err.contains("3 signed, 1 refused, 1 passed over"), "{}", signed.err);
    assert!(signed.err.contains("refused.xml"), "{}", signed.err);
    assert!(!house.path("signed/today/refused.xml").exists());
    let verified = run(&mut house.verify(["signed"]));
    assert_eq!(verified.code, 0, "{}", verified.out);
    assert!(verified.out.contains("signed/today/deep/b.xml"));
}

#[test]
fn several_messages_need_a_folder_and_names_of_their_own() {
    let house = House::new();
    house.put("one/a.xml", house.read("spi.xml"));
    house.put("two/a.xml", house.read("spi.xml"));
    let no_folder = run(&mut sign(&house, ["--profile", "spi", "one", "two"]));
    assert_eq!((no_folder.code, no_folder.out.as_str()), (2, ""));
    let collision = run(&mut sign(&house, ["--profile", "spi", "one", "two", "-o", "signed"]));
    assert_eq!(collision.code, 2);
    assert!(collision.err.contains("a.xml"), "{}", collision.err);
    assert!(!house.path("signed").exists());
    let itself = run(&mut sign(&house, ["--profile", "spi", "one", "-o", "one"]));
    assert_eq!(itself.code, 2, "{}", itself.err);
}

#[test]
fn an_unreadable_message_exits_with_2_and_the_others_are_signed() {
    let house = House::new();
    let signed = run(&mut sign(&house, ["--profile", "spi", "missing.xml", "spi.xml", "-o", "signed"]));
    assert_eq!(signed.code, 2, "{}", signed.err);
    house.verify(["signed/spi.xml"]).assert().code(0);
}

#[cfg(unix)]
#[test]
fn a_device_is_written_to_and_not_replaced() {
    // Through a link of the test's own: whatever goes wrong here, the machine's device stays.
    let house = House::new();
    std::os::unix::fs::symlink("/dev/null", house.path("nowhere")).unwrap();
    assert_eq!(run(&mut sign(&house, ["--profile", "spi", "spi.xml", "-o", "nowhere"])).code, 0);
    assert!(std::fs::symlink_metadata(house.path("nowhere")).unwrap().is_symlink());
}

#[cfg(unix)]
#[test]
fn a_signed_message_can_be_read_by_whom_the_mask_allows() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::with_signed_messages();
    let mode = |name: &str| std::fs::metadata(house.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("signed.xml"), mode("spi.xml"));
}

#[test]
fn a_message_is_not_signed_by_the_rules_of_the_other_profile() {
    let house = House::new();
    for (profile, input, code) in
        [("dict", "spi.xml", "[envelope-in-dict]"), ("spi", "dict.xml", "[not-envelope]")]
    {
        let signed = run(&mut house.lacre([
            "sign",
            "--profile",
            profile,
            "--key",
            "key.pem",
            "--cert",
            "cert.pem",
            input,
        ]));
        assert_eq!((signed.code, signed.out.as_str()), (1, ""));
        assert!(signed.err.contains(code), "{}", signed.err);
    }
}

#[test]
fn a_file_that_cannot_be_written_is_named_and_not_the_message() {
    let house = House::new();
    house.put("in/a.xml", house.read("dict.xml"));
    house.put("in/b.xml", house.read("dict.xml"));
    std::fs::create_dir_all(house.path("out/a.xml")).unwrap();
    house.put("out/b.xml/file", "");
    let signed = run(&mut house.lacre([
        "sign",
        "--profile",
        "dict",
        "--key",
        "key.pem",
        "--cert",
        "cert.pem",
        "in",
        "-o",
        "out",
    ]));
    assert_eq!(signed.code, 2);
    assert!(signed.err.contains("`out/a.xml`"), "{}", signed.err);
}
