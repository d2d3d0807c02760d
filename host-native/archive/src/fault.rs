//! Why something in an archive cannot be read, and what to do.

use std::io;

use lacre_core::Language;
use lacre_report::record::RowFault;
use parquet::errors::ParquetError;

/// Why a row, or what is left of a file, cannot be read. It never holds content.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The system's words.
    System(String),
    /// One row alone: the rows behind it are read.
    Row(RowFault),
    /// A gzip file that is damaged or was cut.
    Gzip,
    /// A file that is neither Parquet nor JSON, by its first octets.
    Foreign,
    /// A Parquet file that is damaged or was cut, in the reader's words.
    Parquet(String),
    /// A Parquet file that asks for more than any audit trail needs: of what.
    Excess(&'static str),
    /// A Parquet column of a kind that the audit trail does not have.
    Kind(String),
    /// A Parquet column whose text is not UTF-8.
    NotText(String),
    /// A Parquet file that does not hold as many rows as it says.
    Rows {
        /// What it says.
        said: i64,
        /// How many could be read.
        held: u64,
    },
}

impl Fault {
    /// What is wrong.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let portuguese = matches!(language, Language::PtBr);
        match self {
            Self::System(words) => words.clone(),
            Self::Row(fault) => fault.words(language),
            Self::Gzip if portuguese => "o gzip está danificado ou foi cortado".to_owned(),
            Self::Gzip => "the gzip is damaged or was cut".to_owned(),
            Self::Foreign if portuguese => "não é Parquet nem JSON".to_owned(),
            Self::Foreign => "it is neither Parquet nor JSON".to_owned(),
            Self::Parquet(words) if portuguese => format!("o Parquet está danificado: {words}"),
            Self::Parquet(words) => format!("the Parquet is damaged: {words}"),
            Self::Excess(what) if portuguese => format!("o Parquet passa do limite: {what}"),
            Self::Excess(what) => format!("the Parquet goes beyond a limit: {what}"),
            Self::Kind(column) if portuguese => {
                format!("a coluna `{column}` é de um tipo que a trilha de auditoria não tem")
            }
            Self::Kind(column) => {
                format!("column `{column}` is of a kind that the audit trail does not have")
            }
            Self::NotText(column) if portuguese => format!("o texto da coluna `{column}` não é UTF-8"),
            Self::NotText(column) => format!("the text of column `{column}` is not UTF-8"),
            Self::Rows { said, held } if portuguese => {
                format!("o Parquet diz ter {said} linhas e tem {held}")
            }
            Self::Rows { said, held } => format!("the Parquet says that it has {said} rows and has {held}"),
        }
    }

    /// What to do.
    #[must_use]
    pub const fn help(&self, language: Language) -> &'static str {
        match (self, language) {
            (Self::System(_), Language::PtBr) => "confira o caminho e a permissão de leitura",
            (Self::System(_), _) => "check the path and the permission to read it",
            (Self::Foreign | Self::Kind(_), Language::PtBr) => {
                "dê os arquivos da trilha de auditoria, como o proxy ou o Firehose os gravou"
            }
            (Self::Foreign | Self::Kind(_), _) => {
                "give the files of the audit trail, as the proxy or Firehose wrote them"
            }
            (Self::Row(fault), _) => fault.help(language),
            (_, Language::PtBr) => {
                "traga o arquivo de novo do arquivo original; se lá está igual, alguém o mudou depois de gravado"
            }
            (_, _) => {
                "fetch the file again from where it is kept; if it is the same there, it was changed after it was written"
            }
        }
    }

    /// What the system says, or that a gzip stream ended early or is no gzip.
    pub(super) fn of_reading(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Self::Gzip
            }
            _ => Self::System(error.to_string()),
        }
    }
}

impl From<ParquetError> for Fault {
    fn from(error: ParquetError) -> Self {
        Self::Parquet(error.to_string())
    }
}
