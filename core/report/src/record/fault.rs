//! Why a row of an archive is no record that can be judged, and what to do. What is wrong with a file is its reader's to say.

use lacre_core::Language;

use super::row::Row;

/// Why a row cannot be read. It never holds content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowFault {
    /// A line that is no record, and the byte of the line at which that shows; 0 if it is not known.
    Line(usize),
    /// A line in which several records stand.
    Glued,
    /// A line longer than a record may be.
    LineTooLong,
    /// A row of Parquet longer than a record may be.
    RowTooLong,
}

impl RowFault {
    /// Why a line is no record; nothing if it is one.
    #[must_use]
    pub fn of_line(line: &[u8]) -> Option<Self> {
        Row::read(line).err()
    }

    /// What is wrong.
    #[must_use]
    pub fn words(self, language: Language) -> String {
        let [english, portuguese] = match self {
            Self::Line(_) => ["the line is no audit record", "a linha não é um registro de auditoria"],
            Self::Glued => ["several records stand in one line", "vários registros estão em uma única linha"],
            Self::LineTooLong => [
                "the line is longer than a record may be",
                "a linha é mais longa do que um registro pode ser",
            ],
            Self::RowTooLong => [
                "the row is longer than a record may be",
                "a linha da tabela é mais longa do que um registro pode ser",
            ],
        };
        let words = if matches!(language, Language::PtBr) { portuguese } else { english };
        match self {
            Self::Line(byte) if byte > 0 => format!("{words} (byte {byte})"),
            _ => words.to_owned(),
        }
    }

    /// What to do.
    #[must_use]
    pub const fn help(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Glued | Self::LineTooLong, Language::PtBr) => {
                "um registro por linha: `jq -c . ARQUIVO > linhas.ndjson` separa os que foram gravados um após o outro"
            }
            (Self::Glued | Self::LineTooLong, _) => {
                "one record a line: `jq -c . FILE > lines.ndjson` parts those that were written one after the other"
            }
            (_, Language::PtBr) => {
                "traga o arquivo de novo do arquivo original; se lá está igual, alguém o mudou depois de gravado"
            }
            (_, _) => {
                "fetch the file again from where it is kept; if it is the same there, it was changed after it was written"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_whether_it_holds_no_record_or_several() {
        assert_eq!(RowFault::of_line(br#"{"a":"b"}"#), None);
        assert_eq!(RowFault::of_line(br#"{"a":"b"} {"a":"c"}"#), Some(RowFault::Glued));
        assert_eq!(RowFault::of_line(b"{broken"), Some(RowFault::Line(2)));
        assert_eq!(RowFault::of_line(b"\xff"), Some(RowFault::Line(1)));
        assert!(RowFault::Glued.help(Language::PtBr).contains("jq -c"));
    }
}
