//! The directory of keys.

pub(crate) mod checks;
pub(crate) mod claims;
pub(crate) mod entries;
pub(crate) mod keys;
pub(crate) mod routes;
pub(crate) mod xml;
