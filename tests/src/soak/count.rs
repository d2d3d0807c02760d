//! What became of each request: obeyed by BACEN, recorded, told.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use lacre_archive::read_ndjson;

use super::caller::{Kind, Told};

/// The whole of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) accepted: u64,
    pub(super) records: u64,
    /// Accepted by BACEN or answered to the caller, and not recorded.
    pub(super) lost: u64,
    pub(super) duplicated: u64,
    /// What is no mere reading, and reached BACEN more than once.
    pub(super) sent_twice: u64,
    /// Callers that were told what is not so.
    pub(super) untrue: u64,
    /// Records of requests that nobody made.
    pub(super) strange: u64,
}

/// One request.
#[derive(Clone, Copy, Default)]
struct Seen {
    arrived: u32,
    accepted: u32,
    records: u32,
}

impl Count {
    pub(super) const fn holds(&self) -> bool {
        self.lost == 0
            && self.duplicated == 0
            && self.sent_twice == 0
            && self.untrue == 0
            && self.strange == 0
    }
}

pub(super) fn count(told: &[(Kind, Told)], journal: &Path, log: &Path) -> Count {
    let mut count = Count::default();
    let mut seen = vec![Seen::default(); told.len()];
    for line in BufReader::new(File::open(journal).unwrap()).lines() {
        let line = line.unwrap();
        let Some(one) = of_query(&line).and_then(|number| seen.get_mut(number)) else {
            panic!("BACEN did what nobody asked for: {line}");
        };
        one.arrived += 1;
        one.accepted += u32::from(line.starts_with('2'));
    }
    for file in files(log) {
        for row in read_ndjson(&file).unwrap() {
            let row = row.unwrap();
            let number = row.text("request_query").and_then(|query| of_query(&format!("?{query}")));
            match number.and_then(|number| seen.get_mut(number)) {
                Some(one) => one.records += 1,
                None => count.strange += 1,
            }
        }
    }
    for ((kind, told), seen) in told.iter().zip(&seen) {
        count.add(*kind, *told, *seen);
    }
    count
}

impl Count {
    fn add(&mut self, kind: Kind, told: Told, seen: Seen) {
        let reads = matches!(kind, Kind::Read | Kind::Lookup);
        self.accepted += u64::from(seen.accepted);
        self.records += u64::from(seen.records);
        self.lost += u64::from(seen.records == 0 && (seen.accepted > 0 || told != Told::Nothing));
        self.duplicated += u64::from(seen.records.saturating_sub(1));
        self.sent_twice += u64::from(seen.arrived.saturating_sub(if reads { 2 } else { 1 }));
        self.untrue += u64::from(match told {
            Told::Done => seen.accepted == 0,
            Told::NotDone => seen.accepted > 0 && !reads,
            Told::Maybe | Told::Nothing => false,
        });
    }
}

/// The number behind `?n=`.
fn of_query(text: &str) -> Option<usize> {
    text.rsplit_once("?n=")?.1.parse().ok()
}

/// Every NDJSON file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "ndjson") {
            found.push(path);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, told: Told, arrived: u32, accepted: u32, records: u32) -> Count {
        let mut count = Count::default();
        count.add(kind, told, Seen { arrived, accepted, records });
        count
    }

    #[test]
    fn what_is_done_once_recorded_once_and_told_truly_holds() {
        assert!(of(Kind::Payment, Told::Done, 1, 1, 1).holds());
        assert!(of(Kind::Payment, Told::Maybe, 1, 1, 1).holds());
        assert!(of(Kind::Payment, Told::NotDone, 1, 0, 1).holds());
        assert!(of(Kind::Payment, Told::Nothing, 0, 0, 0).holds());
        assert!(of(Kind::Lookup, Told::Done, 2, 2, 1).holds());
    }

    #[test]
    fn everything_else_is_counted() {
        assert_eq!(of(Kind::Payment, Told::Done, 1, 1, 0).lost, 1);
        assert_eq!(of(Kind::Payment, Told::Nothing, 1, 1, 0).lost, 1);
        assert_eq!(of(Kind::Payment, Told::NotDone, 0, 0, 0).lost, 1);
        assert_eq!(of(Kind::Payment, Told::Done, 1, 1, 3).duplicated, 2);
        assert_eq!(of(Kind::Payment, Told::Done, 2, 2, 1).sent_twice, 1);
        assert_eq!(of(Kind::Payment, Told::Done, 1, 0, 1).untrue, 1);
        assert_eq!(of(Kind::Payment, Told::NotDone, 1, 1, 1).untrue, 1);
    }
}
