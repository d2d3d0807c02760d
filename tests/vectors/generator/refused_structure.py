"""Messages whose parts do not stand where the profile has them, wrapping attacks above all."""

from cases import DICT, SPI, both, case, signed, write
from sign import DSIG, sign, signature

NS = "https://www.bcb.gov.br/pi/pacs.002/1.17"


def cases():
    unsigned()
    envelope()
    sgntr()
    wrapping()
    doubled_ids()


def spi(name, reason, because, before=(), after=(), **more):
    case(f"structure/spi-{name}", f"invalid {reason}", because, "spi", before, after, **more)


def dict_(name, reason, because, before=(), after=(), **more):
    case(f"structure/dict-{name}", f"invalid {reason}", because, "dict", before, after, **more)


def unsigned():
    for short, sgntr, because in [
        ("empty-sgntr", "<Sgntr/>", "Sgntr is empty"),
        ("sgntr-in-pairs", "<Sgntr></Sgntr>", "Sgntr opened and closed"),
        ("sgntr-in-space", "<Sgntr>\n  </Sgntr>", "white space in Sgntr"),
        ("no-sgntr", "", "no Sgntr"),
    ]:
        write(f"unsigned/spi-{short}", "unsigned unsigned", because, SPI.replace("<Sgntr>@SIG@</Sgntr>", sgntr), "spi")
    for short, placeholder, because in [
        ("none", "", "no Signature"),
        ("placeholder", "<Signature></Signature>", "the empty Signature of BACEN's examples, in no namespace"),
        (
            "other-namespace",
            '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig"/>',
            "a Signature in a namespace that lacks its number sign",
        ),
        ("other-case", f'<ds:signature xmlns:ds="{DSIG}"/>', "a signature in small letters"),
        ("in-comment", f"<!-- {signature('dict')} -->".replace("@", ""), "a Signature in a comment"),
        ("in-cdata", f"<a><![CDATA[{signature('dict').replace('@', '')}]]></a>", "a Signature in CDATA"),
    ]:
        write(f"unsigned/dict-{short}", "unsigned unsigned", because, DICT.replace("@SIG@", placeholder), "dict")
    write(
        "unsigned/dict-problem",
        "unsigned unsigned",
        "a problem document",
        '<problem xmlns="urn:ietf:rfc:7807"><status>404</status></problem>',
        "dict",
    )
    write(
        "unsigned/dict-check-keys",
        "unsigned unsigned",
        "the one request that is never signed",
        "<CheckKeysRequest><Keys><Key>helena.prado@pix.example</Key></Keys></CheckKeysRequest>",
        "dict",
    )
    write(
        "unsigned/spi-signature-only-in-document",
        "invalid signature-misplaced",
        "a Signature in Document, none in Sgntr",
        sign(SPI.replace("@SIG@", "").replace("</FIToFIPmtStsRpt>", signature("spi") + "</FIToFIPmtStsRpt>"), "spi"),
        "spi",
    )


def envelope():
    spi(
        "root-other-name",
        "not-envelope",
        "the root is not Envelope",
        [("<Envelope ", "<Envelop "), ("</Envelope>", "</Envelop>")],
    )
    spi(
        "root-other-case",
        "not-envelope",
        "the root is envelope in small letters",
        [("<Envelope ", "<envelope "), ("</Envelope>", "</envelope>")],
    )
    spi("dict-as-spi", "not-envelope", "a DICT message held against SPI's rules", message=DICT)
    for short, attribute in {
        "attribute": 'a="1"',
        "attribute-xml": 'xml:lang="pt"',
        "attribute-id": 'Id="a"',
        "attribute-schema": 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"',
    }.items():
        spi(
            f"envelope-{short}",
            "envelope-attribute",
            "an attribute of Envelope, which no Reference covers",
            after=[("<Envelope ", f"<Envelope {attribute} ", 1)],
        )
    for short, content, because in [
        ("text", "pago", "text"),
        ("comment", "<!-- pago -->", "a comment"),
        ("instruction", "<?pago?>", "a processing instruction"),
        ("cdata", "<![CDATA[pago]]>", "CDATA"),
        ("reference", "&#112;", "a character reference"),
        ("no-break-space", "\u00a0", "a no-break space"),
    ]:
        for place, old, new in [
            ("before", "<AppHdr>", content + "<AppHdr>"),
            ("between", "</AppHdr>", "</AppHdr>" + content),
            ("behind", "</Document>", "</Document>" + content),
        ]:
            if place == "between" or short in ("text", "comment"):
                spi(
                    f"{short}-{place}",
                    "envelope-content",
                    f"{because} in Envelope {place} its parts, which no Reference covers",
                    after=[(old, new)],
                )
    for short, old, new, because in [
        ("third-child", "</Document>", "</Document><Extra/>", "a third child of Envelope"),
        ("child-before", "<AppHdr>", "<Extra/><AppHdr>", "a child before AppHdr"),
        ("child-between", "</AppHdr>", "</AppHdr><Extra/>", "a child between AppHdr and Document"),
        ("second-document", "</Document>", "</Document><Document/>", "a second Document"),
        ("second-app-hdr", "</AppHdr>", "</AppHdr><AppHdr/>", "a second AppHdr"),
        ("document-other-case", "Document>", "document>", "Document in small letters"),
        ("app-hdr-other-namespace", "<AppHdr>", '<AppHdr xmlns="urn:a">', "AppHdr in another namespace"),
        ("document-other-namespace", "<Document>", '<Document xmlns="urn:a">', "Document in another namespace"),
        ("document-no-namespace", "<Document>", '<Document xmlns="">', "Document in no namespace"),
    ]:
        if "namespace" in short or "case" in short:
            spi(short, "envelope-children", because, [(old, new)])
        else:
            spi(short, "envelope-children", because + ", added after signing", after=[(old, new)])
    text = SPI.replace("@SIG@", signature("spi"))
    good = sign(text, "spi")
    part = good[good.index("<AppHdr>") : good.index("</AppHdr>") + 9]
    body = good[good.index("<Document>") : good.index("</Document>") + 11]
    write(
        "structure/spi-swapped",
        "invalid envelope-children",
        "Document before AppHdr",
        good.replace(part + body, body + part),
        "spi",
    )
    write(
        "structure/spi-no-document",
        "invalid envelope-children",
        "Document taken out after signing",
        good.replace(body, ""),
        "spi",
    )
    write(
        "structure/spi-no-app-hdr",
        "invalid envelope-children",
        "AppHdr taken out after signing",
        good.replace(part, ""),
        "spi",
    )
    write(
        "structure/spi-empty-envelope",
        "invalid envelope-children",
        "an empty Envelope",
        f'<Envelope xmlns="{NS}"/>',
        "spi",
    )
    for short, content, because in [
        ("comment", "<!-- a -->", "a comment"),
        ("instruction", "<?a b?>", "a processing instruction"),
    ]:
        spi(
            f"{short}-before-root",
            "outside-content",
            f"{because} before the root, where no Reference covers it",
            after=[("<Envelope ", content + "<Envelope ")],
        )
        spi(
            f"{short}-behind-root",
            "outside-content",
            f"{because} behind the root, where no Reference covers it",
            after=[("</Envelope>", "</Envelope>" + content)],
        )


def sgntr():
    spi("sgntr-twice", "sgntr", "a second Sgntr, empty", [("<CreDt>", "<Sgntr/><CreDt>")])
    spi("sgntr-twice-behind", "sgntr", "a second Sgntr behind the first", [("</Sgntr>", "</Sgntr><Sgntr/>")])
    spi("sgntr-text", "sgntr-content", "text in Sgntr", [("</Sgntr>", "a</Sgntr>")])
    spi("sgntr-element", "sgntr-content", "another element in Sgntr", [("</Sgntr>", "<a/></Sgntr>")])
    spi("sgntr-cdata", "sgntr-content", "CDATA in Sgntr", [("<Sgntr>", "<Sgntr><![CDATA[a]]>")])
    spi("sgntr-attribute", "sgntr-content", "an attribute of Sgntr", [("<Sgntr>", '<Sgntr a="1">')])
    spi(
        "signature-in-app-hdr",
        "signature-misplaced",
        "the Signature in AppHdr beside Sgntr",
        message=SPI.replace("<Sgntr>@SIG@</Sgntr>", "<Sgntr/>@SIG@"),
    )
    spi(
        "signature-deeper",
        "signature-misplaced",
        "the Signature deeper in AppHdr",
        message=SPI.replace("<Sgntr>@SIG@</Sgntr>", "<x><Sgntr>@SIG@</Sgntr></x>"),
    )
    spi(
        "signature-in-envelope",
        "signature-misplaced",
        "the Signature in Envelope",
        message=SPI.replace("@SIG@", "").replace("</AppHdr>", "</AppHdr>@SIG@"),
    )
    spi(
        "signature-in-document",
        "signature-misplaced",
        "the Signature in Document",
        message=SPI.replace("@SIG@", "").replace("<GrpHdr>", "@SIG@<GrpHdr>"),
    )
    spi(
        "signature-below-foreign-sgntr",
        "signature-misplaced",
        "a Sgntr of another namespace",
        message=SPI.replace("<Sgntr>", '<Sgntr xmlns="urn:a">'),
    )
    dict_(
        "signature-deeper",
        "signature-misplaced",
        "the Signature in a child of the root",
        message=DICT.replace("@SIG@", "").replace("<Key>", "@SIG@<Key>"),
    )
    dict_(
        "spi-as-dict",
        "envelope-in-dict",
        "an SPI message held against DICT's rules",
        message=SPI,
        sig=signature("dict"),
    )


def wrapping():
    good = {profile: signed(profile) for profile in ("spi", "dict")}

    def own(profile):
        text = good[profile]
        return text[text.index("<ds:Signature ") : text.index("</ds:Signature>") + len("</ds:Signature>")]

    def put(name, reason, because, document, profile):
        write(f"wrapping/{name}", f"invalid {reason}", because, document, profile)

    spi_text, dict_text = good["spi"], good["dict"]
    whole = dict_text
    evil_dict = dict_text.replace("helena.prado@pix.example", "outra.pessoa@pix.example")
    put(
        "dict-signed-root-as-child",
        "signature-misplaced",
        "the signed message hidden inside an unsigned root",
        f"<GetEntryResponse><Entry>x</Entry>{whole}</GetEntryResponse>",
        "dict",
    )
    put(
        "dict-signed-root-inside-object",
        "signature-children",
        "the signed message inside an Object of its own Signature",
        evil_dict.replace("</ds:Signature>", f"<ds:Object>{whole.replace(own('dict'), '')}</ds:Object></ds:Signature>"),
        "dict",
    )
    put(
        "dict-signed-root-inside-key-info",
        "key-info-content",
        "the signed message inside KeyInfo",
        evil_dict.replace("</ds:X509Data>", f"</ds:X509Data>{whole.replace(own('dict'), '')}"),
        "dict",
    )
    put("dict-changed-content", "digest-mismatch", "another key, the old Signature", evil_dict, "dict")
    put(
        "dict-signature-of-another-message",
        "digest-mismatch",
        "a good Signature of another message",
        DICT.replace("outra", "a").replace("@SIG@", own("dict")).replace("Helena", "Olga"),
        "dict",
    )
    put(
        "dict-two-signatures-same",
        "signature-second",
        "the same Signature twice",
        dict_text.replace(own("dict"), own("dict") * 2),
        "dict",
    )
    put(
        "dict-two-signatures-apart",
        "signature-second",
        "one Signature first, another last",
        dict_text.replace("</GetEntryResponse>", own("dict") + "</GetEntryResponse>"),
        "dict",
    )
    put(
        "dict-signature-and-placeholder",
        "signature-second",
        "a Signature in no namespace beside the real one",
        dict_text.replace("<ResponseTime>", "<Signature/><ResponseTime>"),
        "dict",
    )
    put(
        "dict-signature-in-signature",
        "signature-children",
        "a Signature inside the Signature",
        dict_text.replace("<ds:KeyInfo ", own("dict") + "<ds:KeyInfo "),
        "dict",
    )
    put(
        "dict-root-is-signature",
        "signature-misplaced",
        "the root is the Signature and envelops the message",
        own("dict").replace("</ds:Signature>", f"<ds:Object>{whole}</ds:Object></ds:Signature>"),
        "dict",
    )
    put(
        "spi-document-in-extra-child",
        "envelope-children",
        "the signed Document moved into another child, a new one in its place",
        spi_text.replace("<Document>", "<Document><Falso/></Document><Guardado><Document>").replace(
            "</Document></Envelope>", "</Document></Guardado></Envelope>"
        ),
        "spi",
    )
    put(
        "spi-document-in-new-document",
        "digest-mismatch",
        "the signed Document inside a new Document",
        spi_text.replace("<Document>", "<Document><Falso/><Document>").replace(
            "</Document></Envelope>", "</Document></Document></Envelope>"
        ),
        "spi",
    )
    put(
        "spi-envelope-in-document",
        "signature-misplaced",
        "the signed Envelope inside an unsigned one",
        f'<Envelope xmlns="{NS}"><AppHdr><Sgntr/></AppHdr><Document>{spi_text.split("?>", 1)[1]}</Document></Envelope>',
        "spi",
    )
    app_hdr = spi_text[spi_text.index("<AppHdr>") : spi_text.index("</AppHdr>") + 9]
    put(
        "spi-app-hdr-in-app-hdr",
        "signature-misplaced",
        "the signed AppHdr inside a new one",
        spi_text.replace(app_hdr, f"<AppHdr>{app_hdr}</AppHdr>"),
        "spi",
    )
    put(
        "spi-app-hdr-in-document",
        "signature-misplaced",
        "the signed AppHdr in Document, a new one in its place",
        spi_text.replace(app_hdr, app_hdr.replace(own("spi"), "")).replace("<Document>", f"<Document>{app_hdr}"),
        "spi",
    )
    put(
        "spi-changed-header",
        "digest-mismatch",
        "another receiver in AppHdr, the old Signature",
        spi_text.replace("<Id>12345678</Id>", "<Id>87654321</Id>"),
        "spi",
    )
    put(
        "spi-changed-document",
        "digest-mismatch",
        "another status in Document, the old Signature",
        spi_text.replace("ACSC", "RJCT"),
        "spi",
    )
    put(
        "spi-document-of-another-message",
        "digest-mismatch",
        "the Document of another signed message",
        spi_text.split("<Document>")[0]
        + signed("spi", message=SPI.replace("ACSC", "RJCT")).split("<Document>", 1)[1].join(["<Document>", ""]),
        "spi",
    )
    put(
        "spi-signature-of-another-message",
        "digest-mismatch",
        "the Signature of another signed message",
        spi_text.replace(
            own("spi"), signed("spi", message=SPI.replace("ACSC", "RJCT")).split("<Sgntr>")[1].split("</Sgntr>")[0]
        ),
        "spi",
    )
    put(
        "spi-two-signatures-in-sgntr",
        "signature-second",
        "two Signatures in Sgntr",
        spi_text.replace(own("spi"), own("spi") * 2),
        "spi",
    )
    put(
        "spi-second-signature-in-document",
        "signature-misplaced",
        "a second Signature in Document",
        spi_text.replace("<GrpHdr>", own("spi") + "<GrpHdr>"),
        "spi",
    )
    put(
        "spi-second-signature-in-app-hdr",
        "signature-misplaced",
        "a second Signature in AppHdr before Sgntr",
        spi_text.replace("<CreDt>", own("spi") + "<CreDt>"),
        "spi",
    )
    put(
        "spi-second-sgntr",
        "sgntr",
        "a second Sgntr with a second Signature",
        spi_text.replace("<CreDt>", f"<Sgntr>{own('spi')}</Sgntr><CreDt>"),
        "spi",
    )
    put(
        "spi-comment-hides-text",
        "digest-mismatch",
        "a comment that hides text which was signed",
        spi_text.replace("ACSC", "RJCT<!--ACSC-->"),
        "spi",
    )


def doubled_ids():
    """The Id that the Reference names is KeyInfo's and nobody else's, whatever another reader takes for an Id."""
    for short, attribute in {
        "id": 'Id="key-info-id"',
        "small-id": 'id="key-info-id"',
        "capital-id": 'ID="key-info-id"',
        "xml-id": 'xml:id="key-info-id"',
        "wsu-id": 'xmlns:wsu="urn:wsu" wsu:Id="key-info-id"',
        "escaped-id": 'Id="key&#45;info-id"',
    }.items():
        spi(
            f"key-infos-{short}-in-app-hdr",
            "duplicate-id",
            "KeyInfo's Id also stands in AppHdr",
            [("<BizMsgIdr>", f"<BizMsgIdr {attribute}>")],
        )
        dict_(
            f"key-infos-{short}-in-content",
            "duplicate-id",
            "KeyInfo's Id also stands in the content",
            [("<Owner>", f"<Owner {attribute}>")],
        )
    both(
        "structure/id-on-signature-too",
        "invalid duplicate-id",
        "Signature and KeyInfo have the same Id",
        [("<ds:Signature ", '<ds:Signature Id="key-info-id" ')],
    )
    both(
        "structure/id-on-reference-too",
        "invalid duplicate-id",
        "a Reference has KeyInfo's Id",
        [('<ds:Reference URI=""', '<ds:Reference Id="key-info-id" URI=""')],
    )
    dict_(
        "id-twice-elsewhere",
        "duplicate-id",
        "two elements of the content have the same Id",
        [("<Entry>", '<Entry Id="a">'), ("<Owner>", '<Owner Id="a">')],
    )
    dict_(
        "xml-id-twice",
        "duplicate-id",
        "two elements of the content have the same xml:id",
        after=[("<Entry>", '<Entry xml:id="a">'), ("<Owner>", '<Owner xml:id="a">')],
    )
    spi(
        "id-before-the-signature",
        "duplicate-id",
        "an element before the Signature has KeyInfo's Id",
        [("<Fr>", '<Fr Id="key-info-id">')],
    )
