//! A configuration turned into what the proxy runs on, with everything that was found on the way.

use core::net::SocketAddr;
use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lacre_core::exchange::{Channel, OutsideValidity, Policy, UnknownPath};
use lacre_core::{Certificate, DictPosition, Trust};

use super::config::{ChannelTable, File};
use super::finding::{ConfigReason, Finding, Level};
use super::front::FrontLimits;
use super::reader::{Reader, is_uri, writable};
use super::seen::{Expiry, Seen};
use crate::audit::{AuditSettings, AuditSink, Format};
use crate::bacen::{BacenClient, Endpoint, Settings};
use crate::clock;
use crate::exchange::{Budgets, Exchanges, Transport};
use crate::key::{self, KeyReason, Passphrase, Signer};
use crate::tls::{Identity, PeerCertificate, PeerTrust};

/// Longest time that a configuration may ask for, in seconds: a day.
const SECONDS_MAX: u64 = 86_400;

/// Largest body that a configuration may allow, in bytes.
const BYTES_MAX: u64 = 1 << 30;

/// Most connections that a configuration may allow.
const CONNECTIONS_MAX: u64 = 1 << 20;

/// What a proxy runs on.
#[derive(Debug)]
#[non_exhaustive]
pub struct Setup {
    /// The channels, SPI first.
    pub channels: Vec<ChannelSetup>,
    /// How the audit trail is kept.
    pub audit: AuditSettings,
    /// How often the files are looked at for changes.
    pub reload: Duration,
    /// What bounds the callers.
    pub limits: FrontLimits,
    /// The certificates' ends.
    pub(super) expiries: Vec<Expiry>,
    /// What was read for it.
    pub(super) seen: Seen,
}

/// What one channel of a proxy runs on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChannelSetup {
    /// Where callers connect.
    pub listen: SocketAddr,
    /// How the channel may be used.
    pub policy: Arc<Policy>,
    /// The way to BACEN.
    pub client: BacenClient,
    signer: Arc<dyn Signer>,
    budgets: Budgets,
}

impl ChannelSetup {
    /// The channel's exchanges, recorded in `audit`.
    #[must_use]
    pub fn exchanges(&self, audit: Arc<dyn AuditSink>) -> Exchanges {
        self.exchanges_over(Arc::new(self.client.clone()), audit)
    }

    /// The channel's exchanges over another way to BACEN than the client.
    #[must_use]
    pub fn exchanges_over(&self, transport: Arc<dyn Transport>, audit: Arc<dyn AuditSink>) -> Exchanges {
        Exchanges::new(Arc::clone(&self.policy), Arc::clone(&self.signer), transport, audit)
            .with_budgets(self.budgets)
    }

    /// Connects to the endpoint and hangs up: what is found there.
    pub async fn handshake(&self) -> Vec<Finding> {
        let subject = format!("{}.endpoint {}", self.policy.channel, self.client.endpoint());
        match self.client.handshake().await {
            Err(error) => vec![Finding::transport(error, subject)],
            Ok(peer) => {
                let mut reader = Reader::default();
                let about = format!("{}, {}", peer.version, peer.cipher);
                reader
                    .findings
                    .push(Finding::new(Level::Holds, ConfigReason::Reached, subject.clone()).because(about));
                if let Some(server) = peer.certificate {
                    let about = format!("{subject} certificate");
                    reader.validity(&about, server.not_before_unix_s, server.not_after_unix_s, Level::Fault);
                }
                reader.findings
            }
        }
    }
}

impl Setup {
    /// Reads a configuration and everything it names. The setup is there unless a finding is [`Level::Fatal`]; the findings are all
    /// there are, so that nobody has to mend one to learn of the next.
    #[must_use]
    pub fn read(path: &Path) -> (Option<Self>, Vec<Finding>) {
        let reading = Self::reading(path);
        (reading.setup, reading.findings)
    }

    pub(super) fn reading(path: &Path) -> Reading {
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let mut reader = Reader { folder, ..Reader::default() };
        let setup = reader.file(path).and_then(|file| reader.setup(&file));
        let fatal = reader.findings.iter().any(|finding| finding.level() == Level::Fatal);
        Reading { setup: setup.filter(|_| !fatal), findings: reader.findings, seen: reader.seen }
    }
}

/// What came of reading a configuration.
pub(super) struct Reading {
    pub(super) setup: Option<Setup>,
    pub(super) findings: Vec<Finding>,
    pub(super) seen: Seen,
}

/// From the parameters to what they mean.
impl Reader {
    fn setup(&mut self, file: &File) -> Option<Setup> {
        let signer = self.signer(file);
        let certificate = self.signing_certificate(file, signer.as_deref());
        let trust = Arc::new(self.trust(&file.bacen.signature_certificates));
        let identity = self.identity(file);
        let peers = self.peers(file);
        let audit = self.audit(file);
        let choices = self.choices(file);
        let places = self.places(file);
        self.bounds(file);
        let (signer, certificate, identity, peers) = (signer?, certificate?, identity?, peers?);
        let budgets = budgets(file);
        let mut channels = Vec::new();
        for Place { channel, listen, endpoint, server_name } in places {
            let mut policy =
                Policy::new(channel, &endpoint.to_string(), certificate.clone(), Arc::clone(&trust));
            choices.apply(&mut policy);
            let mut settings = Settings::new(endpoint, Some(identity.clone()), peers.clone());
            settings.server_name = server_name;
            settings.request_timeout = budgets.total;
            settings.response_bytes_max = file.limits.response_bytes.unwrap_or(settings.response_bytes_max);
            let (policy, signer) = (Arc::new(policy), Arc::clone(&signer));
            match BacenClient::new(settings) {
                Ok(client) => channels.push(ChannelSetup { listen, policy, client, signer, budgets }),
                Err(error) => self.findings.push(Finding::tls(error, format!("{channel}.server_name"))),
            }
        }
        let reload = at_least_a_second(file.limits.reload_seconds.unwrap_or(60));
        let (expiries, seen) = (core::mem::take(&mut self.expiries), self.seen.clone());
        Some(Setup { channels, audit: audit?, reload, limits: front_limits(file), expiries, seen })
    }

    fn choices(&mut self, file: &File) -> Choices {
        let policy = &file.policy;
        Choices {
            outside_validity: self.choice(
                "policy.outside_validity",
                policy.outside_validity.as_deref(),
                &[("refuse", OutsideValidity::Refuse), ("pass", OutsideValidity::Pass)],
            ),
            unknown_path: self.choice(
                "policy.unknown_paths",
                policy.unknown_paths.as_deref(),
                &[("refuse", UnknownPath::Refuse), ("pass", UnknownPath::Pass)],
            ),
            resign: self.choice(
                "policy.already_signed",
                policy.already_signed.as_deref(),
                &[("refuse", false), ("resign", true)],
            ),
            dict_position: self.choice(
                "policy.dict_signature",
                policy.dict_signature.as_deref(),
                &[("first", DictPosition::First), ("last", DictPosition::Last)],
            ),
        }
    }

    /// Numbers that would stop the proxy, or make of a bound none.
    fn bounds(&mut self, file: &File) {
        let wide = |bytes: Option<usize>| bytes.map(|bytes| u64::try_from(bytes).unwrap_or(u64::MAX));
        let limits = &file.limits;
        let numbers = [
            ("audit.ship_seconds", file.audit.ship_seconds, SECONDS_MAX),
            ("limits.request_bytes", wide(limits.request_bytes), BYTES_MAX),
            ("limits.response_bytes", wide(limits.response_bytes), BYTES_MAX),
            ("limits.total_seconds", limits.total_seconds, SECONDS_MAX),
            ("limits.signing_seconds", limits.signing_seconds, SECONDS_MAX),
            ("limits.connections", wide(limits.connections), CONNECTIONS_MAX),
            ("limits.reload_seconds", limits.reload_seconds, SECONDS_MAX),
        ];
        for (subject, number, max) in numbers {
            if let Some(number) = number.filter(|number| !(1..=max).contains(number)) {
                self.fatal(ConfigReason::BadValue, subject, format_args!("{number} is not in 1..={max}"));
            }
        }
    }

    fn places(&mut self, file: &File) -> Vec<Place> {
        if file.spi.is_none() && file.dict.is_none() {
            self.findings.push(Finding::new(Level::Fatal, ConfigReason::NoChannel, "spi, dict"));
        }
        let tables = [(Channel::Spi, file.spi.as_ref()), (Channel::Dict, file.dict.as_ref())];
        let addresses = tables.map(|(_, table)| table?.listen.as_deref()?.parse::<SocketAddr>().ok());
        if let [Some(spi), Some(dict)] = addresses
            && spi == dict
            && spi.port() != 0
        {
            self.fatal(ConfigReason::BadValue, "spi.listen, dict.listen", format_args!("both `{spi}`"));
        }
        tables.into_iter().filter_map(|(channel, table)| self.place(channel, table?)).collect()
    }

    fn signer(&mut self, file: &File) -> Option<Arc<dyn Signer>> {
        let spec = self.present("signature.key", file.signature.key.as_deref())?;
        let spec =
            if is_uri(spec) { spec.to_owned() } else { self.path(Path::new(spec)).display().to_string() };
        let passphrase_file = file.signature.passphrase_file.as_deref().map(|path| self.path(path));
        if let Some(path) = &passphrase_file {
            self.permission("signature.passphrase_file", path);
        }
        let (passphrase, is_lost) = match Passphrase::find(passphrase_file.as_deref()) {
            Ok(passphrase) => (passphrase, false),
            Err(error) => {
                self.findings.push(Finding::key(error, "signature.passphrase_file"));
                (None, true)
            }
        };
        // A PIN is not tried without need: a token counts wrong ones, and one without PIN may be another key.
        if is_lost && is_uri(&spec) {
            return None;
        }
        if !is_uri(&spec) {
            self.permission("signature.key", Path::new(&spec));
            // Remembered only: that it cannot be read is for `open` to say.
            drop(self.seen.read(Path::new(&spec)));
        }
        match key::open(&spec, passphrase.as_ref()) {
            Ok(signer) => Some(signer),
            // Said already, at the passphrase's own parameter.
            Err(error) if is_lost && error.reason() == KeyReason::PassphraseMissing => None,
            Err(error) => {
                self.findings.push(Finding::key(error, "signature.key"));
                None
            }
        }
    }

    fn signing_certificate(&mut self, file: &File, signer: Option<&dyn Signer>) -> Option<Certificate> {
        let subject = "signature.certificate";
        let path = self.present(subject, file.signature.certificate.as_deref())?;
        let certificate = self.certificates(subject, path)?.into_iter().next()?;
        if let Some(signer) = signer {
            let (level, reason) = if key::same_public_key(signer.public_key(), certificate.spki_der()) {
                (Level::Holds, ConfigReason::KeyFits)
            } else {
                (Level::Fatal, ConfigReason::KeyMismatch)
            };
            self.findings.push(Finding::new(level, reason, "signature.key, signature.certificate"));
        }
        self.validity(subject, certificate.not_before_unix_s(), certificate.not_after_unix_s(), Level::Fault);
        if certificate.ispb().is_none() {
            self.findings.push(Finding::new(Level::Warning, ConfigReason::NoIspb, subject));
        }
        Some(certificate)
    }

    fn trust(&mut self, paths: &[PathBuf]) -> Trust {
        let subject = "bacen.signature_certificates";
        let mut trust = Trust::new();
        if paths.is_empty() {
            self.findings.push(Finding::new(Level::Fatal, ConfigReason::Missing, subject));
        }
        for path in paths {
            for certificate in self.certificates(subject, path).unwrap_or_default() {
                let about = format!("{subject} {} ({})", path.display(), certificate.serial());
                // One that ended is kept: it still tells an expired signature from an unknown one.
                self.validity(
                    &about,
                    certificate.not_before_unix_s(),
                    certificate.not_after_unix_s(),
                    Level::Warning,
                );
                trust.add(certificate);
            }
        }
        let now = clock::unix_ms().div_euclid(1000);
        let valid_now = |one: &Certificate| (one.not_before_unix_s()..=one.not_after_unix_s()).contains(&now);
        if !trust.is_empty() && !trust.iter().any(valid_now) {
            self.findings.push(Finding::new(Level::Fault, ConfigReason::NoneValid, subject));
        }
        trust
    }

    fn identity(&mut self, file: &File) -> Option<Identity> {
        let certificate = self.present("mtls.certificate", file.mtls.certificate.as_deref());
        let key = self.present("mtls.key", file.mtls.key.as_deref());
        let chain = certificate.and_then(|path| self.bytes("mtls.certificate", path));
        let key = key.and_then(|path| {
            self.permission("mtls.key", &self.path(path));
            self.bytes("mtls.key", path)
        });
        match Identity::from_pem(&chain?, &key?) {
            Ok(identity) => {
                self.findings.push(Finding::new(
                    Level::Holds,
                    ConfigReason::KeyFits,
                    "mtls.key, mtls.certificate",
                ));
                if let Some(leaf) = identity.chain().first().and_then(|der| PeerCertificate::read(der)) {
                    self.validity(
                        "mtls.certificate",
                        leaf.not_before_unix_s,
                        leaf.not_after_unix_s,
                        Level::Fault,
                    );
                }
                Some(identity)
            }
            Err(error) => {
                self.findings.push(Finding::tls(error, "mtls.certificate, mtls.key"));
                None
            }
        }
    }

    fn peers(&mut self, file: &File) -> Option<PeerTrust> {
        let subject = "bacen.mtls_certificates";
        let paths = &file.bacen.mtls_certificates;
        if paths.is_empty() {
            self.findings.push(Finding::new(Level::Fatal, ConfigReason::Missing, subject));
            return None;
        }
        let mut all = Vec::new();
        for path in paths {
            let Some(pem) = self.bytes(subject, path) else { continue };
            if let Err(error) = PeerTrust::from_pem(&pem) {
                self.findings.push(Finding::tls(error, format!("{subject} {}", path.display())));
                continue;
            }
            for der in crate::tls::certificates(&pem).unwrap_or_default() {
                if let Some(one) = PeerCertificate::read(&der) {
                    let about = format!("{subject} {}", path.display());
                    self.validity(&about, one.not_before_unix_s, one.not_after_unix_s, Level::Warning);
                }
            }
            all.extend_from_slice(&pem);
            all.push(b'\n');
        }
        let peers = PeerTrust::from_pem(&all).ok()?;
        Some(if file.bacen.mtls_pinned_by_any_name { peers.pinned_by_any_name() } else { peers })
    }

    fn audit(&mut self, file: &File) -> Option<AuditSettings> {
        let folder = self.present("audit.folder", file.audit.folder.as_deref())?;
        let folder = self.path(folder);
        if let Err(error) = writable(&folder) {
            self.fatal(ConfigReason::AuditFolder, format!("audit.folder {}", folder.display()), error);
        }
        let mut settings = AuditSettings::new(folder);
        if let Some(names) = &file.audit.formats {
            settings.formats.clear();
            for name in names {
                match Format::named(name) {
                    Some(format) => settings.formats.push(format),
                    None => self.fatal(ConfigReason::BadValue, "audit.formats", format_args!("`{name}`")),
                }
            }
        }
        if file.audit.formats.as_ref().is_some_and(Vec::is_empty) {
            self.fatal(ConfigReason::BadValue, "audit.formats", "none is given");
        }
        if let Some(seconds) = file.audit.ship_seconds {
            settings.segment_age = at_least_a_second(seconds);
        }
        Some(settings)
    }

    fn place(&mut self, channel: Channel, table: &ChannelTable) -> Option<Place> {
        let subject = format!("{channel}.listen");
        let listen = self.present(&subject, table.listen.as_deref()).and_then(|text| {
            match text.parse::<SocketAddr>() {
                Ok(address) => {
                    if !address.ip().is_loopback() {
                        self.findings.push(Finding::new(
                            Level::Warning,
                            ConfigReason::OpenListen,
                            format!("{subject} {text}"),
                        ));
                    }
                    Some(address)
                }
                Err(error) => {
                    self.fatal(ConfigReason::BadValue, &*subject, format_args!("`{text}`: {error}"));
                    None
                }
            }
        });
        let subject = format!("{channel}.endpoint");
        let endpoint =
            self.present(&subject, table.endpoint.as_deref()).and_then(|text| match Endpoint::parse(text) {
                Ok(endpoint) => Some(endpoint),
                Err(error) => {
                    self.fatal(ConfigReason::BadValue, &*subject, error);
                    None
                }
            });
        let server_name = table.server_name.clone();
        if let Some(Err(error)) = server_name.as_deref().map(crate::tls::server_name) {
            self.findings.push(Finding::tls(error, format!("{channel}.server_name")));
            return None;
        }
        Some(Place { channel, listen: listen?, endpoint: endpoint?, server_name })
    }
}

/// What the bank chose.
struct Choices {
    outside_validity: OutsideValidity,
    unknown_path: UnknownPath,
    resign: bool,
    dict_position: DictPosition,
}

impl Choices {
    fn apply(&self, policy: &mut Policy) {
        policy.outside_validity = self.outside_validity;
        policy.unknown_path = self.unknown_path;
        policy.sign.resign = self.resign;
        policy.sign.dict_position = self.dict_position;
    }
}

/// Where a channel listens and where BACEN is.
struct Place {
    channel: Channel,
    listen: SocketAddr,
    endpoint: Endpoint,
    server_name: Option<String>,
}

fn budgets(file: &File) -> Budgets {
    let usual = Budgets::default();
    Budgets {
        total: file.limits.total_seconds.map_or(usual.total, at_least_a_second),
        signing: file.limits.signing_seconds.map_or(usual.signing, at_least_a_second),
    }
}

fn front_limits(file: &File) -> FrontLimits {
    let usual = FrontLimits::default();
    FrontLimits {
        request_bytes: file.limits.request_bytes.unwrap_or(usual.request_bytes),
        connections: file.limits.connections.unwrap_or(usual.connections),
        ..usual
    }
}

fn at_least_a_second(seconds: u64) -> Duration {
    Duration::from_secs(seconds.max(1))
}
