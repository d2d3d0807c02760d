//! What a passphrase opens: the encryption schemes of PKCS#12 (RFC 7292 appendix B) and of PKCS#5, with RC2.

use core::num::NonZeroU32;

use aws_lc_rs::digest::{self, Context};
use aws_lc_rs::{hmac, pbkdf2};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, InnerIvInit as _, KeyIvInit as _};
use des::TdesEde3;
use pkcs8::ObjectIdentifier;
use pkcs8::der::Decode as _;
use rc2::Rc2;
use zeroize::Zeroizing;

use super::Fault;
use super::ber::{Element, elements};

/// Most iterations that a file may ask for: a second's work.
const ITERATIONS_MAX: u32 = 1_000_000;

const OCTET_STRING: u8 = 0x04;
const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
const RC2_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.3.2");

/// Bytes that are wiped when they are let go.
pub(super) type Bytes = Zeroizing<Vec<u8>>;

/// What a derived key is for (RFC 7292 §B.3).
#[derive(Clone, Copy)]
enum For {
    Encryption,
    Iv,
    Mac,
}

/// Decrypts by what an AlgorithmIdentifier's content says.
pub(super) fn decrypt(algorithm: &[u8], encrypted: &[u8], passphrase: &str) -> Result<Bytes, Fault> {
    let parts = elements(algorithm).ok_or(Fault::Syntax)?;
    let (oid, parameters) = named(&parts)?;
    if oid == PBES2 {
        return pbes2(parameters, encrypted, passphrase);
    }
    let scheme = [
        ("1.2.840.113549.1.12.1.3", Cipher::TripleDes, 24),
        ("1.2.840.113549.1.12.1.4", Cipher::TripleDes, 16),
        ("1.2.840.113549.1.12.1.5", Cipher::Rc2 { bits: 128 }, 16),
        ("1.2.840.113549.1.12.1.6", Cipher::Rc2 { bits: 40 }, 5),
    ];
    let found = scheme.into_iter().find(|(known, ..)| ObjectIdentifier::new(known).as_ref() == Ok(&oid));
    let (_, cipher, key_bytes) = found.ok_or(Fault::Unsupported)?;
    let (salt, iterations) = salt_and_iterations(parameters)?;
    let hash = Hash::SHA1;
    let key = hash.derive(passphrase, salt, For::Encryption, iterations, key_bytes);
    let iv = hash.derive(passphrase, salt, For::Iv, iterations, 8);
    cipher.decrypt(&key, &iv, encrypted)
}

/// Whether a scheme is one of PKCS#12's own.
pub(super) fn is_pkcs12_scheme(oid: &ObjectIdentifier) -> bool {
    oid.to_string().starts_with("1.2.840.113549.1.12.1.")
}

/// Whether the MAC of a file, in the content of its MacData, is that of these octets.
pub(super) fn verify_mac(mac_data: &[u8], octets: &[u8], passphrase: &str) -> Result<(), Fault> {
    let parts = elements(mac_data).ok_or(Fault::Syntax)?;
    let [info, salt, rest @ ..] = parts.as_slice() else { return Err(Fault::Syntax) };
    let iterations = match rest {
        [] => 1,
        [one, ..] => integer(one)?,
    };
    let info = elements(of(SEQUENCE, info)?).ok_or(Fault::Syntax)?;
    let [algorithm, digest, ..] = info.as_slice() else { return Err(Fault::Syntax) };
    let algorithm = elements(of(SEQUENCE, algorithm)?).ok_or(Fault::Syntax)?;
    let (oid, _) = named(&algorithm)?;
    let hash = Hash::of(&oid).ok_or(Fault::Unsupported)?;
    let key =
        hash.derive(passphrase, of(OCTET_STRING, salt)?, For::Mac, bounded(iterations)?, hash.0.output_len());
    hmac::verify(&hmac::Key::new(hash.1, &key), octets, of(OCTET_STRING, digest)?)
        .map_err(|_| Fault::Passphrase)
}

/// PBES2: those of PKCS#5's own crate, and RC2, which old programs of Windows and Java write.
fn pbes2(parameters: &[u8], encrypted: &[u8], passphrase: &str) -> Result<Bytes, Fault> {
    let parts = elements(parameters).ok_or(Fault::Syntax)?;
    let [kdf, scheme] = parts.as_slice() else { return Err(Fault::Syntax) };
    let scheme = elements(of(SEQUENCE, scheme)?).ok_or(Fault::Syntax)?;
    let (cipher, cipher_parameters) = named(&scheme)?;
    let kdf = elements(of(SEQUENCE, kdf)?).ok_or(Fault::Syntax)?;
    if cipher != RC2_CBC {
        return pkcs5(parameters, encrypted, passphrase);
    }
    let (kdf, kdf_parameters) = named(&kdf)?;
    if kdf != PBKDF2 {
        return Err(Fault::Unsupported);
    }
    let given = elements(kdf_parameters).ok_or(Fault::Syntax)?;
    let [salt, iterations, rest @ ..] = given.as_slice() else { return Err(Fault::Syntax) };
    let iterations = NonZeroU32::new(bounded(integer(iterations)?)?).ok_or(Fault::Syntax)?;
    let length = rest.iter().find(|one| one.tag == INTEGER).map(integer).transpose()?;
    let prf = match rest.iter().find(|one| one.tag == SEQUENCE) {
        None => pbkdf2::PBKDF2_HMAC_SHA1,
        Some(prf) => {
            let prf = elements(prf.content).ok_or(Fault::Syntax)?;
            prf_of(&named(&prf)?.0).ok_or(Fault::Unsupported)?
        }
    };
    let [version, iv] =
        elements(cipher_parameters).ok_or(Fault::Syntax)?.try_into().map_err(|_| Fault::Unsupported)?;
    // RFC 8018 §B.2.3: the version is a code for the key's effective bits.
    let bits = match integer(&version)? {
        160 => 40,
        120 => 64,
        58 => 128,
        _ => return Err(Fault::Unsupported),
    };
    let key_bytes =
        usize::try_from(length.unwrap_or(bits / 8)).ok().filter(|bytes| (1..=128).contains(bytes));
    let mut key = Zeroizing::new(vec![0; key_bytes.ok_or(Fault::Syntax)?]);
    pbkdf2::derive(prf, iterations, of(OCTET_STRING, salt)?, passphrase.as_bytes(), &mut key);
    let bits = usize::try_from(bits).map_err(|_| Fault::Syntax)?;
    Cipher::Rc2 { bits }.decrypt(&key, of(OCTET_STRING, &iv)?, encrypted)
}

fn pkcs5(parameters: &[u8], encrypted: &[u8], passphrase: &str) -> Result<Bytes, Fault> {
    use pkcs8::pkcs5::Error;
    use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
    let der = sequence(parameters).ok_or(Fault::Syntax)?;
    let parameters = Parameters::from_der(&der).map_err(|_| Fault::Unsupported)?;
    match &parameters.kdf {
        Kdf::Pbkdf2(kdf) if kdf.iteration_count > ITERATIONS_MAX => return Err(Fault::Unsupported),
        Kdf::Scrypt(kdf)
            if kdf.cost_parameter.saturating_mul(u64::from(kdf.block_size)) > 8 << 20
                || kdf.parallelization > 16 =>
        {
            return Err(Fault::Unsupported);
        }
        _ => {}
    }
    let decrypted = parameters.decrypt(passphrase.as_bytes(), encrypted);
    decrypted.map(Zeroizing::new).map_err(|error| match error {
        Error::UnsupportedAlgorithm { .. } | Error::NoPbes1CryptSupport => Fault::Unsupported,
        _ => Fault::Passphrase,
    })
}

#[derive(Clone, Copy)]
enum Cipher {
    /// With a key of 16 bytes, the third part is the first.
    TripleDes,
    Rc2 {
        bits: usize,
    },
}

impl Cipher {
    fn decrypt(self, key: &[u8], iv: &[u8], encrypted: &[u8]) -> Result<Bytes, Fault> {
        let decrypted = match self {
            Self::TripleDes => {
                let mut whole = Zeroizing::new(key.to_vec());
                whole.extend_from_slice(key.get(..24_usize.saturating_sub(key.len())).unwrap_or_default());
                let cipher =
                    cbc::Decryptor::<TdesEde3>::new_from_slices(&whole, iv).map_err(|_| Fault::Syntax)?;
                cipher.decrypt_padded_vec::<Pkcs7>(encrypted)
            }
            Self::Rc2 { bits } => {
                let cipher = Rc2::new_with_eff_key_len(key, bits);
                let cipher =
                    cbc::Decryptor::<Rc2>::inner_iv_slice_init(cipher, iv).map_err(|_| Fault::Syntax)?;
                cipher.decrypt_padded_vec::<Pkcs7>(encrypted)
            }
        };
        // A wrong key shows as wrong padding.
        decrypted.map(Zeroizing::new).map_err(|_| Fault::Passphrase)
    }
}

/// A hash and what it authenticates with.
struct Hash(&'static digest::Algorithm, hmac::Algorithm);

impl Hash {
    const SHA1: Self = Self(&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY);

    fn of(oid: &ObjectIdentifier) -> Option<Self> {
        Some(match oid.to_string().as_str() {
            "1.3.14.3.2.26" => Self::SHA1,
            "2.16.840.1.101.3.4.2.1" => Self(&digest::SHA256, hmac::HMAC_SHA256),
            "2.16.840.1.101.3.4.2.2" => Self(&digest::SHA384, hmac::HMAC_SHA384),
            "2.16.840.1.101.3.4.2.3" => Self(&digest::SHA512, hmac::HMAC_SHA512),
            "2.16.840.1.101.3.4.2.4" => Self(&digest::SHA224, hmac::HMAC_SHA224),
            _ => return None,
        })
    }

    /// RFC 7292 §B.2. The passphrase is UTF-16 with a zero behind it: outside the basic plane in pairs, as everybody but the letter of
    /// the RFC has it.
    fn derive(&self, passphrase: &str, salt: &[u8], purpose: For, iterations: u32, bytes: usize) -> Bytes {
        let Self(algorithm, _) = self;
        let block = algorithm.block_len();
        let units = passphrase.encode_utf16().chain([0]).flat_map(u16::to_be_bytes);
        let passphrase: Bytes = Zeroizing::new(units.collect());
        let filled = |text: &[u8]| {
            let length = text.len().div_ceil(block).saturating_mul(block);
            Zeroizing::new(text.iter().copied().cycle().take(length).collect::<Vec<u8>>())
        };
        let diversifier = vec![purpose.id(); block];
        let mut input = filled(salt);
        input.extend_from_slice(&filled(&passphrase));
        let mut derived = Zeroizing::new(Vec::with_capacity(bytes.saturating_add(block)));
        while derived.len() < bytes {
            let mut context = Context::new(algorithm);
            context.update(&diversifier);
            context.update(&input);
            let mut hash = context.finish();
            for _ in 1..iterations {
                hash = digest::digest(algorithm, hash.as_ref());
            }
            derived.extend_from_slice(hash.as_ref());
            for chunk in input.chunks_mut(block) {
                add(chunk, hash.as_ref());
            }
        }
        derived.truncate(bytes);
        derived
    }
}

impl For {
    const fn id(self) -> u8 {
        match self {
            Self::Encryption => 1,
            Self::Iv => 2,
            Self::Mac => 3,
        }
    }
}

/// Adds the hash, repeated to the block's length, and one to a block as to one number.
fn add(block: &mut [u8], hash: &[u8]) {
    let repeated: Vec<u8> = hash.iter().copied().cycle().take(block.len()).collect();
    let mut carry = 1_u16;
    for (byte, add) in block.iter_mut().zip(&repeated).rev() {
        let sum = u16::from(*byte).saturating_add(u16::from(*add)).saturating_add(carry);
        let [high, low] = sum.to_be_bytes();
        (*byte, carry) = (low, u16::from(high));
    }
}

fn prf_of(oid: &ObjectIdentifier) -> Option<pbkdf2::Algorithm> {
    Some(match oid.to_string().as_str() {
        "1.2.840.113549.2.7" => pbkdf2::PBKDF2_HMAC_SHA1,
        "1.2.840.113549.2.9" => pbkdf2::PBKDF2_HMAC_SHA256,
        "1.2.840.113549.2.10" => pbkdf2::PBKDF2_HMAC_SHA384,
        "1.2.840.113549.2.11" => pbkdf2::PBKDF2_HMAC_SHA512,
        _ => return None,
    })
}

/// An algorithm's identifier and the content of its parameters.
fn named<'a>(parts: &[Element<'a>]) -> Result<(ObjectIdentifier, &'a [u8]), Fault> {
    let [oid, rest @ ..] = parts else { return Err(Fault::Syntax) };
    let oid = ObjectIdentifier::from_bytes(of(OBJECT_IDENTIFIER, oid)?).map_err(|_| Fault::Syntax)?;
    Ok((oid, rest.first().map_or(&[][..], |parameters| parameters.content)))
}

fn salt_and_iterations(parameters: &[u8]) -> Result<(&[u8], u32), Fault> {
    let parts = elements(parameters).ok_or(Fault::Syntax)?;
    let [salt, iterations] = parts.as_slice() else { return Err(Fault::Syntax) };
    Ok((of(OCTET_STRING, salt)?, bounded(integer(iterations)?)?))
}

fn bounded(iterations: u32) -> Result<u32, Fault> {
    if (1..=ITERATIONS_MAX).contains(&iterations) { Ok(iterations) } else { Err(Fault::Unsupported) }
}

/// The content of an element that has this tag.
pub(super) fn of<'a>(tag: u8, element: &Element<'a>) -> Result<&'a [u8], Fault> {
    if element.tag == tag { Ok(element.content) } else { Err(Fault::Syntax) }
}

/// A small number that is not negative.
pub(super) fn integer(element: &Element<'_>) -> Result<u32, Fault> {
    let bytes = of(INTEGER, element)?;
    if bytes.first().is_none_or(|first| *first >= 0x80) || bytes.len() > 5 {
        return Err(Fault::Syntax);
    }
    let number = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    u32::try_from(number).map_err(|_| Fault::Unsupported)
}

/// A SEQUENCE of this content.
fn sequence(content: &[u8]) -> Option<Vec<u8>> {
    let mut der = Vec::with_capacity(content.len().saturating_add(6));
    super::ber::write(&mut der, SEQUENCE, content)?;
    Some(der)
}
