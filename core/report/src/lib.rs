//! What is told of messages and audit records, the same from every host: outcomes, the likely cause of a refusal, and the
//! rows of the JSON reports `lacre.verify/1`, `lacre.inspect/1` and `lacre.audit/1`. The shapes only ever grow.
//!
//! Everything is decided by `lacre-core`; this crate finds words and shapes for it. It does no IO.
#![expect(
    clippy::std_instead_of_alloc,
    reason = "every host of this crate has std; the lint keeps core portable"
)]

mod cause;
mod certificate;
mod counts;
mod note;
mod outcome;
mod outline;
pub mod record;
mod row;
mod speaker;
mod text;
pub mod trust;
mod uncovered;

pub use cause::{Cause, Certainty, Likely, of_input};
pub use certificate::CertificateRow;
pub use counts::Counts;
pub use note::Note;
pub use outcome::{Inspected, Outcome, Position, Signer, inspect, verify};
pub use outline::{Outline, outline};
pub use row::{InspectRow, MessageRow, VerifyRow};
pub use speaker::{BACEN_ISPB, Speaker, speaker};
pub use text::{at_text, base64, check_text, hex, instant_text};
pub use uncovered::{Uncovered, uncovered};

/// The name of the JSON that [`VerifyRow`]s go into.
pub const VERIFY_SCHEMA: &str = "lacre.verify/1";

/// The name of the JSON that [`InspectRow`]s go into.
pub const INSPECT_SCHEMA: &str = "lacre.inspect/1";

/// The name of the JSON that [`record::RecordRow`]s go into.
pub const AUDIT_SCHEMA: &str = "lacre.audit/1";
