//! The packaged Lambda function as a whole process: its size, its start before the emulator over TLS, its memory and its time at work.
//!
//! `cargo xtask bench lambda` builds the package and runs this. It reports; it asserts nothing.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a benchmark speaks to the person who started it"
)]

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use lacre_core::Ispb;
use lacre_simulator::Simulator;
use lacre_simulator::samples;
use lacre_tests::aws::pki::ISPB;
use lacre_tests::aws::{AwsFront, Delivery, Deployment};
use lacre_tests::lambda::{Call, Function, Source, lambda_environment};

const STARTS: usize = 15;
const CALLS: usize = 300;

/// What one start took.
struct Start {
    wall: Duration,
    cpu: Duration,
    resident_kib: u64,
    /// What the first request took.
    first: Duration,
}

fn main() {
    // `cargo test` runs benchmarks once to see that they work: this one needs a package, which is built apart.
    let Some(package) = std::env::var_os("LACRE_PACKAGE").map(PathBuf::from) else {
        println!("LACRE_PACKAGE names no package: `cargo xtask bench lambda` does");
        return;
    };
    tokio::runtime::Runtime::new().unwrap().block_on(measure(&package));
}

async fn measure(package: &Path) {
    let folder = tempfile::tempdir().unwrap();
    for arch in ["arm64", "x86_64"] {
        if let Ok(metadata) = std::fs::metadata(package.join(format!("lacre-lambda-{arch}.zip"))) {
            println!("zip, {arch}: {:.2} MB", metadata.len() as f64 / 1e6);
        }
    }
    let program = unpacked(&package.join("lacre-lambda-x86_64.zip"), folder.path());
    println!("program, x86_64: {:.2} MB", std::fs::metadata(&program).unwrap().len() as f64 / 1e6);

    let deployment = Deployment::new(1, 1, Delivery::Json).await;
    let ca = &deployment.pki.throwaway.ca.certificate_pem;
    let bacen = Simulator::start(deployment.pki.simulator(&[&deployment.signing_pem], ca)).await.unwrap();
    deployment.point_to(bacen.dict_addr().port(), bacen.spi_addr().port()).await;
    let front = AwsFront::start().await;
    let trusted = folder.path().join("ca.pem");
    // With as many certificates beside it as a machine usually trusts: they are parsed at every start.
    let usual = std::fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
    println!("trusted certificates: {}", usual.matches("BEGIN CERTIFICATE").count() + 1);
    std::fs::write(&trusted, format!("{usual}\n{}", front.ca_pem())).unwrap();
    let mut environment = lambda_environment(&front.secure_url());
    environment.extend(deployment.environment("spi"));
    environment.push(("SSL_CERT_FILE".to_owned(), trusted.display().to_string()));

    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(start(&program, &environment).await);
    }
    println!("\n{STARTS} starts, exec to ready (parameters, secret and key over TLS): min, median, max");
    row("wall", starts.iter().map(|one| ms(one.wall)).collect(), "ms");
    row("own CPU", starts.iter().map(|one| ms(one.cpu)).collect(), "ms");
    row("resident", starts.iter().map(|one| one.resident_kib as f64 / 1024.0).collect(), "MiB");
    row("first payment after it", starts.iter().map(|one| ms(one.first)).collect(), "ms");

    let function = Function::start_as(&mut Command::new(&program), &environment).await;
    function.ready().await;
    let cpu = function.cpu();
    let mut times = Vec::new();
    for _ in 0..CALLS {
        let begun = Instant::now();
        let reply = function.call(Source::Rest, &payment()).await;
        times.push(ms(begun.elapsed()));
        assert_eq!(reply.status, 201, "{}", reply.text());
    }
    let cpu = function.cpu().saturating_sub(cpu);
    times.sort_by(f64::total_cmp);
    println!("\n{CALLS} payments one after the other: sign, send, verify, record");
    println!("  p50 {:.2} ms, p99 {:.2} ms", times[CALLS / 2], times[CALLS * 99 / 100]);
    println!("  own CPU {:.2} ms each", ms(cpu) / CALLS as f64);
    let mib = |kib: u64| kib as f64 / 1024.0;
    println!(
        "  resident {:.1} MiB after them, {:.1} MiB at most",
        mib(function.resident_kib()),
        mib(function.resident_max_kib())
    );
    bacen.shutdown().await;
}

async fn start(program: &Path, environment: &[(String, String)]) -> Start {
    let function = Function::start_as(&mut Command::new(program), environment).await;
    function.ready().await;
    let (wall, cpu, resident_kib) = (function.age(), function.cpu(), function.resident_kib());
    let begun = Instant::now();
    function.call(Source::Rest, &payment()).await;
    Start { wall, cpu, resident_kib, first: begun.elapsed() }
}

fn payment() -> Call {
    let bank = Ispb::new(ISPB).unwrap();
    Call::post("/api/v1/in/12345678/msgs", samples::pacs_008(&bank, lacre_native::clock::unix_ms()).xml)
}

fn unpacked(zip: &Path, folder: &Path) -> PathBuf {
    let python = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract('bootstrap', sys.argv[2])";
    let status =
        Command::new(lacre_tests::python()).args(["-c", python]).arg(zip).arg(folder).status().unwrap();
    assert!(status.success(), "{} cannot be read", zip.display());
    let program = folder.join("bootstrap");
    assert!(Command::new("chmod").arg("+x").arg(&program).status().unwrap().success());
    program
}

fn row(name: &str, mut values: Vec<f64>, unit: &str) {
    values.sort_by(f64::total_cmp);
    let (min, median, max) = (values[0], values[values.len() / 2], values[values.len() - 1]);
    println!("  {name:<24} {min:8.1} {median:8.1} {max:8.1} {unit}");
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
