//! What the tests need beside Rust: one table, read by the chores that set a machine up and by the tests themselves.

mod npm;
pub mod parts;
pub mod tally;
pub mod tools;
