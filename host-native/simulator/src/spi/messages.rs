//! SPI's messages: what is read of a participant's, and how SPI's own are written. All that is written here is compact,
//! as SPI's own messages are, and still to be signed.

use core::ops::Range;
use std::collections::BTreeSet;

use lacre_core::{Error, Profile, Reason, Target};

use super::outline::{Node, Outline};
use crate::identifiers::{SPI, instant, settlement_date};
use crate::problem::element;

/// A participant's message, verified before it was read.
pub(crate) struct Incoming {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) id: String,
    /// `pacs.008`.
    pub(crate) name: String,
    /// `1.16`.
    pub(crate) version: String,
    outline: Outline,
}

/// One transaction of a pacs.008.
pub(crate) struct Payment {
    pub(crate) end_to_end_id: String,
    pub(crate) payer: String,
    pub(crate) receiver: String,
}

/// One transaction's status in a pacs.002.
pub(crate) struct Status {
    pub(crate) end_to_end_id: String,
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
}

/// Who gets a message, and what it is called.
pub(crate) struct Heading<'a> {
    pub(crate) to: &'a str,
    pub(crate) id: &'a str,
    pub(crate) at_ms: i64,
}

/// Why SPI does not take a message.
pub(crate) struct Refusal {
    /// At most 35 characters.
    pub(crate) reason: String,
    /// At most 350 characters.
    pub(crate) description: String,
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>";
const NAMESPACE: &str = "https://www.bcb.gov.br/pi/";
const PARTY: [&str; 4] = ["FIId", "FinInstnId", "Othr", "Id"];
const AGENT: [&str; 3] = ["FinInstnId", "ClrSysMmbId", "MmbId"];
const PAYMENTS_MAX: usize = 500;

impl Incoming {
    pub(crate) fn read(xml: &[u8]) -> Result<Self, Refusal> {
        let outline = Outline::of(xml).ok_or_else(|| Refusal::of("schema", "The message cannot be read"))?;
        let header = |name: &str| outline.text(&["AppHdr", name]).filter(|text| !text.is_empty());
        let party = |side: &str| {
            let [a, b, c, d] = PARTY;
            outline.text(&["AppHdr", side, a, b, c, d])
        };
        let definition = header("MsgDefIdr").and_then(|text| text.split_once(".spi."));
        let (Some(from), Some(to), Some(id), Some((name, version))) =
            (party("Fr"), party("To"), header("BizMsgIdr"), definition)
        else {
            return Err(Refusal::of("schema", "AppHdr lacks Fr, To, BizMsgIdr or MsgDefIdr"));
        };
        let [from, to, id, name, version] = [from, to, id, name, version].map(str::to_owned);
        Ok(Self { from, to, id, name, version, outline })
    }

    /// The message's identifier as its Document repeats it.
    pub(crate) fn group_id(&self) -> Option<&str> {
        let group = self.outline.find(self.body()?, &["GrpHdr", "MsgId"])?;
        Some(group.text.trim())
    }

    /// The transactions of a pacs.008.
    pub(crate) fn payments(&self) -> Result<Vec<Payment>, Refusal> {
        let incomplete = || Refusal::of("schema", "A transaction lacks EndToEndId, DbtrAgt or CdtrAgt");
        let body = self.body().filter(|body| body.name() == "FIToFICstmrCdtTrf").ok_or_else(incomplete)?;
        let payment = |node: &Node| {
            let text =
                |path: &[&str]| self.outline.find(node, path).map(|found| found.text.trim().to_owned());
            let [a, b, c] = AGENT;
            Some(Payment {
                end_to_end_id: text(&["PmtId", "EndToEndId"])?,
                payer: text(&["DbtrAgt", a, b, c])?,
                receiver: text(&["CdtrAgt", a, b, c])?,
            })
        };
        let payments: Option<Vec<Payment>> =
            self.outline.children(body, "CdtTrfTxInf").take(PAYMENTS_MAX + 1).map(payment).collect();
        let payments = payments.filter(|p| (1..=PAYMENTS_MAX).contains(&p.len())).ok_or_else(incomplete)?;
        let announced = self.outline.find(body, &["GrpHdr", "NbOfTxs"]).map(|node| node.text.trim());
        if announced.and_then(|text| text.parse().ok()) != Some(payments.len()) {
            return Err(Refusal::of("schema", "NbOfTxs is not the number of transactions"));
        }
        Ok(payments)
    }

    /// The transactions of a pacs.002.
    pub(crate) fn statuses(&self) -> Result<Vec<Status>, Refusal> {
        let incomplete = || Refusal::of("schema", "A transaction lacks OrgnlEndToEndId or TxSts");
        let body = self.body().filter(|body| body.name() == "FIToFIPmtStsRpt").ok_or_else(incomplete)?;
        let status = |node: &Node| {
            let text =
                |path: &[&str]| self.outline.find(node, path).map(|found| found.text.trim().to_owned());
            let end_to_end_id = text(&["OrgnlEndToEndId"])?;
            Some(Status {
                end_to_end_id,
                status: text(&["TxSts"])?,
                reason: text(&["StsRsnInf", "Rsn", "Cd"]),
            })
        };
        let statuses: Option<Vec<Status>> =
            self.outline.children(body, "TxInfAndSts").take(PAYMENTS_MAX + 1).map(status).collect();
        statuses.filter(|s| (1..=PAYMENTS_MAX).contains(&s.len())).ok_or_else(incomplete)
    }

    /// What a pibr.001 wants to hear again.
    pub(crate) fn echo(&self) -> Result<&str, Refusal> {
        self.body()
            .filter(|body| body.name() == "EchoReq")
            .and_then(|body| self.outline.find(body, &["EchoTxInf", "Data"]))
            .map(|node| node.text.as_str())
            .ok_or_else(|| Refusal::of("schema", "EchoReq/EchoTxInf/Data is missing"))
    }

    fn body(&self) -> Option<&Node> {
        let document = self.outline.find(self.outline.root()?, &["Document"])?;
        self.outline.first_child(document)
    }
}

impl Refusal {
    pub(crate) fn of(reason: &str, description: &str) -> Self {
        Self {
            reason: reason.chars().take(35).collect(),
            description: description.chars().take(350).collect(),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::of(error.code(), &format!("{error}: {}", error.help()))
    }
}

/// A pacs.002: SPI's word on transactions. A settled one has its instant.
pub(crate) fn status_report(heading: &Heading<'_>, statuses: &[Status]) -> String {
    let mut body = String::from("<FIToFIPmtStsRpt>");
    group_header(&mut body, heading);
    for status in statuses {
        body.push_str("<TxInfAndSts>");
        element(&mut body, "OrgnlInstrId", &status.end_to_end_id);
        element(&mut body, "OrgnlEndToEndId", &status.end_to_end_id);
        element(&mut body, "TxSts", &status.status);
        if let Some(reason) = &status.reason {
            body.push_str("<StsRsnInf><Rsn>");
            element(&mut body, "Cd", reason);
            body.push_str("</Rsn></StsRsnInf>");
        } else {
            body.push_str("<FctvIntrBkSttlmDt>");
            element(&mut body, "DtTm", &instant(heading.at_ms));
            body.push_str("</FctvIntrBkSttlmDt><OrgnlTxRef>");
            element(&mut body, "IntrBkSttlmDt", &settlement_date(heading.at_ms));
            body.push_str("</OrgnlTxRef>");
        }
        body.push_str("</TxInfAndSts>");
    }
    body.push_str("</FIToFIPmtStsRpt>");
    envelope("pacs.002", "1.17", heading, &format!("<Document>{body}</Document>"))
}

/// A pibr.002: the echo.
pub(crate) fn echo_report(heading: &Heading<'_>, version: &str, data: &str) -> String {
    let mut body = String::from("<Document><EchoRpt>");
    group_header(&mut body, heading);
    body.push_str("<EchoTxInf>");
    element(&mut body, "OrgnlData", data);
    body.push_str("</EchoTxInf></EchoRpt></Document>");
    envelope("pibr.002", version, heading, &body)
}

/// An admi.002: a message that SPI did not take.
pub(crate) fn rejection(heading: &Heading<'_>, reference: &str, refusal: &Refusal) -> String {
    let mut body = String::from("<Document><admi.002.001.01><RltdRef>");
    element(&mut body, "Ref", reference);
    body.push_str("</RltdRef><Rsn>");
    element(&mut body, "RjctgPtyRsn", &refusal.reason);
    element(&mut body, "RjctnDtTm", &instant(heading.at_ms));
    element(&mut body, "RsnDesc", &refusal.description);
    body.push_str("</Rsn></admi.002.001.01></Document>");
    envelope("admi.002", "1.5", heading, &body)
}

/// A participant's pacs.008 as SPI hands it on: the transactions with these numbers (the first is 0), as they were, under
/// SPI's own header.
pub(crate) fn forwarded(
    heading: &Heading<'_>,
    original: &[u8],
    message: &Incoming,
    kept: &BTreeSet<usize>,
) -> Result<String, Error> {
    let unreadable = || Error::new(Reason::NoRoot);
    // In canonical form the Document carries all the namespaces it needs.
    let document = lacre_core::canonical_octets(original, Profile::Spi, Target::Document)?;
    let document = String::from_utf8(document).map_err(|_| unreadable())?;
    let outline = Outline::of(document.as_bytes()).ok_or_else(unreadable)?;
    let edits = forwarding_edits(&outline, heading, kept).ok_or_else(unreadable)?;
    let document = edited(&document, edits).ok_or_else(unreadable)?;
    Ok(envelope(&message.name, &message.version, heading, &document))
}

type Edit = (Range<usize>, String);

fn forwarding_edits(outline: &Outline, heading: &Heading<'_>, kept: &BTreeSet<usize>) -> Option<Vec<Edit>> {
    let body = outline.first_child(outline.root()?)?;
    let group = |name: &str| outline.find(body, &["GrpHdr", name]).map(|node| node.inner.clone());
    let mut edits = vec![
        (group("MsgId")?, heading.id.to_owned()),
        (group("CreDtTm")?, instant(heading.at_ms)),
        (group("NbOfTxs")?, kept.len().to_string()),
    ];
    let others = outline.children(body, "CdtTrfTxInf").enumerate().filter(|(index, _)| !kept.contains(index));
    edits.extend(others.map(|(_, node)| (node.span.clone(), String::new())));
    edits.sort_by_key(|(range, _)| range.start);
    Some(edits)
}

fn edited(text: &str, edits: Vec<Edit>) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, replacement) in edits {
        out.push_str(text.get(at..range.start)?);
        out.push_str(&replacement);
        at = range.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

fn group_header(body: &mut String, heading: &Heading<'_>) {
    body.push_str("<GrpHdr>");
    element(body, "MsgId", heading.id);
    element(body, "CreDtTm", &instant(heading.at_ms));
    body.push_str("</GrpHdr>");
}

fn envelope(name: &str, version: &str, heading: &Heading<'_>, document: &str) -> String {
    let mut xml = format!("{DECLARATION}<Envelope xmlns=\"{NAMESPACE}{name}/{version}\"><AppHdr>");
    for (side, ispb) in [("Fr", SPI), ("To", heading.to)] {
        xml.push_str(&format!("<{side}><FIId><FinInstnId><Othr>"));
        element(&mut xml, "Id", ispb);
        xml.push_str(&format!("</Othr></FinInstnId></FIId></{side}>"));
    }
    element(&mut xml, "BizMsgIdr", heading.id);
    element(&mut xml, "MsgDefIdr", &format!("{name}.spi.{version}"));
    element(&mut xml, "CreDt", &instant(heading.at_ms));
    xml.push_str("<Sgntr/></AppHdr>");
    xml.push_str(document);
    xml.push_str("</Envelope>");
    xml
}
