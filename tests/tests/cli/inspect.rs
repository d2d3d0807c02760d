//! `lacre inspect`.

use super::house::{House, json, run};

fn inspect<const N: usize>(house: &House, arguments: [&str; N]) -> assert_cmd::Command {
    let mut command = house.lacre(["inspect", "--trust", "cert.pem"]);
    command.args(arguments);
    command
}

#[test]
fn every_check_digest_and_name_of_a_valid_message_is_shown() {
    let house = House::with_signed_messages();
    let shown = run(&mut inspect(&house, ["signed.xml"]));
    assert_eq!((shown.code, shown.err.as_str()), (0, ""), "{}", shown.out);
    for words in [
        "  valid (profile spi",
        "✓ structure",
        "✓ signature",
        "✓ validity",
        "1 KeyInfo:",
        "2 AppHdr:",
        "3 Document:",
        "4 SignedInfo:",
        "agrees",
        "CN=AC de Teste v1, OU=CSPB-4, O=ICP-Brasil, C=BR",
        "CN=Banco do Teste T001, OU=ISPB-12345678, O=ICP-Brasil, C=BR",
        "2020-01-01T00:00:00Z",
        "2026-01-05T12:00:00Z",
    ] {
        assert!(shown.out.contains(words), "{words} is missing in {}", shown.out);
    }
    assert!(!shown.out.contains('✗') && !shown.out.contains("differs"));
}

#[test]
fn the_canonical_octets_are_those_that_were_hashed() {
    let house = House::with_signed_messages();
    for (file, numbers) in [("signed.xml", 4), ("signed-dict.xml", 3)] {
        let report = json(&run(&mut inspect(&house, ["--json", file])));
        let references = report["results"][0]["references"].as_array().unwrap();
        assert_eq!(references.len(), numbers);
        for (index, reference) in references.iter().enumerate() {
            let number = (index + 1).to_string();
            let octets = run(&mut house.lacre(["inspect", "--canonical", &number, file]));
            assert_eq!((octets.code, octets.err.as_str()), (0, ""));
            assert_eq!(reference["canonical_bytes"], octets.out.len());
            let digest = lacre_report::hex(&lacre_core::sha256(octets.out.as_bytes()));
            assert_eq!(reference["computed"]["hex"], digest, "{file} {number}");
        }
    }
}

#[test]
fn a_number_that_the_profile_does_not_have_exits_with_2() {
    let house = House::with_signed_messages();
    assert_eq!(run(&mut inspect(&house, ["--canonical", "4", "signed-dict.xml"])).code, 2);
    assert_eq!(run(&mut inspect(&house, ["--canonical", "1", "signed.xml", "signed-dict.xml"])).code, 2);
    assert_eq!(run(&mut inspect(&house, ["--canonical", "1", "spi.xml"])).code, 1, "nothing is signed");
}

#[test]
fn the_likely_cause_of_a_refusal_is_told() {
    let house = House::with_signed_messages();
    let signed = house.text("signed.xml");
    let dict = house.text("signed-dict.xml");
    let cases = [
        ("content-changed", signed.replacen("<EndToEndId>E", "<EndToEndId>F", 1)),
        ("header-changed", signed.replacen("<BizMsgIdr>M", "<BizMsgIdr>N", 1)),
        ("key-info-changed", signed.replacen("v1, OU=", "v1,OU=", 1)),
        ("pretty-printed", signed.replacen("<ds:X509Data>", "<ds:X509Data >\n", 1)),
        ("header-changed", signed.replacen("</ds:Signature></Sgntr>", "</ds:Signature>\n    </Sgntr>", 1)),
        ("content-changed", dict.replacen("Helena", "Helene", 1)),
    ];
    for (cause, message) in cases {
        assert!(message != signed && message != dict, "{cause}: nothing was changed");
        let report = run(inspect(&house, ["--json", "-"]).write_stdin(message.clone()));
        assert_eq!(report.code, 1);
        let json = json(&report);
        let row = &json["results"][0];
        assert_eq!(
            (row["code"].as_str(), row["cause"]["code"].as_str()),
            (Some("digest-mismatch"), Some(cause))
        );
        let shown = run(inspect(&house, ["-"]).write_stdin(message));
        let word = if cause == "pretty-printed" { "cause, proved: " } else { "likely cause: " };
        assert!(shown.out.contains(word) && shown.out.contains('✗'), "{}", shown.out);
        assert!(shown.out.contains("differs"), "{}", shown.out);
    }
}

#[test]
fn a_message_that_was_indented_after_signing_is_recognised() {
    let house = House::new();
    let compact: String = house.text("spi.xml").lines().map(str::trim_start).collect();
    let mut sign = house.lacre(["sign", "--profile", "spi", "--key", "key.pem", "--cert", "cert.pem"]);
    let signed = run(sign.write_stdin(compact)).out;
    let report = run(inspect(&house, ["--json", "-"]).write_stdin(signed.replace("><", ">\n  <")));
    assert_eq!(json(&report)["results"][0]["cause"]["code"], "pretty-printed");
    let altered = signed.replace("><", ">\n  <").replacen("<EndToEndId>E", "<EndToEndId>F", 1);
    let report = run(inspect(&house, ["--json", "-"]).write_stdin(altered));
    // With the indentation undone header and signature hold, so that this is not all that happened.
    assert_eq!(json(&report)["results"][0]["cause"]["code"], "content-changed");
}

#[test]
fn a_signature_by_another_key_is_told_from_a_changed_message() {
    let house = House::with_signed_messages();
    let other = run(&mut house.lacre([
        "sign",
        "--profile",
        "spi",
        "--key",
        "other-key.pem",
        "--cert",
        "other.pem",
        "spi.xml",
    ]));
    let value = |xml: &str| {
        let (_, tail) = xml.split_once("<ds:SignatureValue>").unwrap();
        tail.split_once("</ds:SignatureValue>").unwrap().0.to_owned()
    };
    let signed = house.text("signed.xml");
    let swapped = signed.replace(&value(&signed), &value(&other.out));
    let report = run(inspect(&house, ["--json", "-"]).write_stdin(swapped));
    let row = &json(&report)["results"][0];
    // One in some values is even above the other key's modulus.
    let code = row["code"].as_str().unwrap();
    assert!(["signature-mismatch", "signature-length"].contains(&code), "{code}");
    assert_eq!(row["cause"]["code"], "other-key");
}

#[test]
fn a_value_that_a_comment_splits_is_noted_and_shown_whole_whatever_the_verdict() {
    let house = House::with_signed_messages();
    // No signature covers a comment: it can be put in afterwards.
    let split = house.text("signed.xml").replace("37.90", "3<!-- -->7.90");
    let row = |command: &mut assert_cmd::Command| {
        json(&run(command.write_stdin(split.clone())))["results"][0].clone()
    };
    for row in [
        row(&mut inspect(&house, ["--json", "-"])),
        row(&mut house.lacre(["verify", "--trust", "cert.pem", "--json", "-"])),
    ] {
        assert_eq!(row["verdict"], "valid");
        let [note] = row["notes"].as_array().unwrap().as_slice() else { panic!("{row}") };
        assert_eq!(
            (note["code"].as_str(), note["element"].as_str()),
            (Some("value-interrupted"), Some("IntrBkSttlmAmt"))
        );
        assert_eq!(note["value"], "37.90");
        assert!(note["line"].is_u64() && note["column"].is_u64() && note["offset"].is_u64(), "{note}");
    }
    let shown = run(inspect(&house, ["-"]).write_stdin(split.clone()));
    assert!(shown.out.contains("note: ") && shown.out.contains("IntrBkSttlmAmt: 37.90"), "{}", shown.out);
    let shown = run(inspect(&house, ["--lang", "pt-BR", "-"]).write_stdin(split.clone()));
    assert!(shown.out.contains("nota: ") && shown.out.contains("IntrBkSttlmAmt: 37.90"), "{}", shown.out);
    let plain = json(&run(&mut inspect(&house, ["--json", "signed.xml"])))["results"][0].clone();
    assert_eq!(plain["notes"], serde_json::json!([]));
}

#[test]
fn without_trust_the_digests_are_still_checked() {
    let house = House::with_signed_messages();
    let shown = run(&mut house.lacre(["inspect", "--json", "signed.xml"]));
    assert_eq!(shown.code, 1);
    let row = &json(&shown)["results"][0];
    assert_eq!(
        (row["verdict"].as_str(), row["code"].as_str()),
        (Some("indeterminate"), Some("certificate-unknown"))
    );
    assert_eq!(row["cause"]["code"], "unknown-signer");
    assert_eq!(row["references"][2]["agree"], true);
    assert_eq!(row["signer"]["trusted"], false);
}

#[test]
fn the_json_has_every_check_in_order() {
    let house = House::with_signed_messages();
    let report = run(&mut inspect(&house, ["--json", "--at", "message", "signed.xml"]));
    let json = json(&report);
    assert_eq!(json["schema"], "lacre.inspect/1");
    let row = &json["results"][0];
    assert_eq!(
        (row["verdict"].as_str(), row["instant"].as_str()),
        (Some("valid"), Some("2026-01-05T12:00:00Z"))
    );
    assert_eq!(row["message_time"], "2026-01-05T12:00:00Z");
    let checks = row["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["outcome"] == "passed"), "{checks:?}");
    assert!(checks.len() >= 5);
    assert!(checks.iter().all(|check| !check["text"].as_str().unwrap().is_empty()), "{checks:?}");
    let document = &row["references"][2];
    assert_eq!((document["target"].as_str(), document["agree"].as_bool()), (Some("Document"), Some(true)));
    assert_eq!(document["claimed"]["base64"].as_str().unwrap().len(), 44);
}

#[test]
fn what_is_not_xml_is_shown_too() {
    let house = House::new();
    for input in ["", "<a>", "\u{0}", "<a/><b/>"] {
        let shown = run(inspect(&house, ["-"]).write_stdin(input));
        assert_eq!(shown.code, 1, "{input:?}");
        assert!(shown.out.contains("malformed") && shown.out.contains("help: "), "{}", shown.out);
        let shown = run(inspect(&house, ["--lang", "pt-BR", "-"]).write_stdin(input));
        assert!(shown.out.contains("malformada") && shown.out.contains("ajuda: "), "{}", shown.out);
    }
}

#[test]
fn a_file_above_the_limit_has_its_verdict_code_and_help() {
    let house = House::new();
    std::fs::File::create(house.path("huge.xml")).unwrap().set_len(1 << 40).unwrap();
    let shown = run(&mut inspect(&house, ["huge.xml"]));
    assert_eq!(shown.code, 1);
    for word in ["malformed", "[too-large]", "help: "] {
        assert!(shown.out.contains(word), "{}", shown.out);
    }
}
