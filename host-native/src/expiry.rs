//! A certificate's end, to be counted down to.

use crate::clock;
use crate::finding::{ConfigReason, Finding, Level};

/// From so many days before its end, a certificate is warned about.
const WARNING_DAYS: i64 = 60;

const DAY_S: i64 = 86_400;

/// The validity of a certificate or a revocation list, and what it means when it is over.
#[derive(Clone, Debug)]
pub struct Expiry {
    /// Where it stands in the configuration.
    pub subject: String,
    /// When it begins, in seconds since 1970 UTC.
    pub not_before_unix_s: i64,
    /// The last second.
    pub not_after_unix_s: i64,
    /// How bad it is if the certificate is not valid.
    pub ended: Level,
    /// What ends.
    pub of: Ending,
}

/// What ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// A certificate's validity.
    Certificate,
    /// A revocation list: from its making until the next one is due.
    List,
}

impl Expiry {
    /// Whole days until the certificate ends; negative once it has.
    #[must_use]
    pub fn days_left(&self) -> i64 {
        self.not_after_unix_s.saturating_sub(now_unix_s()).div_euclid(DAY_S)
    }

    /// How the certificate stands now.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let now = now_unix_s();
        let days_left = self.days_left();
        let is_list = self.of == Ending::List;
        let (level, reason) = if now < self.not_before_unix_s && !is_list {
            (self.ended, ConfigReason::NotYetValid)
        } else if now > self.not_after_unix_s {
            (self.ended, if is_list { ConfigReason::StaleList } else { ConfigReason::Expired })
        } else if days_left < WARNING_DAYS && !is_list {
            (Level::Warning, ConfigReason::ExpiresSoon)
        } else {
            (Level::Holds, if is_list { ConfigReason::CurrentList } else { ConfigReason::Valid })
        };
        let until = lacre_report::instant_text(self.not_after_unix_s);
        Finding::new(level, reason, &*self.subject).because(format_args!("{until} ({days_left} d)"))
    }
}

fn now_unix_s() -> i64 {
    clock::unix_ms().div_euclid(1000)
}
