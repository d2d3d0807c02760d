//! How many vectors there are: by topic and verdict, and by reason. `cargo xtask vectors` prints it, the vectors' README holds it.

use core::fmt::Write;
use std::collections::{BTreeMap, BTreeSet};

use lacre_core::{Reason, Verdict};

use crate::vector::Vector;

/// The vectors, counted.
#[derive(Debug)]
pub struct Census {
    topics: BTreeMap<String, Counts>,
    all: Counts,
    reasons: BTreeMap<Reason, (usize, BTreeSet<String>)>,
}

/// One count for each verdict, in their order.
type Counts = [usize; Verdict::ALL.len()];

impl Census {
    /// Counts these vectors.
    ///
    /// # Panics
    /// Never: the verdict of an expectation is a verdict.
    #[must_use]
    pub fn of(vectors: &[Vector]) -> Self {
        let mut census = Self { topics: BTreeMap::new(), all: Counts::default(), reasons: BTreeMap::new() };
        for vector in vectors {
            let topic = vector.name.split('/').next().unwrap_or_default();
            let column = Verdict::ALL.iter().position(|verdict| *verdict == vector.expect.verdict).unwrap();
            census.topics.entry(topic.to_owned()).or_default()[column] += 1;
            census.all[column] += 1;
            if let Some(reason) = vector.expect.reason {
                let (count, topics) = census.reasons.entry(reason).or_default();
                *count += 1;
                topics.insert(topic.to_owned());
            }
        }
        census
    }

    /// How many vectors there are.
    #[must_use]
    pub fn together(&self) -> usize {
        self.all.iter().sum()
    }

    /// How many of them are refused.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.together() - self.all[0]
    }

    /// How many vectors are refused for this reason.
    #[must_use]
    pub fn refused_for(&self, reason: Reason) -> usize {
        self.reasons.get(&reason).map_or(0, |(count, _)| *count)
    }

    /// The table of topics and verdicts.
    #[must_use]
    pub fn by_topic(&self) -> String {
        let verdicts = Verdict::ALL.map(Verdict::as_str).join(" | ");
        let mut table = format!("| topic | {verdicts} | together |\n|---|{}\n", "---:|".repeat(6));
        let all = core::iter::once(("all", &self.all));
        for (topic, counts) in self.topics.iter().map(|(topic, counts)| (topic.as_str(), counts)).chain(all) {
            let together: usize = counts.iter().sum();
            writeln!(
                table,
                "| {topic} | {} | {together} |",
                counts.map(|count| count.to_string()).join(" | ")
            )
            .unwrap();
        }
        table
    }

    /// The table of reasons, in the catalogue's order.
    #[must_use]
    pub fn by_reason(&self) -> String {
        let mut table = "| reason | verdict | vectors | topics |\n|---|---|---:|---|\n".to_owned();
        for (reason, (count, topics)) in &self.reasons {
            let topics = topics.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            writeln!(table, "| {} | {} | {count} | {topics} |", reason.code(), reason.verdict().as_str())
                .unwrap();
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(name: &str, expect: &str) -> Vector {
        Vector::parse(name.to_owned(), format!("expect: {expect}\nbecause: x\n\n<a/>").as_bytes()).unwrap()
    }

    #[test]
    fn counts_by_topic_and_by_reason() {
        let census = Census::of(&[
            vector("wrapping/b", "invalid sgntr"),
            vector("bacen/a", "valid"),
            vector("keys/a", "invalid sgntr"),
            vector("wrapping/a", "malformed doctype"),
        ]);
        assert_eq!((census.together(), census.refused()), (4, 3));
        assert_eq!((census.refused_for(Reason::Sgntr), census.refused_for(Reason::Unclosed)), (2, 0));
        let by_topic = census.by_topic();
        let rows: Vec<&str> = by_topic.lines().skip(2).collect();
        assert_eq!(rows[0], "| bacen | 1 | 0 | 0 | 0 | 0 | 1 |");
        assert_eq!(rows[2], "| wrapping | 0 | 1 | 0 | 0 | 1 | 2 |");
        assert_eq!(rows[3], "| all | 1 | 2 | 0 | 0 | 1 | 4 |");
        let by_reason = census.by_reason();
        let rows: Vec<&str> = by_reason.lines().skip(2).collect();
        assert_eq!(
            rows,
            ["| doctype | malformed | 1 | wrapping |", "| sgntr | invalid | 2 | keys, wrapping |"]
        );
    }
}
