//! Another implementation in a process of its own, asked many times: starting one per message would take too long.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running program that answers requests. Both are lists of fields, framed by their lengths.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    requests: ChildStdin,
    replies: ChildStdout,
}

impl Worker {
    /// Starts a program that reads requests until its input ends.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let requests = child.stdin.take().unwrap();
        let replies = child.stdout.take().unwrap();
        Self { child, requests, replies }
    }

    /// Starts a single-file Java program of `tests/interop/java`.
    #[must_use]
    pub fn java(file: &str) -> Self {
        Self::start(Command::new("java").arg(crate::root().join("tests/interop/java").join(file)))
    }

    /// Starts a Python program of `tests/interop/python` in the project's virtual environment.
    #[must_use]
    pub fn python(file: &str) -> Self {
        Self::start(Command::new(crate::python()).arg(crate::root().join("tests/interop/python").join(file)))
    }

    /// Asks, and waits for the reply.
    pub fn ask(&mut self, fields: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut request = length(fields.len()).to_vec();
        for field in fields {
            request.extend(length(field.len()));
            request.extend_from_slice(field);
        }
        self.requests.write_all(&request).unwrap();
        self.requests.flush().unwrap();
        let count = self.read_length();
        (0..count).map(|_| self.read_field()).collect()
    }

    fn read_field(&mut self) -> Vec<u8> {
        let mut field = vec![0; self.read_length()];
        self.replies.read_exact(&mut field).unwrap();
        field
    }

    fn read_length(&mut self) -> usize {
        let mut octets = [0; 4];
        self.replies.read_exact(&mut octets).expect("the other implementation goes on");
        u32::from_be_bytes(octets) as usize
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

const fn length(count: usize) -> [u8; 4] {
    (count as u32).to_be_bytes()
}

/// Runs `xmlsec1` in a folder. Gives whether it was content.
#[must_use]
pub fn xmlsec1(folder: &Path, args: &[&str]) -> bool {
    let ran = Command::new("xmlsec1").args(args).current_dir(folder).output().unwrap();
    ran.status.success()
}
