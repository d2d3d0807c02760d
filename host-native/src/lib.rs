//! lacre on a machine of yours: the exchange driven on tokio, keys, mutual TLS, the audit trail, BACEN's simulator.
#![expect(clippy::std_instead_of_alloc, reason = "a host has std; the lint keeps core portable")]

#[cfg(all(feature = "archive", feature = "bulk"))]
pub mod archive;
pub mod audit;
#[cfg(feature = "aws")]
pub mod aws;
pub mod bacen;
#[cfg(feature = "bulk")]
pub mod bulk;
mod catalogue;
pub mod certificates;
#[cfg(any(feature = "command", feature = "aws"))]
pub mod choices;
pub mod clock;
pub mod environment;
pub mod exchange;
#[cfg(any(feature = "command", feature = "aws"))]
mod expiry;
#[cfg(any(feature = "command", feature = "aws"))]
pub mod finding;
mod framing;
pub mod instant;
pub mod key;
mod load;
#[cfg(any(feature = "command", feature = "aws"))]
mod notes;
#[cfg(feature = "command")]
pub mod page;
mod patience;
#[cfg(feature = "simulator")]
pub mod pki;
pub mod proxy;
#[cfg(feature = "bulk")]
pub mod report;
pub mod rsa;
#[cfg(feature = "simulator")]
pub mod samples;
pub mod shown;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod threads;
pub mod tls;
pub mod trust;
pub mod x509;

#[cfg(any(feature = "command", feature = "aws"))]
pub use expiry::Expiry;
