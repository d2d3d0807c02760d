//! The misbehaviours that the simulator can be asked for. Each is taken once, in the order in which it was asked for.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal),+ $(,)?) => {
        /// One misbehaviour.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Fault {
            $($(#[doc = $doc])+ $name),+
        }

        impl Fault {
            /// Every misbehaviour that there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name, as the command line has it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

faults! {
    /// The next signed answer has one byte changed after it was signed.
    TamperNextAnswer = "tamper-next-answer",
    /// The next request is read, obeyed and never answered: the connection closes.
    DropConnection = "drop-connection",

    /// The next connection gets a TLS alert instead of a handshake.
    HandshakeAlert = "handshake-alert",
    /// The next connection gets no handshake, and nothing else either.
    HandshakeSilent = "handshake-silent",

    /// The connection is reset when the next request comes.
    ResetBeforeRequest = "reset-before-request",
    /// Half of the next request is read, then the connection is reset.
    ResetMidRequest = "reset-mid-request",
    /// Half of the next request is read, then nothing more happens.
    SilentMidRequest = "silent-mid-request",

    /// The next request is not obeyed: 429 with Retry-After.
    TooManyRequests = "too-many-requests",
    /// The next request is not obeyed: 503 with Retry-After.
    ServiceUnavailable = "service-unavailable",
    /// The next request is not obeyed: 307 to another place.
    Redirect = "redirect",

    /// The next request is obeyed and answered with 500.
    ErrorAfterObeying = "error-after-obeying",
    /// The next request is obeyed and answered with 103 and then as it should be.
    EarlyHints = "early-hints",
    /// The next request is obeyed and answered in small pieces with pauses between them.
    Slow = "slow",
    /// The next request is obeyed, then nothing more happens.
    Silent = "silent",
    /// The next request is obeyed; of the answer comes half, then nothing more happens.
    SilentMidBody = "silent-mid-body",
    /// The next request is obeyed, then the connection is reset.
    ResetBeforeStatus = "reset-before-status",
    /// The next request is obeyed; the connection is reset within the status line of the answer.
    ResetMidStatus = "reset-mid-status",
    /// The next request is obeyed; the connection is reset within the head of the answer.
    ResetMidHeaders = "reset-mid-headers",
    /// The next request is obeyed; the connection is reset within the body of the answer.
    ResetMidBody = "reset-mid-body",
    /// The next request is obeyed and answered; then the connection is reset.
    ResetAfterBody = "reset-after-body",
    /// The next request is obeyed; the answer says to be shorter than it is.
    LengthShort = "length-short",
    /// The next request is obeyed; the answer says to be longer than it is.
    LengthLong = "length-long",
    /// The next request is obeyed; the answer says to be gzip and is not.
    GzipDamaged = "gzip-damaged",
    /// The next request is obeyed; the answer is gzip that ends early.
    GzipCut = "gzip-cut",
    /// The next request is obeyed; the answer is in chunks that end early.
    ChunksCut = "chunks-cut",
    /// The next request is obeyed; the answer is in chunks whose length is no number.
    ChunksDamaged = "chunks-damaged",
    /// The next request is obeyed; a TLS alert takes the answer's place.
    AlertBeforeStatus = "alert-before-status",
    /// The next request is obeyed; a TLS alert comes within the body of the answer.
    AlertMidBody = "alert-mid-body",
}

/// The misbehaviours still to come.
#[derive(Debug, Default)]
pub struct Faults(Mutex<VecDeque<Fault>>);

const ASKED_MAX: usize = 1024;

/// Where a change is seen at once, the telling places first.
const TELLING: [&str; 7] =
    ["<AccountNumber>", "<IntrBkSttlmAmt", "<TxSts>", "<OrgnlData>", "<Key>", "<ResponseTime>", "<title>"];

impl Fault {
    /// The misbehaviour with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.name() == name)
    }

    pub(crate) const fn spoils_handshake(self) -> bool {
        matches!(self, Self::HandshakeAlert | Self::HandshakeSilent)
    }

    pub(crate) const fn spoils_request(self) -> bool {
        matches!(self, Self::ResetBeforeRequest | Self::ResetMidRequest | Self::SilentMidRequest)
    }

    /// Whether the request is answered without being obeyed.
    pub(crate) const fn disobeys(self) -> bool {
        matches!(self, Self::TooManyRequests | Self::ServiceUnavailable | Self::Redirect)
    }

    /// Whether the answer to an obeyed request is written by [`sabotage`](crate::sabotage).
    pub(crate) const fn spoils_answer(self) -> bool {
        !(self.spoils_handshake()
            || self.spoils_request()
            || self.disobeys()
            || matches!(self, Self::TamperNextAnswer | Self::DropConnection))
    }
}

impl Faults {
    /// Asks for one more misbehaviour.
    pub fn ask(&self, fault: Fault) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() < ASKED_MAX {
            asked.push_back(fault);
        }
    }

    /// Forgets the misbehaviours still to come.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether this misbehaviour is next; if so, it is used up.
    pub(crate) fn take(&self, fault: Fault) -> bool {
        self.take_if(|next| next == fault).is_some()
    }

    /// The next misbehaviour if it is of this kind; then it is used up.
    pub(crate) fn take_if(&self, kind: impl Fn(Fault) -> bool) -> Option<Fault> {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.pop_front_if(|next| kind(*next))
    }
}

/// Changes one character of what a signature covers, so that the message stays well-formed.
pub(crate) fn tamper(mut xml: Vec<u8>) -> Vec<u8> {
    if let Some(byte) = telling_place(&xml).and_then(|at| xml.get_mut(at)) {
        *byte = match *byte {
            b'9' => b'0',
            b'Z' => b'A',
            b'z' => b'a',
            other => other.wrapping_add(1),
        };
    }
    xml
}

fn telling_place(xml: &[u8]) -> Option<usize> {
    let text = core::str::from_utf8(xml).ok()?;
    TELLING.iter().find_map(|marker| {
        let start = text.find(marker)?;
        let content = start.checked_add(text.get(start..)?.find('>')?)?.checked_add(1)?;
        text.as_bytes().get(content).filter(|b| b.is_ascii_alphanumeric()).map(|_| content)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_taken_once_and_in_order() {
        let faults = Faults::default();
        faults.ask(Fault::DropConnection);
        faults.ask(Fault::TamperNextAnswer);
        assert!(!faults.take(Fault::TamperNextAnswer));
        assert!(faults.take(Fault::DropConnection) && faults.take(Fault::TamperNextAnswer));
        assert!(!faults.take(Fault::TamperNextAnswer));
    }

    #[test]
    fn tampering_changes_one_byte() {
        let xml = b"<a><ResponseTime>2026</ResponseTime><AccountNumber>0099</AccountNumber></a>".to_vec();
        let changed = tamper(xml.clone());
        assert_eq!(changed.iter().zip(&xml).filter(|(a, b)| a != b).count(), 1);
        assert!(changed.windows(6).any(|w| w == b">1099<"));
        let amount = tamper(b"<IntrBkSttlmAmt Ccy=\"BRL\">9.00</IntrBkSttlmAmt>".to_vec());
        assert_eq!(amount, b"<IntrBkSttlmAmt Ccy=\"BRL\">0.00</IntrBkSttlmAmt>");
    }

    #[test]
    fn faults_have_names() {
        for fault in Fault::ALL {
            assert_eq!(Fault::parse(fault.name()), Some(*fault));
        }
        assert_eq!(Fault::parse("none"), None);
    }
}
