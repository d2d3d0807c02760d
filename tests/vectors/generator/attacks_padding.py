"""PKCS#1 v1.5 blocks that a lenient reader takes for a signature. Those of the first list are raised to the private exponent, so
only the comparison of the whole block stands in the way; those of the second are forged without any private key, under the
exponent 3: Bleichenbacher (2006), and the two-sided variant that was published as BERserk (2014)."""

import base64
import hashlib

import naive
from cases import DICT, SPI, case, signed, write
from sign import SERIAL, octets

SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
LENGTH = 256
EXPONENT3 = str(0x2006)


def cases():
    built()
    forged()
    integers()
    counterparts()


def digest_of(document, profile):
    return hashlib.sha256(octets(document, profile, "SignedInfo", None, None)).digest()


def block(info, filler=b"\xff", kind=b"\x01", first=b"\0", separator=b"\0", behind=b"", least=None):
    """A padded block: as much filler as fits, or so much and the rest behind."""
    room = LENGTH - len(first + kind + separator + info + behind)
    if least is not None:
        behind, room = behind + b"\x5a" * (room - least), least
    return first + kind + filler * room + separator + info + behind


def built():
    der = lambda tag, *content: bytes([tag, len(b"".join(content))]) + b"".join(content)
    oid = lambda text: bytes.fromhex(text)
    sha256, null = oid("0609608648016503040201"), bytes.fromhex("0500")
    info = lambda algorithm, digest, *behind: der(0x30, der(0x30, *algorithm), der(0x04, digest), *behind)
    for short, because, make in [
        ("trailing-octets-8-of-padding", "eight octets of filler, the rest behind the digest", lambda d: block(SHA256_INFO + d, least=8)),
        ("trailing-octets-no-padding", "no filler at all, the rest behind the digest", lambda d: block(SHA256_INFO + d, least=0)),
        ("trailing-octets-7-of-padding", "seven octets of filler, one less than RFC 8017 allows", lambda d: block(SHA256_INFO + d, least=7)),
        ("trailing-octet", "one octet behind the digest", lambda d: block(SHA256_INFO + d, behind=b"\0")),
        ("zero-in-the-padding", "a zero in the filler, more filler behind it", lambda d: block(b"\xff" * 8 + b"\0" + SHA256_INFO + d)),
        ("zero-early-in-the-padding", "a zero behind eight octets of filler, then anything, then the right end", lambda d: b"\0\x01" + b"\xff" * 8 + b"\0" + b"\x5a" * (LENGTH - 12 - len(SHA256_INFO + d)) + b"\0" + SHA256_INFO + d),
        ("filler-fe", "one octet of the filler is 0xFE", lambda d: b"\0\x01\xfe" + block(SHA256_INFO + d)[3:]),
        ("filler-random", "filler of another value", lambda d: block(SHA256_INFO + d, filler=b"\x5a")),
        ("type-0", "block type 0", lambda d: block(SHA256_INFO + d, kind=b"\0", filler=b"\0")),
        ("type-0-filler-ff", "block type 0 with the filler of type 1", lambda d: block(SHA256_INFO + d, kind=b"\0")),
        ("type-3", "block type 3", lambda d: block(SHA256_INFO + d, kind=b"\x03")),
        ("first-octet-one", "a first octet that is not zero", lambda d: block(SHA256_INFO + d, first=b"\x01")),
        ("no-first-octet", "the block one octet to the left", lambda d: (b"\x01" + b"\xff" * (LENGTH - 2 - len(SHA256_INFO + d)) + b"\0" + SHA256_INFO + d)),
        ("separator-two", "two zeros before the digest's structure", lambda d: block(b"\0" + SHA256_INFO + d)),
        ("oid-sha-512", "the name of SHA-512 over a SHA-256 digest", lambda d: block(info((oid("0609608648016503040203"), null), d))),
        ("oid-sha-224", "the name of SHA-224 over a SHA-256 digest", lambda d: block(info((oid("0609608648016503040204"), null), d))),
        ("oid-sha3-256", "the name of SHA3-256 over a SHA-256 digest", lambda d: block(info((oid("0609608648016503040208"), null), d))),
        ("oid-md5", "the name of MD5 over a SHA-256 digest", lambda d: block(info((oid("06082a864886f70d0205"), null), d))),
        ("oid-empty", "an empty name", lambda d: block(info((oid("0600"), null), d))),
        ("oid-of-the-signature", "the name of sha256WithRSAEncryption instead of the hash's", lambda d: block(info((oid("06092a864886f70d01010b"), null), d))),
        ("parameters-missing", "no parameters, as RFC 8017 lets only readers accept", lambda d: block(info((sha256,), d))),
        ("parameters-twice", "NULL twice", lambda d: block(info((sha256, null, null), d))),
        ("parameters-integer", "an integer for parameters", lambda d: block(info((sha256, bytes.fromhex("020100")), d))),
        ("parameters-null-with-content", "a NULL that holds octets", lambda d: block(info((sha256, bytes.fromhex("05085a5a5a5a5a5a5a5a")), d))),
        ("parameters-behind-null", "octets behind NULL inside the algorithm", lambda d: block(info((sha256, null, der(0x04, b"\x5a" * 60)), d))),
        ("behind-the-digest-inside", "an octet string behind the digest, inside the structure", lambda d: block(info((sha256, null), d, der(0x04, b"\x5a" * 40)))),
        ("digest-with-more", "octets behind the digest, in its own octet string", lambda d: block(info((sha256, null), d + b"\x5a" * 16))),
        ("digest-cut-to-20", "the first twenty octets of the digest", lambda d: block(info((sha256, null), d[:20]))),
        ("digest-cut-to-nothing", "no octet of the digest", lambda d: block(info((sha256, null), b""))),
        ("digest-in-hexadecimal", "the digest in hexadecimal", lambda d: block(info((sha256, null), d.hex().encode()))),
        ("digest-hashed-again", "the digest of the digest", lambda d: block(SHA256_INFO + hashlib.sha256(d).digest())),
        ("digest-reversed", "the digest backwards", lambda d: block(SHA256_INFO + d[::-1])),
        ("digest-in-a-constructed-string", "the digest in a constructed octet string (BER)", lambda d: block(der(0x30, der(0x30, sha256, null), der(0x24, der(0x04, d[:16]), der(0x04, d[16:]))))),
        ("length-long-form", "lengths in the long form (BER)", lambda d: block(bytes.fromhex("308131300d060960864801650304020105000420") + d)),
        ("length-longer-form", "a length in four octets (BER)", lambda d: block(bytes.fromhex("308400000031300d060960864801650304020105000420") + d)),
        ("length-of-the-digest-long-form", "the digest's length in the long form (BER)", lambda d: block(bytes.fromhex("3032300d06096086480165030402010500048120") + d)),
        ("length-indefinite", "an indefinite length (BER)", lambda d: block(bytes.fromhex("3080300d060960864801650304020105000420") + d + b"\0\0")),
        ("length-too-small", "a length that ends before the digest does", lambda d: block(bytes.fromhex("3021300d060960864801650304020105000420") + d)),
        ("length-wraps", "a length that is right only modulo 2^64", lambda d: block(bytes.fromhex("3089010000000000000031300d060960864801650304020105000420") + d)),
        ("tag-set", "a SET instead of the SEQUENCE", lambda d: block(b"\x31" + SHA256_INFO[1:] + d)),
        ("tag-high-form", "a tag in the high form (BER)", lambda d: block(b"\x3f\x10" + SHA256_INFO[1:] + d)),
        ("structure-missing", "the digest without its structure", lambda d: block(d)),
        ("structure-twice", "the structure around the structure", lambda d: block(der(0x30, der(0x30, sha256, null), der(0x04, SHA256_INFO + d)))),
        ("structure-backwards", "the digest before the algorithm", lambda d: block(der(0x30, der(0x04, d), der(0x30, sha256, null)))),
        ("little-endian", "the whole block backwards", lambda d: block(SHA256_INFO + d)[::-1]),
    ]:
        numbers = naive.private("bacen").private_numbers()
        document = signed("dict")
        made = make(digest_of(document, "dict"))
        number = int.from_bytes(made, "big")
        assert len(made) == LENGTH and number < numbers.public_numbers.n, short
        value = pow(number, numbers.d, numbers.public_numbers.n).to_bytes(LENGTH, "big")
        put(f"padding/dict-{short}", "signature-mismatch", f"the padded block: {because}", document, value)


def put(name, reason, because, document, value, profile="dict", trust="bacen"):
    was = document.split("<ds:SignatureValue>")[1].split("<")[0]
    assert base64.b64decode(was) != value, name
    text = document.replace(was, base64.b64encode(value).decode())
    write(name, f"invalid {reason}", because, text, profile, trust=trust)


def cube_root(number):
    low, high = 0, 1 << (number.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < number else (low, middle)
    return low


def forged():
    """Without a private key: a number whose cube begins, or begins and ends, as a lenient reader looks for."""
    for profile, message in (("spi", SPI), ("dict", DICT)):
        # The two-sided forgery needs an odd end: the message is varied until its digest is odd.
        for attempt in range(64):
            varied = message.replace("@SIG@", f"@SIG@{' ' * attempt}") if profile == "dict" else message.replace("Cia", f"Cia {attempt}")
            document = signed(profile, [(SERIAL, EXPONENT3)], key="exponent3", message=varied)
            digest = digest_of(document, profile)
            if digest[-1] & 1:
                break
        assert digest[-1] & 1
        info = SHA256_INFO + digest
        for count in (8, 1, 0):
            head = b"\0\x01" + b"\xff" * count + b"\0" + info
            root = cube_root(int.from_bytes(head + b"\0" * (LENGTH - len(head)), "big"))
            assert (root**3).to_bytes(LENGTH, "big").startswith(head)
            put(
                f"padding/{profile}-bleichenbacher-{count}-of-padding",
                "signature-mismatch",
                f"a cube root of a block that begins rightly, {count} octets of filler (Bleichenbacher 2006)",
                document,
                root.to_bytes(LENGTH, "big"),
                profile,
                "exponent3",
            )
        # The end is solved for modulo 2^k, the beginning by a cube root; between them stand octets that a lenient reader skips
        # as parameters, or as filler that it does not look at.
        for short, head, tail, because in [
            ("parameters", b"\0\x01" + b"\xff" * 8 + b"\0" + bytes.fromhex("3081dd3081b8060960864801650304020105"), b"\x04\x20" + digest, "garbage inside the parameters"),
            ("filler", b"\0\x01" + b"\xff" * 8, b"\0" + info, "garbage inside the filler"),
        ]:
            bits = len(tail) * 8
            want = int.from_bytes(tail, "big")
            low = 1
            for bit in range(1, bits):
                if (low**3 ^ want) >> bit & 1:
                    low |= 1 << bit
            assert low**3 % (1 << bits) == want % (1 << bits)
            room = LENGTH - len(head)
            high = cube_root(int.from_bytes(head + b"\0" * room, "big"))
            root = ((high >> bits) + 1 << bits) | low if high.bit_length() > bits else low
            cube = (root**3).to_bytes(LENGTH, "big")
            assert cube.endswith(tail) and cube.startswith(head), short
            put(
                f"padding/{profile}-berserk-{short}",
                "signature-mismatch",
                f"a number whose cube begins and ends rightly, {because} (BERserk 2014)",
                document,
                root.to_bytes(LENGTH, "big"),
                profile,
                "exponent3",
            )
        put(f"padding/{profile}-cube-root-of-one", "signature-mismatch", "one, whose cube is one", document, b"\0" * 255 + b"\1", profile, "exponent3")


def integers():
    """The same number written otherwise."""
    for profile in ("spi", "dict"):
        good = signed(profile)
        value = base64.b64decode(good.split("<ds:SignatureValue>")[1].split("<")[0])
        n = naive.certificate("bacen").public_key().public_numbers().n
        number = int.from_bytes(value, "big")
        for short, reason, because, new in [
            ("value-negated", "signature-mismatch", "the modulus less the value", (n - number).to_bytes(LENGTH, "big")),
            ("value-the-modulus", "signature-length", "the modulus itself, which is nothing", n.to_bytes(LENGTH, "big")),
            ("value-the-modulus-and-one", "signature-length", "the modulus and one more", (n + 1).to_bytes(LENGTH, "big")),
            ("value-plus-modulus-in-257", "signature-length", "the value plus the modulus in one octet more", (number + n).to_bytes(LENGTH + 1, "big")),
            ("value-two-zeros-before", "signature-length", "two zeros before the value", b"\0\0" + value),
            ("value-zero-behind", "signature-length", "a zero behind the value", value + b"\0"),
            ("value-of-the-modulus-less-one", "signature-mismatch", "the modulus less one, whose square is one", (n - 1).to_bytes(LENGTH, "big")),
            ("value-as-der", "signature-length", "the value inside an octet string of DER", bytes.fromhex("04820100") + value),
            ("value-of-256-octets-of-ff", "signature-length", "the largest number of its length", b"\xff" * LENGTH),
            ("value-of-64-kilobytes", "signature-value", "more octets than any key makes", value * 256),
        ]:
            put(f"padding/{profile}-{short}", reason, because, good, new, profile)


def counterparts():
    # A value that begins with a zero octet is as long as the modulus all the same.
    for attempt in range(4096):
        document = signed("dict", message=DICT.replace("<Branch>0001", f"<Branch>{attempt:04}"))
        value = base64.b64decode(document.split("<ds:SignatureValue>")[1].split("<")[0])
        if value[0] == 0:
            break
    assert value[0] == 0
    write("padding/dict-value-that-begins-with-zero", "valid", "a right value whose first octet is zero", document, "dict")
    case("padding/spi-exponent-3", "valid", "a right signature under the exponent 3", "spi", [(SERIAL, EXPONENT3)], key="exponent3", trust="exponent3")
    case("padding/spi-modulus-of-4096-bits", "valid", "a right signature of 512 octets", "spi", [(SERIAL, str(0x2005))], key="rsa4096", trust="rsa4096")
