//! A caller of the proxy: its connections, its requests, and what it was told.

use core::net::SocketAddr;
use std::sync::Mutex;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use lacre_core::Ispb;
use lacre_native::clock::unix_ms;
use lacre_simulator::samples;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::signed::Signed;
use crate::live::Addresses;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// SPI: one pacs.008 goes in.
    Payment,
    /// DICT: a key is looked up.
    Lookup,
    /// DICT: a key is registered.
    Register,
    /// SPI: a stream is read on, so that what BACEN answers goes somewhere.
    Read,
}

/// Of ten requests, in this order again and again.
pub(super) const MIX: [Kind; 10] = [
    Kind::Payment,
    Kind::Lookup,
    Kind::Payment,
    Kind::Payment,
    Kind::Register,
    Kind::Payment,
    Kind::Lookup,
    Kind::Payment,
    Kind::Payment,
    Kind::Payment,
];

/// What a caller was told about its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// That it was done.
    Done,
    /// That it was not.
    NotDone,
    /// That it may have been.
    Maybe,
    /// Nothing: the connection ended.
    Nothing,
}

/// A request and its answer.
pub(super) struct Answer {
    pub(super) told: Told,
    /// The status, and for a problem its code.
    pub(super) said: String,
    /// Where a stream goes on.
    pub(super) next: Option<String>,
}

/// Connections to a channel: fewer than the proxy takes. A request that finds none waits for one, and its clock runs.
const CONNECTIONS_MAX: usize = 512;

/// Connections to both channels.
pub(super) struct Caller {
    at: Addresses,
    channels: [Connections; 2],
    signed: Option<Signed>,
}

struct Connections {
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
    room: Semaphore,
}

impl Caller {
    /// A caller whose requests are `signed` already, or will be by whoever takes them.
    pub(super) fn new(at: Addresses, signed: Option<Signed>) -> Self {
        let none = || Connections { idle: Mutex::default(), room: Semaphore::new(CONNECTIONS_MAX) };
        Self { at, channels: [none(), none()], signed }
    }

    pub(super) async fn ask(&self, kind: Kind, target: Option<&str>, number: usize) -> Answer {
        let (channel, address) = match kind {
            Kind::Payment | Kind::Read => (&self.channels[0], self.at.spi),
            Kind::Lookup | Kind::Register => (&self.channels[1], self.at.dict),
        };
        let failed = |why: String| Answer { told: Told::Nothing, said: why, next: None };
        let _room = channel.room.acquire().await.unwrap();
        let kept = channel.idle.lock().unwrap().pop();
        let kept = kept.filter(SendRequest::is_ready);
        let mut connection = match kept {
            Some(connection) => connection,
            None => match connect(address).await {
                Ok(connection) => connection,
                Err(why) => return failed(why),
            },
        };
        let body = match &self.signed {
            Some(signed) => signed.take(kind),
            None => unsigned(kind, number).into(),
        };
        let (head, body) = match connection.send_request(request(kind, target, number, body)).await {
            Ok(answer) => answer.into_parts(),
            Err(error) => return failed(error.to_string()),
        };
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return failed(error.to_string()),
        };
        if connection.ready().await.is_ok() {
            channel.idle.lock().unwrap().push(connection);
        }
        let next = head.headers.get("pi-pull-next").and_then(|next| next.to_str().ok()).map(str::to_owned);
        let (told, said) = understood(head.status.as_u16(), &body);
        Answer { told, said, next }
    }
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>, String> {
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    // How it ends is told to the request on it.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

fn understood(status: u16, body: &[u8]) -> (Told, String) {
    if (200..300).contains(&status) {
        return (Told::Done, status.to_string());
    }
    let text = String::from_utf8_lossy(body);
    let element = |name: &str| text.split_once(&format!("<{name}>"))?.1.split('<').next();
    let told = if element("maybe-accepted") == Some("true") { Told::Maybe } else { Told::NotDone };
    (told, format!("{status} {}", element("code").unwrap_or("from BACEN")))
}

/// The first place of a stream.
pub(super) const START: &str = "/api/v1/out/12345678/stream/start";

/// What is in a request, before anybody signed it.
pub(super) fn unsigned(kind: Kind, number: usize) -> String {
    let bank = Ispb::new("12345678").unwrap();
    match kind {
        Kind::Payment => samples::pacs_008(&bank, unix_ms()).xml,
        // An account of its own too: one holds five keys.
        Kind::Register => samples::create_entry(&bank)
            .replace(samples::KEY, &format!("n{number}@pix.example"))
            .replace("0007654321", &format!("{number:010}")),
        Kind::Lookup | Kind::Read => String::new(),
    }
}

fn request(kind: Kind, target: Option<&str>, number: usize, body: Bytes) -> Request<Full<Bytes>> {
    let (method, target) = match kind {
        Kind::Payment => (Method::POST, "/api/v1/in/12345678/msgs".to_owned()),
        Kind::Read => (Method::GET, target.unwrap_or(START).to_owned()),
        Kind::Lookup => (Method::GET, format!("/api/v2/entries/{}", samples::KEY_HELD.replace('+', "%2B"))),
        Kind::Register => (Method::POST, "/api/v2/entries/".to_owned()),
    };
    let mut request =
        Request::builder().method(method).uri(format!("{target}?n={number}")).header("host", "localhost");
    request = match kind {
        Kind::Read => request.header("accept", "multipart/mixed"),
        Kind::Lookup => request
            .header("pi-requestingparticipant", "12345678")
            .header("pi-payerid", samples::PAYER_TAX_ID)
            .header("pi-endtoendid", "E12345678202611232000aaaaaaaaaaa"),
        Kind::Payment | Kind::Register => request.header("content-type", "application/xml; charset=utf-8"),
    };
    request.body(Full::new(body)).unwrap()
}
