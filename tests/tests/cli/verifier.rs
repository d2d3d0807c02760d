//! `lacre verifier`: one file on loopback, byte for byte.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use lacre_tests::lacre;

use super::house::{House, run};

const PAGE: &str = "<!doctype html><title>página</title>";

/// A server that ends with the test.
struct Server {
    process: Child,
    address: String,
    said: String,
}

impl Server {
    fn start(house: &House) -> Self {
        house.put("page.html", PAGE);
        let mut process = Command::new(lacre())
            .args(["--lang", "en", "verifier", "--port", "0", "--page"])
            .arg(house.path("page.html"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let said: Vec<String> = lines.by_ref().take(4).map(Result::unwrap).collect();
        let address = said[0].trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { process, address, said: said.join("\n") }
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "{request} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn the_page_comes_byte_for_byte_and_nothing_else_does() {
    let house = House::new();
    let server = Server::start(&house);
    let answer = server.ask("GET /");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.ends_with(&format!("\r\n\r\n{PAGE}")), "{answer}");
    assert!(answer.contains("content-type: text/html; charset=utf-8"), "{answer}");
    assert!(answer.contains("frame-ancestors 'none'"), "{answer}");
    let hash = lacre_report::hex(&lacre_core::sha256(PAGE.as_bytes()));
    assert!(server.said.contains(&hash), "{}", server.said);
    for (request, status) in
        [("GET /../Cargo.toml", "404"), ("GET /page.html", "404"), ("POST /", "405"), ("HEAD /", "200")]
    {
        let answer = server.ask(request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
        assert!(!answer.contains("<title>"), "{request}: {answer}");
    }
}

#[test]
fn it_listens_on_loopback_alone_and_ends_well_when_it_is_told_to() {
    let house = House::new();
    let mut server = Server::start(&house);
    assert!(server.address.starts_with("127.0.0.1:"), "{}", server.address);
    let id = server.process.id().to_string();
    assert!(Command::new("kill").arg(id).status().unwrap().success());
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_page_that_is_not_there_is_said_with_its_remedy() {
    let house = House::new();
    let refused = run(&mut house.lacre(["verifier", "--page", "absent.html"]));
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("absent.html"), "{}", refused.err);
}
