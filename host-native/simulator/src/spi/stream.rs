//! Read streams: what waits for each participant, what was handed out and not confirmed yet.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use lacre_core::Ispb;
use tokio::sync::Notify;

use crate::random::Random;

/// A signed message on its way to a participant. It keeps its PI-ResourceId however often it is handed out.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) resource_id: String,
    pub(crate) xml: Bytes,
}

/// How much may wait, and how long a stream lives without being asked.
#[derive(Clone, Copy)]
pub(crate) struct StreamLimits {
    pub(crate) messages_max: usize,
    pub(crate) streams_max: usize,
    pub(crate) idle_ms: i64,
}

/// Everybody's messages and streams.
pub(crate) struct Mailboxes {
    limits: StreamLimits,
    boxes: BTreeMap<Ispb, Mailbox>,
    streams: BTreeMap<u64, Stream>,
}

/// Where a stream is read: which one, and how many deliveries the reader has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    stream: u64,
    step: u32,
}

/// What a reader gets.
pub(crate) enum Pulled {
    /// The stream is closed, unknown, someone else's, or was read further than this.
    Gone,
    /// Nothing waits.
    Nothing,
    /// Messages, and where to go on.
    Messages(Vec<Outgoing>, Cursor),
}

#[derive(Default)]
struct Mailbox {
    waiting: VecDeque<Outgoing>,
    arrival: Arc<Notify>,
}

struct Stream {
    owner: Ispb,
    step: u32,
    unconfirmed: Vec<Outgoing>,
    asked_ms: i64,
}

impl Mailboxes {
    pub(crate) const fn new(limits: StreamLimits) -> Self {
        Self { limits, boxes: BTreeMap::new(), streams: BTreeMap::new() }
    }

    /// Whether a participant can take this many messages more.
    pub(crate) fn has_room(&self, owner: &Ispb, more: usize) -> bool {
        let waiting = self.boxes.get(owner).map_or(0, |mailbox| mailbox.waiting.len());
        waiting.saturating_add(more) <= self.limits.messages_max
    }

    /// Puts a message into a participant's mailbox and wakes who waits for it.
    pub(crate) fn push(&mut self, owner: Ispb, message: Outgoing) {
        let mailbox = self.boxes.entry(owner).or_default();
        mailbox.waiting.push_back(message);
        mailbox.arrival.notify_waiters();
    }

    /// What rings when a message for this participant arrives.
    pub(crate) fn arrival(&mut self, owner: Ispb) -> Arc<Notify> {
        Arc::clone(&self.boxes.entry(owner).or_default().arrival)
    }

    /// Opens a stream, unless the participant has as many as it may.
    pub(crate) fn open(&mut self, owner: Ispb, now_ms: i64, random: &mut Random) -> Option<Cursor> {
        self.close_idle(now_ms);
        let open = self.streams.values().filter(|stream| stream.owner == owner).count();
        if open >= self.limits.streams_max {
            return None;
        }
        let stream = u64::from_be_bytes(random.bytes());
        let fresh = Stream { owner, step: 0, unconfirmed: Vec::new(), asked_ms: now_ms };
        self.streams.insert(stream, fresh);
        Some(Cursor { stream, step: 0 })
    }

    /// Hands out up to `most` messages. Asking at the newest place confirms the delivery before it; asking one place back
    /// says that the delivery was lost, and it comes again.
    pub(crate) fn pull(&mut self, owner: Ispb, cursor: Cursor, most: usize, now_ms: i64) -> Pulled {
        self.close_idle(now_ms);
        let Some(stream) = self.streams.get_mut(&cursor.stream).filter(|stream| stream.owner == owner) else {
            return Pulled::Gone;
        };
        stream.asked_ms = now_ms;
        let next = Cursor { step: cursor.step.wrapping_add(1), ..cursor };
        if cursor.step != stream.step {
            let lost = next.step == stream.step && !stream.unconfirmed.is_empty();
            return if lost { Pulled::Messages(stream.unconfirmed.clone(), next) } else { Pulled::Gone };
        }
        stream.unconfirmed.clear();
        let waiting = &mut self.boxes.entry(owner).or_default().waiting;
        let count = most.min(waiting.len());
        if count == 0 {
            return Pulled::Nothing;
        }
        stream.unconfirmed = waiting.drain(..count).collect();
        stream.step = next.step;
        Pulled::Messages(stream.unconfirmed.clone(), next)
    }

    /// Closes a stream; asked at the newest place, this confirms the last delivery. False if there is no such stream.
    pub(crate) fn close(&mut self, owner: Ispb, cursor: Cursor, now_ms: i64) -> bool {
        self.close_idle(now_ms);
        if self.streams.get(&cursor.stream).is_none_or(|stream| stream.owner != owner) {
            return false;
        }
        let Some(mut stream) = self.streams.remove(&cursor.stream) else { return false };
        if cursor.step == stream.step {
            stream.unconfirmed.clear();
        }
        self.take_back(stream);
        true
    }

    fn close_idle(&mut self, now_ms: i64) {
        let oldest = now_ms.saturating_sub(self.limits.idle_ms);
        let idle: Vec<u64> =
            self.streams.iter().filter(|(_, s)| s.asked_ms < oldest).map(|(id, _)| *id).collect();
        for id in idle {
            if let Some(stream) = self.streams.remove(&id) {
                self.take_back(stream);
            }
        }
    }

    /// What was never confirmed goes to the front again, in its old order.
    fn take_back(&mut self, stream: Stream) {
        if stream.unconfirmed.is_empty() {
            return;
        }
        let mailbox = self.boxes.entry(stream.owner).or_default();
        for message in stream.unconfirmed.into_iter().rev() {
            mailbox.waiting.push_front(message);
        }
        mailbox.arrival.notify_waiters();
    }
}

impl Cursor {
    /// The opaque end of a PI-Pull-Next.
    pub(crate) fn text(self) -> String {
        format!("{:016x}{:08x}", self.stream, self.step)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != 24 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let (stream, step) = text.split_at_checked(16)?;
        Some(Self {
            stream: u64::from_str_radix(stream, 16).ok()?,
            step: u32::from_str_radix(step, 16).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: StreamLimits = StreamLimits { messages_max: 3, streams_max: 2, idle_ms: 1000 };

    fn reader() -> Ispb {
        Ispb::new("12345678").unwrap()
    }

    fn with(messages: &[&str]) -> (Mailboxes, Random) {
        let mut mailboxes = Mailboxes::new(LIMITS);
        for resource_id in messages {
            let xml = Bytes::from_static(b"<m/>");
            mailboxes.push(reader(), Outgoing { resource_id: (*resource_id).to_owned(), xml });
        }
        (mailboxes, Random::new(1))
    }

    fn ids(pulled: Pulled) -> Option<(Vec<String>, Cursor)> {
        let Pulled::Messages(messages, next) = pulled else { return None };
        Some((messages.into_iter().map(|message| message.resource_id).collect(), next))
    }

    #[test]
    fn the_next_pull_confirms_the_one_before() {
        let (mut mailboxes, mut random) = with(&["a", "b", "c"]);
        let start = mailboxes.open(reader(), 0, &mut random).unwrap();
        let (first, next) = ids(mailboxes.pull(reader(), start, 2, 0)).unwrap();
        let (second, last) = ids(mailboxes.pull(reader(), next, 2, 0)).unwrap();
        assert_eq!((first, second), (vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]));
        assert!(matches!(mailboxes.pull(reader(), last, 2, 0), Pulled::Nothing));
        assert!(matches!(mailboxes.pull(reader(), start, 2, 0), Pulled::Gone));
    }

    #[test]
    fn a_lost_delivery_comes_again_with_the_same_resource_id() {
        let (mut mailboxes, mut random) = with(&["a"]);
        let start = mailboxes.open(reader(), 0, &mut random).unwrap();
        let once = ids(mailboxes.pull(reader(), start, 10, 0));
        assert_eq!(once, ids(mailboxes.pull(reader(), start, 10, 0)));
        assert_eq!(once.unwrap().0, ["a"]);
    }

    #[test]
    fn an_idle_stream_gives_back_what_was_not_confirmed() {
        let (mut mailboxes, mut random) = with(&["a", "b"]);
        let start = mailboxes.open(reader(), 0, &mut random).unwrap();
        let (_, next) = ids(mailboxes.pull(reader(), start, 2, 0)).unwrap();
        let other = mailboxes.open(reader(), 5000, &mut random).unwrap();
        assert!(matches!(mailboxes.pull(reader(), next, 2, 5000), Pulled::Gone));
        assert_eq!(ids(mailboxes.pull(reader(), other, 2, 5000)).unwrap().0, ["a", "b"]);
    }

    #[test]
    fn closing_confirms_only_what_the_reader_saw() {
        let (mut mailboxes, mut random) = with(&["a"]);
        let start = mailboxes.open(reader(), 0, &mut random).unwrap();
        ids(mailboxes.pull(reader(), start, 1, 0)).unwrap();
        assert!(mailboxes.close(reader(), start, 0));
        assert!(!mailboxes.close(reader(), start, 0));
        let again = mailboxes.open(reader(), 0, &mut random).unwrap();
        let (seen, next) = ids(mailboxes.pull(reader(), again, 1, 0)).unwrap();
        assert_eq!(seen, ["a"]);
        assert!(mailboxes.close(reader(), next, 0));
        let third = mailboxes.open(reader(), 0, &mut random).unwrap();
        assert!(matches!(mailboxes.pull(reader(), third, 1, 0), Pulled::Nothing));
    }

    #[test]
    fn streams_messages_and_owners_are_limited() {
        let (mut mailboxes, mut random) = with(&["a", "b", "c"]);
        assert!(!mailboxes.has_room(&reader(), 1));
        let first = mailboxes.open(reader(), 0, &mut random).unwrap();
        mailboxes.open(reader(), 0, &mut random).unwrap();
        assert!(mailboxes.open(reader(), 0, &mut random).is_none());
        let stranger = Ispb::new("87654321").unwrap();
        assert!(matches!(mailboxes.pull(stranger, first, 1, 0), Pulled::Gone));
        assert!(!mailboxes.close(stranger, first, 0));
    }

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let cursor = Cursor { stream: 7, step: 9 };
        assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        for bad in ["", "00", "000000000000000+00000009", &"g".repeat(24), "é00000000000000000000000"] {
            assert_eq!(Cursor::parse(bad), None);
        }
    }
}
