//! One HTTP exchange on a connection of its own.

use core::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A request with a body.
#[must_use]
pub fn request(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Request<Bytes> {
    let request = headers.iter().fold(
        Request::builder().method(method).uri(target).header("host", "localhost"),
        |request, (name, value)| request.header(*name, *value),
    );
    request.body(body.into()).unwrap()
}

/// Sends a request and reads the whole answer.
///
/// # Errors
/// When the connection does not bring one.
pub async fn exchange(address: SocketAddr, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
    let tcp = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(tcp)).await.map_err(|error| error.to_string())?;
    let driver = tokio::spawn(connection);
    let answer = async {
        let answer = sender.send_request(request.map(Full::new)).await?;
        let (head, body) = answer.into_parts();
        Ok::<_, hyper::Error>(Response::from_parts(head, body.collect().await?.to_bytes()))
    };
    let answer = answer.await.map_err(|error| error.to_string());
    driver.abort();
    answer
}
