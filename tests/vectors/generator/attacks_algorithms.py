"""Algorithms swapped for ones that help the attacker, each carried out to the end: the digest, the canonical form and the value
are those that the message names, so a verifier that does what the message says takes it for valid."""

import naive
from attacks_wrapping import trick
from cases import MESSAGES, both, case, edit
from naive import DECRYPT, EXC_COMMENTS, FILTER2, HASHES, INCLUSIVE, INCLUSIVE_11, MORE, PSS, XPATH, XSLT
from sign import DSIG, ENVELOPED, EXC, RSA_SHA256, SHA256, signature

METHOD = f'<ds:CanonicalizationMethod Algorithm="{EXC}"/>'
SIGNATURE = f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"/>'
DIGEST = f'<ds:DigestMethod Algorithm="{SHA256}"/>'
TRANSFORM = f'<ds:Transform Algorithm="{EXC}"/>'
ENVELOPED_TRANSFORM = f'<ds:Transform Algorithm="{ENVELOPED}"/>'
NOT_SIGNATURE = "not(ancestor-or-self::ds:Signature)"


def cases():
    signature_methods()
    digest_methods()
    canonicalizations()
    transforms()
    counterparts()


def filled(short, reason, because, edits, key="bacen", trust="bacen"):
    for profile in ("spi", "dict"):
        text = edit(MESSAGES[profile].replace("@SIG@", signature(profile)), edits)
        name = f"algorithms/{profile}-{short}"
        trick(name, f"invalid {reason}", because, naive.fill(text, key, trust), profile, trust)


def signature_methods():
    for short, uri, because in [
        ("rsa-sha1", DSIG + "rsa-sha1", "a right RSA signature of SHA-1, which collides"),
        ("rsa-md5", MORE + "rsa-md5", "a right RSA signature of MD5, which collides at will"),
        ("rsa-sha384", MORE + "rsa-sha384", "a right RSA signature of SHA-384: strong, and not the profile's"),
        ("rsa-sha512", MORE + "rsa-sha512", "a right RSA signature of SHA-512: strong, and not the profile's"),
        ("rsa-pss", PSS, "a right RSASSA-PSS signature: strong, and not the profile's"),
        ("hmac-sha256-with-the-public-key", MORE + "hmac-sha256", "HMAC keyed with the certificate's public key, which everybody has"),
        ("hmac-sha1-with-the-public-key", DSIG + "hmac-sha1", "HMAC-SHA1 keyed with the certificate's public key"),
        ("none", "", "no algorithm and no value"),
    ]:
        filled(f"signature-{short}", "signature-method", because, [(SIGNATURE, SIGNATURE.replace(RSA_SHA256, uri))])
    cut = f'<ds:SignatureMethod Algorithm="{MORE}hmac-sha256"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>'
    filled("signature-hmac-cut-to-8-bits", "signature-method", "an HMAC cut to eight bits (CVE-2009-0217)", [(SIGNATURE, cut)])
    filled("signature-method-missing", "signature-method", "no SignatureMethod and no value", [(SIGNATURE, "")])
    for short, method, because in [
        ("fragment", RSA_SHA256.replace("rsa-sha256", "rsa-sha256#"), "a second number sign behind the right name"),
        ("in-space", RSA_SHA256 + " ", "a blank behind the right name"),
        ("upper-case", RSA_SHA256.upper(), "the right name in capitals"),
        ("https", RSA_SHA256.replace("http:", "https:"), "the right name with another scheme"),
        ("percent", RSA_SHA256.replace("rsa-", "rsa%2D"), "the right name with a percent escape"),
        ("other-namespace", None, "the right name on a SignatureMethod whose prefix is bound anew to another namespace"),
        ("prefixed-attribute", None, "the right name in an Algorithm of XMLDSig's namespace"),
    ]:
        new = SIGNATURE.replace(RSA_SHA256, method or RSA_SHA256)
        if short == "other-namespace":
            new = SIGNATURE.replace("Algorithm", 'xmlns:ds="urn:x" Algorithm')
        if short == "prefixed-attribute":
            new = SIGNATURE.replace("Algorithm", "ds:Algorithm")
        reason = "signature-attribute" if short == "prefixed-attribute" else "signature-method"
        both(f"algorithms/signature-name-{short}", f"invalid {reason}", because, [(SIGNATURE, new)])


def digest_methods():
    for uri, name in HASHES.items():
        if name == "sha256":
            continue
        for number, which in ((1, "key-info"), (2, "content")):
            edits = [(DIGEST, "@ONE@", 1)] + ([(DIGEST, "@TWO@", 1)] if number == 2 else [])
            back = DIGEST.replace(SHA256, uri)
            edits += [("@ONE@", back if number == 1 else DIGEST)] + ([("@TWO@", back)] if number == 2 else [])
            short = f"digest-{name.replace('_', '-')}-of-{which}"
            filled(short, "digest-method", f"a right digest of the {which.replace('-', ' ')} by {name.replace('_', '-')}", edits)
    filled("digest-method-missing", "digest-method", "no DigestMethod, the digest right by SHA-256", [(DIGEST, "", 1)])


def canonicalizations():
    for short, uri, because in [
        ("inclusive", INCLUSIVE, "inclusive canonicalization, which takes namespaces in from outside"),
        ("inclusive-with-comments", INCLUSIVE + "#WithComments", "inclusive canonicalization with comments"),
        ("inclusive-1.1", INCLUSIVE_11, "Canonical XML 1.1"),
        ("exclusive-with-comments", EXC_COMMENTS, "exclusive canonicalization with comments"),
    ]:
        filled(
            f"canonicalization-{short}",
            "canonicalization-method",
            f"SignedInfo, rightly signed by {because}",
            [(METHOD, METHOD.replace(EXC, uri))],
        )
        filled(
            f"transform-{short}-of-key-info",
            "transforms",
            f"KeyInfo, rightly digested by {because}",
            [('id"><ds:Transforms>' + TRANSFORM, 'id"><ds:Transforms>' + TRANSFORM.replace(EXC, uri))],
        )
        filled(
            f"transform-{short}-of-content",
            "transforms",
            f"the content, rightly digested by {because}",
            [(ENVELOPED_TRANSFORM + TRANSFORM, ENVELOPED_TRANSFORM + TRANSFORM.replace(EXC, uri))],
        )


def transforms():
    xpath = lambda text: f'<ds:Transform Algorithm="{XPATH}"><ds:XPath>{text}</ds:XPath></ds:Transform>'
    filter2 = lambda kind: (
        f'<ds:Transform Algorithm="{FILTER2}"><f:XPath xmlns:f="{FILTER2}" Filter="{kind}">//*</f:XPath></ds:Transform>'
    )
    sheet = (
        f'<ds:Transform Algorithm="{XSLT}"><x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0">'
        '<x:output method="text"/><x:template match="/">always the same</x:template></x:stylesheet></ds:Transform>'
    )
    own = ENVELOPED_TRANSFORM + TRANSFORM
    for short, new, because in [
        ("xpath-nothing", xpath("1=0") + TRANSFORM, "an XPath that leaves nothing to hash"),
        ("xpath-not-the-signature", xpath(NOT_SIGNATURE) + ENVELOPED_TRANSFORM + TRANSFORM, "the XPath that the recommendation gives for enveloped-signature, before it"),
        ("xpath-after", own + xpath("1=0"), "an XPath behind the canonicalization"),
        ("xpath-2-subtract-all", filter2("subtract") + TRANSFORM, "an XPath filter 2.0 that takes all away"),
        ("xpath-2-union", ENVELOPED_TRANSFORM + filter2("union") + TRANSFORM, "an XPath filter 2.0 that keeps all"),
        ("xslt-constant", ENVELOPED_TRANSFORM + sheet, "a stylesheet that makes the same octets of every message"),
        ("decryption", ENVELOPED_TRANSFORM + f'<ds:Transform Algorithm="{DECRYPT}"/>' + TRANSFORM, "the decryption transform"),
    ]:
        filled(f"transform-{short}", "transforms", because, [(own, new)])
    # Nothing can hash itself, so this one is right in its shape alone.
    both(
        "algorithms/transform-none",
        "invalid transforms",
        "no transform at all",
        [(f"<ds:Transforms>{own}</ds:Transforms>", "")],
    )
    whole = 'id"><ds:Transforms>' + TRANSFORM
    for short, new, because in [
        ("xpath-nothing-of-key-info", xpath("1=0") + TRANSFORM, "an XPath that leaves nothing of KeyInfo to hash"),
        ("xslt-constant-of-key-info", sheet, "a stylesheet that makes the same octets of every KeyInfo"),
        ("xpath-2-subtract-all-of-key-info", filter2("subtract") + TRANSFORM, "an XPath filter 2.0 that takes all of KeyInfo away"),
    ]:
        filled(f"transform-{short}", "transforms", because, [(whole, 'id"><ds:Transforms>' + new)])


def counterparts():
    both(
        "algorithms/names-by-reference",
        "valid",
        "the right names written with character references: an attribute's value is what it means",
        after=[(RSA_SHA256, RSA_SHA256.replace("#", "&#35;")), (SHA256, SHA256.replace("#", "&#x23;"))],
    )
    case(
        "algorithms/dict-content-with-other-methods",
        "valid",
        "the names of weak algorithms in the content mean nothing",
        "dict",
        [("<Entry>", f'<a Algorithm="{DSIG}hmac-sha1"/><Entry>')],
    )
