//! The clients of AWS: made once, their connections kept.

use aws_config::SdkConfig;

/// The services that a deployment is read from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Clients {
    /// Keys.
    pub kms: aws_sdk_kms::Client,
    /// Parameters.
    pub ssm: aws_sdk_ssm::Client,
    /// The channel key.
    pub secrets: aws_sdk_secretsmanager::Client,
    /// The audit streams.
    pub firehose: aws_sdk_firehose::Client,
}

impl Clients {
    /// The clients of one configuration; they share its HTTP client.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            kms: aws_sdk_kms::Client::new(config),
            ssm: aws_sdk_ssm::Client::new(config),
            secrets: aws_sdk_secretsmanager::Client::new(config),
            firehose: aws_sdk_firehose::Client::new(config),
        }
    }
}
