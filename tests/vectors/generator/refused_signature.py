"""What stands inside the Signature: algorithms, transforms, References, digests, values. All of it is signed as it stands."""

from cases import SPI, both, case, signed, write
from sign import (
    DSIG,
    EXC,
    ENVELOPED,
    ISSUER,
    REF_DOCUMENT,
    REF_KEY_INFO,
    REF_OWN,
    RSA_SHA256,
    SERIAL,
    SHA256,
    reference,
)

TRANSFORM = f'<ds:Transform Algorithm="{EXC}"/>'
METHOD = f'<ds:CanonicalizationMethod Algorithm="{EXC}"/>'


def cases():
    children()
    attributes()
    text()
    algorithms()
    transforms()
    references()
    key_info()
    values()
    mathematics()


def refuse(name, reason, because, before=(), after=(), **more):
    both(f"signature/{name}", f"invalid {reason}", because, before, after, **more)


def one(name, reason, because, before=(), after=(), **more):
    case(f"signature/dict-{name}", f"invalid {reason}", because, "dict", before, after, **more)


def children():
    for short, before, because in [
        ("object", [("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object>a</ds:Object>")], "an Object"),
        ("object-empty", [("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object/>")], "an empty Object"),
        (
            "manifest",
            [("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object><ds:Manifest/></ds:Object>")],
            "an Object with a Manifest",
        ),
        ("foreign-element", [("</ds:KeyInfo>", '</ds:KeyInfo><a xmlns="urn:a"/>')], "an element of another namespace"),
        ("key-info-twice", [("</ds:KeyInfo>", "</ds:KeyInfo><ds:KeyInfo/>")], "a second KeyInfo"),
        (
            "value-twice",
            [("</ds:SignatureValue>", "</ds:SignatureValue><ds:SignatureValue>AA==</ds:SignatureValue>")],
            "a second SignatureValue",
        ),
        (
            "signed-info-foreign",
            [("</ds:SignedInfo>", "<ds:Extra/></ds:SignedInfo>")],
            "an unknown element in SignedInfo",
        ),
        ("signed-info-other-case", [("ds:SignedInfo>", "ds:signedInfo>")], "signedInfo with a small letter"),
    ]:
        if short.startswith("signed-info-other"):
            write(
                f"signature/dict-{short}", "invalid signature-children", because, signed("dict", after=before), "dict"
            )
        else:
            refuse(short, "signature-children", because, before)
    good = signed("dict")
    info = good[good.index("<ds:SignedInfo>") : good.index("</ds:SignedInfo>") + 16]
    value = good[good.index("<ds:SignatureValue>") : good.index("</ds:SignatureValue>") + 20]
    key = good[good.index("<ds:KeyInfo ") : good.index("</ds:KeyInfo>") + 13]
    for short, document, because in [
        ("empty", good.replace(info + value + key, ""), "an empty Signature"),
        ("no-signed-info", good.replace(info, ""), "no SignedInfo"),
        ("no-value", good.replace(value, ""), "no SignatureValue"),
        ("no-key-info", good.replace(key, ""), "no KeyInfo"),
        ("value-first", good.replace(info + value, value + info), "SignatureValue before SignedInfo"),
        ("key-info-before-value", good.replace(value + key, key + value), "KeyInfo before SignatureValue"),
        ("signed-info-twice", good.replace(info, info + info), "SignedInfo twice"),
        ("signed-info-empty", good.replace(info, "<ds:SignedInfo/>"), "an empty SignedInfo"),
        (
            "signed-info-other-namespace",
            good.replace("<ds:SignedInfo>", '<x:SignedInfo xmlns:x="urn:x">').replace(
                "</ds:SignedInfo>", "</x:SignedInfo>"
            ),
            "SignedInfo of another namespace",
        ),
    ]:
        reason = "canonicalization-method" if short == "signed-info-empty" else "signature-children"
        write(f"signature/dict-{short}", f"invalid {reason}", because, document, "dict")


def attributes():
    for short, old, new in [
        ("signature", "<ds:Signature ", '<ds:Signature a="1" '),
        (
            "signature-schema",
            "<ds:Signature ",
            '<ds:Signature xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="a" ',
        ),
        ("signature-id-small", "<ds:Signature ", '<ds:Signature id="a" '),
        ("signed-info", "<ds:SignedInfo>", '<ds:SignedInfo a="1">'),
        (
            "method",
            f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"/>',
            f'<ds:SignatureMethod Algorithm="{RSA_SHA256}" a="1"/>',
        ),
        ("canonicalization", METHOD, METHOD.replace("/>", ' a="1"/>')),
        ("reference", '<ds:Reference URI=""', '<ds:Reference a="1" URI=""'),
        ("reference-ds-uri", '<ds:Reference URI=""', '<ds:Reference ds:URI="#a" URI=""'),
        ("transforms", "<ds:Transforms>", '<ds:Transforms a="1">'),
        ("transform", TRANSFORM, TRANSFORM.replace("/>", ' a="1"/>')),
        ("digest-method", f'<ds:DigestMethod Algorithm="{SHA256}"/>', f'<ds:DigestMethod a="1" Algorithm="{SHA256}"/>'),
        ("digest-value", "<ds:DigestValue>", '<ds:DigestValue Id="a">'),
        ("value", "<ds:SignatureValue>", '<ds:SignatureValue Encoding="a">'),
        ("key-info", "<ds:KeyInfo Id", '<ds:KeyInfo a="1" Id'),
        ("key-info-xml-id", "<ds:KeyInfo Id", '<ds:KeyInfo xml:id="a" Id'),
        ("key-info-ds-id", '<ds:KeyInfo Id="key-info-id"', '<ds:KeyInfo ds:Id="key-info-id"'),
        ("x509-data", "<ds:X509Data>", '<ds:X509Data a="1">'),
        ("issuer-serial", "<ds:X509IssuerSerial>", '<ds:X509IssuerSerial Id="a">'),
        ("issuer-name", "<ds:X509IssuerName>", '<ds:X509IssuerName a="1">'),
        ("serial-number", "<ds:X509SerialNumber>", '<ds:X509SerialNumber a="1">'),
    ]:
        one(
            f"attribute-{short}",
            "signature-attribute",
            f"an attribute that XMLDSig does not give to {short.replace('-', ' ')}",
            [(old, new, 1)],
        )


def text():
    for short, old, new, because in [
        ("signature-text", "<ds:SignedInfo>", "a<ds:SignedInfo>", "text in Signature"),
        ("signature-comment", "<ds:SignedInfo>", "<!-- a --><ds:SignedInfo>", "a comment in Signature"),
        ("signature-instruction", "<ds:SignedInfo>", "<?a?><ds:SignedInfo>", "a processing instruction in Signature"),
        ("signed-info-comment", "<ds:SignatureMethod", "<!-- a --><ds:SignatureMethod", "a comment in SignedInfo"),
        (
            "signed-info-instruction",
            "<ds:SignatureMethod",
            "<?a?><ds:SignatureMethod",
            "a processing instruction in SignedInfo",
        ),
        ("transforms-text", TRANSFORM, "a" + TRANSFORM, "text in Transforms"),
        ("key-info-text", "<ds:X509Data>", "a<ds:X509Data>", "text in KeyInfo"),
        ("key-info-comment", "<ds:X509Data>", "<!-- a --><ds:X509Data>", "a comment in KeyInfo"),
        ("digest-comment", "@D1@", "@D1@<!-- a -->", "a comment in DigestValue"),
        ("value-comment", "@SV@", "<!-- a -->@SV@", "a comment in SignatureValue"),
        ("issuer-comment", "OU=CSPB-1", "OU=CSPB<!-- a -->-1", "a comment in X509IssuerName"),
        (
            "serial-comment",
            f">{SERIAL}<",
            f">{SERIAL}<!-- 1 --><",
            "a comment that some readers would cut the serial number at",
        ),
        ("serial-instruction", f">{SERIAL}<", f">{SERIAL}<?a 1?><", "a processing instruction in the serial number"),
    ]:
        one(short, "signature-text", because, [(old, new, 1)])


def algorithms():
    for short, uri in {
        "inclusive": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "inclusive-1.1": "http://www.w3.org/2006/12/xml-c14n11",
        "with-comments": "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "empty": "",
        "upper-case": EXC.upper(),
        "in-space": " " + EXC,
    }.items():
        refuse(
            f"c14n-{short}",
            "canonicalization-method",
            f"SignedInfo canonicalized by another method ({short})",
            [(METHOD, METHOD.replace(EXC, uri))],
        )
    one("c14n-no-algorithm", "canonicalization-method", "no Algorithm", [(METHOD, "<ds:CanonicalizationMethod/>")])
    one("c14n-missing", "canonicalization-method", "no CanonicalizationMethod", [(METHOD, "")])
    one("c14n-twice", "signature-method", "two of CanonicalizationMethod", [(METHOD, METHOD * 2)])
    one(
        "c14n-foreign-child",
        "canonicalization-method",
        "another element in CanonicalizationMethod",
        [(METHOD, METHOD.replace("/>", "><a/></ds:CanonicalizationMethod>"))],
    )
    method = f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"/>'
    for short, uri in {
        "hmac-sha1": DSIG + "hmac-sha1",
        "hmac-sha256": "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "rsa-sha1": DSIG + "rsa-sha1",
        "rsa-md5": "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "rsa-sha512": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        "rsa-pss": "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        "ecdsa": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        "dsa": DSIG + "dsa-sha1",
        "none": "",
    }.items():
        refuse(
            f"method-{short}",
            "signature-method",
            f"another SignatureMethod ({short})",
            [(method, method.replace(RSA_SHA256, uri))],
        )
    one(
        "method-hmac-output-length",
        "signature-method",
        "an HMACOutputLength",
        [(method, method.replace("/>", "><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>"))],
    )
    one("method-missing", "signature-method", "no SignatureMethod", [(method, "")])
    digest = f'<ds:DigestMethod Algorithm="{SHA256}"/>'
    for short, uri in {
        "sha1": DSIG + "sha1",
        "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
        "md5": "http://www.w3.org/2001/04/xmldsig-more#md5",
        "empty": "",
    }.items():
        refuse(
            f"digest-{short}",
            "digest-method",
            f"another DigestMethod ({short})",
            [(digest, digest.replace(SHA256, uri), 1)],
        )
    one("digest-missing", "digest-method", "no DigestMethod", [(digest, "", 1)])
    one(
        "digest-child",
        "digest-method",
        "an element in DigestMethod",
        [(digest, digest.replace("/>", "><a/></ds:DigestMethod>"), 1)],
    )


def transforms():
    enveloped = f'<ds:Transform Algorithm="{ENVELOPED}"/>'
    xpath = (
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>1=0</ds:XPath></ds:Transform>'
    )
    filter2 = '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"><f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract">//*</f:XPath></ds:Transform>'
    xslt = '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"/></ds:Transform>'
    base64 = '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64"/>'
    own = enveloped + TRANSFORM
    for short, new, because in [
        ("xpath", enveloped + xpath + TRANSFORM, "an XPath filter that leaves nothing"),
        ("xpath-filter-2", enveloped + filter2 + TRANSFORM, "an XPath filter 2.0"),
        ("xslt", enveloped + xslt + TRANSFORM, "a stylesheet"),
        ("base64", enveloped + base64 + TRANSFORM, "base64 decoding"),
        ("enveloped-twice", enveloped * 2 + TRANSFORM, "enveloped-signature twice"),
        ("c14n-twice", enveloped + TRANSFORM * 2, "canonicalization twice"),
        ("order", TRANSFORM + enveloped, "canonicalization before enveloped-signature"),
        ("only-enveloped", enveloped, "no canonicalization"),
        ("not-enveloped", TRANSFORM, "no enveloped-signature for the Reference that envelops the Signature"),
        (
            "with-comments",
            enveloped + TRANSFORM.replace("c14n#", "c14n#WithComments"),
            "canonicalization with comments",
        ),
        (
            "inclusive",
            enveloped + TRANSFORM.replace(EXC, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
            "inclusive canonicalization",
        ),
        ("empty", "", "no Transform at all"),
        (
            "enveloped-child",
            enveloped.replace("/>", "><a/></ds:Transform>") + TRANSFORM,
            "an element in the enveloped-signature transform",
        ),
    ]:
        refuse(f"transforms-{short}", "transforms", because, [(own, new)])
    key_info = '<ds:Reference URI="#key-info-id"><ds:Transforms>'
    refuse(
        "transforms-key-info-enveloped",
        "transforms",
        "enveloped-signature on KeyInfo's Reference",
        [(key_info, key_info + enveloped)],
    )
    refuse(
        "transforms-key-info-missing",
        "transforms",
        "KeyInfo's Reference without Transforms",
        [(key_info + TRANSFORM + "</ds:Transforms>", '<ds:Reference URI="#key-info-id">')],
    )
    case(
        "signature/spi-transforms-document-enveloped",
        "invalid transforms",
        "enveloped-signature on Document's Reference",
        "spi",
        [("<ds:Reference><ds:Transforms>", "<ds:Reference><ds:Transforms>" + enveloped)],
    )
    listed = lambda prefixes: TRANSFORM.replace(
        "/>", f'><ec:InclusiveNamespaces xmlns:ec="{EXC}"{prefixes}/></ds:Transform>'
    )
    for short, prefixes, because in [
        ("missing", "", "InclusiveNamespaces without a PrefixList"),
        ("colon", ' PrefixList="a:b"', "a PrefixList with a qualified name"),
        ("digit", ' PrefixList="1a"', "a PrefixList with a name that begins with a digit"),
        ("comma", ' PrefixList="a,b"', "a PrefixList with a comma"),
        ("other-keyword", ' PrefixList="#all"', "a PrefixList with an unknown keyword"),
        (
            "too-long",
            ' PrefixList="' + " ".join(f"p{i}" for i in range(65)) + '"',
            "a PrefixList longer than the limit",
        ),
    ]:
        one(f"prefix-list-{short}", "prefix-list", because, [(key_info + TRANSFORM, key_info + listed(prefixes))])
    one(
        "prefix-list-attribute",
        "signature-attribute",
        "another attribute of InclusiveNamespaces",
        [(key_info + TRANSFORM, key_info + listed(' PrefixList="" a="1"'))],
    )
    one(
        "prefix-list-twice",
        "transforms",
        "two of InclusiveNamespaces",
        [
            (
                key_info + TRANSFORM,
                key_info
                + TRANSFORM.replace(
                    "/>",
                    f'><ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList=""/><ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList=""/></ds:Transform>',
                ),
            )
        ],
    )
    one(
        "prefix-list-other-namespace",
        "transforms",
        "InclusiveNamespaces of another namespace",
        [
            (
                key_info + TRANSFORM,
                key_info
                + TRANSFORM.replace("/>", '><InclusiveNamespaces xmlns="urn:a" PrefixList=""/></ds:Transform>'),
            )
        ],
    )
    one(
        "prefix-list-child",
        "prefix-list",
        "an element in InclusiveNamespaces",
        [
            (
                key_info + TRANSFORM,
                key_info
                + TRANSFORM.replace(
                    "/>",
                    f'><ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList=""><a/></ec:InclusiveNamespaces></ds:Transform>',
                ),
            )
        ],
    )
    one(
        "prefix-list-ignored",
        "digest-mismatch",
        "a PrefixList that the signer left out of account",
        [
            (f'<ds:Signature xmlns:ds="{DSIG}"', f'<ds:Signature xmlns:ds="{DSIG}" xmlns:x="urn:x"'),
            (key_info + TRANSFORM, key_info + listed(' PrefixList="x"')),
        ],
        prefixes={"KeyInfo": []},
    )


def references():
    for profile, own in (("spi", REF_OWN + REF_DOCUMENT), ("dict", REF_OWN)):

        def put(short, reason, because, before, profile=profile):
            case(f"references/{profile}-{short}", f"invalid {reason}", because, profile, before)

        put("none", "reference-count", "no Reference at all: nothing is signed", [(REF_KEY_INFO + own, "")])
        put("only-key-info", "reference-count", "only KeyInfo is signed", [(own, "")])
        put("no-key-info", "reference-count", "KeyInfo is not signed", [(REF_KEY_INFO, "")])
        put("one-more", "reference-count", "one Reference more", [(own, own + reference(' URI=""', "@D2@", True))])
        put("many-more", "reference-count", "a hundred References", [(own, own + REF_KEY_INFO * 100)])
        put(
            "order",
            "reference-uri",
            "the References in another order than every message of BACEN",
            [(REF_KEY_INFO + REF_OWN, REF_OWN + REF_KEY_INFO)],
        )
        put("key-info-twice", "reference-uri", "KeyInfo twice, the content not", [(REF_OWN, REF_KEY_INFO)])
        put("content-twice", "reference-uri", "the content twice, KeyInfo not", [(REF_KEY_INFO, REF_OWN)])
        for short, uri, because in [
            ("unknown-id", "#nobody", "an Id that nobody has"),
            ("other-case", "#KEY-INFO-ID", "KeyInfo's Id in other letters"),
            ("no-number-sign", "key-info-id", "KeyInfo's Id without the number sign"),
            ("in-space", " #key-info-id", "a blank before the number sign"),
            ("xpointer-root", "#xpointer(/)", "an XPointer to the root"),
            ("xpointer-id", "#xpointer(id('key-info-id'))", "an XPointer to KeyInfo"),
            ("percent-escaped", "#key%2Dinfo-id", "a percent escape in the fragment"),
            ("only-number-sign", "#", "an empty fragment"),
            ("http", "http://127.0.0.1/", "an address on the network"),
            ("file", "file:///etc/passwd", "a file"),
            ("http-with-fragment", "http://127.0.0.1/#key-info-id", "an address with KeyInfo's fragment"),
        ]:
            if profile == "dict" or short in ("unknown-id", "xpointer-root", "http"):
                put(f"key-info-{short}", "reference-uri", because, [('URI="#key-info-id"', f'URI="{uri}"')])
        put(
            "own-by-id",
            "reference-uri",
            "the content by an Id of its own",
            [
                ('<ds:Reference URI=""', '<ds:Reference URI="#root"'),
                *(
                    [("<GetEntryResponse>", '<GetEntryResponse Id="root">')]
                    if profile == "dict"
                    else [("<AppHdr>", '<AppHdr Id="root">')]
                ),
            ],
        )
        put(
            "own-space",
            "reference-uri",
            "a blank instead of the empty URI",
            [('<ds:Reference URI=""', '<ds:Reference URI=" "')],
        )
        put(
            "own-no-uri",
            "reference-uri",
            "the second Reference without a URI",
            [('<ds:Reference URI=""', "<ds:Reference")],
        )
    case(
        "references/spi-document-empty-uri",
        "invalid reference-uri",
        "Document with an empty URI",
        "spi",
        [("<ds:Reference><", '<ds:Reference URI=""><')],
    )
    case(
        "references/spi-document-by-id",
        "invalid reference-uri",
        "Document by an Id",
        "spi",
        [("<ds:Reference><", '<ds:Reference URI="#doc"><'), ("<Document>", '<Document Id="doc">')],
    )
    case("references/spi-no-document", "invalid reference-count", "Document is not signed", "spi", [(REF_DOCUMENT, "")])
    case("references/spi-no-app-hdr", "invalid reference-count", "AppHdr is not signed", "spi", [(REF_OWN, "")])
    case(
        "references/spi-two-without-uri",
        "invalid reference-uri",
        "Document twice, AppHdr not",
        "spi",
        [(REF_OWN, REF_DOCUMENT)],
    )
    case(
        "references/dict-with-document",
        "invalid reference-count",
        "SPI's three References in DICT",
        "dict",
        [(REF_OWN, REF_OWN + REF_DOCUMENT.replace("@D3@", "@D2@"))],
    )
    case(
        "references/dict-key-info-without-id",
        "invalid reference-uri",
        "KeyInfo has no Id",
        "dict",
        [(' Id="key-info-id"', "")],
    )
    case(
        "references/dict-key-info-empty-id",
        "invalid reference-uri",
        "KeyInfo's Id is empty, the URI a lone number sign",
        "dict",
        [("key-info-id", "")],
    )
    case(
        "references/dict-id-of-content",
        "invalid reference-uri",
        "the Id that is named is another element's",
        "dict",
        [('URI="#key-info-id"', 'URI="#entry"'), ("<Entry>", '<Entry Id="entry">')],
    )
    case(
        "references/dict-transforms-after-digest",
        "invalid transforms",
        "Transforms behind the digest",
        "dict",
        [
            (
                REF_KEY_INFO,
                REF_KEY_INFO.replace(f"<ds:Transforms>{TRANSFORM}</ds:Transforms>", "").replace(
                    "</ds:Reference>", f"<ds:Transforms>{TRANSFORM}</ds:Transforms></ds:Reference>"
                ),
            )
        ],
    )
    case(
        "references/dict-digest-value-twice",
        "invalid signature-children",
        "two of DigestValue",
        "dict",
        [
            (
                REF_KEY_INFO,
                REF_KEY_INFO.replace("</ds:Reference>", "<ds:DigestValue>@D1@</ds:DigestValue></ds:Reference>"),
            )
        ],
    )


def key_info():
    data = "<ds:X509Data>"
    serial = f"<ds:X509SerialNumber>{SERIAL}</ds:X509SerialNumber>"
    name = f"<ds:X509IssuerName>{ISSUER}</ds:X509IssuerName>"
    issuer_serial = f"<ds:X509IssuerSerial>{name}{serial}</ds:X509IssuerSerial>"
    for short, before, because in [
        (
            "key-value",
            [
                (
                    data,
                    "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"
                    + data,
                )
            ],
            "a KeyValue",
        ),
        ("key-name", [(data, "<ds:KeyName>a</ds:KeyName>" + data)], "a KeyName"),
        ("retrieval-method", [(data, '<ds:RetrievalMethod URI="http://127.0.0.1/"/>' + data)], "a RetrievalMethod"),
        (
            "certificate",
            [("</ds:X509IssuerSerial>", "</ds:X509IssuerSerial><ds:X509Certificate>MIIB</ds:X509Certificate>")],
            "a certificate in the message",
        ),
        (
            "certificate-first",
            [("<ds:X509IssuerSerial>", "<ds:X509Certificate>MIIB</ds:X509Certificate><ds:X509IssuerSerial>")],
            "a certificate before X509IssuerSerial",
        ),
        (
            "subject-name",
            [("<ds:X509IssuerSerial>", "<ds:X509SubjectName>CN=a</ds:X509SubjectName><ds:X509IssuerSerial>")],
            "an X509SubjectName",
        ),
        (
            "only-certificate",
            [(issuer_serial, "<ds:X509Certificate>MIIB</ds:X509Certificate>")],
            "nothing but a certificate",
        ),
        (
            "two-x509-data",
            [("</ds:X509Data>", f"</ds:X509Data><ds:X509Data>{issuer_serial}</ds:X509Data>")],
            "two of X509Data",
        ),
        ("two-issuer-serial", [(issuer_serial, issuer_serial * 2)], "two of X509IssuerSerial"),
        ("no-x509-data", [(f"{data}{issuer_serial}</ds:X509Data>", "")], "an empty KeyInfo"),
        ("no-issuer-serial", [(issuer_serial, "")], "an empty X509Data"),
        ("no-serial", [(serial, "")], "no X509SerialNumber"),
        ("no-issuer", [(name, "")], "no X509IssuerName"),
        ("serial-first", [(name + serial, serial + name)], "the serial number before the issuer"),
        ("issuer-element", [(ISSUER, ISSUER + "<a/>")], "an element in X509IssuerName"),
        (
            "other-namespace",
            [(data, '<x:X509Data xmlns:x="urn:x">'), ("</ds:X509Data>", "</x:X509Data>")],
            "X509Data of another namespace",
        ),
    ]:
        one(f"key-info-{short}", "key-info-content", because, before)
    for short, issuer in {
        "empty": "",
        "no-equals": "CN",
        "trailing-comma": ISSUER + ",",
        "open-quote": ISSUER.replace("C=BR", 'C="BR'),
        "bad-escape": ISSUER.replace("C=BR", "C=\\qBR"),
        "bad-hex": ISSUER.replace("C=BR", "C=#0Z"),
        "slashes": "/C=BR/O=ICP-Brasil/OU=CSPB-1",
        "too-long": "CN=" + "a" * 8200,
        "hex-not-der": ISSUER.replace("C=BR", "C=#13054252"),
        "unescaped-quote": ISSUER.replace("C=BR", 'C=B"R'),
    }.items():
        one(
            f"issuer-{short}",
            "issuer-name",
            f"an issuer's name that cannot be read ({short.replace('-', ' ')})",
            [(ISSUER, issuer)],
        )
    for short, number in {
        "empty": "",
        "hexadecimal": "172FC1F9E7A4B6C5",
        "prefix": "0x172FC1F9E7A4B6C5",
        "sign": "+" + SERIAL,
        "negative": "-" + SERIAL,
        "21-octets": str(2**160),
        "blank-inside": SERIAL[:5] + " " + SERIAL[5:],
        "decimal-point": SERIAL + ".0",
        "exponent": "1e18",
        "arabic-digits": "".join(chr(0x660 + int(digit)) for digit in SERIAL),
        "wide-digits": "".join(chr(0xFF10 + int(digit)) for digit in SERIAL),
        "thousands-of-digits": "1" * 5000,
        "many-zeros": "0" * 70 + SERIAL,
    }.items():
        one(
            f"serial-{short}",
            "serial-number",
            f"a serial number that is not one ({short.replace('-', ' ')})",
            [(f">{SERIAL}<", f">{number}<")],
        )


def values():
    for short, change, because in [
        ("empty", "", "empty"),
        ("31-octets", "A" * 42 + "==", "31 octets"),
        ("33-octets", "A" * 44, "33 octets"),
        ("64-octets", "A" * 86 + "==", "64 octets"),
        ("padding-inside", "AA==" * 11, "padding inside"),
        ("junk", "!" * 44, "no base64"),
    ]:
        one(
            f"digest-value-{short}",
            "digest-value",
            f"a DigestValue that is no base64 of 32 octets: {because}",
            [("@D1@", change)],
        )
    good = signed("dict")
    digest = good.split("<ds:DigestValue>")[1].split("<")[0]
    last = digest[42]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    loose = digest[:42] + alphabet[alphabet.index(last) + 1] + "="
    for short, value, because in [
        ("no-padding", digest[:-1], "without its padding"),
        ("bits-left-over", loose, "with bits left over that decode alike"),
        ("no-break-space", digest[:9] + "\u00a0" + digest[9:], "with a no-break space"),
        ("nul-reference", digest[:9] + "&#x200B;" + digest[9:], "with a blank of no width"),
        ("extra-padding", digest + "=", "with one sign of padding more"),
    ]:
        write(
            f"signature/dict-digest-value-{short}",
            "invalid digest-value",
            f"a DigestValue {because}",
            good.replace(digest, value),
            "dict",
        )
    one("digest-value-element", "digest-value", "an element in DigestValue", [("@D1@", "@D1@<a/>")])
    value = good.split("<ds:SignatureValue>")[1].split("<")[0]
    for short, new, because in [
        ("padding-inside", value[:100] + "=" + value[101:], "padding inside"),
        ("junk", "!" + value[1:], "a character that is none of base64's"),
        ("no-padding", value.rstrip("="), "no padding"),
        ("url-alphabet", value.replace("+", "-").replace("/", "_"), "the alphabet of URLs"),
        ("two", value * 2, "two values behind each other"),
    ]:
        assert new != value, short
        write(
            f"signature/dict-value-{short}",
            "invalid signature-value",
            f"SignatureValue: {because}",
            good.replace(value, new),
            "dict",
        )
    one("value-element", "signature-value", "an element in SignatureValue", [("@SV@", "@SV@<a/>")])


def mathematics():
    for profile in ("spi", "dict"):
        good = signed(profile)
        parts = good.split("<ds:DigestValue>")
        for number in range(1, len(parts)):
            digest = parts[number].split("<")[0]
            first = "B" if digest[0] == "A" else "A"
            changed = "<ds:DigestValue>".join(
                part.replace(digest, first + digest[1:], 1) if index == number else part
                for index, part in enumerate(parts)
            )
            write(
                f"mathematics/{profile}-digest-{number}-first-octet",
                "invalid digest-mismatch",
                f"the first octet of digest {number} changed",
                changed,
                profile,
            )
        # The last octet: a comparison that stops early would not see it.
        digest = parts[1].split("<")[0]
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        last = alphabet[(alphabet.index(digest[42]) + 4) % 64]
        write(
            f"mathematics/{profile}-digest-last-octet",
            "invalid digest-mismatch",
            "the last octet of a digest changed",
            good.replace(digest, digest[:42] + last + "="),
            profile,
        )
        write(
            f"mathematics/{profile}-digest-of-nothing",
            "invalid digest-mismatch",
            "the digest of no octets: a C14N that failed",
            good.replace(digest, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
            profile,
        )
        write(
            f"mathematics/{profile}-signed-info-changed",
            "invalid signature-mismatch",
            "an attribute added to SignedInfo after signing",
            good.replace("<ds:SignedInfo>", '<ds:SignedInfo Id="a">'),
            profile,
        )
        write(
            f"mathematics/{profile}-space-in-signed-info",
            "invalid signature-mismatch",
            "white space added to SignedInfo after signing",
            good.replace("<ds:SignatureMethod", "\n<ds:SignatureMethod"),
            profile,
        )
        write(
            f"mathematics/{profile}-space-in-key-info",
            "invalid digest-mismatch",
            "white space added to KeyInfo after signing",
            good.replace("<ds:X509Data>", "\n<ds:X509Data>"),
            profile,
        )
        write(
            f"mathematics/{profile}-prefix-changed",
            "invalid digest-mismatch",
            "the prefix of XMLDSig changed after signing",
            good.replace("<ds:", "<x:").replace("</ds:", "</x:").replace("xmlns:ds", "xmlns:x"),
            profile,
        )
        case(
            f"mathematics/{profile}-other-key",
            "invalid signature-mismatch",
            "signed with the key of another certificate",
            profile,
            key="bacen-next",
        )
    for short, after in {
        "pretty-printed": [("><", ">\n<")],
        "comment-made-text": [("Helena", "Helena <!-- a -->")],
        "case": [("EMAIL", "email")],
        "space": [("<Branch>0001", "<Branch>0001 ")],
        "attribute-added": [("<Owner>", '<Owner a="1">')],
        "namespace-added": [("<GetEntryResponse>", '<GetEntryResponse xmlns="urn:a">')],
        "instruction-added": [("<Owner>", "<?a?><Owner>")],
        "element-added": [("<Owner>", "<Owner/><Owner>")],
        "element-removed": [("<Branch>0001</Branch>", "")],
        "children-swapped": [
            (
                "<Key>helena.prado@pix.example</Key><KeyType>EMAIL</KeyType>",
                "<KeyType>EMAIL</KeyType><Key>helena.prado@pix.example</Key>",
            )
        ],
        "carriage-return-reference": [("<Entry>", "<Entry>&#13;")],
        "instruction-outside-root": [("</GetEntryResponse>", "</GetEntryResponse><?a?>")],
    }.items():
        case(
            f"mathematics/dict-content-{short}",
            "invalid digest-mismatch",
            f"the content changed after signing: {short.replace('-', ' ')}",
            "dict",
            after=after,
        )
    case(
        "mathematics/spi-content-composed-otherwise",
        "invalid digest-mismatch",
        "an accent composed otherwise after signing: C14N keeps characters as they are",
        "spi",
        after=[("São", "Sa\u0303o")],
    )
    case(
        "mathematics/spi-sgntr-in-space",
        "invalid digest-mismatch",
        "white space put into Sgntr after signing",
        "spi",
        after=[("<Sgntr>", "<Sgntr>\n")],
    )
    case(
        "mathematics/spi-carriage-return-lost",
        "invalid digest-mismatch",
        "a signed carriage return became a line feed on the way",
        "spi",
        message=SPI.replace("São João", "São&#13;João"),
        after=[("São&#13;João", "São\nJoão")],
    )
