//! `lacre proxy` as a process: signals, and what a kill leaves.

use core::net::SocketAddr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use lacre_native::clock::unix_ms;
use lacre_simulator::samples;

use super::world::{Place, octets, raw};

struct Proxy {
    child: Child,
    dict: SocketAddr,
}

impl Proxy {
    fn start(place: &Place) -> Self {
        let mut child = Command::new(lacre_tests::lacre())
            .args(["proxy", "--config"])
            .arg(place.config())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let dict = loop {
            let line = said.next().unwrap().unwrap();
            if let Some(rest) = line.strip_prefix("dict http://") {
                break rest.split(' ').next().unwrap().parse().unwrap();
            }
        };
        // Read on, so that the log never fills the pipe.
        std::thread::spawn(move || said.for_each(drop));
        Self { child, dict }
    }

    /// One exchange that ends without BACEN; gives its identifier.
    fn exchange(&self) -> String {
        let body = samples::create_entry(&lacre_core::Ispb::new("12345678").unwrap());
        let answer = raw(self.dict, &octets("POST", "/api/v2/entries/", &[], body.as_bytes()));
        assert_eq!((answer.status, answer.element("code")), (503, "unreachable"));
        answer.header("pix-exchange-id").unwrap().to_owned()
    }

    fn signal(&mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_the_caller_was_told_survives_a_kill_and_is_shipped_once() {
    let place = Place::new(1, 1);
    let mut told = Vec::new();
    for _ in 0..2 {
        let mut proxy = Proxy::start(&place);
        told.extend((0..5).map(|_| proxy.exchange()));
        assert_eq!(proxy.signal("-KILL"), None);
    }
    let mut proxy = Proxy::start(&place);
    told.push(proxy.exchange());
    assert_eq!(proxy.signal("-TERM"), Some(0));
    let mut recorded: Vec<_> =
        place.rows().iter().map(|row| row.text("exchange_id").unwrap().to_owned()).collect();
    recorded.sort();
    told.sort();
    assert_eq!(recorded, told);
}

#[test]
fn it_does_not_start_with_faults_and_says_all_of_them() {
    let place = Place::new(1, 1);
    place.edit("listen = \"127.0.0.1:0\"\nendpoint = \"localhost:1\"\n[signature]", "[signature]");
    let started = unix_ms();
    let output = Command::new(lacre_tests::lacre())
        .args(["proxy", "--lang", "en", "--config"])
        .arg(place.config())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "after {} ms", unix_ms() - started);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("dict.listen") && text.contains("dict.endpoint"), "{text}");
}
