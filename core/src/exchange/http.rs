//! A request and a response as plain values: what every host's HTTP library can be turned into, and back.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::caller::Reached;

/// One header field. Its name is lower case.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    name: String,
    value: Vec<u8>,
}

impl Header {
    /// The name, in lower case.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value's octets.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// The value as text; octets that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }
}

impl fmt::Debug for Header {
    /// The name only: values carry tokens and keys of people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Header fields in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<Header>);

impl Headers {
    /// No header fields.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a field at the end.
    pub fn push(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.0.push(Header { name: name.to_ascii_lowercase(), value: value.into() });
    }

    /// The fields in order.
    pub fn iter(&self) -> impl Iterator<Item = &Header> {
        self.0.iter()
    }

    /// The first field of this name (any case).
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&Header> {
        self.0.iter().find(|header| header.name.eq_ignore_ascii_case(name))
    }

    /// Every field of this name (any case).
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Header> {
        self.0.iter().filter(move |header| header.name.eq_ignore_ascii_case(name))
    }

    /// The values of every field of this name joined by commas, as HTTP lets them be joined.
    #[must_use]
    pub fn joined(&self, name: &str) -> Option<String> {
        let mut values = self.all(name).map(Header::text);
        let mut joined = values.next()?.into_owned();
        for value in values {
            joined.push_str(", ");
            joined.push_str(&value);
        }
        Some(joined)
    }

    /// Drops every field of this name (any case).
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|header| !header.name.eq_ignore_ascii_case(name));
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Headers {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(pairs: T) -> Self {
        let mut headers = Self::new();
        for (name, value) in pairs {
            headers.push(name, value);
        }
        headers
    }
}

/// A caller's request, its body read whole.
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "a request is these five and hosts make it")]
pub struct Request {
    /// The method, as it came.
    pub method: String,
    /// Path and query exactly as they came: `/api/v2/entries/%2B5561988880000?IncludeStatistics=true`.
    pub target: String,
    /// The header fields.
    pub headers: Headers,
    /// The body's octets, transfer coding removed, content coding as it came.
    pub body: Vec<u8>,
    /// Where it arrived.
    pub reached: Reached,
}

/// A response: BACEN's to us, or ours to the caller.
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "a response is these three and hosts make it")]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: Headers,
    /// The body's octets, transfer coding removed, content coding as it came.
    pub body: Vec<u8>,
}

/// What goes to BACEN. The host adds what frames it (`Content-Length`) and nothing else.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outbound {
    /// The method.
    pub method: String,
    /// Path and query, byte for byte the caller's.
    pub target: String,
    /// The `Host` header's value, without a port; it is among the headers too.
    pub host: String,
    /// The header fields, `host` first.
    pub headers: Headers,
    /// The body's octets as they go over the wire.
    pub body: Vec<u8>,
}

/// The path and the query (without `?`) of a target.
pub(super) fn split_target(target: &str) -> (&str, Option<&str>) {
    target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)))
}

impl Request {
    /// A request without header fields, of which it is not known where it arrived.
    #[must_use]
    pub fn new(method: &str, target: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Headers::new(),
            body: body.into(),
            reached: Reached::Unknown,
        }
    }
}

/// Bodies and targets hold keys of people: Debug says how large, never what.
macro_rules! quiet_debug {
    ($($name:ident: $first:ident),+) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field(stringify!($first), &self.$first)
                    .field("headers", &self.headers)
                    .field("body_bytes", &self.body.len())
                    .finish_non_exhaustive()
            }
        }
    )+ };
}
quiet_debug!(Request: method, Response: status, Outbound: method);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn names_are_found_in_any_case_and_joined() {
        let headers: Headers = [("Accept", "a"), ("ACCEPT", "b"), ("Host", "h")].into_iter().collect();
        assert_eq!(headers.joined("accept").as_deref(), Some("a, b"));
        assert_eq!(headers.first("aCCept").map(Header::value), Some(&b"a"[..]));
        assert_eq!(headers.joined("via"), None);
    }

    #[test]
    fn debug_shows_no_content() {
        let mut request = Request::new("POST", "/api/v2/entries/secret-key", *b"secret-body");
        request.headers.push("Cookie", *b"secret-token");
        assert!(!format!("{request:?}").contains("secret"));
    }

    #[test]
    fn a_target_splits_at_its_first_question_mark() {
        assert_eq!(split_target("/a?b?c"), ("/a", Some("b?c")));
        assert_eq!(split_target("/a"), ("/a", None));
    }
}
