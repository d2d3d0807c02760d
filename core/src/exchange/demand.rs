//! What a body must be for it to be believed: the same rule for a live answer and for one that an archive kept.

use super::body::Layout;
use super::http::Headers;
use super::label::{self, Label};
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
    /// If its label or its multipart structure leaves room for another reading. What has nothing to prove may say of itself what
    /// it likes, as long as it does not speak of parts.
    pub(super) fn layout(
        self,
        channel: Channel,
        headers: &Headers,
        octets: &[u8],
        rules: Rules,
    ) -> Result<Layout> {
        if rules == Rules::First {
            return self.first_layout(headers, octets);
        }
        match labelled_layout(channel, headers, octets, rules) {
            Err(error) if self == Self::IfSigned && !label::claims_parts(headers) => {
                Ok(Layout::Mislabelled(error))
            }
            layout => layout,
        }
    }

    /// What each of several messages in one body must be. Only ICOM packs them so, and it signs each: none is excused.
    pub(super) fn of_each(self, layout: &Layout, rules: Rules) -> Self {
        match layout {
            Layout::Parts(_) if rules != Rules::First => Self::Signed,
            _ => self,
        }
    }

    /// The first rules: a body that could not be taken apart was one message where nothing had to be proved, and only markup was
    /// refused around the parts.
    fn first_layout(self, headers: &Headers, octets: &[u8]) -> Result<Layout> {
        let layout = match Layout::read(headers, octets, Rules::First) {
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

fn labelled_layout(channel: Channel, headers: &Headers, octets: &[u8], rules: Rules) -> Result<Layout> {
    let layout = Layout::read(headers, octets, rules)?;
    match Label::of(headers)? {
        Label::Mixed(_) if channel == Channel::Dict => Err(Error::new(Reason::ContentType)),
        Label::Mixed(_) | Label::Xml => Ok(layout),
    }
}
