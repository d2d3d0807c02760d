//! The audit trail against kills, a full disk and a second process; and as others read it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

use core::time::Duration;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lacre_archive::{read_ndjson, read_parquet};
use lacre_core::exchange::chain::verify_link;
use lacre_report::record::Row;

/// A process that keeps an audit trail: see `src/bin/audit_recorder.rs`.
struct Recorder {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Recorder {
    fn start(folder: &Path, name: &str) -> Self {
        Self::of(Command::new(env!("CARGO_BIN_EXE_audit_recorder")).arg(folder).arg(name))
    }

    /// One whose writes beyond its file size limit fail, as on a full disk, and do not end it.
    fn start_with_size_limits(folder: &Path, name: &str) -> Self {
        let script = "trap '' XFSZ; exec \"$0\" \"$@\"";
        let program = env!("CARGO_BIN_EXE_audit_recorder");
        Self::of(Command::new("sh").args(["-c", script, program]).arg(folder).arg(name))
    }

    fn of(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let orders = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, orders, answers }
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
    }

    fn answer(&mut self) -> String {
        self.answers.next().unwrap().unwrap()
    }

    /// The lines up to and with `done` or one that begins with `error` or `health`.
    fn answers(&mut self) -> Vec<String> {
        let mut answers = Vec::new();
        loop {
            let answer = self.answer();
            let last = ["done", "error", "health"].iter().any(|word| answer.starts_with(word));
            answers.push(answer);
            if last {
                return answers;
            }
        }
    }

    fn ask(&mut self, order: &str) -> Vec<String> {
        self.order(order);
        self.answers()
    }

    /// SIGKILL, then everything that it had said before.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.answers.map_while(Result::ok).collect()
    }

    fn limit_file_size(&self, bytes: &str) {
        let pid = self.child.id().to_string();
        let limited = Command::new("prlimit")
            .args(["--pid", &pid, &format!("--fsize={bytes}:unlimited")])
            .status()
            .unwrap();
        assert!(limited.success());
    }

    fn health(&mut self, counter: &str) -> u64 {
        let health = self.ask("health").pop().unwrap();
        let value = health.split(&format!("{counter}: ")).nth(1).unwrap();
        value.split([',', ' ', '}']).next().unwrap().parse().unwrap()
    }
}

/// An acknowledged record: channel, sequence, exchange.
type Acknowledged = (String, i64, String);

fn acknowledged(answers: &[String]) -> Vec<Acknowledged> {
    let of = |answer: &String| {
        let [channel, sequence, exchange] = answer.strip_prefix("ack ")?.split(' ').collect::<Vec<_>>()[..]
        else {
            panic!("{answer}")
        };
        Some((channel.to_owned(), sequence.parse().unwrap(), exchange.to_owned()))
    };
    answers.iter().filter_map(of).collect()
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|other| other == ending) {
            found.push(path);
        }
    }
    found
}

/// The rows of one channel in one format, by sequence. Every row lies in the folder of its hour.
fn rows(folder: &Path, channel: &str, ending: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for path in files(&folder.join("log").join(channel), ending) {
        let found: Vec<Row> = match ending {
            "ndjson" => read_ndjson(&path).unwrap().map(Result::unwrap).collect(),
            _ => read_parquet(&path).unwrap().map(Result::unwrap).collect(),
        };
        for row in &found {
            let date = row.text("request_date").unwrap();
            let hour = format!(
                "year={}/month={}/day={}/hour={}",
                &date[..4],
                &date[5..7],
                &date[8..10],
                &date[11..13]
            );
            assert!(path.parent().unwrap().ends_with(hour), "{}", path.display());
        }
        rows.extend(found);
    }
    rows.sort_by_key(|row| row.integer("chain_sequence"));
    rows
}

/// Panics unless each format holds one whole chain for each channel, both formats agree, and each acknowledged record is
/// there once. Gives the number of rows.
fn assert_exactly_once(folder: &Path, acknowledged: &[Acknowledged]) -> usize {
    let mut total = 0;
    for channel in ["spi", "dict"] {
        let rows = [rows(folder, channel, "ndjson"), rows(folder, channel, "parquet")];
        assert!(rows[0] == rows[1], "NDJSON ({}) and Parquet ({}) differ", rows[0].len(), rows[1].len());
        let mut previous = [0; 32];
        let mut exchanges = BTreeMap::new();
        for (number, row) in rows[0].iter().enumerate() {
            let sequence = row.integer("chain_sequence").unwrap();
            assert_eq!(sequence, i64::try_from(number).unwrap(), "a gap or a double in chain {channel}");
            previous = verify_link(&previous, row.values()).unwrap();
            let double = exchanges.insert(row.text("exchange_id").unwrap(), sequence);
            assert_eq!(double, None, "an exchange was recorded twice");
        }
        for (_, sequence, exchange) in acknowledged.iter().filter(|(other, ..)| other == channel) {
            assert_eq!(exchanges.get(exchange.as_str()), Some(sequence), "{exchange} was acknowledged");
        }
        total += rows[0].len();
    }
    assert!(files(folder, "tmp").is_empty(), "nothing half written stays behind");
    assert!(files(folder, "spool").is_empty(), "nothing stays in the spool");
    total
}

/// SplitMix64: the same kills at about the same moments each time.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[test]
fn every_acknowledged_record_is_there_once_however_often_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut seed = 20_261_123;
    let mut all = Vec::new();
    for round in 0..40 {
        let mut recorder = Recorder::start(folder.path(), &format!("round{round}"));
        // One round in four is killed while it starts and ships what the one before it left.
        if round % 4 != 3 {
            recorder.order("record 1000000 8");
            for _ in 0..=random(&mut seed) % 60 {
                let answer = recorder.answer();
                all.extend(acknowledged(&[answer]));
            }
        }
        std::thread::sleep(Duration::from_micros(random(&mut seed) % 15_000));
        all.extend(acknowledged(&recorder.kill()));
    }
    let mut recorder = Recorder::start(folder.path(), "last");
    let mut answers = recorder.ask("record 10 1");
    assert_eq!(recorder.ask("close"), ["done"]);
    answers.remove(0);
    all.extend(acknowledged(&answers));
    let total = assert_exactly_once(folder.path(), &all);
    assert!(all.len() > 600 && total >= all.len(), "{} acknowledged, {total} kept", all.len());
}

#[test]
fn a_disk_that_fills_up_is_reported_and_nothing_is_lost_when_there_is_room_again() {
    if !lacre_tests::require("prlimit") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::start_with_size_limits(folder.path(), "full");
    assert_eq!(recorder.answer(), "ready");
    let all = acknowledged(&recorder.ask("record 5 5"));
    assert_eq!(all.len(), 5);

    recorder.limit_file_size("0");
    let late = recorder.ask("record 3 3");
    assert_eq!(late.iter().filter(|answer| answer.starts_with("fail ")).count(), 3, "{late:?}");
    assert!(recorder.health("spool_failures") >= 1);
    assert_eq!((recorder.health("waiting"), recorder.health("late")), (3, 3));
    assert!(recorder.ask("flush").pop().unwrap().starts_with("error write the audit spool"));

    recorder.limit_file_size("unlimited");
    assert_eq!(recorder.ask("flush"), ["done"]);
    assert_eq!(
        (recorder.health("waiting"), recorder.health("spooled"), recorder.health("shipped")),
        (0, 8, 8)
    );
    assert_eq!(assert_exactly_once(folder.path(), &all), 8);
}

#[test]
fn a_write_that_stops_half_way_is_repeated_and_leaves_no_double() {
    if !lacre_tests::require("prlimit") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::start_with_size_limits(folder.path(), "half");
    assert_eq!(recorder.answer(), "ready");
    // Some records fit, the next stops in the middle; final files of several do not fit at all.
    recorder.limit_file_size("9000");
    let all = acknowledged(&recorder.ask("record 60 1"));
    assert!(recorder.health("spool_failures") >= 1);
    recorder.limit_file_size("unlimited");
    assert_eq!(recorder.ask("flush"), ["done"]);
    assert_eq!(recorder.ask("close"), ["done"]);
    assert_eq!(assert_exactly_once(folder.path(), &all), 60);
}

#[test]
fn a_record_of_any_size_is_kept_and_only_the_largest_bodies_are_left_out() {
    for (bytes, encoding) in [(12_000_000, "utf-8"), (60_000_000, "omitted")] {
        let folder = tempfile::tempdir().unwrap();
        let mut recorder = Recorder::start(folder.path(), "a");
        assert_eq!(recorder.answer(), "ready");
        // Whether it was on the disk in time does not matter here.
        recorder.ask(&format!("large {bytes}"));
        assert_eq!(recorder.ask("close"), ["done"]);
        assert_eq!(assert_exactly_once(folder.path(), &[]), 1);
        let row = rows(folder.path(), "spi", "parquet").pop().unwrap();
        assert_eq!(row.text("request_body_encoding"), Some(encoding));
        assert_eq!(row.text("request_body").unwrap().len(), if encoding == "utf-8" { bytes } else { 0 });
        assert!(row.text("request_wire_sha256").is_some());
    }
}

#[cfg(unix)]
#[test]
fn a_spool_file_that_somebody_deletes_takes_no_more_records() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::start(folder.path(), "a");
    assert_eq!(recorder.answer(), "ready");
    let mut deleted = Vec::new();
    // The recorder ships every 50 ms: a file is there only for a moment.
    while deleted.is_empty() {
        recorder.ask("record 3 1");
        deleted = files(folder.path(), "spool");
        deleted.retain(|path| fs::remove_file(path).is_ok());
    }
    let kept = acknowledged(&recorder.ask("record 30 1"));
    assert_eq!(kept.len(), 30);
    assert_eq!(recorder.ask("close"), ["done"]);
    let rows: Vec<Row> = ["spi", "dict"].iter().flat_map(|of| rows(folder.path(), of, "ndjson")).collect();
    for (.., exchange) in &kept {
        assert!(rows.iter().any(|row| row.text("exchange_id") == Some(exchange)), "{exchange}");
    }
}

#[test]
fn a_second_process_is_refused_until_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Recorder::start(folder.path(), "first");
    assert_eq!(first.answer(), "ready");
    let mut second = Recorder::start(folder.path(), "second");
    let answer = second.answer();
    assert!(answer.starts_with("error") && answer.contains("in use by another process"), "{answer}");
    assert_eq!(second.child.wait().unwrap().code(), Some(2));
    first.kill();
    assert_eq!(Recorder::start(folder.path(), "third").answer(), "ready");
}

#[test]
fn duckdb_reads_both_formats_with_their_partitions_and_types() {
    if !lacre_tests::require("python") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::start(folder.path(), "duck");
    assert_eq!(recorder.answer(), "ready");
    recorder.ask("record 300 8");
    assert_eq!(recorder.ask("close"), ["done"]);

    let output = Command::new(lacre_tests::python())
        .args(["-c", DUCKDB])
        .current_dir(folder.path().join("log"))
        .output()
        .unwrap();
    let found = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected = "\
        rows 300 300\n\
        differing 0\n\
        channels dict=100 spi=200\n\
        hours 6\n\
        status 150 null, sum 30150\n\
        types BIGINT BIGINT INTEGER INTEGER VARCHAR VARCHAR\n";
    assert_eq!(found, expected);
}

/// The folders `spi` and `dict` are no `name=value` folders: the column `channel` says the same.
const DUCKDB: &str = r#"
import duckdb
def one(sql): return duckdb.sql(sql).fetchall()
duckdb.sql("create view p as from read_parquet('*/*/*/*/*/*.parquet', hive_partitioning = true)")
duckdb.sql("create view n as from read_ndjson('*/*/*/*/*/*.ndjson', hive_partitioning = true, union_by_name = true)")
print('rows', one('select count(*) from p')[0][0], one('select count(*) from n')[0][0])
columns = 'channel, chain_id, chain_sequence, chain_hash, request_header, response_status_code, year, month, day, hour'
columns = columns.replace('chain_id', 'chain_id::varchar')
print('differing', one(f'select count(*) from (select {columns} from p except select {columns} from n)')[0][0])
print('channels', *[f'{c}={n}' for c, n in one('select channel, count(*) from p group by all order by all')])
print('hours', one('select count(*) from (select distinct year, month, day, hour from p)')[0][0])
nulls, total = one('select count(*) filter (response_status_code is null), sum(response_status_code) from p')[0]
print(f'status {nulls} null, sum {total}')
typed = ['chain_sequence', 'request_received_ms', 'reply_status_code', 'response_status_code', 'request_body', 'request_date']
print('types', *[one(f'select typeof({c}) from p limit 1')[0][0] for c in typed])
"#;
