//! Signs, verifies and carries the XML messages that a Brazilian payment institution exchanges with BACEN: SPI
//! (ISO 20022 payments through ICOM) and DICT (the directory of Pix keys).
#![no_std]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod c14n;
mod cert;
mod digest;
mod dsig;
mod error;
pub mod exchange;
mod ispb;
pub mod limits;
pub mod pem;
mod profile;
mod reason;
pub mod rsa;
mod text;
pub mod xml;

pub use c14n::{canonicalize, canonicalize_as};
pub use cert::without_universal_strings;
pub use cert::{Beside, Bundle, Certificate, Found, IssuerSerial, Revocation, RevocationList, Trust};
pub use digest::sha256;
pub use error::{Error, Language, Place, Reason, Result, Target, Verdict};
pub use ispb::Ispb;
pub use profile::report::{Check, ReferenceReport, Report, SignerReport};
pub use profile::{
    At, DictPosition, Interrupted, Prepared, Profile, SignOptions, Verified, canonical_octets, inspect,
    inspect_as, interrupted_values, prepare, prepare_as, prepare_with, sign_with, verify, verify_as,
};
