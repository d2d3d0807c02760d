//! The kinds of files in an archive.

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "who writes files must know how each is written")]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// Parquet, compressed with Zstandard.
    Parquet,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] = &[Self::Ndjson, Self::Parquet];

    /// The format with this name, as configurations write it: `ndjson` or `parquet`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }

    /// The name in configurations, which is the ending of the files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
        }
    }
}
