//! Input that is made to hurt: always a verdict, never a panic, and in time.

use std::io::Write as _;

use super::house::{House, json, run};

/// The verdict and code of one message read from a file, by `verify` and by `inspect` alike.
fn judged(house: &House, name: &str) -> (String, String) {
    let mut told = ["verify", "inspect"].map(|verb| {
        let report = run(&mut house.lacre([verb, "--trust", "cert.pem", "--json", name]));
        assert_eq!(report.code, 1, "{verb}: {}", report.err);
        let json = json(&report);
        let row = &json["results"][0];
        (row["verdict"].as_str().unwrap().to_owned(), row["code"].as_str().unwrap().to_owned())
    });
    assert_eq!(told[0], told[1]);
    core::mem::take(&mut told[0])
}

fn pair(verdict: &str, code: &str) -> (String, String) {
    (verdict.to_owned(), code.to_owned())
}

#[test]
fn a_million_nested_elements_end_in_a_verdict() {
    let house = House::new();
    house.put("deep.xml", format!("{}{}", "<a>".repeat(1_000_000), "</a>".repeat(1_000_000)));
    assert_eq!(judged(&house, "deep.xml"), pair("malformed", "too-deep"));
    let canonical = run(&mut house.lacre(["c14n", "deep.xml"]));
    assert_eq!((canonical.code, canonical.out.as_str()), (1, ""));
    let signed = run(&mut house.lacre([
        "sign",
        "--profile",
        "auto",
        "--key",
        "key.pem",
        "--cert",
        "cert.pem",
        "deep.xml",
    ]));
    assert_eq!((signed.code, signed.out.as_str()), (1, ""));
    assert!(signed.err.contains("[too-deep]"), "{}", signed.err);
}

#[test]
fn a_million_attributes_end_in_a_verdict() {
    let house = House::new();
    let mut message = Vec::from(&b"<Envelope xmlns='urn:x'"[..]);
    for number in 0..1_000_000 {
        write!(message, " a{number}=''").unwrap();
    }
    message.extend(b"/>");
    house.put("wide.xml", message);
    assert_eq!(judged(&house, "wide.xml"), pair("malformed", "too-many-attributes"));
}

#[test]
fn a_hundred_thousand_namespaces_end_in_a_verdict() {
    let house = House::new();
    let mut message = String::from("<a>");
    for number in 0..200 {
        message += &format!("<a xmlns:n{number}='urn:{number}'>");
    }
    message += &"<n:b xmlns:n='urn:n'/>".repeat(100_000);
    message += &"</a>".repeat(201);
    house.put("spaces.xml", message);
    assert_eq!(judged(&house, "spaces.xml").0, "unsigned");
    let canonical = run(&mut house.lacre(["c14n", "spaces.xml"]));
    assert_eq!(canonical.code, 0, "{}", canonical.err);
}

#[test]
fn a_hundred_megabytes_of_text_end_in_a_verdict() {
    let house = House::with_signed_messages();
    let signed = house.text("signed-dict.xml");
    let (head, tail) = signed.split_once("Helena").unwrap();
    let mut file = std::fs::File::create(house.path("long.xml")).unwrap();
    file.write_all(head.as_bytes()).unwrap();
    let chunk = [b'x'; 1 << 20];
    for _ in 0..100 {
        file.write_all(&chunk).unwrap();
    }
    file.write_all(tail.as_bytes()).unwrap();
    assert_eq!(judged(&house, "long.xml"), pair("invalid", "digest-mismatch"));
}

#[test]
fn a_file_above_the_limit_is_refused_unread() {
    let house = House::new();
    let file = std::fs::File::create(house.path("huge.xml")).unwrap();
    file.set_len(1 << 40).unwrap();
    assert_eq!(judged(&house, "huge.xml"), pair("malformed", "too-large"));
    assert_eq!(run(&mut house.lacre(["c14n", "huge.xml"])).code, 1);
}

#[test]
fn a_namespace_that_would_be_repeated_a_hundred_thousand_times_is_refused() {
    let house = House::new();
    let name = "u".repeat(100_000);
    let message = format!("<a xmlns:p='urn:{name}'>{}</a>", "<p:b/>".repeat(100_000));
    house.put("bomb.xml", message);
    let canonical = run(&mut house.lacre(["c14n", "bomb.xml"]));
    assert_eq!((canonical.code, canonical.out.as_str()), (1, ""));
    assert!(canonical.err.contains("[canonical-too-large]"), "{}", canonical.err);
}

#[test]
fn noise_ends_in_a_verdict() {
    let house = House::with_signed_messages();
    let signed = house.read("signed.xml");
    let mut seed = 7_u64;
    for number in 0..300 {
        let mut noisy = signed.clone();
        for _ in 0..3 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from(seed >> 33).unwrap() % noisy.len();
            noisy[at] ^= u8::try_from(seed >> 56).unwrap() | 1;
        }
        house.put(&format!("noise/{number:03}.xml"), noisy);
    }
    let report = run(&mut house.verify(["--json", "noise"]));
    assert_eq!(report.code, 1);
    assert_eq!(json(&report)["counts"]["messages"], 300);
    assert_eq!(json(&report)["counts"]["unreadable"], 0);
}
