//! Why a certificate, a list or a file of them cannot be used.

use core::fmt;

use lacre_core::{Beside, Error, Language, Reason};

/// Why a certificate, a list or a file of them cannot be used. It never holds content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustFault {
    place: String,
    line: Option<usize>,
    trouble: Trouble,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
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
}

impl TrustFault {
    pub(super) fn new(place: &str, trouble: Trouble) -> Self {
        Self { place: place.to_owned(), line: None, trouble }
    }

    pub(super) const fn on(mut self, line: Option<usize>) -> Self {
        self.line = line;
        self
    }

    /// A file that is too large to be read.
    #[must_use]
    pub fn too_large(place: &str) -> Self {
        Self::new(place, Trouble::TooLarge)
    }

    /// A file or folder without a certificate that can be used.
    #[must_use]
    pub fn no_certificate(place: &str) -> Self {
        Self::new(place, Trouble::NoCertificate)
    }

    /// A file or folder without a revocation list.
    #[must_use]
    pub fn no_list(place: &str) -> Self {
        Self::new(place, Trouble::NoList)
    }

    /// The file, folder or parameter concerned.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The line of the file, the first is 1.
    #[must_use]
    pub const fn line(&self) -> Option<usize> {
        self.line
    }

    /// The stable code: that of a reason where there is one.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.trouble {
            Trouble::Damaged(error) | Trouble::Unusable(error) | Trouble::List(error) => error.code(),
            Trouble::NoList => Reason::CrlSyntax.code(),
            Trouble::TooLarge | Trouble::NoCertificate => Reason::CertificateSyntax.code(),
            Trouble::Beside(_) => "beside-certificates",
        }
    }

    /// What is wrong and on which line, without the place.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let portuguese = matches!(language, Language::PtBr);
        let say = |english, portuguese_words| if portuguese { portuguese_words } else { english };
        let words = match &self.trouble {
            Trouble::TooLarge => {
                say("too large for a file of certificates", "grande demais para um arquivo de certificados")
            }
            Trouble::NoCertificate => say("no usable certificate", "nenhum certificado utilizável"),
            Trouble::NoList => {
                say("no certificate revocation list", "nenhuma lista de certificados revogados")
            }
            Trouble::Damaged(error) | Trouble::Unusable(error) | Trouble::List(error) => {
                error.reason().message(language)
            }
            Trouble::Beside(Beside::PrivateKey) => {
                say("a private key, which is not read", "uma chave privada, que não é lida")
            }
            Trouble::Beside(Beside::Request) => {
                say("a request, and no certificate", "uma requisição, e não um certificado")
            }
            Trouble::Beside(_) => say("a block of another kind", "um bloco de outro tipo"),
        };
        match self.line {
            Some(line) => format!("{} {line}: {words}", say("line", "linha")),
            None => words.to_owned(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self, language: Language) -> &'static str {
        match (&self.trouble, language) {
            (Trouble::Damaged(error) | Trouble::Unusable(error) | Trouble::List(error), _) => {
                error.reason().help(language)
            }
            (Trouble::NoList, _) => Reason::CrlSyntax.help(language),
            (Trouble::Beside(_), Language::PtBr) => "deixe no arquivo só certificados e listas de revogação",
            (Trouble::Beside(_), _) => "leave only certificates and revocation lists in the file",
            _ => Reason::CertificateSyntax.help(language),
        }
    }
}

impl fmt::Display for TrustFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.place, self.words(Language::En))
    }
}

impl core::error::Error for TrustFault {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.trouble {
            Trouble::Damaged(error) | Trouble::Unusable(error) | Trouble::List(error) => Some(error),
            _ => None,
        }
    }
}
