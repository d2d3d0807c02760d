//! A bank and its BACEN: what is asked, answered, signed and verified, through the core's exchange.

use std::fs;
use std::sync::Arc;

use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_core::exchange::{Channel, Exchange, ExchangeId, Headers, Policy, Request, Response, Step};
use lacre_core::{Certificate, Profile, Trust, sign_with, verify};
use lacre_tests::root;

use crate::bodies::Made;

/// 2026-11-23T10:00:00Z.
const NOW_MS: i64 = 1_795_428_000_000;

const BACEN: &str = "00038166";
const OWN: &str = "12345678";

/// A key that is public on purpose, and its certificate.
struct Signer {
    certificate: Certificate,
    key: KeyPair,
}

impl Signer {
    fn of(name: &str) -> Self {
        let key = KeyPair::from_pkcs8(&der(&format!("{name}.key"))).unwrap();
        Self { certificate: Certificate::from_der(&der(&format!("{name}.pem"))).unwrap(), key }
    }

    fn sign(&self, digest: &[u8; 32]) -> Vec<u8> {
        let digest = Digest::import_less_safe(digest, &SHA256).unwrap();
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature).unwrap();
        signature
    }

    fn trust(&self) -> Trust {
        let mut trust = Trust::new();
        trust.add(self.certificate.clone());
        trust
    }
}

fn der(file: &str) -> Vec<u8> {
    let pem = fs::read_to_string(root().join("tests/keys").join(file)).unwrap();
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    BASE64_STANDARD.decode(lines.collect::<String>()).unwrap()
}

/// Both sides of the SPI channel.
pub(crate) struct Bank {
    policy: Policy,
    bacen: Signer,
    own: Signer,
}

impl Bank {
    pub(crate) fn new() -> Self {
        let (bacen, own) = (Signer::of("bacen"), Signer::of("psp"));
        let trust = Arc::new(bacen.trust());
        let policy = Policy::new(Channel::Spi, "icom.example", own.certificate.clone(), trust);
        Self { policy, bacen, own }
    }

    /// Messages of BACEN's, in the ways in which lines end and documents begin.
    pub(crate) fn signed_messages(&self) -> Vec<Vec<u8>> {
        let sign = |xml: &String| {
            let act = |digest: &[u8; 32]| Some(self.bacen.sign(digest));
            sign_with(xml.as_bytes(), Profile::Spi, &self.bacen.certificate, act).unwrap()
        };
        payments(BACEN, OWN).iter().map(sign).collect()
    }

    /// The same of the bank's own, as its caller has them.
    pub(crate) fn unsigned_messages(&self) -> Vec<Vec<u8>> {
        payments(OWN, BACEN).into_iter().map(String::into_bytes).collect()
    }

    /// A payment that nobody signed.
    pub(crate) fn forged_message(&self) -> Vec<u8> {
        payment(BACEN, OWN, "9999.99", "\n").into_bytes()
    }

    /// What the bank gets where BACEN's side answers so.
    pub(crate) fn answered(&self, made: &Made) -> Response {
        let request = Request::new("GET", "/api/v1/out/12345678/stream/start", "");
        let exchange = Exchange::receive(&self.policy, id(), request, NOW_MS);
        let Step::Send(sending) = exchange.open() else { panic!("a stream is read unsigned") };
        let answer = Response { status: 200, headers: made.headers(), body: made.octets.clone() };
        sending.answered(answer, NOW_MS).reply
    }

    /// What goes to BACEN where the bank sends so; nothing if it is refused.
    pub(crate) fn sent(&self, made: &Made) -> Option<(Headers, Vec<u8>)> {
        let mut request = Request::new("POST", "/api/v1/in/12345678/msgs", made.octets.clone());
        request.headers = made.headers();
        let exchange = Exchange::receive(&self.policy, id(), request, NOW_MS);
        let Step::Sign(signing) = exchange.open() else { return None };
        let signatures: Vec<_> = signing.digests().iter().map(|digest| self.own.sign(digest)).collect();
        let Step::Send(sending) = signing.finish(&signatures, NOW_MS) else { return None };
        Some((sending.request().headers.clone(), sending.request().body.clone()))
    }

    /// Whether BACEN signed a message.
    pub(crate) fn verifies(&self, message: &[u8]) -> bool {
        verify(message, Profile::Spi, &self.bacen.trust(), NOW_MS / 1000).is_ok()
    }

    /// Whether the bank signed a message.
    pub(crate) fn signed(&self, message: &[u8]) -> bool {
        verify(message, Profile::Spi, &self.own.trust(), NOW_MS / 1000).is_ok()
    }
}

fn id() -> ExchangeId {
    ExchangeId::new("exchange-1").unwrap()
}

fn payments(from: &str, to: &str) -> Vec<String> {
    let mut all = ["1.00", "10.50", "37.90"].map(|amount| payment(from, to, amount, "\n")).to_vec();
    all.push(payment(from, to, "2.00", "\r\n"));
    all.push(payment(from, to, "3.00", ""));
    all.push(
        payment(from, to, "4.00", "\n").replacen("<CdtTrfTxInf>", "<CdtTrfTxInf><!-- of a bank -->", 1)
            + "\n",
    );
    all
}

/// A payment in the outline of a pacs.008.
fn payment(from: &str, to: &str, amount: &str, line_end: &str) -> String {
    [
        r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>"#,
        r#"<Envelope xmlns="https://www.bcb.gov.br/pi/pacs.008/1.14"><AppHdr>"#,
        &format!("<Fr><FIId><FinInstnId><Othr><Id>{from}</Id></Othr></FinInstnId></FIId></Fr>"),
        &format!("<To><FIId><FinInstnId><Othr><Id>{to}</Id></Othr></FinInstnId></FIId></To>"),
        "<CreDt>2026-11-23T10:00:00.000Z</CreDt><Sgntr/></AppHdr>",
        r#"<Document><FIToFICstmrCdtTrf><CdtTrfTxInf>"#,
        &format!("<IntrBkSttlmAmt Ccy=\"BRL\">{amount}</IntrBkSttlmAmt>"),
        "<Dbtr><Nm>José da Conceição = não</Nm></Dbtr><RmtInf><Ustrd>-- =20 &amp; =3D</Ustrd></RmtInf>",
        "</CdtTrfTxInf></FIToFICstmrCdtTrf></Document></Envelope>",
    ]
    .join(line_end)
}
