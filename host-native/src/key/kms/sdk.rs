//! The SDK's configuration, with limits that fit a payment.

use core::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

/// Limit for TCP and the TLS handshake with a service.
const CONNECT: Duration = Duration::from_secs(1);

/// Limit for one attempt at a call.
const ATTEMPT: Duration = Duration::from_secs(2);

/// Limit for a call with all its attempts.
const OPERATION: Duration = Duration::from_secs(5);

/// Attempts at a call, the first one included.
const ATTEMPTS_MAX: u32 = 4;

/// The SDK's waits are made for batches: a payment has seconds, not minutes.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const LAST_BACKOFF: Duration = Duration::from_millis(500);

/// The SDK's configuration: region, credentials and endpoints as the environment has them, with limits that fit a payment.
pub async fn sdk_config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS_MAX)
        .with_initial_backoff(FIRST_BACKOFF)
        .with_max_backoff(LAST_BACKOFF);
    // One for all services: left to itself, each would read the machine's trusted certificates for itself.
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(retries)
        .load()
        .await
}
