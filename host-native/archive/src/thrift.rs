//! Thrift's compact protocol, as far as Parquet's footers and page headers need it to be walked through: structs whose fields
//! are read or passed over, without memory for what they hold.

use std::io::{self, Read};

/// Deepest nesting of structs and lists: Parquet's own is 5.
const DEPTH_MAX: u8 = 16;

/// A walk through a structure, counting the octets that it takes.
pub(super) struct Walk<R> {
    input: R,
    /// How many octets were taken.
    pub(super) taken: u64,
}

/// A field of a struct: its number, and what it holds.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) id: i16,
    kind: u8,
}

/// The head of a list.
pub(super) struct List {
    pub(super) length: u64,
    kind: u8,
}

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const STRUCT: u8 = 12;

fn damaged() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

impl<R: Read> Walk<R> {
    pub(super) const fn new(input: R) -> Self {
        Self { input, taken: 0 }
    }

    /// The next field of a struct, after the one numbered `before` (0 at first); none at its end.
    pub(super) fn field(&mut self, before: i16) -> io::Result<Option<Field>> {
        let head = self.octet()?;
        if head == 0 {
            return Ok(None);
        }
        let kind = head & 0x0f;
        let id = match i16::from(head >> 4) {
            0 => i16::try_from(self.integer()?).map_err(|_| damaged())?,
            step => before.checked_add(step).ok_or_else(damaged)?,
        };
        Ok(Some(Field { id, kind }))
    }

    /// The integer that a field holds.
    pub(super) fn integer_of(&mut self, field: Field) -> io::Result<i64> {
        if (I16..=I64).contains(&field.kind) { self.integer() } else { Err(damaged()) }
    }

    /// The head of the list of structs that a field holds.
    pub(super) fn structs_of(&mut self, field: Field) -> io::Result<u64> {
        if field.kind != LIST {
            return Err(damaged());
        }
        let list = self.list()?;
        if list.kind == STRUCT || list.length == 0 { Ok(list.length) } else { Err(damaged()) }
    }

    /// Whether a field holds a struct, whose fields come next.
    pub(super) const fn is_struct(field: Field) -> bool {
        field.kind == STRUCT
    }

    /// Passes over what a field holds.
    pub(super) fn skip(&mut self, field: Field) -> io::Result<()> {
        match field.kind {
            // A field's type is its value.
            TRUE | FALSE => Ok(()),
            kind => self.skip_value(kind, 0),
        }
    }

    fn skip_value(&mut self, kind: u8, depth: u8) -> io::Result<()> {
        match kind {
            TRUE | FALSE | BYTE => self.octet().map(|_| ()),
            I16..=I64 => self.varint().map(|_| ()),
            DOUBLE => self.pass(8),
            BINARY => {
                let length = self.varint()?;
                self.pass(length)
            }
            _ if depth == DEPTH_MAX => Err(damaged()),
            LIST | SET => {
                let list = self.list()?;
                (0..list.length).try_for_each(|_| self.skip_value(list.kind, depth.saturating_add(1)))
            }
            STRUCT => {
                let mut before = 0;
                while let Some(field) = self.field(before)? {
                    before = field.id;
                    if !matches!(field.kind, TRUE | FALSE) {
                        self.skip_value(field.kind, depth.saturating_add(1))?;
                    }
                }
                Ok(())
            }
            // Parquet has no maps.
            _ => Err(damaged()),
        }
    }

    fn list(&mut self) -> io::Result<List> {
        let head = self.octet()?;
        let length = match head >> 4 {
            15 => self.varint()?,
            short => u64::from(short),
        };
        Ok(List { length, kind: head & 0x0f })
    }

    fn integer(&mut self) -> io::Result<i64> {
        let zigzag = self.varint()?;
        let magnitude = i64::try_from(zigzag >> 1).map_err(|_| damaged())?;
        Ok(if zigzag & 1 == 0 { magnitude } else { !magnitude })
    }

    fn varint(&mut self) -> io::Result<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let octet = self.octet()?;
            value |= u64::from(octet & 0x7f) << shift;
            if octet & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(damaged())
    }

    fn octet(&mut self) -> io::Result<u8> {
        let mut octet = [0];
        self.input.read_exact(&mut octet)?;
        self.taken = self.taken.saturating_add(1);
        Ok(octet[0])
    }

    fn pass(&mut self, length: u64) -> io::Result<()> {
        let passed = io::copy(&mut (&mut self.input).take(length), &mut io::sink())?;
        self.taken = self.taken.saturating_add(passed);
        if passed == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}
