//! Key files as OpenSSL writes them: every form of one key makes the same signature, every broken one is explained.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use lacre_native::key::{self, KeyError, KeyReason, Passphrase};
use tempfile::TempDir;

const SECRET: &str = "uma senha, com espaço";
/// A passphrase with characters that UTF-16 writes as pairs.
const BEYOND: &str = "chave🔑de𝕃acre";
const DIGEST: [u8; 32] = [7; 32];

/// One RSA key and its certificate in every form that OpenSSL has for them.
static FORMS: LazyLock<Forms> = LazyLock::new(Forms::make);

struct Forms(TempDir);

impl Forms {
    fn make() -> Self {
        let forms = Self(TempDir::new().unwrap());
        fs::write(forms.path("secret"), format!("{SECRET}\nnot this line\n")).unwrap();
        fs::write(forms.path("beyond"), BEYOND).unwrap();
        for line in [
            "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out pkcs8.pem",
            "pkey -in pkcs8.pem -pubout -out public.pem",
            "req -x509 -key pkcs8.pem -subj /CN=test -out cert.pem",
            "rsa -in pkcs8.pem -traditional -out pkcs1.pem",
            "pkcs8 -topk8 -nocrypt -in pkcs8.pem -outform DER -out pkcs8.der",
            "rsa -in pkcs8.pem -traditional -outform DER -out pkcs1.der",
            "pkcs8 -topk8 -in pkcs8.pem -v2 aes-256-cbc -passout file:secret -out aes.pem",
            "pkcs8 -topk8 -in pkcs8.pem -v2 aes-128-cbc -v2prf hmacWithSHA1 -passout file:secret -out aes-sha1.pem",
            "pkcs8 -topk8 -in pkcs8.pem -v2 des3 -passout file:secret -out des3.pem",
            "pkcs8 -topk8 -in pkcs8.pem -scrypt -passout file:secret -out scrypt.pem",
            "pkcs8 -topk8 -in pkcs8.pem -v2 aes-256-cbc -outform DER -passout file:secret -out aes.der",
            "pkcs12 -export -inkey pkcs8.pem -in cert.pem -name sign -passout file:secret -out modern.p12",
            "pkcs12 -export -legacy -inkey pkcs8.pem -in cert.pem -passout file:secret -out legacy.p12",
            "pkcs12 -export -legacy -descert -inkey pkcs8.pem -in cert.pem -passout file:secret -out des3.p12",
            "pkcs12 -export -inkey pkcs8.pem -nocerts -passout file:secret -out key-only.p12",
            "pkcs12 -export -inkey pkcs8.pem -in cert.pem -passout pass: -out empty-passphrase.p12",
            "pkcs12 -in modern.p12 -nodes -passin file:secret -out bag.pem",
            "pkcs8 -topk8 -in pkcs8.pem -v1 PBE-SHA1-RC2-40 -provider legacy -provider default -passout file:secret -out rc2.pem",
            "pkcs8 -topk8 -in pkcs8.pem -v1 PBE-SHA1-3DES -passout file:secret -out pbe-3des.pem",
            "pkcs8 -topk8 -in pkcs8.pem -v1 PBE-SHA1-2DES -outform DER -passout file:secret -out pbe-2des.der",
            "pkcs8 -topk8 -in pkcs8.pem -v1 PBE-SHA1-RC2-128 -provider legacy -provider default -passout file:secret -out rc2-128.pem",
            "pkcs8 -topk8 -in pkcs8.pem -v1 PBE-MD5-DES -provider legacy -provider default -passout file:secret -out md5-des.pem",
            "pkcs12 -export -keypbe rc2-cbc -certpbe rc2-40-cbc -provider legacy -provider default -inkey pkcs8.pem -in cert.pem -passout file:secret -out pbes2-rc2.p12",
            "pkcs12 -export -keypbe rc2-64-cbc -certpbe NONE -provider legacy -provider default -inkey pkcs8.pem -in cert.pem -passout file:secret -out pbes2-rc2-64.p12",
            "pkcs12 -export -keypbe PBE-SHA1-2DES -certpbe PBE-SHA1-3DES -macalg sha512 -inkey pkcs8.pem -in cert.pem -passout file:secret -out two-keys.p12",
            "pkcs12 -export -keypbe NONE -certpbe NONE -inkey pkcs8.pem -in cert.pem -passout file:secret -out clear.p12",
            "pkcs12 -export -nomac -inkey pkcs8.pem -in cert.pem -passout file:secret -out no-mac.p12",
            "pkcs12 -export -legacy -inkey pkcs8.pem -in cert.pem -passout file:beyond -out beyond.p12",
            "pkcs12 -export -keypbe aria-256-cbc -certpbe NONE -inkey pkcs8.pem -in cert.pem -passout file:secret -out aria.p12",
            "rsa -in pkcs8.pem -traditional -aes256 -passout file:secret -out traditional.pem",
            "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out short.pem",
            "rsa -in short.pem -traditional -out short-pkcs1.pem",
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem",
            "ec -in ec.pem -out ec-sec1.pem",
            "genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out pss.pem",
            "genpkey -algorithm ED25519 -out ed25519.pem",
        ] {
            forms.openssl(line);
        }
        let key = fs::read(forms.path("pkcs8.pem")).unwrap();
        fs::write(forms.path("two.pem"), [key.as_slice(), b"\n", &key].concat()).unwrap();
        let crlf = String::from_utf8(key.clone()).unwrap().replace('\n', "\r\n");
        fs::write(forms.path("crlf.pem"), format!("a comment\r\n{crlf}")).unwrap();
        let certificate = fs::read(forms.path("cert.pem")).unwrap();
        fs::write(forms.path("cert-and-key.pem"), [certificate.as_slice(), &key].concat()).unwrap();
        forms
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Arguments hold no blanks here, so that a line can be read as it would be typed.
    fn openssl(&self, line: &str) {
        let output =
            Command::new("openssl").args(line.split(' ')).current_dir(self.0.path()).output().unwrap();
        assert!(output.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

fn passphrase() -> Passphrase {
    Passphrase::from_file(&FORMS.path("secret")).unwrap()
}

fn sign(path: &Path, passphrase: Option<&Passphrase>) -> Result<Vec<u8>, KeyError> {
    key::open(path.to_str().unwrap(), passphrase)?.sign_blocking(&DIGEST)
}

fn refusal(name: &str, passphrase: Option<&Passphrase>) -> KeyError {
    match sign(&FORMS.path(name), passphrase) {
        Err(error) => error,
        Ok(_) => panic!("{name} was accepted"),
    }
}

#[test]
fn every_form_of_a_key_makes_the_signature_that_openssl_verifies() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let plain =
        ["pkcs8.pem", "pkcs1.pem", "pkcs8.der", "pkcs1.der", "bag.pem", "crlf.pem", "cert-and-key.pem"];
    let encrypted = [
        "aes.pem",
        "aes-sha1.pem",
        "des3.pem",
        "scrypt.pem",
        "aes.der",
        "modern.p12",
        "legacy.p12",
        "des3.p12",
        "key-only.p12",
        "rc2.pem",
        "rc2-128.pem",
        "pbe-3des.pem",
        "pbe-2des.der",
        "pbes2-rc2.p12",
        "pbes2-rc2-64.p12",
        "two-keys.p12",
        "clear.p12",
        "no-mac.p12",
    ];
    let expected = sign(&FORMS.path("pkcs8.pem"), None).unwrap();
    for name in plain {
        assert_eq!(sign(&FORMS.path(name), None).unwrap(), expected, "{name}");
        // A passphrase that is not needed does not harm: LACRE_PASSPHRASE may be meant for another key.
        assert_eq!(sign(&FORMS.path(name), Some(&passphrase())).unwrap(), expected, "{name}");
    }
    for name in encrypted {
        assert_eq!(sign(&FORMS.path(name), Some(&passphrase())).unwrap(), expected, "{name}");
    }
    assert_eq!(sign(&FORMS.path("empty-passphrase.p12"), None).unwrap(), expected);

    fs::write(FORMS.path("digest"), DIGEST).unwrap();
    fs::write(FORMS.path("signature"), expected).unwrap();
    FORMS.openssl(
        "pkeyutl -verify -pubin -inkey public.pem -pkeyopt digest:sha256 -in digest -sigfile signature",
    );
}

#[test]
fn tells_the_public_key_that_the_certificate_carries() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let key = key::open(FORMS.path("pkcs1.pem").to_str().unwrap(), None).unwrap();
    FORMS.openssl("pkey -pubin -in public.pem -outform DER -out public.der");
    let public = fs::read(FORMS.path("public.der")).unwrap();
    assert_eq!(key.public_key(), public);
    assert!(key::same_public_key(key.public_key(), &public));
    FORMS.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out other.pem");
    FORMS.openssl("pkey -in other.pem -pubout -outform DER -out other.der");
    assert!(!key::same_public_key(key.public_key(), &fs::read(FORMS.path("other.der")).unwrap()));
    assert!(!key::same_public_key(&[], &[]));
}

#[test]
fn explains_a_passphrase_that_is_missing_or_wrong() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let wrong = Passphrase::new("wrong".to_owned());
    for name in ["aes.pem", "scrypt.pem", "des3.pem", "aes.der", "modern.p12", "legacy.p12", "key-only.p12"] {
        assert_eq!(refusal(name, None).reason(), KeyReason::PassphraseMissing, "{name}");
        assert_eq!(refusal(name, Some(&wrong)).reason(), KeyReason::PassphraseWrong, "{name}");
    }
    assert_eq!(refusal("empty-passphrase.p12", Some(&wrong)).reason(), KeyReason::PassphraseWrong);
}

#[test]
fn a_passphrase_file_may_come_from_windows() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let file = FORMS.path("windows");
    fs::write(&file, format!("{SECRET}\r\n")).unwrap();
    let passphrase = Passphrase::from_file(&file).unwrap();
    assert!(sign(&FORMS.path("aes.pem"), Some(&passphrase)).is_ok());
}

#[test]
fn explains_encryption_that_it_does_not_read() {
    if !lacre_tests::require("openssl") {
        return;
    }
    for name in ["traditional.pem", "md5-des.pem", "aria.p12"] {
        let error = refusal(name, Some(&passphrase()));
        assert_eq!(error.reason(), KeyReason::EncryptionUnsupported, "{name}");
        assert!(error.help().contains("openssl pkcs8 -topk8"), "{}", error.help());
        assert!(error.help().contains("openssl pkcs12 -legacy"), "{}", error.help());
    }
}

#[test]
fn a_passphrase_may_have_any_character() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let beyond = Passphrase::new(BEYOND.to_owned());
    assert!(sign(&FORMS.path("beyond.p12"), Some(&beyond)).is_ok());
    assert_eq!(refusal("beyond.p12", Some(&passphrase())).reason(), KeyReason::PassphraseWrong);
}

/// BER with an indefinite length around everything and OCTET STRINGs in pieces, as streaming writers make it.
fn streamed(der: &[u8]) -> Vec<u8> {
    let (tag, rest) = der.split_first().unwrap();
    let (length, rest) = match rest {
        [short @ 0..0x80, rest @ ..] => (usize::from(*short), rest),
        [long, rest @ ..] => {
            let (bytes, rest) = rest.split_at(usize::from(long & 0x7f));
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        [] => panic!("no length"),
    };
    let (content, behind) = rest.split_at(length);
    let mut ber = match tag {
        0x04 if content.len() > 8 => {
            let pieces = content.chunks(100).flat_map(|piece| {
                let length = u8::try_from(piece.len()).unwrap();
                [&[4, length], piece].concat()
            });
            [&[0x24, 0x80][..], &pieces.collect::<Vec<_>>(), &[0, 0]].concat()
        }
        tag if tag & 0x20 != 0 => [&[*tag, 0x80][..], &streamed_all(content), &[0, 0]].concat(),
        _ => der.get(..der.len() - behind.len()).unwrap().to_vec(),
    };
    ber.extend(streamed_all(behind));
    ber
}

fn streamed_all(der: &[u8]) -> Vec<u8> {
    if der.is_empty() { Vec::new() } else { streamed(der) }
}

#[test]
fn pkcs12_may_be_ber_and_in_base64() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let expected = sign(&FORMS.path("pkcs8.pem"), None).unwrap();
    for name in ["modern.p12", "legacy.p12", "pbes2-rc2.p12"] {
        let der = fs::read(FORMS.path(name)).unwrap();
        fs::write(FORMS.path("ber.p12"), streamed(&der)).unwrap();
        assert_eq!(sign(&FORMS.path("ber.p12"), Some(&passphrase())).unwrap(), expected, "{name}");
        FORMS.openssl(&format!("base64 -in {name} -out wrapped.p12"));
        assert_eq!(sign(&FORMS.path("wrapped.p12"), Some(&passphrase())).unwrap(), expected, "{name}");
        let wrong = Passphrase::new("wrong".to_owned());
        assert_eq!(refusal("ber.p12", Some(&wrong)).reason(), KeyReason::PassphraseWrong, "{name}");
    }
}

#[test]
fn refuses_keys_that_bacen_would_refuse() {
    if !lacre_tests::require("openssl") {
        return;
    }
    for name in ["short.pem", "short-pkcs1.pem"] {
        let error = refusal(name, None);
        assert_eq!(error.reason(), KeyReason::TooSmall, "{name}");
        assert!(error.to_string().contains("1024 bits"), "{error}");
    }
    for name in ["ec.pem", "ec-sec1.pem", "pss.pem", "ed25519.pem"] {
        assert_eq!(refusal(name, None).reason(), KeyReason::NotRsa, "{name}");
    }
}

#[test]
fn never_guesses_which_key_was_meant() {
    if !lacre_tests::require("openssl") {
        return;
    }
    assert_eq!(refusal("two.pem", None).reason(), KeyReason::SeveralKeys);
    assert_eq!(refusal("cert.pem", None).reason(), KeyReason::NoKey);
    assert_eq!(refusal("public.pem", None).reason(), KeyReason::NoKey);
    assert_eq!(refusal("absent.pem", None).reason(), KeyReason::Unreadable);
    assert_eq!(refusal(".", None).reason(), KeyReason::Unreadable);
    assert_eq!(key::open("awskms:pix", None).unwrap_err().reason(), KeyReason::KmsUri);
    assert_eq!(key::open("pkcs11:nonsense", None).unwrap_err().reason(), KeyReason::Uri);
}

#[test]
fn broken_files_are_errors_with_their_path() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let garbage = FORMS.path("garbage");
    for name in ["pkcs8.pem", "pkcs1.der", "pkcs8.der", "aes.pem", "aes.der", "modern.p12", "legacy.p12"] {
        let whole = fs::read(FORMS.path(name)).unwrap();
        let cuts = (0..whole.len()).step_by(301).map(|at| whole.get(..at).unwrap().to_vec());
        let flips = (0..whole.len().min(120)).step_by(11).map(|at| {
            let mut bytes = whole.clone();
            *bytes.get_mut(at).unwrap() ^= 0x11;
            bytes
        });
        for bytes in cuts.chain(flips) {
            fs::write(&garbage, &bytes).unwrap();
            // What matters is that it comes back: some flips leave a key that is still the same.
            if let Err(error) = sign(&garbage, Some(&passphrase())) {
                assert!(error.to_string().contains("garbage"), "{error}");
                assert!(!error.to_string().contains(SECRET), "{error}");
            }
        }
    }
    fs::write(&garbage, vec![0x30; 2 << 20]).unwrap();
    assert_eq!(sign(&garbage, None).unwrap_err().reason(), KeyReason::Unreadable);
}

#[test]
fn shows_no_secret() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let shown = format!("{:?}", passphrase());
    assert!(!shown.contains("senha"), "{shown}");
    let key = key::open(FORMS.path("pkcs1.der").to_str().unwrap(), None).unwrap();
    let shown = format!("{key:?}");
    assert!(shown.len() < 200 && shown.contains("pkcs1.der"), "{shown}");
}

#[test]
fn every_reason_has_its_words() {
    for reason in KeyReason::ALL {
        for language in [lacre_core::Language::En, lacre_core::Language::PtBr] {
            let (message, help) = (reason.message(language), reason.help(language));
            assert!(!message.ends_with('.') && !help.ends_with('.'), "{reason:?}");
            assert!(message.len() > 10 && help.len() > 10, "{reason:?}");
        }
    }
}
