//! The core as WebAssembly. A feature picks the face: `browser` for browsers and Node, `component` for hosts of WIT components,
//! `module` for runtimes that know neither. Every face gives the rows of `lacre-report`; none decides anything.

extern crate alloc;

#[cfg(feature = "browser")]
pub mod browser;
#[cfg(feature = "component")]
mod component;
pub mod face;
#[cfg(feature = "module")]
pub mod module;
pub mod rsa;
#[cfg(any(feature = "component", feature = "module"))]
mod signing;
pub mod trust;
