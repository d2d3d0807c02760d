//! One line of the audit trail as columns: what spool, NDJSON and Parquet have in common.

use core::fmt;
use std::borrow::Cow;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_core::exchange::record::{Record, Value};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::fault::RowFault;

/// Most columns of a row that is read: the audit trail has some thirty, and a line of nothing but short names would otherwise take
/// many times its length in memory.
const COLUMNS_MAX: usize = 256;

/// What a column holds.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "JSON and Parquet must know each")]
pub enum Cell {
    /// UTF-8 text.
    Text(String),
    /// A number: a status, an instant, a sequence.
    Integer(i64),
    /// Nothing: the exchange never came that far.
    Null,
}

/// The columns of one record, in their order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Row {
    columns: Vec<(String, Cell)>,
}

impl Row {
    /// The row with these columns.
    #[must_use]
    pub fn new(columns: Vec<(String, Cell)>) -> Self {
        Self { columns }
    }

    /// The columns, in their order.
    #[must_use]
    pub fn columns(&self) -> &[(String, Cell)] {
        &self.columns
    }

    /// The cell of a column, if the row has it.
    #[must_use]
    pub fn cell(&self, name: &str) -> Option<&Cell> {
        self.columns.iter().find(|(column, _)| column == name).map(|(_, cell)| cell)
    }

    /// Whether two columns have the same name.
    pub(super) fn repeats_a_column(&self) -> bool {
        let names: BTreeSet<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        names.len() < self.columns.len()
    }

    /// The text of a column, if it holds one.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        if let Some(Cell::Text(text)) = self.cell(name) { Some(text) } else { None }
    }

    /// The number of a column, if it holds one.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        if let Some(Cell::Integer(integer)) = self.cell(name) { Some(*integer) } else { None }
    }
}

impl Row {
    /// A row from one line of NDJSON: a record, or what Firehose writes under `error/` about a record that it could not convert.
    ///
    /// # Errors
    /// If it is no object of columns that hold text, whole numbers or nothing.
    pub fn parse(line: &[u8]) -> serde_json::Result<Self> {
        let row = serde_json::from_slice::<Self>(line);
        let is_record = row.as_ref().is_ok_and(|row| row.cell("rawData").is_none());
        if is_record {
            return row;
        }
        Undelivered::read(line).map_or(row, |record| serde_json::from_slice(&record))
    }

    /// The same, with why it is none in words of our own: the parser's may repeat what it read.
    ///
    /// # Errors
    /// As [`Row::parse`].
    pub fn read(line: &[u8]) -> Result<Self, RowFault> {
        Self::parse(line).map_err(|error| {
            if Self::is_glued(line) { RowFault::Glued } else { RowFault::Line(error.column()) }
        })
    }

    /// Whether several objects stand in one line, where there should be one.
    fn is_glued(line: &[u8]) -> bool {
        let mut objects = serde_json::Deserializer::from_slice(line).into_iter::<de::IgnoredAny>();
        let first = objects.next().is_some_and(|object| object.is_ok());
        let rest = line.get(objects.byte_offset()..).unwrap_or_default().trim_ascii_start();
        first && line.trim_ascii_start().starts_with(b"{") && rest.starts_with(b"{")
    }

    /// The columns, borrowed, as the core names them: to check a chain with
    /// [`verify_link`](lacre_core::exchange::chain::verify_link).
    pub fn values(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        self.columns.iter().map(|(name, cell)| {
            let value = match cell {
                Cell::Text(text) => Value::Text(text),
                Cell::Integer(integer) => Value::Integer(*integer),
                Cell::Null => Value::Null,
            };
            (name.as_str(), value)
        })
    }
}

/// What Firehose writes about a record that it could not deliver, as far as the record is in it.
#[derive(serde::Deserialize)]
struct Undelivered<'a> {
    #[serde(borrow, rename = "rawData")]
    record: Cow<'a, str>,
    #[serde(rename = "attemptsMade")]
    _attempts: u64,
    #[serde(rename = "arrivalTimestamp")]
    _arrival: i64,
}

impl Undelivered<'_> {
    fn read(line: &[u8]) -> Option<Vec<u8>> {
        let undelivered: Undelivered<'_> = serde_json::from_slice(line).ok()?;
        BASE64_STANDARD.decode(undelivered.record.as_bytes()).ok()
    }
}

/// Names the columns only: what they hold belongs to the people in the messages.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.columns.iter().map(|(name, _)| name)).finish()
    }
}

/// Shows the kind only, never the content.
impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(..)",
            Self::Integer(_) => "Integer(..)",
            Self::Null => "Null",
        })
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for (name, cell) in &self.columns {
            map.serialize_entry(name, cell)?;
        }
        map.end()
    }
}

/// A record as one line of JSON, without its end: every column, those that hold nothing as `null`.
#[must_use]
pub fn json_line(record: &Record) -> Vec<u8> {
    // Text and integers under text keys: nothing that JSON could refuse.
    serde_json::to_vec(&Columns(record)).unwrap_or_default()
}

/// A record that is about to become a line.
struct Columns<'a>(&'a Record);

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Record::COLUMNS.len()))?;
        for (name, value) in self.0.columns() {
            match &value {
                Value::Text(text) => map.serialize_entry(name, text)?,
                Value::Integer(integer) => map.serialize_entry(name, integer)?,
                Value::Null => map.serialize_entry(name, &())?,
            }
        }
        map.end()
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Integer(integer) => serializer.serialize_i64(*integer),
            Self::Null => serializer.serialize_unit(),
        }
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Columns;
        impl<'de> Visitor<'de> for Columns {
            type Value = Row;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of columns")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut columns: Vec<(String, Cell)> = Vec::new();
                while let Some((name, cell)) = map.next_entry::<String, Cell>()? {
                    // Of two columns of a name some readers see the first and others the last: neither is the record.
                    let again = columns.iter().any(|(known, _)| *known == name);
                    if again || columns.len() == COLUMNS_MAX {
                        return Err(de::Error::custom("a column twice, or too many columns"));
                    }
                    columns.push((name, cell));
                }
                Ok(Row { columns })
            }
        }
        deserializer.deserialize_map(Columns)
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Content;
        impl Visitor<'_> for Content {
            type Value = Cell;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, a whole number or null")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell::Text(text.to_owned()))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Cell, E> {
                Ok(Cell::Text(text))
            }

            fn visit_i64<E: de::Error>(self, integer: i64) -> Result<Cell, E> {
                Ok(Cell::Integer(integer))
            }

            fn visit_u64<E: de::Error>(self, integer: u64) -> Result<Cell, E> {
                i64::try_from(integer)
                    .map(Cell::Integer)
                    .map_err(|_| E::custom("a number beyond 64 signed bits"))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Cell, E> {
                Ok(Cell::Null)
            }
        }
        deserializer.deserialize_any(Content)
    }
}
