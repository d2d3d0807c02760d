//! The audit trail's disk full, slow, down or gone.

use core::time::Duration;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;

use lacre_simulator::Fault;
use lacre_tests::live::Proxy;

use super::check::Operation;
use super::world::World;

/// A proxy whose syncs do what a file says.
pub(crate) struct Sync(PathBuf);

impl Sync {
    pub(crate) fn start(world: &World) -> (Proxy, Self) {
        let (library, file) = (world.path("slow_sync.so"), world.path("sync"));
        if !library.exists() {
            let source = lacre_tests::root().join("tests/tests/faults/slow_sync.c");
            let mut build = Command::new("cc");
            build.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
            assert!(build.status().unwrap().success());
        }
        fs::write(&file, "0").unwrap();
        let variables = [("LD_PRELOAD", library.as_path()), ("LACRE_TEST_SYNC", file.as_path())];
        (world.proxy_with(&variables), Self(file))
    }

    pub(crate) fn set(&self, what: &str) {
        let aside = self.0.with_extension("new");
        fs::write(&aside, what).unwrap();
        fs::rename(aside, &self.0).unwrap();
    }
}

/// All operations, which must be refused because nothing is kept, and of which nothing is sent.
fn refused(world: &World, proxy: &Proxy, fault: &str) {
    let before = world.obeyed().len();
    for operation in [Operation::ALL, Operation::ALL].concat() {
        let answer = world.call(fault, operation, proxy.at()).unwrap();
        let said = (answer.status, answer.element("code"), answer.element("maybe-accepted"));
        assert_eq!(said, (503, Some("audit-unavailable"), Some("false")), "{fault}, {operation:?}");
    }
    assert_eq!(world.obeyed().len(), before, "{fault}: nothing is sent unrecorded");
}

/// All operations, which must succeed.
fn served(world: &World, proxy: &Proxy, fault: &str) {
    for operation in Operation::ALL {
        let answer = world.call(fault, operation, proxy.at()).unwrap();
        assert!((200..300).contains(&answer.status), "{fault}, {operation:?}: {answer:?}");
    }
}

/// Waits until the disk that is well again was found to be.
fn served_again(world: &World, proxy: &Proxy) {
    for _ in 0..600 {
        // What is large finds room last.
        let answer = world.call("none, afterwards", Operation::Payment, proxy.at()).unwrap();
        if (200..300).contains(&answer.status) {
            return served(world, proxy, "none, afterwards");
        }
        sleep(Duration::from_millis(50));
    }
    panic!("it never took records again");
}

#[test]
fn nothing_leaves_while_the_disk_takes_no_record_and_everything_is_recorded_once_it_does() {
    if !lacre_tests::require("prlimit") {
        return;
    }
    let world = World::new();
    let (proxy, sync) = Sync::start(&world);
    served(&world, &proxy, "none");

    proxy.limit_file_size("0");
    refused(&world, &proxy, "disk full");
    proxy.limit_file_size("unlimited");
    served_again(&world, &proxy);

    sync.set("fail");
    refused(&world, &proxy, "disk down");
    sync.set("0");
    served_again(&world, &proxy);

    // Slower than a record is waited for, not slower than an intent is.
    sync.set("400");
    served(&world, &proxy, "disk slow");
    sync.set("0");
    served_again(&world, &proxy);

    // Removed while nothing is in it that is not shipped.
    let spool = world.path("audit/spool");
    let spooled =
        || fs::read_dir(&spool).unwrap().any(|e| e.unwrap().path().extension().is_some_and(|x| x == "spool"));
    while spooled() {
        sleep(Duration::from_millis(50));
    }
    fs::remove_dir_all(&spool).unwrap();
    refused(&world, &proxy, "folder removed");
    fs::create_dir(&spool).unwrap();
    served_again(&world, &proxy);
    proxy.stop();
    world.check("The audit trail's disk");
}

#[test]
fn no_answer_waits_for_the_disk_and_no_kill_takes_its_record_back() {
    let world = World::new();
    for operation in [Operation::Payment, Operation::Register, Operation::Lookup] {
        let (proxy, sync) = Sync::start(&world);
        world.with_bacen(|bacen| bacen.faults().ask(Fault::Slow));
        let before = world.obeyed().len();
        std::thread::scope(|scope| {
            let (world, at) = (&world, proxy.at());
            let call = scope.spawn(move || world.call("no sync ends, then kill -9", operation, at));
            while world.obeyed().len() == before {
                sleep(Duration::from_millis(1));
            }
            // The intent is on the disk. From here on nothing more comes there.
            sync.set("600000");
            assert!((200..300).contains(&call.join().unwrap().unwrap().status), "{operation:?}");
        });
        assert_eq!(proxy.errors(), [""; 0], "{operation:?}");
        proxy.kill();
    }
    world.proxy().stop();
    let rows = world.check("The audit trail's disk stands still once BACEN has the request");
    assert!(
        rows.iter().all(|row| row.text("outcome") == Some("answered")),
        "an answer that was given has no record"
    );
}

#[test]
fn where_it_is_configured_so_payments_leave_while_the_disk_takes_no_record() {
    if !lacre_tests::require("prlimit") {
        return;
    }
    let world = World::new();
    for choice in ["try", "off"] {
        world.configure(choice, &[]);
        let proxy = world.proxy();
        proxy.limit_file_size("0");
        served(&world, &proxy, &format!("disk full, before_sending = {choice}"));
        proxy.limit_file_size("unlimited");
        served_again(&world, &proxy);
        proxy.stop();
    }
    world.check("The audit trail's disk, and payments that leave all the same");
}

#[test]
fn a_disk_that_fills_up_under_way_and_a_kill_cost_no_record() {
    if !lacre_tests::require("prlimit") {
        return;
    }
    let world = World::impatient();
    let proxy = world.proxy();
    served(&world, &proxy, "none");
    let before = world.obeyed().len();
    world.with_bacen(|bacen| (0..4).for_each(|_| bacen.faults().ask(Fault::Silent)));
    std::thread::scope(|scope| {
        for operation in [Operation::Payment, Operation::Register, Operation::Lookup, Operation::Payment] {
            let (world, at) = (&world, proxy.at());
            scope.spawn(move || world.call("full under way, then kill -9", operation, at));
        }
        while world.obeyed().len() < before + 4 {
            sleep(Duration::from_millis(5));
        }
        proxy.limit_file_size("0");
    });
    // The callers were answered: their records are in memory and nowhere else.
    proxy.kill();
    world.proxy().stop();
    let rows = world.check("The disk fills up under way");
    assert_eq!(rows.iter().filter(|row| row.text("outcome_reason") == Some("process-ended")).count(), 4);
}

#[test]
fn a_queue_that_is_full_lets_nothing_leave_and_the_archive_shows_what_found_no_room() {
    let world = World::new();
    let (proxy, sync) = Sync::start(&world);
    served(&world, &proxy, "none");
    // The disk takes its time, and more waits for it than there is room for.
    sync.set("4000");
    let before = world.obeyed().len();
    std::thread::scope(|scope| {
        for _ in 0..150 {
            let (world, at) = (&world, proxy.at());
            scope.spawn(move || {
                for _ in 0..10 {
                    let answer = world.call_large("queue full, body refused", at).unwrap();
                    assert_eq!((answer.status, answer.element("maybe-accepted")), (400, Some("false")));
                }
            });
        }
    });
    refused(&world, &proxy, "queue full");
    assert_eq!(world.obeyed().len(), before);
    sync.set("0");
    served_again(&world, &proxy);
    proxy.stop();
    let rows = world.check("The audit trail's queue");
    assert!(rows.len() < world.calls(), "the queue was never full");
}
