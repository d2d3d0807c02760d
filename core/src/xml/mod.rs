//! XML as events (stub).

/// Where events come from.
pub trait Source<'a> {}
/// The reader of our own.
#[derive(Debug)]
pub struct Scanner<'a>(&'a str);
impl<'a> Source<'a> for Scanner<'a> {}
