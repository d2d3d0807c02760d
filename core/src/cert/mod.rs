//! Certificates, the names and serial numbers that point at them, and trust.

mod ber;
mod bundle;
mod certificate;
mod crl;
mod issuer_serial;
mod name;
mod name_text;
mod pem;
mod serial;
#[cfg(all(test, feature = "rust-crypto"))]
mod test_keys;
mod trust;
mod usage;

pub use bundle::{Beside, Bundle, Found, without_universal_strings};
pub use certificate::Certificate;
pub use crl::RevocationList;
pub use issuer_serial::IssuerSerial;
pub use trust::{Revocation, Trust};
