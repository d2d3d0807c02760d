//! Brings in what the tests need and this machine lacks, as far as it may.

use std::process::{Command, Stdio};

use xtask::parts::{self, Install, PARTS, Part};

/// Installs what is missing and not waived. Gives the parts that are still missing.
pub(crate) fn run(without: &[String]) -> Vec<&'static Part> {
    let wanted = |part: &&Part| !without.iter().any(|name| name == part.name);
    let missing: Vec<&'static Part> = PARTS.iter().filter(wanted).filter(|part| !part.is_present()).collect();
    if missing.is_empty() {
        println!("setup: nothing is missing");
    }
    bring(missing)
}

/// Installs these parts as far as that is possible. Gives those that are still missing.
pub(crate) fn bring(missing: Vec<&'static Part>) -> Vec<&'static Part> {
    for part in &missing {
        println!("setup: {} is missing ({})", part.name, part.needed_for);
    }
    install_debian(&missing);
    for part in &missing {
        match part.install {
            Install::Debian(_) => {}
            Install::Python(packages) => install_python(part, packages),
            Install::Rustup(target) => {
                attempt(Command::new("rustup").args(["target", "add", target]));
            }
            Install::Cargo => {
                let mut cargo = Command::new("cargo");
                cargo.args(part.cargo_install()).env("CARGO_PROFILE_DEV_DEBUG", "0");
                attempt(cargo.current_dir(parts::root()));
            }
            Install::Npm(folder) => {
                // What a package does when it is installed is not needed, so it may not do anything.
                attempt(
                    Command::new("npm")
                        .args(["ci", "--ignore-scripts", "--prefix", folder])
                        .current_dir(parts::root()),
                );
            }
        }
    }
    missing.into_iter().filter(|part| !part.is_present()).collect()
}

/// Says what is missing and what to type, in one list.
pub(crate) fn complain(missing: &[&Part]) {
    eprintln!("\nThis machine lacks what the tests need, and it could not be installed from here:\n");
    for part in missing {
        eprintln!("  {:<24}{}\n  {:<24}{}\n", part.name, part.needed_for, "", part.by_hand());
    }
    let waived: Vec<String> = missing.iter().map(|part| format!(" --without {}", part.name)).collect();
    eprintln!("To test without: cargo xtask test{}", waived.concat());
}

fn install_debian(missing: &[&Part]) {
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|part| match part.install {
            Install::Debian(packages) => packages,
            _ => &[],
        })
        .copied()
        .collect();
    if packages.is_empty() || !may_use_apt() {
        return;
    }
    // A package that this release does not have must not keep the others out.
    if !apt_install(&packages) {
        for package in packages {
            apt_install(&[package]);
        }
    }
}

fn install_python(part: &Part, packages: &[&str]) {
    let venv = parts::root().join(part.venv_folder());
    let python = venv.join("bin/python");
    let made = || attempt(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
    if !python.exists() && !made() {
        if !may_use_apt() || !apt_install(packages) {
            return;
        }
        made();
    }
    attempt(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(part.pip_requirements()),
    );
}

fn may_use_apt() -> bool {
    let root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|answer| String::from_utf8_lossy(&answer.stdout).trim() == "0");
    root && parts::program("apt-get").is_some()
}

fn apt_install(packages: &[&str]) -> bool {
    use std::sync::Once;
    static UPDATED: Once = Once::new();
    UPDATED.call_once(|| {
        attempt(Command::new("apt-get").args(["-q", "update"]));
    });
    attempt(
        Command::new("apt-get")
            .args(["-q", "-y", "install", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

fn attempt(command: &mut Command) -> bool {
    println!("setup: {command:?}");
    command.stdin(Stdio::null()).status().is_ok_and(|status| status.success())
}
