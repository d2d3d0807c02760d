//! Trust read from files: the only way in which a certificate comes to be believed.

use core::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use lacre_core::{Certificate, Error, Language, Reason, Trust};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::rsa::AwsLc;
use crate::shown;

/// Largest file of certificates that is read, in bytes: some ten thousand of them.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// What a folder's files must end in to be read as certificates.
const EXTENSIONS: [&str; 4] = ["pem", "crt", "cer", "der"];

/// The certificates of some files and folders.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded {
    /// What is trusted. Never empty.
    pub trust: Trust,
    /// Certificates that stand in the files and cannot be used.
    pub unusable: Vec<TrustError>,
}

/// Why a certificate or a file of them cannot be used.
pub struct TrustError {
    path: PathBuf,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Io(io::Error),
    TooLarge,
    NoCertificate,
    Pem(usize),
    Certificate(usize, Error),
}

/// Reads every certificate of the files and folders (PEM with one or more, or DER; a folder's own `*.pem`, `*.crt`, `*.cer`
/// and `*.der`). Each path must give at least one that can be used.
///
/// # Errors
/// When a path cannot be read or holds no certificate that can be used.
pub fn load(paths: &[PathBuf]) -> Result<Loaded, TrustError> {
    let mut loaded = Loaded { trust: Trust::new(), unusable: Vec::new() };
    for path in paths {
        let before = loaded.trust.len();
        let mut given = Vec::new();
        if path.is_dir() {
            folder(path, &mut given)?
        } else {
            file(path, &mut given)?
        }
        let mut usable = false;
        for certificate in given {
            match certificate {
                Ok(certificate) => {
                    usable = true;
                    loaded.trust.add(certificate);
                }
                Err(error) => loaded.unusable.push(error),
            }
        }
        if !usable && loaded.trust.len() == before {
            let alone = loaded.unusable.pop().filter(|error| error.path == *path);
            return Err(alone.unwrap_or_else(|| TrustError::new(path, Cause::NoCertificate)));
        }
    }
    Ok(loaded)
}

/// Every certificate of one file, in its order.
///
/// # Errors
/// When the file cannot be read, or one of its certificates cannot be used.
pub fn certificates(path: &Path) -> Result<Vec<Certificate>, TrustError> {
    let mut given = Vec::new();
    file(path, &mut given)?;
    if given.is_empty() {
        return Err(TrustError::new(path, Cause::NoCertificate));
    }
    given.into_iter().collect()
}

type Given = Vec<Result<Certificate, TrustError>>;

fn folder(path: &Path, given: &mut Given) -> Result<(), TrustError> {
    let unreadable = |error| TrustError::new(path, Cause::Io(error));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?.path();
        if is_certificate_file(&entry) {
            files.push(entry);
        }
    }
    files.sort();
    files.iter().try_for_each(|entry| file(entry, given))
}

fn is_certificate_file(path: &Path) -> bool {
    let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    let known = path
        .extension()
        .is_some_and(|extension| EXTENSIONS.iter().any(|e| extension.eq_ignore_ascii_case(e)));
    !hidden && known && path.is_file()
}

fn file(path: &Path, given: &mut Given) -> Result<(), TrustError> {
    let unreadable = |error| TrustError::new(path, Cause::Io(error));
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(unreadable)?
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > FILE_BYTES_MAX) {
        return Err(TrustError::new(path, Cause::TooLarge));
    }
    let read = |number: usize, der: &[u8]| {
        Certificate::from_der_with(der, &AwsLc)
            .map_err(|e| TrustError::new(path, Cause::Certificate(number, e)))
    };
    if !bytes.windows(11).any(|window| window == b"-----BEGIN ") {
        given.push(read(1, &bytes));
        return Ok(());
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    for (index, der) in CertificateDer::pem_slice_iter(text).enumerate() {
        let number = index.saturating_add(1);
        given.push(match der {
            Ok(der) => read(number, &der),
            Err(_) => Err(TrustError::new(path, Cause::Pem(number))),
        });
    }
    Ok(())
}

impl TrustError {
    fn new(path: &Path, cause: Cause) -> Self {
        Self { path: path.to_owned(), cause }
    }

    /// The file or folder concerned.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One line that says what is wrong, naming the file.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let path = shown::path(&self.path);
        let portuguese = matches!(language, Language::PtBr);
        match &self.cause {
            Cause::Io(error) => {
                let (en, pt) = shown::io_words(error);
                format!("`{path}`: {}", if portuguese { pt } else { en })
            }
            Cause::TooLarge if portuguese => {
                format!("`{path}`: grande demais para um arquivo de certificados")
            }
            Cause::TooLarge => format!("`{path}`: too large for a file of certificates"),
            Cause::NoCertificate if portuguese => format!("`{path}`: nenhum certificado utilizável"),
            Cause::NoCertificate => format!("`{path}`: no usable certificate"),
            Cause::Pem(number) if portuguese => format!("`{path}`: certificado {number}: PEM danificado"),
            Cause::Pem(number) => format!("`{path}`: certificate {number}: damaged PEM"),
            Cause::Certificate(number, error) if portuguese => {
                format!("`{path}`: certificado {number}: {}", error.in_language(language))
            }
            Cause::Certificate(number, error) => {
                format!("`{path}`: certificate {number}: {}", error.in_language(language))
            }
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(&self, language: Language) -> &'static str {
        match (&self.cause, language) {
            (Cause::Certificate(_, error), _) => error.reason().help(language),
            (Cause::Io(_), Language::PtBr) => "confira o caminho e a permissão de leitura",
            (Cause::Io(_), _) => "check the path and the permission to read it",
            _ => Reason::CertificateSyntax.help(language),
        }
    }
}

/// As the message: a path that looks like a key is not repeated.
impl fmt::Debug for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustError({})", self.message(Language::En))
    }
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Language::En))
    }
}

impl core::error::Error for TrustError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.cause {
            Cause::Io(error) => Some(error),
            Cause::Certificate(_, error) => Some(error),
            _ => None,
        }
    }
}
