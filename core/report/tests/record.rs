//! Records of real exchanges, kept, changed and read back.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

#[path = "../../tests/common/mod.rs"]
mod common;

use std::sync::Arc;

use common::{certificate, signature};
use lacre_core::exchange::chain::link_hash;
use lacre_core::exchange::{
    Chain, Channel, Closed, Exchange, ExchangeId, Failure, Policy, Record, Request, Response, Rules, Step,
    gzip_packed,
};
use lacre_core::{At, Ispb, Language, Profile, Reason, Trust, Verdict, inspect, sign_with};
use lacre_report::record::{
    Cell, RecordCounts, RecordOutcome, RecordRow, Row, RowFault, Seal, Side, Standing, json_line, messages,
    verify,
};

/// 2026-11-23T10:00:00Z.
const NOW_MS: i64 = 1_795_428_000_000;
const AT: At = At::UnixS(NOW_MS / 1000);

const PAYMENT: &str = concat!(
    r#"<Envelope xmlns="https://www.bcb.gov.br/pi/pibr.001/1.3"><AppHdr><Fr>12345678</Fr>"#,
    r#"<CreDt>2026-11-23T10:00:00.000Z</CreDt><Sgntr/></AppHdr><Document><Data>olá</Data></Document></Envelope>"#
);
const ENTRY: &str = "<CreateEntryRequest><Entry><Key>+5561988887777</Key></Entry></CreateEntryRequest>";
const ANSWER: &str = concat!(
    "<CreateEntryResponse><ResponseTime>2026-11-23T10:00:00.000Z</ResponseTime>",
    "<Entry><Key>+5561988887777</Key></Entry></CreateEntryResponse>"
);
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

/// A message of BACEN's own.
fn from_bacen() -> Vec<u8> {
    let from = PAYMENT.replace("<Fr>12345678</Fr>", "<Fr>00038166</Fr><To>12345678</To>");
    signed(&from, Profile::Spi, pair!("bacen"))
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
    let message = from_bacen();
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
    let row = kept(Channel::Spi, "GET", STREAM, "", answer(200, "application/xml", from_bacen()));
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

/// The row with these cells, sealed anew as whoever can write could.
fn sealed(row: &Row, cells: &[(&str, Cell)]) -> Row {
    let columns = row.columns().iter().filter(|(name, _)| name != "chain_hash");
    let changed = columns.map(|(name, old)| {
        let new = cells.iter().find(|(column, _)| column == name).map(|(_, cell)| cell);
        (name.clone(), new.unwrap_or(old).clone())
    });
    let mut columns: Vec<_> = changed.collect();
    let hash = lacre_report::hex(&link_hash(Row::new(columns.clone()).values()));
    columns.push(("chain_hash".to_owned(), Cell::Text(hash)));
    Row::new(columns)
}

/// A record as versions before `rules_version` wrote it.
fn old(row: &Row) -> Row {
    let columns = row.columns().iter().filter(|(name, _)| name != "rules_version").cloned().collect();
    sealed(&Row::new(columns), &[])
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

#[test]
fn a_record_without_a_version_of_its_rules_is_judged_by_the_first() {
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    assert_eq!(row.integer("rules_version"), Some(2));
    for (row, rules) in [(row.clone(), Rules::Second), (old(&row), Rules::First)] {
        let outcome = verify(&row, &bacen(), &own(), AT);
        assert_eq!(
            (outcome.rules, outcome.seal, outcome.verdict()),
            (Some(rules), Seal::Holds, Some(Verdict::Valid))
        );
    }
    for unknown in [Cell::Integer(3), Cell::Integer(0), text("newest")] {
        let outcome = verify(&sealed(&row, &[("rules_version", unknown)]), &bacen(), &own(), AT);
        assert_eq!(
            found(&outcome),
            (Some(Verdict::Indeterminate), Some(Reason::RecordRules), None, Seal::Holds)
        );
    }
    let moved = with(&row, "rules_version", &Cell::Integer(1));
    assert_eq!(Seal::of(&moved), Seal::Broken, "the seal covers the version");
}

#[test]
fn an_answer_to_another_question_is_invalid_and_stricter_since_for_the_first_rules() {
    let mismatch = Some(Reason::AnswerMismatch);
    let foreign = signed(&ANSWER.replace("7777", "7778"), Profile::Dict, pair!("bacen"));
    // As the exchange withheld it, and as somebody put it into the record of an answer that was handed on.
    let withheld =
        kept(Channel::Dict, "POST", ENTRIES, ENTRY, answer(201, "application/xml", foreign.clone()));
    assert_eq!(withheld.text("outcome"), Some("answer-refused"));
    let outcome = verify(&withheld, &bacen(), &own(), At::Message);
    let reason = |outcome: &RecordOutcome| outcome.error.map(|error| error.reason());
    assert_eq!((outcome.verdict(), reason(&outcome)), (Some(Verdict::Invalid), mismatch));
    assert!(!outcome.recorded_otherwise, "as it was judged live");
    let whole = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    let swapped = [("response_body", text(core::str::from_utf8(&foreign).unwrap()))];
    let swapped = sealed(&whole, &swapped);
    let outcome = verify(&swapped, &bacen(), &own(), At::Message);
    assert_eq!((reason(&outcome), outcome.recorded_otherwise), (mismatch, true));
    let outcome = verify(&old(&swapped), &bacen(), &own(), At::Message);
    assert_eq!(outcome.verdict(), Some(Verdict::Valid));
    let (side, error) = outcome.stricter_since.unwrap();
    assert_eq!((side, error.reason()), (Side::Response, Reason::AnswerMismatch));
    // A body that is kept elsewhere binds nothing; what the path names still does.
    let elsewhere = [("request_body", text("sha256:00")), ("request_body_encoding", text("object"))];
    let outcome = verify(&sealed(&swapped, &elsewhere), &bacen(), &own(), At::Message);
    assert_eq!(reason(&outcome), None);
}

#[test]
fn who_speaks_was_not_asked_by_the_first_rules() {
    let other = Ispb::new("87654321").unwrap();
    let mut theirs = Trust::new();
    theirs.add_for(certificate(pair!("bacen").0), other);
    let row = kept(Channel::Spi, "GET", STREAM, "", answer(200, "application/xml", from_bacen()));
    let outcome = verify(&row, &theirs, &own(), At::Message);
    let reason = |outcome: &RecordOutcome| outcome.error.map(|error| error.reason());
    assert_eq!(reason(&outcome), Some(Reason::SenderMismatch));
    let outcome = verify(&old(&row), &theirs, &own(), At::Message);
    assert_eq!(outcome.verdict(), Some(Verdict::Valid));
    assert_eq!(outcome.stricter_since.map(|(_, error)| error.reason()), Some(Reason::SenderMismatch));
    // What the first rules did ask still counts.
    let late = At::UnixS(7_258_118_400);
    assert_eq!(reason(&verify(&old(&row), &theirs, &own(), late)), Some(Reason::CertificateExpired));
}

#[test]
fn a_value_that_a_comment_splits_was_withheld_and_its_signature_holds() {
    let split = String::from_utf8(from_bacen()).unwrap().replace("olá", "o<!-- -->lá");
    let row = kept(Channel::Spi, "GET", STREAM, "", answer(200, "application/xml", split));
    assert_eq!(
        (row.text("outcome"), row.text("outcome_reason"), row.text("response_signature_verdict")),
        (Some("answer-refused"), Some("value-interrupted"), Some("valid"))
    );
    let outcome = verify(&row, &bacen(), &own(), At::Message);
    assert_eq!((outcome.verdict(), outcome.recorded_otherwise), (Some(Verdict::Valid), false));
    let told = serde_json::to_value(RecordRow::new("f", 0, &outcome, Language::En)).unwrap();
    assert_eq!(told["messages"][0]["notes"][0]["value"], "olá");
}

/// Whoever signs an answer chooses the time that stands in it.
#[test]
fn an_answer_is_judged_when_it_was_received_whatever_time_it_claims() {
    /// 2200-01-01: after the end of every certificate here.
    const LATE_MS: i64 = 7_258_118_400_000;
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    let expired = (Some(Verdict::Indeterminate), Some(Reason::CertificateExpired));
    let judged = |row: &Row, at| {
        let outcome = verify(row, &bacen(), &own(), at);
        (outcome.verdict(), outcome.error.map(|error| error.reason()), outcome.side)
    };
    assert_eq!(judged(&row, At::Message).0, Some(Verdict::Valid));
    let answered_late = sealed(&row, &[("response_received_ms", Cell::Integer(LATE_MS))]);
    assert_eq!(judged(&answered_late, At::Message), (expired.0, expired.1, Some(Side::Response)));
    assert_eq!(judged(&answered_late, AT).0, Some(Verdict::Valid), "an instant that is asked for decides");
    let sent_late = sealed(&row, &[("request_sent_ms", Cell::Integer(LATE_MS))]);
    assert_eq!(judged(&sent_late, At::Message), (expired.0, expired.1, Some(Side::Request)));
    let sample: Vec<_> = answered_late.columns().iter().take(9).cloned().collect();
    let late = with(&Row::new(sample.clone()), "request_date", &text("2200-01-01T00:00:00Z"));
    assert_eq!(judged(&Row::new(sample), At::Message).0, Some(Verdict::Valid));
    assert_eq!(judged(&late, At::Message).0, expired.0, "the sample's records have the request's date alone");
}

#[test]
fn an_error_that_bacen_signed_is_judged_when_it_was_received() {
    let problem =
        "<problem xmlns=\"urn:ietf:rfc:7807\"><title>Not found</title><status>404</status></problem>";
    let signed = signed(problem, Profile::Dict, pair!("bacen"));
    let row =
        kept(Channel::Dict, "GET", "/api/v2/entries/x", "", answer(404, "application/problem+xml", signed));
    let outcome = verify(&row, &bacen(), &own(), At::Message);
    assert_eq!((outcome.verdict(), outcome.recorded_otherwise), (Some(Verdict::Valid), false));
}

/// What the exchange refused before it looked at a message, the archive refuses for the same reason.
#[test]
fn an_honest_refusal_is_no_record_that_says_something_else() {
    let signed = signed(ANSWER, Profile::Dict, pair!("bacen"));
    let forged = self::signed(ANSWER, Profile::Dict, pair!("psp"));
    let packed = gzip_packed(&signed);
    let bomb = gzip_packed(&vec![b' '; lacre_core::limits::UNPACKED_BYTES_MAX + 1]);
    let xml = ("content-type", "application/xml");
    type Case<'c> = (&'c str, u16, &'c [(&'c str, &'c str)], &'c [u8]);
    let cases: [Case<'_>; 13] = [
        ("honest", 201, &[xml], &signed),
        ("honest, packed", 201, &[xml, ("content-encoding", "gzip")], &packed),
        ("a label alone", 201, &[xml, ("content-encoding", "gzip")], &signed),
        ("cut", 201, &[xml, ("content-encoding", "gzip")], &packed[..packed.len() - 9]),
        ("a bomb", 201, &[xml, ("content-encoding", "gzip")], &bomb),
        ("another coding", 201, &[xml, ("content-encoding", "br")], &signed),
        ("two codings", 201, &[xml, ("content-encoding", "gzip"), ("content-encoding", "gzip")], &packed),
        ("two types", 201, &[xml, ("content-type", "text/plain")], &signed),
        ("a field that ends early", 201, &[xml, ("x", "a\r\nb")], &signed),
        ("a secret that ends early", 201, &[xml, ("set-cookie", "a\u{0}")], &signed),
        ("no such status", 199, &[xml], &signed),
        ("nothing", 201, &[xml], b""),
        ("a stranger", 201, &[xml], &forged),
    ];
    for (name, status, headers, body) in cases {
        let headers = headers.iter().copied().collect();
        let row = kept(
            Channel::Dict,
            "POST",
            ENTRIES,
            ENTRY,
            Some(Response { status, headers, body: body.to_vec() }),
        );
        for row in [old(&row), row] {
            let outcome = verify(&row, &bacen(), &own(), At::Message);
            let verdict = outcome.verdict().map(Verdict::as_str);
            assert_eq!(verdict, row.text("response_signature_verdict"), "{name}");
            let reason = outcome.error.map(|error| error.code());
            assert_eq!(reason, row.text("response_signature_reason"), "{name}");
            assert!(!outcome.recorded_otherwise && outcome.stricter_since.is_none(), "{name}");
        }
    }
}

#[test]
fn of_several_parts_the_worst_decides_live_and_kept() {
    let part = |message: &[u8]| [b"--b\r\nContent-Type: application/xml\r\n\r\n", message, b"\r\n"].concat();
    let stranger = signed(PAYMENT, Profile::Spi, pair!("psp"));
    let genuine = from_bacen();
    let changed = String::from_utf8(genuine.clone()).unwrap().replace("olá", "ola").into_bytes();
    for parts in [[&stranger, &changed], [&changed, &stranger], [&genuine, &stranger], [&stranger, &genuine]]
    {
        let body = [part(parts[0]), part(parts[1]), b"--b--\r\n".to_vec()].concat();
        let row = kept(Channel::Spi, "GET", STREAM, "", answer(200, "multipart/mixed; boundary=b", body));
        let outcome = verify(&row, &bacen(), &own(), At::Message);
        assert_eq!(outcome.verdict().map(Verdict::as_str), row.text("response_signature_verdict"));
        assert!(!outcome.recorded_otherwise);
    }
}

/// What another reader could see differently is refused live and kept; a record of the first rules stands, and says so.
#[test]
fn what_has_two_readings_is_refused_now_and_stricter_since_in_old_records() {
    let payment = from_bacen();
    let words = b"words\r\n--b\r\nContent-Type: application/xml\r\n\r\n";
    let around = [&words[..], &payment, b"\r\n--b--\r\n"].concat();
    let created = signed(ANSWER, Profile::Dict, pair!("bacen"));
    let problem = "<problem><ResponseTime>2026-11-23T10:00:00.000Z</ResponseTime></problem>";
    let problem = signed(problem, Profile::Dict, pair!("bacen"));
    let stream = (Channel::Spi, "GET", STREAM, "");
    let entries = (Channel::Dict, "POST", ENTRIES, ENTRY);
    for ((channel, method, path, request), answer, reason) in [
        (stream, answer(200, "multipart/mixed; boundary=b", around), Reason::MultipartAmbiguous),
        (entries, answer(201, "text/html", created), Reason::ContentType),
        (entries, answer(404, "text/html", problem), Reason::ContentType),
    ] {
        let row = kept(channel, method, path, request, answer);
        let outcome = verify(&row, &bacen(), &own(), At::Message);
        assert_eq!(outcome.error.map(|error| error.reason()), Some(reason));
        assert_eq!(row.text("response_signature_reason"), Some(reason.code()));
        assert!(!outcome.recorded_otherwise && outcome.stricter_since.is_none(), "{reason:?}");

        let before = [
            ("response_signature_verdict", text("valid")),
            ("response_signature_valid", text("true")),
            ("response_signature_reason", Cell::Null),
        ];
        let outcome = verify(&old(&sealed(&row, &before)), &bacen(), &own(), At::Message);
        assert_eq!((outcome.verdict(), outcome.recorded_otherwise), (Some(Verdict::Valid), false));
        let stricter = outcome.stricter_since.map(|(side, error)| (side, error.reason()));
        assert_eq!(stricter, Some((Side::Response, reason)));
    }
}

#[test]
fn a_record_that_says_something_else_of_its_answer_is_found_and_counted() {
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    let cases = [
        vec![("response_signature_verdict", text("indeterminate"))],
        vec![("response_signature_verdict", Cell::Null), ("response_signature_valid", Cell::Null)],
        // An answer that had to be proved becomes one that had not.
        vec![("response_status_code", Cell::Integer(404)), ("response_body", text("<problem/>"))],
    ];
    for cells in cases {
        let outcome = verify(&sealed(&row, &cells), &bacen(), &own(), AT);
        let mut counts = RecordCounts::default();
        counts.add(Some(&outcome));
        assert_eq!((outcome.error, outcome.seal), (None, Seal::Holds), "{cells:?}");
        assert_eq!((counts.recorded_otherwise, counts.standing()), (1, Standing::NotInOrder), "{cells:?}");
        let told = serde_json::to_value(RecordRow::new("f", 0, &outcome, Language::En)).unwrap();
        assert_eq!(told["recorded_otherwise"], true);
    }
    let outcome = verify(&row, &bacen(), &own(), AT);
    let mut counts = RecordCounts::default();
    counts.add(Some(&outcome));
    assert_eq!((counts.valid, counts.standing()), (1, Standing::InOrder));
    let told = serde_json::to_value(RecordRow::new("f", 0, &outcome, Language::En)).unwrap();
    assert_eq!((&told["recorded_otherwise"], &told["rules_version"]), (&false.into(), &2.into()));
}

#[test]
fn a_request_that_is_never_signed_owes_no_signature() {
    let check = "<CheckKeysRequest><Keys><Key>+5561988887777</Key></Keys></CheckKeysRequest>";
    for path in ["/api/v2/keys/check", "/api/v2/keys"] {
        let said = signed(&check.replace("Request", "Response"), Profile::Dict, pair!("bacen"));
        let row = kept(Channel::Dict, "POST", path, check, answer(200, "application/xml", said));
        assert_eq!(verify(&row, &bacen(), &own(), AT).error, None, "{path}");
    }
}

/// A made-up account of Firehose's about a record, with what such accounts have beside it.
fn undelivered(record: &[u8]) -> String {
    let raw = lacre_report::base64(record);
    format!(
        "{{\"attemptsMade\":1,\"arrivalTimestamp\":1796000000000,\"lastErrorCode\":\"DataFormatConversion.MalformedData\",\
         \"lastErrorMessage\":\"x\",\"attemptEndingTimestamp\":1796000001000,\"rawData\":\"{raw}\",\"sequenceNumber\":\"495\",\
         \"subSequenceNumber\":null,\"dataCatalogTable\":{{\"catalogId\":null,\"databaseName\":\"pix_audit\"}}}}"
    )
}

#[test]
fn what_firehose_could_not_deliver_is_judged_as_the_record_that_it_is() {
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, created());
    let line = serde_json::to_vec(&row).unwrap();
    for line in [line.clone(), [&line[..], b"\n"].concat()] {
        let read = Row::parse(undelivered(&line).as_bytes()).unwrap();
        assert_eq!(read, row);
        assert_eq!(
            found(&verify(&read, &bacen(), &own(), AT)),
            (Some(Verdict::Valid), None, None, Seal::Holds)
        );
    }
    for odd in [
        undelivered(b"no record"),
        undelivered(b""),
        undelivered(b"[1]"),
        undelivered(undelivered(&line).as_bytes()),
    ] {
        assert!(Row::parse(odd.as_bytes()).is_err(), "{odd}");
    }
    let own_column = r#"{"rawData":"x","request_method":"GET"}"#;
    assert_eq!(Row::parse(own_column.as_bytes()).unwrap().columns().len(), 2, "a column may have that name");
}

#[test]
fn records_that_were_written_into_one_line_are_told_from_one_that_is_broken() {
    for glued in ["{\"a\":1}{\"b\":2}", " {\"a\":1} {\"b\":2}", "{\"a\":1}{", "{\"a\":{}}{\"a\":1}"] {
        assert_eq!(RowFault::of_line(glued.as_bytes()), Some(RowFault::Glued), "{glued}");
    }
    for other in ["{\"a\":1}", "{\"a\":1", "{\"a\":1}x", "1{}", "{\"a\":\"}{\"}", "", "[]{}"] {
        assert_ne!(RowFault::of_line(other.as_bytes()), Some(RowFault::Glued), "{other}");
    }
}

/// A message that lacre itself would not sign so: its KeyInfo has another Id.
fn signed_with_id(xml: &str, id: &str) -> Vec<u8> {
    let message = String::from_utf8(signed(xml, Profile::Dict, pair!("bacen"))).unwrap();
    let message = message.replace("key-info-id", id);
    // What is signed has changed: digest and signature are made anew, from the canonical forms that a report gives.
    let again = |message: &str| inspect(message.as_bytes(), Profile::Dict, &bacen(), AT);
    let report = again(&message);
    let mut message = message;
    for reference in report.references.iter().filter(|reference| reference.claimed != reference.computed) {
        let [Some(claimed), Some(computed)] = [reference.claimed, reference.computed] else { continue };
        message = message.replace(&lacre_report::base64(&claimed), &lacre_report::base64(&computed));
    }
    let report = again(&message);
    let digest = report.references.last().and_then(|signed_info| signed_info.computed).unwrap();
    let (before, rest) = message.split_once("<ds:SignatureValue>").unwrap();
    let (_, after) = rest.split_once("</ds:SignatureValue>").unwrap();
    let value = lacre_report::base64(&signature(pair!("bacen").1, &digest));
    format!("{before}<ds:SignatureValue>{value}</ds:SignatureValue>{after}").into_bytes()
}

#[test]
fn what_only_the_rules_of_today_refuse_says_nothing_against_an_old_record() {
    let odd = signed_with_id(ANSWER, "xpointer(/)");
    let row = kept(Channel::Dict, "POST", ENTRIES, ENTRY, answer(201, "application/xml", odd));
    let now = verify(&row, &bacen(), &own(), AT);
    assert_eq!(
        found(&now),
        (Some(Verdict::Invalid), Some(Reason::KeyInfoId), Some(Side::Response), Seal::Holds)
    );
    assert!(now.stricter_since.is_none() && !now.recorded_otherwise);

    let valid = [("response_signature_verdict", text("valid")), ("response_signature_valid", text("true"))];
    let row = old(&sealed(&row, &valid));
    let then = verify(&row, &bacen(), &own(), AT);
    assert_eq!(found(&then), (Some(Verdict::Valid), None, None, Seal::Holds));
    assert_eq!(
        then.stricter_since.map(|(side, error)| (side, error.reason())),
        Some((Side::Response, Reason::KeyInfoId))
    );
    let mut counts = RecordCounts::default();
    counts.add(Some(&then));
    assert_eq!((counts.valid, counts.stricter_since, counts.standing()), (1, 1, Standing::InOrder));
    let told = serde_json::to_value(RecordRow::new("f", 0, &then, Language::En)).unwrap();
    assert_eq!(told["stricter_since"]["code"], "key-info-id");

    // What the first rules refused as well is not excused by it.
    let stranger = verify(&row, &own(), &own(), AT);
    assert_eq!(stranger.error.map(|error| error.reason()), Some(Reason::CertificateUnknown));
}
