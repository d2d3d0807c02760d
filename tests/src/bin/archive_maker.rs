//! Makes an archive of signed exchanges, tampers with some, and says on standard output, as JSON, what it did.
//!
//! `archive_maker --rows N --tampered K [--seed S] [--format parquet|ndjson|both] --out DIR`
#![expect(clippy::unwrap_used, clippy::panic, reason = "a part of tests: it fails by panicking")]
#![expect(clippy::print_stdout, reason = "a program's result")]

use std::path::PathBuf;

use lacre_archive::Format;
use lacre_tests::archive::{ArchiveOptions, make};

fn main() {
    let mut options = ArchiveOptions::new(1_000);
    let mut out = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let Some(value) = arguments.next() else { panic!("`{name}` wants a value") };
        match name.as_str() {
            "--rows" => options.rows = value.parse().unwrap(),
            "--tampered" => options.tampered = value.parse().unwrap(),
            "--seed" => options.seed = value.parse().unwrap(),
            "--out" => out = Some(PathBuf::from(value)),
            "--format" if value == "both" => options.formats = Format::ALL.to_vec(),
            "--format" => options.formats = vec![Format::named(&value).unwrap()],
            _ => panic!("`{name}` is none of --rows, --tampered, --seed, --format, --out"),
        }
    }
    let Some(out) = out else { panic!("`--out DIR` is missing") };
    println!("{}", make(&out, &options).to_json());
}
