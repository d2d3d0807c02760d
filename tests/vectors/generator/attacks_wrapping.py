"""Signature wrapping in every published shape (XSW 1 to 8 of Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be"),
brought over from Response and Assertion to Envelope, AppHdr and Document, and to DICT's root. The careless verifier of
`naive.py` takes each for valid, for the signed octets still stand somewhere."""

import naive
from cases import DICT, MESSAGES, SPI, case, signed, write
from sign import DSIG, SERIAL, signature

NS = "https://www.bcb.gov.br/pi/pacs.002/1.17"


def trick(name, expect, because, document, profile, trust="bacen"):
    """Writes an attack, once the careless verifier was taken in by it."""
    octets = document.encode() if isinstance(document, str) else document
    assert naive.accepts(octets, trust.split()[0]), f"{name} takes nobody in"
    write(name, expect, because, octets, profile, trust=trust)


def between(text, start, end):
    """From the first `start` to behind the first `end` after it."""
    first = text.index(start)
    return text[first : text.index(end, first) + len(end)]


def cases():
    spi()
    dict_()
    moved()
    counterparts()


def parts():
    """A signed SPI message in its parts, and the parts of one that nobody signed."""
    good = signed("spi")
    sig = between(good, "<ds:Signature ", "</ds:Signature>")
    head, body = between(good, "<AppHdr>", "</AppHdr>"), between(good, "<Document>", "</Document>")
    evil_head = head.replace("<Id>12345678</Id>", "<Id>87654321</Id>")
    return sig, head, body, evil_head, body.replace("ACSC", "RJCT")


def envelope(*content):
    return f'<?xml version="1.0" encoding="UTF-8"?><Envelope xmlns="{NS}">{"".join(content)}</Envelope>'


def spi():
    sig, head, body, evil_head, evil_body = parts()
    bare, evil_bare = head.replace(sig, ""), evil_head.replace(sig, "")
    original = f'<Envelope xmlns="{NS}">{bare}{body}</Envelope>'
    holding = lambda what: sig.replace("</ds:Signature>", f"{what}</ds:Signature>")
    for short, reason, because, document in [
        (
            "xsw1-original-envelope-behind-the-value",
            "signature-children",
            "XSW 1: a forged Envelope whose Signature envelops the original",
            envelope(evil_bare.replace("<Sgntr></Sgntr>", f"<Sgntr>{holding(original)}</Sgntr>"), evil_body),
        ),
        (
            "xsw2-original-envelope-before-the-parts",
            "envelope-children",
            "XSW 2: the original stands detached before the forged parts that carry its Signature",
            envelope(original, evil_head, evil_body),
        ),
        (
            "xsw3-forged-document-before-the-original",
            "envelope-children",
            "XSW 3: a forged Document as the elder sibling of the signed one",
            envelope(head, evil_body, body),
        ),
        (
            "xsw3-forged-app-hdr-before-the-original",
            "envelope-children",
            "XSW 3: a forged AppHdr as the elder sibling of the signed one",
            envelope(evil_bare, head, body),
        ),
        (
            "xsw4-forged-document-around-the-original",
            "digest-mismatch",
            "XSW 4: a forged Document with the signed one as its child",
            envelope(head, evil_body.replace("</Document>", body + "</Document>")),
        ),
        (
            "xsw4-forged-app-hdr-around-the-original",
            "signature-misplaced",
            "XSW 4: a forged AppHdr with the signed one as its child",
            envelope(evil_bare.replace("</AppHdr>", head + "</AppHdr>"), body),
        ),
        (
            "xsw4-forged-envelope-around-the-original",
            "envelope-children",
            "XSW 4: a forged Envelope with the signed one behind its parts",
            envelope(evil_bare, evil_body, f'<Envelope xmlns="{NS}">{head}{body}</Envelope>'),
        ),
        (
            "xsw5-forged-parts-hold-the-signature",
            "envelope-children",
            "XSW 5: the forged AppHdr holds the Signature, the original lies behind without one",
            envelope(evil_head, evil_body, bare, body),
        ),
        (
            "xsw6-original-document-in-the-signature",
            "signature-children",
            "XSW 6: the forged part holds the Signature, which holds the original",
            envelope(head.replace(sig, holding(body)), evil_body),
        ),
        (
            "xsw7-original-document-in-an-extension",
            "envelope-children",
            "XSW 7: an extension before the forged Document shelters the signed one",
            envelope(head, f"<Extensions>{body}</Extensions>", evil_body),
        ),
        (
            "xsw7-original-document-in-supplementary-data",
            "digest-mismatch",
            "XSW 7: the place that ISO 20022 keeps for extensions shelters the signed Document",
            envelope(head, evil_body.replace("</FIToFIPmtStsRpt>", f"<SplmtryData><Envlp>{body}</Envlp></SplmtryData></FIToFIPmtStsRpt>")),
        ),
        (
            "xsw8-original-document-in-an-object",
            "signature-children",
            "XSW 8: an Object of the Signature shelters the signed Document",
            envelope(head.replace(sig, holding(f"<ds:Object>{body}</ds:Object>")), evil_body),
        ),
        (
            "xsw8-original-app-hdr-in-an-object",
            "signature-children",
            "XSW 8: an Object of the Signature shelters the signed AppHdr",
            envelope(evil_head.replace(sig, holding(f"<ds:Object>{bare}</ds:Object>")), body),
        ),
        (
            "sibling-envelope-in-a-wrapper",
            "not-envelope",
            "a wrapper with a forged Envelope first and the signed one second",
            f"<Envelopes>{envelope(evil_bare, evil_body).split('?>')[1]}{envelope(head, body).split('?>')[1]}</Envelopes>",
        ),
        (
            "sibling-envelope-behind-the-root",
            "outside-root",
            "the signed Envelope as a second root",
            None,
        ),
        (
            "app-hdr-twice-the-same",
            "envelope-children",
            "the signed AppHdr twice",
            envelope(head, bare, body),
        ),
        (
            "document-twice-the-same",
            "envelope-children",
            "the signed Document twice, octet for octet",
            envelope(head, body, body),
        ),
        (
            "signed-parts-in-document",
            "signature-misplaced",
            "both signed parts inside a forged Document",
            envelope(evil_bare, evil_body.replace("</Document>", head + body + "</Document>")),
        ),
        (
            "signature-in-a-second-sgntr",
            "sgntr",
            "an empty Sgntr where it belongs and the signed one behind it",
            envelope(head.replace("<Sgntr>", "<Sgntr/><Sgntr>"), bare, body),
        ),
        (
            "parts-in-a-look-alike-envelope",
            "not-envelope",
            "the root's name is written with a Cyrillic letter",
            envelope(head, body).replace("Envelope", "\u0415nvelope"),
        ),
        (
            "signed-document-of-another-namespace",
            "envelope-children",
            "a Document of another namespace in the signed one's place, the signed one behind",
            envelope(head, '<x:Document xmlns:x="urn:x">RJCT</x:Document>', body),
        ),
    ]:
        if document is None:
            two = envelope(evil_bare, evil_body) + envelope(head, body).split("?>")[1]
            write(f"wrapping/spi-{short}", f"malformed {reason}", because, two, "spi")
        else:
            trick(f"wrapping/spi-{short}", f"invalid {reason}", because, document, "spi")


def dict_():
    good = signed("dict")
    sig = between(good, "<ds:Signature ", "</ds:Signature>")
    bare = good.replace(sig, "")
    evil, evil_bare = (text.replace("helena.prado@", "outra.pessoa@") for text in (good, bare))
    holding = lambda what: sig.replace("</ds:Signature>", f"{what}</ds:Signature>")
    end = "</GetEntryResponse>"
    for short, reason, because, document in [
        (
            "xsw1-original-root-behind-the-value",
            "signature-children",
            "XSW 1: a forged root whose Signature envelops the original",
            evil.replace(sig, holding(bare)),
        ),
        (
            "xsw2-original-root-before-the-signature",
            "digest-mismatch",
            "XSW 2: the original stands detached before the Signature in the forged root",
            evil.replace(sig, bare + sig),
        ),
        (
            "xsw3-forged-root-before-the-original",
            "signature-misplaced",
            "XSW 3: a forged answer as the elder sibling of the signed one",
            f"<Answers>{evil_bare}{good}</Answers>",
        ),
        (
            "xsw4-forged-root-around-the-original",
            "signature-misplaced",
            "XSW 4: a forged root with the signed one as its last child",
            evil_bare.replace(end, good + end),
        ),
        (
            "xsw5-original-root-at-the-end",
            "digest-mismatch",
            "XSW 5: the forged root holds the Signature, the original lies behind without one",
            evil.replace(end, bare + end),
        ),
        (
            "xsw6-original-root-between-value-and-key-info",
            "signature-children",
            "XSW 6: the Signature of the forged root holds the original before KeyInfo",
            evil.replace("<ds:KeyInfo ", bare + "<ds:KeyInfo "),
        ),
        (
            "xsw7-original-root-in-an-extension",
            "digest-mismatch",
            "XSW 7: an extension at the start of the forged root shelters the original",
            evil.replace(sig, f"{sig}<Extensions>{bare}</Extensions>"),
        ),
        (
            "xsw8-original-root-in-an-object",
            "signature-children",
            "XSW 8: an Object of the forged root's Signature shelters the original",
            evil.replace(sig, holding(f"<ds:Object>{bare}</ds:Object>")),
        ),
        (
            "original-root-in-a-transform",
            "transforms",
            "the original inside a Transform, where the schema lets anything stand",
            None,
        ),
        (
            "signature-as-the-root",
            "signature-misplaced",
            "an enveloping Signature whose Object holds the answer",
            holding(f"<ds:Object>{bare}</ds:Object>"),
        ),
        (
            "forged-entry-behind-the-signed-root",
            "outside-root",
            "a forged root behind the signed one",
            good + evil_bare,
        ),
    ]:
        name = f"wrapping/dict-{short}"
        if short == "original-root-in-a-transform":
            mark = 'Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod'
            with_root = signature("dict").replace(mark, mark.replace("/>", f">{bare}</ds:Transform>", 1), 1)
            trick(name, f"invalid {reason}", because, naive.fill(DICT.replace("@SIG@", with_root)), "dict")
        elif reason == "outside-root":
            write(name, f"malformed {reason}", because, document, "dict")
        else:
            trick(name, f"invalid {reason}", because, document, "dict")


def moved():
    """The parts of the Signature itself, moved: a Reference that finds KeyInfo by its Id finds it anywhere."""
    for profile, home in (("spi", "<GrpHdr>"), ("dict", "<Entry>")):
        text = MESSAGES[profile].replace("@SIG@", signature(profile))
        key_info = between(text, "<ds:KeyInfo ", "</ds:KeyInfo>")
        plain = f'<k:KeyInfo xmlns:k="{DSIG}" Id="key-info-id"><k:X509Data/></k:KeyInfo>'
        trick(
            f"wrapping/{profile}-key-info-of-the-content",
            "invalid reference-uri",
            "the Reference names a KeyInfo in the content, the Signature's own has another Id and is not signed",
            naive.fill(text.replace(key_info, key_info.replace("key-info-id", "other")).replace(home, plain + home)),
            profile,
        )
        trick(
            f"wrapping/{profile}-key-info-of-the-content-by-the-same-id",
            "invalid duplicate-id",
            "a KeyInfo in the content has the Id of the Signature's own",
            naive.fill(text.replace(home, plain + home)),
            profile,
        )
        trick(
            f"wrapping/{profile}-key-info-without-an-id",
            "invalid reference-uri",
            "the Reference names a KeyInfo in the content, the Signature's own has no Id",
            naive.fill(text.replace(key_info, key_info.replace(' Id="key-info-id"', "")).replace(home, plain + home)),
            profile,
        )
        forged = between(text, "<ds:SignedInfo>", "</ds:SignedInfo>")
        for mark in ("@D1@", "@D2@", "@D3@"):
            forged = forged.replace(mark, "A" * 43 + "=")
        good = signed(profile)
        info = between(good, "<ds:SignedInfo>", "</ds:SignedInfo>")
        value = between(good, "<ds:SignatureValue>", "</ds:SignatureValue>")
        key = between(good, "<ds:KeyInfo ", "</ds:KeyInfo>")
        for short, reason, because, old, new in [
            ("signed-info-forged-then-real", "signature-children", "a forged SignedInfo before the signed one", info, forged + info),
            ("signed-info-real-then-forged", "signature-children", "a forged SignedInfo behind the signed one", info, info + forged),
            ("value-forged-then-real", "signature-children", "a forged SignatureValue before the real one", value, "<ds:SignatureValue>AAAA</ds:SignatureValue>" + value),
            ("value-real-then-forged", "signature-children", "a forged SignatureValue behind the real one", value, value + "<ds:SignatureValue>AAAA</ds:SignatureValue>"),
            ("key-info-real-then-forged", "signature-children", "a second KeyInfo that names another certificate", key, key + key.replace("key-info-id", "other").replace(SERIAL, "77")),
            ("key-info-forged-then-real", "signature-children", "a KeyInfo that names another certificate before the signed one", key, key.replace("key-info-id", "other") + key),
        ]:
            trick(f"wrapping/{profile}-{short}", f"invalid {reason}", because, good.replace(old, new), profile)
        inner = f'<ds:Object><ds:Signature xmlns:ds="{DSIG}">{info}{value}{key.replace("key-info-id", "other")}</ds:Signature></ds:Object>'
        trick(
            f"wrapping/{profile}-signature-in-an-object",
            "invalid signature-children",
            "the real Signature inside an Object of a forged one",
            good.replace(info, forged).replace("</ds:Signature>", inner + "</ds:Signature>"),
            profile,
        )


def counterparts():
    """What looks like wrapping and is signed as it stands."""
    _, _, body, _, evil_body = parts()
    case(
        "wrapping/spi-document-in-document-signed-so",
        "valid",
        "a Document that holds another, signed as it stands: the outer one is what was signed",
        "spi",
        message=SPI.replace("</FIToFIPmtStsRpt></Document>", f"</FIToFIPmtStsRpt>{evil_body}</Document>"),
    )
    case(
        "wrapping/spi-envelope-in-document-signed-so",
        "valid",
        "a whole unsigned Envelope in Document, signed as it stands",
        "spi",
        message=SPI.replace("</FIToFIPmtStsRpt></Document>", f"</FIToFIPmtStsRpt><Envelope><AppHdr><Sgntr/></AppHdr>{body}</Envelope></Document>"),
    )
    case(
        "wrapping/dict-root-in-root-signed-so",
        "valid",
        "a root that holds another of its name, signed as it stands",
        "dict",
        message=DICT.replace("<Entry>", f"{DICT.replace('@SIG@', '')}<Entry>"),
    )
    case(
        "wrapping/dict-object-of-others-signed-so",
        "valid",
        "an Object in the content, in a namespace of others",
        "dict",
        message=DICT.replace("<Entry>", '<o:Object xmlns:o="urn:o">x</o:Object><Entry>'),
    )
    case(
        "wrapping/dict-key-info-in-content-signed-so",
        "valid",
        "a KeyInfo of XMLDSig in the content that has another Id: it is content",
        "dict",
        message=DICT.replace("<Entry>", f'<k:KeyInfo xmlns:k="{DSIG}" Id="other"/><Entry>'),
    )
