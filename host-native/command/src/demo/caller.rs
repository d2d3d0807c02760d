//! The bank's own service in the demonstration: it speaks plain HTTP to the proxy.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Calls a proxy and counts the calls.
pub(super) struct Caller {
    pub(super) dict: SocketAddr,
    pub(super) spi: SocketAddr,
    calls: AtomicUsize,
}

/// What the proxy answered.
pub(super) struct Answer {
    pub(super) status: u16,
    headers: http::HeaderMap,
    pub(super) body: String,
}

impl Caller {
    pub(super) fn new(dict: SocketAddr, spi: SocketAddr) -> Self {
        Self { dict, spi, calls: AtomicUsize::new(0) }
    }

    /// How many calls were made.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    pub(super) async fn call(
        &self,
        proxy: SocketAddr,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, String> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut request =
            http::Request::builder().method(method).uri(target).header("host", proxy.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request =
            request.body(Full::new(Bytes::from(body.to_owned()))).map_err(|error| error.to_string())?;
        let stream = TcpStream::connect(proxy).await.map_err(|error| error.to_string())?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        let connection = tokio::spawn(connection);
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        connection.abort();
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }
}

impl Answer {
    /// The value of a header field.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The answer, if it has this status and its signature was proved.
    pub(super) fn proved(self, status: u16) -> Result<Self, String> {
        let answer = self.with_status(status)?;
        match answer.header("pix-signature-valid") {
            Some("true") => Ok(answer),
            other => Err(format!("pix-signature-valid: {}", other.unwrap_or("-"))),
        }
    }

    /// The answer, if it has this status; otherwise what it says instead.
    pub(super) fn with_status(self, status: u16) -> Result<Self, String> {
        if self.status == status {
            return Ok(self);
        }
        let title = self.element("title").unwrap_or_default();
        let detail = self.element("detail").unwrap_or_default();
        let detail = if detail == title { "" } else { detail };
        Err(format!("HTTP {} ≠ {status}: {title} {detail}", self.status).trim_end().to_owned())
    }

    /// The text of the first element of this name.
    pub(super) fn element(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("<{name}>"))?;
        rest.split('<').next()
    }
}
