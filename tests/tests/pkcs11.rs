//! Keys in a token, with SoftHSM2 as the HSM.
//!
//! SoftHSM2 finds its tokens by an environment variable that it reads once, so every test runs itself again in a
//! process of its own, with a token made for it.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking, and reads the environment that it set"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::session::UserType;
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use lacre_core::Ispb;
use lacre_native::key::{self, KeyError, KeyReason, Passphrase, Signer};
use lacre_native::proxy::{self, Setup};
use lacre_simulator::pki::{PkiOptions, ThrowawayPki};
use lacre_simulator::samples;
use lacre_simulator::{self, Simulator};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const FOLDER: &str = "LACRE_TEST_TOKEN";
const PIN: &str = "1234-pin";
const DIGEST: [u8; 32] = [42; 32];

/// A token `lacre teste` whose first key, `assinatura` with the id a1, is also in `key.pem`.
struct Token(PathBuf);

/// Runs a test in a process that has a token, given the test's own name.
fn with_token(test: &str, body: impl FnOnce(&Token)) {
    if !lacre_tests::require("softhsm2") || !lacre_tests::require("openssl") {
        return;
    }
    if let Ok(folder) = std::env::var(FOLDER) {
        return body(&Token(folder.into()));
    }
    let folder = TempDir::new().unwrap();
    let conf = folder.path().join("softhsm2.conf");
    let tokens = folder.path().join("tokens");
    fs::create_dir(&tokens).unwrap();
    fs::write(&conf, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display())).unwrap();
    let token = Token(folder.path().to_owned());
    token.tool(
        "softhsm2-util",
        &["--init-token", "--free", "--label", "lacre teste", "--so-pin", "so-pin", "--pin", PIN],
    );
    token.make_key("key", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
    token.import("key", "assinatura", "a1");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder.path())
        .env("SOFTHSM2_CONF", conf)
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
}

impl Token {
    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn tool(&self, program: &str, args: &[&str]) {
        let output = Command::new(program)
            .args(args)
            .current_dir(&self.0)
            .env("SOFTHSM2_CONF", self.path("softhsm2.conf"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn make_key(&self, name: &str, algorithm: &[&str]) {
        let file = format!("{name}.pem");
        self.tool("openssl", &[&["genpkey", "-out", &file], algorithm].concat());
    }

    fn import(&self, name: &str, label: &str, id: &str) {
        let file = format!("{name}.pem");
        self.tool(
            "softhsm2-util",
            &["--import", &file, "--token", "lacre teste", "--label", label, "--id", id, "--pin", PIN],
        );
    }

    fn uri(&self, path: &str, query: &str) -> String {
        let module = lacre_tests::softhsm2_module();
        format!("pkcs11:{path}?module-path={}{query}", module.display())
    }

    fn open(&self, path: &str) -> Result<Arc<dyn Signer>, KeyError> {
        key::open(&self.uri(path, &format!("&pin-value={PIN}")), None)
    }

    fn refusal(&self, path: &str) -> KeyReason {
        self.open(path).unwrap_err().reason()
    }

    /// The same key as a file.
    fn file(&self, name: &str) -> Arc<dyn Signer> {
        key::open(self.path(name).to_str().unwrap(), None).unwrap()
    }

    /// The module as another part of this process would use it.
    fn module(&self) -> (Pkcs11, Slot) {
        let module = Pkcs11::new(lacre_tests::softhsm2_module()).unwrap();
        let _ = module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
        let slot = *module.get_slots_with_initialized_token().unwrap().first().unwrap();
        (module, slot)
    }
}

#[test]
fn signs_what_the_same_key_in_a_file_signs() {
    with_token("signs_what_the_same_key_in_a_file_signs", |token| {
        let file = token.file("key.pem");
        let expected = file.sign_blocking(&DIGEST).unwrap();
        let uris = [
            "token=lacre%20teste;object=assinatura",
            "token=lacre%20teste;id=%a1",
            "object=assinatura;type=private",
            "",
        ];
        for path in uris {
            let key = token.open(path).unwrap();
            assert_eq!(key.sign_blocking(&DIGEST).unwrap(), expected, "{path}");
            assert_eq!(key.public_key(), file.public_key(), "{path}");
        }
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let key = token.open("object=assinatura").unwrap();
        assert_eq!(runtime.block_on(key.sign(DIGEST)).unwrap(), expected);

        fs::write(token.path("digest"), DIGEST).unwrap();
        fs::write(token.path("signature"), expected).unwrap();
        token.tool("openssl", &["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"]);
        let verify =
            "pkeyutl -verify -pubin -inkey public.pem -pkeyopt digest:sha256 -in digest -sigfile signature";
        token.tool("openssl", &verify.split(' ').collect::<Vec<_>>());
    });
}

#[test]
fn takes_the_pin_from_where_it_is_told() {
    with_token("takes_the_pin_from_where_it_is_told", |token| {
        let open = |query: &str, passphrase: Option<&str>| {
            let passphrase = passphrase.map(|text| Passphrase::new(text.to_owned()));
            key::open(&token.uri("object=assinatura", query), passphrase.as_ref()).map(|_| ())
        };
        fs::write(token.path("pin"), format!("{PIN}\n")).unwrap();
        let path = token.path("pin");
        open(&format!("&pin-source=file:{}", path.display()), None).unwrap();
        open(&format!("&pin-source={}", path.display()), Some("not this one")).unwrap();
        open("", Some(PIN)).unwrap();
        assert_eq!(open("", None).unwrap_err().reason(), KeyReason::PinMissing);
        let error = open("&pin-value=0000", None).unwrap_err();
        assert_eq!(error.reason(), KeyReason::PinWrong);
        assert!(!error.to_string().contains("0000"), "{error}");
        assert_eq!(open("&pin-source=/absent", None).unwrap_err().reason(), KeyReason::Unreadable);
    });
}

#[test]
fn says_what_is_missing_or_not_clear() {
    with_token("says_what_is_missing_or_not_clear", |token| {
        assert_eq!(token.refusal("token=outro"), KeyReason::TokenMissing);
        assert_eq!(token.refusal("token=lacre%20teste;serial=00"), KeyReason::TokenMissing);
        assert_eq!(token.refusal("slot-id=999"), KeyReason::TokenMissing);
        assert_eq!(token.refusal("object=outra"), KeyReason::ObjectMissing);
        assert_eq!(token.refusal("object=assinatura;id=%a2"), KeyReason::ObjectMissing);

        token.make_key("second", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
        token.import("second", "segunda", "a2");
        assert_eq!(token.refusal("token=lacre%20teste"), KeyReason::ObjectAmbiguous);
        assert!(token.open("id=%a2").is_ok());

        let no_module = key::open("pkcs11:object=x?module-path=/absent.so", None).unwrap_err();
        assert_eq!(no_module.reason(), KeyReason::Module);
        let conf = token.path("softhsm2.conf");
        let not_a_module = key::open(&format!("pkcs11:?module-path={}", conf.display()), None).unwrap_err();
        assert_eq!(not_a_module.reason(), KeyReason::Module);
        let unnamed = key::open("pkcs11:object=x", None).unwrap_err();
        assert!(unnamed.to_string().contains("LACRE_PKCS11_MODULE"), "{unnamed}");
    });
}

#[test]
fn says_which_of_two_tokens_is_not_clear() {
    with_token("says_which_of_two_tokens_is_not_clear", |token| {
        token.tool(
            "softhsm2-util",
            &["--init-token", "--free", "--label", "outro", "--so-pin", "so-pin", "--pin", PIN],
        );
        assert_eq!(token.refusal("object=assinatura"), KeyReason::TokenAmbiguous);
        assert!(token.open("token=lacre%20teste;object=assinatura").is_ok());
        assert_eq!(token.refusal("token=outro;object=assinatura"), KeyReason::ObjectMissing);
    });
}

#[test]
fn refuses_keys_that_bacen_would_refuse() {
    with_token("refuses_keys_that_bacen_would_refuse", |token| {
        token.make_key("short", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]);
        token.import("short", "curta", "b1");
        token.make_key("ec", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        token.import("ec", "eliptica", "b2");
        assert_eq!(token.refusal("object=curta"), KeyReason::TooSmall);
        assert_eq!(token.refusal("object=eliptica"), KeyReason::NotRsa);
    });
}

#[test]
fn signs_again_after_the_token_was_reset() {
    with_token("signs_again_after_the_token_was_reset", |token| {
        let expected = token.file("key.pem").sign_blocking(&DIGEST).unwrap();
        let key = token.open("object=assinatura").unwrap();
        assert_eq!(key.sign_blocking(&DIGEST).unwrap(), expected);

        // Somebody logs out: the login of a token is the whole process's.
        let (module, slot) = token.module();
        let session = module.open_ro_session(slot).unwrap();
        session.logout().unwrap();
        drop(session);
        assert_eq!(key.sign_blocking(&DIGEST).unwrap(), expected, "after a logout");

        // Somebody shuts the module down and with it every session.
        module.finalize().unwrap();
        assert_eq!(key.sign_blocking(&DIGEST).unwrap(), expected, "after a restart of the module");
        assert_eq!(key.sign_blocking(&DIGEST).unwrap(), expected);
    });
}

#[test]
fn tries_a_pin_that_was_refused_no_second_time() {
    with_token("tries_a_pin_that_was_refused_no_second_time", |token| {
        let key = token.open("object=assinatura").unwrap();
        let (module, slot) = token.module();
        let session = module.open_rw_session(slot).unwrap();
        let pin = |text: &str| AuthPin::new(text.to_owned().into());
        session.set_pin(&pin(PIN), &pin("another-pin")).unwrap();
        session.logout().unwrap();
        assert_eq!(key.sign_blocking(&DIGEST).unwrap_err().reason(), KeyReason::PinWrong);
        // Back to what it was: only a process that would try again could now log in.
        session.login(UserType::User, Some(&pin("another-pin"))).unwrap();
        session.set_pin(&pin("another-pin"), &pin(PIN)).unwrap();
        session.logout().unwrap();
        assert_eq!(key.sign_blocking(&DIGEST).unwrap_err().reason(), KeyReason::PinWrong);
        // Nor by what opens the key anew, as a proxy does that reads its configuration again.
        assert_eq!(token.refusal("object=assinatura"), KeyReason::PinWrong);
        // Another PIN has its own chance.
        let session = module.open_rw_session(slot).unwrap();
        session.login(UserType::User, Some(&pin(PIN))).unwrap();
        session.set_pin(&pin(PIN), &pin("third-pin")).unwrap();
        session.logout().unwrap();
        let uri = token.uri("object=assinatura", "&pin-value=third-pin");
        assert!(key::open(&uri, None).is_ok());
    });
}

#[test]
fn many_sign_at_once() {
    with_token("many_sign_at_once", |token| {
        let expected = token.file("key.pem").sign_blocking(&DIGEST).unwrap();
        let key = token.open("object=assinatura").unwrap();
        thread::scope(|scope| {
            for _ in 0..24 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        assert_eq!(key.sign_blocking(&DIGEST).unwrap(), expected);
                    }
                });
            }
        });
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let signing: Vec<_> = (0..64_u8)
                .map(|n| {
                    let key = Arc::clone(&key);
                    tokio::spawn(async move { key.sign([n; 32]).await })
                })
                .collect();
            let file = token.file("key.pem");
            for (n, signing) in (0..64_u8).zip(signing) {
                assert_eq!(signing.await.unwrap().unwrap(), file.sign_blocking(&[n; 32]).unwrap());
            }
        });
    });
}

#[test]
fn the_command_makes_a_request_for_a_key_in_a_token() {
    with_token("the_command_makes_a_request_for_a_key_in_a_token", |token| {
        fs::write(token.path("pin"), PIN).unwrap();
        let uri = format!("pkcs11:object=assinatura?pin-source={}", token.path("pin").display());
        let output = Command::new(lacre_tests::lacre())
            .args(["csr", "--key", &uri, "--ispb", "12345678", "-o", "request.pem"])
            .args(["--subject", "CN=BANCO EXEMPLO SA T001, OU=SISBACEN-12345, O=ICP-Brasil, C=BR"])
            .env("LACRE_PKCS11_MODULE", lacre_tests::softhsm2_module())
            .current_dir(Path::new(&token.0))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        token.tool("openssl", &["req", "-in", "request.pem", "-verify", "-noout"]);
        token.tool("openssl", &["req", "-in", "request.pem", "-pubkey", "-noout", "-out", "requested.pem"]);
        token.tool("openssl", &["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"]);
        assert_eq!(
            fs::read(token.path("requested.pem")).unwrap(),
            fs::read(token.path("public.pem")).unwrap()
        );
    });
}

#[test]
fn a_proxy_pays_with_a_key_in_a_token_that_is_reset_meanwhile() {
    with_token("a_proxy_pays_with_a_key_in_a_token_that_is_reset_meanwhile", |token| {
        let pki = ThrowawayPki::create(&token.path("pki"), &PkiOptions::default()).unwrap();
        fs::copy(&pki.psp_signature.key_path, token.path("certpia.pem")).unwrap();
        token.import("certpia", "certpia", "c1");
        // From here on the key is in the token only.
        fs::remove_file(&pki.psp_signature.key_path).unwrap();
        fs::remove_file(token.path("certpia.pem")).unwrap();
        fs::write(token.path("pin"), PIN).unwrap();

        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let simulator = lacre_simulator::setup::of_pki(&token.path("pki")).unwrap().on_free_ports();
            let simulator = Simulator::start(simulator).await.unwrap();
            let uri =
                token.uri("object=certpia", &format!("&pin-source=file:{}", token.path("pin").display()));
            let config = token.path("proxy.toml");
            fs::write(&config, configuration(&uri, simulator.spi_addr().port())).unwrap();
            let (setup, findings) = Setup::read(&config);
            let setup = setup.unwrap_or_else(|| panic!("{findings:?}"));
            let listeners = proxy::bind(&setup).await.unwrap();
            let address = listeners.first().unwrap().local_addr().unwrap();
            let (stop, stopped) = tokio::sync::watch::channel(false);
            let proxy = tokio::spawn(proxy::run(setup, listeners, config, stopped));

            pay(address).await;
            let (module, slot) = token.module();
            module.open_ro_session(slot).unwrap().logout().unwrap();
            pay(address).await;
            module.finalize().unwrap();
            pay(address).await;

            stop.send(true).unwrap();
            proxy.await.unwrap().unwrap();
            simulator.shutdown().await;
        });
    });
}

fn configuration(key: &str, spi: u16) -> String {
    format!(
        r#"
        [spi]
        listen = "127.0.0.1:0"
        endpoint = "localhost:{spi}"
        [signature]
        key = "{key}"
        certificate = "pki/psp-signature.pem"
        [mtls]
        key = "pki/psp-channel.key"
        certificate = "pki/psp-channel.pem"
        [bacen]
        signature_certificates = ["pki/bacen-signature.pem"]
        mtls_certificates = ["pki/ca.pem"]
        [audit]
        folder = "audit"
        "#
    )
}

/// Hands the proxy one payment, as a bank's service does: not signed, without TLS.
async fn pay(proxy: core::net::SocketAddr) {
    let payer = Ispb::new("12345678").unwrap();
    let xml = samples::pacs_008(&payer, lacre_native::clock::unix_ms()).xml;
    let request = format!(
        "POST /api/v1/in/12345678/msgs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/xml; charset=utf-8\r\nContent-Length: {}\r\n\r\n{xml}",
        xml.len()
    );
    let mut connection = tokio::net::TcpStream::connect(proxy).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
}
