//! Whether BACEN's answer may be handed on: every message in it proved, or none needed.

use alloc::string::String;

use super::body::Layout;
use super::demand::Demand;
use super::policy::{OutsideValidity, Policy};
use crate::error::{Error, Reason, Verdict};
use crate::profile::{Profile, inspect, verify};

/// What was found about an answer's signatures.
#[derive(Clone, Debug, Default)]
pub(super) struct Judgement {
    /// The verdict, if there was or should have been a signature.
    pub(super) verdict: Option<Verdict>,
    /// Why it is not valid.
    pub(super) error: Option<Error>,
    /// Issuer and serial of the signer, or of who is said to have signed.
    pub(super) signer: Option<(String, String)>,
    /// Whether the answer may be handed on.
    pub(super) passes: bool,
}

impl Judgement {
    const fn nothing_to_prove() -> Self {
        Self { verdict: None, error: None, signer: None, passes: true }
    }

    /// An answer that is not handed on.
    pub(super) fn refused(error: Error) -> Self {
        Self { verdict: Some(error.verdict()), error: Some(error), signer: None, passes: false }
    }
}

/// Judges the messages of an answer; without a layout there are none.
pub(super) fn judge(
    policy: &Policy,
    demand: Demand,
    layout: Option<&Layout>,
    octets: &[u8],
    now_unix_s: i64,
) -> Judgement {
    let mut whole = Judgement::nothing_to_prove();
    let Some(layout) = layout else { return whole };
    for (number, message) in layout.messages(octets).into_iter().enumerate() {
        let part = judge_message(policy, demand, message, now_unix_s);
        if is_worse(&part, &whole) {
            let error = part.error.map(|error| layout.place(error, number));
            whole = Judgement { error, ..part };
        }
    }
    whole
}

/// What decides for the whole: the verdict that says most against it, so that an archive, which does not know the policy, comes to
/// the same; and of two such, what keeps it from passing. Only what says least against it can pass at all.
fn is_worse(part: &Judgement, whole: &Judgement) -> bool {
    let badness = |judgement: &Judgement| {
        (judgement.verdict.map_or(0, |verdict| verdict.weight().saturating_add(1)), !judgement.passes)
    };
    badness(part) > badness(whole)
}

fn judge_message(policy: &Policy, demand: Demand, message: &[u8], now_unix_s: i64) -> Judgement {
    let profile = demand.profile(policy.channel, message);
    match verify(message, profile, &policy.trust, now_unix_s) {
        Ok(verified) => {
            let signer = verified.signer();
            Judgement {
                verdict: Some(Verdict::Valid),
                error: None,
                signer: Some((signer.issuer(), signer.serial())),
                passes: true,
            }
        }
        Err(error) if demand.excuses(profile, error.verdict()) => Judgement::nothing_to_prove(),
        Err(error) => Judgement {
            signer: claimed_signer(policy, profile, message, now_unix_s),
            passes: passes_outside_validity(policy, error),
            ..Judgement::refused(error)
        },
    }
}

/// Only a lapse of time can be let pass: `verify` looks at validity last, after all mathematics.
fn passes_outside_validity(policy: &Policy, error: Error) -> bool {
    policy.outside_validity == OutsideValidity::Pass
        && matches!(error.reason(), Reason::CertificateExpired | Reason::CertificateNotYetValid)
}

fn claimed_signer(
    policy: &Policy,
    profile: Profile,
    message: &[u8],
    now_unix_s: i64,
) -> Option<(String, String)> {
    let signer = inspect(message, profile, &policy.trust, now_unix_s).signer?;
    Some((signer.issuer, signer.serial))
}
