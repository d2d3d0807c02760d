//! The core as WebAssembly. A feature picks the face: `browser` for browsers and Node, `component` for hosts of WIT components,
//! `module` for runtimes that know neither. Every face gives the rows of `lacre-report`; none decides anything.

#[cfg(feature = "browser")]
pub mod browser;
#[cfg(feature = "component")]
mod component;
pub mod face;
#[cfg(feature = "module")]
pub mod module;
#[cfg(any(feature = "component", feature = "module"))]
mod signing;
