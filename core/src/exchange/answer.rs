//! Whether BACEN's answer may be handed on: every message in it proved, or none needed.

use alloc::string::String;

use super::binding::{Belonging, Question};
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
    /// Why it is not handed on although its signatures hold.
    pub(super) withheld: Option<Error>,
    /// Whether something in it is proved and nothing says what it is the answer to.
    pub(super) unbound: bool,
}

/// What was asked, and what the answer must be.
#[derive(Debug)]
pub(super) struct Asked<'q> {
    pub(super) question: Question<'q>,
    pub(super) status: u16,
    pub(super) demand: Demand,
}

impl Judgement {
    const fn nothing_to_prove() -> Self {
        Self { verdict: None, error: None, signer: None, passes: true, withheld: None, unbound: false }
    }

    /// An answer that is not handed on.
    pub(super) fn refused(error: Error) -> Self {
        Self {
            verdict: Some(error.verdict()),
            error: Some(error),
            signer: None,
            passes: false,
            withheld: None,
            unbound: false,
        }
    }
}

impl Judgement {
    /// The same of a message whose signature holds, unless it is the answer to another question.
    fn belonging(self, asked: &Asked<'_>, message: &[u8]) -> Self {
        match asked.question.binds(asked.status, message) {
            Ok(belonging) => Self { unbound: belonging == Belonging::Unbound, ..self },
            Err(error) => Self { signer: self.signer, ..Self::refused(error) },
        }
    }

    /// The same, unless readers would find different values in the message: its signature holds all the same.
    fn readable(self, policy: &Policy, message: &[u8]) -> Self {
        match policy.takes_values_of(message) {
            Err(error) if self.passes => Self { passes: false, withheld: Some(error), ..self },
            _ => self,
        }
    }
}

/// Judges the messages of an answer; without a layout there are none.
pub(super) fn judge(
    policy: &Policy,
    asked: &Asked<'_>,
    layout: Option<&Layout>,
    octets: &[u8],
    now_unix_s: i64,
) -> Judgement {
    let mut whole = Judgement::nothing_to_prove();
    let Some(layout) = layout else { return whole };
    for (number, message) in layout.messages(octets).into_iter().enumerate() {
        let part = judge_message(policy, asked, message, now_unix_s);
        let unbound = whole.unbound || part.unbound;
        if is_worse(&part, &whole) {
            let placed = |error: Option<Error>| error.map(|error| layout.place(error, number));
            let (error, withheld) = (placed(part.error), placed(part.withheld));
            whole = Judgement { error, withheld, ..part };
        }
        whole.unbound = unbound;
    }
    // Under such a label nothing is handed on as proved, nor as almost proved.
    if let Some(error) = layout.mislabelled()
        && whole.verdict.is_some()
    {
        let refused = Judgement { signer: whole.signer.clone(), ..Judgement::refused(error) };
        if is_worse(&refused, &whole) {
            whole = refused;
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

fn judge_message(policy: &Policy, asked: &Asked<'_>, message: &[u8], now_unix_s: i64) -> Judgement {
    let demand = asked.demand;
    let profile = demand.profile(policy.channel, message);
    match verify(message, profile, &policy.trust, now_unix_s) {
        Ok(verified) => {
            let signer = verified.signer();
            let proved = Judgement {
                verdict: Some(Verdict::Valid),
                signer: Some((signer.issuer(), signer.serial())),
                ..Judgement::nothing_to_prove()
            };
            proved.belonging(asked, message).readable(policy, message)
        }
        Err(error) if demand.excuses(profile, error.verdict()) => Judgement::nothing_to_prove(),
        Err(error) => {
            let refused = Judgement {
                signer: claimed_signer(policy, profile, message, now_unix_s),
                passes: is_lapse(error) && policy.outside_validity == OutsideValidity::Pass,
                ..Judgement::refused(error)
            };
            // Whatever the policy lets pass: an archive does not know it, and comes to the same.
            if is_lapse(error) {
                refused.belonging(asked, message).readable(policy, message)
            } else {
                refused
            }
        }
    }
}

/// Only a lapse of time can be let pass: it goes behind all else that can be wrong with a message.
pub(super) const fn is_lapse(error: Error) -> bool {
    matches!(error.reason(), Reason::CertificateExpired | Reason::CertificateNotYetValid)
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
