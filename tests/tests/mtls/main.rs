//! The mutual TLS client against real TLS servers: whom it trusts, and whether it knows how far a request got.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking, and has std"
)]

mod certs;
mod server;

use core::time::Duration;
use std::process::{Child, Command, Stdio};

use bytes::Bytes;
use http::Request;
use lacre_native::bacen::{BacenClient, Endpoint, Settings, TransportError, TransportKind, TransportReason};
use lacre_native::tls::{self, Identity, PeerTrust, TlsReason};

use certs::{Flag, Shape, authority};
use server::{Act, OK, OK_ONE_SECOND, Server, settings};

fn get(path: &str) -> Request<Bytes> {
    Request::get(path).body(Bytes::new()).unwrap()
}

fn post(path: &str, body: &'static str) -> Request<Bytes> {
    Request::post(path).body(Bytes::from_static(body.as_bytes())).unwrap()
}

/// A client and server that trust each other, for tests about what comes after.
async fn pair(act: Act) -> (Server, Settings) {
    let (server, client) = (Shape::default().self_signed(), Shape::default().self_signed());
    let running = Server::start(&server.identity(), &client.trust(), act).await;
    let settings = running.settings(Some(client.identity()), server.trust());
    (running, settings)
}

async fn failure(settings: Settings) -> TransportError {
    BacenClient::new(settings).unwrap().send(post("/", "a payment")).await.unwrap_err()
}

#[tokio::test]
async fn a_server_is_trusted_by_its_own_certificate_or_by_its_ca() {
    let client = Shape::default().self_signed();
    let ca = authority("AC");
    let stranger = authority("AC");
    let intermediate = Shape { names: &[], ca: Flag::Yes, ..Shape::default() }.issued_by(&ca);
    let shape = Shape::default();
    let of = |ca| Shape { ca, ..shape }.self_signed();
    let named = |names| Shape { names, ..shape };
    let valid = |years| Shape { years, ..shape };
    let rsa = Shape { rsa: true, ..shape }.self_signed();
    let (absent, no, yes) = (of(Flag::Absent), of(Flag::No), of(Flag::Yes));
    let issued = shape.issued_by(&ca);
    let below = shape.issued_by(&intermediate);
    let (elsewhere, nameless) = (named(&["dict.example"]).issued_by(&ca), named(&[]).self_signed());
    let address = named(&["127.0.0.1"]).self_signed();
    let (expired, future) = (valid((2020, 2021)).issued_by(&ca), valid((2080, 2090)).issued_by(&ca));
    let by_a_leaf = shape.issued_by(&no);
    let bundle = PeerTrust::from_pem((stranger.pem() + &absent.pem() + &ca.pem()).as_bytes()).unwrap();
    assert_eq!(bundle.counts(), (2, 1));

    let rows: Vec<(&str, Identity, PeerTrust, Option<TlsReason>)> = vec![
        ("pinned, no basicConstraints", absent.identity(), absent.trust(), None),
        ("pinned, CA:FALSE", no.identity(), no.trust(), None),
        ("pinned, self-signed CA:TRUE", yes.identity(), yes.trust(), None),
        ("pinned, RSA", rsa.identity(), rsa.trust(), None),
        ("pinned, issued by a CA that is not given", issued.identity(), issued.trust(), None),
        ("issued by a given CA", issued.identity(), ca.trust(), None),
        ("issued below a given CA", below.identity_with(&intermediate), ca.trust(), None),
        ("one of several, pinned", absent.identity(), bundle.clone(), None),
        ("one of several, issued", issued.identity(), bundle.clone(), None),
        ("the chain is not sent", below.identity(), ca.trust(), Some(TlsReason::UnknownIssuer)),
        ("another CA of the same name", issued.identity(), stranger.trust(), Some(TlsReason::UnknownIssuer)),
        ("another certificate is pinned", no.identity(), absent.trust(), Some(TlsReason::UnknownIssuer)),
        ("issued by a pinned leaf", by_a_leaf.identity_with(&no), no.trust(), Some(TlsReason::UnknownIssuer)),
        ("issued, another name", elsewhere.identity(), ca.trust(), Some(TlsReason::NameMismatch)),
        ("pinned, another name", elsewhere.identity(), elsewhere.trust(), Some(TlsReason::NameMismatch)),
        (
            "pinned, another name, any will do",
            elsewhere.identity(),
            elsewhere.trust().pinned_by_any_name(),
            None,
        ),
        (
            "issued, another name, any will do",
            elsewhere.identity(),
            ca.trust().pinned_by_any_name(),
            Some(TlsReason::NameMismatch),
        ),
        ("pinned, no name but the CN", nameless.identity(), nameless.trust(), Some(TlsReason::NameMismatch)),
        ("pinned, no name, any will do", nameless.identity(), nameless.trust().pinned_by_any_name(), None),
        ("pinned, an address for a name", address.identity(), address.trust(), Some(TlsReason::NameMismatch)),
        ("issued, expired", expired.identity(), ca.trust(), Some(TlsReason::Expired)),
        ("pinned, expired", expired.identity(), expired.trust(), Some(TlsReason::Expired)),
        ("issued, not valid yet", future.identity(), ca.trust(), Some(TlsReason::NotYetValid)),
        ("pinned, not valid yet", future.identity(), future.trust(), Some(TlsReason::NotYetValid)),
    ];
    for (name, identity, trust, expected) in rows {
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            let config = tls::server_config(&identity, &client.trust(), &[version]).unwrap();
            let server = Server::with_config(config, Act::Echo).await;
            let answer = server.client(client.identity(), trust.clone()).send(get("/")).await;
            match (answer, expected) {
                (Ok(answer), None) => assert_eq!(answer.response.status(), 200, "{name}"),
                (Err(error), Some(reason)) => {
                    assert_eq!(error.tls_reason(), Some(reason), "{name}: {error}");
                    assert_eq!(error.kind(), TransportKind::NothingSent, "{name}");
                    assert_eq!(server.requests(), 0, "{name}");
                }
                (answer, _) => panic!("{name}, {:?}: {answer:?}", version.version),
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_server_is_named_so_that_it_can_be_added() {
    let (server, client) = (Shape::default().self_signed(), Shape::default().self_signed());
    let running = Server::start(&server.identity(), &client.trust(), Act::Echo).await;
    let error =
        running.client(client.identity(), client.trust()).send(get("/")).await.unwrap_err().to_string();
    let shown = tls::PeerCertificate::read(&server.identity().chain()[0]).unwrap();
    assert!(error.contains(&shown.sha256) && error.contains("CN=localhost"), "{error}");
}

#[tokio::test]
async fn a_client_is_trusted_the_same_way_and_learns_when_it_is_not() {
    let server = Shape::default().self_signed();
    let ca = authority("AC");
    let of = |ca| Shape { ca, names: &[], ..Shape::default() }.self_signed();
    let (absent, yes, stranger) = (of(Flag::Absent), of(Flag::Yes), of(Flag::No));
    let issued = Shape { names: &[], ..Shape::default() }.issued_by(&ca);
    let expired = Shape { names: &[], years: (2020, 2021), ..Shape::default() }.issued_by(&ca);
    let rows: Vec<(&str, Option<Identity>, PeerTrust, bool)> = vec![
        ("pinned", Some(absent.identity()), absent.trust(), true),
        ("pinned, CA:TRUE", Some(yes.identity()), yes.trust(), true),
        ("issued", Some(issued.identity()), ca.trust(), true),
        ("unknown to pins", Some(stranger.identity()), absent.trust(), false),
        ("unknown to a CA", Some(stranger.identity()), ca.trust(), false),
        ("expired", Some(expired.identity()), ca.trust(), false),
        ("none", None, ca.trust(), false),
    ];
    for (name, identity, clients, accepted) in rows {
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            let config = tls::server_config(&server.identity(), &clients, &[version]).unwrap();
            let running = Server::with_config(config, Act::Echo).await;
            let client = BacenClient::new(running.settings(identity.clone(), server.trust())).unwrap();
            let (handshake, answer) = (client.handshake().await, client.send(get("/")).await);
            if accepted {
                assert!(handshake.is_ok() && answer.is_ok(), "{name}: {handshake:?} {answer:?}");
                continue;
            }
            for error in [handshake.map(|_| ()).unwrap_err(), answer.map(|_| ()).unwrap_err()] {
                assert_eq!(error.tls_reason(), Some(TlsReason::RefusedByPeer), "{name}: {error}");
                // Under TLS 1.3 the request was on its way, but no server reads past a handshake that it refused.
                assert!(error.may_send_again(), "{name}");
            }
            assert_eq!(running.requests(), 0, "{name}");
        }
    }
}

#[tokio::test]
async fn speaks_tls_12_and_13_with_openssl() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let folder = tempfile::TempDir::new().unwrap();
    let server = Shape { rsa: true, ..Shape::default() }.self_signed();
    let client = Shape { rsa: true, names: &[], ..Shape::default() }.self_signed();
    let files =
        [("server.pem", server.pem()), ("server.key", server.key_pem()), ("client.pem", client.pem())];
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    // The cipher suite is the one that BACEN's manual demands of both sides.
    let twelve = ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"];
    let thirteen = ["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"];
    for (version, cipher, options) in [
        ("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", twelve),
        ("TLSv1.3", "TLS13_AES_128_GCM_SHA256", thirteen),
    ] {
        let port = free_port();
        let _openssl = Program(
            Command::new("openssl")
                .args(["s_server", "-accept", &format!("127.0.0.1:{port}"), "-www", "-Verify", "1"])
                .args(["-cert", "server.pem", "-key", "server.key", "-CAfile", "client.pem"])
                .args(["-verify_return_error", "-quiet"])
                .args(options)
                .current_dir(folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        wait_for(port).await;
        let client = BacenClient::new(settings(port, Some(client.identity()), server.trust())).unwrap();
        let answer = client.send(get("/")).await.unwrap();
        assert_eq!(answer.response.status(), 200, "{version}");
        assert_eq!((answer.peer.version.as_str(), answer.peer.cipher.as_str()), (version, cipher));
        let shown = answer.peer.certificate.clone().unwrap();
        assert_eq!(shown.subject, "CN=localhost");
        let summary = client.handshake().await.unwrap();
        assert_eq!(summary, *answer.peer);
    }
}

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        drop((self.0.kill(), self.0.wait()));
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn wait_for(port: u16) {
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing listens on {port}");
}

#[tokio::test]
async fn fifty_requests_take_one_connection() {
    let (server, settings) = pair(Act::Echo).await;
    let client = BacenClient::new(settings).unwrap();
    for number in 0..50 {
        let answer = client.send(get(&format!("/{number}"))).await.unwrap();
        assert_eq!(answer.reused, number > 0);
    }
    assert_eq!((server.connections(), server.requests()), (1, 50));
}

#[tokio::test]
async fn connections_are_as_many_as_requests_at_once_up_to_the_limit() {
    let (server, mut settings) = pair(Act::Echo).await;
    settings.connections_max = 3;
    let client = BacenClient::new(settings).unwrap();
    let sending: Vec<_> = (0..30)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.send(get("/")).await.unwrap() })
        })
        .collect();
    for sending in sending {
        sending.await.unwrap();
    }
    assert!(server.connections() <= 3, "{}", server.connections());
    assert_eq!(server.requests(), 30);
}

#[tokio::test]
async fn sends_path_and_body_as_they_are_and_the_host_without_its_port() {
    let (_server, settings) = pair(Act::Echo).await;
    let client = BacenClient::new(settings).unwrap();
    let path = "/api/v2/entries/%2B5561988887777?a=b%20c&&d=//..";
    let request = Request::post(path).header("pi-payerid", "12345678901").body(Bytes::from("<a> \r\n</a>"));
    let answer = client.send(request.unwrap()).await.unwrap();
    let seen = String::from_utf8(answer.response.body().to_vec()).unwrap();
    assert!(seen.starts_with(&format!("POST {path} HTTP/1.1\r\n")), "{seen}");
    assert!(seen.contains("\r\nhost: localhost\r\n"), "{seen}");
    assert!(seen.contains("\r\npi-payerid: 12345678901\r\n"), "{seen}");
    assert!(seen.contains("\r\ncontent-length: 10\r\n"), "{seen}");
    assert!(seen.ends_with("\r\n\r\n<a> \r\n</a>"), "{seen}");
    // Nothing is added that ICOM would refuse.
    let headers = seen.split("\r\n\r\n").next().unwrap().lines().count() - 1;
    assert_eq!(headers, 3, "{seen}");
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced_without_a_second_sending() {
    let (server, settings) = pair(Act::CloseAfter(1)).await;
    let client = BacenClient::new(settings).unwrap();
    let mut answered = 0;
    for sent in 1..=10 {
        match client.send(post("/", "a payment")).await {
            Ok(_) => answered += 1,
            // On a slow machine the request can be written before the close is seen.
            Err(error) => assert_eq!(error.kind(), TransportKind::MaybeSent, "{error}"),
        }
        assert!(server.requests() <= sent, "one was sent twice");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(answered >= 5 && server.requests() == answered, "{answered} of {}", server.requests());
}

#[tokio::test]
async fn a_handshake_says_whether_our_certificate_was_asked_for() {
    let (server, client) = (Shape::default().self_signed(), Shape::default().self_signed());
    for (asks, version) in [
        (true, &rustls::version::TLS12),
        (true, &rustls::version::TLS13),
        (false, &rustls::version::TLS12),
        (false, &rustls::version::TLS13),
    ] {
        let mut config = tls::server_config(&server.identity(), &client.trust(), &[version]).unwrap();
        if !asks {
            let open = rustls::server::NoClientAuth;
            let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
            let builder = rustls::ServerConfig::builder_with_provider(provider);
            let builder = builder.with_protocol_versions(&[version]).unwrap();
            let resolver = std::sync::Arc::clone(&config.cert_resolver);
            config = std::sync::Arc::new(
                builder.with_client_cert_verifier(std::sync::Arc::new(open)).with_cert_resolver(resolver),
            );
        }
        let running = Server::with_config(config, Act::Echo).await;
        let (_, asked) = running.client(client.identity(), server.trust()).watched_handshake().await.unwrap();
        assert_eq!(asked, Some(asks), "{version:?}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_got_nothing() {
    let (server, settings) = pair(Act::CloseAfter(0)).await;
    let error = BacenClient::new(settings).unwrap().handshake().await.unwrap_err();
    assert_eq!(error.transport_reason(), TransportReason::HungUp, "{error}");
    assert!(error.may_send_again() && !error.help().contains("may have been accepted"), "{error}");
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_request_that_was_read_is_never_sent_again() {
    for answered in [0, 1] {
        let (server, settings) = pair(Act::DropAfter(answered)).await;
        let client = BacenClient::new(settings).unwrap();
        for _ in 0..answered {
            client.send(post("/", "a payment")).await.unwrap();
        }
        let error = client.send(post("/", "a payment")).await.unwrap_err();
        assert_eq!(error.kind(), TransportKind::MaybeSent, "{error}");
        assert_eq!(error.transport_reason(), TransportReason::Lost);
        assert!(!error.may_send_again());
        assert_eq!(server.requests(), answered + 1);
    }
}

#[tokio::test]
async fn keeps_no_connection_longer_than_the_server_or_the_settings_allow() {
    let (server, mut settings) = pair(Act::Answer(OK)).await;
    settings.idle_timeout = Duration::from_millis(50);
    let client = BacenClient::new(settings).unwrap();
    client.send(get("/")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!client.send(get("/")).await.unwrap().reused);
    assert_eq!(server.connections(), 2);

    // The server's word counts if it is shorter: a second from it, less the way, is nothing.
    let (server, settings) = pair(Act::Answer(OK_ONE_SECOND)).await;
    let client = BacenClient::new(settings).unwrap();
    client.send(get("/")).await.unwrap();
    assert!(!client.send(get("/")).await.unwrap().reused);
    assert_eq!(server.connections(), 2);

    let (server, mut settings) = pair(Act::Answer(OK)).await;
    settings.connection_age_max = Duration::from_millis(50);
    let client = BacenClient::new(settings).unwrap();
    client.send(get("/")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!client.send(get("/")).await.unwrap().reused);
    assert_eq!(server.connections(), 2);
}

/// A client with two idle connections, of which the one that was opened first has said this without a question.
async fn with_two_connections(said: &'static [u8]) -> (Server, BacenClient) {
    let (server, settings) = pair(Act::ThenSay(said)).await;
    let client = BacenClient::new(settings).unwrap();
    let (one, other) = tokio::join!(client.send(get("/")), client.send(get("/")));
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(server.connections(), 2);
    tokio::time::sleep(Duration::from_millis(300)).await;
    (server, client)
}

#[tokio::test]
async fn a_byte_that_nobody_asked_for_ends_the_use_of_every_open_connection() {
    for said in [OK, b"x", b"\r\n", b"HTTP/1.1 40x", b"HTTP/1.1 401 Unauthorized\r\n"] {
        let (server, client) = with_two_connections(said).await;
        for reused in [false, true] {
            let answer = client.send(post("/", "a payment")).await.unwrap();
            assert_eq!((answer.reused, &**answer.response.body()), (reused, b"ok".as_slice()));
        }
        assert_eq!((server.connections(), server.requests()), (3, 4), "{said:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_tired_of_waiting_ends_its_own_connection_and_no_other() {
    let (server, client) = with_two_connections(
        b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    )
    .await;
    for _ in 0..3 {
        let answer = client.send(post("/", "a payment")).await.unwrap();
        assert!(answer.reused);
    }
    assert_eq!((server.connections(), server.requests()), (2, 5));
}

/// What came before the question was written is seen even where the runtime has had no time to look: the system has it.
#[test]
fn what_came_before_a_question_is_not_its_answer() {
    const OTHER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother";
    let theirs = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let ours = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (server, settings) = theirs.block_on(pair(Act::ThenSay(OTHER)));
    let client = BacenClient::new(settings).unwrap();
    ours.block_on(async {
        client.send(get("/")).await.unwrap();
        // The runtime sees nothing of this.
        std::thread::sleep(Duration::from_millis(200));
        let answer = client.send(post("/", "a payment")).await.unwrap();
        assert_eq!((&**answer.response.body(), answer.reused), (b"ok".as_slice(), false));
    });
    assert_eq!((server.connections(), server.requests()), (2, 2));
}

/// A server that refuses our certificate may do so by a reset, and after TLS 1.3 has us through with the handshake.
#[tokio::test]
async fn a_connection_that_breaks_before_the_server_lets_us_in_has_sent_nothing() {
    let (server, client) = (Shape::default().self_signed(), Shape::default().self_signed());
    for tickets in [0, 2] {
        let config = tls::server_config(&server.identity(), &client.trust(), tls::TLS_12_AND_13).unwrap();
        let mut config = std::sync::Arc::unwrap_or_clone(config);
        config.send_tls13_tickets = tickets;
        let act = if tickets == 0 { Act::Reset } else { Act::Answer(OK) };
        let running = Server::with_config(std::sync::Arc::new(config), act).await;
        let answer = running.client(client.identity(), server.trust()).send(post("/", "a payment")).await;
        assert_eq!(answer.is_ok(), tickets > 0);
        if let Err(error) = answer {
            assert_eq!(error.kind(), TransportKind::NothingSent, "{error}");
        }
    }
}

#[tokio::test]
async fn a_silent_server_is_a_time_out_after_which_nothing_is_sent_again() {
    let (server, mut settings) = pair(Act::Silent).await;
    settings.request_timeout = Duration::from_millis(300);
    let error = failure(settings).await;
    assert_eq!(error.kind(), TransportKind::TimedOut, "{error}");
    assert!(!error.may_send_again());
    assert_eq!(error.reason(), lacre_core::Reason::TimedOut);
    assert_eq!((server.connections(), server.requests()), (1, 1));
}

#[tokio::test]
async fn what_fails_before_the_request_may_be_sent_again() {
    let (_deaf, mut settings) = pair(Act::Deaf).await;
    settings.connect_timeout = Duration::from_millis(200);
    let error = failure(settings.clone()).await;
    assert_eq!(error.transport_reason(), TransportReason::ConnectTimeout, "{error}");
    assert!(error.may_send_again());

    let (_hang_up, hung_up) = pair(Act::HangUp).await;
    let error = failure(hung_up).await;
    assert_eq!(error.transport_reason(), TransportReason::Connect, "{error}");
    assert!(error.may_send_again());

    let (_plain, plain) = pair(Act::Plain).await;
    let error = failure(plain).await;
    assert_eq!(error.tls_reason(), Some(TlsReason::NotTls), "{error}");
    assert!(error.may_send_again());

    settings.endpoint = Endpoint::parse(&format!("localhost:{}", free_port())).unwrap();
    let error = failure(settings.clone()).await;
    assert_eq!(error.transport_reason(), TransportReason::Connect, "{error}");
    assert!(error.may_send_again());

    settings.endpoint = Endpoint::parse("no-such-host.invalid:16422").unwrap();
    settings.connect_timeout = Duration::from_secs(20);
    let error = failure(settings).await;
    assert_eq!(error.transport_reason(), TransportReason::Resolve, "{error}");
    assert!(error.may_send_again());
}

#[tokio::test]
async fn who_waits_for_a_connection_in_vain_has_sent_nothing() {
    let (server, mut settings) = pair(Act::Silent).await;
    settings.connections_max = 1;
    let client = BacenClient::new(settings).unwrap();
    let poll = tokio::spawn({
        let client = client.clone();
        async move { client.send_within(get("/poll"), Duration::from_secs(2)).await }
    });
    while server.requests() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let error = client.send_within(post("/", "a payment"), Duration::from_millis(200)).await.unwrap_err();
    assert_eq!(error.transport_reason(), TransportReason::Busy, "{error}");
    assert!(error.may_send_again());
    assert_eq!(poll.await.unwrap().unwrap_err().kind(), TransportKind::TimedOut);
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn answers_that_are_cut_or_broken_or_too_large_are_told_apart() {
    let long = format!("HTTP/1.1 200 OK\r\nlong: {}\r\n\r\n", "a".repeat(100_000)).leak().as_bytes();
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(200)).leak().as_bytes();
    let rows: [(&[u8], TransportKind); 11] = [
        (long, TransportKind::TooLarge),
        (many, TransportKind::TooLarge),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", TransportKind::MaybeSent),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", TransportKind::MaybeSent),
        (b"HTTP/1.1 200 O", TransportKind::MaybeSent),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", TransportKind::Syntax),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", TransportKind::Syntax),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", TransportKind::Syntax),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", TransportKind::Syntax),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n", TransportKind::TooLarge),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n01234567890123456789012345678901\r\n\
              20\r\n01234567890123456789012345678901\r\n0\r\n\r\n",
            TransportKind::TooLarge,
        ),
    ];
    for (answer, kind) in rows {
        let (server, mut settings) = pair(Act::Answer(answer)).await;
        settings.response_bytes_max = 40;
        let error = failure(settings).await;
        assert_eq!(error.kind(), kind, "{}: {error}", String::from_utf8_lossy(answer));
        assert!(!error.may_send_again());
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn reads_the_answers_that_http_allows() {
    let rows: [(&[u8], u16, &str); 4] = [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 200, "abc"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 201, ""),
        (b"HTTP/1.0 503 Service Unavailable\r\n\r\nuntil the end", 503, "until the end"),
    ];
    for (answer, status, body) in rows {
        let (_server, settings) = pair(Act::Answer(answer)).await;
        let answer = BacenClient::new(settings).unwrap().send(post("/", "a payment")).await.unwrap();
        assert_eq!((answer.response.status().as_u16(), &**answer.response.body()), (status, body.as_bytes()));
    }
}

#[test]
fn an_identity_is_a_chain_and_its_own_key() {
    let (one, other) = (Shape::default().self_signed(), Shape::default().self_signed());
    let reason =
        |chain: &str, key: &str| Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap_err().reason();
    assert_eq!(reason(&one.pem(), &other.key_pem()), TlsReason::KeyMismatch);
    assert_eq!(reason("", &one.key_pem()), TlsReason::NoCertificate);
    assert_eq!(reason(&one.pem(), &one.pem()), TlsReason::NoKey);
    assert_eq!(reason(&one.pem(), &(one.key_pem() + &other.key_pem())), TlsReason::Key);
    assert_eq!(reason(&one.pem(), "-----BEGIN ENCRYPTED PRIVATE KEY-----"), TlsReason::KeyEncrypted);
    assert_eq!(
        reason("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &one.key_pem()),
        TlsReason::Certificate
    );
    assert_eq!(PeerTrust::from_pem(b"").unwrap_err().reason(), TlsReason::NoCertificate);
    assert!(!format!("{:?}", one.identity()).contains("PRIVATE"));
}
