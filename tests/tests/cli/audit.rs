//! `lacre audit verify`: tampered records at their places, each record once, in every shape an archive may have.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;
use lacre_archive::{Format, read_ndjson};
use lacre_report::record::{Cell, Row};
use lacre_tests::archive::{Archive, ArchiveOptions, make};
use serde_json::Value;

use super::house::{Run, bare, json, run};

/// An archive that no test may change, some of it tampered with in every way.
pub(crate) fn tampered() -> &'static Archive {
    static ARCHIVE: OnceLock<(tempfile::TempDir, Archive)> = OnceLock::new();
    let (_, archive) = ARCHIVE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let archive = make(&folder.path().join("archive"), &ArchiveOptions::new(600).tampered(12));
        (folder, archive)
    });
    archive
}

/// An archive of a test's own, in lines, as it was written.
pub(crate) fn untouched(rows: usize) -> (tempfile::TempDir, Archive) {
    let folder = tempfile::tempdir().unwrap();
    let options = ArchiveOptions::new(rows).format(Format::Ndjson);
    let archive = make(&folder.path().join("archive"), &options);
    (folder, archive)
}

/// The command in the archive's folder.
pub(crate) fn audit(archive: &Archive, arguments: &[&str]) -> Run {
    run(command(archive).args(arguments))
}

pub(crate) fn command(archive: &Archive) -> Command {
    let mut command = bare(&archive.folder);
    command.arg("audit");
    command
}

/// Every file below a folder whose name ends so, sorted.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_str().unwrap().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

pub(crate) fn rows(path: &Path) -> Vec<Row> {
    read_ndjson(path).unwrap().map(Result::unwrap).collect()
}

pub(crate) fn write_rows(path: &Path, rows: &[Row]) {
    let lines: String = rows.iter().map(|row| serde_json::to_string(row).unwrap() + "\n").collect();
    fs::write(path, lines).unwrap();
}

/// The row with another cell in a column.
pub(crate) fn with(row: &Row, column: &str, cell: Cell) -> Row {
    let columns = row.columns().iter().cloned();
    Row::new(
        columns.map(|(name, old)| if name == column { (name, cell.clone()) } else { (name, old) }).collect(),
    )
}

fn verify(archive: &Archive, arguments: &[&str]) -> Run {
    run(command(archive).args(["verify", "--trust", "bacen.pem"]).args(arguments))
}

/// File, row, exchange, verdict and code of every record that is not in order.
fn faults(report: &Value) -> BTreeSet<(String, u64, String, String, String)> {
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let rows = report["results"].as_array().unwrap().iter();
    rows.filter(|row| !row["code"].is_null())
        .map(|row| {
            let [file, exchange, verdict, code] =
                ["file", "exchange_id", "verdict", "code"].map(|field| text(row, field));
            (file, row["row"].as_u64().unwrap(), exchange, verdict, code)
        })
        .collect()
}

fn expected(archive: &Archive, ending: &str) -> BTreeSet<(String, u64, String, String, String)> {
    let of = |one: &lacre_tests::archive::Tampered| {
        let file = one.files.iter().find(|file| file.ends_with(ending)).unwrap().clone();
        let (verdict, code) = one.found();
        (file, one.row, one.exchange_id.clone(), verdict.to_owned(), code.to_owned())
    };
    archive.tampered.iter().map(of).collect()
}

#[test]
fn tampered_records_are_found_at_their_places_in_both_formats_and_nothing_else_is() {
    let archive = tampered();
    for format in ["parquet", "ndjson"] {
        let found = verify(archive, &["--json", "--format", format, "log"]);
        assert_eq!(found.code, 1, "{}", found.err);
        let report = json(&found);
        assert_eq!(report["schema"], "lacre.audit/1");
        assert_eq!(report["at"], "message");
        assert_eq!(faults(&report), expected(archive, format));
        let counts = &report["counts"];
        assert_eq!(counts["records"], 600);
        assert_eq!(counts["seal_broken"], 9, "the strangers sealed anew");
        let ends = [
            "valid",
            "invalid",
            "indeterminate",
            "unsigned",
            "malformed",
            "nothing_to_prove",
            "not_kept",
            "unreadable",
        ];
        let sum: u64 = ends.iter().map(|end| counts[end].as_u64().unwrap()).sum();
        assert_eq!(sum, 600);
        assert_eq!((counts["invalid"].as_u64(), counts["indeterminate"].as_u64()), (Some(9), Some(3)));
    }
}

#[test]
fn both_formats_tell_the_same_of_each_record() {
    let archive = tampered();
    let [parquet, ndjson] = ["parquet", "ndjson"].map(|format| {
        let found = verify(archive, &["--json", "--own", "own.pem", "--format", format, "log"]);
        let mut rows = json(&found)["results"].as_array().unwrap().clone();
        for row in &mut rows {
            let file = row["file"].as_str().unwrap().replace(".ndjson", ".parquet");
            row["file"] = Value::from(file);
        }
        rows
    });
    assert_eq!(parquet, ndjson);
    let places: Vec<_> = parquet.iter().map(|row| (row["file"].to_string(), row["row"].as_u64())).collect();
    assert!(places.is_sorted(), "files by name, rows by number");
}

#[test]
fn a_request_is_held_against_the_institutions_certificate_and_an_answer_never_is() {
    let archive = tampered();
    let own = verify(archive, &["--own", "own.pem", "--json", "log"]);
    let report = json(&own);
    let of = |how: &str| {
        let ids: BTreeSet<_> = archive
            .tampered
            .iter()
            .filter(|one| one.how == how)
            .map(|one| one.exchange_id.as_str())
            .collect();
        let rows = report["results"].as_array().unwrap().iter();
        rows.filter(|row| ids.contains(row["exchange_id"].as_str().unwrap())).collect::<Vec<_>>()
    };
    for row in of("request-content") {
        assert_eq!((row["code"].as_str(), row["side"].as_str()), (Some("digest-mismatch"), Some("request")));
    }
    assert_eq!(report["counts"]["indeterminate"], 3, "requests to DICT are judged at the record's time");

    let swapped = run(command(archive).args(["verify", "--trust", "own.pem", "--json", "log"]));
    let report = json(&swapped);
    assert_eq!((swapped.code, &report["counts"]["valid"]), (1, &Value::from(0)));
}

#[test]
fn an_archive_that_nobody_touched_is_in_order_and_says_so_in_one_line() {
    let (_folder, archive) = untouched(120);
    let found = verify(&archive, &["--own", "own.pem", "log"]);
    assert_eq!((found.code, found.out.as_str()), (0, ""), "{}", found.err);
    assert!(found.err.starts_with("120 records: ") && found.err.lines().count() == 1, "{}", found.err);
    let quiet = verify(&archive, &["--own", "own.pem", "--quiet", "log"]);
    assert_eq!((quiet.code, quiet.out.as_str(), quiet.err.as_str()), (0, "", ""));
    let one = verify(&archive, &[files(&archive.log(), ".ndjson")[0].to_str().unwrap()]);
    assert_eq!(one.code, 0);
}

#[test]
fn records_in_two_formats_are_read_once_and_that_is_said() {
    let archive = tampered();
    let both = verify(archive, &["--json", "log"]);
    assert_eq!(json(&both)["counts"]["records"], 600);
    assert_eq!(faults(&json(&both)), expected(archive, "parquet"));
    assert!(both.err.contains("NDJSON files were left aside"), "{}", both.err);
    let twice = verify(archive, &["--json", "--format", "ndjson", "log/spi", "log"]);
    assert_eq!(json(&twice)["counts"]["records"], 600, "a file that is found twice is read once");
    let alone = expected(archive, "ndjson").first().unwrap().0.clone();
    let named = verify(archive, &["--json", &alone]);
    assert!(named.err.starts_with(json(&named)["counts"]["records"].to_string().as_str()), "{}", named.err);
}

#[test]
fn lines_are_read_packed_by_gzip_without_an_ending_and_flat() {
    let (folder, archive) = untouched(90);
    let flat = folder.path().join("flat");
    fs::create_dir(&flat).unwrap();
    for (number, path) in files(&archive.log(), ".ndjson").iter().enumerate() {
        let lines = fs::read(path).unwrap();
        let half = lines.iter().position(|octet| *octet == b'\n').unwrap() + 1;
        let mut members = lacre_core::exchange::gzip_packed(&lines[..half]);
        members.extend(lacre_core::exchange::gzip_packed(&lines[half..]));
        match number % 3 {
            0 => fs::write(flat.join(format!("{number}.ndjson.gz")), members).unwrap(),
            1 => fs::write(flat.join(format!("stream-1-2026-11-01-{number}")), members).unwrap(),
            _ => {
                fs::write(flat.join(format!("{number}.json")), [b"\xef\xbb\xbf".as_slice(), &lines].concat())
                    .unwrap()
            }
        }
    }
    for aside in ["_SUCCESS", ".part.crc", "_temporary/0.ndjson", ".spark/0.ndjson", "notes.txt", "README"] {
        let path = flat.join(aside);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "not a record").unwrap();
    }
    let found = verify(&archive, &["--own", "own.pem", "--json", flat.to_str().unwrap()]);
    let counts = &json(&found)["counts"];
    assert_eq!(
        (found.code, &counts["records"], &counts["passed_over"]),
        (0, &Value::from(90), &Value::from(6))
    );
}

#[test]
fn a_fault_is_one_line_with_its_place_and_a_remedy_in_both_languages() {
    let archive = tampered();
    let one = archive.tampered.iter().find(|one| one.how == "response-content").unwrap();
    let [parquet, ndjson] = [0, 1].map(|number| one.files[number].clone());
    let english = verify(archive, &["--format", "parquet", "log"]).out;
    let at = english.lines().position(|line| line.contains(&one.exchange_id)).unwrap();
    let lines: Vec<&str> = english.lines().skip(at).take(4).collect();
    let head = format!("invalid        {parquet} row {}, exchange {}: answer: ", one.row, one.exchange_id);
    assert!(lines[0].starts_with(&head) && lines[0].ends_with("[digest-mismatch]"), "{lines:?}");
    assert_eq!(lines[1..3], ["    its seal is broken too", "    its answer was recorded as `valid`"]);
    assert!(lines[3].starts_with("    help: "), "{lines:?}");

    let portuguese = verify(archive, &["--lang", "pt-BR", "--format", "ndjson", "log"]);
    let head =
        format!("inválido       {ndjson} linha {}, troca {}: resposta: ", one.row + 1, one.exchange_id);
    assert!(portuguese.out.lines().any(|line| line.starts_with(&head)), "{head}\n{}", portuguese.out);
    assert!(
        portuguese.err.contains("600 registros: ") && portuguese.err.contains("9 inválido"),
        "{}",
        portuguese.err
    );
}

#[test]
fn a_body_that_is_kept_elsewhere_is_not_taken_for_proved() {
    let (_folder, archive) = untouched(60);
    let path = &files(&archive.log().join("dict"), ".ndjson")[0];
    let mut rows = rows(path);
    let victim = rows.iter().position(|row| row.text("response_signature_verdict") == Some("valid")).unwrap();
    let moved = with(&rows[victim], "response_body", Cell::Text(format!("sha256:{}", "0".repeat(64))));
    rows[victim] = with(&moved, "response_body_encoding", Cell::Text("object".to_owned()));
    write_rows(path, &rows);
    let found = verify(&archive, &["--json", "log"]);
    assert_eq!(found.code, 1);
    let report = json(&found);
    assert_eq!(report["counts"]["elsewhere"], 1);
    let told = verify(&archive, &["log"]).out;
    assert!(told.contains("[body-elsewhere]"), "{told}");
}

#[test]
fn what_was_recorded_otherwise_is_told_and_is_not_in_order() {
    let (_folder, archive) = untouched(60);
    let path = &files(&archive.log().join("dict"), ".ndjson")[0];
    let mut rows = rows(path);
    let victim = rows.iter().position(|row| row.text("response_signature_verdict") == Some("valid")).unwrap();
    rows[victim] = with(&rows[victim], "response_signature_verdict", Cell::Text("indeterminate".to_owned()));
    // Without a seal nobody can tell that it was changed.
    for row in &mut rows {
        *row =
            Row::new(row.columns().iter().filter(|(name, _)| !name.starts_with("chain_")).cloned().collect());
    }
    write_rows(path, &rows);
    let found = verify(&archive, &[path.to_str().unwrap()]);
    assert_eq!(found.code, 1, "{}", found.out);
    assert!(
        found.out.starts_with("valid ") && found.out.contains("recorded as `indeterminate`"),
        "{}",
        found.out
    );
    assert!(
        found.err.contains("1 recorded otherwise") && found.err.contains("without a seal"),
        "{}",
        found.err
    );
}

#[test]
fn the_instant_decides_as_it_does_for_messages() {
    let (_folder, archive) = untouched(40);
    for (at, code, verdict) in
        [("2026-11-01T00:00:00Z", 0, "valid"), ("2036-01-01T00:00:00Z", 1, "indeterminate")]
    {
        let found = verify(&archive, &["--at", at, "--own", "own.pem", "--json", "log"]);
        let counts = &json(&found)["counts"];
        assert_eq!((found.code, json(&found)["at"].as_str()), (code, Some(at)));
        assert!(counts[verdict].as_u64().unwrap() > 20, "{counts}");
    }
}

#[test]
fn a_wrong_use_of_audit_exits_with_2_and_says_why() {
    let (folder, archive) = untouched(5);
    fs::create_dir(folder.path().join("archive/empty")).unwrap();
    let wrong: [(&[&str], &str); 7] = [
        (&["verify", "log"], "--trust"),
        (&["verify", "--trust", "bacen.pem"], "PATH"),
        (&["verify", "--trust", "bacen.pem", "empty"], "there is no archive file"),
        (&["verify", "--trust", "bacen.pem", "nowhere"], "nowhere"),
        (&["verify", "--trust", "log", "log"], "no usable certificate"),
        (&["verify", "--trust", "bacen.pem", "--at", "yesterday", "log"], "an instant like"),
        (&["gaps", "empty"], "there is no archive file"),
    ];
    for (arguments, words) in wrong {
        let wrong = audit(&archive, arguments);
        assert_eq!((wrong.code, wrong.out.as_str()), (2, ""), "{arguments:?}");
        assert!(wrong.err.contains(words), "{arguments:?}: {}", wrong.err);
    }
}
