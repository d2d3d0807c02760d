//! Letters as Brazil writes them, in the encodings and forms in which they get damaged.

use core::iter;

/// What Windows-1252 has from 0x80 to 0x9F where ISO-8859-1 has controls; a blank stands for none.
const WINDOWS_1252: &str = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

/// What CP850, the Brazilian console's, has from 0x80 on.
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// Bases, and the accents that each takes, with what they make.
const COMPOSED: &str = "àa\u{300} áa\u{301} âa\u{302} ãa\u{303} äa\u{308} èe\u{300} ée\u{301} êe\u{302} ëe\u{308} ìi\u{300} íi\u{301} îi\u{302} ïi\u{308} òo\u{300} óo\u{301} ôo\u{302} õo\u{303} öo\u{308} ùu\u{300} úu\u{301} ûu\u{302} üu\u{308} ñn\u{303} çc\u{327} ýy\u{301} ÀA\u{300} ÁA\u{301} ÂA\u{302} ÃA\u{303} ÄA\u{308} ÈE\u{300} ÉE\u{301} ÊE\u{302} ËE\u{308} ÌI\u{300} ÍI\u{301} ÎI\u{302} ÏI\u{308} ÒO\u{300} ÓO\u{301} ÔO\u{302} ÕO\u{303} ÖO\u{308} ÙU\u{300} ÚU\u{301} ÛU\u{302} ÜU\u{308} ÑN\u{303} ÇC\u{327} ÝY\u{301}";

/// An encoding of one byte a letter.
#[derive(Clone, Copy, Debug)]
pub(super) enum Narrow {
    /// ISO-8859-1, with Windows-1252's letters where it has controls.
    Latin,
    /// CP850.
    Cp850,
}

impl Narrow {
    fn byte(self, letter: char) -> Option<u8> {
        if letter.is_ascii() {
            return u8::try_from(letter).ok();
        }
        let among = |table: &str, letter| {
            table.chars().position(|known| known == letter).and_then(|at| u8::try_from(at).ok())
        };
        match self {
            Self::Latin => {
                u8::try_from(letter).ok().or_else(|| among(WINDOWS_1252, letter)).map(|byte| byte | 0x80)
            }
            Self::Cp850 => among(CP850, letter).map(|byte| byte | 0x80),
        }
    }

    fn letter(self, byte: u8) -> Option<char> {
        if byte.is_ascii() {
            return Some(char::from(byte));
        }
        match self {
            Self::Latin => {
                let windows =
                    WINDOWS_1252.chars().nth(usize::from(byte & 0x7F)).filter(|letter| *letter != ' ');
                Some(windows.unwrap_or(char::from(byte)))
            }
            Self::Cp850 => CP850.chars().nth(usize::from(byte & 0x7F)),
        }
    }
}

/// The text as bytes of ISO-8859-1, if it has no other letters.
pub(super) fn latin_bytes(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|letter| u8::try_from(letter).ok()).collect()
}

/// The text whose UTF-8 was read in a narrow encoding: every run of letters beyond ASCII that can be taken back is.
pub(super) fn read_as(text: &str, narrow: Narrow) -> String {
    let mut undone = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = rest.find(|letter: char| !letter.is_ascii()).unwrap_or(rest.len());
        let (plain, tail) = rest.split_at(ascii);
        let (run, tail) = tail.split_at(tail.find(|letter: char| letter.is_ascii()).unwrap_or(tail.len()));
        undone.push_str(plain);
        let bytes: Option<Vec<u8>> = run.chars().map(|letter| narrow.byte(letter)).collect();
        match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
            Some(taken_back) => undone.push_str(&taken_back),
            None => undone.push_str(run),
        }
        rest = tail;
    }
    undone
}

/// The text whose letters in one narrow encoding were read in the other.
pub(super) fn exchanged(text: &str, written: Narrow, read: Narrow) -> String {
    text.chars()
        .map(|letter| read.byte(letter).and_then(|byte| written.letter(byte)).unwrap_or(letter))
        .collect()
}

fn composed() -> impl Iterator<Item = (char, char, char)> {
    COMPOSED.split(' ').filter_map(|group| {
        let mut letters = group.chars();
        Some((letters.next()?, letters.next()?, letters.next()?))
    })
}

/// The text with its accents put onto their letters (Unicode NFC, as far as Portuguese goes).
pub(super) fn compose(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for letter in text.chars() {
        let accented =
            whole.chars().next_back().filter(|_| matches!(letter, '\u{300}'..='\u{36f}')).and_then(|base| {
                composed()
                    .find(|(_, b, accent)| (*b, *accent) == (base, letter))
                    .map(|(accented, ..)| accented)
            });
        match accented {
            Some(accented) => {
                whole.pop();
                whole.push(accented);
            }
            None => whole.push(letter),
        }
    }
    whole
}

/// The text with its accents apart from their letters (NFD).
pub(super) fn decompose(text: &str) -> String {
    let apart = |letter: char| composed().find(|(accented, ..)| *accented == letter);
    text.chars()
        .flat_map(|letter| match apart(letter).filter(|_| !letter.is_ascii()) {
            Some((_, base, accent)) => iter::once(base).chain(Some(accent)),
            None => iter::once(letter).chain(None),
        })
        .collect()
}

/// The accented letters that a letter without accent may have been.
pub(super) fn accented(bare: char) -> impl Iterator<Item = char> {
    /// What Portuguese uses.
    const PORTUGUESE: &str = "áãâàéêíóõôúüçÁÃÂÀÉÊÍÓÕÔÚÜÇ";
    composed()
        .filter(move |(accented, base, _)| *base == bare && PORTUGUESE.contains(*accented))
        .map(|(accented, ..)| accented)
}

/// What accented letters become when their accents are taken away.
pub(super) fn stripped(text: &str) -> String {
    decompose(text).chars().filter(|letter| !matches!(letter, '\u{300}'..='\u{36f}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_misread_is_read_right() {
        for text in ["José Gonçalves Conceição", "“ação” – ÀÉÍÓÚ €"] {
            let latin: String = text.bytes().map(|byte| Narrow::Latin.letter(byte).unwrap()).collect();
            assert_ne!(latin, text);
            assert_eq!(read_as(&latin, Narrow::Latin), text);
            let console: String = text.bytes().map(|byte| Narrow::Cp850.letter(byte).unwrap()).collect();
            assert_eq!(read_as(&console, Narrow::Cp850), text);
        }
        assert_eq!(read_as("JosÃ© e José", Narrow::Latin), "José e José");
        assert_eq!(exchanged("Jos\u{da}", Narrow::Latin, Narrow::Cp850), "José");
    }

    #[test]
    fn accents_go_on_and_off() {
        assert_eq!(decompose("ação é"), "ac\u{327}a\u{303}o e\u{301}");
        assert_eq!(compose("ac\u{327}a\u{303}o e\u{301}"), "ação é");
        assert_eq!(stripped("José Conceição ÇÃO"), "Jose Conceicao CAO");
        assert_eq!(accented('a').collect::<String>(), "àáâã");
        assert_eq!(accented('x').count(), 0);
    }

    #[test]
    fn the_tables_have_every_byte() {
        assert_eq!(WINDOWS_1252.chars().count(), 32);
        assert_eq!(CP850.chars().count(), 128);
        assert_eq!(composed().count(), COMPOSED.split(' ').count());
    }
}
