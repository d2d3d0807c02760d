//! `lacre audit export`: every message of the records that are asked for, and nothing overwritten.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use lacre_report::hex;
use lacre_report::record::messages;
use lacre_report::record::{Cell, Row};
use lacre_tests::archive::Archive;
use serde_json::Value;

use super::audit::{audit, command, files, rows, tampered, untouched, with, write_rows};
use super::house::{bare, json, run};

fn manifest(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("manifest.ndjson")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn all_rows(archive: &Archive) -> Vec<Row> {
    files(&archive.log(), ".ndjson").iter().flat_map(|path| rows(path)).collect()
}

#[test]
fn every_message_becomes_a_file_to_the_octet_and_stands_in_the_manifest() {
    let (_folder, archive) = untouched(120);
    let found = audit(&archive, &["export", "log", "-o", "out"]);
    assert_eq!((found.code, found.out.as_str()), (0, ""), "{}", found.err);
    let out = archive.folder.join("out");
    let listed = manifest(&out);
    assert_eq!(listed.len(), archive.messages, "{}", found.err);
    assert!(
        found.err.starts_with(&format!("120 records: {} messages written", archive.messages)),
        "{}",
        found.err
    );

    let mut expected = BTreeSet::from(["manifest.ndjson".to_owned()]);
    for row in all_rows(&archive) {
        for message in messages(&row).unwrap() {
            let part = message.part.map(|part| format!("-{part:02}")).unwrap_or_default();
            let name = format!("{}-{}{part}.xml", row.text("exchange_id").unwrap(), message.side.as_str());
            assert!(fs::read(out.join(&name)).unwrap() == message.octets, "{name}");
            let line = listed.iter().find(|line| line["file"] == name.as_str()).unwrap();
            assert_eq!(line["sha256"], hex(&lacre_core::sha256(&message.octets)));
            assert_eq!(line["side"], message.side.as_str());
            assert_eq!(line["recorded_verdict"].as_str(), row.text("response_signature_verdict"));
            expected.insert(name);
        }
    }
    assert!(expected.iter().any(|name| name.ends_with("-response-03.xml")), "no parts were exported");
    assert_eq!(names(&out), expected);
}

#[test]
fn what_is_exported_verifies_as_the_archive_did() {
    let archive = tampered();
    let victim = archive.tampered.iter().find(|one| one.how == "response-content").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let exported =
        run(command(archive).args(["export", "log", "--exchange", &victim.exchange_id, "-o"]).arg(&out));
    assert_eq!(exported.code, 0, "{}", exported.err);
    let verified = run(bare(&archive.folder)
        .args(["verify", "--trust", "bacen.pem", "--at", "message", "--json"])
        .args(files(&out, ".xml").iter().filter(|path| path.to_str().unwrap().contains("-response"))));
    let report = run(command(archive).args(["verify", "--trust", "bacen.pem", "--json", "log"]));
    let record = json(&report)["results"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["exchange_id"] == victim.exchange_id.as_str())
        .unwrap()
        .clone();
    let alone = json(&verified)["results"].as_array().unwrap().clone();
    let within = record["messages"].as_array().unwrap();
    assert_eq!(alone.len(), within.len());
    for (alone, within) in alone.iter().zip(within) {
        for (field, value) in alone.as_object().unwrap().iter().filter(|(field, _)| *field != "file") {
            assert_eq!(&within[field], value, "{field}");
        }
    }
}

#[test]
fn records_are_chosen_by_exchange_channel_and_instant() {
    let (_folder, archive) = untouched(150);
    let rows = all_rows(&archive);
    let midnight = 1_793_491_200_000;
    let kept = |wanted: &dyn Fn(&Row) -> bool| {
        let ids = rows.iter().filter(|row| wanted(row) && !messages(row).unwrap().is_empty());
        ids.map(|row| row.text("exchange_id").unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let received = |row: &Row| row.integer("request_received_ms").unwrap();
    let some =
        rows.iter().find(|row| row.text("outcome") == Some("answered") && !messages(row).unwrap().is_empty());
    let some = some.unwrap().text("exchange_id").unwrap();
    let choices: [(&[&str], BTreeSet<String>); 4] = [
        (&["--exchange", some], BTreeSet::from([some.to_owned()])),
        (&["--channel", "dict"], kept(&|row| row.text("channel") == Some("dict"))),
        (&["--from", "2026-11-01T00:00:00Z"], kept(&|row| received(row) >= midnight)),
        (
            &["--to", "2026-10-31T21:00:00-03:00", "--channel", "spi"],
            kept(&|row| received(row) < midnight && row.text("channel") == Some("spi")),
        ),
    ];
    for (number, (filter, expected)) in choices.into_iter().enumerate() {
        let out = format!("out-{number}");
        let exported = run(command(&archive).args(["export", "log", "-o", &out]).args(filter));
        assert_eq!(exported.code, 0, "{filter:?}: {}", exported.err);
        let listed = manifest(&archive.folder.join(out));
        let ids: BTreeSet<_> =
            listed.iter().map(|line| line["exchange_id"].as_str().unwrap().to_owned()).collect();
        assert!(!ids.is_empty() && ids == expected, "{filter:?}");
    }
    let none = audit(&archive, &["export", "log", "--exchange", "nobody", "-o", "none"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("no record is what was asked for"), "{}", none.err);
}

#[test]
fn nothing_is_overwritten() {
    let (_folder, archive) = untouched(20);
    let out = archive.folder.join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("mine.txt"), "mine").unwrap();
    let refused = audit(&archive, &["export", "log", "-o", "out"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("not empty") && refused.err.contains("--into-non-empty"), "{}", refused.err);
    assert_eq!(names(&out).len(), 1);

    for _ in 0..2 {
        assert_eq!(audit(&archive, &["export", "log", "--into-non-empty", "-o", "out"]).code, 0);
    }
    assert_eq!(fs::read(out.join("mine.txt")).unwrap(), b"mine");
    assert_eq!(names(&out).len(), 1 + 2 * (archive.messages + 1));
    for name in names(&out).iter().filter(|name| name.ends_with(".xml") && !name.ends_with("-2.xml")) {
        let again = name.replace(".xml", "-2.xml");
        assert!(fs::read(out.join(name)).unwrap() == fs::read(out.join(again)).unwrap(), "{name}");
    }
    assert!(out.join("manifest-2.ndjson").exists());
}

#[test]
fn a_body_that_is_not_here_or_no_message_is_named_and_not_dropped() {
    let (_folder, archive) = untouched(60);
    let path = &files(&archive.log().join("spi"), ".ndjson")[0];
    let mut kept = rows(path);
    let reference = format!("sha256:{}", "a".repeat(64));
    let sent = kept.iter().position(|row| row.text("request_body").is_some()).unwrap();
    let moved = with(&kept[sent], "request_body", Cell::Text(reference.clone()));
    kept[sent] = with(&moved, "request_body_encoding", Cell::Text("object".to_owned()));
    let read = kept
        .iter()
        .position(|row| row.text("response_body").is_some_and(|body| body.starts_with("--")))
        .unwrap();
    let body = kept[read].text("response_body").unwrap();
    let cut = body[..body.len() / 2].to_owned();
    kept[read] = with(&kept[read], "response_body", Cell::Text(cut.clone()));
    kept[read] = with(&kept[read], "exchange_id", Cell::Text("../../etc/passwd".to_owned()));
    write_rows(path, &kept);

    let exported = audit(&archive, &["export", path.to_str().unwrap(), "-o", "out"]);
    assert_eq!(exported.code, 1);
    assert!(exported.err.contains("1 body kept elsewhere, 1 body that is no message"), "{}", exported.err);
    let out = archive.folder.join("out");
    let listed = manifest(&out);
    let elsewhere = listed.iter().find(|line| line["encoding"] == "object").unwrap();
    assert_eq!((&elsewhere["file"], &elsewhere["reference"]), (&Value::Null, &reference.as_str().into()));
    let damaged = listed.iter().find(|line| line["code"] == "multipart").unwrap();
    assert_eq!(damaged["exchange_id"], "../../etc/passwd");
    let name = damaged["file"].as_str().unwrap();
    assert!(name.starts_with("row-") && name.ends_with("-response-body.bin"), "{name}");
    assert_eq!(fs::read(out.join(name)).unwrap(), cut.as_bytes());
}

/// What other programs make of the JSON that the verbs write.
const DUCKDB: &str = "\
import duckdb
def one(sql): return duckdb.sql(sql).fetchall()
print(one(\"select count(*), count(distinct file) from read_ndjson('out/manifest.ndjson')\")[0])
rows = \"(select unnest(results) as r from read_json('report.json', maximum_object_size = 100000000))\"
print(one(f\"select count(*), count(r.code), count(distinct r.exchange_id) from {rows}\")[0])
print(one(f\"select r.code, count(*) from {rows} where r.code is not null group by all order by all\"))
";

#[test]
fn duckdb_reads_the_manifest_and_the_report() {
    if !lacre_tests::require("python") {
        return;
    }
    let archive = tampered();
    let folder = tempfile::tempdir().unwrap();
    let exported = run(command(archive).args(["export", "log", "-o"]).arg(folder.path().join("out")));
    assert_eq!(exported.code, 0, "{}", exported.err);
    let report = run(command(archive).args(["verify", "--trust", "bacen.pem", "--json", "log"]));
    fs::write(folder.path().join("report.json"), report.out).unwrap();
    let read =
        Command::new(lacre_tests::python()).args(["-c", DUCKDB]).current_dir(folder.path()).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let messages = archive.messages;
    let expected = format!(
        "({messages}, {messages})\n(600, 12, 600)\n\
         [('certificate-unknown', 3), ('digest-mismatch', 3), ('record-seal', 6)]\n"
    );
    assert_eq!(String::from_utf8(read.stdout).unwrap(), expected);
}
