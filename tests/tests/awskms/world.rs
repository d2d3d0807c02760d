//! A folder with a key that KMS holds, its certificate and messages, and the command beside a KMS.

use std::ffi::OsString;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use lacre_core::Ispb;
use lacre_simulator::pki::{PkiOptions, ThrowawayPki};
use lacre_simulator::samples;
use tempfile::TempDir;

use crate::service::{Plan, Service};

/// What everybody calls the key here.
pub(crate) const KEY: &str = "awskms:alias/pix-signature";

/// The files of a PKI, made once: RSA keys take a while.
static PKI: LazyLock<Vec<(OsString, Vec<u8>)>> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    ThrowawayPki::create(folder.path(), &PkiOptions::default()).unwrap();
    let files = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
    files.map(|file| (file.file_name(), std::fs::read(file.path()).unwrap())).collect()
});

/// What a run of the command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A folder with the usual certificates (`psp-signature.pem`), `spi.xml` and `dict.xml`, and the KMS that holds the key.
#[derive(Debug)]
pub(crate) struct World {
    folder: TempDir,
    pub(crate) service: Service,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Plan::new())
    }

    /// With a KMS that misbehaves.
    pub(crate) fn with(plan: Plan) -> Self {
        let folder = TempDir::new().unwrap();
        for (name, bytes) in PKI.iter() {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        }
        let service = Service::start(&folder.path().join("psp-signature.key"), plan);
        let world = Self { folder, service };
        let ispb = Ispb::new("12345678").unwrap();
        std::fs::write(world.path("spi.xml"), samples::pacs_008(&ispb, 1_767_614_400_000).xml).unwrap();
        std::fs::write(world.path("dict.xml"), samples::create_entry(&ispb)).unwrap();
        world
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command beside this world's KMS.
    pub(crate) fn lacre(&self, arguments: &[&str]) -> Command {
        let mut command = lacre(self.folder());
        command.args(arguments).env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.service.port));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run(&mut self.lacre(arguments))
    }

    /// `csr` for the key.
    pub(crate) fn csr(&self) -> Command {
        self.lacre(&["csr", "--key", KEY, "--subject", "CN=A"])
    }
}

/// The command in a folder, in English, with AWS credentials that are none, and nothing of the caller's environment.
pub(crate) fn lacre(folder: &Path) -> Command {
    let mut command = Command::new(lacre_tests::lacre());
    command
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("AWS_REGION", "sa-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

pub(crate) fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// OpenSSL in a folder; arguments hold no blanks.
pub(crate) fn openssl(folder: &Path, line: &str) -> String {
    let output = Command::new("openssl").args(line.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
