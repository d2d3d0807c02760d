//! Passphrases and PINs: from a file or the environment, never from the command line, which other users can see.

use core::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use super::{KeyError, KeyReason, read_secret};
use crate::environment;

/// The environment variable that may hold a passphrase.
pub const PASSPHRASE_VARIABLE: &str = "LACRE_PASSPHRASE";

/// A passphrase or PIN: wiped when it is let go, never shown.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes a passphrase over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The first line of a file, without its line end.
    ///
    /// # Errors
    /// When the file cannot be read or is not UTF-8.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let bytes = read_secret(path)?;
        let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = core::str::from_utf8(line).map_err(|_| {
            KeyError::new(KeyReason::Unreadable, path.display()).because("the passphrase is not UTF-8")
        })?;
        Ok(Self::new(text.to_owned()))
    }

    /// The passphrase from this file, else from [`PASSPHRASE_VARIABLE`], else none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn find(file: Option<&Path>) -> Result<Option<Self>, KeyError> {
        match file {
            Some(path) => Self::from_file(path).map(Some),
            None => Ok(environment::variable(PASSPHRASE_VARIABLE).map(Self::new)),
        }
    }

    /// The text itself.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}
