//! Which files an archive consists of.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};

use super::meter::Meter;
use crate::Format;
use crate::bulk::is_dead_link;

/// What the names of files in folders end in, but for `.gz`.
const LINE_ENDINGS: [&str; 3] = ["ndjson", "jsonl", "json"];

/// Which files are read where the same records stand in both formats, side by side under the same name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Choice {
    /// Every file, and of two that differ in their ending alone the Parquet.
    #[default]
    Each,
    /// Files of one format alone.
    Only(Format),
}

/// The files of an archive.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Archive {
    /// The files, those of a folder by name.
    pub files: Vec<ArchiveFile>,
    /// How many files and folders were left aside: hidden ones, and those that hold no records by their name or format.
    pub passed_over: u64,
    /// How many files were left aside because their records stand in another format beside them.
    pub twins: u64,
    pub(super) meter: Arc<Meter>,
}

/// One file of an archive.
#[derive(Debug)]
#[non_exhaustive]
pub struct ArchiveFile {
    /// Its path as given or found.
    pub path: PathBuf,
    /// What it holds.
    pub(super) kind: Kind,
    failed: Option<String>,
}

/// What a file holds, by its first octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Parquet,
    Lines,
    GzipLines,
    /// Nothing that is known. A file without an octet holds no lines.
    Foreign,
}

/// Finds the files of an archive: whatever is named, and in folders and those below them what ends in `.parquet`, `.ndjson`,
/// `.jsonl`, `.json`, any of these with `.gz`, and files without an ending whose first octets are such (Firehose names none).
/// Names that begin with `_` or `.` are left aside, as Spark and Hive do.
#[must_use]
pub fn find(inputs: &[PathBuf], choice: Choice) -> Archive {
    let mut archive = Archive::default();
    for input in inputs {
        if input.is_dir() {
            archive.folder(input);
        } else {
            archive.add(input.clone());
        }
    }
    archive.choose(choice);
    let length = |file: &ArchiveFile| file.path.metadata().map_or(0, |metadata| metadata.len());
    archive.meter.expect(archive.files.iter().map(length).fold(0, u64::saturating_add));
    archive
}

impl Archive {
    /// How many octets of the files have been read, of how many.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        self.meter.progress()
    }

    fn folder(&mut self, root: &Path) {
        let mut walk = WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            match entry {
                Ok(entry) if entry.depth() > 0 && is_hidden(&entry) => {
                    self.passed_over = self.passed_over.saturating_add(1);
                    if entry.file_type().is_dir() {
                        walk.skip_current_dir();
                    }
                }
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) if entry.file_type().is_file() && may_hold_records(entry.path()) => {
                    self.add(entry.into_path());
                }
                Ok(_) => self.passed_over = self.passed_over.saturating_add(1),
                Err(error) if is_dead_link(&error) || error.loop_ancestor().is_some() => {
                    self.passed_over = self.passed_over.saturating_add(1);
                }
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_owned();
                    let words = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    self.files.push(ArchiveFile { path, kind: Kind::Foreign, failed: Some(words) });
                }
            }
        }
    }

    fn add(&mut self, path: PathBuf) {
        let file = match Kind::of(&path) {
            Ok(kind) => ArchiveFile { path, kind, failed: None },
            Err(error) => ArchiveFile { path, kind: Kind::Foreign, failed: Some(error.to_string()) },
        };
        self.files.push(file);
    }

    /// Leaves each record once: no file twice, and one of two formats.
    fn choose(&mut self, choice: Choice) {
        let mut formats: BTreeMap<PathBuf, bool> = BTreeMap::new();
        for file in &self.files {
            *formats.entry(stem(&file.path)).or_default() |= file.kind == Kind::Parquet;
        }
        let mut seen = std::collections::BTreeSet::new();
        let [mut twins, mut others] = [0_u64; 2];
        self.files.retain(|file| {
            if file.failed.is_some() {
                return true;
            }
            let again = !seen.insert(file.path.canonicalize().unwrap_or_else(|_| file.path.clone()));
            let is_parquet = file.kind == Kind::Parquet;
            let count = match choice {
                _ if again => &mut others,
                Choice::Each if !is_parquet && formats.get(&stem(&file.path)) == Some(&true) => &mut twins,
                Choice::Only(Format::Parquet) if !is_parquet => &mut others,
                Choice::Only(Format::Ndjson) if is_parquet => &mut others,
                _ => return true,
            };
            *count = count.saturating_add(1);
            false
        });
        self.twins = twins;
        self.passed_over = self.passed_over.saturating_add(others);
    }
}

impl ArchiveFile {
    /// Opens it for reading.
    pub(super) fn open(&self) -> io::Result<File> {
        match &self.failed {
            Some(words) => Err(io::Error::other(words.clone())),
            None => File::open(&self.path),
        }
    }

    /// Whether its rows are lines, which people count from 1.
    #[must_use]
    pub fn has_lines(&self) -> bool {
        self.kind != Kind::Parquet
    }
}

impl Kind {
    fn of(path: &Path) -> io::Result<Self> {
        let mut octets = Vec::new();
        File::open(path)?.take(64).read_to_end(&mut octets)?;
        let text = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&octets);
        Ok(match text.trim_ascii_start() {
            _ if octets.starts_with(b"PAR1") => Self::Parquet,
            _ if octets.starts_with(&[0x1f, 0x8b]) => Self::GzipLines,
            [b'{', ..] => Self::Lines,
            [] if ending(path) != Some("parquet") => Self::Lines,
            _ if ending(path).is_some_and(|ending| LINE_ENDINGS.contains(&ending)) => Self::Lines,
            _ => Self::Foreign,
        })
    }
}

fn is_hidden(entry: &DirEntry) -> bool {
    matches!(entry.file_name().as_encoded_bytes(), [b'_' | b'.', ..])
}

fn may_hold_records(path: &Path) -> bool {
    match ending(path) {
        None => matches!(Kind::of(path), Ok(kind) if kind != Kind::Foreign),
        Some(ending) => ending == "parquet" || ending == "gz" || LINE_ENDINGS.contains(&ending),
    }
}

fn ending(path: &Path) -> Option<&str> {
    path.extension().and_then(|ending| ending.to_str())
}

/// A path without what tells its format.
fn stem(path: &Path) -> PathBuf {
    let mut stem = path.to_owned();
    if ending(&stem) == Some("gz") {
        stem.set_extension("");
    }
    if ending(&stem).is_some_and(|ending| ending == "parquet" || LINE_ENDINGS.contains(&ending)) {
        stem.set_extension("");
    }
    stem
}
