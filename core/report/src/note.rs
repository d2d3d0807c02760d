//! What a reader should know of a message whatever its verdict: where other programs may read it differently.

use lacre_core::{Language, interrupted_values};
use serde::Serialize;

use crate::outcome::Position;

/// Most notes of one kind that are told of a message.
const NOTES_MAX: usize = 20;

/// Something that a reader should know of a message. It changes no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A comment, a processing instruction or a CDATA section stands inside a value.
    ValueInterrupted {
        /// The local name of the element that holds the value.
        element: String,
        /// The whole value.
        value: String,
        /// Where the first thing stands that is no plain text.
        offset: usize,
        /// The same, as line and column.
        position: Option<Position>,
    },
    /// The message has two times of its own (`CreDt`, `ResponseTime`), of which the first counts.
    TimeRepeated,
}

impl Note {
    /// What there is to know of a message that can be read.
    pub(crate) fn of(xml: &[u8], repeats_its_time: bool) -> Vec<Self> {
        let interrupted =
            interrupted_values(xml, NOTES_MAX).into_iter().map(|found| Self::ValueInterrupted {
                position: Position::at(xml, found.offset),
                element: found.element,
                value: found.value,
                offset: found.offset,
            });
        interrupted.chain(repeats_its_time.then_some(Self::TimeRepeated)).collect()
    }

    /// Its stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ValueInterrupted { .. } => "value-interrupted",
            Self::TimeRepeated => "time-repeated",
        }
    }

    /// What it means, in plain words.
    #[must_use]
    pub const fn text(&self, language: Language) -> &'static str {
        match (self, language) {
            (Self::ValueInterrupted { .. }, Language::PtBr) => {
                "há um comentário, uma instrução de processamento ou uma seção CDATA dentro de um valor, e há programas que veem só uma parte dele: aqui está o valor inteiro"
            }
            (Self::ValueInterrupted { .. }, _) => {
                "a comment, a processing instruction or a CDATA section stands inside a value, and some programs see only a part of it: here is the whole value"
            }
            (Self::TimeRepeated, Language::PtBr) => {
                "a mensagem traz duas horas próprias (`CreDt` ou `ResponseTime`): vale a primeira"
            }
            (Self::TimeRepeated, _) => {
                "the message has two times of its own (`CreDt` or `ResponseTime`): the first one counts"
            }
        }
    }
}

/// A note in a row.
#[derive(Debug, Serialize)]
pub(crate) struct NoteView<'a> {
    code: &'static str,
    text: &'static str,
    element: Option<&'a str>,
    value: Option<&'a str>,
    offset: Option<usize>,
    line: Option<usize>,
    column: Option<usize>,
}

impl<'a> NoteView<'a> {
    pub(crate) fn new(note: &'a Note, language: Language) -> Self {
        let (element, value, offset, position) = match note {
            Note::ValueInterrupted { element, value, offset, position } => {
                (Some(element.as_str()), Some(value.as_str()), Some(*offset), *position)
            }
            Note::TimeRepeated => (None, None, None, None),
        };
        Self {
            code: note.code(),
            text: note.text(language),
            element,
            value,
            offset,
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_shows_where_a_value_is_interrupted_and_all_of_it() {
        let notes = Note::of(b"<R>\n  <Amt>3<!-- -->7.90</Amt></R>", true);
        let [Note::ValueInterrupted { element, value, offset, position }, Note::TimeRepeated] = &*notes
        else {
            panic!("{notes:?}")
        };
        assert_eq!((element.as_str(), value.as_str(), *offset), ("Amt", "37.90", 12));
        assert_eq!(*position, Position::at(b"<R>\n  <Amt>3<", 12));
        assert_eq!(Note::of(b"<R><Amt>37.90</Amt><!-- --></R>", false), []);
    }

    #[test]
    fn notes_differ_in_both_languages() {
        let notes = Note::of(b"<R>a<!-- --></R>", true);
        for note in &notes {
            assert_ne!(note.text(Language::En), note.text(Language::PtBr));
        }
        assert_eq!(notes.iter().map(Note::code).collect::<Vec<_>>(), ["value-interrupted", "time-repeated"]);
    }
}
