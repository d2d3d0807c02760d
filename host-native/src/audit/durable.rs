//! Files that are either there whole or not there at all, power cuts included.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes a file under a temporary name, syncs it, and renames it onto `path`: readers see the old content or the new one.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    };
    // Hive, Athena, Spark and DuckDB's usual globs pass over names that start with a dot.
    let temporary = folder.join(format!(".{name}.tmp"));
    let mut file = BufWriter::new(create_anew(&temporary)?);
    write(&mut file)?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&temporary, path)?;
    sync_folder(folder)
}

/// Creates a file in the place of what a kill left there. A link that somebody put there goes, and is not followed.
fn create_anew(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => open_private(OpenOptions::new().write(true).create_new(true), path),
    }
}

/// Whether files can be made in a folder, which is made if it is missing.
pub(crate) fn writable(folder: &Path) -> io::Result<()> {
    create_folders(folder)?;
    let probe = folder.join(format!(".writable-{}", std::process::id()));
    drop(create_anew(&probe)?);
    fs::remove_file(probe)
}

/// Creates a file that must not exist yet, and makes its name durable.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let file = open_private(&mut options, path)?;
    path.parent().map_or(Ok(()), sync_folder)?;
    Ok(file)
}

/// Creates a folder and those above it, each of them durably.
pub(crate) fn create_folders(folder: &Path) -> io::Result<()> {
    let mut missing: Vec<&Path> =
        folder.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.exists()).collect();
    while let Some(next) = missing.pop() {
        match create_private_folder(next) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => other?,
        }
        next.parent().filter(|above| !above.as_os_str().is_empty()).map_or(Ok(()), sync_folder)?;
    }
    Ok(())
}

/// Deletes a file durably; one that is not there is no error.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => path.parent().map_or(Ok(()), sync_folder),
    }
}

/// Whether an open file still has a name, as far as the system tells.
#[cfg(unix)]
pub(crate) fn has_name(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(file.metadata()?.nlink() > 0)
}

/// Whether an open file still has a name, as far as the system tells.
#[cfg(not(unix))]
pub(crate) fn has_name(_file: &File) -> io::Result<bool> {
    Ok(true)
}

/// Writes the names in a folder to the disk, as far as the system knows how to.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Writes the names in a folder to the disk, as far as the system knows how to.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Opens a file that, when it is new, others on this machine cannot read: it holds people's names and keys. A link is not followed.
pub(crate) fn open_private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o640);
    #[cfg(target_os = "linux")]
    if let Ok(flags) = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()) {
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags);
    }
    options.open(path)
}

/// A folder for its owner, who writes, and for a group that reads, whatever mask the process was started with.
fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o750);
    builder.create(path)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o750))?;
    Ok(())
}

/// Writes `bytes` whole, as the only content of a file: see [`replace`].
pub(crate) fn replace_with(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, |file| file.write_all(bytes))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_link_in_a_files_place_is_replaced_and_what_it_points_at_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("theirs"), "theirs").unwrap();
        symlink(path("theirs"), path(".ours.tmp")).unwrap();
        replace_with(&path("ours"), b"ours").unwrap();
        symlink(path("nowhere"), path(".ours.tmp")).unwrap();
        replace_with(&path("ours"), b"ours").unwrap();
        symlink(path("theirs"), path(&format!(".writable-{}", std::process::id()))).unwrap();
        writable(folder.path()).unwrap();
        let lock = path("lock");
        symlink(path("nowhere"), &lock).unwrap();
        assert!(open_private(OpenOptions::new().write(true).create(true), &lock).is_err());
        assert!(create_new(&lock).is_err());
        assert_eq!(fs::read(path("theirs")).unwrap(), b"theirs");
        assert_eq!(fs::read(path("ours")).unwrap(), b"ours");
        assert!(fs::symlink_metadata(path("ours")).unwrap().is_file());
        assert!(!path("nowhere").exists());
        let mut names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["lock", "ours", "theirs"], "nothing is left over");
    }

    #[test]
    fn a_folder_is_closed_to_others_on_every_level_that_is_made() {
        let folder = tempfile::tempdir().unwrap();
        writable(&folder.path().join("audit/log")).unwrap();
        for made in ["audit", "audit/log"] {
            let mode = fs::metadata(folder.path().join(made)).unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, 0o750, "{made}");
        }
    }
}
