//! BACEN slow, silent, broken at every place of a request and its answer, or somebody else.

use lacre_native::tls::Identity;
use lacre_simulator::Fault;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::check::Operation;
use super::world::{World, bacen_config};

/// These take the whole time that an exchange may take.
const SILENT: [Fault; 4] =
    [Fault::HandshakeSilent, Fault::SilentMidRequest, Fault::Silent, Fault::SilentMidBody];

/// Each fault at each operation, once and so often that a repetition meets it too.
fn misbehave(world: &World, faults: &[Fault], title: &str) {
    let proxy = world.proxy();
    for &fault in faults {
        let times = if SILENT.contains(&fault) { 1..=1 } else { 1..=2 };
        for times in times {
            for operation in Operation::ALL {
                if [Fault::HandshakeAlert, Fault::HandshakeSilent].contains(&fault) {
                    // A new BACEN has no connection yet.
                    world.replace_bacen(bacen_config());
                } else if operation == Operation::Close {
                    world.call("none", Operation::Read, proxy.at());
                }
                world.with_bacen(|bacen| (0..times).for_each(|_| bacen.faults().ask(fault)));
                let answer = world.call(fault.name(), operation, proxy.at());
                assert!(answer.is_some(), "{fault:?}, {operation:?}: every caller gets an answer");
                world.with_bacen(|bacen| bacen.faults().clear());
            }
        }
    }
    for operation in Operation::ALL {
        let answer = world.call("none, afterwards", operation, proxy.at()).unwrap();
        assert!((200..300).contains(&answer.status), "{operation:?}: {answer:?}");
    }
    proxy.stop();
    world.check(title);
}

#[test]
fn bacen_misbehaves_at_every_place_of_a_request_and_its_answer() {
    let faults: Vec<_> = Fault::ALL.iter().copied().filter(|fault| !SILENT.contains(fault)).collect();
    misbehave(&World::new(), &faults, "BACEN misbehaves");
}

#[test]
fn bacen_falls_silent_at_every_place() {
    misbehave(&World::impatient(), &SILENT, "BACEN falls silent");
}

#[test]
fn retry_after_and_redirections_reach_the_caller_as_bacen_said_them() {
    let world = World::new();
    let proxy = world.proxy();
    for (fault, status, header, value) in [
        (Fault::TooManyRequests, 429, "retry-after", "2"),
        (Fault::ServiceUnavailable, 503, "retry-after", "2"),
        (Fault::Redirect, 307, "location", "https://elsewhere.example/"),
    ] {
        for operation in Operation::ALL {
            world.with_bacen(|bacen| bacen.faults().ask(fault));
            let answer = world.call(fault.name(), operation, proxy.at()).unwrap();
            assert_eq!((answer.status, answer.header(header)), (status, Some(value)), "{operation:?}");
        }
    }
    assert!(world.obeyed().is_empty(), "nobody went where a redirection points");
    proxy.stop();
    world.check("BACEN says later, or elsewhere");
}

#[test]
fn a_certificate_that_expired_or_was_swapped_gets_nothing_sent() {
    let world = World::new();
    let made = |years: (i32, i32)| {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        (certificate.pem(), key.serialize_pem())
    };
    let (expired, swapped) = (made((2020, 2021)), made((2020, 2090)));
    std::fs::write(world.path("expired.pem"), &expired.0).unwrap();
    world.configure("require", &[&world.path("expired.pem")]);
    let proxy = world.proxy();
    let all = |fault: &str, good: bool| {
        for operation in Operation::ALL {
            let answer = world.call(fault, operation, proxy.at()).unwrap();
            assert_eq!((200..300).contains(&answer.status), good, "{fault}, {operation:?}: {answer:?}");
            if !good {
                assert_eq!(
                    (answer.status, answer.element("maybe-accepted")),
                    (503, Some("false")),
                    "{fault}"
                );
            }
        }
    };
    all("none", true);
    for (fault, (certificate, key)) in [("certificate expired", expired), ("certificate swapped", swapped)] {
        let mut config = bacen_config();
        config.channel = Identity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
        world.replace_bacen(config);
        all(fault, false);
    }
    world.replace_bacen(bacen_config());
    all("none, afterwards", true);
    proxy.stop();
    world.check("BACEN's channel certificate");
}
