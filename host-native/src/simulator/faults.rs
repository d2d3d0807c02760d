//! The misbehaviours that the simulator can be asked for. Each is taken once, in the order in which it was asked for.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// One misbehaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The next signed answer has one byte changed after it was signed.
    TamperNextAnswer,
    /// The next request is read, obeyed and never answered: the connection closes.
    DropConnection,
}

/// The misbehaviours still to come.
#[derive(Debug, Default)]
pub struct Faults(Mutex<VecDeque<Fault>>);

const ASKED_MAX: usize = 1024;

/// Where a change is seen at once, the telling places first.
const TELLING: [&str; 6] =
    ["<AccountNumber>", "<IntrBkSttlmAmt", "<TxSts>", "<OrgnlData>", "<Key>", "<ResponseTime>"];

impl Fault {
    /// Reads `tamper-next-answer` or `drop-connection`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [("tamper-next-answer", Self::TamperNextAnswer), ("drop-connection", Self::DropConnection)]
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, fault)| fault)
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

    /// Whether this misbehaviour is next; if so, it is used up.
    pub(crate) fn take(&self, fault: Fault) -> bool {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.front() != Some(&fault) {
            return false;
        }
        asked.pop_front();
        true
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
        assert_eq!(Fault::parse("tamper-next-answer"), Some(Fault::TamperNextAnswer));
        assert_eq!(Fault::parse("none"), None);
    }
}
