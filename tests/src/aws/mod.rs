//! AWS on this machine: an emulator that somebody else wrote, what a deployment of the Lambda proxy has in it, and a front that
//! makes its services misbehave.

mod athena;
mod client;
mod deployment;
mod front;
mod http;
mod ministack;
pub mod pki;
pub mod records;
mod zip;

pub use athena::Rows;
pub use client::{Aws, KmsKey, Output, sha256_hex};
pub use deployment::{Delivery, Deployment, REGION, glue_columns};
pub use front::{AwsFront, Fault};
pub use http::{exchange, request};
pub use ministack::Ministack;
pub use zip::zip_of;
