//! Records of real exchanges, kept, changed and read back.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

#[path = "../../tests/common/mod.rs"]
mod common;

use std::sync::Arc;

use common::{certificate, signature};
use lacre_core::exchange::{
    Chain, Channel, Closed, Exchange, ExchangeId, Failure, Policy, Record, Request, Response, Step,
};
use lacre_core::{At, Language, Profile, Reason, Trust, Verdict, sign_with};
use lacre_report::record::{Cell, RecordOutcome, RecordRow, Row, Seal, Side, json_line, messages, verify};

/// 2026-11-23T10:00:00Z.
const NOW_MS: i64 = 1_795_428_000_000;
const AT: At = At::UnixS(NOW_MS / 1000);

const PAYMENT: &str = concat!(
    r#"<Envelope xmlns="https://www.bcb.gov.br/pi/pibr.001/1.3"><AppHdr><Fr>12345678</Fr>"#,
    r#"<CreDt>2026-11-23T10:00:00.000Z</CreDt><Sgntr/></AppHdr><Document><Data>olá</Data></Document></Envelope>"#
);
const ENTRY: &str = "<CreateEntryRequest><Entry><Key>+5561988887777</Key></Entry></CreateEntryRequest>";
const ANSWER: &str =
    "<CreateEntryResponse><ResponseTime>2026-11-23T10:00:00.000Z</ResponseTime></CreateEntryResponse>";
const ENTRIES: &str = "/api/v2/entries";
const MESSAGES: &str = "/api/v1/in/12345678/msgs";
const STREAM: &str = "/api/v1/out/12345678/stream/start";

macro_rules! pair {
    ($name:literal) => {
        (
            include_str!(concat!("../../../tests/keys/", $name, ".pem")),
            include_str!(concat!("../../../tests/keys/", $name, ".key")),
        )
    };
}

fn signed(xml: &str, profile: Profile, (pem, key): (&str, &str)) -> Vec<u8> {
    sign_with(xml.as_bytes(), profile, &certificate(pem), |digest| Some(signature(key, digest))).unwrap()
}

fn trust(pem: &str) -> Trust {
    let mut trust = Trust::new();
    trust.add(certificate(pem));
    trust
}

fn bacen() -> Trust {
    trust(pair!("bacen").0)
}

fn own() -> Trust {
    trust(pair!("psp").0)
}

/// The sealed record of an exchange; without an answer BACEN was never reached.
fn kept(channel: Channel, method: &str, path: &str, body: &str, answer: Option<Response>) -> Row {
    let policy = Policy::new(channel, "pi.example", certificate(pair!("psp").0), Arc::new(bacen()));
    let request = Request::new(method, path, body);
    let exchange = Exchange::receive(&policy, ExchangeId::new("exchange-1").unwrap(), request, NOW_MS);
    let step = match exchange.open() {
        Step::Sign(signing) => {
            let by_psp = |digest| signature(pair!("psp").1, digest);
            let signatures: Vec<_> = signing.digests().iter().map(by_psp).collect();
            signing.finish(&signatures, NOW_MS)
        }
        step => step,
    };
    let Step::Send(sending) = step else { panic!("{step:?}") };
    let Closed { mut record, .. } = match answer {
        Some(answer) => sending.answered(answer, NOW_MS),
        None => sending.failed(Failure::NothingSent, NOW_MS),
    };
    Chain::new("chain-1").seal(&mut record);
    read_back(&record)
}

fn read_back(record: &Record) -> Row {
    Row::parse(&json_line(record)).unwrap()
}

fn answer(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Option<Response> {
    let headers = [("Content-Type", content_type)].into_iter().collect();
    Some(Response { status, headers, body: body.into() })
}

fn created() -> Option<Response> {
    answer(201, "application/xml", signed(ANSWER, Profile::Dict, pair!("bacen")))
}

/// The row with another value in one column, its seal as it was.
fn with(row: &Row, column: &str, cell: &Cell) -> Row {
    let columns = row
        .columns()
        .iter()
        .map(|(name, old)| (name.clone(), if name == column { cell.clone() } else { old.clone() }));
    Row::new(columns.collect())
}

fn replaced(row: &Row, column: &str, from: &str, to: &str) -> Row {
    let text = row.text(column).unwrap();
    assert!(text.contains(from), "{column} has no {from}");
    with(row, column, &Cell::Text(text.replace(from, to)))
}

fn found(outcome: &RecordOutcome) -> (Option<Verdict>, Option<Reason>, Option<Side>, Seal) {
    (outcome.verdict(), outcome.error.map(|error| error.reason()), outcome.side, outcome.seal)
}

#[test]
fn a_record_as_it_was_kept_proves_both_sides() {
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    let outcome = verify(&row, &bacen(), &own(), AT);
    assert_eq!(found(&outcome), (Some(Verdict::Valid), None, None, Seal::Holds));
    assert_eq!(outcome.recorded_verdict.as_deref(), Some("valid"));
    assert_eq!(outcome.messages.iter().map(|message| message.side).collect::<Vec<_>>(), Side::BOTH);
    let kept = messages(&row).unwrap();
    assert!(kept[0].octets.starts_with(b"<CreateEntryRequest>"));
    assert_eq!(kept[1].octets, signed(ANSWER, Profile::Dict, pair!("bacen")));
}

#[test]
fn without_certificates_of_its_own_only_answers_are_judged() {
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    let outcome = verify(&row, &bacen(), &Trust::new(), AT);
    assert_eq!(outcome.verdict(), Some(Verdict::Valid));
    assert_eq!(outcome.messages.len(), 1);
}

#[test]
fn the_institution_cannot_stand_in_for_bacen() {
    let forged = answer(201, "application/xml", signed(ANSWER, Profile::Dict, pair!("psp")));
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, forged);
    let outcome = verify(&row, &bacen(), &own(), AT);
    let unknown = Some(Reason::CertificateUnknown);
    assert_eq!(found(&outcome), (Some(Verdict::Indeterminate), unknown, Some(Side::Response), Seal::Holds));
}

#[test]
fn a_change_is_found_on_its_side_and_by_the_seal() {
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    for (column, side) in [("request_body", Side::Request), ("response_body", Side::Response)] {
        let changed = replaced(&row, column, "CreateEntry", "DeleteEntry");
        let outcome = verify(&changed, &bacen(), &own(), AT);
        let mismatch = Some(Reason::DigestMismatch);
        assert_eq!(found(&outcome), (Some(Verdict::Invalid), mismatch, Some(side), Seal::Broken));
    }
    let moved = replaced(&row, "request_date", "2026", "2025");
    let outcome = verify(&moved, &bacen(), &own(), AT);
    assert_eq!(found(&outcome), (Some(Verdict::Invalid), Some(Reason::RecordSeal), None, Seal::Broken));
}

#[test]
fn a_broken_seal_weighs_more_than_an_unknown_certificate() {
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    let moved = replaced(&row, "request_date", "2026", "2025");
    assert_eq!(verify(&moved, &own(), &own(), AT).error.unwrap().reason(), Reason::RecordSeal);
}

#[test]
fn each_part_of_a_stream_is_judged() {
    let message = signed(PAYMENT, Profile::Spi, pair!("bacen"));
    let mut body = Vec::new();
    for _ in 0..3 {
        body.extend(b"--b\r\nContent-Type: application/xml\r\n\r\n");
        body.extend(&message);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    let row = kept(Channel::Spi, "GET", STREAM, "", answer(200, "multipart/mixed; boundary=b", body));
    let outcome = verify(&row, &bacen(), &own(), AT);
    assert_eq!(outcome.verdict(), Some(Verdict::Valid));
    assert_eq!(outcome.messages.iter().map(|message| message.part).collect::<Vec<_>>(), [1, 2, 3].map(Some));
    let text = row.text("response_body").unwrap();
    let second = text.match_indices("olá").nth(1).unwrap().0;
    let changed = format!("{}ola!{}", &text[..second], &text[second + "olá".len()..]);
    let outcome = verify(&with(&row, "response_body", &Cell::Text(changed)), &bacen(), &own(), AT);
    assert_eq!(outcome.error.unwrap().place().part, Some(2));
    let verdicts: Vec<_> = outcome.messages.iter().map(|message| message.outcome.verdict()).collect();
    assert_eq!(verdicts, [Verdict::Valid, Verdict::Invalid, Verdict::Valid]);
}

#[test]
fn what_needed_no_proof_has_no_verdict() {
    let accepted = kept(Channel::Spi, "POST", MESSAGES, PAYMENT, answer(201, "text/plain", ""));
    assert_eq!(verify(&accepted, &bacen(), &Trust::new(), AT).verdict(), None);
    let refused = kept(Channel::Dict, "GET", "/api/v2/entries/x", "", answer(404, "text/html", "<p>no"));
    let outcome = verify(&refused, &bacen(), &own(), AT);
    assert_eq!((outcome.verdict(), outcome.messages[0].required), (None, false));
    let unreached = kept(Channel::Spi, "POST", MESSAGES, PAYMENT, None);
    assert_eq!(verify(&unreached, &bacen(), &own(), AT).verdict(), None);
}

#[test]
fn an_answer_that_was_taken_out_is_missed() {
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    let outcome = verify(&with(&row, "response_body", &Cell::Null), &bacen(), &own(), AT);
    assert_eq!(outcome.error.unwrap().reason(), Reason::BodyPresence);
}

#[test]
fn a_body_that_is_kept_elsewhere_is_said_to_be_there() {
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    let object = with(&row, "response_body_encoding", &Cell::Text("object".to_owned()));
    let outcome = verify(&object, &bacen(), &Trust::new(), AT);
    assert_eq!((outcome.elsewhere.as_slice(), outcome.messages.len()), (&[Side::Response][..], 0));
}

#[test]
fn archives_of_the_sample_have_fewer_columns() {
    let row = kept(
        Channel::Spi,
        "GET",
        STREAM,
        "",
        answer(200, "application/xml", signed(PAYMENT, Profile::Spi, pair!("bacen"))),
    );
    let old: Vec<_> = row.columns().iter().take(9).cloned().collect();
    let outcome = verify(&Row::new(old), &bacen(), &own(), AT);
    assert_eq!(found(&outcome), (Some(Verdict::Valid), None, None, Seal::Absent));
    assert_eq!((outcome.channel, outcome.recorded_verdict.as_deref()), (Some(Channel::Spi), Some("valid")));
}

/// A reader that takes the first of two columns and one that takes the last would see two records, and the seal covers both.
#[test]
fn a_column_that_stands_twice_hides_nothing() {
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    for column in ["response_status_code", "request_sent_ms", "request_header"] {
        let hiding = [(column.to_owned(), Cell::Null)];
        let twice = Row::new(hiding.into_iter().chain(row.columns().iter().cloned()).collect());
        assert_eq!(Seal::of(&twice), Seal::Holds);
        assert_eq!(
            verify(&twice, &bacen(), &own(), AT).error.unwrap().reason(),
            Reason::RecordColumns,
            "{column}"
        );
        assert_eq!(messages(&twice).unwrap_err().reason(), Reason::RecordColumns);
    }
}

#[test]
fn an_answer_without_a_status_is_no_record() {
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    let old = row.columns().iter().take(9).cloned().collect();
    for status in [Cell::Null, Cell::Text("200 OK".to_owned()), Cell::Integer(65_736)] {
        let outcome =
            verify(&with(&Row::new(Vec::clone(&old)), "response_status_code", &status), &bacen(), &own(), AT);
        assert_eq!(outcome.error.map(|error| error.reason()), Some(Reason::RecordColumns), "{status:?}");
    }
}

#[test]
fn an_archive_that_keeps_all_columns_as_text_is_judged_like_any_other() {
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    let text = |cell: &Cell| match cell {
        Cell::Integer(integer) => Cell::Text(integer.to_string()),
        cell => cell.clone(),
    };
    let columns = row.columns().iter().filter(|(name, _)| name != "chain_hash");
    let texts = Row::new(columns.map(|(name, cell)| (name.clone(), text(cell))).collect());
    let outcome = verify(&texts, &bacen(), &own(), AT);
    assert_eq!((outcome.verdict(), outcome.messages.len()), (Some(Verdict::Valid), 2));
}

#[test]
fn what_is_no_record_says_so() {
    for line in [&b"{}"[..], b"{\"channel\":\"x\",\"request_method\":\"GET\"}", b"{\"a\":1}"] {
        let outcome = verify(&Row::parse(line).unwrap(), &bacen(), &own(), AT);
        assert_eq!(outcome.error.unwrap().reason(), Reason::RecordColumns);
    }
    for line in [&b"[]"[..], b"", b"{\"a\":1.5}", b"{\"a\":{}}", b"{\"a\":1"] {
        assert!(Row::parse(line).is_err());
    }
}

#[test]
fn a_row_tells_all_of_it_in_json() {
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    let changed = replaced(&row, "response_body", "CreateEntry", "DeleteEntry");
    let outcome = verify(&changed, &bacen(), &own(), AT);
    let json = serde_json::to_value(RecordRow::new("a.parquet", 7, &outcome, Language::PtBr)).unwrap();
    for (pointer, expected) in [
        ("/file", "a.parquet"),
        ("/exchange_id", "exchange-1"),
        ("/verdict", "invalid"),
        ("/code", "digest-mismatch"),
        ("/side", "response"),
        ("/seal", "broken"),
        ("/messages/0/side", "request"),
        ("/messages/0/verdict", "valid"),
        ("/messages/1/verdict", "invalid"),
    ] {
        assert_eq!(json.pointer(pointer).and_then(|value| value.as_str()), Some(expected), "{pointer}");
    }
    assert_eq!(json["row"], 7);
    assert!(json["help"].as_str().unwrap().contains("assina"), "{}", json["help"]);
}
