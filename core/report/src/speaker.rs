//! Whose message it claims to be: what decides which certificates may have signed it.

use lacre_core::xml::{Event, Scanner, Source as _};

/// BACEN's ISPB in SPI.
pub const BACEN_ISPB: &str = "00038166";

/// Who speaks in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Speaker {
    /// BACEN: SPI with its ISPB in `AppHdr/Fr`, and what DICT answers.
    Bacen,
    /// An institution: SPI from any other, and what DICT is asked.
    Institution,
}

/// Who speaks, by `Fr` or by the root's name. It is a claim: the signature under the right certificate makes it true.
#[must_use]
pub fn speaker(xml: &[u8]) -> Speaker {
    let Ok(text) = core::str::from_utf8(xml) else { return Speaker::Bacen };
    let mut source = Scanner::open(text);
    let (mut depth, mut within_fr, mut id): (usize, bool, Option<String>) = (0, false, None);
    while let Ok(event) = source.next() {
        match event {
            Event::Start { name, empty, .. } => {
                match (depth, name.local()) {
                    (0, "Envelope") => {}
                    (0, root) if root.ends_with("Request") => return Speaker::Institution,
                    (0, _) => return Speaker::Bacen,
                    // Envelope, AppHdr, Fr.
                    (2, name) => within_fr = name == "Fr",
                    (_, "Id") if within_fr => id = Some(String::new()),
                    _ => {}
                }
                depth = depth.saturating_add(usize::from(!empty));
            }
            Event::Text { raw, .. } | Event::Cdata { raw, .. } => {
                if let Some(id) = id.as_mut() {
                    id.push_str(raw);
                }
            }
            Event::End { .. } => {
                depth = depth.saturating_sub(1);
                if let Some(id) = id {
                    return if id.trim_ascii() == BACEN_ISPB { Speaker::Bacen } else { Speaker::Institution };
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    Speaker::Institution
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_speaks_is_told_by_fr_and_by_the_root() {
        let spi = |ispb: &str| {
            let id = format!("<FIId><FinInstnId><Othr><Id>{ispb}</Id></Othr></FinInstnId></FIId>");
            let other = id.replace(ispb, "99999999");
            speaker(
                format!("<Envelope><AppHdr><Fr>{id}</Fr><To>{other}</To></AppHdr><Document/></Envelope>")
                    .as_bytes(),
            )
        };
        assert_eq!(spi("00038166"), Speaker::Bacen);
        assert_eq!(spi("000<!-- -->38166"), Speaker::Bacen);
        assert_eq!(spi("12345678"), Speaker::Institution);
        assert_eq!(speaker(b"<CreateEntryRequest/>"), Speaker::Institution);
        assert_eq!(speaker(b"<GetEntryResponse/>"), Speaker::Bacen);
        assert_eq!(speaker(b"<problem xmlns='urn:ietf:rfc:7807'/>"), Speaker::Bacen);
    }
}
