//! Requests in every shape that AWS gives them, byte for byte, and replies in that shape.

use lacre_core::exchange::gzip_packed;
use lacre_simulator::Fault;
use lacre_simulator::samples;
use lacre_tests::aws::Delivery;
use lacre_tests::lambda::{Answer, Call, Function, Source, TIMEOUT};

use crate::server::{Act, Server};
use crate::world::{MESSAGES, World, bacen_channel, pay, read, register};

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_goes_through_whatever_stands_before_the_function() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let function = world.function("dict").await;
    for source in Source::ALL {
        let reply = function.call(source, &read().with("pix-order", "4711")).await;
        let headers = ["pix-signature-valid", "pix-order"].map(|name| reply.header(name));
        assert_eq!(
            (reply.status, headers),
            (200, [Some("true"), Some("4711")]),
            "{source:?} {}",
            reply.text()
        );
        assert!(reply.text().contains("<GetEntryResponse>"), "{source:?}");
    }
    let reply = function.call(Source::Rest, &register()).await;
    assert_eq!((reply.status, reply.header("pix-signature-valid")), (201, Some("true")), "{}", reply.text());
    let rows = world.deployment.kept("dict").await;
    assert_eq!(rows.len(), Source::ALL.len() + 1);
    assert!(rows.iter().all(|row| row.text("outcome") == Some("answered")));
    assert_eq!((function.metric("Exchanges"), function.metric("Signs")), (6.0, 1.0));
    assert_eq!(function.metric("Refusals"), 0.0);
    assert_eq!(function.metric("Verifies"), 6.0);
    assert!(function.metric("ColdStart") > 0.0 && function.metric("BacenLatency") > 0.0);
}

/// What the function sent, as a BACEN that answers with it saw it.
async fn sent(world: &World, function: &Function, source: Source, call: &Call) -> String {
    function.call(source, call).await;
    // The echo is not signed, so the reply holds it back: the record has it.
    let rows = world.deployment.kept("dict").await;
    rows.last().unwrap().text("response_body").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn path_query_and_body_reach_bacen_as_the_caller_sent_them() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let echo = Server::start(&bacen_channel(), &world.clients(), Act::Echo).await;
    world.deployment.point_to(echo.port, echo.port).await;
    let function = world.function_with("dict", &[("LACRE_UNKNOWN_PATHS", "pass")]).await;
    let path = "/api/v2/anything/%2B55%20a%C3%A9'(x),b;c=d:@!$&*~";
    let query = "Limit=2&Limit=3&Name=a%20%26b%3Dc%23&At=2026-01-01T00:00:00Z&Plus=%2B";
    for source in Source::ALL {
        let call = Call::get(&format!("{path}?{query}"));
        let seen = sent(&world, &function, source, &call).await;
        let (path, query) = match source {
            // The path was decoded on the way; what meant the same is written in its shortest form.
            Source::Http => (path.replace("%2B", "+"), query.to_owned()),
            // One value for each name is all that there is.
            Source::Balancer => (path.to_owned(), query.replace("Limit=2&", "")),
            _ => (path.to_owned(), query.to_owned()),
        };
        let line = format!("GET {path}?{query} HTTP/1.1\r\n");
        assert!(seen.starts_with(&line), "{source:?}\n{line}{seen}");
        assert!(seen.contains("\r\nhost: localhost\r\n"), "{seen}");
        // Nothing of what AWS added goes on to BACEN.
        assert!(!seen.contains("x-amzn") && !seen.contains("pix.example"), "{seen}");
    }
    // A body that DICT wants unsigned: every octet counts, white space and line ends too.
    let body =
        "\u{feff}<CheckKeysRequest>\r\n\t<Keys><Key>é 😀 &amp; </Key></Keys>\n</CheckKeysRequest>\r\n ";
    for source in Source::ALL {
        for kind in ["application/xml", "application/octet-stream"] {
            let call = Call::post("/api/v2/keys/check", body).of_type(kind);
            let seen = sent(&world, &function, source, &call).await;
            assert!(seen.ends_with(&format!("\r\n\r\n{body}")), "{source:?}, {kind}: {seen:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_not_ours_and_a_page_in_a_browser_get_nothing() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let function = world.function_with("dict", &[("LACRE_OWN_HOSTS", "")]).await;
    for source in Source::ALL {
        // API Gateway says which of its names was called, a load balancer does not.
        let is_said = !matches!(source, Source::Balancer | Source::BalancerMulti);
        let reply = function.call(source, &read()).await;
        assert_eq!(reply.status, if is_said { 200 } else { 421 }, "{source:?}");
        let page = function.call(source, &read().with("Referer", "https://page.example/")).await;
        assert_eq!((page.status, page.element("code")), (400, "header-syntax".to_owned()), "{source:?}");
    }
    let event = r#"{"httpMethod":"GET","path":"/api/v2/entries/x","headers":{"Host":"page.example"},
        "requestContext":{"domainName":"pix.example"}}"#;
    let reply = function.invoke(event).await;
    assert!(
        reply["statusCode"] == 421 && reply["body"].as_str().unwrap().contains("host-unknown"),
        "{reply}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_request_that_unpacks_to_a_large_one_is_refused_and_leaves_little() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let bomb = |bytes: usize| {
        let packed = gzip_packed(&vec![b' '; bytes]);
        Call::post(MESSAGES, packed).with("Content-Encoding", "gzip")
    };
    let usual = world.function("spi").await;
    let reply = usual.call(Source::RestBinary, &bomb((1 << 20) + 1)).await;
    assert_eq!((reply.status, reply.element("code")), (413, "gzip-too-large".to_owned()));
    // Up to the limit it is read, and found to be no message.
    let reply = usual.call(Source::RestBinary, &bomb(1 << 20)).await;
    assert_eq!(reply.status, 400, "{}", reply.text());
    let small = world.function_with("spi", &[("LACRE_REQUEST_UNPACKED_BYTES", "2000")]).await;
    let reply = small.call(Source::RestBinary, &bomb(2001)).await;
    assert_eq!((reply.status, reply.element("code")), (413, "gzip-too-large".to_owned()));
    let rows = world.deployment.kept("spi").await;
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.text("request_body").is_none_or(|body| body.len() <= 16 << 10)));
    assert!(rows.iter().all(|row| row.text("request_wire_sha256").is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_none_fails_and_says_so_and_the_next_one_is_answered() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let function = world.function("dict").await;
    let bad_body = r#"{"httpMethod":"POST","path":"/","body":"*","isBase64Encoded":true}"#;
    for (event, words) in [
        ("{}", "no HTTP request"),
        (r#"{"Records":[{"body":"x"}]}"#, "no HTTP request"),
        (r#"{"lacre":"sing"}"#, "no HTTP request"),
        (bad_body, "base64"),
        ("[]", ""),
        (r#"{"httpMethod":7}"#, ""),
    ] {
        let Answer::Error(error) = function.api.invoke(event, TIMEOUT).await else { panic!("{event}") };
        assert!(error["errorMessage"].as_str().unwrap().contains(words), "{event}: {error}");
    }
    assert_eq!(function.call(Source::Rest, &read()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_of_every_request_and_nothing_that_is_in_it() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let secrets = [
        samples::PAYER_TAX_ID,
        samples::KEY,
        samples::KEY_HELD.trim_start_matches('+'),
        "E12345678202611232000",
        "SignatureValue>",
        "PRIVATE KEY",
        "CERTIFICATE",
    ];
    for level in ["info", "debug"] {
        let dict = world.function_with("dict", &[("LACRE_LOG", level)]).await;
        let spi = world.function_with("spi", &[("LACRE_LOG", level)]).await;
        let before = world.deployment.kept("dict").await.len();
        dict.call(Source::Rest, &register()).await;
        dict.call(Source::Http, &read()).await;
        world.bacen.faults().ask(Fault::TamperNextAnswer);
        assert_eq!(dict.call(Source::Balancer, &read()).await.status, 502);
        world.bacen.faults().ask(Fault::DropConnection);
        dict.call(Source::Rest, &register()).await;
        dict.call(Source::Rest, &Call::post("/api/v2/entries/", "<Key>helena.prado@pix.example")).await;
        world.front.always("firehose:*", lacre_tests::aws::Fault::DOWN);
        spi.call(Source::Rest, &pay()).await;
        spi.invoke(r#"{"lacre":"doctor"}"#).await;
        world.front.behave();
        for said in [dict.said(), spi.said()] {
            for secret in secrets {
                assert!(!said.contains(secret), "{level}: `{secret}` is in the log: {said}");
            }
        }
        // Each request's end is told once, with what it takes to find it in the archive and in Lambda's own log.
        let logs = dict.logs();
        let closed: Vec<_> = logs.iter().filter(|line| line["message"] == "exchange closed").collect();
        assert_eq!(closed.len(), 5, "{}", dict.said());
        let rows = world.deployment.kept("dict").await;
        for (number, (line, row)) in closed.iter().zip(&rows[before..]).enumerate() {
            assert_eq!(line["exchange"].as_str(), row.text("exchange_id"));
            let request_id = line["span"]["request_id"].as_str().unwrap();
            assert!(request_id.ends_with(&format!("{:012x}", number + 1)), "{request_id}");
        }
    }
}
