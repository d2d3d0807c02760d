//! KeyInfo carrying X509IssuerSerial (XMLDSig §4.5.4.1): built and read. It names a certificate and never brings one.

use alloc::borrow::Cow;
use alloc::string::String;

use super::names;
use super::walk::{Covered, Walk, at};
use crate::c14n::escape_text;
use crate::cert::Certificate;
use crate::error::{Error, Reason, Result, Target};
use crate::xml::Source;

/// What KeyInfo says.
#[derive(Debug)]
pub(crate) struct KeyInfo<'a> {
    pub(crate) covered: Covered,
    pub(crate) id: Option<Cow<'a, str>>,
    /// X509IssuerName and where it stands.
    pub(crate) issuer: Cow<'a, str>,
    /// X509SerialNumber and where it stands.
    pub(crate) serial: Cow<'a, str>,
}

/// Reads KeyInfo, which must be the next child.
///
/// # Errors
/// If it does not hold exactly one X509Data with one X509IssuerSerial.
pub(crate) fn read<'a, S: Source<'a>>(walk: &mut Walk<'a, S>) -> Result<KeyInfo<'a>> {
    const ODD: Reason = Reason::KeyInfoContent;
    let tag = walk.expect_unheard("KeyInfo", &["Id"], Reason::SignatureChildren)?;
    let id = walk.reader.attribute("Id");
    walk.listen(Target::KeyInfo, &tag)?;
    walk.expect("X509Data", &[], ODD)?;
    walk.expect("X509IssuerSerial", &[], ODD)?;
    walk.expect("X509IssuerName", &[], ODD)?;
    let issuer = walk.text(ODD)?;
    walk.expect("X509SerialNumber", &[], ODD)?;
    let serial = walk.text(ODD)?;
    walk.close(ODD)?;
    walk.close(ODD)?;
    let end = walk.close(ODD)?;
    let covered = walk.conclude(end.span.end).ok_or(at(ODD, &end))?;
    Ok(KeyInfo { covered, id, issuer, serial })
}

/// The KeyInfo that names this certificate: as it stands in a message, and as its canonical form.
///
/// # Errors
/// [`Reason::IssuerName`] if no verifier could read the issuer's name back: it is empty, or too long.
pub(crate) fn build(certificate: &Certificate) -> Result<(String, String)> {
    let (name, serial) = (certificate.issuer(), certificate.serial());
    if !certificate.has_readable_issuer() {
        return Err(Error::new(Reason::IssuerName).in_target(Target::KeyInfo));
    }
    let mut issuer = alloc::vec::Vec::new();
    escape_text(&mut issuer, &name);
    let issuer = String::from_utf8(issuer).unwrap_or_default();
    let content = [
        " Id=\"",
        names::KEY_INFO_ID,
        "\"><ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>",
        &issuer,
        "</ds:X509IssuerName><ds:X509SerialNumber>",
        &serial,
        "</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo>",
    ]
    .concat();
    let wire = ["<ds:KeyInfo", &content].concat();
    let canonical = ["<ds:KeyInfo xmlns:ds=\"", names::DSIG, "\"", &content].concat();
    Ok((wire, canonical))
}
