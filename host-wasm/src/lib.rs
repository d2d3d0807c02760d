//! The core as WebAssembly. A feature picks the face: `browser` for browsers and Node, `component` for hosts of WIT components,
//! `module` for runtimes that know neither. Every face gives the rows of `lacre-report`; none decides anything.
#![expect(
    clippy::std_instead_of_alloc,
    reason = "every target of this crate has std; the lint keeps core portable"
)]

#[cfg(feature = "browser")]
pub mod browser;
pub mod face;
