//! Distinguished names against the JDK, whose way of writing them BACEN uses, and OpenSSL.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Command;

use lacre_core::rsa::{RsaBackend, RustCrypto};
use lacre_core::{Certificate, IssuerSerial, Trust};
use lacre_tests::random::Random;
use lacre_tests::{require, root};

const NAMES: [&str; 9] =
    ["bacen", "psp", "serial20", "forever", "odd-same-serial", "odd", "multi", "bmp", "teletex"];

fn file(name: &str, extension: &str) -> PathBuf {
    root().join("tests/keys").join(name).with_extension(extension)
}

fn read(name: &str, backend: &dyn RsaBackend) -> Certificate {
    let bytes = std::fs::read(file(name, "pem")).unwrap();
    Certificate::from_pem_or_der(&bytes, backend).unwrap().remove(0)
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn points_at(text: &str, certificate: &Certificate) -> bool {
    IssuerSerial::parse(text, &certificate.serial()).is_ok_and(|read| read.matches(certificate))
}

#[test]
fn the_jdk_reads_our_names_and_we_read_its() {
    if !require("java") {
        return;
    }
    let certificates = NAMES.map(|name| read(name, &RustCrypto));
    let mut java = Command::new("java");
    java.args(["-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-Dsun.jnu.encoding=UTF-8"])
        .env("LC_ALL", "C.UTF-8");
    java.arg(root().join("tests/interop/Names.java"));
    for (name, certificate) in NAMES.iter().zip(&certificates) {
        java.arg(file(name, "pem")).arg(certificate.issuer());
    }
    let lines = output(&mut java);
    assert_eq!(lines.lines().count(), NAMES.len());
    for ((name, certificate), line) in NAMES.iter().zip(&certificates).zip(lines.lines()) {
        let mut fields = line.split('\t');
        // The JDK compares these two string types by their octets, and so does not read back what it writes itself.
        let own_types = !matches!(*name, "bmp" | "teletex");
        assert_eq!(
            fields.next(),
            Some(if own_types { "true" } else { "false" }),
            "{name}: {}",
            certificate.issuer()
        );
        let forms: Vec<_> = fields.collect();
        if *name != "multi" {
            assert_eq!(forms.first(), Some(&certificate.issuer().as_str()), "{name}");
        }
        // Nor are they text in its RFC forms, but octets.
        for form in forms.into_iter().take(if own_types { 3 } else { 1 }) {
            assert!(points_at(form, certificate), "{name}: {form}");
        }
    }
}

#[test]
fn we_read_the_names_that_openssl_writes() {
    if !require("openssl") {
        return;
    }
    for name in NAMES {
        for style in [
            "RFC2253",
            "RFC2253,-esc_msb",
            "RFC2253,sep_comma_plus_space,dn_rev,-dn_rev",
            "RFC2253,-dn_rev",
            "RFC2253,lname",
            "RFC2253,oid",
            "RFC2253,dump_all",
            "RFC2253,space_eq",
        ] {
            let mut openssl = Command::new("openssl");
            openssl.args(["x509", "-noout", "-issuer", "-nameopt", style, "-in"]).arg(file(name, "pem"));
            let line = output(&mut openssl);
            let text = line.trim_end_matches('\n').strip_prefix("issuer=").unwrap();
            assert!(points_at(text, &read(name, &RustCrypto)), "{name}, {style}: {text}");
        }
    }
}

#[test]
fn both_backends_check_revocation_lists_of_every_hash() {
    let backends: [&dyn RsaBackend; 2] = [&RustCrypto, &lacre_native::rsa::AwsLc];
    for backend in backends {
        for (list, entries) in [("sha256", 2), ("sha512", 2), ("empty", 0)] {
            let mut trust = Trust::new();
            let crl = std::fs::read(file(list, "crl")).unwrap();
            assert_eq!(trust.add_crl(&crl, &read("ca", backend)), Ok(entries), "{backend:?}, {list}");
        }
    }
}

/// RDNs of a type and a value each.
type Name = Vec<(&'static str, String)>;

const TYPES: [&str; 4] = ["CN", "OU", "O", "DC"];

fn random_name(random: &mut Random) -> Name {
    let value = |random: &mut Random| -> String {
        (0..random.below(4))
            .map(|_| {
                random.word(&["a", "B", " ", ",", "+", "\"", "\\", ";", "#", "=", "<", "é", "\n", "OU=a"])
            })
            .collect()
    };
    (0..=random.below(3)).map(|_| (random.word(&TYPES), value(random))).collect()
}

/// One of the ways in which a value may be written.
fn spelt(random: &mut Random, value: &str) -> String {
    match random.below(4) {
        0 => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
        1 => value.bytes().map(|byte| format!("\\{byte:02x}")).collect(),
        2 => format!(
            "#0C{:02X}{}",
            value.len(),
            value.bytes().map(|byte| format!("{byte:02X}")).collect::<String>()
        ),
        _ => {
            let escape = |c: char| if ",+\"\\;#=<".contains(c) { format!("\\{c}") } else { c.to_string() };
            value.chars().map(escape).collect()
        }
    }
}

fn written(random: &mut Random, name: &Name) -> String {
    let rdns: Vec<String> = name
        .iter()
        .map(|(kind, value)| {
            let kind = if random.once_in(2) { kind.to_lowercase() } else { (*kind).to_string() };
            format!("{kind}{}{}", random.word(&["=", " = ", "\n=\t"]), spelt(random, value))
        })
        .collect();
    rdns.join(random.word(&[",", ", ", " ; ", "\n,"]))
}

fn folded(name: &Name) -> Name {
    let fold = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    name.iter().map(|(kind, value)| (*kind, fold(value))).collect()
}

#[test]
fn two_names_are_equal_in_every_spelling_or_in_none() {
    let mut random = Random::new(2253);
    let mut equal = 0;
    for _ in 0..20_000 {
        let one = random_name(&mut random);
        let mut other = if random.once_in(2) { one.clone() } else { random_name(&mut random) };
        for (_, value) in &mut other {
            let (from, to) =
                *random.pick(&[("a", "A"), (" ", "\n  "), ("é", "É"), (",", "+"), ("B", "b"), ("=", "")]);
            *value = value.replace(from, to);
        }
        let texts = [written(&mut random, &one), written(&mut random, &one), written(&mut random, &other)];
        let [first, second, third] = texts.each_ref().map(|text| IssuerSerial::parse(text, "1").unwrap());
        assert!(first == second, "{texts:?}");
        assert_eq!(first == third, folded(&one) == folded(&other), "{texts:?}");
        equal += usize::from(first == third);
    }
    assert!(equal > 1000, "only {equal} pairs were equal");
}
