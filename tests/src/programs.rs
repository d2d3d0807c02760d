//! The programs that the tests run: cargo builds those of other packages only when it is asked to, so what lies beside the tests
//! may be older than the sources. Then it is built anew, once for each test program; otherwise cargo is not even started.

use std::env::current_exe;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

use crate::root;

/// The `lacre` command.
///
/// # Panics
/// If it cannot be built.
#[must_use]
pub fn lacre() -> PathBuf {
    static LACRE: OnceLock<PathBuf> = OnceLock::new();
    LACRE.get_or_init(|| built("lacre", "lacre", &["--features", "aws"])).clone()
}

/// The Lambda function's program.
///
/// # Panics
/// If it cannot be built.
#[must_use]
pub fn lambda() -> PathBuf {
    static BOOTSTRAP: OnceLock<PathBuf> = OnceLock::new();
    BOOTSTRAP.get_or_init(|| built("bootstrap", "lacre-lambda", &[])).clone()
}

/// target/debug/deps/test-hash → target/debug
pub(crate) fn folder() -> PathBuf {
    let program = current_exe().unwrap_or_default();
    program.ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default()
}

fn built(name: &str, package: &str, features: &[&str]) -> PathBuf {
    let folder = folder();
    let program = folder.join(name);
    if !is_current(&program, &root().join("Cargo.lock")) {
        let profile = match folder.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(profile) => profile,
        };
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--package", package, "--bin", name, "--profile", profile]);
        cargo.args(features);
        cargo.arg("--target-dir").arg(folder.parent().unwrap()).current_dir(root());
        assert!(cargo.status().unwrap().success(), "`{name}` cannot be built");
    }
    assert!(program.exists(), "{} is missing: run `cargo build -p {package}`", program.display());
    program
}

/// Whether a program is at least as new as this file and everything that cargo says it was made of.
fn is_current(program: &Path, lock: &Path) -> bool {
    let Ok(made) = modified(program) else { return false };
    let Ok(sources) = fs::read_to_string(program.with_extension("d")) else { return false };
    let older = |path: &Path| modified(path).is_ok_and(|modified| modified <= made);
    older(lock) && sources_in(&sources).iter().all(|source| older(source))
}

fn modified(path: &Path) -> std::io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

/// The paths behind the colon of a line as `make` reads it: a blank in one of them stands behind a backslash.
fn sources_in(rules: &str) -> Vec<PathBuf> {
    let paths = rules.lines().filter_map(|line| line.split_once(": ")).map(|(_, paths)| paths);
    paths
        .flat_map(|paths| {
            let whole = paths.replace("\\ ", "\0");
            whole.split(' ').map(|path| path.replace('\0', " ").into()).collect::<Vec<PathBuf>>()
        })
        .filter(|path: &PathBuf| !path.as_os_str().is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::fs::File;

    use super::*;

    #[test]
    fn a_program_is_current_until_one_of_its_sources_is_newer() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let set = |name: &str, age: u64| {
            let file = File::create(path(name)).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
        };
        for source in ["a.rs", "b c.rs", "lock"] {
            set(source, 100);
        }
        assert!(!is_current(&path("program"), &path("lock")), "there is none");
        set("program", 50);
        assert!(!is_current(&path("program"), &path("lock")), "nobody knows what it was made of");
        let place = folder.path().display();
        let rule = format!("{place}/program: {place}/a.rs {place}/b\\ c.rs\n");
        fs::write(path("program.d"), rule).unwrap();
        assert!(is_current(&path("program"), &path("lock")));
        for source in ["a.rs", "b c.rs", "lock"] {
            set(source, 10);
            assert!(!is_current(&path("program"), &path("lock")), "{source}");
            set(source, 100);
        }
        assert!(is_current(&path("program"), &path("lock")));
        fs::remove_file(path("a.rs")).unwrap();
        assert!(!is_current(&path("program"), &path("lock")), "a source is gone");
    }
}
