"""Distinguished names and serial numbers that look like the trusted certificate's and are not, or are and do not look it. KeyInfo
is signed as it stands, so only the comparison of names decides."""

from cases import case
from sign import ISSUER, SERIAL

UNIT = "OU=CSPB-1"
# The keyword's OID and the DER of the value, as the authority's certificate stores it.
HEX = lambda tag, text: "#" + (bytes([tag, len(text)]) + text).hex()


def cases():
    unknown()
    unreadable()
    serials()
    counterparts()


def name(folder, short, expect, because, old, new):
    assert old in ISSUER, old
    case(f"{folder}/{short}", expect, because, "dict", [(ISSUER, ISSUER.replace(old, new, 1))])


def unknown():
    for short, because, old, new in [
        ("nul-behind", "an escaped NUL behind a value", UNIT, UNIT + "\\00"),
        ("nul-and-more", "an escaped NUL, and more behind it", UNIT, UNIT + "\\00, OU=x"),
        ("nul-inside", "an escaped NUL inside a value", "CSPB-1", "CSPB\\00-1"),
        ("full-width-letters", "letters of full width", "CSPB", "\uff23\uff33\uff30\uff22"),
        ("greek-letter", "a Greek letter for a Latin one", "ICP-Brasil", "ICP-\u0392rasil"),
        ("cyrillic-o", "a Cyrillic letter for a Latin one", "Teste Final", "Test\u0435 Final"),
        ("digit-for-letter", "a digit for a letter", "ICP-Brasil", "1CP-Brasil"),
        ("dotless-i", "an i without its dot", "ICP-Brasil", "ICP-Bras\u0131l"),
        ("dotted-capital-i", "a capital I with a dot", "ICP-Brasil", "\u0130CP-Brasil"),
        ("combining-mark", "a mark that combines with the letter before it", "Brasil", "Brasi\u0301l"),
        ("soft-hyphen", "a soft hyphen inside a value", "Brasil", "Bra\u00adsil"),
        ("zero-width-joiner", "a joiner of no width", "Brasil", "Bra\u200dsil"),
        ("byte-order-mark", "U+FEFF inside a value", "Brasil", "Bra\ufeffsil"),
        ("right-to-left-override", "an override of the writing direction", "Brasil", "\u202eBrasil"),
        ("en-dash", "an en dash for a hyphen", "CSPB-1", "CSPB\u20131"),
        ("no-break-hyphen", "a hyphen that does not break", "CSPB-1", "CSPB\u20111"),
        ("blank-inside-a-word", "a blank inside a word", "CSPB-1", "CSPB -1"),
        ("blank-missing", "two words as one", "Final SSL", "FinalSSL"),
        ("escaped-comma-joins", "two RDNs joined by an escaped comma", f"{UNIT}, O=ICP-Brasil", f"{UNIT}\\, O=ICP-Brasil"),
        ("escaped-plus-joins", "two RDNs joined by an escaped plus", f"{UNIT}, O=ICP-Brasil", f"{UNIT}\\+O=ICP-Brasil"),
        ("hex-comma-joins", "two RDNs joined by a comma in hexadecimal", f"{UNIT}, O=ICP-Brasil", f"{UNIT}\\2C O=ICP-Brasil"),
        ("quotes-join", "two RDNs joined by quotes", f"{UNIT}, O=ICP-Brasil", f'OU="CSPB-1, O=ICP-Brasil"'),
        ("escaped-equals", "a value that holds another attribute behind an escaped equals sign", UNIT, "OU=CSPB-1\\=x"),
        ("plus-for-comma", "a multi-valued RDN for two of one value", f"{UNIT}, O", f"{UNIT}+O"),
        ("value-twice-in-one-rdn", "one RDN with the same value twice", UNIT, f"{UNIT}+{UNIT}"),
        ("rdn-twice", "an RDN twice", UNIT, f"{UNIT}, {UNIT}"),
        ("swapped-in-the-middle", "two RDNs in each other's places", f"{UNIT}, O=ICP-Brasil", f"O=ICP-Brasil, {UNIT}"),
        ("values-swapped", "two values in each other's places", f"{UNIT}, O=ICP-Brasil", "OU=ICP-Brasil, O=CSPB-1"),
        ("oid-of-another-type", "an OID of another type", UNIT, "2.5.4.10=CSPB-1"),
        ("oid-one-more-arc", "an OID with one arc more", UNIT, "2.5.4.11.1=CSPB-1"),
        ("hex-of-octets", "the value's octets in hexadecimal, as an octet string", UNIT, "OU=" + HEX(0x04, b"CSPB-1")),
        ("hex-of-an-integer", "an integer in hexadecimal", UNIT, "OU=#020100"),
        ("hex-of-a-sequence", "the value inside a SEQUENCE", UNIT, "OU=#3008" + HEX(0x0C, b"CSPB-1")[1:]),
        ("hex-of-invalid-utf-8", "UTF-8 that is none", UNIT, "OU=#0c06435350ff2d31"),
        ("hex-as-text", "the hexadecimal form as text, by an escaped number sign", UNIT, "OU=\\" + HEX(0x0C, b"CSPB-1")),
        ("hex-in-quotes", "the hexadecimal form in quotes", UNIT, f'OU="{HEX(0x0C, b"CSPB-1")}"'),
        ("hex-as-latin-1-of-utf-8", "octets of UTF-8 as a TeletexString", "O=ICP-Brasil", "O=" + HEX(0x14, "ICP-Bras\u00edl".encode())),
        ("utf-16-as-utf-8", "a BMPString's octets as a UTF8String", UNIT, "OU=" + HEX(0x0C, "CSPB-1".encode("utf-16-be"))),
        ("unknown-keyword", "a keyword that nobody knows", UNIT, "XX=CSPB-1"),
        ("unknown-keyword-in-quotes", "a keyword that nobody knows, its value in quotes", UNIT, 'UNIT-NAME="CSPB-1"'),
        ("value-empty", "an empty value", UNIT, "OU="),
        ("value-empty-quotes", "an empty value in quotes", UNIT, 'OU=""'),
        ("trailing-rdn", "an RDN more at the end", "C=BR", "C=BR, C=BR"),
        ("leading-rdn", "an RDN more at the start", "CN=", "DC=x, CN="),
        ("country-spelt-out", "the country's name for its code", "C=BR", "C=Brasil"),
        ("backslash-doubled", "an escaped backslash", UNIT, "OU=CSPB\\\\-1"),
    ]:
        name("certificate", f"issuer-{short}", "indeterminate certificate-unknown", f"another issuer: {because}", old, new)
    case(
        "certificate/issuer-only-the-common-name",
        "indeterminate certificate-unknown",
        "another issuer: nothing but the common name",
        "dict",
        [(ISSUER, ISSUER.split(", ")[0])],
    )
    case(
        "certificate/issuer-the-bank-itself",
        "indeterminate certificate-unknown",
        "another issuer: a certificate that BACEN issued to itself",
        "dict",
        [(ISSUER, "CN=Banco Central de Teste T001, OU=ISPB-00038166, OU=SISBACEN-00038, O=ICP-Brasil, C=BR")],
    )
    # What the certificates of `tests/keys` hold in other string types and with several values in one RDN.
    for short, trust, issuer, serial, because in [
        ("multi-value-of-another-rdn", "multi", "2.5.4.97=CNPJ-12345678000195,CN=AC de Varios Valores+OU=CSPB-1,O=ICP-Brasil+UID=77,C=BR", 0x3002, "values moved from one RDN to another"),
        ("multi-one-value-less", "multi", "2.5.4.97=CNPJ-12345678000195,CN=AC de Varios Valores,O=ICP-Brasil+OU=CSPB-1,C=BR", 0x3002, "one value of an RDN left out"),
        ("multi-split", "multi", "2.5.4.97=CNPJ-12345678000195,CN=AC de Varios Valores,UID=77,O=ICP-Brasil+OU=CSPB-1,C=BR", 0x3002, "one RDN of two values made two RDNs"),
        ("teletex-as-utf-8", "teletex", "CN=AC em TeletexString,OU=Autentica\u00c3\u00a7\u00c3\u00a3o,O=ICP-Brasil", 0x3004, "UTF-8 read as ISO 8859-1"),
        ("teletex-without-accents", "teletex", "CN=AC em TeletexString,OU=Autenticacao,O=ICP-Brasil", 0x3004, "accents left out"),
        ("bmp-decomposed", "bmp", "CN=AC em BMPString,OU=Autenticac\u0327a\u0303o,O=ICP-Brasil", 0x3003, "accents composed otherwise"),
    ]:
        case(
            f"certificate/issuer-{short}",
            "indeterminate certificate-unknown",
            f"another issuer: {because}",
            "dict",
            [(ISSUER, issuer), (SERIAL, str(serial))],
            trust=trust,
        )


def unreadable():
    for short, because, old, new in [
        ("comma-first", "a comma before the first RDN", "CN=", ",CN="),
        ("two-commas", "two commas in a row", f"{UNIT},", f"{UNIT},,"),
        ("plus-at-the-end", "a plus behind the last value", "C=BR", "C=BR+"),
        ("semicolon-at-the-end", "a semicolon behind the last RDN", "C=BR", "C=BR;"),
        ("equals-first", "a value without a type", UNIT, "=CSPB-1"),
        ("type-with-a-blank", "a blank inside a type", UNIT, "O U=CSPB-1"),
        ("type-in-quotes", "a type in quotes", UNIT, '"OU"=CSPB-1'),
        ("type-not-ascii", "a type with a letter of full width", UNIT, "\uff2fU=CSPB-1"),
        ("type-cyrillic", "a type with a Cyrillic letter", "O=ICP", "\u041e=ICP"),
        ("oid-leading-zero", "an OID whose arc has a leading zero", UNIT, "2.5.4.011=CSPB-1"),
        ("oid-empty-arc", "an OID with an empty arc", UNIT, "2.5..11=CSPB-1"),
        ("oid-dot-first", "an OID that begins with a dot", UNIT, ".2.5.4.11=CSPB-1"),
        ("oid-first-arc-3", "an OID whose first arc is 3", UNIT, "3.5.4.11=CSPB-1"),
        ("oid-second-arc-40", "an OID whose second arc is too large", UNIT, "1.40.4.11=CSPB-1"),
        ("oid-overflow", "an OID that is right only modulo 2^32", UNIT, "2.5.4.4294967307=CSPB-1"),
        ("oid-hexadecimal", "an OID in hexadecimal", UNIT, "2.5.4.0xB=CSPB-1"),
        ("oid-signed", "an OID with a sign", UNIT, "2.5.4.+11=CSPB-1"),
        ("oid-urn", "an OID as a URN", UNIT, "urn:oid:2.5.4.11=CSPB-1"),
        ("hex-odd", "an odd number of hexadecimal digits", UNIT, "OU=#0c0643535042"[:-1]),
        ("hex-empty", "a number sign and no digits", UNIT, "OU=#"),
        ("hex-trailing", "octets behind the value in hexadecimal", UNIT, "OU=" + HEX(0x0C, b"CSPB-1") + "00"),
        ("hex-long-form", "a length in the long form (BER)", UNIT, "OU=#0c8106" + b"CSPB-1".hex()),
        ("hex-indefinite", "an indefinite length (BER)", UNIT, "OU=#2c80" + HEX(0x0C, b"CSPB-1")[1:] + "0000"),
        ("hex-length-lies", "a length that is longer than the octets", UNIT, "OU=#0c07" + b"CSPB-1".hex()),
        ("hex-and-text", "text behind the hexadecimal form", UNIT, "OU=" + HEX(0x0C, b"CSPB-1") + "x"),
        ("escape-at-the-end", "a backslash at the end", "C=BR", "C=BR\\"),
        ("escape-one-digit", "one hexadecimal digit behind a backslash", UNIT, "OU=CSPB\\2-1"),
        ("escape-of-a-letter", "an escape that RFC 4514 does not have", UNIT, "OU=\\CSPB-1"),
        ("escape-not-utf-8", "escaped octets that are not UTF-8", UNIT, "OU=CSPB\\ff-1"),
        ("escape-overlong", "escaped octets of overlong UTF-8", UNIT, "OU=CSPB\\c0\\ad1"),
        ("escape-surrogate", "escaped octets of a surrogate", UNIT, "OU=CSPB\\ed\\a0\\80-1"),
        ("escape-full-width-digits", "hexadecimal digits of full width", UNIT, "OU=CSPB\\\uff12\uff24-1"),
        ("quotes-inside", "quotes in the middle of a value", UNIT, 'OU=CSPB"-"1'),
        ("quotes-and-text", "text behind the closing quotes", UNIT, 'OU="CSPB"-1'),
        ("quotes-not-closed", "quotes that do not close", UNIT, 'OU="CSPB-1'),
        ("less-than", "a less-than sign that is not escaped", UNIT, "OU=CSPB&lt;1"),
        ("greater-than", "a greater-than sign that is not escaped", UNIT, "OU=CSPB&gt;1"),
    ]:
        name("signature", f"dict-issuer-{short}", "invalid issuer-name", f"an issuer's name that cannot be read: {because}", old, new)
    for short, issuer, because in [
        ("only-blanks", " \t ", "blanks alone"),
        ("ldap-url", "ldap://127.0.0.1/CN=a", "an address of LDAP"),
        ("openssl-one-line", "/" + "/".join(reversed(ISSUER.split(", "))), "OpenSSL's form on one line"),
        ("a-thousand-rdns", ", ".join(["CN=a"] * 2000), "more text than the limit"),
        ("a-million-quotes", '"' * 8000, "nothing but quotes"),
        ("number", "1", "a number"),
        ("line-of-backslashes", "CN=" + "\\" * 8001, "an odd number of backslashes"),
    ]:
        case(f"signature/dict-issuer-{short}", "invalid issuer-name", f"an issuer's name that cannot be read: {because}", "dict", [(ISSUER, issuer)])


def serials():
    number = int(SERIAL)
    for short, text, because in [
        ("modulo-32-bits", str(number % 2**32), "the serial number modulo 2^32"),
        ("modulo-2-160", str(number + 2**159), "the serial number and a high bit"),
        ("little-endian", str(int.from_bytes(number.to_bytes(8, "big"), "little")), "the octets backwards"),
        ("twos-complement", str(2**64 - number), "the negative number read without its sign"),
        ("octal-value", str(int(oct(number)[2:])), "the number in octal digits"),
        ("as-a-double", str(int(float(number))), "the nearest number that a double holds"),
        ("twice", SERIAL * 2, "the digits twice"),
        ("zero-behind", SERIAL + "0", "a zero behind the digits"),
    ]:
        case(f"certificate/serial-{short}", "indeterminate certificate-unknown", f"another serial number: {because}", "dict", [(f">{SERIAL}<", f">{text}<")])
    for short, text, because in [
        ("underscore", f"{SERIAL[:4]}_{SERIAL[4:]}", "an underscore between the digits"),
        ("comma", f"{SERIAL[:4]},{SERIAL[4:]}", "a comma between the digits"),
        ("dot", f"{SERIAL[:4]}.{SERIAL[4:]}", "a dot between the digits"),
        ("plus-behind", SERIAL + "+", "a sign behind the digits"),
        ("two-numbers", f"{SERIAL} {SERIAL}", "two numbers"),
        ("nul-reference", SERIAL + "&#x2060;", "a joiner behind the digits"),
        ("roman", "\u2160", "a Roman numeral"),
        ("superscript", "\u00b9" + SERIAL[1:], "a superscript digit"),
        ("bengali-digits", "".join(chr(0x9E6 + int(digit)) for digit in SERIAL), "Bengali digits"),
        ("colons", ":".join(f"{octet:02x}" for octet in number.to_bytes(8, "big")), "octets in hexadecimal with colons"),
        ("minus-zero", "-0", "a negative zero"),
        ("infinity", "Infinity", "infinity"),
        ("octal-prefix", "0o77", "an octal number"),
        ("20-octets-and-one", str(2**160), "the first number that has no room in 20 octets"),
    ]:
        case(f"signature/dict-serial-{short}", "invalid serial-number", f"a serial number that is not one: {because}", "dict", [(f">{SERIAL}<", f">{text}<")])


def counterparts():
    for short, because, old, new in [
        ("blank-in-hexadecimal", "a blank in hexadecimal", "Final SSL", "Final\\20SSL"),
        ("printable-string", "the value's DER as a PrintableString", UNIT, "OU=" + HEX(0x13, b"CSPB-1")),
        ("utf8-string", "the value's DER as a UTF8String", UNIT, "OU=" + HEX(0x0C, b"CSPB-1")),
        ("bmp-string-der", "the value's DER as a BMPString", UNIT, "OU=" + HEX(0x1E, "CSPB-1".encode("utf-16-be"))),
        ("ia5-string", "the value's DER as an IA5String", UNIT, "OU=" + HEX(0x16, b"CSPB-1")),
        ("hex-capitals", "hexadecimal digits in capitals", UNIT, "OU=" + HEX(0x0C, b"CSPB-1").upper()),
        ("oid-prefix", "an OID with its prefix in small letters", UNIT, "oid.2.5.4.11=CSPB-1"),
        ("blanks-around-equals", "blanks around the equals sign", UNIT, "OU  =  CSPB-1"),
        ("several-blanks", "several blanks where one is stored", "Final SSL", "Final   SSL"),
        ("no-break-space", "a no-break space where a blank is stored: RFC 4518 makes one of the other", "Final SSL", "Final\u00a0SSL"),
        ("escaped-letters", "every letter of a value escaped", UNIT, "OU=" + "".join(f"\\{ord(c):02x}" for c in "CSPB-1")),
        ("value-in-quotes", "one value in quotes", UNIT, 'OU="CSPB-1"'),
        ("long-s", "a long s, which folds to s (RFC 4518)", "Servico", "\u017fervico"),
    ]:
        name("issuer", short, "valid", f"the issuer's name spelt with {because}", old, new)
    case("issuer/multi-values-reversed-and-turned", "valid", "several values in one RDN in another order, the RDNs in the order of the certificate", "dict", [(ISSUER, "C=BR, OU=CSPB-1+O=ICP-Brasil, UID=77+CN=AC de Varios Valores, 2.5.4.97=CNPJ-12345678000195"), (SERIAL, str(0x3002))], trust="multi")
    for short, text, because in [
        ("leading-zeros-64-digits", "0" * (64 - len(SERIAL)) + SERIAL, "as many digits as the limit, zeros first"),
        ("white-space-around", f"\n\t {SERIAL}&#13;\n", "white space around the serial number"),
        ("digits-by-reference", "".join(f"&#{ord(digit)};" for digit in SERIAL), "every digit of the serial number as a reference"),
    ]:
        case(f"issuer/serial-{short}", "valid", because, "dict", [(f">{SERIAL}<", f">{text}<")])
