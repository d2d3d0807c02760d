//! `lacre proxy` as a process of its own, and a caller that writes its own octets.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

use lacre_simulator::pki::{PkiOptions, ThrowawayPki};
use tempfile::TempDir;

/// A throwaway PKI, one for the whole process: keys take long to make.
pub fn pki() -> PathBuf {
    static PKI: OnceLock<TempDir> = OnceLock::new();
    let folder = PKI.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        ThrowawayPki::create(&folder.path().join("pki"), &PkiOptions::default()).unwrap();
        folder
    });
    folder.path().join("pki")
}

/// A proxy's configuration before a BACEN on the ports of DICT and SPI. Records go to `audit` beside it.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a test fills it in")]
pub struct Configuration<'a> {
    /// The folder of its keys and certificates.
    pub pki: &'a Path,
    /// Where DICT is.
    pub dict: u16,
    /// Where SPI is.
    pub spi: u16,
    /// Channel certificates that are trusted beside the PKI's.
    pub certificates: &'a [&'a Path],
    /// More lines of `[audit]`.
    pub audit: &'a str,
    /// The lines of `[limits]`.
    pub limits: &'a str,
}

impl Configuration<'_> {
    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { pki, dict, spi, certificates, audit, limits } = *self;
        let pki = pki.display();
        let more: String = certificates.iter().map(|path| format!(", \"{}\"", path.display())).collect();
        format!(
            "[spi]\nlisten = \"127.0.0.1:0\"\nendpoint = \"localhost:{spi}\"\n\
             [dict]\nlisten = \"127.0.0.1:0\"\nendpoint = \"localhost:{dict}\"\n\
             [signature]\nkey = \"{pki}/psp-signature.key\"\ncertificate = \"{pki}/psp-signature.pem\"\n\
             [mtls]\nkey = \"{pki}/psp-channel.key\"\ncertificate = \"{pki}/psp-channel.pem\"\n\
             [bacen]\nsignature_certificates = [\"{pki}/bacen-signature.pem\"]\nmtls_certificates = [\"{pki}/ca.pem\"{more}]\n\
             [audit]\nfolder = \"audit\"\n{audit}\n[limits]\n{limits}\n"
        )
    }
}

/// Where a proxy listens.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a proxy has two channels")]
pub struct Addresses {
    /// For SPI.
    pub spi: SocketAddr,
    /// For DICT.
    pub dict: SocketAddr,
}

/// The proxy as a process. It ends when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    child: Child,
    at: Addresses,
    errors: Arc<Mutex<Vec<String>>>,
}

/// So many lines of errors are kept: under load there may be no end of them.
const ERRORS_MAX: usize = 100;

impl Proxy {
    /// Starts it, and waits until it listens. Its writes beyond a limit fail as on a full disk.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(lacre: &Path, configuration: &Path, variables: &[(&str, &Path)]) -> Self {
        let mut child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(lacre)
            .args(["proxy", "--config"])
            .arg(configuration)
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut listens = |channel: &str| loop {
            let line = said.next().unwrap_or_else(|| panic!("the proxy ended at its start")).unwrap();
            if let Some(rest) = line.strip_prefix(&format!("{channel} http://")) {
                break rest.split(' ').next().unwrap().parse().unwrap();
            }
        };
        let at = Addresses { spi: listens("spi"), dict: listens("dict") };
        let errors = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&errors);
        // Read on to the end, so that the log never fills the pipe.
        std::thread::spawn(move || {
            for line in said.map_while(Result::ok).filter(|line| line.contains(" ERROR ")) {
                let mut kept = kept.lock().unwrap();
                if kept.len() < ERRORS_MAX {
                    kept.push(line);
                }
            }
        });
        Self { child, at, errors }
    }

    /// What it has logged as errors so far.
    ///
    /// # Panics
    /// If whoever reads its log panicked.
    #[must_use]
    pub fn errors(&self) -> Vec<String> {
        self.errors.lock().unwrap().clone()
    }

    /// Where it listens.
    #[must_use]
    pub const fn at(&self) -> Addresses {
        self.at
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it with SIGKILL.
    ///
    /// # Panics
    /// If it ended by itself before.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it in good order, everything shipped.
    ///
    /// # Panics
    /// If it does not end so.
    pub fn stop(mut self) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }

    /// Lets it write files up to this size only; `unlimited` ends that.
    ///
    /// # Panics
    /// If that cannot be set.
    pub fn limit_file_size(&self, bytes: &str) {
        let limit = format!("--fsize={bytes}:unlimited");
        let limited = Command::new("prlimit").args(["--pid", &self.id().to_string(), &limit]).status();
        assert!(limited.unwrap().success());
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An answer as it came.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Status line and header fields.
    pub head: String,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// Reads one answer, whole or not; nothing if it is none.
    #[must_use]
    pub fn read(octets: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(octets).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head: head.to_owned(), body: body.to_owned() })
    }

    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The text of an element of our problem documents.
    #[must_use]
    pub fn element(&self, name: &str) -> Option<&str> {
        self.body.split_once(&format!("<{name}>"))?.1.split('<').next()
    }
}

/// The answer to a request on a connection that closes; nothing if it ended before a whole one.
#[must_use]
pub fn send(request: &[u8], to: SocketAddr) -> Option<Answer> {
    let answer = Answer::read(&converse(request, to)?)?;
    let length = answer.header("content-length").and_then(|length| length.parse().ok());
    length.is_none_or(|length: usize| length == answer.body.len()).then_some(answer)
}

/// Everything that comes back for these octets until the connection ends; nothing if it does not end well.
#[must_use]
pub fn converse(octets: &[u8], to: SocketAddr) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(to).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    stream.write_all(octets).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(answer)
}
