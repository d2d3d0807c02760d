//! MIME readers that banks use, each in a process of its own that takes all bodies apart.

use std::path::Path;
use std::process::Command;

use lacre_core::exchange::Headers;
use lacre_tests::worker::Worker;
use lacre_tests::{require, root};
use tempfile::TempDir;

/// Where Debian puts the Java readers and what they need.
const JARS: [&str; 4] = [
    "/usr/share/java/javax.mail.jar",
    "/usr/share/java/javax.activation.jar",
    "/usr/share/java/apache-mime4j-core.jar",
    "/usr/share/java/apache-mime4j-dom.jar",
];

/// Python's `email` by both policies, Node's mailparser, Go's `mime/multipart`, JavaMail and Apache mime4j.
pub(crate) struct Readers {
    workers: Vec<Worker>,
    _folder: TempDir,
}

impl Readers {
    /// Starts them; nothing if the tests were told to go without one.
    pub(crate) fn start() -> Option<Self> {
        let parts = ["python", "node", "mailparser", "golang", "java", "javamail", "mime4j"];
        if !parts.into_iter().all(require) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let interop = root().join("tests/interop");
        let mut node = Command::new("node");
        node.arg(interop.join("node/mime.mjs"));
        let mut java = Command::new("java");
        java.args(["-cp", &JARS.join(":")]).arg(interop.join("java/Mime.java"));
        let mut go = Command::new(built(&interop.join("go/mime.go"), folder.path()));
        let workers = vec![
            Worker::python("mime.py"),
            Worker::start(&mut node),
            Worker::start(&mut go),
            Worker::start(&mut java),
        ];
        Some(Self { workers, _folder: folder })
    }

    /// What each reader takes for parts, in the order in which it finds them.
    pub(crate) fn ask(&mut self, headers: &Headers, body: &[u8]) -> Vec<(String, Vec<Vec<u8>>)> {
        let lines = lines(headers);
        let mut found: Vec<(String, Vec<Vec<u8>>)> = Vec::new();
        for worker in &mut self.workers {
            for pair in worker.ask(&[&lines, body]).chunks(2) {
                let reader = String::from_utf8_lossy(&pair[0]).into_owned();
                match found.iter_mut().find(|(known, _)| *known == reader) {
                    Some((_, parts)) => parts.push(pair[1].clone()),
                    None => found.push((reader, vec![pair[1].clone()])),
                }
            }
        }
        found
    }
}

/// Header fields as lines: a client hands them all to its reader.
pub(crate) fn lines(headers: &Headers) -> Vec<u8> {
    let mut lines = Vec::new();
    for header in headers.iter() {
        lines.extend([header.name().as_bytes(), b": ", header.value(), b"\r\n"].concat());
    }
    lines
}

/// A Go program, built without looking for anything elsewhere.
fn built(source: &Path, folder: &Path) -> std::path::PathBuf {
    let program = folder.join("reader");
    let mut go = Command::new("go");
    go.args(["build", "-o"]).arg(&program).arg(source);
    go.envs([("GO111MODULE", "off"), ("GOTOOLCHAIN", "local"), ("GOPROXY", "off"), ("GOFLAGS", "")]);
    go.env("GOCACHE", folder.join("cache")).env("GOPATH", folder.join("path"));
    let built = go.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    program
}
