//! Trust read from files and folders: [`lacre_report::trust`] reads what is in them, and says by which rule.

mod error;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use lacre_core::{Certificate, RevocationList, Trust};
use lacre_report::Speaker;
use lacre_report::trust::{TrustFault, TrustFiles, Trusted};

pub use self::error::TrustError;
use crate::certificates::opened;
use crate::key::Passphrase;
use crate::rsa::AwsLc;
use crate::shown;

/// Largest file of certificates that is read, in bytes: some ten thousand of them. Revocation lists may be larger.
const FILE_BYTES_MAX: u64 = 16 << 20;
const LIST_BYTES_MAX: u64 = 64 << 20;

/// What a folder's files must end in to be read as certificates.
const EXTENSIONS: [&str; 9] = ["pem", "crt", "cer", "der", "p7b", "p7c", "pfx", "p12", "crl"];

/// A path, and whose messages its certificates may have signed: none is both sides'.
pub type Given = (Option<Speaker>, PathBuf);

/// What was read of some files and folders.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded {
    /// What is trusted about either side, with what was revoked.
    pub trust: Trust,
    /// What stands in the files and cannot be used.
    pub passed_over: Vec<TrustError>,
    /// The lists that were asked for and cannot be relied on.
    pub refused_lists: Vec<TrustError>,
    trusted: Trusted,
}

impl Loaded {
    /// Trust in the certificates of the paths that are meant, by the side that they were given for, with what was revoked.
    #[must_use]
    pub fn about(&self, is_meant: impl Fn(Option<Speaker>) -> bool) -> Trust {
        self.trusted.trust(|side, _| is_meant(side))
    }

    /// The lists that were taken in, each with its place.
    #[must_use]
    pub fn lists(&self) -> &[(String, RevocationList)] {
        &self.trusted.lists
    }
}

/// Reads every certificate of the files and folders (PEM, DER, PKCS#7, PKCS#12; of a folder its own files of the usual endings), and
/// the revocation lists in them and in `lists`. Each path must give at least one that can be used. Certificates in `lists` are not
/// trusted: what they are good for is to check lists.
///
/// # Errors
/// When a path cannot be read, is damaged, or holds no certificate that can be used.
pub fn load(
    given: &[Given],
    lists: &[PathBuf],
    passphrase: Option<&Passphrase>,
) -> Result<Loaded, TrustError> {
    let mut collector = Collector::new(passphrase);
    for (side, path) in given {
        collector.add_path(path, *side)?;
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
    let certificates = collector.certificates().map(|(_, certificate)| certificate.clone()).collect();
    Ok((certificates, collector.passed_over()))
}

/// Collects what files hold, from wherever their bytes come, and makes trust of it.
#[derive(Debug, Default)]
pub struct Collector<'a> {
    passphrase: Option<&'a Passphrase>,
    files: TrustFiles,
    passed_over: Vec<TrustError>,
    refused: Vec<TrustError>,
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
        self.add_about(None, place, bytes)
    }

    /// Takes in a file of revocation lists.
    ///
    /// # Errors
    /// When it is damaged or holds no list. Nothing of it is taken in then.
    pub fn add_lists(&mut self, place: &str, bytes: &[u8]) -> Result<(), TrustError> {
        let opened = opened(bytes, self.passphrase, place)?;
        Ok(self.files.add_lists((place, &opened), &AwsLc)?)
    }

    /// The certificates so far, each with its place.
    pub fn certificates(&self) -> impl DoubleEndedIterator<Item = (&str, &Certificate)> + ExactSizeIterator {
        self.files.certificates()
    }

    /// A list that was asked for and cannot even be read.
    pub fn refuse(&mut self, error: TrustError) {
        self.refused.push(error);
    }

    /// Trust in the certificates, with what the lists revoke: each list once its signature was checked.
    #[must_use]
    pub fn finish(self) -> Loaded {
        let Self { files, mut passed_over, mut refused, .. } = self;
        let mut trusted = files.finish();
        passed_over.extend(trusted.passed_over.drain(..).map(TrustError::from));
        refused.extend(trusted.refused_lists.drain(..).map(TrustError::from));
        Loaded { trust: trusted.trust(|_, _| true), passed_over, refused_lists: refused, trusted }
    }

    fn add_about(&mut self, side: Option<Speaker>, place: &str, bytes: &[u8]) -> Result<(), TrustError> {
        let opened = opened(bytes, self.passphrase, place)?;
        Ok(self.files.add((place, &opened), side, &AwsLc)?)
    }

    /// What was passed over so far, in its order: what cannot even be opened stands among it.
    fn passed_over(&mut self) -> Vec<TrustError> {
        self.passed_over.extend(self.files.take_passed_over().into_iter().map(TrustError::from));
        core::mem::take(&mut self.passed_over)
    }

    fn pass_over(&mut self, error: TrustError) {
        self.passed_over = self.passed_over();
        self.passed_over.push(error);
    }

    fn add_path(&mut self, path: &Path, side: Option<Speaker>) -> Result<(), TrustError> {
        if !path.is_dir() {
            return self.add_about(side, &shown::path(path), &read(path, FILE_BYTES_MAX)?);
        }
        let before = self.certificates().len();
        for file in folder(path)? {
            let place = shown::path(&file);
            match read(&file, FILE_BYTES_MAX) {
                Ok(bytes) => self.found(&place, &bytes, |files, opened| {
                    files.add_found((&place, opened), side, &AwsLc);
                }),
                Err(error) => self.pass_over(error),
            }
        }
        if self.certificates().len() == before {
            return Err(TrustFault::no_certificate(&shown::path(path)).into());
        }
        Ok(())
    }

    fn add_lists_path(&mut self, path: &Path) -> Result<(), TrustError> {
        if !path.is_dir() {
            return self.add_lists(&shown::path(path), &read(path, LIST_BYTES_MAX)?);
        }
        let before = self.files.lists_len();
        for file in folder(path)? {
            let place = shown::path(&file);
            let bytes = read(&file, LIST_BYTES_MAX)?;
            self.found(&place, &bytes, |files, opened| files.add_found_lists((&place, opened), &AwsLc));
        }
        if self.files.lists_len() == before {
            return Err(TrustFault::no_list(&shown::path(path)).into());
        }
        Ok(())
    }

    /// A file of a folder: a store that does not open is passed over.
    fn found(&mut self, place: &str, bytes: &[u8], take: impl FnOnce(&mut TrustFiles, &[u8])) {
        match opened(bytes, self.passphrase, place) {
            Ok(opened) => take(&mut self.files, &opened),
            Err(error) => self.pass_over(error.into()),
        }
    }
}

/// A folder's own files of the usual endings, sorted.
fn folder(path: &Path) -> Result<Vec<PathBuf>, TrustError> {
    let unreadable = |error| TrustError::unreadable(path, error);
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
    let unreadable = |error: io::Error| TrustError::unreadable(path, error);
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(unreadable)?
        .take(bytes_max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > bytes_max) {
        return Err(TrustFault::too_large(&shown::path(path)).into());
    }
    Ok(bytes)
}
