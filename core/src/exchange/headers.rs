//! Which headers pass, in both directions, and which never do.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::http::{Header, Headers};
use super::policy::{Channel, Operation, Policy, without_port};
use crate::error::{Error, Reason, Result};

/// What SPI's and DICT's requests are written in.
const CONTENT_TYPE: &str = "application/xml; charset=utf-8";

/// The caller's headers that ICOM takes. What frames the message (`Content-Length`, `Transfer-Encoding`, `Connection`)
/// is the host's to write; `Accept`, `Accept-Encoding`, `Content-*` and `Host` are written below.
const PASSED_TO_SPI: &[&str] = &["cookie", "max-forwards", "user-agent", "via"];

/// The caller's headers that DICT takes, apart from `PI-*`.
const PASSED_TO_DICT: &[&str] = &[
    "accept-charset",
    "accept-language",
    "cache-control",
    "cookie",
    "max-forwards",
    "pragma",
    "user-agent",
    "via",
];

/// Headers of one connection only (RFC 9110 §7.6.1), and what frames a message.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "content-length",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers whose values are never recorded.
const SECRET: &[&str] =
    &["authorization", "cookie", "proxy-authorization", "set-cookie", "x-amz-security-token", "x-api-key"];

/// The headers of a request, beside those that go to BACEN, whose values are recorded: what describes a body or a connection, or
/// tells where a request came from. Any other may be a caller's secret, whatever its name.
const RECORDED: &[&str] = &[
    "accept",
    "accept-encoding",
    "content-encoding",
    "content-type",
    "date",
    "expect",
    "forwarded",
    "host",
    "origin",
    "traceparent",
    "x-amzn-trace-id",
    "x-correlation-id",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-request-id",
];

/// Our own headers begin so: they are echoed to the caller and never sent to BACEN.
const OURS: &str = "pix-";

/// Refuses header fields that two readers could understand differently.
pub(super) fn check(headers: &Headers) -> Result<()> {
    let once = ["content-type", "content-encoding", "content-length", "host"];
    let doubled = once.into_iter().any(|name| headers.all(name).nth(1).is_some());
    if are_sound(headers) && !doubled { Ok(()) } else { Err(Error::new(Reason::HeaderSyntax)) }
}

/// Whether every field could stand on a line of its own: no name or value ends it early.
pub(super) fn are_sound(headers: &Headers) -> bool {
    headers.iter().all(is_sound)
}

fn is_sound(header: &Header) -> bool {
    is_token(header.name()) && is_field_value(header.value())
}

/// The value of a header that may stand only once. Two values in one field are two: whoever stands between BACEN and us may join
/// fields, and so does an audit record.
pub(super) fn single(headers: &Headers, name: &str) -> Result<Option<String>> {
    match single_field(headers, name)? {
        Some(value) if is_list(&value) => Err(Error::new(Reason::HeaderSyntax)),
        value => Ok(value),
    }
}

/// The value of a header that stands in one field, whatever is in it.
pub(super) fn single_field(headers: &Headers, name: &str) -> Result<Option<String>> {
    let mut values = headers.all(name);
    let first = values.next().map(|header| header.text().into_owned());
    if values.next().is_some() { Err(Error::new(Reason::HeaderSyntax)) } else { Ok(first) }
}

/// Whether a field value has a comma outside its quoted strings (RFC 9110 §5.6.4).
pub(super) fn is_list(value: &str) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    value.bytes().any(|octet| {
        match octet {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b',' => return !quoted,
            _ => {}
        }
        false
    })
}

/// The headers that go to BACEN.
pub(super) fn outbound(policy: &Policy, operation: Operation, request: &Headers, gzip: bool) -> Headers {
    let mut out = Headers::new();
    out.push("host", policy.host.as_bytes());
    out.push("accept", accept(request));
    out.push("accept-encoding", if takes_gzip(request) { "gzip" } else { "identity" });
    if operation.has_body() {
        // What is signed was read as XML in UTF-8, whatever its caller called it; only a boundary is the caller's to say.
        let content_type = request.first("content-type").map(Header::value);
        let multipart = content_type.filter(|_| operation.takes_multipart() && is_multipart(request));
        out.push("content-type", multipart.unwrap_or(CONTENT_TYPE.as_bytes()));
    }
    if gzip {
        out.push("content-encoding", "gzip");
    }
    let nominated = nominated(request);
    for header in request.iter() {
        if passes(policy.channel, header.name()) && !nominated.contains(header.name()) {
            out.push(header.name(), header.value());
        }
    }
    out
}

/// The headers of BACEN's answer that go back to the caller, our own last.
pub(super) fn inbound(policy: &Policy, request: &Headers, answer: &Headers) -> Headers {
    let mut reply = Headers::new();
    let nominated = nominated(answer);
    for header in answer.iter() {
        let name = header.name();
        if HOP_BY_HOP.contains(&name) || name.starts_with(OURS) || nominated.contains(name) {
            continue;
        }
        if name == "pi-pull-next" {
            reply.push(name, relative(&header.text(), &policy.host));
        } else {
            reply.push(name, header.value());
        }
    }
    echo(request, &mut reply);
    reply
}

/// Gives the caller's `pix-*` headers back, but for those that carry what we found. A request that is refused for its headers is
/// answered with those of them that are sound.
pub(super) fn echo(request: &Headers, reply: &mut Headers) {
    let ours = |name: &str| {
        matches!(
            name,
            "pix-signature-valid" | "pix-signature-verdict" | "pix-signature-reason" | "pix-exchange-id"
        )
    };
    let echoed =
        |header: &&Header| header.name().starts_with(OURS) && !ours(header.name()) && is_sound(header);
    for header in request.iter().filter(echoed) {
        reply.push(header.name(), header.value());
    }
}

/// Whether the caller can read gzip.
pub(super) fn takes_gzip(request: &Headers) -> bool {
    let Some(codings) = request.joined("accept-encoding") else { return false };
    codings.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        matches!(name.trim(), "*" | "gzip" | "x-gzip") && !is_weight_zero(weight)
    })
}

/// Whether the caller wants its problems in JSON.
pub(super) fn wants_json_problems(request: &Headers) -> bool {
    request.joined("accept").is_some_and(|accept| {
        accept.split(',').any(|range| {
            let media_type = range.split(';').next().unwrap_or_default().trim();
            media_type.eq_ignore_ascii_case("application/problem+json")
        })
    })
}

/// A request's headers as the audit trail keeps them: what is not known is masked, for a caller may put a secret anywhere.
pub(super) fn recorded_request(headers: &Headers) -> String {
    recorded(headers, |name| {
        let passes = passes(Channel::Spi, name) || passes(Channel::Dict, name);
        let describes = name.starts_with(OURS) || name.starts_with("sec-fetch-");
        let is_known = passes || describes || HOP_BY_HOP.contains(&name) || RECORDED.contains(&name);
        !is_known
    })
}

/// An answer's headers as the audit trail keeps them. BACEN adds some without notice, and they are its words.
pub(super) fn recorded_answer(headers: &Headers) -> String {
    recorded(headers, |_| false)
}

/// A JSON object, secrets masked, doubled names joined.
fn recorded(all: &Headers, is_masked: impl Fn(&str) -> bool) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut json = String::from("{");
    for header in all.iter() {
        if names.contains(&header.name()) {
            continue;
        }
        if !names.is_empty() {
            json.push(',');
        }
        names.push(header.name());
        push_json_string(&mut json, header.name());
        json.push(':');
        if SECRET.contains(&header.name()) || is_masked(header.name()) {
            // That a value cannot stand on a line is no secret, and an answer is refused for it.
            let sound = all.all(header.name()).all(is_sound);
            push_json_string(&mut json, if sound { "***" } else { "***\u{1}" });
        } else {
            push_json_string(&mut json, &all.joined(header.name()).unwrap_or_default());
        }
    }
    json.push('}');
    json
}

/// Adds a JSON string (RFC 8259 §7).
pub(super) fn push_json_string(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            control if control < ' ' => json.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => json.push(other),
        }
    }
    json.push('"');
}

fn is_multipart(request: &Headers) -> bool {
    request
        .first("content-type")
        .is_some_and(|header| header.text().trim_start().to_ascii_lowercase().starts_with("multipart/"))
}

fn passes(channel: Channel, name: &str) -> bool {
    match channel {
        Channel::Spi => PASSED_TO_SPI.contains(&name),
        Channel::Dict => PASSED_TO_DICT.contains(&name) || name.starts_with("pi-"),
    }
}

/// What the caller accepts, less the JSON that only our own problems come in: BACEN speaks XML.
fn accept(request: &Headers) -> String {
    let all = request.joined("accept").unwrap_or_default();
    let ranges: Vec<&str> = all
        .split(',')
        .map(str::trim)
        .filter(|range| !range.is_empty() && !range.to_ascii_lowercase().contains("json"))
        .collect();
    if ranges.is_empty() { "application/xml".to_owned() } else { ranges.join(", ") }
}

fn is_weight_zero(parameters: &str) -> bool {
    let weight = parameters.trim().strip_prefix("q=").unwrap_or("1");
    !weight.is_empty() && weight.bytes().all(|b| matches!(b, b'0' | b'.'))
}

/// The names that a Connection header makes hop-by-hop.
fn nominated(headers: &Headers) -> BTreeSet<String> {
    let connection = headers.joined("connection").unwrap_or_default();
    connection.split(',').map(|name| name.trim().to_ascii_lowercase()).collect()
}

/// PI-Pull-Next as a path: an absolute one would lead the caller past the proxy.
fn relative(location: &str, host: &str) -> String {
    let path = location.split_once("://").and_then(|(_, rest)| {
        let (authority, _) = rest.split_once('/')?;
        without_port(authority).eq_ignore_ascii_case(host).then(|| rest.get(authority.len()..))?
    });
    path.unwrap_or(location).to_owned()
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn is_field_value(value: &[u8]) -> bool {
    value.iter().all(|&b| b == b'\t' || (b >= b' ' && b != 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        pairs.iter().copied().collect()
    }

    #[test]
    fn gzip_is_taken_where_it_is_named_and_not_weighed_down() {
        for (value, takes) in [
            ("gzip", true),
            ("deflate, gzip;q=0.5", true),
            ("*", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0", false),
            ("br", false),
        ] {
            assert_eq!(takes_gzip(&headers(&[("Accept-Encoding", value)])), takes, "{value}");
        }
        assert!(!takes_gzip(&Headers::new()));
    }

    #[test]
    fn json_is_for_our_problems_only() {
        let both = headers(&[("Accept", "application/xml, application/problem+json;q=0.5")]);
        assert!(wants_json_problems(&both));
        assert_eq!(accept(&both), "application/xml");
        assert_eq!(accept(&headers(&[("Accept", "application/problem+json")])), "application/xml");
        assert_eq!(accept(&headers(&[("Accept", "multipart/mixed")])), "multipart/mixed");
    }

    #[test]
    fn an_absolute_pull_next_of_our_host_becomes_a_path() {
        assert_eq!(relative("https://icom.example:16422/api/v1/out/x?y", "icom.example"), "/api/v1/out/x?y");
        assert_eq!(relative("/api/v1/out/x", "icom.example"), "/api/v1/out/x");
        assert_eq!(relative("https://other.example/x", "icom.example"), "https://other.example/x");
    }

    #[test]
    fn broken_header_fields_are_refused() {
        for pairs in [
            &[("bad name", "x")][..],
            &[("", "x")],
            &[("a:b", "x")],
            &[("x", "a\r\nhost: evil")],
            &[("x", "a\0")],
            &[("content-type", "a"), ("Content-Type", "b")],
            &[("content-length", "1"), ("content-length", "2")],
            &[("host", "a"), ("host", "b")],
        ] {
            assert!(check(&headers(pairs)).is_err(), "{pairs:?}");
        }
        assert!(check(&headers(&[("x", "a\tb \u{e9}")])).is_ok());
    }

    #[test]
    fn secrets_are_masked_and_text_is_escaped() {
        let all = headers(&[("Set-Cookie", "token"), ("x", "a\"\\\u{1}"), ("Via", "1"), ("via", "2")]);
        assert_eq!(recorded_answer(&all), r#"{"set-cookie":"***","x":"a\"\\\u0001","via":"1, 2"}"#);
        assert_eq!(recorded_answer(&Headers::new()), "{}");
    }

    #[test]
    fn what_a_request_says_under_a_name_that_is_not_known_is_masked() {
        for name in
            ["X-Auth-Token", "apikey", "Ocp-Apim-Subscription-Key", "token", "x-vault-token", "referer"]
        {
            let json = recorded_request(&headers(&[(name, "secret")]));
            assert!(json.ends_with(":\"***\"}") && !json.contains("secret"), "{json}");
        }
        for name in ["PI-PayerId", "Pix-Correlation", "User-Agent", "Content-Type", "Origin", "TE", "Host"] {
            assert!(recorded_request(&headers(&[(name, "shown")])).contains("shown"), "{name}");
        }
        assert_eq!(recorded_request(&headers(&[("cookie", "a\u{1}b")])), r#"{"cookie":"***\u0001"}"#);
    }
}
