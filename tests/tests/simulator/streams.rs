//! Read streams: confirmed, repeated, closed, limited.

use core::time::Duration;

use http::Request;
use hyper::body::Bytes;
use lacre_core::Profile;
use lacre_native::clock::unix_ms;
use lacre_simulator::samples;

use crate::world::{Answer, Psp, World, header, problem, send};

const XML: &str = "application/xml";

async fn pay(psp: &Psp) {
    psp.submit(&[&samples::pacs_008(&psp.ispb, unix_ms()).xml]).await;
}

fn next(answer: &Answer) -> &str {
    header(answer, "pi-pull-next")
}

async fn close(psp: &Psp, at: &str) -> Answer {
    send(&psp.spi, Request::delete(at).body(Bytes::new()).unwrap()).await
}

#[tokio::test]
async fn nothing_to_read_is_204_and_a_place_to_go_on() {
    let world = World::start().await;
    let psp = &world.one;
    let empty = psp.open(XML).await;
    assert_eq!((empty.status().as_u16(), empty.body().len()), (204, 0));
    assert!(next(&empty).starts_with("/api/v1/out/12345678/stream/"));
    pay(psp).await;
    let answer = psp.get(next(&empty), XML).await;
    assert_eq!(answer.status().as_u16(), 200);
    world.verified(&answer, Profile::Spi);
}

#[tokio::test]
async fn a_waiting_reader_is_woken_by_a_message() {
    let world = World::start_with(|config| config.limits.long_poll = Duration::from_secs(20)).await;
    let psp = &world.one;
    let (answer, ()) = tokio::join!(psp.open(XML), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        pay(psp).await;
    });
    assert_eq!(answer.status().as_u16(), 200);
}

#[tokio::test]
async fn the_next_pull_confirms_and_an_old_place_is_gone() {
    let world = World::start().await;
    let psp = &world.one;
    pay(psp).await;
    pay(psp).await;
    let first = psp.open(XML).await;
    let second = psp.get(next(&first), XML).await;
    assert_ne!(header(&first, "pi-resourceid"), header(&second, "pi-resourceid"));
    let third = psp.get(next(&second), XML).await;
    assert_eq!(third.status().as_u16(), 204);
    assert_eq!(problem(&psp.get(next(&first), XML).await), (410, "gone".to_owned()));
}

#[tokio::test]
async fn what_was_not_confirmed_comes_again_with_the_same_resource_id() {
    let world = World::start().await;
    let psp = &world.one;
    let empty = psp.open(XML).await;
    pay(psp).await;
    let lost = psp.get(next(&empty), XML).await;
    let again = psp.get(next(&empty), XML).await;
    assert_eq!(header(&lost, "pi-resourceid"), header(&again, "pi-resourceid"));
    assert_eq!((lost.body(), next(&lost)), (again.body(), next(&again)));
}

#[tokio::test]
async fn an_abandoned_stream_gives_its_messages_to_another() {
    let world = World::start_with(|config| config.limits.stream_idle = Duration::from_millis(300)).await;
    let psp = &world.one;
    pay(psp).await;
    let abandoned = psp.open(XML).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let other = psp.open(XML).await;
    assert_eq!(header(&other, "pi-resourceid"), header(&abandoned, "pi-resourceid"));
    assert_eq!(problem(&psp.get(next(&abandoned), XML).await).0, 410);
}

#[tokio::test]
async fn closing_confirms_the_last_delivery_and_ends_the_stream() {
    let world = World::start().await;
    let psp = &world.one;
    pay(psp).await;
    let answer = psp.open(XML).await;
    assert_eq!(close(psp, next(&answer)).await.status().as_u16(), 200);
    assert_eq!(problem(&close(psp, next(&answer)).await), (410, "gone".to_owned()));
    assert_eq!(problem(&psp.get(next(&answer), XML).await), (410, "gone".to_owned()));
    assert_eq!(psp.open(XML).await.status().as_u16(), 204);
}

#[tokio::test]
async fn unknown_places_are_gone_and_another_participants_are_forbidden() {
    let world = World::start().await;
    let empty = world.one.open(XML).await;
    let stolen = next(&empty).replace("12345678", "87654321");
    assert_eq!(problem(&world.other.get(&stolen, XML).await), (410, "gone".to_owned()));
    assert_eq!(problem(&world.other.get(next(&empty), XML).await), (403, "forbidden".to_owned()));
    for place in ["xyz", "000000000000000000000000", "%00"] {
        let path = format!("/api/v1/out/12345678/stream/{place}");
        assert_eq!(problem(&world.one.get(&path, XML).await), (410, "gone".to_owned()));
    }
}

#[tokio::test]
async fn a_seventh_stream_is_one_too_many() {
    let world = World::start_with(|config| config.limits.long_poll = Duration::ZERO).await;
    let psp = &world.one;
    let mut places = Vec::new();
    for _ in 0..6 {
        let opened = psp.open(XML).await;
        assert_eq!(opened.status().as_u16(), 204);
        places.push(next(&opened).to_owned());
    }
    let refused = psp.open(XML).await;
    assert_eq!(problem(&refused), (429, "tooManyRequests".to_owned()));
    assert_eq!(header(&refused, "retry-after"), "1");
    assert_eq!(world.other.open(XML).await.status().as_u16(), 204);
    close(psp, &places[0]).await;
    assert_eq!(psp.open(XML).await.status().as_u16(), 204);
}

#[tokio::test]
async fn a_full_mailbox_takes_no_more_payments() {
    let world = World::start_with(|config| config.limits.messages_max = 3).await;
    let psp = &world.one;
    pay(psp).await;
    pay(psp).await;
    let body = psp.sign(&samples::pacs_008(&psp.ispb, unix_ms()).xml, Profile::Spi);
    let request =
        Request::post("/api/v1/in/12345678/msgs").header("content-type", "application/xml; charset=utf-8");
    let refused = send(&psp.spi, request.body(body.into()).unwrap()).await;
    assert_eq!(problem(&refused), (503, "serviceUnavailable".to_owned()));
    // Nobody else's payments wait for its owner to read.
    let other = &world.other;
    pay(other).await;
    let answer = other.open(XML).await;
    let [status] = world.verified(&answer, Profile::Spi).try_into().unwrap();
    assert!(status.contains("<TxSts>ACSC</TxSts>"), "{status}");
    // What is meant for the owner itself takes the last place, and is refused to its payer once there is none.
    for _ in 0..2 {
        let payment = samples::pacs_008(&other.ispb, unix_ms()).xml;
        other.submit(&[&payment.replace(samples::VIRTUAL_RECEIVER, psp.ispb.as_str())]).await;
    }
    let [status] = world.verified(&other.get(next(&answer), XML).await, Profile::Spi).try_into().unwrap();
    assert!(status.contains("<TxSts>RJCT</TxSts>") && status.contains("AB03"), "{status}");
}

#[tokio::test]
async fn at_most_ten_messages_come_at_once() {
    let world = World::start().await;
    let psp = &world.one;
    for _ in 0..4 {
        let samples = [0; 3].map(|_| samples::pacs_008(&psp.ispb, unix_ms()).xml);
        psp.submit(&[&samples[0], &samples[1], &samples[2]]).await;
    }
    let first = psp.open("multipart/mixed").await;
    assert_eq!(world.verified(&first, Profile::Spi).len(), 10);
    let second = psp.get(next(&first), "multipart/mixed").await;
    assert_eq!(world.verified(&second, Profile::Spi).len(), 2);
}
