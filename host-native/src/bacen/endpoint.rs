//! Where a service is: host and port.

use core::fmt;

use http::header::HeaderValue;

use crate::shown;

/// Host and port of a service.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
    port: u16,
    host_header: HeaderValue,
}

impl Endpoint {
    /// Reads `host:port`, `[v6]:port`, either after `https://`.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let fault = |why| EndpointError { text: shown::short(text), why };
        let rest = text.trim();
        if rest.starts_with("http://") {
            return Err(fault("BACEN speaks TLS only"));
        }
        let rest = rest.strip_prefix("https://").unwrap_or(rest).trim_end_matches('/');
        let (host, port) = rest.rsplit_once(':').ok_or_else(|| fault("no port"))?;
        let port =
            port.parse().ok().filter(|port| *port != 0).ok_or_else(|| fault("the port is no number"))?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_v6 = bare.is_some_and(|host| host.parse::<core::net::Ipv6Addr>().is_ok());
        let is_name = |host: &str| {
            !host.is_empty()
                && host.len() <= 253
                && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        };
        if !is_v6 && !is_name(host) {
            return Err(fault("not a host name"));
        }
        let host_header = HeaderValue::from_str(host).map_err(|_| fault("not a host name"))?;
        Ok(Self { host: bare.unwrap_or(host).to_owned(), port, host_header })
    }

    /// The host, an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The Host header: without the port, which BACEN answers by cutting the connection.
    #[must_use]
    pub fn host_header(&self) -> HeaderValue {
        self.host_header.clone()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host_header.to_str().unwrap_or(&self.host), self.port)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

/// A text that is no endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointError {
    text: String,
    why: &'static str,
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an endpoint as `host:port`: {}", self.text, self.why)
    }
}

impl core::error::Error for EndpointError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_hosts_addresses_and_urls() {
        let endpoint = Endpoint::parse("icom.pi.rsfn.net.br:16422").unwrap();
        assert_eq!((endpoint.host(), endpoint.port()), ("icom.pi.rsfn.net.br", 16422));
        assert_eq!(endpoint.host_header(), "icom.pi.rsfn.net.br");
        let endpoint = Endpoint::parse("https://[::1]:9191/").unwrap();
        assert_eq!((endpoint.host(), endpoint.port()), ("::1", 9191));
        assert_eq!(endpoint.host_header(), "[::1]");
        assert_eq!(endpoint.to_string(), "[::1]:9191");
    }

    #[test]
    fn refuses_what_is_no_endpoint() {
        for text in [
            "",
            "host",
            "host:",
            "host:0",
            "host:70000",
            "http://host:80",
            "ho st:1",
            "::1:80",
            "[x]:1",
            "host/path:1",
            "a@b:1",
        ] {
            assert!(Endpoint::parse(text).is_err(), "{text}");
        }
    }
}
