//! From a deployment's values to what one channel's exchanges run on.

use std::sync::Arc;

use lacre_core::exchange::{Channel, HostName, Policy, host_names};
use lacre_core::{Certificate, Trust};

use super::{Clients, Parameter, Values};
use lacre_native::bacen::{BacenClient, Endpoint, Settings};
use lacre_native::choices::Choices;
use lacre_native::expiry::Expiry;
use lacre_native::finding::{ConfigReason, Finding, Level};
use lacre_native::key::{KeyReason, KmsKey, Signer};
use lacre_native::notes::{Named, Notes};
use lacre_native::tls::{Identity, PeerTrust};

/// Longest name that a Firehose stream has.
const STREAM_NAME_MAX: usize = 64;

/// What is chosen beside the values.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// What the bank chose.
    pub choices: Choices,
    /// Whether a pinned server certificate counts under any host name.
    pub pinned_by_any_name: bool,
    /// Most bytes of a request's unpacked body, if the channel's usual limit is not the bank's.
    pub request_bytes_max: Option<usize>,
    /// The names by which callers may call the function, beside the one that API Gateway says.
    pub own_hosts: Vec<HostName>,
    /// Most octets of an answer that the host can hand on, if there is such a limit.
    pub reply_bytes_max: Option<usize>,
}

impl Options {
    /// Reads the choices as an environment gives them; what cannot be one is found.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> (Self, Vec<Finding>) {
        let mut notes = Notes::default();
        let names = [
            "LACRE_OUTSIDE_VALIDITY",
            "LACRE_UNKNOWN_PATHS",
            "LACRE_INTERRUPTED_VALUES",
            "LACRE_ALREADY_SIGNED",
            "LACRE_DICT_SIGNATURE",
        ];
        let values = names.map(|name| variable(name).filter(|value| !value.is_empty()));
        let [outside, paths, interrupted, signed, position] = &values;
        let [a, b, c, d, e] = names;
        let choices = Choices::read(
            &mut notes,
            ConfigReason::EnvironmentValue,
            (a, outside.as_deref()),
            (b, paths.as_deref()),
            (c, interrupted.as_deref()),
            (d, signed.as_deref()),
            (e, position.as_deref()),
        );
        let any_name = "LACRE_MTLS_PINNED_BY_ANY_NAME";
        let chosen = variable(any_name).filter(|value| !value.is_empty());
        let pinned_by_any_name = notes.choice(
            ConfigReason::EnvironmentValue,
            any_name,
            chosen.as_deref(),
            &[("false", false), ("true", true)],
        );
        let own_hosts = "LACRE_OWN_HOSTS";
        let listed = host_names(&variable(own_hosts).unwrap_or_default()).unwrap_or_else(|entry| {
            let about = format_args!("`{entry}` is not a host name or address without a port");
            notes.fatal(ConfigReason::EnvironmentValue, own_hosts, about);
            Vec::new()
        });
        let options = Self { choices, pinned_by_any_name, own_hosts: listed, ..Self::default() };
        (options, notes.findings)
    }
}

/// What one channel's exchanges run on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Deployment {
    /// How the channel may be used.
    pub policy: Arc<Policy>,
    /// The way to BACEN.
    pub client: BacenClient,
    /// The key.
    pub signer: Arc<dyn Signer>,
    /// The stream that takes the records.
    pub stream: String,
    /// The certificates' ends.
    pub expiries: Vec<Expiry>,
}

impl Deployment {
    /// Makes a deployment of its values. It is there unless a finding is [`Level::Fatal`]; the findings are all there are, so that
    /// nobody has to mend one to learn of the next.
    pub async fn read(
        clients: &Clients,
        values: &Values,
        channel: Channel,
        options: &Options,
    ) -> (Option<Self>, Vec<Finding>) {
        let mut reading = Reading::new(values, options);
        let parts = reading.parts(clients, channel).await;
        let deployment = reading.deployment(parts, channel).filter(|_| !reading.notes.is_fatal());
        (deployment, reading.notes.findings)
    }
}

/// What the values make, each part as far as it goes by itself.
pub(super) struct Parts {
    /// The key, or why there is none; not even that if no key is named.
    pub(super) signer: Result<Arc<dyn Signer>, Option<KeyReason>>,
    pub(super) certificate: Option<Certificate>,
    pub(super) client: Option<BacenClient>,
    pub(super) stream: Option<String>,
    trust: Trust,
}

pub(super) struct Reading<'a> {
    values: &'a Values,
    options: &'a Options,
    pub(super) notes: Notes,
}

/// A parameter that is missing was found to be so when the values were fetched: here it is passed over.
impl<'a> Reading<'a> {
    pub(super) fn new(values: &'a Values, options: &'a Options) -> Self {
        Self { values, options, notes: Notes::default() }
    }

    pub(super) async fn parts(&mut self, clients: &Clients, channel: Channel) -> Parts {
        let signer = self.signer(clients).await;
        let certificate = self.named(Parameter::SignatureCertificate).and_then(|(place, bytes)| {
            let certificate = self.notes.signing_certificate(&place, bytes, signer.as_deref().ok())?;
            if let Ok(signer) = &signer {
                let subject = format!("{}, {place}", self.values.place(Parameter::SignatureKeyId));
                self.notes.key_fits(&subject, signer.as_ref(), &certificate);
            }
            Some(certificate)
        });
        let trust = self.trust();
        let client = self.client(channel);
        Parts { signer, certificate, client, stream: self.stream(channel), trust }
    }

    fn deployment(&mut self, parts: Parts, channel: Channel) -> Option<Deployment> {
        let Parts { signer, certificate, client, stream, trust } = parts;
        let client = client?;
        let host = client.endpoint().to_string();
        let mut policy = Policy::new(channel, &host, certificate?, Arc::new(trust));
        policy.request_bytes_max = self.options.request_bytes_max.unwrap_or(policy.request_bytes_max);
        policy.reply_bytes_max = self.options.reply_bytes_max.unwrap_or(usize::MAX);
        self.options.choices.apply(&mut policy);
        policy.own_hosts.clone_from(&self.options.own_hosts);
        let expiries = core::mem::take(&mut self.notes.expiries);
        Some(Deployment { policy: Arc::new(policy), client, signer: signer.ok()?, stream: stream?, expiries })
    }

    fn client(&mut self, channel: Channel) -> Option<BacenClient> {
        let identity = self.identity();
        let peers = self.peers();
        let endpoint = self.endpoint(channel);
        let mut settings = Settings::new(endpoint?, Some(identity?), peers?);
        // Gzip makes it larger only by a little, and what is larger cannot be handed on in any case.
        let reply_bytes_max = self.options.reply_bytes_max.unwrap_or(usize::MAX);
        settings.response_bytes_max = settings.response_bytes_max.min(reply_bytes_max);
        match BacenClient::new(settings) {
            Ok(client) => Some(client),
            Err(error) => {
                self.notes.push(Finding::tls(error, self.values.place(Parameter::Endpoint(channel))));
                None
            }
        }
    }

    async fn signer(&mut self, clients: &Clients) -> Result<Arc<dyn Signer>, Option<KeyReason>> {
        let key_id = self.values.get(Parameter::SignatureKeyId).ok_or(None)?;
        match KmsKey::connect(clients.kms.clone(), key_id).await {
            Ok(key) => Ok(Arc::new(key)),
            Err(error) => {
                let reason = error.reason();
                self.notes.push(Finding::key(error, self.values.place(Parameter::SignatureKeyId)));
                Err(Some(reason))
            }
        }
    }

    fn trust(&mut self) -> Trust {
        let subject = self.values.place(Parameter::BcbSignatureCertificate);
        let given = self.both(Parameter::BcbSignatureCertificate, Parameter::BcbSignatureCertificateNext);
        let lists: Vec<_> = self.named(Parameter::BcbSignatureCrls).into_iter().collect();
        self.notes.trust(&subject, &given, &lists)
    }

    fn identity(&mut self) -> Option<Identity> {
        let chain = self.named(Parameter::MtlsCertificate);
        let chain = chain.filter(|(place, chain)| self.notes.chain(place, chain));
        let secret_place = self.values.secret_place();
        let key = self.values.secret()?;
        // In JSON, as the console offers to store it, the PEM stands within a string.
        if !lacre_core::pem::is_pem(key.as_bytes()) || key.trim_start().starts_with(['{', '[', '"']) {
            self.notes.push(Finding::new(Level::Fatal, ConfigReason::SecretFormat, secret_place));
            return None;
        }
        let (place, chain) = chain?;
        self.notes.identity(&format!("{place}, {secret_place}"), chain, key.as_bytes())
    }

    fn peers(&mut self) -> Option<PeerTrust> {
        let given = self.both(Parameter::BcbMtlsCertificate, Parameter::BcbMtlsCertificateNext);
        self.notes.peers(&given, self.options.pinned_by_any_name)
    }

    fn endpoint(&mut self, channel: Channel) -> Option<Endpoint> {
        let parameter = Parameter::Endpoint(channel);
        let text = self.values.get(parameter)?;
        Endpoint::parse(text)
            .map_err(|error| {
                self.notes.fatal(ConfigReason::ParameterValue, self.values.place(parameter), error)
            })
            .ok()
    }

    fn stream(&mut self, channel: Channel) -> Option<String> {
        let parameter = Parameter::AuditStream(channel);
        let name = self.values.get(parameter)?;
        let sound = name.len() <= STREAM_NAME_MAX
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
        if !sound {
            let about = "not the name of a Firehose stream (give the name, not the ARN)";
            self.notes.fatal(ConfigReason::ParameterValue, self.values.place(parameter), about);
            return None;
        }
        Some(name.to_owned())
    }

    fn named(&self, parameter: Parameter) -> Option<Named<'a>> {
        Some((self.values.place(parameter), self.values.get(parameter)?.as_bytes()))
    }

    fn both(&self, now: Parameter, next: Parameter) -> Vec<Named<'a>> {
        [now, next].into_iter().filter_map(|parameter| self.named(parameter)).collect()
    }
}
