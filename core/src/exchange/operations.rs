//! DICT's operations (OpenAPI documents 1.8.0, 2.6.1 and 2.12.1): which root an answer has, and where it repeats what was asked.

use Need::{Among, Each, IfThere, Must};
use Segment::{Any, Is};
use Source::{Body, Query, Segment as At};

use crate::profile::content::Path;

/// An operation of DICT.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    /// The path behind `/api/v2` or `/api-np/v2`.
    pub(super) path: &'static [Segment],
    /// The root of an answer that is no problem document.
    pub(super) root: &'static str,
    pub(super) ties: &'static [Tie],
}

/// A segment of a path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Segment {
    /// This one.
    Is(&'static str),
    /// One that identifies something.
    Any,
}

/// Something that the request names and the answer says again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tie {
    pub(super) from: Source,
    pub(super) at: &'static Path,
    pub(super) need: Need,
}

/// Where the request names it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// In a segment of the path, counted from 0.
    Segment(usize),
    /// In this parameter of the query.
    Query(&'static str),
    /// In an element of the body.
    Body(&'static Path),
}

/// How the answer says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Once.
    Must,
    /// Once or not at all.
    IfThere,
    /// In every element of a list, however many there are.
    Each,
    /// The request names several, and the answer says all of these and no other.
    Among,
}

const fn tie(from: Source, at: &'static Path, need: Need) -> Tie {
    Tie { from, at, need }
}

const fn operation(
    method: &'static str,
    path: &'static [Segment],
    root: &'static str,
    ties: &'static [Tie],
) -> Operation {
    Operation { method, path, root, ties }
}

/// What any body may name and any answer say again.
pub(super) const OF_EVERY_BODY: [Tie; 2] = [
    tie(Body(&["RequestId"]), &["RequestId"], IfThere),
    tie(Body(&["CorrelationId"]), &["CorrelationId"], IfThere),
];

const ENTRY_KEY: &Path = &["Entry", "Key"];
const KEY: &Path = &["Key"];
const CLAIM_ID: &Path = &["Claim", "Id"];
const REPORT_ID: &Path = &["InfractionReport", "Id"];
const MARKER_ID: &Path = &["FraudMarker", "Id"];
const REFUND_ID: &Path = &["Refund", "Id"];
const RECOVERY_ID: &Path = &["FundsRecovery", "Id"];
const GRAPH_OF: &Path = &["TrackingGraph", "FundsRecoveryId"];

const CLAIM: &[Tie] = &[tie(At(1), CLAIM_ID, Must), tie(Body(&["ClaimId"]), CLAIM_ID, Must)];
const REPORT: &[Tie] = &[tie(At(1), REPORT_ID, Must), tie(Body(&["InfractionReportId"]), REPORT_ID, Must)];
const MARKER: &[Tie] = &[tie(At(1), MARKER_ID, Must), tie(Body(&["FraudMarkerId"]), MARKER_ID, Must)];
const REFUND: &[Tie] = &[tie(At(1), REFUND_ID, Must), tie(Body(&["RefundId"]), REFUND_ID, Must)];
const RECOVERY: &[Tie] = &[tie(At(1), RECOVERY_ID, Must), tie(Body(&["FundsRecoveryId"]), RECOVERY_ID, Must)];
const GRAPH: &[Tie] = &[tie(At(1), GRAPH_OF, Must), tie(Body(&["FundsRecoveryId"]), GRAPH_OF, Must)];

/// Every operation that is known.
pub(super) const OPERATIONS: &[Operation] = &[
    operation("POST", &[Is("entries")], "CreateEntryResponse", &[tie(Body(ENTRY_KEY), ENTRY_KEY, Must)]),
    operation("GET", &[Is("entries"), Any], "GetEntryResponse", &[tie(At(1), ENTRY_KEY, Must)]),
    operation(
        "PUT",
        &[Is("entries"), Any],
        "UpdateEntryResponse",
        &[tie(At(1), ENTRY_KEY, Must), tie(Body(KEY), ENTRY_KEY, Must)],
    ),
    operation(
        "POST",
        &[Is("entries"), Any, Is("delete")],
        "DeleteEntryResponse",
        &[tie(At(1), KEY, Must), tie(Body(KEY), KEY, Must)],
    ),
    operation(
        "GET",
        &[Is("entries"), Any, Is("statistics")],
        "GetEntryStatisticsResponse",
        &[tie(At(1), KEY, Must)],
    ),
    operation(
        "POST",
        &[Is("keys"), Is("check")],
        "CheckKeysResponse",
        &[tie(Body(&["Keys", "Key"]), &["Keys", "Key"], Among)],
    ),
    operation(
        "POST",
        &[Is("claims")],
        "CreateClaimResponse",
        &[tie(Body(&["Claim", "Key"]), &["Claim", "Key"], Must)],
    ),
    operation("GET", &[Is("claims")], "ListClaimsResponse", &[]),
    operation("GET", &[Is("claims"), Any], "GetClaimResponse", CLAIM),
    operation("POST", &[Is("claims"), Any, Is("acknowledge")], "AcknowledgeClaimResponse", CLAIM),
    operation("POST", &[Is("claims"), Any, Is("confirm")], "ConfirmClaimResponse", CLAIM),
    operation("POST", &[Is("claims"), Any, Is("cancel")], "CancelClaimResponse", CLAIM),
    operation("POST", &[Is("claims"), Any, Is("complete")], "CompleteClaimResponse", CLAIM),
    operation(
        "POST",
        &[Is("sync-verifications")],
        "CreateSyncVerificationResponse",
        &[
            tie(Body(&["SyncVerification", "Participant"]), &["SyncVerification", "Participant"], Must),
            tie(Body(&["SyncVerification", "KeyType"]), &["SyncVerification", "KeyType"], Must),
            tie(
                Body(&["SyncVerification", "ParticipantSyncVerifier"]),
                &["SyncVerification", "ParticipantSyncVerifier"],
                Must,
            ),
        ],
    ),
    operation(
        "POST",
        &[Is("cids"), Is("files")],
        "CreateCidSetFileResponse",
        &[
            tie(Body(&["Participant"]), &["CidSetFile", "Participant"], Must),
            tie(Body(&["KeyType"]), &["CidSetFile", "KeyType"], Must),
        ],
    ),
    operation(
        "GET",
        &[Is("cids"), Is("files"), Any],
        "GetCidSetFileResponse",
        &[tie(At(2), &["CidSetFile", "Id"], Must)],
    ),
    operation(
        "GET",
        &[Is("cids"), Is("events")],
        "ListCidSetEventsResponse",
        &[tie(Query("Participant"), &["Participant"], Must), tie(Query("KeyType"), &["KeyType"], Must)],
    ),
    operation(
        "GET",
        &[Is("cids"), Is("entries"), Any],
        "GetEntryByCidResponse",
        &[tie(At(2), &["Cid"], Must)],
    ),
    operation(
        "POST",
        &[Is("infraction-reports")],
        "CreateInfractionReportResponse",
        &[tie(Body(&["InfractionReport", "TransactionId"]), &["InfractionReport", "TransactionId"], Must)],
    ),
    operation("GET", &[Is("infraction-reports")], "ListInfractionReportsResponse", &[]),
    operation(
        "PUT",
        &[Is("infraction-reports")],
        "UpdateInformationInfractionReportResponse",
        &[tie(Body(&["InfractionReportId"]), REPORT_ID, Must)],
    ),
    operation("PUT", &[Is("infraction-reports"), Any], "UpdateInformationInfractionReportResponse", REPORT),
    operation("GET", &[Is("infraction-reports"), Any], "GetInfractionReportResponse", REPORT),
    operation(
        "POST",
        &[Is("infraction-reports"), Any, Is("acknowledge")],
        "AcknowledgeInfractionReportResponse",
        REPORT,
    ),
    operation(
        "POST",
        &[Is("infraction-reports"), Any, Is("cancel")],
        "CancelInfractionReportResponse",
        REPORT,
    ),
    operation("POST", &[Is("infraction-reports"), Any, Is("close")], "CloseInfractionReportResponse", REPORT),
    operation(
        "POST",
        &[Is("fraud-markers")],
        "CreateFraudMarkerResponse",
        &[
            tie(Body(&["FraudMarker", "TaxIdNumber"]), &["FraudMarker", "TaxIdNumber"], Must),
            tie(Body(&["FraudMarker", "Key"]), &["FraudMarker", "Key"], IfThere),
        ],
    ),
    operation(
        "GET",
        &[Is("fraud-markers")],
        "ListFraudMarkersResponse",
        &[
            tie(Query("TaxIdNumber"), &["FraudMarkers", "FraudMarker", "TaxIdNumber"], Each),
            tie(Query("Key"), &["FraudMarkers", "FraudMarker", "Key"], Each),
        ],
    ),
    operation("GET", &[Is("fraud-markers"), Any], "GetFraudMarkerResponse", MARKER),
    operation("POST", &[Is("fraud-markers"), Any, Is("cancel")], "CancelFraudMarkerResponse", MARKER),
    operation(
        "POST",
        &[Is("funds-recoveries")],
        "CreateFundsRecoveryResponse",
        &[tie(Body(&["FundsRecovery", "RootTransactionId"]), &["FundsRecovery", "RootTransactionId"], Must)],
    ),
    operation("GET", &[Is("funds-recoveries"), Any], "GetFundsRecoveryResponse", RECOVERY),
    operation("PUT", &[Is("funds-recoveries"), Any], "UpdateFundsRecoveryResponse", RECOVERY),
    operation(
        "POST",
        &[Is("funds-recoveries"), Any, Is("tracking-graph")],
        "CreateTrackingGraphResponse",
        GRAPH,
    ),
    operation("GET", &[Is("funds-recoveries"), Any, Is("tracking-graph")], "GetTrackingGraphResponse", GRAPH),
    operation("POST", &[Is("funds-recoveries"), Any, Is("block")], "BlockFundsRecoveryResponse", RECOVERY),
    operation("POST", &[Is("funds-recoveries"), Any, Is("refund")], "RefundFundsRecoveryResponse", RECOVERY),
    operation("POST", &[Is("funds-recoveries"), Any, Is("cancel")], "CancelFundsRecoveryResponse", RECOVERY),
    operation(
        "GET",
        &[Is("funds-recoveries"), Any, Is("infraction-reports")],
        "ListFundsRecoveryInfractionReportsResponse",
        &[tie(At(1), &["InfractionReports", "InfractionReport", "FundsRecoveryId"], Each)],
    ),
    operation(
        "GET",
        &[Is("funds-recoveries"), Any, Is("refunds")],
        "ListFundsRecoveryRefundsResponse",
        &[tie(At(1), &["Refunds", "Refund", "FundsRecoveryId"], Each)],
    ),
    operation(
        "POST",
        &[Is("refunds")],
        "CreateRefundResponse",
        &[tie(Body(&["Refund", "TransactionId"]), &["Refund", "TransactionId"], Must)],
    ),
    operation("GET", &[Is("refunds")], "ListRefundsResponse", &[]),
    operation("GET", &[Is("refunds"), Any], "GetRefundResponse", REFUND),
    operation("POST", &[Is("refunds"), Any, Is("cancel")], "CancelRefundResponse", REFUND),
    operation("POST", &[Is("refunds"), Any, Is("close")], "CloseRefundResponse", REFUND),
    operation(
        "GET",
        &[Is("persons"), Any, Is("statistics")],
        "GetPersonStatisticsResponse",
        &[tie(At(1), &["TaxIdNumber"], IfThere)],
    ),
    operation("GET", &[Is("policies")], "ListPoliciesResponse", &[]),
    operation("GET", &[Is("policies"), Any], "GetPolicyResponse", &[tie(At(1), &["Policy", "Name"], Must)]),
    operation("GET", &[Is("event-notifications")], "ListEventNotificationsResponse", &[]),
];
