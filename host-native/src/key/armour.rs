//! The one private key of a file, whatever is around it: PEM in the laxest form that leaves nothing to guess, DER, or base64 of DER
//! without its armour.

use base64ct::{Base64, Encoding as _};
use lacre_core::Language;
use lacre_core::pem::{self, Block, Damage, DamageKind};
use zeroize::Zeroizing;

/// Bytes of DER that are wiped when they are let go.
pub(crate) type Der = Zeroizing<Vec<u8>>;

/// What kind of private key a PEM block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Pkcs8,
    Pkcs1,
    Sec1,
    Encrypted,
    /// A form that only its own programs read: of OpenSSH, or of a DSA key.
    Foreign,
}

/// Why a PEM file does not give one private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It has none.
    NoKey,
    /// It has more than one.
    SeveralKeys,
    /// Its key is encrypted as OpenSSL did before PKCS#8.
    Traditional,
    /// Its block, of this kind by its label, is damaged.
    Damaged(Kind, Damage),
}

/// The one private key of a PEM file. Blocks of other kinds, whole or damaged, are nobody's concern here.
pub(crate) fn read(text: &[u8]) -> Result<(Kind, Der), Fault> {
    let narrow = narrowed(text);
    let text = narrow.as_ref().map_or(text, |narrow| narrow.as_slice());
    let mut found = None;
    for block in pem::blocks(text) {
        let Some(kind) = kind(&block) else { continue };
        if found.replace((kind, block)).is_some() {
            return Err(Fault::SeveralKeys);
        }
    }
    let (kind, block) = found.ok_or(Fault::NoKey)?;
    Ok((kind, der(kind, &block)?))
}

/// Whether a file is to be read as PEM.
pub(crate) fn is_pem(bytes: &[u8]) -> bool {
    pem::is_pem(bytes) || narrowed(bytes).is_some_and(|narrow| pem::is_pem(&narrow))
}

/// Whether a file is PEM to people, though no `BEGIN` can be read.
pub(crate) fn is_nearly_pem(bytes: &[u8]) -> bool {
    bytes.windows(11).any(|window| window.eq_ignore_ascii_case(b"PRIVATE KEY"))
}

/// The bytes of a file that holds nothing but base64, as a secret store or a mail hands a binary file on.
pub(crate) fn unwrapped(bytes: &[u8]) -> Option<Der> {
    let mut base64 = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    base64.extend(bytes.iter().filter(|byte| !byte.is_ascii_whitespace()));
    decode(&base64)
}

/// Whether a block can be the key, and of which kind. One whose label cannot be read may be.
fn kind(block: &Block<'_>) -> Option<Kind> {
    match block.label() {
        "" | "PRIVATE KEY" => Some(Kind::Pkcs8),
        "RSA PRIVATE KEY" => Some(Kind::Pkcs1),
        "EC PRIVATE KEY" => Some(Kind::Sec1),
        "ENCRYPTED PRIVATE KEY" => Some(Kind::Encrypted),
        label if label.ends_with("PRIVATE KEY") => Some(Kind::Foreign),
        _ => None,
    }
}

fn der(kind: Kind, block: &Block<'_>) -> Result<Der, Fault> {
    let base64 = block.base64().map_err(|damage| match damage.kind {
        DamageKind::Header => Fault::Traditional,
        _ => Fault::Damaged(kind, damage),
    })?;
    // What the block gives is whole base64.
    decode(&Zeroizing::new(base64)).ok_or(Fault::NoKey)
}

/// Decoded without telling by the time it takes what it decodes.
fn decode(base64: &[u8]) -> Option<Der> {
    let mut der = Zeroizing::new(vec![0; base64.len() / 4 * 3]);
    let length = Base64::decode(base64, &mut der).ok()?.len();
    der.truncate(length);
    (length > 0).then_some(der)
}

/// The bytes of a text that Windows wrote in UTF-16, if all of it is ASCII as PEM is.
fn narrowed(bytes: &[u8]) -> Option<Der> {
    let units = bytes.get(2..)?.chunks_exact(2);
    let big = match bytes {
        [0xff, 0xfe, ..] => false,
        [0xfe, 0xff, ..] => true,
        _ => return None,
    };
    let mut narrow = Zeroizing::new(Vec::with_capacity(units.len()));
    for unit in units {
        match (unit, big) {
            ([low, 0], false) | ([0, low], true) => narrow.push(*low),
            _ => return None,
        }
    }
    Some(narrow)
}

impl Fault {
    /// What is behind the fault, in English and in Portuguese.
    pub(crate) fn words(self) -> Option<(String, String)> {
        match self {
            Self::Damaged(_, damage) => {
                Some((damage.in_language(Language::En), damage.in_language(Language::PtBr)))
            }
            Self::Traditional => Some((
                "the key is encrypted in OpenSSL's traditional form".to_owned(),
                "a chave está cifrada na forma tradicional do OpenSSL".to_owned(),
            )),
            Self::SeveralKeys => {
                Some(("more than one private key".to_owned(), "mais de uma chave privada".to_owned()))
            }
            Self::NoKey => None,
        }
    }
}
