//! What becomes of requests when something fails: BACEN, the disk, the proxy itself. Each part prints a matrix:
//!
//! `cargo test -p lacre-tests --test faults -- --nocapture`
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking, and has std"
)]

mod bacen;
mod check;
mod kill;
mod sink;
mod world;
