//! A reply in the shape that the request's source wants.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_core::exchange::{Headers, Response};
use serde::Serialize;

use crate::event::Shape;

/// A reply as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reply {
    status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    body: String,
    is_base64_encoded: bool,
}

/// Shows the status only.
impl core::fmt::Debug for Reply {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Reply").field("status_code", &self.status_code).finish_non_exhaustive()
    }
}

impl Reply {
    /// Puts a response into a shape.
    pub(crate) fn new(response: Response, shape: Shape) -> Self {
        let Response { status, mut headers, body } = response;
        // Whatever stands before us counts the octets that it sends.
        headers.remove("content-length");
        let is_text = headers.first("content-encoding").is_none();
        let (body, is_base64_encoded) = match String::from_utf8(body) {
            Ok(text) if is_text && is_short_in_json(&text) => (text, false),
            Ok(text) => (BASE64_STANDARD.encode(text), true),
            Err(octets) => (BASE64_STANDARD.encode(octets.into_bytes()), true),
        };
        let mut reply = Self {
            status_code: status,
            status_description: None,
            headers: None,
            multi_value_headers: None,
            cookies: Vec::new(),
            body,
            is_base64_encoded,
        };
        reply.take_headers(&headers, shape);
        reply
    }

    fn take_headers(&mut self, headers: &Headers, shape: Shape) {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for header in headers.iter() {
            all.entry(header.name().to_owned()).or_default().push(header.text().into_owned());
        }
        match shape {
            // Values in both maps are merged, equal ones once: so a name that has several stands in one of them only.
            Shape::Rest => {
                self.headers = Some(once(&all));
                self.multi_value_headers = Some(all);
            }
            Shape::Http => {
                self.cookies = all.remove("set-cookie").unwrap_or_default();
                self.headers = Some(joined(all));
            }
            Shape::Balancer | Shape::BalancerMulti => {
                let phrase = http_phrase(self.status_code);
                self.status_description =
                    Some(format!("{} {phrase}", self.status_code).trim_end().to_owned());
                if shape == Shape::Balancer {
                    self.headers = Some(joined(all));
                } else {
                    self.multi_value_headers = Some(all);
                }
            }
        }
    }
}

/// Whether a text takes no more room in JSON than base64 of it: there is a limit to what Lambda hands on.
fn is_short_in_json(text: &str) -> bool {
    let escaped = text.bytes().fold(0_usize, |sum, byte| {
        let more = match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 1,
            0..b' ' => 5,
            _ => 0,
        };
        sum.saturating_add(more)
    });
    escaped <= text.len() / 3
}

fn once(all: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, String> {
    let single = all.iter().filter_map(|(name, values)| match values.as_slice() {
        [value] => Some((name.clone(), value.clone())),
        _ => None,
    });
    single.collect()
}

fn joined(all: BTreeMap<String, Vec<String>>) -> BTreeMap<String, String> {
    all.into_iter().map(|(name, values)| (name, values.join(", "))).collect()
}

fn http_phrase(status: u16) -> &'static str {
    http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn reply(shape: Shape, body: &[u8], headers: &[(&str, &str)]) -> Value {
        let headers = headers.iter().copied().collect();
        serde_json::to_value(Reply::new(Response { status: 200, headers, body: body.to_vec() }, shape))
            .unwrap()
    }

    #[test]
    fn text_goes_as_text_and_octets_in_base64() {
        let text = reply(Shape::Rest, "é".as_bytes(), &[("content-type", "application/xml")]);
        assert_eq!((&text["body"], &text["isBase64Encoded"]), (&json!("é"), &json!(false)));
        let octets = reply(Shape::Rest, b"\xff\x00", &[]);
        assert_eq!((&octets["body"], &octets["isBase64Encoded"]), (&json!("/wA="), &json!(true)));
        let packed = reply(Shape::Rest, b"abc", &[("content-encoding", "gzip")]);
        assert_eq!(packed["isBase64Encoded"], json!(true));
        assert_eq!(reply(Shape::Rest, b"\"\"\"", &[])["isBase64Encoded"], json!(true));
    }

    #[test]
    fn each_shape_has_its_headers() {
        let headers = [("via", "a"), ("via", "b"), ("set-cookie", "s=1"), ("content-length", "9")];
        let rest = reply(Shape::Rest, b"", &headers);
        assert_eq!(rest["multiValueHeaders"], json!({"via": ["a", "b"], "set-cookie": ["s=1"]}));
        assert_eq!(rest["headers"], json!({"set-cookie": "s=1"}));
        let http = reply(Shape::Http, b"", &headers);
        assert_eq!((&http["cookies"], &http["headers"]), (&json!(["s=1"]), &json!({"via": "a, b"})));
        let balancer = reply(Shape::Balancer, b"", &headers);
        assert_eq!(balancer["statusDescription"], json!("200 OK"));
        assert_eq!(balancer["headers"]["via"], json!("a, b"));
        let multi = reply(Shape::BalancerMulti, b"", &headers);
        assert_eq!(multi["multiValueHeaders"]["via"], json!(["a", "b"]));
        assert!(multi.get("headers").is_none());
    }
}
