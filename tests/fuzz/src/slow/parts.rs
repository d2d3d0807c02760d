//! What the References of a message cover, found by position on the tree.

use lacre_core::{Profile, Target};

use super::{Document, Element, NodeSet, canonicalize};

/// XMLDSig's namespace.
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Exclusive C14N, the algorithm and the namespace of its InclusiveNamespaces.
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// A signed message's parts.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'d> {
    document: &'d Document,
    profile: Profile,
    root: &'d Element,
    signature: &'d Element,
}

impl<'d> Parts<'d> {
    /// The parts of a message that has exactly one Signature where its profile has it.
    #[must_use]
    pub fn find(document: &'d Document, profile: Profile) -> Option<Self> {
        let root = document.root()?;
        let signature = match profile {
            Profile::Dict => root.only(DSIG, "Signature")?,
            Profile::Spi => {
                let own = root.namespace();
                root.only(own, "AppHdr")?.only(own, "Sgntr")?.only(DSIG, "Signature")?
            }
        };
        Some(Self { document, profile, root, signature })
    }

    /// The References, in their order.
    #[must_use]
    pub fn references(&self) -> Vec<&'d Element> {
        let info = self.signature.only(DSIG, "SignedInfo");
        let references = info.into_iter().flat_map(Element::elements);
        references.filter(|e| e.local == "Reference" && e.namespace() == DSIG).collect()
    }

    /// The octets that a target's digest is made of.
    #[must_use]
    pub fn octets(&self, target: Target) -> Option<Vec<u8>> {
        let own = self.root.namespace();
        let (apex, without) = match target {
            Target::KeyInfo => (Some(self.signature.only(DSIG, "KeyInfo")?), None),
            Target::SignedInfo => (Some(self.signature.only(DSIG, "SignedInfo")?), None),
            Target::AppHdr => (Some(self.root.only(own, "AppHdr")?), Some(self.signature)),
            Target::Document => (Some(self.root.only(own, "Document")?), None),
            _ => (None, Some(self.signature)),
        };
        let inclusive = self.prefix_list(target)?;
        Some(canonicalize(self.document, NodeSet { apex, without, comments: false, inclusive: &inclusive }))
    }

    fn prefix_list(&self, target: Target) -> Option<Vec<String>> {
        let method = if target == Target::SignedInfo {
            self.signature.only(DSIG, "SignedInfo")?.only(DSIG, "CanonicalizationMethod")?
        } else {
            let number = self.profile.targets().iter().position(|known| *known == target)?;
            let references = self.references();
            let transforms = references.get(number)?.only(DSIG, "Transforms")?;
            transforms.elements().find(|e| e.attribute("Algorithm") == Some(EXCLUSIVE))?
        };
        let Some(list) = method.only(EXCLUSIVE, "InclusiveNamespaces") else { return Some(Vec::new()) };
        let prefixes = list.attribute("PrefixList")?.split_ascii_whitespace();
        Some(prefixes.map(|prefix| if prefix == "#default" { "" } else { prefix }.to_owned()).collect())
    }
}

/// The octets that a target's digest is made of in a signed message.
#[must_use]
pub fn covered(message: &str, profile: Profile, target: Target) -> Option<Vec<u8>> {
    Parts::find(&super::parse(message)?, profile)?.octets(target)
}
