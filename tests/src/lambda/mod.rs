//! The Lambda service around a function: the API that its runtime asks for events, the process, and the events.

mod events;
mod function;
mod runtime_api;

pub use events::{Call, Reply, Source};
pub use function::{Ended, Function, TIMEOUT, lambda_environment};
pub use runtime_api::{Answer, RuntimeApi, Startup};
