"""References that mean something else to another reader: URIs in every spelling, Ids in every spelling, and text inside the
values. Digests are right for what a careless reader takes the Reference to mean."""

import base64

import naive
from attacks_wrapping import trick
from cases import DICT, MESSAGES, SPI, both, case, edit, signed, write
from sign import DSIG, EXC, ISSUER, REF_DOCUMENT, REF_KEY_INFO, REF_OWN, SERIAL, reference, signature

OWN = '<ds:Reference URI=""'
TRANSFORM = f'<ds:Transform Algorithm="{EXC}"/>'


def cases():
    uris()
    sets()
    ids()
    texts()
    prefix_lists()
    counterparts()


def uris():
    """KeyInfo and the content by another spelling."""
    for short, uri, because in [
        ("xpointer-id-double-quotes", "#xpointer(id(&quot;key-info-id&quot;))", "an XPointer with double quotes"),
        ("element-scheme", "#element(key-info-id)", "the element() scheme"),
        ("element-child-sequence", "#element(/1/2/3)", "a child sequence"),
        ("xpointer-xpath", "#xpointer(//*[local-name()='KeyInfo'])", "an XPointer that searches for KeyInfo"),
        ("xmlns-scheme", "#xmlns(d=http://www.w3.org/2000/09/xmldsig#)xpointer(//d:KeyInfo)", "an XPointer that binds a prefix first"),
        ("two-number-signs", "##key-info-id", "two number signs"),
        ("number-sign-behind", "#key-info-id#", "a number sign behind the Id"),
        ("blank-behind", "#key-info-id ", "a blank behind the Id"),
        ("tab-before", "&#9;#key-info-id", "a tab before the number sign"),
        ("line-feed-inside", "#key-info&#10;-id", "a line feed in the Id"),
        ("carriage-return-behind", "#key-info-id&#13;", "a carriage return behind the Id"),
        ("no-break-space-behind", "#key-info-id\u00a0", "a no-break space behind the Id"),
        ("zero-width-space", "#key-info-id\u200b", "a space of no width behind the Id"),
        ("byte-order-mark", "#\ufeffkey-info-id", "U+FEFF before the Id"),
        ("percent-nul", "#key-info-id%00", "an escaped NUL behind the Id"),
        ("percent-whole", "#%6B%65%79%2D%69%6E%66%6F%2D%69%64", "every letter of the Id escaped"),
        ("percent-number-sign", "%23key-info-id", "the number sign escaped"),
        ("query", "?#key-info-id", "an empty query before the fragment"),
        ("query-behind", "#key-info-id?a", "a query behind the fragment"),
        ("dot", ".#key-info-id", "a path before the fragment"),
        ("dot-slash", "./#key-info-id", "a path with a slash before the fragment"),
        ("parameter", ";a#key-info-id", "a path parameter before the fragment"),
        ("file-with-fragment", "file:///etc/hostname#key-info-id", "a file with KeyInfo's fragment"),
        ("cid", "cid:key-info-id", "a part of a multipart message"),
        ("urn", "urn:uuid:key-info-id", "a URN"),
        ("full-width-letter", "#key-info-i\uff44", "a letter of full width"),
        ("cyrillic-letter", "#k\u0435y-info-id", "a Cyrillic letter"),
        ("soft-hyphen", "#key\u00ad-info-id", "a soft hyphen in the Id"),
    ]:
        case(f"references/dict-uri-{short}", "invalid reference-uri", f"KeyInfo by {because}", "dict", [('URI="#key-info-id"', f'URI="{uri}"')])
    for short, uri, because in [
        ("xpointer-root", "#xpointer(/)", "the XPointer that XMLDSig gives for the whole document with its comments"),
        ("xpointer-root-in-space", "#xpointer( / )", "the XPointer for the whole document, with blanks"),
        ("xpointer-root-element", "#xpointer(/*)", "an XPointer to the root element"),
        ("element-scheme", "#element(/1)", "the element() scheme for the root"),
        ("number-sign", "#", "an empty fragment"),
        ("query", "?", "an empty query"),
        ("dot", ".", "a dot"),
        ("tab", "&#9;", "a tab"),
        ("line-feed", "&#10;", "a line feed"),
        ("no-break-space", "\u00a0", "a no-break space"),
        ("byte-order-mark", "\ufeff", "U+FEFF"),
        ("http", "http://127.0.0.1/", "an address"),
        ("file", "file:///dev/stdin", "a file"),
        ("data", "data:text/xml;base64,PGEvPg==", "a data URL that brings its own content"),
    ]:
        for profile in ("spi", "dict"):
            text = MESSAGES[profile].replace("@SIG@", signature(profile)).replace(OWN, f'<ds:Reference URI="{uri}"')
            name = f"references/{profile}-own-uri-{short}"
            # The careless reader takes all of them for the document, or for what the URL holds.
            trick(name, "invalid reference-uri", f"the content by {because}", naive.fill(text), profile)
    for short, uri, because in [
        ("space", " ", "a blank"),
        ("own", "#Document", "an XPointer of its name"),
        ("xpointer", "#xpointer(/*/*[2])", "an XPointer to it"),
        ("key-info", "#key-info-id", "KeyInfo's Id"),
    ]:
        case(
            f"references/spi-document-uri-{short}",
            "invalid reference-uri",
            f"Document's Reference has a URI: {because}",
            "spi",
            [("<ds:Reference><", f'<ds:Reference URI="{uri}"><')],
        )


def sets():
    """Which References there are, each with a right digest."""
    for profile, own in (("spi", [REF_KEY_INFO, REF_OWN, REF_DOCUMENT]), ("dict", [REF_KEY_INFO, REF_OWN])):
        all_of_them = "".join(own)
        lists = {
            "three-times-key-info": [own[0]] * 3,
            "three-times-the-content": [own[1]] * 3,
            "reversed": own[::-1],
            "key-info-last": own[1:] + own[:1],
            "all-twice": own * 2,
            "each-twice-in-a-row": [one for one in own for _ in (0, 1)],
            "only-the-content": [own[1]],
        }
        if profile == "spi":
            lists |= {
                "app-hdr-twice-no-document": [own[0], own[1], own[1]],
                "document-before-app-hdr": [own[0], own[2], own[1]],
                "document-for-key-info": [own[2], own[1], own[2]],
                "as-dict-has-them": [own[0], own[1]],
                "only-document": [own[2]],
            }
        for short, list_ in lists.items():
            profiles_own = 3 if profile == "spi" else 2
            reason = "reference-uri" if len(list_) == profiles_own else "reference-count"
            text = MESSAGES[profile].replace("@SIG@", signature(profile)).replace(all_of_them, "".join(list_))
            trick(f"references/{profile}-set-{short}", f"invalid {reason}", f"References: {short.replace('-', ' ')}", naive.fill(text), profile)
    manifest = f'<ds:Object><ds:Manifest Id="m">{REF_OWN}</ds:Manifest></ds:Object>'
    for profile in ("spi", "dict"):
        text = MESSAGES[profile].replace("@SIG@", signature(profile)).replace(REF_OWN, "", 1)
        text = text.replace("</ds:KeyInfo>", f"</ds:KeyInfo>{manifest}")
        trick(
            f"references/{profile}-content-only-in-a-manifest",
            "invalid signature-children",
            "the content's Reference stands in a Manifest, which no core validation checks",
            naive.fill(text),
            profile,
        )
    case(
        "references/dict-reference-in-reference",
        "invalid signature-children",
        "a Reference inside a Reference",
        "dict",
        [("</ds:Reference></ds:SignedInfo>", f"{REF_KEY_INFO}</ds:Reference></ds:SignedInfo>")],
    )
    case(
        "references/dict-reference-of-others",
        "invalid signature-children",
        "a Reference of another namespace between the two",
        "dict",
        [(REF_OWN, f'<x:Reference xmlns:x="urn:x" URI=""/>{REF_OWN}')],
    )
    case(
        "references/dict-uri-in-another-case",
        "invalid signature-attribute",
        "uri in small letters",
        "dict",
        [(OWN, '<ds:Reference uri=""')],
    )


def ids():
    """The Id that the Reference names belongs to KeyInfo alone, however the other one is spelt."""
    spellings = {
        "capital-d": 'iD="key-info-id"',
        "dsig-prefix": f'xmlns:d="{DSIG}" d:Id="key-info-id"',
        "saml-prefix": 'xmlns:s="urn:oasis:names:tc:SAML:2.0:assertion" s:ID="key-info-id"',
        "wsu-small": 'xmlns:w="urn:wsu" w:id="key-info-id"',
        "hexadecimal-reference": 'Id="&#x6b;ey-info-id"',
        "xml-id-with-reference": 'xml:id="key&#x2d;info-id"',
        "xml-id-in-space": 'xml:id="  key-info-id "',
        "id-in-space": 'Id="key-info-id "',
        "id-in-tabs": 'id="&#9;key-info-id&#10;"',
    }
    for short, attribute in spellings.items():
        for profile, home in (("spi", "<GrpHdr>"), ("dict", "<Owner>")):
            case(
                f"structure/{profile}-same-id-{short}",
                "invalid duplicate-id",
                f"KeyInfo's Id also stands in the content ({short.replace('-', ' ')})",
                profile,
                [(home, home.replace(">", f" {attribute}>"))],
            )
    for short, tag in {
        "signed-info": "<ds:SignedInfo>",
        "value": "<ds:SignatureValue>",
    }.items():
        both(
            f"structure/same-id-on-{short}",
            "invalid duplicate-id",
            f"{short.replace('-', ' ')} has KeyInfo's Id",
            [(tag, tag.replace(">", ' Id="key-info-id">'))],
        )
    case(
        "structure/dict-same-id-on-the-root",
        "invalid duplicate-id",
        "the root has KeyInfo's Id",
        "dict",
        [("<GetEntryResponse>", '<GetEntryResponse ID="key-info-id">')],
    )
    case(
        "structure/spi-same-id-on-app-hdr",
        "invalid duplicate-id",
        "AppHdr has KeyInfo's Id",
        "spi",
        [("<AppHdr>", '<AppHdr xml:id="key-info-id">')],
    )
    case(
        "structure/spi-same-id-on-sgntr",
        "invalid sgntr-content",
        "Sgntr has KeyInfo's Id",
        "spi",
        [("<Sgntr>", '<Sgntr Id="key-info-id">')],
    )


def texts():
    """Comments, instructions, sections and look-alike characters inside values: readers of a tree take the first text only."""
    marks = {"digest": "@D2@", "value": "@SV@", "serial": SERIAL, "issuer": ISSUER}
    names = {"digest": "DigestValue", "value": "SignatureValue", "serial": "the serial number", "issuer": "the issuer's name"}
    for short, mark in marks.items():
        for kind, before in {"comment": "<!-- a -->", "instruction": "<?a b?>", "empty-comment": "<!---->"}.items():
            both(
                f"signature/{short}-{kind}-in-front",
                "invalid signature-text",
                f"{kind.replace('-', ' ')} in front of {names[short]}",
                [(f">{mark}<", f">{before}{mark}<")],
            )
            middle = mark[:6] + before + mark[6:]
            if short in ("serial", "issuer"):
                both(f"signature/{short}-{kind}-inside", "invalid signature-text", f"{kind.replace('-', ' ')} in {names[short]}", [(f">{mark}<", f">{middle}<")])
        one = f">{mark}<"
        for kind, character in {"byte-order-mark": "\ufeff", "zero-width-space": "\u200b", "no-break-space": "\u00a0", "next-line": "\u0085", "line-separator": "\u2028"}.items():
            if short == "issuer":
                continue
            reason = {"digest": "digest-value", "value": "signature-value", "serial": "serial-number"}[short]
            case(f"signature/dict-{short}-{kind}", f"invalid {reason}", f"{kind.replace('-', ' ')} before {names[short]}: no white space to XML", "dict", [(one, f">{character}{mark}<")])
    for profile in ("spi", "dict"):
        good = signed(profile)
        for number, part in enumerate(good.split("<ds:DigestValue>")[1:], 1):
            digest = part.split("<")[0]
            for kind, mark in {"comment": "<!-- a -->", "instruction": "<?a?>"}.items():
                write(
                    f"signature/{profile}-digest-{number}-cut-by-{kind}",
                    "invalid signature-text",
                    f"digest {number} cut in two by a {kind}: some readers take the first piece alone",
                    good.replace(digest, digest[:20] + mark + digest[20:]),
                    profile,
                )
        value = good.split("<ds:SignatureValue>")[1].split("<")[0]
        for kind, mark in {"comment": "<!-- a -->", "instruction": "<?a?>"}.items():
            write(
                f"signature/{profile}-value-cut-by-{kind}",
                "invalid signature-text",
                f"SignatureValue cut in two by a {kind}",
                good.replace(value, value[:100] + mark + value[100:]),
                profile,
            )


def prefix_lists():
    key_info = '<ds:Reference URI="#key-info-id"><ds:Transforms>' + TRANSFORM
    listed = lambda prefixes, more="": TRANSFORM.replace(
        "/>", f'><ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList="{prefixes}"{more}/></ds:Transform>'
    )
    for short, prefixes, because in [
        ("no-break-space", "ds\u00a0x", "prefixes with a no-break space between them"),
        ("semicolon", "ds;x", "prefixes with a semicolon between them"),
        ("default-in-capitals", "#DEFAULT", "#default in capitals"),
        ("default-glued", "#defaultx", "#default with a letter behind it"),
        ("star", "*", "a star"),
        ("uri", "urn:x", "a namespace name instead of a prefix"),
        ("hyphen-first", "-x", "a prefix that begins with a hyphen"),
        ("many-doubles", "ds " * 65, "one prefix named more often than the limit"),
        ("empty-quotes", "&quot;&quot;", "quotes"),
    ]:
        case(f"prefix-list/dict-{short}", "invalid prefix-list", f"a PrefixList of {because}", "dict", [(key_info, key_info.replace(TRANSFORM, listed(prefixes)))])
    case("prefix-list/dict-attribute-in-other-case", "invalid signature-attribute", "prefixList with a small letter", "dict", [(key_info, key_info.replace(TRANSFORM, listed("ds").replace("PrefixList", "prefixList")))])
    case("prefix-list/dict-attribute-prefixed", "invalid signature-attribute", "a PrefixList in the namespace of exclusive canonicalization", "dict", [(key_info, key_info.replace(TRANSFORM, listed("ds").replace("PrefixList", "ec:PrefixList")))])
    case("prefix-list/dict-text-behind", "invalid signature-text", "text behind InclusiveNamespaces", "dict", [(key_info, key_info.replace(TRANSFORM, listed("ds").replace("</ds:T", "a</ds:T")))])
    case("prefix-list/dict-on-enveloped", "invalid transforms", "a PrefixList in the enveloped-signature transform", "dict", [('enveloped-signature"/>', f'enveloped-signature"><ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList="ds"/></ds:Transform>')])
    case("prefix-list/dict-on-the-signature-method", "invalid signature-method", "a PrefixList in SignatureMethod", "dict", [('rsa-sha256"/>', f'rsa-sha256"><ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList="ds"/></ds:SignatureMethod>')])
    # A namespace that only a PrefixList brings into the octets: whoever leaves the list out of account sees other octets.
    declared = (f'<ds:Signature xmlns:ds="{DSIG}"', f'<ds:Signature xmlns:ds="{DSIG}" xmlns:x="urn:x"')
    both(
        "prefix-list/listed-namespace-changed-after-signing",
        "invalid digest-mismatch",
        "a listed prefix bound to another name after signing",
        [declared, (key_info, key_info.replace(TRANSFORM, listed("x")))],
        [('xmlns:x="urn:x"', 'xmlns:x="urn:y"')],
        change={"KeyInfo": lambda octets: octets.replace(b'xmldsig#"', b'xmldsig#" xmlns:x="urn:x"', 1)},
    )


def counterparts():
    both("references/uri-in-single-quotes", "valid", "an empty URI in single quotes, the Id written with a reference", after=[('URI=""', "URI=''"), ('URI="#key-info-id"', "URI='&#35;key-info-id'")])
    for profile in ("spi", "dict"):
        good = signed(profile)
        digest, value = (good.split(f"<ds:{tag}>")[1].split("<")[0] for tag in ("DigestValue", "SignatureValue"))
        write(f"signature/{profile}-values-in-cdata", "valid", "SignatureValue in a CDATA section: its characters are its text", good.replace(value, f"<![CDATA[{value}]]>"), profile)
    both("signature/digest-in-cdata", "valid", "a digest, a serial number and an issuer's name in CDATA sections, signed so", [("@D1@", "<![CDATA[@D1@]]>"), (SERIAL, f"<![CDATA[{SERIAL[:5]}]]><![CDATA[{SERIAL[5:]}]]>"), (ISSUER, f"<![CDATA[{ISSUER}]]>")])
    both("signature/digest-with-references", "valid", "a digest and a serial number written with character references", after=[(SERIAL, f"&#{ord(SERIAL[0])};{SERIAL[1:]}"), ("=</ds:DigestValue>", "&#61;</ds:DigestValue>")])
    case("structure/dict-ids-alike", "valid", "Ids that only look like KeyInfo's", "dict", message=DICT.replace("<Owner>", '<Owner Id="key-info-ID" xml:id="key_info_id">'))
    case("structure/spi-plain-attributes-with-the-id", "valid", "KeyInfo's Id as the value of attributes that nobody takes for an Id", "spi", message=SPI.replace("<GrpHdr>", '<GrpHdr Ident="key-info-id" idref="key-info-id">'))
    key_info = '<ds:Reference URI="#key-info-id"><ds:Transforms>' + TRANSFORM
    listed = lambda prefixes: TRANSFORM.replace("/>", f'><ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList="{prefixes}"/></ds:Transform>')
    for short, prefixes, because in [
        ("64-prefixes", "ds " + " ".join(f"p{i}" for i in range(63)), "as many prefixes as the limit"),
        ("xml", "xml", "the prefix xml, which is never written"),
        ("default-twice", "#default #default", "#default twice, with no default namespace"),
        ("white-space-by-reference", "&#9;ds&#10;", "white space written with references"),
        ("accents", "ação", "a prefix with accents that is not bound"),
        ("long-prefix", "p" * 5000, "a prefix of 5000 letters that is not bound"),
    ]:
        case(f"prefix-list/dict-{short}", "valid", f"a PrefixList of {because}", "dict", [(key_info, key_info.replace(TRANSFORM, listed(prefixes)))])
