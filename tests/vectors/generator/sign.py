"""Signs messages in BACEN's way with other people's tools: libxml2's exclusive C14N (lxml) and OpenSSL's RSA (cryptography).
Nothing of lacre takes part, so a vector that lacre accepts is a second opinion on its bytes."""

import base64
import hashlib
import pathlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

KEYS = pathlib.Path(__file__).resolve().parents[2] / "keys"

DSIG = "http://www.w3.org/2000/09/xmldsig#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"

ISSUER = (
    "CN=Autoridade Certificadora de Teste Final SSL, OU=Servico Inventado de Processamento de Dados - TESTE, "
    "OU=CSPB-1, O=ICP-Brasil, C=BR"
)
SERIAL = str(0x172FC1F9E7A4B6C5)


def reference(uri, digest, enveloped=False):
    """One Reference; `uri` is the attribute with a blank before it, or nothing."""
    first = f'<ds:Transform Algorithm="{ENVELOPED}"/>' if enveloped else ""
    return (
        f'<ds:Reference{uri}><ds:Transforms>{first}<ds:Transform Algorithm="{EXC}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>'
    )


REF_KEY_INFO = reference(' URI="#key-info-id"', "@D1@")
REF_OWN = reference(' URI=""', "@D2@", True)
REF_DOCUMENT = reference("", "@D3@")


def signature(profile):
    """The Signature as BACEN writes it, with marks where digests and the value go."""
    references = REF_KEY_INFO + REF_OWN + (REF_DOCUMENT if profile == "spi" else "")
    return (
        f'<ds:Signature xmlns:ds="{DSIG}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXC}"/>'
        f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"/>{references}</ds:SignedInfo>'
        "<ds:SignatureValue>@SV@</ds:SignatureValue>"
        '<ds:KeyInfo Id="key-info-id"><ds:X509Data><ds:X509IssuerSerial>'
        f"<ds:X509IssuerName>{ISSUER}</ds:X509IssuerName><ds:X509SerialNumber>{SERIAL}</ds:X509SerialNumber>"
        "</ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo></ds:Signature>"
    )


def canonical(node, prefixes):
    return etree.tostring(
        node, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes or None
    )


def parse(text):
    parser = etree.XMLParser(resolve_entities=False, huge_tree=True)
    return etree.fromstring(text.encode(), parser)


def without_signature(element):
    """Takes the Signature out and leaves the text behind it in its place."""
    parent, before = element.getparent(), element.getprevious()
    tail = element.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def octets(text, profile, target, prefixes, change):
    """The canonical octets of one part of a message."""
    root = parse(text)
    found = root.find(f".//{{{DSIG}}}Signature")
    if target == "SignedInfo" or target == "KeyInfo":
        node = found.find(f"{{{DSIG}}}{target}")
    elif target == "Document":
        node = root[-1] if profile == "spi" else None
    else:
        without_signature(found)
        node = (
            root.getroottree() if profile == "dict" else [child for child in root if child.tag is not etree.Comment][0]
        )
    if node is None:
        return b""
    result = canonical(node, prefixes)
    return change(result) if change else result


def rsa(key, octets):
    private = serialization.load_pem_private_key((KEYS / f"{key}.key").read_bytes(), None)
    return private.sign(octets, padding.PKCS1v15(), hashes.SHA256())


def sign(text, profile, key="bacen", prefixes=None, change=None, form=lambda value: value):
    """Fills in the digests, then the signature. `prefixes` are PrefixLists and `change` edits octets, by target."""
    prefixes, change = prefixes or {}, change or {}
    targets = {"@D1@": "KeyInfo", "@D2@": "Own", "@D3@": "Document"}
    digests = {}
    for mark, target in targets.items():
        if mark in text:
            part = octets(text, profile, target, prefixes.get(target), change.get(target))
            digests[mark] = base64.b64encode(hashlib.sha256(part).digest()).decode()
    for mark, digest in digests.items():
        text = text.replace(mark, digest)
    if "@SV@" in text:
        part = octets(text, profile, "SignedInfo", prefixes.get("SignedInfo"), change.get("SignedInfo"))
        value = base64.b64encode(rsa(key, part)).decode()
        text = text.replace("@SV@", form(value))
    return text
