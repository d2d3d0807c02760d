use super::*;
use crate::dict::xml::{CreateClaimRequest, DeleteEntryRequest, Person};
use crate::samples;

const NOW: i64 = 1_767_614_400_000;
const WEEK: i64 = 7 * 24 * 3600 * 1000;
const PERIODS: Periods = Periods { resolution_ms: WEEK, completion_ms: 2 * WEEK };

fn donor() -> Ispb {
    Ispb::new("87654321").unwrap()
}

fn claimer() -> Ispb {
    Ispb::new("12345678").unwrap()
}

/// A directory in which the donor holds one phone number, of the claimer's customer or of somebody else.
fn directory(owner_tax_id: &str) -> Directory {
    let claim = claim(ClaimType::Portability);
    let mut account = claim.claimer_account;
    account.participant = donor().to_string();
    let owner = Person { tax_id_number: owner_tax_id.to_owned(), ..claim.claimer };
    let mut directory = Directory::new(10);
    let entry = Entry { key: Some(claim.key), key_type: KeyType::Phone, account, owner };
    directory.preload(entry, NOW - WEEK, &mut Random::new(9));
    directory
}

fn claim(kind: ClaimType) -> Claim {
    let request: CreateClaimRequest = quick_xml::de::from_str(&samples::create_claim(&claimer())).unwrap();
    Claim { r#type: kind, ..request.claim }
}

fn open(directory: &mut Directory, kind: ClaimType) -> Result<StoredClaim, &'static str> {
    directory.open_claim(&claimer(), claim(kind), PERIODS, NOW, &mut Random::new(5)).map_err(|p| p.kind())
}

fn step(by: Ispb, id: Uuid, reason: Option<Reason>) -> ClaimStepRequest {
    let request_id = "5a1f0c6e-7b39-4d0a-9c3d-2f1f6a8e4b70".to_owned();
    ClaimStepRequest {
        claim_id: id.to_string(),
        participant: by.to_string(),
        reason,
        request_id: Some(request_id),
    }
}

fn status(result: Result<StoredClaim, Problem>) -> Result<ClaimStatus, &'static str> {
    result.map(|claim| claim.status).map_err(|problem| problem.kind())
}

const SAME_OWNER: &str = samples::PAYER_TAX_ID;
const OTHER_OWNER: &str = "24813690505";

#[test]
fn a_portability_moves_the_entry_and_keeps_the_date_of_ownership() {
    let mut directory = directory(SAME_OWNER);
    let id = open(&mut directory, ClaimType::Portability).ok().unwrap().id;
    let path = id.to_string();
    assert!(directory.entry(samples::KEY_CLAIMED).ok().unwrap().open_claim_creation_date.is_some());
    let (d, c) = (donor(), claimer());
    assert_eq!(
        status(directory.acknowledge(&d, &path, &step(d, id, None), NOW)),
        Ok(ClaimStatus::WaitingResolution)
    );
    let reason = Some(Reason::UserRequested);
    assert_eq!(status(directory.confirm(&d, &path, &step(d, id, reason), NOW)), Ok(ClaimStatus::Confirmed));
    assert!(!directory.has(samples::KEY_CLAIMED));
    let completed = directory.complete(&c, &path, &step(c, id, None), NOW + 1);
    assert_eq!(status(completed), Ok(ClaimStatus::Completed));
    let entry = directory.entry(samples::KEY_CLAIMED).ok().unwrap();
    assert_eq!(entry.account.participant, "12345678");
    assert_eq!(entry.key_ownership_date, instant(NOW - WEEK));
    assert_eq!(entry.creation_date, instant(NOW + 1));
    assert_eq!(entry.open_claim_creation_date, None);
}

#[test]
fn an_ownership_waits_for_its_periods() {
    let mut directory = directory(OTHER_OWNER);
    let id = open(&mut directory, ClaimType::Ownership).ok().unwrap().id;
    let (path, d, c) = (id.to_string(), donor(), claimer());
    directory.acknowledge(&d, &path, &step(d, id, None), NOW).ok().unwrap();
    let by_default = step(d, id, Some(Reason::DefaultOperation));
    let early = directory.confirm(&d, &path, &by_default, NOW + WEEK - 1);
    assert_eq!(status(early), Err("ClaimResolutionPeriodNotEnded"));
    assert_eq!(status(directory.confirm(&d, &path, &by_default, NOW + WEEK)), Ok(ClaimStatus::Confirmed));
    let early = directory.complete(&c, &path, &step(c, id, None), NOW + WEEK);
    assert_eq!(status(early), Err("ClaimCompletionPeriodNotEnded"));
    let done = directory.complete(&c, &path, &step(c, id, None), NOW + 2 * WEEK);
    assert_eq!(status(done), Ok(ClaimStatus::Completed));
    let entry = directory.entry(samples::KEY_CLAIMED).ok().unwrap();
    assert_eq!(entry.key_ownership_date, instant(NOW + 2 * WEEK));
}

#[test]
fn a_willing_owner_spares_the_completion_period() {
    let mut directory = directory(OTHER_OWNER);
    let id = open(&mut directory, ClaimType::Ownership).ok().unwrap().id;
    let (path, d, c) = (id.to_string(), donor(), claimer());
    directory.acknowledge(&d, &path, &step(d, id, None), NOW).ok().unwrap();
    directory.confirm(&d, &path, &step(d, id, Some(Reason::UserRequested)), NOW + 5).ok().unwrap();
    assert_eq!(
        status(directory.complete(&c, &path, &step(c, id, None), NOW + 5)),
        Ok(ClaimStatus::Completed)
    );
}

#[test]
fn a_claim_must_fit_the_entry() {
    let kinds = |owner, kind| open(&mut directory(owner), kind).map(|claim| claim.status);
    assert_eq!(kinds(SAME_OWNER, ClaimType::Ownership), Err("ClaimTypeInconsistent"));
    assert_eq!(kinds(OTHER_OWNER, ClaimType::Portability), Err("ClaimTypeInconsistent"));
    assert_eq!(kinds(OTHER_OWNER, ClaimType::Ownership), Ok(ClaimStatus::Open));
    let mut empty = Directory::new(10);
    assert_eq!(open(&mut empty, ClaimType::Portability).err(), Some("ClaimKeyNotFound"));
    let mut twice = directory(SAME_OWNER);
    assert!(open(&mut twice, ClaimType::Portability).is_ok());
    assert_eq!(open(&mut twice, ClaimType::Portability).err(), Some("ClaimAlreadyExistsForKey"));
    let mut e_mail = claim(ClaimType::Ownership);
    (e_mail.key_type, e_mail.key) = (KeyType::Email, "helena@pix.example".to_owned());
    let refused = directory(SAME_OWNER).open_claim(&claimer(), e_mail, PERIODS, NOW, &mut Random::new(1));
    assert_eq!(refused.err().map(|p| p.kind()), Some("ClaimInvalid"));
    let by_stranger = directory(SAME_OWNER).open_claim(
        &donor(),
        claim(ClaimType::Portability),
        PERIODS,
        NOW,
        &mut Random::new(1),
    );
    assert_eq!(by_stranger.err().map(|p| p.kind()), Some("Forbidden"));
}

#[test]
fn each_step_is_for_one_side_and_one_state() {
    let mut directory = directory(SAME_OWNER);
    let id = open(&mut directory, ClaimType::Portability).ok().unwrap().id;
    let (path, d, c) = (id.to_string(), donor(), claimer());
    let reason = Some(Reason::UserRequested);
    assert_eq!(status(directory.acknowledge(&c, &path, &step(c, id, None), NOW)), Err("Forbidden"));
    assert_eq!(status(directory.confirm(&d, &path, &step(d, id, reason), NOW)), Err("ClaimOperationInvalid"));
    assert_eq!(status(directory.complete(&c, &path, &step(c, id, None), NOW)), Err("ClaimOperationInvalid"));
    assert_eq!(status(directory.complete(&d, &path, &step(d, id, None), NOW)), Err("Forbidden"));
    assert_eq!(status(directory.acknowledge(&d, &path, &step(c, id, None), NOW)), Err("Forbidden"));
    let other = Uuid::from_bytes([7; 16]);
    assert_eq!(status(directory.acknowledge(&d, &path, &step(d, other, None), NOW)), Err("BadRequest"));
    assert_eq!(status(directory.acknowledge(&d, "x", &step(d, id, None), NOW)), Err("NotFound"));
    directory.acknowledge(&d, &path, &step(d, id, None), NOW).ok().unwrap();
    let again = directory.acknowledge(&d, &path, &step(d, id, None), NOW + 9).ok().unwrap();
    assert_eq!((again.status, again.modified_ms), (ClaimStatus::WaitingResolution, NOW));
    let fraud = Some(Reason::Fraud);
    assert_eq!(status(directory.confirm(&d, &path, &step(d, id, fraud), NOW)), Err("InvalidReason"));
    assert_eq!(status(directory.confirm(&d, &path, &step(d, id, None), NOW)), Err("BadRequest"));
    let stranger = Ispb::new("11111111").unwrap();
    assert_eq!(directory.claim(&stranger, &path).err().map(|p| p.kind()), Some("Forbidden"));
}

/// Side, reason, and whether a portability may be cancelled while OPEN, WAITING_RESOLUTION, CONFIRMED.
#[test]
fn cancelling_follows_the_two_tables() {
    use ClaimType::{Ownership, Portability};
    use Reason::{
        AccountClosure, BranchTransfer, DefaultOperation, Fraud, Reconciliation, RfbValidation, UserRequested,
    };
    let late = NOW + 3 * WEEK;
    let table: [(ClaimType, Side, Reason, [bool; 3]); 15] = [
        (Portability, Side::Donor, UserRequested, [true, true, false]),
        (Portability, Side::Donor, DefaultOperation, [true, true, false]),
        (Portability, Side::Donor, Fraud, [true, true, false]),
        (Portability, Side::Donor, AccountClosure, [false, false, false]),
        (Portability, Side::Claimer, UserRequested, [true, true, false]),
        (Portability, Side::Claimer, AccountClosure, [true, true, false]),
        (Portability, Side::Claimer, DefaultOperation, [false, false, false]),
        (Portability, Side::Claimer, Fraud, [true, true, true]),
        (Portability, Side::Claimer, Reconciliation, [true, false, true]),
        (Portability, Side::Claimer, RfbValidation, [true, true, true]),
        (Portability, Side::Claimer, BranchTransfer, [false, false, false]),
        (Ownership, Side::Donor, UserRequested, [false, false, false]),
        (Ownership, Side::Donor, Fraud, [true, true, true]),
        (Ownership, Side::Claimer, UserRequested, [true, true, true]),
        (Ownership, Side::Claimer, DefaultOperation, [true, true, true]),
    ];
    for (kind, side, reason, allowed) in table {
        for (state, expected) in allowed.into_iter().enumerate() {
            let mut directory = directory(if kind == Ownership { OTHER_OWNER } else { SAME_OWNER });
            let id = open(&mut directory, kind).ok().unwrap().id;
            let (path, d) = (id.to_string(), donor());
            if state > 0 {
                directory.acknowledge(&d, &path, &step(d, id, None), NOW).ok().unwrap();
            }
            if state > 1 {
                directory.confirm(&d, &path, &step(d, id, Some(UserRequested)), NOW).ok().unwrap();
            }
            let by = if side == Side::Donor { d } else { claimer() };
            let result = directory.cancel(&by, &path, &step(by, id, Some(reason)), late);
            assert_eq!(result.is_ok(), expected, "{kind:?} {side:?} {reason:?} in state {state}");
        }
    }
}

#[test]
fn a_cancelled_claim_frees_the_key_and_says_who_cancelled() {
    let mut directory = directory(SAME_OWNER);
    let id = open(&mut directory, ClaimType::Portability).ok().unwrap().id;
    let (path, d) = (id.to_string(), donor());
    let delete = DeleteEntryRequest {
        key: samples::KEY_CLAIMED.to_owned(),
        participant: d.to_string(),
        reason: Reason::UserRequested,
    };
    let locked = directory.delete(&d, samples::KEY_CLAIMED, &delete);
    assert_eq!(locked.err().map(|problem| problem.kind()), Some("EntryLockedByClaim"));
    let early = step(d, id, Some(Reason::DefaultOperation));
    assert_eq!(status(directory.cancel(&d, &path, &early, NOW)), Err("ClaimResolutionPeriodNotEnded"));
    let cancelled = directory.cancel(&d, &path, &step(d, id, Some(Reason::Fraud)), NOW).ok().unwrap().view();
    assert_eq!((cancelled.cancel_reason, cancelled.cancelled_by), (Some(Reason::Fraud), Some(Side::Donor)));
    let again = directory.cancel(&d, &path, &step(d, id, Some(Reason::Fraud)), NOW);
    assert_eq!(status(again), Ok(ClaimStatus::Cancelled));
    assert!(directory.delete(&d, samples::KEY_CLAIMED, &delete).is_ok());
}

#[test]
fn a_list_is_filtered_ordered_and_cut() {
    let mut directory = directory(SAME_OWNER);
    let id = open(&mut directory, ClaimType::Portability).ok().unwrap().id;
    let filter = Filter { limit: 20, ..Filter::default() };
    let count = |by: Ispb, filter: &Filter| directory.list_claims(&by, filter).0.len();
    assert_eq!((count(donor(), &filter), count(claimer(), &filter)), (1, 1));
    assert_eq!(count(Ispb::new("11111111").unwrap(), &filter), 0);
    assert_eq!(count(donor(), &Filter { claimer: Some(true), limit: 20, ..Filter::default() }), 0);
    assert_eq!(count(donor(), &Filter { donor: Some(true), limit: 20, ..Filter::default() }), 1);
    let both = Filter { donor: Some(true), claimer: Some(true), limit: 20, ..Filter::default() };
    assert_eq!(count(donor(), &both), 1);
    let confirmed = Filter { statuses: vec![ClaimStatus::Confirmed], limit: 20, ..Filter::default() };
    assert_eq!(count(donor(), &confirmed), 0);
    assert_eq!(
        count(donor(), &Filter { modified_from_ms: Some(NOW + 1), limit: 20, ..Filter::default() }),
        0
    );
    assert_eq!(count(donor(), &Filter { modified_to_ms: Some(NOW), limit: 20, ..Filter::default() }), 1);
    assert!(directory.list_claims(&donor(), &Filter { limit: 0, ..Filter::default() }).1);
    directory.virtual_donor_agrees(id, NOW + 2);
    assert_eq!(directory.list_claims(&donor(), &confirmed).0.len(), 1);
}

#[test]
fn completing_twice_gives_the_same_and_a_key_in_between_is_locked() {
    let mut directory = directory(SAME_OWNER);
    let id = open(&mut directory, ClaimType::Portability).ok().unwrap().id;
    directory.virtual_donor_agrees(id, NOW);
    let (path, c) = (id.to_string(), claimer());
    let create =
        samples::create_entry(&c).replace(samples::KEY, samples::KEY_CLAIMED).replace("EMAIL", "PHONE");
    let request = quick_xml::de::from_str(&create).unwrap();
    let locked = directory.create(&c, request, NOW, &mut Random::new(1));
    assert_eq!(locked.err().map(|problem| problem.kind()), Some("EntryLockedByClaim"));
    let first = directory.complete(&c, &path, &step(c, id, None), NOW).ok().unwrap();
    let second = directory.complete(&c, &path, &step(c, id, None), NOW + 50).ok().unwrap();
    assert_eq!(first.completion_dates(), second.completion_dates());
    let mut with_new_id = step(c, id, None);
    with_new_id.request_id = Some("00000000-0000-4000-8000-000000000000".to_owned());
    assert_eq!(status(directory.complete(&c, &path, &with_new_id, NOW)), Err("ClaimOperationInvalid"));
}
