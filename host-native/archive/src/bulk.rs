//! Many messages at once: found in folders, read one per worker, their results handed on in the order of the input.

use core::str::Utf8Chunk;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use lacre_core::{Error, Reason, Verdict, limits};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use walkdir::WalkDir;

use crate::threads;

/// How many results wait for their turn at most: what bounds memory, however many files there are.
const WAITING_MAX: usize = 256;

/// One message to read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Item {
    /// Its path as given or found; `-` is standard input.
    pub path: PathBuf,
    /// Its path below the folder in which it was found; of a file that was named, its name.
    pub below: PathBuf,
    failed: Option<String>,
}

/// What some files and folders hold.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Found {
    /// The messages, folders sorted by name. What cannot be opened has its place among them, and says so when it is read.
    pub items: Vec<Item>,
    /// How many files and folders were left aside: hidden ones, and those in folders whose name does not end in `.xml`.
    pub passed_over: u64,
}

/// Why a message could not be read.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "either the system refuses or the limit does")]
pub enum ReadError {
    /// The system's words.
    Unreadable(String),
    /// It is larger than a message may be, and was not read.
    TooLarge(Error),
}

impl ReadError {
    /// What this makes of the message; none if the message was never seen.
    #[must_use]
    pub const fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Unreadable(_) => None,
            Self::TooLarge(error) => Some(error.verdict()),
        }
    }
}

/// Finds the messages: whatever is named, and every `*.xml` in a folder and those below it that is not hidden.
#[must_use]
pub fn find(inputs: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for input in inputs {
        if !is_stdin(input) && input.is_dir() {
            found.folder(input);
        } else {
            let below = input.file_name().map_or_else(|| input.clone(), PathBuf::from);
            found.items.push(Item { path: input.clone(), below, failed: None });
        }
    }
    found
}

impl Found {
    fn folder(&mut self, root: &Path) {
        let mut walk = WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                // A link to nothing holds nothing, and one to a folder above it nothing new.
                Err(error) if is_dead_link(&error) || error.loop_ancestor().is_some() => {
                    self.passed_over = self.passed_over.saturating_add(1);
                    continue;
                }
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_owned();
                    let failed =
                        Some(error.io_error().map_or_else(|| error.to_string(), ToString::to_string));
                    self.items.push(Item { below: PathBuf::new(), path, failed });
                    continue;
                }
            };
            let hidden = entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
            if entry.file_type().is_dir() {
                if hidden {
                    self.passed_over = self.passed_over.saturating_add(1);
                    walk.skip_current_dir();
                }
            } else if hidden || !entry.file_type().is_file() || !is_xml(entry.path()) {
                self.passed_over = self.passed_over.saturating_add(1);
            } else {
                let below = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_owned();
                self.items.push(Item { path: entry.into_path(), below, failed: None });
            }
        }
    }
}

impl Item {
    /// Whether this is standard input.
    #[must_use]
    pub fn is_stdin(&self) -> bool {
        is_stdin(&self.path)
    }

    /// The message's bytes, never more than [`limits::MESSAGE_BYTES_MAX`].
    ///
    /// # Errors
    /// When it cannot be read, or is larger than that.
    pub fn read(&self) -> Result<Vec<u8>, ReadError> {
        if let Some(failed) = &self.failed {
            return Err(ReadError::Unreadable(failed.clone()));
        }
        if self.is_stdin() {
            return read_at_most(io::stdin().lock(), 0);
        }
        let file = File::open(&self.path).map_err(unreadable)?;
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        read_at_most(file, length)
    }
}

/// A path as reports name it: as it stands, or with octets that are no UTF-8 as `\xNN`, so that two such names stay two.
#[must_use]
pub fn name(path: &Path) -> Cow<'_, str> {
    match path.to_str() {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(path.as_os_str().as_encoded_bytes().utf8_chunks().map(shown).collect()),
    }
}

fn shown(chunk: Utf8Chunk<'_>) -> String {
    let octets = chunk.invalid().iter().map(|octet| format!("\\x{octet:02x}"));
    // So that a backslash of the name's own is none of ours.
    core::iter::once(chunk.valid().replace('\\', "\\\\")).chain(octets).collect()
}

/// Does `work` on every item on all processors and hands the results to `next` in the order of the items. Stops at the first
/// error of `next`.
///
/// # Errors
/// Those of `next`.
pub fn in_order<I: Sync, O: Send, E>(
    items: &[I],
    work: impl Fn(&I) -> O + Sync,
    mut next: impl FnMut(&I, O) -> Result<(), E>,
) -> Result<(), E> {
    for items in items.chunks(WAITING_MAX) {
        let results: Vec<O> = match threads::pool() {
            Some(pool) => pool.install(|| items.par_iter().map(&work).collect()),
            None => items.iter().map(&work).collect(),
        };
        for (item, result) in items.iter().zip(results) {
            next(item, result)?;
        }
    }
    Ok(())
}

/// Whether the walk found a link that points at nothing.
pub(crate) fn is_dead_link(error: &walkdir::Error) -> bool {
    let missing = error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound);
    missing && error.path().is_some_and(Path::is_symlink)
}

fn read_at_most(input: impl Read, length: u64) -> Result<Vec<u8>, ReadError> {
    let max = u64::try_from(limits::MESSAGE_BYTES_MAX).unwrap_or(u64::MAX);
    let too_large = || ReadError::TooLarge(Error::new(Reason::TooLarge));
    if length > max {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0).saturating_add(1));
    // The length was only a hint: a pipe has none, and a file may grow.
    input.take(max.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > limits::MESSAGE_BYTES_MAX { Err(too_large()) } else { Ok(bytes) }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where an error is mapped")]
fn unreadable(error: io::Error) -> ReadError {
    ReadError::Unreadable(error.to_string())
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn is_xml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_xml_in_order_and_counts_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.xml", "a/z.XML", "a/y.txt", ".hidden/x.xml", ".hidden.xml", "c"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "<a/>").unwrap();
        }
        let found = find(&[folder.path().to_owned(), folder.path().join("c")]);
        let below: Vec<_> = found.items.iter().map(|item| item.below.to_str().unwrap()).collect();
        assert_eq!(below, ["a/z.XML", "b.xml", "c"]);
        assert_eq!(found.passed_over, 4, "y.txt, c, .hidden.xml and the hidden folder");
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..2_000).collect();
        let mut seen = Vec::new();
        let work = |n: &u64| {
            std::thread::sleep(core::time::Duration::from_micros(n * 7919 % 50));
            n * 2
        };
        in_order::<_, _, ()>(&items, work, |item, result| {
            assert_eq!(item * 2, result);
            seen.push(*item);
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, items);
    }

    #[test]
    fn an_error_of_the_taker_stops_the_work() {
        let items: Vec<usize> = (0..10 * WAITING_MAX).collect();
        let done = core::sync::atomic::AtomicUsize::new(0);
        let work = |_: &usize| done.fetch_add(1, core::sync::atomic::Ordering::Relaxed);
        assert_eq!(in_order(&items, work, |_, _| Err("enough")), Err("enough"));
        assert_eq!(done.into_inner(), WAITING_MAX);
    }

    #[test]
    fn a_file_above_the_limit_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.xml");
        let length = u64::try_from(limits::MESSAGE_BYTES_MAX).unwrap() + 1;
        File::create(&path).unwrap().set_len(length).unwrap();
        let found = find(&[path]);
        assert!(matches!(found.items[0].read(), Err(ReadError::TooLarge(_))));
    }

    #[cfg(unix)]
    #[test]
    fn links_to_nothing_and_links_in_a_circle_are_passed_over() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a.xml"), "<a/>").unwrap();
        symlink(path("a.xml"), path("b.xml")).unwrap();
        symlink(path("nowhere.xml"), path("dead.xml")).unwrap();
        symlink(folder.path(), path("circle")).unwrap();
        let found = find(&[folder.path().to_owned()]);
        let below: Vec<_> = found.items.iter().map(|item| item.below.to_str().unwrap()).collect();
        assert_eq!((below, found.passed_over), (vec!["a.xml", "b.xml"], 2));
        assert!(found.items.iter().all(|item| item.read().is_ok()));
        // What is named must be there.
        assert!(matches!(find(&[path("dead.xml")]).items[0].read(), Err(ReadError::Unreadable(_))));
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_utf_8_stay_two() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;
        let shown = |octets: &'static [u8]| name(Path::new(OsStr::from_bytes(octets))).into_owned();
        assert_eq!(shown("a\\é.xml".as_bytes()), "a\\é.xml");
        assert_eq!(shown(b"\xffa.xml"), r"\xffa.xml");
        assert_eq!(shown(b"\xfea\xc3.xml"), r"\xfea\xc3.xml");
        assert_ne!(shown(b"\xff\\xff"), shown(b"\xff\xff"));
    }

    #[test]
    fn what_is_missing_keeps_its_place() {
        let found = find(&[PathBuf::from("/nowhere/at/all.xml")]);
        assert!(matches!(found.items[0].read(), Err(ReadError::Unreadable(_))));
    }
}
