//! Large requests: bounded, behind the small ones of every channel, and hardly recorded when they are refused.

use core::net::SocketAddr;
use core::time::Duration;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};

use lacre_core::exchange::{Channel, Headers, Outbound, Policy, Record, Response, Sending, gzip_packed};
use lacre_core::{Certificate, Ispb, Trust, limits};
use lacre_native::audit::{AuditError, AuditSink, Intending, Recording};
use lacre_native::clock::unix_ms;
use lacre_native::exchange::{Exchanges, Sent, Transport};
use lacre_native::key;
use lacre_native::proxy::{FrontLimits, serve};
use lacre_native::rsa::AwsLc;
use lacre_simulator::samples;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};

use super::world::{World, call, octets, raw};

const MESSAGES: &str = "/api/v1/in/12345678/msgs";
const GZIP: [(&str, &str); 1] = [("Content-Encoding", "gzip")];
const LOOKUP: &str = "/api/v2/entries/nobody%40pix.example";
const READER: [(&str, &str); 3] = [
    ("PI-RequestingParticipant", "12345678"),
    ("PI-PayerId", samples::PAYER_TAX_ID),
    ("PI-EndToEndId", "E12345678202611232000aaaaaaaaaaa"),
];

/// A payment of about so many bytes, all of them blanks between its elements but a few thousand.
fn payment(bytes: usize) -> String {
    let payment = samples::pacs_008(&Ispb::new("12345678").unwrap(), unix_ms()).xml;
    payment.replace("</Document>", &format!("{}</Document>", " ".repeat(bytes)))
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_bombs_at_once_leave_the_other_channel_alone_and_the_archive_small() {
    let world = World::start().await;
    // Thirty kilobytes that would be thirty megabytes.
    let bomb = Arc::new(gzip_packed(&vec![b' '; 30 << 20]));
    let (spi, dict) = (world.spi, world.dict);
    let mut calls = JoinSet::new();
    for _ in 0..8 {
        let bomb = Arc::clone(&bomb);
        calls.spawn(async move {
            let answer = call(spi, "POST", MESSAGES, &GZIP, bomb.as_slice()).await;
            assert_eq!((answer.status, answer.element("code")), (413, "gzip-too-large"));
        });
        calls.spawn(async move {
            for _ in 0..4 {
                assert_eq!(call(dict, "GET", LOOKUP, &READER, "").await.status, 404);
            }
        });
    }
    while let Some(ended) = calls.join_next().await {
        ended.unwrap();
    }
    let place = world.end().await;
    let bytes = folder_bytes(&place.path("audit"));
    assert!(bytes < 1 << 20, "{bytes} bytes of audit");
    let rows = place.rows();
    let refused: Vec<_> = rows.iter().filter(|row| row.text("channel") == Some("spi")).collect();
    assert_eq!((rows.len(), refused.len()), (40, 8));
    let hash: String = lacre_core::sha256(&bomb).iter().map(|byte| format!("{byte:02x}")).collect();
    for row in refused {
        assert_eq!(row.text("request_wire_sha256"), Some(hash.as_str()));
        assert_eq!(row.text("request_body_encoding"), Some("omitted"));
    }
}

fn folder_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let path = entry.path();
            if path.is_dir() { folder_bytes(&path) } else { entry.metadata().unwrap().len() }
        })
        .sum()
}

/// A BACEN that has nothing to say.
#[derive(Debug)]
struct Silent;

impl Transport for Silent {
    fn send<'a>(&'a self, _request: &'a Outbound, _limit: Duration) -> Sent<'a> {
        Box::pin(async { Ok(Response { status: 204, headers: Headers::new(), body: Vec::new() }) })
    }
}

/// Takes the intent of a request only when it is told to: until then whoever asks stands still.
#[derive(Debug)]
struct Gate {
    reached: mpsc::Sender<()>,
    open: Mutex<mpsc::Receiver<()>>,
}

impl AuditSink for Gate {
    fn record(&self, _record: Record) -> Recording<'_> {
        Box::pin(async { Err(AuditError::Late) })
    }

    fn intend(&self, _sending: &Sending<'_>) -> Option<Intending<'_>> {
        self.reached.send(()).unwrap();
        let opened = self.open.lock().unwrap().recv_timeout(Duration::from_secs(60));
        Some(Box::pin(async move { opened.map_err(|_| AuditError::Late) }))
    }
}

#[derive(Debug)]
struct Nowhere;

impl AuditSink for Nowhere {
    fn record(&self, _record: Record) -> Recording<'_> {
        Box::pin(async { Err(AuditError::Late) })
    }
}

/// A front over a BACEN that is silent.
async fn front(channel: Channel, audit: Arc<dyn AuditSink>, more: impl FnOnce(&mut Policy)) -> SocketAddr {
    let keys = lacre_tests::root().join("tests/keys");
    let signer = key::open(keys.join("psp.key").to_str().unwrap(), None).unwrap();
    let pem = fs::read(keys.join("psp.pem")).unwrap();
    let certificate = Certificate::from_pem_or_der(&pem, &AwsLc).unwrap().pop().unwrap();
    let mut policy = Policy::new(channel, "bacen.example:1", certificate, Arc::new(Trust::new()));
    more(&mut policy);
    let exchanges = Exchanges::new(Arc::new(policy), signer, Arc::new(Silent), audit);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopping) = watch::channel(false);
    let exchanges = watch::channel(Arc::new(exchanges)).1;
    tokio::spawn(async move {
        let _stop = stop;
        serve(listener, exchanges, FrontLimits::default(), stopping).await;
    });
    address
}

/// With one thread for everybody, what a large request does on it would keep all others waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn while_a_large_request_is_handled_others_are_answered() {
    let (reached, mut at_the_gate) = mpsc::channel();
    let (open, opened) = mpsc::channel();
    let gate = Gate { reached, open: Mutex::new(opened) };
    let spi = front(Channel::Spi, Arc::new(gate), |_| {}).await;
    let dict = front(Channel::Dict, Arc::new(Nowhere), |_| {}).await;
    for body in [payment(200_000).into_bytes(), gzip_packed(payment(200_000).as_bytes())] {
        let coding = if body.starts_with(b"<") { &[][..] } else { &GZIP[..] };
        let large = tokio::spawn(async move { call(spi, "POST", MESSAGES, coding, body).await });
        at_the_gate = spawn_blocking(move || {
            at_the_gate.recv_timeout(Duration::from_secs(60)).unwrap();
            at_the_gate
        })
        .await
        .unwrap();
        for _ in 0..4 {
            assert_eq!(call(dict, "GET", LOOKUP, &[], "").await.status, 204);
        }
        assert!(!large.is_finished());
        open.send(()).unwrap();
        assert_eq!(large.await.unwrap().status, 204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_as_large_as_its_channel_takes_unpacked() {
    let usual = front(Channel::Spi, Arc::new(Nowhere), |_| {}).await;
    let wide = |policy: &mut Policy| policy.request_bytes_max = limits::SECONDARY_REQUEST_BYTES_MAX;
    let wide = front(Channel::Spi, Arc::new(Nowhere), wide).await;
    let large = payment(limits::REQUEST_BYTES_MAX);
    let fits = payment(limits::REQUEST_BYTES_MAX - (large.len() - limits::REQUEST_BYTES_MAX));
    for (address, message, status) in [
        (usual, &fits, 204),
        (usual, &large, 413),
        (wide, &large, 204),
        (wide, &payment(limits::SECONDARY_REQUEST_BYTES_MAX), 413),
    ] {
        let mut plain = octets("POST", MESSAGES, &[], message.as_bytes());
        if status == 413 {
            // Its length is enough: nobody reads the rest.
            plain.truncate(1000);
        }
        let answer = spawn_blocking(move || raw(address, &plain)).await.unwrap();
        assert_eq!(answer.status, status);
        let body = gzip_packed(message.as_bytes());
        assert_eq!(call(address, "POST", MESSAGES, &GZIP, body).await.status, status);
    }
}
