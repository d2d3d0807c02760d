//! Experiments: a part's canonical bytes with one change undone. If their digest is the one that the message claims, the change
//! is what happened, for nobody finds other bytes with that digest.
//!
//! Text, letters and white space look the same in canonical form as in the message, so no message has to be parsed again. The
//! work is bounded by [`BYTES_MAX`] and by the accents' own budget.

use super::accents;
use super::letters::{self, Narrow};
use super::words::Cause;

/// Largest canonical part on which experiments are made, in bytes: messages are some thousand bytes long.
pub(super) const BYTES_MAX: usize = 1 << 20;

/// What was done to a part, if one of the experiments restores its digest.
pub(super) fn restores(canonical: &[u8], claimed: &[u8; 32]) -> Option<Cause> {
    if canonical.len() > BYTES_MAX {
        return None;
    }
    let text = core::str::from_utf8(canonical).ok()?;
    let fits = |candidate: &str| lacre_core::sha256(candidate.as_bytes()) == *claimed;
    if layouts(text).any(|candidate| fits(&candidate)) {
        return Some(Cause::PrettyPrinted);
    }
    let bare = without_layout(text);
    let bases = [text, bare.as_str()];
    for base in bases.into_iter().take(if bare == text { 1 } else { 2 }) {
        if fits(&letters::compose(base)) || fits(&letters::decompose(base)) {
            return Some(Cause::Normalised);
        }
        if misreadings(base).any(|candidate| fits(&candidate)) {
            return Some(Cause::Mojibake);
        }
        // After the misreadings: their bytes in ISO-8859-1 are the text itself.
        if letters::latin_bytes(base).is_some_and(|bytes| lacre_core::sha256(&bytes) == *claimed) {
            return Some(Cause::SignerEncoding);
        }
    }
    accents::put_back(text, &fits).then_some(Cause::AccentsStripped)
}

/// The part with the white space between its elements as other programs write it.
fn layouts(text: &str) -> impl Iterator<Item = String> {
    let bare = without_layout(text);
    let trimmed = trimmed(&bare);
    let lines = ["  ", "    ", "\t"].into_iter().flat_map(|unit| [0, 1].map(|depth| (unit, depth)));
    let bare_again = bare.clone();
    [bare, trimmed].into_iter().chain(lines.map(move |(unit, depth)| indented(&bare_again, unit, depth)))
}

/// The text of which UTF-8 was read as something else, once or twice, or one narrow encoding as another.
fn misreadings(text: &str) -> impl Iterator<Item = String> {
    let narrow = [Narrow::Latin, Narrow::Cp850];
    let plain = text.is_ascii();
    narrow.into_iter().filter(move |_| !plain).flat_map(move |read| {
        let once = letters::read_as(text, read);
        let twice = letters::read_as(&once, read);
        let other = match read {
            Narrow::Latin => Narrow::Cp850,
            Narrow::Cp850 => Narrow::Latin,
        };
        [once, twice, letters::exchanged(text, other, read)]
    })
}

/// The text without white space that stands alone between two tags.
pub(super) fn without_layout(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut kept = 0;
    for character in text.chars() {
        if character == '<' && bare.get(..kept).is_some_and(|text| text.ends_with('>')) {
            bare.truncate(kept);
        }
        bare.push(character);
        if !character.is_ascii_whitespace() {
            kept = bare.len();
        }
    }
    bare
}

/// The text without white space at either end of what stands between two tags.
fn trimmed(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for piece in text.split_inclusive('>') {
        match piece.find('<') {
            Some(tag) => {
                let (content, tag) = piece.split_at(tag);
                whole.push_str(content.trim_ascii());
                whole.push_str(tag);
            }
            None => whole.push_str(piece),
        }
    }
    whole
}

/// A bare text with every element on a line of its own, as deep as it is nested.
fn indented(bare: &str, unit: &str, depth: usize) -> String {
    /// Deeper than any message is.
    const DEPTH_MAX: usize = 64;
    let mut whole = String::with_capacity(bare.len().saturating_mul(2));
    let mut depth = depth;
    let mut rest = bare;
    while let Some(end) = rest.find('>') {
        let (piece, tail) = rest.split_at(end.saturating_add(1));
        let is_end = piece.starts_with("</");
        if is_end || piece.contains("</") {
            depth = depth.saturating_sub(1);
        }
        if whole.ends_with('>') && piece.starts_with('<') && !(is_end && opens_last(&whole)) {
            whole.push('\n');
            (0..depth.min(DEPTH_MAX)).for_each(|_| whole.push_str(unit));
        }
        whole.push_str(piece);
        if piece.starts_with('<') && !is_end {
            depth = depth.saturating_add(1);
        }
        rest = tail;
    }
    whole.push_str(rest);
    whole
}

/// Whether the last tag of a text is one that opens an element: an empty element stays on its line.
fn opens_last(text: &str) -> bool {
    text.rfind('<').and_then(|at| text.get(at..)).is_some_and(|tag| !tag.starts_with("</"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str =
        "<Document xmlns=\"u\"><Nm>José Gonçalves</Nm><Empty></Empty><Amt>1.00</Amt></Document>";

    fn told(received: &str, signed: &[u8]) -> Option<&'static str> {
        restores(received.as_bytes(), &lacre_core::sha256(signed)).map(Cause::code)
    }

    #[test]
    fn only_white_space_between_tags_goes() {
        assert_eq!(without_layout("<a>\n  <b>x y </b>\r\n\t<c/>\n</a>\n"), "<a><b>x y </b><c/></a>\n");
        assert_eq!(without_layout("<a> x <b/> </a>"), "<a> x <b/></a>");
        assert_eq!(trimmed("<a> <b> x y </b> </a>"), "<a><b>x y</b></a>");
    }

    #[test]
    fn indentation_is_taken_out_and_put_in() {
        let lines = "<Document xmlns=\"u\">\n    <Nm>José Gonçalves</Nm>\n    <Empty></Empty>\n    <Amt>1.00</Amt>\n  </Document>";
        assert_eq!(indented(PLAIN, "  ", 1), lines);
        assert_eq!(told(lines, PLAIN.as_bytes()), Some("pretty-printed"));
        assert_eq!(told(PLAIN, lines.as_bytes()), Some("pretty-printed"));
        let spread = PLAIN.replace("<Nm>José Gonçalves", "<Nm>\n José Gonçalves\n ");
        assert_eq!(told(&spread, PLAIN.as_bytes()), Some("pretty-printed"));
    }

    #[test]
    fn letters_are_read_right_again() {
        let misread: String = PLAIN.bytes().map(char::from).collect();
        assert_eq!(told(&misread, PLAIN.as_bytes()), Some("mojibake"));
        let twice: String = misread.bytes().map(char::from).collect();
        assert_eq!(told(&twice, PLAIN.as_bytes()), Some("mojibake"));
        assert_eq!(told(&misread.replace("><", ">\n<"), PLAIN.as_bytes()), Some("mojibake"));
        assert_eq!(told(&letters::decompose(PLAIN), PLAIN.as_bytes()), Some("unicode-normalised"));
        assert_eq!(told(PLAIN, letters::decompose(PLAIN).as_bytes()), Some("unicode-normalised"));
        let latin = letters::latin_bytes(PLAIN).unwrap();
        assert_eq!(told(PLAIN, &latin), Some("signer-encoding"));
        assert_eq!(told(&letters::stripped(PLAIN), PLAIN.as_bytes()), Some("accents-stripped"));
    }

    #[test]
    fn what_was_altered_is_not_explained_away() {
        assert_eq!(told(&PLAIN.replace("1.00", "9.00"), PLAIN.as_bytes()), None);
        assert_eq!(told(&letters::stripped(PLAIN).replace("1.00", "9.00"), PLAIN.as_bytes()), None);
        assert_eq!(told("", b"x"), None);
        assert_eq!(restores(&[0xFF], &[0; 32]), None);
        assert_eq!(restores(&vec![b'a'; BYTES_MAX + 1], &[0; 32]), None);
    }
}
