//! A whole Pix on this machine, for `demo` and `dev`: throwaway PKI, BACEN's simulator as a process of its own, the proxy's configuration.

use core::net::{Ipv4Addr, SocketAddr};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use lacre_simulator::pki::{PkiOptions, ThrowawayPki};

use crate::context::Context;
use crate::failure::Failure;

/// Where the proxy takes DICT's requests unless the port is taken.
pub(super) const PROXY_DICT_PORT: u16 = 8080;
/// Where the proxy takes SPI's requests unless the port is taken.
pub(super) const PROXY_SPI_PORT: u16 = 9090;
const BACEN_DICT_PORT: u16 = 8181;
const BACEN_SPI_PORT: u16 = 9191;
const BACEN_HEALTH_PORT: u16 = 7171;

/// How a configuration of ours begins.
const MADE_BY_LACRE: &str = "# For testing only: made by lacre";

/// The bank of the demonstration.
pub(super) const ISPB: &str = "12345678";

/// A simulator in a process of its own. It ends when this is dropped, and with this process even if that is killed: the
/// other end of its standard input is here.
pub(super) struct Bacen {
    child: Child,
    /// Kept open: a process that writes where nobody reads is ended.
    stdout: Option<BufReader<ChildStdout>>,
    pub(super) dict: SocketAddr,
    pub(super) spi: SocketAddr,
    pub(super) log: PathBuf,
}

/// The folder with everything in it, and where the proxy's configuration is.
pub(super) struct Place {
    /// Held as long as this: what stands in the folder is one process's.
    _lock: File,
    pub(super) folder: PathBuf,
    pub(super) config: PathBuf,
    pub(super) audit: PathBuf,
}

impl Place {
    /// Takes a folder for this process, before anything in it is touched, and makes the PKI there unless it is there.
    pub(super) fn prepare(folder: &Path, context: &Context) -> Result<Self, Failure> {
        let config = folder.join("proxy.toml");
        if !is_ours(&config).map_err(|error| Failure::file(&config, &error))? {
            let words = context.say("is not one that lacre made", "não é uma configuração feita pelo lacre");
            let help = context.say(
                "it would be overwritten: name another folder",
                "ela seria sobrescrita: indique outra pasta",
            );
            return Err(Failure::new(format!("`{}` {words}", config.display())).help(help));
        }
        let lock = lock(folder, context)?;
        let pki = folder.join("pki");
        if !pki.exists() {
            let mut options = PkiOptions::default();
            ISPB.clone_into(&mut options.ispb);
            ThrowawayPki::create(&pki, &options).map_err(|error| Failure::new(error.to_string()))?;
        }
        let audit = folder.join("audit");
        Ok(Self { _lock: lock, folder: folder.to_owned(), config, audit })
    }

    /// Writes the configuration of a proxy before this BACEN.
    pub(super) fn configure(&self, bacen: &Bacen, dict: SocketAddr, spi: SocketAddr) -> Result<(), Failure> {
        let (bacen_dict, bacen_spi) = (bacen.dict.port(), bacen.spi.port());
        let text = format!(
            "{MADE_BY_LACRE}, keys and all. `lacre proxy --help` explains every parameter.\n\
             [spi]\nlisten = \"{spi}\"\nendpoint = \"localhost:{bacen_spi}\"\n\n\
             [dict]\nlisten = \"{dict}\"\nendpoint = \"localhost:{bacen_dict}\"\n\n\
             [signature]\nkey = \"pki/psp-signature.key\"\ncertificate = \"pki/psp-signature.pem\"\n\n\
             [mtls]\nkey = \"pki/psp-channel.key\"\ncertificate = \"pki/psp-channel.pem\"\n\n\
             [bacen]\nsignature_certificates = [\"pki/bacen-signature.pem\"]\nmtls_certificates = [\"pki/ca.pem\"]\n\n\
             [audit]\nfolder = \"audit\"\nship_seconds = 5\n"
        );
        fs::write(&self.config, text).map_err(|error| Failure::file(&self.config, &error))
    }
}

impl Bacen {
    /// Starts this program's own simulator over the folder's PKI, on the usual ports where they are free.
    pub(super) fn start(place: &Place, context: &Context) -> Result<Self, Failure> {
        // A port that was free a moment ago may be taken by now: then any will do.
        Self::start_on(place, context, is_free).or_else(|_| Self::start_on(place, context, |_| false))
    }

    fn start_on(place: &Place, context: &Context, is_usable: fn(u16) -> bool) -> Result<Self, Failure> {
        let log = place.folder.join("simulator.log");
        let refused = |error: std::io::Error| Failure::new(format!("simulator: {error}"));
        let program = std::env::current_exe().map_err(refused)?;
        let stderr = File::create(&log).map_err(|error| Failure::file(&log, &error))?;
        let mut command = Command::new(program);
        command
            .args(["--quiet", "simulator", "--until-eof", "--long-poll", "1", "--pki"])
            .arg(place.folder.join("pki"));
        for (flag, port) in
            [("--dict", BACEN_DICT_PORT), ("--spi", BACEN_SPI_PORT), ("--health", BACEN_HEALTH_PORT)]
        {
            command.arg(flag).arg(if is_usable(port) { port } else { 0 }.to_string());
        }
        let child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr).spawn().map_err(refused)?;
        let unset = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut bacen = Self { child, stdout: None, dict: unset, spi: unset, log };
        bacen.read_addresses(context)?;
        Ok(bacen)
    }

    /// The process, for whoever wants to see what happens without it.
    pub(super) fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process is still there.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for the lines that say where it listens.
    fn read_addresses(&mut self, context: &Context) -> Result<(), Failure> {
        self.stdout = self.child.stdout.take().map(BufReader::new);
        let (mut dict, mut spi) = (None, None);
        for line in self.stdout.iter_mut().flat_map(|stdout| stdout.lines()).map_while(Result::ok) {
            let Some((name, url)) = line.split_once("https://") else { continue };
            let found = if name.trim() == "DICT" { &mut dict } else { &mut spi };
            *found = url.trim().parse().ok();
            if let (Some(dict), Some(spi)) = (dict, spi) {
                (self.dict, self.spi) = (dict, spi);
                return Ok(());
            }
        }
        let words = context.say("the simulator did not start: see", "o simulador não iniciou: veja");
        Err(Failure::new(format!("{words} `{}`", self.log.display())))
    }
}

impl Drop for Bacen {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A listener on a port of the loopback interface, or on a free one if that is taken.
pub(super) async fn listen(port: u16) -> Result<tokio::net::TcpListener, Failure> {
    let address = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match tokio::net::TcpListener::bind(address(port)).await {
        Ok(listener) => Ok(listener),
        Err(_) => {
            tokio::net::TcpListener::bind(address(0)).await.map_err(|error| Failure::new(error.to_string()))
        }
    }
}

/// Where a listener listens.
pub(super) fn address(listener: &tokio::net::TcpListener) -> Result<SocketAddr, Failure> {
    listener.local_addr().map_err(|error| Failure::new(error.to_string()))
}

/// Keeps others that are like this process from the folder until it ends, however that happens.
fn lock(folder: &Path, context: &Context) -> Result<File, Failure> {
    let path = folder.join("lock");
    let opened = fs::create_dir_all(folder)
        .and_then(|()| OpenOptions::new().write(true).create(true).truncate(false).open(&path));
    let lock = opened.map_err(|error| Failure::file(&path, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::Error(error)) => Err(Failure::file(&path, &error)),
        Err(TryLockError::WouldBlock) => {
            let words = context.say("is in use by another process", "está em uso por outro processo");
            let help = context
                .say("end that one first, or name another folder", "encerre-o antes, ou indique outra pasta");
            Err(Failure::new(format!("`{}` {words}", folder.display())).help(help))
        }
    }
}

/// Whether a configuration may be written there: nobody else's is lost.
fn is_ours(config: &Path) -> std::io::Result<bool> {
    match fs::read(config) {
        Ok(bytes) => Ok(bytes.starts_with(MADE_BY_LACRE.as_bytes())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Text with each `{}` replaced by the next value.
pub(super) fn filled(template: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let mut pieces = template.split("{}");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text.push_str(values.next().copied().unwrap_or_default());
        text.push_str(piece);
    }
    text
}
