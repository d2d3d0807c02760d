//! What `cargo tree` says: which crate stands on which.

use alloc::collections::{BTreeMap, BTreeSet};

/// How it is asked to say it.
pub(super) const FORMAT: &str = " {p}|{l}";

/// A crate in one version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) version: String,
}

/// What is known of a crate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// As its manifest has it, an SPDX expression.
    pub(super) license: String,
    /// Whether it stands in the workspace.
    pub(super) is_ours: bool,
    pub(super) stands_on: BTreeSet<Crate>,
}

/// The crates below one, and that one.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) root: Crate,
    pub(super) crates: BTreeMap<Crate, Known>,
}

impl Tree {
    /// Reads one crate a line, with its depth before it. A crate that comes again comes without what it stands on.
    pub(super) fn read(said: &str) -> Result<Self, String> {
        let mut crates: BTreeMap<Crate, Known> = BTreeMap::new();
        let mut above: Vec<Crate> = Vec::new();
        for line in said.lines().filter(|line| !line.is_empty()) {
            let (depth, known, id) = entry(line).ok_or_else(|| format!("cargo said `{line}`"))?;
            above.truncate(depth);
            if above.len() != depth {
                return Err(format!("`{line}` has nothing above it"));
            }
            if let Some(user) = above.last().and_then(|user| crates.get_mut(user)) {
                user.stands_on.insert(id.clone());
            }
            crates.entry(id.clone()).or_insert(known);
            above.push(id);
        }
        let root = above.into_iter().next().ok_or("cargo said nothing")?;
        Ok(Self { root, crates })
    }
}

fn entry(line: &str) -> Option<(usize, Known, Crate)> {
    let (depth, rest) = line.split_once(' ')?;
    let (package, license) = rest.split_once('|')?;
    let mut words = package.split(' ');
    let (name, version) = (words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned());
    // What comes from elsewhere has no place, or is a `(proc-macro)`.
    let is_ours = words.any(|word| word.starts_with("(/"));
    let license = license.trim_end_matches(" (*)").to_owned();
    Some((
        depth.parse().ok()?,
        Known { license, is_ours, stands_on: BTreeSet::new() },
        Crate { name, version },
    ))
}

/// The SHA-256 of each crate's archive, as the lock file has them.
pub(super) fn checksums(lock: &str) -> BTreeMap<Crate, String> {
    let mut checksums = BTreeMap::new();
    for package in lock.split("[[package]]") {
        let field = |name: &str| {
            let value = package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))?;
            Some(value.trim_matches('"').to_owned())
        };
        if let (Some(name), Some(version), Some(checksum)) =
            (field("name"), field("version"), field("checksum"))
        {
            checksums.insert(Crate { name, version }, checksum);
        }
    }
    checksums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str, version: &str) -> Crate {
        Crate { name: name.to_owned(), version: version.to_owned() }
    }

    #[test]
    fn reads_who_stands_on_whom() {
        let said = "0 ours v0.1.0 (/a b/ours)|MIT\n1 a v1.0.0|MIT OR Apache-2.0\n2 b v2.0.0 (proc-macro)|ISC\n1 b v1.0.0|ISC\n1 a v1.0.0|MIT OR Apache-2.0 (*)\n";
        let tree = Tree::read(said).unwrap();
        assert_eq!(tree.root, id("ours", "0.1.0"));
        assert_eq!(tree.crates.len(), 4);
        let ours = &tree.crates[&tree.root];
        assert!(ours.is_ours && ours.stands_on.iter().eq(&[id("a", "1.0.0"), id("b", "1.0.0")]));
        let a = &tree.crates[&id("a", "1.0.0")];
        assert_eq!((a.is_ours, a.license.as_str()), (false, "MIT OR Apache-2.0"));
        assert!(a.stands_on.contains(&id("b", "2.0.0")));
        assert!(!tree.crates[&id("b", "2.0.0")].is_ours);
    }

    #[test]
    fn refuses_what_cargo_does_not_say() {
        for said in ["", "x", "0 a 1.0.0|MIT", "1 a v1.0.0|MIT", "0 a v1.0.0|MIT\n2 b v1.0.0|MIT"] {
            assert!(Tree::read(said).is_err(), "{said}");
        }
    }

    #[test]
    fn reads_the_lock_file() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"x\"\nchecksum = \"00ff\"\n\n[[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n";
        assert_eq!(checksums(lock).into_iter().collect::<Vec<_>>(), [(id("a", "1.0.0"), "00ff".to_owned())]);
    }
}
