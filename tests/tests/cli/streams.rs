//! Where results go: standard output that takes nothing, files behind links, names that are no text.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Command, Stdio};

use super::house::{House, json, run};

/// What every verb that writes results is asked here.
const RESULTS: [&[&str]; 16] = [
    &["--help"],
    &["--version"],
    &["verify", "--help"],
    &["verify", "--trust", "cert.pem", "signed.xml"],
    &["verify", "--trust", "cert.pem", "--json", "signed.xml"],
    &["inspect", "signed.xml"],
    &["inspect", "--json", "signed.xml"],
    &["c14n", "spi.xml"],
    &["sign", "--profile", "spi", "--key", "key.pem", "--cert", "cert.pem", "spi.xml"],
    &["doctor", "--config", "none.toml"],
    &["doctor", "--config", "none.toml", "--json"],
    &["audit", "verify", "--trust", "cert.pem", "rows.ndjson"],
    &["completions", "bash"],
    &["pki", "create", "--out", "new-pki"],
    &["simulator", "--dict", "0", "--spi", "0", "--health", "0", "--pki", "new-pki"],
    &["dev", "--folder", "whole"],
];

#[test]
fn results_that_nobody_can_take_are_an_error_of_every_verb() {
    let house = House::with_signed_messages();
    house.put("rows.ndjson", "{}\n");
    let full = || Stdio::from(OpenOptions::new().write(true).open("/dev/full").unwrap());
    let gone = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        Stdio::from(writer)
    };
    for arguments in RESULTS {
        let folders =
            || ["new-pki", "whole"].iter().for_each(|name| drop(fs::remove_dir_all(house.path(name))));
        for (stdout, words) in [(full(), "standard output: "), (gone(), "")] {
            folders();
            let output = Command::new(lacre_tests::lacre())
                .args(["--lang", "en"])
                .args(arguments)
                .current_dir(house.path(""))
                .stdin(Stdio::null())
                .stdout(stdout)
                .output()
                .unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
            assert!(said.contains(words) && !said.contains("panicked"), "{arguments:?}: {said}");
        }
    }
}

#[test]
fn a_result_behind_a_link_leaves_the_link_and_the_mode_of_its_file() {
    let house = House::with_signed_messages();
    house.put("real/kept.xml", "before");
    fs::set_permissions(house.path("real/kept.xml"), Permissions::from_mode(0o604)).unwrap();
    symlink("real/kept.xml", house.path("first.xml")).unwrap();
    symlink("first.xml", house.path("link.xml")).unwrap();
    symlink("real/new.xml", house.path("dead.xml")).unwrap();
    symlink("circle.xml", house.path("circle.xml")).unwrap();
    let sign = |out: &str| {
        run(&mut house.lacre([
            "sign",
            "--profile",
            "spi",
            "--key",
            "key.pem",
            "--cert",
            "cert.pem",
            "spi.xml",
            "-o",
            out,
        ]))
    };
    for (out, file) in
        [("link.xml", "real/kept.xml"), ("dead.xml", "real/new.xml"), ("real/kept.xml", "real/kept.xml")]
    {
        let signed = sign(out);
        assert_eq!((signed.code, signed.err.as_str()), (0, ""), "{out}");
        assert_eq!(house.read(file), house.read("signed.xml"), "{out}");
        assert!(fs::symlink_metadata(house.path(file)).unwrap().is_file(), "{file}");
    }
    for link in ["link.xml", "first.xml", "dead.xml"] {
        assert!(house.path(link).is_symlink(), "{link}");
    }
    let mode = fs::metadata(house.path("real/kept.xml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o604);
    assert_eq!(sign("circle.xml").code, 2);
}

#[test]
fn names_that_are_no_text_stay_two_and_links_to_nothing_are_no_fault() {
    let house = House::with_signed_messages();
    fs::create_dir(house.path("folder")).unwrap();
    let folder = house.path("folder");
    for name in [&b"\xff.xml"[..], b"\xfe.xml"] {
        fs::copy(house.path("signed.xml"), folder.join(OsStr::from_bytes(name))).unwrap();
    }
    symlink("nowhere.xml", folder.join("dead.xml")).unwrap();
    symlink(".", folder.join("circle")).unwrap();
    let verified = run(&mut house.verify(["--json", "--at", "message", "folder"]));
    assert_eq!(verified.code, 0, "{}", verified.err);
    let rows = json(&verified);
    let files: Vec<_> =
        rows["results"].as_array().unwrap().iter().map(|row| row["file"].as_str().unwrap()).collect();
    assert_eq!(files, [r"folder/\xfe.xml", r"folder/\xff.xml"]);
    // What is signed in bulk keeps its name, octet for octet.
    let signed = run(&mut house.lacre([
        "sign",
        "--profile",
        "spi",
        "--resign",
        "--key",
        "key.pem",
        "--cert",
        "cert.pem",
        "folder",
        "-o",
        "out",
    ]));
    assert_eq!(signed.code, 0, "{}", signed.err);
    for name in [&b"\xff.xml"[..], b"\xfe.xml"] {
        assert!(File::open(house.path("out").join(OsStr::from_bytes(name))).is_ok());
    }
}

#[test]
fn the_last_second_of_the_year_9999_is_an_instant() {
    let house = House::with_signed_messages();
    let verified = run(&mut house.verify(["--at", "9999-12-31T23:59:59Z", "signed.xml"]));
    assert_eq!(verified.code, 1, "{}", verified.err);
    assert!(verified.out.contains("certificate-expired"), "{}", verified.out);
    let rows = json(&run(&mut house.verify(["--json", "--at", "9999-12-31T23:59:59Z", "signed.xml"])));
    assert_eq!(rows["at"], "9999-12-31T23:59:59Z");
}
