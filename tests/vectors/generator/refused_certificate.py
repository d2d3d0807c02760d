"""Certificates: unknown, outside their validity, revoked, too small; and values that no key could have made."""

import base64

from cases import DICT, SPI, both, case, signed, write
from sign import ISSUER, SERIAL


def cases():
    both("certificate/nobody-trusted", "indeterminate certificate-unknown", "no certificate is trusted", trust="")
    both(
        "certificate/another-trusted",
        "indeterminate certificate-unknown",
        "only another certificate is trusted",
        trust="psp",
    )
    both(
        "certificate/only-the-authority",
        "indeterminate certificate-unknown",
        "only the authority is trusted: certificates are given, not chained",
        trust="ca",
    )
    case(
        "certificate/subject-for-issuer",
        "indeterminate certificate-unknown",
        "the subject's name instead of the issuer's, a bug of the AWS sample",
        "dict",
        [(ISSUER, "CN=Banco Central de Teste T001, OU=ISPB-00038166, OU=SISBACEN-00038, O=ICP-Brasil, C=BR")],
    )
    for short, issuer in {
        "one-rdn-less": ISSUER.replace("OU=CSPB-1, ", ""),
        "one-rdn-more": ISSUER + ", DC=a",
        "units-swapped": "CN=Autoridade Certificadora de Teste Final SSL, OU=CSPB-1, OU=Servico Inventado de Processamento de Dados - TESTE, O=ICP-Brasil, C=BR",
        "first-last": "C=BR, OU=Servico Inventado de Processamento de Dados - TESTE, OU=CSPB-1, O=ICP-Brasil, CN=Autoridade Certificadora de Teste Final SSL",
        "other-type": ISSUER.replace("OU=CSPB-1", "O=CSPB-1"),
        "joined-rdns": ISSUER.replace("OU=CSPB-1, O", "OU=CSPB-1 + O"),
        "escaped-separator": ISSUER.replace("OU=CSPB-1, O=ICP-Brasil", "OU=CSPB-1\\, O=ICP-Brasil"),
        "quoted-whole": 'CN="' + ISSUER[3:] + '"',
        "other-value": ISSUER.replace("CSPB-1", "CSPB-2"),
        "letter-alike": ISSUER.replace("CSPB", "\u0421SPB"),
        "no-break-space": ISSUER.replace("Final SSL", "Final\u200bSSL"),
    }.items():
        case(
            f"certificate/issuer-{short}",
            "indeterminate certificate-unknown",
            f"another issuer: {short.replace('-', ' ')}",
            "dict",
            [(ISSUER, issuer)],
        )
    for short, serial in {
        "one-more": str(int(SERIAL) + 1),
        "modulo-64-bits": str(int(SERIAL) + 2**64),
        "prefix": SERIAL[:-1],
        "zero": "0",
        "digits-reversed": SERIAL[::-1],
        "hexadecimal-digits": "1",
    }.items():
        case(
            f"certificate/serial-{short}",
            "indeterminate certificate-unknown",
            f"another serial number: {short.replace('-', ' ')}",
            "dict",
            [(SERIAL, serial)],
        )
    case(
        "certificate/same-serial-other-issuer",
        "indeterminate certificate-unknown",
        "the serial number of a certificate of another issuer",
        "dict",
        trust="odd-same-serial",
    )
    both(
        "certificate/expired",
        "indeterminate certificate-expired",
        "the certificate ended in 2021",
        [(SERIAL, str(0x2001))],
        trust="expired",
    )
    case(
        "certificate/expired-by-a-second",
        "indeterminate certificate-expired",
        "one second past the end",
        "dict",
        at=2051222400,
    )
    case(
        "certificate/not-yet-by-a-second",
        "indeterminate certificate-not-yet-valid",
        "one second before the beginning",
        "dict",
        at=1735689599,
    )
    both(
        "certificate/not-yet-valid",
        "indeterminate certificate-not-yet-valid",
        "the certificate begins in 2040",
        [(SERIAL, str(0x2002))],
        trust="not-yet-valid",
    )
    both(
        "certificate/revoked",
        "indeterminate certificate-revoked",
        "a revocation list names the certificate",
        [(SERIAL, str(0x2003))],
        trust="revoked",
        crl="sha256",
    )
    case(
        "certificate/revoked-that-second",
        "indeterminate certificate-revoked",
        "the very second of the revocation",
        "dict",
        [(SERIAL, str(0x2003))],
        trust="revoked",
        crl="sha512",
        at=1748736000,
    )
    case(
        "certificate/revoked-at-message-time",
        "indeterminate certificate-revoked",
        "revoked before the message's own time",
        "dict",
        [(SERIAL, str(0x2003))],
        trust="revoked",
        crl="sha512",
        at="message",
    )
    case(
        "certificate/revoked-20-octets",
        "indeterminate certificate-revoked",
        "a serial number of 20 octets in the list",
        "dict",
        [(SERIAL, str(0xFEDCBA9876543210FEDCBA9876543210FEDCBA98))],
        trust="serial20",
        crl="sha256",
    )
    both(
        "certificate/expired-at-message-time",
        "indeterminate certificate-expired",
        "expired at the message's own time too",
        [(SERIAL, str(0x2001))],
        trust="expired",
        at="message",
    )
    for short, old, new, because in [
        ("no-time", "<ResponseTime>2026-01-05T12:00:00.000Z</ResponseTime>", "", "the message has no time of its own"),
        ("not-a-time", "2026-01-05T", "2026-02-30T", "the message's time is no date"),
        ("empty-time", "2026-01-05T12:00:00.000Z", "", "the message's time is empty"),
        ("time-in-an-element", "2026-01-05T12:00:00.000Z", "2026-01-05<a/>T12:00:00Z", "an element in the message's time"),
        ("time-and-more", "12:00:00.000Z", "12:00:00Z<!-- -->" + "z" * 80, "more than the message's time, in another piece"),
        (
            "time-elsewhere",
            "<ResponseTime>2026-01-05T12:00:00.000Z</ResponseTime>",
            "<a><ResponseTime>2026-01-05T12:00:00.000Z</ResponseTime></a>",
            "the time stands deeper",
        ),
    ]:
        case(
            f"certificate/dict-{short}",
            "indeterminate message-time",
            because,
            "dict",
            at="message",
            message=DICT.replace(old, new),
        )
    case(
        "certificate/spi-no-time",
        "indeterminate message-time",
        "AppHdr has no CreDt",
        "spi",
        at="message",
        message=SPI.replace("<CreDt>2026-01-05T12:00:00.000Z</CreDt>", ""),
    )
    case(
        "certificate/spi-time-only-in-document",
        "indeterminate message-time",
        "a time in Document is not the message's",
        "spi",
        at="message",
        message=SPI.replace("CreDt>", "Cre>"),
    )

    # The message's own time is its namespace's own, and the first of two.
    for profile, whole, before, behind in [
        ("dict", DICT, "<ResponseTime>", "</ResponseTime>"),
        ("spi", SPI, "<CreDt>", "</CreDt>"),
    ]:
        own = f"{before}2026-01-05T12:00:00.000Z{behind}"
        old = f"{before}1990-01-01T00:00:00Z{behind}"
        foreign = old.replace("</", "</x:").replace("<", "<x:", 1).replace(">", ' xmlns:x="urn:x">', 1)
        for short, expect, because, new in [
            ("time-of-another-namespace-first", "valid", "a time of another namespace before the message's own: its own counts", foreign + own),
            ("time-of-another-namespace-only", "indeterminate message-time", "a time of another namespace is not the message's", foreign),
            ("time-twice", "valid", "two times: the first counts", own + old),
            ("time-twice-the-first-too-early", "indeterminate certificate-not-yet-valid", "two times: the first counts", old + own),
        ]:
            case(f"certificate/{profile}-{short}", expect, because, profile, at="message", message=whole.replace(own, new))

    # What speaks against the message goes before what only keeps us from knowing.
    both(
        "certificate/unknown-and-changed",
        "invalid digest-mismatch",
        "an unknown certificate and a changed message: the change decides",
        after=[("12345678</", "12345679</")],
        trust="",
    )
    case(
        "certificate/expired-and-other-key",
        "invalid signature-mismatch",
        "an expired certificate and a wrong signature: the signature decides",
        "dict",
        [(SERIAL, str(0x2001))],
        trust="expired",
        key="bacen-next",
    )
    case(
        "certificate/revoked-and-changed",
        "invalid digest-mismatch",
        "a revoked certificate and a changed message: the change decides",
        "dict",
        [(SERIAL, str(0x2003))],
        [("EMAIL", "PHONE")],
        trust="revoked",
        crl="sha256",
    )
    case(
        "certificate/expired-and-revoked-names-revoked",
        "indeterminate certificate-revoked",
        "revoked, and past its end too: revocation is named",
        "dict",
        [(SERIAL, str(0x2003))],
        trust="revoked",
        crl="sha256",
        at=2051222400,
    )

    both(
        "mathematics/key-of-1024-bits",
        "invalid key-too-small",
        "a key of 1024 bits, the signature right",
        [(SERIAL, str(0x2004))],
        key="rsa1024",
        trust="rsa1024",
    )
    good = signed("dict")
    text = good.split("<ds:SignatureValue>")[1].split("<")[0]
    octets = base64.b64decode(text)

    def value(name, reason, because, new, document=good, was=text, trust="bacen"):
        write(
            f"mathematics/dict-value-{name}",
            f"invalid {reason}",
            because,
            document.replace(was, base64.b64encode(new).decode()),
            "dict",
            trust=trust,
        )

    value("one-octet-less", "signature-length", "the value without its last octet", octets[:-1])
    value("one-octet-more", "signature-length", "a zero before the value", b"\0" + octets)
    value("empty", "signature-length", "an empty value", b"")
    value("512-octets", "signature-length", "a value of twice the length", octets + octets)
    value("not-below-the-modulus", "signature-length", "a value above the modulus", b"\xff" * 256)
    value(
        "plus-modulus",
        "signature-length",
        "the value plus the modulus: the same number to a careless reader",
        plus_modulus(octets),
    )
    value("zero", "signature-mismatch", "zero", b"\0" * 256)
    value("one", "signature-mismatch", "one, which is its own power", b"\0" * 255 + b"\1")
    value("last-bit", "signature-mismatch", "the last bit turned", octets[:-1] + bytes([octets[-1] ^ 1]))
    value(
        "of-another-message",
        "signature-mismatch",
        "the value of another message",
        base64.b64decode(
            signed("dict", message=DICT.replace("Helena", "Olga")).split("<ds:SignatureValue>")[1].split("<")[0]
        ),
    )
    for name, change, because in padding_cases():
        document = signed("dict", [(SERIAL, str(0x2006))], key="exponent3")
        was = document.split("<ds:SignatureValue>")[1].split("<")[0]
        forged = change(document)
        value(f"padding-{name}", "signature-mismatch", because, forged, document, was, "exponent3")


def plus_modulus(octets):
    from cryptography.hazmat.primitives import serialization

    from sign import KEYS

    key = serialization.load_pem_private_key((KEYS / "bacen.key").read_bytes(), None)
    total = int.from_bytes(octets, "big") + key.public_key().public_numbers().n
    return total.to_bytes(257, "big") if total >= 1 << 2048 else total.to_bytes(256, "big")


def padding_cases():
    """Blocks that a lenient reader takes for PKCS#1 v1.5, raised to the private exponent; and a cube root (Bleichenbacher 2006)."""
    import hashlib

    from cryptography.hazmat.primitives import serialization

    from sign import KEYS, octets as part

    private = serialization.load_pem_private_key((KEYS / "exponent3.key").read_bytes(), None).private_numbers()
    n, d = private.public_numbers.n, private.d
    prefix = bytes.fromhex("3031300d060960864801650304020105000420")
    no_null = bytes.fromhex("302f300b0609608648016503040201") + bytes.fromhex("0420")
    sha1 = bytes.fromhex("3021300906052b0e03021a05000414")

    def digest(document):
        return hashlib.sha256(part(document, "dict", "SignedInfo", None, None)).digest()

    def raw(block):
        assert len(block) == 256
        return pow(int.from_bytes(block, "big"), d, n).to_bytes(256, "big")

    def padded(info, filler=b"\xff", kind=b"\1", separator=b"\0"):
        return raw(b"\0" + kind + filler * (256 - 3 - len(info)) + separator + info)

    def trailing(document):
        info = prefix + digest(document)
        return raw(b"\0\1" + b"\xff" * 8 + b"\0" + info + b"\x5a" * (256 - 11 - len(info)))

    def cube_root(document):
        info = prefix + digest(document)
        block = int.from_bytes(b"\0\1" + b"\xff" * 8 + b"\0" + info + b"\0" * (256 - 11 - len(info)), "big")
        low, high = 0, 1 << 700
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if middle**3 < block else (low, middle)
        return low.to_bytes(256, "big")

    def ber_length(document):
        info = bytes.fromhex("308131300d060960864801650304020105000420") + digest(document)
        return padded(info)

    return [
        ("cube-root", cube_root, "a forged cube root under an exponent of 3 (Bleichenbacher 2006)"),
        ("trailing-octets", trailing, "octets behind the digest in the padded block"),
        ("type-2", lambda document: padded(prefix + digest(document), kind=b"\2"), "block type 2"),
        ("zero-filler", lambda document: padded(prefix + digest(document), filler=b"\0"), "a filler of zeros"),
        (
            "no-separator",
            lambda document: padded(prefix + digest(document), separator=b"\xff"),
            "no zero before the digest",
        ),
        (
            "no-null-parameters",
            lambda document: padded(no_null + digest(document)),
            "the algorithm without its NULL, which RFC 8017 does not write",
        ),
        ("long-form-length", ber_length, "a BER length in the digest's structure"),
        ("bare-digest", lambda document: padded(digest(document)), "the digest without its structure"),
        ("sha-1-name", lambda document: padded(sha1 + digest(document)[:20]), "the structure of SHA-1"),
        ("other-digest", lambda document: padded(prefix + bytes(32)), "a block of 32 zeros"),
    ]
