//! Reads files and parameters, and notes what it finds.

use core::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use lacre_core::Certificate;
use zeroize::Zeroizing;

use super::config::File;
use super::finding::{ConfigReason, Finding, Level};
use super::seen::{Expiry, Seen};
use crate::rsa::AwsLc;

/// Reads files and parameters, and notes what it finds.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) folder: PathBuf,
    pub(super) findings: Vec<Finding>,
    pub(super) seen: Seen,
    pub(super) expiries: Vec<Expiry>,
}

impl Reader {
    pub(super) fn file(&mut self, path: &Path) -> Option<File> {
        let subject = path.display().to_string();
        let text = match self.seen.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.fatal(ConfigReason::Unreadable, subject, error);
                return None;
            }
        };
        let parsed = core::str::from_utf8(&text).map_err(|error| error.to_string());
        match parsed.and_then(|text| toml::from_str(text).map_err(|error| error.to_string())) {
            Ok(file) => Some(file),
            Err(error) => {
                self.fatal(ConfigReason::Syntax, subject, error.trim_end());
                None
            }
        }
    }

    /// The value of the word that was chosen; the first if none was.
    pub(super) fn choice<T: Copy + Default>(
        &mut self,
        subject: &str,
        chosen: Option<&str>,
        words: &[(&str, T)],
    ) -> T {
        let Some(chosen) = chosen else { return T::default() };
        match words.iter().find(|(word, _)| *word == chosen) {
            Some((_, value)) => *value,
            None => {
                let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                self.fatal(
                    ConfigReason::BadValue,
                    subject,
                    format_args!("`{chosen}` is none of {}", known.join(", ")),
                );
                T::default()
            }
        }
    }

    pub(super) fn certificates(&mut self, subject: &str, path: &Path) -> Option<Vec<Certificate>> {
        let bytes = self.bytes(subject, path)?;
        match Certificate::from_pem_or_der(&bytes, &AwsLc) {
            Ok(certificates) => Some(certificates),
            Err(error) => {
                self.findings.push(Finding::core(error, format!("{subject} {}", path.display())));
                None
            }
        }
    }

    /// Notes how long a certificate is good for; `ended` is how bad it is if it is not.
    pub(super) fn validity(
        &mut self,
        subject: &str,
        not_before_unix_s: i64,
        not_after_unix_s: i64,
        ended: Level,
    ) {
        let subject = subject.to_owned();
        let expiry = Expiry { subject, not_before_unix_s, not_after_unix_s, ended };
        self.findings.push(expiry.finding());
        self.expiries.push(expiry);
    }

    #[cfg(unix)]
    pub(super) fn permission(&mut self, subject: &str, path: &Path) {
        use std::os::unix::fs::PermissionsExt as _;
        let Ok(metadata) = fs::metadata(path) else { return };
        let mode = metadata.permissions().mode();
        let level = match (mode & 0o007, mode & 0o070) {
            (0, 0) => return,
            (0, _) => Level::Warning,
            _ => Level::Fault,
        };
        let finding =
            Finding::new(level, ConfigReason::KeyPermission, format!("{subject} {}", path.display()));
        self.findings.push(finding.because(format_args!("{:04o}", mode & 0o7777)));
    }

    #[cfg(not(unix))]
    pub(super) fn permission(&mut self, _subject: &str, _path: &Path) {}

    pub(super) fn present<'a, T: ?Sized>(&mut self, subject: &str, value: Option<&'a T>) -> Option<&'a T> {
        if value.is_none() {
            self.findings.push(Finding::new(Level::Fatal, ConfigReason::Missing, subject));
        }
        value
    }

    pub(super) fn bytes(&mut self, subject: &str, path: &Path) -> Option<Zeroizing<Vec<u8>>> {
        let path = self.path(path);
        match self.seen.read(&path) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.fatal(ConfigReason::Unreadable, format!("{subject} {}", path.display()), error);
                None
            }
        }
    }

    pub(super) fn fatal(&mut self, reason: ConfigReason, subject: impl Into<String>, detail: impl Display) {
        self.findings.push(Finding::new(Level::Fatal, reason, subject).because(detail));
    }

    /// A path as the configuration means it: from its own folder.
    pub(super) fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

pub(super) fn is_uri(spec: &str) -> bool {
    spec.split_once(':')
        .is_some_and(|(scheme, _)| matches!(scheme.to_ascii_lowercase().as_str(), "pkcs11" | "awskms"))
}

/// Whether files can be made in a folder, which is made if it is missing.
pub(super) fn writable(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let probe = folder.join(format!(".writable-{}", std::process::id()));
    fs::write(&probe, [])?;
    fs::remove_file(probe)
}
