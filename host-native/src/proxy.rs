//! The local HTTP front of the exchange: callers speak plain HTTP/1.1 on a loopback address, BACEN is behind it.

mod body;
mod config;
mod framed;
mod front;
mod reader;
mod run;
mod seats;
mod seen;
mod setup;

pub use front::{FrontLimits, serve};
pub use run::{RunError, bind, run};
pub use setup::{ChannelSetup, Setup};
