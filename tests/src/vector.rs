//! Vectors: one case per file, telling for itself what is expected and why.
//!
//! ```text
//! expect: invalid digest-mismatch
//! profile: spi
//! at: 1780272000
//! trust: bacen.pem
//! because: one octet of Document changed after signing
//!
//! <?xml ...the document, byte for byte, to the end of the file
//! ```
//!
//! `profile` may be `auto`, `at` may be `message`, `trust` names a file of `tests/keys`, once a line (none: nothing is
//! trusted), `crl` a revocation list there that its test authority signed.
//! `skip` and `diverges` name a host and say why it does not run this case, or is known to decide otherwise.

use core::fmt;
use std::path::{Path, PathBuf};

use lacre_core::rsa::RsaBackend;
use lacre_core::{At, Certificate, Error, Profile, Reason, Trust, Verdict};

/// One case.
#[derive(Clone, Debug)]
pub struct Vector {
    /// Folder and file name, without the extension.
    pub name: String,
    /// What it must come to.
    pub expect: Expectation,
    /// The rules to hold it against; none: as the root element says.
    pub profile: Option<Profile>,
    /// The instant at which the certificate must be valid.
    pub at: At,
    /// The certificates trusted, as files.
    pub trust: Vec<PathBuf>,
    /// A revocation list of the test authority, as a file.
    pub crl: Option<PathBuf>,
    /// Why it must come to that.
    pub because: String,
    /// The message.
    pub document: Vec<u8>,
    skip: Vec<Exception>,
    diverges: Vec<Exception>,
}

/// What a case must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The verdict.
    pub verdict: Verdict,
    /// The reason for a verdict other than valid.
    pub reason: Option<Reason>,
}

/// What came of running a case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever counts must count each")]
pub enum Outcome {
    /// As expected.
    Pass,
    /// Not run by this host, with the reason.
    Skip(String),
    /// Not as expected, and known, with the reason.
    KnownDivergence(String),
    /// Not as expected: what came instead.
    UnexpectedFailure(String),
    /// As expected, though a divergence is on record: take the record away.
    UnexpectedSuccess,
}

#[derive(Clone, Debug)]
struct Exception {
    host: String,
    reason: String,
}

impl Vector {
    /// Every vector below `tests/vectors`, ordered by name.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let folder = crate::root().join("tests/vectors");
        let mut files = Vec::new();
        find(&folder, &mut files);
        files.sort();
        assert!(!files.is_empty(), "there are no vectors in {}", folder.display());
        files.iter().map(|file| Self::read(&folder, file)).collect()
    }

    fn read(folder: &Path, file: &Path) -> Self {
        let name = file.strip_prefix(folder).unwrap().with_extension("").display().to_string();
        let bytes = std::fs::read(file).unwrap();
        Self::parse(name.clone(), &bytes).unwrap_or_else(|problem| panic!("vector {name}: {problem}"))
    }

    /// Reads a vector from a file's bytes.
    ///
    /// # Errors
    /// What is wrong with the header.
    pub fn parse(name: String, bytes: &[u8]) -> Result<Self, String> {
        let end =
            bytes.windows(2).position(|pair| pair == b"\n\n").ok_or("no empty line after the header")?;
        let header = core::str::from_utf8(&bytes[..end]).map_err(|problem| problem.to_string())?;
        let mut expect = None;
        let mut vector = Self {
            name,
            expect: Expectation { verdict: Verdict::Valid, reason: None },
            profile: None,
            at: At::Message,
            trust: Vec::new(),
            crl: None,
            because: String::new(),
            document: bytes[end + 2..].to_vec(),
            skip: Vec::new(),
            diverges: Vec::new(),
        };
        for line in header.lines() {
            let (field, value) = line.split_once(':').ok_or_else(|| format!("`{line}` is no header line"))?;
            let value = value.trim();
            match field {
                "expect" => expect = Some(Expectation::parse(value)?),
                "profile" => vector.profile = profile(value)?,
                "at" => vector.at = instant(value)?,
                "trust" => vector.trust.push(crate::root().join("tests/keys").join(value)),
                "crl" => vector.crl = Some(crate::root().join("tests/keys").join(value)),
                "because" => value.clone_into(&mut vector.because),
                "skip" => vector.skip.push(Exception::parse(value)?),
                "diverges" => vector.diverges.push(Exception::parse(value)?),
                _ => return Err(format!("`{field}` is no header field")),
            }
        }
        vector.expect = expect.ok_or("no `expect`")?;
        if vector.because.is_empty() {
            return Err("no `because`".to_owned());
        }
        Ok(vector)
    }

    /// The certificates trusted and what was revoked, as the core holds them.
    ///
    /// # Panics
    /// If a file cannot be read.
    pub fn trusted(&self, backend: &dyn RsaBackend) -> Trust {
        let certificates =
            |file: &PathBuf| Certificate::from_pem_or_der(&std::fs::read(file).unwrap(), backend).unwrap();
        let mut trust: Trust = self.trust.iter().flat_map(certificates).collect();
        if let Some(crl) = &self.crl {
            let authority = certificates(&crate::root().join("tests/keys/ca.pem"));
            trust.add_crl(&std::fs::read(crl).unwrap(), &authority[0]).unwrap();
        }
        trust
    }

    /// Runs the case on a host: `decide` gives what the host made of the message.
    pub fn run(&self, host: &str, decide: impl FnOnce(&Self) -> Expectation) -> Outcome {
        let exception = |list: &[Exception]| list.iter().find(|e| e.host == host).map(|e| e.reason.clone());
        if let Some(reason) = exception(&self.skip) {
            return Outcome::Skip(reason);
        }
        let got = decide(self);
        match (got == self.expect, exception(&self.diverges)) {
            (true, None) => Outcome::Pass,
            (true, Some(_)) => Outcome::UnexpectedSuccess,
            (false, Some(reason)) => Outcome::KnownDivergence(reason),
            (false, None) => {
                Outcome::UnexpectedFailure(format!("{got} instead of {}: {}", self.expect, self.because))
            }
        }
    }
}

/// Runs every vector on a host and ends the test unless each came out as its file says.
///
/// # Panics
/// If one did not. The message lists all that did not.
pub fn run_all(host: &str, mut decide: impl FnMut(&Vector) -> Expectation) {
    let mut unexpected = Vec::new();
    for vector in Vector::all() {
        match vector.run(host, &mut decide) {
            Outcome::Pass | Outcome::Skip(_) | Outcome::KnownDivergence(_) => {}
            outcome => unexpected.push(format!("  {}: {outcome:?}", vector.name)),
        }
    }
    assert!(unexpected.is_empty(), "{} vectors on {host}:\n{}", unexpected.len(), unexpected.join("\n"));
}

impl Expectation {
    /// What a result of the core comes to.
    #[must_use]
    pub const fn of<T>(result: &Result<T, Error>) -> Self {
        match result {
            Ok(_) => Self { verdict: Verdict::Valid, reason: None },
            Err(error) => Self { verdict: error.verdict(), reason: Some(error.reason()) },
        }
    }

    fn parse(value: &str) -> Result<Self, String> {
        let (verdict, reason) = value.split_once(' ').unwrap_or((value, ""));
        let verdict = Verdict::ALL
            .into_iter()
            .find(|known| known.as_str() == verdict)
            .ok_or_else(|| format!("`{verdict}` is no verdict"))?;
        let reason = match reason.trim() {
            "" => None,
            code => Some(Reason::from_code(code).ok_or_else(|| format!("`{code}` is no reason"))?),
        };
        if (verdict == Verdict::Valid) != reason.is_none() {
            return Err("every verdict but `valid` has a reason".to_owned());
        }
        Ok(Self { verdict, reason })
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verdict.as_str())?;
        match self.reason {
            Some(reason) => write!(f, " {}", reason.code()),
            None => Ok(()),
        }
    }
}

impl Exception {
    fn parse(value: &str) -> Result<Self, String> {
        let (host, reason) = value.split_once(':').ok_or("an exception names a host, then why")?;
        Ok(Self { host: host.trim().to_owned(), reason: reason.trim().to_owned() })
    }
}

fn profile(value: &str) -> Result<Option<Profile>, String> {
    match value {
        "auto" => Ok(None),
        "spi" => Ok(Some(Profile::Spi)),
        "dict" => Ok(Some(Profile::Dict)),
        _ => Err(format!("`{value}` is no profile")),
    }
}

fn instant(value: &str) -> Result<At, String> {
    match value {
        "message" => Ok(At::Message),
        _ => value.parse::<i64>().map(At::UnixS).map_err(|_| format!("`{value}` is no instant")),
    }
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "vec") {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &[u8] =
        b"expect: malformed doctype\nprofile: spi\nat: 12\nbecause: entities can grow\n\n<!DOCTYPE a>\n\n<a/>";

    #[test]
    fn keeps_the_document_byte_for_byte() {
        let vector = Vector::parse("case".to_owned(), CASE).unwrap();
        assert_eq!(vector.document, b"<!DOCTYPE a>\n\n<a/>");
        assert_eq!(vector.profile, Some(Profile::Spi));
        assert_eq!(vector.at, At::UnixS(12));
    }

    #[test]
    fn refuses_a_header_that_it_does_not_know() {
        for header in [
            "because: x",
            "expect: valid",
            "expect: valid doctype\nbecause: x",
            "expect: malformed\nbecause: x",
            "expect: malformed doctyp\nbecause: x",
            "expect: valid\nbecause: x\ncolour: red",
        ] {
            assert!(
                Vector::parse("case".to_owned(), format!("{header}\n\n").as_bytes()).is_err(),
                "{header}"
            );
        }
    }

    #[test]
    fn names_each_outcome() {
        let mut vector = Vector::parse("case".to_owned(), CASE).unwrap();
        let right = vector.expect;
        let wrong = Expectation { verdict: Verdict::Valid, reason: None };
        assert_eq!(vector.run("core", |_| right), Outcome::Pass);
        assert!(matches!(vector.run("core", |_| wrong), Outcome::UnexpectedFailure(_)));
        vector.diverges.push(Exception::parse("core: not yet").unwrap());
        assert_eq!(vector.run("core", |_| wrong), Outcome::KnownDivergence("not yet".to_owned()));
        assert_eq!(vector.run("core", |_| right), Outcome::UnexpectedSuccess);
        vector.skip.push(Exception::parse("core: no").unwrap());
        assert_eq!(vector.run("core", |_| right), Outcome::Skip("no".to_owned()));
    }
}
