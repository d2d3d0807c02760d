//! What is thrown at the core, and what it is held to.

pub(crate) mod bodies;
pub(crate) mod certificates;
pub(crate) mod exchange;
pub(crate) mod messages;
pub(crate) mod record;
pub(crate) mod xml;

use std::fmt::Debug;

/// Panics with both sides shown if they differ, and with what led there.
#[track_caller]
fn same<T: PartialEq + Debug>(ours: &T, theirs: &T, of: &str) {
    assert!(ours == theirs, "{of}:\n{ours:?}\n{theirs:?}");
}

/// Octets as text, for people.
fn shown(octets: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(octets)
}
