//! The proxy's front over a BACEN that is a function: what arrives there, octet for octet.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use lacre_core::exchange::{
    Channel, Failure, Headers, Outbound, Outcome, Policy, Record, Response, host_names,
};
use lacre_core::{Certificate, Trust};
use lacre_native::audit::{AuditError, AuditSink, Recording};
use lacre_native::exchange::{Exchanges, SendError, Sent, Transport};
use lacre_native::key;
use lacre_native::proxy::{FrontLimits, serve};
use lacre_native::rsa::AwsLc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::world::{call, octets, raw};

/// Remembers what was sent; answers 204 after a while, or fails so many times first.
#[derive(Debug)]
struct Bacen {
    sent: Mutex<Vec<Outbound>>,
    delay: Duration,
    failures: Mutex<Vec<Failure>>,
}

impl Transport for Bacen {
    fn send<'a>(&'a self, request: &'a Outbound, _limit: Duration) -> Sent<'a> {
        Box::pin(async move {
            self.sent.lock().unwrap().push(request.clone());
            tokio::time::sleep(self.delay).await;
            match self.failures.lock().unwrap().pop() {
                Some(failure) => Err(SendError::new(failure, "asked for")),
                None => Ok(Response { status: 204, headers: Headers::new(), body: Vec::new() }),
            }
        })
    }
}

#[derive(Debug, Default)]
struct Memory(Mutex<Vec<Record>>);

impl AuditSink for Memory {
    fn record(&self, record: Record) -> Recording<'_> {
        self.0.lock().unwrap().push(record);
        // An archive that is late must not hold up anybody.
        Box::pin(async { Err(AuditError::Late) })
    }
}

pub(crate) struct Front {
    pub(crate) address: SocketAddr,
    bacen: Arc<Bacen>,
    audit: Arc<Memory>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Front {
    async fn start(delay: Duration, failures: Vec<Failure>) -> Self {
        let mut limits = FrontLimits::default();
        limits.request_bytes = 1000;
        Self::start_within(limits, delay, failures).await
    }

    async fn start_within(limits: FrontLimits, delay: Duration, failures: Vec<Failure>) -> Self {
        Self::start_on(
            TcpListener::bind("127.0.0.1:0").await.unwrap(),
            Channel::Dict,
            limits,
            delay,
            failures,
        )
    }

    pub(crate) fn start_on(
        listener: TcpListener,
        channel: Channel,
        limits: FrontLimits,
        delay: Duration,
        failures: Vec<Failure>,
    ) -> Self {
        let keys = lacre_tests::root().join("tests/keys");
        let signer = key::open(keys.join("psp.key").to_str().unwrap(), None).unwrap();
        let pem = std::fs::read(keys.join("psp.pem")).unwrap();
        let certificate = Certificate::from_pem_or_der(&pem, &AwsLc).unwrap().pop().unwrap();
        let mut policy = Policy::new(channel, "dict.example:1", certificate, Arc::new(Trust::new()));
        policy.own_hosts = host_names("pix.bank.example").unwrap();
        let bacen = Arc::new(Bacen { sent: Mutex::default(), delay, failures: Mutex::new(failures) });
        let audit = Arc::new(Memory::default());
        let exchanges = Exchanges::new(
            Arc::new(policy),
            signer,
            Arc::<Bacen>::clone(&bacen),
            Arc::<Memory>::clone(&audit),
        );
        let address = listener.local_addr().unwrap();
        let (stop, stopping) = watch::channel(false);
        let task = tokio::spawn(serve(listener, watch::channel(Arc::new(exchanges)).1, limits, stopping));
        Self { address, bacen, audit, stop, task }
    }

    pub(crate) fn sent(&self) -> Vec<Outbound> {
        self.bacen.sent.lock().unwrap().clone()
    }

    pub(crate) fn reasons(&self) -> Vec<Option<&'static str>> {
        self.audit.0.lock().unwrap().iter().map(|record| record.outcome_reason).collect()
    }

    fn outcomes(&self) -> Vec<Outcome> {
        self.audit.0.lock().unwrap().iter().map(|record| record.outcome).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn path_and_query_arrive_byte_for_byte() {
    let front = Front::start(Duration::ZERO, Vec::new()).await;
    let targets = [
        "/api/v2/entries/%2B5571999990042?IncludeStatistics=true",
        "/api/v2/entries/a%40b.example",
        "/api/v2/a//b/;c=d?x=%zz&&y=?z/../",
        "/api/v2/a?",
    ];
    for target in targets {
        assert_eq!(call(front.address, "GET", target, &[], "").await.status, 204);
    }
    let sent: Vec<_> = front.sent().into_iter().map(|sent| sent.target).collect();
    assert_eq!(sent, targets);
    assert!(front.sent().iter().all(|sent| sent.headers.first("host").unwrap().text() == "dict.example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_too_large_is_refused_however_it_comes() {
    let front = Front::start(Duration::ZERO, Vec::new()).await;
    let large = vec![b'x'; 1001];
    let answer = call(front.address, "POST", "/api/v2/entries/", &[], &large).await;
    assert_eq!((answer.status, answer.element("code")), (413, "request-too-large"));
    let mut chunked = b"POST /api/v2/entries/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n".to_vec();
    chunked.extend(&large);
    chunked.extend(b"\r\n0\r\n\r\n");
    let address = front.address;
    let answer = tokio::task::spawn_blocking(move || raw(address, &chunked)).await.unwrap();
    assert_eq!((answer.status, answer.element("code")), (413, "request-too-large"));
    assert_eq!(front.outcomes(), [Outcome::RequestRefused; 2]);
    assert!(front.sent().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_waits_for_100_is_told_to_go_on() {
    let front = Front::start(Duration::ZERO, Vec::new()).await;
    let request = octets("POST", "/api/v2/entries/", &[("Expect", "100-continue")], b"<CreateEntryRequest/>");
    let address = front.address;
    let answer = tokio::task::spawn_blocking(move || raw(address, &request)).await.unwrap();
    assert_eq!(answer.status, 204);
    assert!(front.sent()[0].headers.first("expect").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_a_browser_gets_nothing_signed() {
    let front = Front::start(Duration::ZERO, Vec::new()).await;
    for header in [
        ("Origin", "https://page.example"),
        ("Origin", "null"),
        ("Referer", "https://page.example/"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "no-cors"),
        ("Upgrade-Insecure-Requests", "1"),
    ] {
        let answer =
            call(front.address, "POST", "/api/v2/entries/", &[header], "<CreateEntryRequest/>").await;
        assert_eq!((answer.status, answer.element("code")), (400, "header-syntax"));
        assert_eq!(call(front.address, "GET", "/health", &[header], "").await.status, 400);
    }
    assert!(front.sent().is_empty());
    // Node's own `fetch` is no browser.
    let answer = call(front.address, "GET", "/api/v2/entries/x", &[("Sec-Fetch-Mode", "cors")], "").await;
    assert_eq!(answer.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_to_its_own_names_only() {
    let front = Front::start(Duration::ZERO, Vec::new()).await;
    let ask = async |host: &str, target: &str| {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let address = front.address;
        tokio::task::spawn_blocking(move || raw(address, request.as_bytes())).await.unwrap()
    };
    let port = front.address.port();
    let others = ["page.example", "localhost.page.example", "0.0.0.0", "192.0.2.1", "[::]", "bank.example"];
    for host in others {
        for host in [host.to_owned(), format!("{host}:{port}")] {
            for target in ["/api/v2/entries/x", "/health"] {
                let answer = ask(&host, target).await;
                assert_eq!((answer.status, answer.element("code")), (421, "host-unknown"), "{host}");
            }
        }
    }
    assert!(front.sent().is_empty());
    assert_eq!(front.reasons(), [Some("host-unknown"); 4 * 6]);
    for host in ["localhost", "LOCALHOST", "127.0.0.1", "[::1]", "pix.bank.example", "Pix.Bank.Example."] {
        for host in [host.to_owned(), format!("{host}:{port}"), format!("{host}:9")] {
            assert_eq!(ask(&host, "/api/v2/entries/x").await.status, 204, "{host}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_nothing_gives_way_to_who_does() {
    let mut limits = FrontLimits::default();
    limits.connections = 3;
    let front = Front::start_within(limits, Duration::ZERO, Vec::new()).await;
    let address = front.address;
    let connect = |octets: &[u8]| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(octets).unwrap();
        stream
    };
    let kept =
        String::from_utf8(octets("GET", "/health", &[], b"")).unwrap().replace("Connection: close\r\n", "");
    let ask = async || call(address, "GET", "/api/v2/entries/x", &[], "").await.status;
    // Those that never asked, those in the middle of their first request, and those that keep their connection for later.
    for opening in ["", "GET /api/v2/entries/x HTTP/1.1\r\nHo", kept.as_str()] {
        let mut all: Vec<_> = (0..3).map(|_| connect(opening.as_bytes())).collect();
        if opening == kept {
            for stream in &mut all {
                assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
            }
        }
        for _ in 0..4 {
            assert_eq!(ask().await, 204, "{opening}");
        }
    }
    let slow = "POST /api/v2/entries/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n<a";
    let bodies: Vec<_> = (0..3).map(|_| connect(slow.as_bytes())).collect();
    assert_eq!(ask().await, 204);
    drop(bodies);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_request_has_to_come_soon_and_its_answer_may_be_late() {
    let mut limits = FrontLimits::default();
    limits.first_head_timeout = Duration::from_millis(200);
    let front = Front::start_within(limits, Duration::from_millis(700), Vec::new()).await;
    let address = front.address;
    let asking = call(address, "GET", "/api/v2/entries/x", &[], "");
    let silent = tokio::task::spawn_blocking(move || {
        ["", "GET /api/v2/entries/x HTTP/1.1\r\nHo"].map(|opening| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            stream.write_all(opening.as_bytes()).unwrap();
            stream.read(&mut [0]).map_err(|error| error.kind())
        })
    });
    let (answer, silent) = tokio::join!(asking, silent);
    assert_eq!(answer.status, 204);
    for heard in silent.unwrap() {
        assert!(matches!(heard, Ok(0) | Err(ErrorKind::ConnectionReset)), "{heard:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_that_it_is_there() {
    let front = Front::start(Duration::ZERO, Vec::new()).await;
    let answer = call(front.address, "GET", "/health", &[], "").await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("\"channel\":\"dict\""));
    assert_eq!(call(front.address, "POST", "/health", &[], "x").await.status, 405);
    assert!(front.outcomes().is_empty(), "health is no exchange");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_leaves_its_exchange_to_its_end() {
    let front = Front::start(Duration::from_millis(300), Vec::new()).await;
    let address = front.address;
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(&octets("POST", "/api/v2/entries/", &[], b"<CreateEntryRequest/>")).unwrap();
        // Long enough for the request to be read, too short for the answer.
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        assert!(stream.read(&mut [0]).is_err());
    })
    .await
    .unwrap();
    // Asked to stop at once, it still waits for what is under way.
    front.stop.send_replace(true);
    front.task.await.unwrap();
    let outcomes: Vec<_> = front.audit.0.lock().unwrap().iter().map(|record| record.outcome).collect();
    assert_eq!(outcomes, [Outcome::Answered]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_never_asks_does_not_hold_up_the_end() {
    let front = Front::start(Duration::from_millis(800), Vec::new()).await;
    let address = front.address;
    let silent = TcpStream::connect(address).unwrap();
    let mut halfway = TcpStream::connect(address).unwrap();
    halfway.write_all(b"GET /api/v2/entries/x HTTP/1.1\r\nHo").unwrap();
    let asking = tokio::spawn(async move { call(address, "GET", "/api/v2/entries/x", &[], "").await.status });
    while front.sent().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    front.stop.send_replace(true);
    let ended = tokio::time::timeout(Duration::from_secs(5), front.task).await;
    assert!(ended.is_ok(), "it waited for those who never asked");
    assert_eq!(asking.await.unwrap(), 204, "who had asked was answered");
    drop((silent, halfway));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_takes_no_answers_is_given_up() {
    let mut limits = FrontLimits::default();
    limits.body_timeout = Duration::from_millis(300);
    let front = Front::start_within(limits, Duration::ZERO, Vec::new()).await;
    let address = front.address;
    let given_up = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
        let many = octets("GET", "/health", &[], b"").repeat(1000);
        let many = String::from_utf8(many).unwrap().replace("Connection: close\r\n", "");
        loop {
            if let Err(error) = stream.write_all(many.as_bytes()) {
                return error.kind();
            }
        }
    });
    let kind = given_up.await.unwrap();
    assert!(matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{kind}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_there_is_no_room_an_answer_ends_its_connection() {
    let mut limits = FrontLimits::default();
    limits.connections = 1;
    let front = Front::start_within(limits, Duration::ZERO, Vec::new()).await;
    let kept = String::from_utf8(octets("GET", "/api/v2/entries/x", &[], b"")).unwrap();
    let kept = kept.replace("Connection: close\r\n", "");
    for _ in 0..3 {
        let (address, kept) = (front.address, kept.clone());
        // It asks to keep its connection, and would so keep everybody else out.
        let answer = tokio::task::spawn_blocking(move || raw(address, kept.as_bytes())).await.unwrap();
        assert_eq!((answer.status, answer.header("connection")), (204, Some("close")));
    }
    assert_eq!(front.sent().len(), 3);

    // As long as there is room, it is kept.
    let front = Front::start(Duration::ZERO, Vec::new()).await;
    let (address, twice) =
        (front.address, [kept.into_bytes(), octets("GET", "/api/v2/entries/x", &[], b"")].concat());
    let answer = tokio::task::spawn_blocking(move || raw(address, &twice)).await.unwrap();
    assert_eq!((answer.status, answer.header("connection")), (204, None));
    assert_eq!(front.sent().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_cannot_have_been_stored_is_sent_again() {
    for (method, failure, times) in [
        ("POST", Failure::NothingSent, 2),
        ("POST", Failure::TimedOut, 1),
        ("POST", Failure::ConnectionLost, 1),
        ("GET", Failure::ConnectionLost, 2),
        ("DELETE", Failure::ConnectionLost, 1),
    ] {
        let front = Front::start(Duration::ZERO, vec![failure]).await;
        let body = if method == "POST" { "<CreateEntryRequest/>" } else { "" };
        let answer = call(front.address, method, "/api/v2/entries/", &[], body).await;
        assert_eq!(front.sent().len(), times, "{method} {failure:?}");
        assert_eq!(answer.status == 204, times == 2, "{method} {failure:?}");
        let sent = front.sent();
        assert!(sent.iter().all(|one| one.body == sent[0].body), "the very same octets");
    }
}
