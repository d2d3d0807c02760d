//! Which rules an exchange was judged by. Rules become stricter with time; a record is judged by those of its own.

use crate::error::{Error, Reason};
use crate::profile::report::{Report, decisive};

/// A version of the rules by which answers are believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "whoever judges a record must know each")]
pub enum Rules {
    /// Those of every record that does not name its rules.
    #[default]
    First,
    /// Those that hold today.
    Second,
}

impl Rules {
    /// Those by which a live answer is judged, and which a new record names.
    pub const CURRENT: Self = Self::Second;

    /// The number that records carry in `rules_version`.
    #[must_use]
    pub const fn version(self) -> i64 {
        match self {
            Self::First => 1,
            Self::Second => 2,
        }
    }

    /// Whether these rules refuse for this reason.
    #[must_use]
    pub const fn have(self, reason: Reason) -> bool {
        match self {
            // They did not ask who speaks, and took any trusted certificate for a signer's.
            Self::First => {
                !matches!(reason, Reason::KeyInfoId | Reason::SenderMismatch | Reason::CertificateUsage)
            }
            Self::Second => true,
        }
    }

    /// What keeps a message from being valid by these rules, of everything that was looked at in it.
    #[must_use]
    pub fn decide(self, report: &Report) -> Option<Error> {
        let failed = report.checks.iter().filter_map(|check| check.outcome?.err());
        decisive(failed.filter(|error| self.have(error.reason())))
    }

    /// The rules of a record, from its `rules_version`. Records of before that column are judged by the first rules. Gives
    /// nothing for rules that this version does not know.
    #[must_use]
    pub const fn of(version: Option<i64>) -> Option<Self> {
        match version {
            None | Some(1) => Some(Self::First),
            Some(2) => Some(Self::Second),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_found_by_their_number_and_none_means_the_first() {
        for rules in [Rules::First, Rules::Second] {
            assert_eq!(Rules::of(Some(rules.version())), Some(rules));
        }
        assert_eq!(Rules::of(None), Some(Rules::First));
        for unknown in [0, -1, Rules::CURRENT.version() + 1, i64::MAX] {
            assert_eq!(Rules::of(Some(unknown)), None);
        }
    }
}
