//! XMLDSig 1.1: the Signature as it is read, as it is written, and what was found out about it.

mod elements;
pub(crate) mod key_info;
pub(crate) mod names;
pub(crate) mod sign;
pub(crate) mod signature;
pub(crate) mod signed_info;
pub(crate) mod walk;
