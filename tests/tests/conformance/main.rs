//! XML 1.0 (5th edition) and Namespaces 1.0, production by production: `productions.txt` through both readers, with libxml2
//! for a third opinion.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use lacre_core::xml::{Quick, Scanner};
use lacre_core::{Reason, canonicalize_as};

const TABLE: &str = include_str!("productions.txt");

/// The numbers that the recommendations give their productions; what is missing between them was taken out by an edition.
fn productions() -> Vec<String> {
    let xml = (1..=89).filter(|number| !(33..=38).contains(number) && *number != 79).map(|n| n.to_string());
    let more = ["4a", "28a", "28b"].map(str::to_owned);
    xml.chain(more).chain((1..=21).map(|number| format!("NS-{number}"))).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Accepted,
    Refused,
    DocumentType,
    Policy,
}

#[derive(Debug)]
struct Case {
    production: String,
    kind: Kind,
    line: usize,
    document: Vec<u8>,
    reason: Option<String>,
}

impl Case {
    /// Whether libxml2 is to accept it: as XML has it, unless the table says that it decides otherwise.
    fn libxml2_accepts(&self) -> bool {
        let by_xml = self.kind != Kind::Refused;
        let otherwise = self.reason.as_ref().is_some_and(|reason| reason.starts_with("libxml2 accepts"));
        by_xml || otherwise
    }
}

fn table() -> (Vec<String>, Vec<Case>) {
    let (mut names, mut cases): (Vec<String>, Vec<Case>) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(TABLE.lines()) {
        let (mark, rest) = line.split_at(line.len().min(1));
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let kind = match mark {
            "" | "#" => continue,
            "=" => {
                names.push(rest.split(' ').next().unwrap().to_owned());
                continue;
            }
            "!" => {
                cases.last_mut().unwrap().reason = Some(rest.to_owned());
                continue;
            }
            "+" => Kind::Accepted,
            "-" => Kind::Refused,
            "d" => Kind::DocumentType,
            "p" => Kind::Policy,
            _ => panic!("line {number}: `{line}`"),
        };
        let production = names.last().unwrap().clone();
        cases.push(Case { production, kind, line: number, document: octets(rest), reason: None });
    }
    (names, cases)
}

fn octets(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let plain = match (character, character == '\\') {
            (_, true) => match characters.next().unwrap() {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '\\' => '\\',
                'x' => {
                    let digits: String = characters.by_ref().take(2).collect();
                    octets.push(u8::from_str_radix(&digits, 16).unwrap());
                    continue;
                }
                'u' => {
                    let digits: String = characters.by_ref().skip(1).take_while(|c| *c != '}').collect();
                    char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap()
                }
                other => panic!("`\\{other}` in `{text}`"),
            },
            (character, false) => character,
        };
        octets.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes());
    }
    octets
}

#[test]
fn every_production_has_accepting_and_refusing_cases() {
    let (names, cases) = table();
    let mut wrong: Vec<String> = productions()
        .into_iter()
        .filter(|name| !names.contains(name))
        .map(|name| format!("{name} is missing"))
        .collect();
    for name in &names {
        let has = |kind| cases.iter().any(|case| case.production == *name && case.kind == kind);
        // A production of the document type has documents that XML accepts; all are refused, for the whole is.
        let whole = has(Kind::Accepted) && (has(Kind::Refused) || has(Kind::Policy));
        if !whole && !has(Kind::DocumentType) {
            wrong.push(format!("{name} has not both"));
        }
    }
    wrong.extend(
        cases
            .iter()
            .filter(|case| case.kind == Kind::Policy && case.reason.is_none())
            .map(|case| format!("line {}: a rule of ours without its reason", case.line)),
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn both_readers_decide_as_the_table_says() {
    let (_, cases) = table();
    let mut wrong = Vec::new();
    for case in &cases {
        let scanner = canonicalize_as::<Scanner<'_>>(&case.document, true).err().map(|error| error.reason());
        let quick = canonicalize_as::<Quick<'_>>(&case.document, true).err().map(|error| error.reason());
        for (reader, reason) in [("our reader", scanner), ("quick-xml", quick)] {
            let as_told = match case.kind {
                Kind::Accepted => reason.is_none(),
                Kind::DocumentType => reason == Some(Reason::Doctype),
                Kind::Policy => matches!(reason, Some(Reason::Encoding | Reason::RelativeNamespace)),
                Kind::Refused => reason.is_some(),
            };
            if !as_told {
                wrong.push(format!("line {} [{}]: {reader} says {reason:?}", case.line, case.production));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn libxml2_decides_as_the_table_says() {
    if !lacre_tests::require("python") {
        return;
    }
    let (_, cases) = table();
    let accepted = libxml2(&cases);
    let wrong: Vec<String> = cases
        .iter()
        .zip(&accepted)
        .filter(|(case, accepted)| case.libxml2_accepts() != **accepted)
        .map(|(case, accepted)| format!("line {} [{}]: accepted {accepted}", case.line, case.production))
        .collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Parses each document without reading anything else, and says of each whether it is well-formed.
const LIBXML2: &str = r"
import sys
from lxml import etree
for line in sys.stdin:
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, attribute_defaults=False)
    try:
        etree.fromstring(bytes.fromhex(line.strip()), parser)
        print('yes')
    except (etree.XMLSyntaxError, LookupError):
        print('no')
";

fn libxml2(cases: &[Case]) -> Vec<bool> {
    let mut child = Command::new(lacre_tests::python())
        .args(["-c", LIBXML2])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: String = cases.iter().map(|case| hex(&case.document) + "\n").collect();
    let mut input = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    let answers: Vec<bool> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| line == "yes").collect();
    assert_eq!(answers.len(), cases.len());
    answers
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
