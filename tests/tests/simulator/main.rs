//! The simulator over real mutual TLS: DICT, SPI, and what both refuse.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking, and has std"
)]

mod bounds;
mod command;
mod dict;
mod spi;
mod streams;
mod world;
