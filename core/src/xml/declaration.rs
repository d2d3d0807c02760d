//! The XML declaration: version 1.0, UTF-8, standalone or not.

use super::chars;
use crate::error::{Error, Reason, Result};

/// Reads the XML declaration at `at`, if there is one, and gives the offset behind it.
///
/// # Errors
/// [`Reason::XmlDeclaration`] if it breaks the grammar, [`Reason::Encoding`] if it names another version or encoding.
pub(crate) fn skip(text: &str, at: usize) -> Result<usize> {
    const OPEN: &str = "<?xml";
    let rest = text.get(at..).unwrap_or_default();
    let is_declaration = rest.strip_prefix(OPEN).and_then(|r| r.bytes().next()).is_some_and(chars::is_space);
    if !is_declaration {
        return Ok(at);
    }
    let misspelt = Error::at(Reason::XmlDeclaration, at);
    let length = rest.find("?>").ok_or(misspelt)?;
    let inside = rest.get(OPEN.len()..length).unwrap_or_default();
    let inside = expect(inside, "version", |v| v == "1.0", misspelt, Error::at(Reason::Encoding, at))?
        .ok_or(misspelt)?;
    let is_utf8 = |v: &str| v.eq_ignore_ascii_case("utf-8");
    let inside =
        expect(inside, "encoding", is_utf8, misspelt, Error::at(Reason::Encoding, at))?.unwrap_or(inside);
    let inside =
        expect(inside, "standalone", |v| v == "yes" || v == "no", misspelt, misspelt)?.unwrap_or(inside);
    if inside.bytes().all(chars::is_space) { Ok(at + length + 2) } else { Err(misspelt) }
}

/// Reads ` name = "value"` at the start of `text` and gives what is behind it, or nothing if another name stands there.
fn expect<'a>(
    text: &'a str,
    name: &str,
    accepts: impl Fn(&str) -> bool,
    misspelt: Error,
    refused: Error,
) -> Result<Option<&'a str>> {
    let trim = |text: &'a str| text.trim_start_matches([' ', '\t', '\r', '\n']);
    let Some(rest) = trim(text).strip_prefix(name) else {
        return Ok(None);
    };
    if trim(text).len() == text.len() {
        return Err(misspelt);
    }
    let rest = trim(trim(rest).strip_prefix('=').ok_or(misspelt)?);
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(misspelt)?;
    let (value, behind) = rest.get(1..).and_then(|r| r.split_once(quote)).ok_or(misspelt)?;
    if accepts(value) { Ok(Some(behind)) } else { Err(refused) }
}
