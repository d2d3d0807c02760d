//! Exclusive C14N against what the Recommendation's text says.

use alloc::string::String;

use super::canonicalize;

fn canonical(xml: &str) -> String {
    String::from_utf8(canonicalize(xml.as_bytes(), false).unwrap()).unwrap()
}

#[test]
fn expands_empty_elements_and_tidies_tags() {
    assert_eq!(canonical("<a  x = '1'   b='2' ><b/></a >"), "<a b=\"2\" x=\"1\"><b></b></a>");
}

#[test]
fn keeps_inherited_prefix_once() {
    let xml = "<r xmlns:p=\"urn:p\" xmlns:unused=\"urn:u\"><p:a><p:b/></p:a><p:c/></r>";
    let expected = "<r><p:a xmlns:p=\"urn:p\"><p:b></p:b></p:a><p:c xmlns:p=\"urn:p\"></p:c></r>";
    assert_eq!(canonical(xml), expected);
}

#[test]
fn renders_an_undeclared_default_only_where_it_changes_something() {
    let xml = "<a xmlns=\"urn:a\"><b xmlns=\"\"><c/></b></a>";
    assert_eq!(canonical(xml), "<a xmlns=\"urn:a\"><b xmlns=\"\"><c></c></b></a>");
    assert_eq!(canonical("<a xmlns=\"\"><b/></a>"), "<a><b></b></a>");
}

#[test]
fn sorts_attributes_by_namespace_name_and_declarations_by_prefix() {
    let xml = "<e xmlns:b=\"urn:1\" xmlns:a=\"urn:2\" a:z=\"1\" b:z=\"2\" y=\"3\" xml:lang=\"pt\"/>";
    let expected = "<e xmlns:a=\"urn:2\" xmlns:b=\"urn:1\" y=\"3\" xml:lang=\"pt\" b:z=\"2\" a:z=\"1\"></e>";
    assert_eq!(canonical(xml), expected);
}

#[test]
fn escapes_text_and_attributes_as_written_there() {
    let xml =
        "<a t='&#9;&#10;&#13;&quot;&lt;&gt;&amp;\"'>&#13;\r\n\r&gt;&lt;&amp;&quot;<![CDATA[<&>\r\n]]></a>";
    let expected =
        "<a t=\"&#x9;&#xA;&#xD;&quot;&lt;>&amp;&quot;\">&#xD;\n\n&gt;&lt;&amp;\"&lt;&amp;&gt;\n</a>";
    assert_eq!(canonical(xml), expected);
    assert_eq!(canonical("<a t='x\ty\r\nz'/>"), "<a t=\"x y z\"></a>");
}

#[test]
fn puts_nodes_outside_the_root_on_lines_of_their_own() {
    let xml = "<?xml version=\"1.0\"?>\n<?p a?>\n<!--c--><r/>  <!--d-->\n<?q?>\n";
    assert_eq!(canonical(xml), "<?p a?>\n<r></r>\n<?q?>");
    let with = canonicalize(xml.as_bytes(), true).unwrap();
    assert_eq!(String::from_utf8(with).unwrap(), "<?p a?>\n<!--c-->\n<r></r>\n<!--d-->\n<?q?>");
}

#[test]
fn escapes_namespace_names() {
    assert_eq!(
        canonical("<p:a xmlns:p='urn:a&amp;b\"&lt;'/>"),
        "<p:a xmlns:p=\"urn:a&amp;b&quot;&lt;\"></p:a>"
    );
}

#[test]
fn gives_the_same_through_quick_xml() {
    #[cfg(feature = "quick-xml")]
    for xml in ["<a b='1'>x&amp;y<!--c-->\r\n<c:d xmlns:c='urn:c'/><?p d?></a>", "\u{FEFF}<a>\u{1F600}</a>"] {
        let quick = super::canonicalize_as::<crate::xml::Quick<'_>>(xml.as_bytes(), true).unwrap();
        assert_eq!(quick, canonicalize(xml.as_bytes(), true).unwrap());
    }
}
