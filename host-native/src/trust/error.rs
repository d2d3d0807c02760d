//! Why a certificate, a list or a file of them cannot be used.

use core::fmt;
use std::io;

use lacre_core::{Beside, Error, Language, Reason};

use crate::key::KeyError;
use crate::shown;

/// Why a certificate, a list or a file of them cannot be used.
#[derive(Clone, Debug)]
pub struct TrustError {
    place: String,
    line: Option<usize>,
    trouble: Trouble,
}

#[derive(Debug)]
pub(super) enum Trouble {
    Io(io::Error),
    TooLarge,
    /// There is no certificate.
    NoCertificate,
    /// There is no revocation list.
    NoList,
    /// The file is refused.
    Damaged(Error),
    /// A certificate that can check no signature.
    Unusable(Error),
    /// A revocation list that cannot be relied on.
    List(Error),
    /// Something else.
    Beside(Beside),
    /// A store of certificates that does not open.
    Store(Box<KeyError>),
}

impl Clone for Trouble {
    fn clone(&self) -> Self {
        match self {
            // Of an error of the system nothing but its kind is told.
            Self::Io(error) => Self::Io(io::Error::from(error.kind())),
            Self::TooLarge => Self::TooLarge,
            Self::NoCertificate => Self::NoCertificate,
            Self::NoList => Self::NoList,
            Self::Damaged(error) => Self::Damaged(*error),
            Self::Unusable(error) => Self::Unusable(*error),
            Self::List(error) => Self::List(*error),
            Self::Beside(what) => Self::Beside(*what),
            Self::Store(error) => Self::Store(error.clone()),
        }
    }
}

impl TrustError {
    pub(super) fn new(place: &str, trouble: Trouble) -> Self {
        Self { place: place.to_owned(), line: None, trouble }
    }

    pub(super) fn on(mut self, line: Option<usize>) -> Self {
        self.line = line;
        self
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
            Trouble::Damaged(error) | Trouble::Unusable(error) | Trouble::List(error) => error.code(),
            Trouble::Store(error) => error.reason().code(),
            Trouble::Io(_) => "config-unreadable",
            Trouble::NoList => Reason::CrlSyntax.code(),
            Trouble::TooLarge | Trouble::NoCertificate => Reason::CertificateSyntax.code(),
            Trouble::Beside(_) => "beside-certificates",
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
        let portuguese = matches!(language, Language::PtBr);
        let say = |english, portuguese_words| if portuguese { portuguese_words } else { english };
        let words = match &self.trouble {
            Trouble::Io(error) => {
                let (english, portuguese_words) = shown::io_words(error);
                say(english, portuguese_words).to_owned()
            }
            Trouble::TooLarge => {
                say("too large for a file of certificates", "grande demais para um arquivo de certificados")
                    .to_owned()
            }
            Trouble::NoCertificate => {
                say("no usable certificate", "nenhum certificado utilizável").to_owned()
            }
            Trouble::NoList => {
                say("no certificate revocation list", "nenhuma lista de certificados revogados").to_owned()
            }
            Trouble::Damaged(error) | Trouble::Unusable(error) | Trouble::List(error) => {
                error.reason().message(language).to_owned()
            }
            Trouble::Beside(Beside::PrivateKey) => {
                say("a private key, which is not read", "uma chave privada, que não é lida").to_owned()
            }
            Trouble::Beside(Beside::Request) => {
                say("a request, and no certificate", "uma requisição, e não um certificado").to_owned()
            }
            Trouble::Beside(_) => say("a block of another kind", "um bloco de outro tipo").to_owned(),
            Trouble::Store(error) => error.in_language(language),
        };
        match self.line {
            Some(line) => format!("{} {line}: {words}", say("line", "linha")),
            None => words,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self, language: Language) -> &'static str {
        match (&self.trouble, language) {
            (Trouble::Damaged(error) | Trouble::Unusable(error) | Trouble::List(error), _) => {
                error.reason().help(language)
            }
            (Trouble::Store(error), _) => error.reason().help(language),
            (Trouble::Io(_), Language::PtBr) => "confira o caminho e a permissão de leitura",
            (Trouble::Io(_), _) => "check the path and the permission to read it",
            (Trouble::NoList, _) => Reason::CrlSyntax.help(language),
            (Trouble::Beside(_), Language::PtBr) => "deixe no arquivo só certificados e listas de revogação",
            (Trouble::Beside(_), _) => "leave only certificates and revocation lists in the file",
            _ => Reason::CertificateSyntax.help(language),
        }
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
            Trouble::Damaged(error) | Trouble::Unusable(error) | Trouble::List(error) => Some(error),
            Trouble::Store(error) => Some(error),
            _ => None,
        }
    }
}
