//! Certificates and revocation lists as they come: one reader and one rule for every verb, the proxy and the core's own readers.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lacre_core::{Bundle, Certificate};
use lacre_native::finding::Level;
use lacre_native::proxy::Setup;
use lacre_native::rsa::AwsLc;
use lacre_simulator::pki::{PkiOptions, ThrowawayPki};

use super::audit::{audit, untouched};
use super::house::{House, run};

fn key(name: &str) -> Vec<u8> {
    std::fs::read(lacre_tests::root().join("tests/keys").join(name)).unwrap()
}

fn der(pem: &[u8]) -> Vec<u8> {
    Bundle::read(pem).unwrap().certificates.remove(0).der
}

fn block(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| core::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").current_dir(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A house whose `signed.xml` is BACEN's of `tests/keys`: signed by `bacen.key` under this certificate.
fn signed_by(certificate: &str) -> House {
    let house = House::new();
    house.put("bacen.key", key("bacen.key"));
    house.put("signer.pem", key(&format!("{certificate}.pem")));
    house.put("ca.pem", key("ca.pem"));
    house.put("list.crl", key("sha256.crl"));
    let sign = ["sign", "--profile", "dict", "--key", "bacen.key", "--cert", "signer.pem"];
    run(house.lacre(sign).args(["dict.xml", "-o", "signed.xml"]));
    house
}

/// What the proxy finds in this file as BACEN's certificates: whether it starts, and the codes of what it warns of or worse.
fn proxy(house: &House, bundle: &str, lists: &str) -> (bool, Vec<(Level, String)>) {
    if !house.path("pki").exists() {
        ThrowawayPki::create(&house.path("pki"), &PkiOptions::default()).unwrap();
    }
    let config = format!(
        "[dict]\nlisten = \"127.0.0.1:0\"\nendpoint = \"localhost:1\"\n\
         [signature]\nkey = \"pki/psp-signature.key\"\ncertificate = \"pki/psp-signature.pem\"\n\
         [mtls]\nkey = \"pki/psp-channel.key\"\ncertificate = \"pki/psp-channel.pem\"\n\
         [bacen]\nsignature_certificates = [\"{bundle}\"]\nmtls_certificates = [\"pki/ca.pem\"]\n{lists}\n\
         [audit]\nfolder = \"audit\"\n"
    );
    house.put("proxy.toml", config);
    let (setup, findings) = Setup::read(&house.path("proxy.toml"));
    let bad = findings.iter().filter(|finding| finding.level() > Level::Holds);
    (setup.is_some(), bad.map(|finding| (finding.level(), finding.code().to_owned())).collect())
}

fn codes(findings: &[(Level, String)]) -> Vec<&str> {
    findings.iter().map(|(_, code)| code.as_str()).collect()
}

/// Each holds the certificate of the signer behind that of another.
fn bundles(house: &House) -> Vec<(&'static str, Vec<u8>)> {
    let (other, signer) = (house.text("other.pem"), house.text("cert.pem"));
    let (other_der, signer_der) = (der(other.as_bytes()), der(signer.as_bytes()));
    let (other, signer) = (block("CERTIFICATE", &other_der), block("CERTIFICATE", &signer_der));
    let utf_16 =
        |text: &str| [vec![0xFF, 0xFE], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    house.put("both.pem", format!("{other}{signer}"));
    openssl(&house.path(""), &["crl2pkcs7", "-nocrl", "-certfile", "both.pem", "-out", "both.p7b"]);
    openssl(
        &house.path(""),
        &["crl2pkcs7", "-nocrl", "-certfile", "both.pem", "-outform", "DER", "-out", "both.p7c"],
    );
    openssl(
        &house.path(""),
        &["pkcs12", "-export", "-nokeys", "-in", "both.pem", "-passout", "pass:", "-out", "both.pfx"],
    );
    let trusted = [signer_der.as_slice(), &[0x30, 0x00]].concat();
    vec![
        ("glued", format!("{}{}", other.trim_end(), signer.trim_end()).into_bytes()),
        ("labelled", format!("{other}{}", block("X509 CERTIFICATE", &signer_der)).into_bytes()),
        ("openssl's own", format!("{other}{}", block("TRUSTED CERTIFICATE", &trusted)).into_bytes()),
        ("indented", format!("{other}{}", format!("\n{signer}").replace('\n', "\n  ")).into_bytes()),
        ("marked", format!("\u{feff}{other}\u{feff}{signer}").into_bytes()),
        ("of Windows", format!("{other}{signer}").replace('\n', "\r\n").into_bytes()),
        ("UTF-16", utf_16(&format!("{other}{signer}"))),
        ("escaped", format!("{other}{signer}").replace('\n', "\\n").into_bytes()),
        ("without line ends", format!("{other}{signer}").replace('\n', " ").into_bytes()),
        ("between text", format!("s: AC É\n{other}issuer: AC\n{signer}\n").into_bytes()),
        ("DER", signer_der.clone()),
        ("base64", STANDARD.encode(&signer_der).into_bytes()),
        ("PKCS#7, PEM", house.read("both.p7b")),
        ("PKCS#7, DER", house.read("both.p7c")),
        ("beside EC", format!("{}{signer}", core::str::from_utf8(&key("ec.pem")).unwrap()).into_bytes()),
        ("beside a key", format!("{}{signer}", house.text("key.pem")).into_bytes()),
    ]
}

#[test]
fn a_bundle_in_any_dress_is_read_whole_by_everyone() {
    let house = House::with_signed_messages();
    for (dress, bytes) in bundles(&house) {
        house.put("bundle", &bytes);
        let verified = run(&mut house.lacre(["verify", "--trust", "bundle", "signed.xml"]));
        assert_eq!(verified.code, 0, "{dress}: {}{}", verified.out, verified.err);
        let (starts, findings) = proxy(&house, "bundle", "");
        assert!(starts, "{dress}: {findings:?}");
        let beside = dress.starts_with("beside");
        let noted =
            codes(&findings).iter().any(|code| ["certificate-key", "beside-certificates"].contains(code));
        assert_eq!(
            (verified.err.contains("passed over: `bundle`: line 1: "), noted),
            (beside, beside),
            "{dress}"
        );
        let read = Certificate::from_pem_or_der(&bytes, &AwsLc).unwrap();
        assert!(read.iter().any(|one| one.der() == der(&house.read("cert.pem"))), "{dress}");
        let signed = run(&mut house.lacre([
            "sign",
            "--profile",
            "spi",
            "--key",
            "key.pem",
            "--cert",
            "bundle",
            "spi.xml",
        ]));
        assert_eq!(signed.code, 0, "{dress}: {}", signed.err);
    }
}

#[test]
fn a_store_opens_by_its_passphrase_and_is_named_where_there_is_none() {
    let house = House::with_signed_messages();
    openssl(
        &house.path(""),
        &[
            "pkcs12",
            "-export",
            "-inkey",
            "key.pem",
            "-in",
            "cert.pem",
            "-passout",
            "pass:seal",
            "-out",
            "a1.pfx",
        ],
    );
    for verb in [
        &["verify", "--trust", "a1.pfx", "signed.xml"][..],
        &["sign", "--profile", "spi", "--key", "a1.pfx", "--cert", "a1.pfx", "spi.xml"],
    ] {
        let opened = run(house.lacre([]).args(verb).env("LACRE_PASSPHRASE", "seal"));
        assert_eq!(opened.code, 0, "{verb:?}: {}", opened.err);
    }
    let closed = run(&mut house.lacre(["verify", "--trust", "a1.pfx", "signed.xml"]));
    assert_eq!(closed.code, 2);
    assert!(closed.err.contains("a1.pfx"), "{}", closed.err);
    // What has no passphrase says what the file is.
    let refused = Certificate::from_pem_or_der(&house.read("a1.pfx"), &AwsLc).unwrap_err();
    assert_eq!(refused.code(), "pkcs12");
}

#[test]
fn a_damaged_block_refuses_the_file_and_names_its_line() {
    let house = House::with_signed_messages();
    let good = block("CERTIFICATE", &der(&house.read("cert.pem")));
    let lines = good.lines().count();
    for (damage, second) in [
        ("no end", good.replace("-----END CERTIFICATE-----", "")),
        ("four dashes", good.replacen("-----BEGIN", "----BEGIN", 1)),
        ("a dash of Word", good.replacen("-----BEGIN", "\u{2014}BEGIN", 1)),
        ("another end", good.replace("END CERTIFICATE", "END X509 CERTIFICATE")),
        ("small letters", good.replacen("BEGIN CERTIFICATE", "begin certificate", 1)),
        ("no base64", good.replacen("MII", "M!I", 1)),
        ("cut", good.lines().take(3).chain(good.lines().last()).collect::<Vec<_>>().join("\n")),
        ("no certificate", block("CERTIFICATE", &[0x30, 0x80, 0x02, 0x01, 0x00, 0x00, 0x00])),
        ("no beginning", good.replacen("-----BEGIN CERTIFICATE-----", "", 1)),
    ] {
        house.put("bundle.pem", format!("{good}{second}"));
        let refused = run(&mut house.lacre(["verify", "--trust", "bundle.pem", "signed.xml"]));
        assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{damage}");
        let line = if damage == "no beginning" { lines * 2 } else { lines + 1 };
        assert!(refused.err.contains(&format!("`bundle.pem`: line {line}: ")), "{damage}: {}", refused.err);
        let (starts, findings) = proxy(&house, "bundle.pem", "");
        assert!(
            !starts && findings.iter().any(|(level, _)| *level == Level::Fatal),
            "{damage}: {findings:?}"
        );
        assert!(Certificate::from_pem_or_der(&house.read("bundle.pem"), &AwsLc).is_err(), "{damage}");
        let folder = run(&mut house.lacre(["verify", "--trust", ".", "signed.xml"]));
        assert!(folder.err.contains("passed over: `./bundle.pem`: line "), "{damage}: {}", folder.err);
    }
}

#[test]
fn names_of_universal_string_are_read() {
    use rcgen::{CertificateParams, DistinguishedName, DnType, DnValue, Issuer, KeyPair, SerialNumber};
    let house = House::new();
    let key = KeyPair::from_pem(&house.text("key.pem")).unwrap();
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, "BR");
    let text = rcgen::string::UniversalString::try_from("Instituição").unwrap();
    name.push(DnType::CommonName, DnValue::UniversalString(text));
    let mut authority = CertificateParams::default();
    authority.distinguished_name = name.clone();
    let authority = Issuer::new(authority, KeyPair::from_pem(&house.text("other-key.pem")).unwrap());
    let mut leaf = CertificateParams::default();
    leaf.distinguished_name = name;
    leaf.serial_number = Some(SerialNumber::from_slice(&[5]));
    house.put("universal.pem", leaf.signed_by(&key, &authority).unwrap().pem());
    let sign = [
        "sign",
        "--profile",
        "dict",
        "--key",
        "key.pem",
        "--cert",
        "universal.pem",
        "dict.xml",
        "-o",
        "s.xml",
    ];
    assert_eq!(run(&mut house.lacre(sign)).code, 0);
    assert!(house.text("s.xml").contains("<ds:X509IssuerName>CN=Instituição, C=BR</ds:X509IssuerName>"));
    let verified = run(&mut house.lacre(["verify", "--trust", "universal.pem", "s.xml"]));
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    assert!(proxy(&house, "universal.pem", "").0);
}

#[test]
fn of_several_certificates_of_one_key_the_valid_one_signs() {
    let house = House::new();
    house.put("bacen.key", key("bacen.key"));
    let all: Vec<u8> =
        ["expired", "not-yet-valid", "bacen", "ca"].map(|name| key(&format!("{name}.pem"))).concat();
    house.put("all.pem", &all);
    house.put("bacen.pem", key("bacen.pem"));
    let sign =
        ["sign", "--profile", "dict", "--key", "bacen.key", "--cert", "all.pem", "dict.xml", "-o", "s.xml"];
    let signed = run(&mut house.lacre(sign));
    assert_eq!((signed.code, signed.err.as_str()), (0, ""));
    assert_eq!(run(&mut house.lacre(["verify", "--trust", "bacen.pem", "s.xml"])).code, 0);
    // In the proxy too: no finding on a certificate outside its validity.
    proxy(&house, "bacen.pem", "");
    house.put(
        "proxy.toml",
        house
            .text("proxy.toml")
            .replace("pki/psp-signature.key", "bacen.key")
            .replace("pki/psp-signature.pem", "all.pem"),
    );
    let (setup, findings) = Setup::read(&house.path("proxy.toml"));
    let found: Vec<&str> = findings.iter().map(|finding| finding.code()).collect();
    assert!(
        setup.is_some() && found.contains(&"key-fits") && !found.contains(&"certificate-expired"),
        "{found:?}"
    );
}

#[test]
fn a_list_revokes_from_wherever_it_is_given() {
    let house = signed_by("revoked");
    let all = [house.read("signer.pem"), house.read("ca.pem"), house.read("list.crl")].concat();
    house.put("bundle.pem", all);
    house.put("folder/a.pem", house.read("signer.pem"));
    house.put("folder/b.cer", house.read("ca.pem"));
    house.put("folder/c.crl", house.read("list.crl"));
    house.put("with-issuer.pem", [house.read("ca.pem"), house.read("list.crl")].concat());
    for arguments in [
        &["--trust", "bundle.pem"][..],
        &["--trust", "folder"],
        &["--trust", "signer.pem", "--crl", "with-issuer.pem"],
        &["--trust", "signer.pem", "--trust", "ca.pem", "--crl", "list.crl"],
        &["--trust", "signer.pem", "--crl", "folder"],
    ] {
        let judged = run(house.lacre(["verify", "--at", "now"]).args(arguments).arg("signed.xml"));
        assert_eq!(judged.code, 1, "{arguments:?}: {}{}", judged.out, judged.err);
        assert!(judged.out.contains("[certificate-revoked]"), "{arguments:?}: {}", judged.out);
        assert_eq!(judged.err, "1 message: 1 indeterminate\n", "{arguments:?}");
        // Before it was revoked it was good.
        let before =
            run(house.lacre(["verify", "--at", "2025-05-01T00:00:00Z"]).args(arguments).arg("signed.xml"));
        assert_eq!(before.code, 0, "{arguments:?}: {}", before.out);
    }
    let inspected = run(&mut house.lacre(["inspect", "--trust", "bundle.pem", "signed.xml"]));
    assert!(inspected.out.contains("[certificate-revoked]"), "{}", inspected.out);
    assert!(inspected.out.contains("revocation     checked against"), "{}", inspected.out);
}

#[test]
fn a_list_counts_for_both_sides_whichever_knows_its_authority() {
    let house = signed_by("revoked");
    house.put("psp.pem", key("psp.pem"));
    house.put("bundle.pem", [house.read("signer.pem"), house.read("ca.pem")].concat());
    for arguments in [
        &["--trust", "bacen=bundle.pem", "--trust", "own=psp.pem", "--crl", "list.crl"][..],
        &["--trust", "bacen=psp.pem", "--trust", "own=bundle.pem", "--crl", "list.crl"],
    ] {
        let judged = run(house.lacre(["verify", "--at", "now"]).args(arguments).arg("signed.xml"));
        assert_eq!((judged.code, judged.err.as_str()), (1, "1 message: 1 indeterminate\n"), "{arguments:?}");
    }
    // In an archive nothing need be the institution's own.
    let (_folder, archive) = untouched(5);
    std::fs::write(archive.folder.join("ca.pem"), key("ca.pem")).unwrap();
    std::fs::write(archive.folder.join("list.crl"), key("sha256.crl")).unwrap();
    let trust = ["--trust", "bacen.pem", "--trust", "ca.pem"];
    let found = audit(&archive, &[&["verify"], &trust[..], &["--crl", "list.crl", "log"]].concat());
    assert_eq!(found.code, 0, "{}", found.err);
}

#[test]
fn that_revocation_was_not_checked_is_said() {
    let house = signed_by("bacen");
    let verify = |arguments: &[&str]| {
        run(house.lacre(["verify", "--trust", "signer.pem"]).args(arguments).arg("signed.xml"))
    };
    let absent = verify(&[]);
    assert_eq!((absent.code, absent.err.as_str()), (0, "1 message: 1 valid; revocation not checked\n"));
    house.put("with-issuer.pem", [house.read("ca.pem"), house.read("list.crl")].concat());
    let checked = verify(&["--crl", "with-issuer.pem"]);
    assert_eq!((checked.code, checked.err.as_str()), (0, "1 message: 1 valid\n"));
    let reported = |arguments: &[&str]| {
        let report = run(house.lacre(["verify", "--json"]).args(arguments).arg("signed.xml"));
        let report: serde_json::Value = serde_json::from_str(&report.out).unwrap();
        report["revocation"].as_str().unwrap().to_owned()
    };
    assert_eq!(reported(&["--trust", "signer.pem"]), "not-checked");
    assert_eq!(reported(&["--trust", "signer.pem", "--crl", "with-issuer.pem"]), "checked");
    // One that is old is said to be, and counts for what it revokes.
    stale_list(&house);
    let stale = verify(&["--crl", "stale.pem"]);
    assert_eq!(stale.code, 0);
    assert!(
        stale.err.contains("`stale.pem`: the revocation list should have been followed by another at 20"),
        "{}",
        stale.err
    );
    assert!(stale.err.ends_with("; revocation not checked\n"), "{}", stale.err);
    // One that cannot be relied on is refused.
    house.put("odd.pem", key("odd-ca.pem"));
    house.put("sha1.crl", key("sha1.crl"));
    for (list, code) in [
        ("list.crl", "issued by"),
        ("signer.pem", "no certificate revocation list"),
        ("sha1.crl", "not issued"),
    ] {
        let refused = verify(&["--crl", list]);
        assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{list}: {}", refused.err);
        assert!(refused.err.contains(list) && refused.err.contains(code), "{list}: {}", refused.err);
    }
}

/// A list of `ca` that was due to be followed long ago, with its issuer.
fn stale_list(house: &House) {
    house.put("ca.key", key("ca.key"));
    house.put("index", "");
    house.put("ca.cnf", "[ca]\ndefault_ca = a\n[a]\ndatabase = index\ndefault_md = sha256\n");
    let gencrl = ["ca", "-config", "ca.cnf", "-gencrl", "-cert", "ca.pem", "-keyfile", "ca.key"];
    let dates =
        ["-crl_lastupdate", "20250101000000Z", "-crl_nextupdate", "20250201000000Z", "-out", "stale.crl"];
    openssl(&house.path(""), &[&gencrl[..], &dates].concat());
    house.put("stale.pem", [house.read("ca.pem"), house.read("stale.crl")].concat());
}

#[test]
fn the_proxy_says_what_it_knows_of_revocation() {
    let house = signed_by("bacen");
    house.put("with-issuer.pem", [house.read("ca.pem"), house.read("list.crl")].concat());
    stale_list(&house);
    for (lists, starts, code, level) in [
        ("", true, "revocation-not-checked", Some(Level::Warning)),
        ("crls = [\"with-issuer.pem\"]", true, "revocation-not-checked", None),
        ("crls = [\"stale.pem\"]", true, "revocation-list-stale", Some(Level::Warning)),
        ("crls = [\"list.crl\"]", true, "crl-issuer", Some(Level::Fault)),
        ("crls = [\"signer.pem\"]", true, "crl-syntax", Some(Level::Fault)),
        ("crls = [\"absent.crl\"]", true, "config-unreadable", Some(Level::Fault)),
    ] {
        let (started, findings) = proxy(&house, "signer.pem", lists);
        let found = findings.iter().find(|(_, found)| found == code).map(|(level, _)| *level);
        assert_eq!((started, found), (starts, level), "{lists}: {findings:?}");
    }
    house.put("revoked.pem", [key("revoked.pem"), key("ca.pem"), key("sha256.crl")].concat());
    let (_, findings) = proxy(&house, "revoked.pem", "");
    assert!(codes(&findings).contains(&"config-none-valid"), "{findings:?}");
}

#[test]
fn a_certificate_may_be_believed_about_one_side_alone() {
    let house = House::with_signed_messages();
    // Both were signed by the institution's key: a payment of its own, and a request.
    for (role, valid) in [("", true), ("own=", true), ("bacen=", false)] {
        for message in ["signed.xml", "signed-dict.xml"] {
            let judged = run(&mut house.lacre(["verify", "--trust", &format!("{role}cert.pem"), message]));
            assert_eq!(judged.code == 0, valid, "{role} {message}: {}", judged.out);
            assert!(valid || judged.out.contains("[certificate-unknown]"), "{}", judged.out);
        }
    }
    // An answer of DICT that the institution's own key signed is no answer of BACEN.
    house.put("answer.xml", house.text("dict.xml").replace("CreateEntryRequest", "CreateEntryResponse"));
    let sign = [
        "sign",
        "--profile",
        "dict",
        "--key",
        "key.pem",
        "--cert",
        "cert.pem",
        "answer.xml",
        "-o",
        "forged.xml",
    ];
    assert_eq!(run(&mut house.lacre(sign)).code, 0);
    let both =
        ["verify", "--trust", "bacen=other.pem", "--trust", "own=cert.pem", "forged.xml", "signed.xml"];
    let judged = run(&mut house.lacre(both));
    let lines: Vec<&str> = judged.out.lines().filter(|line| line.contains(".xml")).collect();
    assert!(lines[0].starts_with("indeterminate") && lines[1].starts_with("valid"), "{}", judged.out);
    assert_eq!(run(&mut house.lacre(["verify", "--trust", "cert.pem", "forged.xml"])).code, 0);
}

#[test]
fn that_no_answer_could_be_valid_is_said() {
    let house = House::new();
    for (certificates, code) in [
        (&["rsa1024"][..], "config-none-usable"),
        (&["ca"], "config-no-institution"),
        (&["expired"], "config-none-valid"),
        (&["expired", "ca"], "config-none-valid"),
        (&["bacen", "rsa1024", "ca"], ""),
    ] {
        let all: Vec<u8> = certificates.iter().flat_map(|name| key(&format!("{name}.pem"))).collect();
        house.put("bundle.pem", all);
        let (starts, findings) = proxy(&house, "bundle.pem", "");
        let faults: Vec<&str> = findings
            .iter()
            .filter(|(level, _)| *level > Level::Warning)
            .map(|(_, code)| code.as_str())
            .collect();
        assert_eq!((starts, faults.join(" ").as_str()), (true, code), "{certificates:?}");
        let is_small = codes(&findings).contains(&"certificate-key-small");
        assert_eq!(is_small, certificates.contains(&"rsa1024"), "{certificates:?}");
    }
}

#[test]
fn a_server_certificate_that_tls_cannot_take_is_said_to_be() {
    let house = House::new();
    let make = |extensions: &str, out: &str| {
        let config = "[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=v3\n[dn]\nCN=localhost\n[v3]\nbasicConstraints=CA:FALSE\n";
        house.put("req.cnf", format!("{config}{extensions}"));
        let made =
            ["req", "-x509", "-new", "-key", "key.pem", "-config", "req.cnf", "-days", "400", "-out", out];
        openssl(&house.path(""), &made);
    };
    make("subjectAltName=DNS:localhost\n", "sound.pem");
    make("", "cn-only.pem");
    make("subjectAltName=DNS:localhost\ncertificatePolicies=critical,2.16.76.1.2.1\n", "policies.pem");
    openssl(&house.path(""), &["req", "-new", "-key", "key.pem", "-subj", "/CN=localhost", "-out", "v1.csr"]);
    let sign = ["x509", "-req", "-in", "v1.csr", "-signkey", "key.pem", "-days", "400", "-out", "v1.pem"];
    openssl(&house.path(""), &sign);
    proxy(&house, "cert.pem", "");
    let usual = house.text("proxy.toml");
    for (file, choice, level, code) in [
        ("sound.pem", "", None, "certificate-no-host"),
        ("cn-only.pem", "", Some(Level::Warning), "certificate-no-host"),
        ("cn-only.pem", "mtls_pinned_by_any_name = true", None, "certificate-no-host"),
        ("policies.pem", "", Some(Level::Fault), "tls-critical-extension"),
        ("v1.pem", "mtls_pinned_by_any_name = true", Some(Level::Fault), "tls-certificate-version"),
        ("v1.pem", "", Some(Level::Fault), "tls-certificate-version"),
    ] {
        house.put("proxy.toml", usual.replace("\"pki/ca.pem\"]", &format!("\"{file}\"]\n{choice}")));
        let (setup, findings) = Setup::read(&house.path("proxy.toml"));
        assert!(setup.is_some(), "{file}: {findings:?}");
        let found =
            findings.iter().find(|finding| finding.code() == code).map(lacre_native::finding::Finding::level);
        assert_eq!(found, level, "{file} {choice}");
    }
}

#[test]
fn a_request_says_what_a_ca_would_read_otherwise() {
    let house = House::new();
    for (subject, code) in [
        ("CN=BANCO EXEMPLO T001, O=ICP-Brasil, C=BR", ""),
        ("C=BR, O=ICP-Brasil, CN=BANCO EXEMPLO T001", "[subject-country-first]"),
        ("CN=INSTITUIÇÃO T001, O=ICP-Brasil, C=BR", "[subject-accents]"),
    ] {
        let made = run(&mut house.lacre(["csr", "--key", "key.pem", "--subject", subject]));
        assert_eq!((made.code, made.err.is_empty()), (0, code.is_empty()), "{}", made.err);
        assert!(made.err.contains(code), "{subject}: {}", made.err);
    }
}
