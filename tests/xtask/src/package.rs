//! The zips that a Lambda function is made of: one per architecture, for provided.al2023.
//!
//! Both are cross-compiled by zig, the one for this machine's architecture too: it must run with the C library of Amazon Linux 2023,
//! which may be older than this machine's.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use xtask::parts;
use xtask::tally::Tally;

use crate::step::Step;

/// An architecture that Lambda has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arch {
    Arm64,
    X86,
}

impl Arch {
    pub(crate) const ALL: [Self; 2] = [Self::Arm64, Self::X86];

    /// Its name as Lambda writes it, with a hyphen as zips have it.
    const fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86 => "x86_64",
        }
    }

    const fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86 => "x86_64-unknown-linux-gnu",
        }
    }

    /// The architecture that was asked for.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|arch| arch.name() == name)
    }
}

/// Builds the zips.
pub(crate) fn run(archs: &[Arch]) -> Tally {
    let mut tally = Tally::default();
    for arch in archs {
        let built = build(*arch).run();
        tally.add(built);
        if built.failed > 0 {
            continue;
        }
        match publish(*arch) {
            Ok((path, bytes)) => println!("{}: {bytes} bytes", path.display()),
            Err(error) => {
                eprintln!("the zip for {} cannot be put in its place: {error}", arch.name());
                tally.add(Tally::of_step(false));
            }
        }
    }
    tally
}

fn build(arch: Arch) -> Step {
    let folder = arch_folder(arch).display().to_string();
    let args = [
        "lambda",
        "build",
        "--package",
        "lacre-lambda",
        "--bin",
        "bootstrap",
        "--profile",
        "lambda",
        "--locked",
        "--target",
        arch.target(),
        "--output-format",
        "Binary",
        "--lambda-dir",
        &folder,
        "--flatten",
        "bootstrap",
    ];
    Step::program(
        &format!("the Lambda package for {}", arch.name()),
        &parts::venv().join("bin/cargo-lambda"),
        &args,
    )
    .env_os("PATH", &with_venv())
    .env("CARGO_LAMBDA_DISABLE_TELEMETRY", "1")
    // aws-lc's own jitter entropy beside the kernel's takes nine tenths of a cold start's instructions; the kernel of a sandbox
    // is seeded before anything of ours runs.
    .env("AWS_LC_SYS_NO_JITTER_ENTROPY", "1")
}

/// The path with the project's own tools first: zig is one of them.
fn with_venv() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = core::iter::once(parts::venv().join("bin")).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).unwrap_or(path)
}

/// Zips the program: as small as it gets, and the same octets for the same program, so that its hash names it.
const ZIP: &str = "\
import sys, zipfile
entry = zipfile.ZipInfo('bootstrap')
entry.external_attr = 0o100755 << 16
entry.create_system = 3
entry.compress_type = zipfile.ZIP_DEFLATED
with open(sys.argv[1], 'rb') as program, zipfile.ZipFile(sys.argv[2], 'w', compresslevel=9) as package:
    package.writestr(entry, program.read(), compresslevel=9)
";

fn publish(arch: Arch) -> std::io::Result<(PathBuf, u64)> {
    let zip = folder().join(format!("lacre-lambda-{}.zip", arch.name()));
    let mut python = Command::new(parts::venv().join("bin/python"));
    let zipped = python.args(["-c", ZIP]).arg(arch_folder(arch).join("bootstrap")).arg(&zip).status()?;
    if !zipped.success() {
        return Err(std::io::Error::other("python did not make it"));
    }
    let bytes = fs::metadata(&zip)?.len();
    Ok((zip, bytes))
}

fn arch_folder(arch: Arch) -> PathBuf {
    folder().join(arch.name())
}

/// Where the zips lie.
pub(crate) fn folder() -> PathBuf {
    parts::target().join("package")
}
