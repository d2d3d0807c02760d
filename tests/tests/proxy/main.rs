//! The proxy between a caller's plain HTTP and the simulator's mutual TLS, its configuration, and the commands around it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking, and has std"
)]

mod browser;
mod command;
mod demo;
mod doctor;
mod end_to_end;
mod front;
mod load;
mod secrets;
mod world;
