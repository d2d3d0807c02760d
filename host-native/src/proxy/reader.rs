//! Reads files and parameters, and notes what it finds.

use core::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use lacre_core::Certificate;

use super::config::File;
use super::finding::{ConfigReason, Finding, Level};
use crate::clock;
use crate::rsa::AwsLc;

/// Largest certificate or configuration file that is read.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// From so many days before its end, a certificate is warned about.
const WARNING_DAYS: i64 = 60;

const DAY_S: i64 = 86_400;

/// Reads files and parameters, and notes what it finds.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) folder: PathBuf,
    pub(super) findings: Vec<Finding>,
    pub(super) seen: Vec<u8>,
}

impl Reader {
    pub(super) fn file(&mut self, path: &Path) -> Option<File> {
        let subject = path.display().to_string();
        let text = match read_bounded(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.fatal(ConfigReason::Unreadable, subject, error);
                return None;
            }
        };
        self.note_seen(&text);
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
        let now = clock::unix_ms().div_euclid(1000);
        let days_left = not_after_unix_s.saturating_sub(now).div_euclid(DAY_S);
        let (level, reason) = if now < not_before_unix_s {
            (ended, ConfigReason::NotYetValid)
        } else if now > not_after_unix_s {
            (ended, ConfigReason::Expired)
        } else if days_left < WARNING_DAYS {
            (Level::Warning, ConfigReason::ExpiresSoon)
        } else {
            (Level::Holds, ConfigReason::Valid)
        };
        let until = jiff::Timestamp::from_second(not_after_unix_s)
            .map_or_else(|_| String::new(), |end| end.to_string());
        let detail = format!("{until} ({days_left} d)");
        self.findings.push(Finding::new(level, reason, subject).because(detail));
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

    pub(super) fn bytes(&mut self, subject: &str, path: &Path) -> Option<Vec<u8>> {
        let path = self.path(path);
        match read_bounded(&path) {
            Ok(bytes) => {
                self.note_seen(&bytes);
                Some(bytes)
            }
            Err(error) => {
                self.fatal(ConfigReason::Unreadable, format!("{subject} {}", path.display()), error);
                None
            }
        }
    }

    pub(super) fn fatal(&mut self, reason: ConfigReason, subject: impl Into<String>, detail: impl Display) {
        self.findings.push(Finding::new(Level::Fatal, reason, subject).because(detail));
    }

    pub(super) fn note_seen(&mut self, bytes: &[u8]) {
        self.seen.extend_from_slice(&lacre_core::sha256(bytes));
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

fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether files can be made in a folder, which is made if it is missing.
pub(super) fn writable(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let probe = folder.join(format!(".writable-{}", std::process::id()));
    fs::write(&probe, [])?;
    fs::remove_file(probe)
}
