//! Trust read from the bytes of files: the only way in which a certificate comes to be believed, or a list to revoke one.
//!
//! One rule for every verb and host. A file is read whole: a damaged block, or one that holds no certificate, refuses the file and names
//! the line. What is sound and cannot check a signature (a key that is no RSA key, a private key, a request) is passed over with a note.
//! Of a folder, a file that is refused is passed over with a note.

mod contents;
mod fault;
mod files;
mod known;
mod row;

pub use contents::line;
pub use fault::TrustFault;
pub use files::{TrustFiles, Trusted};
pub use known::{is_checked, signers};
pub use row::{ListRow, TrustFaultRow};
