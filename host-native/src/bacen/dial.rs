//! Several addresses of one name, tried side by side (RFC 8305 §5): one that is silent costs a moment and not the whole time.

use core::future::Future;
use core::net::SocketAddr;
use core::time::Duration;
use std::collections::VecDeque;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::error::{Failure, TransportKind, TransportReason};

/// How long an attempt has for itself before the next one begins beside it.
const HEAD_START: Duration = Duration::from_millis(250);

/// Most addresses of one name that are tried.
const ADDRESSES_MAX: usize = 16;

/// What the first attempt that succeeds gives; the others are given up.
pub(super) async fn first<T, F>(
    addresses: impl IntoIterator<Item = SocketAddr>,
    deadline: Instant,
    attempt: impl Fn(SocketAddr) -> F,
) -> Result<T, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let mut waiting = VecDeque::from(by_turns(addresses));
    let mut attempts = JoinSet::new();
    let mut failed = None;
    let mut next = Instant::now();
    loop {
        if attempts.is_empty() || Instant::now() >= next {
            match waiting.pop_front() {
                Some(address) => drop(attempts.spawn(attempt(address))),
                None if attempts.is_empty() => return Err(failed.unwrap_or_else(unresolved)),
                None => {}
            }
            next = Instant::now() + HEAD_START;
        }
        tokio::select! {
            ended = attempts.join_next() => match ended {
                Some(Ok(Ok(stream))) => return Ok(stream),
                Some(Ok(Err(failure))) => {
                    failed = Some(more_telling(failed, failure));
                    next = Instant::now();
                }
                _ => {}
            },
            () = sleep_until(next), if !waiting.is_empty() => {}
            () = sleep_until(deadline) => return Err(failed.filter(Failure::is_tls).unwrap_or_else(timed_out)),
        }
    }
}

/// The resolver's order, but the families take turns: where one of them leads nowhere, the other is tried next.
fn by_turns(addresses: impl IntoIterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let all: Vec<_> = addresses.into_iter().take(ADDRESSES_MAX).collect();
    let is_first =
        |address: &SocketAddr| all.first().is_some_and(|first| first.is_ipv6() == address.is_ipv6());
    let (first, second): (Vec<_>, Vec<_>) = all.iter().copied().partition(is_first);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut turns = Vec::new();
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            return turns;
        }
        turns.extend(pair.into_iter().flatten());
    }
}

/// What TLS has to say is more than that nobody listens.
fn more_telling(before: Option<Failure>, failure: Failure) -> Failure {
    before.filter(|before| before.is_tls() && !failure.is_tls()).unwrap_or(failure)
}

pub(super) fn timed_out() -> Failure {
    Failure::new(TransportKind::NothingSent, TransportReason::ConnectTimeout)
}

pub(super) fn unresolved() -> Failure {
    Failure::new(TransportKind::NothingSent, TransportReason::Resolve)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn refused() -> Failure {
        Failure::new(TransportKind::NothingSent, TransportReason::Connect)
    }

    /// Attempts at `.1` are silent, those at `.2` are refused, others succeed.
    async fn attempt(address: SocketAddr) -> Result<SocketAddr, Failure> {
        match address.to_string().as_str() {
            silent if silent.contains(".1:") => core::future::pending().await,
            closed if closed.contains(".2:") => Err(refused()),
            _ => Ok(address),
        }
    }

    fn soon(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    #[tokio::test]
    async fn silent_and_closed_addresses_cost_a_moment() {
        let addresses = ["192.0.2.1:1", "192.0.2.2:1", "198.51.100.1:1", "192.0.2.3:1"].map(address);
        let found = first(addresses, soon(60), attempt).await.unwrap();
        assert_eq!(found, address("192.0.2.3:1"));
    }

    #[tokio::test]
    async fn what_is_silent_to_the_end_is_a_time_out_and_what_is_closed_is_not() {
        let of =
            |text: &'static [&str], deadline| first(text.iter().map(|text| address(text)), deadline, attempt);
        let silent = of(&["192.0.2.2:1", "192.0.2.1:1"], soon(1)).await.unwrap_err();
        assert_eq!(silent.reason(), TransportReason::ConnectTimeout);
        let closed = of(&["192.0.2.2:1", "198.51.100.2:1"], soon(60)).await.unwrap_err();
        assert_eq!(closed.reason(), TransportReason::Connect);
        let none = of(&[], soon(60)).await.unwrap_err();
        assert_eq!(none.reason(), TransportReason::Resolve);
    }

    #[test]
    fn families_take_turns() {
        let addresses = ["[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::3]:1", "192.0.2.1:1"].map(address);
        let turns = ["[2001:db8::1]:1", "192.0.2.1:1", "[2001:db8::2]:1", "[2001:db8::3]:1"].map(address);
        assert_eq!(by_turns(addresses), turns);
    }
}
