//! What an error of KMS means to an operator.

use core::error::Error;

use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};

use super::super::{KeyError, KeyReason};
use super::call::{Answered, words};

/// The error of a call that needs `action`, about the key at `place`.
pub(super) fn error<E>(action: &str, place: &str, error: &SdkError<E, HttpResponse>) -> KeyError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    KeyError::new(reason(error), place).said(format_args!("{action}: {}", words(error)))
}

fn reason<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> KeyReason {
    match (Answered::of(error), error.code()) {
        (Answered::Denied, _) => KeyReason::KmsDenied,
        (Answered::Unknown, _) => KeyReason::AwsCredentials,
        (Answered::Nothing, _) => KeyReason::KmsUnreachable,
        (Answered::Error, Some("NotFoundException" | "InvalidArnException")) => KeyReason::KmsMissing,
        (Answered::Error, Some("DisabledException" | "KMSInvalidStateException")) => KeyReason::KmsDisabled,
        (Answered::Error, Some("InvalidKeyUsageException" | "UnsupportedOperationException")) => {
            KeyReason::KmsUnfit
        }
        (Answered::Error, Some("ThrottlingException" | "Throttling" | "RequestLimitExceeded")) => {
            KeyReason::KmsThrottled
        }
        (Answered::Error, _) => KeyReason::Failed,
    }
}
