//! A process that keeps an audit trail and does what it is told on stdin, so that tests can kill it.
//!
//! Arguments: the folder, a name that makes its exchanges unique. Commands: `record COUNT AT_ONCE`, `large BYTES`, `flush`, `health`, `close`.
//! Answers, a line each: `ready`, `ack CHANNEL SEQUENCE EXCHANGE`, `fail EXCHANGE`, `done`, `health {..}`, `error ..`.
#![expect(clippy::unwrap_used, reason = "a part of tests: it fails by panicking")]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

use core::ops::Range;
use core::time::Duration;
use std::io::{BufRead, Write};
use std::sync::Arc;

use lacre_core::exchange::record::Content;
use lacre_core::exchange::{Channel, Record};
use lacre_native::audit::{AuditSettings, AuditSink, AuditTrail};

/// 2026-11-18 11:06:40 UTC.
const START_MS: i64 = 1_795_000_000_000;
const MINUTE_MS: i64 = 60_000;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (folder, name) = (arguments.next().unwrap(), arguments.next().unwrap());
    let mut settings = AuditSettings::new(folder);
    // Small files, so that a kill finds the shipping at work.
    settings.segment_records = 20;
    settings.segment_age = Duration::from_millis(50);
    settings.acknowledge_within = Duration::from_millis(400);
    let trail = match AuditTrail::open(settings) {
        Ok(trail) => Arc::new(trail),
        Err(error) => {
            say(&format!("error {error}: {}", error.help()));
            return std::process::ExitCode::from(2);
        }
    };
    say("ready");
    let mut recorded = 0;
    for command in std::io::stdin().lock().lines() {
        let command = command.unwrap();
        let words: Vec<&str> = command.split(' ').collect();
        let answer = match words.as_slice() {
            ["record", count, at_once] => {
                let until = recorded + count.parse::<i64>().unwrap();
                record(&trail, &name, recorded..until, at_once.parse().unwrap()).await;
                recorded = until;
                "done".to_owned()
            }
            ["large", bytes] => {
                let mut record = exchange_record(&format!("{name}-large"), 1);
                record.request_body =
                    Some(Content::of("<\n".repeat(bytes.parse::<usize>().unwrap() / 2).as_bytes()));
                record.request_wire_sha256 = Some("00".repeat(32));
                trail
                    .record(record)
                    .await
                    .map_or_else(|error| format!("error {error}"), |_| "done".to_owned())
            }
            ["flush"] => {
                trail.flush().await.map_or_else(|error| format!("error {error}"), |()| "done".to_owned())
            }
            ["close"] => {
                trail.close().await.map_or_else(|error| format!("error {error}"), |()| "done".to_owned())
            }
            ["health"] => format!("health {:?}", trail.health()),
            _ => format!("error unknown command `{command}`"),
        };
        say(&answer);
    }
    std::process::ExitCode::SUCCESS
}

/// Records with so many tasks at once, the exchanges spread over channels and hours.
async fn record(trail: &Arc<AuditTrail>, name: &str, numbers: Range<i64>, at_once: usize) {
    let tasks: Vec<_> = (0..at_once)
        .map(|task| {
            let (trail, name, numbers) = (Arc::clone(trail), name.to_owned(), numbers.clone());
            tokio::spawn(async move {
                for number in numbers.skip(task).step_by(at_once) {
                    let exchange = format!("{name}-{number}");
                    let record = exchange_record(&exchange, number);
                    let channel = record.channel.as_str();
                    match trail.record(record).await {
                        Ok(receipt) => say(&format!("ack {channel} {} {exchange}", receipt.sequence)),
                        Err(_) => say(&format!("fail {exchange}")),
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

fn exchange_record(exchange: &str, number: i64) -> Record {
    let channel = if number % 3 == 0 { Channel::Dict } else { Channel::Spi };
    let mut record = Record::new(channel, exchange, START_MS + (number % 100) * 3 * MINUTE_MS);
    record.request_method = "POST".to_owned();
    record.request_path = "/api/v1/in/12345678/msgs".to_owned();
    record.request_header = format!("{{\"note\":\"linha\\n{}\"}}", "ção ".repeat(200));
    record.response_status_code = (number % 2 == 0).then_some(201);
    record.response_signature_verdict = (number % 2 == 0).then_some("valid");
    record
}

/// One write for a line: a kill never leaves half of one that counts.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}
