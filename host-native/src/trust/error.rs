//! Why a certificate, a list or a file of them cannot be used, or cannot even be read.

use core::fmt;
use std::io;
use std::path::Path;

use lacre_core::Language;
use lacre_report::trust::TrustFault;

use crate::key::KeyError;
use crate::shown;

/// Why a certificate, a list or a file of them cannot be used.
#[derive(Clone, Debug)]
pub struct TrustError {
    place: String,
    trouble: Trouble,
}

#[derive(Debug)]
enum Trouble {
    Io(io::Error),
    /// A store of certificates that does not open.
    Store(Box<KeyError>),
    /// What was read.
    Fault(TrustFault),
}

impl Clone for Trouble {
    fn clone(&self) -> Self {
        match self {
            // Of an error of the system nothing but its kind is told.
            Self::Io(error) => Self::Io(io::Error::from(error.kind())),
            Self::Store(error) => Self::Store(error.clone()),
            Self::Fault(fault) => Self::Fault(fault.clone()),
        }
    }
}

impl TrustError {
    pub(super) fn unreadable(path: &Path, error: io::Error) -> Self {
        Self { place: shown::path(path), trouble: Trouble::Io(error) }
    }

    /// The file, folder or parameter concerned.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The stable code: that of a reason where there is one.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.trouble {
            Trouble::Fault(fault) => fault.code(),
            Trouble::Store(error) => error.reason().code(),
            Trouble::Io(_) => "config-unreadable",
        }
    }

    /// One line that says what is wrong, naming the place.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        match &self.trouble {
            // It names the place itself.
            Trouble::Store(error) => error.in_language(language),
            _ => format!("`{}`: {}", self.place, self.words(language)),
        }
    }

    /// What is wrong and on which line, without the place.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match &self.trouble {
            Trouble::Io(error) => {
                let (english, portuguese) = shown::io_words(error);
                if matches!(language, Language::PtBr) { portuguese } else { english }.to_owned()
            }
            Trouble::Store(error) => error.in_language(language),
            Trouble::Fault(fault) => fault.words(language),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self, language: Language) -> &'static str {
        match (&self.trouble, language) {
            (Trouble::Fault(fault), _) => fault.help(language),
            (Trouble::Store(error), _) => error.reason().help(language),
            (Trouble::Io(_), Language::PtBr) => "confira o caminho e a permissão de leitura",
            (Trouble::Io(_), _) => "check the path and the permission to read it",
        }
    }
}

impl From<TrustFault> for TrustError {
    fn from(fault: TrustFault) -> Self {
        Self { place: fault.place().to_owned(), trouble: Trouble::Fault(fault) }
    }
}

impl From<KeyError> for TrustError {
    fn from(error: KeyError) -> Self {
        Self { place: error.place().to_owned(), trouble: Trouble::Store(Box::new(error)) }
    }
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Language::En))
    }
}

impl core::error::Error for TrustError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.trouble {
            Trouble::Io(error) => Some(error),
            Trouble::Store(error) => Some(error),
            Trouble::Fault(fault) => Some(fault),
        }
    }
}
