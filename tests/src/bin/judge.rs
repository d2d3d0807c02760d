//! Judges one message in a process of its own, so that what it costs in memory can be seen from outside.
//!
//! `judge spi|dict MESSAGE CERTIFICATE` (both files, the certificate as DER) prints a line for each way to look at the
//! message: the verdict, the reason's code, and where; and after deciding and after canonicalising, by how many bytes the
//! process had grown.
//! `judge gzip BODY` does the same for a packed body.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "test support: what goes wrong ends the test, what is found is printed"
)]

use lacre_core::exchange::{Headers, messages};
use lacre_core::xml::Quick;
use lacre_core::{
    At, Certificate, Error, Language, Profile, Trust, canonicalize, canonicalize_as, inspect, inspect_as,
    limits, verify, verify_as,
};
use lacre_tests::signer::AT;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["gzip", body] => measured(&std::fs::read(body).unwrap(), |body, _| judge_body(body)),
        [profile, message, certificate] => {
            let certificate = Certificate::from_der(&std::fs::read(certificate).unwrap()).unwrap();
            let profile = if *profile == "spi" { Profile::Spi } else { Profile::Dict };
            let mut trust = Trust::new();
            trust.add(certificate);
            measured(&std::fs::read(message).unwrap(), |message, grown| {
                judge(message, profile, &trust, grown);
            });
        }
        _ => panic!("judge spi|dict MESSAGE CERTIFICATE, or judge gzip BODY"),
    }
}

fn judge(message: &[u8], profile: Profile, trust: &Trust, grown: &dyn Fn()) {
    let at = At::UnixS(AT);
    say("verify scanner", verify(message, profile, trust, AT).err());
    say("verify quick-xml", verify_as::<Quick<'_>>(message, profile, trust, at).err());
    say("inspect scanner", inspect(message, profile, trust, AT).error);
    say("inspect quick-xml", inspect_as::<Quick<'_>>(message, profile, trust, at).error);
    grown();
    say("c14n scanner", canonicalize(message, true).err());
    say("c14n quick-xml", canonicalize_as::<Quick<'_>>(message, true).err());
}

fn judge_body(body: &[u8]) {
    let mut headers = Headers::default();
    headers.push("content-encoding", "gzip");
    headers.push("content-type", "application/xml; charset=utf-8");
    say("unpack", messages(&headers, body, limits::UNPACKED_BYTES_MAX).err());
}

fn say(what: &str, error: Option<Error>) {
    match error {
        None => println!("{what}\tvalid\t-\t-"),
        Some(error) => {
            for language in [Language::En, Language::PtBr] {
                assert!(!error.reason().help(language).is_empty(), "there is always something to do");
            }
            println!("{what}\t{}\t{}\t{error}", error.verdict(), error.code());
        }
    }
}

fn measured(input: &[u8], judge: impl FnOnce(&[u8], &dyn Fn())) {
    let before = peak();
    let grown = || println!("grown\t{}\t{}\t-", input.len(), peak() - before);
    judge(input, &grown);
    grown();
}

/// The most memory that this process ever held, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells");
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes << 10
}
