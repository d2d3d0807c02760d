//! Holds what callers were told and what was recorded against what BACEN's side did.

use core::net::SocketAddr;
use std::collections::BTreeMap;

use lacre_report::record::Row;
use lacre_simulator::Obeyed;
use lacre_tests::live::{Addresses, Answer};

/// What a caller may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    /// SPI: a payment goes in.
    Payment,
    /// SPI: a stream is read, which confirms what it gave before.
    Read,
    /// SPI: a stream is closed.
    Close,
    /// DICT: a key is registered.
    Register,
    /// DICT: a key is looked up.
    Lookup,
}

impl Operation {
    pub(crate) const ALL: [Self; 5] = [Self::Payment, Self::Read, Self::Close, Self::Register, Self::Lookup];

    /// Where a proxy takes it.
    pub(crate) const fn of(self, at: Addresses) -> SocketAddr {
        match self {
            Self::Register | Self::Lookup => at.dict,
            _ => at.spi,
        }
    }

    pub(crate) const fn is_get(self) -> bool {
        matches!(self, Self::Read | Self::Lookup)
    }
}

/// A request that was made, and what its caller saw.
pub(crate) struct Call {
    pub(crate) fault: String,
    pub(crate) operation: Operation,
    /// What makes its target unlike any other's.
    pub(crate) query: String,
    /// Nothing if the connection ended first.
    pub(crate) answer: Option<Answer>,
}

/// One line of the matrix.
#[derive(Default)]
struct Line {
    requests: usize,
    accepted: usize,
    records: usize,
    lost: usize,
    duplicated: usize,
    sent_twice: usize,
    untrue: Vec<String>,
}

/// Prints the matrix, and panics if anything was lost, recorded or sent twice, or said untruly.
pub(crate) fn check(title: &str, calls: &[Call], obeyed: &[Obeyed], rows: &[Row]) {
    let mut lines: BTreeMap<(&str, Operation), Line> = BTreeMap::new();
    let mut unrecorded = 0;
    for call in calls {
        let line = lines.entry((&call.fault, call.operation)).or_default();
        let suffix = format!("?{}", call.query);
        let arrived: Vec<_> = obeyed.iter().filter(|one| one.target.ends_with(&suffix)).collect();
        let accepted = arrived.iter().filter(|one| (200..300).contains(&one.status)).count();
        let records: Vec<_> =
            rows.iter().filter(|row| row.text("request_query") == Some(call.query.as_str())).collect();
        line.requests += 1;
        line.accepted += accepted;
        line.records += records.len();
        line.lost += usize::from(records.is_empty() && accepted > 0);
        unrecorded += usize::from(records.is_empty() && accepted == 0 && call.answer.is_some());
        line.duplicated += records.len().saturating_sub(1);
        // What only reads may be repeated where no answer came.
        let most = if call.operation.is_get() { 2 } else { 1 };
        line.sent_twice += arrived.len().saturating_sub(most);
        line.untrue.extend(answer_is_untrue(call, accepted, &arrived));
        line.untrue.extend(records.iter().filter_map(|row| record_is_untrue(call, row, accepted, &arrived)));
    }
    let known: Vec<_> = calls.iter().map(|call| call.query.as_str()).collect();
    let strange =
        rows.iter().filter(|row| !row.text("request_query").is_some_and(|q| known.contains(&q))).count();
    print_matrix(title, &lines);
    assert_eq!(unrecorded, gaps(rows), "refusals without a record, and numbers that the archive misses");
    assert_eq!(strange, 0, "records of requests that nobody made");
    for ((fault, operation), line) in &lines {
        let found = (line.lost, line.duplicated, line.sent_twice);
        assert_eq!(found, (0, 0, 0), "{fault}, {operation:?}: lost, duplicated, sent twice");
        assert!(line.untrue.is_empty(), "{fault}, {operation:?}: {:?}", line.untrue);
    }
}

/// How many records the chains themselves show to be missing.
fn gaps(rows: &[Row]) -> usize {
    let mut chains: BTreeMap<&str, (i64, usize)> = BTreeMap::new();
    for row in rows {
        let chain = chains.entry(row.text("chain_id").unwrap()).or_default();
        *chain = (chain.0.max(row.integer("chain_sequence").unwrap()), chain.1 + 1);
    }
    chains.values().map(|(last, rows)| usize::try_from(last + 1).unwrap() - rows).sum()
}

/// Why an answer is not true, if it is not.
fn answer_is_untrue(call: &Call, accepted: usize, arrived: &[&Obeyed]) -> Option<String> {
    let answer = call.answer.as_ref()?;
    let said = |why: &str| Some(format!("{} {why}: {}", answer.status, answer.body));
    if (200..300).contains(&answer.status) {
        let signed = !answer.body.trim().is_empty() && call.operation != Operation::Payment;
        if accepted == 0 {
            return said("but BACEN accepted nothing");
        }
        if signed && answer.header("pix-signature-valid") != Some("true") {
            return said("was not proved");
        }
        return arrived
            .iter()
            .all(|one| one.status != answer.status)
            .then_some(())
            .and_then(|()| said("is not what BACEN said"));
    }
    let denies = match answer.element("maybe-accepted") {
        Some(maybe) => maybe == "false",
        // BACEN's own refusal, handed on.
        None => (300..500).contains(&answer.status),
    };
    if denies && accepted > 0 && !call.operation.is_get() { said("denies what BACEN accepted") } else { None }
}

/// Why a record is not true, if it is not.
fn record_is_untrue(call: &Call, row: &Row, accepted: usize, arrived: &[&Obeyed]) -> Option<String> {
    let outcome = row.text("outcome").unwrap_or_default();
    let status = row.integer("response_status_code");
    let unsent = ["request-refused", "signing-failed", "not-sent"].contains(&outcome);
    if unsent && !arrived.is_empty() {
        return Some(format!("the record says `{outcome}`"));
    }
    let success = status.is_some_and(|status| (200..300).contains(&status));
    if outcome == "answered" && success && accepted == 0 {
        return Some("the record says that BACEN accepted".to_owned());
    }
    let told = call.answer.as_ref().map(|answer| i64::from(answer.status));
    let replied = row.integer("reply_status_code");
    // A request that a start closed was answered to nobody as far as that process knows.
    (told.is_some() && replied.is_some() && told != replied)
        .then(|| format!("the record says {replied:?}, the caller was told {told:?}"))
}

fn print_matrix(title: &str, lines: &BTreeMap<(&str, Operation), Line>) {
    let mut text = format!(
        "\n{title}\n{:<34} {:<9} {:>8} {:>8} {:>7} {:>4} {:>10} {:>10} {:>6}\n",
        "fault", "operation", "requests", "accepted", "records", "lost", "duplicated", "sent twice", "untrue"
    );
    let mut total = [0; 7];
    for ((fault, operation), line) in lines {
        let cells = [
            line.requests,
            line.accepted,
            line.records,
            line.lost,
            line.duplicated,
            line.sent_twice,
            line.untrue.len(),
        ];
        total.iter_mut().zip(cells).for_each(|(sum, cell)| *sum += cell);
        text.push_str(&row(fault, &format!("{operation:?}").to_lowercase(), cells));
    }
    text.push_str(&row("all", "", total));
    // In one piece: several matrices may be printed at once.
    print!("{text}");
}

fn row(fault: &str, operation: &str, [a, b, c, d, e, f, g]: [usize; 7]) -> String {
    format!("{fault:<34} {operation:<9} {a:>8} {b:>8} {c:>7} {d:>4} {e:>10} {f:>10} {g:>6}\n")
}
