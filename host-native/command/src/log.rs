//! The log of the verbs that serve, on standard error.

use lacre_native::environment;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts the log. Its level is `usual` unless the environment variable `LACRE_LOG` has another (`debug`, or
/// `warn,lacre_native=debug`).
pub(crate) fn start(usual: &str, json: bool) {
    let asked = environment::variable("LACRE_LOG").and_then(|filter| filter.parse::<Targets>().ok());
    let filter = asked.or_else(|| usual.parse().ok()).unwrap_or_default();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = if json { lines.json().flatten_event(true).boxed() } else { lines.with_ansi(false).boxed() };
    // A subscriber that somebody else has set stays.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
}
