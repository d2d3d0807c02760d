//! `lacre doctor`: every fault of a configuration at once.

use std::io::Write;
use std::path::PathBuf;

use lacre_native::finding::{Finding, Level};
use lacre_native::proxy::Setup;

use super::proxy::runtime;
use super::{Context, Exit, Failure};

const SCHEMA: &str = "lacre.doctor/1";

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Looks at every parameter, file, key and certificate of a proxy's configuration, and shakes hands with the endpoints. Nothing is \
sent. Results go to standard output, one line each: `ok`, `warning`, `fault` (the proxy would start) or `fatal` (it would not).

Examples:
  lacre doctor --config /etc/lacre/proxy.toml
  lacre doctor --config proxy.toml --offline --json

Exit codes: 0 no fault (warnings count as none), 2 at least one.")]
pub(crate) struct Args {
    /// The proxy's configuration.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,

    /// Leaves the endpoints alone.
    #[arg(long)]
    offline: bool,

    /// Writes one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let (setup, mut findings) = Setup::read(&args.config);
    if let Some(setup) = setup.filter(|_| !args.offline) {
        runtime()?.block_on(async {
            for channel in &setup.channels {
                findings.extend(channel.handshake().await);
            }
        });
    }
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
    context.note(match context.say("en", "pt") {
        "pt" => format!("{faults} falhas, {warnings} avisos, {holds} em ordem"),
        _ => format!("{faults} faults, {warnings} warnings, {holds} in order"),
    });
    Ok(if faults == 0 { Exit::Holds } else { Exit::Failed })
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
    let rows: Vec<_> = findings
        .iter()
        .map(|finding| {
            serde_json::json!({
                "level": finding.level().as_str(),
                "code": finding.code(),
                "subject": finding.subject(),
                "message": finding.message(context.language),
                "help": finding.help(context.language),
            })
        })
        .collect();
    writeln!(out, "{}", serde_json::json!({ "schema": SCHEMA, "findings": rows }))?;
    Ok(())
}
