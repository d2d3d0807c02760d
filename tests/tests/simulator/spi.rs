//! SPI: payments, echoes, refusals, as the answers on the read streams tell them.

use http::{Method, Request};
use hyper::body::Bytes;
use lacre_core::Profile;
use lacre_core::exchange::gzip_packed;
use lacre_native::clock::unix_ms;
use lacre_simulator::Fault;
use lacre_simulator::samples::{self, SpiSample};

use crate::world::{Psp, World, field, header, multipart, problem, send};

const XML: &str = "application/xml";

fn payment(psp: &Psp) -> SpiSample {
    samples::pacs_008(&psp.ispb, unix_ms())
}

/// Everything that waits for a participant, verified.
async fn waiting(world: &World, psp: &Psp) -> Vec<String> {
    let answer = psp.open("multipart/mixed").await;
    match answer.status().as_u16() {
        204 => Vec::new(),
        200 => {
            send(&psp.spi, Request::delete(header(&answer, "pi-pull-next")).body(Bytes::new()).unwrap())
                .await;
            world.verified(&answer, Profile::Spi)
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_payment_is_settled_and_its_status_comes_signed() {
    let world = World::start().await;
    let psp = &world.one;
    let sample = payment(psp);
    let ids = psp.submit(&[&sample.xml]).await;
    assert_eq!((ids.len(), ids[0].len()), (1, 32));
    assert!(ids[0].starts_with("UEk"), "base64 of PI: {}", ids[0]);

    let answer = psp.open(XML).await;
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(header(&answer, "content-type"), "application/xml;charset=utf-8");
    assert!(header(&answer, "pi-resourceid").starts_with("UEk"));
    let xml = world.verified(&answer, Profile::Spi).pop().unwrap();
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><Envelope xmlns="));
    assert_eq!((field(&xml, "TxSts"), field(&xml, "Id")), ("ACSC", "00038166"));
    assert_eq!(field(&xml, "OrgnlEndToEndId"), sample.end_to_end_id.unwrap());
    assert!(field(&xml, "BizMsgIdr").starts_with("M00038166"));
    assert_eq!(field(&xml, "BizMsgIdr"), field(&xml, "MsgId"));
}

#[tokio::test]
async fn three_in_one_body_packed_come_back_as_parts() {
    let world = World::start().await;
    let psp = &world.one;
    let samples: Vec<SpiSample> = (0..3).map(|_| payment(psp)).collect();
    let signed: Vec<Vec<u8>> = samples.iter().map(|sample| psp.sign(&sample.xml, Profile::Spi)).collect();
    let request = Request::post("/api/v1/in/12345678/msgs")
        .header("content-type", "multipart/mixed; boundary=b0undary")
        .header("content-encoding", "gzip");
    let answer = send(&psp.spi, request.body(gzip_packed(&multipart(&signed)).into()).unwrap()).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "pi-resourceid").split(',').count()), (201, 3));

    let request = Request::get("/api/v1/out/12345678/stream/start")
        .header("accept", "multipart/mixed")
        .header("accept-encoding", "gzip");
    let answer = send(&psp.spi, request.body(Bytes::new()).unwrap()).await;
    assert_eq!(header(&answer, "content-encoding"), "gzip");
    assert!(header(&answer, "content-type").starts_with("multipart/mixed; boundary="));
    let messages = world.verified(&answer, Profile::Spi);
    for (sample, message) in samples.iter().zip(&messages) {
        assert_eq!(field(message, "OrgnlEndToEndId"), sample.end_to_end_id.as_deref().unwrap());
    }
    assert_eq!(messages.len(), 3);
}

#[tokio::test]
async fn parts_carry_their_own_resource_ids() {
    let world = World::start().await;
    let psp = &world.one;
    psp.submit(&[&payment(psp).xml, &payment(psp).xml]).await;
    let answer = psp.open("application/xml, multipart/mixed;q=0.9").await;
    let body = String::from_utf8(answer.body().to_vec()).unwrap();
    let ids: Vec<&str> =
        body.split("PI-ResourceId: ").skip(1).map(|rest| rest.split("\r\n").next().unwrap()).collect();
    assert!(ids.len() == 2 && ids[0] != ids[1] && ids.iter().all(|id| id.starts_with("UEk")), "{ids:?}");
}

#[tokio::test]
async fn a_payment_between_two_participants_goes_both_ways() {
    let world = World::start().await;
    let (payer, receiver) = (&world.one, &world.other);
    let sample = samples::payment(&payer.ispb, receiver.ispb.as_str(), unix_ms());
    let end_to_end = sample.end_to_end_id.clone().unwrap();
    payer.submit(&[&sample.xml]).await;
    assert!(waiting(&world, payer).await.is_empty());

    let [forwarded] = waiting(&world, receiver).await.try_into().unwrap();
    assert_eq!(field(&forwarded, "MsgDefIdr"), "pacs.008.spi.1.16");
    assert_eq!((field(&forwarded, "Id"), field(&forwarded, "EndToEndId")), ("00038166", end_to_end.as_str()));
    assert_eq!(field(&forwarded, "BizMsgIdr"), field(&forwarded, "MsgId"));
    assert!(
        forwarded.contains("Pão, café &amp; troco: obrigada!"),
        "the transaction is as the payer wrote it"
    );

    let accepted = samples::pacs_002(&receiver.ispb, unix_ms(), &end_to_end);
    receiver.submit(&[&accepted.xml]).await;
    let [to_payer] = waiting(&world, payer).await.try_into().unwrap();
    let [to_receiver] = waiting(&world, receiver).await.try_into().unwrap();
    assert_eq!((field(&to_payer, "TxSts"), field(&to_receiver, "TxSts")), ("ACSC", "ACCC"));
    assert!(field(&to_payer, "OrgnlEndToEndId") == end_to_end && to_receiver.contains(&end_to_end));
}

#[tokio::test]
async fn one_message_for_two_receivers_is_handed_on_in_two() {
    let world = World::start().await;
    let (payer, receiver) = (&world.one, &world.other);
    let own = samples::payment(&payer.ispb, receiver.ispb.as_str(), unix_ms());
    let (before, rest) = own.xml.split_once("<CdtTrfTxInf>").unwrap();
    let (transaction, after) = rest.split_once("</CdtTrfTxInf>").unwrap();
    let second = transaction
        .replace(own.end_to_end_id.as_deref().unwrap(), payment(payer).end_to_end_id.as_deref().unwrap())
        .replace("<MmbId>87654321</MmbId>", "<MmbId>99999A04</MmbId>");
    let both =
        format!("{before}<CdtTrfTxInf>{transaction}</CdtTrfTxInf><CdtTrfTxInf>{second}</CdtTrfTxInf>{after}");
    payer.submit(&[&both.replace("<NbOfTxs>1<", "<NbOfTxs>2<")]).await;
    let [forwarded] = waiting(&world, receiver).await.try_into().unwrap();
    assert_eq!((forwarded.matches("<CdtTrfTxInf>").count(), field(&forwarded, "NbOfTxs")), (1, "1"));
    let [settled] = waiting(&world, payer).await.try_into().unwrap();
    assert_eq!((settled.matches("<TxInfAndSts>").count(), field(&settled, "TxSts")), (1, "ACSC"));
}

#[tokio::test]
async fn an_echo_is_answered() {
    let world = World::start().await;
    let psp = &world.one;
    psp.submit(&[&samples::pibr_001(&psp.ispb, unix_ms()).xml]).await;
    let [echo] = waiting(&world, psp).await.try_into().unwrap();
    assert_eq!(field(&echo, "MsgDefIdr"), "pibr.002.spi.1.3");
    assert_eq!(field(&echo, "OrgnlData"), "Alô, SPI? Aqui é um teste.");
}

#[tokio::test]
async fn what_is_wrong_with_a_message_comes_later_as_admi_002() {
    let world = World::start().await;
    let psp = &world.one;
    let sample = payment(psp);
    let signed = String::from_utf8(psp.sign(&sample.xml, Profile::Spi)).unwrap();
    let from_other = samples::pacs_008(&world.other.ispb, unix_ms());
    let cases: [(Vec<u8>, &str); 7] = [
        (sample.xml.clone().into_bytes(), "unsigned"),
        (signed.replace(">37.90<", ">73.90<").into_bytes(), "digest-mismatch"),
        (world.other.sign(&from_other.xml, Profile::Spi), "signer"),
        (world.other.sign_for_another(&sample.xml), "sender"),
        (psp.sign_for_another(&from_other.xml), "sender"),
        (
            psp.sign(&sample.xml.replace("pacs.008.spi.1.16", "camt.060.spi.1.9"), Profile::Spi),
            "unknown-message",
        ),
        (b"not XML".to_vec(), ""),
    ];
    for (body, reason) in cases {
        let ids = psp.submit_as_is(&[body]).await;
        let [refusal] = waiting(&world, psp).await.try_into().unwrap();
        assert_eq!(field(&refusal, "MsgDefIdr"), "admi.002.spi.1.5");
        assert_eq!(field(&refusal, "Ref"), ids[0]);
        assert!(field(&refusal, "RjctgPtyRsn").starts_with(reason), "{reason}: {refusal}");
    }
}

#[tokio::test]
async fn a_message_sent_again_is_the_same_message() {
    let world = World::start().await;
    let psp = &world.one;
    let signed = psp.sign(&payment(psp).xml, Profile::Spi);
    let first = psp.submit_as_is(core::slice::from_ref(&signed)).await;
    let second = psp.submit_as_is(&[signed]).await;
    assert_eq!(first, second);
    assert_eq!(waiting(&world, psp).await.len(), 1);
}

#[tokio::test]
async fn a_participant_speaks_through_its_own_path_only() {
    let world = World::start().await;
    for path in ["/api/v1/out/87654321/stream/start", "/api/v1/out/99999A04/stream/start"] {
        assert_eq!(problem(&world.one.get(path, XML).await), (403, "forbidden".to_owned()));
    }
    let request =
        Request::post("/api/v1/in/87654321/msgs").header("content-type", "application/xml; charset=utf-8");
    let body = world.other.sign(&payment(&world.other).xml, Profile::Spi);
    let refused = send(&world.one.spi, request.body(body.into()).unwrap()).await;
    assert_eq!(problem(&refused), (403, "forbidden".to_owned()));
}

#[tokio::test]
async fn icom_refuses_what_is_wrong_with_the_request_itself() {
    let world = World::start().await;
    let psp = &world.one;
    let body = Bytes::from(psp.sign(&payment(psp).xml, Profile::Spi));
    let utf_8 = "application/xml; charset=utf-8";
    let post = |name: &'static str, value: &'static str| {
        let mut request = Request::post("/api/v1/in/12345678/msgs")
            .header("content-type", utf_8)
            .body(body.clone())
            .unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    for (name, value, status, kind) in [
        ("x-request-id", "1", 400, "invalidHeader"),
        ("pi-payerid", "1", 400, "invalidHeader"),
        ("content-type", "application/json", 415, "unsupportedMediaType"),
        ("content-type", "application/xml", 415, "charset"),
        ("content-type", "application/xml; charset=iso-8859-1", 415, "charset"),
        ("content-type", "multipart/mixed", 400, "badRequest"),
        ("content-encoding", "br", 415, "contentEncoding"),
        ("content-encoding", "gzip", 400, "badRequest"),
    ] {
        assert_eq!(
            problem(&send(&psp.spi, post(name, value)).await),
            (status, kind.to_owned()),
            "{name}: {value}"
        );
    }
    let eleven = multipart(&vec![b"<a/>".to_vec(); 11]);
    let request = Request::post("/api/v1/in/12345678/msgs")
        .header("content-type", "multipart/mixed; boundary=b0undary");
    let refused = send(&psp.spi, request.body(eleven.into()).unwrap()).await;
    assert_eq!(problem(&refused), (400, "badRequest".to_owned()));
    assert_eq!(problem(&psp.get("/api/v1/out/12345678/stream/start", "text/html").await).0, 406);
    assert_eq!(problem(&psp.get("/api/v1/in/12345678/msgs", XML).await).0, 405);
    assert_eq!(problem(&psp.get("/api/v2/entries/x", XML).await), (404, "notFound".to_owned()));
    let put = Request::builder().method(Method::PUT).uri("/api/v1/in/catalog").body(Bytes::new()).unwrap();
    assert_eq!(problem(&send(&psp.spi, put).await).0, 405);
    for (catalog, messages) in [
        ("/api/v1/in/catalog", &["pacs.002.spi.1.17", "pacs.008.spi.1.16", "pibr.001.spi.1.3"][..]),
        (
            "/api/v1/out/catalog",
            &["admi.002.spi.1.5", "pacs.002.spi.1.17", "pacs.008.spi.1.16", "pibr.002.spi.1.3"],
        ),
    ] {
        let answer = psp.get(catalog, "*/*").await;
        assert_eq!(answer.status().as_u16(), 200);
        let listed: String = messages.iter().map(|name| format!("<Message>{name}</Message>")).collect();
        let text = String::from_utf8(answer.body().to_vec()).unwrap();
        assert!(text.ends_with(&format!("?><Catalog>{listed}</Catalog>")), "{text}");
    }
}

#[tokio::test]
async fn hostile_messages_are_refused_like_any_other() {
    let world = World::start().await;
    let psp = &world.one;
    let attributes: String = (0..100_000).map(|number| format!(" a{number}=''")).collect();
    let hostile = [
        "<a>".repeat(1_000_000),
        format!("<Envelope{attributes}/>"),
        "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><Envelope>&b;</Envelope>".to_owned(),
        "\u{feff}".repeat(1000),
        payment(psp).xml.replace("<Document>", &format!("<Document>{}", "<x/>".repeat(300_000))),
    ];
    for body in hostile {
        psp.submit_as_is(&[body.into_bytes()]).await;
        let [refusal] = waiting(&world, psp).await.try_into().unwrap();
        assert_eq!(field(&refusal, "MsgDefIdr"), "admi.002.spi.1.5");
    }
    let signed = psp.sign(
        &payment(psp).xml.replace("<RmtInf>", &format!("{}<RmtInf>", "<x/>".repeat(250_000))),
        Profile::Spi,
    );
    psp.submit_as_is(&[signed]).await;
    let [refusal] = waiting(&world, psp).await.try_into().unwrap();
    assert_eq!(field(&refusal, "RjctgPtyRsn"), "schema");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_payments_at_once_are_each_answered_once() {
    let world = std::sync::Arc::new(World::start().await);
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let world = std::sync::Arc::clone(&world);
        senders.spawn(async move {
            let samples = [0; 3].map(|_| payment(&world.one));
            world.one.submit(&[&samples[0].xml, &samples[1].xml, &samples[2].xml]).await;
            samples.map(|sample| sample.end_to_end_id.unwrap())
        });
    }
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let world = std::sync::Arc::clone(&world);
        readers.spawn(async move {
            let (mut read, mut quiet) = (Vec::new(), 0);
            let mut answer = world.one.open("multipart/mixed").await;
            while quiet < 10 && read.len() < 60 {
                quiet = if answer.status().as_u16() == 204 { quiet + 1 } else { 0 };
                if quiet == 0 {
                    read.extend(world.verified(&answer, Profile::Spi));
                }
                answer = world.one.get(header(&answer, "pi-pull-next"), "multipart/mixed").await;
            }
            read
        });
    }
    let mut sent: Vec<String> = senders.join_all().await.into_iter().flatten().collect();
    let read = readers.join_all().await.into_iter().flatten();
    let mut settled: Vec<String> = read.map(|xml| field(&xml, "OrgnlEndToEndId").to_owned()).collect();
    sent.sort();
    settled.sort();
    assert_eq!((sent.len(), sent), (60, settled));
}

#[tokio::test]
async fn a_body_that_unpacks_to_too_much_is_refused() {
    let world = World::start_with(|config| config.limits.icom_body_bytes_max = 64 << 10).await;
    let bomb = gzip_packed(&vec![b' '; 4 << 20]);
    let request = Request::post("/api/v1/in/12345678/msgs")
        .header("content-type", "application/xml; charset=utf-8")
        .header("content-encoding", "gzip");
    let refused = send(&world.one.spi, request.body(bomb.into()).unwrap()).await;
    assert_eq!(problem(&refused), (413, "payloadTooLarge".to_owned()));
}

#[tokio::test]
async fn a_tampered_delivery_is_whole_again_when_it_is_repeated() {
    let world = World::start().await;
    let psp = &world.one;
    psp.submit(&[&payment(psp).xml]).await;
    let opened = psp.open(XML).await;
    let next = header(&opened, "pi-pull-next").to_owned();
    psp.submit(&[&payment(psp).xml]).await;
    world.running.faults().ask(Fault::TamperNextAnswer);
    let tampered = psp.get(&next, XML).await;
    assert!(world.verify(tampered.body(), Profile::Spi).is_err());
    let again = psp.get(&next, XML).await;
    assert_eq!(header(&again, "pi-resourceid"), header(&tampered, "pi-resourceid"));
    world.verified(&again, Profile::Spi);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_identifiers() {
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let world = World::start_with(|config| config.seed = seed).await;
        world.one.submit(&[&samples::pibr_001(&world.one.ispb, unix_ms()).xml]).await;
        let [echo] = waiting(&world, &world.one).await.try_into().unwrap();
        runs.push(field(&echo, "BizMsgIdr").to_owned());
    }
    assert!(runs[0] == runs[1] && runs[1] != runs[2], "{runs:?}");
}
