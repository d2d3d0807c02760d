//! Certificate requests (PKCS#10, RFC 2986) for a key that stays where it is.

use aws_lc_rs::digest::{SHA256, digest};
use x509_cert::der::asn1::BitString;
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Decode, Encode, EncodePem};
use x509_cert::request::{CertReq, CertReqInfo};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::{Subject, X509Error};
use crate::key::Signer;

/// A certificate request in PEM, signed by the key itself, which proves that it is there. It asks for no extensions:
/// a certification authority of ICP-Brasil sets them by its own policy.
///
/// # Errors
/// When the key refuses to sign.
pub fn certificate_request(signer: &dyn Signer, subject: &Subject) -> Result<String, X509Error> {
    let info = CertReqInfo {
        version: x509_cert::request::Version::V1,
        subject: subject.to_name()?,
        public_key: SubjectPublicKeyInfoOwned::from_der(signer.public_key())?,
        attributes: x509_cert::attr::Attributes::new(),
    };
    let signature = sign(signer, &info.to_der()?)?;
    let request = CertReq { info, algorithm: sha256_with_rsa(), signature };
    Ok(request.to_pem(LineEnding::LF)?)
}

/// The signature over a structure's DER.
///
/// # Errors
/// When the key does not sign.
pub fn sign(signer: &dyn Signer, der: &[u8]) -> Result<BitString, X509Error> {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, der).as_ref());
    Ok(BitString::from_bytes(&signer.sign_blocking(&hash)?)?)
}

/// sha256WithRSAEncryption with the NULL that RFC 4055 §5 asks for.
pub fn sha256_with_rsa() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid: x509_cert::der::asn1::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11"),
        parameters: Some(x509_cert::der::asn1::Null.into()),
    }
}
