//! Which answers belong to which questions: every operation of DICT, and the streams of SPI.

use lacre_core::Reason;
use lacre_core::exchange::{Belonging, Channel, Question};

/// Method, path behind the version (with its query), the body's content, the answer's root, and its content. `{}` is where the
/// answer says again what was asked.
const OPERATIONS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "POST",
        "/entries/",
        "<Entry><Key>k@x</Key></Entry>",
        "CreateEntryResponse",
        "<Entry><Key>{k@x}</Key></Entry>",
    ),
    (
        "GET",
        "/entries/%2B5561988887777",
        "",
        "GetEntryResponse",
        "<Entry><Key>{+5561988887777}</Key></Entry>",
    ),
    (
        "GET",
        "/entries/k%40x?IncludeStatistics=true",
        "",
        "GetEntryResponse",
        "<Entry><Key>{k@x}</Key></Entry>",
    ),
    ("GET", "/entries/k@x/", "", "GetEntryResponse", "<Entry><Key>{K@X}</Key></Entry>"),
    ("GET", "/entries/a%2Fb@x", "", "GetEntryResponse", "<Entry><Key>{a/b@x}</Key></Entry>"),
    ("PUT", "/entries/k@x", "<Key>k@x</Key>", "UpdateEntryResponse", "<Entry><Key>{k@x}</Key></Entry>"),
    ("POST", "/entries/k@x/delete", "<Key>k@x</Key>", "DeleteEntryResponse", "<Key>{k@x}</Key>"),
    ("GET", "/entries/k@x/statistics", "", "GetEntryStatisticsResponse", "<Key>{k@x}</Key>"),
    (
        "POST",
        "/keys/check",
        "<Keys><Key>a</Key><Key>b</Key></Keys>",
        "CheckKeysResponse",
        "<Keys><Key>{b}</Key><Key>a</Key></Keys>",
    ),
    (
        "POST",
        "/claims/",
        "<Claim><Key>k@x</Key></Claim>",
        "CreateClaimResponse",
        "<Claim><Key>{k@x}</Key><Id>1</Id></Claim>",
    ),
    (
        "GET",
        "/claims/?Participant=12345678",
        "",
        "ListClaimsResponse",
        "<Claims><Claim><Id>1</Id></Claim></Claims>",
    ),
    ("GET", "/claims/c1", "", "GetClaimResponse", "<Claim><Id>{c1}</Id></Claim>"),
    (
        "POST",
        "/claims/c1/acknowledge",
        "<ClaimId>c1</ClaimId>",
        "AcknowledgeClaimResponse",
        "<Claim><Id>{c1}</Id></Claim>",
    ),
    (
        "POST",
        "/claims/c1/confirm",
        "<ClaimId>c1</ClaimId>",
        "ConfirmClaimResponse",
        "<Claim><Id>{c1}</Id></Claim>",
    ),
    (
        "POST",
        "/claims/c1/cancel",
        "<ClaimId>c1</ClaimId>",
        "CancelClaimResponse",
        "<Claim><Id>{c1}</Id></Claim>",
    ),
    (
        "POST",
        "/claims/c1/complete",
        "<ClaimId>c1</ClaimId>",
        "CompleteClaimResponse",
        "<Claim><Id>{c1}</Id></Claim>",
    ),
    (
        "POST",
        "/sync-verifications/",
        "<SyncVerification><Participant>12345678</Participant><KeyType>CPF</KeyType></SyncVerification>",
        "CreateSyncVerificationResponse",
        "<SyncVerification><Participant>12345678</Participant><KeyType>{CPF}</KeyType></SyncVerification>",
    ),
    (
        "POST",
        "/cids/files/",
        "<Participant>12345678</Participant><KeyType>CPF</KeyType>",
        "CreateCidSetFileResponse",
        "<CidSetFile><Participant>12345678</Participant><KeyType>{CPF}</KeyType></CidSetFile>",
    ),
    ("GET", "/cids/files/77", "", "GetCidSetFileResponse", "<CidSetFile><Id>{77}</Id></CidSetFile>"),
    (
        "GET",
        "/cids/events?Participant=12345678&KeyType=PHONE",
        "",
        "ListCidSetEventsResponse",
        "<Participant>12345678</Participant><KeyType>{PHONE}</KeyType>",
    ),
    (
        "GET",
        "/cids/entries/CA97",
        "",
        "GetEntryByCidResponse",
        "<Cid>{ca97}</Cid><Entry><Key>1</Key></Entry>",
    ),
    (
        "POST",
        "/infraction-reports/",
        "<InfractionReport><TransactionId>E1</TransactionId></InfractionReport>",
        "CreateInfractionReportResponse",
        "<InfractionReport><TransactionId>{E1}</TransactionId><Id>1</Id></InfractionReport>",
    ),
    ("GET", "/infraction-reports/", "", "ListInfractionReportsResponse", ""),
    (
        "PUT",
        "/infraction-reports/",
        "<InfractionReportId>i1</InfractionReportId>",
        "UpdateInformationInfractionReportResponse",
        "<InfractionReport><Id>{i1}</Id></InfractionReport>",
    ),
    (
        "GET",
        "/infraction-reports/i1",
        "",
        "GetInfractionReportResponse",
        "<InfractionReport><Id>{i1}</Id></InfractionReport>",
    ),
    (
        "POST",
        "/infraction-reports/i1/acknowledge",
        "",
        "AcknowledgeInfractionReportResponse",
        "<InfractionReport><Id>{i1}</Id></InfractionReport>",
    ),
    (
        "POST",
        "/infraction-reports/i1/cancel",
        "",
        "CancelInfractionReportResponse",
        "<InfractionReport><Id>{i1}</Id></InfractionReport>",
    ),
    (
        "POST",
        "/infraction-reports/i1/close",
        "",
        "CloseInfractionReportResponse",
        "<InfractionReport><Id>{i1}</Id></InfractionReport>",
    ),
    (
        "POST",
        "/fraud-markers/",
        "<FraudMarker><TaxIdNumber>1</TaxIdNumber></FraudMarker>",
        "CreateFraudMarkerResponse",
        "<FraudMarker><TaxIdNumber>{1}</TaxIdNumber><Id>2</Id></FraudMarker>",
    ),
    (
        "GET",
        "/fraud-markers/?TaxIdNumber=1",
        "",
        "ListFraudMarkersResponse",
        "<FraudMarkers><FraudMarker><TaxIdNumber>1</TaxIdNumber></FraudMarker><FraudMarker><TaxIdNumber>{1}</TaxIdNumber></FraudMarker></FraudMarkers>",
    ),
    ("GET", "/fraud-markers/f1", "", "GetFraudMarkerResponse", "<FraudMarker><Id>{f1}</Id></FraudMarker>"),
    (
        "POST",
        "/fraud-markers/f1/cancel",
        "",
        "CancelFraudMarkerResponse",
        "<FraudMarker><Id>{f1}</Id></FraudMarker>",
    ),
    (
        "POST",
        "/funds-recoveries/",
        "<FundsRecovery><RootTransactionId>E1</RootTransactionId></FundsRecovery>",
        "CreateFundsRecoveryResponse",
        "<FundsRecovery><RootTransactionId>{E1}</RootTransactionId></FundsRecovery>",
    ),
    (
        "GET",
        "/funds-recoveries/r1",
        "",
        "GetFundsRecoveryResponse",
        "<FundsRecovery><Id>{r1}</Id></FundsRecovery>",
    ),
    (
        "PUT",
        "/funds-recoveries/r1",
        "",
        "UpdateFundsRecoveryResponse",
        "<FundsRecovery><Id>{r1}</Id></FundsRecovery>",
    ),
    (
        "GET",
        "/funds-recoveries/r1/tracking-graph",
        "",
        "GetTrackingGraphResponse",
        "<TrackingGraph><FundsRecoveryId>{r1}</FundsRecoveryId></TrackingGraph>",
    ),
    (
        "POST",
        "/funds-recoveries/r1/tracking-graph",
        "",
        "CreateTrackingGraphResponse",
        "<TrackingGraph><FundsRecoveryId>{r1}</FundsRecoveryId></TrackingGraph>",
    ),
    (
        "POST",
        "/funds-recoveries/r1/block",
        "",
        "BlockFundsRecoveryResponse",
        "<FundsRecovery><Id>{r1}</Id></FundsRecovery>",
    ),
    (
        "POST",
        "/funds-recoveries/r1/refund",
        "",
        "RefundFundsRecoveryResponse",
        "<FundsRecovery><Id>{r1}</Id></FundsRecovery>",
    ),
    (
        "POST",
        "/funds-recoveries/r1/cancel",
        "",
        "CancelFundsRecoveryResponse",
        "<FundsRecovery><Id>{r1}</Id></FundsRecovery>",
    ),
    (
        "GET",
        "/funds-recoveries/r1/infraction-reports",
        "",
        "ListFundsRecoveryInfractionReportsResponse",
        "<InfractionReports><InfractionReport><FundsRecoveryId>{r1}</FundsRecoveryId></InfractionReport></InfractionReports>",
    ),
    (
        "GET",
        "/funds-recoveries/r1/refunds",
        "",
        "ListFundsRecoveryRefundsResponse",
        "<Refunds><Refund><FundsRecoveryId>{r1}</FundsRecoveryId></Refund></Refunds>",
    ),
    (
        "POST",
        "/refunds/",
        "<Refund><TransactionId>E1</TransactionId></Refund>",
        "CreateRefundResponse",
        "<Refund><TransactionId>{E1}</TransactionId></Refund>",
    ),
    ("GET", "/refunds/", "", "ListRefundsResponse", ""),
    ("GET", "/refunds/d1", "", "GetRefundResponse", "<Refund><Id>{d1}</Id></Refund>"),
    ("POST", "/refunds/d1/cancel", "", "CancelRefundResponse", "<Refund><Id>{d1}</Id></Refund>"),
    ("POST", "/refunds/d1/close", "", "CloseRefundResponse", "<Refund><Id>{d1}</Id></Refund>"),
    (
        "GET",
        "/persons/11122233300/statistics",
        "",
        "GetPersonStatisticsResponse",
        "<TaxIdNumber>{11122233300}</TaxIdNumber>",
    ),
    ("GET", "/policies/", "", "ListPoliciesResponse", ""),
    (
        "GET",
        "/policies/ENTRIES_WRITE",
        "",
        "GetPolicyResponse",
        "<Policy><Name>{ENTRIES_WRITE}</Name></Policy>",
    ),
    ("GET", "/event-notifications?Participant=12345678", "", "ListEventNotificationsResponse", ""),
];

fn holds(method: &str, target: &str, body: &str, status: u16, answer: &str) -> Result<Belonging, Reason> {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let body = (!body.is_empty()).then(|| format!("<Request>{body}</Request>"));
    let body = body.as_ref().map(|body| body.as_bytes());
    let question = Question { channel: Channel::Dict, method, path, query, body };
    question.binds(status, answer.as_bytes()).map_err(|error| error.reason())
}

/// The answer around its content, with fields that nobody knows yet before and behind it.
fn answer(root: &str, content: &str) -> String {
    format!(
        "<{root}><Signature xmlns='http://www.w3.org/2000/09/xmldsig#'><Key>stray</Key></Signature><New><Key>x</Key><Id>y</Id></New>\
         <ResponseTime>2026-11-23T10:00:00Z</ResponseTime>{content}<CorrelationId>z</CorrelationId><Newer/></{root}>"
    )
}

#[test]
fn every_operation_takes_its_own_answer_and_no_other() {
    for version in ["/api/v1", "/api/v2", "/api-np/v2"] {
        for (number, (method, path, body, root, content)) in OPERATIONS.iter().enumerate() {
            let target = format!("{version}{path}");
            let ask = |root: &str, content: &str| holds(method, &target, body, 200, &answer(root, content));
            let right = content.replace(['{', '}'], "");
            assert_eq!(ask(root, &right), Ok(Belonging::Bound), "{method} {target}");
            // The root of another operation, with everything that was asked for in it.
            let other = OPERATIONS.iter().cycle().skip(number + 1).find(|other| other.3 != *root).unwrap().3;
            assert_eq!(ask(other, &right), Err(Reason::AnswerMismatch), "{other} for {method} {target}");
            assert_eq!(ask("problem", &right), Err(Reason::AnswerMismatch), "{method} {target}");
            let Some((before, named)) = content.split_once('{') else { continue };
            let (named, behind) = named.split_once('}').unwrap();
            for wrong in [
                format!("{before}other{behind}"),
                format!("{before}{behind}"),
                format!("{before}{named}<x/>{behind}"),
                format!("{before}{named}{behind}").replace("</", "x</"),
            ] {
                assert_eq!(ask(root, &wrong), Err(Reason::AnswerMismatch), "{wrong} for {method} {target}");
            }
        }
    }
}

#[test]
fn what_was_asked_is_said_once_and_where_it_belongs() {
    let ask =
        |content: &str| holds("GET", "/api/v2/entries/k@x", "", 200, &answer("GetEntryResponse", content));
    let mismatch = Err(Reason::AnswerMismatch);
    assert_eq!(
        ask("<Entry><Key>k<!-- -->@x</Key></Entry>"),
        Ok(Belonging::Bound),
        "joined as every reader should"
    );
    assert_eq!(ask("<Entry><Key> k@x\n</Key></Entry>"), Ok(Belonging::Bound));
    assert_eq!(ask(""), mismatch, "not at all");
    assert_eq!(ask("<Key>k@x</Key>"), mismatch, "elsewhere");
    assert_eq!(ask("<Entry><Deeper><Key>k@x</Key></Deeper></Entry>"), mismatch);
    assert_eq!(ask("<Entry><Key>k@x</Key><Key>k@x</Key></Entry>"), mismatch, "twice");
    assert_eq!(ask("<Entry><Key>k@x</Key></Entry><Entry><Key>other</Key></Entry>"), mismatch);
    assert_eq!(ask("<x:Entry xmlns:x='urn:x'><Key>k@x</Key></x:Entry>"), mismatch, "in another namespace");
    let aside = "<Entry><x:Key xmlns:x='urn:x'>other</x:Key><Key>k@x</Key></Entry>";
    assert_eq!(ask(aside), Ok(Belonging::Bound), "another namespace's element is a new field");
}

#[test]
fn path_and_body_must_both_be_met() {
    let update = |key: &str, said: &str| {
        let said = answer("UpdateEntryResponse", &format!("<Entry><Key>{said}</Key></Entry>"));
        holds("PUT", "/api/v2/entries/k@x", &format!("<Key>{key}</Key>"), 200, &said)
    };
    assert_eq!(update("k@x", "k@x"), Ok(Belonging::Bound));
    assert_eq!(update("", "k@x"), Ok(Belonging::Bound), "an empty element names nothing");
    assert_eq!(update("other", "k@x"), Err(Reason::AnswerMismatch));
    assert_eq!(update("other", "other"), Err(Reason::AnswerMismatch));
}

#[test]
fn a_request_id_that_comes_back_is_the_one_that_was_sent() {
    let body = "<Entry><Key>k@x</Key></Entry><RequestId>a9</RequestId>";
    let said = |more: &str| {
        let said = answer("CreateEntryResponse", &format!("<Entry><Key>k@x</Key></Entry>{more}"));
        holds("POST", "/api/v2/entries/", body, 201, &said)
    };
    assert_eq!(said(""), Ok(Belonging::Bound));
    assert_eq!(said("<RequestId>A9</RequestId>"), Ok(Belonging::Bound));
    assert_eq!(said("<RequestId>b0</RequestId>"), Err(Reason::AnswerMismatch));
}

#[test]
fn a_key_that_dict_makes_up_is_welcome() {
    let said =
        answer("CreateEntryResponse", "<Entry><Key>123e4567-e89b-12d3-a456-426655440000</Key></Entry>");
    for body in ["<Entry><KeyType>EVP</KeyType></Entry>", "<Entry><Key/><KeyType>EVP</KeyType></Entry>"] {
        assert_eq!(holds("POST", "/api/v2/entries/", body, 201, &said), Ok(Belonging::Bound));
    }
}

#[test]
fn of_several_keys_all_and_no_other_come_back() {
    let check = |keys: &str| {
        let keys = answer("CheckKeysResponse", &format!("<Keys>{keys}</Keys>"));
        holds("POST", "/api-np/v2/keys/check", "<Keys><Key>a</Key><Key>b</Key></Keys>", 200, &keys)
    };
    assert_eq!(check("<Key hasEntry='true'>b</Key><Key hasEntry='false'>a</Key>"), Ok(Belonging::Bound));
    for keys in ["<Key>a</Key>", "", "<Key>a</Key><Key>b</Key><Key>c</Key>"] {
        assert_eq!(check(keys), Err(Reason::AnswerMismatch), "{keys}");
    }
}

#[test]
fn an_error_is_a_problem_and_nobodys_data() {
    let ask = |status: u16, xml: &str| holds("GET", "/api/v2/entries/k@x", "", status, xml);
    let problem = "<problem xmlns='urn:ietf:rfc:7807'><type>t</type><status>404</status></problem>";
    for status in [400, 403, 404, 429, 503, 301] {
        assert_eq!(ask(status, problem), Ok(Belonging::Bound));
        assert_eq!(ask(status, "<GetEntryResponse/>"), Err(Reason::AnswerMismatch), "{status}");
    }
    assert_eq!(ask(200, problem), Err(Reason::AnswerMismatch));
}

#[test]
fn an_unknown_operation_binds_nothing() {
    for (method, target) in [
        ("GET", "/api/v2/new-things/1"),
        ("DELETE", "/api/v2/entries/k@x"),
        ("GET", "/api/v2/entries//statistics"),
        ("GET", "/api/v2/entries/a/b/c"),
        ("GET", "/api/vx/entries/a"),
        ("GET", "/other/v2/entries/a"),
        ("GET", "/api/v2/"),
    ] {
        assert_eq!(holds(method, target, "", 200, "<AnyResponse/>"), Ok(Belonging::Unbound), "{target}");
    }
}

#[test]
fn escapes_are_resolved_once_and_only_where_they_are_escapes() {
    for (path, key) in [
        ("%2b5561", "+5561"),
        ("+5561", "+5561"),
        ("%252B5561", "%2B5561"),
        ("a%zzb", "a%zzb"),
        ("100%", "100%"),
        ("%C3%A9", "é"),
        ("%ff", "%ff"),
    ] {
        let said = answer("GetEntryResponse", &format!("<Entry><Key>{key}</Key></Entry>"));
        let target = format!("/api/v2/entries/{path}");
        assert_eq!(holds("GET", &target, "", 200, &said), Ok(Belonging::Bound), "{path}");
    }
}

#[test]
fn a_body_that_is_not_at_hand_binds_what_the_path_names() {
    let said = |key: &str| answer("UpdateEntryResponse", &format!("<Entry><Key>{key}</Key></Entry>"));
    let ask = |key: &str| holds("PUT", "/api/v2/entries/k@x", "", 200, &said(key));
    assert_eq!((ask("k@x"), ask("other")), (Ok(Belonging::Bound), Err(Reason::AnswerMismatch)));
}

#[test]
fn what_comes_out_of_a_stream_is_its_owners() {
    let ask = |method: &str, path: &str, status: u16, message: &str| {
        let question = Question { channel: Channel::Spi, method, path, query: None, body: None };
        question.binds(status, message.as_bytes()).map_err(|error| error.reason())
    };
    let (stream, mismatch) = ("/api/v1/out/99999A04/stream/start", Err(Reason::AnswerMismatch));
    let to = |to: &str| {
        format!(
            "<p:Envelope xmlns:p='urn:p'><p:AppHdr><p:Fr/>{to}</p:AppHdr><p:Document><p:To>1</p:To></p:Document></p:Envelope>"
        )
    };
    let party = |ispb: &str| {
        format!(
            "<p:To><p:FIId><p:FinInstnId><p:Othr><p:Id>{ispb}</p:Id></p:Othr></p:FinInstnId></p:FIId></p:To>"
        )
    };
    assert_eq!(ask("GET", stream, 200, &to(&party("99999A04"))), Ok(Belonging::Bound));
    assert_eq!(
        ask("GET", "/api/v1/out/99999A04/stream/xyz", 200, &to(&party("99999A04"))),
        Ok(Belonging::Bound)
    );
    for wrong in [to(&party("12345678")), to(""), to(&party("")), to(&party("99999A04").repeat(2))] {
        assert_eq!(ask("GET", stream, 200, &wrong), mismatch, "{wrong}");
    }
    assert_eq!(ask("POST", "/api/v1/in/99999A04/msgs", 201, &to(&party("99999A04"))), mismatch);
    assert_eq!(ask("DELETE", stream, 200, &to(&party("99999A04"))), mismatch);
    assert_eq!(ask("GET", "/api/v1/other", 200, &to("")), Ok(Belonging::Unbound));
    assert_eq!(ask("GET", stream, 410, &to(&party("99999A04"))), mismatch);
    assert_eq!(ask("GET", stream, 410, "<problem/>"), Ok(Belonging::Bound));
}

#[test]
fn debug_shows_nobodys_key() {
    let question = Question {
        channel: Channel::Dict,
        method: "GET",
        path: "/api/v2/entries/secret",
        query: Some("secret"),
        body: Some(b"secret"),
    };
    assert!(!format!("{question:?}").contains("secret"));
}
