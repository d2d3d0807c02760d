//! What the proxy writes about itself, whatever fails and however much it is asked to say, holds nothing that anybody must not read.

use core::net::SocketAddr;
use std::fs::{self, File};
use std::process::{Child, Command, Stdio};

use lacre_core::Ispb;
use lacre_native::clock::unix_ms;
use lacre_simulator::samples;
use lacre_simulator::{Fault, Running, Simulator, setup};

use super::world::{Answer, Place, call};

const PASSPHRASE: &str = "senha-que-ninguem-le";
const MESSAGES: &str = "/api/v1/in/12345678/msgs";

/// The proxy as a process with an encrypted key, saying everything it can.
struct Proxy<'a> {
    place: &'a Place,
    child: Child,
}

impl<'a> Proxy<'a> {
    fn start(place: &'a Place, level: &str, passphrase: &str) -> Self {
        let mut command = Command::new(lacre_tests::lacre());
        command.args(["proxy", "--lang", "en", "--config"]).arg(place.config());
        command.env("LACRE_LOG", level).env("LACRE_PASSPHRASE", passphrase);
        let log = File::create(place.path("log")).unwrap();
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        Self { place, child }
    }

    fn said(&self) -> String {
        fs::read_to_string(self.place.path("log")).unwrap()
    }

    /// Where it listens for a channel, once it has said so.
    fn address(&self, channel: &str) -> SocketAddr {
        for _ in 0..400 {
            let said = self.said();
            let address = said.lines().find_map(|line| line.strip_prefix(&format!("{channel} http://")));
            if let Some(address) = address.and_then(|rest| rest.split(' ').next()?.parse().ok()) {
                return address;
            }
            std::thread::sleep(core::time::Duration::from_millis(50));
        }
        panic!("it does not start: {}", self.said());
    }

    fn end(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{}", self.said());
        self.said()
    }
}

impl Drop for Proxy<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn bacen(place: &Place) -> Running {
    let config = setup::of_pki(&place.path("pki")).unwrap().on_free_ports();
    let bacen = Simulator::start(config).await.unwrap();
    place.configure(bacen.dict_addr().port(), bacen.spi_addr().port());
    bacen
}

/// Puts the signing key behind a passphrase; gives the key as it was.
fn lock(place: &Place) -> String {
    let (open, locked) = (place.path("pki/psp-signature.key"), place.path("pki/locked.key"));
    let key = fs::read_to_string(&open).unwrap();
    let mut openssl = Command::new("openssl");
    openssl.args(["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", &format!("pass:{PASSPHRASE}"), "-in"]);
    let status = openssl.arg(&open).arg("-out").arg(&locked).stderr(Stdio::null()).status().unwrap();
    assert!(status.success());
    place.edit("pki/psp-signature.key", "pki/locked.key");
    key
}

/// What must not be said: the passphrase, every line of every key, and what messages and headers tell of people.
fn secrets(place: &Place, signing_key: &str) -> Vec<String> {
    let channel_key = fs::read_to_string(place.path("pki/psp-channel.key")).unwrap();
    let locked_key = fs::read_to_string(place.path("pki/locked.key")).unwrap();
    let keys = [signing_key, &channel_key, &locked_key].map(|key| key.lines().collect::<Vec<_>>()).concat();
    let lines = keys.into_iter().filter(|line| line.len() > 20 && !line.starts_with('-'));
    let told = [
        PASSPHRASE,
        "PRIVATE KEY",
        samples::PAYER_TAX_ID,
        samples::KEY,
        samples::KEY_HELD.trim_start_matches('+'),
        "E12345678202611232000",
        "SignatureValue>",
        "<Key>",
        "CdtTrfTxInf",
    ];
    lines.chain(told).map(str::to_owned).collect()
}

async fn read(dict: SocketAddr) -> Answer {
    let headers = [
        ("PI-RequestingParticipant", "12345678"),
        ("PI-PayerId", samples::PAYER_TAX_ID),
        ("PI-EndToEndId", "E12345678202611232000aaaaaaaaaaa"),
    ];
    let target = format!("/api/v2/entries/{}", samples::KEY_HELD.replace('+', "%2B"));
    call(dict, "GET", &target, &headers, "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_no_secret_and_nothing_of_a_message() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let bank = Ispb::new("12345678").unwrap();
    for level in ["info", "trace"] {
        let place = Place::new(1, 1);
        let bacen = bacen(&place).await;
        let signing_key = lock(&place);
        let proxy = Proxy::start(&place, level, PASSPHRASE);
        let (dict, spi) = (proxy.address("dict"), proxy.address("spi"));
        let entry = samples::create_entry(&bank);
        assert_eq!(call(dict, "POST", "/api/v2/entries/", &[], &entry).await.status, 201, "{}", proxy.said());
        assert_eq!(read(dict).await.status, 200);
        bacen.faults().ask(Fault::TamperNextAnswer);
        assert_eq!(read(dict).await.status, 502);
        bacen.faults().ask(Fault::DropConnection);
        let payment = samples::pacs_008(&bank, unix_ms());
        assert_eq!(call(spi, "POST", MESSAGES, &[], &payment.xml).await.status, 502);
        let cut = entry.split_at(entry.len() / 2).0;
        assert!((400..500).contains(&call(dict, "POST", "/api/v2/entries/", &[], cut).await.status));
        bacen.shutdown().await;
        assert_eq!(read(dict).await.status, 503);
        let said = proxy.end();
        assert!(said.contains("digest-mismatch") && said.contains("connection-lost"), "{said}");
        for secret in secrets(&place, &signing_key) {
            assert!(!said.contains(&secret), "{level}: `{secret}` is in the log: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_does_not_open_is_named_and_not_shown() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let place = Place::new(1, 1);
    let signing_key = lock(&place);
    let whole = fs::read_to_string(place.path("pki/locked.key")).unwrap();
    let wrong = "outra-que-ninguem-le";
    let damaged = whole.replacen("MII", "MIJ", 1);
    for (key, passphrase) in
        [(whole.as_str(), wrong), (&damaged, PASSPHRASE), (&whole[..whole.len() / 2], PASSPHRASE)]
    {
        fs::write(place.path("pki/locked.key"), key).unwrap();
        let mut proxy = Proxy::start(&place, "trace", passphrase);
        assert_eq!(proxy.child.wait().unwrap().code(), Some(2), "{}", proxy.said());
        let said = proxy.said();
        assert!(said.contains("locked.key"), "{said}");
        for secret in secrets(&place, &signing_key).into_iter().chain([wrong.to_owned()]) {
            assert!(!said.contains(&secret), "`{secret}` is in the log: {said}");
        }
    }
}
