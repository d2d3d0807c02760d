"""What parsers read differently: encodings, document types, characters that look like white space, marks inside, namespaces bound
anew, attributes that are inherited or not, and depth, width and length."""

import naive
from attacks_wrapping import trick
from cases import DICT, MESSAGES, SPI, both, case, edit, signed, write
from sign import DSIG, EXC, SHA256, signature

ROOT = "<GetEntryResponse>"


def cases():
    encodings()
    document_types()
    uncovered()
    characters()
    namespaces()
    inheritance()
    sizes()
    counterparts()


def encodings():
    """A whole message, rightly signed, in other octets."""
    for profile in ("spi", "dict"):
        good = signed(profile)
        bare = good.split("?>", 1)[1] if profile == "spi" else good
        declared = lambda name, bare=bare: f'<?xml version="1.0" encoding="{name}"?>{bare}'
        for short, octets, reason, because in [
            ("utf-16-le", b"\xff\xfe" + declared("UTF-16").encode("utf-16-le"), "not-utf8", "UTF-16, the little end first, with its mark"),
            ("utf-16-be", b"\xfe\xff" + declared("UTF-16").encode("utf-16-be"), "not-utf8", "UTF-16, the big end first, with its mark"),
            ("utf-32-le", b"\xff\xfe\0\0" + declared("UTF-32").encode("utf-32-le"), "not-utf8", "UTF-32, the little end first, with its mark"),
            ("utf-32-be", b"\0\0\xfe\xff" + declared("UTF-32").encode("utf-32-be"), "not-utf8", "UTF-32, the big end first, with its mark"),
            ("utf-16-le-no-mark", bare.replace("ã", "a").encode("utf-16-le"), "illegal-name", "UTF-16 without a mark: to UTF-8 it is letters and NULs"),
            ("utf-16-be-no-mark", bare.replace("ã", "a").encode("utf-16-be"), "outside-root", "UTF-16, the big end first, without a mark"),
            ("ebcdic", declared("IBM037").encode("cp037", "replace"), "not-utf8", "EBCDIC"),
            ("utf-7-declared", declared("UTF-7").encode(), "encoding", "UTF-7 named, under which other octets are markup"),
            ("ascii-declared", declared("US-ASCII").replace("ã", "&#xe3;").encode("ascii"), "encoding", "US-ASCII named: a part of UTF-8, and not its name"),
            ("utf8-without-hyphen", declared("UTF8").encode(), "encoding", "UTF8 without its hyphen"),
            ("shift-jis-declared", declared("Shift_JIS").encode(), "encoding", "Shift_JIS named, under which a backslash may be half a letter"),
            ("two-marks", b"\xef\xbb\xbf\xef\xbb\xbf" + good.encode(), "outside-root", "two byte order marks"),
            ("mark-behind-space", b" \xef\xbb\xbf" + bare.encode(), "outside-root", "a byte order mark behind a blank"),
            ("mark-of-utf-1", b"\xf7\x64\x4c" + good.encode(), "not-utf8", "the mark of UTF-1"),
            ("half-a-mark", b"\xef\xbb" + good.encode(), "not-utf8", "two octets of a byte order mark"),
            ("nul-behind", good.encode() + b"\0", "outside-root", "a NUL behind the root"),
            ("nul-before", b"\0" + good.encode(), "outside-root", "a NUL before the document"),
            ("control-z-behind", good.encode() + b"\x1a", "outside-root", "an end-of-file sign of other days behind the root"),
        ]:
            write(f"encodings/{profile}-{short}", f"malformed {reason}", because, octets, profile)
        for short, octets, because in [
            ("overlong-less-than", b"\xc0\xbc", "a less-than sign in two octets"),
            ("overlong-slash-in-three", b"\xe0\x80\xaf", "a slash in three octets"),
            ("overlong-nul", b"\xc0\x80", "a NUL in two octets, as Java's own form has it"),
            ("overlong-quote", b"\xc0\xa2", "a quote in two octets"),
            ("five-octets", b"\xf8\x88\x80\x80\x80", "a sequence of five octets"),
            ("six-octets", b"\xfc\x84\x80\x80\x80\x80", "a sequence of six octets"),
            ("surrogate-pair", b"\xed\xa0\xbd\xed\xb2\xb8", "a surrogate pair in six octets (CESU-8)"),
            ("lone-low-surrogate", b"\xed\xb0\x80", "a low surrogate alone"),
            ("ff", b"\xff", "an octet that UTF-8 never has"),
            ("latin-1", b"\xe3", "an accent in one octet (ISO 8859-1)"),
            ("windows-1252", b"\x93", "quotes of Windows-1252"),
            ("cut-at-the-tag", b"\xf0\x9f\x92", "a sequence that a tag cuts"),
        ]:
            text = good.encode().replace(b"</AddtlInf>" if profile == "spi" else b"</Name>", octets + (b"</AddtlInf>" if profile == "spi" else b"</Name>"))
            write(f"encodings/{profile}-{short}", "malformed not-utf8", because, text, profile)


def document_types():
    """Document types that would make the careless verifier right: entities that expand to what was signed, defaults that fill in."""
    for profile, root, value in (("spi", "Envelope", "ACSC"), ("dict", "GetEntryResponse", "EMAIL")):
        good = signed(profile)
        head, body = (good.split("?>", 1)[0] + "?>", good.split("?>", 1)[1]) if profile == "spi" else ("", good)
        named = lambda subset, document=body, root=root, head=head: f"{head}<!DOCTYPE {root} [{subset}]>{document}"
        for short, document, because in [
            ("entity-for-the-value", named(f'<!ENTITY v "{value}">', body.replace(f">{value}<", ">&v;<")), "an entity for a signed value"),
            ("entity-in-entity", named(f'<!ENTITY w "{value}"><!ENTITY v "&w;">', body.replace(f">{value}<", ">&v;<")), "an entity of an entity for a signed value"),
            ("entity-by-references", named(f'<!ENTITY v "{"".join(f"&#{ord(c)};" for c in value)}">', body.replace(f">{value}<", ">&v;<")), "an entity made of character references"),
            ("entity-for-amp", named("<!ENTITY amp '&#38;#38;'>"), "a predefined entity declared as the recommendation has it"),
            ("default-id", named('<!ATTLIST ds:KeyInfo Id CDATA "key-info-id">', body.replace(' Id="key-info-id"', "", 1)), "KeyInfo's Id as a default"),
            ("default-uri", named('<!ATTLIST ds:Reference Type CDATA #IMPLIED>'), "an attribute list that changes nothing"),
            ("default-namespace", named(f'<!ATTLIST ds:Signature xmlns:ds CDATA #FIXED "{DSIG}">', body.replace(f' xmlns:ds="{DSIG}"', "")), "the namespace declaration as a default"),
            ("id-type", named("<!ATTLIST ds:KeyInfo Id ID #IMPLIED>"), "the type ID for KeyInfo's Id, as many verifiers need it"),
            ("comment-subset", named("<!-- nothing -->"), "a subset of nothing but a comment"),
            ("instruction-subset", named("<?nothing?>"), "a subset of nothing but an instruction"),
            ("notation", named('<!NOTATION n SYSTEM "n">'), "a notation"),
            ("element", named(f"<!ELEMENT {root} ANY>"), "an element type declaration"),
            ("empty-subset", named(""), "an empty subset"),
        ]:
            trick(f"malformed/doctype-{profile}-{short}", "malformed doctype", f"a document type that leaves the message as signed: {because}", document, profile)
    for short, old, new, reason, because in [
        ("inside-the-root", "<Entry>", "<!DOCTYPE a><Entry>", "doctype", "a document type inside the root"),
        ("behind-the-root", "</GetEntryResponse>", "</GetEntryResponse><!DOCTYPE a>", "doctype", "a document type behind the root"),
        ("twice", ROOT, "<!DOCTYPE a><!DOCTYPE a>" + ROOT, "doctype", "two document types"),
        ("unended", ROOT, "<!DOCTYPE a [" + ROOT, "doctype", "a document type that does not end"),
        ("in-space", ROOT, "<! DOCTYPE a>" + ROOT, "tag-syntax", "a blank before the keyword"),
        ("conditional-section", "<Entry>", "<![INCLUDE[<a/>]]><Entry>", "tag-syntax", "a conditional section"),
        ("entity-declaration-in-content", "<Entry>", '<!ENTITY a "b"><Entry>', "tag-syntax", "an entity declaration in content"),
        ("attlist-in-content", "<Entry>", "<!ATTLIST a b CDATA #IMPLIED><Entry>", "tag-syntax", "an attribute list in content"),
    ]:
        case(f"malformed/doctype-{short}", f"malformed {reason}", because, "dict", after=[(old, new)])
    for short, entity in {"nbsp": "&nbsp;", "eacute": "&eacute;", "copy": "&copy;", "with-digits": "&v1;", "with-dot": "&a.b;", "with-colon": "&a:b;", "with-accent": "&é;", "empty": "&;", "blank": "& ;"}.items():
        both(f"malformed/entity-{short}", "malformed illegal-reference", f"an entity that only a document type could declare ({short.replace('-', ' ')})", after=[("12345678<", f"12345678{entity}<", 1)])


def uncovered():
    """What no Reference of SPI covers carries nothing."""
    for short, attribute in {
        "base": 'xml:base="http://127.0.0.1/"',
        "space": 'xml:space="preserve"',
        "xml-id": 'xml:id="a"',
        "wsu-id": 'xmlns:w="urn:w" w:Id="a"',
        "capital-id": 'ID="a"',
        "no-namespace-schema": 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="a"',
        "type": 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="a"',
        "empty": 'a=""',
        "must-understand": 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:mustUnderstand="1"',
    }.items():
        case(f"structure/spi-envelope-attribute-{short}", "invalid envelope-attribute", f"an attribute of Envelope, added after signing ({short.replace('-', ' ')})", "spi", after=[("<Envelope ", f"<Envelope {attribute} ", 1)])
    places = {"before": ("<AppHdr>", "{}<AppHdr>"), "between": ("</AppHdr>", "</AppHdr>{}"), "behind": ("</Document>", "</Document>{}")}
    for place, (old, new) in places.items():
        for short, content, because in [
            ("byte-order-mark", "\ufeff", "U+FEFF"),
            ("next-line", "\u0085", "U+0085, a line end to XML 1.1"),
            ("line-separator", "\u2028", "U+2028, a line end to XML 1.1"),
            ("zero-width-space", "\u200b", "a space of no width"),
            ("ideographic-space", "\u3000", "an ideographic space"),
            ("zero", "0", "a digit"),
            ("empty-comment", "<!---->", "an empty comment"),
            ("stylesheet", '<?xml-stylesheet href="http://127.0.0.1/"?>', "a stylesheet instruction"),
            ("space-and-text", "\n x\n", "text in white space"),
            ("cdata-and-space", " <![CDATA[ x ]]> ", "CDATA in white space"),
        ]:
            case(f"structure/spi-{short}-uncovered-{place}", "invalid envelope-content", f"{because} {place} Envelope's parts, added after signing", "spi", after=[(old, new.format(content))])
        for short, content, because in [
            ("splmtry-data", "<SplmtryData/>", "an extension of ISO 20022"),
            ("foreign", '<x xmlns="urn:x"/>', "an element of another namespace"),
            ("no-namespace", '<x xmlns=""/>', "an element of no namespace"),
            ("signature", f'<ds:Signature xmlns:ds="{DSIG}"/>', "an empty Signature"),
        ]:
            reason = "signature-misplaced" if short == "signature" and place != "behind" else "envelope-children"
            case(f"structure/spi-{short}-uncovered-{place}", f"invalid {reason}", f"{because} {place} Envelope's parts, added after signing", "spi", after=[(old, new.format(content))])


def characters():
    """Characters that are white space to some and characters to others."""
    for short, character, because in [
        ("no-break-space", "\u00a0", "a no-break space"),
        ("next-line", "\u0085", "U+0085"),
        ("line-separator", "\u2028", "U+2028"),
        ("byte-order-mark", "\ufeff", "U+FEFF"),
        ("vertical-tab", "\u000b", "a vertical tab"),
        ("form-feed", "\u000c", "a form feed"),
        ("nul", "\0", "a NUL"),
        ("ideographic-space", "\u3000", "an ideographic space"),
    ]:
        for place, old, new in [
            ("in-a-start-tag", "<Owner>", f"<Owner{character}>"),
            ("between-attributes", "<Owner>", f'<Owner a="1"{character}b="2">'),
            ("around-equals", "<Owner>", f'<Owner a{character}="1">'),
            ("in-an-end-tag", "</Owner>", f"</Owner{character}>"),
            ("behind-the-root", "</GetEntryResponse>", f"</GetEntryResponse>{character}"),
        ]:
            reason = {
                "in-a-start-tag": "illegal-name" if ord(character) > 127 else "tag-syntax",
                "between-attributes": "tag-syntax",
                "around-equals": "illegal-name" if ord(character) > 127 else "attribute-syntax",
                "in-an-end-tag": "illegal-name" if ord(character) > 127 else "tag-syntax",
                "behind-the-root": "outside-root",
            }[place]
            if short == "byte-order-mark" and place in ("in-a-start-tag", "in-an-end-tag", "around-equals"):
                # U+FEFF may stand in a name, so these are other names.
                reason = "end-tag-mismatch"
                if place == "around-equals":
                    continue
            case(f"malformed/space-{short}-{place}", f"malformed {reason}", f"{because} where only white space may stand ({place.replace('-', ' ')})", "dict", after=[(old, new)])
        for tag in ("<ds:SignedInfo>", "<ds:X509Data>", "<ds:Transforms>"):
            if ord(character) < 32:
                continue
            name = tag.strip("<>").split(":")[1].lower()
            both(f"signature/space-{short}-in-{name}", "invalid signature-text", f"{because} in {name} where only white space may stand", [(tag, tag + character, 1)])
    for short, reason, old, new, because in [
        ("crlf-for-lf", "digest-mismatch", "a\nb", "a&#13;\nb", "a signed line feed with a carriage return put before it as a reference"),
        ("reference-for-cr", "digest-mismatch", "a\nb", "a&#13;b", "a signed line feed made a carriage return as a reference"),
        ("next-line-for-lf", "digest-mismatch", "a\nb", "a\u0085b", "a signed line feed made U+0085, which XML 1.1 would fold back"),
        ("line-separator-for-lf", "digest-mismatch", "a\nb", "a\u2028b", "a signed line feed made U+2028, which XML 1.1 would fold back"),
        ("blank-for-lf", "digest-mismatch", "a\nb", "a b", "a signed line feed made a blank"),
        ("lf-twice", "digest-mismatch", "a\nb", "a\n\nb", "a signed line feed doubled"),
    ]:
        case(f"mathematics/dict-line-end-{short}", f"invalid {reason}", because, "dict", message=DICT.replace("Helena Prado", "a\nb"), after=[(old, new)])
    for short, new, because in [
        ("tab-for-blank", "\t", "a blank in a signed attribute made a tab reference"),
        ("lf-reference", "&#10;", "a blank in a signed attribute made a line feed reference"),
        ("two-blanks", "  ", "a blank in a signed attribute doubled"),
    ]:
        replaced = {"\t": "&#9;"}.get(new, new)
        case(f"mathematics/dict-attribute-{short}", "invalid digest-mismatch", because, "dict", message=DICT.replace("<Owner>", '<Owner a="x y">'), after=[('a="x y"', f'a="x{replaced}y"')])


def namespaces():
    """The prefix means what is declared where it stands, and XMLDSig is one namespace to the letter."""
    for short, uri in {
        "no-number-sign": DSIG[:-1],
        "slash": DSIG[:-1] + "/",
        "https": DSIG.replace("http:", "https:"),
        "xmldsig11": "http://www.w3.org/2009/xmldsig11#",
        "capitals": DSIG.upper(),
        "blank-behind": DSIG + " ",
        "percent": DSIG.replace("09", "0%39"),
    }.items():
        case(f"unsigned/dict-namespace-{short}", "unsigned unsigned", f"a whole Signature in a namespace that is almost XMLDSig's ({short.replace('-', ' ')})", "dict", after=[(f'xmlns:ds="{DSIG}"', f'xmlns:ds="{uri}"')])
    bound = 'xmlns:ds="urn:x"'
    for short, reason, tag in [
        ("signed-info", "signature-children", "<ds:SignedInfo>"),
        ("signature-value", "signature-children", "<ds:SignatureValue>"),
        ("transforms", "transforms", "<ds:Transforms>"),
        ("digest-value", "digest-value", "<ds:DigestValue>"),
        ("x509-data", "key-info-content", "<ds:X509Data>"),
        ("issuer-serial", "key-info-content", "<ds:X509IssuerSerial>"),
        ("issuer-name", "key-info-content", "<ds:X509IssuerName>"),
        ("serial-number", "key-info-content", "<ds:X509SerialNumber>"),
    ]:
        sig = lambda profile, tag=tag: signature(profile).replace(tag, tag.replace(">", f" {bound}>"), 1)
        for profile in ("spi", "dict"):
            write(f"signature/{profile}-rebound-{short}", f"invalid {reason}", "the prefix of XMLDSig bound to another namespace on this element", MESSAGES[profile].replace("@SIG@", sig(profile).replace("@D1@", "A" * 43 + "=").replace("@D2@", "A" * 43 + "=").replace("@D3@", "A" * 43 + "=").replace("@SV@", "AAAA")), profile)
    for short, reason, new in [
        ("prefix-empty-name", "namespace-declaration", '<Owner xmlns:p="">'),
        ("xml-to-its-name-by-others", "namespace-declaration", '<Owner xmlns:XML="http://www.w3.org/XML/1998/namespace">'),
        ("xmlns-as-default-name", "namespace-declaration", '<Owner xmlns="http://www.w3.org/2000/xmlns/">'),
        ("xmlns-attribute-with-two-colons", "attribute-syntax", '<Owner xmlns:a:b="urn:a">'),
        ("xmlns-with-empty-prefix", "illegal-name", '<Owner xmlns:="urn:a">'),
        ("attribute-prefix-xmlns", "namespace-declaration", '<Owner xmlns:xmlns="urn:a">'),
        ("relative-fragment", "relative-namespace", '<Owner xmlns:a="#a">'),
        ("relative-query", "relative-namespace", '<Owner xmlns:a="?a">'),
        ("relative-two-slashes", "relative-namespace", '<Owner xmlns:a="//a/b">'),
        ("relative-slash", "relative-namespace", '<Owner xmlns:a="/a">'),
        ("relative-by-reference", "relative-namespace", '<Owner xmlns:a="&#97;">'),
        ("relative-blank-before", "relative-namespace", f'<Owner xmlns:a=" {DSIG}">'),
        ("duplicate-by-default", "duplicate-attribute", '<Owner xmlns="urn:a" xmlns="urn:a">'),
        ("duplicate-by-reference", "duplicate-attribute", '<Owner xmlns:p="urn:a" xmlns:q="urn:&#97;" p:a="1" q:a="1">'),
    ]:
        case(f"malformed/namespace-{short}", f"malformed {reason}", f"a namespace that is none ({short.replace('-', ' ')})", "dict", after=[("<Owner>", new)])


def inheritance():
    """xml: attributes and namespaces from outside: inclusive canonicalization takes them in, exclusive does not."""
    for tag in ("KeyInfo Id", "SignedInfo", "X509Data", "SignatureValue", "Transforms"):
        for attribute in ("xml:lang", "xml:base", "xml:space"):
            value = {"xml:lang": "pt", "xml:base": "http://127.0.0.1/", "xml:space": "preserve"}[attribute]
            old = f"<ds:{tag}"
            short = tag.split(" ")[0].lower()
            case(f"signature/dict-{attribute.replace(':', '-')}-on-{short}", "invalid signature-attribute", f"{attribute} on {short}", "dict", [(old, f'<ds:{tag.split(" ")[0]} {attribute}="{value}"' + (" Id" if " " in tag else ""), 1)])
    for attribute, value in (("xml:lang", "pt"), ("xml:base", "http://127.0.0.1/"), ("xml:id", "a")):
        case(f"signature/dict-{attribute.replace(':', '-')}-on-signature", "invalid signature-attribute", f"{attribute} on Signature, from where all in it would inherit", "dict", after=[("<ds:Signature ", f'<ds:Signature {attribute}="{value}" ')])
        case(f"mathematics/dict-{attribute.replace(':', '-')}-on-the-root", "invalid digest-mismatch", f"{attribute} put on the root after signing", "dict", after=[(ROOT, ROOT.replace(">", f' {attribute}="{value}">'))])
        case(f"mathematics/spi-{attribute.replace(':', '-')}-on-app-hdr", "invalid digest-mismatch", f"{attribute} put on AppHdr after signing", "spi", after=[("<AppHdr>", f'<AppHdr {attribute}="{value}">')])
        case(f"mathematics/spi-{attribute.replace(':', '-')}-on-document", "invalid digest-mismatch", f"{attribute} put on Document after signing", "spi", after=[("<Document>", f'<Document {attribute}="{value}">')])
    case("mathematics/spi-default-namespace-changed", "invalid digest-mismatch", "another namespace for all of the Envelope after signing", "spi", after=[("pacs.002/1.17", "pacs.002/1.18")])
    case("mathematics/dict-undeclared-default", "invalid digest-mismatch", "a namespace for the root, taken away from its children, after signing", "dict", after=[(ROOT, '<GetEntryResponse xmlns="urn:a">')])
    case("mathematics/dict-prefix-of-content-changed", "invalid digest-mismatch", "another prefix for the same namespace in the content after signing", "dict", message=DICT.replace("<Branch>", '<p:a xmlns:p="urn:a"/><Branch>'), after=[("p:a", "q:a"), ("xmlns:p", "xmlns:q")])


def sizes():
    for short, old, new, reason, because in [
        ("depth-by-one", "<Entry>", "<a>" * 256 + "</a>" * 256 + "<Entry>", "too-deep", "one element deeper than the limit"),
        ("depth-of-empty-elements", "<Entry>", "<a>" * 255 + "<b/>" + "</a>" * 255 + "<Entry>", "too-deep", "an empty element one deeper than the limit"),
        ("depth-unclosed", "<Entry>", "<a>" * 5000, "too-deep", "five thousand elements that nobody closes"),
        ("depth-in-the-signature", "<ds:SignedInfo>", "<ds:SignedInfo>" * 300, "too-deep", "three hundred SignedInfo, each in the other"),
        ("declarations-of-one-prefix", "<Owner>", "<Owner " + " ".join(['xmlns:p="urn:a"'] * 3) + ">", "duplicate-attribute", "one prefix declared three times"),
        ("attributes-by-one", "<Owner>", "<Owner " + " ".join(f'a{i}=""' for i in range(257)) + ">", "too-many-attributes", "one attribute more than the limit"),
        ("attributes-with-declarations", "<Owner>", "<Owner " + " ".join(f'xmlns:a{i}="urn:{i}"' for i in range(257)) + ">", "too-many-attributes", "one declaration more than an element may have"),
    ]:
        case(f"malformed/limit-{short}", f"malformed {reason}", because, "dict", after=[(old, new)])
    wide = 'x="' + "y" * 30000 + '"'
    case("mathematics/dict-long-attribute", "invalid digest-mismatch", "an attribute of 30,000 letters put in after signing", "dict", after=[("<Owner>", f"<Owner {wide}>")])
    case("mathematics/dict-ten-thousand-comments-and-a-letter", "invalid digest-mismatch", "a letter among two thousand comments", "dict", after=[("<Branch>0001", "<Branch>" + "<!-- -->" * 2000 + "x0001")])


def counterparts():
    both("encodings/byte-order-mark-inside", "valid", "U+FEFF inside text is a character like any other", [("12345678</", "12345678\ufeff</", 1)])
    both("encodings/noncharacters-of-other-planes", "valid", "U+1FFFE and U+FDD0 are characters to XML", [("12345678</", "12345678\U0001fffe\ufdd0</", 1)])
    both("encodings/next-line-and-line-separator", "valid", "U+0085 and U+2028 are characters to XML 1.0, not line ends", [("12345678</", "12345678\u0085\u2028</", 1)])
    both("encodings/c1-controls", "valid", "U+007F and U+0080 are characters to XML 1.0", [("12345678</", "12345678\u007f\u0080</", 1)])
    both("encodings/last-character", "valid", "U+10FFFF, the last there is", [("12345678</", "12345678\U0010ffff</", 1)])
    case("encodings/dict-declared-in-mixed-case", "valid", "the encoding's name in mixed case", "dict", after=[(ROOT, '<?xml version="1.0" encoding="uTf-8"?>' + ROOT)])
    case("content/dict-doctype-as-text", "valid", "a document type in CDATA and in a comment is none", "dict", after=[], message=DICT.replace("Helena", "<![CDATA[<!DOCTYPE a>]]>Helena").replace("<Entry>", "<!-- <!DOCTYPE a> --><Entry>"))
    case("content/dict-line-ends-of-every-kind", "valid", "line ends of every kind in text, as they stand and as references", "dict", message=DICT.replace("Helena Prado", "a\r\nb\rc\nd&#13;\ne&#13;&#10;f\u0085g\u2028h"))
    case("content/dict-line-ends-changed-on-the-way", "valid", "line feeds that became carriage returns and line feeds on the way: the same to XML", "dict", message=DICT.replace("Helena Prado", "a\nb"), after=[("a\nb", "a\r\nb")])
    case("content/dict-255-deep", "valid", "elements nested as deep as the limit", "dict", message=DICT.replace("<Entry>", "<a>" * 254 + "</a>" * 254 + "<Entry>"))
    case("content/dict-long-attribute", "valid", "an attribute of 30,000 letters", "dict", message=DICT.replace("<Owner>", '<Owner x="' + "y" * 30000 + '">'))
    case("content/dict-two-thousand-comments", "valid", "two thousand comments put in after signing", "dict", after=[("<Branch>0001", "<Branch>" + "<!-- -->" * 2000 + "0001")])
    case("content/dict-two-thousand-children", "valid", "two thousand children", "dict", message=DICT.replace("<Entry>", "<a/>" * 2000 + "<Entry>"))
    both("names/declarations-after-signing", "valid", "declarations that nothing uses, put in after signing", after=[("<ds:KeyInfo ", '<ds:KeyInfo xmlns:a="urn:a" xmlns:b="urn:b" '), ("<ds:X509Data>", '<ds:X509Data xmlns:a="urn:c">')])
    case("names/spi-declarations-on-envelope", "valid", "declarations on Envelope, put in after signing: they are no attributes, and nothing uses them", "spi", after=[("<Envelope ", '<Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:h="urn:h" ')])
    case("names/dict-xml-prefix-declared", "valid", "the prefix xml declared as it is anyway", "dict", message=DICT.replace("<Owner>", '<Owner xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="pt">'))
    case("names/dict-xml-attributes-not-inherited", "valid", "xml: attributes on the root, which KeyInfo and SignedInfo do not inherit", "dict", message=DICT.replace(ROOT, '<GetEntryResponse xml:base="urn:b" xml:lang="pt" xml:space="preserve">'))
    case("names/spi-xml-attributes-on-app-hdr", "valid", "xml: attributes on AppHdr, which the parts of the Signature do not inherit", "spi", message=SPI.replace("<AppHdr>", '<AppHdr xml:base="urn:b" xml:lang="pt">'))
