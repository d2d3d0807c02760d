//! What is too large for a vector file: every bound on a message is a refusal with its own reason, by either reader.

use lacre_core::xml::{Quick, Scanner};
use lacre_core::{At, Profile, Reason, Trust, limits, verify_as};

#[track_caller]
fn refused(document: &[u8], reason: Reason) {
    let trust = Trust::new();
    let by_scanner = verify_as::<Scanner<'_>>(document, Profile::Spi, &trust, At::Message).err();
    let by_quick = verify_as::<Quick<'_>>(document, Profile::Spi, &trust, At::Message).err();
    assert_eq!(by_scanner.map(|error| error.reason()), Some(reason), "our reader");
    assert_eq!(by_quick.map(|error| error.reason()), Some(reason), "quick-xml");
}

fn document(content: &str) -> Vec<u8> {
    format!(r#"<Envelope xmlns="urn:a"><AppHdr>{content}</AppHdr><Document/></Envelope>"#).into_bytes()
}

#[test]
fn a_message_has_at_most_its_bytes() {
    refused(&vec![b' '; limits::MESSAGE_BYTES_MAX + 1], Reason::TooLarge);
}

#[test]
fn a_message_has_at_most_its_ids() {
    let ids = |count: usize| (0..count).map(|number| format!(r#"<a Id="{number}"/>"#)).collect::<String>();
    refused(&document(&ids(limits::IDS_MAX)), Reason::Unsigned);
    refused(&document(&ids(limits::IDS_MAX + 1)), Reason::TooManyIds);
}

#[test]
fn elements_are_nested_at_most_so_deep() {
    let deep = |depth: usize| ["<a>".repeat(depth), "</a>".repeat(depth)].concat();
    refused(&document(&deep(limits::DEPTH_MAX - 2)), Reason::Unsigned);
    refused(&document(&deep(limits::DEPTH_MAX - 1)), Reason::TooDeep);
    refused(&document(&deep(500_000)), Reason::TooDeep);
    refused("<a>".repeat(500_000).as_bytes(), Reason::TooDeep);
}

#[test]
fn an_element_has_at_most_its_attributes() {
    let many = |count: usize| {
        ["<a", &(0..count).map(|number| format!(r#" a{number}="""#)).collect::<String>(), "/>"].concat()
    };
    refused(&document(&many(limits::ATTRIBUTES_MAX)), Reason::Unsigned);
    refused(&document(&many(limits::ATTRIBUTES_MAX + 1)), Reason::TooManyAttributes);
}

#[test]
fn at_most_so_many_namespaces_are_in_scope() {
    let many = |count: usize| {
        let declare = |number| format!(r#" xmlns:a{number}="urn:{number}""#);
        let attributes = |range: core::ops::Range<usize>| range.map(declare).collect::<String>();
        format!("<a{}><b{}/></a>", attributes(0..count / 2), attributes(count / 2..count))
    };
    // Envelope declares one.
    refused(&document(&many(limits::NAMESPACES_MAX - 1)), Reason::Unsigned);
    refused(&document(&many(limits::NAMESPACES_MAX)), Reason::TooManyNamespaces);
}

#[test]
fn what_is_cut_off_does_not_cost_more_than_what_is_whole() {
    for piece in [
        "<",
        "<a ",
        "<a b",
        "<a b='",
        "</",
        "<!--",
        "<![CDATA[",
        "<?a",
        "&",
        "&#",
        "\u{e7}",
        "<a:",
        "]]",
        "a",
    ] {
        let piece = piece.repeat(200_000);
        for text in [&piece, &format!("<a>{piece}"), &format!("<a b='{piece}")] {
            let trust = Trust::new();
            assert!(verify_as::<Scanner<'_>>(text.as_bytes(), Profile::Dict, &trust, At::Message).is_err());
            assert!(verify_as::<Quick<'_>>(text.as_bytes(), Profile::Dict, &trust, At::Message).is_err());
        }
    }
}
