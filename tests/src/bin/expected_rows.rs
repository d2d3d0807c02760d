//! Says what every face must give for every vector: the rows that this machine's own code gives, as text.
//!
//! `expected_rows FILE` writes a line of JSON for each vector:
//! `{name, document, trust: [..], crl, crl_issuer, profile, at, rows: {en, ptBr, inspectEn, inspectPt}}`. `document` and `crl` are base64,
//! certificates are the text of their PEM, `at` is `message` or seconds, each row is the text of its JSON, to be met byte for byte.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::std_instead_of_alloc,
    reason = "test support: what goes wrong ends the test"
)]

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use lacre_core::{At, Language, Profile};
use lacre_native::rsa::AwsLc;
use lacre_report::{InspectRow, VerifyRow, base64};
use lacre_tests::vector::Vector;
use serde_json::{Value, json};

fn main() {
    let file = std::env::args_os().nth(1).map(PathBuf::from).expect("give the file to write");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let mut lines = BufWriter::new(fs::File::create(file).unwrap());
    for vector in Vector::all() {
        serde_json::to_writer(&mut lines, &line(&vector)).unwrap();
        lines.write_all(b"\n").unwrap();
    }
    lines.flush().unwrap();
}

fn line(vector: &Vector) -> Value {
    let text = |file: &PathBuf| fs::read_to_string(file).unwrap();
    let issuer = lacre_tests::root().join("tests/keys/ca.pem");
    json!({
        "name": vector.name,
        "document": base64(&vector.document),
        "trust": vector.trust.iter().map(text).collect::<Vec<_>>(),
        "crl": vector.crl.as_ref().map(|file| base64(&fs::read(file).unwrap())),
        "crl_issuer": vector.crl.is_some().then(|| text(&issuer)),
        "profile": vector.profile.map_or("auto", Profile::as_str),
        "at": at(vector.at),
        "rows": rows(vector),
    })
}

fn at(at: At) -> Value {
    match at {
        At::UnixS(unix_s) => json!(unix_s),
        _ => json!("message"),
    }
}

fn rows(vector: &Vector) -> Value {
    let trust = vector.trusted(&AwsLc);
    let outcome = lacre_report::verify(&vector.document, vector.profile, &trust, vector.at);
    let inspected = lacre_report::inspect(&vector.document, vector.profile, &trust, vector.at);
    let verify = |language| serde_json::to_string(&VerifyRow::new(&vector.name, &outcome, language)).unwrap();
    let inspect =
        |language| serde_json::to_string(&InspectRow::new(&vector.name, &inspected, language)).unwrap();
    json!({
        "en": verify(Language::En),
        "ptBr": verify(Language::PtBr),
        "inspectEn": inspect(Language::En),
        "inspectPt": inspect(Language::PtBr),
    })
}
