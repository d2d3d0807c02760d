//! A simulator's configuration from files, as a throwaway PKI lays them out.

use core::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use lacre_core::{Certificate, Error, Ispb, Language};

use crate::config::{Participant, SimulatorConfig};
use lacre_native::key::{self, KeyError};
use lacre_native::rsa::AwsLc;
use lacre_native::shown;
use lacre_native::tls::{Identity, PeerTrust, TlsError};

/// Why the files do not make a simulator.
#[non_exhaustive]
pub enum SetupError {
    /// A file cannot be read.
    File(PathBuf, io::Error),
    /// BACEN's signing key cannot be used.
    Key(KeyError),
    /// A certificate cannot be used.
    Certificate(PathBuf, Error),
    /// A file holds no certificate.
    NoCertificate(PathBuf),
    /// A certificate names no ISPB, and none was given.
    NoIspb(PathBuf),
    /// The channel's certificates or key do not do.
    Tls(PathBuf, TlsError),
}

const FILE_BYTES_MAX: u64 = 1 << 20;

/// A simulator for the PSP of a throwaway PKI's folder: BACEN's keys, the CA of the channels, the PSP's signing certificate.
///
/// # Errors
/// When a file is missing or cannot be used.
pub fn of_pki(folder: &Path) -> Result<SimulatorConfig, SetupError> {
    let [signature, channel, ca] =
        ["bacen-signature.pem", "bacen-channel.pem", "ca.pem"].map(|name| folder.join(name));
    let channel_key = folder.join("bacen-channel.key");
    let identity = Identity::from_pem(&read(&channel)?, &read(&channel_key)?)
        .map_err(|error| SetupError::Tls(channel, error))?;
    let clients = PeerTrust::from_pem(&read(&ca)?).map_err(|error| SetupError::Tls(ca, error))?;
    let certificate = first_certificate(&signature)?;
    let signer =
        key::open(&folder.join("bacen-signature.key").to_string_lossy(), None).map_err(SetupError::Key)?;
    let mut config = SimulatorConfig::new(signer, certificate, identity, clients);
    config.participants.push(participant(None, &folder.join("psp-signature.pem"))?);
    Ok(config)
}

/// A participant and the certificates (PEM or DER) whose signatures are its own. Without an ISPB, the first certificate
/// names it.
///
/// # Errors
/// When the file cannot be used, or nothing names the ISPB.
pub fn participant(ispb: Option<Ispb>, signing: &Path) -> Result<Participant, SetupError> {
    let certificates = certificates(signing)?;
    let named = ispb.or_else(|| certificates.first().and_then(Certificate::ispb));
    let ispb = named.ok_or_else(|| SetupError::NoIspb(signing.to_owned()))?;
    Ok(Participant { ispb, signing: certificates, channel: Vec::new() })
}

/// The certificates of one file.
///
/// # Errors
/// When the file cannot be read, or has none that can be used.
pub fn certificates(path: &Path) -> Result<Vec<Certificate>, SetupError> {
    Certificate::from_pem_or_der(&read(path)?, &AwsLc)
        .map_err(|error| SetupError::Certificate(path.to_owned(), error))
}

/// A small file's bytes.
///
/// # Errors
/// When it cannot be read, or is not small.
pub fn read(path: &Path) -> Result<Vec<u8>, SetupError> {
    let failed = |error| SetupError::File(path.to_owned(), error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(FILE_BYTES_MAX.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= FILE_BYTES_MAX) {
        return Ok(bytes);
    }
    Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, "more than 1 MiB")))
}

fn first_certificate(path: &Path) -> Result<Certificate, SetupError> {
    certificates(path)?.into_iter().next().ok_or_else(|| SetupError::NoCertificate(path.to_owned()))
}

impl SetupError {
    /// What is wrong, naming the file.
    #[must_use]
    pub fn in_language(&self, language: Language) -> String {
        let portuguese = matches!(language, Language::PtBr);
        match self {
            Self::File(path, error) => {
                let (en, pt) = shown::io_words(error);
                format!("`{}`: {}", shown::path(path), if portuguese { pt } else { en })
            }
            Self::Key(error) => error.in_language(language),
            Self::Certificate(path, error) => {
                format!("`{}`: {}", shown::path(path), error.in_language(language))
            }
            Self::NoCertificate(path) if portuguese => {
                format!("`{}` não contém certificado", shown::path(path))
            }
            Self::NoCertificate(path) => format!("`{}` holds no certificate", shown::path(path)),
            Self::NoIspb(path) if portuguese => {
                format!("`{}` não indica ISPB (OU=ISPB-…)", shown::path(path))
            }
            Self::NoIspb(path) => format!("`{}` names no ISPB (OU=ISPB-…)", shown::path(path)),
            Self::Tls(path, error) => format!("`{}` {}", shown::path(path), error.in_language(language)),
        }
    }

    /// What to do.
    #[must_use]
    pub const fn help(&self, language: Language) -> &'static str {
        match (self, language) {
            (Self::File(..) | Self::NoCertificate(_), Language::PtBr) => {
                "confira o caminho; `lacre pki create --out PASTA` cria uma pasta com tudo o que é preciso"
            }
            (Self::File(..) | Self::NoCertificate(_), _) => {
                "check the path; `lacre pki create --out DIR` makes a folder with all that is needed"
            }
            (Self::Key(error), _) => error.reason().help(language),
            (Self::Certificate(_, error), _) => error.reason().help(language),
            (Self::NoIspb(_), Language::PtBr) => "diga de quem é o certificado: `--participant ISPB=ARQUIVO`",
            (Self::NoIspb(_), _) => "say whose certificate it is: `--participant ISPB=FILE`",
            (Self::Tls(_, error), _) => error.reason().help(language),
        }
    }
}

/// As the message: a path that looks like a key is not repeated.
impl fmt::Debug for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SetupError({self})")
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_language(Language::En))
    }
}

impl core::error::Error for SetupError {}
