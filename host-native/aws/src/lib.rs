//! A deployment of the Lambda proxy as it stands in AWS: the parameters and the secret, and what they make together.
//!
//! Both the function and `lacre doctor --aws` read it, so that they find the same faults.

#![expect(clippy::std_instead_of_alloc, reason = "a host has std; the lint keeps core portable")]

mod clients;
mod deployment;
mod doctor;
mod parameters;
mod stream;

pub use clients::Clients;
pub use deployment::{Deployment, Options};
pub use doctor::examine;
pub use lacre_native::key::kms::{CallError, sdk_config};
pub use parameters::{DEFAULT_PREFIX, Parameter, Values};
