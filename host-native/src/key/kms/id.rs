//! How a key in KMS is named: its id, its ARN, or an alias.

use super::super::{KeyError, KeyReason};
use crate::shown;

/// Longest name that KMS takes, in bytes.
const BYTES_MAX: usize = 2048;

/// The name of a key in KMS. That it looks right does not say that there is such a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyId(String);

impl KeyId {
    /// The name in an `awskms:` URI.
    pub(super) fn of_uri(uri: &str) -> Result<Self, KeyError> {
        let name = uri
            .split_once(':')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("awskms"))
            .map_or(uri, |(_, name)| name);
        Self::parse(name)
    }

    /// A key's id, its ARN, an alias' name, or an alias' ARN, exactly as KMS writes them.
    pub(super) fn parse(name: &str) -> Result<Self, KeyError> {
        let wrong = |what: &str| {
            // A parameter may hold anything: a key that was put under the wrong name, too.
            KeyError::new(KeyReason::KmsUri, format_args!("awskms:{}", shown::short(name))).said(what)
        };
        if name.len() > BYTES_MAX {
            return Err(wrong("too long"));
        }
        let fault = match name.strip_prefix("arn:") {
            Some(rest) => arn_fault(rest),
            None => name_fault(name),
        };
        fault.map_or_else(|| Ok(Self(name.to_owned())), |fault| Err(wrong(fault)))
    }

    /// The name as KMS takes it.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The region that an ARN is of.
    pub(super) fn region(&self) -> Option<&str> {
        self.0.strip_prefix("arn:")?.split(':').nth(2)
    }

    /// The key's place in messages.
    pub(super) fn place(&self) -> String {
        format!("awskms:{}", self.0)
    }
}

/// What is wrong with an ARN behind `arn:`.
fn arn_fault(rest: &str) -> Option<&'static str> {
    let parts: Vec<&str> = rest.split(':').collect();
    let &[partition, service, region, account, resource] = parts.as_slice() else {
        return Some("an ARN has six parts: `arn:aws:kms:REGION:ACCOUNT:key/ID`");
    };
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if service != "kms" {
        return Some("the ARN is not of KMS");
    }
    if !word(partition)
        || !word(region)
        || account.len() != 12
        || !account.bytes().all(|b| b.is_ascii_digit())
    {
        return Some("the ARN's partition, region or account cannot be one");
    }
    match resource.strip_prefix("key/") {
        Some(id) if is_key_id(id) => None,
        None if resource.starts_with("alias/") => name_fault(resource),
        _ => Some("the ARN names neither `key/ID` nor `alias/NAME`"),
    }
}

/// What is wrong with a name that is no ARN.
fn name_fault(name: &str) -> Option<&'static str> {
    match name.strip_prefix("alias/") {
        Some("") => Some("the alias has no name"),
        Some(alias) if alias.len() <= 250 && alias.bytes().all(is_of_alias) => None,
        Some(_) => Some("an alias has letters, digits, `/`, `_` and `-` only"),
        None if is_key_id(name) => None,
        None if name.starts_with('/') => Some("no slashes go before the key"),
        None if name.is_empty() => Some("it names no key"),
        None => Some("it is no key id; an alias begins with `alias/`"),
    }
}

const fn is_of_alias(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-')
}

/// A UUID, or `mrk-` and 32 hexadecimal digits for a key of several regions.
fn is_key_id(text: &str) -> bool {
    let is_hex =
        |part: &str, digits: usize| part.len() == digits && part.bytes().all(|b| b.is_ascii_hexdigit());
    match text.strip_prefix("mrk-") {
        Some(digits) => is_hex(digits, 32),
        None => {
            let parts: Vec<&str> = text.split('-').collect();
            parts.len() == 5 && parts.iter().zip([8, 4, 4, 4, 12]).all(|(part, digits)| is_hex(part, digits))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn refusal(name: &str) -> String {
        let error = KeyId::of_uri(&format!("awskms:{name}")).unwrap_err();
        assert_eq!(error.reason(), KeyReason::KmsUri, "{name}");
        error.to_string()
    }

    #[test]
    fn takes_the_four_names_of_a_key() {
        for name in [
            ID,
            "mrk-1234abcd12ab34cd56ef1234567890ab",
            "alias/pix-spi",
            "alias/team/Pix_1",
            &format!("arn:aws:kms:sa-east-1:111122223333:key/{ID}"),
            "arn:aws-us-gov:kms:us-gov-west-1:111122223333:alias/pix",
        ] {
            for scheme in ["awskms", "AWSKMS", "AwsKms"] {
                let id = KeyId::of_uri(&format!("{scheme}:{name}")).unwrap();
                assert_eq!(id.as_str(), name);
                assert_eq!(id.place(), format!("awskms:{name}"));
            }
        }
    }

    #[test]
    fn an_arn_tells_its_region_and_no_other_name_does() {
        assert_eq!(
            KeyId::parse("arn:aws:kms:sa-east-1:111122223333:alias/a").unwrap().region(),
            Some("sa-east-1")
        );
        assert_eq!(KeyId::parse("alias/a").unwrap().region(), None);
        assert_eq!(KeyId::parse(ID).unwrap().region(), None);
    }

    #[test]
    fn refuses_what_it_would_have_to_guess() {
        assert!(refusal("").contains("no key"));
        assert!(refusal("pix-spi").contains("`alias/`"));
        assert!(refusal("alias/").contains("no name"));
        assert!(refusal("alias/pix spi").contains("letters"));
        assert!(refusal(" alias/pix").contains("`alias/`"));
        assert!(refusal("alias/pix\n").contains("letters"));
        assert!(refusal("///alias/pix").contains("slashes"));
        assert!(refusal(&ID[1..]).contains("no key id"));
        assert!(refusal("arn:aws:kms:sa-east-1:111122223333").contains("six parts"));
        assert!(refusal(&format!("arn:aws:s3:sa-east-1:111122223333:key/{ID}")).contains("not of KMS"));
        assert!(refusal(&format!("arn:aws:kms::111122223333:key/{ID}")).contains("region"));
        assert!(refusal(&format!("arn:aws:kms:sa-east-1:1111:key/{ID}")).contains("account"));
        assert!(refusal("arn:aws:kms:sa-east-1:111122223333:key/x").contains("neither"));
        assert!(refusal(&format!("alias/{}", "a".repeat(3000))).contains("too long"));
        assert!(refusal(&format!("alias/{}", "a".repeat(3000))).len() < 200);
    }
}
