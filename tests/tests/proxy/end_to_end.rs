//! From a caller to BACEN and back, over real mutual TLS, recorded.

use lacre_core::exchange::chain::verify_link;
use lacre_core::{At, Certificate, Ispb, Trust, Verdict};
use lacre_native::clock::unix_ms;
use lacre_native::rsa::AwsLc;
use lacre_report::record::verify;
use lacre_simulator::Fault;
use lacre_simulator::samples;

use super::world::{World, call, octets, raw};

const READER: [(&str, &str); 3] = [
    ("PI-RequestingParticipant", "12345678"),
    ("PI-PayerId", samples::PAYER_TAX_ID),
    ("PI-EndToEndId", "E12345678202611232000aaaaaaaaaaa"),
];
const MESSAGES: &str = "/api/v1/in/12345678/msgs";

fn bank() -> Ispb {
    Ispb::new("12345678").unwrap()
}

fn held() -> String {
    format!("/api/v2/entries/{}", samples::KEY_HELD.replace('+', "%2B"))
}

#[tokio::test(flavor = "multi_thread")]
async fn dict_is_written_and_read_and_every_call_recorded() {
    let world = World::start().await;
    let answer = call(world.dict, "POST", "/api/v2/entries/", &[], samples::create_entry(&bank())).await;
    assert_eq!((answer.status, answer.header("pix-signature-valid")), (201, Some("true")), "{answer:?}");
    let answer = call(world.dict, "GET", &held(), &READER, "").await;
    assert_eq!((answer.status, answer.header("pix-signature-verdict")), (200, Some("valid")), "{answer:?}");
    assert!(answer.header("cache-control").is_some());
    let answer = call(world.dict, "GET", "/api/v2/entries/nobody%40pix.example", &READER, "").await;
    assert_eq!(answer.status, 404);
    let rows = world.stop().await;
    let outcomes: Vec<_> = rows
        .iter()
        .map(|row| (row.integer("response_status_code"), row.text("response_signature_valid")))
        .collect();
    assert_eq!(outcomes, [(Some(201), Some("true")), (Some(200), Some("true")), (Some(404), None)]);
    assert!(rows[0].text("request_body").unwrap().contains("<ds:SignatureValue>"));
    assert_eq!(rows[1].text("request_path"), Some(held().as_str()));
    let chain = rows.iter().try_fold([0; 32], |previous, row| verify_link(&previous, row.values()));
    assert!(chain.is_some(), "the chain holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_that_bacen_signed_is_proved_live_and_by_its_record() {
    let world = World::start_with(|bacen| bacen.signed_errors = true).await;
    let answer = call(world.dict, "GET", "/api/v2/entries/nobody%40pix.example", &READER, "").await;
    assert_eq!((answer.status, answer.header("pix-signature-valid")), (404, Some("true")), "{answer:?}");
    world.bacen.as_ref().unwrap().faults().ask(Fault::TamperNextAnswer);
    let answer = call(world.dict, "GET", "/api/v2/entries/nobody%40pix.example", &READER, "").await;
    assert_eq!((answer.status, answer.header("pix-signature-valid")), (502, Some("false")), "{answer:?}");
    let pem = std::fs::read(world.place.path("pki/bacen-signature.pem")).unwrap();
    let rows = world.stop().await;
    let mut bacen = Trust::new();
    bacen.add(Certificate::from_pem_or_der(&pem, &AwsLc).unwrap().remove(0));
    let judged = |row| verify(row, &bacen, &Trust::new(), At::Message);
    let verdicts: Vec<_> = rows.iter().map(|row| judged(row).verdict()).collect();
    assert_eq!(verdicts, [Some(Verdict::Valid), Some(Verdict::Invalid)], "it has no time of its own");
    assert!(rows.iter().all(|row| !judged(row).recorded_otherwise));
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_go_in_and_their_confirmations_come_out() {
    let world = World::start().await;
    let payments: Vec<_> = (0..4).map(|n| samples::pacs_008(&bank(), unix_ms() + n)).collect();
    // One in chunks, three as a multipart.
    let xml = payments[0].xml.as_bytes();
    let (first, second) = xml.split_at(700);
    let mut request = format!(
        "POST {MESSAGES} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    .into_bytes();
    for chunk in [first, second, b""] {
        request.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        request.extend(chunk);
        request.extend(b"\r\n");
    }
    let spi = world.spi;
    let answer = tokio::task::spawn_blocking(move || raw(spi, &request)).await.unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    let mut body = String::new();
    for payment in &payments[1..] {
        body.push_str(&format!(
            "--x\r\nContent-Type: application/xml; charset=utf-8\r\n\r\n{}\r\n",
            payment.xml
        ));
    }
    body.push_str("--x--\r\n");
    let answer =
        call(world.spi, "POST", MESSAGES, &[("Content-Type", "multipart/mixed; boundary=x")], body).await;
    assert_eq!(
        (answer.status, answer.header("pi-resourceid").unwrap().split(',').count()),
        (201, 3),
        "{answer:?}"
    );

    let mut missing: Vec<_> = payments.iter().map(|payment| payment.end_to_end_id.clone().unwrap()).collect();
    let mut target = "/api/v1/out/12345678/stream/start".to_owned();
    for _ in 0..20 {
        let answer = call(world.spi, "GET", &target, &[("Accept", "multipart/mixed")], "").await;
        assert!(matches!(answer.status, 200 | 204), "{answer:?}");
        assert_eq!(answer.header("pix-signature-valid"), (answer.status == 200).then_some("true"));
        target = answer.header("pi-pull-next").unwrap().to_owned();
        missing.retain(|id| !(answer.body.contains("pacs.002") && answer.body.contains(id.as_str())));
        if missing.is_empty() {
            break;
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(call(world.spi, "DELETE", &target, &[], "").await.status, 200);
    let rows = world.stop().await;
    assert!(
        rows.iter().all(|row| row.text("channel") == Some("spi") && row.text("outcome") == Some("answered"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_changed_on_its_way_is_withheld() {
    let world = World::start().await;
    world.bacen.as_ref().unwrap().faults().ask(Fault::TamperNextAnswer);
    let answer = call(world.dict, "GET", &held(), &READER, "").await;
    assert_eq!((answer.status, answer.element("code")), (502, "digest-mismatch"));
    assert_eq!(answer.header("pix-signature-valid"), Some("false"));
    assert!(!answer.body.contains("AccountNumber"));
    let rows = world.stop().await;
    assert_eq!(rows[0].text("outcome"), Some("answer-refused"));
    assert!(
        rows[0].text("response_body").unwrap().contains("AccountNumber"),
        "the record keeps the evidence"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_leaves_the_caller_in_no_doubt_about_the_doubt() {
    let world = World::start().await;
    world.bacen.as_ref().unwrap().faults().ask(Fault::DropConnection);
    let payment = samples::pacs_008(&bank(), unix_ms());
    let answer = call(world.spi, "POST", MESSAGES, &[], &payment.xml).await;
    assert_eq!(
        (answer.status, answer.element("code"), answer.element("maybe-accepted")),
        (502, "connection-lost", "true")
    );
    // A read is safe to repeat, so the proxy repeats it itself.
    world.bacen.as_ref().unwrap().faults().ask(Fault::DropConnection);
    let answer = call(world.dict, "GET", &held(), &READER, "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let rows = world.stop().await;
    let outcomes: Vec<_> = rows.iter().map(|row| row.text("outcome").unwrap()).collect();
    assert_eq!(outcomes, ["unknown", "answered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_bacen_nothing_is_sent_and_that_is_recorded() {
    let mut world = World::start().await;
    world.bacen.take().unwrap().shutdown().await;
    let payment = samples::pacs_008(&bank(), unix_ms());
    let answer = call(world.spi, "POST", MESSAGES, &[], &payment.xml).await;
    assert_eq!(
        (answer.status, answer.element("code"), answer.element("maybe-accepted")),
        (503, "unreachable", "false")
    );
    let rows = world.stop().await;
    assert_eq!(rows[0].text("outcome"), Some("not-sent"));
    assert!(rows[0].text("request_body").unwrap().contains("<ds:SignatureValue>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_replaced_counts_without_a_restart() {
    let world = World::start().await;
    assert_eq!(call(world.dict, "GET", &held(), &READER, "").await.status, 200);
    let certificate = world.place.path("pki/bacen-signature.pem");
    let bacen = std::fs::read(&certificate).unwrap();
    // What cannot be used changes nothing.
    std::fs::write(&certificate, "no certificate").unwrap();
    tokio::time::sleep(core::time::Duration::from_millis(2500)).await;
    assert_eq!(call(world.dict, "GET", &held(), &READER, "").await.status, 200);
    std::fs::copy(world.place.path("pki/psp-signature.pem"), &certificate).unwrap();
    wait_for(&world, 502).await;
    std::fs::write(&certificate, bacen).unwrap();
    wait_for(&world, 200).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_certificate_ends_the_next_one_of_its_key_signs_without_a_restart() {
    let world = World::start().await;
    let now = jiff::Timestamp::now();
    let (soon, later) = (now + jiff::SignedDuration::from_secs(5), now + jiff::SignedDuration::from_hours(1));
    let certificates = [(1, soon), (2, later)].map(|(serial, ends)| certified(&world, serial, now, ends));
    std::fs::write(world.place.path("pki/psp-signature.pem"), certificates.concat()).unwrap();
    // The simulator knows neither: what counts is which one the request named.
    for _ in 0..100 {
        call(world.dict, "POST", "/api/v2/entries/", &[], samples::create_entry(&bank())).await;
        tokio::time::sleep(core::time::Duration::from_millis(100)).await;
    }
    let rows = world.stop().await;
    let mut serials: Vec<&str> = rows.iter().map(|row| serial(row.text("request_body").unwrap())).collect();
    serials.dedup();
    assert_eq!(serials.split_off(1), ["1", "2"]);
}

fn serial(signed: &str) -> &str {
    let (_, rest) = signed.split_once("X509SerialNumber>").unwrap();
    rest.split('<').next().unwrap()
}

/// A certificate of the signing key, by OpenSSL.
fn certified(world: &World, serial: u8, begins: jiff::Timestamp, ends: jiff::Timestamp) -> Vec<u8> {
    let folder = world.place.path("");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("index", "");
    write("serial", &format!("0{serial}\n"));
    write(
        "ca.cnf",
        "[ca]\ndefault_ca=a\n[a]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n\
         [p]\ncommonName=supplied\norganizationalUnitName=supplied\n[e]\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n",
    );
    let openssl = |arguments: &[&str]| {
        let ran =
            std::process::Command::new("openssl").current_dir(&folder).args(arguments).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    let key = "pki/psp-signature.key";
    openssl(&["req", "-new", "-key", key, "-subj", "/OU=ISPB-12345678/CN=T001", "-out", "request.pem"]);
    let dates = [begins, ends].map(|date| date.strftime("%Y%m%d%H%M%SZ").to_string());
    let ca =
        ["ca", "-batch", "-config", "ca.cnf", "-selfsign", "-notext", "-in", "request.pem", "-keyfile", key];
    openssl(&[&ca[..], &["-startdate", &dates[0], "-enddate", &dates[1], "-out", "made.pem"]].concat());
    std::fs::read(folder.join("made.pem")).unwrap()
}

async fn wait_for(world: &World, status: u16) {
    for _ in 0..100 {
        let answer = call(world.dict, "GET", &held(), &READER, "").await;
        if answer.status == status {
            return;
        }
        tokio::time::sleep(core::time::Duration::from_millis(100)).await;
    }
    panic!("{status} never came");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_callers_get_an_answer_and_the_proxy_goes_on() {
    let world = World::start().await;
    let (spi, dict) = (world.spi, world.dict);
    let smuggled = format!(
        "POST {MESSAGES} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n"
    );
    let cases = [
        (spi, smuggled.into_bytes(), 400..500),
        (spi, b"GARBAGE\r\n\r\n".to_vec(), 400..500),
        (spi, octets("POST", "/api/v1/in/12345678/../msgs", &[], b"<a/>"), 404..405),
        (
            dict,
            octets("POST", "/api/v2/entries/", &[("Content-Type", "multipart/mixed; boundary=x")], b"--x"),
            400..423,
        ),
        (dict, octets("GET", "//evil.example/api/v2/", &[], b""), 404..405),
        (dict, octets("GET", &format!("http://evil.example{}", held()), &READER, b""), 400..401),
        (dict, octets("GET", &format!("http://localhost{}", held()), &READER, b""), 200..201),
        (dict, octets("OPTIONS", "*", &[], b""), 404..406),
    ];
    for (address, request, statuses) in cases {
        let said = String::from_utf8_lossy(&request).into_owned();
        let answer = tokio::task::spawn_blocking(move || raw(address, &request)).await.unwrap();
        assert!(statuses.contains(&answer.status), "{said}: {answer:?}");
    }
    assert_eq!(call(world.dict, "GET", &held(), &READER, "").await.status, 200);
    world.stop().await;
}
