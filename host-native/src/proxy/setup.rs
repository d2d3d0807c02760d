//! A configuration turned into what the proxy runs on, with everything that was found on the way.

use core::net::SocketAddr;
use core::time::Duration;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lacre_archive::Format;
use lacre_core::exchange::{Channel, HostName, Policy};
use lacre_core::{Certificate, Trust};
use zeroize::Zeroizing;

use super::config::{ChannelTable, File};
use super::front::FrontLimits;
use super::reader::{Reader, is_uri};
use super::seen::Seen;
use crate::audit::{AuditSettings, AuditSink, BeforeSending, writable};
use crate::bacen::{BacenClient, Endpoint, Settings};
use crate::certificates;
use crate::choices::Choices;
use crate::exchange::{Budgets, Exchanges, Transport};
use crate::expiry::Expiry;
use crate::finding::{ConfigReason, Finding, Level};
use crate::key::{self, KeyReason, Passphrase, Signer};
use crate::notes::{Named, handshake};
use crate::shown;
use crate::tls::{Identity, PeerTrust};

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
    /// The last seconds before a certificate becomes valid or stops being so.
    pub(super) turns: Vec<i64>,
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
        handshake(&self.client, &subject).await
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
        let setup = setup.filter(|_| !reader.notes.is_fatal());
        Reading { setup, findings: reader.notes.findings, seen: reader.seen }
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
        let trust = Arc::new(self.trust(file));
        let identity = self.identity(file);
        let peers = self.peers(file);
        let audit = self.audit(file);
        let choices = self.choices(file);
        let own_hosts = self.own_hosts(file);
        let places = self.places(file);
        self.bounds(file);
        let (signer, certificate, identity, peers) = (signer?, certificate?, identity?, peers?);
        let budgets = budgets(file);
        let mut channels = Vec::new();
        for Place { channel, listen, endpoint, server_name } in places {
            let mut policy =
                Policy::new(channel, &endpoint.to_string(), certificate.clone(), Arc::clone(&trust));
            choices.apply(&mut policy);
            policy.request_bytes_max = file.limits.request_unpacked_bytes.unwrap_or(policy.request_bytes_max);
            self.request_bounds(file, &policy);
            policy.own_hosts.clone_from(&own_hosts);
            let mut settings = Settings::new(endpoint, Some(identity.clone()), peers.clone());
            settings.server_name = server_name;
            settings.request_timeout = budgets.total;
            settings.response_bytes_max = file.limits.response_bytes.unwrap_or(settings.response_bytes_max);
            let (policy, signer) = (Arc::new(policy), Arc::clone(&signer));
            match BacenClient::new(settings) {
                Ok(client) => channels.push(ChannelSetup { listen, policy, client, signer, budgets }),
                Err(error) => self.notes.push(Finding::tls(error, format!("{channel}.server_name"))),
            }
        }
        let reload = at_least_a_second(file.limits.reload_seconds.unwrap_or(60));
        let (expiries, seen) = (core::mem::take(&mut self.notes.expiries), self.seen.clone());
        let turns = core::mem::take(&mut self.notes.turns);
        Some(Setup { channels, audit: audit?, reload, limits: front_limits(file), expiries, turns, seen })
    }

    /// A file that was written before unpacked requests had a limit of their own may ask for more than they get now.
    fn request_bounds(&mut self, file: &File, policy: &Policy) {
        let asked = file.limits.request_bytes.filter(|_| file.limits.request_unpacked_bytes.is_none());
        if let Some(asked) = asked.filter(|asked| *asked > policy.request_bytes_max) {
            let (channel, allowed) = (policy.channel, policy.request_bytes_max);
            self.notes.push(
                Finding::new(Level::Warning, ConfigReason::RequestBound, "limits.request_bytes")
                    .because(format_args!("{channel}: {asked} are allowed packed, {allowed} unpacked")),
            );
        }
    }

    fn choices(&mut self, file: &File) -> Choices {
        let policy = &file.policy;
        Choices::read(
            &mut self.notes,
            ConfigReason::BadValue,
            ("policy.outside_validity", policy.outside_validity.as_deref()),
            ("policy.unknown_paths", policy.unknown_paths.as_deref()),
            ("policy.interrupted_values", policy.interrupted_values.as_deref()),
            ("policy.already_signed", policy.already_signed.as_deref()),
            ("policy.dict_signature", policy.dict_signature.as_deref()),
        )
    }

    /// The names that callers use. Where anybody can connect and none is given, who calls us by one is refused.
    fn own_hosts(&mut self, file: &File) -> Vec<HostName> {
        let subject = "policy.own_hosts";
        let mut names = Vec::new();
        for text in &file.policy.own_hosts {
            match HostName::new(text) {
                Some(name) => names.push(name),
                None => self.notes.fatal(
                    ConfigReason::BadValue,
                    subject,
                    format_args!("`{text}` is not a host name or address without a port"),
                ),
            }
        }
        let listens = [file.spi.as_ref(), file.dict.as_ref()].into_iter().flatten();
        let mut addresses = listens.filter_map(|table| table.listen.as_deref()?.parse::<SocketAddr>().ok());
        if names.is_empty() && addresses.any(|address| !address.ip().is_loopback()) {
            self.notes.push(Finding::new(Level::Warning, ConfigReason::NoOwnHosts, subject));
        }
        names
    }

    /// Numbers that would stop the proxy, or make of a bound none.
    fn bounds(&mut self, file: &File) {
        let wide = |bytes: Option<usize>| bytes.map(|bytes| u64::try_from(bytes).unwrap_or(u64::MAX));
        let limits = &file.limits;
        let numbers = [
            ("audit.ship_seconds", file.audit.ship_seconds, SECONDS_MAX),
            ("limits.request_bytes", wide(limits.request_bytes), BYTES_MAX),
            ("limits.request_unpacked_bytes", wide(limits.request_unpacked_bytes), BYTES_MAX),
            ("limits.response_bytes", wide(limits.response_bytes), BYTES_MAX),
            ("limits.total_seconds", limits.total_seconds, SECONDS_MAX),
            ("limits.signing_seconds", limits.signing_seconds, SECONDS_MAX),
            ("limits.connections", wide(limits.connections), CONNECTIONS_MAX),
            ("limits.reload_seconds", limits.reload_seconds, SECONDS_MAX),
        ];
        for (subject, number, max) in numbers {
            if let Some(number) = number.filter(|number| !(1..=max).contains(number)) {
                self.notes.fatal(
                    ConfigReason::BadValue,
                    subject,
                    format_args!("{number} is not in 1..={max}"),
                );
            }
        }
    }

    fn places(&mut self, file: &File) -> Vec<Place> {
        if file.spi.is_none() && file.dict.is_none() {
            self.notes.push(Finding::new(Level::Fatal, ConfigReason::NoChannel, "spi, dict"));
        }
        let tables = [(Channel::Spi, file.spi.as_ref()), (Channel::Dict, file.dict.as_ref())];
        let addresses = tables.map(|(_, table)| table?.listen.as_deref()?.parse::<SocketAddr>().ok());
        if let [Some(spi), Some(dict)] = addresses
            && spi == dict
            && spi.port() != 0
        {
            self.notes.fatal(ConfigReason::BadValue, "spi.listen, dict.listen", format_args!("both `{spi}`"));
        }
        tables.into_iter().filter_map(|(channel, table)| self.place(channel, table?)).collect()
    }

    fn signer(&mut self, file: &File) -> Option<Arc<dyn Signer>> {
        let spec = self.notes.present("signature.key", file.signature.key.as_deref())?;
        let spec =
            if is_uri(spec) { spec.to_owned() } else { self.path(Path::new(spec)).display().to_string() };
        let found = match file.signature.passphrase_file.as_deref() {
            Some(given) => {
                let path = self.path(given);
                self.permission("signature.passphrase_file", &path);
                Passphrase::from_file_shown_as(&path, &shown::passphrase_path(given)).map(Some)
            }
            None => Passphrase::find(None),
        };
        let (passphrase, is_lost) = match found {
            Ok(passphrase) => (passphrase, false),
            Err(error) => {
                self.notes.push(Finding::key(error, "signature.passphrase_file"));
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
                self.notes.push(Finding::key(error, "signature.key"));
                None
            }
        }
    }

    fn signing_certificate(&mut self, file: &File, signer: Option<&dyn Signer>) -> Option<Certificate> {
        let subject = "signature.certificate";
        let path = self.notes.present(subject, file.signature.certificate.as_deref())?;
        let bytes = self.certificates(subject, path, file)?;
        let certificate = self.notes.signing_certificate(subject, &bytes, signer)?;
        if let Some(signer) = signer {
            self.notes.key_fits("signature.key, signature.certificate", signer, &certificate);
        }
        Some(certificate)
    }

    fn trust(&mut self, file: &File) -> Trust {
        let subject = "bacen.signature_certificates";
        let files = self.files(subject, &file.bacen.signature_certificates, file);
        let mut lists = Vec::new();
        for path in &file.bacen.crls {
            // A list that is not there is a fault and no more: see `Notes::trust`.
            let name = format!("bacen.crls {}", shown::path(path));
            match self.seen.read_list(&self.path(path)) {
                Ok(bytes) => lists.push((name, bytes)),
                Err(error) => {
                    let unreadable = Finding::new(Level::Fault, ConfigReason::Unreadable, name);
                    self.notes.push(unreadable.because(shown::io_words(&error).0));
                }
            }
        }
        self.notes.trust(subject, &named(&files), &named(&lists))
    }

    fn identity(&mut self, file: &File) -> Option<Identity> {
        let certificate = self.notes.present("mtls.certificate", file.mtls.certificate.as_deref());
        let key = self.notes.present("mtls.key", file.mtls.key.as_deref());
        let chain = certificate.and_then(|path| self.certificates("mtls.certificate", path, file));
        let chain = chain.filter(|chain| self.notes.chain("mtls.certificate", chain));
        let key = key.and_then(|path| {
            self.permission("mtls.key", &self.path(path));
            self.bytes("mtls.key", path)
        });
        self.notes.identity("mtls.certificate, mtls.key", &chain?, &key?)
    }

    fn peers(&mut self, file: &File) -> Option<PeerTrust> {
        let files = self.files("bacen.mtls_certificates", &file.bacen.mtls_certificates, file);
        self.notes.peers(&named(&files), file.bacen.mtls_pinned_by_any_name)
    }

    /// What is in the files of a list that must not be empty, each with its place.
    fn files(&mut self, subject: &str, paths: &[PathBuf], file: &File) -> Vec<(String, Zeroizing<Vec<u8>>)> {
        if paths.is_empty() {
            self.notes.push(Finding::new(Level::Fatal, ConfigReason::Missing, subject));
        }
        let mut files = Vec::new();
        for path in paths {
            if let Some(bytes) = self.certificates(subject, path, file) {
                files.push((format!("{subject} {}", shown::path(path)), bytes));
            }
        }
        files
    }

    /// A file of certificates; PKCS#12 is opened by the passphrase that opens the signing key.
    fn certificates(&mut self, subject: &str, path: &Path, file: &File) -> Option<Zeroizing<Vec<u8>>> {
        let bytes = self.bytes(subject, path)?;
        let passphrase_file = file.signature.passphrase_file.as_deref().map(|path| self.path(path));
        // That it cannot be read is said where the key is opened.
        let passphrase = Passphrase::find(passphrase_file.as_deref()).unwrap_or_default();
        match certificates::opened(&bytes, passphrase.as_ref(), &shown::path(path)) {
            Ok(Cow::Borrowed(_)) => Some(bytes),
            Ok(Cow::Owned(opened)) => Some(Zeroizing::new(opened)),
            Err(error) => {
                self.notes.push(Finding::key(error, subject));
                None
            }
        }
    }

    fn audit(&mut self, file: &File) -> Option<AuditSettings> {
        let folder = self.notes.present("audit.folder", file.audit.folder.as_deref())?;
        let folder = self.path(folder);
        if let Err(error) = writable(&folder) {
            self.notes.fatal(
                ConfigReason::AuditFolder,
                format!("audit.folder {}", shown::path(&folder)),
                error,
            );
        }
        let mut settings = AuditSettings::new(folder);
        if let Some(names) = &file.audit.formats {
            settings.formats.clear();
            for name in names {
                match Format::named(name) {
                    Some(format) => settings.formats.push(format),
                    None => {
                        let name = format!("`{}`", shown::short(name));
                        self.notes.fatal(ConfigReason::BadValue, "audit.formats", name);
                    }
                }
            }
        }
        if file.audit.formats.as_ref().is_some_and(Vec::is_empty) {
            self.notes.fatal(ConfigReason::BadValue, "audit.formats", "none is given");
        }
        if let Some(name) = &file.audit.before_sending {
            match BeforeSending::named(name) {
                Some(choice) => settings.before_sending = choice,
                None => self.notes.fatal(
                    ConfigReason::BadValue,
                    "audit.before_sending",
                    format_args!("`{}` is not require, try or off", shown::short(name)),
                ),
            }
        }
        if let Some(seconds) = file.audit.ship_seconds {
            settings.segment_age = at_least_a_second(seconds);
        }
        Some(settings)
    }

    fn place(&mut self, channel: Channel, table: &ChannelTable) -> Option<Place> {
        let subject = format!("{channel}.listen");
        let listen = self.notes.present(&subject, table.listen.as_deref()).and_then(|text| match text
            .parse::<SocketAddr>(
        ) {
            Ok(address) => {
                if !address.ip().is_loopback() {
                    self.notes.push(Finding::new(
                        Level::Warning,
                        ConfigReason::OpenListen,
                        format!("{subject} {address}"),
                    ));
                }
                Some(address)
            }
            Err(_) => {
                let about = format!("`{}` is not an address as `127.0.0.1:9090`", shown::short(text));
                self.notes.fatal(ConfigReason::BadValue, &*subject, about);
                None
            }
        });
        let subject = format!("{channel}.endpoint");
        let endpoint = self.notes.present(&subject, table.endpoint.as_deref()).and_then(|text| {
            match Endpoint::parse(text) {
                Ok(endpoint) => Some(endpoint),
                Err(error) => {
                    self.notes.fatal(ConfigReason::BadValue, &*subject, error);
                    None
                }
            }
        });
        let server_name = table.server_name.clone();
        if let Some(Err(error)) = server_name.as_deref().map(crate::tls::server_name) {
            self.notes.push(Finding::tls(error, format!("{channel}.server_name")));
            return None;
        }
        Some(Place { channel, listen: listen?, endpoint: endpoint?, server_name })
    }
}

/// Where a channel listens and where BACEN is.
struct Place {
    channel: Channel,
    listen: SocketAddr,
    endpoint: Endpoint,
    server_name: Option<String>,
}

fn named(files: &[(String, Zeroizing<Vec<u8>>)]) -> Vec<Named<'_>> {
    files.iter().map(|(place, bytes)| (place.clone(), bytes.as_slice())).collect()
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
