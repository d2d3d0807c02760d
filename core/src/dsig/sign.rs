//! The Signature as it is written: exactly BACEN's style. SignedInfo comes from a template, as it stands in the message
//! and as its canonical form, so that nothing has to be read again.

use alloc::string::String;
use alloc::vec::Vec;

use super::names;
use crate::digest;
use crate::error::Target;

/// What SignedInfo says, in both its forms.
#[derive(Debug)]
pub(crate) struct SignedInfo {
    /// As it stands in the message: empty elements closed by themselves, `ds` declared on the Signature around it.
    pub(crate) wire: String,
    /// SHA-256 of its canonical form.
    pub(crate) digest: [u8; 32],
}

impl SignedInfo {
    /// The SignedInfo over these targets, in this order, with these digests.
    pub(crate) fn new(references: &[(Target, [u8; 32])]) -> Self {
        let canonical =
            ["<ds:SignedInfo xmlns:ds=\"", names::DSIG, "\">", &content(references, empty_canonical)]
                .concat();
        let wire = ["<ds:SignedInfo>", &content(references, empty_wire)].concat();
        Self { wire, digest: digest::sha256(canonical.as_bytes()) }
    }
}

/// The pieces of a whole Signature, to be put together in the message.
pub(crate) fn signature(signed_info: &SignedInfo, value: &[u8], key_info: &str) -> Vec<String> {
    [
        ["<ds:Signature xmlns:ds=\"", names::DSIG, "\">"].concat(),
        signed_info.wire.clone(),
        ["<ds:SignatureValue>", &digest::encode_base64(value), "</ds:SignatureValue>"].concat(),
        key_info.into(),
        "</ds:Signature>".into(),
    ]
    .into()
}

fn content(references: &[(Target, [u8; 32])], empty: fn(&mut String, &str, &str)) -> String {
    let mut out = String::with_capacity(1536);
    empty(&mut out, "CanonicalizationMethod", names::EXCLUSIVE_C14N);
    empty(&mut out, "SignatureMethod", names::RSA_SHA256);
    for (target, digest) in references {
        out.push_str(match target {
            Target::KeyInfo => "<ds:Reference URI=\"#key-info-id\"><ds:Transforms>",
            Target::Document => "<ds:Reference><ds:Transforms>",
            Target::AppHdr | Target::Root | Target::SignedInfo => "<ds:Reference URI=\"\"><ds:Transforms>",
        });
        if matches!(target, Target::AppHdr | Target::Root) {
            empty(&mut out, "Transform", names::ENVELOPED);
        }
        empty(&mut out, "Transform", names::EXCLUSIVE_C14N);
        out.push_str("</ds:Transforms>");
        empty(&mut out, "DigestMethod", names::SHA256);
        out.push_str("<ds:DigestValue>");
        out.push_str(&digest::encode_base64(digest));
        out.push_str("</ds:DigestValue></ds:Reference>");
    }
    out.push_str("</ds:SignedInfo>");
    out
}

fn empty_wire(out: &mut String, local: &str, algorithm: &str) {
    open(out, local, algorithm);
    out.push_str("\"/>");
}

fn empty_canonical(out: &mut String, local: &str, algorithm: &str) {
    open(out, local, algorithm);
    out.push_str("\"></ds:");
    out.push_str(local);
    out.push('>');
}

fn open(out: &mut String, local: &str, algorithm: &str) {
    out.push_str("<ds:");
    out.push_str(local);
    out.push_str(" Algorithm=\"");
    out.push_str(algorithm);
}
