//! What a message calls itself: for finding it again, never for believing it.

use lacre_core::xml::{Event, Scanner, Source as _};
use serde::Serialize;

/// Most identifiers of payments that are told of one message.
const END_TO_END_IDS_MAX: usize = 100;

/// Longest value that is told, in bytes: ISO 20022 has none beyond 140.
const VALUE_BYTES_MAX: usize = 140;

/// The identifiers that a message carries, as it spells them. None of them is verified here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Outline {
    /// The root element's local name.
    pub root: Option<String>,
    /// SPI: `MsgDefIdr`.
    pub message_definition: Option<String>,
    /// SPI: `BizMsgIdr`.
    pub business_message_id: Option<String>,
    /// SPI: `GrpHdr/MsgId`.
    pub message_id: Option<String>,
    /// DICT: `CorrelationId`.
    pub correlation_id: Option<String>,
    /// `EndToEndId` and `OrgnlEndToEndId`, each once, at most 100.
    pub end_to_end_ids: Vec<String>,
    /// `CreDt`, `ResponseTime` or `CreDtTm`.
    pub created: Option<String>,
}

/// Reads the identifiers of a message, as far as it can be read.
#[must_use]
pub fn outline(xml: &[u8]) -> Outline {
    let mut outline = Outline::default();
    let Ok(text) = core::str::from_utf8(xml) else { return outline };
    let mut source = Scanner::open(text);
    // The element that began last and its text so far: only one that holds text and nothing else carries an identifier.
    let mut open: Option<&str> = None;
    let mut value = String::new();
    while let Ok(event) = source.next() {
        match event {
            Event::Start { name, empty, .. } => {
                outline.root.get_or_insert_with(|| short(name.local()));
                open = (!empty).then_some(name.local());
                value.clear();
            }
            Event::Text { raw, .. } | Event::Cdata { raw, .. } if open.is_some() => join(&mut value, raw),
            Event::End { .. } => {
                if let Some(element) = open.take() {
                    outline.observe(element, value.trim_ascii());
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    outline
}

impl Outline {
    fn observe(&mut self, element: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let field = match element {
            "MsgDefIdr" => &mut self.message_definition,
            "BizMsgIdr" => &mut self.business_message_id,
            "MsgId" => &mut self.message_id,
            "CorrelationId" => &mut self.correlation_id,
            "CreDt" | "ResponseTime" | "CreDtTm" => &mut self.created,
            "EndToEndId" | "OrgnlEndToEndId" => {
                let known = self.end_to_end_ids.iter().any(|id| id == value);
                if !known && self.end_to_end_ids.len() < END_TO_END_IDS_MAX {
                    self.end_to_end_ids.push(short(value));
                }
                return;
            }
            _ => return,
        };
        field.get_or_insert_with(|| short(value));
    }
}

/// Adds a piece of a value that a comment or a CDATA section splits, as far as values are told.
fn join(value: &mut String, piece: &str) {
    let piece = if value.is_empty() { piece.trim_ascii_start() } else { piece };
    // One byte more than is told, so that white space at the end can be seen to be at the end.
    let room = VALUE_BYTES_MAX.saturating_add(1).saturating_sub(value.len());
    let end = (0..=room.min(piece.len())).rev().find(|end| piece.is_char_boundary(*end));
    value.push_str(piece.get(..end.unwrap_or_default()).unwrap_or_default());
}

fn short(value: &str) -> String {
    let end = (0..=VALUE_BYTES_MAX.min(value.len())).rev().find(|end| value.is_char_boundary(*end));
    value.get(..end.unwrap_or_default()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_payment_calls_itself() {
        let found = outline(
            b"<Envelope><AppHdr><BizMsgIdr>M1</BizMsgIdr><MsgDefIdr>pacs.008.spi.1.13</MsgDefIdr>\
              <CreDt>2026-11-23T10:00:00.000Z</CreDt></AppHdr><Document><MsgId>M1</MsgId>\
              <EndToEndId> E1 </EndToEndId><EndToEndId>E2</EndToEndId><EndToEndId>E1</EndToEndId></Document></Envelope>",
        );
        assert_eq!(found.root.as_deref(), Some("Envelope"));
        assert_eq!(found.business_message_id.as_deref(), Some("M1"));
        assert_eq!(found.message_id.as_deref(), Some("M1"));
        assert_eq!(found.message_definition.as_deref(), Some("pacs.008.spi.1.13"));
        assert_eq!(found.created.as_deref(), Some("2026-11-23T10:00:00.000Z"));
        assert_eq!(found.end_to_end_ids, ["E1", "E2"]);
    }

    #[test]
    fn a_value_in_pieces_is_told_whole() {
        let xml = b"<a><BizMsgIdr>M<!-- -->1<![CDATA[2]]>3</BizMsgIdr><EndToEndId>E<?p?>1</EndToEndId><MsgId>x<b/>y</MsgId></a>";
        let found = outline(xml);
        assert_eq!(found.business_message_id.as_deref(), Some("M123"));
        assert_eq!(found.end_to_end_ids, ["E1"]);
        assert_eq!(found.message_id, None);
    }

    #[test]
    fn a_broken_or_foreign_message_gives_what_it_has() {
        assert_eq!(outline(b"\xff"), Outline::default());
        assert_eq!(outline(b"<a><CorrelationId>c</CorrelationId><").correlation_id.as_deref(), Some("c"));
        assert_eq!(outline(b"<a/>").root.as_deref(), Some("a"));
    }

    #[test]
    fn what_is_told_is_bounded() {
        let mut xml = b"<a>".to_vec();
        for number in 0..1000 {
            xml.extend(format!("<EndToEndId>{number}{}</EndToEndId>", "\u{e9}".repeat(200)).bytes());
        }
        let found = outline(&xml);
        assert_eq!(found.end_to_end_ids.len(), END_TO_END_IDS_MAX);
        assert!(found.end_to_end_ids.iter().all(|id| id.len() <= VALUE_BYTES_MAX));
    }
}
