//! Passphrases and PINs: from a file or the environment, never from the command line, which other users can see.

use core::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use super::{KeyError, KeyReason, read_secret};
use crate::{environment, shown};

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

    /// The first line of a file, without its line end and without a byte order mark.
    ///
    /// # Errors
    /// When the file cannot be read or is not UTF-8.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        Self::from_file_shown_as(path, &shown::passphrase_path(path))
    }

    /// [`Passphrase::from_file`] for a path that was given as another one, by which it is named.
    pub(crate) fn from_file_shown_as(path: &Path, place: &str) -> Result<Self, KeyError> {
        Self::first_line(&read_secret(path, place)?, place)
    }

    /// The passphrase from this file, else from [`PASSPHRASE_VARIABLE`], else none.
    ///
    /// # Errors
    /// When the file cannot be read, or what there is is not UTF-8.
    pub fn find(file: Option<&Path>) -> Result<Option<Self>, KeyError> {
        if let Some(path) = file {
            return Self::from_file(path).map(Some);
        }
        let Some(value) = environment::bytes(PASSPHRASE_VARIABLE).map(Zeroizing::new) else {
            return Ok(None);
        };
        Self::first_line(&value, PASSPHRASE_VARIABLE).map(Some)
    }

    /// A passphrase that is read wrongly costs an attempt, and a token has few: what is not UTF-8 is not guessed at.
    fn first_line(bytes: &[u8], place: &str) -> Result<Self, KeyError> {
        let refused = |en, pt| Err(KeyError::new(KeyReason::PassphraseEncoding, place).because(en, pt));
        let bytes = match bytes {
            [0xef, 0xbb, 0xbf, rest @ ..] => rest,
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                return refused(
                    "it is UTF-16, as PowerShell's `>` writes it",
                    "é UTF-16, como o `>` do PowerShell grava",
                );
            }
            _ => bytes,
        };
        let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.contains(&0) {
            return refused(
                "it has bytes of zero, as UTF-16 without a mark has",
                "há bytes zero, como em UTF-16 sem marca",
            );
        }
        match core::str::from_utf8(line) {
            Ok(text) => Ok(Self::new(text.to_owned())),
            Err(_) => {
                refused("it looks like Windows-1252 or ISO 8859-1", "parece Windows-1252 ou ISO 8859-1")
            }
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
