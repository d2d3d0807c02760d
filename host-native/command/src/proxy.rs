//! `lacre proxy`: the native proxy between a bank's services and BACEN.

use std::path::{Path, PathBuf};

use lacre_archive::threads;
use lacre_native::finding::{Finding, Level};
use lacre_native::proxy::{self, Setup};
use lacre_native::shown;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::log;

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    /// The configuration.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,

    /// Writes the log as JSON, one object a line.
    #[arg(long)]
    log_json: bool,
}

/// Without two threads for the audit trail and one for what blocks, there is no exchange.
pub(crate) const THREADS: usize = 3;

const EXAMPLE: &str = "\
Signs what goes to BACEN, sends it over mutual TLS, verifies what comes back and records both. The log goes to standard \
error (LACRE_LOG=debug says more) and holds no message content. SIGTERM or ctrl-c ends it after what is under way, with \
the audit trail shipped. Changed files are taken up without a restart. `lacre doctor` checks a configuration.

The configuration, with every parameter. Paths are taken from its own folder; what is commented out has this value anyway:
  # either of [spi] and [dict] may be left out
  [spi]
  listen = \"127.0.0.1:9090\"
  endpoint = \"icom.pi.rsfn.net.br:16422\"
  # server_name = \"..\"      # in BACEN's certificate, if another
  [dict]
  listen = \"127.0.0.1:8080\"
  endpoint = \"dict.pi.rsfn.net.br:16422\"
  [signature]
  key = \"signature.key\"        # PEM, PKCS#12, pkcs11: or awskms: URI
  certificate = \"signature.pem\"
  # passphrase_file = \"..\"  # otherwise LACRE_PASSPHRASE
  [mtls]
  key = \"channel.key\"
  certificate = \"channel.pem\"  # followed by its issuers
  [bacen]
  signature_certificates = [\"bacen-signature.pem\"]
  mtls_certificates = [\"bacen-channel.pem\"]  # its own, or its CA
  # crls = []  # revocation lists, with their issuer's certificate
  # mtls_pinned_by_any_name = false
  [audit]
  folder = \"audit\"
  # formats = [\"ndjson\", \"parquet\"]
  # ship_seconds = 60
  # before_sending = \"require\"  # or try, off: see below
  [policy]
  # outside_validity = \"refuse\"  # or pass: an expired signer
  # unknown_paths = \"refuse\"     # or pass
  # interrupted_values = \"refuse\"  # or pass: comments inside values
  # already_signed = \"refuse\"    # or resign
  # dict_signature = \"first\"     # or last
  # own_hosts = []               # names callers use, see below
  [limits]
  # request_bytes = 16777216
  # request_unpacked_bytes = 1048576  # 16777216 at port 17422
  # response_bytes = 33554432
  # total_seconds = 25
  # signing_seconds = 5
  # connections = 1024
  # reload_seconds = 60

Before a request leaves, what it is stands on the disk of the audit folder: a proxy that is killed while BACEN has accepted \
a request gives it a record of outcome `unknown` when it starts again. With `before_sending = \"require\"` nothing leaves \
while that disk takes nothing, and callers get 503 `audit-unavailable`: nothing was sent, they may try again. With `try` it \
leaves all the same; with `off` that one sync per request is saved, and a kill can cost a record.

A request is answered only if its `Host` is a loopback name, the address that it arrived at, or one of `own_hosts`, and if no \
page in a browser sends it (`Origin`, `Referer`, `Sec-Fetch-Site`).

Example:
  lacre proxy --config /etc/lacre/proxy.toml

Exit codes: 0 ended as asked, 2 the configuration cannot be used or something failed.";

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    log::start(if context.quiet { "error" } else { "info" }, args.log_json);
    let (setup, findings) = Setup::read(&args.config);
    for finding in findings.iter().filter(|finding| finding.level() > Level::Holds) {
        tell(finding, context);
    }
    let Some(setup) = setup else {
        let path = shown::path(&args.config);
        return Err(Failure::new(match context.say("en", "pt") {
            "pt" => format!("o proxy não pode iniciar com `{path}`"),
            _ => format!("the proxy cannot start with `{path}`"),
        }));
    };
    let runtime = runtime(THREADS, context)?;
    runtime.block_on(serve(setup, &args.config, context)).map_err(|error| Failure::new(error.to_string()))?;
    Ok(Exit::Holds)
}

async fn serve(setup: Setup, path: &Path, context: &Context) -> Result<(), proxy::RunError> {
    let listeners = proxy::bind(&setup).await?;
    // Before anybody is told that it is there: whoever is told may end it.
    let stop = stop_on_signal();
    for (channel, listener) in setup.channels.iter().zip(&listeners) {
        let address = listener.local_addr().unwrap_or(channel.listen);
        context.note(format_args!(
            "{} http://{address} → {}",
            channel.policy.channel,
            channel.client.endpoint()
        ));
    }
    proxy::run(setup, listeners, path.to_owned(), stop).await
}

/// Becomes `true` when the process is asked to end. It listens from the call on, not from when somebody first looks.
pub(crate) fn stop_on_signal() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    let asked = asked_to_end();
    tokio::spawn(async move {
        asked.await;
        tracing::info!("asked to end: what is under way is carried to its end");
        sender.send_replace(true);
        // Kept, or its receivers would take its end for the same word anyway.
        core::future::pending::<()>().await;
    });
    receiver
}

#[cfg(unix)]
fn asked_to_end() -> impl Future<Output = ()> + Send {
    use tokio::signal::unix::{SignalKind, signal};
    let [interrupted, terminated] = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
    async move {
        match (interrupted, terminated) {
            (Ok(mut interrupted), Ok(mut terminated)) => {
                tokio::select! {
                    _ = interrupted.recv() => {}
                    _ = terminated.recv() => {}
                }
            }
            (_, Ok(mut terminated)) => drop(terminated.recv().await),
            _ => drop(tokio::signal::ctrl_c().await),
        }
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    drop(tokio::signal::ctrl_c().await);
}

/// A runtime for what needs so many threads beside it, on every processor that it may have.
pub(crate) fn runtime(needed: usize, context: &Context) -> Result<Runtime, Failure> {
    if threads::startable(needed) < needed {
        let words =
            context.say("too few threads can be started", "não é possível iniciar threads suficientes");
        let help = context.say(
            "raise the limit of processes of the container or the user (`pids`, `ulimit -u`)",
            "aumente o limite de processos do contêiner ou do usuário (`pids`, `ulimit -u`)",
        );
        return Err(Failure::new(words).help(help));
    }
    crate::runtime::runtime().map_err(|error| Failure::new(format!("the runtime cannot start: {error}")))
}

/// One finding on standard error.
pub(crate) fn tell(finding: &Finding, context: &Context) {
    let level = match finding.level() {
        Level::Holds => "ok",
        Level::Warning => context.say("warning", "aviso"),
        _ => context.say("error", "erro"),
    };
    let message = finding.message(context.language);
    context.warn(format_args!("{level}: {}: {message} [{}]", finding.subject(), finding.code()));
    if let Some(help) = finding.help(context.language) {
        context.warn(format_args!("  {}: {help}", context.say("help", "ajuda")));
    }
}
