//! The environment: the one line of this host that reads it.

/// The value of an environment variable, if it is set and is UTF-8.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the host's one reading of the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
