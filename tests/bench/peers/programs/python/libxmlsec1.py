"""libxmlsec1 through its Python binding: the tree by lxml with one parser, the key loaded once."""

import sys
from importlib.metadata import version
from pathlib import Path

import xmlsec
from lxml import etree

import timing

DS = "{http://www.w3.org/2000/09/xmldsig#}"
KEY = xmlsec.Key.from_file(str(Path(sys.argv[1]) / "certificate.pem"), xmlsec.constants.KeyDataFormatCertPem)
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def verify(message):
    signature = etree.fromstring(message, PARSER).find(f"{DS}Signature")
    context = xmlsec.SignatureContext()
    context.key = KEY
    # This node alone has an Id: to look for others would be a walk through the whole tree.
    context.register_id(signature.find(f"{DS}KeyInfo"), "Id")
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


library = ".".join(map(str, xmlsec.get_libxmlsec_version()))
libxml2 = ".".join(map(str, xmlsec.get_libxml_version()))
timing.run(
    f"libxmlsec1 {library} with libxml2 {libxml2}, through xmlsec {version('xmlsec')} (Python)",
    verify,
    "no way to give it AppHdr for an empty URI",
)
