//! A BACEN side that lost count of questions and answers: some come unasked, early, twice, or were another question's. All of them
//! carry BACEN's signature. No caller may get what is not his.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream as Caller;
use std::sync::Arc;

use lacre_core::{Certificate, Profile, sign_with};
use lacre_native::key::{self, Signer};
use lacre_native::rsa::AwsLc;
use lacre_native::tls::{self, Identity, PeerTrust};
use lacre_tests::live::pki;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use super::world::{Place, answers, find};

type Stream = tokio_rustls::server::TlsStream<TcpStream>;

const LOOKUPS: usize = 1000;
const CALLERS: usize = 4;

/// How it lost count.
#[derive(Clone, Copy)]
enum Manner {
    /// In turns: answers unasked, doubled, early, another's.
    Varied,
    /// Each connection answers its first question, and from then on the one before.
    Late,
}

/// BACEN's key, and how far it is.
struct Evil {
    manner: Manner,
    key: Arc<dyn Signer>,
    certificate: Certificate,
    answered: AtomicUsize,
    connected: AtomicUsize,
}

impl Evil {
    fn new(manner: Manner) -> Self {
        let path = pki().join("bacen-signature.key");
        let pem = fs::read(pki().join("bacen-signature.pem")).unwrap();
        Self {
            manner,
            key: key::open(path.to_str().unwrap(), None).unwrap(),
            certificate: Certificate::from_pem_or_der(&pem, &AwsLc).unwrap().remove(0),
            answered: AtomicUsize::new(0),
            connected: AtomicUsize::new(0),
        }
    }

    /// What the directory says of a key, signed.
    fn of(&self, key: &str) -> Vec<u8> {
        let now = jiff::Timestamp::now();
        let entry = format!(
            "<GetEntryResponse><Signature></Signature><ResponseTime>{now:.3}</ResponseTime>\
             <CorrelationId>a9f13566e19f5ca51329479a5bae60c5</CorrelationId><Entry><Key>{key}</Key><KeyType>EVP</KeyType>\
             <Account><Participant>12345678</Participant><Branch>0001</Branch><AccountNumber>0007654321</AccountNumber>\
             <AccountType>CACC</AccountType><OpeningDate>2010-01-10T03:00:00Z</OpeningDate></Account>\
             <Owner><Type>NATURAL_PERSON</Type><TaxIdNumber>11122233300</TaxIdNumber><Name>{key}</Name></Owner>\
             <CreationDate>2019-11-18T03:00:00Z</CreationDate><KeyOwnershipDate>2019-11-18T03:00:00Z</KeyOwnershipDate></Entry>\
             </GetEntryResponse>"
        );
        let sign = |digest: &[u8; 32]| self.key.sign_blocking(digest).ok();
        let body = sign_with(entry.as_bytes(), Profile::Dict, &self.certificate, sign).unwrap();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/xml;charset=utf-8\r\n";
        [format!("{head}Content-Length: {}\r\n\r\n", body.len()).as_bytes(), &body].concat()
    }

    async fn answer(&self, stream: &mut Stream, key: &str, before: &str) -> Option<()> {
        let number = self.answered.fetch_add(1, Ordering::SeqCst);
        let own = self.of(key);
        match number % 8 {
            // Another question's, a moment after the answer.
            0..=3 => {
                send(stream, &own).await?;
                tokio::time::sleep(Duration::from_millis(u64::try_from(number % 4).unwrap() + 1)).await;
                send(stream, &self.of("unasked")).await?;
            }
            4 => send(stream, &[own.as_slice(), &own].concat()).await?,
            5 => send(stream, &self.of(before)).await?,
            6 => send(stream, &[self.of("before").as_slice(), &own].concat()).await?,
            _ => send(stream, &own).await?,
        }
        Some(())
    }

    async fn serve(&self, stream: TcpStream, acceptor: &TlsAcceptor) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        let mut stream = acceptor.accept(stream).await.ok()?;
        let number = self.connected.fetch_add(1, Ordering::SeqCst);
        if matches!(self.manner, Manner::Varied) && number % 3 == 2 {
            send(&mut stream, &self.of("early")).await?;
        }
        let (mut read, mut before) = (Vec::new(), "none".to_owned());
        loop {
            let key = loop {
                if let Some(end) = find(&read, b"\r\n\r\n") {
                    let head = String::from_utf8(read.drain(..end + 4).collect()).unwrap();
                    break head.split(['/', ' ']).find(|part| part.starts_with("key-")).unwrap().to_owned();
                }
                if stream.read_buf(&mut read).await.ok()? == 0 {
                    return None;
                }
            };
            match self.manner {
                Manner::Varied => self.answer(&mut stream, &key, &before).await?,
                Manner::Late if before == "none" => send(&mut stream, &self.of(&key)).await?,
                Manner::Late => send(&mut stream, &self.of(&before)).await?,
            }
            before = key;
        }
    }
}

async fn send(stream: &mut Stream, bytes: &[u8]) -> Option<()> {
    stream.write_all(bytes).await.ok()?;
    stream.flush().await.ok()
}

fn start(runtime: &Runtime, manner: Manner) -> u16 {
    let read = |name: &str| fs::read(pki().join(name)).unwrap();
    let identity = Identity::from_pem(&read("bacen-channel.pem"), &read("bacen-channel.key")).unwrap();
    let clients = PeerTrust::from_pem(&read("ca.pem")).unwrap();
    let config = tls::server_config(&identity, &clients, tls::TLS_12_AND_13).unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    let evil = Arc::new(Evil::new(manner));
    runtime.spawn(async move {
        let acceptor = TlsAcceptor::from(config);
        while let Ok((stream, _)) = listener.accept().await {
            let (evil, acceptor) = (Arc::clone(&evil), acceptor.clone());
            tokio::spawn(async move { evil.serve(stream, &acceptor).await });
        }
    });
    port
}

/// How many of a caller's lookups were answered, each with what was asked.
fn look_up(caller: usize, lookups: usize, place: &Place) -> usize {
    let mut answered = 0;
    for number in 0..lookups {
        let key = format!("key-{caller}-{number}");
        let mut stream = Caller::connect(place.dict()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let fields = "Host: localhost\r\nConnection: close\r\nPI-RequestingParticipant: 12345678\r\n";
        write!(stream, "GET /api/v2/entries/{key} HTTP/1.1\r\n{fields}\r\n").unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).unwrap();
        let heard = answers(&heard).remove(0);
        let body = String::from_utf8_lossy(&heard.body).into_owned();
        if heard.status == 200 {
            assert!(body.contains(&format!("<Key>{key}</Key>")), "{key} got {body}");
            answered += 1;
        } else {
            assert!(heard.status >= 500 && !body.contains("<Entry>"), "{key}: {} {body}", heard.status);
        }
    }
    answered
}

#[test]
fn no_answer_reaches_another_caller_whatever_comes_from_bacens_side() {
    let runtime = Runtime::new().unwrap();
    let port = start(&runtime, Manner::Varied);
    let place = Place::new(port, port);
    let answered: usize = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                scope.spawn({
                    let place = &place;
                    move || look_up(caller, LOOKUPS / CALLERS, place)
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).sum()
    });
    assert!(answered > LOOKUPS / 5, "{answered}");
    assert!(place.proxy.errors().iter().any(|line| line.contains("answer_unasked")), "no alarm");
    place.stop();
}

#[test]
fn a_connection_that_answered_another_question_gets_no_further_one() {
    let runtime = Runtime::new().unwrap();
    let port = start(&runtime, Manner::Late);
    let place = Place::new(port, port);
    // The first answer of each connection is the caller's own, the second is not, and a third is never asked for.
    assert_eq!(look_up(0, 10, &place), 5);
    assert!(place.proxy.errors().iter().any(|line| line.contains("answer_mismatch")), "no alarm");
    place.stop();
}
