//! How a simulator is set up.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::sync::Arc;

use lacre_core::{Certificate, Ispb};

use crate::faults::Fault;
use lacre_native::key::Signer;
use lacre_native::tls::{Identity, PeerTrust};

/// Where DICT listens unless told otherwise.
pub const DICT_PORT: u16 = 8181;
/// Where SPI listens unless told otherwise.
pub const SPI_PORT: u16 = 9191;
/// Where the simulator says how it is, without TLS.
pub const HEALTH_PORT: u16 = 7171;

/// An institution that may speak to the simulator.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a participant is who it is, what it signs with, how it connects"
)]
pub struct Participant {
    /// Who it is.
    pub ispb: Ispb,
    /// The certificates whose signatures are its own.
    pub signing: Vec<Certificate>,
    /// Its channel certificates (DER), where those do not name its ISPB themselves.
    pub channel: Vec<Vec<u8>>,
}

/// What a simulator is given.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SimulatorConfig {
    /// Where DICT listens; port 0 takes a free one.
    pub dict: SocketAddr,
    /// Where SPI listens.
    pub spi: SocketAddr,
    /// Where it says how it is.
    pub health: SocketAddr,
    /// BACEN's signing key.
    pub signer: Arc<dyn Signer>,
    /// The certificate of that key.
    pub certificate: Certificate,
    /// BACEN's channel certificate and key.
    pub channel: Identity,
    /// Whose channel certificates may connect.
    pub clients: PeerTrust,
    /// Who may speak. A lone participant owns every trusted channel.
    pub participants: Vec<Participant>,
    /// What everything that looks random is drawn from.
    pub seed: u64,
    /// Misbehaviours, in order.
    pub faults: Vec<Fault>,
    /// Whether DICT signs its errors too. BACEN may; nothing says that it must.
    pub signed_errors: bool,
    /// How long a donor has to answer a claim.
    pub claim_resolution: Duration,
    /// How long a claimer of ownership waits before completing.
    pub claim_completion: Duration,
    /// Every bound.
    pub limits: Limits,
}

/// Every bound on what the simulator reads, keeps and waits for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// How long a read stream waits for a message before it answers 204.
    pub long_poll: Duration,
    /// How long a read stream lives without being asked.
    pub stream_idle: Duration,
    /// How long a client may take for a handshake, or for a body.
    pub read: Duration,
    /// How long a connection may stay without a whole request header.
    pub idle: Duration,
    /// Largest DICT body, in bytes.
    pub dict_body_bytes_max: usize,
    /// Largest ICOM body, in bytes, before and after unpacking.
    pub icom_body_bytes_max: usize,
    /// Most connections at once, per service.
    pub connections_max: usize,
    /// Most read streams of one participant.
    pub streams_max: usize,
    /// Most messages waiting for one participant.
    pub messages_max: usize,
    /// Most payments remembered.
    pub payments_max: usize,
    /// Most entries in the directory.
    pub entries_max: usize,
}

const DAY: Duration = Duration::from_secs(24 * 3600);

impl SimulatorConfig {
    /// A simulator on the usual ports of the loopback interface, without participants.
    #[must_use]
    pub fn new(
        signer: Arc<dyn Signer>,
        certificate: Certificate,
        channel: Identity,
        clients: PeerTrust,
    ) -> Self {
        let [dict, spi, health] =
            [DICT_PORT, SPI_PORT, HEALTH_PORT].map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        Self {
            dict,
            spi,
            health,
            signer,
            certificate,
            channel,
            clients,
            participants: Vec::new(),
            seed: 0,
            faults: Vec::new(),
            signed_errors: false,
            claim_resolution: DAY.saturating_mul(7),
            claim_completion: DAY.saturating_mul(14),
            limits: Limits::default(),
        }
    }

    /// The same on ports that are free, for tests and for a machine where the usual ones are taken.
    #[must_use]
    pub fn on_free_ports(mut self) -> Self {
        for address in [&mut self.dict, &mut self.spi, &mut self.health] {
            address.set_port(0);
        }
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            long_poll: Duration::from_secs(3),
            stream_idle: Duration::from_secs(60),
            read: Duration::from_secs(10),
            idle: Duration::from_secs(15),
            dict_body_bytes_max: 256 << 10,
            icom_body_bytes_max: 16 << 20,
            connections_max: 256,
            streams_max: 6,
            messages_max: 10_000,
            payments_max: 200_000,
            entries_max: 100_000,
        }
    }
}
