//! Sample messages with fresh identifiers: written for this project, invented people, valid check digits.
//! The files stand in `samples/`; what pays is `12345678`, what receives is the simulator's virtual `99999A04`.

use lacre_core::Ispb;
use uuid::Uuid;

use crate::identifiers::{end_to_end_id, instant, message_id};

/// A message of SPI, to be signed, and the identifiers that answers will name.
#[derive(Clone)]
pub struct SpiSample {
    /// The message, unsigned.
    pub xml: String,
    /// BizMsgIdr and MsgId.
    pub message_id: String,
    /// EndToEndId, of a message that has one.
    pub end_to_end_id: Option<String>,
}

impl core::fmt::Debug for SpiSample {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SpiSample").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// The key that [`create_entry`] registers and [`update_entry`] and [`delete_entry`] speak of.
pub const KEY: &str = "helena.prado@pix.example";
/// A key that the simulator's directory holds from the start.
pub const KEY_HELD: &str = "+5571999990042";
/// A key that the simulator's directory holds from the start, whose portability [`create_claim`] claims.
pub const KEY_CLAIMED: &str = "+5531988880117";
/// The CPF of the invented payer: what goes into `PI-PayerId`.
pub const PAYER_TAX_ID: &str = "71460238001";
/// The virtual participant that receives, and that holds the directory's first keys.
pub const VIRTUAL_RECEIVER: &str = "99999A04";

const SAMPLE_ISPB: &str = "12345678";
const SAMPLE_INSTANT: &str = "2026-01-05T12:00:00.000Z";
const SAMPLE_UUID: &str = "5a1f0c6e-7b39-4d0a-9c3d-2f1f6a8e4b70";
const SAMPLE_CLAIM: &str = "c1a9d0e4-52b7-4f86-8a3e-90b6d7f2e815";

/// One payment from a participant to the virtual receiver.
#[must_use]
pub fn pacs_008(payer: &Ispb, unix_ms: i64) -> SpiSample {
    payment(payer, VIRTUAL_RECEIVER, unix_ms)
}

/// One payment from a participant to another.
#[must_use]
pub fn payment(payer: &Ispb, receiver: &str, unix_ms: i64) -> SpiSample {
    let end_to_end = end_to_end_id(payer.as_str(), unix_ms, &unique());
    let text = include_str!("../samples/spi/pacs.008.xml")
        .replace("E12345678202601051200samplepay01", &end_to_end)
        .replace(VIRTUAL_RECEIVER, receiver);
    spi(&text, "M12345678samplepacs008aaaaaaaaaa", payer, unix_ms, Some(end_to_end))
}

/// A receiver's answer `ACSP` to a payment.
#[must_use]
pub fn pacs_002(receiver: &Ispb, unix_ms: i64, end_to_end_id: &str) -> SpiSample {
    let text = include_str!("../samples/spi/pacs.002.xml")
        .replace("E87654321202601051200samplepay01", end_to_end_id);
    let end_to_end_id = Some(end_to_end_id.to_owned());
    spi(&text, "M12345678samplepacs002aaaaaaaaaa", receiver, unix_ms, end_to_end_id)
}

/// An echo request.
#[must_use]
pub fn pibr_001(sender: &Ispb, unix_ms: i64) -> SpiSample {
    let text = include_str!("../samples/spi/pibr.001.xml");
    spi(text, "M12345678samplepibr001aaaaaaaaaa", sender, unix_ms, None)
}

/// Registers [`KEY`], under a new RequestId.
#[must_use]
pub fn create_entry(participant: &Ispb) -> String {
    dict(include_str!("../samples/dict/create-entry.xml"), participant)
}

/// Moves [`KEY`] to another account.
#[must_use]
pub fn update_entry(participant: &Ispb) -> String {
    dict(include_str!("../samples/dict/update-entry.xml"), participant)
}

/// Removes [`KEY`].
#[must_use]
pub fn delete_entry(participant: &Ispb) -> String {
    dict(include_str!("../samples/dict/delete-entry.xml"), participant)
}

/// Asks which of four keys exist. The one body that goes unsigned.
#[must_use]
pub const fn check_keys() -> &'static str {
    include_str!("../samples/dict/check-keys.xml")
}

/// Claims the portability of [`KEY_CLAIMED`].
#[must_use]
pub fn create_claim(claimer: &Ispb) -> String {
    dict(include_str!("../samples/dict/create-claim.xml"), claimer)
}

/// The donor says that it saw a claim.
#[must_use]
pub fn acknowledge_claim(donor: &Ispb, claim_id: &str) -> String {
    dict(include_str!("../samples/dict/acknowledge-claim.xml"), donor).replace(SAMPLE_CLAIM, claim_id)
}

/// The donor gives the key away.
#[must_use]
pub fn confirm_claim(donor: &Ispb, claim_id: &str) -> String {
    dict(include_str!("../samples/dict/confirm-claim.xml"), donor).replace(SAMPLE_CLAIM, claim_id)
}

/// Either side gives a claim up.
#[must_use]
pub fn cancel_claim(participant: &Ispb, claim_id: &str) -> String {
    dict(include_str!("../samples/dict/cancel-claim.xml"), participant).replace(SAMPLE_CLAIM, claim_id)
}

/// The claimer takes the key, under a new RequestId.
#[must_use]
pub fn complete_claim(claimer: &Ispb, claim_id: &str) -> String {
    dict(include_str!("../samples/dict/complete-claim.xml"), claimer).replace(SAMPLE_CLAIM, claim_id)
}

fn spi(text: &str, old_id: &str, sender: &Ispb, unix_ms: i64, end_to_end_id: Option<String>) -> SpiSample {
    let message_id = message_id(sender.as_str(), &unique());
    // Identifiers first: they hold the sample's ISPB too.
    let xml = text
        .replace(old_id, &message_id)
        .replace(SAMPLE_INSTANT, &instant(unix_ms))
        .replace(&format!("<Id>{SAMPLE_ISPB}</Id>"), &format!("<Id>{sender}</Id>"))
        .replace(&format!("<MmbId>{SAMPLE_ISPB}</MmbId>"), &format!("<MmbId>{sender}</MmbId>"));
    SpiSample { xml, message_id, end_to_end_id }
}

fn dict(text: &str, participant: &Ispb) -> String {
    text.replace(SAMPLE_UUID, &Uuid::new_v4().to_string()).replace(SAMPLE_ISPB, participant.as_str())
}

fn unique() -> String {
    Uuid::new_v4().simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_carries_its_sender_and_fresh_identifiers() {
        let ispb = Ispb::new("87654321").unwrap();
        let [one, two] = [0, 1].map(|_| pacs_008(&ispb, 1_767_614_400_000));
        assert!(one.message_id.starts_with("M87654321") && one.message_id.len() == 32);
        assert_ne!((&one.message_id, &one.end_to_end_id), (&two.message_id, &two.end_to_end_id));
        assert_eq!(one.xml.matches(&one.message_id).count(), 2);
        assert!(one.xml.contains(one.end_to_end_id.as_deref().unwrap()));
        assert!(!one.xml.contains(SAMPLE_ISPB) && !one.xml.contains("sample"));
    }

    #[test]
    fn a_claim_step_names_the_claim_and_its_participant() {
        let ispb = Ispb::new("87654321").unwrap();
        let claim = "0d5a1d52-4d8a-4a0e-b9ce-0f4a4b7f0a11";
        for text in
            [acknowledge_claim(&ispb, claim), confirm_claim(&ispb, claim), complete_claim(&ispb, claim)]
        {
            assert!(text.contains(claim) && text.contains("<Participant>87654321</Participant>"));
            assert!(!text.contains(SAMPLE_UUID));
        }
    }
}
