//! The plain face: a core module that imports nothing, for runtimes without components. Whoever can call a function and read
//! and write a memory can use it.
//!
//! # The contract, version 1
//! - All numbers are `i32` but `at` and `row`, which are `i64`. Addresses and lengths are unsigned.
//! - **Input** is written into buffers: `lacre_alloc(len)` gives an address, `lacre_free(address)` takes it back. A call is given
//!   the address that `lacre_alloc` gave and how many octets from there on count. Buffers may be used again. A length of 0 is
//!   nothing at all; its address is not looked at.
//! - **Every call** sets a status (`lacre_status()`, and what most calls return) and a result, octets that stand at
//!   `lacre_result()`, `lacre_result_len()` of them, until the next call that is not one of these three. After a status other than 0 the result is
//!   `{"code", "message", "help"}` in JSON.
//! - **Handles** (trust, certificate) are numbers from 1 on and never given twice; 0 is none.
//!
//! | status | meaning |
//! |---|---|
//! | 0 | it was done |
//! | 1 | the core refused the input: `code` is one of its reasons |
//! | 2 | no such handle, or not of that kind: never made, or freed |
//! | 3 | no such buffer: never allocated, or freed |
//! | 4 | the length goes beyond the buffer |
//! | 5 | a number or a text that is none of those it can be |
//! | 6 | there is not that much memory |
//!
//! | function | gives | result |
//! |---|---|---|
//! | `lacre_abi()` | 1 | as it was |
//! | `lacre_version()` | status | the crate's version |
//! | `lacre_alloc(len)` | address or 0 | empty |
//! | `lacre_free(address)` | status | empty |
//! | `lacre_trust_new()` | handle | empty |
//! | `lacre_trust_add(trust, bytes, len, language)` | status | list of certificates, JSON |
//! | `lacre_trust_add_crl(trust, list, len, issuer, issuer_len, language)` | status | number of entries, JSON |
//! | `lacre_trust_certificates(trust)` | status | list of certificates, JSON |
//! | `lacre_certificate_new(bytes, len, language)` | handle or 0 | list of this certificate, JSON |
//! | `lacre_handle_free(handle)` | status | empty |
//! | `lacre_verify(trust, message, len, profile, at, language, file, file_len)` | status | row of `lacre.verify/1` |
//! | `lacre_inspect(…the same…)` | status | row of `lacre.inspect/1` |
//! | `lacre_verify_record(bacen, own, record, len, at, language, file, file_len, row)` | status | row of `lacre.audit/1` |
//! | `lacre_prepare(certificate, message, len, profile, flags, language)` | status | the 32 octets to sign |
//! | `lacre_finish(certificate, message, len, signature, signature_len, profile, flags, language)` | status | the signed message |
//!
//! `profile`: 0 as the root says, 1 SPI, 2 DICT. `language`: 0 English, 1 Portuguese. `at`: seconds since 1970 UTC, the smallest
//! number there is for the message's own time. `flags`: 1 the DICT Signature goes last, 2 a signature that is there is replaced.
//! `own` may be 0: the institution's own messages are not judged then. `file` is what the row calls the message. Between
//! `lacre_prepare` and `lacre_finish` the caller keeps the message.
//!
//! No call traps over what it is given. Memory that the host refuses to add may: drop the instance then, and make another.

mod state;

use lacre_core::{At, DictPosition, Error, Language, Profile, SignOptions, Trust};

use crate::face::{self, Options};
use crate::signing::{self, Sealing};
use state::{Fault, State, call};

/// The version of the contract.
const ABI: u32 = 1;

const LAST: u32 = 1;
const RESIGN: u32 = 2;

type Given = Result<Vec<u8>, Fault>;

/// The functions by their names. A name that the linker sees is what `unsafe_code` objects to; no memory is touched.
#[expect(unsafe_code, reason = "a function has to be exported under its own name")]
mod exports {
    use super::*;

    #[unsafe(no_mangle)]
    extern "C" fn lacre_abi() -> u32 {
        ABI
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_version() -> u32 {
        call(|_| Ok(env!("CARGO_PKG_VERSION").into()))
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_alloc(len: u32) -> u32 {
        state::number(|state| state.alloc(len).map(|address| (address, Vec::new())))
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_free(address: u32) -> u32 {
        call(|state| state.free(address).map(|()| Vec::new()))
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_status() -> u32 {
        state::status()
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_result() -> u32 {
        state::result().0
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_result_len() -> u32 {
        state::result().1
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_trust_new() -> u32 {
        state::number(|state| state.keep_trust(Trust::new()).map(|handle| (handle, Vec::new())))
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_trust_add(trust: u32, bytes: u32, len: u32, words: u32) -> u32 {
        call(|state| {
            let (trust, bytes) = state.trust_and((trust, bytes, len))?;
            Ok(face::add_certificates(trust, bytes, language(words)?)?.into())
        })
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_trust_add_crl(
        trust: u32,
        list: u32,
        len: u32,
        issuer: u32,
        issuer_len: u32,
        words: u32,
    ) -> u32 {
        call(|state| {
            let issuer = state.input(issuer, issuer_len)?.to_vec();
            let (trust, list) = state.trust_and((trust, list, len))?;
            let entries = face::add_crl(trust, list, &issuer, language(words)?)?;
            Ok(entries.to_string().into())
        })
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_trust_certificates(trust: u32) -> u32 {
        call(|state| Ok(face::certificates(state.trust(trust)?).into()))
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_certificate_new(bytes: u32, len: u32, words: u32) -> u32 {
        state::number(|state| {
            let language = language(words)?;
            let found = signing::certificate(state.input(bytes, len)?);
            let certificate = found.map_err(|error| refused(error, language))?;
            let row = face::certificates(&[certificate.clone()].into_iter().collect());
            Ok((state.keep_certificate(certificate)?, row.into()))
        })
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_handle_free(handle: u32) -> u32 {
        call(|state| state.drop_handle(handle).map(|()| Vec::new()))
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_verify(
        trust: u32,
        message: u32,
        len: u32,
        rules: u32,
        at: i64,
        words: u32,
        file: u32,
        file_len: u32,
    ) -> u32 {
        let judged = Judged { trust, message: (message, len), file: (file, file_len) };
        call(|state| judge(state, judged, options(rules, at, words)?, face::verify))
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_inspect(
        trust: u32,
        message: u32,
        len: u32,
        rules: u32,
        at: i64,
        words: u32,
        file: u32,
        file_len: u32,
    ) -> u32 {
        let judged = Judged { trust, message: (message, len), file: (file, file_len) };
        call(|state| judge(state, judged, options(rules, at, words)?, face::inspect))
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_verify_record(
        bacen: u32,
        own: u32,
        record: u32,
        len: u32,
        at: i64,
        words: u32,
        file: u32,
        file_len: u32,
        row: i64,
    ) -> u32 {
        call(|state| {
            let nobody = Trust::new();
            let own = if own == 0 { &nobody } else { state.trust(own)? };
            let (bacen, record) = (state.trust(bacen)?, state.text(record, len)?);
            let row = u64::try_from(row).map_err(|_| Fault::argument("row", row))?;
            let file = state.text(file, file_len)?;
            Ok(face::verify_record(record, (bacen, own), (file, row), options(0, at, words)?)?.into())
        })
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_prepare(
        certificate: u32,
        message: u32,
        len: u32,
        rules: u32,
        flags: u32,
        words: u32,
    ) -> u32 {
        call(|state| {
            let (certificate, message) = (state.certificate(certificate)?, state.input(message, len)?);
            let (how, language) = (sealing(rules, flags)?, language(words)?);
            let digest = signing::prepare(message, certificate, how).map(|prepared| *prepared.digest());
            Ok(digest.map_err(|error| refused(error, language))?.to_vec())
        })
    }

    #[unsafe(no_mangle)]
    extern "C" fn lacre_finish(
        certificate: u32,
        message: u32,
        len: u32,
        signature: u32,
        signature_len: u32,
        rules: u32,
        flags: u32,
        words: u32,
    ) -> u32 {
        call(|state| {
            let (certificate, message) = (state.certificate(certificate)?, state.input(message, len)?);
            let signature = state.input(signature, signature_len)?;
            let (how, language) = (sealing(rules, flags)?, language(words)?);
            let signed = signing::prepare(message, certificate, how).and_then(|it| it.finish(signature));
            signed.map_err(|error| refused(error, language))
        })
    }
}

/// What is judged, by its handles and addresses.
struct Judged {
    trust: u32,
    message: (u32, u32),
    file: (u32, u32),
}

fn judge(
    state: &State,
    judged: Judged,
    options: Options,
    row: impl FnOnce(&[u8], &Trust, &str, Options) -> String,
) -> Given {
    let (message, file) =
        (state.input(judged.message.0, judged.message.1)?, state.text(judged.file.0, judged.file.1)?);
    Ok(row(message, state.trust(judged.trust)?, file, options).into())
}

fn options(rules: u32, at: i64, words: u32) -> Result<Options, Fault> {
    let at = if at == i64::MIN { At::Message } else { At::UnixS(at) };
    Ok(Options { profile: profile(rules)?, at, language: language(words)? })
}

fn sealing(rules: u32, flags: u32) -> Result<Sealing, Fault> {
    if flags > LAST | RESIGN {
        return Err(Fault::argument("flags", flags.into()));
    }
    let dict_position = if flags & LAST == 0 { DictPosition::First } else { DictPosition::Last };
    let options = SignOptions { dict_position, resign: flags & RESIGN != 0 };
    Ok(Sealing { profile: profile(rules)?, options })
}

fn profile(number: u32) -> Result<Option<Profile>, Fault> {
    match number {
        0 => Ok(None),
        1 => Ok(Some(Profile::Spi)),
        2 => Ok(Some(Profile::Dict)),
        _ => Err(Fault::argument("profile", number.into())),
    }
}

fn language(number: u32) -> Result<Language, Fault> {
    match number {
        0 => Ok(Language::En),
        1 => Ok(Language::PtBr),
        _ => Err(Fault::argument("language", number.into())),
    }
}

fn refused(error: Error, language: Language) -> Fault {
    Fault::Refused(face::Refusal::of(error, language))
}
