//! What is said of a message that is refused: the likely cause, what proves it, where, and what to do. It must never soothe.

use serde_json::Value;

use super::house::{House, json, run};

fn signed_by(house: &House, key: &str, certificate: &str, xml: &str) -> String {
    let mut sign = house.lacre(["sign", "--profile", "auto", "--key", key, "--cert", certificate]);
    let signed = run(sign.write_stdin(xml));
    assert_eq!(signed.code, 0, "{}", signed.err);
    signed.out
}

/// The row of `inspect --json`, and what a person is shown.
fn inspected(house: &House, input: impl Into<Vec<u8>>) -> (Value, String) {
    let input = input.into();
    let row = run(house.lacre(["inspect", "--trust", "cert.pem", "--json", "-"]).write_stdin(input.clone()));
    let shown = run(house.lacre(["inspect", "--trust", "cert.pem", "-"]).write_stdin(input));
    (json(&row)["results"][0].clone(), shown.out)
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap();
    &text[start..start + text[start..].find(to).unwrap() + to.len()]
}

fn signature(xml: &str) -> &str {
    between(xml, "<ds:Signature ", "</ds:Signature>")
}

#[test]
fn under_a_strangers_key_nothing_can_be_concluded() {
    let house = House::with_signed_messages();
    let signed = house.text("signed.xml");
    let strange = signed_by(&house, "other-key.pem", "other.pem", &house.text("spi.xml"));
    let value = |xml| between(xml, "<ds:SignatureValue>", "</ds:SignatureValue>").to_owned();
    let altered = strange.replacen("<EndToEndId>E", "<EndToEndId>F", 1);
    // A stranger's message, one that a stranger altered, and one that names the bank's certificate all the same.
    let cases = [
        ("unknown-signer", strange.clone()),
        ("content-changed", altered),
        ("other-key", signed.replace(&value(&signed), &value(&strange))),
    ];
    for (cause, message) in cases {
        let (row, shown) = inspected(&house, message);
        assert_eq!((&row["cause"]["code"], &row["cause"]["proved"]), (&cause.into(), &false.into()));
        assert!(shown.contains("nothing can be concluded"), "{cause}: {shown}");
    }
}

#[test]
fn a_transplanted_signature_is_named() {
    let house = House::with_signed_messages();
    let one = house.text("signed.xml");
    let other = house
        .text("spi.xml")
        .replace("<BizMsgIdr>M", "<BizMsgIdr>N")
        .replace("<EndToEndId>E", "<EndToEndId>F");
    let other = signed_by(&house, "key.pem", "cert.pem", &other);
    let (row, shown) = inspected(&house, other.replace(signature(&other), signature(&one)));
    assert_eq!(row["cause"]["code"], "transplanted");
    assert!(shown.contains("transplanted"), "{shown}");
    let one = house.text("signed-dict.xml");
    let other =
        signed_by(&house, "key.pem", "cert.pem", &house.text("dict.xml").replacen("Helena", "Helene", 1));
    let (row, shown) = inspected(&house, other.replace(signature(&other), signature(&one)));
    assert_eq!(row["code"], "digest-mismatch");
    assert!(shown.contains("transplanted"), "{shown}");
}

#[test]
fn a_change_that_can_be_undone_is_proved() {
    let house = House::new();
    let unsigned: String = house.text("spi.xml").lines().map(str::trim_start).collect();
    let name = between(&unsigned, "<Nm>", "</Nm>").to_owned();
    let signed = signed_by(
        &house,
        "key.pem",
        "cert.pem",
        &unsigned.replace(&name, "<Nm>JOSÉ Gonçalves da Conceição</Nm>"),
    );
    let misread: String = signed.bytes().map(char::from).collect();
    let cases = [
        ("pretty-printed", signed.replace("><", ">\n  <")),
        ("mojibake", misread),
        (
            "unicode-normalised",
            signed.replace('é', "e\u{301}").replace('É', "E\u{301}").replace("ção", "c\u{327}a\u{303}o"),
        ),
        ("accents-stripped", signed.replace("JOSÉ Gonçalves da Conceição", "JOSE Goncalves da Conceicao")),
        ("accents-stripped", signed.replace("JOSÉ Gonçalves", "JOS? Gonçalves")),
    ];
    for (cause, message) in cases {
        assert_ne!(message, signed, "{cause}");
        let (row, shown) = inspected(&house, message.clone());
        assert_eq!(row["verdict"], "invalid", "{cause}: an experiment decides nothing");
        assert_eq!(
            (&row["cause"]["code"], &row["cause"]["proved"]),
            (&cause.into(), &true.into()),
            "{shown}"
        );
        assert!(shown.contains("cause, proved: "), "{shown}");
        // Without the certificate the experiment still succeeds, and proves nothing about who signed.
        let untrusted = run(house.lacre(["inspect", "--json", "-"]).write_stdin(message));
        let row = &json(&untrusted)["results"][0];
        assert_eq!((&row["cause"]["code"], &row["cause"]["proved"]), (&cause.into(), &false.into()));
        assert!(row["cause"]["text"].as_str().unwrap().contains("nothing can be concluded"));
    }
}

#[test]
fn an_experiment_does_not_explain_an_alteration_away() {
    let house = House::with_signed_messages();
    let signed = house.text("signed.xml");
    let altered = signed.replacen("<EndToEndId>E", "<EndToEndId>F", 1).replace("\n  ", "\n    ");
    let (row, shown) = inspected(&house, altered);
    assert_eq!(row["cause"]["proved"], false, "{shown}");
}

#[test]
fn a_place_names_the_covered_part_and_its_lines() {
    let house = House::with_signed_messages();
    let altered = house.text("signed.xml").replacen("<EndToEndId>E", "<EndToEndId>F", 1);
    let line_of = |what: &str| altered.lines().position(|line| line.contains(what)).unwrap() + 1;
    let (first, last) = (line_of("<Document"), line_of("</Document>"));
    let (row, shown) = inspected(&house, altered.clone());
    assert_eq!((&row["place"]["line"], &row["place"]["last_line"]), (&first.into(), &last.into()));
    assert_eq!(row["place"]["target"], "Document");
    let lines = format!("lines {first} to {last}");
    assert!(shown.contains("`Document` (reference 3): digest mismatch") && shown.contains(&lines), "{shown}");
    let verified = run(house.verify(["-"]).write_stdin(altered));
    assert!(verified.out.contains(&lines), "{}", verified.out);
}

#[test]
fn the_place_of_a_signature_that_fails_is_what_it_signs() {
    let house = House::with_signed_messages();
    let signed = house.text("signed.xml");
    let value = between(&signed, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let middle = &value[value.len() / 2..][..8];
    let turned: String = middle.chars().rev().collect();
    assert_ne!(turned, middle);
    let (row, shown) = inspected(&house, signed.replacen(middle, &turned, 1));
    assert_eq!(row["code"], "signature-mismatch", "{shown}");
    let line = signed.lines().position(|line| line.contains("<ds:SignedInfo")).unwrap() + 1;
    assert_eq!(
        (&row["place"]["target"], &row["place"]["line"]),
        (&"SignedInfo".into(), &line.into()),
        "{shown}"
    );
}

/// Inputs that are no message, with words that their remedy must have and must not have.
const STRANGE: [(&str, &[u8], &str, &str); 12] = [
    ("json", b"{\"xml\":\"<Envelope/>\"}", "JSON", "multipart"),
    ("base64", b"PD94bWwgdmVyc2lvbj0iMS4wIj8+PEVudmVsb3BlLz4=", "base64", "multipart"),
    ("two-messages", b"<a></a>\n<b></b>", "file of its own", "JSON"),
    (
        "two-messages",
        b"<?xml version=\"1.0\"?><a></a><?xml version=\"1.0\"?><b></b>",
        "file of its own",
        "very first",
    ),
    ("truncated", b"<Envelope><AppHdr>", "length", "hostile"),
    ("truncated", b"<Envelope><AppHdr", "length", "unescaped"),
    ("text", b"pagamento recebido", "which file", "multipart"),
    ("html", b"<!DOCTYPE html><html></html>", "who sent it", "remove the DOCTYPE"),
    ("control-reference", b"<a>&#31;Helena</a>", "remove it where the field is filled", "&amp;"),
    ("bare-ampersand", b"<a>Prado & Filhos</a>", "&amp;", "control"),
    ("encoding-declared", b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>Jos\xe9 </a>", "UTF-8", "gzip"),
    ("encoding-other", b"<a>Jos\xe9 </a>", "UTF-8", "gzip"),
];

#[test]
fn what_is_no_message_is_named_and_its_remedy_fits() {
    let house = House::new();
    for (cause, input, fits, misleads) in STRANGE {
        let (row, shown) = inspected(&house, input);
        assert_eq!(row["cause"]["code"], cause, "{shown}");
        let verified = run(house.verify(["-"]).write_stdin(input));
        let mut sign = house.lacre(["sign", "--profile", "auto", "--key", "key.pem", "--cert", "cert.pem"]);
        let signing = run(sign.write_stdin(input));
        let canonical = run(house.lacre(["c14n", "-"]).write_stdin(input));
        assert_eq!((verified.code, signing.code, canonical.code), (1, 1, 1), "{cause}");
        for told in [&shown, &verified.out, &signing.err, &canonical.err] {
            let help = told.lines().find(|line| line.trim_start().starts_with("help: ")).unwrap();
            assert!(help.contains(fits) && !help.contains(misleads), "{cause}: {told}");
        }
        assert_eq!(row["help"], row["cause"]["help"], "{cause}");
    }
}
