//! Whatever hangs, an answer comes before Lambda's patience ends, and the record is not lost with it.

use core::time::Duration;

use lacre_tests::aws::{Delivery, Fault};
use lacre_tests::lambda::{Call, Function, Reply, Source};

use crate::relay::Relay;
use crate::server::{Act, Server};
use crate::world::{World, bacen_channel, pay, read};

/// One call, and whether its record is in the archive, the spill or on its way at the end.
async fn within(world: &World, function: &Function, call: &Call, timeout: Duration) -> Reply {
    let before = records(world).await;
    let (reply, left) = function.call_within(Source::Rest, call, timeout).await;
    assert!(left > Duration::ZERO, "{timeout:?}");
    world.front.behave();
    function.api.settled().await;
    for _ in 0..200 {
        if records(world).await > before {
            return reply;
        }
        // What came too late for one invocation leaves with the next.
        function.call(Source::Rest, &Call::get("/nowhere")).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{}", function.said());
}

async fn records(world: &World) -> usize {
    world.deployment.kept("spi").await.len()
}

const TIMEOUTS: [Duration; 2] = [Duration::from_millis(1200), Duration::from_secs(3)];

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_comes_in_time_whichever_step_hangs() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let relay = Relay::start().await;
    let real = world.bacen.spi_addr().port();
    relay.aim(real);
    world.deployment.point_to(relay.port, relay.port).await;
    let silent = Server::start(&bacen_channel(), &world.clients(), Act::Silent).await;
    let deaf = Server::start(&bacen_channel(), &world.clients(), Act::Deaf).await;
    let function = world.function("spi").await;
    for timeout in TIMEOUTS {
        world.front.always("kms:Sign", Fault::Hangs);
        let reply = within(&world, &function, &pay(), timeout).await;
        assert_eq!((reply.status, reply.element("code")), (503, "signing-failed".to_owned()), "{timeout:?}");

        for (bacen, status, accepted) in [(&silent, 504, "true"), (&deaf, 503, "false")] {
            relay.aim(bacen.port);
            let reply = within(&world, &function, &pay(), timeout).await;
            assert_eq!((reply.status, &*reply.element("maybe-accepted")), (status, accepted), "{timeout:?}");
        }
        relay.aim(real);

        world.front.always("firehose:*", Fault::Hangs);
        assert_eq!(within(&world, &function, &pay(), timeout).await.status, 201, "{timeout:?}");
        world.front.always("firehose:*", Fault::Hangs);
        world.front.always("s3:*", Fault::Hangs);
        assert_eq!(within(&world, &function, &pay(), timeout).await.status, 201, "{timeout:?}");

        // Everything at once.
        for what in ["kms:*", "firehose:*", "s3:*", "ssm:*", "secretsmanager:*"] {
            world.front.always(what, Fault::Hangs);
        }
        relay.aim(silent.port);
        assert_eq!(within(&world, &function, &pay(), timeout).await.status, 503, "{timeout:?}");
        relay.aim(real);
    }
    assert_eq!(function.metric("AuditLost"), 0.0);
    assert_eq!(function.call(Source::Rest, &pay()).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_hangs_ends_before_lambda_ends_it_and_mends_itself() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    for what in ["ssm:*", "secretsmanager:*", "kms:*"] {
        world.front.always(what, Fault::Hangs);
        let function = world.function("dict").await;
        // Lambda gives the start ten seconds; what a busy machine adds comes on top.
        assert!(function.age() < Duration::from_secs(14), "{what}: {:?}", function.age());
        let (reply, left) = function.call_within(Source::Rest, &read(), Duration::from_secs(3)).await;
        assert_eq!((reply.status, reply.element("code")), (503, "not-configured".to_owned()), "{what}");
        assert!(left > Duration::ZERO, "{what}");
        world.front.behave();
        for _ in 0..100 {
            if function.call(Source::Rest, &read()).await.status == 200 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(function.call(Source::Rest, &read()).await.status, 200, "{what}: {}", function.said());
    }
}

/// Starts a payment whose signature comes late, ends the instance in the middle of it, and gives whether its record is there.
async fn is_recorded_after_sigterm(world: &World, late: Duration) -> bool {
    let mut function = world.function("spi").await;
    let before = records(world).await;
    let signs = world.front.calls("kms:Sign");
    world.front.next(1, "kms:Sign", Fault::Late(late));
    let call = pay();
    {
        let answer = function.api.invoke(Source::Rest.event(&call), Duration::from_secs(8));
        tokio::pin!(answer);
        while world.front.calls("kms:Sign") == signs {
            tokio::select! {
                answer = &mut answer => panic!("{answer:?}"),
                () = tokio::time::sleep(Duration::from_millis(5)) => {}
            }
        }
    }
    let ended = function.terminate(Duration::from_secs(10)).await;
    assert!(ended.status.is_some() && ended.took < Duration::from_secs(3), "{ended:?}");
    let is_recorded = records(world).await > before;
    assert!(is_recorded || function.said().contains("under way"), "{}", function.said());
    is_recorded
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_in_the_middle_of_an_exchange_lets_it_end_or_says_that_it_did_not() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let late = Duration::from_secs(5);
    assert!(!is_recorded_after_sigterm(&world, late).await, "nobody waits that long");
    // Lambda gives half a second, which on a busy machine may be too short for anything.
    let soon = Duration::from_millis(60);
    for _ in 0..10 {
        if is_recorded_after_sigterm(&world, soon).await {
            return;
        }
    }
    panic!("no exchange ended in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_was_frozen_goes_on_although_its_connections_ended() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let relay = Relay::start().await;
    relay.aim(world.bacen.spi_addr().port());
    world.deployment.point_to(relay.port, relay.port).await;
    // Its parameters are old each time.
    let function = world.function_with("spi", &[("LACRE_CONFIG_TTL_SECONDS", "1")]).await;
    for round in 0..4 {
        let reply = function.call(Source::Rest, &pay()).await;
        assert_eq!(reply.status, 201, "{round}: {}{}", reply.text(), function.said());
        function.api.settled().await;
        function.freeze();
        tokio::time::sleep(Duration::from_millis(1300)).await;
        if round > 0 {
            relay.aim(world.bacen.spi_addr().port());
            world.front.end_connections();
        }
        function.thaw();
    }
    let rows = world.deployment.kept("spi").await;
    assert_eq!(rows.len(), 4, "{}", function.said());
    assert_eq!(function.metric("AuditSpills"), 0.0);
}
