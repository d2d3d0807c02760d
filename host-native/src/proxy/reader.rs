//! Reads files and parameters, and notes what it finds.

use std::fs;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::config::{self, File};
use super::seen::Seen;
use crate::finding::{ConfigReason, Finding, Level};
use crate::notes::Notes;
use crate::shown;

/// Reads files and parameters, and notes what it finds.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) folder: PathBuf,
    pub(super) notes: Notes,
    pub(super) seen: Seen,
}

impl Reader {
    pub(super) fn file(&mut self, path: &Path) -> Option<File> {
        let subject = shown::path(path);
        let text = match self.seen.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.notes.fatal(ConfigReason::Unreadable, subject, shown::io_words(&error).0);
                return None;
            }
        };
        config::read(&text).map_err(|fault| self.notes.fatal(ConfigReason::Syntax, subject, fault)).ok()
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
            Finding::new(level, ConfigReason::KeyPermission, format!("{subject} {}", shown::path(path)));
        self.notes.push(finding.because(format_args!("{:04o}", mode & 0o7777)));
    }

    #[cfg(not(unix))]
    pub(super) fn permission(&mut self, _subject: &str, _path: &Path) {}

    pub(super) fn bytes(&mut self, subject: &str, path: &Path) -> Option<Zeroizing<Vec<u8>>> {
        let path = self.path(path);
        match self.seen.read(&path) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                let (subject, words) =
                    (format!("{subject} {}", shown::path(&path)), shown::io_words(&error).0);
                self.notes.fatal(ConfigReason::Unreadable, subject, words);
                None
            }
        }
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
