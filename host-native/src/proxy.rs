//! The local HTTP front of the exchange: callers speak plain HTTP/1.1 on a loopback address, BACEN is behind it.

mod body;
#[cfg(feature = "command")]
mod config;
mod framed;
mod front;
#[cfg(feature = "command")]
mod reader;
#[cfg(feature = "command")]
mod run;
mod seats;
#[cfg(feature = "command")]
mod seen;
#[cfg(feature = "command")]
mod setup;

pub use front::{FrontLimits, serve};
#[cfg(feature = "command")]
pub use run::{RunError, bind, run};
#[cfg(feature = "command")]
pub use setup::{ChannelSetup, Setup};
