//! Adds up what the test programs say of themselves.

use core::fmt;

/// What a test writes, past libtest's capture, when a part is missing on purpose. The part's name follows.
pub const SKIPPED: &str = "SKIPPED: ";

/// Counts of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// Tests that held.
    pub passed: u64,
    /// Tests that did not.
    pub failed: u64,
    /// Tests that could not run and were allowed not to.
    pub skipped: u64,
}

impl Tally {
    /// A tally of one step that is no test program: it held or it did not.
    #[must_use]
    pub const fn of_step(success: bool) -> Self {
        if success {
            Self { passed: 1, failed: 0, skipped: 0 }
        } else {
            Self { passed: 0, failed: 1, skipped: 0 }
        }
    }

    /// A tally of steps left out.
    #[must_use]
    pub const fn of_skipped(skipped: u64) -> Self {
        Self { passed: 0, failed: 0, skipped }
    }

    /// Takes in one line of a test program's output.
    pub fn read_line(&mut self, line: &str) {
        if line.contains(SKIPPED) {
            // libtest has no word for it: the test returns early and will be counted as passed.
            self.skipped += 1;
            self.passed = self.passed.wrapping_sub(1);
        }
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.passed = self.passed.wrapping_add(count(counts, "passed"));
            self.failed += count(counts, "failed");
            self.skipped += count(counts, "ignored");
        }
    }

    /// Takes in one line of what `node --test` writes at its end, as its spec and its TAP reporter have it.
    pub fn read_node_line(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("\u{2139} ").or_else(|| line.strip_prefix("# ")) else { return };
        let Some((word, number)) = counts.split_once(' ') else { return };
        let count = match word {
            "pass" => &mut self.passed,
            "fail" | "cancelled" => &mut self.failed,
            "skipped" | "todo" => &mut self.skipped,
            _ => return,
        };
        *count += number.parse::<u64>().unwrap_or_default();
    }

    /// This tally, with a failure added if the program failed without naming a test (it did not build, or it died).
    #[must_use]
    pub const fn closed(mut self, success: bool) -> Self {
        if !success && self.failed == 0 {
            self.failed = 1;
        }
        if self.passed > u64::MAX / 2 {
            // It died after a skip and before its result.
            self.passed = 0;
        }
        self
    }

    /// Adds another tally.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

fn count(counts: &str, word: &str) -> u64 {
    counts
        .split(['.', ';'])
        .filter_map(|clause| clause.trim().strip_suffix(word))
        .find_map(|number| number.trim().parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str], success: bool) -> Tally {
        let mut tally = Tally::default();
        for line in lines {
            tally.read_line(line);
        }
        tally.closed(success)
    }

    #[test]
    fn adds_up_the_results_of_several_programs() {
        let lines = [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.03s",
            "running 3 tests",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
        ];
        assert_eq!(tally(&lines, false).to_string(), "13 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn counts_a_test_that_skipped_itself_once() {
        let lines = [
            "test interop ... SKIPPED: xmlsec1",
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ];
        assert_eq!(tally(&lines, true).to_string(), "1 passed, 0 failed, 1 skipped");
    }

    fn node_tally(lines: &[&str], success: bool) -> Tally {
        let mut tally = Tally::default();
        for line in lines {
            tally.read_node_line(line);
        }
        tally.closed(success)
    }

    #[test]
    fn adds_up_what_node_says_in_both_of_its_forms() {
        let spec = [
            "\u{2139} tests 7",
            "\u{2139} suites 0",
            "\u{2139} pass 3",
            "\u{2139} fail 1",
            "\u{2139} cancelled 1",
        ];
        assert_eq!(node_tally(&spec, false).to_string(), "3 passed, 2 failed, 0 skipped");
        let tap = ["# tests 4", "# pass 2", "# fail 0", "# skipped 1", "# todo 1", "# duration_ms 12.5"];
        assert_eq!(node_tally(&tap, true).to_string(), "2 passed, 0 failed, 2 skipped");
    }

    #[test]
    fn node_tests_that_fell_over_are_a_failure() {
        assert_eq!(
            node_tally(&["\u{2714} a test (3ms)"], false).to_string(),
            "0 passed, 1 failed, 0 skipped"
        );
    }

    #[test]
    fn counts_a_program_that_did_not_build_as_one_failure() {
        assert_eq!(tally(&[], false).to_string(), "0 passed, 1 failed, 0 skipped");
        assert_eq!(tally(&["SKIPPED: java"], false).to_string(), "0 passed, 1 failed, 1 skipped");
    }
}
