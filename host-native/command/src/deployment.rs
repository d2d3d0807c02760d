//! A deployment of the Lambda proxy, as `lacre doctor --aws` sees it. A build without AWS says how to get one that has it.

use lacre_core::exchange::Channel;
use lacre_native::finding::Finding;
use lacre_native::key::KeyReason;

use crate::context::Context;
use crate::failure::Failure;

/// What the names of a deployment's parameters begin with, unless somebody chose otherwise.
pub(crate) const DEFAULT_PREFIX: &str = "/pix/proxy/kms/";

#[cfg(feature = "aws")]
pub(crate) async fn examine(
    prefix: &str,
    channels: &[Channel],
    offline: bool,
    context: &Context,
) -> Result<Vec<Finding>, Failure> {
    use lacre_aws::{Clients, Options, sdk_config};

    let (options, mut findings) = Options::read(lacre_native::environment::variable);
    let config = sdk_config().await;
    if config.region().is_none() {
        let reason = KeyReason::AwsRegion;
        return Err(Failure::new(reason.message(context.language)).help(context.say(
            "set AWS_REGION (such as `sa-east-1`), or choose a profile that has a region",
            "defina AWS_REGION (por exemplo `sa-east-1`), ou escolha um perfil que tenha região",
        )));
    }
    let clients = Clients::new(&config);
    findings.extend(lacre_aws::examine(&clients, prefix, channels, &options, offline).await);
    Ok(findings)
}

#[cfg(not(feature = "aws"))]
pub(crate) async fn examine(
    _prefix: &str,
    _channels: &[Channel],
    _offline: bool,
    context: &Context,
) -> Result<Vec<Finding>, Failure> {
    let reason = KeyReason::NoKms;
    Err(Failure::new(reason.message(context.language)).help(reason.help(context.language)))
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "aws")]
    #[test]
    fn the_usual_prefix_is_that_of_the_function() {
        assert_eq!(super::DEFAULT_PREFIX, lacre_aws::DEFAULT_PREFIX);
    }

    #[cfg(not(feature = "aws"))]
    #[test]
    fn a_build_without_aws_says_how_to_get_one_that_has_it() {
        use lacre_core::Language;
        use lacre_native::key::{self, KeyReason};

        let error = key::open("awskms:alias/pix", None).unwrap_err();
        assert_eq!(error.reason(), KeyReason::NoKms);
        for language in [Language::En, Language::PtBr] {
            let help = error.reason().help(language);
            assert!(help.contains("cargo install --path host-native/command --features aws"), "{help}");
        }
    }
}
