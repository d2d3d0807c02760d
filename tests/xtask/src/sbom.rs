//! What ships is made of what: a CycloneDX bill of materials for each program and each face.
//!
//! It is made from `cargo tree`, which resolves each package alone and so knows the features that it ships with. `cargo metadata`, on
//! which the usual tools stand, unites the features of the whole workspace: it would tell a Lambda function that it has a command line.

mod bom;
mod check;
mod tree;

use std::fs;
use std::process::{Command, ExitCode, Stdio};

use xtask::parts;
use xtask::tally::Tally;

use bom::Kind;
use tree::Tree;

/// One thing that leaves the house.
#[derive(Clone, Copy, Debug)]
struct Shipped {
    name: &'static str,
    kind: Kind,
    package: &'static str,
    features: &'static str,
    target: &'static str,
}

const ARM64: &str = "aarch64-unknown-linux-gnu";
const X86_64: &str = "x86_64-unknown-linux-gnu";
const WASM32: &str = "wasm32-unknown-unknown";

const SHIPPED: &[Shipped] = &[
    Shipped {
        name: "lacre-arm64",
        kind: Kind::Application,
        package: "lacre",
        features: "aws",
        target: ARM64,
    },
    Shipped {
        name: "lacre-x86_64",
        kind: Kind::Application,
        package: "lacre",
        features: "aws",
        target: X86_64,
    },
    Shipped {
        name: "lacre-lambda-arm64",
        kind: Kind::Application,
        package: "lacre-lambda",
        features: "",
        target: ARM64,
    },
    Shipped {
        name: "lacre-lambda-x86_64",
        kind: Kind::Application,
        package: "lacre-lambda",
        features: "",
        target: X86_64,
    },
    Shipped {
        name: "lacre-wasm-browser",
        kind: Kind::Library,
        package: "lacre-wasm",
        features: "browser",
        target: WASM32,
    },
    Shipped {
        name: "lacre-wasm-component",
        kind: Kind::Library,
        package: "lacre-wasm",
        features: "component",
        target: WASM32,
    },
    Shipped {
        name: "lacre-wasm-signer",
        kind: Kind::Library,
        package: "lacre-wasm",
        features: "signer",
        target: WASM32,
    },
    Shipped {
        name: "lacre-wasm-module",
        kind: Kind::Library,
        package: "lacre-wasm",
        features: "module",
        target: WASM32,
    },
];

/// Writes every bill, checked, and says what is in it.
pub(crate) fn run() -> ExitCode {
    let mut tally = Tally::default();
    println!("{:<24} {:>8} {:>14}  file", "what ships", "crates", "only to build");
    for shipped in SHIPPED {
        match write(shipped) {
            Ok(line) => println!("{line}"),
            Err(problem) => {
                eprintln!("{}: {problem}", shipped.name);
                tally.add(Tally::of_step(false));
                continue;
            }
        }
        tally.add(Tally::of_step(true));
    }
    crate::close(tally)
}

fn write(shipped: &Shipped) -> Result<String, String> {
    let bom = bill(shipped)?;
    check::check(&bom)?;
    let folder = parts::target().join("sbom");
    let path = folder.join(format!("{}.cdx.json", shipped.name));
    let text = serde_json::to_string_pretty(&bom).map_err(|error| error.to_string())?;
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&path, text + "\n"))
        .map_err(|error| error.to_string())?;
    let (shipping, building) = bom::counts(&bom);
    Ok(format!("{:<24} {shipping:>8} {building:>14}  {}", shipped.name, path.display()))
}

/// The bill of one thing.
fn bill(shipped: &Shipped) -> Result<serde_json::Value, String> {
    let ships = tree(shipped, "normal,no-proc-macro")?;
    let built = tree(shipped, "normal,build")?;
    let lock = fs::read_to_string(parts::root().join("Cargo.lock")).map_err(|error| error.to_string())?;
    bom::bill(shipped.name, shipped.kind, shipped.target, &ships, &built, &tree::checksums(&lock))
}

fn tree(shipped: &Shipped, edges: &str) -> Result<Tree, String> {
    let mut cargo = Command::new("cargo");
    cargo.args(["tree", "--locked", "--package", shipped.package, "--no-default-features"]);
    cargo.args(["--features", shipped.features, "--target", shipped.target, "--edges", edges]);
    cargo.args(["--prefix", "depth", "--format", tree::FORMAT]);
    let output =
        cargo.current_dir(parts::root()).stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Tree::read(&String::from_utf8_lossy(&output.stdout))
}
