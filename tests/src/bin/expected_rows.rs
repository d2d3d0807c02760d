//! Says what every face must give: the rows that this machine's own code gives, as text, to be met byte for byte.
//!
//! `expected_rows VECTORS RECORDS` writes two files. The first has a line of JSON for each vector:
//! `{name, document, trust: [..], crl, crl_issuer, profile, at, rows: {en, ptBr, inspectEn, inspectPt}}`. `document` and `crl` are base64,
//! certificates are the text of their PEM, `at` is `message` or seconds, each row is the text of its JSON.
//!
//! The second has a line for each record of an archive that was partly tampered with, judged at each message's own time, in English
//! with BACEN's certificate alone and in Portuguese with the institution's own beside it:
//! `{record, bacen, own, row, rows: {bacenEn, bothPtBr}, messages: [{side, part, message}]}`; `record` is its line of NDJSON.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "test support: what goes wrong ends the test")]

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use lacre_archive::Format;
use lacre_core::{At, Certificate, Language, Profile, Trust};
use lacre_native::rsa::AwsLc;
use lacre_report::record::{self, RecordRow, Row};
use lacre_report::{InspectRow, VerifyRow, base64};
use lacre_tests::archive::{self, ArchiveOptions};
use lacre_tests::vector::Vector;
use serde_json::{Value, json};

fn main() {
    let mut files = std::env::args_os().skip(1).map(PathBuf::from);
    let mut next = || files.next().expect("give the two files to write");
    write(&next(), Vector::all().iter().map(line));
    write(&next(), records().into_iter());
}

fn write(file: &Path, rows: impl Iterator<Item = Value>) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let mut lines = BufWriter::new(fs::File::create(file).unwrap());
    for row in rows {
        serde_json::to_writer(&mut lines, &row).unwrap();
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

fn records() -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let options = ArchiveOptions::new(60).tampered(9).format(Format::Ndjson);
    let made = archive::make(&folder.path().join("archive"), &options);
    let [bacen, own] =
        ["bacen.pem", "own.pem"].map(|file| fs::read_to_string(made.folder.join(file)).unwrap());
    let files = files_below(&made.log());
    let lines = files.iter().flat_map(|file| numbered(file));
    lines.map(|(row, line)| record(row, &line, &bacen, &own)).collect()
}

fn record(row: u64, line: &str, bacen: &str, own: &str) -> Value {
    let trust = |pem: &str| -> Trust {
        Certificate::from_pem_or_der(pem.as_bytes(), &AwsLc).unwrap().into_iter().collect()
    };
    let parsed = Row::parse(line.as_bytes()).unwrap();
    let told = |own: &Trust, language| {
        let outcome = record::verify(&parsed, &trust(bacen), own, At::Message);
        serde_json::to_string(&RecordRow::new("archive", row, &outcome, language)).unwrap()
    };
    let messages = record::messages(&parsed).unwrap();
    json!({
        "record": line,
        "bacen": bacen,
        "own": own,
        "row": row,
        "rows": { "bacenEn": told(&Trust::new(), Language::En), "bothPtBr": told(&trust(own), Language::PtBr) },
        "messages": messages.iter().map(|kept| json!({
            "side": kept.side.as_str(), "part": kept.part, "message": base64(&kept.octets),
        })).collect::<Vec<_>>(),
    })
}

/// The lines of a file with their numbers, counted from 0.
fn numbered(file: &Path) -> Vec<(u64, String)> {
    let text = fs::read_to_string(file).unwrap();
    (0..).zip(text.lines().map(str::to_owned)).collect()
}

/// Every file of a folder and below, ordered.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}
