"""What is malformed: not XML that anybody may sign. Each fault is put into a message that is signed and otherwise good,
many of them in parts that no Reference covers."""

from cases import case, write

ROOT, DOC = "<GetEntryResponse>", "<FIToFIPmtStsRpt>"


def cases():
    characters()
    declarations()
    markup()
    namespaces()
    limits()


def dict_after(name, reason, because, old, new):
    case(f"malformed/{name}", f"malformed {reason}", because, "dict", after=[(old, new, 1)])


def spi_after(name, reason, because, old, new):
    case(f"malformed/{name}", f"malformed {reason}", because, "spi", after=[(old, new, 1)])


def dict_octets(name, reason, because, change):
    case(f"malformed/{name}", f"malformed {reason}", because, "dict", octets=change)


def characters():
    name = b"Helena"
    for short, octets, because in [
        ("latin-1", b"Jo\xe3o", "an octet of ISO 8859-1"),
        ("overlong", b"\xc0\xafa", "an overlong sequence"),
        ("surrogate", b"\xed\xa0\x80", "a surrogate"),
        ("beyond-unicode", b"\xf4\x90\x80\x80", "a code point beyond U+10FFFF"),
        ("cut-sequence", b"\xe2\x82", "a sequence that is cut"),
        ("lone-continuation", b"\x80", "a continuation octet alone"),
    ]:
        dict_octets(
            f"utf8-{short}", "not-utf8", because, lambda document, octets=octets: document.replace(name, octets)
        )
    dict_octets(
        "utf16", "not-utf8", "UTF-16 with its byte order mark", lambda document: document.decode().encode("utf-16")
    )
    dict_octets(
        "utf8-behind-the-root",
        "not-utf8",
        "octets that are not UTF-8 behind the root",
        lambda document: document + b"\xff",
    )
    for short, character, because in [
        ("nul", "\0", "U+0000"),
        ("backspace", "\b", "U+0008"),
        ("form-feed", "\f", "U+000C"),
        ("escape", "\x1b", "U+001B"),
        ("noncharacter-fffe", "\ufffe", "U+FFFE"),
        ("noncharacter-ffff", "\uffff", "U+FFFF"),
    ]:
        dict_after(f"character-{short}", "illegal-character", f"{because} in text", "Helena", character)
    dict_after(
        "character-in-comment",
        "illegal-character",
        "U+0001 in a comment, which nothing covers",
        "<Entry>",
        "<Entry><!-- \x01 -->",
    )
    dict_after(
        "character-in-instruction",
        "illegal-character",
        "U+0001 in a processing instruction",
        "<Entry>",
        "<Entry><?a \x01?>",
    )
    dict_after("character-in-cdata", "illegal-character", "U+0001 in CDATA", "Helena", "<![CDATA[\x01]]>")
    dict_after("character-in-attribute", "illegal-character", "U+0001 in an attribute", "<Entry>", '<Entry a="\x01">')
    dict_after(
        "character-in-unused-namespace",
        "illegal-character",
        "U+0001 in a declaration that nothing uses",
        "<Entry>",
        '<Entry xmlns:a="urn:\x01">',
    )
    for short, reference, because in [
        ("zero", "&#0;", "a reference to U+0000"),
        ("control", "&#x1F;", "a reference to U+001F"),
        ("surrogate", "&#xD800;", "a reference to a surrogate"),
        ("noncharacter", "&#xFFFE;", "a reference to U+FFFE"),
        ("beyond-unicode", "&#x110000;", "a reference beyond U+10FFFF"),
        ("overflow", "&#4294967361;", "a reference that is the letter A only modulo 2^32"),
        ("upper-case-x", "&#X41;", "the hexadecimal sign in capitals"),
        ("no-digits", "&#;", "a reference without digits"),
        ("not-decimal", "&#4A;", "a hexadecimal digit in a decimal reference"),
        ("negative", "&#-65;", "a sign in a reference"),
        ("unknown-entity", "&nbsp;", "an entity that nothing declares"),
        ("capital-entity", "&AMP;", "a predefined entity in capitals"),
        ("unended", "&amp", "a reference without its semicolon"),
        ("lone-ampersand", "a & b", "an ampersand alone"),
        ("in-space", "&# 65;", "a blank in a reference"),
    ]:
        dict_after(f"reference-{short}", "illegal-reference", because, "Helena", reference)
    dict_after(
        "reference-in-attribute",
        "illegal-reference",
        "an unknown entity in an attribute",
        "<Entry>",
        '<Entry a="&foo;">',
    )
    dict_after(
        "reference-outside-root",
        "outside-root",
        "a reference to white space behind the root",
        "</GetEntryResponse>",
        "</GetEntryResponse>&#32;",
    )


def declarations():
    spi_declaration = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>'
    for short, declaration, reason, because in [
        ("version-1.1", '<?xml version="1.1" encoding="UTF-8"?>', "encoding", "XML 1.1"),
        ("version-2", '<?xml version="2.0"?>', "encoding", "XML 2.0"),
        ("latin-1", '<?xml version="1.0" encoding="ISO-8859-1"?>', "encoding", "an encoding other than UTF-8"),
        ("utf-16", '<?xml version="1.0" encoding="UTF-16"?>', "encoding", "UTF-16 named, UTF-8 sent"),
        (
            "ebcdic-name",
            '<?xml version="1.0" encoding="IBM037"?>',
            "encoding",
            "an encoding that some parsers would switch to",
        ),
        ("no-version", '<?xml encoding="UTF-8"?>', "xml-declaration", "no version"),
        (
            "order",
            '<?xml version="1.0" standalone="no" encoding="UTF-8"?>',
            "xml-declaration",
            "the fields in another order",
        ),
        (
            "standalone-maybe",
            '<?xml version="1.0" standalone="maybe"?>',
            "xml-declaration",
            "standalone that is neither yes nor no",
        ),
        ("unknown-field", '<?xml version="1.0" foo="bar"?>', "xml-declaration", "an unknown field"),
        ("no-quotes", "<?xml version=1.0?>", "xml-declaration", "a value without quotes"),
        ("mixed-quotes", "<?xml version=\"1.0'?>", "xml-declaration", "quotes that do not match"),
        ("no-space", '<?xml version="1.0"encoding="UTF-8"?>', "xml-declaration", "no white space between the fields"),
        ("capitals", '<?XML version="1.0"?>', "xml-declaration", "the declaration in capitals"),
        ("after-space", " " + spi_declaration, "xml-declaration", "white space before the declaration"),
        ("after-comment", "<!-- a -->" + spi_declaration, "xml-declaration", "a comment before the declaration"),
        ("twice", spi_declaration * 2, "xml-declaration", "two declarations"),
        ("unended", '<?xml version="1.0">', "xml-declaration", "a declaration that does not end"),
    ]:
        spi_after(f"declaration-{short}", reason, because, spi_declaration, declaration)
    spi_after("declaration-two-marks", "outside-root", "two byte order marks", "<?xml", "\ufeff\ufeff<?xml")
    spi_after(
        "mark-inside",
        "outside-root",
        "a byte order mark between declaration and root",
        "?><Envelope",
        "?>\ufeff<Envelope",
    )
    doctypes = {
        "empty": "<!DOCTYPE Envelope>",
        "external": '<!DOCTYPE Envelope SYSTEM "file:///etc/passwd">',
        "entity": '<!DOCTYPE Envelope [<!ENTITY a "ACSC">]>',
        "external-entity": '<!DOCTYPE Envelope [<!ENTITY a SYSTEM "http://127.0.0.1/">]>',
        "billion-laughs": '<!DOCTYPE Envelope [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>',
        "attribute-default": '<!DOCTYPE Envelope [<!ATTLIST KeyInfo Id ID "x">]>',
        "parameter-entity": '<!DOCTYPE Envelope [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]>',
        "public": '<!DOCTYPE Envelope PUBLIC "-//X//Y" "http://127.0.0.1/">',
    }
    for short, doctype in doctypes.items():
        spi_after(
            f"doctype-{short}",
            "doctype",
            f"a document type declaration ({short.replace('-', ' ')})",
            "<Envelope",
            doctype + "<Envelope",
        )
    spi_after(
        "doctype-lower-case",
        "tag-syntax",
        "a document type declaration in small letters is no markup at all",
        "<Envelope",
        "<!doctype Envelope><Envelope",
    )


def markup():
    for short, reason, because, old, new in [
        ("end-tag-case", "end-tag-mismatch", "an end tag in other letters", "</Owner>", "</owner>"),
        (
            "end-tag-prefix",
            "end-tag-mismatch",
            "an end tag with another prefix of the same namespace",
            "<Owner>",
            '<a:Owner xmlns:a="urn:a" xmlns:b="urn:a"></b:Owner><Owner>',
        ),
        ("end-tag-crossed", "end-tag-mismatch", "elements that cross", "</Name></Owner>", "</Owner></Name>"),
        (
            "end-tag-extra",
            "outside-root",
            "something behind the root's end tag",
            "</GetEntryResponse>",
            "</GetEntryResponse><a/>",
        ),
        ("end-tag-attribute", "tag-syntax", "an attribute in an end tag", "</Owner>", '</Owner a="1">'),
        ("end-tag-space", "illegal-name", "a blank before the name of an end tag", "</Owner>", "</ Owner>"),
        ("tag-space", "illegal-name", "a blank before the name of a start tag", "<Owner>", "< Owner>"),
        ("tag-digit", "illegal-name", "a name that begins with a digit", "<Owner>", "<1/><Owner>"),
        ("tag-hyphen", "illegal-name", "a name that begins with a hyphen", "<Owner>", "<-a/><Owner>"),
        ("tag-two-colons", "tag-syntax", "two colons in a name", "<Owner>", '<a:b:c xmlns:a="urn:a"/><Owner>'),
        ("tag-empty-prefix", "illegal-name", "a colon without a prefix", "<Owner>", "<:a/><Owner>"),
        (
            "tag-empty-local",
            "illegal-name",
            "a colon without a name behind it",
            "<Owner>",
            '<a: xmlns:a="urn:a"/><Owner>',
        ),
        (
            "tag-local-digit",
            "illegal-name",
            "a local name that begins with a digit",
            "<Owner>",
            '<a:1 xmlns:a="urn:a"/><Owner>',
        ),
        ("tag-slash-apart", "illegal-name", "a slash apart from the bracket", "<Owner>", "<a / ><Owner>"),
        ("tag-inside-tag", "illegal-name", "a tag inside a tag", "<Owner>", "<a <b/>><Owner>"),
        ("attribute-no-quotes", "attribute-syntax", "an attribute without quotes", "<Owner>", "<Owner a=1>"),
        ("attribute-no-value", "attribute-syntax", "an attribute without a value", "<Owner>", "<Owner a>"),
        ("attribute-no-space", "tag-syntax", "no white space between attributes", "<Owner>", '<Owner a="1"b="2">'),
        ("attribute-less-than", "attribute-syntax", "a less-than sign in an attribute", "<Owner>", '<Owner a="<">'),
        ("attribute-unended", "attribute-syntax", "an attribute whose quotes do not end", "<Owner>", '<Owner a="1>'),
        ("attribute-name", "illegal-name", "an attribute name that begins with a digit", "<Owner>", '<Owner 1="1">'),
        ("attribute-twice", "duplicate-attribute", "an attribute twice", "<Owner>", '<Owner a="1" a="1">'),
        (
            "attribute-twice-by-namespace",
            "duplicate-attribute",
            "an attribute twice under two prefixes of one namespace",
            "<Owner>",
            '<Owner xmlns:p="urn:a" xmlns:q="urn:a" p:a="1" q:a="2">',
        ),
        (
            "declaration-of-prefix-twice",
            "duplicate-attribute",
            "a prefix declared twice in one tag",
            "<Owner>",
            '<Owner xmlns:p="urn:a" xmlns:p="urn:b">',
        ),
        ("comment-hyphens", "comment-syntax", "two hyphens in a comment", "<Owner>", "<!-- a -- b --><Owner>"),
        (
            "comment-three-hyphens",
            "comment-syntax",
            "a comment that ends in three hyphens",
            "<Owner>",
            "<!-- a ---><Owner>",
        ),
        ("comment-short", "comment-syntax", "a comment that is too short", "<Owner>", "<!--><Owner>"),
        (
            "comment-unended",
            "comment-syntax",
            "a comment that does not end",
            "</GetEntryResponse>",
            "</GetEntryResponse><!-- a",
        ),
        (
            "instruction-unended",
            "pi-syntax",
            "a processing instruction that does not end",
            "</GetEntryResponse>",
            "</GetEntryResponse><?a b",
        ),
        ("instruction-xml", "xml-declaration", "a processing instruction called xml", "<Owner>", "<?xml a?><Owner>"),
        (
            "instruction-colon",
            "illegal-name",
            "a colon in the name of a processing instruction",
            "<Owner>",
            "<?a:b c?><Owner>",
        ),
        ("instruction-no-name", "illegal-name", "a processing instruction without a name", "<Owner>", "<? a?><Owner>"),
        ("cdata-end-in-text", "cdata-syntax", "the end of a CDATA section in text", "Helena", "Helena]]>"),
        ("cdata-unended", "cdata-syntax", "a CDATA section that does not end", "Helena", "<![CDATA[Helena"),
        ("cdata-lower-case", "tag-syntax", "a CDATA section in small letters", "Helena", "<![cdata[Helena]]>"),
        (
            "cdata-outside-root",
            "outside-root",
            "a CDATA section behind the root",
            "</GetEntryResponse>",
            "</GetEntryResponse><![CDATA[ ]]>",
        ),
        ("text-before-root", "outside-root", "text before the root", ROOT, "a" + ROOT),
        ("text-behind-root", "outside-root", "text behind the root", "</GetEntryResponse>", "</GetEntryResponse>a"),
        (
            "second-root",
            "outside-root",
            "a second root",
            "</GetEntryResponse>",
            "</GetEntryResponse><GetEntryResponse/>",
        ),
        ("no-end", "unclosed", "the root does not end", "</GetEntryResponse>", ""),
        ("cut-in-tag", "unclosed", "the document ends inside a tag", "</GetEntryResponse>", "</GetEntryResponse"),
        ("exclamation", "tag-syntax", "an element declaration in content", "<Owner>", "<!ELEMENT a ANY><Owner>"),
    ]:
        dict_after(short, reason, because, old, new)
    write("malformed/empty", "malformed no-root", "nothing at all", b"", "dict")
    write("malformed/only-space", "malformed no-root", "white space only", b" \r\n", "dict")
    write("malformed/only-mark", "malformed no-root", "a byte order mark only", "\ufeff", "dict")
    write("malformed/only-declaration", "malformed no-root", "a declaration only", '<?xml version="1.0"?>', "spi")
    write("malformed/only-comment", "malformed no-root", "a comment only", "<!-- a -->", "dict")
    write("malformed/json", "malformed outside-root", "JSON", '{"a": 1}', "dict")
    write(
        "malformed/gzip",
        "malformed not-utf8",
        "gzip that nobody unpacked",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
        "spi",
    )
    spi_after(
        "behind-an-invalid-structure",
        "end-tag-mismatch",
        "what is malformed anywhere is malformed, whatever stands before it",
        "</Document></Envelope>",
        "</Document><x/></Envelop>",
    )


def namespaces():
    for short, reason, because, new in [
        ("unbound-element", "unbound-prefix", "an element whose prefix nothing binds", "<a:b/><Owner>"),
        ("unbound-attribute", "unbound-prefix", "an attribute whose prefix nothing binds", '<Owner a:b="1">'),
        (
            "unbound-after-scope",
            "unbound-prefix",
            "a prefix behind the element that binds it",
            '<x xmlns:a="urn:a"/><a:b/><Owner>',
        ),
        ("xmlns-element", "unbound-prefix", "an element with the prefix xmlns", "<xmlns:a/><Owner>"),
        (
            "undeclared-prefix",
            "namespace-declaration",
            "a prefix bound to nothing, as only Namespaces 1.1 has it",
            '<Owner xmlns:a="">',
        ),
        ("xml-elsewhere", "namespace-declaration", "the prefix xml bound to another name", '<Owner xmlns:xml="urn:a">'),
        (
            "xml-name-elsewhere",
            "namespace-declaration",
            "another prefix bound to the name of xml",
            '<Owner xmlns:a="http://www.w3.org/XML/1998/namespace">',
        ),
        (
            "xml-name-default",
            "namespace-declaration",
            "the name of xml as the default namespace",
            '<Owner xmlns="http://www.w3.org/XML/1998/namespace">',
        ),
        (
            "xmlns-declared",
            "namespace-declaration",
            "the prefix xmlns declared",
            '<Owner xmlns:xmlns="http://www.w3.org/2000/xmlns/">',
        ),
        (
            "xmlns-name",
            "namespace-declaration",
            "a prefix bound to the name of xmlns",
            '<Owner xmlns:a="http://www.w3.org/2000/xmlns/">',
        ),
        (
            "relative",
            "relative-namespace",
            "a relative namespace name, which Canonical XML refuses",
            '<Owner xmlns:a="a/b">',
        ),
        ("relative-default", "relative-namespace", "a relative default namespace", '<Owner xmlns="a">'),
        (
            "relative-unused",
            "relative-namespace",
            "a relative namespace name that nothing uses",
            '<Owner><x xmlns:a="../a"/>',
        ),
    ]:
        dict_after(f"namespace-{short}", reason, because, "<Owner>", new)
    spi_after(
        "namespace-unbound-on-envelope",
        "unbound-prefix",
        "an unbound prefix on Envelope, which no Reference covers",
        "<Envelope ",
        '<Envelope a:b="1" ',
    )
    spi_after(
        "namespace-relative-on-envelope",
        "relative-namespace",
        "a relative namespace name on Envelope, which no Reference covers",
        "<Envelope ",
        '<Envelope xmlns:a="b" ',
    )


def limits():
    dict_after(
        "limit-depth",
        "too-deep",
        "elements nested deeper than the limit",
        "<Entry>",
        "<a>" * 256 + "</a>" * 256 + "<Entry>",
    )
    dict_after(
        "limit-attributes",
        "too-many-attributes",
        "more attributes than the limit",
        "<Entry>",
        "<m " + " ".join(f'a{i}="{i}"' for i in range(257)) + "/><Entry>",
    )
    nested = (
        "".join(f'<n{i} xmlns:a{i}="urn:{i}" xmlns:b{i}="urn:{i}">' for i in range(128))
        + '<m xmlns:c="urn:c"/>'
        + "".join(f"</n{i}>" for i in reversed(range(128)))
    )
    dict_after(
        "limit-namespaces",
        "too-many-namespaces",
        "more declarations in scope than the limit",
        "<Entry>",
        nested + "<Entry>",
    )
    name = "urn:" + "x" * 30000
    dict_after(
        "limit-canonical-form",
        "canonical-too-large",
        "a canonical form far larger than the message: each child renders a long namespace name",
        "<Entry>",
        f'<z xmlns:a="{name}">' + "<a:b/>" * 120 + "</z><Entry>",
    )
