"""Keys that the attacker brings along. SignedInfo is signed with the attacker's own key, and KeyInfo offers that key in every way
that XMLDSig and its neighbours know: only the rule that no message supplies a key stands in the way."""

import base64

import naive
from attacks_wrapping import trick
from cases import DICT, MESSAGES, SPI, both, case, edit, signed, write
from cryptography.hazmat.primitives import serialization
from sign import DSIG, ISSUER, KEYS, SERIAL, signature

DATA = "<ds:X509Data>"
DSIG11 = "http://www.w3.org/2009/xmldsig11#"
PSP_SERIAL = str(0x5E1F0C3A77D2)
# A message of the PSP: what `Fr` names is the certificate's participant.
SENDER = ("<Fr><FIId><FinInstnId><Othr><Id>00038166<", "<Fr><FIId><FinInstnId><Othr><Id>12345678<")


def text_of(octets):
    return base64.b64encode(octets).decode()


def certificate(name):
    return text_of(naive.certificate(name).public_bytes(serialization.Encoding.DER))


def key_value(name):
    numbers = naive.certificate(name).public_key().public_numbers()
    modulus = text_of(numbers.n.to_bytes(256, "big"))
    exponent = text_of(numbers.e.to_bytes(3, "big"))
    return f"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus><ds:Exponent>{exponent}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"


def cases():
    brought()
    named()
    counterparts()


def brought():
    """By the PSP's key: a certificate of the same authority, and not one that is trusted."""
    issuer_serial = (
        f"<ds:X509IssuerSerial><ds:X509IssuerName>{ISSUER}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{SERIAL}</ds:X509SerialNumber></ds:X509IssuerSerial>"
    )
    own = f"<ds:X509Certificate>{certificate('psp')}</ds:X509Certificate>"
    der = text_of(
        naive.certificate("psp")
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    crl = "".join((KEYS / "sha256.crl").read_text().split("-----")[2].split())
    for short, reason, because, old, new in [
        ("certificate-behind-the-issuer", "key-info-content", "the attacker's certificate behind X509IssuerSerial", issuer_serial, issuer_serial + own),
        ("certificate-before-the-issuer", "key-info-content", "the attacker's certificate before X509IssuerSerial", issuer_serial, own + issuer_serial),
        ("certificate-instead-of-the-issuer", "key-info-content", "nothing but the attacker's certificate", issuer_serial, own),
        ("certificate-in-a-second-x509-data", "key-info-content", "the attacker's certificate in an X509Data of its own", "</ds:X509Data>", f"</ds:X509Data>{DATA}{own}</ds:X509Data>"),
        ("certificate-in-a-first-x509-data", "key-info-content", "the attacker's certificate in an X509Data before the other", DATA, f"{DATA}{own}</ds:X509Data>{DATA}"),
        ("key-value-before", "key-info-content", "the attacker's key as a KeyValue before X509Data", DATA, key_value("psp") + DATA),
        ("key-value-behind", "key-info-content", "the attacker's key as a KeyValue behind X509Data", "</ds:X509Data>", "</ds:X509Data>" + key_value("psp")),
        ("der-encoded-key-value", "key-info-content", "the attacker's key as a DEREncodedKeyValue of XMLDSig 1.1", "</ds:X509Data>", f'</ds:X509Data><d:DEREncodedKeyValue xmlns:d="{DSIG11}">{der}</d:DEREncodedKeyValue>'),
        ("certificate-in-an-object", "signature-children", "the attacker's certificate in an Object", "</ds:KeyInfo>", f"</ds:KeyInfo><ds:Object>{own}</ds:Object>"),
        ("retrieval-method-in-place", "key-info-content", "a RetrievalMethod that points at the attacker's certificate in the content", DATA, f'<ds:RetrievalMethod URI="#cert" Type="{DSIG}X509Data"/>{DATA}'),
        ("key-info-reference", "key-info-content", "a KeyInfoReference that points at the attacker's certificate in the content", DATA, f'<d:KeyInfoReference xmlns:d="{DSIG11}" URI="#cert"/>{DATA}'),
        ("security-token-reference", "key-info-content", "a SecurityTokenReference of WS-Security", DATA, f'<w:SecurityTokenReference xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><w:Reference URI="#cert"/></w:SecurityTokenReference>{DATA}'),
        ("revocation-list", "key-info-content", "the attacker's certificate and a revocation list of the attacker's choice", "</ds:X509IssuerSerial>", f"</ds:X509IssuerSerial><ds:X509CRL>{crl}</ds:X509CRL>{own}"),
    ]:
        for profile in ("spi", "dict"):
            text = MESSAGES[profile].replace("@SIG@", signature(profile))
            if 'URI="#cert"' in new:
                home = "<GrpHdr>" if profile == "spi" else "<Entry>"
                text = text.replace(home, f'<k:X509Data xmlns:k="{DSIG}" Id="cert">{own.replace("ds:", "k:")}</k:X509Data>{home}')
            document = naive.fill(edit(text, [(old, new)]), key="psp")
            trick(f"keys/{profile}-{short}", f"invalid {reason}", because, document, profile)
    for short, reason, because, old, new in [
        ("subject-key-identifier", "key-info-content", "an X509SKI", "</ds:X509IssuerSerial>", "</ds:X509IssuerSerial><ds:X509SKI>AAAA</ds:X509SKI>"),
        ("x509-digest", "key-info-content", "an X509Digest of XMLDSig 1.1", "</ds:X509IssuerSerial>", f'</ds:X509IssuerSerial><d:X509Digest xmlns:d="{DSIG11}" Algorithm="urn:x">AAAA</d:X509Digest>'),
        ("pgp-data", "key-info-content", "a PGPData", "</ds:X509Data>", "</ds:X509Data><ds:PGPData><ds:PGPKeyID>AAAA</ds:PGPKeyID></ds:PGPData>"),
        ("spki-data", "key-info-content", "an SPKIData", "</ds:X509Data>", "</ds:X509Data><ds:SPKIData><ds:SPKISexp>AAAA</ds:SPKISexp></ds:SPKIData>"),
        ("mgmt-data", "key-info-content", "a MgmtData", "</ds:X509Data>", "</ds:X509Data><ds:MgmtData>a</ds:MgmtData>"),
        ("encrypted-key", "key-info-content", "an EncryptedKey of XML Encryption", "</ds:X509Data>", '</ds:X509Data><e:EncryptedKey xmlns:e="http://www.w3.org/2001/04/xmlenc#"/>'),
        ("issuer-serial-of-the-attacker-first", "key-info-content", "an X509IssuerSerial of the attacker's certificate before the right one", DATA, f"{DATA}{issuer_serial.replace(SERIAL, PSP_SERIAL)}"),
        ("issuer-serial-of-the-attacker-last", "key-info-content", "an X509IssuerSerial of the attacker's certificate behind the right one", "</ds:X509Data>", f"{issuer_serial.replace(SERIAL, PSP_SERIAL)}</ds:X509Data>"),
        ("two-issuer-names", "key-info-content", "two issuers' names, the second the attacker's", "</ds:X509IssuerName>", "</ds:X509IssuerName><ds:X509IssuerName>CN=a</ds:X509IssuerName>"),
        ("two-serial-numbers", "key-info-content", "two serial numbers, the second the attacker's", "</ds:X509SerialNumber>", f"</ds:X509SerialNumber><ds:X509SerialNumber>{PSP_SERIAL}</ds:X509SerialNumber>"),
        ("issuer-in-other-case", "key-info-content", "x509IssuerName with a small letter", "ds:X509IssuerName>", "ds:x509IssuerName>"),
        ("x509-data-without-prefix", "key-info-content", "X509Data in no namespace", None, None),
    ]:
        before = [(old, new)] if old else [(DATA, "<X509Data>"), ("</ds:X509Data>", "</X509Data>")]
        expect = f"invalid {reason}"
        # In SPI the default namespace is the message's, in DICT none.
        both(f"keys/{short}", expect, because, before)


def named():
    """KeyInfo names a certificate by the rules, but not the one whose key signed."""
    psp = [(SERIAL, PSP_SERIAL)]
    both("keys/attackers-certificate-named", "indeterminate certificate-unknown", "rightly signed by a PSP's key, its certificate of the same authority named: not trusted", psp, key="psp")
    both("keys/signed-by-a-psp-in-bacens-name", "invalid signature-mismatch", "BACEN's certificate named, signed by a PSP's key", key="psp")
    both("keys/signed-by-the-authority-in-bacens-name", "invalid signature-mismatch", "BACEN's certificate named, signed by the authority's key", key="ca")
    both("keys/bacens-next-named-by-the-key-of-today", "invalid signature-mismatch", "two certificates trusted, the one named and the other one's key", [(SERIAL, str(int(SERIAL) + 1))], trust="bacen bacen-next")
    both("keys/attackers-certificate-named-psp-trusted-too", "invalid signature-mismatch", "both certificates trusted, BACEN's named, signed by the PSP's key", key="psp", trust="bacen psp")
    case("keys/dict-same-serial-of-another-issuer", "invalid signature-mismatch", "the same serial number from two issuers, both trusted: the issuer named decides, and its key did not sign", "dict", key="psp-other", trust="bacen odd-same-serial")
    for profile in ("spi", "dict"):
        good = signed(profile)
        psps = signed(profile, psp, key="psp")
        part = lambda text, tag: text[text.index(f"<ds:{tag}") : text.index(f"</ds:{tag}>") + len(f"</ds:{tag}>")]
        write(f"keys/{profile}-key-info-exchanged-after-signing", "invalid digest-mismatch", "KeyInfo exchanged for that of a trusted certificate after another key signed", psps.replace(part(psps, "KeyInfo"), part(good, "KeyInfo")), profile)
        write(f"keys/{profile}-value-exchanged", "invalid signature-mismatch", "SignatureValue of the attacker's key over the same SignedInfo", good.replace(part(good, "SignatureValue"), part(signed(profile, key="psp"), "SignatureValue")), profile)


def counterparts():
    messages = {"dict": DICT, "spi": edit(SPI, [SENDER])}
    for profile, message in messages.items():
        case(f"keys/{profile}-psp-trusted", "valid", "the PSP's certificate named, trusted and its key used: which certificates are given decides", profile, [(SERIAL, PSP_SERIAL)], key="psp", trust="psp", message=message)
        case(f"keys/{profile}-both-trusted", "valid", "several certificates trusted, the named one's key used", profile, [(SERIAL, PSP_SERIAL)], key="psp", trust="bacen psp bacen-next", message=message)
    case("keys/dict-same-serial-right-key", "valid", "the same serial number from two issuers, both trusted: the one named signed", "dict", trust="odd-same-serial bacen")
    case("keys/dict-certificate-in-content", "valid", "a certificate in the content is content", "dict", message=DICT.replace("<Entry>", f"<X509Certificate>{certificate('psp')}</X509Certificate><Entry>"))
    case("keys/spi-certificate-in-content", "valid", "a certificate of XMLDSig's namespace in the content is content", "spi", message=SPI.replace("<GrpHdr>", f'<k:X509Data xmlns:k="{DSIG}"><k:X509Certificate>{certificate("psp")}</k:X509Certificate></k:X509Data><GrpHdr>'))
