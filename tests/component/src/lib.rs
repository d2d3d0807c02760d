//! Hosts of the component and of the plain module, made with wasmtime: what an embedder writes, and what its tests need.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test support: what goes wrong ends the test"
)]

pub mod component;
pub mod module;

use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

/// How much one call may do before it is stopped: a message of ordinary size needs a few thousandths of it.
pub const FUEL: u64 = 2_000_000_000;

/// How much memory an instance may have.
pub const MEMORY_BYTES_MAX: usize = 64 << 20;

/// A file among the packages.
///
/// # Panics
/// If it has not been made.
#[must_use]
pub fn packaged(name: &str) -> PathBuf {
    let file = folder().join(name);
    assert!(file.exists(), "{} is missing: `cargo xtask wasm` makes it", file.display());
    file
}

/// A file of the workspace.
///
/// # Panics
/// If it cannot be read.
#[must_use]
pub fn read(path: &str) -> Vec<u8> {
    std::fs::read(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What native code gives for every vector, or for records: see `tests/src/bin/expected_rows.rs`.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn expected(name: &str) -> Vec<Value> {
    let file = folder().join(name);
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask test` makes it", file.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The octets of a field in base64.
///
/// # Panics
/// If they are no base64.
#[must_use]
pub fn octets(value: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap()
}

/// Signs a digest with a key of `tests/keys`, as a host does whose key is a file.
///
/// # Panics
/// If the key cannot be used.
#[must_use]
pub fn sign(key: &str, digest: &[u8]) -> Vec<u8> {
    let pem = String::from_utf8(read(&format!("tests/keys/{key}"))).unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = KeyPair::from_pkcs8(&BASE64_STANDARD.decode(base64).unwrap()).unwrap();
    let mut signature = vec![0; key.public_modulus_len()];
    let digest = digest::Digest::import_less_safe(digest, &digest::SHA256).unwrap();
    key.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature).unwrap();
    signature
}

fn folder() -> PathBuf {
    std::env::var_os("LACRE_PACKAGES").map_or_else(|| root().join("target/wasm-packages"), PathBuf::from)
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap().to_path_buf()
}
