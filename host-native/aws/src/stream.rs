//! The stream that takes a channel's audit records.

use aws_sdk_firehose::types::{
    DeliveryStreamDescription, DeliveryStreamStatus, DeliveryStreamType, ExtendedS3DestinationDescription,
};
use lacre_core::exchange::Channel;

use lacre_native::finding::{ConfigReason, Finding, Level};
use lacre_native::key::kms as call;

/// What there is to say about a stream; `place` is the parameter that names it. Nothing here keeps payments from being made: what
/// the stream does not take is spilled.
pub(super) async fn examine(
    client: &aws_sdk_firehose::Client,
    name: &str,
    place: &str,
    channel: Channel,
) -> Vec<Finding> {
    let subject = format!("{place} {name}");
    let asked = client.describe_delivery_stream().delivery_stream_name(name).send().await;
    let described = match asked {
        Ok(answer) => answer.delivery_stream_description,
        Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => {
            return vec![Finding::new(Level::Fault, ConfigReason::StreamMissing, subject)];
        }
        Err(error) => {
            let action = "firehose:DescribeDeliveryStream";
            return vec![call::finding_at(Level::Fault, action, &format!("deliverystream/{name}"), &error)];
        }
    };
    let Some(described) = described else {
        return vec![Finding::new(Level::Fault, ConfigReason::AwsFailed, subject)];
    };
    let mut findings = faults(&described, &subject, channel);
    if findings.is_empty() {
        findings
            .push(Finding::new(Level::Holds, ConfigReason::StreamReady, subject).because(road(&described)));
    }
    findings
}

fn faults(described: &DeliveryStreamDescription, subject: &str, channel: Channel) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fault = |reason, about: &str| {
        let finding = Finding::new(Level::Fault, reason, subject);
        findings.push(if about.is_empty() { finding } else { finding.because(about) });
    };
    let status = described.delivery_stream_status();
    if *status != DeliveryStreamStatus::Active {
        let failure = described.failure_description().map_or("", |failure| failure.details());
        let about = [status.as_str(), failure].into_iter().filter(|words| !words.is_empty());
        fault(ConfigReason::StreamNotActive, &about.collect::<Vec<_>>().join(": "));
    }
    let source = described.delivery_stream_type();
    if *source != DeliveryStreamType::DirectPut {
        fault(ConfigReason::StreamSource, source.as_str());
    }
    let Some(s3) = destination(described) else {
        fault(ConfigReason::StreamDestination, "");
        return findings;
    };
    if !is_parquet(s3) {
        fault(ConfigReason::StreamNotParquet, "");
    }
    let other = match channel {
        Channel::Spi => "log/dict/",
        _ => "log/spi/",
    };
    if s3.prefix().is_some_and(|prefix| prefix.starts_with(other)) {
        fault(ConfigReason::StreamCrossed, s3.prefix().unwrap_or_default());
    }
    findings
}

fn destination(described: &DeliveryStreamDescription) -> Option<&ExtendedS3DestinationDescription> {
    described.destinations().first()?.extended_s3_destination_description()
}

/// Whether records become Parquet by a table of Glue. Conversion that is configured is on unless it says otherwise.
fn is_parquet(s3: &ExtendedS3DestinationDescription) -> bool {
    s3.data_format_conversion_configuration().is_some_and(|conversion| {
        let serializer = conversion.output_format_configuration().and_then(|output| output.serializer());
        let table = conversion.schema_configuration().and_then(|schema| schema.table_name());
        conversion.enabled() != Some(false)
            && serializer.is_some_and(|serializer| serializer.parquet_ser_de().is_some())
            && table.is_some()
    })
}

/// Where the records go.
fn road(described: &DeliveryStreamDescription) -> String {
    let Some(s3) = destination(described) else { return String::new() };
    let schema = s3.data_format_conversion_configuration().and_then(|it| it.schema_configuration());
    let database = schema.and_then(|schema| schema.database_name()).unwrap_or_default();
    let table = schema.and_then(|schema| schema.table_name()).unwrap_or_default();
    format!("{}/{} by the table `{database}.{table}`", s3.bucket_arn(), s3.prefix().unwrap_or_default())
}
