//! What SPI makes of a message: payments handed on, settled or refused, echoes. It moves no money.

use std::collections::{BTreeMap, BTreeSet};

use lacre_core::{Error, Ispb};

use super::messages::{self, Heading, Incoming, Refusal, Status};
use crate::identifiers::{self, is_end_to_end_id, is_message_id};
use crate::random::Random;

/// A message of SPI, not signed yet.
pub(crate) struct Draft {
    pub(crate) to: Ispb,
    pub(crate) xml: String,
}

/// What came of a message.
pub(crate) enum Taken {
    /// Its answers.
    Now(Vec<Draft>),
    /// It had come before, under this PI-ResourceId, and was answered then.
    Before(String),
}

/// The payments that SPI knows.
pub(crate) struct Settlement {
    participants: BTreeSet<Ispb>,
    payments: BTreeMap<String, Transfer>,
    seen: BTreeMap<String, Seen>,
    payments_max: usize,
    /// Whose mailbox takes no payment: what is meant for them is refused as if they had not answered in time. Answers still go
    /// there, for each ends a payment, and of those there is a limit.
    pub(crate) full: BTreeSet<Ispb>,
}

struct Transfer {
    payer: Ispb,
    receiver: Ispb,
    settled: bool,
}

struct Seen {
    resource_id: String,
    at_ms: i64,
}

/// A message sent again with the same BizMsgIdr is the same message for this long.
const IDEMPOTENT_MS: i64 = 24 * 3600 * 1000;

impl Settlement {
    pub(crate) const fn new(participants: BTreeSet<Ispb>, payments_max: usize) -> Self {
        Self {
            participants,
            payments: BTreeMap::new(),
            seen: BTreeMap::new(),
            payments_max,
            full: BTreeSet::new(),
        }
    }

    /// The PI-ResourceId under which this message was taken before.
    fn taken_before(&self, id: &str, now_ms: i64) -> Option<&str> {
        let seen = self.seen.get(id)?;
        (now_ms.saturating_sub(seen.at_ms) < IDEMPOTENT_MS).then_some(seen.resource_id.as_str())
    }

    /// SPI's answers to a verified message.
    pub(crate) fn take(
        &mut self,
        sender: Ispb,
        resource_id: &str,
        xml: &[u8],
        message: &Incoming,
        now_ms: i64,
        random: &mut Random,
    ) -> Result<Taken, Refusal> {
        check_heading(sender, message)?;
        if let Some(earlier) = self.taken_before(&message.id, now_ms) {
            return Ok(Taken::Before(earlier.to_owned()));
        }
        if self.payments.len() >= self.payments_max || self.seen.len() >= self.payments_max {
            return Err(Refusal::of(
                "simulator-full",
                "The simulator keeps no more payments: start it again",
            ));
        }
        let mut pen = Pen { now_ms, random };
        let drafts = match message.name.as_str() {
            "pacs.008" => self.transfers(sender, xml, message, &mut pen)?,
            "pacs.002" => self.statuses(sender, message, &mut pen)?,
            "pibr.001" => {
                let data = message.echo()?;
                vec![pen.write(sender, |heading| messages::echo_report(heading, &message.version, data))]
            }
            _ => return Err(Refusal::of("unknown-message", "The simulator does not know this message")),
        };
        let seen = Seen { resource_id: resource_id.to_owned(), at_ms: now_ms };
        self.seen.insert(message.id.clone(), seen);
        Ok(Taken::Now(drafts))
    }

    /// The refusal of a message, for its sender.
    pub(crate) fn refuse(
        sender: Ispb,
        resource_id: &str,
        refusal: &Refusal,
        now_ms: i64,
        random: &mut Random,
    ) -> Draft {
        Pen { now_ms, random }.write(sender, |heading| messages::rejection(heading, resource_id, refusal))
    }

    fn transfers(
        &mut self,
        payer: Ispb,
        xml: &[u8],
        message: &Incoming,
        pen: &mut Pen<'_>,
    ) -> Result<Vec<Draft>, Refusal> {
        let payments = message.payments()?;
        let mut statuses = Vec::new();
        let mut handed_on: BTreeMap<Ispb, BTreeSet<usize>> = BTreeMap::new();
        let mut fresh: BTreeMap<String, Transfer> = BTreeMap::new();
        for (index, payment) in payments.iter().enumerate() {
            let id = &payment.end_to_end_id;
            let known = fresh.contains_key(id) || self.payments.contains_key(id);
            let receiver = match receiver_of(payer, payment, known) {
                Ok(receiver) => receiver,
                Err(fault) => {
                    statuses.push(rejected(id, fault));
                    continue;
                }
            };
            if self.full.contains(&receiver) {
                statuses.push(rejected(id, "AB03"));
                continue;
            }
            let waits = self.participants.contains(&receiver);
            if waits {
                handed_on.entry(receiver).or_default().insert(index);
            } else {
                // A receiver that nobody plays always accepts.
                statuses.push(accepted(id, "ACSC"));
            }
            fresh.insert(id.clone(), Transfer { payer, receiver, settled: !waits });
        }
        let mut drafts = Vec::new();
        for (receiver, kept) in &handed_on {
            drafts
                .push(pen.try_write(*receiver, |heading| messages::forwarded(heading, xml, message, kept))?);
        }
        if !statuses.is_empty() {
            drafts.push(pen.write(payer, |heading| messages::status_report(heading, &statuses)));
        }
        self.payments.extend(fresh);
        Ok(drafts)
    }

    /// A receiver's answer settles a payment, or ends it.
    fn statuses(
        &mut self,
        receiver: Ispb,
        message: &Incoming,
        pen: &mut Pen<'_>,
    ) -> Result<Vec<Draft>, Refusal> {
        let mut to_payers: BTreeMap<Ispb, Vec<Status>> = BTreeMap::new();
        let mut to_receiver = Vec::new();
        let statuses = message.statuses()?;
        for status in &statuses {
            let known = self.payments.get(&status.end_to_end_id);
            if known.is_none_or(|transfer| transfer.receiver != receiver || transfer.settled) {
                return Err(Refusal::of(
                    "unknown-payment",
                    "No payment of that EndToEndId waits for this participant",
                ));
            }
            if !matches!(status.status.as_str(), "ACSP" | "RJCT") {
                return Err(Refusal::of("schema", "A receiver's TxSts is ACSP or RJCT"));
            }
        }
        for status in statuses {
            let Some(transfer) = self.payments.get_mut(&status.end_to_end_id) else { continue };
            if core::mem::replace(&mut transfer.settled, true) {
                continue;
            }
            let to_payer = to_payers.entry(transfer.payer).or_default();
            if status.status == "ACSP" {
                to_payer.push(accepted(&status.end_to_end_id, "ACSC"));
                to_receiver.push(accepted(&status.end_to_end_id, "ACCC"));
            } else {
                to_payer.push(rejected(&status.end_to_end_id, status.reason.as_deref().unwrap_or("AB03")));
            }
        }
        let mut drafts: Vec<Draft> = to_payers
            .into_iter()
            .map(|(payer, statuses)| pen.write(payer, |heading| messages::status_report(heading, &statuses)))
            .collect();
        if !to_receiver.is_empty() {
            drafts.push(pen.write(receiver, |heading| messages::status_report(heading, &to_receiver)));
        }
        Ok(drafts)
    }
}

/// Writes SPI's messages, each under an identifier of its own.
struct Pen<'a> {
    now_ms: i64,
    random: &'a mut Random,
}

impl Pen<'_> {
    fn write(&mut self, to: Ispb, text: impl FnOnce(&Heading<'_>) -> String) -> Draft {
        let id = identifiers::message_id(identifiers::SPI, &self.random.alphanumeric(23));
        Draft { to, xml: text(&Heading { to: to.as_str(), id: &id, at_ms: self.now_ms }) }
    }

    fn try_write(
        &mut self,
        to: Ispb,
        text: impl FnOnce(&Heading<'_>) -> Result<String, Error>,
    ) -> Result<Draft, Refusal> {
        let id = identifiers::message_id(identifiers::SPI, &self.random.alphanumeric(23));
        Ok(Draft { to, xml: text(&Heading { to: to.as_str(), id: &id, at_ms: self.now_ms })? })
    }
}

/// Who receives a payment, or the code of what is wrong with it.
fn receiver_of(payer: Ispb, payment: &messages::Payment, known: bool) -> Result<Ispb, &'static str> {
    if payment.payer != payer.as_str() {
        return Err("DS0G");
    }
    if !is_end_to_end_id(&payment.end_to_end_id) {
        return Err("FF08");
    }
    if known {
        return Err("DUPL");
    }
    Ispb::new(&payment.receiver).ok_or("RC10")
}

fn check_heading(sender: Ispb, message: &Incoming) -> Result<(), Refusal> {
    if message.from != sender.as_str() {
        return Err(Refusal::of(
            "sender",
            "AppHdr/Fr is not the participant that sent and signed the message",
        ));
    }
    if message.to != identifiers::SPI {
        return Err(Refusal::of("receiver", "AppHdr/To is not SPI (00038166)"));
    }
    if !is_message_id(&message.id, &sender) || message.group_id() != Some(message.id.as_str()) {
        let description =
            "BizMsgIdr is not M, the sender's ISPB and 23 alphanumerics, or differs from GrpHdr/MsgId";
        return Err(Refusal::of("message-id", description));
    }
    Ok(())
}

fn accepted(end_to_end_id: &str, status: &str) -> Status {
    Status { end_to_end_id: end_to_end_id.to_owned(), status: status.to_owned(), reason: None }
}

fn rejected(end_to_end_id: &str, reason: &str) -> Status {
    let reason = reason.chars().take(4).collect();
    Status { end_to_end_id: end_to_end_id.to_owned(), status: "RJCT".to_owned(), reason: Some(reason) }
}

#[cfg(test)]
mod tests;
