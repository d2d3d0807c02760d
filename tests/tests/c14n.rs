//! Exclusive C14N of random documents, byte for byte as libxml2 and the JDK have it.
#![expect(clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use lacre_core::{Profile, Target, canonical_octets, canonicalize, canonicalize_as};
use lacre_tests::generator::{self, Document};
use lacre_tests::random::Random;
use lacre_tests::signer::TestSigner;
use lacre_tests::worker::Worker;
use lacre_tests::{require, seed};

const DOCUMENTS: usize = 1500;
const WRAPPED: usize = 500;

#[test]
fn whole_documents_come_out_as_from_libxml2() {
    if !require("python") {
        return;
    }
    // libxml2 writes a namespace name without escaping it, which is not well-formed: the JDK has the say there.
    compare(&mut Worker::python("c14n.py"), |document| !document.escaped_namespace);
}

#[test]
fn whole_documents_come_out_as_from_the_jdk() {
    if !require("java") {
        return;
    }
    compare(&mut Worker::java("C14n.java"), |document| !document.fifth_edition_name && !document.empty_root);
}

#[test]
fn both_readers_give_the_same_octets() {
    for (number, document) in documents() {
        for with_comments in [false, true] {
            let one = canonicalize(&document.bytes, with_comments);
            let other = canonicalize_as::<lacre_core::xml::Quick<'_>>(&document.bytes, with_comments);
            assert_eq!(one, other, "{}", replay(number, &document.bytes));
        }
    }
}

#[test]
fn canonical_form_is_its_own_canonical_form() {
    for (number, document) in documents() {
        let once = canonicalize(&document.bytes, true).unwrap();
        assert_eq!(canonicalize(&once, true).unwrap(), once, "{}", replay(number, &document.bytes));
    }
}

#[test]
fn the_parts_of_a_message_come_out_as_from_libxml2() {
    if !require("python") {
        return;
    }
    let mut libxml2 = Worker::python("c14n.py");
    let signer = TestSigner::new();
    let mut random = Random::new(seed() ^ 1);
    for number in 0..WRAPPED {
        let message = envelope(&mut random);
        let signed = signer
            .sign(message.as_bytes(), Profile::Spi)
            .unwrap_or_else(|error| panic!("{error}: {}", replay(number, message.as_bytes())));
        for (target, name) in [(Target::AppHdr, "AppHdr"), (Target::Document, "Document")] {
            let ours = canonical_octets(&signed, Profile::Spi, target).unwrap();
            let theirs = libxml2.ask(&[b"without", message.as_bytes(), name.as_bytes()]);
            assert_same(&ours, &theirs, number, message.as_bytes());
        }
    }
}

/// An SPI message with random content, whose Envelope binds prefixes that AppHdr and Document inherit.
fn envelope(random: &mut Random) -> String {
    let default = "https://www.bcb.gov.br/pi/pacs.008/1.16";
    let header = generator::content(random, default);
    let document = generator::content(random, default);
    let bound = random.word(&["", " xmlns:a='urn:x:1'", " xmlns:ds=\"urn:x:2\" xmlns:B='urn:x:10'"]);
    format!(
        "<Envelope xmlns=\"{default}\"{bound}>\r\n<AppHdr>{header}<Sgntr/></AppHdr>\
         <Document>{document}</Document>\n</Envelope>"
    )
}

fn documents() -> impl Iterator<Item = (usize, Document)> {
    let mut random = Random::new(seed());
    (0..DOCUMENTS).map(move |number| (number, generator::document(&mut random)))
}

fn compare(other: &mut Worker, comparable: impl Fn(&Document) -> bool) {
    let mut compared = 0;
    for (number, document) in documents().filter(|(_, document)| comparable(document)) {
        for (with_comments, word) in [(false, b"without".as_slice()), (true, b"with")] {
            let ours = canonicalize(&document.bytes, with_comments)
                .unwrap_or_else(|error| panic!("{error}: {}", replay(number, &document.bytes)));
            assert_same(&ours, &other.ask(&[word, &document.bytes]), number, &document.bytes);
        }
        compared += 1;
    }
    assert!(compared >= 1000, "only {compared} documents were compared");
}

fn assert_same(ours: &[u8], reply: &[Vec<u8>], number: usize, document: &[u8]) {
    let theirs = String::from_utf8_lossy(&reply[1]);
    assert_eq!(reply[0], b"ok", "{theirs}: {}", replay(number, document));
    assert_eq!(String::from_utf8_lossy(ours), theirs, "{}", replay(number, document));
}

fn replay(number: usize, document: &[u8]) -> String {
    format!("document {number} of LACRE_SEED={}:\n{}", seed(), String::from_utf8_lossy(document))
}
