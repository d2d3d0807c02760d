//! The proxy from its start to its end: the channels' fronts, the reload of what changed on the disk.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use lacre_core::exchange::Channel;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep};

use super::front;
use super::setup::Setup;
use crate::audit::{AuditError, AuditSink, AuditTrail};
use crate::clock;
use crate::exchange::Exchanges;
use crate::finding::Finding;

/// How often what is not as it should be is said again.
const REMINDER: Duration = Duration::from_secs(24 * 3600);

/// Why a proxy does not start, or did not end well.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// An address cannot be listened on.
    Listen(Channel, SocketAddr, io::Error),
    /// The audit trail cannot be opened, or not everything could be shipped.
    Audit(AuditError),
}

impl core::fmt::Display for RunError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Listen(channel, address, error) => {
                write!(f, "{channel}: cannot listen on `{address}`: {error}")
            }
            Self::Audit(error) => write!(f, "audit: {error}"),
        }
    }
}

impl core::error::Error for RunError {}

/// Takes the channels' addresses, in the setup's order.
///
/// # Errors
/// If one of them is taken or not this machine's.
pub async fn bind(setup: &Setup) -> Result<Vec<TcpListener>, RunError> {
    let mut listeners = Vec::new();
    for channel in &setup.channels {
        let listener = TcpListener::bind(channel.listen).await;
        listeners
            .push(listener.map_err(|error| RunError::Listen(channel.policy.channel, channel.listen, error))?);
    }
    Ok(listeners)
}

/// Runs the channels on their listeners until `stop` says `true`; then carries what is under way to its end and ships the audit trail.
/// `path` is the configuration: it and what it names are read again when they change.
///
/// # Errors
/// If the audit trail cannot be opened, or not be shipped at the end.
pub async fn run(
    setup: Setup,
    listeners: Vec<TcpListener>,
    path: PathBuf,
    stop: watch::Receiver<bool>,
) -> Result<(), RunError> {
    let trail = Arc::new(AuditTrail::open(setup.audit.clone()).map_err(RunError::Audit)?);
    let mut fronts = JoinSet::new();
    let mut current = Vec::new();
    for (channel, listener) in setup.channels.iter().zip(listeners) {
        let audit: Arc<dyn AuditSink> = Arc::<AuditTrail>::clone(&trail);
        let (sender, receiver) = watch::channel(Arc::new(channel.exchanges(audit)));
        fronts.spawn(front::serve(listener, receiver, setup.limits, stop.clone()));
        current.push((channel.policy.channel, sender));
    }
    let reload = tokio::spawn(reload(setup, path, Arc::clone(&trail), current));
    while let Some(ended) = fronts.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a front ended early");
        }
    }
    reload.abort();
    trail.close().await.map_err(RunError::Audit)
}

/// Looks for changes again and again, and for certificates whose validity began or ended: another one of the key may have its turn. A
/// configuration that cannot be used changes nothing: the old one goes on.
async fn reload(
    setup: Setup,
    path: PathBuf,
    trail: Arc<AuditTrail>,
    current: Vec<(Channel, watch::Sender<Arc<Exchanges>>)>,
) {
    let Setup { mut seen, mut expiries, mut turns, reload: mut pause, .. } = setup;
    let (mut reminded, mut read_s) = (Instant::now(), now_unix_s());
    loop {
        sleep(pause).await;
        if reminded.elapsed() >= REMINDER {
            expiries.iter().for_each(|expiry| expiry.finding().log());
            reminded = Instant::now();
        }
        let (before, now_s) = (seen.clone(), now_unix_s());
        // Where the clock was set back, what was chosen may not be valid yet.
        let turned = now_s < read_s || turns.iter().any(|turn| (read_s..now_s).contains(turn));
        if !turned && !spawn_blocking(move || before.changed()).await.unwrap_or(false) {
            continue;
        }
        read_s = now_s;
        let from = path.clone();
        let Ok(reading) = spawn_blocking(move || Setup::reading(&from)).await else { continue };
        // Whatever came of it: the same files are not tried again.
        seen = reading.seen;
        reading.findings.iter().for_each(Finding::log);
        let Some(setup) = reading.setup else {
            tracing::error!(
                alarm = "config_refused",
                "the configuration changed and cannot be used: the old one goes on"
            );
            continue;
        };
        (expiries, turns, pause) = (setup.expiries, setup.turns, setup.reload);
        for (channel, sender) in &current {
            if let Some(new) = setup.channels.iter().find(|new| new.policy.channel == *channel) {
                let audit: Arc<dyn AuditSink> = Arc::<AuditTrail>::clone(&trail);
                sender.send_replace(Arc::new(new.exchanges(audit)));
            }
        }
        tracing::info!(
            "the configuration was read again; addresses and the audit folder stay until a restart"
        );
    }
}

fn now_unix_s() -> i64 {
    clock::unix_ms().div_euclid(1000)
}
