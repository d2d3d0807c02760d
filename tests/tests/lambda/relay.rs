//! A port that stays while what answers behind it changes: a BACEN that is another one from one call to the next.

use core::sync::atomic::{AtomicU16, Ordering};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Passes connections on.
pub(crate) struct Relay {
    pub(crate) port: u16,
    target: Arc<AtomicU16>,
    changed: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl Relay {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = Arc::<AtomicU16>::default();
        let (changed, watcher) = watch::channel(());
        let aim = Arc::clone(&target);
        let task = tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let (aim, mut watcher) = (Arc::clone(&aim), watcher.clone());
                watcher.mark_unchanged();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = pass(near, aim.load(Ordering::SeqCst)) => {}
                        // Nothing is said any more over a connection to what was there before.
                        _ = watcher.changed() => {}
                    }
                });
            }
        });
        Self { port, target, changed, task }
    }

    /// Passes connections on to this port from now on.
    pub(crate) fn aim(&self, port: u16) {
        self.target.store(port, Ordering::SeqCst);
        self.changed.send_replace(());
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(mut near: TcpStream, port: u16) -> std::io::Result<()> {
    let mut far = TcpStream::connect(("127.0.0.1", port)).await?;
    tokio::io::copy_bidirectional(&mut near, &mut far).await?;
    Ok(())
}
