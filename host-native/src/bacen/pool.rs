//! The connections that wait for a question, and what becomes of them when one was answered that nobody asked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::connection::Connection;
use super::{Endpoint, Settings};

/// A client's idle connections.
pub(super) struct Pool {
    endpoint: Endpoint,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    connections: Vec<Connection>,
    /// Goes up when the connections so far are trusted no more.
    generation: u64,
}

/// Why the open connections are used no more.
#[derive(Clone, Copy, Debug)]
pub(super) enum Distrust {
    /// Bytes came on one of them that nobody asked for.
    Unasked,
    /// An answer belonged to another question.
    Mismatched,
}

impl Distrust {
    fn alarm(self) -> &'static str {
        match self {
            Self::Unasked => "answer_unasked",
            Self::Mismatched => "answer_mismatch",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Unasked => "BACEN's side sent what nobody asked for: no open connection is used again",
            Self::Mismatched => "BACEN's side answered another question: no open connection is used again",
        }
    }
}

/// What a connection has of its pool.
pub(super) struct Alarm(Weak<Pool>);

impl Alarm {
    /// Bytes came that nobody asked for.
    pub(super) fn ring(&self) {
        if let Some(pool) = self.0.upgrade() {
            pool.distrust(Distrust::Unasked);
        }
    }
}

impl Pool {
    pub(super) fn new(endpoint: Endpoint) -> Arc<Self> {
        Arc::new(Self { endpoint, idle: Mutex::default() })
    }

    pub(super) fn alarm(self: &Arc<Self>) -> Alarm {
        Alarm(Arc::downgrade(self))
    }

    /// Which connections are trusted now: those that are opened from here on, until the next alarm.
    pub(super) fn generation(&self) -> u64 {
        self.lock().generation
    }

    /// The connection that was used last and is still good: the others may grow old and be closed.
    pub(super) fn take(&self, settings: &Settings) -> Option<Connection> {
        let mut idle = self.lock();
        idle.connections.retain(|connection| connection.is_good(settings));
        idle.connections.pop()
    }

    pub(super) fn give_back(&self, connection: Connection, settings: &Settings) {
        let mut idle = self.lock();
        idle.connections.retain(|connection| connection.is_good(settings));
        let is_trusted = connection.generation() == idle.generation;
        if is_trusted && connection.is_good(settings) && idle.connections.len() < settings.connections_max {
            idle.connections.push(connection);
        }
    }

    /// No connection that is open now gets another question: where one side lost count of questions and answers, both may have on
    /// every connection. Questions under way keep theirs; their answers are held against them as every answer is.
    pub(super) fn distrust(&self, why: Distrust) {
        let connections = {
            let mut idle = self.lock();
            idle.generation = idle.generation.saturating_add(1);
            core::mem::take(&mut idle.connections)
        };
        tracing::error!(
            alarm = why.alarm(),
            endpoint = %self.endpoint,
            dropped = connections.len(),
            "{}",
            why.words()
        );
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
