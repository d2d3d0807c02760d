//! A request read whole, and answers: what DICT and ICOM share of HTTP.

use core::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use lacre_core::Reason;
use lacre_core::exchange::{Headers, gzip_packed, messages};

use crate::problem::Problem;

/// A request, its body read whole.
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether a misbehaviour fell to it already.
    pub(crate) spoiled: AtomicBool,
}

pub(crate) type Answer = Response<Full<Bytes>>;

pub(crate) const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+xml");

impl Asked {
    /// Whether a misbehaviour may fall to it: one does, so that each is seen by somebody.
    pub(crate) fn may_be_spoiled(&self) -> bool {
        !self.spoiled.load(Ordering::Relaxed)
    }

    /// A header's text, if it is there once and is ASCII.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    }

    /// The path's segments, percent-decoded; a `/` at the end adds none.
    pub(crate) fn segments(&self) -> Option<Vec<String>> {
        let path = self.path.strip_prefix('/')?;
        path.strip_suffix('/').unwrap_or(path).split('/').map(percent_decoded).collect()
    }

    /// The query's pairs, percent-decoded.
    pub(crate) fn query_pairs(&self) -> Option<Vec<(String, String)>> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((percent_decoded(name)?, percent_decoded(value)?))
            })
            .collect()
    }

    /// Whether the answer may be packed.
    pub(crate) fn takes_gzip(&self) -> bool {
        let codings = self.headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        codings.flat_map(|value| value.split(',')).any(|coding| {
            let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
            let refused = parameters
                .trim()
                .strip_prefix("q=")
                .is_some_and(|q| q.trim_start_matches(['0', '.']).is_empty());
            name.trim().eq_ignore_ascii_case("gzip") && !refused
        })
    }
}

/// The messages of an ICOM body: unpacked, the parts of a multipart apart.
pub(crate) fn messages_of(asked: &Asked, bytes_max: usize) -> Result<Vec<Vec<u8>>, Problem> {
    let mut headers = Headers::new();
    for (name, value) in &asked.headers {
        headers.push(name.as_str(), value.as_bytes());
    }
    messages(&headers, &asked.body, bytes_max).map_err(|error| {
        let (status, kind) = match error.reason() {
            Reason::GzipTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "payloadTooLarge"),
            Reason::ContentEncoding => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "contentEncoding"),
            _ => (StatusCode::BAD_REQUEST, "badRequest"),
        };
        Problem::new(status, kind, error.to_string())
    })
}

/// An answer with a body, packed if the caller can unpack it.
pub(crate) fn answer(asked: &Asked, status: StatusCode, content_type: HeaderValue, body: Vec<u8>) -> Answer {
    let packed = asked.takes_gzip() && !body.is_empty();
    let body = if packed { gzip_packed(&body) } else { body };
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, content_type);
    if packed {
        answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = status;
    answer
}

/// The answer that a problem makes, its document written already.
pub(crate) fn refusal(problem: &Problem, document: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(document.into()));
    *answer.status_mut() = problem.status();
    answer.headers_mut().insert(CONTENT_TYPE, PROBLEM);
    if let Some(seconds) = problem.retry_after() {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer
}

/// Sets a header whose text we made ourselves.
pub(crate) fn set(answer: &mut Answer, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

/// Percent-decoding that refuses what is no UTF-8 or no hexadecimal digit. `+` stays `+`.
pub(crate) fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next()?, rest.next()?].map(|digit| char::from(digit).to_digit(16));
            let [Some(high), Some(low)] = digits else { return None };
            u8::try_from(high.checked_mul(16)?.checked_add(low)?).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&'static str, &'static str)]) -> Asked {
        let headers = headers.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)));
        Asked {
            method: Method::GET,
            path: "/api/v2/entries/%2B5571999990042/".to_owned(),
            query: "a=1&b=x%20y&c".to_owned(),
            headers: headers.collect(),
            body: Bytes::new(),
            spoiled: AtomicBool::default(),
        }
    }

    #[test]
    fn keys_in_paths_are_percent_decoded() {
        assert_eq!(asked(&[]).segments().unwrap(), ["api", "v2", "entries", "+5571999990042"]);
        assert_eq!(percent_decoded("a%40b+c").as_deref(), Some("a@b+c"));
        for bad in ["%", "%4", "%zz", "%ff", "%+1"] {
            assert_eq!(percent_decoded(bad), None, "{bad}");
        }
        assert_eq!(asked(&[]).query_pairs().unwrap()[1], ("b".to_owned(), "x y".to_owned()));
    }

    #[test]
    fn gzip_is_used_only_where_it_is_taken() {
        assert!(asked(&[("accept-encoding", "deflate, gzip;q=0.8")]).takes_gzip());
        assert!(!asked(&[("accept-encoding", "gzip;q=0")]).takes_gzip());
        assert!(!asked(&[]).takes_gzip());
    }
}
