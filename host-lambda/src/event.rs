//! What the function can be invoked with: HTTP requests in the three shapes that AWS has for them, and two words of our own.
//!
//! | source | path | query | headers |
//! |---|---|---|---|
//! | API Gateway REST (payload 1.0) | percent-encoded, without the stage | decoded, in maps | in maps, one with all values |
//! | API Gateway HTTP (payload 2.0) | decoded, behind the stage | as it came | values joined by commas, cookies apart |
//! | Application Load Balancer | percent-encoded | as it came, in maps | in one of two maps |
//!
//! What arrives encoded is passed on to the byte; what arrives decoded is encoded again.

mod pairs;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_core::exchange::{Headers, Reached, Request};
use serde::Deserialize;
use serde::de::IgnoredAny;

use self::pairs::Pairs;

/// An invocation.
#[derive(Debug)]
pub(crate) enum Event {
    /// A request, and the shape in which its reply goes back.
    Http(Request, Shape),
    /// Every fault of this deployment is asked for.
    Doctor,
    /// What was spilled is to be shipped.
    Replay,
}

/// The shape of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// API Gateway, payload 1.0.
    Rest,
    /// API Gateway, payload 2.0.
    Http,
    /// A load balancer that lets a header stand once.
    Balancer,
    /// A load balancer with multi-value headers.
    BalancerMulti,
}

/// Why an invocation is none that can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventError {
    /// It has none of the known shapes.
    Unknown,
    /// Its body is said to be base64 and is not.
    Body,
}

impl core::fmt::Display for EventError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Unknown => {
                "the event is no HTTP request of an API Gateway or load balancer, nor `{\"lacre\": \"doctor\"}` or `{\"lacre\": \"replay\"}`: check what invokes the function"
            }
            Self::Body => "the event's body is said to be base64 and is not: check what invokes the function",
        })
    }
}

impl core::error::Error for EventError {}

/// The fields of all shapes together.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Fields {
    lacre: Option<String>,
    http_method: Option<String>,
    path: Option<String>,
    raw_path: Option<String>,
    raw_query_string: Option<String>,
    headers: Option<Pairs>,
    multi_value_headers: Option<Pairs>,
    query_string_parameters: Option<Pairs>,
    multi_value_query_string_parameters: Option<Pairs>,
    cookies: Option<Vec<String>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
    request_context: Option<RequestContext>,
}

impl core::fmt::Debug for Fields {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Fields")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    http: Option<HttpContext>,
    elb: Option<IgnoredAny>,
    stage: Option<String>,
    domain_name: Option<String>,
}

#[derive(Deserialize)]
struct HttpContext {
    method: String,
}

impl Event {
    /// Understands an invocation.
    ///
    /// # Errors
    /// When it is none that can be answered.
    pub(crate) fn read(fields: Fields) -> Result<Self, EventError> {
        match fields.lacre.as_deref() {
            Some("doctor") => return Ok(Self::Doctor),
            Some("replay") => return Ok(Self::Replay),
            Some(_) => return Err(EventError::Unknown),
            None => {}
        }
        let shape = fields.shape().ok_or(EventError::Unknown)?;
        let (method, target) = fields.line(shape).ok_or(EventError::Unknown)?;
        let headers = fields.headers();
        let reached = fields.reached(shape);
        let body = match (fields.body, fields.is_base64_encoded) {
            (None, _) => Vec::new(),
            (Some(text), Some(true)) => BASE64_STANDARD.decode(text).map_err(|_| EventError::Body)?,
            (Some(text), _) => text.into_bytes(),
        };
        Ok(Self::Http(Request { method, target, headers, body, reached }, shape))
    }
}

impl Fields {
    fn shape(&self) -> Option<Shape> {
        let context = self.request_context.as_ref();
        if context.is_some_and(|context| context.elb.is_some()) {
            let multi = self.multi_value_headers.is_some();
            return Some(if multi { Shape::BalancerMulti } else { Shape::Balancer });
        }
        if context.is_some_and(|context| context.http.is_some()) {
            return Some(Shape::Http);
        }
        self.http_method.is_some().then_some(Shape::Rest)
    }

    /// API Gateway says under which of its names, or of the bank's custom ones, it was reached, and answers to no other. A load
    /// balancer does not.
    fn reached(&self, shape: Shape) -> Reached {
        let name = self.request_context.as_ref().and_then(|context| context.domain_name.clone());
        match (shape, name) {
            (Shape::Rest | Shape::Http, Some(name)) => Reached::Name(name),
            _ => Reached::Unknown,
        }
    }

    /// Method and target.
    fn line(&self, shape: Shape) -> Option<(String, String)> {
        let (method, path) = match shape {
            Shape::Http => {
                let context = self.request_context.as_ref()?;
                (
                    &context.http.as_ref()?.method,
                    without_stage(self.raw_path.as_deref()?, context.stage.as_deref()),
                )
            }
            _ => (self.http_method.as_ref()?, self.path.as_deref()?),
        };
        let mut target = String::with_capacity(path.len());
        push_encoded(&mut target, path, is_of_encoded_path);
        let query = self.query(shape);
        if !query.is_empty() {
            target.push('?');
            target.push_str(&query);
        }
        Some((method.clone(), target))
    }

    fn query(&self, shape: Shape) -> String {
        let mut query = String::new();
        if shape == Shape::Http {
            push_encoded(
                &mut query,
                self.raw_query_string.as_deref().unwrap_or_default(),
                is_of_encoded_query,
            );
            return query;
        }
        let all = self.multi_value_query_string_parameters.as_ref().or(self.query_string_parameters.as_ref());
        for (name, value) in all.into_iter().flat_map(Pairs::iter) {
            if !query.is_empty() {
                query.push('&');
            }
            // A load balancer hands both on as they came.
            let allowed = if shape == Shape::Rest { is_of_decoded_query } else { is_of_encoded_query };
            push_encoded(&mut query, name, allowed);
            query.push('=');
            push_encoded(&mut query, value, allowed);
        }
        query
    }

    fn headers(&self) -> Headers {
        let mut headers = Headers::new();
        let all = self.multi_value_headers.as_ref().filter(|all| !all.is_empty()).or(self.headers.as_ref());
        for (name, value) in all.into_iter().flat_map(Pairs::iter) {
            headers.push(name, value);
        }
        if let Some(cookies) = self.cookies.as_ref().filter(|cookies| !cookies.is_empty()) {
            headers.push("cookie", cookies.join("; "));
        }
        headers
    }
}

/// The path behind the stage, which HTTP APIs put before it unless it is the default one.
fn without_stage<'a>(path: &'a str, stage: Option<&str>) -> &'a str {
    let rest = stage
        .filter(|stage| *stage != "$default")
        .and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage).filter(|rest| rest.starts_with('/')));
    rest.unwrap_or(path)
}

/// Adds text, percent-encoding the octets that cannot stand there. An escape that is there already stays; a `%` that
/// begins none is encoded.
fn push_encoded(out: &mut String, text: &str, allowed: fn(u8) -> bool) {
    let bytes = text.as_bytes();
    for (place, byte) in bytes.iter().copied().enumerate() {
        let escape = || matches!(bytes.get(place.saturating_add(1)..place.saturating_add(3)), Some([a, b]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
        if allowed(byte) && (byte != b'%' || escape()) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// RFC 3986 §3.3 `pchar`, `/`, and what escapes begin with.
const fn is_of_encoded_path(byte: u8) -> bool {
    is_unreserved(byte)
        || matches!(
            byte,
            b'%' | b'/'
                | b':'
                | b'@'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
        )
}

/// What stands in a query that was not decoded: every visible octet but `#`, which would end it.
const fn is_of_encoded_query(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'#'
}

/// What means itself inside a name or a value of a query.
const fn is_of_decoded_query(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b':' | b'@' | b'/' | b',')
}

#[cfg(test)]
mod tests;
