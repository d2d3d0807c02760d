//! What people gave - a path, an address, a word - as far as it may be repeated. Whoever gives a key, a passphrase or a PIN in the
//! place of something else must not read it again in a log.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

/// What stands for a value that is not repeated.
pub const NOT_SHOWN: &str = "[…]";

/// Longest text that is repeated, in bytes: no path is longer.
const TEXT_BYTES_MAX: usize = 4096;

/// From this length on, in characters, base64 may hold a dozen bytes of a key.
const BASE64_RUN_MIN: usize = 24;

/// More hexadecimal digits in a row than a SHA-256 has: folders are named after those.
const HEX_RUN_MAX: usize = 64;

/// A path, or that it is not shown.
#[must_use]
pub fn path(path: &Path) -> String {
    text(path)
}

/// A text, or that it is not shown.
#[must_use]
pub fn text(text: impl AsRef<OsStr>) -> String {
    let text = text.as_ref().to_string_lossy();
    let is_odd = text.len() > TEXT_BYTES_MAX || text.bytes().any(|byte| byte.is_ascii_control());
    if is_odd || is_secret(&text) { NOT_SHOWN.to_owned() } else { text.into_owned() }
}

/// The path of a file that holds a passphrase. A lone word may be the passphrase itself: what is shown has a folder that exists, or an
/// ending as files have it.
#[must_use]
pub fn passphrase_path(path: &Path) -> String {
    let has_folder = path.parent().is_some_and(|folder| !folder.as_os_str().is_empty() && folder.is_dir());
    let has_ending = path.extension().is_some_and(|ending| {
        (1..=8).contains(&ending.len()) && ending.as_encoded_bytes().iter().all(u8::is_ascii_alphabetic)
    });
    if has_folder || has_ending || path.is_file() { self::path(path) } else { NOT_SHOWN.to_owned() }
}

/// The first characters of a text in one line, or that it is not shown: for values that are named in full elsewhere.
#[must_use]
pub fn short(text: &str) -> String {
    self::text(text).chars().take(80).collect()
}

/// Whether a text looks like a key, in PEM or without its armour, or like what carries a PIN.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    text.contains("-----")
        || text.contains("PRIVATE KEY")
        || text.to_ascii_lowercase().contains("pin-value")
        || has_run(text, |byte| byte.is_ascii_hexdigit(), |run| run.len() > HEX_RUN_MAX)
        || (has_run(text, is_base64, is_like_base64) && !is_place(text))
}

/// Whether a text is a path after all, though its folders together read like base64: the folder exists, and the name in it reads like
/// a name.
fn is_place(text: &str) -> bool {
    let path = Path::new(text);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.parent().is_some_and(|folder| !folder.as_os_str().is_empty() && folder.is_dir())
        && !has_run(&name, is_base64, is_like_base64)
}

/// Words of somebody else, such as a service's own message, without what looks like a key in them.
#[must_use]
pub fn words(text: &str) -> String {
    let is_suspect = |word: &str| word.len() >= BASE64_RUN_MIN && has_run(word, is_base64, is_like_base64);
    if !text.split(' ').any(is_suspect) {
        return text.to_owned();
    }
    let words = text.split(' ').map(|word| if is_suspect(word) { NOT_SHOWN } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// Why a file cannot be read or written, in English and in Portuguese: by the error's kind, since its own words may be anybody's.
#[must_use]
pub fn io_words(error: &io::Error) -> (&'static str, &'static str) {
    match error.kind() {
        io::ErrorKind::NotFound => ("there is no such file", "esse arquivo não existe"),
        io::ErrorKind::PermissionDenied => ("permission is denied", "sem permissão"),
        io::ErrorKind::IsADirectory => ("it is a folder", "é uma pasta"),
        io::ErrorKind::NotADirectory => {
            ("a part of the path is no folder", "uma parte do caminho não é pasta")
        }
        io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput => {
            ("the path cannot be one", "o caminho não pode ser esse")
        }
        io::ErrorKind::FileTooLarge => ("it is too large", "é grande demais"),
        io::ErrorKind::ReadOnlyFilesystem => {
            ("the file system is read-only", "o sistema de arquivos é só de leitura")
        }
        io::ErrorKind::StorageFull => ("the disk is full", "o disco está cheio"),
        io::ErrorKind::AlreadyExists => ("it exists already", "já existe"),
        _ => ("the system reports an error", "o sistema relata um erro"),
    }
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

fn has_run(text: &str, is_part: impl Fn(u8) -> bool, is_wanted: impl Fn(&[u8]) -> bool) -> bool {
    text.as_bytes().split(|byte| !is_part(*byte)).any(is_wanted)
}

/// Whether a run of base64's characters is base64 and no path: it begins as a DER structure does, or it changes from kind to kind of
/// character as often as no words do. Hexadecimal digits and words have one kind of letter only.
fn is_like_base64(run: &[u8]) -> bool {
    if run.len() < BASE64_RUN_MIN {
        return false;
    }
    // `0 82` and `0 80`, as keys, certificates and PKCS#12 files begin.
    if run.windows(3).any(|three| matches!(three, b"MII" | b"MIA")) {
        return true;
    }
    let has = |kind: fn(&u8) -> bool| run.iter().any(kind);
    if !(has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)) {
        return false;
    }
    let changes = run.windows(2).filter(|pair| matches!(pair, [a, b] if kind(*a) != kind(*b))).count();
    changes.saturating_mul(5) >= run.len().saturating_mul(2)
}

const fn kind(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => 0,
        b'a'..=b'z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_words_are_repeated() {
        for text in [
            "psp.key",
            "/etc/lacre/Producao2026/assinatura/chave-nova.pem",
            "/opt/Lacre2/certificates/producao/chave/assinatura/atual",
            "/var/lib/docker/overlay2/0d1e5f3ad02f1b0f2a9e8d7c6b5a49382716051423324150697887a6b5c4d3e2/merged/a.key",
            "/nix/store/7kzd5lmr0qyq2h3v1sjx6ih0kp1k2wzx-lacre-0.1.0/etc/lacre.toml",
            "/run/user/1000/3f2504e0-4f89-11d3-9a0c-0305e82c3301/psp.key",
            "arn:aws:kms:sa-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "icom.pi.rsfn.net.br:16422",
            "C:\\Users\\Joao Silva\\AppData\\Local\\Temp\\chave.pem",
            "Ação de relações públicas",
        ] {
            assert_eq!(self::text(text), text);
        }
    }

    #[test]
    fn a_path_into_a_folder_that_exists_is_a_path_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("tmp4nZt4c/D3mo/pK1/b4Cen");
        let key = odd.join("signature.key");
        assert_eq!(text(&key), NOT_SHOWN);
        std::fs::create_dir_all(&odd).unwrap();
        assert_eq!(text(&key), key.to_string_lossy());
        assert_eq!(text(odd.join("rqflk89UXutYTgBrR1DS0lI4kuOsHY12")), NOT_SHOWN);
    }

    #[test]
    fn what_looks_like_a_key_or_a_pin_is_not() {
        for text in [
            "-----BEGIN PRIVATE KEY-----",
            "pkcs11:token=t?PIN-value=1234",
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw",
            "/etc/lacre/MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw",
            "rqflk89UXutYTgBrR1DS0lI4kuOsHY12TlIhyH0sQ2q4A6AD5TFMTvzhBDVHJy3M",
            "OrAPEdVQdQN4/KQVTo2KLrOgOys1h+l5Crcdj",
            &"a1".repeat(40),
        ] {
            assert_eq!(self::text(text), NOT_SHOWN);
            assert!(is_secret(text), "{text}");
        }
        for text in ["a\nb", &"a ".repeat(4000)] {
            assert_eq!(self::text(text), NOT_SHOWN);
        }
    }

    #[test]
    fn a_lone_word_may_be_a_passphrase() {
        for text in ["senha-que-ninguem-le", "nowhere/senha", "47.11"] {
            assert_eq!(passphrase_path(Path::new(text)), NOT_SHOWN);
        }
        for text in ["pin.txt", "/pin", "src/absent"] {
            assert_eq!(passphrase_path(Path::new(text)), text);
        }
    }

    #[test]
    fn words_of_others_lose_what_looks_like_a_key() {
        assert_eq!(words("key rqflk89UXutYTgBrR1DS0lI4kuOsHY12 is bad"), "key […] is bad");
        assert_eq!(
            words("User: arn:aws:iam::1:user/a is not authorized"),
            "User: arn:aws:iam::1:user/a is not authorized"
        );
    }
}
