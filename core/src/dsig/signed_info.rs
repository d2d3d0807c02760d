//! SignedInfo as it is read (XMLDSig §4.4): one algorithm each, References with their transforms and digests.

use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::elements::Child;
use super::names;
use super::walk::{Covered, Walk, at};
use crate::digest;
use crate::error::{Error, Reason, Result, Target};
use crate::limits;
use crate::xml::Source;
use crate::xml::reader::{Node, Tag};

/// No profile has more; one more is read so that the count can be seen to be wrong.
const REFERENCES_MAX: usize = 3;

/// What SignedInfo says.
#[derive(Debug)]
pub(crate) struct SignedInfo<'a> {
    pub(crate) covered: Covered,
    /// The PrefixList of its own canonicalization.
    pub(crate) prefix_list: Vec<String>,
    pub(crate) references: Vec<Reference<'a>>,
}

/// One Reference as it is read.
#[derive(Debug)]
pub(crate) struct Reference<'a> {
    pub(crate) offset: usize,
    pub(crate) uri: Option<Cow<'a, str>>,
    /// Whether the enveloped-signature transform comes before the canonicalization.
    pub(crate) enveloped: bool,
    pub(crate) prefix_list: Vec<String>,
    pub(crate) digest: [u8; 32],
}

/// Reads SignedInfo, which must be the next child.
///
/// # Errors
/// Whatever in it is not one of the profile's.
pub(crate) fn read<'a, S: Source<'a>>(walk: &mut Walk<'a, S>) -> Result<SignedInfo<'a>> {
    let tag = walk.expect_unheard("SignedInfo", &["Id"], Reason::SignatureChildren)?;
    walk.listen(Target::SignedInfo, &tag)?;
    let tag = walk.expect("CanonicalizationMethod", &["Algorithm"], Reason::CanonicalizationMethod)?;
    algorithm(walk, &tag, names::EXCLUSIVE_C14N, Reason::CanonicalizationMethod)?;
    let prefix_list = prefix_list(walk, Reason::CanonicalizationMethod)?;
    let tag = walk.expect("SignatureMethod", &["Algorithm"], Reason::SignatureMethod)?;
    algorithm(walk, &tag, names::RSA_SHA256, Reason::SignatureMethod)?;
    walk.close(Reason::SignatureMethod)?;
    let (references, end) = references(walk)?;
    let covered = walk.conclude(end.span.end).ok_or(at(Reason::SignatureChildren, &end))?;
    Ok(SignedInfo { covered, prefix_list, references })
}

fn references<'a, S: Source<'a>>(walk: &mut Walk<'a, S>) -> Result<(Vec<Reference<'a>>, Tag<'a>)> {
    let mut references = Vec::with_capacity(REFERENCES_MAX);
    loop {
        let tag = match walk.child()? {
            Child::End(tag) => return Ok((references, tag)),
            Child::Element(tag) => tag,
        };
        if tag.name.local() != "Reference" || walk.reader.namespace() != names::DSIG {
            return Err(at(Reason::SignatureChildren, &tag));
        }
        if references.len() >= REFERENCES_MAX {
            return Err(at(Reason::ReferenceCount, &tag));
        }
        walk.feed(&Node::Start(tag))?;
        let number = u8::try_from(references.len() + 1).unwrap_or(u8::MAX);
        references.push(reference(walk, &tag).map_err(|error| error.in_reference(number, None))?);
    }
}

fn reference<'a, S: Source<'a>>(walk: &mut Walk<'a, S>, tag: &Tag<'a>) -> Result<Reference<'a>> {
    walk.attributes_among(&["Id", "URI", "Type"])?;
    let uri = walk.reader.attribute("URI");
    walk.expect("Transforms", &[], Reason::Transforms)?;
    let (enveloped, prefix_list) = transforms(walk)?;
    let method = walk.expect("DigestMethod", &["Algorithm"], Reason::DigestMethod)?;
    algorithm(walk, &method, names::SHA256, Reason::DigestMethod)?;
    walk.close(Reason::DigestMethod)?;
    let value = walk.expect("DigestValue", &[], Reason::DigestValue)?;
    let text = walk.text(Reason::DigestValue)?;
    let digest = digest::decode_digest(&text).ok_or(at(Reason::DigestValue, &value))?;
    walk.close(Reason::SignatureChildren)?;
    Ok(Reference { offset: tag.span.start, uri, enveloped, prefix_list, digest })
}

/// The Transforms of a Reference: exclusive C14N, with the enveloped-signature transform before it or not.
fn transforms<'a, S: Source<'a>>(walk: &mut Walk<'a, S>) -> Result<(bool, Vec<String>)> {
    let first = walk.expect("Transform", &["Algorithm"], Reason::Transforms)?;
    let enveloped = walk.reader.attribute("Algorithm").as_deref() == Some(names::ENVELOPED);
    let canonicalization = if enveloped {
        walk.close(Reason::Transforms)?;
        walk.expect("Transform", &["Algorithm"], Reason::Transforms)?
    } else {
        first
    };
    algorithm(walk, &canonicalization, names::EXCLUSIVE_C14N, Reason::Transforms)?;
    let prefix_list = prefix_list(walk, Reason::Transforms)?;
    walk.close(Reason::Transforms)?;
    Ok((enveloped, prefix_list))
}

/// Checks the Algorithm of the start tag just read.
fn algorithm<'a, S: Source<'a>>(walk: &Walk<'a, S>, tag: &Tag<'a>, uri: &str, reason: Reason) -> Result<()> {
    if walk.reader.attribute("Algorithm").as_deref() == Some(uri) { Ok(()) } else { Err(at(reason, tag)) }
}

/// Reads to the end of an element that may hold one InclusiveNamespaces, and gives its prefixes.
fn prefix_list<'a, S: Source<'a>>(walk: &mut Walk<'a, S>, reason: Reason) -> Result<Vec<String>> {
    let tag = match walk.child()? {
        Child::End(_) => return Ok(Vec::new()),
        Child::Element(tag) => tag,
    };
    if tag.name.local() != "InclusiveNamespaces" || walk.reader.namespace() != names::EXCLUSIVE_C14N {
        return Err(at(reason, &tag));
    }
    walk.attributes_among(&["PrefixList"])?;
    walk.feed(&Node::Start(tag))?;
    let text = walk.reader.attribute("PrefixList").ok_or(at(Reason::PrefixList, &tag))?;
    let prefixes = text.split_ascii_whitespace().map(|prefix| match prefix {
        "#default" => Ok(String::new()),
        _ if crate::xml::is_ncname(prefix) => Ok(prefix.to_string()),
        _ => Err(at(Reason::PrefixList, &tag)),
    });
    let prefixes: Vec<String> = prefixes.take(limits::PREFIX_LIST_MAX + 1).collect::<Result<_>>()?;
    if prefixes.len() > limits::PREFIX_LIST_MAX {
        return Err(at(Reason::PrefixList, &tag));
    }
    walk.close(Reason::PrefixList)?;
    walk.close(reason)?;
    Ok(prefixes)
}

/// Checks that the References are the profile's: these targets, in this order, each by its URI and transforms.
///
/// # Errors
/// [`Reason::ReferenceCount`], [`Reason::ReferenceUri`] or [`Reason::Transforms`] at the first that differs.
pub(crate) fn check(info: &SignedInfo<'_>, targets: &[Target], key_info_id: Option<&str>) -> Result<()> {
    if info.references.len() != targets.len() {
        return Err(Error::at(Reason::ReferenceCount, info.covered.span.start));
    }
    for (number, (reference, &target)) in (1..).zip(info.references.iter().zip(targets)) {
        let error = |reason| Error::at(reason, reference.offset).in_reference(number, Some(target));
        let uri = reference.uri.as_deref();
        let names_it = match target {
            Target::KeyInfo => {
                // An empty fragment would name the whole document (RFC 3986 §4.4), not an element.
                let id = key_info_id.filter(|id| !id.is_empty());
                id.is_some_and(|id| uri.and_then(|uri| uri.strip_prefix('#')) == Some(id))
            }
            Target::Document => uri.is_none(),
            Target::AppHdr | Target::Root | Target::SignedInfo => uri == Some(""),
        };
        if !names_it {
            return Err(error(Reason::ReferenceUri));
        }
        if reference.enveloped != matches!(target, Target::AppHdr | Target::Root) {
            return Err(error(Reason::Transforms));
        }
    }
    Ok(())
}
