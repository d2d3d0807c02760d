"""What the cases are made of: messages of invented people, and one function that writes a case."""

import pathlib

from sign import sign, signature

VECTORS = pathlib.Path(__file__).resolve().parents[1]

# 2026-01-05T12:00:00Z, the time of both messages.
AT = 1767614400

SPI = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>'
    '<Envelope xmlns="https://www.bcb.gov.br/pi/pacs.002/1.17"><AppHdr>'
    "<Fr><FIId><FinInstnId><Othr><Id>00038166</Id></Othr></FinInstnId></FIId></Fr>"
    "<To><FIId><FinInstnId><Othr><Id>12345678</Id></Othr></FinInstnId></FIId></To>"
    "<BizMsgIdr>M00038166vector00000000000000001</BizMsgIdr><MsgDefIdr>pacs.002.spi.1.17</MsgDefIdr>"
    "<CreDt>2026-01-05T12:00:00.000Z</CreDt><Sgntr>@SIG@</Sgntr></AppHdr>"
    "<Document><FIToFIPmtStsRpt><GrpHdr><MsgId>M00038166vector00000000000000001</MsgId>"
    "<CreDtTm>2026-01-05T12:00:00.000Z</CreDtTm></GrpHdr><TxInfAndSts>"
    "<OrgnlEndToEndId>E12345678202601051159vectorpay01</OrgnlEndToEndId><TxSts>ACSC</TxSts>"
    "<AddtlInf>Pagamento de São João &amp; Cia</AddtlInf></TxInfAndSts></FIToFIPmtStsRpt></Document></Envelope>"
)

DICT = (
    "<GetEntryResponse>@SIG@<ResponseTime>2026-01-05T12:00:00.000Z</ResponseTime>"
    "<CorrelationId>A2026010509000000000038166abcdef</CorrelationId><Entry><Key>helena.prado@pix.example</Key>"
    "<KeyType>EMAIL</KeyType><Account><Participant>12345678</Participant><Branch>0001</Branch>"
    "<AccountNumber>0007654321</AccountNumber><AccountType>CACC</AccountType></Account><Owner>"
    "<Type>NATURAL_PERSON</Type><TaxIdNumber>71460238001</TaxIdNumber><Name>Helena Prado Vasconcelos</Name>"
    "</Owner></Entry></GetEntryResponse>"
)

MESSAGES = {"spi": SPI, "dict": DICT}
written = {}


def edit(text, edits):
    for old, new, *count in edits:
        assert old in text, f"{old!r} is not there"
        text = text.replace(old, new, *count)
    return text


def signed(profile, before=(), after=(), message=None, sig=None, **how):
    """A message, edited before and after it is signed."""
    text = (message or MESSAGES[profile]).replace("@SIG@", signature(profile) if sig is None else sig)
    text = edit(text, before)
    text = sign(text, profile, **how)
    return edit(text, after)


def write(name, expect, because, document, profile, at=AT, trust="bacen", crl=None):
    """Writes one case. `document` is text or octets."""
    assert name not in written, name
    assert "\n" not in because and because[-1] not in ".", because
    header = [f"expect: {expect}", f"profile: {profile}", f"at: {at}"]
    header += [f"trust: {name}.pem" for name in trust.split()]
    if crl:
        header.append(f"crl: {crl}.crl")
    header.append(f"because: {because}")
    octets = document if isinstance(document, bytes) else document.encode()
    path = VECTORS / f"{name}.vec"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes("\n".join(header).encode() + b"\n\n" + octets)
    written[name] = (expect, because)


def case(name, expect, because, profile, before=(), after=(), at=AT, trust="bacen", crl=None, octets=None, **how):
    """Signs and writes one case; `octets` edits the bytes at the end."""
    document = signed(profile, before, after, **how).encode()
    write(name, expect, because, octets(document) if octets else document, profile, at, trust, crl)


def both(name, expect, because, before=(), after=(), **more):
    """The same case for both profiles."""
    topic, short = name.split("/")
    for profile in ("spi", "dict"):
        case(f"{topic}/{profile}-{short}", expect, because, profile, before, after, **more)
