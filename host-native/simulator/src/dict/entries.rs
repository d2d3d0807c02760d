//! The directory: which key belongs to which account, and the rules for changing that.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use lacre_core::Ispb;
use uuid::Uuid;

use super::checks::{
    account_violations, acts_for, allowed_reason, check_entry, person_violations, refuse_if_any, request_id,
    same_key,
};
use super::claims::Claims;
use super::xml::{
    Account, CreateEntryRequest, DeleteEntryRequest, Entry, ExtendedEntry, KeyType, Person, PersonType,
    Reason, UpdateEntryRequest,
};
use crate::identifiers::instant;
use crate::problem::{Problem, Violation};
use crate::random::Random;

/// Keys, claims and the requests that made them.
pub(crate) struct Directory {
    pub(super) entries: BTreeMap<String, StoredEntry>,
    pub(super) claims: Claims,
    requests: BTreeMap<(String, Uuid), Remembered>,
    accounts: BTreeMap<AccountId, usize>,
    entries_max: usize,
}

/// An entry as the directory keeps it.
#[derive(Clone)]
pub(crate) struct StoredEntry {
    pub(crate) key: String,
    pub(crate) key_type: KeyType,
    pub(crate) account: Account,
    pub(crate) owner: Person,
    pub(crate) created_ms: i64,
    pub(crate) owned_since_ms: i64,
    request_id: Uuid,
}

struct Remembered {
    content: [u8; 32],
    key: String,
}

type AccountId = (String, Option<String>, String);

/// What an account may hold (natural and legal person).
const KEYS_PER_ACCOUNT: [usize; 2] = [5, 20];
/// Requests outlive their entries, so that a repeated one is recognised.
const REQUESTS_PER_ENTRY: usize = 4;

impl Directory {
    pub(crate) fn new(entries_max: usize) -> Self {
        Self {
            entries: BTreeMap::new(),
            claims: Claims::default(),
            requests: BTreeMap::new(),
            accounts: BTreeMap::new(),
            entries_max,
        }
    }

    /// Creates an entry; the same request again gives the same entry.
    pub(crate) fn create(
        &mut self,
        caller: &Ispb,
        request: CreateEntryRequest,
        now_ms: i64,
        random: &mut Random,
    ) -> Result<ExtendedEntry, Problem> {
        allowed_reason(request.reason, &[Reason::UserRequested, Reason::Reconciliation])?;
        let request_id = request_id(&request.request_id)?;
        check_entry(caller, &request.entry)?;
        let content = cid(&request_id, &request.entry, request.entry.key.as_deref().unwrap_or(""));
        if let Some(entry) = self.repeated(caller, request_id, &content)? {
            return Ok(self.view(entry));
        }
        let Entry { key, key_type, account, owner } = request.entry;
        let key = key.unwrap_or_else(|| random.uuid().to_string());
        self.key_is_free(&key, &account, &owner)?;
        self.account_has_room(&account, &owner)?;
        let entry = StoredEntry {
            key,
            key_type,
            account,
            owner,
            created_ms: now_ms,
            owned_since_ms: now_ms,
            request_id,
        };
        self.remember(caller, request_id, content, &entry.key)?;
        let view = self.view(&entry);
        self.insert(entry);
        Ok(view)
    }

    /// The entry of a key.
    pub(crate) fn entry(&self, key: &str) -> Result<ExtendedEntry, Problem> {
        Ok(self.view(self.find(key)?))
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Changes account and names of an entry that the caller holds.
    pub(crate) fn update(
        &mut self,
        caller: &Ispb,
        path_key: &str,
        request: UpdateEntryRequest,
    ) -> Result<ExtendedEntry, Problem> {
        same_key(path_key, &request.key)?;
        let held = self.held_by(caller, path_key)?;
        let reasons: &[Reason] = if held.key_type == KeyType::Evp {
            &[Reason::RfbValidation]
        } else {
            &[Reason::UserRequested, Reason::BranchTransfer, Reason::Reconciliation, Reason::RfbValidation]
        };
        allowed_reason(request.reason, reasons)?;
        let mut changed = held.clone();
        changed.account = request.account.unwrap_or(changed.account);
        changed.owner = request.owner.unwrap_or(changed.owner);
        let mut violations = account_violations("account", &changed.account);
        violations.extend(person_violations("owner", &changed.owner));
        if changed.owner.tax_id_number != held.owner.tax_id_number
            || changed.owner.r#type != held.owner.r#type
        {
            violations
                .push(Violation::of("owner.taxIdNumber", "An update cannot give the key to someone else"));
        }
        refuse_if_any(violations, "EntryInvalid", "Entry has invalid fields")?;
        acts_for(caller, &changed.account.participant)?;
        self.remove(path_key);
        let view = self.view(&changed);
        self.insert(changed);
        Ok(view)
    }

    /// Removes an entry that the caller holds and no claim locks.
    pub(crate) fn delete(
        &mut self,
        caller: &Ispb,
        path_key: &str,
        request: &DeleteEntryRequest,
    ) -> Result<String, Problem> {
        same_key(path_key, &request.key)?;
        acts_for(caller, &request.participant)?;
        let reasons = [
            Reason::UserRequested,
            Reason::AccountClosure,
            Reason::Reconciliation,
            Reason::Fraud,
            Reason::RfbValidation,
        ];
        allowed_reason(request.reason, &reasons)?;
        let key = self.held_by(caller, path_key)?.key.clone();
        if self.claims.active(&key).is_some() {
            return Err(locked());
        }
        self.remove(&key);
        Ok(key)
    }

    /// What a completed claim puts in place of the donor's entry.
    pub(super) fn take_over(
        &mut self,
        caller: &Ispb,
        request_id: Uuid,
        entry: Entry,
        now_ms: i64,
        owned_since_ms: i64,
    ) -> Result<(), Problem> {
        let key = entry.key.clone().unwrap_or_default();
        let content = cid(&request_id, &entry, &key);
        if self.repeated(caller, request_id, &content)?.is_some() {
            return Ok(());
        }
        self.account_has_room(&entry.account, &entry.owner)?;
        self.remember(caller, request_id, content, &key)?;
        let Entry { key_type, account, owner, .. } = entry;
        self.insert(StoredEntry {
            key,
            key_type,
            account,
            owner,
            created_ms: now_ms,
            owned_since_ms,
            request_id,
        });
        Ok(())
    }

    /// Puts an entry there without asking: what the directory holds from the start.
    pub(crate) fn preload(&mut self, entry: Entry, now_ms: i64, random: &mut Random) {
        let key = entry.key.unwrap_or_else(|| random.uuid().to_string());
        let (created_ms, owned_since_ms) = (now_ms, now_ms);
        let Entry { key_type, account, owner, .. } = Entry { key: None, ..entry };
        let request_id = random.uuid();
        self.insert(StoredEntry { key, key_type, account, owner, created_ms, owned_since_ms, request_id });
    }

    pub(super) fn find(&self, key: &str) -> Result<&StoredEntry, Problem> {
        self.entries
            .get(key)
            .ok_or_else(|| Problem::dict("NotFound", "Entry associated with given key does not exist"))
    }

    pub(super) fn insert(&mut self, entry: StoredEntry) {
        let count = self.accounts.entry(account_id(&entry.account)).or_insert(0);
        *count = count.saturating_add(1);
        self.entries.insert(entry.key.clone(), entry);
    }

    pub(super) fn remove(&mut self, key: &str) {
        let Some(entry) = self.entries.remove(key) else { return };
        let id = account_id(&entry.account);
        let left = self.accounts.get(&id).copied().unwrap_or(0).saturating_sub(1);
        if left == 0 {
            self.accounts.remove(&id);
        } else {
            self.accounts.insert(id, left);
        }
    }

    fn view(&self, entry: &StoredEntry) -> ExtendedEntry {
        ExtendedEntry {
            key: entry.key.clone(),
            key_type: entry.key_type,
            account: entry.account.clone(),
            owner: entry.owner.clone(),
            creation_date: instant(entry.created_ms),
            key_ownership_date: instant(entry.owned_since_ms),
            open_claim_creation_date: self.claims.active(&entry.key).map(|claim| instant(claim.created_ms)),
        }
    }

    fn held_by(&self, caller: &Ispb, key: &str) -> Result<&StoredEntry, Problem> {
        let entry = self.find(key)?;
        acts_for(caller, &entry.account.participant)?;
        Ok(entry)
    }

    fn repeated(
        &self,
        caller: &Ispb,
        request_id: Uuid,
        content: &[u8; 32],
    ) -> Result<Option<&StoredEntry>, Problem> {
        let Some(remembered) = self.requests.get(&(caller.to_string(), request_id)) else { return Ok(None) };
        if remembered.content != *content {
            let detail = "RequestId was used before with other parameters";
            return Err(Problem::dict("RequestIdAlreadyUsed", detail));
        }
        Ok(self.entries.get(&remembered.key).filter(|entry| entry.request_id == request_id))
    }

    fn remember(
        &mut self,
        caller: &Ispb,
        request_id: Uuid,
        content: [u8; 32],
        key: &str,
    ) -> Result<(), Problem> {
        let full = self.entries.len() >= self.entries_max
            || self.requests.len() >= self.entries_max.saturating_mul(REQUESTS_PER_ENTRY);
        if full {
            let detail = "The simulator's directory is full: start it again, or with a larger limit";
            return Err(Problem::dict("ServiceUnavailable", detail).retry_after_s(60));
        }
        self.requests.insert((caller.to_string(), request_id), Remembered { content, key: key.to_owned() });
        Ok(())
    }

    fn key_is_free(&self, key: &str, account: &Account, owner: &Person) -> Result<(), Problem> {
        let Some(existing) = self.entries.get(key) else {
            return if self.claims.active(key).is_some() { Err(locked()) } else { Ok(()) };
        };
        Err(if existing.owner.tax_id_number != owner.tax_id_number {
            Problem::dict(
                "EntryKeyOwnedByDifferentPerson",
                "The key belongs to someone else: claim its ownership",
            )
        } else if existing.account.participant != account.participant {
            let detail = "The key is with another participant: claim its portability";
            Problem::dict("EntryKeyInCustodyOfDifferentParticipant", detail)
        } else {
            Problem::dict(
                "EntryAlreadyExists",
                "The key is registered already, with this participant and owner",
            )
        })
    }

    fn account_has_room(&self, account: &Account, owner: &Person) -> Result<(), Problem> {
        let [natural, legal] = KEYS_PER_ACCOUNT;
        let limit = if owner.r#type == PersonType::NaturalPerson { natural } else { legal };
        if self.accounts.get(&account_id(account)).copied().unwrap_or(0) < limit {
            return Ok(());
        }
        Err(Problem::dict("EntryLimitExceeded", format!("The account holds {limit} keys already")))
    }
}

/// CID of an entry: HMAC-SHA256 keyed with the request's 16 octets, over the attributes joined by `&`.
pub(crate) fn cid(request_id: &Uuid, entry: &Entry, key: &str) -> [u8; 32] {
    let kind = match entry.key_type {
        KeyType::Cpf => "CPF",
        KeyType::Cnpj => "CNPJ",
        KeyType::Phone => "PHONE",
        KeyType::Email => "EMAIL",
        KeyType::Evp => "EVP",
    };
    let (account, owner) = (&entry.account, &entry.owner);
    let attributes = [
        kind,
        key,
        &owner.tax_id_number,
        &owner.name,
        owner.trade_name.as_deref().unwrap_or(""),
        &account.participant,
        account.branch.as_deref().unwrap_or(""),
        &account.account_number,
        &account.account_type,
    ]
    .join("&");
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, request_id.as_bytes()), attributes.as_bytes());
    tag.as_ref().try_into().unwrap_or([0; 32])
}

fn locked() -> Problem {
    Problem::dict("EntryLockedByClaim", "A claim for this key is open")
}

fn account_id(account: &Account) -> AccountId {
    (account.participant.clone(), account.branch.clone(), account.account_number.clone())
}

#[cfg(test)]
mod tests;
