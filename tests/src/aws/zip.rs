//! A zip file of one program.

use std::io::Write;
use std::process::{Command, Stdio};

const ZIP: &str = "\
import sys, zipfile
entry = zipfile.ZipInfo('bootstrap')
entry.external_attr = 0o100755 << 16
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as package:
    package.writestr(entry, sys.stdin.buffer.read())
";

/// A deployment package whose `bootstrap` has this content and may be executed.
///
/// # Panics
/// If Python does not make it.
#[must_use]
pub fn zip_of(bootstrap: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("package.zip");
    let mut python =
        Command::new(crate::python()).args(["-c", ZIP]).arg(&path).stdin(Stdio::piped()).spawn().unwrap();
    python.stdin.take().unwrap().write_all(bootstrap).unwrap();
    assert!(python.wait().unwrap().success(), "a zip file");
    std::fs::read(path).unwrap()
}
