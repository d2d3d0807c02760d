//! The wording of every reason, in every language: the one place where text for people is made.

use crate::error::{Language, Reason};

/// A reason's message and help in one language.
pub(crate) struct Text {
    pub(crate) message: &'static str,
    pub(crate) help: &'static str,
}

/// The words around a place.
pub(crate) struct PlaceWords {
    pub(crate) part: &'static str,
    pub(crate) reference: &'static str,
    pub(crate) byte: &'static str,
}

pub(crate) const fn place_words(language: Language) -> PlaceWords {
    match language {
        Language::En => PlaceWords { part: "part", reference: "reference", byte: "at byte" },
        Language::PtBr => PlaceWords { part: "parte", reference: "referência", byte: "no byte" },
    }
}

pub(crate) const fn of(reason: Reason, _language: Language) -> Text {
    Text { message: reason.code(), help: "" }
}
