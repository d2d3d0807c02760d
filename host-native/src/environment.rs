//! The environment: the one file of this host that reads it.

/// The value of an environment variable, if it is set and is UTF-8.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the host's one reading of the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The bytes of an environment variable, if it is set: for a value whose encoding is for somebody else to judge.
#[must_use]
pub fn bytes(name: &str) -> Option<Vec<u8>> {
    std::env::var_os(name).map(std::ffi::OsString::into_encoded_bytes)
}
