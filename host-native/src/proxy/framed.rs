//! A caller's connection, guarded: bytes that leave room for two readings never reach the HTTP reader whole. It is given something
//! that it refuses, answers 400 and hangs up.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::framing::{Followed, Framing};

/// No field, line or chunk size may hold it, so that every reader refuses it at once.
const REFUSED: [u8; 16] = [0; 16];

/// A caller's connection whose requests are framed in one way only.
pub(super) struct Framed<T> {
    inner: T,
    framing: Framing,
    refused: Option<Refused>,
}

#[derive(Clone, Copy)]
enum Refused {
    /// The HTTP reader has not been given all of what it refuses.
    Begun,
    Given,
}

impl<T> Framed<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, framing: Framing::of_requests(), refused: None }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Framed<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.refused {
            Some(Refused::Begun) => {
                let most = buffer.remaining().min(REFUSED.len());
                buffer.put_slice(REFUSED.get(..most).unwrap_or_default());
                self.refused = Some(Refused::Given);
                return Poll::Ready(Ok(()));
            }
            Some(Refused::Given) => return Poll::Ready(Ok(())),
            None => {}
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        let read = buffer.filled_mut().get_mut(before..).unwrap_or_default();
        let Followed::PartsAt(at) = self.framing.follow(read) else { return Poll::Ready(Ok(())) };
        if let Some(octet) = read.get_mut(at) {
            *octet = 0;
        }
        buffer.set_filled(before.saturating_add(at).saturating_add(1));
        self.refused = Some(Refused::Begun);
        tracing::warn!("a request that could be read in two ways was refused");
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Framed<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
