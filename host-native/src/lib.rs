//! lacre on a machine of yours: the exchange driven on tokio, keys, mutual TLS, the audit trail, the proxy.
#![expect(clippy::std_instead_of_alloc, reason = "a host has std; the lint keeps core portable")]

pub mod audit;
pub mod bacen;
mod catalogue;
pub mod certificates;
pub mod choices;
pub mod clock;
pub mod environment;
pub mod exchange;
pub mod expiry;
pub mod finding;
mod framing;
pub mod instant;
pub mod key;
mod load;
pub mod notes;
pub mod patience;
#[cfg(feature = "proxy")]
pub mod proxy;
pub mod rsa;
pub mod shown;
pub mod tls;
pub mod trust;
pub mod x509;
