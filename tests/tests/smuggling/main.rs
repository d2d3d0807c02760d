//! Octets that two readers of HTTP may read differently, sent to a real `lacre proxy` and by what plays BACEN: request smuggling,
//! header injection, answers that nobody asked for.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking, and has std"
)]

mod answers;
mod evil;
mod injection;
mod requests;
mod upstream;
mod world;
