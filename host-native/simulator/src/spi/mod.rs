//! The payment system behind its messaging service.

pub(crate) mod icom;
pub(crate) mod messages;
pub(crate) mod outline;
pub(crate) mod settlement;
pub(crate) mod stream;
