//! Why a value on the command line is refused, in both languages: the language is known only to whoever tells it.

use core::fmt;

/// The words for a value that is refused.
#[derive(Debug)]
pub(super) struct Said {
    english: String,
    portuguese: String,
}

impl Said {
    pub(super) fn new(english: impl Into<String>, portuguese: impl Into<String>) -> Self {
        Self { english: english.into(), portuguese: portuguese.into() }
    }

    pub(super) fn portuguese(&self) -> &str {
        &self.portuguese
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english)
    }
}

impl core::error::Error for Said {}
