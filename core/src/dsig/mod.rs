//! XMLDSig.
pub mod report;
