//! The command line as a person and a script meet it: verbs, flags, streams, exit codes.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking"
)]

mod audit;
mod audit_export;
mod audit_gaps;
mod audit_hostile;
mod c14n;
mod causes;
mod certificates;
mod hostile;
mod house;
mod inspect;
mod sign;
mod streams;
mod threads;
mod usage;
mod verifier;
mod verify;
