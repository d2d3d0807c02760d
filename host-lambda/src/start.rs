//! From the process's first instruction to its last: log, clients, configuration, invocations, SIGTERM.

use core::time::Duration;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use lacre_aws::{Clients, sdk_config};
use lacre_native::environment;
use lambda_extension::Extension;
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::RwLock;
use tokio::time::timeout;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::audit::{Bucket, PAUSE, S3Bucket, Stream, Trail};
use crate::config::Config;
use crate::event::Fields;
use crate::handler::{Handler, InvokeError};
use crate::meter::{Meter, ms};
use crate::settings::Settings;

/// Lambda gives a function with an internal extension half a second between SIGTERM and SIGKILL.
const LAST_FLUSH: Duration = Duration::from_millis(400);

/// Lambda gives the start ten seconds. What is not read by then goes on beside the first invocation.
const FIRST_READING: Duration = Duration::from_secs(7);

/// What the environment must say for there to be a Runtime API at all.
const RUNTIME_VARIABLES: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// Runs the function until its end.
pub(crate) async fn run() -> ExitCode {
    let begun = Instant::now();
    log_to_stdout();
    if let Some(missing) = RUNTIME_VARIABLES.iter().find(|name| environment::variable(name).is_none()) {
        tracing::error!(
            "`{missing}` is not set: this program is a Lambda function and runs where Lambda starts it"
        );
        return ExitCode::from(2);
    }
    let handler = Arc::new(handler().await);
    register().await;
    drop(timeout(FIRST_READING, handler.config.begin_refresh()).await);
    let took = ms(begun.elapsed());
    handler.meter.note(|counts| counts.cold_start_ms = Some(took));
    tracing::info!(ms = took, "ready");
    let invoked = Arc::clone(&handler);
    let invocations = Runtime::new(service_fn(move |event: LambdaEvent<Fields>| {
        let handler = Arc::clone(&invoked);
        // A task of its own: SIGTERM ends the loop around it, not an exchange that BACEN may have accepted.
        let invocation = tokio::spawn(async move { handler.invoke(event).await });
        async move { invocation.await.unwrap_or(Err(InvokeError::Died)) }
    }));
    let code = tokio::select! {
        ended = invocations.run() => match ended {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                tracing::error!(%error, "the Runtime API cannot be reached");
                ExitCode::FAILURE
            }
        },
        () = terminated() => ExitCode::SUCCESS,
    };
    end(&handler).await;
    code
}

async fn handler() -> Handler {
    let settings = Settings::read();
    let sdk = sdk_config().await;
    let clients = Clients::new(&sdk);
    let meter = Arc::new(Meter::default());
    let stream: Arc<dyn Stream> = Arc::new(clients.firehose.clone());
    let bucket = settings.bucket.clone().map(|name| {
        let bucket: Arc<dyn Bucket> = Arc::new(S3Bucket { client: aws_sdk_s3::Client::new(&sdk), name });
        bucket
    });
    let trail = Arc::new(Trail::new(Arc::clone(&stream), bucket.clone(), Arc::clone(&meter), PAUSE));
    let config = Arc::new(Config::new(clients.clone(), settings.clone(), Arc::clone(&meter)));
    Handler { settings, clients, config, trail, stream, bucket, meter, under_way: RwLock::default() }
}

/// Registers an extension that wants no events: only a function that has one is told of its end by SIGTERM. Where there is no
/// Extensions API the function works without.
async fn register() {
    let extension = Extension::new().with_events(&[]).with_extension_name("lacre");
    match extension.register().await {
        Ok(extension) => {
            tokio::spawn(async move { drop(extension.run().await) });
        }
        Err(error) => tracing::warn!(%error, "no Extensions API: SIGTERM will not be sent before the end"),
    }
}

async fn terminated() {
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return core::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}

/// Lets what is under way end, delivers what waits, and says how many records end with the process.
async fn end(handler: &Handler) {
    let begun = Instant::now();
    if timeout(LAST_FLUSH, handler.under_way.write()).await.is_err() {
        tracing::error!("the process ends with an exchange under way: its record may be missing");
    }
    handler.trail.flush(LAST_FLUSH.saturating_sub(begun.elapsed())).await;
    let lost = handler.trail.pending();
    if lost > 0 {
        tracing::error!(
            alarm = "audit_records_lost",
            records = lost,
            "the process ends with audit records undelivered"
        );
        handler.meter.note(|counts| {
            counts.audit_lost = counts.audit_lost.saturating_add(u64::try_from(lost).unwrap_or(u64::MAX));
        });
        handler.report();
    }
}

/// JSON lines. Other people's code is heard from warnings on: what it says below may hold messages.
fn log_to_stdout() {
    let level = match environment::variable("LACRE_LOG").as_deref() {
        Some("error") => LevelFilter::ERROR,
        Some("warn") => LevelFilter::WARN,
        Some("debug") => LevelFilter::DEBUG,
        _ => LevelFilter::INFO,
    };
    let ours = ["bootstrap", "lacre_native", "lacre_core"];
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_targets(ours.map(|name| (name, level)));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(std::io::stdout);
    // Set once, here: there is no other subscriber.
    let _ = tracing_subscriber::registry().with(targets).with(lines).try_init();
}
