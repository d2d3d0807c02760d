//! What must not stand on a command line: every user of the machine can read it there, and errors would repeat it.

use std::ffi::OsString;
use std::path::Path;

use lacre_native::key::KeyReason;
use lacre_native::shown;

use crate::context::Context;
use crate::failure::Failure;

/// Refuses arguments that carry a PIN, or look like a key and not like a file's name.
///
/// # Errors
/// Exit code 2, without repeating anything.
pub(super) fn check(arguments: impl Iterator<Item = OsString>, context: &Context) -> Result<(), Failure> {
    for argument in arguments {
        let argument = argument.to_string_lossy();
        let value = argument
            .split_once('=')
            .filter(|_| argument.starts_with("--"))
            .map_or(&*argument, |(_, value)| value);
        if value.to_ascii_lowercase().contains("pin-value") {
            return Err(refused(KeyReason::PinInArguments, context));
        }
        if shown::is_secret(value) && !Path::new(value).exists() {
            return Err(refused(KeyReason::NotAPlace, context));
        }
    }
    Ok(())
}

fn refused(reason: KeyReason, context: &Context) -> Failure {
    let argument = context.say("an argument", "um argumento");
    let message = reason.message(context.language);
    let message = match reason {
        KeyReason::NotAPlace => format!("{argument} {message}"),
        _ => message.to_owned(),
    };
    Failure::new(message).help(reason.help(context.language))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(argument: &str) -> bool {
        let context = Context::new(None, true);
        check([OsString::from(argument)].into_iter(), &context).is_err()
    }

    #[test]
    fn keys_and_pins_are_refused_and_names_are_not() {
        for argument in [
            "-----BEGIN PRIVATE KEY-----",
            "--key=-----BEGIN PRIVATE KEY-----",
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw",
            "--key=pkcs11:token=t?pin-value=1234",
            "PKCS11:token=t?PIN-VALUE=1234",
        ] {
            assert!(is_refused(argument), "{argument}");
        }
        for argument in [
            "sign",
            "--key=psp.key",
            "--subject",
            "CN=BANCO EXEMPLO SA T001, OU=ISPB-12345678, O=ICP-Brasil, C=BR",
            "pkcs11:token=t;object=assinatura?pin-source=file:/run/pin",
            "2026-01-31T12:00:00Z",
            "awskms:arn:aws:kms:sa-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ] {
            assert!(!is_refused(argument), "{argument}");
        }
    }
}
