//! The wording of every reason, in every language: the one place where text for people is made.
//!
//! A message says what is wrong and a help what to do; both are lower case, without a final stop, with values in
//! backticks, and neither carries anything from the message they speak of. The matches are exhaustive, so a new reason
//! does not compile before it has its words in every language.

mod en;
mod pt_br;

use crate::reason::{Language, Reason};

/// A reason's message and help in one language.
struct Text {
    message: &'static str,
    help: &'static str,
}

impl Language {
    /// The form of a word for a number of things, by CLDR's rules: English has `one` for 1, Portuguese for 0 and 1.
    #[must_use]
    pub const fn plural<T: Copy>(self, count: u64, one: T, other: T) -> T {
        match (self, count) {
            (_, 1) | (Self::PtBr, 0) => one,
            _ => other,
        }
    }
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

const fn of(reason: Reason, language: Language) -> Text {
    match language {
        Language::En => en::of(reason),
        Language::PtBr => pt_br::of(reason),
    }
}

impl Reason {
    /// One line that says what is wrong: lower case, no final stop.
    #[must_use]
    pub const fn message(self, language: Language) -> &'static str {
        of(self, language).message
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(self, language: Language) -> &'static str {
        of(self, language).help
    }
}

const fn text(message: &'static str, help: &'static str) -> Text {
    Text { message, help }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    const LANGUAGES: [Language; 2] = [Language::En, Language::PtBr];

    #[test]
    fn no_two_reasons_say_the_same() {
        for language in LANGUAGES {
            let messages: BTreeSet<_> = Reason::ALL.iter().map(|r| r.message(language)).collect();
            let helps: BTreeSet<_> = Reason::ALL.iter().map(|r| r.help(language)).collect();
            assert_eq!(messages.len(), Reason::ALL.len(), "messages in {language:?}");
            assert_eq!(helps.len(), Reason::ALL.len(), "helps in {language:?}");
        }
    }

    #[test]
    fn a_plural_follows_cldr() {
        let forms =
            |language: Language| [0, 1, 2, 21, 1_000_000].map(|count| language.plural(count, "one", "other"));
        assert_eq!(forms(Language::En), ["other", "one", "other", "other", "other"]);
        assert_eq!(forms(Language::PtBr), ["one", "one", "other", "other", "other"]);
    }

    #[test]
    fn the_languages_differ() {
        for reason in Reason::ALL {
            let [english, portuguese] = LANGUAGES.map(|language| of(*reason, language));
            assert_ne!(english.message, portuguese.message, "{reason:?}");
            assert_ne!(english.help, portuguese.help, "{reason:?}");
        }
    }

    #[test]
    fn every_text_is_one_plain_line_without_a_final_stop() {
        for language in LANGUAGES {
            for reason in Reason::ALL {
                for line in [reason.message(language), reason.help(language)] {
                    assert!(line.len() > 8, "{reason:?}: too short: {line}");
                    assert!(!line.ends_with(['.', '!', ' ', ':']), "{reason:?}: ends badly: {line}");
                    assert!(
                        !line.contains("  ") && !line.contains('\n'),
                        "{reason:?}: not one plain line: {line}"
                    );
                    assert_eq!(line.matches('`').count() % 2, 0, "{reason:?}: a backtick is open: {line}");
                }
            }
        }
    }

    #[test]
    fn a_text_starts_in_lower_case_unless_with_a_name() {
        for language in LANGUAGES {
            for reason in Reason::ALL {
                for line in [reason.message(language), reason.help(language)] {
                    let word = line.split(' ').next().unwrap_or_default();
                    let name = word.chars().skip(1).any(char::is_uppercase) || FIELD_NAMES.contains(&word);
                    let capital = word.chars().next().is_some_and(char::is_uppercase);
                    assert!(!capital || name, "{reason:?}: {line}");
                }
            }
        }
    }

    /// Names that are written with one capital.
    const FIELD_NAMES: [&str; 3] = ["Envelope", "Signature", "Reference"];
}
