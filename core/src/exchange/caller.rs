//! Who may ask: programs that name a host of ours, and no page that a person of the bank has open in a browser.
//!
//! A page of anybody's can have a browser send requests to addresses inside the bank. Where its own name is made to mean such an
//! address (DNS rebinding), it even reads the answers; the browser then names the page's host, and that is how it is known.
//! What a browser says about the page, which no program says, gives the other requests away.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv6Addr};

use super::http::Headers;
use crate::error::{Error, Reason, Result};

/// Longest name of a host (RFC 1035 §2.3.4).
const NAME_BYTES_MAX: usize = 253;

/// What browsers say of the page that makes them ask. Programs do not, but for `Sec-Fetch-Mode`: Node's `fetch` says `cors` in it.
const FROM_A_PAGE: [&str; 4] = ["origin", "referer", "sec-fetch-site", "upgrade-insecure-requests"];

/// Where a request arrived, as far as its host knows without believing the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reached {
    /// That is not known: only loopback names and configured ones are ours.
    #[default]
    Unknown,
    /// The address of the socket that took the connection.
    Address(IpAddr),
    /// The name under which somebody before the host, who answers to his own names only, was reached: API Gateway's.
    Name(String),
}

/// The name of a host, or its address, as a `Host` field or a configuration has it; never with a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName(Name);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Address(IpAddr),
    /// In small letters, without a final dot.
    Dns(String),
}

impl HostName {
    /// Reads a name or an address; an IPv6 address with its brackets or without. Gives nothing for anything else, a port included.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        match bare.unwrap_or(text).parse::<Ipv6Addr>() {
            Ok(address) => Some(Self(Name::Address(IpAddr::V6(address).to_canonical()))),
            Err(_) if bare.is_some() => None,
            Err(_) => Self::of_four_or_dns(text),
        }
    }

    /// The host of a `Host` field (RFC 9110 §7.2), its port left out: it tells nobody apart.
    fn in_field(value: &[u8]) -> Option<Self> {
        let value = core::str::from_utf8(value).ok()?;
        let (host, port) = match value.strip_prefix('[') {
            Some(rest) => {
                let end = rest.find(']')?;
                let port = rest.get(end..)?.strip_prefix(']')?;
                (value.get(..end.checked_add(2)?)?, port)
            }
            None => value.split_at(value.find(':').unwrap_or(value.len())),
        };
        let is_port =
            |port: &str| port.strip_prefix(':').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
        (port.is_empty() || is_port(port)).then(|| Self::new(host)).flatten()
    }

    fn of_four_or_dns(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Self(Name::Address(address)));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let is_letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        let is_name = (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_letter);
        is_name.then(|| Self(Name::Dns(name.to_ascii_lowercase())))
    }

    fn is_loopback(&self) -> bool {
        match &self.0 {
            Name::Address(address) => address.is_loopback(),
            Name::Dns(name) => name == "localhost",
        }
    }

    fn is_where(&self, reached: &Reached) -> bool {
        match (reached, &self.0) {
            (Reached::Address(socket), Name::Address(asked)) => {
                socket.to_canonical() == *asked && !asked.is_unspecified()
            }
            (Reached::Name(name), _) => Self::new(name).as_ref() == Some(self),
            _ => false,
        }
    }
}

/// Whether a `Host` field names us: a loopback name, where the request arrived, or one of the configured names.
#[must_use]
pub fn is_ours(field: &[u8], reached: &Reached, configured: &[HostName]) -> bool {
    HostName::in_field(field)
        .is_some_and(|host| host.is_loopback() || host.is_where(reached) || configured.contains(&host))
}

/// Refuses what a page in a browser asks, and what is asked of somebody else. A request without a `Host` comes from no browser.
pub(super) fn check(headers: &Headers, reached: &Reached, configured: &[HostName]) -> Result<()> {
    let mut modes = headers.all("sec-fetch-mode");
    if FROM_A_PAGE.iter().any(|name| headers.first(name).is_some())
        || modes.any(|mode| mode.value() != b"cors")
    {
        return Err(Error::new(Reason::HeaderSyntax));
    }
    if headers.all("host").all(|host| is_ours(host.value(), reached, configured)) {
        Ok(())
    } else {
        Err(Error::new(Reason::HostUnknown))
    }
}

/// The names in a list whose entries commas divide, as environments have them; an entry that is no name is given back.
///
/// # Errors
/// The first entry that is no name.
pub fn host_names(list: &str) -> core::result::Result<Vec<HostName>, String> {
    list.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(|entry| HostName::new(entry).ok_or_else(|| entry.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::Ipv4Addr;

    const SOCKET: Reached = Reached::Address(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 5)));

    #[test]
    fn loopback_names_and_the_sockets_own_address_are_ours() {
        for host in [
            "localhost",
            "LocalHost:8080",
            "localhost.",
            "127.0.0.1",
            "127.8.9.1:1",
            "[::1]:9090",
            "[::1]",
            "localhost:",
            "[::ffff:127.0.0.1]:80",
            "10.0.0.5",
            "10.0.0.5:65535",
            "[::ffff:10.0.0.5]:1",
        ] {
            assert!(is_ours(host.as_bytes(), &SOCKET, &[]), "{host}");
        }
        let mapped = Reached::Address("::ffff:10.0.0.5".parse().unwrap());
        assert!(is_ours(b"10.0.0.5:1", &mapped, &[]));
    }

    #[test]
    fn every_other_name_is_somebody_elses() {
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "evil.localhost",
            "10.0.0.6",
            "0.0.0.0:8080",
            "[::]",
            "127.0.0.1.evil.example",
            "127.1",
            "2130706433",
            "0x7f000001",
            "::1",
            "[::1",
            "[::1]x",
            "[::1]:a",
            "localhost:80:80",
            "localhost:8080/",
            "a@localhost",
            "localhost,evil.example",
            " localhost",
            "localhost\t",
            "[localhost]",
            "[127.0.0.1]",
            "[fe80::1%lo]",
            "l\u{f6}calhost",
            "localhost..",
        ] {
            assert!(!is_ours(host.as_bytes(), &SOCKET, &[]), "{host}");
        }
        let anywhere = Reached::Address(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        assert!(!is_ours(b"0.0.0.0", &anywhere, &[]));
        assert!(!is_ours(b"\xff", &SOCKET, &[]));
    }

    #[test]
    fn configured_names_are_ours_whatever_their_case_and_port() {
        let configured = host_names("pix.bank.example, 192.0.2.7,,[2001:db8::1]").unwrap();
        for host in ["Pix.Bank.Example:443", "pix.bank.example.", "192.0.2.7:1", "[2001:DB8::1]"] {
            assert!(is_ours(host.as_bytes(), &Reached::Unknown, &configured), "{host}");
        }
        assert!(!is_ours(b"bank.example", &Reached::Unknown, &configured));
        for text in ["pix.bank.example:443", "http://pix", "*", "a b", "[::1", "pix/"] {
            assert!(HostName::new(text).is_none(), "{text}");
        }
        assert_eq!(host_names("a, b:1"), Err("b:1".into()));
    }

    #[test]
    fn what_stands_before_a_host_vouches_for_its_name() {
        let gateway = Reached::Name("abc.execute-api.sa-east-1.amazonaws.com".into());
        assert!(is_ours(b"ABC.execute-api.sa-east-1.amazonaws.com", &gateway, &[]));
        assert!(!is_ours(b"execute-api.sa-east-1.amazonaws.com", &gateway, &[]));
        assert!(!is_ours(b"evil.example", &Reached::Name(String::new()), &[]));
    }

    #[test]
    fn pages_in_browsers_are_refused_and_programs_are_not() {
        let of = |pairs: &[(&str, &str)]| {
            let headers: Headers = pairs.iter().copied().collect();
            check(&headers, &SOCKET, &[]).map_err(|error| error.reason())
        };
        for page in [
            ("Origin", "null"),
            ("Referer", "http://page.example/"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Sec-Fetch-Site", "none"),
            ("Sec-Fetch-Mode", "no-cors"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Mode", ""),
            ("Upgrade-Insecure-Requests", "1"),
        ] {
            assert_eq!(of(&[("Host", "localhost"), page]), Err(Reason::HeaderSyntax), "{page:?}");
        }
        assert_eq!(
            of(&[("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Mode", "no-cors")]),
            Err(Reason::HeaderSyntax)
        );
        assert_eq!(of(&[("Host", "localhost"), ("Sec-Fetch-Mode", "cors"), ("User-Agent", "node")]), Ok(()));
        assert_eq!(of(&[]), Ok(()));
        assert_eq!(of(&[("Host", "evil.example")]), Err(Reason::HostUnknown));
    }
}
