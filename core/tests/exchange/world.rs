//! Messages, a policy, and the way through one exchange.

use std::sync::Arc;

use lacre_core::exchange::record::Value;
use lacre_core::exchange::{
    Channel, Closed, Exchange, ExchangeId, Policy, Record, Request, Response, Sending, Step,
};
use lacre_core::{Profile, Trust, sign_with};

use crate::common::{certificate, signature};

/// 2026-11-23T10:00:00Z.
pub(crate) const NOW_MS: i64 = 1_795_428_000_000;

pub(crate) const SPI: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>"#,
    r#"<Envelope xmlns="https://www.bcb.gov.br/pi/pibr.001/1.3"><AppHdr><Fr><FIId><FinInstnId><Othr><Id>12345678</Id>"#,
    r#"</Othr></FinInstnId></FIId></Fr><CreDt>2026-11-23T10:00:00.000Z</CreDt><Sgntr/></AppHdr>"#,
    r#"<Document><EchoReq><EchoTxInf><Data>olá</Data></EchoTxInf></EchoReq></Document></Envelope>"#
);
pub(crate) const DICT: &str = "<CreateEntryRequest><Signature></Signature><Entry><Key>+5561988887777</Key></Entry></CreateEntryRequest>";
pub(crate) const DICT_ANSWER: &str = concat!(
    "<CreateEntryResponse><ResponseTime>2026-11-23T10:00:00.000Z</ResponseTime>",
    "<Entry><Key>+5561988887777</Key></Entry></CreateEntryResponse>"
);
pub(crate) const CHECK_KEYS: &str =
    "<CheckKeysRequest><Keys><Key>mail@mail.example</Key></Keys></CheckKeysRequest>";
pub(crate) const MESSAGES: &str = "/api/v1/in/12345678/msgs";
pub(crate) const STREAM: &str = "/api/v1/out/12345678/stream/start";

macro_rules! pair {
    ($name:literal) => {
        (
            include_str!(concat!("../../../tests/keys/", $name, ".pem")),
            include_str!(concat!("../../../tests/keys/", $name, ".key")),
        )
    };
}
pub(crate) use pair;

/// A message as BACEN signs it, with the certificate of this PEM.
pub(crate) fn by_bacen(xml: &str, profile: Profile, pem: &str) -> String {
    let sign = |digest: &[u8; 32]| Some(signature(pair!("bacen").1, digest));
    String::from_utf8(sign_with(xml.as_bytes(), profile, &certificate(pem), sign).unwrap()).unwrap()
}

/// The same message, addressed to a participant.
pub(crate) fn to(xml: &str, ispb: &str) -> String {
    let to = format!("</Fr><To><FIId><FinInstnId><Othr><Id>{ispb}</Id></Othr></FinInstnId></FIId></To>");
    xml.replace("</Fr>", &to)
}

/// What DICT says of a key.
pub(crate) fn entry_of(key: &str) -> String {
    format!(
        "<GetEntryResponse><ResponseTime>2026-11-23T10:00:00.000Z</ResponseTime><Entry><Key>{key}</Key></Entry></GetEntryResponse>"
    )
}

/// What a stream gives: BACEN's own message to the participant.
pub(crate) fn from_bacen() -> String {
    by_bacen(&to(&SPI.replace("12345678", "00038166"), "12345678"), Profile::Spi, pair!("bacen").0)
}

pub(crate) fn policy(channel: Channel) -> Policy {
    let mut trust = Trust::new();
    trust.add(certificate(pair!("bacen").0));
    trust.add(certificate(include_str!("../../../tests/keys/expired.pem")));
    Policy::new(channel, "pi.example:16422", certificate(pair!("psp").0), Arc::new(trust))
}

pub(crate) fn request(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: impl Into<Vec<u8>>,
) -> Request {
    let mut request = Request::new(method, target, body);
    request.headers = headers.iter().copied().collect();
    request
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Response {
    Response { status, headers: headers.iter().copied().collect(), body: body.into() }
}

/// Takes a request to where it is sent, hands it to `send`, or gives how it closed before.
pub(crate) fn run(policy: &Policy, request: Request, send: impl FnOnce(Sending<'_>) -> Closed) -> Closed {
    let exchange = Exchange::receive(policy, ExchangeId::new("exchange-1").unwrap(), request, NOW_MS);
    let step = match exchange.open() {
        Step::Sign(signing) => {
            let signatures: Vec<_> =
                signing.digests().iter().map(|digest| signature(pair!("psp").1, digest)).collect();
            signing.finish(&signatures, NOW_MS + 5)
        }
        step => step,
    };
    match step {
        Step::Send(sending) => send(sending),
        Step::Closed(closed) => closed,
        Step::Sign(_) => panic!("signed twice"),
    }
}

pub(crate) fn refused(policy: &Policy, request: Request) -> Closed {
    run(policy, request, |_| panic!("it was sent"))
}

pub(crate) fn answered(policy: &Policy, request: Request, answer: Response) -> Closed {
    run(policy, request, |sending| sending.answered(answer, NOW_MS + 50))
}

pub(crate) fn text(record: &Record, name: &str) -> Option<String> {
    let (_, value) = record.columns().find(|(column, _)| *column == name).unwrap();
    match value {
        Value::Text(text) => Some(text.to_owned()),
        Value::Integer(integer) => Some(integer.to_string()),
        Value::Null => None,
    }
}

pub(crate) fn header(response: &Response, name: &str) -> Option<String> {
    response.headers.first(name).map(|header| header.text().into_owned())
}

pub(crate) fn body(response: &Response) -> &str {
    core::str::from_utf8(&response.body).unwrap()
}

/// The text of an element of a problem document.
pub(crate) fn member<'a>(closed: &'a Closed, name: &str) -> &'a str {
    let body = body(&closed.reply);
    let start = body.find(&format!("<{name}>")).unwrap() + name.len() + 2;
    &body[start..start + body[start..].find('<').unwrap()]
}

pub(crate) fn psp_trust() -> Trust {
    let mut trust = Trust::new();
    trust.add(certificate(pair!("psp").0));
    trust
}

/// A gzip body in one stored block, so that the test has a packer of its own.
pub(crate) fn gzip(octets: &[u8]) -> Vec<u8> {
    let length = u16::try_from(octets.len()).unwrap();
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1];
    packed.extend(length.to_le_bytes());
    packed.extend((!length).to_le_bytes());
    packed.extend(octets);
    packed.extend(crc32fast::hash(octets).to_le_bytes());
    packed.extend(u32::from(length).to_le_bytes());
    packed
}
