//! A deployment of the Lambda proxy, as `lacre doctor --aws` sees it.

#[cfg(feature = "aws")]
pub(crate) use self::there::{DEFAULT_PREFIX, examine};
#[cfg(not(feature = "aws"))]
pub(crate) use self::without::{DEFAULT_PREFIX, examine};

#[cfg(feature = "aws")]
mod there {
    use lacre_aws::{Clients, Options, sdk_config};
    use lacre_core::exchange::Channel;
    use lacre_native::environment;
    use lacre_native::finding::Finding;
    use lacre_native::key::KeyReason;

    use crate::context::Context;
    use crate::failure::Failure;

    pub(crate) use lacre_aws::DEFAULT_PREFIX;

    pub(crate) async fn examine(
        prefix: &str,
        channels: &[Channel],
        offline: bool,
        context: &Context,
    ) -> Result<Vec<Finding>, Failure> {
        let (options, mut findings) = Options::read(environment::variable);
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
}

/// What a build without AWS has in its place.
#[cfg(not(feature = "aws"))]
mod without {
    use lacre_core::exchange::Channel;
    use lacre_native::finding::Finding;
    use lacre_native::key::KeyReason;

    use crate::context::Context;
    use crate::failure::Failure;

    pub(crate) const DEFAULT_PREFIX: &str = "/pix/proxy/kms/";

    #[expect(clippy::unused_async, reason = "the same call as with AWS")]
    pub(crate) async fn examine(
        _prefix: &str,
        _channels: &[Channel],
        _offline: bool,
        context: &Context,
    ) -> Result<Vec<Finding>, Failure> {
        let reason = KeyReason::NoKms;
        Err(Failure::new(reason.message(context.language)).help(reason.help(context.language)))
    }
}
