"""signxml, the certificate parsed once. It checks the schema of the Signature, as it does for everybody."""

import sys
from importlib.metadata import version
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificate
from signxml import SignatureConfiguration, XMLVerifier
from signxml.exceptions import SignXMLException

import timing

CERTIFICATE = load_pem_x509_certificate((Path(sys.argv[1]) / "certificate.pem").read_bytes())
EXPECTED = SignatureConfiguration(location="./", expect_references=2)
VERIFIER = XMLVerifier()


def verify(message):
    try:
        VERIFIER.verify(message, x509_cert=CERTIFICATE, expect_config=EXPECTED)
    except SignXMLException:
        return False
    return True


timing.run(
    f"signxml {version('signxml')} with lxml {version('lxml')} (Python)",
    verify,
    "it refuses a Reference without a URI",
)
