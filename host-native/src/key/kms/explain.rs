//! What an error of KMS means to an operator.

use core::error::Error;

use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::operation::RequestId;

use super::super::{KeyError, KeyReason};

/// Most characters that are repeated of what the service or the SDK said.
const CHARS_MAX: usize = 800;

/// The error of a call that needs `action`, about the key at `place`.
pub(super) fn error<E>(action: &str, place: &str, error: &SdkError<E, HttpResponse>) -> KeyError
where
    E: ProvideErrorMetadata + RequestId + Error + 'static,
{
    let SdkError::ServiceError(service) = error else {
        return KeyError::new(reason_without_answer(error), place)
            .because(format_args!("{action}: {}", one_line(&cause(error))));
    };
    let said = service.err();
    let code = said.code().unwrap_or("no code");
    let mut detail = format!("{action}: {code}");
    if let Some(message) = said.message().filter(|message| !message.is_empty()) {
        detail.push_str(": ");
        detail.push_str(&one_line(message));
    }
    if let Some(id) = said.request_id() {
        detail.push_str(" (request ");
        detail.push_str(id);
        detail.push(')');
    }
    KeyError::new(reason(code), place).because(detail)
}

/// What KMS means by a code.
fn reason(code: &str) -> KeyReason {
    match code {
        "NotFoundException" | "InvalidArnException" => KeyReason::KmsMissing,
        "AccessDeniedException" | "AccessDenied" => KeyReason::KmsDenied,
        "DisabledException" | "KMSInvalidStateException" => KeyReason::KmsDisabled,
        "InvalidKeyUsageException" | "UnsupportedOperationException" => KeyReason::KmsUnfit,
        "ThrottlingException" | "Throttling" | "RequestLimitExceeded" | "LimitExceededException" => {
            KeyReason::KmsThrottled
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => KeyReason::AwsCredentials,
        _ => KeyReason::Failed,
    }
}

/// What it means that there is no answer.
fn reason_without_answer<E>(error: &SdkError<E, HttpResponse>) -> KeyReason {
    match error {
        // Neither the network nor the connector: what was to be sent could not be signed.
        SdkError::DispatchFailure(failure) if failure.is_other() => KeyReason::AwsCredentials,
        SdkError::ConstructionFailure(_) => KeyReason::Failed,
        _ => KeyReason::KmsUnreachable,
    }
}

/// The innermost cause: the outer ones repeat that something failed.
fn cause<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> String {
    if matches!(error, SdkError::TimeoutError(_)) {
        return "no answer in time".to_owned();
    }
    let mut inner: &dyn Error = error;
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
