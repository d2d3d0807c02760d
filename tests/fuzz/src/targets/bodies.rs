//! Content codings and multipart bodies.

use std::io::Read as _;

use lacre_core::exchange::{Headers, gzip_packed, messages};
use lacre_core::limits::PARTS_MAX;

use super::same;

/// Most octets that a body may unpack to here.
const UNPACKED_MAX: usize = 1 << 20;

/// The first line is the Content-Type, what follows is the body: its parts are pieces of it in their order, no more than may
/// be, the same to a naive reader, and the same when they are put into another body.
pub(crate) fn multipart(input: &[u8]) {
    let (content_type, body) = split(input, b"\n");
    let mut headers = Headers::new();
    headers.push("Content-Type", content_type);
    let Ok(parts) = messages(&headers, body, UNPACKED_MAX) else { return };
    assert!(parts.len() <= PARTS_MAX, "{} parts", parts.len());
    let mut rest = body;
    for part in &parts {
        let place = rest.windows(part.len().max(1)).position(|piece| piece == part);
        let Some(place) = place.or_else(|| part.is_empty().then_some(0)) else {
            panic!("a part that is not in the body: {part:?}");
        };
        rest = rest.get(place.saturating_add(part.len())..).unwrap_or_default();
    }
    let Some(boundary) = boundary(content_type) else { return };
    same(&cut(body, &boundary), &parts, "what a reader finds who knows no grammar, only where to cut");
    const BOUNDARY: &[u8] = b"7a1f-no-message-has-this";
    if parts.is_empty() || body.windows(BOUNDARY.len()).any(|piece| piece == BOUNDARY) {
        return;
    }
    let mut again = Vec::new();
    for part in &parts {
        again.extend([b"--", BOUNDARY, b"\r\nContent-Type: application/xml\r\n\r\n", part, b"\r\n"].concat());
    }
    again.extend([b"--", BOUNDARY, b"--\r\n"].concat());
    let mut headers = Headers::new();
    headers.push("content-type", [&b"multipart/mixed; boundary="[..], BOUNDARY].concat());
    same(&messages(&headers, &again, UNPACKED_MAX), &Ok(parts), "the same parts in another body");
}

/// The boundary, as one finds it who searches for the word.
fn boundary(content_type: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(content_type).ok()?;
    let at = text.to_ascii_lowercase().find("boundary=")?;
    let value = text.get(at..)?.split_once('=')?.1.split(';').next()?.trim();
    let parts = text.trim_start().get(..10)?.eq_ignore_ascii_case("multipart/");
    parts.then(|| value.trim_matches('"').to_owned())
}

/// What stands between delimiters, wherever they are, less the header and the end of the last line.
fn cut(body: &[u8], boundary: &str) -> Vec<Vec<u8>> {
    let delimiter = format!("--{boundary}").into_bytes();
    let mut parts = Vec::new();
    let (_, mut rest) = split(body, &delimiter);
    while !rest.starts_with(b"--") && !rest.is_empty() {
        let (part, after) = split(rest, &delimiter);
        let end = if body.contains(&b'\r') { &b"\r\n"[..] } else { b"\n" };
        let (_, message) = split(part, &end.repeat(2));
        parts.push(message.strip_suffix(end).unwrap_or(message).to_vec());
        rest = after;
    }
    parts
}

/// What is packed unpacks to itself; what unpacks does so to what another implementation makes of it.
pub(crate) fn gzip(input: &[u8]) {
    let headers: Headers = [("Content-Encoding", "gzip")].into_iter().collect();
    let packed = gzip_packed(input);
    same(&messages(&headers, &packed, input.len()), &Ok(vec![input.to_vec()]), "packed and unpacked");
    if !input.is_empty() {
        assert!(messages(&headers, &packed, input.len().saturating_sub(1)).is_err(), "more than the most");
    }
    if let Ok(unpacked) = messages(&headers, input, UNPACKED_MAX) {
        let mut theirs = Vec::new();
        let read = flate2::read::MultiGzDecoder::new(input).read_to_end(&mut theirs);
        assert!(read.is_ok(), "unpacked, and not by flate2: {read:?}");
        same(&unpacked, &vec![theirs], "unpacked here and by flate2");
    }
}

/// What stands before and behind the first of these.
pub(crate) fn split<'i>(input: &'i [u8], at: &[u8]) -> (&'i [u8], &'i [u8]) {
    let place = input.windows(at.len()).position(|piece| piece == at);
    let Some(place) = place else { return (input, &[]) };
    (&input[..place], &input[place.saturating_add(at.len())..])
}
