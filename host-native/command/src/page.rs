//! The auditors' page on loopback: one file, read once, handed out as it is.

use core::convert::Infallible;
use core::time::Duration;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use lacre_core::exchange::{Reached, is_ours};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use lacre_native::patience::Patient;

/// The file's name, wherever it stands.
pub(crate) const FILE_NAME: &str = "lacre-verifier.html";

/// Largest page that is read, in bytes; one has some hundred thousand.
const PAGE_BYTES_MAX: u64 = 32 << 20;

/// How long a peer may take for its request, or to take anything off us.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections at the same time.
const CONNECTIONS_MAX: usize = 32;

/// Where the page usually stands: beside the program, in `share/lacre` of its installation, or where `cargo xtask page` puts it
/// when the program runs from a build folder.
#[must_use]
pub(crate) fn find(program: &Path) -> Option<PathBuf> {
    let installed = ["", "../share/lacre"].map(|folder| program.with_file_name(folder).join(FILE_NAME));
    let built =
        program.ancestors().skip(1).take(4).map(|folder| folder.join("web-verifier/dist").join(FILE_NAME));
    installed.into_iter().chain(built).find(|file| file.is_file())
}

/// Reads the page.
///
/// # Errors
/// If it cannot be read, or is far too large to be the page.
pub(crate) fn read(path: &Path) -> io::Result<Bytes> {
    let mut page = Vec::new();
    File::open(path)?.take(PAGE_BYTES_MAX + 1).read_to_end(&mut page)?;
    if u64::try_from(page.len()).is_ok_and(|length| length > PAGE_BYTES_MAX) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "too large to be the page"));
    }
    Ok(page.into())
}

/// Hands out the page until `stop` says `true`.
pub(crate) async fn serve(listener: TcpListener, page: Bytes, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.len() >= CONNECTIONS_MAX {
            connections.join_next().await;
        }
        tokio::select! {
            _ = stop.changed() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connection(stream, page.clone()))),
                // Out of descriptors, most likely: others will be closed.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, page: Bytes) {
    let reached = stream.local_addr().map_or(Reached::Unknown, |address| Reached::Address(address.ip()));
    let service = service_fn(|request| {
        let answer = answer(&request, &page, &reached);
        async { Ok::<_, Infallible>(answer) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(Patient::new(stream, PATIENCE)), service);
    // A browser that goes away early is no event.
    drop(connection.await);
}

fn answer(request: &Request<Incoming>, page: &Bytes, reached: &Reached) -> Response<Full<Bytes>> {
    let hosts = request.headers().get_all(header::HOST);
    let (status, body) = match (request.method(), request.uri().path()) {
        // A page of somebody else's, under whose name this machine is reached, is not to frame or read this one.
        _ if !hosts.iter().all(|host| is_ours(host.as_bytes(), reached, &[])) => {
            (StatusCode::MISDIRECTED_REQUEST, Bytes::new())
        }
        (&Method::GET | &Method::HEAD, "/" | "/index.html" | "/lacre-verifier.html") => {
            (StatusCode::OK, page.clone())
        }
        (&Method::GET | &Method::HEAD, _) => (StatusCode::NOT_FOUND, Bytes::new()),
        _ => (StatusCode::METHOD_NOT_ALLOWED, Bytes::new()),
    };
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // The page carries its own policy; only this part of one cannot stand in a page.
        (header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}
