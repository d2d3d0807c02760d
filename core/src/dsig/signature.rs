//! `ds:Signature` as it is read: SignedInfo, SignatureValue, KeyInfo, and nothing else (XMLDSig §4.2).

use alloc::vec::Vec;

use super::key_info::{self, KeyInfo};
use super::signed_info::{self, SignedInfo};
use super::walk::{Walk, at};
use crate::digest;
use crate::error::{Reason, Result};
use crate::limits;
use crate::xml::reader::Tag;
use crate::xml::{Source, Span};

/// Longer values are not even decoded: no key that is accepted makes them.
const VALUE_OCTETS_MAX: usize = 2 * limits::RSA_BITS_MAX / 8;

/// What a Signature says.
#[derive(Debug)]
pub(crate) struct Signature<'a> {
    pub(crate) span: Span,
    pub(crate) signed_info: SignedInfo<'a>,
    pub(crate) value: Vec<u8>,
    pub(crate) key_info: KeyInfo<'a>,
}

/// Reads the Signature whose start tag was just read. Whoever was listening does not hear it.
///
/// # Errors
/// Whatever in it is not as the profile has it.
pub(crate) fn read<'a, S: Source<'a>>(walk: &mut Walk<'a, S>, tag: &Tag<'a>) -> Result<Signature<'a>> {
    let listener = walk.tap.take();
    walk.attributes_among(&["Id"])?;
    let signed_info = signed_info::read(walk)?;
    let value_tag = walk.expect("SignatureValue", &["Id"], Reason::SignatureChildren)?;
    let text = walk.text(Reason::SignatureValue)?;
    let value =
        digest::decode_base64(&text, VALUE_OCTETS_MAX).ok_or(at(Reason::SignatureValue, &value_tag))?;
    let key_info = key_info::read(walk)?;
    let end = walk.close(Reason::SignatureChildren)?;
    walk.tap = listener;
    Ok(Signature { span: Span { start: tag.span.start, end: end.span.end }, signed_info, value, key_info })
}
