//! BACEN's side of Pix, **for testing only**: it moves no money, keeps nothing, and follows the public manuals where they
//! are clear and its own judgement where they leave room. Everything that looks random comes from a seed, so that a run
//! can be replayed.
//!
//! What it holds: DICT entries and claims; SPI's messages in, settled and handed on, and the read streams out. Every
//! signature that arrives is verified, every answer that BACEN signs is signed. A participant that nobody plays is
//! virtual: it holds the directory's first keys, agrees to every claim on them, and accepts every payment.

#![expect(clippy::std_instead_of_alloc, reason = "a host has std; the lint keeps core portable")]

mod config;
mod dict;
mod faults;
mod identifiers;
mod journal;
pub mod pki;
mod problem;
mod random;
mod sabotage;
pub mod samples;
mod server;
pub mod setup;
mod signature;
mod spi;
mod state;
mod wire;

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::sync::Arc;

use lacre_core::Language;
use lacre_native::tls::{self, TlsError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

pub use config::{DICT_PORT, HEALTH_PORT, Limits, Participant, SPI_PORT, SimulatorConfig};
pub use faults::{Fault, Faults};
pub use journal::Obeyed;
use server::{Callers, Port, Service};
use state::Simulation;

/// What stands at the head of everything that the simulator says about itself.
pub const FOR_TESTING_ONLY: &str = "for testing only";

const GRACE: Duration = Duration::from_secs(1);

/// BACEN's side of Pix, for testing only.
#[derive(Debug)]
#[non_exhaustive]
pub struct Simulator;

/// A simulator that answers. It stops when this is dropped, or in good order by [`Running::shutdown`].
pub struct Running {
    dict: SocketAddr,
    spi: SocketAddr,
    health: SocketAddr,
    simulation: Arc<Simulation>,
    stop: watch::Sender<bool>,
    ports: JoinSet<()>,
}

/// Why a simulator does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum SimulatorError {
    /// An address cannot be listened on.
    Bind(SocketAddr, io::Error),
    /// The channel's certificates do not do.
    Tls(TlsError),
    /// Nobody could speak to it.
    NoParticipant,
}

impl Simulator {
    /// Listens, and answers from then on.
    ///
    /// # Errors
    /// When an address is taken, the channel's certificates do not do, or there is no participant.
    pub async fn start(config: SimulatorConfig) -> Result<Running, SimulatorError> {
        if config.participants.is_empty() {
            return Err(SimulatorError::NoParticipant);
        }
        let tls = tls::server_config(&config.channel, &config.clients, tls::TLS_12_AND_13)
            .map_err(SimulatorError::Tls)?;
        let tls = TlsAcceptor::from(tls);
        let simulation = Arc::new(Simulation::new(&config));
        let callers = Arc::new(callers(&config));
        let (stop, stopping) = watch::channel(false);
        let bound = |(address, error)| SimulatorError::Bind(address, error);
        let (dict_listener, dict) = server::bind(config.dict).await.map_err(bound)?;
        let (spi_listener, spi) = server::bind(config.spi).await.map_err(bound)?;
        let (health_listener, health) = server::bind(config.health).await.map_err(bound)?;
        let mut ports = JoinSet::new();
        let mut serve = |service, listener: TcpListener| {
            let port =
                Port { service, simulation: simulation.clone(), callers: callers.clone(), tls: tls.clone() };
            ports.spawn(server::accept(listener, Arc::new(port), stopping.clone()));
        };
        serve(Service::Dict, dict_listener);
        serve(Service::Spi, spi_listener);
        let status = serde_json::json!({
            "status": "up",
            "simulator": FOR_TESTING_ONLY,
            "dict": dict.to_string(),
            "spi": spi.to_string(),
            "seed": config.seed,
        });
        let pace = server::Pace::of(&config.limits);
        ports.spawn(server::health(health_listener, status.to_string(), pace, stopping));
        tracing::info!(%dict, %spi, %health, seed = config.seed, "the simulator is up, {FOR_TESTING_ONLY}");
        Ok(Running { dict, spi, health, simulation, stop, ports })
    }
}

impl Running {
    /// Where DICT listens.
    #[must_use]
    pub const fn dict_addr(&self) -> SocketAddr {
        self.dict
    }

    /// Where SPI listens.
    #[must_use]
    pub const fn spi_addr(&self) -> SocketAddr {
        self.spi
    }

    /// Where it says how it is, without TLS.
    #[must_use]
    pub const fn health_addr(&self) -> SocketAddr {
        self.health
    }

    /// The misbehaviours still to come: ask for one here.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.simulation.faults
    }

    /// What was read whole and obeyed, oldest first; of many, the newest 65,536.
    #[must_use]
    pub fn obeyed(&self) -> Vec<Obeyed> {
        self.simulation.journal.entries()
    }

    /// What was obeyed since the last time it was taken, oldest first; of many, the newest 65,536. It is forgotten here.
    #[must_use]
    pub fn take_obeyed(&self) -> Vec<Obeyed> {
        self.simulation.journal.take()
    }

    /// Takes no more connections, gives open requests a second to finish, and ends.
    pub async fn shutdown(mut self) {
        // Nobody listens if every port ended already.
        let _ = self.stop.send(true);
        let finish = async { while self.ports.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, finish).await.is_err() {
            self.ports.shutdown().await;
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("dict", &self.dict)
            .field("spi", &self.spi)
            .field("health", &self.health)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for SimulatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_language(Language::En))
    }
}

impl SimulatorError {
    /// What is wrong.
    #[must_use]
    pub fn in_language(&self, language: Language) -> String {
        match (self, language) {
            (Self::Bind(address, error), Language::PtBr) => {
                format!("não é possível escutar em `{address}`: {error}")
            }
            (Self::Bind(address, error), _) => format!("cannot listen on `{address}`: {error}"),
            (Self::Tls(error), _) => error.in_language(language),
            (Self::NoParticipant, Language::PtBr) => "nenhum participante foi dado".to_owned(),
            (Self::NoParticipant, _) => "no participant is given".to_owned(),
        }
    }

    /// What to do.
    #[must_use]
    pub const fn help(&self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Bind(..), Language::PtBr) => "indique outra porta, ou 0 para uma que esteja livre",
            (Self::Bind(..), _) => "give another port, or 0 for one that is free",
            (Self::Tls(error), _) => error.reason().help(language),
            (Self::NoParticipant, Language::PtBr) => "indique um ISPB e o certificado de assinatura dele",
            (Self::NoParticipant, _) => "give an ISPB and the signing certificate that is its own",
        }
    }
}

impl core::error::Error for SimulatorError {}

fn callers(config: &SimulatorConfig) -> Callers {
    let by_channel = config
        .participants
        .iter()
        .flat_map(|participant| participant.channel.iter().map(|channel| (channel.clone(), participant.ispb)))
        .collect();
    Callers { by_channel, participants: config.participants.iter().map(|p| p.ispb).collect() }
}
