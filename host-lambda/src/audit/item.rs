//! A record on its way: sealed, written as one line, its bodies apart where they are too large for the line.

use lacre_core::exchange::record::{Content, MovedContent};
use lacre_core::exchange::{Chain, Link, Record};
use lacre_native::audit::{Receipt, json_line};

/// Largest record that Firehose takes, in bytes before base64 (1,000 KiB), less the line's end.
pub(super) const LINE_BYTES_MAX: usize = 1000 * 1024 - 1;

/// A record on its way.
pub(super) struct Item {
    /// The channel's folder in the bucket.
    pub(super) channel: &'static str,
    /// The record's place in its chain.
    pub(super) receipt: Receipt,
    /// One line of JSON, with its end.
    pub(super) line: Vec<u8>,
    /// What must lie in the bucket before the line may go anywhere.
    pub(super) bodies: Vec<MovedContent>,
}

impl core::fmt::Debug for Item {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Item")
            .field("receipt", &self.receipt)
            .field("bytes", &self.line.len())
            .finish_non_exhaustive()
    }
}

impl Item {
    /// Makes a record the chain's next. A body that has no room in the line is moved out if `has_bucket`; otherwise it is
    /// left out, and its hash stays.
    pub(super) fn seal(chain: &mut Chain, mut record: Record, has_bucket: bool) -> Self {
        let before = chain.clone();
        let mut bodies = Vec::new();
        let mut line = line_of(chain, &mut record);
        while line.len() > LINE_BYTES_MAX {
            match larger_body(&mut record) {
                Some(body) if has_bucket => bodies.push(body.move_out()),
                Some(_) => record.omit_bodies(),
                None => break,
            }
            // The seal is over what the line says: the same place in the chain, taken anew.
            *chain = before.clone();
            line = line_of(chain, &mut record);
        }
        line.push(b'\n');
        let link = record.chain.as_ref();
        let receipt = Receipt {
            chain: link.map(Link::chain_id).unwrap_or_default().to_owned(),
            sequence: link.map(Link::sequence).unwrap_or_default(),
        };
        Self { channel: record.channel.as_str(), receipt, line, bodies }
    }

    /// Where the record lies when the stream did not take it: named by its place in its chain, so that nothing lies there twice.
    pub(super) fn spill_key(&self) -> String {
        let Receipt { chain, sequence } = &self.receipt;
        format!("spill/{}/{chain}-{sequence:012}.json", self.channel)
    }

    /// Where a body lies that was moved out.
    pub(super) fn body_key(&self, body: &MovedContent) -> String {
        format!("body/{}/{}", self.channel, body.sha256)
    }

    /// How much memory it holds, about.
    pub(super) fn bytes(&self) -> usize {
        self.bodies.iter().fold(self.line.len(), |sum, body| sum.saturating_add(body.octets.len()))
    }
}

fn line_of(chain: &mut Chain, record: &mut Record) -> Vec<u8> {
    chain.seal(record);
    json_line(record)
}

/// The larger of the bodies that are still in the record.
fn larger_body(record: &mut Record) -> Option<&mut Content> {
    let bodies = [&mut record.request_body, &mut record.response_body];
    let kept = bodies.into_iter().flatten().filter(|body| matches!(body.encoding(), "utf-8" | "base64"));
    kept.max_by_key(|body| body.text().len())
}

#[cfg(test)]
mod tests {
    use lacre_core::exchange::Channel;
    use lacre_core::exchange::chain::verify_link;
    use lacre_native::audit::Row;

    use super::*;

    fn record(request: usize, response: &[u8]) -> Record {
        let mut record = Record::new(Channel::Spi, "exchange-1", 1_795_000_000_000);
        record.request_body = Some(Content::of(&vec![b'a'; request]));
        record.response_body = Some(Content::of(response));
        record
    }

    fn row(item: &Item) -> Row {
        serde_json::from_slice(&item.line).unwrap()
    }

    #[test]
    fn a_record_with_room_keeps_its_bodies() {
        let item = Item::seal(&mut Chain::new("c"), record(900_000, b"x"), true);
        assert!(item.bodies.is_empty());
        assert_eq!(row(&item).text("request_body").unwrap().len(), 900_000);
        assert_eq!(item.spill_key(), "spill/spi/c-000000000000.json");
    }

    #[test]
    fn only_what_has_no_room_is_moved_out_and_the_seal_holds() {
        let mut chain = Chain::new("c");
        let octets = vec![0xff; 900_000];
        let item = Item::seal(&mut chain, record(500_000, &octets), true);
        assert_eq!(item.bodies.len(), 1);
        assert_eq!(item.bodies[0].octets, octets);
        assert!(item.line.len() <= LINE_BYTES_MAX + 1);
        let row = row(&item);
        assert_eq!(row.text("response_body_encoding"), Some("object"));
        assert_eq!(row.text("response_body").unwrap(), format!("sha256:{}", item.bodies[0].sha256));
        assert_eq!(row.text("request_body_encoding"), Some("utf-8"));
        assert!(verify_link(&[0; 32], row.values()).is_some());
        assert_eq!(chain.next_sequence(), 1);
    }

    #[test]
    fn both_bodies_can_be_too_large() {
        let item = Item::seal(&mut Chain::new("c"), record(2_000_000, &[b'b'; 3_000_000]), true);
        assert_eq!(
            item.bodies.iter().map(|body| body.octets.len()).collect::<Vec<_>>(),
            [3_000_000, 2_000_000]
        );
        assert!(item.line.len() < 2000);
    }

    #[test]
    fn without_a_bucket_large_bodies_are_left_out() {
        let item = Item::seal(&mut Chain::new("c"), record(2_000_000, b"x"), false);
        assert!(item.bodies.is_empty());
        assert_eq!(row(&item).text("request_body_encoding"), Some("omitted"));
    }
}
