//! The configuration file: TOML, every parameter optional here so that all that is missing can be said at once.

use core::fmt;
use std::path::PathBuf;

use serde::Deserialize;

use crate::shown;

/// Reads the file's text. The parser's own words would repeat its lines, and one of them may hold a passphrase.
pub(super) fn read(bytes: &[u8]) -> Result<File, Fault> {
    let text = core::str::from_utf8(bytes).map_err(|_| {
        let is_utf16 = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) || bytes.contains(&0);
        Fault {
            what: if is_utf16 { "it is UTF-16: save it as UTF-8" } else { "it is not UTF-8" },
            place: None,
            name: None,
        }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    toml::from_str(text).map_err(|error| Fault::new(text, &error))
}

/// What is wrong with the text, where, and at which parameter; never a value.
#[derive(Debug)]
pub(super) struct Fault {
    what: &'static str,
    /// Line and column, counted from 1.
    place: Option<(usize, usize)>,
    name: Option<String>,
}

impl Fault {
    fn new(text: &str, error: &toml::de::Error) -> Self {
        // Of the parser's words only the kind is taken: the rest may repeat a value.
        let message = error.message();
        let kinds = [
            ("unknown field", "there is no such parameter"),
            ("duplicate key", "it is there twice"),
            ("duplicate field", "it is there twice"),
            ("invalid type", "its value is of another kind than this parameter has"),
            ("invalid value", "its value is of another kind than this parameter has"),
            ("invalid length", "its value is of another kind than this parameter has"),
        ];
        let what = kinds
            .iter()
            .find(|(kind, _)| message.starts_with(kind))
            .map_or("this is not TOML", |(_, what)| what);
        let Some(before) = error.span().and_then(|span| text.get(..span.start)) else {
            return Self { what, place: None, name: None };
        };
        let (above, line) = before.rsplit_once('\n').map_or(("", before), |(above, line)| (above, line));
        let number = before.matches('\n').count().saturating_add(1);
        let whole_line = text.lines().nth(number.saturating_sub(1)).unwrap_or_default();
        let name = name_on(whole_line).map(|name| match table_above(above) {
            Some(table) if !whole_line.trim_start().starts_with('[') => format!("{table}.{name}"),
            _ => name.to_owned(),
        });
        Self { what, place: Some((number, line.chars().count().saturating_add(1))), name }
    }
}

/// The name of a line's parameter or table, if it is one that a parameter could have: not every word before a `=` is.
fn name_on(line: &str) -> Option<&str> {
    let line = line.trim();
    let name = match line.strip_prefix('[') {
        Some(table) => table.split_once(']')?.0,
        None => line.split_once('=')?.0,
    };
    let name = name.trim();
    let is_name = (1..=32).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.'))
        && !shown::is_secret(name);
    is_name.then_some(name)
}

/// The last table's name above a place.
fn table_above(text: &str) -> Option<&str> {
    text.lines().rev().find(|line| line.trim_start().starts_with('[')).and_then(name_on)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "line {line}, column {column}: ")?;
        }
        if let Some(name) = &self.name {
            write!(f, "`{name}`: ")?;
        }
        f.write_str(self.what)
    }
}

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) spi: Option<ChannelTable>,
    pub(super) dict: Option<ChannelTable>,
    pub(super) signature: SignatureTable,
    pub(super) mtls: MtlsTable,
    pub(super) bacen: BacenTable,
    pub(super) audit: AuditTable,
    pub(super) policy: PolicyTable,
    pub(super) limits: LimitsTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ChannelTable {
    pub(super) listen: Option<String>,
    pub(super) endpoint: Option<String>,
    pub(super) server_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SignatureTable {
    pub(super) key: Option<String>,
    pub(super) passphrase_file: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MtlsTable {
    pub(super) key: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct BacenTable {
    pub(super) signature_certificates: Vec<PathBuf>,
    pub(super) crls: Vec<PathBuf>,
    pub(super) mtls_certificates: Vec<PathBuf>,
    pub(super) mtls_pinned_by_any_name: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AuditTable {
    pub(super) folder: Option<PathBuf>,
    pub(super) formats: Option<Vec<String>>,
    pub(super) ship_seconds: Option<u64>,
    pub(super) before_sending: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PolicyTable {
    pub(super) outside_validity: Option<String>,
    pub(super) unknown_paths: Option<String>,
    pub(super) interrupted_values: Option<String>,
    pub(super) already_signed: Option<String>,
    pub(super) dict_signature: Option<String>,
    pub(super) own_hosts: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsTable {
    pub(super) request_bytes: Option<usize>,
    pub(super) request_unpacked_bytes: Option<usize>,
    pub(super) response_bytes: Option<usize>,
    pub(super) total_seconds: Option<u64>,
    pub(super) signing_seconds: Option<u64>,
    pub(super) connections: Option<usize>,
    pub(super) reload_seconds: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_fault_names_place_and_parameter_and_repeats_no_value() {
        for (text, expected) in [
            (
                "[mtls]\nkey = \"a\"\npassphrase = \"SEGREDO-123-456\"\n",
                "line 3, column 1: `mtls.passphrase`: there is no such parameter",
            ),
            (
                "[limits]\nconnections = \"SEGREDO-123-456\"\n",
                "line 2, column 15: `limits.connections`: its value is of another kind than this parameter has",
            ),
            ("[signature]\nkey = SEGREDO-123-456\n", "line 2, column 7: `signature.key`: this is not TOML"),
            (
                "[signature]\nkey = \"a\"\nkey = \"SEGREDO-123-456\"\n",
                "line 3, column 1: `signature.key`: it is there twice",
            ),
            ("[signature]\nSEGREDO-123-456 = 1\n", "line 2, column 1: there is no such parameter"),
            (
                "[segredos]\na = \"SEGREDO-123-456\"\n",
                "line 1, column 2: `segredos`: there is no such parameter",
            ),
            ("[signature]\nkey = \"\"\"-----BEGIN\nSEGREDO-123-456\n", "this is not TOML"),
        ] {
            let fault = fault(text);
            assert!(!fault.contains("SEGREDO"), "{fault}");
            assert!(fault.ends_with(expected), "{fault}\n{expected}");
        }
    }

    #[test]
    fn a_mark_is_passed_over_and_other_encodings_are_named() {
        assert!(read(b"\xef\xbb\xbf[spi]\n").is_ok());
        assert!(read(b"\xff\xfe[\0s\0").unwrap_err().to_string().contains("UTF-16"));
        assert!(read(b"# S\xe3o Paulo\n").unwrap_err().to_string().contains("not UTF-8"));
    }
}
