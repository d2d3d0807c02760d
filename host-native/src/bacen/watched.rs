//! A connection's bytes, watched: whether anything of a question was written, where its answer ends, and what came unasked.
//!
//! HTTP/1.1 ties an answer to its question by order alone. So a byte that comes while nothing is asked would be the start of the next
//! question's answer: from such a connection nothing is read any more, and the pool is told. An ordinary end is none of this:
//! TLS's own messages are no bytes of the connection, and a server that is tired of waiting may say 408 before it hangs up.

use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, ready};
use std::io::{self, IoSlice};
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::pool::Alarm;
use crate::framing::{Followed, Framing};
use crate::tls;

/// How servers begin to say that they waited too long.
const TIRED: [&[u8]; 2] = [b"HTTP/1.1 408", b"HTTP/1.0 408"];

/// How often the runtime is given the word so that it sees what the system has already.
const TURNS_MAX: u32 = 1000;

/// What a connection and its stream tell each other.
pub(super) struct Talk {
    /// Whether anything of the question was handed over for writing, even if nothing of it has left yet.
    wrote: AtomicBool,
    /// Whether a question waits for its answer, or for the rest of it.
    asked: AtomicBool,
    /// Whether the question is `HEAD`, so that its answer has no body.
    to_head: AtomicBool,
    /// Whether the connection cannot be used any more.
    over: AtomicBool,
    alarm: Alarm,
}

impl Talk {
    pub(super) fn new(alarm: Alarm) -> Arc<Self> {
        let [wrote, asked, to_head, over] = [(); 4].map(|()| AtomicBool::new(false));
        Arc::new(Self { wrote, asked, to_head, over, alarm })
    }

    /// A new question comes.
    pub(super) fn begins(&self, to_head: bool) {
        self.to_head.store(to_head, Ordering::SeqCst);
        self.wrote.store(false, Ordering::SeqCst);
    }

    /// Whether anything of the question was handed over for writing.
    pub(super) fn wrote(&self) -> bool {
        self.wrote.load(Ordering::SeqCst)
    }

    /// Whether something came unasked, be it an ordinary end.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// What came while nothing was asked: at least so much as tells what it is.
    fn judge(&self, bytes: &[u8]) {
        if TIRED.iter().any(|tired| bytes.starts_with(tired)) {
            tracing::debug!("the server was tired of waiting for a request");
        } else {
            self.alarm.ring();
        }
    }
}

/// The stream of one connection.
pub(super) struct Watched {
    stream: TlsStream<TcpStream>,
    talk: Arc<Talk>,
    framing: Framing,
    /// The start of what came unasked, until it was judged.
    unasked: Option<Vec<u8>>,
    /// Why a write failed, while it is looked for what the server said before.
    failed: Option<io::Error>,
    turns: u32,
}

impl Watched {
    pub(super) fn new(stream: TlsStream<TcpStream>, talk: Arc<Talk>) -> Self {
        let framing = Framing::of_an_answer(false);
        Self { stream, talk, framing, unasked: None, failed: None, turns: 0 }
    }

    /// Reads on until it is clear what came unasked, and ends.
    fn poll_unasked(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let enough = TIRED.map(<[u8]>::len).into_iter().max().unwrap_or(0);
        let may_be_tired = |heard: &[u8]| TIRED.iter().any(|tired| tired.starts_with(heard));
        while let Some(heard) =
            self.unasked.as_mut().filter(|heard| heard.len() < enough && may_be_tired(heard))
        {
            let mut more = [0; 16];
            let mut more = ReadBuf::new(&mut more);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut more));
            if read.is_err() || more.filled().is_empty() {
                break;
            }
            heard.extend_from_slice(more.filled());
        }
        if let Some(heard) = self.unasked.take() {
            self.talk.judge(&heard);
        }
        Poll::Ready(Ok(()))
    }

    /// Before the first byte of a question: nothing may be waiting to be read, not even what the runtime does not know of yet.
    fn poll_may_write(&mut self, cx: &mut Context<'_>, bytes: usize) -> Poll<io::Result<()>> {
        if bytes == 0 || self.talk.wrote() {
            return Poll::Ready(Ok(()));
        }
        if self.talk.is_over() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        if is_readable(self.stream.get_ref().0) {
            // Its reader has its turn first: what it finds may be an end, a byte that nobody asked for, or TLS's own.
            return if self.takes_turn(cx) {
                Poll::Pending
            } else {
                Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
            };
        }
        self.turns = 0;
        self.framing = Framing::of_an_answer(self.talk.to_head.load(Ordering::SeqCst));
        self.talk.wrote.store(true, Ordering::SeqCst);
        self.talk.asked.store(true, Ordering::SeqCst);
        Poll::Ready(Ok(()))
    }

    /// Asks to be called again once the runtime has looked around, but not for ever.
    fn takes_turn(&mut self, cx: &Context<'_>) -> bool {
        self.turns = self.turns.saturating_add(1);
        cx.waker().wake_by_ref();
        self.turns <= TURNS_MAX
    }

    /// A write that failed may have failed because the server refused us: its alert says so, if it is there still.
    fn poll_written<R>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        let error = match written {
            Poll::Ready(Err(error)) => error,
            other => return other,
        };
        let mut byte = [0];
        let mut byte = ReadBuf::new(&mut byte);
        match Pin::new(&mut self.stream).poll_read(cx, &mut byte) {
            Poll::Ready(Err(said)) if tls::error_in(&said).is_some() => Poll::Ready(Err(said)),
            Poll::Pending if self.takes_turn(cx) => {
                self.failed = Some(error);
                Poll::Pending
            }
            _ => Poll::Ready(Err(error)),
        }
    }
}

/// Whether the system has bytes, or the end, for this connection.
fn is_readable(tcp: &TcpStream) -> bool {
    let mut byte = [core::mem::MaybeUninit::uninit()];
    let peeked = socket2::SockRef::from(tcp).peek(&mut byte);
    !matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.talk.is_over() {
            return this.poll_unasked(cx);
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
        let read = buf.filled().get(before..).unwrap_or_default();
        if read.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let ours = if this.talk.asked.load(Ordering::SeqCst) {
            match this.framing.follow(read) {
                Followed::Whole => return Poll::Ready(Ok(())),
                Followed::PartsAt(_) => {
                    let error = "an answer that can be read in two ways";
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, error)));
                }
                Followed::EndsAt(end) => end,
            }
        } else {
            0
        };
        this.talk.asked.store(false, Ordering::SeqCst);
        let unasked = read.get(ours..).unwrap_or_default();
        if unasked.is_empty() {
            return Poll::Ready(Ok(()));
        }
        this.talk.over.store(true, Ordering::SeqCst);
        this.unasked = Some(unasked.to_vec());
        buf.set_filled(before.saturating_add(ours));
        let judged = this.poll_unasked(cx);
        // What is an answer goes on at once, whatever comes behind it.
        if ours == 0 { judged } else { Poll::Ready(Ok(())) }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        ready!(this.poll_may_write(cx, buf.len()))?;
        let written = match this.failed.take() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut this.stream).poll_write(cx, buf),
        };
        this.poll_written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        ready!(this.poll_may_write(cx, bufs.iter().map(|buf| buf.len()).fold(0, usize::saturating_add)))?;
        let written = match this.failed.take() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut this.stream).poll_write_vectored(cx, bufs),
        };
        this.poll_written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let flushed = match this.failed.take() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut this.stream).poll_flush(cx),
        };
        this.poll_written(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
