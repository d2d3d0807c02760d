//! SECURITY.md says of each defence what it is tested by: all of that exists, and no folder of vectors is forgotten.

use std::fs;

use lacre_tests::root;

const HEADING: &str = "| defence | tested by |\n|---|---|\n";

/// The rows of the table: the defence, and what it is tested by.
fn rows(text: &str) -> Vec<(&str, Vec<&str>)> {
    let (_, table) = text.split_once(HEADING).unwrap_or_default();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let row = |line| -> Option<(&str, Vec<&str>)> {
        let (defence, tested_by) = str::trim_matches(line, '|').split_once('|')?;
        Some((defence.trim(), tested_by.split('`').skip(1).step_by(2).collect()))
    };
    rows.filter_map(row).collect()
}

/// What is wrong with a name of a file, a folder, or a test in a file.
fn problem(named: &str) -> Option<String> {
    let (path, test) = named.split_once("::").map_or((named, None), |(path, test)| (path, Some(test)));
    let place = root().join(path);
    let Some(test) = test else {
        return (!place.exists()).then(|| format!("{path} does not exist"));
    };
    let text = fs::read_to_string(&place).unwrap_or_default();
    let is_there = match place.extension().and_then(|ending| ending.to_str()) {
        Some("rs") => {
            let before =
                text.split(&format!("fn {test}()")).next().filter(|before| before.len() < text.len());
            before.is_some_and(|before| before.trim_end_matches("async ").trim_end().ends_with(']'))
        }
        Some("py") => text.contains(&format!("def {test}(")),
        _ => ['"', '\'', '`'].iter().any(|quote| text.contains(&format!("test({quote}{test}{quote}"))),
    };
    (!is_there).then(|| format!("{path} has no test `{test}`"))
}

#[test]
fn every_defence_is_tested_by_what_exists() {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap_or_default();
    let rows = rows(&text);
    assert!(rows.len() >= 25, "the table was not found: {}", rows.len());
    let mut problems = Vec::new();
    for (defence, tested_by) in &rows {
        if tested_by.is_empty() {
            problems.push(format!("nothing tests: {defence}"));
        }
        problems.extend(tested_by.iter().filter_map(|named| problem(named)));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_folder_of_vectors_stands_for_a_defence() {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap_or_default();
    let rows = rows(&text);
    let named: Vec<&str> = rows.iter().flat_map(|(_, tested_by)| tested_by).copied().collect();
    for entry in fs::read_dir(root().join("tests/vectors")).into_iter().flatten().flatten() {
        let folder = format!("tests/vectors/{}", entry.file_name().to_string_lossy());
        let is_topic = entry.path().is_dir() && !folder.ends_with("/generator");
        assert!(!is_topic || named.contains(&folder.as_str()), "{folder} stands for no defence");
    }
}

#[test]
fn what_does_not_exist_is_found() {
    for missing in [
        "tests/vectors/no-such-topic",
        "tests/tests/no_such_file.rs::a",
        "tests/tests/security.rs::problem",
        "tests/tests/security.rs::no_such_test",
        "tests/node/test/package.test.js::no such test",
    ] {
        assert!(problem(missing).is_some(), "{missing}");
    }
    assert_eq!(problem("tests/tests/security.rs::what_does_not_exist_is_found"), None);
}
