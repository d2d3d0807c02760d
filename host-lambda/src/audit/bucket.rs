//! The audit bucket: where records lie that the stream did not take, and bodies that no record has room for.
//!
//! S3 and not SQS: a record may have a megabyte, a body more, an outage may last longer than a queue keeps messages, and the
//! bucket has the encryption, the lock and the lifecycle of the archive already.

use core::future::Future;
use core::pin::Pin;
use core::time::Duration;

use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::primitives::ByteStream;
use lacre_aws::CallError;
use lacre_native::finding::ConfigReason;

/// Stores octets under keys.
pub(crate) trait Bucket: core::fmt::Debug + Send + Sync {
    /// Stores octets; what lay under the key is replaced.
    fn put<'a>(&'a self, key: &'a str, octets: Vec<u8>, within: Duration) -> Doing<'a, ()>;
    /// Some of the keys that begin so, in order, behind the one that is named, and whether there are more.
    fn list<'a>(&'a self, prefix: &'a str, after: Option<&'a str>) -> Doing<'a, (Vec<String>, bool)>;
    /// The octets under a key.
    fn get<'a>(&'a self, key: &'a str) -> Doing<'a, Vec<u8>>;
    /// Lets a key go.
    fn delete<'a>(&'a self, key: &'a str) -> Doing<'a, ()>;
}

/// What a bucket does.
pub(crate) type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, CallError>> + Send + 'a>>;

/// A bucket of S3.
#[derive(Debug)]
pub(crate) struct S3Bucket {
    pub(crate) client: aws_sdk_s3::Client,
    pub(crate) name: String,
}

impl Bucket for S3Bucket {
    fn put<'a>(&'a self, key: &'a str, octets: Vec<u8>, within: Duration) -> Doing<'a, ()> {
        Box::pin(async move {
            let call = self.client.put_object().bucket(&self.name).key(key).body(ByteStream::from(octets));
            let limits = TimeoutConfig::builder().operation_timeout(within).operation_attempt_timeout(within);
            let limited = call
                .customize()
                .config_override(aws_sdk_s3::config::Config::builder().timeout_config(limits.build()));
            limited.send().await?;
            Ok(())
        })
    }

    fn list<'a>(&'a self, prefix: &'a str, after: Option<&'a str>) -> Doing<'a, (Vec<String>, bool)> {
        Box::pin(async move {
            let call = self.client.list_objects_v2().bucket(&self.name).prefix(prefix);
            let call = call.set_start_after(after.map(str::to_owned));
            let page = call.send().await?;
            let keys = page.contents().iter().filter_map(|object| object.key().map(str::to_owned));
            Ok((keys.collect(), page.is_truncated().unwrap_or(false)))
        })
    }

    fn get<'a>(&'a self, key: &'a str) -> Doing<'a, Vec<u8>> {
        Box::pin(async move {
            let call = self.client.get_object().bucket(&self.name).key(key);
            let object = call.send().await?;
            let octets = object.body.collect().await;
            let octets =
                octets.map_err(|error| CallError::new(ConfigReason::AwsUnreachable, error.to_string()))?;
            Ok(octets.to_vec())
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Doing<'a, ()> {
        Box::pin(async move {
            let call = self.client.delete_object().bucket(&self.name).key(key);
            call.send().await?;
            Ok(())
        })
    }
}
