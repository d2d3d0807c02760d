//! One exchange: a request, an answer, and what core's exchange makes of both. Everything but the keys follows from its number.

use std::sync::Arc;

use lacre_core::exchange::{
    Channel, Exchange, ExchangeId, Failure, Headers, Policy, Record, Request, Response, Sending, Step,
};
use lacre_core::{Ispb, Profile};
use lacre_simulator::samples;

use crate::random::Random;
use crate::signer::TestSigner;

const OWN_ISPB: &str = "12345678";
const BACEN_ISPB: &str = "00038166";
const XML: &str = "application/xml;charset=utf-8";

/// Who signs, and the policies that believe them.
pub(super) struct Parties {
    pub(super) own: TestSigner,
    pub(super) bacen: TestSigner,
    spi: Policy,
    dict: Policy,
    pacs_008: String,
    create_entry: String,
}

/// What kind of exchange it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Submit,
    SubmitSeveral,
    ReadOne,
    ReadSeveral,
    ReadNothing,
    Lookup,
    LookupInVain,
    CreateEntry,
    TimedOut,
    NotSent,
    Refused,
}

impl Kind {
    /// One kind of a hundred; most exchanges pay, read or look up.
    const fn draw(random: &mut Random) -> Self {
        match random.below(100) {
            0..38 => Self::Submit,
            38..43 => Self::SubmitSeveral,
            43..58 => Self::ReadSeveral,
            58..66 => Self::ReadOne,
            66..82 => Self::Lookup,
            82..92 => Self::CreateEntry,
            92..94 => Self::LookupInVain,
            94..97 => Self::ReadNothing,
            97 => Self::TimedOut,
            98 => Self::NotSent,
            _ => Self::Refused,
        }
    }

    /// Whether the record keeps a request that the institution signed.
    pub(super) const fn has_signed_request(self) -> bool {
        matches!(self, Self::Submit | Self::CreateEntry)
    }

    /// Whether the record keeps one answer, alone, that BACEN signed.
    pub(super) const fn has_signed_answer(self) -> bool {
        matches!(self, Self::ReadOne | Self::Lookup | Self::CreateEntry)
    }

    /// Whether the record keeps several.
    pub(super) const fn has_signed_parts(self) -> bool {
        matches!(self, Self::ReadSeveral)
    }
}

/// An exchange that is over.
pub(super) struct Exchanged {
    pub(super) record: Record,
    pub(super) kind: Kind,
    /// How many messages the record keeps.
    pub(super) messages: usize,
}

/// What makes one exchange different from every other.
struct Draft {
    random: Random,
    number: usize,
    at_ms: i64,
    messages: usize,
}

impl Parties {
    pub(super) fn new() -> Self {
        let own = TestSigner::named("Banco do Ensaio T006", OWN_ISPB, 601);
        let bacen = TestSigner::named("Banco Central do Brasil T003", BACEN_ISPB, 301);
        let trust = Arc::new(bacen.trust());
        let policy = |channel, host| Policy::new(channel, host, own.certificate.clone(), Arc::clone(&trust));
        let ispb = Ispb::new(OWN_ISPB).unwrap();
        Self {
            spi: policy(Channel::Spi, "icom-h.pi.rsfn.net.br:16522"),
            dict: policy(Channel::Dict, "dict-h.pi.rsfn.net.br:16522"),
            pacs_008: samples::pacs_008(&ispb, 0).xml,
            create_entry: samples::create_entry(&ispb),
            own,
            bacen,
        }
    }

    pub(super) fn exchange(&self, number: usize, seed: u64, at_ms: i64) -> Exchanged {
        let mut random = Random::new(seed ^ (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let kind = Kind::draw(&mut random);
        let mut draft = Draft { random, number, at_ms, messages: 0 };
        let request = self.request(kind, &mut draft);
        let policy = match kind {
            Kind::Lookup | Kind::LookupInVain | Kind::CreateEntry => &self.dict,
            _ => &self.spi,
        };
        let mut id = [0; 16];
        id[..8].copy_from_slice(&draft.random.bits().to_be_bytes());
        id[8..].copy_from_slice(&(number as u64).to_be_bytes());
        let exchange = Exchange::receive(policy, ExchangeId::from_random(id), request, at_ms);
        let record = match exchange.open() {
            Step::Sign(signing) => {
                let signatures: Vec<_> =
                    signing.digests().iter().map(|digest| self.own.sign_digest(digest)).collect();
                match signing.finish(&signatures, at_ms + 1) {
                    Step::Send(sending) => self.send(sending, kind, &mut draft),
                    other => panic!("{kind:?}: {other:?}"),
                }
            }
            Step::Send(sending) => self.send(sending, kind, &mut draft),
            Step::Closed(closed) => closed.record,
        };
        Exchanged { record, kind, messages: draft.messages }
    }

    fn request(&self, kind: Kind, draft: &mut Draft) -> Request {
        match kind {
            Kind::SubmitSeveral => {
                let parts: Vec<_> =
                    (0..2 + draft.random.below(2)).map(|part| self.payment(part, OWN_ISPB, draft)).collect();
                let boundary = draft.unique(90);
                let mut request =
                    Request::new("POST", &submit_target(), multipart(&boundary, &parts, |_| None));
                request
                    .headers
                    .push("Content-Type", format!("multipart/mixed; boundary={boundary}").into_bytes());
                request
            }
            Kind::Submit | Kind::TimedOut | Kind::NotSent | Kind::Refused => {
                let target = if kind == Kind::Refused { "/api/v1/in/msgs" } else { &submit_target() };
                let mut request = Request::new("POST", target, self.payment(0, OWN_ISPB, draft));
                request.headers.push("Content-Type", XML);
                request
            }
            Kind::ReadOne | Kind::ReadSeveral | Kind::ReadNothing => {
                let target = format!("/api/v1/out/{OWN_ISPB}/stream/{}", draft.unique(91));
                let mut request = Request::new("GET", &target, Vec::new());
                let accept = if kind == Kind::ReadOne { "application/xml" } else { "multipart/mixed" };
                request.headers.push("Accept", accept);
                request
            }
            Kind::Lookup | Kind::LookupInVain => {
                let target = format!("/api/v2/entries/{}", draft.phone().replace('+', "%2B"));
                let mut request = Request::new("GET", &target, Vec::new());
                request.headers.push("PI-RequestingParticipant", OWN_ISPB);
                request.headers.push("PI-PayerId", samples::PAYER_TAX_ID);
                request.headers.push("PI-EndToEndId", draft.end_to_end_id(0, OWN_ISPB));
                request
            }
            Kind::CreateEntry => {
                draft.messages += 1;
                let body = self.create_entry.replace(samples::KEY, &draft.email()).replacen(
                    "<RequestId>",
                    &format!("<RequestId>{:08x}", draft.number),
                    1,
                );
                let mut request = Request::new("POST", "/api/v2/entries/", body);
                request.headers.push("Content-Type", XML);
                request
            }
        }
    }

    /// A payment, to be signed. It is compact now and then, as some banks write.
    fn payment(&self, part: usize, payer: &str, draft: &mut Draft) -> String {
        draft.messages += 1;
        let id = draft.message_id(part, payer);
        let xml = replace_element(&self.pacs_008, "EndToEndId", &draft.end_to_end_id(part, payer));
        let xml = replace_element(&replace_element(&xml, "BizMsgIdr", &id), "MsgId", &id);
        let mut xml = xml.replace("1970-01-01T00:00:00.000Z", &draft.instant());
        xml = xml
            .replace(">37.90<", &format!(">{}.{:02}<", 1 + draft.random.below(900), draft.random.below(100)));
        if draft.random.once_in(3) {
            xml = xml.lines().map(str::trim_start).collect();
        }
        xml
    }

    fn send(&self, sending: Sending<'_>, kind: Kind, draft: &mut Draft) -> Record {
        let back_ms = draft.at_ms + 12 + draft.random.below(80) as i64;
        let answer = match kind {
            Kind::TimedOut => return sending.failed(Failure::TimedOut, draft.at_ms + 20_000).record,
            Kind::NotSent => return sending.failed(Failure::NothingSent, back_ms).record,
            Kind::Submit | Kind::SubmitSeveral | Kind::Refused => {
                answer(201, &[("pi-resourceid", &draft.unique(92))], "")
            }
            Kind::ReadNothing => answer(204, &[("pi-pull-next", &pull_next(draft))], ""),
            Kind::ReadOne => {
                let message = self.incoming(0, draft);
                answer(200, &[("content-type", XML), ("pi-pull-next", &pull_next(draft))], message)
            }
            Kind::ReadSeveral => {
                let parts: Vec<_> =
                    (0..2 + draft.random.below(4)).map(|part| self.incoming(part, draft)).collect();
                let boundary = draft.unique(93);
                let body = multipart(&boundary, &parts, |part| Some(draft.unique(part)));
                let content_type = format!("multipart/mixed; boundary={boundary}");
                answer(200, &[("content-type", &content_type), ("pi-pull-next", &pull_next(draft))], body)
            }
            Kind::Lookup => answer(200, &[("content-type", XML)], self.entry("GetEntryResponse", draft)),
            Kind::CreateEntry => {
                answer(201, &[("content-type", XML)], self.entry("CreateEntryResponse", draft))
            }
            Kind::LookupInVain => {
                draft.messages += 1;
                answer(404, &[("content-type", "application/problem+xml")], NOT_FOUND)
            }
        };
        sending.answered(answer, back_ms).record
    }

    /// A message of SPI's to the institution: what became of a payment, or a payment to it.
    fn incoming(&self, part: usize, draft: &mut Draft) -> Vec<u8> {
        let xml = if draft.random.once_in(3) {
            // Counted by `payment`. SPI passes payments on in its own name.
            let payment = self.payment(part, "99999A04", draft);
            let (fr, to) = (party("Fr", OWN_ISPB), party("To", BACEN_ISPB));
            payment.replace(&fr, &party("Fr", BACEN_ISPB)).replace(&to, &party("To", OWN_ISPB))
        } else {
            draft.messages += 1;
            let (instant, end_to_end) = (draft.instant(), draft.end_to_end_id(part, OWN_ISPB));
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\
                 <Envelope xmlns=\"https://www.bcb.gov.br/pi/pacs.002/1.17\"><AppHdr>\
                 {fr}{to}\
                 <BizMsgIdr>{id}</BizMsgIdr><MsgDefIdr>pacs.002.spi.1.17</MsgDefIdr><CreDt>{instant}</CreDt><Sgntr/></AppHdr>\
                 <Document><FIToFIPmtStsRpt><GrpHdr><MsgId>{id}</MsgId><CreDtTm>{instant}</CreDtTm></GrpHdr>\
                 <TxInfAndSts><OrgnlInstrId>{end_to_end}</OrgnlInstrId><OrgnlEndToEndId>{end_to_end}</OrgnlEndToEndId>\
                 <TxSts>ACSC</TxSts></TxInfAndSts></FIToFIPmtStsRpt></Document></Envelope>",
                fr = party("Fr", BACEN_ISPB),
                to = party("To", OWN_ISPB),
                id = draft.message_id(part, BACEN_ISPB),
            )
        };
        self.bacen.sign(xml.as_bytes(), Profile::Spi).unwrap()
    }

    fn entry(&self, root: &str, draft: &mut Draft) -> Vec<u8> {
        draft.messages += 1;
        let key = if root.starts_with("Get") { draft.phone() } else { draft.email() };
        let instant = draft.instant();
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<{root}>\n    <Signature></Signature>\n    \
             <ResponseTime>{instant}</ResponseTime>\n    <CorrelationId>{}</CorrelationId>\n    <Entry>\n        \
             <Key>{key}</Key>\n        <Account>\n            <Participant>{OWN_ISPB}</Participant>\n            \
             <Branch>0001</Branch>\n            <AccountNumber>{:010}</AccountNumber>\n            \
             <AccountType>CACC</AccountType>\n        </Account>\n        <Owner>\n            \
             <Type>NATURAL_PERSON</Type>\n            <Name>Helena Prado Vasconcelos</Name>\n        </Owner>\n        \
             <CreationDate>{instant}</CreationDate>\n    </Entry>\n</{root}>\n",
            draft.unique(94),
            draft.random.below(10_000_000),
        );
        self.bacen.sign(xml.as_bytes(), Profile::Dict).unwrap()
    }
}

impl Draft {
    /// Eleven letters and digits that no other part of another exchange has.
    fn unique(&self, part: usize) -> String {
        format!("z{:08x}{part:02}", self.number)
    }

    fn message_id(&self, part: usize, ispb: &str) -> String {
        format!("M{ispb}{:0>23}", self.unique(part))
    }

    fn end_to_end_id(&self, part: usize, ispb: &str) -> String {
        let minute: String = self.instant().chars().filter(char::is_ascii_digit).take(12).collect();
        format!("E{ispb}{minute}{}", self.unique(part))
    }

    /// As BACEN writes it, to the millisecond.
    fn instant(&self) -> String {
        Record::new(Channel::Spi, "", self.at_ms).request_date().to_owned()
    }

    fn phone(&self) -> String {
        format!("+55719{:08}", self.number)
    }

    fn email(&self) -> String {
        format!("helena.{}@pix.example", self.number)
    }
}

const NOT_FOUND: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><problem xmlns=\"urn:ietf:rfc:7807\">\
    <type>https://dict.pi.rsfn.net.br/api/v2/error/NotFound</type><title>Not found</title><status>404</status></problem>";

fn party(side: &str, ispb: &str) -> String {
    format!("<{side}><FIId><FinInstnId><Othr><Id>{ispb}</Id></Othr></FinInstnId></FIId></{side}>")
}

fn submit_target() -> String {
    format!("/api/v1/in/{OWN_ISPB}/msgs")
}

fn pull_next(draft: &Draft) -> String {
    format!("/api/v1/out/{OWN_ISPB}/stream/{}", draft.unique(95))
}

fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Response {
    let headers: Headers = headers.iter().copied().collect();
    Response { status, headers, body: body.into() }
}

fn multipart<P: AsRef<[u8]>>(
    boundary: &str,
    parts: &[P],
    resource_id: impl Fn(usize) -> Option<String>,
) -> Vec<u8> {
    let mut body = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let id = resource_id(number).map(|id| format!("PI-ResourceId: {id}\r\n")).unwrap_or_default();
        body.extend_from_slice(format!("--{boundary}\r\n{id}Content-Type: {XML}\r\n\r\n").as_bytes());
        body.extend_from_slice(part.as_ref());
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}

/// The text with another content of its one element of this name.
fn replace_element(xml: &str, name: &str, content: &str) -> String {
    let (before, rest) = xml.split_once(&format!("<{name}>")).unwrap();
    let (_, after) = rest.split_once("</").unwrap();
    format!("{before}<{name}>{content}</{after}")
}
