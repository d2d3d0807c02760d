//! Firehose: lines go in, and each is taken or not.

use core::future::Future;
use core::pin::Pin;
use core::time::Duration;

use aws_sdk_firehose::config::timeout::TimeoutConfig;
use aws_sdk_firehose::primitives::Blob;
use aws_sdk_firehose::types::Record;
use lacre_aws::CallError;
use lacre_native::finding::ConfigReason;

/// Most records in one call.
const RECORDS_MAX: usize = 500;

/// Most octets in one call, so that base64 of them stays below the 4 MiB of a request.
const BATCH_BYTES_MAX: usize = 3_000_000;

/// Takes lines of audit records.
pub(crate) trait Stream: core::fmt::Debug + Send + Sync {
    /// Hands lines to a stream; the answer says of each whether it was taken. The error is a call that failed as a whole, or
    /// whose outcome is not known.
    fn put<'a>(&'a self, stream: &'a str, lines: &'a [&'a [u8]], within: Duration) -> Put<'a>;
}

/// The future of [`Stream::put`].
pub(crate) type Put<'a> = Pin<Box<dyn Future<Output = Result<Vec<bool>, CallError>> + Send + 'a>>;

impl Stream for aws_sdk_firehose::Client {
    fn put<'a>(&'a self, stream: &'a str, lines: &'a [&'a [u8]], within: Duration) -> Put<'a> {
        Box::pin(async move {
            let records = lines.iter().map(|line| Record::builder().data(Blob::new(*line)).build());
            let records = records
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| CallError::new(ConfigReason::AwsFailed, error.to_string()))?;
            let call = self.put_record_batch().delivery_stream_name(stream).set_records(Some(records));
            let limits = TimeoutConfig::builder().operation_timeout(within).operation_attempt_timeout(within);
            let limited = call
                .customize()
                .config_override(aws_sdk_firehose::config::Config::builder().timeout_config(limits.build()));
            let answer = limited.send().await?;
            // FailedPutCount is the service's own count of these; a line it says nothing about was not taken.
            let taken = answer.request_responses().iter().map(|one| one.record_id().is_some());
            Ok(taken.chain(core::iter::repeat(false)).take(lines.len()).collect())
        })
    }
}

/// The first lines that go into one call together: how many.
pub(crate) fn batch<'a>(lines: impl Iterator<Item = &'a [u8]>) -> usize {
    let mut bytes: usize = 0;
    let fitting = lines.take(RECORDS_MAX).take_while(|line| {
        let first = bytes == 0;
        bytes = bytes.saturating_add(line.len());
        first || bytes <= BATCH_BYTES_MAX
    });
    fitting.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_keep_to_both_limits() {
        let small = [b"x".as_slice()].repeat(1200);
        assert_eq!(batch(small.into_iter()), 500);
        let large = vec![b'x'; 1_000_000];
        assert_eq!(batch([large.as_slice()].repeat(9).into_iter()), 3);
        let huge = vec![b'x'; 4_000_000];
        assert_eq!(batch([huge.as_slice(), b"x"].into_iter()), 1);
        assert_eq!(batch(core::iter::empty()), 0);
    }
}
