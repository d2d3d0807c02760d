//! What a call of AWS that failed means to an operator.

use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};

use crate::finding::{ConfigReason, Finding, Level};

/// What came of a call that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// The service denied it.
    Denied,
    /// The service answered with another error.
    Error,
    /// No answer came.
    Nothing,
}

impl Answered {
    /// The kind of a failure.
    pub(crate) fn of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Self {
        let SdkError::ServiceError(service) = error else { return Self::Nothing };
        match service.err().code() {
            Some(
                "AccessDenied"
                | "AccessDeniedException"
                | "UnauthorizedOperation"
                | "UnrecognizedClientException"
                | "InvalidClientTokenId"
                | "ExpiredToken"
                | "ExpiredTokenException",
            ) => Self::Denied,
            _ => Self::Error,
        }
    }

    const fn reason(self) -> ConfigReason {
        match self {
            Self::Denied => ConfigReason::AwsDenied,
            Self::Error => ConfigReason::AwsFailed,
            Self::Nothing => ConfigReason::AwsUnreachable,
        }
    }
}

/// A finding about a call: its permission's name, the resource, and what the service said.
pub(crate) fn finding<E>(action: &str, resource: &str, error: &SdkError<E, HttpResponse>) -> Finding
where
    E: ProvideErrorMetadata + core::error::Error + 'static,
{
    Finding::new(Level::Fatal, Answered::of(error).reason(), format!("{action} {resource}"))
        .because(words(error))
}

/// What the service, or the way to it, said: a code and a sentence, never a request or a response.
pub fn words<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + core::error::Error + 'static,
{
    match error {
        SdkError::ServiceError(service) => {
            let said = service.err();
            let (code, message) = (said.code().unwrap_or("no code"), said.message().unwrap_or("no message"));
            format!("{code}: {message}")
        }
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        other => innermost(other),
    }
}

fn innermost(error: &(dyn core::error::Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
