//! What takes the records of exchanges.

use core::fmt::Debug;
use core::pin::Pin;

use lacre_core::exchange::Sending;
use lacre_core::exchange::record::Record;

use super::error::AuditError;

/// Takes the records of exchanges.
pub trait AuditSink: Debug + Send + Sync {
    /// Takes a record at the call, before the future is first polled. The future ends when no kill of the process takes the record
    /// back (if nothing durable says that the request left: no fall of the machine either), or when the sink's time for that
    /// is over; dropping it takes nothing back.
    fn record(&self, record: Record) -> Recording<'_>;

    /// Keeps the intent of a request that is about to leave, at the call. The future says whether it may: until then no octet
    /// of it is sent. A sink that keeps no intents gives no future. Whoever got one records the exchange, however it ends.
    fn intend(&self, sending: &Sending<'_>) -> Option<Intending<'_>> {
        let _ = sending;
        None
    }
}

/// The future of [`AuditSink::intend`].
pub type Intending<'a> = Pin<Box<dyn Future<Output = Result<(), AuditError>> + Send + 'a>>;

/// The future of [`AuditSink::record`].
pub type Recording<'a> = Pin<Box<dyn Future<Output = Result<Receipt, AuditError>> + Send + 'a>>;

/// Where an acknowledged record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The chain's identifier.
    pub chain: String,
    /// The record's number in the chain.
    pub sequence: i64,
}
