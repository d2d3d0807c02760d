//! What went wrong, where, and what to do.
//!
//! [`Reason`] says *what* (its [`code`](Reason::code) is stable), [`Place`] says *where*, and [`Reason::help`] says *what
//! to do*. The three are apart: the catalogue of reasons is the same wherever they happen.

use core::fmt;

pub use crate::reason::{Language, Reason, Verdict};
use crate::text;

/// Which octets a Reference covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Target {
    /// `ds:KeyInfo`, by its Id.
    KeyInfo,
    /// SPI: `AppHdr` without the Signature (`URI=""`).
    AppHdr,
    /// SPI: `Document` (no URI).
    Document,
    /// DICT: the root without the Signature (`URI=""`).
    Root,
    /// `ds:SignedInfo`, what the signature itself covers.
    SignedInfo,
}

impl Target {
    /// The element's name, as people know it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeyInfo => "KeyInfo",
            Self::AppHdr => "AppHdr",
            Self::Document => "Document",
            Self::Root => "root",
            Self::SignedInfo => "SignedInfo",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where in the input something is wrong. Plain values, so that errors can stay at the bottom of the crate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// Byte offset from the start of the input.
    pub offset: Option<usize>,
    /// Number of the Reference, the first is 1.
    pub reference: Option<u8>,
    /// The octets concerned.
    pub target: Option<Target>,
    /// Number of the multipart part, the first is 1.
    pub part: Option<u16>,
}

/// An error of the core: a [`Reason`] and its [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    reason: Reason,
    place: Place,
}

/// Shorthand for the results of this crate.
pub type Result<T, E = Error> = core::result::Result<T, E>;

impl Error {
    /// An error whose place says nothing more than the reason does.
    #[must_use]
    pub const fn new(reason: Reason) -> Self {
        Self { reason, place: Place { offset: None, reference: None, target: None, part: None } }
    }

    /// An error at a byte offset of the input.
    #[must_use]
    pub const fn at(reason: Reason, offset: usize) -> Self {
        Self { reason, place: Place { offset: Some(offset), reference: None, target: None, part: None } }
    }

    /// The same error, said to concern a Reference (counted from 1) and the octets it covers.
    #[must_use]
    pub const fn in_reference(mut self, number: u8, target: Option<Target>) -> Self {
        self.place.reference = Some(number);
        self.place.target = target;
        self
    }

    /// The same error, said to concern these octets.
    #[must_use]
    pub const fn in_target(mut self, target: Target) -> Self {
        self.place.target = Some(target);
        self
    }

    /// The same error, said to concern a part of a multipart body (counted from 1).
    #[must_use]
    pub const fn in_part(mut self, part: u16) -> Self {
        self.place.part = Some(part);
        self
    }

    /// What went wrong.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Where it went wrong.
    #[must_use]
    pub const fn place(&self) -> Place {
        self.place
    }

    /// What this error makes of the message that caused it.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.reason.verdict()
    }

    /// The stable code of the reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// What to do, in English. [`Reason::help`] has it in other languages.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        self.reason.help(Language::En)
    }

    /// The whole message (place and reason) in a language, without the help.
    #[must_use]
    pub const fn in_language(self, language: Language) -> impl fmt::Display {
        InLanguage { error: self, language }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        InLanguage { error: *self, language: Language::En }.fmt(f)
    }
}

impl core::error::Error for Error {}

struct InLanguage {
    error: Error,
    language: Language,
}

impl fmt::Display for InLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.error.place;
        let words = text::place_words(self.language);
        if let Some(part) = place.part {
            write!(f, "{} {part}: ", words.part)?;
        }
        match (place.reference, place.target) {
            (Some(number), Some(target)) => write!(f, "`{target}` ({} {number}): ", words.reference)?,
            (Some(number), None) => write!(f, "{} {number}: ", words.reference)?,
            (None, Some(target)) => write!(f, "`{target}`: ")?,
            (None, None) => {}
        }
        f.write_str(self.error.reason.message(self.language))?;
        if let Some(offset) = place.offset {
            write!(f, " ({} {offset})", words.byte)?;
        }
        Ok(())
    }
}
