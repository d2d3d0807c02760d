//! A small runtime for keys that are opened where there may be none, and the way of a waiting thread into a runtime.
//!
//! A key may be opened, used and dropped on a thread of anybody's runtime. There, to block on a future or to drop a runtime is a
//! panic; so the runtime lives and ends on a thread of its own, and whoever waits does so on an ordinary channel.

use core::future::Future;
use core::time::Duration;
use std::io;
use std::sync::mpsc;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// A runtime on a thread of its own, which ends when this is dropped.
pub(super) struct OwnRuntime {
    handle: Handle,
    /// Its loss tells the thread to end.
    _stop: oneshot::Sender<()>,
}

impl OwnRuntime {
    /// Starts the thread.
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        std::thread::Builder::new().name("lacre-kms".to_owned()).spawn(move || {
            // Nothing is ever sent: it ends when the sender is gone.
            let _ = runtime.block_on(stopped);
        })?;
        Ok(Self { handle, _stop: stop })
    }

    /// Where tasks are spawned.
    pub(super) fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

/// Runs a future in a runtime while this thread waits; nothing if it takes longer than `limit`.
pub(super) fn wait<T: Send + 'static>(
    runtime: &Handle,
    work: impl Future<Output = T> + Send + 'static,
    limit: Duration,
) -> Option<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let task = runtime.spawn(async move {
        // Nobody may be waiting any more.
        let _ = sender.send(work.await);
    });
    let done = receiver.recv_timeout(limit).ok();
    if done.is_none() {
        task.abort();
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_of_a_runtime_may_start_use_and_drop_it() {
        for host in [Builder::new_current_thread(), Builder::new_multi_thread()] {
            let host = { host }.enable_all().build().unwrap();
            host.block_on(async {
                let own = OwnRuntime::start().unwrap();
                assert_eq!(wait(&own.handle(), async { 7 }, Duration::from_secs(5)), Some(7));
                assert_eq!(own.handle().spawn(async { 8 }).await.unwrap(), 8);
            });
        }
    }

    #[test]
    fn a_future_that_does_not_end_is_given_up() {
        let own = OwnRuntime::start().unwrap();
        assert_eq!(wait(&own.handle(), core::future::pending::<()>(), Duration::from_millis(20)), None);
    }

    #[test]
    fn a_runtime_that_the_waiting_thread_ought_to_drive_is_given_up() {
        let host = Builder::new_current_thread().enable_all().build().unwrap();
        let done = host.block_on(async { wait(&Handle::current(), async { 7 }, Duration::from_millis(20)) });
        assert_eq!(done, None);
    }
}
