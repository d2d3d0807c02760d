//! The parameters and the secret of a deployment: their names, and their values in one call to each service.

use std::collections::BTreeMap;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use lacre_core::exchange::Channel;
use zeroize::Zeroizing;

use super::Clients;
use lacre_native::finding::{ConfigReason, Finding, Level};
use lacre_native::key::kms as call;

/// Where the seed's deployments have their parameters and their secret.
pub const DEFAULT_PREFIX: &str = "/pix/proxy/kms/";

/// The secret's name behind the prefix.
const SECRET: &str = "MtlsPrivateKey";

/// A parameter of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Parameter {
    /// The KMS key that signs: its id, ARN or alias.
    SignatureKeyId,
    /// The certificate of that key.
    SignatureCertificate,
    /// The channel certificate, with its chain.
    MtlsCertificate,
    /// BACEN's signing certificates.
    BcbSignatureCertificate,
    /// More of BACEN's signing certificates, while they change.
    BcbSignatureCertificateNext,
    /// Revocation lists of the authority that issued BACEN's signing certificates, with its certificate.
    BcbSignatureCrls,
    /// BACEN's server certificates or their CA.
    BcbMtlsCertificate,
    /// More of BACEN's server certificates, while they change.
    BcbMtlsCertificateNext,
    /// Where the channel's service is.
    Endpoint(Channel),
    /// The Firehose stream that takes the channel's records.
    AuditStream(Channel),
}

impl Parameter {
    /// What one channel is made of: few enough for one call (ten).
    #[must_use]
    pub const fn of(channel: Channel) -> [Self; 9] {
        [
            Self::SignatureKeyId,
            Self::SignatureCertificate,
            Self::MtlsCertificate,
            Self::BcbSignatureCertificate,
            Self::BcbSignatureCertificateNext,
            Self::BcbMtlsCertificate,
            Self::BcbMtlsCertificateNext,
            Self::Endpoint(channel),
            Self::AuditStream(channel),
        ]
    }

    /// Its name behind the prefix: the seed's.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignatureKeyId => "SignatureKeyId",
            Self::SignatureCertificate => "SignatureCertificate",
            Self::MtlsCertificate => "MtlsCertificate",
            Self::BcbSignatureCertificate => "BcbSignatureCertificate",
            Self::BcbSignatureCertificateNext => "BcbSignatureCertificateNext",
            Self::BcbSignatureCrls => "BcbSignatureCrls",
            Self::BcbMtlsCertificate => "BcbMtlsCertificate",
            Self::BcbMtlsCertificateNext => "BcbMtlsCertificateNext",
            Self::Endpoint(Channel::Spi) => "BcbSpiEndpoint",
            Self::Endpoint(Channel::Dict) => "BcbDictEndpoint",
            Self::AuditStream(Channel::Spi) => "SpiAuditStream",
            Self::AuditStream(Channel::Dict) => "DictAuditStream",
        }
    }

    /// Whether a deployment may do without it.
    #[must_use]
    pub const fn is_optional(self) -> bool {
        matches!(
            self,
            Self::BcbSignatureCertificateNext | Self::BcbSignatureCrls | Self::BcbMtlsCertificateNext
        )
    }
}

/// The values of a deployment, as they stand in AWS.
#[derive(Clone, PartialEq, Eq)]
pub struct Values {
    prefix: String,
    parameters: BTreeMap<Parameter, String>,
    secret: Option<Secret>,
}

/// Wiped when it is let go, and compared without telling by the time it takes where two differ.
#[derive(Clone, Eq)]
struct Secret(Zeroizing<String>);

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(self.0.as_bytes(), other.0.as_bytes()).is_ok()
    }
}

impl core::fmt::Debug for Values {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Values").field("parameters", &self.parameters.keys()).finish_non_exhaustive()
    }
}

impl Values {
    /// Reads the parameters and the secret at the same time, and says of each one that is missing. A value that is not there is
    /// left out; the error is a call that failed as a whole, so that nothing is known.
    pub async fn fetch(clients: &Clients, prefix: &str, channel: Channel) -> (Self, Vec<Finding>) {
        let (wanted, secret_name) = (Parameter::of(channel), format!("{prefix}{SECRET}"));
        let (parameters, secret) =
            tokio::join!(with_lists(clients, prefix, &wanted), secret(clients, &secret_name));
        let mut findings = Vec::new();
        let parameters = parameters.unwrap_or_else(|finding| {
            findings.push(*finding);
            BTreeMap::new()
        });
        let asked_in_vain = !findings.is_empty();
        let secret = secret.map_err(|finding| findings.push(*finding)).ok().map(Secret);
        let values = Self { prefix: prefix.to_owned(), parameters, secret };
        if !asked_in_vain {
            findings.extend(values.missing(channel));
        }
        (values, findings)
    }

    /// The streams' names alone.
    ///
    /// # Errors
    /// The call failed: the finding says why.
    pub async fn streams(
        clients: &Clients,
        prefix: &str,
    ) -> Result<BTreeMap<Parameter, String>, Box<Finding>> {
        let streams = [Channel::Spi, Channel::Dict].map(Parameter::AuditStream);
        parameters(clients, prefix, &streams).await
    }

    /// The value of a parameter, if it is there and holds anything.
    #[must_use]
    pub fn get(&self, parameter: Parameter) -> Option<&str> {
        self.parameters.get(&parameter).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The parameter's whole name.
    #[must_use]
    pub fn place(&self, parameter: Parameter) -> String {
        format!("{}{}", self.prefix, parameter.name())
    }

    /// The private key of the channel certificate, in PEM.
    pub(crate) fn secret(&self) -> Option<&str> {
        self.secret.as_ref().map(|secret| secret.0.as_str())
    }

    /// The secret's whole name.
    #[must_use]
    pub fn secret_place(&self) -> String {
        format!("{}{SECRET}", self.prefix)
    }

    fn missing(&self, channel: Channel) -> Vec<Finding> {
        let needed = Parameter::of(channel).into_iter().filter(|parameter| !parameter.is_optional());
        let missing = needed.filter(|parameter| self.get(*parameter).is_none());
        missing
            .map(|parameter| {
                Finding::new(Level::Fatal, ConfigReason::ParameterMissing, self.place(parameter))
            })
            .collect()
    }
}

/// The parameters with the revocation lists. A role that was made before there were lists may not ask for them, and a call is denied as a
/// whole: then it is asked for the others alone. That nothing is known of revocation is said where the trust is made.
async fn with_lists(
    clients: &Clients,
    prefix: &str,
    wanted: &[Parameter],
) -> Result<BTreeMap<Parameter, String>, Box<Finding>> {
    let all: Vec<_> = wanted.iter().copied().chain([Parameter::BcbSignatureCrls]).collect();
    match parameters(clients, prefix, &all).await {
        Err(finding) if finding.code() == ConfigReason::AwsDenied.code() => {
            parameters(clients, prefix, wanted).await
        }
        parameters => parameters,
    }
}

async fn parameters(
    clients: &Clients,
    prefix: &str,
    wanted: &[Parameter],
) -> Result<BTreeMap<Parameter, String>, Box<Finding>> {
    let names = wanted.iter().map(|parameter| format!("{prefix}{}", parameter.name())).collect();
    let call = clients.ssm.get_parameters().set_names(Some(names)).with_decryption(true).send().await;
    let given =
        call.map_err(|error| Box::new(call::finding("ssm:GetParameters", &format!("{prefix}*"), &error)))?;
    let mut values = BTreeMap::new();
    for one in given.parameters.unwrap_or_default() {
        // Asked for by an ARN or a selector, a name may come back longer than it was given.
        let name = one.name.unwrap_or_default();
        let parameter = wanted.iter().find(|wanted| name.strip_prefix(prefix) == Some(wanted.name()));
        if let (Some(parameter), Some(value)) = (parameter, one.value) {
            values.insert(*parameter, value);
        }
    }
    Ok(values)
}

async fn secret(clients: &Clients, name: &str) -> Result<Zeroizing<String>, Box<Finding>> {
    let secret = match clients.secrets.get_secret_value().secret_id(name).send().await {
        Ok(secret) => secret,
        Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => {
            return Err(Box::new(Finding::new(Level::Fatal, ConfigReason::SecretMissing, name)));
        }
        Err(error) => return Err(Box::new(call::finding("secretsmanager:GetSecretValue", name, &error))),
    };
    let binary = secret.secret_binary.map(|blob| Zeroizing::new(blob.into_inner()));
    let text = secret.secret_string.map(Zeroizing::new);
    text.or_else(|| {
        binary.and_then(|bytes| core::str::from_utf8(&bytes).ok().map(str::to_owned).map(Zeroizing::new))
    })
    .ok_or_else(|| Box::new(Finding::new(Level::Fatal, ConfigReason::SecretFormat, name)))
}
