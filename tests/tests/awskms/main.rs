//! Keys in AWS KMS: requests and signatures made with them, and what is said when they cannot be made.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "a test fails by panicking, and reads the environment that it set"
)]

mod emulator;
mod faults;
mod host;
mod profiles;
mod service;
mod signing;
mod world;
