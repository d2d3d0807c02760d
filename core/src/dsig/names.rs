//! XMLDSig element names and algorithm URIs: one of each is allowed.

/// The namespace of XMLDSig.
pub(crate) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Exclusive C14N without comments; also the namespace of InclusiveNamespaces.
pub(crate) const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// RSASSA-PKCS1-v1_5 with SHA-256.
pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
/// SHA-256.
pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
/// The enveloped signature transform.
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// The Id that we give our KeyInfo, as BACEN does.
pub(crate) const KEY_INFO_ID: &str = "key-info-id";
