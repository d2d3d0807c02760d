//! Where a container allows no threads: what one can do is done, and nothing panics.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use super::house::{House, Run, run};

/// What makes the system refuse threads.
fn few_threads(folder: &Path) -> PathBuf {
    let library = folder.join("few_threads.so");
    let source = lacre_tests::root().join("tests/tests/cli/few_threads.c");
    let mut build = Command::new("cc");
    build.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
    assert!(build.status().unwrap().success());
    library
}

#[test]
fn with_one_thread_everything_is_judged_signed_and_made() {
    let house = House::with_signed_messages();
    let library = few_threads(&house.path(""));
    for number in 0..20 {
        house.put(&format!("signed/{number:02}.xml"), house.read("signed.xml"));
        house.put(&format!("plain/{number:02}.xml"), house.read("spi.xml"));
    }
    house.put("rows.ndjson", "{}\n".repeat(20));
    for threads in ["0", "1", "2", "5"] {
        let with = |arguments: &[&str]| -> Run {
            let mut lacre = house.lacre([]);
            run(lacre.args(arguments).env("LD_PRELOAD", &library).env("LACRE_TEST_THREADS", threads))
        };
        let verified = with(&["verify", "--trust", "cert.pem", "--at", "message", "signed"]);
        assert_eq!((verified.code, verified.out.lines().count()), (0, 20), "{threads}: {}", verified.err);
        assert_eq!(
            with(&["inspect", "--trust", "cert.pem", "--at", "message", "--json", "signed"]).code,
            0,
            "{threads}"
        );
        let out = format!("out-{threads}");
        let sign =
            ["sign", "--profile", "spi", "--key", "key.pem", "--cert", "cert.pem", "plain", "-o", &out];
        assert_eq!(with(&sign).code, 0, "{threads}");
        assert_eq!(house.read(&format!("{out}/19.xml")), house.read("signed.xml"));
        let audit = with(&["audit", "verify", "--trust", "cert.pem", "rows.ndjson"]);
        assert_eq!(audit.code, 1, "{threads}: rows that are no records: {}", audit.err);
        let pki = format!("pki-{threads}");
        assert_eq!(with(&["pki", "create", "--out", &pki]).code, 0, "{threads}");
    }
}

#[test]
fn what_needs_more_threads_says_so() {
    let house = House::new();
    let library = few_threads(&house.path(""));
    assert_eq!(run(&mut house.lacre(["pki", "create", "--out", "pki"])).code, 0);
    house.put(
        "proxy.toml",
        "[dict]\nlisten = \"127.0.0.1:0\"\nendpoint = \"localhost:1\"\n\
         [signature]\nkey = \"pki/psp-signature.key\"\ncertificate = \"pki/psp-signature.pem\"\n\
         [mtls]\nkey = \"pki/psp-channel.key\"\ncertificate = \"pki/psp-channel.pem\"\n\
         [bacen]\nsignature_certificates = [\"pki/bacen-signature.pem\"]\nmtls_certificates = [\"pki/ca.pem\"]\n\
         [audit]\nfolder = \"audit\"\n",
    );
    for (threads, arguments) in [
        ("0", &["proxy", "--config", "proxy.toml"][..]),
        ("2", &["proxy", "--config", "proxy.toml"]),
        ("0", &["doctor", "--config", "proxy.toml"]),
        ("0", &["dev"]),
    ] {
        let mut lacre = house.lacre([]);
        lacre.args(arguments).env("LD_PRELOAD", &library).env("LACRE_TEST_THREADS", threads);
        let said = run(&mut lacre);
        assert_eq!(said.code, 2, "{arguments:?}: {}", said.err);
        assert!(said.err.contains("thread") || said.err.contains("simulator"), "{arguments:?}: {}", said.err);
    }
    // With as many as it needs, it asks BACEN: there is none.
    let mut doctor = house.lacre(["doctor", "--config", "proxy.toml"]);
    let said = run(doctor.env("LD_PRELOAD", &library).env("LACRE_TEST_THREADS", "1"));
    assert!(said.code == 2 && said.out.contains("localhost:1"), "{}{}", said.out, said.err);
}
