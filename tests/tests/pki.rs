//! The throwaway PKI and certificate requests, read by OpenSSL and used over TLS.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use lacre_core::{Certificate, Ispb};
use lacre_native::key;
use lacre_native::rsa::AwsLc;
use lacre_native::tls::{Identity, PeerTrust};
use lacre_simulator::pki::{PkiError, PkiOptions, ThrowawayPki};
use tempfile::TempDir;

fn run(folder: &Path, program: &str, args: &[&str]) -> Output {
    Command::new(program).args(args).current_dir(folder).env("LC_ALL", "C").output().unwrap()
}

/// Runs OpenSSL, which must succeed, and gives what it says.
fn openssl(folder: &Path, line: &str) -> String {
    let output = run(folder, "openssl", &line.split(' ').collect::<Vec<_>>());
    assert!(output.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn csr(folder: &Path, args: &[&str]) -> Output {
    run(folder, lacre_tests::lacre().to_str().unwrap(), &[&["csr"], args].concat())
}

fn certificate(pem: &str) -> Certificate {
    Certificate::from_pem_or_der(pem.as_bytes(), &AwsLc).unwrap().remove(0)
}

#[test]
fn openssl_finds_every_certificate_fit_for_its_purpose() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let folder = TempDir::new().unwrap();
    ThrowawayPki::create(folder.path(), &PkiOptions::default()).unwrap();
    for (name, purpose) in [
        ("bacen-signature", "smimesign"),
        ("psp-signature", "smimesign"),
        ("bacen-channel", "sslserver"),
        ("psp-channel", "sslclient"),
    ] {
        openssl(folder.path(), &format!("verify -x509_strict -CAfile ca.pem -purpose {purpose} {name}.pem"));
        let of_key = openssl(folder.path(), &format!("pkey -in {name}.key -pubout"));
        assert_eq!(openssl(folder.path(), &format!("x509 -in {name}.pem -noout -pubkey")), of_key, "{name}");
    }
    openssl(folder.path(), "verify -CAfile ca.pem -verify_hostname icom.pi.rsfn.net.br bacen-channel.pem");
    openssl(folder.path(), "verify -CAfile ca.pem -verify_ip ::1 bacen-channel.pem");
}

#[test]
fn certificates_are_laid_out_as_those_of_the_spb() {
    let folder = TempDir::new().unwrap();
    let mut options = PkiOptions::default();
    options.ispb = "1234567A".to_owned();
    options.days = 2;
    let pki = ThrowawayPki::create(&folder.path().join("new/folder"), &options).unwrap();
    let psp = certificate(&pki.psp_signature.certificate_pem);
    assert_eq!(psp.ispb(), Ispb::new("1234567A"));
    assert!(
        psp.issuer().starts_with("CN=Autoridade Certificadora de Teste do lacre, OU="),
        "{}",
        psp.issuer()
    );
    assert!(psp.issuer().ends_with(", C=BR"), "{}", psp.issuer());
    assert_ne!(psp.issuer(), psp.subject());
    assert_eq!(psp.not_after_unix_s() - psp.not_before_unix_s(), 2 * 86_400);
    assert_eq!(certificate(&pki.bacen_signature.certificate_pem).ispb(), Ispb::new("00038166"));
    let key = key::open(pki.psp_signature.key_path.to_str().unwrap(), None).unwrap();
    assert!(key::same_public_key(key.public_key(), psp.spki_der()));

    for pair in [&pki.bacen_channel, &pki.psp_channel] {
        Identity::from_pem(pair.certificate_pem.as_bytes(), pair.key_pem.as_bytes()).unwrap();
    }
    assert_eq!(PeerTrust::from_pem(pki.ca.certificate_pem.as_bytes()).unwrap().counts(), (1, 0));
    assert!(!format!("{pki:?}").contains("PRIVATE"));
}

#[cfg(unix)]
#[test]
fn keys_are_their_owners_only_and_nothing_is_overwritten() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("pki");
    let pki = ThrowawayPki::create(&dir, &PkiOptions::default()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for pair in [&pki.ca, &pki.bacen_signature, &pki.bacen_channel, &pki.psp_signature, &pki.psp_channel] {
        assert_eq!(mode(&pair.key_path), 0o600);
        assert_eq!(fs::read_to_string(&pair.key_path).unwrap(), *pair.key_pem);
    }

    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("psp-channel.key"), "mine").unwrap();
    let error = ThrowawayPki::create(&other, &PkiOptions::default()).unwrap_err();
    assert!(matches!(&error, PkiError::File(path, _) if path.ends_with("psp-channel.key")), "{error}");
    assert_eq!(fs::read_dir(&other).unwrap().count(), 1, "all or nothing");

    let mut options = PkiOptions::default();
    options.ispb = "12 45678".to_owned();
    assert!(matches!(ThrowawayPki::create(&other, &options), Err(PkiError::Ispb(_))));
}

#[test]
fn a_request_is_what_openssl_verifies_and_shows() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    openssl(folder, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem");
    let subject = r"CN=BANCO EXEMPLO\, S.A. T001, OU=SISBACEN-12345, O=ICP-Brasil, L=São Paulo, ST=SP, C=BR";
    let output = csr(folder, &["--key", "key.pem", "--subject", subject, "--ispb", "12345678"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::write(folder.join("request.pem"), output.stdout).unwrap();
    openssl(folder, "req -in request.pem -verify -noout");
    let shown = openssl(folder, "req -in request.pem -noout -subject -nameopt utf8,sep_comma_plus,esc_2253");
    assert_eq!(
        shown.trim(),
        r"subject=C=BR,ST=SP,L=São Paulo,O=ICP-Brasil,OU=SISBACEN-12345,OU=ISPB-12345678,CN=BANCO EXEMPLO\, S.A. T001"
    );
    let of_key = openssl(folder, "pkey -in key.pem -pubout");
    assert_eq!(openssl(folder, "req -in request.pem -noout -pubkey"), of_key);

    // A key that needs a passphrase, from the environment; the result in a file.
    openssl(folder, "pkcs8 -topk8 -in key.pem -passout pass:segredo -out locked.pem");
    let output = Command::new(lacre_tests::lacre())
        .args(["csr", "--key", "locked.pem", "--subject", "CN=A", "-o", "locked.csr"])
        .env("LACRE_PASSPHRASE", "segredo")
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success() && output.stdout.is_empty());
    openssl(folder, "req -in locked.csr -verify -noout");
}

#[test]
fn a_request_that_cannot_be_made_says_why_and_exits_2() {
    let folder = TempDir::new().unwrap();
    let pki = ThrowawayPki::create(folder.path(), &PkiOptions::default()).unwrap();
    let key = pki.psp_signature.key_path.to_str().unwrap().to_owned();
    for (args, words) in [
        (vec!["--key", key.as_str(), "--subject", "BANCO"], "RFC 4514"),
        (vec!["--key", key.as_str(), "--subject", "OU=A,C=BR"], "no CN"),
        (
            vec!["--key", key.as_str(), "--subject", "CN=A,OU=ISPB-87654321", "--ispb", "12345678"],
            "another ISPB",
        ),
        (vec!["--key", key.as_str(), "--subject", "CN=A", "--ispb", "123"], "8 digits"),
        (vec!["--key", "absent.key", "--subject", "CN=A"], "absent.key"),
        (vec!["--key", "ca.pem", "--subject", "CN=A"], "no private key"),
        (vec!["--key", "awskms:pix", "--subject", "CN=A"], "`alias/`"),
        (vec!["--key", "pkcs11:object=x?module-path=/absent.so", "--subject", "CN=A"], "module"),
    ] {
        let output = csr(folder.path(), &args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(words) && said.contains("help:"), "{args:?}: {said}");
        assert!(output.stdout.is_empty());
    }
}
