//! `lacre audit gaps`: what somebody took out of an archive, put into it or changed, whatever order its files come in.

use std::fs;

use lacre_core::exchange::chain::link_hash;
use lacre_report::hex;
use lacre_report::record::{Cell, Row};
use lacre_tests::archive::Archive;
use serde_json::Value;

use super::audit::{audit, files, rows, tampered, untouched, with, write_rows};
use super::house::json;

fn gaps(archive: &Archive) -> (i32, Value) {
    let found = audit(archive, &["gaps", "--json", "log"]);
    (found.code, json(&found))
}

/// The chain of the payments.
fn spi(report: &Value) -> &Value {
    report["chains"].as_array().unwrap().iter().find(|chain| chain["channel"] == "spi").unwrap()
}

fn sequence(row: &Row) -> i64 {
    row.integer("chain_sequence").unwrap()
}

/// The record as somebody seals it who knows how.
fn sealed_anew(row: &Row) -> Row {
    with(row, "chain_hash", Cell::Text(hex(&link_hash(row.values()))))
}

#[test]
fn whole_chains_are_whole_and_their_report_has_its_shape() {
    let (_folder, archive) = untouched(100);
    let (code, report) = gaps(&archive);
    assert_eq!(
        (code, &report["schema"], &report["tool"]["name"]),
        (0, &"lacre.gaps/1".into(), &"lacre".into())
    );
    assert_eq!((&report["counts"]["records"], &report["counts"]["chains"]), (&100.into(), &2.into()));
    for chain in report["chains"].as_array().unwrap() {
        assert_eq!(chain["first"], 0);
        assert_eq!(chain["last"].as_u64().unwrap() + 1, chain["records"].as_u64().unwrap());
        assert_eq!(chain["missing"].as_array().unwrap().len(), 0);
        for kind in ["repeated", "conflicting", "broken", "altered"] {
            assert_eq!(chain[kind]["count"], 0);
        }
    }
    let told = audit(&archive, &["gaps", "log"]);
    assert!(told.out.lines().all(|line| line.starts_with("whole ")) && told.err.contains("nothing missing"));
    assert_eq!(audit(&archive, &["gaps", "--quiet", "log"]).out, "");
}

#[test]
fn a_file_that_is_gone_and_a_line_that_was_cut_out_are_missing_numbers() {
    let (_folder, archive) = untouched(200);
    let paths = files(&archive.log().join("spi"), ".ndjson");
    let gone = rows(&paths[1]);
    fs::remove_file(&paths[1]).unwrap();
    let mut cut = rows(&paths[2]);
    let line = sequence(&cut.remove(1));
    write_rows(&paths[2], &cut);

    let (code, report) = gaps(&archive);
    assert_eq!(code, 1);
    let missing = spi(&report)["missing"].as_array().unwrap();
    let range = |gap: &Value| (gap["first"].as_i64().unwrap(), gap["last"].as_i64().unwrap());
    assert_eq!(missing.len(), 2, "{missing:?}");
    assert_eq!(range(&missing[0]), (sequence(&gone[0]), sequence(gone.last().unwrap())));
    assert_eq!((range(&missing[1]), &missing[1]["kind"]), ((line, line), &"missing".into()));
    assert!(missing[0]["after"].as_str().unwrap() < missing[0]["before"].as_str().unwrap());
    assert_eq!(report["counts"]["missing"].as_u64().unwrap(), gone.len() as u64 + 1);

    let portuguese = audit(&archive, &["gaps", "--lang", "pt-BR", "log"]);
    assert!(portuguese.out.contains(&format!("    {line} faltando: 1, entre ")), "{}", portuguese.out);
    let first =
        format!("    {} a {} faltando: {}", sequence(&gone[0]), sequence(gone.last().unwrap()), gone.len());
    assert!(portuguese.out.contains(&first), "{}", portuguese.out);
}

#[test]
fn numbers_that_the_proxy_left_out_are_told_from_records_that_were_taken_out() {
    let (_folder, archive) = untouched(60);
    let path = files(&archive.log().join("dict"), ".ndjson").pop().unwrap();
    let mut kept = rows(&path);
    // As the proxy goes on after a record that it could not keep: another number, the same record before.
    let last = kept.pop().unwrap();
    let number = sequence(&last);
    kept.push(sealed_anew(&with(&last, "chain_sequence", Cell::Integer(number + 5))));
    write_rows(&path, &kept);
    let (code, report) = gaps(&archive);
    assert_eq!(
        (code, &report["counts"]["left_out"], &report["counts"]["missing"]),
        (1, &5.into(), &0.into())
    );
}

#[test]
fn a_record_that_came_twice_does_no_harm_and_another_under_its_number_does() {
    let (_folder, archive) = untouched(100);
    let path = files(&archive.log().join("spi"), ".ndjson")[0].clone();
    let copy = path.with_file_name("again.ndjson");
    fs::copy(&path, &copy).unwrap();
    let twice = rows(&copy);
    let (code, report) = gaps(&archive);
    assert_eq!((code, report["counts"]["repeated"].as_u64()), (0, Some(twice.len() as u64)));
    let told = audit(&archive, &["gaps", "log"]);
    assert!(told.err.contains(&format!("{} repeated", twice.len())), "{}", told.err);

    let other =
        sealed_anew(&with(&twice[2], "request_path", Cell::Text("/api/v1/in/12345678/msgs/".to_owned())));
    write_rows(&copy, &[other]);
    let (code, report) = gaps(&archive);
    assert_eq!(
        (code, &report["counts"]["conflicting"], &report["counts"]["altered"]),
        (1, &1.into(), &0.into())
    );
    // Whichever is read first has the number.
    let conflicting = &spi(&report)["conflicting"]["records"][0];
    assert_eq!(conflicting["sequence"].as_i64(), Some(sequence(&twice[2])));
    assert!(conflicting["file"].as_str().unwrap().ends_with(".ndjson") && conflicting["row"].is_u64());
}

#[test]
fn the_order_of_files_does_not_matter() {
    let (_folder, archive) = untouched(200);
    let folder = archive.folder.join("log/flat");
    fs::create_dir(&folder).unwrap();
    let paths = files(&archive.log(), ".ndjson");
    let count = paths.len();
    for (number, path) in paths.into_iter().enumerate() {
        fs::rename(path, folder.join(format!("{:03}.ndjson", (count - number) * 7 % 31))).unwrap();
    }
    assert_eq!(files(&folder, ".ndjson").len(), count);
    let (code, report) = gaps(&archive);
    assert_eq!((code, &report["counts"]["records"]), (0, &200.into()), "{report}");
}

#[test]
fn every_tampered_record_leaves_a_trace_in_its_chain() {
    let archive = tampered();
    let (code, report) = gaps(archive);
    assert_eq!(code, 1);
    let anew = archive.tampered.iter().filter(|one| one.how == "signer-unknown").count();
    let counts = &report["counts"];
    assert_eq!(counts["altered"].as_u64(), Some((archive.tampered.len() - anew) as u64));
    assert_eq!(
        counts["broken"].as_u64(),
        Some(anew as u64),
        "what was sealed anew is not what the next one follows"
    );
    for chain in report["chains"].as_array().unwrap() {
        for one in chain["altered"]["records"].as_array().unwrap() {
            let found = archive
                .tampered
                .iter()
                .any(|t| one["file"] == t.files[0].as_str() && one["row"].as_u64() == Some(t.row));
            assert!(found, "{one}");
        }
    }
}

#[test]
fn records_without_a_place_in_a_chain_are_no_whole_chain() {
    let (_folder, archive) = untouched(40);
    let path = files(&archive.log().join("spi"), ".ndjson")[0].clone();
    let mut kept = rows(&path);
    let columns = kept[0].columns().iter().filter(|(name, _)| !name.starts_with("chain_")).cloned();
    kept[0] = Row::new(columns.collect());
    kept[1] = with(&kept[1], "chain_previous_hash", Cell::Text("f".repeat(63)));
    kept[2] = with(&kept[2], "chain_sequence", Cell::Integer(-1));
    write_rows(&path, &kept);
    let (code, report) = gaps(&archive);
    let counts = &report["counts"];
    assert_eq!((code, &counts["unchained"], &counts["misplaced"]), (1, &1.into(), &2.into()));
    fs::write(&path, "{\n").unwrap();
    assert_eq!(gaps(&archive).0, 2, "what cannot be read may be what is missing");
}
