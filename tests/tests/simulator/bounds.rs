//! Who may connect, and what a connection may do.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use http::Request;
use hyper::body::Bytes;
use lacre_native::tls::{Identity, client_config};
use lacre_simulator::{Simulator, SimulatorError};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::world::{World, channel_trust, client, config, try_send};

/// Writes octets on a connection of its own and gives what comes back until the other side closes.
fn raw(address: SocketAddr, identity: &Identity, octets: Vec<u8>) -> String {
    let tls = client_config(Some(identity), &channel_trust()).unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let tcp = TcpStream::connect(address).unwrap();
    tcp.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut stream = StreamOwned::new(ClientConnection::new(tls, name).unwrap(), tcp);
    // A peer that refuses may close before it has read everything, and without a farewell.
    let _ = stream.write_all(&octets);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

async fn raw_async(address: SocketAddr, identity: Identity, octets: impl Into<Vec<u8>>) -> String {
    let octets = octets.into();
    tokio::task::spawn_blocking(move || raw(address, &identity, octets)).await.unwrap()
}

#[tokio::test]
async fn nobody_connects_without_a_trusted_certificate() {
    let world = World::start().await;
    for address in [world.running.dict_addr(), world.running.spi_addr()] {
        let request = Request::get("/api/v1/in/catalog").body(Bytes::new()).unwrap();
        let error = try_send(&client(address, None), request).await.unwrap_err();
        assert!(error.tls_reason().is_some(), "{error:?}");
    }
}

#[tokio::test]
async fn a_trusted_channel_of_nobody_known_is_forbidden() {
    // Both CAs are trusted, but only one participant may speak; the other's certificate names an ISPB of its own.
    let world = World::start_with(|config| config.participants.truncate(1)).await;
    let refused = world.other.read("/api/v2/entries/%2B5571999990042").await;
    assert_eq!(crate::world::problem(&refused), (403, "Forbidden".to_owned()));
    let refused = world.other.open("application/xml").await;
    assert_eq!(crate::world::problem(&refused), (403, "forbidden".to_owned()));
}

#[tokio::test]
async fn health_says_that_it_is_for_testing_only() {
    let world = World::start().await;
    let address = world.running.health_addr();
    let get = move |path: &'static str| {
        let mut tcp = TcpStream::connect(address).unwrap();
        write!(tcp, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        tcp.read_to_string(&mut answer).unwrap();
        answer
    };
    let health = tokio::task::spawn_blocking(move || get("/health")).await.unwrap();
    let json: serde_json::Value = serde_json::from_str(health.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!((json["simulator"].as_str(), json["seed"].as_u64()), (Some("for testing only"), Some(0)));
    assert_eq!(json["dict"].as_str(), Some(world.running.dict_addr().to_string().as_str()));
    let other = tokio::task::spawn_blocking(move || get("/")).await.unwrap();
    assert!(other.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn a_body_of_unknown_length_is_refused() {
    let world = World::start().await;
    let request = "POST /api/v1/in/12345678/msgs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                   Content-Type: application/xml; charset=utf-8\r\n\r\n";
    let answer = raw_async(world.running.spi_addr(), world.one.channel(), request).await;
    assert!(answer.starts_with("HTTP/1.1 411"), "{answer}");
    assert!(answer.contains("https://icom.pi.rsfn.net.br/api/v1/error/lengthRequired"));
}

#[tokio::test]
async fn chunks_are_taken() {
    let world = World::start().await;
    let request = "POST /api/v1/in/12345678/msgs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                   Content-Type: application/xml; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n\
                   4\r\n<a/>\r\n0\r\n\r\n";
    let answer = raw_async(world.running.spi_addr(), world.one.channel(), request).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

#[tokio::test]
async fn slow_headers_and_bodies_are_cut_off() {
    let world = World::start_with(|config| {
        config.limits.idle = Duration::from_secs(1);
        // The handshake has this long too, on a machine that is busy.
        config.limits.read = Duration::from_secs(3);
    })
    .await;
    let started = Instant::now();
    let half = raw_async(world.running.dict_addr(), world.one.channel(), "GET /api/v2/entr").await;
    assert!(!half.starts_with("HTTP/1.1 2"), "{half}");
    let request = "POST /api/v2/entries/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n<a";
    let slow = raw_async(world.running.dict_addr(), world.one.channel(), request).await;
    assert!(slow.starts_with("HTTP/1.1 408"), "{slow}");
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn headers_without_end_are_refused() {
    let world = World::start().await;
    let many: String = (0..100).map(|number| format!("X-{number}: 1\r\n")).collect();
    let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n");
    let answer = raw_async(world.running.spi_addr(), world.one.channel(), request).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let large = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(200 << 10));
    let answer = raw_async(world.running.spi_addr(), world.one.channel(), large).await;
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
}

#[tokio::test]
async fn what_is_not_tls_or_not_http_harms_nobody() {
    let world = World::start().await;
    let address = world.running.dict_addr();
    tokio::task::spawn_blocking(move || {
        let mut tcp = TcpStream::connect(address).unwrap();
        tcp.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        let _ = tcp.read_to_end(&mut answer);
    })
    .await
    .unwrap();
    let answer = raw_async(address, world.one.channel(), "\u{0}\u{1}nonsense\r\n\r\n").await;
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    world.dict(&world.one.read("/api/v2/entries/%2B5571999990042").await, 200);
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let world = World::start().await;
    for expected in [false, true, true] {
        let request = world.one.reading("/api/v2/entries/%2B5571999990042").body(Bytes::new()).unwrap();
        let answer = world.one.dict.send(request).await.unwrap();
        assert_eq!(answer.reused, expected);
    }
}

#[tokio::test]
async fn a_stopped_simulator_answers_no_more() {
    let world = World::start().await;
    let address = world.running.dict_addr();
    world.running.shutdown().await;
    let refused = tokio::task::spawn_blocking(move || TcpStream::connect(address)).await.unwrap();
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_simulator_that_cannot_start_says_why() {
    let first = Simulator::start(config()).await.unwrap();
    let mut taken = config();
    taken.spi = first.spi_addr();
    let error = Simulator::start(taken).await.unwrap_err();
    assert!(matches!(error, SimulatorError::Bind(address, _) if address == first.spi_addr()));
    let mut lonely = config();
    lonely.participants.clear();
    assert!(matches!(Simulator::start(lonely).await.unwrap_err(), SimulatorError::NoParticipant));
}
