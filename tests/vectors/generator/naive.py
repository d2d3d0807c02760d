"""The verifier that the attacks were published against, and a signer that does whatever a template says. Both find nodes by
name and by Id wherever they stand, and take whatever algorithm, transform and key the message names. An attack is written as a
vector only if this verifier is taken in by it: then nothing but a defence stands between the message and `valid`."""

import base64
import copy
import hashlib
import hmac
import itertools
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from sign import DSIG, EXC, KEYS, canonical

DS = f"{{{DSIG}}}"
EXC_COMMENTS = EXC + "WithComments"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
INCLUSIVE_11 = "http://www.w3.org/2006/12/xml-c14n11"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
DECRYPT = "http://www.w3.org/2002/07/decrypt#XML"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
XMLENC = "http://www.w3.org/2001/04/xmlenc#"
PSS = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
HASHES = {
    DSIG + "sha1": "sha1",
    MORE + "md5": "md5",
    MORE + "sha224": "sha224",
    MORE + "sha384": "sha384",
    XMLENC + "sha256": "sha256",
    XMLENC + "sha512": "sha512",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-256": "sha3_256",
}
METHODS = {DSIG + "rsa-sha1": "SHA1"} | {MORE + f"rsa-{name}": name.upper() for name in ("md5", "sha256", "sha384", "sha512")}
MACS = {DSIG + "hmac-sha1": "sha1", MORE + "hmac-sha256": "sha256"}


def parse(octets):
    """As a careless program parses: with the DTD, its entities and its attribute defaults."""
    parser = etree.XMLParser(resolve_entities=True, load_dtd=True, attribute_defaults=True, no_network=True, huge_tree=True)
    return etree.fromstring(octets, parser)


def private(key):
    return serialization.load_pem_private_key((KEYS / f"{key}.key").read_bytes(), None)


def certificate(name):
    return x509.load_pem_x509_certificate((KEYS / f"{name}.pem").read_bytes())


def spki(public):
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def inherited(element):
    """An element as the apex of its own document, with every namespace that it inherits: what inclusive C14N asks for."""
    apex = etree.Element(element.tag, nsmap=element.nsmap, attrib=dict(element.attrib))
    apex.text = element.text
    apex.extend(copy.deepcopy(child) for child in element)
    return apex


def canonicalize(node, method, prefixes=()):
    element = node.getroot() if hasattr(node, "getroot") else node
    if method in (INCLUSIVE, INCLUSIVE_11) or method.startswith(INCLUSIVE + "#"):
        comments = method.endswith("WithComments")
        whole = node if node is not element else inherited(element)
        return etree.tostring(whole, method="c14n", exclusive=False, with_comments=comments)
    if method == EXC_COMMENTS:
        return etree.tostring(node, method="c14n", exclusive=True, with_comments=True)
    return canonical(node, list(prefixes))


def prefixes_of(element):
    found = element.find(f"{{{EXC}}}InclusiveNamespaces")
    return [] if found is None else found.get("PrefixList", "").split()


def without_signatures(node):
    element = node.getroot() if hasattr(node, "getroot") else node
    for signature in element.findall(f".//{DS}Signature"):
        parent, before = signature.getparent(), signature.getprevious()
        tail = signature.tail or ""
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
        parent.remove(signature)


def transformed(node, reference):
    """What a Reference's transforms make of a node: octets."""
    tree = hasattr(node, "getroot")
    made = copy.deepcopy(node) if tree else inherited(node)
    for transform in reference.findall(f"{DS}Transforms/{DS}Transform"):
        method = transform.get("Algorithm") or ""
        if method == DSIG + "enveloped-signature":
            without_signatures(made)
        elif method == XPATH or method == FILTER2:
            # The two expressions that the cases use: one keeps nothing, the other all.
            if "1=0" in "".join(transform.itertext()) or transform[0].get("Filter") == "subtract":
                made = b""
        elif method == XSLT:
            made = bytes(str(etree.XSLT(transform[0])(made)), "utf-8")
        elif method == DSIG + "base64":
            made = base64.b64decode("".join(made.itertext() if not tree else made.getroot().itertext()))
        elif method != DECRYPT and not isinstance(made, bytes):
            made = canonicalize(made, method, prefixes_of(transform))
        if isinstance(made, bytes):
            break
    return made if isinstance(made, bytes) else canonicalize(made, INCLUSIVE)


def by_id(root, wanted):
    return [
        element
        for element in root.iter(etree.Element)
        for name, value in element.attrib.items()
        if etree.QName(name).localname.lower() == "id" and value.strip() == wanted
    ]


def candidates(root, reference):
    """Every node that a careless program might take for what a Reference means; the right one first."""
    uri = reference.get("URI")
    named = lambda name: [e for e in root.iter(etree.Element) if etree.QName(e).localname == name]
    own = [root.getroottree(), root, *named(etree.QName(root).localname)[1:], *list(root.iter(etree.Element))]
    if uri is None:
        return named("Document")
    uri = urllib.parse.unquote(uri.strip())
    if uri.startswith("#xpointer(id("):
        return by_id(root, uri.split("(")[2].strip("')\""))
    if "#" in uri and not uri.startswith(("#xpointer", "#element(/")) and uri.split("#")[-1]:
        return by_id(root, uri.split("#")[-1].split("?")[0])
    if uri.startswith("data:"):
        return [base64.b64decode(uri.split(",")[1])]
    return named("AppHdr") + own if root.tag.endswith("Envelope") else own


def octets_of(node, reference):
    return node if isinstance(node, bytes) else transformed(node, reference)


def hashed(octets, reference):
    method = reference.find(f"{DS}DigestMethod")
    name = HASHES.get("" if method is None else method.get("Algorithm", ""), "sha256")
    return hashlib.new(name, octets).digest()


def signed_info(info):
    method = info.find(f"{DS}CanonicalizationMethod")
    if method is None:
        return canonicalize(info, EXC)
    return canonicalize(info, method.get("Algorithm") or "", prefixes_of(method))


def method_of(info):
    method = info.find(f"{DS}SignatureMethod")
    return "" if method is None else method.get("Algorithm") or ""


def make_value(info, key, public):
    """The value that SignedInfo's own method asks for; HMAC is keyed with the public key."""
    method, octets = method_of(info), signed_info(info)
    if method in MACS:
        length = info.find(f".//{DS}HMACOutputLength")
        mac = hmac.new(spki(public), octets, MACS[method]).digest()
        return mac if length is None else mac[: int(length.text) // 8]
    if method == "":
        return b""
    if method == PSS:
        return pss(octets, private(key).private_numbers())
    return private(key).sign(octets, padding.PKCS1v15(), getattr(hashes, METHODS.get(method, "SHA256"))())


def pss(octets, numbers):
    """RSASSA-PSS (RFC 8017, 9.1.1) with SHA-256 and a salt that is the same each time."""
    size = (numbers.public_numbers.n.bit_length() + 7) // 8
    digest = hashlib.sha256(octets).digest()
    salt = hashlib.sha256(b"salt" + digest).digest()
    seed = hashlib.sha256(bytes(8) + digest + salt).digest()
    block = bytes(size - 66) + b"\x01" + salt
    mask = b"".join(hashlib.sha256(seed + count.to_bytes(4, "big")).digest() for count in range(size // 32 + 1))
    masked = bytearray(octet ^ masking for octet, masking in zip(block, mask, strict=False))
    masked[0] &= 0x7F
    encoded = int.from_bytes(bytes(masked) + seed + b"\xbc", "big")
    return pow(encoded, numbers.d, numbers.public_numbers.n).to_bytes(size, "big")


def value_fits(info, value, public):
    method, octets = method_of(info), signed_info(info)
    if method in MACS:
        mac = hmac.new(spki(public), octets, MACS[method]).digest()
        return bool(value) and mac.startswith(value)
    if method == "":
        return value == b""
    try:
        if method == PSS:
            public.verify(value, octets, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        else:
            public.verify(value, octets, padding.PKCS1v15(), getattr(hashes, METHODS.get(method, "SHA256"))())
        return True
    except Exception:
        return False


def keys_of(signature, root, trusted):
    """The keys that KeyInfo brings or points at, then the trusted one."""
    number = lambda text: int.from_bytes(base64.b64decode(text), "big")
    keys = [trusted]
    for found in root.iter(f"{DS}X509Certificate"):
        keys.append(x509.load_der_x509_certificate(base64.b64decode(found.text)).public_key())
    for found in root.iter(f"{DS}RSAKeyValue"):
        keys.append(rsa.RSAPublicNumbers(number(found[1].text), number(found[0].text)).public_key())
    for found in root.iter("{http://www.w3.org/2009/xmldsig11#}DEREncodedKeyValue"):
        keys.append(serialization.load_der_public_key(base64.b64decode(found.text)))
    return keys


def accepts(octets, trust="bacen"):
    """Whether some signature somewhere holds, for some reading of what it means."""
    root = parse(octets)
    trusted = certificate(trust).public_key()
    decoded = lambda element: base64.b64decode("".join(element.itertext()))
    for signature in root.iter(f"{DS}Signature"):
        infos, values = signature.findall(f"{DS}SignedInfo"), signature.findall(f"{DS}SignatureValue")
        for info, value, public in itertools.product(infos, values, keys_of(signature, root, trusted)):
            if not value_fits(info, decoded(value), public):
                continue
            if all(
                any(hashed(octets_of(node, ref), ref) == decoded(ref.find(f"{DS}DigestValue")) for node in candidates(root, ref))
                for ref in info.findall(f"{DS}Reference")
            ):
                return True
    return False


def fill(text, key="bacen", trust="bacen"):
    """Signs a template by its own rules: each `@D` mark in a DigestValue, then `@SV@`."""
    root = parse(text.replace("@SV@", "").encode())
    signature = root.find(f".//{DS}Signature") if root.tag != f"{DS}Signature" else root
    for reference in signature.iter(f"{DS}Reference"):
        digest = reference.find(f"{DS}DigestValue")
        if digest is not None and (digest.text or "").startswith("@"):
            octets = octets_of(candidates(root, reference)[0], reference)
            # The first mark is the one whose turn it is: References are filled in document order.
            text = text.replace(f">{digest.text}<", f">{base64.b64encode(hashed(octets, reference)).decode()}<", 1)
            digest.text = base64.b64encode(hashed(octets, reference)).decode()
    info = parse(text.replace("@SV@", "").encode())
    signature = info.find(f".//{DS}Signature") if info.tag != f"{DS}Signature" else info
    value = make_value(signature.find(f"{DS}SignedInfo"), key, certificate(trust).public_key())
    return text.replace("@SV@", base64.b64encode(value).decode())
