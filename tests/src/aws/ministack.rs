//! The emulator as a process: started on a free port, ended with the tests.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use tempfile::TempDir;

use super::{Aws, REGION};

const EMULATOR: &str = include_str!("emulator.py");

const SERVICES: &str =
    "kms,ssm,secretsmanager,s3,firehose,glue,athena,cloudformation,lambda,iam,sts,logs,cloudwatch,apigateway";

const ATTEMPTS: usize = 3;
const POLLS: usize = 600;
const POLL: Duration = Duration::from_millis(50);

/// A running emulator. It ends when this is dropped or when the process ends.
#[derive(Debug)]
pub struct Ministack {
    address: SocketAddr,
    child: Child,
    input: Option<ChildStdin>,
    _folder: TempDir,
}

impl Ministack {
    /// The one of this test program. Tests keep out of each other's way by their names.
    ///
    /// # Panics
    /// If it does not start.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Ministack> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A new one that answers.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start() -> Self {
        // Between the moment when a port is found free and the one when it is taken, another test can have it.
        let mut log = String::new();
        for _ in 0..ATTEMPTS {
            match Self::attempt() {
                Ok(running) => return running,
                Err(said) => log = said,
            }
        }
        panic!("the emulator does not start: {log}");
    }

    fn attempt() -> Result<Self, String> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let folder = TempDir::new().unwrap();
        let log = folder.path().join("log");
        let output = File::create(&log).unwrap();
        let mut child = Command::new(crate::python())
            .args(["-c", EMULATOR])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
            .env("STATE_DIR", folder.path().join("state"))
            .env("S3_DATA_DIR", folder.path().join("s3"))
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("IOT_MTLS_ENABLED", "0")
            .env("ATHENA_ENGINE", "duckdb")
            .env("LAMBDA_EXECUTOR", "local")
            .env("MINISTACK_REGION", REGION)
            .env("SERVICES", SERVICES)
            .env("LOG_LEVEL", "WARNING")
            .stdin(Stdio::piped())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .process_group(0)
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut running = Self { address, child, input, _folder: folder };
        for _ in 0..POLLS {
            if running.child.try_wait().unwrap().is_some() {
                break;
            }
            if answers(address) {
                return Ok(running);
            }
            thread::sleep(POLL);
        }
        Err(fs::read_to_string(log).unwrap_or_default())
    }

    /// A client of it.
    #[must_use]
    pub const fn aws(&self) -> Aws {
        Aws::new(self.address)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        drop(self.input.take());
        drop(self.child.wait());
    }
}

fn answers(address: SocketAddr) -> bool {
    let asked = || -> std::io::Result<String> {
        let mut tcp = TcpStream::connect(address)?;
        tcp.set_read_timeout(Some(Duration::from_secs(5)))?;
        tcp.write_all(b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        tcp.read_to_string(&mut answer)?;
        Ok(answer)
    };
    asked().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
