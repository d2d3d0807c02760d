//! Trust read from files: the only way in which a certificate comes to be believed, or a list to revoke one.
//!
//! One rule for every verb and host. A file is read whole: a damaged block, or one that holds no certificate, refuses the file and names
//! the line. What is sound and cannot check a signature (a key that is no RSA key, a private key, a request) is passed over with a note.
//! Of a folder, a file that is refused is passed over with a note.

mod error;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use lacre_core::{Bundle, Certificate, RevocationList, Trust};

use self::error::Trouble;
pub use self::error::TrustError;
use crate::certificates::{line, opened};
use crate::key::Passphrase;
use crate::rsa::AwsLc;
use crate::shown;

/// Largest file of certificates that is read, in bytes: some ten thousand of them. Revocation lists may be larger.
const FILE_BYTES_MAX: u64 = 16 << 20;
const LIST_BYTES_MAX: u64 = 64 << 20;

/// What a folder's files must end in to be read as certificates.
const EXTENSIONS: [&str; 9] = ["pem", "crt", "cer", "der", "p7b", "p7c", "pfx", "p12", "crl"];

/// What was read of some files and folders.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded {
    /// What is trusted, with what was revoked.
    pub trust: Trust,
    /// What stands in the files and cannot be used.
    pub passed_over: Vec<TrustError>,
    /// The lists that were taken in, each with its place.
    pub lists: Vec<(String, RevocationList)>,
    /// The lists that were asked for and cannot be relied on.
    pub refused_lists: Vec<TrustError>,
}

/// Reads every certificate of the files and folders (PEM, DER, PKCS#7, PKCS#12; of a folder its own files of the usual endings), and
/// the revocation lists in them and in `lists`. Each path must give at least one that can be used. Certificates in `lists` are not
/// trusted: what they are good for is to check lists.
///
/// # Errors
/// When a path cannot be read, is damaged, or holds no certificate that can be used.
pub fn load(
    paths: &[PathBuf],
    lists: &[PathBuf],
    passphrase: Option<&Passphrase>,
) -> Result<Loaded, TrustError> {
    let mut collector = Collector::new(passphrase);
    for path in paths {
        collector.add_path(path)?;
    }
    for path in lists {
        collector.add_lists_path(path)?;
    }
    Ok(collector.finish())
}

/// Every certificate of one file that can be used, in its order, and what was passed over.
///
/// # Errors
/// When the file cannot be read, is damaged, or holds no certificate that can be used.
pub fn certificates(
    path: &Path,
    passphrase: Option<&Passphrase>,
) -> Result<(Vec<Certificate>, Vec<TrustError>), TrustError> {
    let mut collector = Collector::new(passphrase);
    let place = shown::path(path);
    collector.add(&place, &read(path, FILE_BYTES_MAX)?)?;
    let certificates = collector.certificates.into_iter().map(|(_, certificate)| certificate).collect();
    Ok((certificates, collector.passed_over))
}

/// Collects what files hold, from wherever their bytes come, and makes trust of it.
#[derive(Debug, Default)]
pub struct Collector<'a> {
    passphrase: Option<&'a Passphrase>,
    certificates: Vec<(String, Certificate)>,
    /// Authorities that are not trusted to sign anything but lists.
    authorities: Vec<Certificate>,
    lists: Vec<List>,
    passed_over: Vec<TrustError>,
    refused: Vec<TrustError>,
}

#[derive(Debug)]
struct List {
    place: String,
    line: Option<usize>,
    der: Vec<u8>,
    asked_for: bool,
}

impl<'a> Collector<'a> {
    /// Nothing yet; the passphrase opens PKCS#12.
    #[must_use]
    pub fn new(passphrase: Option<&'a Passphrase>) -> Self {
        Self { passphrase, ..Self::default() }
    }

    /// Takes in a file of certificates that are trusted; `place` says where it is.
    ///
    /// # Errors
    /// When it is damaged or holds no certificate that can be used. Nothing of it is taken in then.
    pub fn add(&mut self, place: &str, bytes: &[u8]) -> Result<(), TrustError> {
        let contents = Contents::read(place, bytes, self.passphrase)?;
        if contents.usable.is_empty() {
            return Err(contents.without_certificate(place));
        }
        self.take(place, contents);
        Ok(())
    }

    /// Takes in a file of revocation lists.
    ///
    /// # Errors
    /// When it is damaged or holds no list. Nothing of it is taken in then.
    pub fn add_lists(&mut self, place: &str, bytes: &[u8]) -> Result<(), TrustError> {
        let contents = Contents::read(place, bytes, self.passphrase)?;
        if contents.lists.is_empty() {
            return Err(TrustError::new(place, Trouble::NoList));
        }
        self.take_lists(contents);
        Ok(())
    }

    /// The certificates so far, each with its place.
    #[must_use]
    pub fn certificates(&self) -> &[(String, Certificate)] {
        &self.certificates
    }

    /// A list that was asked for and cannot even be read.
    pub fn refuse(&mut self, error: TrustError) {
        self.refused.push(error);
    }

    /// Trust in the certificates, with what the lists revoke: each list once its signature was checked.
    #[must_use]
    pub fn finish(self) -> Loaded {
        let Self { certificates, authorities, lists, mut passed_over, mut refused, .. } = self;
        let trusted: Vec<_> = certificates.into_iter().map(|(_, certificate)| certificate).collect();
        let mut taken = Vec::new();
        let mut trust: Trust = trusted.iter().cloned().collect();
        for List { place, line, der, asked_for } in lists {
            match RevocationList::read(&der, trusted.iter().chain(&authorities)) {
                Ok(list) => {
                    trust.add_list(&list);
                    taken.push((place, list));
                }
                Err(error) => {
                    let error = TrustError::new(&place, Trouble::List(error)).on(line);
                    if asked_for { refused.push(error) } else { passed_over.push(error) }
                }
            }
        }
        Loaded { trust, passed_over, lists: taken, refused_lists: refused }
    }

    fn take(&mut self, place: &str, contents: Contents) {
        self.certificates.extend(contents.usable.into_iter().map(|one| (place.to_owned(), one)));
        self.lists.extend(contents.lists);
        self.passed_over.extend(contents.passed_over);
    }

    fn take_lists(&mut self, contents: Contents) {
        self.authorities.extend(contents.usable);
        self.lists.extend(contents.lists.into_iter().map(|list| List { asked_for: true, ..list }));
        self.passed_over.extend(contents.passed_over);
    }

    fn add_path(&mut self, path: &Path) -> Result<(), TrustError> {
        if !path.is_dir() {
            return self.add(&shown::path(path), &read(path, FILE_BYTES_MAX)?);
        }
        let before = self.certificates.len();
        for file in folder(path)? {
            let place = shown::path(&file);
            let contents =
                read(&file, FILE_BYTES_MAX).and_then(|bytes| Contents::read(&place, &bytes, self.passphrase));
            match contents {
                Ok(contents) if contents.usable.is_empty() && contents.lists.is_empty() => {
                    self.passed_over.push(contents.without_certificate(&place));
                }
                Ok(contents) => self.take(&place, contents),
                Err(error) => self.passed_over.push(error),
            }
        }
        if self.certificates.len() == before {
            return Err(TrustError::new(&shown::path(path), Trouble::NoCertificate));
        }
        Ok(())
    }

    fn add_lists_path(&mut self, path: &Path) -> Result<(), TrustError> {
        if !path.is_dir() {
            return self.add_lists(&shown::path(path), &read(path, LIST_BYTES_MAX)?);
        }
        let before = self.lists.len();
        for file in folder(path)? {
            let place = shown::path(&file);
            let bytes = read(&file, LIST_BYTES_MAX)?;
            match Contents::read(&place, &bytes, self.passphrase) {
                Ok(contents) => self.take_lists(contents),
                Err(error) => self.passed_over.push(error),
            }
        }
        if self.lists.len() == before {
            return Err(TrustError::new(&shown::path(path), Trouble::NoList));
        }
        Ok(())
    }
}

/// What one file holds.
#[derive(Default)]
struct Contents {
    usable: Vec<Certificate>,
    lists: Vec<List>,
    passed_over: Vec<TrustError>,
}

impl Contents {
    fn read(place: &str, bytes: &[u8], passphrase: Option<&Passphrase>) -> Result<Self, TrustError> {
        let opened = opened(bytes, passphrase, place)
            .map_err(|error| TrustError::new(place, Trouble::Store(Box::new(error))))?;
        let at = |offset: Option<usize>| offset.and_then(|offset| line(&opened, offset));
        let damaged = |error: lacre_core::Error| {
            TrustError::new(place, Trouble::Damaged(error)).on(at(error.place().offset))
        };
        let bundle = Bundle::read(&opened).map_err(damaged)?;
        let (usable, unusable) = bundle.usable(&AwsLc).map_err(damaged)?;
        let unusable = unusable
            .into_iter()
            .map(|error| TrustError::new(place, Trouble::Unusable(error)).on(at(error.place().offset)));
        let beside = bundle
            .beside
            .iter()
            .map(|(what, offset)| TrustError::new(place, Trouble::Beside(*what)).on(at(Some(*offset))));
        let passed_over = unusable.chain(beside).collect();
        let list = |found: lacre_core::Found| List {
            place: place.to_owned(),
            line: at(Some(found.offset)),
            der: found.der,
            asked_for: false,
        };
        Ok(Self { usable, passed_over, lists: bundle.lists.into_iter().map(list).collect() })
    }

    /// Why there is no certificate in it: what stands there instead, if anything does.
    fn without_certificate(self, place: &str) -> TrustError {
        self.passed_over.into_iter().next().unwrap_or_else(|| TrustError::new(place, Trouble::NoCertificate))
    }
}

/// A folder's own files of the usual endings, sorted.
fn folder(path: &Path) -> Result<Vec<PathBuf>, TrustError> {
    let unreadable = |error| TrustError::new(&shown::path(path), Trouble::Io(error));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?.path();
        if is_certificate_file(&entry) {
            files.push(entry);
        }
    }
    files.sort();
    Ok(files)
}

fn is_certificate_file(path: &Path) -> bool {
    let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    let known = path
        .extension()
        .is_some_and(|extension| EXTENSIONS.iter().any(|e| extension.eq_ignore_ascii_case(e)));
    !hidden && known && path.is_file()
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, TrustError> {
    let unreadable = |error: io::Error| TrustError::new(&shown::path(path), Trouble::Io(error));
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(unreadable)?
        .take(bytes_max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > bytes_max) {
        return Err(TrustError::new(&shown::path(path), Trouble::TooLarge));
    }
    Ok(bytes)
}
