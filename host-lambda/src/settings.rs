//! What the function's environment says: the few things that are not parameters, because the template decides them.

use core::time::Duration;

use lacre_aws::{DEFAULT_PREFIX, Options};
use lacre_core::exchange::Channel;
use lacre_native::environment;
use lacre_native::finding::{ConfigReason, Finding, Level};
use lacre_native::shown;

/// Largest answer of BACEN's that can be handed on, in bytes: Lambda replies with six megabytes of JSON at most, and base64 adds a
/// third.
const REPLY_BYTES_MAX: usize = 4 << 20;

/// Largest unpacked request that can be asked for, in bytes: what SPI's secondary channel takes, packed small enough for Lambda.
const REQUEST_BYTES_MAX: u64 = 16 << 20;

/// Longest time to live that can be asked for, in seconds: a day.
const TTL_SECONDS_MAX: u64 = 86_400;

/// Longest time that an answer may be made to wait for its record, in milliseconds.
const AUDIT_BUDGET_MS_MAX: u64 = 10_000;

/// How the function was set up.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The channel, if the environment names one.
    pub(crate) channel: Option<Channel>,
    /// Where the parameters and the secret are.
    pub(crate) prefix: String,
    /// The bucket for what Firehose does not take.
    pub(crate) bucket: Option<String>,
    /// How long parameters and secret are good.
    pub(crate) ttl: Duration,
    /// How long an answer waits for its record.
    pub(crate) audit_budget: Duration,
    /// What the bank chose.
    pub(crate) options: Options,
    /// What is wrong with the environment.
    pub(crate) findings: Vec<Finding>,
}

impl Settings {
    /// Reads the environment.
    pub(crate) fn read() -> Self {
        let (mut options, mut findings) = Options::read(environment::variable);
        options.reply_bytes_max = Some(REPLY_BYTES_MAX);
        let mut number = |name: &str, usual: u64, max: u64| {
            let Some(text) = set(name) else { return usual };
            match text.parse().ok().filter(|number| (1..=max).contains(number)) {
                Some(number) => number,
                None => {
                    findings.push(bad(
                        name,
                        format_args!("`{}` is not a number in 1..={max}", shown::short(&text)),
                    ));
                    usual
                }
            }
        };
        let ttl = Duration::from_secs(number("LACRE_CONFIG_TTL_SECONDS", 300, TTL_SECONDS_MAX));
        let audit_budget = Duration::from_millis(number("LACRE_AUDIT_BUDGET_MS", 1000, AUDIT_BUDGET_MS_MAX));
        // Without it, what is usual depends on the endpoint, which is not known yet.
        let bytes = number("LACRE_REQUEST_UNPACKED_BYTES", 0, REQUEST_BYTES_MAX);
        options.request_bytes_max = usize::try_from(bytes).ok().filter(|bytes| *bytes > 0);
        let channel = channel(&mut findings);
        let prefix = prefix(&mut findings);
        let bucket = set("LACRE_BUCKET");
        if bucket.is_none() {
            findings.push(Finding::new(Level::Warning, ConfigReason::NoSpill, "LACRE_BUCKET"));
        }
        Self { channel, prefix, bucket, ttl, audit_budget, options, findings }
    }
}

fn channel(findings: &mut Vec<Finding>) -> Option<Channel> {
    let name = "PIX_SPI_PROXY";
    match set(name).as_deref() {
        Some("true") => Some(Channel::Spi),
        Some("false") => Some(Channel::Dict),
        Some(other) => {
            findings.push(bad(
                name,
                format_args!("`{}` is neither `true` (SPI) nor `false` (DICT)", shown::short(other)),
            ));
            None
        }
        None => {
            findings.push(bad(name, "not set: `true` makes an SPI proxy, `false` one for DICT"));
            None
        }
    }
}

fn prefix(findings: &mut Vec<Finding>) -> String {
    let name = "LACRE_PARAMETER_PREFIX";
    let prefix = set(name).unwrap_or_else(|| DEFAULT_PREFIX.to_owned());
    if !prefix.starts_with('/') || !prefix.ends_with('/') {
        findings.push(bad(name, format_args!("`{}` does not begin and end with `/`", shown::short(&prefix))));
    }
    prefix
}

fn bad(name: &str, about: impl core::fmt::Display) -> Finding {
    Finding::new(Level::Fatal, ConfigReason::EnvironmentValue, name).because(about)
}

fn set(name: &str) -> Option<String> {
    environment::variable(name).filter(|value| !value.is_empty())
}
