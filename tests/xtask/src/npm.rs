//! Whether a folder has the npm packages that its lock file names: by looking at files alone.

use std::fs;
use std::path::Path;

/// Whether every package of the lock file stands in `node_modules` in its version.
pub(crate) fn is_installed(folder: &Path) -> bool {
    let Ok(lock) = fs::read_to_string(folder.join("package-lock.json")) else { return false };
    let packages = locked(&lock);
    !packages.is_empty() && packages.iter().all(|package| package.stands_in(folder))
}

/// One package of a lock file.
#[derive(Debug, PartialEq, Eq)]
struct Locked<'a> {
    /// Where it is put, below the folder.
    path: &'a str,
    version: &'a str,
    /// Made for some machines only: npm leaves it out on others.
    optional: bool,
}

impl Locked<'_> {
    fn stands_in(&self, folder: &Path) -> bool {
        let manifest = fs::read_to_string(folder.join(self.path).join("package.json"));
        // Publishers write it with and without spaces.
        let wanted = format!("\"version\":\"{}\"", self.version);
        match manifest {
            Ok(manifest) => manifest.split_ascii_whitespace().collect::<String>().contains(&wanted),
            Err(_) => self.optional,
        }
    }
}

/// The packages of a lock file. npm writes it one field a line, so lines are enough.
fn locked(lock: &str) -> Vec<Locked<'_>> {
    let mut packages: Vec<Locked<'_>> = Vec::new();
    for line in lock.lines().map(str::trim) {
        let Some((name, value)) = line.split_once(": ") else { continue };
        let (name, value) = (name.trim_matches('"'), value.trim_end_matches(',').trim_matches('"'));
        match (name, packages.last_mut()) {
            (path, _) if path.starts_with("node_modules/") && value == "{" => {
                packages.push(Locked { path, version: "", optional: false });
            }
            ("version", Some(package)) if package.version.is_empty() => package.version = value,
            ("optional", Some(package)) => package.optional = value == "true",
            _ => {}
        }
    }
    packages
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"{
  "name": "x",
  "version": "9.9.9",
  "packages": {
    "": { "name": "x" },
    "node_modules/a": {
      "version": "1.2.3",
      "license": "MIT"
    },
    "node_modules/@scope/b": {
      "version": "0.1.0",
      "optional": true,
      "os": [
        "aix"
      ]
    }
  }
}
"#;

    #[test]
    fn reads_what_a_lock_file_names() {
        let a = Locked { path: "node_modules/a", version: "1.2.3", optional: false };
        let b = Locked { path: "node_modules/@scope/b", version: "0.1.0", optional: true };
        assert_eq!(locked(LOCK), [a, b]);
    }

    #[test]
    fn a_package_that_is_missing_or_of_another_version_is_not_installed() {
        let folder = std::env::temp_dir().join(format!("lacre-xtask-npm-{}", std::process::id()));
        let a = folder.join("node_modules/a");
        fs::create_dir_all(&a).unwrap();
        assert!(!is_installed(&folder), "no lock file");
        fs::write(folder.join("package-lock.json"), LOCK).unwrap();
        assert!(!is_installed(&folder), "no package");
        fs::write(a.join("package.json"), r#"{"name":"a","version":"1.2.4"}"#).unwrap();
        assert!(!is_installed(&folder), "another version");
        fs::write(a.join("package.json"), r#"{ "name": "a", "version" : "1.2.3" }"#).unwrap();
        assert!(is_installed(&folder), "what is optional may be missing");
        fs::remove_dir_all(&folder).unwrap();
    }
}
