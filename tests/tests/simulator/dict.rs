//! DICT: entries, claims, signatures, and what it refuses.

use std::process::Command;

use http::{Method, Request};
use hyper::body::Bytes;
use lacre_core::{Profile, Reason, Verdict};
use lacre_native::bacen::TransportKind;
use lacre_simulator::Fault;
use lacre_simulator::samples;

use crate::world::{World, bacen_certificate_pem, field, header, problem, send, try_send};

const KEY: &str = "/api/v2/entries/helena.prado%40pix.example";

#[tokio::test]
async fn an_entry_is_created_read_changed_and_removed() {
    let world = World::start().await;
    let psp = &world.one;
    let created = psp.write(Method::POST, "/api/v2/entries/", &samples::create_entry(&psp.ispb)).await;
    let xml = world.dict(&created, 201);
    assert!(
        xml.starts_with("<CreateEntryResponse><ds:Signature xmlns:ds="),
        "BACEN's place and prefix: {xml}"
    );
    assert!(
        xml.contains("<ds:KeyInfo Id=\"key-info-id\">")
            && xml.contains("CN=Autoridade Certificadora de Teste")
    );
    assert_eq!((field(&xml, "Key"), field(&xml, "Participant")), (samples::KEY, "12345678"));
    assert_eq!(field(&xml, "CorrelationId").len(), 32);

    let read = psp.read(KEY).await;
    let xml = world.dict(&read, 200);
    assert_eq!(field(&xml, "AccountNumber"), "0007654321");
    assert!(header(&read, "cache-control").contains("max-age"));
    assert_eq!(header(&read, "keep-alive"), "timeout=15");
    assert!(!xml.contains("Statistics"));
    let with_statistics = world.dict(&psp.read(&format!("{KEY}?IncludeStatistics=true")).await, 200);
    for (whose, accounts) in [("Owner", "RegisteredAccounts"), ("Key", "DistinctAccounts")] {
        let (_, rest) = with_statistics.split_once(&format!("<{whose}Statistics>")).unwrap();
        let (statistics, _) = rest.split_once(&format!("</{whose}Statistics>")).unwrap();
        let mut rest = statistics;
        for part in [
            "<Spi><Watermark>",
            "<FraudMarkers><Watermark>",
            "<InfractionReports><Watermark>",
            "<Entries><Watermark>",
        ] {
            rest = rest.split_once(part).unwrap_or_else(|| panic!("{part}: {statistics}")).1;
        }
        assert!(
            statistics.contains("<OpenReportsDistinctReporters>0<")
                && statistics.contains("<RejectedReports d90=\"0\"")
        );
        assert!(rest.contains(&format!("<{accounts}>0</{accounts}></Entries>")), "{statistics}");
    }

    let updated = psp.write(Method::PUT, KEY, &samples::update_entry(&psp.ispb)).await;
    assert_eq!(field(&world.dict(&updated, 200), "AccountNumber"), "0009081726");

    let deleted = psp.write(Method::POST, &format!("{KEY}/delete"), &samples::delete_entry(&psp.ispb)).await;
    assert_eq!(field(&world.dict(&deleted, 200), "Key"), samples::KEY);
    assert_eq!(problem(&psp.read(KEY).await), (404, "NotFound".to_owned()));
}

#[tokio::test]
async fn errors_are_signed_where_that_is_asked_for() {
    for signed in [false, true] {
        let world = World::start_with(|config| config.signed_errors = signed).await;
        let answer = world.one.read(KEY).await;
        assert_eq!(problem(&answer), (404, "NotFound".to_owned()));
        assert_eq!(world.verify(answer.body(), Profile::Dict).is_ok(), signed);
    }
}

#[tokio::test]
async fn keys_are_checked_unsigned_on_both_paths() {
    let world = World::start().await;
    for path in ["/api/v2/keys/check", "/api-np/v2/keys/check"] {
        let body = samples::check_keys().as_bytes().to_vec();
        let xml = world.dict(&world.one.write_as_is(Method::POST, path, body).await, 200);
        assert!(xml.contains("<Key hasEntry=\"true\">+5571999990042</Key>"), "{xml}");
        assert!(xml.contains("<Key hasEntry=\"false\">ninguem@pix.example</Key>"));
    }
}

#[tokio::test]
async fn a_body_without_a_good_signature_is_refused() {
    let world = World::start().await;
    let psp = &world.one;
    let unsigned = samples::create_entry(&psp.ispb);
    let signed = String::from_utf8(psp.sign(&unsigned, Profile::Dict)).unwrap();
    let empty_signature = unsigned.clone();
    let bodies = [
        (unsigned.replace("<Signature></Signature>", ""), "unsigned"),
        (empty_signature, ""),
        (signed.replace("0007654321", "0007654322"), "digest-mismatch"),
        (signed.replace("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"), ""),
        (String::from_utf8(world.other.sign(&unsigned, Profile::Dict)).unwrap(), "signer"),
        ("<CreateEntryRequest>".to_owned(), ""),
        (String::new(), ""),
    ];
    for (body, reason) in bodies {
        let refused = psp.write_as_is(Method::POST, "/api/v2/entries/", body.into_bytes()).await;
        assert_eq!(problem(&refused), (400, "RequestSignatureInvalid".to_owned()));
        let text = core::str::from_utf8(refused.body()).unwrap();
        assert!(field(text, "reason").starts_with(reason), "{text}");
        assert_eq!(field(text, "correlationId").len(), 32);
    }
    assert_eq!(problem(&psp.read(KEY).await), (404, "NotFound".to_owned()));
}

#[tokio::test]
async fn one_participant_walks_a_claim_with_a_virtual_donor() {
    let world = World::start().await;
    let psp = &world.one;
    let created = psp.write(Method::POST, "/api/v2/claims/", &samples::create_claim(&psp.ispb)).await;
    let xml = world.dict(&created, 201);
    assert_eq!((field(&xml, "Status"), field(&xml, "DonorParticipant")), ("OPEN", samples::VIRTUAL_RECEIVER));
    let id = field(&xml, "Id").to_owned();
    let path = format!("/api/v2/claims/{id}");
    assert_eq!(field(&world.dict(&psp.read(&path).await, 200), "Status"), "CONFIRMED");
    let complete = samples::complete_claim(&psp.ispb, &id);
    let completed = psp.write(Method::POST, &format!("{path}/complete"), &complete).await;
    let xml = world.dict(&completed, 200);
    assert_eq!(field(&xml, "Status"), "COMPLETED");
    assert!(!field(&xml, "EntryCreationDate").is_empty() && !field(&xml, "KeyOwnershipDate").is_empty());
    let entry = world.dict(&psp.read("/api/v2/entries/%2B5531988880117").await, 200);
    assert_eq!(field(&entry, "Participant"), "12345678");
}

#[tokio::test]
async fn two_participants_walk_a_claim_from_open_to_completed() {
    let world = World::start().await;
    let (donor, claimer) = (&world.one, &world.other);
    let entry = samples::create_entry(&donor.ispb);
    world.dict(&donor.write(Method::POST, "/api/v2/entries", &entry).await, 201);
    let claim = samples::create_claim(&claimer.ispb)
        .replace(samples::KEY_CLAIMED, samples::KEY)
        .replace("PHONE", "EMAIL");
    let xml = world.dict(&claimer.write(Method::POST, "/api/v2/claims/", &claim).await, 201);
    let id = field(&xml, "Id").to_owned();
    let path = format!("/api/v2/claims/{id}");

    let list = "/api/v2/claims/?Participant=12345678&IsDonor=true&Status=OPEN,WAITING_RESOLUTION&Limit=5";
    let listed = world.dict(&donor.read(list).await, 200);
    assert!(listed.contains(&id) && field(&listed, "HasMoreElements") == "false");
    assert_eq!(problem(&claimer.read(list).await), (403, "Forbidden".to_owned()));

    let early = samples::confirm_claim(&donor.ispb, &id);
    let refused = donor.write(Method::POST, &format!("{path}/confirm"), &early).await;
    assert_eq!(problem(&refused), (400, "ClaimOperationInvalid".to_owned()));

    let acknowledge = samples::acknowledge_claim(&donor.ispb, &id);
    let answer = donor.write(Method::POST, &format!("{path}/acknowledge"), &acknowledge).await;
    let xml = world.dict(&answer, 200);
    assert!(xml.starts_with("<AcknowledgeClaimResponse>"));
    assert_eq!(field(&xml, "Status"), "WAITING_RESOLUTION");
    let answer = donor.write(Method::POST, &format!("{path}/confirm"), &early).await;
    let xml = world.dict(&answer, 200);
    assert_eq!((field(&xml, "Status"), field(&xml, "ConfirmReason")), ("CONFIRMED", "USER_REQUESTED"));
    let complete = samples::complete_claim(&claimer.ispb, &id);
    let answer = claimer.write(Method::POST, &format!("{path}/complete"), &complete).await;
    assert_eq!(field(&world.dict(&answer, 200), "Status"), "COMPLETED");
    assert_eq!(field(&world.dict(&donor.read(KEY).await, 200), "Participant"), "87654321");
}

#[tokio::test]
async fn a_claim_is_cancelled_and_the_key_is_free_again() {
    let world = World::start().await;
    let (donor, claimer) = (&world.one, &world.other);
    world.dict(&donor.write(Method::POST, "/api/v2/entries", &samples::create_entry(&donor.ispb)).await, 201);
    let claim = samples::create_claim(&claimer.ispb)
        .replace(samples::KEY_CLAIMED, samples::KEY)
        .replace("PHONE", "EMAIL");
    let xml = world.dict(&claimer.write(Method::POST, "/api/v2/claims/", &claim).await, 201);
    let id = field(&xml, "Id").to_owned();
    let delete = samples::delete_entry(&donor.ispb);
    let locked = donor.write(Method::POST, &format!("{KEY}/delete"), &delete).await;
    assert_eq!(problem(&locked), (400, "EntryLockedByClaim".to_owned()));
    let cancel = samples::cancel_claim(&claimer.ispb, &id);
    let path = format!("/api/v2/claims/{id}/cancel");
    let xml = world.dict(&claimer.write(Method::POST, &path, &cancel).await, 200);
    assert_eq!((field(&xml, "Status"), field(&xml, "CancelledBy")), ("CANCELLED", "CLAIMER"));
    world.dict(&donor.write(Method::POST, &format!("{KEY}/delete"), &delete).await, 200);
}

#[tokio::test]
async fn what_is_not_asked_properly_is_refused_by_its_kind() {
    let world = World::start().await;
    let psp = &world.one;
    let held = "/api/v2/entries/%2B5571999990042";
    let without = |name: &str| {
        let mut request = psp.reading(held).body(Bytes::new()).unwrap();
        request.headers_mut().remove(name).unwrap();
        request
    };
    for name in ["pi-requestingparticipant", "pi-payerid", "pi-endtoendid"] {
        let refused = send(&psp.dict, without(name)).await;
        assert_eq!(problem(&refused), (400, "BadRequest".to_owned()), "{name}");
    }
    let mut foreign = without("pi-requestingparticipant");
    foreign.headers_mut().insert("pi-requestingparticipant", "87654321".parse().unwrap());
    assert_eq!(problem(&send(&psp.dict, foreign).await), (403, "Forbidden".to_owned()));
    for (path, status, kind) in [
        ("/api/v2/entries/71999990042x", 400, "BadRequest"),
        ("/api/v2/entries/%zz", 404, "NotFound"),
        ("/api/v2/entries/%2B5571900000000", 404, "NotFound"),
        ("/api/v2/claims/5a1f0c6e-7b39-4d0a-9c3d-2f1f6a8e4b70", 404, "NotFound"),
        ("/api/v2/claims/?Participant=12345678&Limit=201", 400, "BadRequest"),
        ("/api/v2/claims/?Participant=12345678&Status=LOST", 400, "BadRequest"),
        ("/api/v2/claims/", 400, "BadRequest"),
        ("/api/v2/keys/check", 405, "MethodNotAllowed"),
        ("/api/v2/refunds/", 501, "NotImplemented"),
        ("/api/v2/entries/%2B5571999990042/statistics", 501, "NotImplemented"),
        ("/api/v2/persons/71460238001/statistics", 501, "NotImplemented"),
        ("/api/v2/entries/%2B5571999990042/delete", 405, "MethodNotAllowed"),
        ("/api/v1/entries/x", 404, "NotFound"),
        ("/", 404, "NotFound"),
    ] {
        assert_eq!(problem(&psp.read(path).await), (status, kind.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn bodies_of_the_wrong_kind_are_refused() {
    let world = World::start().await;
    let psp = &world.one;
    let post = |content_type: &str, body: Vec<u8>| {
        Request::post("/api/v2/keys/check")
            .header("content-type", content_type)
            .body(Bytes::from(body))
            .unwrap()
    };
    let plain = send(&psp.dict, post("text/plain", samples::check_keys().into())).await;
    assert_eq!(problem(&plain), (415, "UnsupportedMediaType".to_owned()));
    let mut packed = post("application/xml", samples::check_keys().into());
    packed.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    assert_eq!(problem(&send(&psp.dict, packed).await), (400, "BadRequest".to_owned()));
    let large = send(&psp.dict, post("application/xml", vec![b' '; 300 << 10])).await;
    assert_eq!(large.status().as_u16(), 413);
    let deep = "<a>".repeat(60_000);
    let too_many =
        format!("<CheckKeysRequest><Keys>{}</Keys></CheckKeysRequest>", "<Key>x</Key>".repeat(201));
    let entity =
        "<!DOCTYPE a [<!ENTITY e \"x\">]><CheckKeysRequest><Keys><Key>&e;</Key></Keys></CheckKeysRequest>";
    for body in [
        "<DeleteEntryRequest/>".to_owned(),
        format!("<CheckKeysRequest><Keys>{deep}"),
        format!("<CheckKeysRequest>{deep}"),
        too_many,
        "<CheckKeysRequest><Keys/></CheckKeysRequest>".to_owned(),
        entity.to_owned(),
        "\u{0}".to_owned(),
    ] {
        let refused = send(&psp.dict, post("application/xml", body.into_bytes())).await;
        assert_eq!(problem(&refused), (400, "BadRequest".to_owned()));
    }
    let wrong_root = psp.write(Method::PUT, KEY, &samples::create_entry(&psp.ispb)).await;
    assert_eq!(problem(&wrong_root), (400, "BadRequest".to_owned()));
}

#[tokio::test]
async fn an_answer_is_packed_for_who_asks() {
    let world = World::start().await;
    let request = world.one.reading("/api/v2/entries/%2B5571999990042").header("accept-encoding", "gzip");
    let answer = send(&world.one.dict, request.body(Bytes::new()).unwrap()).await;
    assert_eq!(header(&answer, "content-encoding"), "gzip");
    assert_eq!(field(&world.dict(&answer, 200), "Name"), "Caio Menezes Aratu");
}

#[tokio::test]
async fn a_tampered_answer_does_not_verify_and_the_next_one_does() {
    let world = World::start_with(|config| config.faults.push(Fault::TamperNextAnswer)).await;
    let path = "/api/v2/entries/%2B5571999990042";
    let tampered = world.one.read(path).await;
    assert_eq!(tampered.status().as_u16(), 200);
    let error = world.verify(tampered.body(), Profile::Dict).unwrap_err();
    assert_eq!((error.verdict(), error.reason()), (Verdict::Invalid, Reason::DigestMismatch));
    world.dict(&world.one.read(path).await, 200);
    world.running.faults().ask(Fault::TamperNextAnswer);
    assert!(world.verify(world.one.read(path).await.body(), Profile::Dict).is_err());
}

#[tokio::test]
async fn a_dropped_connection_leaves_the_sender_in_doubt() {
    let world = World::start_with(|config| config.faults.push(Fault::DropConnection)).await;
    let psp = &world.one;
    let body = psp.sign(&samples::create_entry(&psp.ispb), Profile::Dict);
    let request = Request::post("/api/v2/entries/").header("content-type", "application/xml");
    let error = try_send(&psp.dict, request.body(body.into()).unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), TransportKind::MaybeSent);
    // It was obeyed all the same.
    world.dict(&psp.read(KEY).await, 200);
}

#[tokio::test]
async fn xmlsec1_agrees_that_an_answer_is_signed() {
    if !lacre_tests::require("xmlsec1") {
        return;
    }
    let world = World::start().await;
    let answer = world.one.read("/api/v2/entries/%2B5571999990042").await;
    let xml = world.dict(&answer, 200);
    let folder = tempfile::tempdir().unwrap();
    let [message, certificate] = ["answer.xml", "bacen.pem"].map(|name| folder.path().join(name));
    std::fs::write(&certificate, bacen_certificate_pem()).unwrap();
    let verify = |xml: &str| {
        std::fs::write(&message, xml).unwrap();
        let mut xmlsec1 = Command::new("xmlsec1");
        xmlsec1.args(["--verify", "--id-attr:Id", "KeyInfo", "--pubkey-cert-pem"]);
        xmlsec1.arg(&certificate).arg(&message).output().unwrap().status.success()
    };
    assert!(verify(&xml));
    assert!(!verify(&xml.replace("0000442018", "0000442019")));
}

#[tokio::test]
async fn faults_that_follow_each_other_each_happen_to_a_request_of_its_own() {
    let faults = [
        Fault::TamperNextAnswer,
        Fault::GzipDamaged,
        Fault::TamperNextAnswer,
        Fault::DropConnection,
        Fault::TooManyRequests,
    ];
    let world = World::start_with(|config| config.faults.extend(faults)).await;
    let path = "/api/v2/entries/%2B5571999990042";
    for round in 0..2 {
        let tampered = world.one.read(path).await;
        assert_eq!(tampered.status().as_u16(), 200);
        assert!(world.verify(tampered.body(), Profile::Dict).is_err(), "round {round}");
        let spoiled = world.one.reading(path).body(Bytes::new()).unwrap();
        match try_send(&world.one.dict, spoiled).await {
            Ok(answer) => assert_eq!((round, header(&answer, "content-encoding")), (0, "gzip")),
            Err(error) => assert_eq!((round, error.kind()), (1, TransportKind::MaybeSent), "{error}"),
        }
    }
    assert_eq!(world.one.read(path).await.status().as_u16(), 429);
    world.dict(&world.one.read(path).await, 200);
}
