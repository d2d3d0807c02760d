"""Who speaks and who signs: `Fr` and the certificate's ISPB, and certificates whose key signs no messages."""

from attacks_keys import PSP_SERIAL, SENDER
from cases import SPI, both, case, edit
from sign import SERIAL

ID = "<Othr><Id>00038166</Id></Othr>"
FR = f"<Fr><FIId><FinInstnId>{ID}</FinInstnId></FIId></Fr>"
AUTHORITY = [(SERIAL, str(0x2009))]
NOT_FOR_SIGNING = [(SERIAL, str(0x200A))]


def cases():
    senders()
    usage()


def senders():
    def spi(short, expect, because, edits, **how):
        case(f"sender/{short}", expect, because, "spi", message=edit(SPI, edits), **how)

    mismatch = "invalid sender-mismatch"
    by_psp = {"before": [(SERIAL, PSP_SERIAL)], "key": "psp"}
    spi("another-participant", mismatch, "Fr says a PSP, the certificate BACEN", [SENDER])
    spi("bacen-by-a-psp", mismatch, "Fr says BACEN, the certificate a trusted PSP", [], trust="bacen psp", **by_psp)
    spi("another-in-another-element", mismatch, "BACEN in Othr/Id, a PSP in ClrSysMmbId", [(ID, f"<ClrSysMmbId><MmbId>12345678</MmbId></ClrSysMmbId>{ID}")])
    spi("another-behind", mismatch, "BACEN in the first Othr, a PSP in a second", [(ID, ID + ID.replace("00038166", "12345678"))])
    spi("in-an-element-of-others", mismatch, "BACEN in Othr/Id, a PSP in an element of another namespace", [(ID, f'{ID}<x:Id xmlns:x="urn:x">12345678</x:Id>')])
    spi("twice", mismatch, "Fr twice, both BACEN", [(FR, FR + FR)])
    spi("twice-and-different", mismatch, "Fr twice, the second a PSP", [(FR, FR + FR.replace("00038166", "12345678"))])
    spi("nobody", mismatch, "Fr names nobody", [(ID, "<Othr><Id></Id></Othr>")])
    spi("empty", mismatch, "Fr is an empty element", [(FR, "<Fr/>")])
    spi("split-by-an-element", mismatch, "an element in the middle of the ISPB", [("<Id>00038166", "<Id>0003<x/>8166")])
    spi("with-more", mismatch, "an ISPB and one more character", [("<Id>00038166<", "<Id>000381661<")])
    spi("lower-case", mismatch, "letters of an ISPB are capitals", [("<Id>00038166<", "<Id>0003816a<")])
    spi("and-expired", mismatch, "another participant, and an expired certificate: who speaks decides", [SENDER], before=[(SERIAL, str(0x2001))], trust="expired")
    spi("and-changed", "invalid digest-mismatch", "Fr changed after signing: the change decides", [], after=[SENDER])
    spi("and-unknown", "indeterminate certificate-unknown", "nobody is trusted: nothing says whose the certificate is", [SENDER], trust="")
    spi("in-pieces", "valid", "the ISPB in a reference, a CDATA section and text", [("<Id>00038166<", "<Id>&#48;<![CDATA[00]]>38166<")])
    spi("in-space", "valid", "white space around the ISPB", [("<Id>00038166<", "<Id>\n 00038166\t<")])
    spi("in-member-id", "valid", "the same ISPB in ClrSysMmbId too", [(ID, f"<ClrSysMmbId><MmbId>00038166</MmbId></ClrSysMmbId>{ID}")])
    spi("with-a-name", "valid", "a name beside the ISPB", [(ID, f"<Nm>BANCO CENTRAL DO BRASIL</Nm>{ID}")])
    spi("absent", "valid", "no Fr: nobody is named", [(FR, "")])
    spi("of-another-namespace", "valid", "an element of another namespace is not AppHdr's Fr", [(FR, FR + '<x:Fr xmlns:x="urn:x">12345678</x:Fr>')])
    spi("in-the-document", "valid", "Fr in Document is not AppHdr's", [("<GrpHdr>", "<GrpHdr><Fr>12345678</Fr>")])
    spi("of-a-psp", "valid", "a PSP's message: Fr and certificate agree", [SENDER], trust="psp", **by_psp)


def usage():
    wrong = "invalid certificate-usage"
    both("usage/authority", wrong, "signed by the authority's own key under its own certificate, which is trusted", [(SERIAL, "1")], key="ca", trust="ca")
    both("usage/signing-authority", wrong, "a CA that has digitalSignature too", AUTHORITY, trust="bacen-authority")
    both("usage/only-encrypts", wrong, "a key usage without digitalSignature", NOT_FOR_SIGNING, trust="only-encrypts")
    case("usage/dict-authority-beside", "valid", "the authority trusted beside the signer, who signed", "dict", trust="ca bacen")
    both("usage/no-extensions", "valid", "a certificate without extensions limits nothing", [(SERIAL, str(0x200B))], trust="plain")
    case("usage/dict-authority-and-changed", "invalid digest-mismatch", "signed by a CA, and changed: the change decides", "dict", AUTHORITY, [("EMAIL", "PHONE")], trust="bacen-authority")
