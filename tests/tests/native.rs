//! The vectors through the `lacre` command: as files, in bulk, read by `verify --json`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

use lacre_core::{At, Profile, Reason, Verdict};
use lacre_tests::vector::{Expectation, Vector, run_all};

/// Vectors that one call of the command can take together.
type Group = (Option<Profile>, At, Vec<PathBuf>);

fn group(vector: &Vector) -> Group {
    (vector.profile, vector.at, vector.trust.clone())
}

/// The instants that vectors ask for, as the command reads them.
fn instant(at: At) -> &'static str {
    match at {
        At::Message => "message",
        At::UnixS(1_735_689_599) => "2024-12-31T23:59:59Z",
        At::UnixS(1_735_689_600) => "2025-01-01T00:00:00Z",
        At::UnixS(1_767_614_400) => "2026-01-05T12:00:00Z",
        At::UnixS(2_051_222_399) => "2034-12-31T23:59:59Z",
        At::UnixS(2_051_222_400) => "2034-12-31T21:00:00-03:00",
        At::UnixS(4_102_444_800) => "2100-01-01T00:00:00Z",
        other => unreachable!("write {other:?} down here"),
    }
}

/// What the command says of a group's vectors, by name.
fn verify(group: &Group, vectors: &[&Vector]) -> HashMap<String, Expectation> {
    let folder = tempfile::tempdir().unwrap();
    for (number, vector) in vectors.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number}.xml")), &vector.document).unwrap();
    }
    let (profile, at, trust) = group;
    let mut command = Command::new(lacre_tests::lacre());
    command.args([
        "verify",
        "--json",
        "--profile",
        profile.map_or("auto", Profile::as_str),
        "--at",
        instant(*at),
    ]);
    for file in trust {
        command.arg("--trust").arg(file);
    }
    let output = command.arg(folder.path()).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let all_valid = vectors.iter().all(|vector| vector.expect.verdict == Verdict::Valid);
    assert_eq!(output.status.code(), Some(i32::from(!all_valid)), "{group:?}");
    let rows = report["results"].as_array().unwrap();
    assert_eq!(rows.len(), vectors.len(), "{group:?}");
    let found = |row: &serde_json::Value| {
        let number: usize = PathBuf::from(row["file"].as_str()?).file_stem()?.to_str()?.parse().ok()?;
        let verdict =
            Verdict::ALL.into_iter().find(|verdict| Some(verdict.as_str()) == row["verdict"].as_str())?;
        let reason = row["code"].as_str().and_then(Reason::from_code);
        Some((vectors.get(number)?.name.clone(), Expectation { verdict, reason }))
    };
    rows.iter().map(|row| found(row).unwrap()).collect()
}

#[test]
fn the_command_finds_the_same() {
    let vectors = Vector::all();
    // The command takes no revocation lists and refuses to go without a certificate.
    let runs = |vector: &&Vector| vector.crl.is_none() && !vector.trust.is_empty();
    let mut groups: Vec<(Group, Vec<&Vector>)> = Vec::new();
    for vector in vectors.iter().filter(runs) {
        let key = group(vector);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, members)) => members.push(vector),
            None => groups.push((key, vec![vector])),
        }
    }
    let found: HashMap<String, Expectation> =
        groups.iter().flat_map(|(group, members)| verify(group, members)).collect();
    assert!(found.len() > 700, "only {} vectors were run", found.len());
    run_all("native", |vector| found.get(&vector.name).copied().unwrap_or(vector.expect));
}
