//! The outcome of each check, for people.

use alloc::string::String;
use alloc::vec::Vec;

use crate::cert::Certificate;
use crate::error::{Error, Target, Verdict};
use crate::profile::Profile;
use crate::xml::Span;

/// Everything that was looked at, whatever came of it. Decides nothing: its verdict is that of [`crate::verify`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What [`crate::verify`] says of the same message.
    pub verdict: Verdict,
    /// What decided a verdict other than valid.
    pub error: Option<Error>,
    /// The rules it was held against.
    pub profile: Profile,
    /// The checks in the order in which they bear on the verdict.
    pub checks: Vec<Check>,
    /// The References found, SPI: KeyInfo, AppHdr, Document; DICT: KeyInfo, root; then SignedInfo, which has no claimed digest.
    pub references: Vec<ReferenceReport>,
    /// Who is said to have signed, once KeyInfo could be read.
    pub signer: Option<SignerReport>,
    /// The instant that the certificate was held against, in seconds since 1970 UTC.
    pub instant_unix_s: Option<i64>,
    /// The message's own time (`CreDt` or `ResponseTime`), in seconds since 1970 UTC.
    pub message_unix_s: Option<i64>,
    /// Whether the message has more than one time of its own, of which the first counts.
    pub repeats_its_time: bool,
}

/// Which of the errors that were found decides, in the order of the checks.
pub(crate) fn decisive(errors: impl Iterator<Item = Error> + Clone) -> Option<Error> {
    let mut others = errors.clone();
    errors.clone().find(|error| error.verdict() != Verdict::Indeterminate).or_else(|| others.next())
}

/// One check and what came of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Check {
    /// Its stable name: `xml`, `structure`, `references`, `key-info`, `digests`, `certificate`, `signature`, `validity`, `sender`.
    pub name: &'static str,
    /// `Some(Ok)` passed, `Some(Err)` failed, `None` not reached.
    pub outcome: Option<Result<(), Error>>,
}

/// One Reference: what it covers, what it claims and what we computed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReferenceReport {
    /// The octets covered.
    pub target: Target,
    /// The DigestValue in the message.
    pub claimed: Option<[u8; 32]>,
    /// SHA-256 of the canonical octets.
    pub computed: Option<[u8; 32]>,
    /// How many canonical octets there are.
    pub canonical_bytes: u64,
    /// Where the part stands in the message, the Signature inside of it included.
    pub span: Option<Span>,
}

/// The signer that KeyInfo names, and the certificate found for it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignerReport {
    /// X509IssuerName as the message has it.
    pub issuer: String,
    /// X509SerialNumber as the message has it (decimal).
    pub serial: String,
    /// The trusted certificate with this issuer and serial.
    pub certificate: Option<Certificate>,
}
