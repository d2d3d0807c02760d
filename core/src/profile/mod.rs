//! SPI and DICT: where the Signature sits, which References it must have; prepare, verify, inspect.

pub(crate) mod content;
mod dict;
mod examine;
mod interrupted;
pub(crate) mod party;
mod prepare;
pub(crate) mod report;
mod shape;
mod spi;
mod time;
mod verify;

pub use interrupted::{Interrupted, interrupted_values};
pub use prepare::{Prepared, prepare, prepare_as, prepare_with, sign_with};
pub use verify::{Verified, canonical_octets, inspect, inspect_as, verify, verify_as};

use crate::dsig::walk::Walk;
use crate::error::{Error, Reason, Result, Target};
use crate::xml::reader::{Node, Reader};
use crate::xml::{Scanner, Source};
use shape::{Purpose, Shape};

/// The rules of SPI or of DICT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "BACEN has two")]
pub enum Profile {
    /// ISO 20022 over ICOM: the Signature in `AppHdr/Sgntr`; KeyInfo, AppHdr and Document are signed.
    Spi,
    /// The directory of Pix keys: the Signature a child of the root; KeyInfo and the root are signed.
    Dict,
}

impl Profile {
    /// The profile of a message by its root: `Envelope` is SPI, anything else DICT.
    ///
    /// # Errors
    /// If no root element can be read.
    pub fn detect(xml: &[u8]) -> Result<Self> {
        let mut reader = Reader::<Scanner<'_>>::new(xml)?;
        loop {
            match reader.next()? {
                Node::Start(tag) if tag.name.local() == "Envelope" => return Ok(Self::Spi),
                Node::Start(_) => return Ok(Self::Dict),
                Node::Eof => return Err(Error::new(Reason::NoRoot)),
                _ => {}
            }
        }
    }

    /// Whether a message is of the one kind that is never signed.
    pub(crate) fn is_never_signed(self, xml: &[u8]) -> bool {
        self == Self::Dict
            && Reader::<Scanner<'_>>::new(xml).is_ok_and(|mut reader| {
                loop {
                    match reader.next() {
                        Ok(Node::Start(tag)) => return tag.name.local() == dict::CHECK_KEYS_REQUEST,
                        Ok(Node::Eof) | Err(_) => return false,
                        Ok(_) => {}
                    }
                }
            })
    }

    /// `spi` or `dict`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spi => "spi",
            Self::Dict => "dict",
        }
    }

    /// What the References of a Signature cover, in their order.
    #[must_use]
    pub const fn targets(self) -> &'static [Target] {
        match self {
            Self::Spi => spi::TARGETS,
            Self::Dict => dict::TARGETS,
        }
    }

    fn walk<'a, S: Source<'a>>(
        self,
        walk: &mut Walk<'a, S>,
        purpose: Purpose,
        shape: &mut Shape<'a>,
    ) -> Result<()> {
        match self {
            Self::Spi => spi::walk(walk, purpose, shape),
            Self::Dict => dict::walk(walk, purpose, shape),
        }
    }
}

/// The instant at which a certificate must be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum At {
    /// Seconds since 1970 UTC.
    UnixS(i64),
    /// The message's own time: SPI `AppHdr/CreDt`, DICT `ResponseTime`.
    Message,
}

impl From<i64> for At {
    fn from(unix_s: i64) -> Self {
        Self::UnixS(unix_s)
    }
}

/// Where a DICT Signature is put among the root's children.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DictPosition {
    /// First, as BACEN does.
    #[default]
    First,
    /// Last, as the AWS sample did.
    Last,
}

/// How to sign, where the profile leaves a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "callers name the choices they make")]
pub struct SignOptions {
    /// Where a DICT Signature goes when there is no placeholder for it.
    pub dict_position: DictPosition,
    /// Whether a signature that is there already is replaced. Otherwise it is refused.
    pub resign: bool,
}
