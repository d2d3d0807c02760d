//! Every fault of this deployment, seen from inside the function: with its role, from its subnets.

use core::time::Duration;

use lacre_aws::Clients;
use lacre_core::Language;
use lacre_native::finding::{ConfigReason, Finding, Level};
use serde_json::{Value, json};

use crate::audit::Bucket;
use crate::settings::Settings;

/// What is written to the bucket and replaced each time, to see that it can be written.
const PROBE: &str = "probe";

const PROBE_WITHIN: Duration = Duration::from_secs(5);

/// Examines everything that an exchange needs.
pub(crate) async fn examine(clients: &Clients, settings: &Settings, bucket: Option<&dyn Bucket>) -> Value {
    let mut findings = settings.findings.clone();
    if let Some(channel) = settings.channel {
        findings.extend(
            lacre_aws::examine(clients, &settings.prefix, &[channel], &settings.options, false).await,
        );
    }
    findings.extend(bucket_writes(settings, bucket).await);
    findings.sort_by_key(|finding| core::cmp::Reverse(finding.level()));
    let rows: Vec<Value> = findings.iter().map(|finding| finding.to_json(Language::En)).collect();
    json!({ "schema": "lacre.doctor/1", "findings": rows })
}

/// What can be found out about the bucket; that it is missing was found before.
async fn bucket_writes(settings: &Settings, bucket: Option<&dyn Bucket>) -> Option<Finding> {
    let key = format!("body/{}/{PROBE}", settings.channel?.as_str());
    let subject = format!("s3:PutObject {}/{key}", settings.bucket.as_deref()?);
    Some(match bucket?.put(&key, Vec::new(), PROBE_WITHIN).await {
        Ok(()) => Finding::new(Level::Holds, ConfigReason::Usable, subject),
        Err(error) => Finding::new(Level::Fault, error.reason, subject).because(error),
    })
}
