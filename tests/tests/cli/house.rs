//! A folder with a throwaway PKI and signed messages, and the command to run on them.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;
use lacre_core::Ispb;
use lacre_simulator::samples;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, RsaKeySize,
    SerialNumber,
};

/// What one signer has: a key and a certificate, both PEM.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) certificate: String,
}

/// A CA with three signers: the usual one, another, and one whose certificate has expired.
#[derive(Debug)]
pub(crate) struct Pki {
    pub(crate) usual: Pair,
    pub(crate) other: Pair,
    pub(crate) expired: Pair,
}

/// A folder of its own for one test.
#[derive(Debug)]
pub(crate) struct House {
    folder: tempfile::TempDir,
}

/// The instant that the samples carry: in the validity of every certificate here.
pub(crate) const SAMPLE_INSTANT_MS: i64 = 1_767_614_400_000;

impl House {
    /// With `key.pem`, `cert.pem`, `other.pem`, `expired.pem`, the unsigned `spi.xml` and `dict.xml`.
    pub(crate) fn new() -> Self {
        let house = Self { folder: tempfile::tempdir().unwrap() };
        let Pki { usual, other, expired } = pki();
        house.put("key.pem", &usual.key);
        house.put("cert.pem", &usual.certificate);
        house.put("other-key.pem", &other.key);
        house.put("other.pem", &other.certificate);
        house.put("expired-key.pem", &expired.key);
        house.put("expired.pem", &expired.certificate);
        let ispb = Ispb::new("12345678").unwrap();
        house.put("spi.xml", samples::pacs_008(&ispb, SAMPLE_INSTANT_MS).xml);
        house.put("dict.xml", samples::create_entry(&ispb));
        house
    }

    /// And with `signed.xml` (SPI) and `signed-dict.xml`.
    pub(crate) fn with_signed_messages() -> Self {
        let house = Self::new();
        for (profile, input, output) in
            [("spi", "spi.xml", "signed.xml"), ("dict", "dict.xml", "signed-dict.xml")]
        {
            house
                .lacre([
                    "sign",
                    "--profile",
                    profile,
                    "--key",
                    "key.pem",
                    "--cert",
                    "cert.pem",
                    input,
                    "-o",
                    output,
                ])
                .assert()
                .code(0);
        }
        house
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, making its folder.
    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// The command in this folder, in English, without anything of the caller's environment that it listens to.
    pub(crate) fn lacre<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = bare(self.folder.path());
        command.args(arguments);
        command
    }

    /// `verify` with the usual trust.
    pub(crate) fn verify<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.lacre(["verify", "--trust", "cert.pem"]);
        command.args(arguments);
        command
    }
}

/// The command, alone.
pub(crate) fn bare(folder: &Path) -> Command {
    let mut command = Command::new(lacre_tests::lacre());
    command.current_dir(folder);
    command.timeout(core::time::Duration::from_secs(300));
    for variable in ["LANG", "LC_ALL", "LC_MESSAGES", "NO_COLOR", "TERM", "LACRE_PASSPHRASE"] {
        command.env_remove(variable);
    }
    command
}

/// What a run wrote, its exit code, and both as text.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let run = Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(!run.err.contains("panicked"), "{}", run.err);
    run
}

/// The JSON that a run wrote to standard output.
pub(crate) fn json(run: &Run) -> serde_json::Value {
    serde_json::from_str(&run.out).unwrap()
}

fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(|| {
        let authority_key = rsa_key();
        let mut authority = CertificateParams::default();
        authority.distinguished_name = name("AC de Teste v1", "CSPB-4");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = Issuer::new(authority, authority_key);
        Pki {
            usual: pair(&authority, "Banco do Teste T001", 77, 2040),
            other: pair(&authority, "Banco Alheio T002", 78, 2040),
            expired: pair(&authority, "Banco do Passado T003", 79, 2027 - 1),
        }
    })
}

fn pair(authority: &Issuer<'_, KeyPair>, common_name: &str, serial: u8, until: i32) -> Pair {
    let key = rsa_key();
    let mut leaf = CertificateParams::default();
    leaf.distinguished_name = name(common_name, "ISPB-12345678");
    leaf.serial_number = Some(SerialNumber::from_slice(&[serial]));
    leaf.not_before = rcgen::date_time_ymd(2020, 1, 1);
    leaf.not_after = rcgen::date_time_ymd(until, 6, 1);
    let certificate = leaf.signed_by(&key, authority).unwrap();
    Pair { key: key.serialize_pem(), certificate: certificate.pem() }
}

fn rsa_key() -> KeyPair {
    KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap()
}

fn name(common_name: &str, unit: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, "BR");
    name.push(DnType::OrganizationName, "ICP-Brasil");
    name.push(DnType::OrganizationalUnitName, unit);
    name.push(DnType::CommonName, common_name);
    name
}
