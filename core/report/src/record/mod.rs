//! Audit records read back from an archive: their columns, the messages in them, and what those prove today.

mod counts;
mod fault;
mod kept;
mod row;
mod verify;
mod view;

pub use counts::{RecordCounts, Standing};
pub use fault::RowFault;
pub use kept::{KeptMessage, Side, channel, messages};
pub use row::{Cell, Row, json_line};
pub use verify::{MessageOutcome, RecordOutcome, Seal, verify};
pub use view::RecordRow;
