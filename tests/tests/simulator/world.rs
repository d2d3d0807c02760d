//! Two participants, a simulator, and BACEN's certificate to hold its answers against.

use core::time::Duration;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use http::{Method, Request, Response};
use hyper::body::Bytes;
use lacre_core::exchange::{Headers, messages};
use lacre_core::{Certificate, Ispb, Profile, Trust};
use lacre_native::bacen::{BacenClient, Endpoint, Settings, TransportError};
use lacre_native::clock::unix_ms;
use lacre_native::key::{self, Signer};
use lacre_native::rsa::AwsLc;
use lacre_native::tls::{Identity, PeerTrust};
use lacre_simulator::pki::{PkiOptions, ThrowawayPki};
use lacre_simulator::samples;
use lacre_simulator::{Participant, Running, Simulator, SimulatorConfig};

/// A participant: what it signs with, and its two clients.
pub(crate) struct Psp {
    pub(crate) ispb: Ispb,
    pub(crate) dict: BacenClient,
    pub(crate) spi: BacenClient,
    keys: &'static Keys,
}

/// A running simulator with two participants.
pub(crate) struct World {
    pub(crate) running: Running,
    pub(crate) one: Psp,
    pub(crate) other: Psp,
    trust: Trust,
}

/// One PKI, its private keys opened.
struct Keys {
    pki: ThrowawayPki,
    bacen: Arc<dyn Signer>,
    psp: Arc<dyn Signer>,
    certificate: Certificate,
}

pub(crate) type Answer = Response<Bytes>;

const PSPS: [&str; 2] = ["12345678", "87654321"];

impl World {
    /// A simulator that does not let a test wait: its read streams answer soon.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut SimulatorConfig)) -> Self {
        let mut config = config();
        config.limits.long_poll = Duration::from_millis(150);
        change(&mut config);
        let running = Simulator::start(config).await.unwrap();
        let [one, other] = [0, 1].map(|number| Psp::new(number, &running));
        let mut trust = Trust::new();
        trust.add(certificate(&keys()[0].pki.bacen_signature.certificate_pem));
        Self { running, one, other, trust }
    }

    /// The messages of an answer, each verified with BACEN's certificate.
    pub(crate) fn verified(&self, answer: &Answer, profile: Profile) -> Vec<String> {
        let bodies = unpacked(answer);
        for body in &bodies {
            if let Err(error) = self.verify(body, profile) {
                panic!("{error}: {}", String::from_utf8_lossy(body));
            }
        }
        bodies.into_iter().map(|body| String::from_utf8(body).unwrap()).collect()
    }

    pub(crate) fn verify(&self, message: &[u8], profile: Profile) -> Result<(), lacre_core::Error> {
        lacre_core::verify(message, profile, &self.trust, unix_ms() / 1000).map(|_| ())
    }

    /// The one message of a DICT answer, after its status.
    pub(crate) fn dict(&self, answer: &Answer, status: u16) -> String {
        let text = String::from_utf8_lossy(answer.body());
        assert_eq!(answer.status().as_u16(), status, "{text}");
        self.verified(answer, Profile::Dict).pop().unwrap()
    }
}

impl Psp {
    fn new(number: usize, running: &Running) -> Self {
        let keys = &keys()[number];
        let client = |address: core::net::SocketAddr| client(address, Some(identity(keys)));
        Self {
            ispb: Ispb::new(PSPS[number]).unwrap(),
            dict: client(running.dict_addr()),
            spi: client(running.spi_addr()),
            keys,
        }
    }

    pub(crate) fn sign(&self, xml: &str, profile: Profile) -> Vec<u8> {
        let sign = |digest: &[u8; 32]| self.keys.psp.sign_blocking(digest).ok();
        lacre_core::sign_with(xml.as_bytes(), profile, &self.keys.certificate, sign).unwrap()
    }

    /// Signs a message whoever it says it is from: what a careless bank sends.
    pub(crate) fn sign_for_another(&self, xml: &str) -> Vec<u8> {
        // Only its issuer and serial number go into a message: without the participant's name nothing is compared.
        let mut der = self.keys.certificate.der().to_vec();
        let at = der.windows(5).position(|window| window == b"ISPB-").unwrap();
        der[at] = b'X';
        let nameless = Certificate::from_der_with(&der, &AwsLc).unwrap();
        let sign = |digest: &[u8; 32]| self.keys.psp.sign_blocking(digest).ok();
        lacre_core::sign_with(xml.as_bytes(), Profile::Spi, &nameless, sign).unwrap()
    }

    /// Sends a DICT body, signed.
    pub(crate) async fn write(&self, method: Method, path: &str, xml: &str) -> Answer {
        self.write_as_is(method, path, self.sign(xml, Profile::Dict)).await
    }

    pub(crate) async fn write_as_is(&self, method: Method, path: &str, body: Vec<u8>) -> Answer {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/xml");
        send(&self.dict, request.body(body.into()).unwrap()).await
    }

    /// Reads from DICT with the headers that it wants.
    pub(crate) async fn read(&self, path: &str) -> Answer {
        let request = self.reading(path).body(Bytes::new()).unwrap();
        send(&self.dict, request).await
    }

    pub(crate) fn reading(&self, path: &str) -> http::request::Builder {
        Request::get(path)
            .header("pi-requestingparticipant", self.ispb.as_str())
            .header("pi-payerid", samples::PAYER_TAX_ID)
            .header("pi-endtoendid", format!("E{}202601051200samplepay01", self.ispb))
    }

    /// Hands messages to ICOM, signed, and gives their PI-ResourceIds.
    pub(crate) async fn submit(&self, messages: &[&str]) -> Vec<String> {
        let signed: Vec<Vec<u8>> = messages.iter().map(|xml| self.sign(xml, Profile::Spi)).collect();
        self.submit_as_is(&signed).await
    }

    pub(crate) async fn submit_as_is(&self, messages: &[Vec<u8>]) -> Vec<String> {
        let (content_type, body) = match messages {
            [one] => ("application/xml; charset=utf-8".to_owned(), one.clone()),
            several => ("multipart/mixed; boundary=b0undary".to_owned(), multipart(several)),
        };
        let request =
            Request::post(format!("/api/v1/in/{}/msgs", self.ispb)).header("content-type", content_type);
        let answer = send(&self.spi, request.body(body.into()).unwrap()).await;
        assert_eq!(answer.status().as_u16(), 201, "{}", String::from_utf8_lossy(answer.body()));
        header(&answer, "pi-resourceid").split(',').map(str::to_owned).collect()
    }

    pub(crate) async fn get(&self, path: &str, accept: &str) -> Answer {
        let request = Request::get(path).header("accept", accept).body(Bytes::new()).unwrap();
        send(&self.spi, request).await
    }

    /// Opens a read stream.
    pub(crate) async fn open(&self, accept: &str) -> Answer {
        self.get(&format!("/api/v1/out/{}/stream/start", self.ispb), accept).await
    }

    pub(crate) fn channel(&self) -> Identity {
        identity(self.keys)
    }
}

/// A configuration for both participants, on free ports.
pub(crate) fn config() -> SimulatorConfig {
    let [first, second] = keys();
    let mut anchors = first.pki.ca.certificate_pem.clone();
    anchors.push_str(&second.pki.ca.certificate_pem);
    let mut config = SimulatorConfig::new(
        Arc::clone(&first.bacen),
        certificate(&first.pki.bacen_signature.certificate_pem),
        pair(&first.pki.bacen_channel),
        PeerTrust::from_pem(anchors.as_bytes()).unwrap(),
    )
    .on_free_ports();
    for (ispb, keys) in PSPS.into_iter().zip(keys()) {
        let (ispb, signing) = (Ispb::new(ispb).unwrap(), vec![keys.certificate.clone()]);
        config.participants.push(Participant { ispb, signing, channel: Vec::new() });
    }
    config
}

/// A client that trusts the simulator's channel.
pub(crate) fn client(address: core::net::SocketAddr, identity: Option<Identity>) -> BacenClient {
    let trust = PeerTrust::from_pem(keys()[0].pki.ca.certificate_pem.as_bytes()).unwrap();
    let endpoint = Endpoint::parse(&address.to_string()).unwrap();
    BacenClient::new(Settings::new(endpoint, identity, trust)).unwrap()
}

/// What a raw connection needs to trust the simulator.
pub(crate) fn channel_trust() -> PeerTrust {
    PeerTrust::from_pem(keys()[0].pki.ca.certificate_pem.as_bytes()).unwrap()
}

/// BACEN's signing certificate, in PEM.
pub(crate) fn bacen_certificate_pem() -> &'static str {
    &keys()[0].pki.bacen_signature.certificate_pem
}

pub(crate) async fn send(client: &BacenClient, request: Request<Bytes>) -> Answer {
    try_send(client, request).await.unwrap()
}

pub(crate) async fn try_send(
    client: &BacenClient,
    request: Request<Bytes>,
) -> Result<Answer, TransportError> {
    client.send(request).await.map(|answer| answer.response)
}

pub(crate) fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// The messages of an answer: unpacked, the parts of a multipart apart.
pub(crate) fn unpacked(answer: &Answer) -> Vec<Vec<u8>> {
    let mut headers = Headers::new();
    for (name, value) in answer.headers() {
        headers.push(name.as_str(), value.as_bytes());
    }
    messages(&headers, answer.body(), 1 << 24).unwrap()
}

/// The text of the first element of this name.
pub(crate) fn field<'a>(xml: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let found = xml.split_once(&open).and_then(|(_, rest)| rest.split_once(&close));
    found.map_or_else(|| panic!("no {name} in {xml}"), |(text, _)| text)
}

/// The type that a problem document names, without its address.
pub(crate) fn problem(answer: &Answer) -> (u16, String) {
    let text = core::str::from_utf8(answer.body()).unwrap();
    assert_eq!(header(answer, "content-type"), "application/problem+xml", "{text}");
    assert!(text.contains("<problem xmlns=\"urn:ietf:rfc:7807\">"));
    let kind = field(text, "type").rsplit('/').next().unwrap().to_owned();
    (answer.status().as_u16(), kind)
}

/// Parts between delimiters, as ICOM takes them.
pub(crate) fn multipart(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        body.extend_from_slice(b"--b0undary\r\nContent-Type: application/xml; charset=utf-8\r\n\r\n");
        body.extend_from_slice(part);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b0undary--\r\n");
    body
}

fn identity(keys: &Keys) -> Identity {
    pair(&keys.pki.psp_channel)
}

fn pair(pair: &lacre_simulator::pki::Pair) -> Identity {
    Identity::from_pem(pair.certificate_pem.as_bytes(), pair.key_pem.as_bytes()).unwrap()
}

fn certificate(pem: &str) -> Certificate {
    Certificate::from_pem_or_der(pem.as_bytes(), &AwsLc).unwrap().remove(0)
}

/// Two PKIs, made once: ten RSA keys take a while.
fn keys() -> &'static [Keys; 2] {
    static KEYS: OnceLock<[Keys; 2]> = OnceLock::new();
    KEYS.get_or_init(|| PSPS.map(make))
}

fn make(ispb: &str) -> Keys {
    let folder = tempfile::tempdir().unwrap();
    let mut options = PkiOptions::default();
    options.ispb = ispb.to_owned();
    let pki = ThrowawayPki::create(&folder.path().join("pki"), &options).unwrap();
    let open = |path: &PathBuf| key::open(path.to_str().unwrap(), None).unwrap();
    Keys {
        bacen: open(&pki.bacen_signature.key_path),
        psp: open(&pki.psp_signature.key_path),
        certificate: certificate(&pki.psp_signature.certificate_pem),
        pki,
    }
}
