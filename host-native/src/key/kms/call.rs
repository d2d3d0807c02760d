//! What a call of AWS that failed means to an operator.

use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::operation::RequestId as _;

use crate::finding::{ConfigReason, Finding, Level};

/// Most characters that are repeated of what a service or the SDK said.
const CHARS_MAX: usize = 800;

/// What came of a call that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answered {
    /// The service denied it.
    Denied,
    /// There are no credentials, or the service does not know them.
    Unknown,
    /// The service answered with another error.
    Error,
    /// No answer came.
    Nothing,
}

impl Answered {
    /// The kind of a failure.
    pub fn of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Self {
        let service = match error {
            SdkError::ServiceError(service) => service,
            // Neither the network nor the connector: what was to be sent could not be signed.
            SdkError::DispatchFailure(failure) if failure.is_other() => return Self::Unknown,
            _ => return Self::Nothing,
        };
        match service.err().code() {
            Some("AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation") => Self::Denied,
            Some(
                "UnrecognizedClientException"
                | "InvalidClientTokenId"
                | "ExpiredToken"
                | "ExpiredTokenException"
                | "InvalidSignatureException"
                | "SignatureDoesNotMatch"
                | "IncompleteSignature"
                | "MissingAuthenticationToken"
                | "MissingAuthenticationTokenException",
            ) => Self::Unknown,
            _ => Self::Error,
        }
    }

    const fn reason(self) -> ConfigReason {
        match self {
            Self::Denied => ConfigReason::AwsDenied,
            Self::Unknown => ConfigReason::AwsCredentials,
            Self::Error => ConfigReason::AwsFailed,
            Self::Nothing => ConfigReason::AwsUnreachable,
        }
    }
}

/// A call that did not succeed: what kind of failure it was, and what was said about it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallError {
    /// The kind, with its remedy.
    pub reason: ConfigReason,
    words: String,
}

impl CallError {
    /// A failure that no service told of.
    #[must_use]
    pub fn new(reason: ConfigReason, words: impl Into<String>) -> Self {
        Self { reason, words: words.into() }
    }
}

impl core::fmt::Display for CallError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.words)
    }
}

impl core::error::Error for CallError {}

impl<E: ProvideErrorMetadata + core::error::Error + 'static> From<SdkError<E, HttpResponse>> for CallError {
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        Self { reason: Answered::of(&error).reason(), words: words(&error) }
    }
}

/// A finding about a call without which nothing goes on: its permission's name, the resource, and what the service said.
pub fn finding<E>(action: &str, resource: &str, error: &SdkError<E, HttpResponse>) -> Finding
where
    E: ProvideErrorMetadata + core::error::Error + 'static,
{
    finding_at(Level::Fatal, action, resource, error)
}

/// A finding about a call, as bad as it is.
pub fn finding_at<E>(level: Level, action: &str, resource: &str, error: &SdkError<E, HttpResponse>) -> Finding
where
    E: ProvideErrorMetadata + core::error::Error + 'static,
{
    Finding::new(level, Answered::of(error).reason(), format!("{action} {resource}")).because(words(error))
}

/// What the service, or the way to it, said: a code, a sentence and the request's id, in one line; never a request or a response.
pub fn words<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + core::error::Error + 'static,
{
    let SdkError::ServiceError(service) = error else {
        return match error {
            SdkError::TimeoutError(_) => "no answer in time".to_owned(),
            other => one_line(&innermost(other)),
        };
    };
    let said = service.err();
    let mut words = one_line(said.code().unwrap_or("no code"));
    if let Some(message) = said.message().filter(|message| !message.is_empty()) {
        words = format!("{words}: {}", one_line(message));
    }
    match error.request_id() {
        Some(id) => format!("{words} (request {})", one_line(id)),
        None => words,
    }
}

/// The innermost cause: the outer ones repeat that something failed.
fn innermost(error: &(dyn core::error::Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// Words from elsewhere as a part of one line. The SDK's own list of where it looked for credentials has several.
fn one_line(words: &str) -> String {
    let mut line = String::new();
    for part in words.split(|c: char| c.is_control()).map(str::trim).filter(|part| !part.is_empty()) {
        if !line.is_empty() {
            line.push_str(if line.ends_with(':') { " " } else { "; " });
        }
        line.push_str(part);
    }
    line.truncate(line.char_indices().nth(CHARS_MAX).map_or(line.len(), |(end, _)| end));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_several_lines_become_one() {
        assert_eq!(one_line("tried:\n  A: no\r\n\n  B: no\t"), "tried: A: no; B: no");
        assert_eq!(one_line(&"ã".repeat(5000)).chars().count(), CHARS_MAX);
    }
}
