//! Looks for a secret in what was said, in every spelling that software has for bytes.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// So many bytes in a row are a piece of a secret.
const PIECE: usize = 12;

/// The pieces of secrets.
#[derive(Default)]
pub(crate) struct Hunter(HashSet<Vec<u8>>);

/// What a text may have been before it was spelled in one way.
type Spelling = fn(&[u8]) -> Vec<Vec<u8>>;

impl Hunter {
    /// Adds every piece of a secret's bytes.
    pub(crate) fn of(mut self, secret: &[u8]) -> Self {
        self.0.extend(secret.windows(PIECE).map(<[u8]>::to_vec));
        self
    }

    /// Adds the pieces of a text that holds a secret, but for its armour, which is no secret: those of base64's characters only.
    pub(crate) fn of_text(mut self, text: &[u8]) -> Self {
        for run in text.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))) {
            // Words of the forms themselves are shorter.
            if run.len() >= 40 {
                self.0.extend(run.windows(PIECE).map(<[u8]>::to_vec));
            }
        }
        self
    }

    /// The first piece found, and how it was spelled.
    pub(crate) fn find(&self, said: &[u8]) -> Option<(&'static str, Vec<u8>)> {
        let spellings: [(&'static str, Spelling); 6] = [
            ("raw", |said| vec![said.to_vec()]),
            ("debug", |said| vec![unescaped(said)]),
            ("decimal", decimal),
            ("hexadecimal", hexadecimal),
            ("base64", |said| base64(said)),
            ("base64 of what is escaped", |said| base64(&unescaped(said))),
        ];
        spellings.into_iter().find_map(|(name, read)| {
            let read = read(said);
            let mut pieces = read.iter().flat_map(|bytes| bytes.windows(PIECE));
            pieces.find(|piece| self.0.contains(*piece)).map(|piece| (name, piece.to_vec()))
        })
    }

    /// Ends the test if anything is found.
    #[track_caller]
    pub(crate) fn none(&self, what: &str, said: impl AsRef<[u8]>) {
        let said = said.as_ref();
        if let Some((spelling, piece)) = self.find(said) {
            panic!("{what}: {piece:?} is shown ({spelling}): {}", String::from_utf8_lossy(said));
        }
    }
}

/// What `Debug` of texts and of bytes, JSON and shells escape, put back.
fn unescaped(said: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(said.len());
    let mut rest = said;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'\\' {
            bytes.push(first);
            continue;
        }
        match after {
            [b'x', high, low, ..] => {
                bytes.extend(number(&[*high, *low], 16));
                rest = &after[3..];
            }
            [b'n' | b'r' | b't', ..] => rest = &after[1..],
            [other, ..] => {
                bytes.push(*other);
                rest = &after[1..];
            }
            [] => {}
        }
    }
    bytes
}

fn number(digits: &[u8], radix: u32) -> Option<u8> {
    u8::from_str_radix(core::str::from_utf8(digits).ok()?, radix).ok()
}

/// Lists of numbers.
fn decimal(said: &[u8]) -> Vec<Vec<u8>> {
    listed(said, u8::is_ascii_digit, 10)
}

/// Lists of hexadecimal numbers, and digits in one row, from either digit on.
fn hexadecimal(said: &[u8]) -> Vec<Vec<u8>> {
    let plain: Vec<u8> = String::from_utf8_lossy(said).replace("0x", " ").replace("\\x", " ").into_bytes();
    let mut found = listed(&plain, u8::is_ascii_hexdigit, 16);
    for run in plain.split(|byte| !byte.is_ascii_hexdigit()).filter(|run| run.len() >= 2 * PIECE) {
        for from in [0, 1] {
            found.push(run[from..].chunks_exact(2).filter_map(|pair| number(pair, 16)).collect());
        }
    }
    found
}

/// Numbers up to 255 with nothing between them but what separates the parts of a list.
fn listed(said: &[u8], is_digit: fn(&u8) -> bool, radix: u32) -> Vec<Vec<u8>> {
    let mut lists = vec![Vec::new()];
    let mut rest = said;
    while let Some(first) = rest.first() {
        let digits = rest.iter().take_while(|byte| is_digit(byte)).count();
        let value = if digits == 0 { None } else { number(&rest[..digits], radix) };
        if let Some(value) = value {
            lists.last_mut().unwrap().push(value);
        } else if digits > 0 || !matches!(first, b' ' | b',' | b';' | b':' | b'|' | b'\n' | b'\r' | b'\t') {
            lists.push(Vec::new());
        }
        rest = &rest[digits.max(1)..];
    }
    lists
}

/// Base64 in one row or broken, from each of the four characters on.
fn base64(said: &[u8]) -> Vec<Vec<u8>> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let dense: Vec<u8> = said.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let mut found = Vec::new();
    for text in [said, &dense] {
        for run in text.split(|byte| !is_part(byte)).filter(|run| run.len() >= 16) {
            for from in 0..4 {
                let run = &run[from..];
                let whole = &run[..run.len() / 4 * 4];
                found.extend(STANDARD_NO_PAD.decode(whole));
            }
        }
    }
    found
}

#[test]
fn the_hunter_finds_every_spelling() {
    let secret: Vec<u8> = (0..40).map(|i: u8| i.wrapping_mul(37).wrapping_add(11)).collect();
    let hunter = Hunter::default().of(&secret);
    let piece = &secret[9..25];
    let pem = STANDARD_NO_PAD.encode(&secret);
    let hex: String = piece.iter().map(|byte| format!("{byte:02X}")).collect();
    let colons: Vec<String> = piece.iter().map(|byte| format!("{byte:02x}")).collect();
    for said in [
        format!("at {piece:?}."),
        format!("{piece:#?}"),
        format!("{piece:02x?}"),
        format!("{piece:#04x?}"),
        format!("key {hex} is"),
        colons.join(":"),
        format!("b\"{}\"", piece.escape_ascii()),
        format!("x {pem} y"),
        format!("{}\n{}", &pem[..20], &pem[20..]),
        format!("{:?}", format!("{}\n{}", &pem[..20], &pem[20..])),
    ] {
        assert!(hunter.find(said.as_bytes()).is_some(), "{said}");
    }
    assert!(hunter.find(piece).is_some());
    assert!(hunter.find(b"`psp.key`: is not a key: line 12, byte 34, 56, 78").is_none());
}
