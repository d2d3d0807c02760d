//! A folder with a PKI, a configuration, and the secrets to look for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lacre_tests::live;
use tempfile::TempDir;

use crate::hunt::Hunter;

pub(crate) const PASSPHRASE: &str = "senha-que-ninguem-le";
pub(crate) const PIN: &str = "4711-pin-que-ninguem-le";

/// What every key has in common: its version and its algorithm.
const COMMON_HEAD: usize = 40;

/// The key that all forms are made of, in PEM.
pub(crate) fn signing_key() -> String {
    fs::read_to_string(live::pki().join("psp-signature.key")).unwrap()
}

/// A folder of a test's own.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file that only its owner can read.
    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path
    }

    /// The key behind [`PASSPHRASE`].
    pub(crate) fn locked_key(&self) -> PathBuf {
        let locked = self.path("locked.key");
        let mut openssl = Command::new("openssl");
        openssl.args(["pkcs8", "-topk8", "-passout", &format!("pass:{PASSPHRASE}"), "-in"]);
        openssl.arg(live::pki().join("psp-signature.key")).arg("-out").arg(&locked);
        assert!(openssl.output().unwrap().status.success());
        locked
    }

    /// Writes a configuration whose keys and certificates are these values as TOML writes them.
    pub(crate) fn configure(&self, values: &Values<'_>) -> PathBuf {
        let Values { key, certificate, mtls_key, mtls_certificate, signers, peers, more } = values;
        let text = format!(
            "[spi]\nlisten = \"127.0.0.1:0\"\nendpoint = \"localhost:1\"\n\
             [mtls]\nkey = {mtls_key}\ncertificate = {mtls_certificate}\n\
             [bacen]\nsignature_certificates = [{signers}]\nmtls_certificates = [{peers}]\n\
             [audit]\nfolder = \"audit\"\n[limits]\nreload_seconds = 1\n\
             [signature]\nkey = {key}\ncertificate = {certificate}\n{more}\n"
        );
        self.put("proxy.toml", text)
    }
}

/// The values of a configuration as TOML has them: in quotes or not.
pub(crate) struct Values<'a> {
    pub(crate) key: String,
    pub(crate) certificate: String,
    pub(crate) mtls_key: String,
    pub(crate) mtls_certificate: String,
    pub(crate) signers: String,
    pub(crate) peers: String,
    pub(crate) more: &'a str,
}

impl Values<'_> {
    /// Those with which a proxy starts.
    pub(crate) fn sound() -> Self {
        let file = |name: &str| quoted(live::pki().join(name));
        Self {
            key: file("psp-signature.key"),
            certificate: file("psp-signature.pem"),
            mtls_key: file("psp-channel.key"),
            mtls_certificate: file("psp-channel.pem"),
            signers: file("bacen-signature.pem"),
            peers: file("ca.pem"),
            more: "",
        }
    }

    /// This value everywhere.
    pub(crate) fn all(value: &str) -> Self {
        let value = || value.to_owned();
        Self {
            key: value(),
            certificate: value(),
            mtls_key: value(),
            mtls_certificate: value(),
            signers: value(),
            peers: value(),
            more: "",
        }
    }
}

/// A path as TOML writes it.
pub(crate) fn quoted(path: impl AsRef<Path>) -> String {
    format!("\"{}\"", path.as_ref().display())
}

/// Looks for the key that all forms are made of, whatever form it has.
pub(crate) fn hunter() -> Hunter {
    let pem = signing_key();
    Hunter::default()
        .of(&der(&pem)[COMMON_HEAD..])
        .of_text(pem.as_bytes())
        .of(PASSPHRASE.as_bytes())
        .of(PIN.as_bytes())
}

/// Looks for the private part only: a request or a certificate carries the public one.
pub(crate) fn private_hunter() -> Hunter {
    let der = der(&signing_key());
    Hunter::default().of(&der[der.len() / 3..])
}

fn der(pem: &str) -> Vec<u8> {
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap()
}
