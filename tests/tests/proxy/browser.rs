//! Chromium before the proxy's front: a page of anybody's whose host name is made to mean this machine, and its images and forms.

use core::fmt::Write as _;
use core::net::SocketAddr;
use core::time::Duration;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use lacre_core::exchange::Channel;
use lacre_native::proxy::FrontLimits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::front::Front;

/// What Chromium is started with, as the page's own tests start it.
const FLAGS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-proxy-server",
    // The name of the page, made to mean this machine: what a rebinding comes to.
    "--host-resolver-rules=MAP page.example 127.0.0.1",
];

/// A key and a stream: what the page is after.
const ENTRY: &str = "/api/v2/entries/%2B5561988887777";
const STREAM: &str = "/api/v1/out/12345678/stream/start";

/// The front's requests come from `lookups`, images and forms among them; what it reads it tells `report`.
fn page(dict: SocketAddr, spi: SocketAddr, report: SocketAddr) -> String {
    let (dict, spi) = (dict.port(), spi.port());
    let mut images = String::new();
    for (n, host) in ["127.0.0.1", "localhost", "page.example"].into_iter().enumerate() {
        for policy in ["no-referrer", "unsafe-url"] {
            let _ =
                write!(images, "<img referrerpolicy={policy} src=http://{host}:{spi}{STREAM}?{policy}={n}>");
        }
    }
    format!(
        "<!doctype html><meta name=referrer content=no-referrer>{images}\
         <iframe name=form></iframe>\
         <form method=post enctype=text/plain target=form action=http://page.example:{dict}/api/v2/entries/>\
         <input name='<CreateEntryRequest a' value='b\"/>'></form>\
         <script>\
         const heard = [];\
         const ask = async (what, options) => {{\
           try {{ const answer = await fetch(what, options); heard.push(answer.status + ' ' + await answer.text()); }}\
           catch (error) {{ heard.push('nothing'); }}\
         }};\
         addEventListener('load', async () => {{\
           await ask('{ENTRY}');\
           await ask('{ENTRY}', {{headers: {{'PI-RequestingParticipant': '12345678'}}}});\
           await ask('/api/v2/entries/', {{method: 'POST', body: '<CreateEntryRequest/>'}});\
           await ask('/health');\
           await ask('http://127.0.0.1:{dict}{ENTRY}', {{mode: 'no-cors'}});\
           document.forms[0].submit();\
           setTimeout(() => fetch('http://{report}/', {{method: 'POST', mode: 'no-cors', body: heard.join('|')}}), 500);\
         }});\
         </script>"
    )
}

/// Hands the page to whoever asks for one first.
async fn hand_out(listener: &TcpListener, page: &str) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        if !read_head(&mut stream).await.starts_with("GET / ") {
            continue;
        }
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
        let answer = format!("{head}Content-Length: {}\r\n\r\n{page}", page.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        return;
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    while !read.windows(4).any(|end| end == b"\r\n\r\n") {
        match tokio::time::timeout(Duration::from_secs(2), stream.read_buf(&mut read)).await {
            Ok(Ok(1..)) => {}
            _ => break,
        }
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// What the page says that it heard.
async fn told(listener: TcpListener) -> String {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut read = read_head(&mut stream).await;
        if !read.starts_with("POST ") {
            continue;
        }
        let length = read.to_ascii_lowercase().split("content-length: ").nth(1).unwrap().to_owned();
        let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
        let head = read.find("\r\n\r\n").unwrap() + 4;
        while read.len() < head + length {
            let mut more = [0; 4096];
            let bytes = stream.read(&mut more).await.unwrap();
            read.push_str(&String::from_utf8_lossy(&more[..bytes]));
        }
        return read[head..].to_owned();
    }
}

struct Browser(Child);

impl Browser {
    fn open(url: &str, profile: &Path) -> Self {
        let mut command = Command::new("chromium");
        command.args(FLAGS).arg(format!("--user-data-dir={}", profile.display())).arg(url);
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_name_is_made_to_mean_us_reads_nothing_and_has_nothing_sent() {
    if !lacre_tests::require("chromium") {
        return;
    }
    let bind = || TcpListener::bind("127.0.0.1:0");
    let (dict, spi, report) = (bind().await.unwrap(), bind().await.unwrap(), bind().await.unwrap());
    let at = |listener: &TcpListener| listener.local_addr().unwrap();
    let page = page(at(&dict), at(&spi), at(&report));
    let start = |listener, channel| {
        Front::start_on(listener, channel, FrontLimits::default(), Duration::ZERO, Vec::new())
    };
    let spi = start(spi, Channel::Spi);
    let profile = tempfile::tempdir().unwrap();
    let browser = Browser::open(&format!("http://page.example:{}/", at(&dict).port()), profile.path());
    // The name meant the page's own server until the page was there; from now on it means the proxy.
    hand_out(&dict, &page).await;
    let dict = start(dict, Channel::Dict);
    let heard = tokio::time::timeout(Duration::from_secs(60), told(report)).await.unwrap();
    drop(browser);
    let heard: Vec<_> = heard.split('|').collect();
    assert_eq!(heard.len(), 5, "{heard:?}");
    assert!(
        heard.iter().all(|one| one.starts_with('4') || one.starts_with("0 ") || *one == "nothing"),
        "{heard:?}"
    );
    assert!(heard[0].starts_with("421 ") && heard[0].contains("host-unknown"), "{heard:?}");
    assert!(dict.sent().is_empty() && spi.sent().is_empty(), "BACEN was asked");
    // Every attempt is recorded: what was asked under the page's name, and what a browser says of itself.
    for (front, least) in [(&dict, 5), (&spi, 6)] {
        let reasons = front.reasons();
        assert!(reasons.iter().all(|reason| [Some("host-unknown"), Some("header-syntax")].contains(reason)));
        assert!(reasons.len() >= least, "{reasons:?}");
    }
}
