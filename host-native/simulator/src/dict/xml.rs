//! DICT's bodies as XML, fields in the order of the OpenAPI document (2.6.1).
//! These types carry what people confide to their bank, so none of them implements Debug.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum KeyType {
    Cpf,
    Cnpj,
    Phone,
    Email,
    Evp,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PersonType {
    NaturalPerson,
    LegalPerson,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Reason {
    UserRequested,
    AccountClosure,
    BranchTransfer,
    DefaultOperation,
    Reconciliation,
    Fraud,
    RfbValidation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ClaimType {
    Ownership,
    Portability,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ClaimStatus {
    Open,
    WaitingResolution,
    Confirmed,
    Cancelled,
    Completed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Side {
    Donor,
    Claimer,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Account {
    pub(crate) participant: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) branch: Option<String>,
    pub(crate) account_number: String,
    pub(crate) account_type: String,
    pub(crate) opening_date: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Person {
    pub(crate) r#type: PersonType,
    pub(crate) tax_id_number: String,
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trade_name: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry {
    #[serde(default)]
    pub(crate) key: Option<String>,
    pub(crate) key_type: KeyType,
    pub(crate) account: Account,
    pub(crate) owner: Person,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateEntryRequest {
    pub(crate) entry: Entry,
    pub(crate) reason: Reason,
    pub(crate) request_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateEntryRequest {
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) account: Option<Account>,
    #[serde(default)]
    pub(crate) owner: Option<Person>,
    pub(crate) reason: Reason,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteEntryRequest {
    pub(crate) key: String,
    pub(crate) participant: String,
    pub(crate) reason: Reason,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CheckKeysRequest {
    pub(crate) keys: KeyList,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyList {
    #[serde(default)]
    pub(crate) key: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Claim {
    pub(crate) r#type: ClaimType,
    pub(crate) key: String,
    pub(crate) key_type: KeyType,
    pub(crate) claimer_account: Account,
    pub(crate) claimer: Person,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateClaimRequest {
    pub(crate) claim: Claim,
}

/// Acknowledge (neither), confirm and cancel (`Reason`), complete (`RequestId`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ClaimStepRequest {
    pub(crate) claim_id: String,
    pub(crate) participant: String,
    #[serde(default)]
    pub(crate) reason: Option<Reason>,
    #[serde(default)]
    pub(crate) request_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ExtendedEntry {
    pub(crate) key: String,
    pub(crate) key_type: KeyType,
    pub(crate) account: Account,
    pub(crate) owner: Person,
    pub(crate) creation_date: String,
    pub(crate) key_ownership_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) open_claim_creation_date: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ExtendedClaim {
    pub(crate) r#type: ClaimType,
    pub(crate) key: String,
    pub(crate) key_type: KeyType,
    pub(crate) claimer_account: Account,
    pub(crate) claimer: Person,
    pub(crate) donor_participant: String,
    pub(crate) id: String,
    pub(crate) status: ClaimStatus,
    pub(crate) resolution_period_end: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completion_period_end: Option<String>,
    pub(crate) last_modified: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confirm_reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cancel_reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cancelled_by: Option<Side>,
}

/// One body for every answer: the fields that an operation does not have stay away.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Answer {
    pub(crate) response_time: String,
    pub(crate) correlation_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) entry: Option<ExtendedEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) owner_statistics: Option<Statistics>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_statistics: Option<Statistics>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) keys: Option<CheckedKeys>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) claim: Option<ExtendedClaim>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) entry_creation_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_ownership_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) has_more_elements: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) claims: Option<ClaimList>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ClaimList {
    pub(crate) claim: Vec<ExtendedClaim>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CheckedKeys {
    pub(crate) key: Vec<CheckedKey>,
}

#[derive(Serialize)]
pub(crate) struct CheckedKey {
    #[serde(rename = "@hasEntry")]
    pub(crate) has_entry: bool,
    #[serde(rename = "$text")]
    pub(crate) key: String,
}

/// Counters of settlements, fraud markers, infraction reports and entries. Nothing is counted yet, so all are zero.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Statistics {
    pub(crate) spi: SpiStatistics,
    pub(crate) fraud_markers: FraudMarkers,
    pub(crate) infraction_reports: InfractionReports,
    pub(crate) entries: EntryStatistics,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SpiStatistics {
    pub(crate) watermark: String,
    pub(crate) settlements: Windowed,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct FraudMarkers {
    pub(crate) watermark: String,
    pub(crate) application_frauds: Windowed,
    pub(crate) mule_accounts: Windowed,
    pub(crate) scammer_accounts: Windowed,
    pub(crate) other_frauds: Windowed,
    pub(crate) unknown_frauds: Windowed,
    pub(crate) total_fraud_transaction_amount: Windowed,
    pub(crate) distinct_fraud_reporters: Windowed,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InfractionReports {
    pub(crate) watermark: String,
    pub(crate) open_reports: u32,
    pub(crate) open_reports_distinct_reporters: u32,
    pub(crate) rejected_reports: Windowed,
}

/// An owner has accounts that keys are registered for; a key has belonged to accounts.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EntryStatistics {
    pub(crate) watermark: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) registered_accounts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) distinct_accounts: Option<u32>,
}

#[derive(Default, Serialize)]
pub(crate) struct Windowed {
    #[serde(rename = "@d90")]
    pub(crate) d90: u32,
    #[serde(rename = "@m12")]
    pub(crate) m12: u32,
    #[serde(rename = "@m60")]
    pub(crate) m60: u32,
}

impl Statistics {
    pub(crate) fn of_owner(watermark: &str) -> Self {
        Self::at(watermark, Some(0), None)
    }

    pub(crate) fn of_key(watermark: &str) -> Self {
        Self::at(watermark, None, Some(0))
    }

    fn at(watermark: &str, registered_accounts: Option<u32>, distinct_accounts: Option<u32>) -> Self {
        Self {
            spi: SpiStatistics { watermark: watermark.to_owned(), settlements: Windowed::default() },
            fraud_markers: FraudMarkers {
                watermark: watermark.to_owned(),
                application_frauds: Windowed::default(),
                mule_accounts: Windowed::default(),
                scammer_accounts: Windowed::default(),
                other_frauds: Windowed::default(),
                unknown_frauds: Windowed::default(),
                total_fraud_transaction_amount: Windowed::default(),
                distinct_fraud_reporters: Windowed::default(),
            },
            infraction_reports: InfractionReports {
                watermark: watermark.to_owned(),
                open_reports: 0,
                open_reports_distinct_reporters: 0,
                rejected_reports: Windowed::default(),
            },
            entries: EntryStatistics {
                watermark: watermark.to_owned(),
                registered_accounts,
                distinct_accounts,
            },
        }
    }
}
