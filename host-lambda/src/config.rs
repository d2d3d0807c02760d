//! The deployment that exchanges run on, read again when its time is over.
//!
//! A reading that fails changes nothing: what was good goes on, the faults are said, and it is tried again soon. While the old one is
//! only a little too old, nobody waits for the new one.

use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lacre_aws::{Clients, Deployment, Values};
use lacre_core::Language;
use lacre_core::exchange::Channel;
use lacre_native::clock;
use lacre_native::finding::{Finding, Level};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::Instrument as _;

use crate::meter::Meter;
use crate::settings::Settings;

/// After a reading that failed the next one is this far away, unless the time to live is shorter.
const RETRY: Duration = Duration::from_secs(10);

/// Without any deployment every invocation may try, but not more often than this.
const RETRY_WITHOUT: Duration = Duration::from_secs(1);

/// How long a new reading is waited for when the old one is very old.
const WAIT: Duration = Duration::from_secs(2);

/// The deployment of one channel, kept fresh.
#[derive(Debug)]
pub(crate) struct Config {
    clients: Clients,
    channel: Option<Channel>,
    settings: Settings,
    meter: Arc<Meter>,
    state: Mutex<State>,
    /// Held by the reading that runs.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    current: Option<(Arc<Deployment>, Values)>,
    /// When the values were last seen to be as they are, and when they are looked at next: by the wall clock, since a sandbox may be
    /// frozen for an hour between two invocations.
    seen_unix_ms: i64,
    due_unix_ms: i64,
}

impl Config {
    pub(crate) fn new(clients: Clients, settings: Settings, meter: Arc<Meter>) -> Self {
        let now = clock::unix_ms();
        let state = Mutex::new(State { current: None, seen_unix_ms: now, due_unix_ms: now });
        let channel = settings.channel;
        Self { clients, channel, settings, meter, state, reading: tokio::sync::Mutex::default() }
    }

    /// The deployment, as fresh as it can be had within a short wait, never longer than `within`. Nothing if there never was one that
    /// could be used.
    pub(crate) async fn current(self: &Arc<Self>, within: Duration) -> Option<Arc<Deployment>> {
        let (current, wait) = {
            let state = self.lock();
            let current = state.current.as_ref().map(|(deployment, _)| Arc::clone(deployment));
            let age = clock::unix_ms().saturating_sub(state.seen_unix_ms);
            // A clock that was set back says nothing about the age.
            if (0..state.due_unix_ms.saturating_sub(state.seen_unix_ms)).contains(&age) {
                return current;
            }
            let very_old = !(0..=ms(self.settings.ttl).saturating_mul(2)).contains(&age);
            let wait = if current.is_none() || very_old { WAIT } else { Duration::ZERO };
            (current, wait.min(within))
        };
        let reading = self.begin_refresh();
        if wait.is_zero() {
            return current;
        }
        // Ended early or late, the state says it all.
        drop(timeout(wait, reading).await);
        self.lock().current.as_ref().map(|(deployment, _)| Arc::clone(deployment))
    }

    /// Begins to read, unless a reading is under way, and ends with it.
    pub(crate) fn begin_refresh(self: &Arc<Self>) -> JoinHandle<()> {
        let config = Arc::clone(self);
        tokio::spawn(async move { config.refresh().await }.in_current_span())
    }

    /// Looks at the values, and makes a deployment of them if they changed.
    async fn refresh(&self) {
        let Ok(_one_at_a_time) = self.reading.try_lock() else {
            // Another reading is under way: its outcome is as good.
            drop(self.reading.lock().await);
            return;
        };
        let mut findings = self.settings.findings.clone();
        let read = match self.channel {
            Some(channel) => self.read(channel, &mut findings).await,
            None => None,
        };
        let good = read.is_some() && !is_fatal(&findings);
        let now = clock::unix_ms();
        let mut state = self.lock();
        if good {
            state.seen_unix_ms = now;
            state.due_unix_ms = now.saturating_add(ms(self.settings.ttl));
            if let Some(Read::Changed(deployment, values)) = read {
                state.current = Some((Arc::new(deployment), values));
                drop(state);
                findings.iter().for_each(Finding::log);
                tracing::info!("the configuration was read");
            }
            return;
        }
        let retry = if state.current.is_some() { RETRY } else { RETRY_WITHOUT };
        state.due_unix_ms = now.saturating_add(ms(retry.min(self.settings.ttl)));
        let goes_on = state.current.is_some();
        drop(state);
        self.meter.note(|counts| counts.config_failures = counts.config_failures.saturating_add(1));
        complain(&findings, goes_on);
    }

    async fn read(&self, channel: Channel, findings: &mut Vec<Finding>) -> Option<Read> {
        let (values, found) = Values::fetch(&self.clients, &self.settings.prefix, channel).await;
        let fetched = !is_fatal(&found);
        findings.extend(found);
        let unchanged = self.lock().current.as_ref().is_some_and(|(_, old)| *old == values);
        if fetched && unchanged {
            return Some(Read::Unchanged);
        }
        // Read even if something is missing: what else is wrong is said at the same time.
        let (deployment, found) =
            Deployment::read(&self.clients, &values, channel, &self.settings.options).await;
        findings.extend(found);
        Some(Read::Changed(deployment.filter(|_| fetched)?, values))
    }

    /// Days until the first of the certificates in use ends.
    pub(crate) fn days_left(&self) -> Option<i64> {
        let state = self.lock();
        let (deployment, _) = state.current.as_ref()?;
        deployment.expiries.iter().map(lacre_native::expiry::Expiry::days_left).min()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What came of looking at the values.
enum Read {
    Unchanged,
    Changed(Deployment, Values),
}

fn ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn is_fatal(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.level() == Level::Fatal)
}

/// One error that names every fault, each with its remedy.
fn complain(findings: &[Finding], goes_on: bool) {
    let faults: Vec<String> = findings
        .iter()
        .filter(|finding| finding.level() == Level::Fatal)
        .map(|finding| {
            let (subject, message) = (finding.subject(), finding.message(Language::En));
            let help = finding.help(Language::En).unwrap_or_default();
            format!("{subject}: {message} [{}]: {help}", finding.code())
        })
        .collect();
    let effect = if goes_on { "the old one goes on" } else { "requests are refused" };
    let count = faults.len();
    tracing::error!(
        alarm = "config_refused",
        faults = faults.join(" | "),
        "the configuration cannot be used, {count} faults; {effect}"
    );
}
