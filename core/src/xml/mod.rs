//! XML as events: two sources, one strictness above them, no tree.

mod chars;
mod declaration;
mod event;
mod names;
pub(crate) mod newest;
mod order;
#[cfg(feature = "quick-xml")]
mod quick;
pub(crate) mod reader;
mod scanner;
pub(crate) mod scope;
pub(crate) mod splice;
pub(crate) mod value;
mod window;

pub(crate) use chars::{is_id, is_ncname};
pub use event::{Attribute, Event, QName, Skimmed, Source, Span};
#[cfg(feature = "quick-xml")]
pub use quick::Quick;
pub use scanner::Scanner;
