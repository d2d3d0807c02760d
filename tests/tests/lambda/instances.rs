//! Fifty instances at once, as under load: each its own process, chain and connections.

use std::collections::BTreeSet;
use std::sync::Arc;

use lacre_tests::aws::Delivery;
use lacre_tests::aws::records::assert_whole;
use lacre_tests::lambda::{Function, Source};
use tokio::task::JoinSet;

use crate::world::{World, pay};

const INSTANCES: usize = 50;
const PAYMENTS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_instances_pay_at_the_same_time() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let world = Arc::new(world);
    let mut starting = JoinSet::new();
    for _ in 0..INSTANCES {
        let world = Arc::clone(&world);
        starting.spawn(async move { world.function("spi").await });
    }
    let functions: Vec<Function> = starting.join_all().await;
    let mut paying = JoinSet::new();
    for function in functions {
        paying.spawn(async move {
            for _ in 0..PAYMENTS {
                let reply = function.call(Source::Rest, &pay()).await;
                assert_eq!(reply.status, 201, "{} {}", reply.text(), function.said());
            }
            function.api.settled().await;
            assert_eq!(function.metric("AuditLost"), 0.0);
            function.resident_max_kib()
        });
    }
    let resident: Vec<u64> = paying.join_all().await;
    // An unoptimised program with its symbols; what is deployed is measured by `cargo xtask bench lambda`.
    assert!(resident.iter().all(|kib| *kib < 96 << 10), "{resident:?}");

    let rows = world.deployment.kept("spi").await;
    assert_eq!(assert_whole(&rows), INSTANCES * PAYMENTS);
    let chains: BTreeSet<&str> = rows.iter().filter_map(|row| row.text("chain_id")).collect();
    let exchanges: BTreeSet<&str> = rows.iter().filter_map(|row| row.text("exchange_id")).collect();
    assert_eq!((chains.len(), exchanges.len()), (INSTANCES, INSTANCES * PAYMENTS));
    assert!(rows.iter().all(|row| row.text("outcome") == Some("answered")));
}
