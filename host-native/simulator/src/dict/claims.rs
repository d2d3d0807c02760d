//! Claims: how a key changes its bank (portability) or its owner (ownership), and who may take which step when.

use std::collections::BTreeMap;

use lacre_core::Ispb;
use uuid::Uuid;

use super::checks::{
    account_violations, acts_for, allowed_reason, person_violations, refuse_if_any, request_id,
};
use super::entries::Directory;
use super::keys::key_fault;
use super::xml::{
    Claim, ClaimStatus, ClaimStepRequest, ClaimType, Entry, ExtendedClaim, KeyType, Reason, Side,
};
use crate::identifiers::instant;
use crate::problem::{Problem, Violation};
use crate::random::Random;

/// How long a donor has to answer, and a claimer to complete.
#[derive(Clone, Copy)]
pub(crate) struct Periods {
    pub(crate) resolution_ms: i64,
    pub(crate) completion_ms: i64,
}

/// All claims, and the one that is open for each key.
#[derive(Default)]
pub(crate) struct Claims {
    by_id: BTreeMap<Uuid, StoredClaim>,
    active: BTreeMap<String, Uuid>,
}

/// A claim as the directory keeps it.
#[derive(Clone)]
pub(crate) struct StoredClaim {
    pub(crate) id: Uuid,
    claim: Claim,
    donor: String,
    pub(crate) status: ClaimStatus,
    pub(crate) created_ms: i64,
    resolution_end_ms: i64,
    completion_end_ms: i64,
    modified_ms: i64,
    /// Since when the donor's customer has owned the key: what a portability keeps.
    owned_since_ms: i64,
    confirm_reason: Option<Reason>,
    cancelled: Option<(Reason, Side)>,
    completed: Option<Completed>,
}

#[derive(Clone, Copy)]
struct Completed {
    request_id: Uuid,
    at_ms: i64,
    owned_since_ms: i64,
}

/// What `listClaims` was asked for.
#[derive(Default)]
pub(crate) struct Filter {
    pub(crate) donor: Option<bool>,
    pub(crate) claimer: Option<bool>,
    pub(crate) statuses: Vec<ClaimStatus>,
    pub(crate) kind: Option<ClaimType>,
    pub(crate) modified_from_ms: Option<i64>,
    pub(crate) modified_to_ms: Option<i64>,
    pub(crate) limit: usize,
}

const CLAIMS_MAX: usize = 100_000;

impl Claims {
    /// The claim that locks a key: neither completed nor cancelled.
    pub(crate) fn active(&self, key: &str) -> Option<&StoredClaim> {
        self.active.get(key).and_then(|id| self.by_id.get(id))
    }

    fn store(&mut self, claim: StoredClaim) {
        match claim.status {
            ClaimStatus::Cancelled | ClaimStatus::Completed => self.active.remove(&claim.claim.key),
            _ => self.active.insert(claim.claim.key.clone(), claim.id),
        };
        self.by_id.insert(claim.id, claim);
    }
}

impl StoredClaim {
    pub(crate) fn view(&self) -> ExtendedClaim {
        let ownership = self.claim.r#type == ClaimType::Ownership;
        ExtendedClaim {
            r#type: self.claim.r#type,
            key: self.claim.key.clone(),
            key_type: self.claim.key_type,
            claimer_account: self.claim.claimer_account.clone(),
            claimer: self.claim.claimer.clone(),
            donor_participant: self.donor.clone(),
            id: self.id.to_string(),
            status: self.status,
            resolution_period_end: instant(self.resolution_end_ms),
            completion_period_end: ownership.then(|| instant(self.completion_end_ms)),
            last_modified: instant(self.modified_ms),
            confirm_reason: self.confirm_reason,
            cancel_reason: self.cancelled.map(|(reason, _)| reason),
            cancelled_by: self.cancelled.map(|(_, side)| side),
        }
    }

    /// When the entry that completing made was created, and since when its owner has had the key.
    pub(crate) fn completion_dates(&self) -> Option<(String, String)> {
        self.completed.map(|c| (instant(c.at_ms), instant(c.owned_since_ms)))
    }

    pub(crate) fn donor(&self) -> &str {
        &self.donor
    }

    fn claimer(&self) -> &str {
        &self.claim.claimer_account.participant
    }

    fn concerns(&self, participant: &str) -> bool {
        self.donor == participant || self.claimer() == participant
    }
}

impl Directory {
    /// Opens a claim on a key that is someone else's, or elsewhere.
    pub(crate) fn open_claim(
        &mut self,
        caller: &Ispb,
        claim: Claim,
        periods: Periods,
        now_ms: i64,
        random: &mut Random,
    ) -> Result<StoredClaim, Problem> {
        check_claim(&claim)?;
        acts_for(caller, &claim.claimer_account.participant)?;
        if self.claims.active(&claim.key).is_some() {
            return Err(Problem::dict("ClaimAlreadyExistsForKey", "A claim for this key is open"));
        }
        let Some(entry) = self.entries.get(&claim.key) else {
            return Err(Problem::dict("ClaimKeyNotFound", "The claimed key is not registered"));
        };
        let same_owner = entry.owner.tax_id_number == claim.claimer.tax_id_number;
        if same_owner && entry.account.participant == caller.as_str() {
            let detail = "The entry that the claim would make exists already";
            return Err(Problem::dict("ClaimResultingEntryAlreadyExists", detail));
        }
        if same_owner != (claim.r#type == ClaimType::Portability) {
            let detail = "Ownership is claimed from someone else, portability by the owner";
            return Err(Problem::dict("ClaimTypeInconsistent", detail));
        }
        if self.claims.by_id.len() >= CLAIMS_MAX {
            let detail = "The simulator keeps no more claims: start it again";
            return Err(Problem::dict("ServiceUnavailable", detail).retry_after_s(60));
        }
        let stored = StoredClaim {
            id: random.uuid(),
            donor: entry.account.participant.clone(),
            status: ClaimStatus::Open,
            created_ms: now_ms,
            resolution_end_ms: now_ms.saturating_add(periods.resolution_ms),
            completion_end_ms: now_ms.saturating_add(periods.completion_ms),
            modified_ms: now_ms,
            owned_since_ms: entry.owned_since_ms,
            confirm_reason: None,
            cancelled: None,
            completed: None,
            claim,
        };
        self.claims.store(stored.clone());
        Ok(stored)
    }

    /// A claim, for one of its two sides.
    pub(crate) fn claim(&self, caller: &Ispb, id: &str) -> Result<&StoredClaim, Problem> {
        let found = Uuid::try_parse(id).ok().and_then(|id| self.claims.by_id.get(&id));
        let claim = found.ok_or_else(|| Problem::dict("NotFound", "Claim with given id does not exist"))?;
        if claim.concerns(caller.as_str()) {
            return Ok(claim);
        }
        Err(Problem::dict("Forbidden", "Participant is not allowed to access this resource"))
    }

    /// The claims that concern the caller, oldest change first, and whether there are more.
    pub(crate) fn list_claims(&self, caller: &Ispb, filter: &Filter) -> (Vec<ExtendedClaim>, bool) {
        let mut found: Vec<&StoredClaim> =
            self.claims.by_id.values().filter(|claim| filter.takes(claim, caller.as_str())).collect();
        found.sort_by_key(|claim| (claim.modified_ms, claim.id));
        let more = found.len() > filter.limit;
        (found.into_iter().take(filter.limit).map(StoredClaim::view).collect(), more)
    }

    /// The donor says that it has seen the claim.
    pub(crate) fn acknowledge(
        &mut self,
        caller: &Ispb,
        path_id: &str,
        request: &ClaimStepRequest,
        now_ms: i64,
    ) -> Result<StoredClaim, Problem> {
        let mut claim = self.at_step(caller, path_id, request)?;
        only(Side::Donor, caller, &claim)?;
        match claim.status {
            ClaimStatus::WaitingResolution => return Ok(claim),
            ClaimStatus::Open => claim.status = ClaimStatus::WaitingResolution,
            _ => return Err(not_now()),
        }
        Ok(self.changed(claim, now_ms))
    }

    /// The donor gives the key away: its entry goes.
    pub(crate) fn confirm(
        &mut self,
        caller: &Ispb,
        path_id: &str,
        request: &ClaimStepRequest,
        now_ms: i64,
    ) -> Result<StoredClaim, Problem> {
        let mut claim = self.at_step(caller, path_id, request)?;
        only(Side::Donor, caller, &claim)?;
        let reason = request.reason.ok_or_else(no_reason)?;
        let ownership = claim.claim.r#type == ClaimType::Ownership;
        let second = if ownership { Reason::DefaultOperation } else { Reason::AccountClosure };
        allowed_reason(reason, &[Reason::UserRequested, second])?;
        match claim.status {
            ClaimStatus::Confirmed if claim.confirm_reason == Some(reason) => return Ok(claim),
            ClaimStatus::WaitingResolution => {}
            _ => return Err(not_now()),
        }
        if reason == Reason::DefaultOperation {
            ended(claim.resolution_end_ms, now_ms, "ClaimResolutionPeriodNotEnded")?;
        } else if ownership {
            claim.completion_end_ms = now_ms;
        }
        self.remove(&claim.claim.key);
        claim.status = ClaimStatus::Confirmed;
        claim.confirm_reason = Some(reason);
        Ok(self.changed(claim, now_ms))
    }

    /// One of the sides gives the claim up.
    pub(crate) fn cancel(
        &mut self,
        caller: &Ispb,
        path_id: &str,
        request: &ClaimStepRequest,
        now_ms: i64,
    ) -> Result<StoredClaim, Problem> {
        let mut claim = self.at_step(caller, path_id, request)?;
        let reason = request.reason.ok_or_else(no_reason)?;
        let side = if claim.claimer() == caller.as_str() { Side::Claimer } else { Side::Donor };
        if claim.status == ClaimStatus::Cancelled && claim.cancelled == Some((reason, side)) {
            return Ok(claim);
        }
        may_cancel(&claim, side, reason)?;
        if reason == Reason::DefaultOperation {
            ended(claim.resolution_end_ms, now_ms, "ClaimResolutionPeriodNotEnded")?;
        }
        claim.status = ClaimStatus::Cancelled;
        claim.cancelled = Some((reason, side));
        Ok(self.changed(claim, now_ms))
    }

    /// The claimer takes the key: its entry comes.
    pub(crate) fn complete(
        &mut self,
        caller: &Ispb,
        path_id: &str,
        request: &ClaimStepRequest,
        now_ms: i64,
    ) -> Result<StoredClaim, Problem> {
        let mut claim = self.at_step(caller, path_id, request)?;
        only(Side::Claimer, caller, &claim)?;
        let missing = || Problem::dict("BadRequest", "RequestId is missing");
        let request_id = request_id(request.request_id.as_deref().ok_or_else(missing)?)?;
        match (claim.status, claim.completed) {
            (ClaimStatus::Completed, Some(done)) if done.request_id == request_id => return Ok(claim),
            (ClaimStatus::Confirmed, _) => {}
            _ => return Err(not_now()),
        }
        let ownership = claim.claim.r#type == ClaimType::Ownership;
        if ownership {
            ended(claim.completion_end_ms, now_ms, "ClaimCompletionPeriodNotEnded")?;
        }
        let owned_since_ms = if ownership { now_ms } else { claim.owned_since_ms };
        let entry = Entry {
            key: Some(claim.claim.key.clone()),
            key_type: claim.claim.key_type,
            account: claim.claim.claimer_account.clone(),
            owner: claim.claim.claimer.clone(),
        };
        self.take_over(caller, request_id, entry, now_ms, owned_since_ms)?;
        claim.status = ClaimStatus::Completed;
        claim.completed = Some(Completed { request_id, at_ms: now_ms, owned_since_ms });
        Ok(self.changed(claim, now_ms))
    }

    /// A donor that nobody plays acknowledges and confirms at once, so that one participant can walk the whole way.
    pub(crate) fn virtual_donor_agrees(&mut self, id: Uuid, now_ms: i64) {
        let Some(mut claim) = self.claims.by_id.get(&id).cloned() else { return };
        self.remove(&claim.claim.key);
        claim.status = ClaimStatus::Confirmed;
        claim.confirm_reason = Some(Reason::UserRequested);
        claim.completion_end_ms = now_ms;
        self.changed(claim, now_ms);
    }

    fn at_step(
        &self,
        caller: &Ispb,
        path_id: &str,
        request: &ClaimStepRequest,
    ) -> Result<StoredClaim, Problem> {
        let ids = [path_id, &request.claim_id].map(|id| Uuid::try_parse(id).ok());
        if let [Some(in_path), Some(in_body)] = ids
            && in_path != in_body
        {
            return Err(Problem::dict("BadRequest", "The claim in the path is not the claim in the body"));
        }
        acts_for(caller, &request.participant)?;
        self.claim(caller, path_id).cloned()
    }

    fn changed(&mut self, mut claim: StoredClaim, now_ms: i64) -> StoredClaim {
        claim.modified_ms = now_ms;
        self.claims.store(claim.clone());
        claim
    }
}

impl Filter {
    fn takes(&self, claim: &StoredClaim, participant: &str) -> bool {
        let (donor, claimer) = (claim.donor == participant, claim.claimer() == participant);
        let side = match (self.donor, self.claimer) {
            (None, None) | (Some(true), Some(true)) | (Some(false), Some(false)) => donor || claimer,
            (want_donor, want_claimer) => {
                want_donor.is_none_or(|want| want == donor) && want_claimer.is_none_or(|want| want == claimer)
            }
        };
        side && (donor || claimer)
            && (self.statuses.is_empty() || self.statuses.contains(&claim.status))
            && self.kind.is_none_or(|kind| kind == claim.claim.r#type)
            && self.modified_from_ms.is_none_or(|from| claim.modified_ms >= from)
            && self.modified_to_ms.is_none_or(|to| claim.modified_ms <= to)
    }
}

fn check_claim(claim: &Claim) -> Result<(), Problem> {
    let mut violations = account_violations("claim.claimerAccount", &claim.claimer_account);
    violations.extend(person_violations("claim.claimer", &claim.claimer));
    violations.extend(
        key_fault(claim.key_type, &claim.key).map(|why| Violation::new("claim.key", &claim.key, why)),
    );
    let claimable = match claim.key_type {
        KeyType::Phone => true,
        KeyType::Cpf | KeyType::Cnpj | KeyType::Email => claim.r#type == ClaimType::Portability,
        KeyType::Evp => false,
    };
    if !claimable {
        violations.push(Violation::of("claim.keyType", "A key of this type cannot be claimed in this way"));
    }
    refuse_if_any(violations, "ClaimInvalid", "Claim has invalid fields")
}

fn only(side: Side, caller: &Ispb, claim: &StoredClaim) -> Result<(), Problem> {
    acts_for(caller, if side == Side::Donor { &claim.donor } else { claim.claimer() })
}

/// The two tables of `cancelClaim`: which side, with which reason, in which state.
fn may_cancel(claim: &StoredClaim, side: Side, reason: Reason) -> Result<(), Problem> {
    use Reason::{AccountClosure, DefaultOperation, Fraud, Reconciliation, RfbValidation, UserRequested};
    let by_authority = matches!(reason, Fraud | Reconciliation | RfbValidation);
    let (reasons, late): (&[Reason], bool) = match (claim.claim.r#type, side) {
        (ClaimType::Portability, Side::Donor) => (&[UserRequested, DefaultOperation, Fraud], false),
        (ClaimType::Portability, Side::Claimer) => {
            (&[UserRequested, AccountClosure, Fraud, Reconciliation, RfbValidation], by_authority)
        }
        (ClaimType::Ownership, Side::Donor) => (&[Fraud], true),
        (ClaimType::Ownership, Side::Claimer) => {
            (&[UserRequested, AccountClosure, DefaultOperation, Fraud, Reconciliation, RfbValidation], true)
        }
    };
    allowed_reason(reason, reasons)?;
    let portability = claim.claim.r#type == ClaimType::Portability;
    let state_allows = match claim.status {
        ClaimStatus::Open => true,
        ClaimStatus::WaitingResolution => !(portability && reason == Reconciliation),
        ClaimStatus::Confirmed => late,
        ClaimStatus::Cancelled | ClaimStatus::Completed => false,
    };
    if state_allows { Ok(()) } else { Err(not_now()) }
}

fn ended(end_ms: i64, now_ms: i64, kind: &'static str) -> Result<(), Problem> {
    if now_ms >= end_ms {
        return Ok(());
    }
    Err(Problem::dict(kind, format!("The period ends at {}", instant(end_ms))))
}

fn no_reason() -> Problem {
    Problem::dict("BadRequest", "Reason is missing")
}

fn not_now() -> Problem {
    Problem::dict("ClaimOperationInvalid", "The claim's status does not allow this")
}

#[cfg(test)]
mod tests;
