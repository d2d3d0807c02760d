//! The parts that nobody here wrote: programs, packages and targets that tests hold lacre against.
//!
//! A part is detected by looking at the file system alone, so that asking costs nothing when nothing is missing.

use std::path::{Path, PathBuf};
use std::process::Command;

/// One thing that a machine may lack.
#[derive(Debug)]
#[non_exhaustive]
pub struct Part {
    /// Its name, as `--without` takes it.
    pub name: &'static str,
    /// What cannot be tested without it.
    pub needed_for: &'static str,
    /// How to see that it is there.
    pub detect: Detect,
    /// How it comes.
    pub install: Install,
}

/// How to see that a part is there.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "the chores beside it handle each one")]
pub enum Detect {
    /// Every one of these programs is on the path.
    Programs(&'static [&'static str]),
    /// The program is on the path, and at least one of these files exists.
    ProgramAndFile(&'static str, &'static [&'static str]),
    /// The Python packages stand in the project's own virtual environment, in exactly these versions.
    PythonPackages(&'static [(&'static str, &'static str)]),
    /// This Python package stands in a virtual environment of its own, in exactly this version: what it pins fits nobody else.
    PythonAlone(&'static str, &'static str),
    /// The compiler has this target's library.
    RustTarget(&'static str),
    /// The crate was installed into the project's own tools, in exactly this version, with these programs.
    CargoTool {
        /// The crate.
        package: &'static str,
        /// Its version.
        version: &'static str,
        /// Its programs.
        programs: &'static [&'static str],
    },
    /// What the lock file of this folder names stands in its `node_modules`.
    NpmPackages(&'static str),
}

/// How a part comes.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "the chores beside it handle each one")]
pub enum Install {
    /// From these Debian packages, as root.
    Debian(&'static [&'static str]),
    /// By pip into its virtual environment; Python itself from these Debian packages when even that is missing.
    Python(&'static [&'static str]),
    /// By `rustup target add`.
    Rustup(&'static str),
    /// By `cargo install` into the project's own tools.
    Cargo,
    /// By `npm ci` in this folder.
    Npm(&'static str),
}

/// Where SoftHSM2 puts its PKCS#11 module, by distribution.
pub const SOFTHSM2_MODULES: &[&str] = &[
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

const PYTHON_PACKAGES: &[(&str, &str)] = &[("duckdb", "2.0.0"), ("lxml", "6.1.3")];

/// A young project that changes fast: `tests/tests/aws_contract.rs` holds this version to what is relied on. It makes RSA keys
/// with the second package and reads and writes Parquet with the third.
const EMULATOR_PACKAGES: &[(&str, &str)] =
    &[("ministack", "1.5.33"), ("cryptography", "50.0.2"), ("duckdb", "2.0.0")];

/// It brings the YAML reader that the tests take the template apart with.
const TEMPLATE_PACKAGES: &[(&str, &str)] = &[("cfn-lint", "1.58.0")];

/// wasmtime says in each major version what of it changed; cryptography is the host's key.
const WASM_PACKAGES: &[(&str, &str)] = &[("wasmtime", "50.0.1"), ("cryptography", "50.0.2")];

const SPARK_PACKAGES: &[(&str, &str)] =
    &[("pyspark", "4.3.0"), ("pyarrow", "26.0.1"), ("pandas", "2.3.3"), ("wasmtime", "50.0.1")];

const CROSS_PACKAGES: &[(&str, &str)] = &[("cargo-lambda", "1.9.2"), ("ziglang", "0.17.1")];

/// Where a program for arm64 finds its loader when it is started here.
const ARM64_LOADERS: &[&str] =
    &["/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1", "/lib/ld-linux-aarch64.so.1"];

/// Every part there is.
pub const PARTS: &[Part] = &[
    Part {
        name: "xmlsec1",
        needed_for: "XMLDSig both ways with xmlsec1 (DICT)",
        detect: Detect::Programs(&["xmlsec1"]),
        install: Install::Debian(&["xmlsec1"]),
    },
    Part {
        name: "xmllint",
        needed_for: "the `c14n` command against libxml2's own",
        detect: Detect::Programs(&["xmllint"]),
        install: Install::Debian(&["libxml2-utils"]),
    },
    Part {
        name: "java",
        needed_for: "XMLDSig both ways and Exclusive C14N with the JDK (SPI and DICT)",
        detect: Detect::Programs(&["java", "javac"]),
        install: Install::Debian(&["default-jdk-headless"]),
    },
    Part {
        name: "openssl",
        needed_for: "keys, certificates and TLS sessions made by OpenSSL",
        detect: Detect::Programs(&["openssl"]),
        install: Install::Debian(&["openssl"]),
    },
    Part {
        name: "softhsm2",
        needed_for: "PKCS#11 keys",
        detect: Detect::ProgramAndFile("softhsm2-util", SOFTHSM2_MODULES),
        install: Install::Debian(&["softhsm2"]),
    },
    Part {
        name: "opensc",
        needed_for: "PKCS#11 keys seen by another program",
        detect: Detect::Programs(&["pkcs11-tool"]),
        install: Install::Debian(&["opensc"]),
    },
    Part {
        name: "python",
        needed_for: "Exclusive C14N against libxml2 (lxml), Parquet archives read by DuckDB",
        detect: Detect::PythonPackages(PYTHON_PACKAGES),
        install: Install::Python(&["python3", "python3-venv"]),
    },
    Part {
        name: "ministack",
        needed_for: "the Lambda proxy against an emulator of AWS",
        detect: Detect::PythonPackages(EMULATOR_PACKAGES),
        install: Install::Python(&["python3", "python3-venv"]),
    },
    Part {
        name: "cfn-lint",
        needed_for: "the template that deploys the Lambda proxy",
        detect: Detect::PythonPackages(TEMPLATE_PACKAGES),
        install: Install::Python(&["python3", "python3-venv"]),
    },
    Part {
        name: "checkov",
        needed_for: "what a security scanner says of that template",
        detect: Detect::PythonAlone("checkov", "3.3.30"),
        install: Install::Python(&["python3", "python3-venv"]),
    },
    Part {
        name: "cargo-lambda",
        needed_for: "the Lambda package for arm64, cross-compiled",
        detect: Detect::PythonPackages(CROSS_PACKAGES),
        install: Install::Python(&["python3", "python3-venv"]),
    },
    Part {
        name: "aarch64-unknown-linux-gnu",
        needed_for: "the Lambda package for arm64, cross-compiled",
        detect: Detect::RustTarget("aarch64-unknown-linux-gnu"),
        install: Install::Rustup("aarch64-unknown-linux-gnu"),
    },
    Part {
        name: "qemu",
        needed_for: "the Lambda package for arm64, started once",
        detect: Detect::ProgramAndFile("qemu-aarch64", ARM64_LOADERS),
        install: Install::Debian(&["qemu-user", "libc6-arm64-cross"]),
    },
    Part {
        name: "prlimit",
        needed_for: "the audit trail on a full disk",
        detect: Detect::Programs(&["prlimit"]),
        install: Install::Debian(&["util-linux"]),
    },
    Part {
        name: "valgrind",
        needed_for: "how many instructions the core takes",
        detect: Detect::Programs(&["valgrind"]),
        install: Install::Debian(&["valgrind"]),
    },
    Part {
        name: "wasm32v1-none",
        needed_for: "the core on a target without std",
        detect: Detect::RustTarget("wasm32v1-none"),
        install: Install::Rustup("wasm32v1-none"),
    },
    Part {
        name: "wasm32-unknown-unknown",
        needed_for: "the core as WebAssembly",
        detect: Detect::RustTarget("wasm32-unknown-unknown"),
        install: Install::Rustup("wasm32-unknown-unknown"),
    },
    Part {
        name: "wasm-bindgen",
        needed_for: "the core in browsers and Node",
        detect: Detect::CargoTool {
            package: "wasm-bindgen-cli",
            // The glue and the crate in Cargo.toml speak only to each other's very version.
            version: "0.2.130",
            programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        },
        install: Install::Cargo,
    },
    Part {
        name: "node",
        needed_for: "the npm package, made and tested",
        detect: Detect::Programs(&["node", "npm"]),
        install: Install::Debian(&["nodejs", "npm"]),
    },
    Part {
        name: "chromium",
        needed_for: "the core in a browser",
        detect: Detect::Programs(&["chromium", "chromedriver"]),
        install: Install::Debian(&["chromium", "chromium-driver"]),
    },
    Part {
        name: "node-packages",
        needed_for: "the npm package, as its users bundle and type it",
        detect: Detect::NpmPackages("tests/node"),
        install: Install::Npm("tests/node"),
    },
    Part {
        name: "node-components",
        needed_for: "the components in Node",
        detect: Detect::NpmPackages("tests/node/component"),
        install: Install::Npm("tests/node/component"),
    },
    Part {
        name: "mailparser",
        needed_for: "multipart bodies as Node's mailparser reads them",
        detect: Detect::NpmPackages("tests/interop/node"),
        install: Install::Npm("tests/interop/node"),
    },
    Part {
        name: "golang",
        needed_for: "multipart bodies as Go's mime/multipart reads them",
        detect: Detect::Programs(&["go"]),
        install: Install::Debian(&["golang-go"]),
    },
    Part {
        name: "javamail",
        needed_for: "multipart bodies as JavaMail reads them",
        detect: Detect::ProgramAndFile("java", &["/usr/share/java/javax.mail.jar"]),
        install: Install::Debian(&["libmail-java"]),
    },
    Part {
        name: "mime4j",
        needed_for: "multipart bodies as Apache mime4j reads them",
        detect: Detect::ProgramAndFile("java", &["/usr/share/java/apache-mime4j-dom.jar"]),
        install: Install::Debian(&["libapache-mime4j-java"]),
    },
    Part {
        name: "python-wasm",
        needed_for: "the Python package, made and tested",
        detect: Detect::PythonPackages(WASM_PACKAGES),
        install: Install::Python(&["python3", "python3-venv"]),
    },
    Part {
        name: "pyspark",
        needed_for: "archives verified in Spark",
        detect: Detect::PythonPackages(SPARK_PACKAGES),
        install: Install::Python(&["python3", "python3-venv"]),
    },
    Part {
        name: "page-packages",
        needed_for: "the auditors' page, built and tested",
        detect: Detect::NpmPackages("web-verifier"),
        install: Install::Npm("web-verifier"),
    },
];

/// What `cargo xtask fuzz` needs and no test does.
pub const CARGO_FUZZ: Part = Part {
    name: "cargo-fuzz",
    needed_for: "fuzzing guided by coverage",
    detect: Detect::CargoTool { package: "cargo-fuzz", version: "0.13.2", programs: &["cargo-fuzz"] },
    install: Install::Cargo,
};

/// What `cargo xtask bench proxy` needs and no test does.
pub const NGINX: Part = Part {
    name: "nginx",
    needed_for: "what the proxy adds to a forwarder that does nothing",
    detect: Detect::Programs(&["nginx"]),
    install: Install::Debian(&["nginx-light"]),
};

/// The part of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Part> {
    PARTS.iter().find(|part| part.name == name)
}

impl Part {
    /// Whether this machine has it.
    #[must_use]
    pub fn is_present(&self) -> bool {
        match self.detect {
            Detect::Programs(programs) => programs.iter().all(|program| on_path(program)),
            Detect::ProgramAndFile(program, files) => {
                on_path(program) && files.iter().any(|file| Path::new(file).exists())
            }
            Detect::PythonPackages(packages) => {
                packages.iter().all(|(package, version)| python_has(&venv(), package, version))
            }
            Detect::PythonAlone(package, version) => python_has(&venv_of(package), package, version),
            Detect::RustTarget(target) => rust_has(target),
            Detect::CargoTool { package, version, programs } => tools_have(package, version, programs),
            Detect::NpmPackages(folder) => crate::npm::is_installed(&root().join(folder)),
        }
    }

    /// What a person types to get it.
    #[must_use]
    pub fn by_hand(&self) -> String {
        match self.install {
            Install::Debian(packages) => format!("sudo apt-get install -y {}", packages.join(" ")),
            Install::Python(packages) => format!(
                "sudo apt-get install -y {} && python3 -m venv {venv} && {venv}/bin/pip install {}",
                packages.join(" "),
                self.pip_requirements().join(" "),
                venv = self.venv_folder(),
            ),
            Install::Rustup(target) => format!("rustup target add {target}"),
            Install::Cargo => format!("cargo {}", self.cargo_install().join(" ")),
            Install::Npm(folder) => format!("npm ci --prefix {folder}"),
        }
    }

    /// What cargo is asked for. Not by the crate's own lock file, which names what may be gone; and without optimisation, since
    /// building the tools would cost more than running them.
    #[must_use]
    pub fn cargo_install(&self) -> Vec<String> {
        let Detect::CargoTool { package, version, programs } = self.detect else { return Vec::new() };
        let mut args = vec!["install".to_owned(), format!("{package}@{version}")];
        args.extend(["--debug", "--root", TOOLS].map(str::to_owned));
        args.extend(programs.iter().flat_map(|program| ["--bin".to_owned(), (*program).to_owned()]));
        args
    }

    /// What pip is asked for: every package with its exact version.
    #[must_use]
    pub fn pip_requirements(&self) -> Vec<String> {
        match self.detect {
            Detect::PythonPackages(packages) => {
                packages.iter().map(|(package, version)| format!("{package}=={version}")).collect()
            }
            Detect::PythonAlone(package, version) => vec![format!("{package}=={version}")],
            _ => Vec::new(),
        }
    }

    /// The folder of the virtual environment that pip puts it into, below the workspace's.
    #[must_use]
    pub fn venv_folder(&self) -> String {
        match self.detect {
            Detect::PythonAlone(package, _) => format!("{VENV}-{package}"),
            _ => VENV.to_owned(),
        }
    }
}

const VENV: &str = ".cache/venv";

const TOOLS: &str = ".cache/tools";

/// The workspace's folder.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Where cargo puts what it builds.
#[must_use]
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The folder of the project's Python virtual environment.
#[must_use]
pub fn venv() -> PathBuf {
    root().join(VENV)
}

/// The folder of the virtual environment that a Python package has for itself.
#[must_use]
pub fn venv_of(package: &str) -> PathBuf {
    root().join(format!("{VENV}-{package}"))
}

/// A program of the project's own tools.
#[must_use]
pub fn tool(name: &str) -> PathBuf {
    root().join(TOOLS).join("bin").join(name)
}

/// Where a program stands on the path.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn on_path(name: &str) -> bool {
    program(name).is_some()
}

fn python_has(venv: &Path, package: &str, version: &str) -> bool {
    // Where a package is unpacked, its name has underscores (PEP 427).
    let wanted = format!("{}-{version}.dist-info", package.replace('-', "_"));
    let lib = venv.join("lib");
    venv.join("bin/python").exists()
        && std::fs::read_dir(lib).is_ok_and(|mut pythons| {
            pythons.any(|python| {
                python.is_ok_and(|python| python.path().join("site-packages").join(&wanted).is_dir())
            })
        })
}

fn tools_have(package: &str, version: &str, programs: &[&str]) -> bool {
    // cargo's own list of what it installed.
    let wanted = format!("\"{package} {version} (");
    let listed = std::fs::read_to_string(root().join(TOOLS).join(".crates.toml"));
    listed.is_ok_and(|list| list.contains(&wanted)) && programs.iter().all(|name| tool(name).is_file())
}

fn rust_has(target: &str) -> bool {
    let asked = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
    asked.is_ok_and(|answer| {
        answer.status.success() && Path::new(String::from_utf8_lossy(&answer.stdout).trim()).is_dir()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_own_name_and_a_command_for_people() {
        for part in PARTS {
            assert_eq!(find(part.name).map(|found| found.needed_for), Some(part.needed_for));
            let by_hand = part.by_hand();
            assert!(["install", "rustup", "npm ci"].iter().any(|word| by_hand.contains(word)), "{by_hand}");
        }
    }

    #[test]
    fn a_program_that_is_nowhere_is_not_present() {
        let part = Part {
            name: "nothing",
            needed_for: "nothing",
            detect: Detect::Programs(&["sh", "no-program-has-this-name"]),
            install: Install::Debian(&[]),
        };
        assert!(!part.is_present());
    }

    #[test]
    fn the_root_is_the_workspace() {
        assert!(root().join("core/Cargo.toml").is_file());
    }
}
