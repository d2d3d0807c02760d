//! What AWS makes of a request before a function sees it, and of the function's answer before the caller does.
//!
//! | source | path | query | headers | body |
//! |---|---|---|---|---|
//! | REST API | percent-encoded | decoded, in two maps | as spelled, in two maps | text, unless the API says binary |
//! | HTTP API | decoded | as it came | in small letters, joined by commas | base64, unless its type is text |
//! | load balancer | percent-encoded | as it came, in a map | in small letters, in a map | base64, unless its type is text |

use core::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// What stands between the caller and the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a test goes through all of them")]
pub enum Source {
    /// API Gateway, REST API: payload format 1.0.
    Rest,
    /// The same with `binaryMediaTypes` set to everything.
    RestBinary,
    /// API Gateway, HTTP API: payload format 2.0.
    Http,
    /// An Application Load Balancer.
    Balancer,
    /// One with multi-value headers switched on.
    BalancerMulti,
}

/// A request as its caller sends it.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a request")]
pub struct Call {
    /// The method.
    pub method: String,
    /// The path, percent-encoded.
    pub path: String,
    /// What stands behind `?`.
    pub query: Option<String>,
    /// Header fields in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A reply as the caller gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a reply")]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Header fields; the order of those with different names means nothing.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Call {
    /// A request without a body.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self::new("GET", target, "")
    }

    /// A request with a body.
    #[must_use]
    pub fn post(target: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new("POST", target, body).with("Content-Type", "application/xml; charset=utf-8")
    }

    /// A request.
    #[must_use]
    pub fn new(method: &str, target: &str, body: impl Into<Vec<u8>>) -> Self {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            headers: vec![("Host".to_owned(), "pix.example".to_owned())],
            body: body.into(),
        }
    }

    /// The same with one more header field; one of the same name that was set before stays.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with its content type replaced.
    #[must_use]
    pub fn of_type(mut self, content_type: &str) -> Self {
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        self.with("Content-Type", content_type)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether an HTTP API or a load balancer takes the body for text.
    fn is_text(&self) -> bool {
        let kind = self.header("content-type").unwrap_or("text/plain").split(';').next().unwrap_or_default();
        let is_text = kind.starts_with("text/")
            || ["application/json", "application/xml", "application/javascript"].contains(&kind.trim());
        is_text && self.header("content-encoding").is_none() && core::str::from_utf8(&self.body).is_ok()
    }

    fn query_pairs(&self) -> Vec<(String, String)> {
        let pairs = self.query.iter().flat_map(|query| query.split('&')).filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}

impl Reply {
    /// The first value of a header field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of the first element of this name.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn element(&self, name: &str) -> String {
        let text = self.text();
        let rest = text.split_once(&format!("<{name}>"));
        let Some((_, rest)) = rest else { panic!("no `{name}` in {} {text}", self.status) };
        rest.split('<').next().unwrap().to_owned()
    }
}

impl Source {
    /// Each of them.
    pub const ALL: [Self; 5] =
        [Self::Rest, Self::RestBinary, Self::Http, Self::Balancer, Self::BalancerMulti];

    /// The event that a request becomes.
    #[must_use]
    pub fn event(self, call: &Call) -> String {
        match self {
            Self::Rest => rest(call, false),
            Self::RestBinary => rest(call, true),
            Self::Http => http(call),
            Self::Balancer => balancer(call, false),
            Self::BalancerMulti => balancer(call, true),
        }
    }

    /// The reply that an answer becomes.
    ///
    /// # Panics
    /// If the service would not take the answer, and reply 502 itself.
    #[must_use]
    pub fn reply(self, answer: &Value) -> Reply {
        let status = answer["statusCode"].as_u64().unwrap_or_else(|| panic!("no status: {answer}"));
        let text = answer["body"].as_str().unwrap_or_default();
        let body = match answer["isBase64Encoded"].as_bool() {
            Some(true) => BASE64_STANDARD.decode(text).unwrap(),
            _ => text.as_bytes().to_vec(),
        };
        Reply { status: status.try_into().unwrap(), headers: self.reply_headers(answer), body }
    }

    fn reply_headers(self, answer: &Value) -> Vec<(String, String)> {
        let (single, multi) = (pairs(&answer["headers"]), pairs(&answer["multiValueHeaders"]));
        match self {
            Self::Rest | Self::RestBinary => {
                // Both maps count; a name that is in both counts as the second one has it.
                let in_multi = |name: &str| multi.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
                let alone = single.iter().filter(|(name, _)| !in_multi(name));
                alone.chain(&multi).cloned().collect()
            }
            Self::Http => {
                assert!(multi.is_empty(), "an HTTP API takes no multi-value headers: {answer}");
                let cookies = answer["cookies"].as_array().into_iter().flatten();
                let cookies = cookies.map(|cookie| ("set-cookie".to_owned(), text(cookie)));
                single.into_iter().chain(cookies).collect()
            }
            Self::Balancer | Self::BalancerMulti => {
                let description = answer["statusDescription"].as_str().unwrap_or_default();
                assert!(description.starts_with(&answer["statusCode"].to_string()), "{answer}");
                let (taken, other) = if self == Self::Balancer { (single, multi) } else { (multi, single) };
                assert!(other.is_empty(), "a load balancer takes one of the maps: {answer}");
                taken
            }
        }
    }
}

fn pairs(map: &Value) -> Vec<(String, String)> {
    let map = map.as_object().into_iter().flatten();
    map.flat_map(|(name, value)| match value {
        Value::Array(values) => values.iter().map(|value| (name.clone(), text(value))).collect(),
        value => vec![(name.clone(), text(value))],
    })
    .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

fn rest(call: &Call, is_binary: bool) -> String {
    let query: Vec<(String, String)> =
        call.query_pairs().into_iter().map(|(name, value)| (decoded(&name), decoded(&value))).collect();
    let body = if is_binary { encoded_body(call) } else { text_body(call) };
    object(&[
        ("resource", json!("/{proxy+}").to_string()),
        ("path", json!(call.path).to_string()),
        ("httpMethod", json!(call.method).to_string()),
        ("headers", last_values(&call.headers)),
        ("multiValueHeaders", all_values(&call.headers)),
        ("queryStringParameters", or_null(&query, last_values)),
        ("multiValueQueryStringParameters", or_null(&query, all_values)),
        ("pathParameters", json!({"proxy": call.path.trim_start_matches('/')}).to_string()),
        ("stageVariables", "null".to_owned()),
        (
            "requestContext",
            json!({
                "resourceId": "x1y2z3", "resourcePath": "/{proxy+}", "httpMethod": call.method,
                "extendedRequestId": "JZfmSFqWGjQFUcQ=", "requestTime": "25/Nov/2026:12:00:00 +0000",
                "path": format!("/pix{}", call.path), "accountId": "000000000000", "protocol": "HTTP/1.1",
                "stage": "pix", "domainPrefix": "a1b2c3d4e5", "requestTimeEpoch": 1_795_608_000_000_u64,
                "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "apiId": "a1b2c3d4e5",
                "domainName": call.header("host"),
                "identity": {
                    "cognitoIdentityPoolId": null, "accountId": null, "cognitoIdentityId": null,
                    "caller": null, "sourceIp": "10.0.1.23", "principalOrgId": null, "accessKey": null,
                    "cognitoAuthenticationType": null, "cognitoAuthenticationProvider": null,
                    "userArn": null, "userAgent": "test", "user": null,
                    "vpcId": "vpc-0123", "vpceId": "vpce-0123",
                },
            })
            .to_string(),
        ),
        ("body", body.0),
        ("isBase64Encoded", body.1.to_string()),
    ])
}

fn http(call: &Call) -> String {
    let mut joined: Vec<(String, String)> = Vec::new();
    let mut cookies = Vec::new();
    for (name, value) in &call.headers {
        let name = name.to_ascii_lowercase();
        if name == "cookie" {
            cookies.extend(value.split("; ").map(str::to_owned));
            continue;
        }
        match joined.iter_mut().find(|(other, _)| *other == name) {
            Some((_, all)) => drop(write!(all, ",{value}")),
            None => joined.push((name, value.clone())),
        }
    }
    let path = decoded(&call.path);
    let body = if call.is_text() { text_body(call) } else { encoded_body(call) };
    let mut fields = vec![
        ("version", json!("2.0").to_string()),
        ("routeKey", json!("$default").to_string()),
        ("rawPath", json!(path).to_string()),
        ("rawQueryString", json!(call.query.clone().unwrap_or_default()).to_string()),
        ("headers", last_values(&joined)),
        (
            "requestContext",
            json!({
                "accountId": "000000000000", "apiId": "a1b2c3d4e5", "domainPrefix": "a1b2c3d4e5",
                "domainName": call.header("host"),
                "http": {
                    "method": call.method, "path": path, "protocol": "HTTP/1.1",
                    "sourceIp": "10.0.1.23", "userAgent": "test",
                },
                "requestId": "JKJaXmPLvHcESHA=", "routeKey": "$default", "stage": "$default",
                "time": "25/Nov/2026:12:00:00 +0000", "timeEpoch": 1_795_608_000_000_u64,
            })
            .to_string(),
        ),
        ("isBase64Encoded", body.1.to_string()),
    ];
    if !cookies.is_empty() {
        fields.push(("cookies", json!(cookies).to_string()));
    }
    if !call.body.is_empty() {
        fields.push(("body", body.0));
    }
    object(&fields)
}

fn balancer(call: &Call, is_multi: bool) -> String {
    let headers: Vec<(String, String)> = call
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .chain([("x-amzn-trace-id".to_owned(), "Root=1-5c34e93e-4dea0086f9763ac0667b115a".to_owned())])
        .collect();
    let query = call.query_pairs();
    let body = if call.is_text() { text_body(call) } else { encoded_body(call) };
    let arn = "arn:aws:elasticloadbalancing:sa-east-1:000000000000:targetgroup/pix/abcdefgh";
    let (query_name, headers_name) = if is_multi {
        ("multiValueQueryStringParameters", "multiValueHeaders")
    } else {
        ("queryStringParameters", "headers")
    };
    let values = if is_multi { all_values } else { last_values };
    object(&[
        ("requestContext", json!({"elb": {"targetGroupArn": arn}}).to_string()),
        ("httpMethod", json!(call.method).to_string()),
        ("path", json!(call.path).to_string()),
        (query_name, values(&query)),
        (headers_name, values(&headers)),
        ("body", if call.body.is_empty() { "\"\"".to_owned() } else { body.0 }),
        ("isBase64Encoded", body.1.to_string()),
    ])
}

/// A body as JSON, and whether it is in base64. What is no UTF-8 arrives damaged, as it does from a REST API that was not told.
fn text_body(call: &Call) -> (String, bool) {
    if call.body.is_empty() {
        return ("null".to_owned(), false);
    }
    (json!(String::from_utf8_lossy(&call.body)).to_string(), false)
}

fn encoded_body(call: &Call) -> (String, bool) {
    if call.body.is_empty() {
        return ("null".to_owned(), false);
    }
    (json!(BASE64_STANDARD.encode(&call.body)).to_string(), true)
}

/// An object in the order in which AWS writes it: a map would sort it.
fn object(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, json)| format!("{}:{json}", json!(name))).collect();
    format!("{{{}}}", fields.join(","))
}

fn or_null(pairs: &[(String, String)], values: fn(&[(String, String)]) -> String) -> String {
    if pairs.is_empty() { "null".to_owned() } else { values(pairs) }
}

fn last_values(pairs: &[(String, String)]) -> String {
    grouped(pairs, |values| json!(values.last()))
}

fn all_values(pairs: &[(String, String)]) -> String {
    grouped(pairs, |values| json!(values))
}

fn grouped(pairs: &[(String, String)], write: fn(&[&str]) -> Value) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in pairs {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let fields: Vec<(&str, String)> = names
        .into_iter()
        .map(|name| {
            let values: Vec<&str> =
                pairs.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect();
            (name, write(&values).to_string())
        })
        .collect();
    object(&fields)
}

/// Text without its percent escapes.
fn decoded(text: &str) -> String {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape =
            tail.get(..2).filter(|_| *first == b'%').and_then(|digits| core::str::from_utf8(digits).ok());
        match escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(octet) => {
                octets.push(octet);
                rest = &tail[2..];
            }
            None => {
                octets.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&octets).into_owned()
}
