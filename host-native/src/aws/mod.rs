//! A deployment of the Lambda proxy as it stands in AWS: the parameters and the secret, and what they make together.
//!
//! Both the function and `lacre doctor --aws` read it, so that they find the same faults.

mod call;
mod clients;
mod deployment;
mod doctor;
mod parameters;
mod stream;

pub use call::CallError;
pub(crate) use call::{Answered, words};
pub use clients::{Clients, sdk_config};
pub use deployment::{Deployment, Options};
pub use doctor::examine;
pub use parameters::{DEFAULT_PREFIX, Parameter, Values};
