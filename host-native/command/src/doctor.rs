//! `lacre doctor`: every fault of a configuration at once.

use std::io::Write;
use std::path::{Path, PathBuf};

use lacre_core::exchange::Channel;
use lacre_native::finding::{Finding, Level};
use lacre_native::proxy::Setup;

use crate::context::Context;
use crate::deployment::{self, DEFAULT_PREFIX};
use crate::failure::{Exit, Failure};
use crate::proxy::runtime;
use crate::said::Said;

const SCHEMA: &str = "lacre.doctor/1";

#[derive(Debug, clap::Args)]
#[command(after_help = "\
With --config, looks at every parameter, file, key and certificate of a proxy's configuration. With --aws, at a deployment of the Lambda \
proxy: parameters, secret, KMS key, certificates and audit streams, by the region and the credentials of the environment \
(AWS_REGION, AWS_PROFILE, ...); the function's own choices are read from the same variables that it has (LACRE_...). A denied call is one \
of the faults, and the rest goes on. It needs ssm:GetParameters, secretsmanager:GetSecretValue, kms:GetPublicKey, kms:Sign and \
firehose:DescribeDeliveryStream; what the function itself is permitted, it tells when it is invoked with {\"lacre\":\"doctor\"}. \
Both shake hands with BACEN's endpoints. Nothing is sent; with --aws the key signs one text that is no message. \
Results go to standard output, one line each: `ok`, `warning`, `fault` (the proxy would start) or `fatal` (it would not).

Examples:
  lacre doctor --config /etc/lacre/proxy.toml
  lacre doctor --config proxy.toml --offline --json
  AWS_REGION=sa-east-1 lacre doctor --aws
  lacre doctor --aws --channel spi --prefix /pix/homologation/ --offline
  aws lambda invoke --function-name pix-spi --cli-binary-format raw-in-base64-out \\
    --payload '{\"lacre\":\"doctor\"}' findings.json

Exit codes: 0 no fault (warnings count as none), 2 at least one.")]
#[command(group = clap::ArgGroup::new("what").args(["config", "aws"]).required(true))]
pub(crate) struct Args {
    /// The proxy's configuration.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Looks at a deployment of the Lambda proxy.
    #[arg(long)]
    aws: bool,

    /// The function of this channel alone; otherwise both.
    #[arg(long, value_name = "CHANNEL", value_enum, conflicts_with = "config")]
    channel: Option<ChannelArg>,

    /// What the names of the deployment's parameters and of its secret begin with.
    #[arg(long, value_name = "PREFIX", default_value = DEFAULT_PREFIX, conflicts_with = "config", value_parser = prefix)]
    prefix: String,

    /// Leaves the endpoints alone.
    #[arg(long)]
    offline: bool,

    /// Writes one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ChannelArg {
    /// Payments, through ICOM
    Spi,
    /// The directory of Pix keys
    Dict,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let mut findings = match &args.config {
        Some(config) => of_config(config, args.offline, context)?,
        None => of_deployment(args, context)?,
    };
    // The worst first; equals stay in the configuration's order.
    findings.sort_by_key(|finding| core::cmp::Reverse(finding.level()));
    let mut stdout = context.stdout();
    if args.json {
        write_json(&mut stdout, &findings, context)?;
    } else {
        for finding in &findings {
            write_line(&mut stdout, finding, context)?;
        }
    }
    stdout.flush()?;
    let count = |level| findings.iter().filter(|finding| finding.level() == level).count();
    let faults = count(Level::Fault).saturating_add(count(Level::Fatal));
    let (warnings, holds) = (count(Level::Warning), count(Level::Holds));
    let of = |count: usize, english, portuguese| {
        let word = context.plural(u64::try_from(count).unwrap_or(u64::MAX), english, portuguese);
        format!("{count} {word}")
    };
    context.note(format_args!(
        "{}, {}, {}",
        of(faults, ["fault", "faults"], ["falha", "falhas"]),
        of(warnings, ["warning", "warnings"], ["aviso", "avisos"]),
        of(holds, ["in order"; 2], ["em ordem"; 2]),
    ));
    Ok(if faults == 0 { Exit::Holds } else { Exit::Failed })
}

fn of_config(config: &Path, offline: bool, context: &Context) -> Result<Vec<Finding>, Failure> {
    let (setup, mut findings) = Setup::read(config);
    if let Some(setup) = setup.filter(|_| !offline) {
        runtime(1, context)?.block_on(async {
            for channel in &setup.channels {
                findings.extend(channel.handshake().await);
            }
        });
    }
    Ok(findings)
}

fn of_deployment(args: &Args, context: &Context) -> Result<Vec<Finding>, Failure> {
    let channels: &[Channel] = match args.channel {
        Some(ChannelArg::Spi) => &[Channel::Spi],
        Some(ChannelArg::Dict) => &[Channel::Dict],
        None => &[Channel::Spi, Channel::Dict],
    };
    runtime(1, context)?.block_on(deployment::examine(&args.prefix, channels, args.offline, context))
}

/// A prefix as the Parameter Store has them: a path.
fn prefix(text: &str) -> Result<String, Said> {
    if text.starts_with('/') && text.ends_with('/') {
        return Ok(text.to_owned());
    }
    Err(Said::new(
        "it begins and ends with `/`, such as `/pix/proxy/kms/`",
        "começa e termina com `/`, como `/pix/proxy/kms/`",
    ))
}

fn write_line(out: &mut impl Write, finding: &Finding, context: &Context) -> Result<(), Failure> {
    if context.quiet && finding.level() == Level::Holds {
        return Ok(());
    }
    let level = match finding.level() {
        Level::Holds => "ok",
        Level::Warning => context.say("warning", "aviso"),
        Level::Fault => context.say("fault", "falha"),
        _ => "fatal",
    };
    let message = finding.message(context.language);
    writeln!(out, "{level:<8} {}: {message} [{}]", finding.subject(), finding.code())?;
    if let Some(help) = finding.help(context.language) {
        writeln!(out, "{:<8} {help}", "")?;
    }
    Ok(())
}

fn write_json(out: &mut impl Write, findings: &[Finding], context: &Context) -> Result<(), Failure> {
    let rows: Vec<_> = findings.iter().map(|finding| finding.to_json(context.language)).collect();
    writeln!(out, "{}", serde_json::json!({ "schema": SCHEMA, "findings": rows }))?;
    Ok(())
}
