//! What holds of every source: nothing of ours is unsafe, and no crate takes itself out of the lints that see to it.

use std::fs;
use std::path::{Path, PathBuf};

use lacre_tests::root;

/// Where a function is exported under its own name, which the language calls unsafe though it touches no memory.
const EXPORTS: &str = "host-wasm/src/module.rs";

/// Where the lint is met with a reason: the exports, and what a macro writes for the component's host.
const EXPECTS: [&str; 2] = [EXPORTS, "host-wasm/src/component.rs"];

#[test]
fn nothing_of_ours_is_unsafe() {
    let mut exports = 0;
    for (name, text) in sources("rs") {
        let code = code(&text);
        for at in words(&code, "unsafe") {
            let is_export =
                name == EXPORTS && code[..at].ends_with("#[") && code[at..].starts_with("unsafe(no_mangle)]");
            assert!(is_export, "{name} is unsafe: {}", code[at..].lines().next().unwrap_or_default());
            exports += 1;
        }
        let met = words(&code, "unsafe_code").count();
        assert!(met <= usize::from(EXPECTS.contains(&name.as_str())), "{name} takes the lint away");
    }
    assert!(exports > 5, "the exports were not found: are the sources still there?");
}

#[test]
fn every_crate_is_under_the_lints() {
    let manifests = sources("toml").into_iter().filter(|(name, _)| name.ends_with("Cargo.toml"));
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap_or_default();
    assert!(workspace.contains("\nunsafe_code = \"forbid\"\n"));
    let mut crates = 0;
    for (name, text) in
        manifests.filter(|(_, text)| text.contains("\n[package]\n") || text.starts_with("[package]\n"))
    {
        // A workspace of its own is no part of this one, and has the scan above.
        if text.contains("\n[workspace]\n") {
            continue;
        }
        let lints = if name == "host-wasm/Cargo.toml" {
            "[lints.rust]\nunsafe_code = \"deny\"\n"
        } else {
            "[lints]\nworkspace = true\n"
        };
        assert!(text.contains(&format!("\n{lints}")), "{name} is not under the workspace's lints");
        crates += 1;
    }
    assert!(crates >= 9, "{crates}");
}

#[test]
fn words_are_told_from_comments_and_texts() {
    let found = |text: &str| words(&code(text), "unsafe").count();
    for quiet in [
        "// unsafe",
        "/* unsafe /* unsafe */ unsafe */ fn a() {}",
        r#"let a = "unsafe \" unsafe";"#,
        r##"let a = r#"unsafe " unsafe"#;"##,
        r#"let a = b"unsafe"; let b = br"unsafe";"#,
        r#"let a = '"'; // unsafe"#,
        "fn not_unsafe() { unsafe_code() }",
    ] {
        assert_eq!(found(quiet), 0, "{quiet}");
    }
    for loud in [
        "unsafe { a() }",
        r#"let a = '"'; unsafe { a() } let b = '"';"#,
        r#"fn a<'a>(b: &'a str) { unsafe {} }"#,
        r#"let a = "// \\"; unsafe fn b() {}"#,
        r#"let a = '\''; unsafe impl Send for A {}"#,
        "a /* b */ unsafe",
    ] {
        assert_eq!(found(loud), 1, "{loud}");
    }
}

/// The project's own files with this ending, by name.
fn sources(ending: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    find(&root(), ending, &mut files);
    let named = |file: &PathBuf| {
        let name = file.strip_prefix(root()).unwrap_or(file).display().to_string();
        (name, fs::read_to_string(file).unwrap_or_default())
    };
    files.iter().map(named).collect()
}

fn find(folder: &Path, ending: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let is_foreign = ["target", "node_modules"].iter().any(|foreign| name == *foreign);
        if path.is_dir() && !is_foreign && !name.to_string_lossy().starts_with('.') {
            find(&path, ending, files);
        } else if path.extension().is_some_and(|found| found == ending) {
            files.push(path);
        }
    }
}

/// Where a word stands alone.
fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        !is_part(code[..*at].chars().next_back()) && !is_part(code[at + word.len()..].chars().next())
    })
}

/// A source without its comments, and with every text emptied.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = comment(rest).or_else(|| quoted(rest, &code));
        if let Some(length) = skipped {
            code.push(' ');
            rest = &rest[length..];
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    code
}

/// How long the comment is that stands here.
fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match rest.as_bytes().get(at..at + 2) {
            Some(b"/*") => depth += 1,
            Some(b"*/") => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    Some(at)
}

/// How long the text or character is that stands here.
fn quoted(rest: &str, before: &str) -> Option<usize> {
    let hashes = rest.strip_prefix('r').map(|rest| rest.len() - rest.trim_start_matches('#').len());
    let is_raw = |hashes: &usize| rest.as_bytes().get(1 + hashes) == Some(&b'"');
    let begins_a_word = !before.ends_with(|c: char| c.is_alphanumeric() && c != 'b' && c != 'c' || c == '_');
    if let Some(hashes) = hashes.filter(is_raw).filter(|_| begins_a_word) {
        let end = format!("\"{}", "#".repeat(hashes));
        let opened = 2 + hashes;
        return Some(rest[opened..].find(&end).map_or(rest.len(), |at| opened + at + end.len()));
    }
    let is_character = || {
        let mut inside = rest.chars().skip(1);
        matches!((inside.next(), inside.next()), (Some('\\'), _) | (_, Some('\'')))
    };
    match rest.chars().next() {
        Some('"') => Some(closed(rest, '"')),
        Some('\'') if is_character() => Some(closed(rest, '\'')),
        _ => None,
    }
}

fn closed(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    rest.len()
}
