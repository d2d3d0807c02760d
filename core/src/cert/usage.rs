//! What a certificate's key is for, as far as its extensions say (RFC 5280 §4.2.1.3, §4.2.1.9).

use der::asn1::{BitStringRef, ObjectIdentifier};
use der::{Decode as _, Reader as _, SliceReader};
use x509_cert::ext::Extension;

const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");

/// The bit of digitalSignature, which is the first.
const DIGITAL_SIGNATURE: u8 = 0x80;

/// Whether extensions let a key sign messages. What cannot be read lets it sign nothing.
pub(super) fn signs_messages(extensions: &[Extension]) -> bool {
    extensions.iter().all(|extension| {
        let value = extension.extn_value.as_bytes();
        match extension.extn_id {
            BASIC_CONSTRAINTS => is_authority(value) == Some(false),
            KEY_USAGE => has_digital_signature(value) == Some(true),
            _ => true,
        }
    })
}

fn is_authority(basic_constraints: &[u8]) -> Option<bool> {
    let mut reader = SliceReader::new(basic_constraints).ok()?;
    let read = reader.sequence(|inside| -> der::Result<bool> {
        let authority = Option::<bool>::decode(inside)?.unwrap_or(false);
        let _path_length = Option::<u64>::decode(inside)?;
        Ok(authority)
    });
    let authority = read.ok()?;
    reader.finish().ok()?;
    Some(authority)
}

fn has_digital_signature(key_usage: &[u8]) -> Option<bool> {
    let bits = BitStringRef::from_der(key_usage).ok()?;
    let first = bits.raw_bytes().first().copied().unwrap_or(0);
    Some(first & DIGITAL_SIGNATURE != 0)
}
