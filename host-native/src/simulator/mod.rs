//! BACEN's side of Pix, **for testing only**: it moves no money, keeps nothing, and follows the public manuals where they
//! are clear and its own judgement where they leave room. Everything that looks random comes from a seed, so that a run
//! can be replayed.

mod dict_claims;
mod dict_entries;
mod dict_keys;
mod dict_xml;
pub(crate) mod identifiers;
mod messages;
mod outline;
mod problem;
mod random;
mod settlement;
mod stream;
