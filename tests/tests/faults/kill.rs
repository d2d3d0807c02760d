//! The proxy killed with SIGKILL at every step of its exchanges, under load.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Mutex;
use std::thread::{scope, sleep};

use lacre_simulator::Fault;
use lacre_tests::random::Random;

use super::check::{Call, Operation};
use super::sink::Sync;
use super::world::World;

/// What each step is killed under.
const UNDER_WAY: [Operation; 6] = [
    Operation::Payment,
    Operation::Register,
    Operation::Lookup,
    Operation::Payment,
    Operation::Read,
    Operation::Payment,
];

/// Long enough for requests to get where a fault holds them, as a rule; nothing hangs on it.
const A_WHILE: Duration = Duration::from_millis(250);

#[test]
fn killed_at_each_step_of_an_exchange_it_records_each_request_once() {
    let world = World::new();
    before_signing(&world);
    for (step, fault) in [
        ("kill -9 while connecting", Fault::HandshakeSilent),
        ("kill -9 while sending", Fault::SilentMidRequest),
        ("kill -9 after BACEN accepted", Fault::Silent),
        ("kill -9 while the answer comes", Fault::SilentMidBody),
    ] {
        let proxy = world.proxy();
        world.with_bacen(|bacen| UNDER_WAY.iter().for_each(|_| bacen.faults().ask(fault)));
        let before = world.obeyed().len();
        scope(|scope| {
            for operation in UNDER_WAY {
                let (world, at) = (&world, proxy.at());
                scope.spawn(move || world.call(step, operation, at));
            }
            sleep(A_WHILE);
            let obeyed = matches!(fault, Fault::Silent | Fault::SilentMidBody);
            while obeyed && world.obeyed().len() < before + UNDER_WAY.len() {
                sleep(Duration::from_millis(5));
            }
            proxy.kill();
        });
        world.with_bacen(|bacen| bacen.faults().clear());
    }
    let spared =
        [("kill -9 while the intent is synced", "1500"), ("kill -9 while the record is synced", "0")];
    for (step, at_first) in spared {
        in_a_sync(&world, step, at_first);
    }
    let proxy = world.proxy();
    for operation in Operation::ALL {
        let answer = world.call("none, afterwards", operation, proxy.at()).unwrap();
        assert!((200..300).contains(&answer.status), "{answer:?}");
    }
    proxy.stop();
    world.check("The proxy is killed at each step");
}

/// Half a request never becomes an exchange.
fn before_signing(world: &World) {
    let proxy = world.proxy();
    let mut halves = Vec::new();
    for operation in UNDER_WAY {
        let number = world.next_number();
        let query = format!("n={number}");
        let request = world.request(operation, number, &query);
        let mut stream = TcpStream::connect(operation.of(proxy.at())).unwrap();
        stream.write_all(&request[..request.len() / 2]).unwrap();
        halves.push(stream);
        let fault = "kill -9 before signing".to_owned();
        world.remember(Call { fault, operation, query, answer: None });
    }
    proxy.kill();
}

/// Syncs take their time from the start, or once BACEN has the requests.
fn in_a_sync(world: &World, step: &str, at_first: &str) {
    let (proxy, sync) = Sync::start(world);
    sync.set(at_first);
    let later = at_first == "0";
    if later {
        world.with_bacen(|bacen| UNDER_WAY.iter().for_each(|_| bacen.faults().ask(Fault::Slow)));
    }
    let before = world.obeyed().len();
    scope(|scope| {
        for operation in UNDER_WAY {
            let at = proxy.at();
            scope.spawn(move || world.call(step, operation, at));
        }
        while later && world.obeyed().len() < before + UNDER_WAY.len() {
            sleep(Duration::from_millis(2));
        }
        sync.set("1500");
        sleep(A_WHILE);
        proxy.kill();
    });
    world.with_bacen(|bacen| bacen.faults().clear());
}

/// `LACRE_SEED` replays it: what is asked, and when the kills come.
#[test]
fn killed_at_any_moment_under_load_it_records_each_request_once() {
    let world = World::new();
    let seed = lacre_tests::seed();
    println!("kills drawn from LACRE_SEED={seed}");
    let mut random = Random::new(seed);
    for _ in 0..20 {
        let proxy = world.proxy();
        // One in four while it still takes up what the one before it left.
        let loaded = !random.once_in(4);
        let after = Duration::from_micros(random.below(if loaded { 400_000 } else { 30_000 }) as u64);
        let (ended, at) = (AtomicBool::new(false), proxy.at());
        let draws = Mutex::new(Random::new(random.bits()));
        scope(|scope| {
            for _ in 0..if loaded { 6 } else { 0 } {
                scope.spawn(|| {
                    while !ended.load(Ordering::SeqCst) {
                        let operation = *draws.lock().unwrap().pick(&Operation::ALL);
                        // No answer: it is gone.
                        if world.call("kill -9 at any moment", operation, at).is_none() {
                            break;
                        }
                    }
                });
            }
            sleep(after);
            // Killed first: the callers must be at it when it happens.
            proxy.kill();
            ended.store(true, Ordering::SeqCst);
        });
    }
    world.proxy().stop();
    let rows = world.check("The proxy is killed at any moment");
    let closed = rows.iter().filter(|row| row.text("outcome_reason") == Some("process-ended")).count();
    println!("{} records, {closed} of them closed by a start", rows.len());
    assert!(closed > 0, "no kill came while anything was under way");
}
