//! What a body must be for it to be believed: the same rule for a live answer and for one that an archive kept.

use super::body::Layout;
use super::http::Headers;
use super::policy::Channel;
use super::rules::Rules;
use crate::error::{Error, Reason, Result, Verdict};
use crate::profile::Profile;

/// What a body must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever judges a body must know each")]
pub enum Demand {
    /// A body, and every message in it signed.
    Signed,
    /// No body, or every message in it signed.
    IfAny,
    /// A signature that is there must hold; an SPI Envelope has one always.
    IfSigned,
}

impl Demand {
    /// The rules that a message on a channel is held against.
    #[must_use]
    pub fn profile(self, channel: Channel, message: &[u8]) -> Profile {
        match self {
            Self::Signed | Self::IfAny => channel.profile(),
            // Problem documents of either channel would carry their signature as DICT's messages do.
            Self::IfSigned => Profile::detect(message).unwrap_or(Profile::Dict),
        }
    }

    /// Whether a message that comes to this verdict under those rules had nothing to prove.
    #[must_use]
    pub fn excuses(self, profile: Profile, verdict: Verdict) -> bool {
        self == Self::IfSigned
            && profile == Profile::Dict
            && matches!(verdict, Verdict::Unsigned | Verdict::Malformed)
    }

    /// Whether a body that is empty is one that should not be.
    ///
    /// # Errors
    /// If it should hold something.
    pub(super) const fn of_nothing(self) -> Result<()> {
        match self {
            Self::Signed => Err(Error::new(Reason::BodyPresence)),
            Self::IfAny | Self::IfSigned => Ok(()),
        }
    }

    /// How the messages stand in a body of BACEN's, content coding taken off.
    ///
    /// # Errors
    /// If the body is no multipart body though it says so, or carries markup between its parts.
    pub(super) fn layout(self, headers: &Headers, octets: &[u8], rules: Rules) -> Result<Layout> {
        let layout = match Layout::read(headers, octets, rules) {
            Ok(layout) => layout,
            Err(_) if self == Self::IfSigned => Layout::Single,
            Err(error) => return Err(error),
        };
        match &layout {
            Layout::Parts(multipart) if multipart.has_stray_markup(octets) => {
                Err(Error::new(Reason::Multipart))
            }
            _ => Ok(layout),
        }
    }
}
