//! `lacre c14n`.

use super::house::{House, run};

const DOCUMENT: &str = "\u{feff}<?xml version='1.0'?>\r\n<!-- one --><a b = 'x'\n xmlns:u='urn:u'  a=\"y\"><!--two--><c/>é&#13;</a>\n";

#[test]
fn the_canonical_form_is_written_byte_for_byte() {
    let house = House::new();
    house.put("in.xml", DOCUMENT);
    let plain = run(&mut house.lacre(["c14n", "in.xml"]));
    assert_eq!((plain.code, plain.err.as_str()), (0, ""));
    assert_eq!(plain.out, "<a a=\"y\" b=\"x\"><c></c>é&#xD;</a>");
    let commented = run(&mut house.lacre(["c14n", "--with-comments", "in.xml"]));
    assert_eq!(commented.out, "<!-- one -->\n<a a=\"y\" b=\"x\"><!--two--><c></c>é&#xD;</a>");
}

#[test]
fn a_dash_is_standard_input() {
    let house = House::new();
    let read = run(house.lacre(["c14n", "-"]).write_stdin("<a/>"));
    assert_eq!((read.code, read.out.as_str()), (0, "<a></a>"));
}

#[test]
fn what_is_not_xml_exits_with_1_and_what_is_not_there_with_2() {
    let house = House::new();
    let malformed = run(house.lacre(["c14n", "-"]).write_stdin("<a><b></a>"));
    assert_eq!((malformed.code, malformed.out.as_str()), (1, ""));
    assert!(
        malformed.err.contains("[end-tag-mismatch]") && malformed.err.contains("help: "),
        "{}",
        malformed.err
    );
    let missing = run(&mut house.lacre(["c14n", "missing.xml"]));
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert!(missing.err.contains("`missing.xml`"), "{}", missing.err);
}
